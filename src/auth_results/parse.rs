//! Reads what hosts write into Authentication-Results fields.

use super::lexer::{Form, Lexer, Value, is_value_octet};
use super::problem::{Expected, Problem};
use super::syntax::{is_keyword, is_token_octet};
use super::{AuthenticationResults, MethodResult, Property};

/// The longest value that is read, in octets.
pub const MAX_OCTETS: usize = 1 << 20;

/// The most results that are read from one field.
pub const MAX_RESULTS: usize = 2000;

/// The methods that hosts are known to report (the IANA registry of RFC 8601 §6.2, and what large
/// hosts add). One of these begins a result even where the semicolon before it was forgotten.
const METHODS: &[&str] = &[
    "arc",
    "auth",
    "bimi",
    "compauth",
    "dkim",
    "dkim-adsp",
    "dkim-atps",
    "dmarc",
    "dnswl",
    "domainkeys",
    "iprev",
    "rrvs",
    "sender-id",
    "smime",
    "spf",
    "vbr",
];

/// Reads the value of an Authentication-Results field (RFC 8601 §2.2): what stands behind the colon,
/// folds included.
///
/// What departs from the grammar but has a clear meaning is read, and the first such place is told:
/// results without authserv-id, semicolons that are missing or too many, values that ought to be
/// quoted, names without ptype, words that mean nothing. Names and results come in lower case.
/// The value of a property that is an address keeps the quotes within the address.
///
/// # Errors
///
/// [`Problem`] where no meaning is clear: no authserv-id and no result at the start, quotes and
/// parentheses that do not match, a line end with no blank after it, control characters, and past a
/// limit.
///
/// ```
/// use waxseal::auth_results::parse;
///
/// let field = b" mx.example.net (filter 2.1);\r\n\
///     \tdkim=pass (2048-bit key) reason=\"just so\" header.d=example.com header.b=\"aB/9\";\r\n\
///     \tspf=none smtp.remote-ip=2001:db8::1";
/// let results = parse(field)?;
/// assert_eq!(results.authserv_id.as_deref(), Some("mx.example.net"));
/// let [dkim, spf] = results.results.as_slice() else { panic!() };
/// assert_eq!((dkim.method.as_str(), dkim.result.as_deref()), ("dkim", Some("pass")));
/// assert_eq!(dkim.reason.as_deref(), Some("just so"));
/// assert_eq!(dkim.property("header", "b"), Some("aB/9"));
/// assert_eq!(spf.property("smtp", "remote-ip"), Some("2001:db8::1"));
/// // Colons must be quoted.
/// assert!(!results.conforming);
/// assert_eq!(
///     results.problem.unwrap().to_string(),
///     "octet 138: expected a token, a quoted string, a domain name or an address; anything else is \
///      quoted"
/// );
///
/// assert_eq!(
///     parse(b"mx.example.net; dkim=pass (good").unwrap_err().to_string(),
///     "octet 26: expected ')' at the end of the comment that begins here"
/// );
/// # Ok::<(), waxseal::auth_results::Problem>(())
/// ```
pub fn parse(value: &[u8]) -> Result<AuthenticationResults, Problem> {
    if value.len() > MAX_OCTETS {
        return Err(Problem { offset: MAX_OCTETS, expected: Expected::FewerOctets });
    }
    let mut lexer = Lexer::new(value);
    if let Err(error) = std::str::from_utf8(value) {
        lexer.note(error.valid_up_to(), Expected::Utf8);
    }
    let mut parser = Parser { lexer, found: AuthenticationResults::default() };
    parser.field()?;
    let Parser { lexer, found } = parser;
    Ok(AuthenticationResults {
        conforming: lexer.problem.is_none(),
        problem: lexer.problem,
        ..found
    })
}

/// A word that begins something, and where it stands.
#[derive(Clone, Copy, Debug)]
struct Word<'a> {
    offset: usize,
    octets: &'a [u8],
}

impl Word<'_> {
    fn text(&self) -> String {
        String::from_utf8_lossy(self.octets).to_ascii_lowercase()
    }

    fn is(&self, word: &str) -> bool {
        self.octets.eq_ignore_ascii_case(word.as_bytes())
    }

    fn is_method(&self) -> bool {
        METHODS.iter().any(|method| self.is(method))
    }

    fn number(&self) -> Option<u32> {
        let is_number = self.octets.iter().all(u8::is_ascii_digit);
        let text = std::str::from_utf8(self.octets).ok().filter(|_| is_number)?;
        text.parse().ok()
    }
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    found: AuthenticationResults,
}

impl<'a> Parser<'a> {
    fn field(&mut self) -> Result<(), Problem> {
        // The method of a result that stands there without the semicolon before it.
        let mut method = self.head()?;
        loop {
            method = match method {
                Some(method) => self.result(method)?,
                None if self.lexer.take(b';') => self.first_word()?,
                None => break,
            };
        }
        if self.found.results.is_empty() {
            if !self.found.no_result {
                self.lexer.note(self.lexer.offset(), Expected::Result);
            }
        } else {
            self.found.no_result = false;
        }
        Ok(())
    }

    /// The authserv-id and the version (RFC 8601 §2.2).
    fn head(&mut self) -> Result<Option<Word<'a>>, Problem> {
        self.lexer.skip_cfws()?;
        self.found.comments.append(&mut self.lexer.comments);
        let offset = self.lexer.offset();
        let problem = |expected| Problem { offset, expected };
        let authserv_id = if self.lexer.peek() == Some(b'"') {
            let value = self.lexer.value()?;
            if value.form != Form::QuotedString {
                return Err(problem(Expected::AuthservId));
            }
            value.text
        } else {
            let octets = self.lexer.run(|octet| is_value_octet(octet) && octet != b'=');
            if octets.is_empty() {
                return Err(problem(Expected::AuthservId));
            }
            if !octets.iter().all(|&octet| is_word_octet(octet)) {
                self.lexer.note(offset, Expected::AuthservId);
            }
            String::from_utf8_lossy(octets).into_owned()
        };
        // RFC 6532 §3.1: where it is no UTF-8 nobody knows who is meant.
        if !self.lexer.is_utf8_since(offset) {
            return Err(problem(Expected::Utf8));
        }
        self.lexer.skip_cfws()?;
        if matches!(self.lexer.peek(), Some(b'=' | b'/')) {
            // Exchange Online begins with the first result.
            self.lexer.note(offset, Expected::AuthservId);
            self.lexer.go_back(offset);
            return self.first_word();
        }
        self.found.authserv_id = Some(authserv_id);
        let method = self.version()?;
        self.found.comments.append(&mut self.lexer.comments);
        Ok(method)
    }

    /// What stands between the authserv-id and the first semicolon.
    fn version(&mut self) -> Result<Option<Word<'a>>, Problem> {
        while !self.lexer.at_result_end() {
            let word = self.word(is_word_octet);
            self.lexer.skip_cfws()?;
            if !word.octets.is_empty() && matches!(self.lexer.peek(), Some(b'=' | b'/')) {
                self.lexer.note(word.offset, Expected::Semicolon);
                return Ok(Some(word));
            }
            match word.number() {
                Some(number) if self.found.version.is_none() => self.found.version = Some(number),
                _ => {
                    let expected = Expected::VersionOrSemicolon;
                    return Err(Problem { offset: word.offset, expected });
                }
            }
        }
        Ok(None)
    }

    /// The word behind a semicolon; none where nothing stands there.
    fn first_word(&mut self) -> Result<Option<Word<'a>>, Problem> {
        self.lexer.skip_cfws()?;
        let word = self.word(is_word_octet);
        if !word.octets.is_empty() {
            return Ok(Some(word));
        }
        if !self.lexer.at_result_end() {
            return Err(Problem { offset: word.offset, expected: Expected::Result });
        }
        // A semicolon too many.
        self.lexer.note(word.offset, Expected::Result);
        let comments = std::mem::take(&mut self.lexer.comments);
        match self.found.results.last_mut() {
            Some(last) => last.comments.extend(comments),
            None => self.found.comments.extend(comments),
        }
        Ok(None)
    }

    /// One result or `none`, to the semicolon or to the method of a result that lacks it.
    fn result(&mut self, method: Word<'a>) -> Result<Option<Word<'a>>, Problem> {
        self.lexer.skip_cfws()?;
        let is_none = method.is("none") && self.lexer.at_result_end();
        if self.found.no_result || (is_none && !self.found.results.is_empty()) {
            self.lexer.note(method.offset, Expected::NoneAlone);
        }
        if is_none {
            self.found.no_result = true;
            self.found.comments.append(&mut self.lexer.comments);
            return Ok(None);
        }
        if self.found.results.len() >= MAX_RESULTS {
            return Err(Problem { offset: method.offset, expected: Expected::FewerResults });
        }
        let mut result = MethodResult { method: method.text(), ..MethodResult::default() };
        self.keyword(method);
        if self.lexer.take(b'/') {
            self.lexer.skip_cfws()?;
            // Of another version nobody knows what the result means.
            let version = self.word(is_word_octet);
            result.method_version = version.number();
            if result.method_version.is_none() {
                return Err(Problem { offset: version.offset, expected: Expected::Version });
            }
            self.lexer.skip_cfws()?;
        }
        if self.lexer.take(b'=') {
            let value = self.value()?;
            if value.form != Form::Token || !is_keyword(value.text.as_bytes()) {
                self.lexer.note(value.offset, Expected::Keyword);
            }
            if value.form != Form::Empty {
                result.result = Some(value.text.to_ascii_lowercase());
            }
        } else {
            self.lexer.note(self.lexer.offset(), Expected::EqualsSign);
        }
        let next = self.details(&mut result)?;
        result.comments = std::mem::take(&mut self.lexer.comments);
        self.found.results.push(result);
        Ok(next)
    }

    /// The reason and the properties of a result.
    fn details(&mut self, result: &mut MethodResult) -> Result<Option<Word<'a>>, Problem> {
        loop {
            self.lexer.skip_cfws()?;
            if self.lexer.at_result_end() {
                return Ok(None);
            }
            let word = self.word(is_name_octet);
            let word_end = self.lexer.offset();
            if word.octets.is_empty() {
                self.skip_stray(word, word_end)?;
                continue;
            }
            self.lexer.skip_cfws()?;
            match self.lexer.peek() {
                Some(b'=' | b'/') if word.is_method() => {
                    self.lexer.note(word.offset, Expected::Semicolon);
                    return Ok(Some(word));
                }
                Some(b'.') => self.property(word, result)?,
                Some(b'=') => self.bare_property(word, result)?,
                _ => self.skip_stray(word, word_end)?,
            }
        }
    }

    /// What follows a ptype (RFC 8601 §2.2 `propspec`).
    fn property(&mut self, ptype: Word<'a>, result: &mut MethodResult) -> Result<(), Problem> {
        self.lexer.take(b'.');
        self.lexer.skip_cfws()?;
        let name = self.word(is_word_octet);
        let name_end = self.lexer.offset();
        self.lexer.skip_cfws()?;
        if !self.lexer.take(b'=') {
            return self.skip_stray(ptype, name_end);
        }
        self.keyword(ptype);
        self.keyword(name);
        let value = self.property_value()?;
        result.properties.push(Property::new(ptype.text(), name.text(), value));
        Ok(())
    }

    /// What follows a name that has no ptype: the reason, or a property all the same.
    fn bare_property(&mut self, name: Word<'a>, result: &mut MethodResult) -> Result<(), Problem> {
        self.lexer.take(b'=');
        if name.is("reason") {
            let value = self.value()?;
            if !matches!(value.form, Form::Token | Form::QuotedString) {
                self.lexer.note(value.offset, Expected::Value);
            }
            if result.reason.is_some() || !result.properties.is_empty() {
                self.lexer.note(name.offset, Expected::ReasonFirst);
            }
            result.reason.get_or_insert(value.text);
            return Ok(());
        }
        self.lexer.note(name.offset, Expected::PropertyType);
        let value = self.property_value()?;
        result.properties.push(Property { ptype: None, name: name.text(), value });
        Ok(())
    }

    fn property_value(&mut self) -> Result<String, Problem> {
        let value = self.value()?;
        if matches!(value.form, Form::Empty | Form::Junk) {
            self.lexer.note(value.offset, Expected::PropertyValue);
        }
        Ok(value.text)
    }

    /// What follows an equals sign.
    fn value(&mut self) -> Result<Value, Problem> {
        let behind_sign = self.lexer.offset();
        self.lexer.skip_cfws()?;
        let offset = self.lexer.offset();
        if offset > behind_sign && self.lexer.is_at_property() {
            return Ok(Value { offset, text: String::new(), form: Form::Empty });
        }
        self.lexer.value()
    }

    /// Passes over a word that means nothing, and what is written in one piece with it.
    fn skip_stray(&mut self, word: Word<'a>, word_end: usize) -> Result<(), Problem> {
        let problem = Problem { offset: word.offset, expected: Expected::Property };
        self.lexer.note(problem.offset, problem.expected);
        if self.lexer.offset() == word_end {
            self.lexer.value()?;
            if self.lexer.offset() == word.offset {
                return Err(problem);
            }
        }
        Ok(())
    }

    fn word(&mut self, is_of_kind: fn(u8) -> bool) -> Word<'a> {
        Word { offset: self.lexer.offset(), octets: self.lexer.run(is_of_kind) }
    }

    fn keyword(&mut self, word: Word<'a>) {
        if !is_keyword(word.octets) {
            self.lexer.note(word.offset, Expected::Keyword);
        }
    }
}

/// An octet of a token, of which UTF-8 may be a part (RFC 6532 §3.2).
fn is_word_octet(octet: u8) -> bool {
    is_token_octet(octet) || !octet.is_ascii()
}

/// An octet of a name before its dot.
fn is_name_octet(octet: u8) -> bool {
    is_word_octet(octet) && octet != b'.'
}

#[cfg(test)]
mod tests;
