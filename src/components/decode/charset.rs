//! From the bytes of a charset to UTF-8.

use super::run::fault;
use crate::fault::Fault;
use crate::http::Headers;
use bytes::Bytes;
use encoding_rs::{Encoding, UTF_8};

/// Decodes a text by the charset that was written, else by that of the answer, else as UTF-8. What the charset does
/// not know is an error: no other character is put there.
pub(super) fn text(body: Bytes, written: Option<&str>, headers: &Headers) -> Result<Bytes, Fault> {
    let named = written.map(str::to_owned).or_else(|| of_answer(headers));
    let encoding = match &named {
        Some(name) => find(name)?,
        None => UTF_8,
    };
    decode(body, encoding)
}

/// JSON is UTF-8 whatever an answer says; only what is not is read by the charset that the answer names.
pub(super) fn json(body: Bytes, headers: &Headers) -> Result<Bytes, Fault> {
    if let Some((encoding, _)) = Encoding::for_bom(&body).filter(|(encoding, _)| *encoding != UTF_8) {
        return decode(body, encoding);
    }
    let Some(name) = of_answer(headers).filter(|name| !name.eq_ignore_ascii_case("utf-8")) else { return Ok(body) };
    if simdutf8::basic::from_utf8(&body).is_ok() {
        return Ok(body);
    }
    decode(body, find(&name)?)
}

fn decode(body: Bytes, encoding: &'static Encoding) -> Result<Bytes, Fault> {
    if encoding == UTF_8 && simdutf8::basic::from_utf8(&body).is_ok() {
        return Ok(match body.strip_prefix(b"\xef\xbb\xbf") {
            Some(rest) => body.slice_ref(rest),
            None => body,
        });
    }
    let (text, used, broken) = encoding.decode(&body);
    if broken {
        return Err(fault(format!(
            "the answer is not {}; set `charset` to what it is",
            used.name().to_ascii_lowercase()
        )));
    }
    Ok(Bytes::from(text.into_owned()))
}

fn find(name: &str) -> Result<&'static Encoding, Fault> {
    Encoding::for_label(name.as_bytes()).ok_or_else(|| fault(format!("unknown charset `{name}`")))
}

/// Returns the charset that the answer names.
fn of_answer(headers: &Headers) -> Option<String> {
    let kind = headers.get("content-type")?;
    let param = |part: &str| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"').to_owned())
    };
    kind.split(';').skip(1).find_map(param).filter(|name| !name.is_empty())
}
