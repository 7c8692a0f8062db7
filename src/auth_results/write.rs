//! Writes a field value such that nothing in it can be taken for anything else.

use std::fmt;

use super::syntax::{is_domain_name, is_dot_atom, is_keyword, is_token, with_a_labels};
use super::{AuthenticationResults, MethodResult, Property};

/// The octets that the name of the field takes on the first line, its colon and a blank included.
const FIELD_NAME_OCTETS: usize = "Authentication-Results: ".len();

/// The longest line there may be (RFC 5322 §2.1.1).
const MAX_LINE_OCTETS: usize = 998;

/// Where [`AuthenticationResults::folded`] folds: short of the 78 octets of RFC 5322 §2.1.1.
const FOLDED_LINE_OCTETS: usize = 76;

impl AuthenticationResults {
    /// The field value in lines of at most 76 octets, where what stands between two blanks is not
    /// longer than that; the first is counted with the field's name.
    ///
    /// ```
    /// let field = b"mx.example.net; dkim=pass header.d=example.com header.i=joe@example.com \
    ///     header.s=2024 header.b=abcdefgh";
    /// let results = waxseal::auth_results::parse(field)?;
    /// assert_eq!(
    ///     results.folded(),
    ///     "mx.example.net;\r\n\tdkim=pass header.d=example.com header.i=joe@example.com header.s=2024\r\n\
    ///      \theader.b=abcdefgh"
    /// );
    /// # Ok::<(), waxseal::auth_results::Problem>(())
    /// ```
    pub fn folded(&self) -> String {
        write(self, FOLDED_LINE_OCTETS)
    }
}

/// The field value with each result on a line of its own, as long as that may be.
///
/// Only what RFC 8601 §2.2 can say is written: results whose method or result is no `Keyword`, and
/// properties without a ptype or whose name is no `Keyword`, are left out. Tabs
/// become blanks, other control characters question marks.
impl fmt::Display for AuthenticationResults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&write(self, MAX_LINE_OCTETS))
    }
}

fn write(results: &AuthenticationResults, line_octets: usize) -> String {
    let authserv_id = with_a_labels(results.authserv_id.as_deref().unwrap_or_default());
    let mut lines = Lines::new(value(&authserv_id), line_octets);
    if let Some(version) = results.version {
        lines.push(&version.to_string());
    }
    for comment in &results.comments {
        lines.push(&escaped_comment(comment));
    }
    let written: Vec<_> = results.results.iter().filter_map(written).collect();
    match written.as_slice() {
        [] => {
            lines.end_result();
            lines.push("none");
        }
        // A bare result, dkim=none say, needs no line of its own.
        [only] if only.pieces.is_empty() => {
            lines.end_result();
            lines.push(&only.method);
        }
        several => {
            for result in several {
                lines.end_result();
                lines.fold();
                lines.push(&result.method);
                for (name, value) in &result.pieces {
                    lines.push_pair(name, value);
                }
            }
        }
    }
    lines.text
}

/// A result in pieces that a line may end between; the second half of a piece is its value.
struct Written {
    method: String,
    pieces: Vec<(String, String)>,
}

fn written(result: &MethodResult) -> Option<Written> {
    let word = result.result.as_deref()?;
    if !is_keyword(result.method.as_bytes()) || !is_keyword(word.as_bytes()) {
        return None;
    }
    let version = result.method_version.map(|version| format!("/{version}")).unwrap_or_default();
    let mut pieces = Vec::new();
    for text in &result.comments {
        pieces.push((escaped_comment(text), String::new()));
    }
    if let Some(text) = &result.reason {
        pieces.push(("reason=".to_owned(), value(text)));
    }
    for Property { ptype, name, value } in &result.properties {
        if let Some(ptype) = ptype
            && is_keyword(ptype.as_bytes())
            && is_keyword(name.as_bytes())
        {
            pieces.push((format!("{ptype}.{name}="), property_value(value)));
        }
    }
    Some(Written { method: format!("{}{version}={word}", result.method), pieces })
}

/// Lines that end before they are too long.
struct Lines {
    text: String,
    line_octets: usize,
    /// The octets of the last line.
    column: usize,
    folded: bool,
}

impl Lines {
    fn new(first: String, line_octets: usize) -> Self {
        let column = FIELD_NAME_OCTETS.saturating_add(first.len());
        Self { text: first, line_octets, column, folded: false }
    }

    fn end_result(&mut self) {
        self.text.push(';');
        self.column = self.column.saturating_add(1);
    }

    fn fold(&mut self) {
        self.text.push_str("\r\n\t");
        self.column = 1;
        self.folded = true;
    }

    /// Adds a piece behind a blank, on the next line where it does not fit on this one.
    fn push(&mut self, piece: &str) {
        self.push_pair(piece, "");
    }

    /// Adds a piece whose value may stand on the next line (RFC 8601 §2.2 `pvalue`, which begins
    /// with CFWS).
    fn push_pair(&mut self, name: &str, value: &str) {
        let octets = name.len().saturating_add(value.len());
        if !self.folded {
            if !self.fits(octets.saturating_add(1)) {
                self.fold();
            } else {
                self.append(" ");
            }
        }
        self.append(name);
        // Only where that helps: the tab is one octet.
        let fits_alone = value.len().saturating_add(1) < self.line_octets;
        if !self.fits(value.len()) && fits_alone && !value.is_empty() {
            self.fold();
        }
        self.append(value);
        self.folded = false;
    }

    /// Whether so many octets more, and the semicolon behind them, fit on this line.
    fn fits(&self, octets: usize) -> bool {
        self.column.saturating_add(octets) < self.line_octets
    }

    fn append(&mut self, text: &str) {
        self.text.push_str(text);
        self.column = self.column.saturating_add(text.len());
    }
}

/// A token where it is one, else a quoted string (RFC 2045 §5.1 `value`).
fn value(text: &str) -> String {
    if is_token(text.as_bytes()) { text.to_owned() } else { quoted(text) }
}

/// A token, or an identity whose parts need no quotes, else a quoted string (RFC 8601 §2.2
/// `pvalue`).
pub(super) fn property_value(text: &str) -> String {
    if is_plain_identity(text) { text.to_owned() } else { value(text) }
}

/// `[local-part] "@" domain-name` in ASCII, the local-part a dot-atom (RFC 8601 §2.2).
fn is_plain_identity(text: &str) -> bool {
    let Some((local_part, domain)) = text.rsplit_once('@') else {
        return false;
    };
    // The grammar allows "=" in a local-part; readers that look for the next property trip over it.
    let is_plain = |part: &str| is_dot_atom(part.as_bytes(), false) && !part.contains('=');
    (local_part.is_empty() || is_plain(local_part))
        && domain.is_ascii()
        && is_domain_name(domain.as_bytes())
}

/// A quoted string without control characters (RFC 5322 §3.2.4 allows none).
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    push_escaped(&mut quoted, text, &['"', '\\']);
    quoted.push('"');
    quoted
}

/// A comment, with no comment in it (RFC 5322 §3.2.2).
fn escaped_comment(text: &str) -> String {
    let mut comment = String::from("(");
    push_escaped(&mut comment, text, &['(', ')', '\\']);
    comment.push(')');
    comment
}

fn push_escaped(to: &mut String, text: &str, specials: &[char]) {
    for c in text.chars() {
        // A tab comes from a fold.
        if c.is_control() {
            to.push(if c == '\t' { ' ' } else { '?' });
            continue;
        }
        if specials.contains(&c) {
            to.push('\\');
        }
        to.push(c);
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn values_are_quoted_where_they_must_be() {
        for (text, expected) in [
            ("example.com", "example.com"),
            ("@example.com", "@example.com"),
            ("joe+x@example.com", "joe+x@example.com"),
            ("@localhost", "\"@localhost\""),
            ("@-a.example", "\"@-a.example\""),
            ("header.d=x@example.com", "\"header.d=x@example.com\""),
            ("a b@example.com", "\"a b@example.com\""),
            ("x; dkim=pass", "\"x; dkim=pass\""),
            ("a\"b\\c", "\"a\\\"b\\\\c\""),
            ("a\r\nb", "\"a??b\""),
            ("a(b", "\"a(b\""),
            ("2001:db8::1", "\"2001:db8::1\""),
            ("", "\"\""),
            ("grün", "\"grün\""),
        ] {
            assert_eq!(property_value(text), expected);
        }
    }

    #[test]
    fn comments_hold_what_they_hold() {
        assert_eq!(
            escaped_comment("a (b) \\ \r\n; dkim=pass)"),
            "(a \\(b\\) \\\\ ??; dkim=pass\\))"
        );
    }

    #[test]
    fn an_authserv_id_is_no_address() {
        let results = AuthenticationResults {
            authserv_id: Some("joe@example.com".to_owned()),
            version: Some(1),
            comments: vec!["us".to_owned()],
            no_result: true,
            ..AuthenticationResults::default()
        };
        assert_eq!(results.to_string(), "\"joe@example.com\" 1 (us); none");
    }

    #[test]
    fn what_the_grammar_cannot_say_is_left_out() {
        let mut result = MethodResult::new("dkim", "pass");
        result.method_version = Some(1);
        result.properties = vec![
            Property::new("header", "d=x; dkim", "y"),
            Property { ptype: None, name: "action".to_owned(), value: "none".to_owned() },
            Property::new("header", "d", "example.com"),
        ];
        let results = AuthenticationResults {
            authserv_id: Some("mx.example".to_owned()),
            results: vec![
                MethodResult::new("dkim=pass; spf", "pass"),
                MethodResult::new("spf", "pass smtp.helo=x"),
                MethodResult { result: None, ..MethodResult::new("dmarc", "") },
                result,
            ],
            ..AuthenticationResults::default()
        };
        assert_eq!(results.to_string(), "mx.example;\r\n\tdkim/1=pass header.d=example.com");
    }

    #[test]
    fn lines_end_in_time() {
        let mut result = MethodResult::new("dkim", "fail");
        result.comments = vec!["c".repeat(30)];
        result.reason = Some("r r".repeat(10));
        for length in [10, 40, 62, 63, 64, 65, 66, 70, 73, 74, 75] {
            result.properties.push(Property::new("header", "d", "x".repeat(length)));
        }
        let results = AuthenticationResults {
            authserv_id: Some("mx.example.net".to_owned()),
            results: vec![result.clone(), result],
            ..AuthenticationResults::default()
        };
        let folded = results.folded();
        let longest = folded.split("\r\n").map(str::len).max();
        // The two values of 75 octets fit on no line; the first has a semicolon behind it.
        assert_eq!(longest, Some(86), "{folded}");
        let over = folded.split("\r\n").filter(|line| line.len() > FOLDED_LINE_OCTETS).count();
        assert_eq!(over, 2, "{folded}");
        assert_eq!(super::super::parse(folded.as_bytes()), Ok(results));
    }
}
