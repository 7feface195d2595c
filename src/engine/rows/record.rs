//! One record: its tokens into columns and slots.

use super::form::{Form, Unknown};
use super::trie::{Layout, Place, Target};
use crate::data::Value;
use crate::data::batch::{Column, Fit};
use crate::data::json::{Bookmark, Flaw, Key, Scanner, What, quote, value};

/// There is room at first for rows of so many bytes, and for no more than so many of them.
const SHORT: usize = 128;
const ROWS: usize = 512;

/// What the records of a page are read into.
#[derive(Debug)]
pub(super) struct Cells {
    pub(super) columns: Vec<Column>,
    pub(super) slots: Vec<Value>,
    pub(super) layouts: Vec<Layout>,
    /// The members that no column takes, as the inside of an object.
    pub(super) rest: String,
    /// A member that must not be there.
    pub(super) extra: Option<String>,
    /// The first column of the key whose value does not fit, and the first other one.
    pub(super) bad_key: Option<(usize, String)>,
    pub(super) bad: Option<(usize, String)>,
    /// In how many records each column was there, and how often digits were cut.
    pub(super) seen: Vec<Count>,
    /// The same before this record: one that gets no row counts nothing.
    before: Vec<Count>,
    /// So many columns have a value for this row, or fewer.
    filled: usize,
    /// A record was begun that has no row yet.
    open: bool,
    /// Where the position stands in the text.
    pub(super) position: Option<(usize, usize)>,
    record: u64,
}

/// What is counted of a column.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count {
    pub(super) present: u64,
    pub(super) cut: u64,
}

impl Cells {
    pub(super) fn new(form: &Form, text: &str) -> Self {
        let room = (text.len() / SHORT + 1).min(ROWS);
        Self {
            columns: form.columns.iter().map(|column| Column::new(&column.of, room)).collect(),
            slots: vec![Value::Absent; form.slots.len()],
            layouts: form.trie.nodes.iter().map(|_| Layout::default()).collect(),
            rest: String::new(),
            extra: None,
            bad_key: None,
            bad: None,
            seen: vec![Count::default(); form.columns.len()],
            before: vec![Count::default(); form.columns.len()],
            filled: 0,
            open: false,
            position: None,
            record: 0,
        }
    }

    /// Forgets what was told of the last record.
    pub(super) fn begin(&mut self) {
        self.record += 1;
        self.filled = 0;
        self.before.copy_from_slice(&self.seen);
        self.open = true;
        self.slots.iter_mut().for_each(|slot| *slot = Value::Absent);
        self.rest.clear();
        self.extra = None;
        (self.bad_key, self.bad) = (None, None);
        self.position = None;
    }

    /// Takes back what was counted of this record.
    pub(super) fn uncount(&mut self) {
        self.filled = 0;
        // A record that was never begun has counted nothing.
        if std::mem::take(&mut self.open) {
            self.seen.copy_from_slice(&self.before);
        }
    }

    /// Gives every column a value for this row: null where it has none yet.
    pub(super) fn level(&mut self, rows: usize) {
        self.open = false;
        // The usual record has everything.
        if self.filled == self.columns.len() {
            return;
        }
        self.filled = self.columns.len();
        for column in &mut self.columns {
            if column.len() < rows {
                column.null();
            }
        }
    }

    /// Notes what became of a value.
    pub(super) fn note(&mut self, form: &Form, column: usize, fit: Fit) {
        match fit {
            Fit::Fits => {}
            Fit::Cut => self.seen[column].cut += 1,
            Fit::Refused(reason) => self.refuse(form, column, reason),
        }
    }

    pub(super) fn refuse(&mut self, form: &Form, column: usize, reason: String) {
        let known = if form.key.contains(&column) { &mut self.bad_key } else { &mut self.bad };
        if known.as_ref().is_none_or(|(first, _)| column < *first) {
            *known = Some((column, reason));
        }
    }

    /// Reads the next value as a record.
    pub(super) fn read(&mut self, form: &Form, scan: &mut Scanner<'_>) -> Result<(), Flaw> {
        self.node(form, scan, 0)
    }

    fn node(&mut self, form: &Form, scan: &mut Scanner<'_>, at: usize) -> Result<(), Flaw> {
        let node = &form.trie.nodes[at];
        match node.takes.as_slice() {
            [] => self.inner(form, scan, at),
            [one] if node.members.is_empty() && at != 0 => self.take(form, scan, *one),
            many => {
                // Several want the same value: it is read for each.
                scan.peek();
                let start = scan.bookmark();
                for target in many {
                    scan.rewind(start);
                    self.take(form, scan, *target)?;
                }
                scan.rewind(start);
                self.inner(form, scan, at)
            }
        }
    }

    fn take(&mut self, form: &Form, scan: &mut Scanner<'_>, target: Target) -> Result<(), Flaw> {
        let at = match target {
            Target::Slot(slot) => {
                self.slots[slot] = value(scan)?;
                return Ok(());
            }
            Target::Column(at) => at,
        };
        scan.peek();
        let start = scan.at();
        let fit = self.columns[at].take(scan)?;
        self.filled += 1;
        self.seen[at].present += 1;
        if form.position == Some(at) {
            self.position = Some((start, scan.at()));
        }
        if fit != Fit::Fits {
            self.note(form, at, fit);
        }
        Ok(())
    }

    fn inner(&mut self, form: &Form, scan: &mut Scanner<'_>, at: usize) -> Result<(), Flaw> {
        if scan.peek() == Some(b'{') { self.object(form, scan, at) } else { scan.skip() }
    }

    fn object(&mut self, form: &Form, scan: &mut Scanner<'_>, at: usize) -> Result<(), Flaw> {
        scan.enter()?;
        self.layouts[at].begin();
        let (mut next, mut first) = (0, true);
        loop {
            let before = scan.bookmark();
            let layout = &mut self.layouts[at];
            let place = match scan.key(first, layout.guess(next))? {
                None => return Ok(()),
                Some(Key::Guessed) => next,
                Some(Key::Text(key)) => {
                    let unknown = |key: &str| at == 0 && form.unknown != Unknown::Drop && !form.taken.has(key);
                    match layout.find(&key, &form.trie.nodes[at], unknown) {
                        Place::Known(place) => place,
                        Place::Loose { twice: true } => return Err(twice(scan, before)),
                        Place::Loose { twice: false } => {
                            first = false;
                            if at == 0 && form.unknown != Unknown::Drop && !form.taken.has(&key) {
                                self.unknown(form, scan, &key)?;
                            } else {
                                scan.skip()?;
                            }
                            continue;
                        }
                    }
                }
            };
            first = false;
            next = place + 1;
            let seen = &mut layout.known[place];
            if seen.record == self.record {
                return Err(twice(scan, before));
            }
            seen.record = self.record;
            let node = seen.node;
            if seen.unknown {
                let key = seen.key.clone();
                let value = scan.bookmark();
                self.unknown(form, scan, &key)?;
                if node.is_none() {
                    continue;
                }
                // No column takes it, but an expression reads it.
                scan.rewind(value);
            }
            match node {
                Some(node) => self.node(form, scan, node)?,
                None => scan.skip()?,
            }
        }
    }

    /// Does with a member what is to be done where no column takes it.
    fn unknown(&mut self, form: &Form, scan: &mut Scanner<'_>, key: &str) -> Result<(), Flaw> {
        let raw = scan.raw()?;
        self.unknown_member(form, key, |out| out.push_str(raw));
        Ok(())
    }

    pub(super) fn unknown_member(&mut self, form: &Form, key: &str, write: impl FnOnce(&mut String)) {
        match form.unknown {
            Unknown::Drop => {}
            Unknown::Fail => _ = self.extra.get_or_insert_with(|| key.chars().take(80).collect()),
            Unknown::Keep(_) => {
                if !self.rest.is_empty() {
                    self.rest.push(',');
                }
                quote(key, &mut self.rest);
                self.rest.push(':');
                write(&mut self.rest);
            }
        }
    }
}

/// The flaw of a key that stands twice, where it stands the second time.
fn twice(scan: &mut Scanner<'_>, before: Bookmark) -> Flaw {
    scan.rewind(before);
    scan.eat(b',');
    scan.peek();
    scan.flaw(What::Twice)
}
