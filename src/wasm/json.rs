//! Reports as JSON text, octet for octet what serde_json writes: the one form they have for all hosts.
//! Built for size: reports have structs, lists, texts, whole numbers and flags, and nothing else.

use std::fmt::{self, Display, Write as _};

use serde::ser::{self, Impossible, Serialize, SerializeSeq, SerializeStruct};

/// The JSON text of a report.
///
/// # Errors
///
/// Where it has something that no report has.
pub(super) fn to_text(report: &impl Serialize) -> Result<String, NoReport> {
    let mut text = String::new();
    report.serialize(&mut Json(&mut text))?;
    Ok(text)
}

/// It has something that no report has.
#[derive(Debug)]
pub(super) struct NoReport;

impl Display for NoReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it has something that no report has")
    }
}

impl std::error::Error for NoReport {}

impl ser::Error for NoReport {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

struct Json<'t>(&'t mut String);

impl Json<'_> {
    fn raw(&mut self, text: &str) -> Result<(), NoReport> {
        self.0.push_str(text);
        Ok(())
    }

    /// RFC 8259 §7, with the short escapes where there are some.
    fn quoted(&mut self, text: &str) {
        self.0.push('"');
        for c in text.chars() {
            match c {
                '"' | '\\' => self.0.extend(['\\', c]),
                '\n' => self.0.push_str("\\n"),
                '\r' => self.0.push_str("\\r"),
                '\t' => self.0.push_str("\\t"),
                '\u{8}' => self.0.push_str("\\b"),
                '\u{c}' => self.0.push_str("\\f"),
                '\0'..='\u{1f}' => {
                    const DIGITS: [char; 16] = [
                        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e',
                        'f',
                    ];
                    let code = u32::from(c);
                    let digit = |value: u32| {
                        let place = usize::try_from(value & 15).unwrap_or(0);
                        DIGITS.get(place).copied().unwrap_or('0')
                    };
                    self.0.push_str("\\u00");
                    self.0.extend([digit(code >> 4), digit(code)]);
                }
                _ => self.0.push(c),
            }
        }
        self.0.push('"');
    }
}

/// What stands between braces or brackets.
struct Items<'j, 't> {
    json: &'j mut Json<'t>,
    close: char,
    first: bool,
}

impl<'j, 't> Items<'j, 't> {
    fn new(json: &'j mut Json<'t>, open: char, close: char) -> Self {
        json.0.push(open);
        Self { json, close, first: true }
    }

    fn separate(&mut self) {
        if !std::mem::take(&mut self.first) {
            self.json.0.push(',');
        }
    }

    fn close(self) -> Result<(), NoReport> {
        self.json.0.push(self.close);
        Ok(())
    }
}

impl SerializeSeq for Items<'_, '_> {
    type Ok = ();
    type Error = NoReport;

    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), NoReport> {
        self.separate();
        value.serialize(&mut *self.json)
    }

    fn end(self) -> Result<(), NoReport> {
        self.close()
    }
}

impl SerializeStruct for Items<'_, '_> {
    type Ok = ();
    type Error = NoReport;

    fn serialize_field<T: ?Sized + Serialize>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), NoReport> {
        self.separate();
        self.json.quoted(name);
        self.json.0.push(':');
        value.serialize(&mut *self.json)
    }

    fn end(self) -> Result<(), NoReport> {
        self.close()
    }
}

macro_rules! numbers {
    ($($method:ident $type:ty),*) => {$(
        fn $method(self, number: $type) -> Result<(), NoReport> {
            // Writing to a string does not fail.
            let _ = write!(self.0, "{number}");
            Ok(())
        }
    )*};
}

macro_rules! no_reports {
    ($($method:ident ($($name:ident: $type:ty),*) -> $result:ty;)*) => {$(
        fn $method(self, $($name: $type),*) -> Result<$result, NoReport> {
            $(let _ = $name;)*
            Err(NoReport)
        }
    )*};
}

impl<'j, 't> ser::Serializer for &'j mut Json<'t> {
    type Ok = ();
    type Error = NoReport;
    type SerializeSeq = Items<'j, 't>;
    type SerializeStruct = Items<'j, 't>;
    type SerializeTuple = Impossible<(), NoReport>;
    type SerializeTupleStruct = Impossible<(), NoReport>;
    type SerializeTupleVariant = Impossible<(), NoReport>;
    type SerializeMap = Impossible<(), NoReport>;
    type SerializeStructVariant = Impossible<(), NoReport>;

    numbers!(serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64);
    numbers!(serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64);

    fn serialize_bool(self, flag: bool) -> Result<(), NoReport> {
        self.raw(if flag { "true" } else { "false" })
    }

    fn serialize_str(self, text: &str) -> Result<(), NoReport> {
        self.quoted(text);
        Ok(())
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
    ) -> Result<(), NoReport> {
        self.quoted(name);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), NoReport> {
        self.raw("null")
    }

    fn serialize_unit(self) -> Result<(), NoReport> {
        self.raw("null")
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<(), NoReport> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), NoReport> {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items<'j, 't>, NoReport> {
        Ok(Items::new(self, '[', ']'))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Items<'j, 't>, NoReport> {
        Ok(Items::new(self, '{', '}'))
    }

    no_reports! {
        serialize_f32(number: f32) -> ();
        serialize_f64(number: f64) -> ();
        serialize_char(c: char) -> ();
        serialize_bytes(octets: &[u8]) -> ();
        serialize_unit_struct(name: &'static str) -> ();
        serialize_tuple(length: usize) -> Self::SerializeTuple;
        serialize_tuple_struct(name: &'static str, length: usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(name: &'static str, index: u32, variant: &'static str, length: usize) -> Self::SerializeTupleVariant;
        serialize_map(length: Option<usize>) -> Self::SerializeMap;
        serialize_struct_variant(name: &'static str, index: u32, variant: &'static str, length: usize) -> Self::SerializeStructVariant;
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), NoReport> {
        Err(NoReport)
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::to_text;

    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Everything {
        texts: Vec<String>,
        empty_list: Vec<u8>,
        nothing: Option<u8>,
        something: Option<u64>,
        number: i64,
        flags: Vec<bool>,
        within: Option<Within>,
    }

    #[derive(Serialize)]
    #[serde(rename_all = "lowercase")]
    enum Word {
        Relaxed,
    }

    #[derive(Serialize)]
    struct Within {
        word: Word,
    }

    #[test]
    fn the_text_is_that_of_serde_json() {
        let every_character: String = (0..=0x2030_u32).filter_map(char::from_u32).collect();
        let everything = Everything {
            texts: vec![every_character, String::new(), "\u{1F600}\u{FFFF}".to_owned()],
            empty_list: Vec::new(),
            nothing: None,
            something: Some(u64::MAX),
            number: i64::MIN,
            flags: vec![true, false],
            within: Some(Within { word: Word::Relaxed }),
        };
        assert_eq!(to_text(&everything).unwrap(), serde_json::to_string(&everything).unwrap());
    }

    #[test]
    fn what_no_report_has_is_refused() {
        assert!(to_text(&1.5).is_err() && to_text(&(1, 2)).is_err() && to_text(&'c').is_err());
    }
}
