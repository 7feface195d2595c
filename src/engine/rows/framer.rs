//! Cuts a long body into pieces of whole records while it arrives, so that it is never held as a whole.

use super::document::Records;
use super::needs::Needs;
use super::row::LARGEST;
use crate::components::decode::{Documents, Frames};
use crate::data::Step;
use crate::data::json::{Scanner, run};
use crate::fault::{Fault, Kind};
use bytes::Bytes;
use std::sync::Arc;

/// A piece is handed over when it is as large as this.
const PIECE: usize = 4 << 20;

/// Cuts one body.
#[derive(Debug)]
pub struct Framer {
    frames: Frames,
    /// The names that lead to the list of records.
    names: Vec<Arc<str>>,
    state: State,
    /// What comes before the list, and after it.
    head: Vec<u8>,
    tail: Vec<u8>,
    /// What was not handed over yet: from its beginning whole records.
    buffer: Vec<u8>,
    /// How far `head` or `buffer` was looked at.
    seen: usize,
    text: Option<Text>,
    depth: usize,
    /// So many names were followed.
    entered: usize,
    /// A key is expected, or the value of the next name.
    key: bool,
    led: bool,
    /// Where the record begins that is not whole yet, and where the last whole one ends.
    record: usize,
    whole: usize,
    records: u64,
    /// The bytes of the body before `buffer`.
    before: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// On the way to the list.
    Head,
    List,
    Tail,
    /// There is no list at the end of the names: the body is one document.
    Whole,
}

/// Inside of a string.
#[derive(Debug, Clone, Copy)]
struct Text {
    start: usize,
    escaped: bool,
}

impl Framer {
    pub(super) fn new(frames: Frames, records: &Records, needs: &Needs) -> Option<Self> {
        let mut names = Vec::new();
        if frames == Frames::Document {
            let Records::Steps { steps, .. } = records else { return None };
            let mut inside = Some(&needs.body);
            for step in steps {
                let Step::Key(key) = step else { return None };
                inside = inside.and_then(|wanted| if wanted.is_mixed() { None } else { wanted.member(key) });
                names.push(Arc::clone(key));
            }
            // What reads the list as a part of the body needs it as a whole.
            let mixed_above = needs.body.is_mixed();
            if mixed_above || inside.is_some_and(|wanted| !wanted.is_nothing()) {
                return None;
            }
        }
        if !needs.list.is_nothing() {
            return None;
        }
        Some(Self {
            frames,
            names,
            state: if frames == Frames::Lines { State::List } else { State::Head },
            head: Vec::new(),
            tail: Vec::new(),
            buffer: Vec::new(),
            seen: 0,
            text: None,
            depth: 0,
            entered: 0,
            key: false,
            led: true,
            record: 0,
            whole: 0,
            records: 0,
            before: 0,
        })
    }

    /// Takes the next bytes and returns the pieces that are whole with them.
    pub fn feed(&mut self, chunk: &[u8]) -> Result<Vec<Documents>, Fault> {
        let mut pieces = Vec::new();
        match self.state {
            State::Head => {
                self.head.extend_from_slice(chunk);
                self.head();
            }
            State::List => self.buffer.extend_from_slice(chunk),
            State::Tail => self.tail.extend_from_slice(chunk),
            State::Whole => self.head.extend_from_slice(chunk),
        }
        if self.state == State::List {
            if self.frames == Frames::Lines { self.lines(&mut pieces)? } else { self.list(&mut pieces)? }
        }
        Ok(pieces)
    }

    /// Returns what is left: for a document the envelope, with an empty list where the records were.
    pub fn finish(mut self) -> Result<Vec<Documents>, Fault> {
        match (self.frames, self.state) {
            (Frames::Lines, _) => {
                Ok(if self.buffer.is_empty() { Vec::new() } else { vec![Documents::Lines(self.buffer.into())] })
            }
            (Frames::Document, State::List) => {
                let told =
                    format!("the answer is broken JSON: it ends inside its records, after {} of them", self.records);
                Err(fault(told).temporary())
            }
            (Frames::Document, State::Tail) => {
                self.head.extend_from_slice(b"[");
                self.head.append(&mut self.tail);
                Ok(vec![Documents::One(self.head.into())])
            }
            (Frames::Document, State::Head | State::Whole) => Ok(vec![Documents::One(self.head.into())]),
        }
    }

    /// Follows the names through the beginning of a document.
    fn head(&mut self) {
        while let Some(byte) = self.head.get(self.seen).copied() {
            if self.text.is_some() {
                if !self.string_ends(true) {
                    return;
                }
                continue;
            }
            let here = self.depth == self.entered;
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b':' | 0xef | 0xbb | 0xbf => {}
                _ if self.led && here && self.entered == self.names.len() => {
                    if byte != b'[' {
                        self.state = State::Whole;
                        return;
                    }
                    // The list is not part of the head; its end is part of the tail.
                    self.before = self.seen as u64 + 1;
                    self.buffer = self.head.split_off(self.seen + 1);
                    self.head.pop();
                    self.state = State::List;
                    (self.seen, self.depth) = (0, 0);
                    return;
                }
                _ if self.led && here => {
                    if byte != b'{' {
                        self.state = State::Whole;
                        return;
                    }
                    (self.depth, self.key, self.led) = (self.depth + 1, true, false);
                }
                b'"' => self.text = Some(Text { start: self.seen, escaped: false }),
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == self.entered && self.entered > 0 {
                        // The object was left without the next name.
                        self.entered -= 1;
                    }
                }
                b',' if self.depth == self.entered + 1 => self.key = true,
                _ => {}
            }
            self.seen += 1;
        }
    }

    /// Goes to the end of a string; a key that is the next name leads on.
    fn string_ends(&mut self, head: bool) -> bool {
        let bytes = if head { &self.head } else { &self.buffer };
        let Some(text) = &mut self.text else { return true };
        let mut at = self.seen + usize::from(self.seen == text.start);
        loop {
            if text.escaped {
                if at >= bytes.len() {
                    self.seen = at;
                    return false;
                }
                text.escaped = false;
                at += 1;
            }
            at = run(bytes, at);
            match bytes.get(at) {
                None => {
                    self.seen = at;
                    return false;
                }
                Some(b'"') => break,
                Some(b'\\') => text.escaped = true,
                Some(_) => {}
            }
            at += 1;
        }
        let start = text.start;
        (self.text, self.seen) = (None, at + 1);
        if head && self.key && self.depth == self.entered + 1 {
            self.key = false;
            let key = std::str::from_utf8(&self.head[start..self.seen]).unwrap_or_default();
            let next = self.names.get(self.entered);
            if next.is_some_and(|next| Scanner::from(key, 0).string().is_ok_and(|key| *key == **next)) {
                (self.entered, self.led) = (self.entered + 1, true);
            }
        }
        true
    }

    /// Finds the ends of records in the list.
    fn list(&mut self, pieces: &mut Vec<Documents>) -> Result<(), Fault> {
        while let Some(byte) = self.buffer.get(self.seen).copied() {
            if self.text.is_some() {
                if !self.string_ends(false) {
                    break;
                }
                continue;
            }
            match byte {
                b'"' => {
                    self.text = Some(Text { start: self.seen, escaped: false });
                    continue;
                }
                b'{' | b'[' => self.depth += 1,
                b']' if self.depth == 0 => {
                    let rest = self.buffer.split_off(self.seen);
                    if self.buffer[self.record..].trim_ascii().is_empty() {
                        // The list is empty, or a comma stands at its end.
                        if self.records > 0 {
                            return Err(fault("the answer is broken JSON: a comma behind the last record"));
                        }
                    } else {
                        self.records += 1;
                        pieces.push(self.piece(self.buffer.len()));
                    }
                    self.tail = rest;
                    self.state = State::Tail;
                    return Ok(());
                }
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                b',' if self.depth == 0 => {
                    self.records += 1;
                    (self.whole, self.record) = (self.seen, self.seen + 1);
                    if self.whole >= PIECE {
                        pieces.push(self.piece(self.whole));
                        continue;
                    }
                }
                _ => {}
            }
            self.seen += 1;
        }
        self.bounded()
    }

    /// Takes the whole records away, and the comma behind them.
    fn piece(&mut self, end: usize) -> Documents {
        let rest = self.buffer.split_off((end + 1).min(self.buffer.len()));
        let mut bytes = std::mem::replace(&mut self.buffer, rest);
        bytes.truncate(end);
        let at = self.before;
        self.before += end as u64 + 1;
        (self.seen, self.record, self.whole) = (0, 0, 0);
        Documents::Piece { bytes: Bytes::from(bytes), at }
    }

    fn lines(&mut self, pieces: &mut Vec<Documents>) -> Result<(), Fault> {
        while let Some(end) = self.buffer[self.seen..].iter().position(|byte| *byte == b'\n') {
            self.records += 1;
            self.seen += end + 1;
            self.record = self.seen;
            if self.seen >= PIECE {
                let rest = self.buffer.split_off(self.seen);
                let bytes = std::mem::replace(&mut self.buffer, rest);
                self.before += self.seen as u64;
                (self.seen, self.record) = (0, 0);
                pieces.push(Documents::Lines(bytes.into()));
            }
        }
        self.seen = self.buffer.len();
        self.bounded()
    }

    /// Refuses to hold a record that is too large.
    fn bounded(&self) -> Result<(), Fault> {
        if self.buffer.len() - self.record <= LARGEST {
            return Ok(());
        }
        let (nth, byte) = (self.records + 1, self.before + self.record as u64);
        Err(fault(format!("record over 16 MiB: record {nth} of the answer, from byte {byte} on")))
    }
}

fn fault(message: impl Into<String>) -> Fault {
    Fault::new(Kind::Source, "read the answer", message)
}
