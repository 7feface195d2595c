//! Where the records of a document are, and what of its envelope is wanted: one walk.

use super::page;
use super::row::Rows;
use super::text::PageText;
use super::{Around, PageRows, RowReader};
use crate::components::decode::Documents;
use crate::components::records::{MaybePlace, ShapePlan};
use crate::data::json::{self, Flaw, Key, Scanner, Wanted, What, Writing};
use crate::data::{Step, Value};
use crate::expr::place::Path;
use crate::fault::{Fault, Kind};
use crate::name::listed;
use std::borrow::Cow;
use std::sync::Arc;

/// So many names of an object are told where a place is missing.
const TOLD: usize = 40;

/// Where the records are.
#[derive(Debug, Clone)]
pub(super) enum Records {
    /// At the end of names, indexes and `[*]`.
    Steps {
        steps: Vec<Step>,
        text: String,
        optional: bool,
    },
    /// At a place that needs the whole document.
    Path {
        path: Arc<dyn Path>,
        optional: bool,
    },
    Shape(ShapePlan),
}

impl Records {
    pub(super) fn whole() -> Self {
        Self::Steps { steps: Vec::new(), text: "$".into(), optional: false }
    }

    pub(super) fn at(place: &MaybePlace) -> Self {
        match place.path.steps() {
            Some(steps) => {
                Self::Steps { steps: steps.to_vec(), text: place.path.text().into(), optional: place.optional }
            }
            None => Self::Path { path: Arc::clone(&place.path), optional: place.optional },
        }
    }

    fn optional(&self) -> bool {
        match self {
            Self::Steps { optional, .. } | Self::Path { optional, .. } => *optional,
            Self::Shape(_) => false,
        }
    }
}

/// Why a document can't be read to its end.
enum Stop {
    Flaw(Flaw),
    Fault(Fault),
}

impl From<Flaw> for Stop {
    fn from(flaw: Flaw) -> Self {
        Self::Flaw(flaw)
    }
}

/// Reads a page.
pub(super) fn read(reader: &RowReader, documents: &Documents, around: &Around<'_>) -> Result<PageRows, Fault> {
    let (Documents::One(bytes) | Documents::Lines(bytes) | Documents::Piece { bytes, .. }) = documents;
    let page = PageText::new(bytes);
    let blank = page.text.trim_start_matches('\u{feff}').trim_ascii().is_empty();
    if around.status == 204 || blank {
        let nothing = around.status == 204 || reader.records.optional() || !matches!(documents, Documents::One(_));
        if !nothing {
            return Err(fault("the answer is empty").temporary());
        }
        let page = PageText::made(String::new());
        return page::finish(reader, Rows::new(&reader.form, &page, around), Value::Absent);
    }
    if let (Documents::One(_) | Documents::Lines(_), Records::Path { .. } | Records::Shape(_)) =
        (documents, &reader.records)
    {
        let (made, envelope) = built(&reader.records, &page, matches!(documents, Documents::Lines(_)))?;
        let page = PageText::made(made);
        let mut rows = Rows::new(&reader.form, &page, around);
        Walk::new(&reader.records, &mut rows).piece(0)?;
        return page::finish(reader, rows, envelope);
    }
    let mut rows = Rows::new(&reader.form, &page, around);
    let mut walk = Walk::new(&reader.records, &mut rows);
    let envelope = match documents {
        Documents::One(_) => walk.document(&reader.needs.body)?,
        Documents::Lines(_) => {
            walk.lines()?;
            Value::Absent
        }
        Documents::Piece { at, .. } => {
            walk.piece(*at)?;
            Value::Absent
        }
    };
    page::finish(reader, rows, envelope)
}

/// Finds records that need the whole document, and writes them one after the other.
fn built(records: &Records, page: &PageText<'_>, lines: bool) -> Result<(String, Value), Fault> {
    if !page.is_whole() {
        return Err(not_utf8(page, 0, page.text.len()));
    }
    let read = |text: &str| json::read(text).map_err(|flaw| broken(&flaw, text, None));
    let documents: Vec<Value> = if lines {
        page.text.lines().filter(|line| !line.trim_ascii().is_empty()).map(read).collect::<Result<_, _>>()?
    } else {
        vec![read(&page.text)?]
    };
    let mut out = String::new();
    for document in &documents {
        let found: Vec<Cow<'_, Value>> = match records {
            Records::Path { path, .. } => path.find(document).into_iter().map(Cow::Borrowed).collect(),
            Records::Shape(shape) => shape.records(document)?.into_iter().map(Cow::Owned).collect(),
            Records::Steps { .. } => Vec::new(),
        };
        for record in found {
            if !out.is_empty() {
                out.push(',');
            }
            json::write(&record, &Writing::default(), &mut out).map_err(fault)?;
        }
    }
    let envelope = if lines { Value::Absent } else { documents.into_iter().next().unwrap_or(Value::Absent) };
    Ok((out, envelope))
}

/// Walks a document to its records.
struct Walk<'w, 'p> {
    rows: &'w mut Rows<'p>,
    steps: &'w [Step],
    text: &'w str,
    optional: bool,
    /// The way there was found, as far as the first `[*]`.
    found: bool,
    /// What stood where the next step was missing.
    there: String,
}

impl<'w, 'p> Walk<'w, 'p> {
    fn new(records: &'w Records, rows: &'w mut Rows<'p>) -> Self {
        let (steps, text, optional) = match records {
            Records::Steps { steps, text, optional } => (steps.as_slice(), text.as_str(), *optional),
            Records::Path { .. } | Records::Shape(_) => (&[][..], "$", false),
        };
        Self { rows, steps, text, optional, found: false, there: String::new() }
    }

    fn document(&mut self, wanted: &Wanted) -> Result<Value, Fault> {
        let page = self.rows.page;
        let mut scan = Scanner::new(&page.text);
        let wanted = (!wanted.is_nothing()).then_some(wanted);
        let envelope = self.walk(&mut scan, 0, wanted).and_then(|envelope| {
            scan.end()?;
            Ok(envelope)
        });
        let envelope = match envelope {
            Ok(envelope) => envelope,
            Err(Stop::Fault(fault)) => return Err(fault),
            Err(Stop::Flaw(flaw)) => return Err(broken(&flaw, &page.text, Some(self.rows.spans.len()))),
        };
        self.missing().map_or(Ok(()), |told| Err(contract(told)))?;
        if self.rows.broken < page.broken_places() {
            return Err(not_utf8(page, 0, page.text.len()));
        }
        Ok(envelope)
    }

    /// Each line is a document; where the records are the document, it is one record as it is.
    fn lines(&mut self) -> Result<(), Fault> {
        let page = self.rows.page;
        let text: &str = &page.text;
        let mut start = if text.starts_with('\u{feff}') { 3 } else { 0 };
        while start < text.len() {
            let end =
                text.as_bytes()[start..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |at| start + at);
            if !text[start..end].trim_ascii().is_empty() {
                self.line(&text[..end], start)?;
            }
            start = end + 1;
        }
        if self.rows.broken < page.broken_places() {
            return Err(not_utf8(page, 0, text.len()));
        }
        Ok(())
    }

    fn line(&mut self, text: &str, start: usize) -> Result<(), Fault> {
        let mut scan = Scanner::from(text, start);
        let whole = self.steps.is_empty() || self.steps == [Step::Every];
        let known = self.rows.spans.len();
        self.found = false;
        let read = if whole {
            self.rows.record(&mut scan).map_err(Stop::Flaw)
        } else {
            self.walk(&mut scan, 0, None).map(|_| ())
        };
        let read = read.and_then(|()| scan.end().map_err(Stop::Flaw));
        let reason = match read {
            Err(Stop::Flaw(flaw)) => Some(flaw.told(text)),
            Err(Stop::Fault(fault)) => Some(fault.to_string()),
            Ok(()) if whole => None,
            Ok(()) => self.missing(),
        };
        let Some(reason) = reason else { return Ok(()) };
        if self.rows.spans.len() == known {
            self.rows.refuse(start, text.len(), reason);
            return Ok(());
        }
        // What follows the records of a line is broken: they are refused with it.
        self.rows.refuse_from(known, &reason);
        Ok(())
    }

    /// Records one after the other with commas between them.
    fn piece(&mut self, at: u64) -> Result<(), Fault> {
        let page = self.rows.page;
        let mut scan = Scanner::new(&page.text);
        while scan.peek().is_some() {
            match self.one(&mut scan) {
                Ok(()) => {}
                Err(Stop::Fault(fault)) => return Err(fault),
                Err(Stop::Flaw(flaw)) => {
                    let told = broken(&flaw, &page.text, Some(self.rows.spans.len()));
                    return Err(told.with("piece", format!("at byte {at}")));
                }
            }
            if !scan.eat(b',') && scan.peek().is_some() {
                return Err(broken(&scan.flaw(What::Unexpected("`,`")), &page.text, Some(self.rows.spans.len())));
            }
        }
        Ok(())
    }

    /// Says what is missing, if the way to the records was not found.
    fn missing(&self) -> Option<String> {
        if self.found || self.optional {
            return None;
        }
        let there = if self.there.is_empty() { "the answer is something else".to_owned() } else { self.there.clone() };
        Some(format!("`{}` is not in the answer: {there}; write `{}?` if it may be absent", self.text, self.text))
    }

    /// Goes on at a value; returns it as far as it is wanted.
    fn walk(&mut self, scan: &mut Scanner<'_>, at: usize, wanted: Option<&Wanted>) -> Result<Value, Stop> {
        let Some(step) = self.steps.get(at) else {
            let singular = !self.steps.contains(&Step::Every);
            return self.again(scan, wanted, |walk, scan| walk.records(scan, singular));
        };
        let first = scan.value_begins()?;
        match step {
            Step::Key(key) if first == b'{' && wanted.is_none_or(|wanted| !wanted.is_mixed()) => {
                self.members(scan, at, key, wanted)
            }
            Step::Key(key) if first == b'{' => {
                self.again(scan, wanted, |walk, scan| walk.members(scan, at, key, None).map(|_| ()))
            }
            Step::Index(index) if first == b'[' => {
                self.again(scan, wanted, |walk, scan| walk.element(scan, at, *index))
            }
            Step::Every if first == b'[' || first == b'{' => self.again(scan, wanted, |walk, scan| {
                walk.found = true;
                walk.every(scan, at, first)
            }),
            _ => {
                self.there = format!("`{}` is {}", shown(&self.steps[..at]), what(first));
                self.again(scan, wanted, |_, scan| Ok(scan.skip()?))
            }
        }
    }

    /// Does something with a value, and reads it once more if something of it is wanted too.
    fn again(
        &mut self,
        scan: &mut Scanner<'_>,
        wanted: Option<&Wanted>,
        run: impl FnOnce(&mut Self, &mut Scanner<'_>) -> Result<(), Stop>,
    ) -> Result<Value, Stop> {
        scan.peek();
        let start = scan.bookmark();
        run(self, scan)?;
        let Some(wanted) = wanted else { return Ok(Value::Absent) };
        let end = scan.bookmark();
        scan.rewind(start);
        // A record that is refused may be what is wanted: then it is not there.
        let value = wanted.read(scan).unwrap_or(Value::Absent);
        scan.rewind(end);
        Ok(value)
    }

    fn members(
        &mut self,
        scan: &mut Scanner<'_>,
        at: usize,
        next: &str,
        wanted: Option<&Wanted>,
    ) -> Result<Value, Stop> {
        scan.enter()?;
        let mut names: Vec<Cow<'_, str>> = Vec::new();
        let mut members = Vec::new();
        let (mut first, mut found) = (true, false);
        loop {
            let before = scan.bookmark();
            let Some(Key::Text(key)) = scan.key(first, None)? else { break };
            first = false;
            let inner = wanted.and_then(|wanted| wanted.member(&key));
            let twice = if *key == *next {
                std::mem::replace(&mut found, true)
            } else {
                inner.is_some() && names.contains(&key)
            };
            if twice {
                scan.rewind(before);
                scan.eat(b',');
                scan.peek();
                return Err(Stop::Flaw(scan.flaw(What::Twice)));
            }
            let value = if *key == *next {
                Some(self.walk(scan, at + 1, inner)?)
            } else if let Some(inner) = inner {
                Some(inner.read(scan)?)
            } else {
                scan.skip()?;
                None
            };
            if let (Some(value), true) = (value, inner.is_some()) {
                members.push((Arc::from(&*key), value));
            }
            if names.len() < TOLD || inner.is_some() {
                names.push(key);
            }
        }
        if !found {
            let list = listed(names.iter().map(|name| &**name));
            let whole = shown(&self.steps[..at]);
            self.there = if list.is_empty() { format!("`{whole}` is empty") } else { format!("`{whole}` has {list}") };
        }
        Ok(if wanted.is_some() { Value::Map(Arc::new(members)) } else { Value::Absent })
    }

    fn element(&mut self, scan: &mut Scanner<'_>, at: usize, index: i64) -> Result<(), Stop> {
        scan.enter()?;
        let mut starts = Vec::new();
        while scan.element(starts.is_empty())? {
            scan.peek();
            starts.push(scan.bookmark());
            scan.skip()?;
        }
        let end = scan.bookmark();
        let length = i64::try_from(starts.len()).unwrap_or(i64::MAX);
        let place = if index < 0 { length + index } else { index };
        match usize::try_from(place).ok().and_then(|place| starts.get(place)) {
            Some(start) => {
                scan.rewind(*start);
                self.walk(scan, at + 1, None)?;
                scan.rewind(end);
            }
            None => self.there = format!("`{}` has {length} elements", shown(&self.steps[..at])),
        }
        Ok(())
    }

    fn every(&mut self, scan: &mut Scanner<'_>, at: usize, bracket: u8) -> Result<(), Stop> {
        scan.enter()?;
        let mut first = true;
        loop {
            let more = if bracket == b'[' { scan.element(first)? } else { scan.key(first, None)?.is_some() };
            if !more {
                return Ok(());
            }
            first = false;
            self.walk(scan, at + 1, None)?;
        }
    }

    /// Reads what stands at the place: a list is its elements, an object is one record, null is none (rule 21).
    fn records(&mut self, scan: &mut Scanner<'_>, singular: bool) -> Result<(), Stop> {
        self.found = true;
        if !singular {
            return self.one(scan);
        }
        match scan.value_begins()? {
            b'[' => {
                scan.enter()?;
                let mut first = true;
                while scan.element(first)? {
                    first = false;
                    self.one(scan)?;
                }
                Ok(())
            }
            b'{' => self.one(scan),
            b'n' => Ok(scan.word("null")?),
            first => {
                scan.skip()?;
                let told = format!("the records at `{}` are {}, not a list or an object", self.text, what(first));
                Err(Stop::Fault(contract(told)))
            }
        }
    }

    /// Reads one record. One that is broken in itself is refused, and reading goes on behind it.
    fn one(&mut self, scan: &mut Scanner<'_>) -> Result<(), Stop> {
        scan.peek();
        let start = scan.bookmark();
        let from = scan.at();
        let Err(flaw) = self.rows.record(scan) else { return Ok(()) };
        scan.rewind(start);
        if flaw.what == What::End || !scan.pass() || !matches!(scan.peek(), None | Some(b',' | b']' | b'}')) {
            return Err(Stop::Flaw(flaw));
        }
        let text = scan.text();
        self.rows.refuse(from, scan.at(), flaw.told(text));
        Ok(())
    }
}

/// Writes steps as an author would.
fn shown(steps: &[Step]) -> String {
    steps.iter().fold("$".to_owned(), |text, step| text + &step.to_string())
}

fn what(first: u8) -> &'static str {
    match first {
        b'{' => "an object",
        b'[' => "a list",
        b'"' => "a text",
        b't' | b'f' => "a boolean",
        b'n' => "null",
        _ => "a number",
    }
}

/// Tells broken JSON: what, where, and how far it was read.
fn broken(flaw: &Flaw, text: &str, records: Option<usize>) -> Fault {
    let after = match records {
        Some(records) if records > 0 => format!(", after {records} records"),
        _ => String::new(),
    };
    let told = fault(format!("the answer is broken JSON: {}{after} (byte {})", flaw.told(text), flaw.at));
    if flaw.what == What::End { told.temporary() } else { told }
}

fn not_utf8(page: &PageText<'_>, from: usize, to: usize) -> Fault {
    let byte = page.broken_in(from, to).1.unwrap_or_default();
    fault(format!("the answer is not UTF-8 (byte {byte}); if it has another charset, the API must say so"))
}

fn fault(message: impl Into<String>) -> Fault {
    Fault::new(Kind::Source, "read the answer", message)
}

fn contract(message: impl Into<String>) -> Fault {
    Fault::new(Kind::Source, "read the answer", message)
}
