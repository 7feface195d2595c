//! `decode: csv` and `decode: tsv`: each row becomes an object of texts.

use super::run::{Decoder, Documents, Surroundings, fault};
use super::{HeaderPlan, SeparatedPlan, charset};
use crate::components::context::Late;
use crate::data::json::quote;
use crate::fault::{Fault, Kind};
use bytes::Bytes;
use csv::{ByteRecord, ReaderBuilder, Terminator};
use std::io::Read as _;

/// Separated values, decided.
#[derive(Debug)]
pub(super) struct Separated {
    charset: Option<String>,
    delimiter: u8,
    quote: u8,
    /// `None`: the first row has the names.
    names: Option<Names>,
    skip: u32,
    null: Option<String>,
}

/// What names the values where no row does.
#[derive(Debug)]
enum Names {
    Written(Vec<String>),
    /// `column_1`, `column_2` …
    Counted,
}

impl Separated {
    pub(super) fn new(plan: &SeparatedPlan) -> Result<Self, Fault> {
        let byte = |text: Option<String>, otherwise: u8| text.and_then(|text| text.bytes().next()).unwrap_or(otherwise);
        let names = match &plan.header {
            None => None,
            Some(HeaderPlan::Names(names)) => Some(Names::Written(names.clone())),
            Some(HeaderPlan::First(first)) => {
                if is(first)? {
                    None
                } else {
                    Some(Names::Counted)
                }
            }
        };
        Ok(Self {
            charset: maybe(plan.charset.as_ref())?,
            delimiter: byte(maybe(plan.delimiter.as_ref())?, if plan.tabs { b'\t' } else { b',' }),
            quote: byte(maybe(plan.quote.as_ref())?, b'"'),
            names,
            skip: maybe(plan.skip.as_ref())?.unwrap_or_default(),
            null: maybe(plan.null.as_ref())?,
        })
    }
}

impl Decoder for Separated {
    fn decode(&self, body: Bytes, around: &Surroundings<'_>) -> Result<Documents, Fault> {
        let body = charset::text(body, self.charset.as_deref(), around.headers)?;
        if let Some(other) = is_something_else(&body, around) {
            return Err(fault(format!(
                "the answer is {other} and no separated values; look at the address and the credentials"
            )));
        }
        let body = after_lines(&body, self.skip);
        let ends_with_line = body.last().is_none_or(|byte| matches!(byte, b'\n' | b'\r'));
        let mut reader = ReaderBuilder::new()
            .delimiter(self.delimiter)
            .quote(self.quote)
            .terminator(Terminator::CRLF)
            .has_headers(false)
            .flexible(true)
            .from_reader(body.chain(END));
        let mut row = ByteRecord::new();
        let mut out = String::with_capacity(body.len() * 2);
        let mut keys: Vec<String> = match &self.names {
            Some(Names::Written(names)) => names.iter().map(|name| key(name)).collect(),
            _ => Vec::new(),
        };
        let (mut number, mut is_short) = (0u64, false);
        loop {
            let is_row = reader.read_byte_record(&mut row).map_err(|error| broken(number, &error.to_string()))?;
            if !is_row {
                // The end was swallowed by a quoted value.
                return Err(broken(number, "a quoted value has no end: the answer was cut, or a quote is missing"));
            }
            if row.len() == 1 && row.get(0) == Some(MARK) && reader.position().byte() >= (body.len() + END.len()) as u64
            {
                break;
            }
            number += 1;
            if keys.is_empty() {
                if self.names.is_none() {
                    keys = header(&row)?;
                    continue;
                }
                keys = (1..=row.len()).map(|nth| key(&format!("column_{nth}"))).collect();
            }
            if row.len() > keys.len() {
                let told = format!("{} values where there are {} columns", row.len(), keys.len());
                return Err(broken(number, &told));
            }
            is_short = row.len() < keys.len();
            self.write(&row, &keys, number, &mut out)?;
        }
        if is_short && !ends_with_line {
            return Err(broken(number, "it has too few values and no end: the answer was cut"));
        }
        Ok(Documents::Lines(Bytes::from(out)))
    }
}

impl Separated {
    fn write(&self, row: &ByteRecord, keys: &[String], number: u64, out: &mut String) -> Result<(), Fault> {
        out.push('{');
        // A short row has no values at its end: they are absent.
        for (at, (value, key)) in row.iter().zip(keys).enumerate() {
            if at > 0 {
                out.push(',');
            }
            out.push_str(key);
            let value = std::str::from_utf8(value).map_err(|_| broken(number, "a value is not UTF-8"))?;
            if self.null.as_deref() == Some(value) {
                out.push_str("null");
            } else {
                quote(value, out);
            }
        }
        out.push_str("}\n");
        Ok(())
    }
}

/// Comes behind every body, as a row of its own: if it is not found there, the body ended within a value.
const END: &[u8] = b"\n\x1e\n";
const MARK: &[u8] = b"\x1e";

/// Says what an answer is that was sent instead: a page to sign in, an error.
fn is_something_else(body: &[u8], around: &Surroundings<'_>) -> Option<&'static str> {
    let begin = body.trim_ascii_start();
    let is = |word: &[u8]| begin.get(..word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word));
    if is(b"<!doctype html") || is(b"<html") {
        return Some("a web page");
    }
    let is_json = around.headers.get("content-type").is_some_and(|of| of.to_ascii_lowercase().contains("json"));
    (is_json && (is(b"{") || is(b"["))).then_some("JSON")
}

/// Reads the row of names; a name that stands twice would hide a column.
fn header(row: &ByteRecord) -> Result<Vec<String>, Fault> {
    let mut names: Vec<&str> = Vec::new();
    for name in row {
        let name = std::str::from_utf8(name).map_err(|_| broken(1, "a name is not UTF-8"))?;
        let name = name.trim_start_matches('\u{feff}');
        if names.contains(&name) {
            return Err(broken(1, &format!("the column `{name}` stands twice")));
        }
        names.push(name);
    }
    Ok(names.iter().map(|name| key(name)).collect())
}

fn key(name: &str) -> String {
    let mut out = String::new();
    quote(name, &mut out);
    out.push(':');
    out
}

fn after_lines(body: &[u8], skip: u32) -> &[u8] {
    let mut rest = body;
    for _ in 0..skip {
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
        rest = &rest[end..];
    }
    rest
}

fn broken(row: u64, told: &str) -> Fault {
    fault(format!("row {row} of the separated values: {told}"))
}

/// Returns a setting that binding has decided.
pub(super) fn maybe<T: Clone>(setting: Option<&Late<T>>) -> Result<Option<T>, Fault> {
    setting.map(is).transpose()
}

fn is<T: Clone>(setting: &Late<T>) -> Result<T, Fault> {
    match setting {
        Late::Is(value) => Ok(value.clone()),
        Late::From(compiled) => {
            let told = format!("`{}` can't be decided before the run; not built yet", compiled.source());
            Err(Fault::new(Kind::Config, "decode the answer", told))
        }
    }
}
