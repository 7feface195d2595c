//! Rows without requests: made by the types and names of their columns, the same for the same seed.

use super::form::{ColumnForm, Form, From};
use super::hash::Hash;
use super::needs::Wants;
use crate::components::context::Late;
use crate::components::decode::Documents;
use crate::data::json::{Writing, write};
use crate::data::{Map, Moment, Type, Value, When};
use crate::fault::{Fault, Kind};
use crate::plan::{BoundStream, Source};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// So many rows are one page.
const PAGE: u64 = 1000;
/// 2024-01-01, the first moment of rows that come in order.
const BEGIN: i64 = 1_704_067_200;

const FIRST: &[&str] = &["Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Frances", "Ken", "Radia", "Dennis"];
const LAST: &[&str] = &["Lovelace", "Hopper", "Turing", "Liskov", "Knuth", "Allen", "Thompson", "Perlman", "Ritchie"];
const CITIES: &[&str] = &["Berlin", "Lisbon", "Oslo", "Nairobi", "Lima", "Kyoto", "Toronto", "Accra"];
const COUNTRIES: &[&str] = &["DE", "PT", "NO", "KE", "PE", "JP", "CA", "GH"];
const STATES: &[&str] = &["active", "paused", "closed"];
const WORDS: &[&str] = &[
    "amber", "harbor", "ledger", "meadow", "north", "orbit", "parcel", "quartz", "signal", "tariff", "window",
    "thicket",
];

/// Makes the rows of a stream with `generate`.
#[derive(Debug)]
pub struct Generator {
    rows: u64,
    seed: u64,
    columns: Vec<Made>,
}

#[derive(Debug)]
struct Made {
    name: String,
    of: Type,
    /// The member that it is read from.
    member: Arc<str>,
    required: bool,
    key: bool,
    position: bool,
}

impl Generator {
    /// Returns none for a stream that is not generated.
    pub fn new(stream: &BoundStream) -> Result<Option<Self>, Fault> {
        let Source::Generate { rows: Late::Is(rows), seed } = &stream.source else { return Ok(None) };
        let seed = match seed {
            None => 0,
            Some(Late::Is(seed)) => *seed,
            Some(Late::From(_)) => return Err(Fault::new(Kind::Internal, "generate rows", "the seed is not decided")),
        };
        // All columns, also those that nobody asked for: a row stays what it is.
        let form = Form::new(stream, &Wants { parents: true, ..Wants::default() })?;
        let made = |(at, column): (usize, &ColumnForm)| {
            // A column of a made row is a member or computed: there is nothing else to read from.
            let (From::Tokens(keys) | From::Members(keys, _)) = &column.from else { return None };
            let [member] = keys.as_slice() else { return None };
            Some(Made {
                name: column.name.to_lowercase(),
                of: column.of.clone(),
                member: Arc::clone(member),
                required: column.required,
                key: form.key.contains(&at),
                position: form.position == Some(at),
            })
        };
        let columns = form.columns.iter().enumerate().filter_map(made).collect();
        Ok(Some(Self { rows: *rows, seed, columns }))
    }

    /// Counts the rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the nth page of a thousand rows; none behind the last.
    pub fn page(&self, index: u64) -> Option<Documents> {
        let first = index.checked_mul(PAGE).filter(|first| *first < self.rows || index == 0)?;
        let mut out = String::new();
        for row in first..self.rows.min(first + PAGE) {
            let mut record = Map::new();
            for column in &self.columns {
                record.push((Arc::clone(&column.member), column.value(self.seed, row)));
            }
            let written = write(&Value::Map(Arc::new(record)), &Writing::default(), &mut out);
            debug_assert!(written.is_ok(), "a made record is flat");
            out.push('\n');
        }
        Some(Documents::Lines(out.into()))
    }
}

impl Made {
    fn value(&self, seed: u64, row: u64) -> Value {
        let mut draw =
            Draw { hash: Hash::new().add(&seed.to_le_bytes()).add(&row.to_le_bytes()).add(self.name.as_bytes()) };
        if !self.required && !self.key && !self.position && draw.below(20) == 0 {
            return Value::Null;
        }
        self.of_type(&self.of, row, &mut draw)
    }

    fn of_type(&self, of: &Type, row: u64, draw: &mut Draw) -> Value {
        let counted = self.key || self.position || self.name == "id";
        let text = |text: String| Value::Text(text.into());
        match of {
            Type::Integer if counted => int(row + 1),
            Type::Integer => int(draw.below(1000)),
            Type::Number => Value::Number(format!("{}.{:03}", draw.below(1000), draw.below(1000)).into()),
            Type::Decimal { precision, scale } => {
                let whole = 10u64.saturating_pow(u32::from(precision.saturating_sub(*scale).min(4)));
                let part: String = (0..(*scale).min(4)).map(|_| char::from(b'0' + draw.digit())).collect();
                let whole = draw.below(whole);
                Value::Number(if part.is_empty() { whole.to_string() } else { format!("{whole}.{part}") }.into())
            }
            Type::Boolean => Value::Bool(draw.below(2) == 0),
            Type::String if counted => text(format!("{:08}", row + 1)),
            Type::String => text(self.text(row, draw)),
            Type::Enum(words) => words.get(draw.index(words.len())).map_or(Value::Null, |word| text(word.clone())),
            Type::Uuid => {
                let (one, two) = (draw.next(), draw.next());
                text(
                    uuid::Builder::from_random_bytes((u128::from(one) << 64 | u128::from(two)).to_be_bytes())
                        .into_uuid()
                        .to_string(),
                )
            }
            Type::Bytes => text(STANDARD.encode(draw.next().to_le_bytes())),
            Type::Duration => text(format!("PT{}M", draw.below(600) + 1)),
            Type::Json => Value::Map(Arc::new(vec![("n".into(), int(draw.below(100)))])),
            Type::Date(moment) | Type::Time(moment) | Type::Timestamp(moment) => {
                let seconds = if self.position {
                    i64::try_from(row).unwrap_or(i64::MAX / 120).saturating_mul(60)
                } else {
                    i64::try_from(draw.below(700 * 86_400)).unwrap_or_default()
                };
                moment_of(of, moment, seconds)
            }
            Type::List { of, .. } => {
                let length = draw.below(4);
                Value::List(Arc::new((0..length).map(|_| self.of_type(of, row, draw)).collect()))
            }
        }
    }

    /// Makes a text that fits the column's name.
    fn text(&self, row: u64, draw: &mut Draw) -> String {
        let has = |part: &str| self.name.contains(part);
        let (first, last) = (draw.pick(FIRST), draw.pick(LAST));
        if has("email") {
            return format!("{}.{}{}@example.com", first.to_lowercase(), last.to_lowercase(), row + 1);
        }
        match () {
            () if has("first") => first.into(),
            () if has("last") => last.into(),
            () if has("url") || has("link") || has("website") => {
                format!("https://example.com/{}/{}", draw.pick(WORDS), row + 1)
            }
            () if has("city") => draw.pick(CITIES).into(),
            () if has("country") => draw.pick(COUNTRIES).into(),
            () if has("phone") => format!("+49 30 {:07}", draw.below(10_000_000)),
            () if has("status") || has("state") => draw.pick(STATES).into(),
            () if has("currency") => "EUR".into(),
            () if has("name") || has("owner") || has("author") => format!("{first} {last}"),
            () if self.name.ends_with("_id") => format!("{:08}", draw.below(1000) + 1),
            () => format!("{} {}", draw.pick(WORDS), draw.pick(WORDS)),
        }
    }
}

/// Writes a moment as the column reads it.
fn moment_of(of: &Type, moment: &Moment, seconds: i64) -> Value {
    let at =
        Timestamp::from_second(BEGIN).ok().and_then(|begin| begin.checked_add(SignedDuration::from_secs(seconds)).ok());
    let at = at.unwrap_or(Timestamp::UNIX_EPOCH);
    let zoned = at.to_zoned(jiff::tz::TimeZone::UTC);
    let text = |text: String| Value::Text(text.into());
    match (&moment.when, of) {
        (When::Unix, _) => Value::Int(at.as_second()),
        (When::UnixMs, _) => Value::Int(at.as_millisecond()),
        (When::UnixUs, _) => Value::Int(at.as_microsecond()),
        (When::Pattern(pattern), _) => text(jiff::fmt::strtime::format(pattern, &zoned).unwrap_or_default()),
        (When::Rfc2822, _) => text(jiff::fmt::rfc2822::to_string(&zoned).unwrap_or_default()),
        (_, Type::Date(_)) => text(zoned.date().to_string()),
        (_, Type::Time(_)) => text(zoned.time().to_string()),
        _ => text(at.to_string()),
    }
}

fn int(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Numbers drawn by place: seed, row and column decide them, not the turn.
struct Draw {
    hash: Hash,
}

impl Draw {
    fn next(&mut self) -> u64 {
        self.hash = self.hash.add(b"next");
        self.hash.short()
    }

    fn below(&mut self, most: u64) -> u64 {
        self.next() % most.max(1)
    }

    fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or_default()
    }

    fn digit(&mut self) -> u8 {
        u8::try_from(self.below(10)).unwrap_or_default()
    }

    fn pick(&mut self, words: &'static [&'static str]) -> &'static str {
        words[self.index(words.len())]
    }
}
