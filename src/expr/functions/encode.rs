//! Bytes and addresses as text.

use super::{Function, Given};
use crate::data::Value;
use crate::expr::types::Types;
use crate::expr::write;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

const fn filter(name: &'static str, doc: &'static str, run: fn(&Given<'_>) -> Result<Value, String>) -> Function {
    Function::filter(name, doc, Types::TEXT, Types::TEXT, run)
}

pub(super) const ALL: &[Function] = &[
    filter("base64", "As base64, with padding.", |given| text(STANDARD.encode(given.text())))
        .passes_secrets()
        .shows(&[("'user:pass?' | base64", "\"dXNlcjpwYXNzPw==\"")]),
    filter("base64url", "As base64 for addresses, without padding.", |given| {
        text(URL_SAFE_NO_PAD.encode(given.text()))
    })
    .passes_secrets()
    .shows(&[("'user:pass?>' | base64url", "\"dXNlcjpwYXNzPz4\"")]),
    filter("base64_decode", "The text inside base64 of either alphabet.", |given| {
        let written = given.text().trim();
        let bytes = [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD]
            .iter()
            .find_map(|engine| engine.decode(written).ok());
        let bytes = bytes.ok_or("this text is no base64")?;
        text(String::from_utf8(bytes).map_err(|_| "the bytes in this base64 are no text")?)
    })
    .shows(&[("'dXNlcjpwYXNzPz4' | base64_decode", "\"user:pass?>\"")]),
    filter("hex", "The bytes of a text as hexadecimal digits.", |given| text(hexadecimal(given.text().as_bytes())))
        .shows(&[("'aé' | hex", "\"61c3a9\"")]),
    Function::filter("urlencode", "Percent-encoded for a query or a form.", Types::SCALAR, Types::TEXT, |given| {
        let mut plain = String::new();
        write::scalar(given.input, &mut plain)?;
        text(utf8_percent_encode(&plain, RESERVED).to_string())
    })
    .passes_secrets()
    .shows(&[("'a b/c&d' | urlencode", "\"a%20b%2Fc%26d\"")]),
    Function::filter("path", "Percent-encoded segment by segment: `/` stays.", Types::SCALAR, Types::TEXT, |given| {
        let mut plain = String::new();
        write::scalar(given.input, &mut plain)?;
        let segments: Vec<_> = plain.split('/').map(segment).collect::<Result<_, _>>()?;
        text(segments.join("/"))
    })
    .shows(&[("'octo org/a repo' | path", "\"octo%20org/a%20repo\"")]),
];

fn text(text: String) -> Result<Value, String> {
    write::bounded(text.len())?;
    Ok(Value::Text(text.into()))
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// Encodes one segment of a path; what would change the path is refused.
pub(in crate::expr) fn segment(text: &str) -> Result<String, String> {
    match text {
        "" => Err("an empty text can't be a segment of a path".to_owned()),
        "." | ".." => Err(format!("`{text}` can't be a segment of a path")),
        _ => Ok(utf8_percent_encode(text, RESERVED).to_string()),
    }
}
