//! The tokens of the Perl that configurations are written in.
//!
//! Perl can only be cut into tokens by knowing whether an operand or an operator comes next; the
//! lexer knows it from the token before. Quotes, patterns and here-documents are delimited exactly, so
//! that what stands in them is never taken for code. The typographic quotes, dashes and hard blanks
//! that web pages make of plain ones are taken as those.

mod quotes;
#[cfg(test)]
mod tests;

use super::quoted::{Part, interpolated, single_quoted};
use quotes::{closing, is_typographic_quote};

/// One token, and the octet that it begins at.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: usize,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    /// `$x`, `@x`, `%x`, `&x`, `$#x`, the package name left out.
    Variable(Sigil, String),
    /// The sigil before a reference, as in `@{…}` or `@$x`.
    Cast(Sigil),
    Word(String),
    Number(String),
    /// A string; its variables are put in when it is evaluated.
    Text(Vec<Part>),
    /// `qw(…)`.
    Words(Vec<String>),
    /// The output of a program: `` `…` ``.
    Program(Vec<Part>),
    /// A pattern, a substitution or a transliteration.
    Pattern,
    Symbol(&'static str),
}

/// What kind of variable it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Sigil {
    Scalar,
    Array,
    Hash,
    Code,
    /// `$#x`.
    LastIndex,
}

impl Sigil {
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Scalar => "$",
            Self::Array => "@",
            Self::Hash => "%",
            Self::Code => "&",
            Self::LastIndex => "$#",
        }
    }
}

/// Where the text cannot be cut into tokens, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LexError {
    pub(super) start: usize,
    pub(super) text: String,
}

/// The longest first.
const SYMBOLS: [&str; 61] = [
    "<=>", "**=", "||=", "&&=", "//=", "...", "<<=", ">>=", "=>", "->", "++", "--", "**", "=~",
    "!~", "==", "!=", "<=", ">=", "&&", "||", "//", "..", "::", "+=", "-=", "*=", "/=", ".=", "%=",
    "|=", "&=", "^=", "<<", ">>", "=", ",", ";", "(", ")", "[", "]", "{", "}", "+", "-", "*", "/",
    ".", "<", ">", "!", "~", "\\", "?", ":", "&", "|", "^", "%", "@",
];

/// Words behind which an operand comes.
const OPERATOR_WORDS: [&str; 35] = [
    "and", "or", "not", "xor", "x", "lt", "gt", "le", "ge", "eq", "ne", "cmp", "if", "unless",
    "while", "until", "for", "foreach", "return", "push", "unshift", "split", "grep", "map",
    "join", "my", "our", "local", "lc", "uc", "dkim_key", "sort", "keys", "values", "reverse",
];

/// Cuts the text into tokens.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, LexError> {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new(), here_document: None };
    lexer.run()?;
    Ok(lexer.tokens)
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    tokens: Vec<Token>,
    /// Behind this end of line the lexer goes on at the other octet: here-documents lie between.
    here_document: Option<(usize, usize)>,
}

impl<'t> Lexer<'t> {
    fn run(&mut self) -> Result<(), LexError> {
        // Windows marks the beginning of a text with U+FEFF.
        self.at = self.text.len() - self.text.trim_start_matches('\u{feff}').len();
        loop {
            self.skip_blank();
            let Some(c) = self.peek() else {
                return Ok(());
            };
            if !self.token(c)? {
                return Ok(());
            }
        }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        if let Some((line_end, resume)) = self.here_document
            && self.at > line_end
        {
            self.at = resume;
            self.here_document = None;
        }
        Some(c)
    }

    fn push(&mut self, start: usize, kind: TokenKind) {
        self.tokens.push(Token { kind, start });
    }

    fn error<T>(&self, start: usize, text: &str) -> Result<T, LexError> {
        Err(LexError { start, text: text.to_owned() })
    }

    /// White space, comments and POD.
    fn skip_blank(&mut self) {
        while let Some(c) = self.peek() {
            let at_line_start = self.at == 0 || self.text.as_bytes()[self.at - 1] == b'\n';
            if is_blank(c) {
                self.bump();
            } else if c == '#' {
                while self.peek().is_some_and(|c| c != '\n') {
                    self.at += self.peek().map_or(0, char::len_utf8);
                }
            } else if c == '='
                && at_line_start
                && self.rest()[1..].starts_with(|c: char| c.is_ascii_alphabetic())
            {
                let end = self.rest().find("\n=cut").map(|at| self.at + at + 5);
                self.at = end.unwrap_or(self.text.len());
                while self.peek().is_some_and(|c| c != '\n') {
                    self.at += self.peek().map_or(0, char::len_utf8);
                }
            } else {
                return;
            }
        }
    }

    /// Whether an operand comes next.
    fn wants_operand(&self) -> bool {
        match self.tokens.last().map(|token| &token.kind) {
            None | Some(TokenKind::Cast(_)) => true,
            Some(TokenKind::Symbol(symbol)) => !matches!(*symbol, ")" | "]" | "}" | "++" | "--"),
            Some(TokenKind::Word(word)) => OPERATOR_WORDS.contains(&word.as_str()),
            Some(_) => false,
        }
    }

    fn follows(&self, symbol: &str) -> bool {
        matches!(self.tokens.last().map(|token| &token.kind),
            Some(TokenKind::Symbol(last)) if *last == symbol)
    }

    /// Reads one token; false at the end of the code.
    fn token(&mut self, c: char) -> Result<bool, LexError> {
        let start = self.at;
        match c {
            '$' => self.scalar(start)?,
            '@' if self.sigil_follows(1) => self.sigil(start, Sigil::Array),
            '%' if (self.wants_operand() || self.follows("}")) && self.sigil_follows(1) => {
                self.sigil(start, Sigil::Hash);
            }
            '&' if self.wants_operand() && self.sigil_follows(1) => {
                self.sigil(start, Sigil::Code);
            }
            _ if matches!(c, '\'' | '"' | '`') || is_typographic_quote(c).is_some() => {
                self.bump();
                let inner = self.delimited(start, c, "quote")?;
                let kind = match closing(c) {
                    '\'' => TokenKind::Text(single_quoted(inner, '\'')),
                    '"' => TokenKind::Text(interpolated(inner)),
                    _ => TokenKind::Program(interpolated(inner)),
                };
                self.push(start, kind);
            }
            '0'..='9' => self.number(start),
            '.' if self.wants_operand()
                && self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) =>
            {
                self.number(start);
            }
            _ if c.is_ascii_alphabetic() || c == '_' => return self.word(start),
            '/' if self.wants_operand() => {
                self.bump();
                self.delimited(start, '/', "pattern")?;
                self.flags();
                self.push(start, TokenKind::Pattern);
            }
            '<' if self.wants_operand() && self.here_document_follows() => {
                self.here_document(start)?;
            }
            '<' if self.wants_operand() => {
                // <FILE> reads; waxseal does not.
                match self.rest().find(['>', '\n']).map(|at| (at, self.rest().as_bytes()[at])) {
                    Some((at, b'>')) => {
                        self.at += at + 1;
                        self.push(start, TokenKind::Program(Vec::new()));
                    }
                    _ => self.symbol(start)?,
                }
            }
            // What web pages make of - and of --.
            '\u{2010}'..='\u{2015}' | '\u{2212}' => {
                self.bump();
                self.push(start, TokenKind::Symbol("-"));
            }
            _ => self.symbol(start)?,
        }
        Ok(true)
    }

    fn symbol(&mut self, start: usize) -> Result<(), LexError> {
        let rest = self.rest();
        match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            Some(symbol) => {
                self.at += symbol.len();
                self.push(start, TokenKind::Symbol(symbol));
                Ok(())
            }
            None => {
                let c = self.peek().unwrap_or_default();
                self.error(start, &format!("the character {c:?} is not expected here"))
            }
        }
    }

    /// Whether a variable or a reference stands behind the sigil, which has so many octets.
    fn sigil_follows(&self, octets: usize) -> bool {
        self.rest().get(octets..).is_some_and(|rest| {
            rest.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '{' | '$'))
                || rest.starts_with("::")
        })
    }

    fn scalar(&mut self, start: usize) -> Result<(), LexError> {
        if self.rest().starts_with("$#") && self.sigil_follows(2) {
            self.at += 1;
            self.sigil(start, Sigil::LastIndex);
            return Ok(());
        }
        let is_process_id = self.rest().starts_with("$$") && !self.sigil_follows(2);
        if self.sigil_follows(1) && !is_process_id {
            self.sigil(start, Sigil::Scalar);
            return Ok(());
        }
        // $1, $&, $! and their like.
        self.at += 1;
        let digits =
            self.rest().len() - self.rest().trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let octets = match self.peek() {
            _ if digits > 0 => digits,
            // `$)` exists, but a bracket is far more often one.
            Some(')' | '}') | None => 0,
            Some(c) if c.is_ascii_punctuation() => 1,
            _ => return self.error(start, "a name is missing behind $"),
        };
        let name = self.rest()[..octets].to_owned();
        self.at += octets;
        self.push(start, TokenKind::Variable(Sigil::Scalar, name));
        Ok(())
    }

    /// The variable behind a sigil of one octet, or the cast that the sigil is.
    fn sigil(&mut self, start: usize, sigil: Sigil) {
        self.at += 1;
        if let Some(inner) = self.rest().strip_prefix('{') {
            let name_octets = name_octets(inner.trim_start());
            let blanks = inner.len() - inner.trim_start().len();
            let behind = &inner[blanks + name_octets..];
            if name_octets > 0 && behind.trim_start().starts_with('}') {
                let name = unqualified(&inner[blanks..blanks + name_octets]);
                let closing = behind.len() - behind.trim_start().len() + 1;
                self.at += 1 + blanks + name_octets + closing;
                self.push(start, TokenKind::Variable(sigil, name));
                return;
            }
            self.push(start, TokenKind::Cast(sigil));
            return;
        }
        let octets = name_octets(self.rest());
        if octets == 0 {
            self.push(start, TokenKind::Cast(sigil));
            return;
        }
        let name = unqualified(&self.rest()[..octets]);
        self.at += octets;
        self.push(start, TokenKind::Variable(sigil, name));
    }

    fn number(&mut self, start: usize) {
        let bytes = self.text.as_bytes();
        let mut at = self.at;
        while let Some(&octet) = bytes.get(at) {
            let next = bytes.get(at + 1).copied().unwrap_or_default();
            let goes_on = octet.is_ascii_alphanumeric()
                || octet == b'_'
                || (octet == b'.' && next != b'.')
                || (matches!(octet, b'+' | b'-')
                    && matches!(bytes[at - 1], b'e' | b'E')
                    && !self.text[start..].starts_with("0x")
                    && next.is_ascii_digit());
            if !goes_on {
                break;
            }
            // `2x3` and `1.method` are rare; `10.'a'` is a concatenation.
            if octet == b'.' && !next.is_ascii_digit() && !next.is_ascii_whitespace() {
                break;
            }
            if octet == b'.' && next.is_ascii_whitespace() {
                break;
            }
            at += 1;
        }
        self.at = at.max(start + 1);
        let digits = self.text[start..self.at].replace('_', "");
        self.push(start, TokenKind::Number(digits));
    }

    fn word(&mut self, start: usize) -> Result<bool, LexError> {
        let octets = name_octets(self.rest()).max(1);
        let word = &self.rest()[..octets];
        if matches!(word, "__END__" | "__DATA__") {
            return Ok(false);
        }
        let behind = self.rest()[octets..].trim_start_matches(is_blank);
        let is_name = behind.starts_with("=>")
            || self.follows("->")
            || (self.follows("{") && behind.starts_with('}'));
        if !is_name && matches!(word, "q" | "qq" | "qw" | "qr" | "qx" | "m" | "s" | "tr" | "y") {
            let delimiter = self.rest()[octets..].chars().next();
            let blank = delimiter.is_some_and(is_blank);
            let delimiter = if blank { behind.chars().next() } else { delimiter };
            // `-s FILE` is a test of a file.
            let is_test = self.follows("-") && self.text.as_bytes()[start - 1] == b'-';
            let is_quote = !is_test
                && match delimiter {
                    // `s = …`, `y, …` and the end of a block are not quotes.
                    None | Some('=' | ',' | ';' | ')' | '}' | '_') => false,
                    Some('#') => !blank,
                    Some(c) => c.is_ascii_punctuation() || is_typographic_quote(c).is_some(),
                };
            if is_quote {
                return self.quote(start, octets).map(|()| true);
            }
        }
        // `20 x 3`, where `x3` may follow at once.
        if !self.wants_operand()
            && word.starts_with('x')
            && !is_name
            && word.len() > 1
            && word[1..].bytes().all(|octet| octet.is_ascii_digit())
        {
            self.at += 1;
            self.push(start, TokenKind::Word("x".to_owned()));
            return Ok(true);
        }
        self.at += octets;
        let name = if behind.starts_with("=>") { word.to_owned() } else { unqualified(word) };
        self.push(start, TokenKind::Word(name));
        if word == "sub" && !is_name {
            self.prototype();
        }
        Ok(true)
    }

    /// The name and the prototype behind `sub`: its sigils are no variables.
    fn prototype(&mut self) {
        let behind = self.rest().trim_start_matches(is_blank);
        let name = name_octets(behind);
        let start = self.text.len() - behind.len();
        let after_name = behind[name..].trim_start_matches(is_blank);
        let prototype = after_name.strip_prefix('(').and_then(|inner| inner.split_once(')'));
        if let Some((prototype, rest)) = prototype
            && prototype.chars().all(|c| "$@%&*;\\[]_+ ".contains(c))
        {
            if name > 0 {
                self.push(start, TokenKind::Word(unqualified(&behind[..name])));
            }
            self.at = self.text.len() - rest.len();
        }
    }
}

/// White space, and the hard blanks that web pages are full of.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}')
}

/// The octets of the name that begins there, packages included: `Amavis::Conf::x`.
pub(super) fn name_octets(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_name = |octet: &u8| octet.is_ascii_alphanumeric() || *octet == b'_';
    let mut at = 0;
    loop {
        if bytes[at..]
            .first()
            .is_some_and(|octet| is_name(octet) && (at > 0 || !octet.is_ascii_digit()))
        {
            at += 1;
        } else if bytes[at..].starts_with(b"::") && bytes.get(at + 2).is_some_and(is_name) {
            at += 2;
        } else {
            return at;
        }
    }
}

/// The name without the package that configurations are in.
pub(super) fn unqualified(name: &str) -> String {
    let name = name.strip_prefix("::").unwrap_or(name);
    ["Amavis::Conf::", "main::"]
        .iter()
        .find_map(|package| name.strip_prefix(package))
        .unwrap_or(name)
        .to_owned()
}
