//! The rows of a page as they come: filter, deleted, transform, computed columns, in the order of SEMANTICS rule 20.

use super::form::{ColumnForm, Form, From, Unknown};
use super::hash::Hash;
use super::record::Cells;
use super::scope::{RecordScope, View};
use super::text::PageText;
use super::{Around, trie};
use crate::data::json::{Flaw, Scanner, Writing, value, write, write_compact};
use crate::data::{Step, Type, Value};
use crate::expr::{Compiled, Expr as _, Scope};
use std::sync::Arc;

/// The largest record.
pub(super) const LARGEST: usize = 16 << 20;

/// The members of so many records are known by name.
const NAMED: u64 = 10;

/// What becomes of a record.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fate {
    Kept,
    Deleted,
    /// Left out by `filter`, `keep` or because it is older than the start.
    Left,
    Refused {
        column: Option<usize>,
        reason: String,
    },
}

/// The rows of a page.
pub(super) struct Rows<'p> {
    pub(super) form: &'p Form,
    pub(super) page: &'p PageText<'p>,
    pub(super) around: &'p Around<'p>,
    response: Value,
    pub(super) cells: Cells,
    pub(super) fates: Vec<Fate>,
    /// Where each raw record stands.
    pub(super) spans: Vec<(usize, usize)>,
    /// The position of each row as the API wrote it: where it stands, or the value.
    pub(super) positions: Vec<Written>,
    pub(super) hashes: Vec<u64>,
    pub(super) all: Hash,
    /// So many records came as far as their columns.
    pub(super) looked: u64,
    /// So many places that are not UTF-8 were inside of records.
    pub(super) broken: usize,
    /// The names of members of the first records, where no layout knows them.
    pub(super) names: Vec<Arc<str>>,
    scratch: String,
}

/// A position as the API wrote it.
#[derive(Debug, Clone)]
pub(super) enum Written {
    None,
    At(usize, usize),
    Is(Value),
}

impl<'p> Rows<'p> {
    pub(super) fn new(form: &'p Form, page: &'p PageText<'p>, around: &'p Around<'p>) -> Self {
        let response = if form.response {
            let members = vec![
                ("status".into(), Value::Int(i64::from(around.status))),
                ("headers".into(), around.headers.to_value()),
            ];
            Value::Map(Arc::new(members))
        } else {
            Value::Absent
        };
        Self {
            form,
            page,
            around,
            response,
            cells: Cells::new(form, &page.text),
            fates: Vec::new(),
            spans: Vec::new(),
            positions: Vec::new(),
            hashes: Vec::new(),
            all: around.before.map_or_else(Hash::new, Hash::of),
            looked: 0,
            broken: 0,
            names: Vec::new(),
            scratch: String::new(),
        }
    }

    /// Reads the next value as a record. With a flaw nothing is counted yet.
    pub(super) fn record(&mut self, scan: &mut Scanner<'_>) -> Result<(), Flaw> {
        scan.value_begins()?;
        let start = scan.bookmark();
        let from = scan.at();
        scan.take_broken_lines();
        self.cells.begin();
        let mut whole = None;
        if self.form.steps.is_empty() {
            self.cells.read(self.form, scan)?;
        }
        if self.form.whole {
            scan.rewind(start);
            whole = Some(value(scan)?);
        }
        let broken_lines = scan.take_broken_lines();
        let to = scan.at();
        let refused = self.count(from, to);
        let looked = self.looked;
        let fate = match refused {
            Some(reason) => Fate::Refused { column: None, reason },
            None => self.decide(whole, broken_lines, (from, to)),
        };
        if self.looked == looked {
            self.cells.uncount();
        }
        self.close(fate);
        Ok(())
    }

    /// Counts a record that is no JSON.
    pub(super) fn refuse(&mut self, from: usize, to: usize, reason: String) {
        self.cells.uncount();
        self.count(from, to);
        self.close(Fate::Refused { column: None, reason });
    }

    /// Refuses the records from one on.
    pub(super) fn refuse_from(&mut self, first: usize, reason: &str) {
        for fate in &mut self.fates[first..] {
            *fate = Fate::Refused { column: None, reason: reason.to_owned() };
        }
    }

    /// Counts a raw record; says why it can't be used at all.
    fn count(&mut self, from: usize, to: usize) -> Option<String> {
        self.spans.push((from, to));
        let hash = Hash::new().add(&self.page.text.as_bytes()[from..to]);
        self.all = self.all.join(hash);
        if self.form.extras.hashes {
            self.hashes.push(hash.short());
        }
        if !self.page.is_whole()
            && let (broken, Some(byte)) = self.page.broken_in(from, to)
        {
            self.broken += broken;
            return Some(format!("it is not UTF-8 (byte {byte} of the answer)"));
        }
        (to - from > LARGEST).then(|| "record over 16 MiB".to_owned())
    }

    fn close(&mut self, fate: Fate) {
        self.fates.push(fate);
        self.cells.level(self.fates.len());
        if self.form.position.is_some() && self.positions.len() < self.fates.len() {
            let written = self.cells.position.map_or(Written::None, |(from, to)| Written::At(from, to));
            self.positions.push(written);
        }
    }

    fn decide(&mut self, whole: Option<Value>, broken_lines: bool, span: (usize, usize)) -> Fate {
        let form = self.form;
        let mut deleted = false;
        {
            let scope = RecordScope {
                view: View { whole: whole.as_ref(), keys: &form.slots, slots: &self.cells.slots },
                response: &self.response,
                around: self.around.scope,
            };
            if let Some(filter) = &form.filter {
                match holds(filter, &scope) {
                    Ok(true) => {}
                    Ok(false) => return Fate::Left,
                    Err(reason) => return Fate::Refused { column: None, reason: format!("`filter`: {reason}") },
                }
            }
            if let Some(condition) = &form.deleted {
                match holds(condition, &scope) {
                    Ok(yes) => deleted = yes,
                    Err(reason) => return Fate::Refused { column: None, reason: format!("`deleted`: {reason}") },
                }
            }
        }
        let mut whole = whole;
        for step in &form.steps {
            let record = whole.take().unwrap_or(Value::Absent);
            match step.apply(record, self.around.scope) {
                Ok(Some(record)) => whole = Some(record),
                Ok(None) => return Fate::Left,
                Err(fault) => return Fate::Refused { column: None, reason: fault.to_string() },
            }
        }
        self.values(whole.as_ref(), broken_lines, span);
        self.fate(deleted)
    }

    /// Fills the columns that no token fills.
    fn values(&mut self, whole: Option<&Value>, broken_lines: bool, span: (usize, usize)) {
        let form = self.form;
        self.looked += 1;
        if !form.steps.is_empty()
            && let Some(Value::Map(members)) = whole
        {
            if self.looked <= NAMED && self.around.first_page {
                self.names.extend(members.iter().map(|(name, _)| Arc::clone(name)));
            }
            if form.unknown != Unknown::Drop {
                for (name, value) in members.iter().filter(|(name, _)| !form.taken.has(name)) {
                    self.cells.unknown_member(form, name, |out| _ = write(value, &Writing::default(), out));
                }
            }
        }
        for at in form.built.iter().copied() {
            let column = &form.columns[at];
            match &column.from {
                From::Record => self.raw(at, whole, broken_lines, span),
                From::Rest => {
                    if !self.cells.rest.is_empty() {
                        self.scratch.clear();
                        self.scratch.push('{');
                        // What comes from tokens may have line ends between them.
                        write_compact(&self.cells.rest, &mut self.scratch);
                        self.scratch.push('}');
                        self.cells.columns[at].put_json(&self.scratch);
                    }
                }
                _ => self.value(at, column, whole),
            }
        }
    }

    /// Writes the record itself: as it came, unless a transform made it anew.
    fn raw(&mut self, at: usize, whole: Option<&Value>, broken_lines: bool, span: (usize, usize)) {
        let text = &self.page.text[span.0..span.1];
        self.scratch.clear();
        match whole.filter(|_| !self.form.steps.is_empty()) {
            Some(record) => _ = write(record, &Writing::default(), &mut self.scratch),
            None if broken_lines => write_compact(text, &mut self.scratch),
            None => return self.cells.columns[at].put_json(text),
        }
        self.cells.columns[at].put_json(&self.scratch);
    }

    fn value(&mut self, at: usize, column: &ColumnForm, whole: Option<&Value>) {
        let form = self.form;
        let view = View { whole, keys: &form.slots, slots: &self.cells.slots };
        let scope = RecordScope { view, response: &self.response, around: self.around.scope };
        let value = computed(column, &scope).and_then(|value| scaled(value, column.scale));
        match value {
            Ok(value) => {
                if value != Value::Absent {
                    self.cells.seen[at].present += 1;
                }
                let fit = self.cells.columns[at].put(&value);
                self.cells.note(form, at, fit);
                if form.position == Some(at) {
                    self.positions.push(Written::Is(value));
                }
            }
            Err(reason) => {
                self.cells.columns[at].null();
                self.cells.refuse(form, at, reason);
            }
        }
    }

    /// Decides what becomes of a record whose columns are filled. Of one that is gone only the key counts.
    fn fate(&mut self, deleted: bool) -> Fate {
        let form = self.form;
        self.cells.level(self.fates.len() + 1);
        for at in form.required.iter().copied() {
            if self.cells.columns[at].was_null() && (!deleted || form.key.contains(&at)) {
                let told =
                    if form.key.contains(&at) { "the key has no value" } else { "it is required and has no value" };
                let known = self.cells.bad.iter().chain(&self.cells.bad_key).any(|(known, _)| *known == at);
                if !known {
                    self.cells.refuse(form, at, told.to_owned());
                }
            }
        }
        if let Some(member) = self.cells.extra.take().filter(|_| !deleted) {
            return Fate::Refused { column: None, reason: format!("no column takes `{member}`") };
        }
        let bad_key = self.cells.bad_key.take();
        let bad = self.cells.bad.take().filter(|_| !deleted);
        let first = match (bad_key, bad) {
            (Some(key), Some(other)) => Some(if key.0 < other.0 { key } else { other }),
            (key, other) => key.or(other),
        };
        match first {
            Some((column, reason)) => Fate::Refused { column: Some(column), reason },
            None if deleted => Fate::Deleted,
            None => Fate::Kept,
        }
    }

    /// Lists the names that members of records have.
    pub(super) fn member_names(&self) -> Vec<&str> {
        let seen = self.cells.layouts.first().into_iter().flat_map(|layout: &trie::Layout| &layout.known);
        seen.map(|seen| &*seen.key).chain(self.names.iter().map(|name| &**name)).collect()
    }
}

fn holds(condition: &Compiled, scope: &dyn Scope) -> Result<bool, String> {
    condition.eval(scope).map(|value| value == Value::Bool(true)).map_err(|fault| fault.to_string())
}

/// Returns the value of a column (SEMANTICS rule 22).
fn computed(column: &ColumnForm, scope: &RecordScope<'_>) -> Result<Value, String> {
    let member = |keys: &[Arc<str>]| {
        let steps: Vec<Step> = keys.iter().map(|key| Step::Key(Arc::clone(key))).collect();
        scope.view.look(&steps).clone()
    };
    match &column.from {
        From::Tokens(keys) => Ok(member(keys)),
        From::Members(keys, other) => Ok(match (member(keys), other) {
            (Value::Absent, Some(other)) => member(&[Arc::clone(other)]),
            (value, _) => value,
        }),
        From::Path(path) => {
            let nodes = match (path.steps(), scope.view.whole) {
                (Some(steps), _) => scope.view.find(steps),
                (None, Some(whole)) => path.find(whole),
                (None, None) => Vec::new(),
            };
            if let (Type::List { .. }, false) = (&column.of, path.singular()) {
                return Ok(Value::List(Arc::new(nodes.into_iter().cloned().collect())));
            }
            match nodes.as_slice() {
                [] => Ok(Value::Absent),
                [one] => Ok((*one).clone()),
                many => Err(format!("`{}` gives {} values where one is needed", path.text(), many.len())),
            }
        }
        From::Computed(tree) => tree.value(scope).map_err(|fault| fault.to_string()),
        From::Record | From::Rest => Ok(Value::Absent),
    }
}

/// Moves the decimal point to the left: minor units become whole ones.
fn scaled(value: Value, scale: Option<u8>) -> Result<Value, String> {
    let Some(scale) = scale else { return Ok(value) };
    let digits = match &value {
        Value::Int(number) => number.to_string(),
        Value::Number(digits) | Value::Text(digits) => digits.to_string(),
        _ => return Ok(value),
    };
    let (mantissa, exponent) = digits.split_once(['e', 'E']).unwrap_or((&digits, "0"));
    match exponent.parse::<i32>() {
        Ok(exponent) => Ok(Value::Number(format!("{mantissa}e{}", exponent - i32::from(scale)).into())),
        Err(_) => Err(format!("{digits} is no number")),
    }
}
