//! `decode: json` and `decode: jsonl`: the body is JSON already.

use super::charset;
use super::run::{Decoder, Documents, Frames, Surroundings, fault, shown};
use crate::fault::Fault;
use bytes::Bytes;

/// One JSON document.
#[derive(Debug)]
pub(super) struct Json;

/// One JSON document a line.
#[derive(Debug)]
pub(super) struct JsonLines;

impl Decoder for Json {
    fn decode(&self, body: Bytes, around: &Surroundings<'_>) -> Result<Documents, Fault> {
        let body = charset::json(body, around.headers)?;
        expect_json(&body, around)?;
        Ok(Documents::One(body))
    }

    fn frames(&self) -> Option<Frames> {
        Some(Frames::Document)
    }
}

impl Decoder for JsonLines {
    fn decode(&self, body: Bytes, around: &Surroundings<'_>) -> Result<Documents, Fault> {
        let body = charset::json(body, around.headers)?;
        expect_json(&body, around)?;
        Ok(Documents::Lines(body))
    }

    fn frames(&self) -> Option<Frames> {
        Some(Frames::Lines)
    }
}

/// A page for people is told apart from broken JSON by its first byte.
fn expect_json(body: &[u8], around: &Surroundings<'_>) -> Result<(), Fault> {
    let start = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let Some(first) = start.iter().find(|byte| !byte.is_ascii_whitespace()) else { return Ok(()) };
    if matches!(first, b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n' | b'N' | b'I') {
        return Ok(());
    }
    let kind = around.headers.get("content-type");
    let kind = kind.as_deref().and_then(|kind| kind.split(';').next()).map(str::trim).unwrap_or_default();
    let got = if kind.is_empty() || kind.contains("json") { "something else" } else { kind };
    Err(fault(format!("expected JSON, got {got}: {}", shown(body))))
}
