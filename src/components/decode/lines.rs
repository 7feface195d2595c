//! `decode: text`: each line is a record.

use super::charset;
use super::run::{Decoder, Documents, Surroundings};
use crate::data::json::quote;
use crate::fault::Fault;
use bytes::Bytes;

/// Lines of text.
#[derive(Debug)]
pub(super) struct TextLines {
    pub(super) charset: Option<String>,
}

impl Decoder for TextLines {
    fn decode(&self, body: Bytes, around: &Surroundings<'_>) -> Result<Documents, Fault> {
        let body = charset::text(body, self.charset.as_deref(), around.headers)?;
        let text = std::str::from_utf8(&body).map_err(|_| super::run::fault("the answer is not UTF-8"))?;
        let mut out = String::with_capacity(text.len() + text.len() / 16);
        for line in text.lines() {
            quote(line, &mut out);
            out.push('\n');
        }
        Ok(Documents::Lines(Bytes::from(out)))
    }
}
