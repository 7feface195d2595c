//! Writes JSON as the older Python fault server does, byte for byte: `", "` and `": "` between, everything outside
//! ASCII escaped.

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use std::io::{Result, Write};

/// Returns the text of a value.
pub(crate) fn text(value: &impl Serialize) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    value
        .serialize(&mut Serializer::with_formatter(&mut out, Spaced))
        .expect("maps of the mock have text as keys, and a vector takes everything");
    out
}

struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> Result<()> {
        out.write_all(b": ")
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> Result<()> {
        let mut plain = 0;
        for (at, sign) in fragment.char_indices().filter(|(_, sign)| !matches!(sign, ' '..='~')) {
            out.write_all(&fragment.as_bytes()[plain..at])?;
            for unit in sign.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            plain = at + sign.len_utf8();
        }
        out.write_all(&fragment.as_bytes()[plain..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn looks_as_python_writes_it() {
        let value =
            json!({"a": [1, 2.5, null], "b": {"é\u{1f469}": "\u{7f}\u{1b}\n\"\\"}, "c": [], "d": {}, "e": true});
        let expected =
            r#"{"a": [1, 2.5, null], "b": {"\u00e9\ud83d\udc69": "\u007f\u001b\n\"\\"}, "c": [], "d": {}, "e": true}"#;
        assert_eq!(String::from_utf8(text(&value)).unwrap(), expected);
    }
}
