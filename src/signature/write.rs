//! Writes a signature field: its tags in one order, folded so that every MTA leaves it alone.

/// Columns of a line, the CRLF not counted: under RFC 5322 §2.1.1's 78, so that nobody refolds it.
pub(crate) const WIDTH: usize = 76;

/// A signature field being written.
///
/// Lines are folded before a tag, behind a colon of a list, and anywhere in what may be folded
/// anywhere (base64, quoted-printable), always by CRLF and one SP: a blank that no MTA has a reason
/// to change. Names of domains are never folded, so a long one makes a line longer than 76 columns.
#[derive(Debug)]
pub(crate) struct FieldWriter {
    text: String,
    column: usize,
}

impl FieldWriter {
    /// A field with its name and nothing else.
    pub(crate) fn new(name: &str) -> Self {
        let text = format!("{name}:");
        Self { column: text.len(), text }
    }

    /// The rest of a field, behind the signature, on a line of its own.
    pub(crate) fn behind_signature() -> Self {
        Self { text: ";".to_owned(), column: WIDTH }
    }

    /// A tag with a value that is not folded.
    pub(crate) fn tag(&mut self, name: &str, value: &str) {
        self.place(&format!("{name}={value};"));
    }

    /// A tag with a list, its items separated by colons.
    pub(crate) fn list(&mut self, name: &str, items: &[String]) {
        let last = items.len().saturating_sub(1);
        for (index, item) in items.iter().enumerate() {
            let end = if index == last { ';' } else { ':' };
            match index {
                0 => self.place(&format!("{name}={item}{end}")),
                _ => self.join(&format!("{item}{end}")),
            }
        }
    }

    /// The tag `z=` with copies of fields, name and value, the values in DKIM quoted-printable. They may
    /// be folded anywhere but within the three octets of an encoded octet, the names not at all
    /// (RFC 6376 §2.11, §3.5).
    pub(crate) fn copies(&mut self, copies: &[(String, String)]) {
        for (index, (name, value)) in copies.iter().enumerate() {
            match index {
                0 => self.place(&format!("z={name}:")),
                _ => {
                    self.join("|");
                    self.join(&format!("{name}:"));
                }
            }
            let mut rest = value.as_str();
            while !rest.is_empty() {
                let unit = if rest.starts_with('=') { 3 } else { 1 };
                let (unit, after) = rest.split_at_checked(unit).unwrap_or((rest, ""));
                self.join(unit);
                rest = after;
            }
        }
        self.join(";");
    }

    /// The field up to and with `b=`, on a line of its own. The signature goes behind it, see
    /// [`fold_signature`].
    pub(crate) fn finish(mut self) -> String {
        self.text.push_str("\r\n b=");
        self.text
    }

    /// The field as far as it goes, without the semicolon behind its last tag.
    pub(crate) fn end(mut self) -> String {
        if self.text.ends_with(';') {
            self.text.pop();
        }
        self.text
    }

    /// Puts a piece behind a blank, on this line or the next.
    fn place(&mut self, piece: &str) {
        if self.column.saturating_add(piece.len()) < WIDTH {
            self.text.push(' ');
            self.column = self.column.saturating_add(1);
            self.append(piece);
        } else {
            self.fold();
            self.append(piece);
        }
    }

    /// Puts a piece directly behind the last one, or on the next line.
    fn join(&mut self, piece: &str) {
        if self.column.saturating_add(piece.len()) > WIDTH {
            self.fold();
        }
        self.append(piece);
    }

    fn append(&mut self, piece: &str) {
        self.text.push_str(piece);
        self.column = self.column.saturating_add(piece.len());
    }

    fn fold(&mut self) {
        self.text.push_str("\r\n ");
        self.column = 1;
    }
}

/// A signature in base64 as it stands behind ` b=`, folded into lines of so many columns.
pub(crate) fn fold_signature(base64: &str, columns: usize) -> String {
    let mut text = String::new();
    let mut rest = base64;
    // The first line has " b=" before it, the others the blank that continues the field.
    let mut room = columns.saturating_sub(3);
    while let Some((line, after)) = rest.split_at_checked(room) {
        text.push_str(line);
        if !after.is_empty() {
            text.push_str("\r\n ");
        }
        rest = after;
        room = columns.saturating_sub(1);
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn lines_have_76_columns_at_most() {
        let mut writer = FieldWriter::new("DKIM-Signature");
        writer.tag("v", "1");
        writer.tag("d", &"x".repeat(60));
        writer.list("h", &vec!["Content-Transfer-Encoding".to_owned(); 9]);
        writer.copies(&vec![("Name".to_owned(), "a=20b".repeat(10)); 10]);
        writer.tag("bh", &"x".repeat(44));
        let field = writer.finish() + &fold_signature(&"b".repeat(344), WIDTH);
        for line in field.split("\r\n") {
            assert!(line.len() <= WIDTH, "{line}");
            assert!(!line.ends_with(' '), "{line:?}");
            assert!(!line.contains("=\r"), "an encoded octet is cut: {line}");
        }
        let unfolded = field.replace("\r\n ", "");
        let copies = vec![format!("Name:{}", "a=20b".repeat(10)); 10].join("|");
        assert!(unfolded.contains(&format!("z={copies};")), "{field}");
        assert!(unfolded.ends_with(&format!("b={}", "b".repeat(344))), "{field}");
    }

    #[test]
    fn encoded_octets_stay_whole() {
        for shift in 0..4 {
            let mut writer = FieldWriter::new("X");
            let value = format!("{}{}", "a".repeat(shift), "=20".repeat(60));
            writer.copies(&vec![("Content-Type".to_owned(), value); 9]);
            let field = writer.finish();
            assert_eq!(field.matches("Content-Type:").count(), 9, "a name is folded: {field}");
            let lines: Vec<_> = field.split("\r\n ").collect();
            assert!(lines.len() > 2);
            for line in &lines {
                assert!(!line.ends_with('=') || line.ends_with("b="), "{line}");
                assert!(!line.ends_with("=2"), "{line}");
            }
        }
    }

    #[test]
    fn a_signature_that_fills_its_lines_has_no_empty_one() {
        assert_eq!(fold_signature(&"b".repeat(73), WIDTH), "b".repeat(73));
        assert_eq!(fold_signature(&"b".repeat(73 + 75), WIDTH).len(), 73 + 3 + 75);
        assert_eq!(fold_signature("", WIDTH), "");
    }
}
