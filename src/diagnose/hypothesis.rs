//! What may have happened to a message: every hypothesis has a code and the words for it.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! hypotheses {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $words:literal;)+) => {
        /// What may have happened to a message, or been done wrong by its signer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Hypothesis {
            $($(#[$doc])* $variant,)+
        }

        impl Hypothesis {
            /// Every hypothesis there is.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The code, for instance `footer`.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// Of a repair, what follows "would verify": of a hint, a whole sentence. `{lines}`,
            /// `{line}`, `{field}`, `{before}` and `{after}` stand for what the change says.
            pub(super) const fn words(self) -> &'static str {
                match self {
                    $(Self::$variant => $words,)+
                }
            }
        }
    };
}

hypotheses! {
    // The message as a whole, and what header and body have in common.

    /// Lines end in LF or CR alone.
    LineEndings = "lineEndings", "with CRLF at the end of every line";
    /// A byte order mark stands at the start.
    ByteOrderMark = "byteOrderMark", "without the byte order mark at the start";
    /// Empty lines stand at the start.
    LeadingBlankLines = "leadingBlankLines", "without the empty {lines} at the start";
    /// The line that separates messages of an mbox stands at the start.
    MboxLine = "mboxLine", "without the \"From \" line of an mbox at the start";
    /// Lines that continue a field have lost the blank that they begin with.
    LostIndentation = "lostIndentation", "with a blank before lines that continue a field";
    /// Blanks at the ends of lines seem to have been trimmed: there are none where they belong.
    TrimmedBlanks = "trimmedBlanks",
        "Blanks at the ends of lines seem to have been lost: line {line} of the body should end in one.";
    /// The message is larger than what is looked through.
    TooLarge = "tooLarge", "The message is too large to look for what happened to it.";

    // The body: what was put in or taken out.

    /// Lines were appended at the end.
    Footer = "footer", "without the {lines} appended at the end";
    /// Lines were put at the top.
    Prepended = "prepended", "without the {lines} put at the top";
    /// Lines were put in somewhere.
    InsertedLines = "insertedLines", "without the {lines} put in at line {line}";
    /// The whole was wrapped as the first part of a multipart message.
    WrappedInMultipart = "wrappedInMultipart", "as it stands in the first part of the multipart body";
    /// The body is shorter than what `l=` says was signed.
    BodyTruncated = "bodyTruncated",
        "The body is shorter than what was signed: its end was cut off.";

    // The body: lines and blanks.

    /// There is an empty line behind every line.
    DoubledLineEnds = "doubledLineEnds", "without the empty line behind every line";
    /// A dot at the start of a line was doubled or lost on the way through SMTP (RFC 5321 §4.5.2).
    DotStuffing = "dotStuffing", "with the dots at the starts of lines as they were";
    /// `From ` at the start of a line became `>From `, or the reverse (mbox).
    FromStuffing = "fromStuffing", "with \"From \" at the starts of lines as it was";
    /// Long lines were cut.
    LongLines = "longLines", "with long lines whole that were cut at line {line}";
    /// Blanks were put at the ends of lines, or taken from there.
    TrailingBlanks = "trailingBlanks", "with the blanks at the ends of lines as they were";
    /// Blanks at the starts of lines were added or removed.
    LeadingBlanks = "leadingBlanks", "with the blanks at the starts of lines as they were";
    /// Blanks became more or fewer within lines.
    Blanks = "blanks", "with blanks as they were";
    /// Tabs became blanks, or blanks tabs.
    Tabs = "tabs", "with tabs and blanks as they were";
    /// Blanks became no-break spaces.
    NoBreakSpaces = "noBreakSpaces", "with blanks for no-break spaces";

    // The body: encodings.

    /// Quoted-printable text was encoded anew, otherwise than it was.
    QuotedPrintable = "quotedPrintable", "with its quoted-printable text as it was encoded before";
    /// Base64 text was wrapped anew, at another width.
    Base64Wrapping = "base64Wrapping", "with base64 wrapped in lines of another length";
    /// A content transfer encoding was changed, from 8bit to quoted-printable for instance.
    TransferEncoding = "transferEncoding", "with the transfer encoding that it had";
    /// The text was converted to another charset.
    Charset = "charset", "with its text in the charset that it was in";
    /// The boundary between MIME parts was renamed.
    Boundary = "boundary", "with the MIME boundary {after}";
    /// Characters were escaped as HTML wants it.
    HtmlEscaped = "htmlEscaped", "with plain characters for those escaped as in HTML";
    /// Links lead through a service that looks at them first; what they were is not known.
    LinksRewritten = "linksRewritten",
        "Links were rewritten on the way ({before}); the body as it was signed cannot be restored.";

    // What the signer did wrong.

    /// `c=` names another canonicalization than the signer used.
    OtherCanonicalization = "otherCanonicalization",
        "with the canonicalization \"{after}\" in place of \"{before}\" in c=";
    /// `a=` names another hash than the signer used.
    OtherHash = "otherHash", "with the hash {after} in place of the one in a=";
    /// `l=` is not as many octets as the signer hashed.
    OtherBodyLength = "otherBodyLength", "with {after} octets of the body hashed, whatever l= says";
    /// The signer hashed the body without canonicalizing it.
    NotCanonicalized = "notCanonicalized", "with the body hashed as it is, not in canonical form";
    /// The signer hashed lines that end in LF.
    SignedWithLineFeeds = "signedWithLineFeeds", "with LF at the ends of lines, as its signer saw them";
    /// The signer hashed an empty body.
    SignedEmptyBody = "signedEmptyBody", "with no body at all: its signer saw none";
    /// The signer ended the signature field with a line end, which RFC 6376 §3.7 forbids.
    SignatureLineEnd = "signatureLineEnd", "with a line end behind the signature field";

    // The header.

    /// The copy of the field in `z=` says what it was.
    CopiedField = "copiedField", "with {field} as z= has it";
    /// A mailing list put its tag into the subject.
    SubjectTag = "subjectTag", "without \"{before}\" in {field}";
    /// Words were put before or behind the subject.
    SubjectWords = "subjectWords", "without \"{before}\" in {field}";
    /// The author was replaced, by a mailing list for instance, and stands elsewhere.
    FromRewritten = "fromRewritten", "with the author in {field} whom another field still names";
    /// The Date field was written anew.
    DateRewritten = "dateRewritten", "with {field} written as \"{after}\"";
    /// The Message-ID field was rewritten.
    MessageIdRewritten = "messageIdRewritten", "with {field} as \"{after}\"";
    /// Names or addresses were written otherwise: quotes, comments, angle brackets.
    AddressFormat = "addressFormat", "with {field} written as \"{after}\"";
    /// Encoded words (RFC 2047) were encoded anew.
    EncodedWords = "encodedWords", "with {field} encoded as \"{after}\"";
    /// Parameters of a Content field were written otherwise: quotes, letter case, blanks.
    ContentFields = "contentFields", "with {field} written as \"{after}\"";
    /// A field was folded or unfolded.
    Folding = "folding", "with {field} folded otherwise";
    /// The name of a field was written in other letter case.
    NameCase = "nameCase", "with the name of {field} in its letter case";
    /// A field was added that was signed as not being there.
    FieldAdded = "fieldAdded", "without {field}";
    /// A field was removed, or renamed.
    FieldRemoved = "fieldRemoved", "with the {field} field that is gone: \"{after}\"";
    /// Another field of the same name is the one that was signed.
    OtherInstance = "otherInstance", "with another {field} field of the message in its place";

    /// Fields of the same name stood in the other order.
    FieldOrder = "fieldOrder", "with the {field} fields in the other order";

    // What is known of a header signature that nothing restores.

    /// The key made the signature over another header.
    HeaderChanged = "headerChanged",
        "The key made this signature, so a signed field, or the signature field itself, was changed afterwards.";
    /// The signature was not made with the key that is published.
    OtherKey = "otherKey",
        "The signature was not made with the key that is published, or was damaged itself.";
    /// A mailing list has handled the message.
    MailingList = "mailingList",
        "The message went through a mailing list ({after}); lists change what is signed.";
}

impl fmt::Display for Hypothesis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Hypothesis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}
