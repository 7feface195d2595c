//! A destination that is watched: it notes what becomes durable in a model of its own, holds every step against the
//! invariants of `docs/commit.md`, and fails as it is told.

use crate::case::{Case, Pace, Sort};
use crate::dice::Dice;
use crate::source::{Api, BASE, text};
use arrow_array::cast::AsArray as _;
use arrow_array::types::Int64Type;
use futures_util::future::BoxFuture;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use weir::event::Receipt;
use weir::fault::{Fault, Kind};
use weir::sinks::{
    Abilities, Building, Cadence, Changes, CommitFault, CommitUnit, Counts, Known, Ledger, Mode, Opening, Promotion,
    Rows, Sink, Staged, StreamPart, StreamTarget,
};
use weir::state::{Generation, PartitionKey, PartitionState};

/// A row in the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub id: i64,
    pub version: Option<i64>,
    pub gone: bool,
    pub order: Option<i128>,
    pub part: usize,
    pub pass: u64,
}

/// What is durable by the model.
#[derive(Debug, Default)]
pub(crate) struct Books {
    pub shown: Vec<Entry>,
    pub hidden: Vec<Entry>,
    pub states: BTreeMap<usize, (u64, PartitionState)>,
    pub units: BTreeSet<(u64, u64)>,
    pub newest: (u64, u64),
    pub generation: Generation,
    pub staged: Vec<Entry>,
    pub commits: usize,
    pub broken: Vec<String>,
    /// Passes that were given up, by partition.
    pub abandoned: BTreeSet<(usize, u64)>,
    pub log: Vec<String>,
}

/// How a destination fails in one run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trouble {
    /// One commit of so many is refused, one has an unknown outcome.
    pub one_in: Option<u64>,
    /// The process dies at the so-manieth call, before or after it is done.
    pub dies: Option<(usize, bool)>,
}

pub(crate) struct Watched {
    pub inner: Box<dyn Sink>,
    pub case: Case,
    pub api: Arc<Api>,
    pub books: Arc<Mutex<Books>>,
    pub trouble: Trouble,
    pub calls: usize,
    pub dice: Dice,
}

pub(crate) fn part_of(key: &PartitionKey) -> usize {
    usize::from(key.text().contains("south"))
}

pub(crate) fn entries(rows: &Rows) -> Vec<Entry> {
    let number = |name: &str, row: usize| {
        let column = rows.batch.column_by_name(name)?.as_primitive_opt::<Int64Type>()?;
        arrow_array::Array::is_valid(column, row).then(|| column.value(row))
    };
    let of = |row: usize| Entry {
        id: number("id", row).unwrap_or(-1),
        version: number("v", row).filter(|_| !rows.deleted),
        gone: rows.deleted,
        order: rows.order.as_ref().and_then(|order| order[row]),
        part: part_of(&rows.partition),
        pass: rows.pass,
    };
    (0..rows.batch.num_rows()).map(of).collect()
}

impl Books {
    fn breaks(&mut self, said: String) {
        self.broken.push(said);
    }

    /// Holds a unit against what was durable before it.
    fn look(&mut self, case: &Case, api: &Api, unit: &CommitUnit) {
        if !self.units.contains(&(unit.fence, unit.seq)) && (unit.fence, unit.seq) <= self.newest {
            self.breaks(format!("12 fence: {:?} after {:?}", (unit.fence, unit.seq), self.newest));
        }
        for change in unit.parts.iter().flat_map(|part| &part.states) {
            let part = part_of(&change.partition);
            let (version, before) = self.states.get(&part).cloned().unwrap_or_default();
            let next = &change.next;
            if change.expect != version {
                self.breaks(format!("14 chain: expects {} at {version}", change.expect));
            }
            let position = |state: &PartitionState| state.covered.position().map(|mark| mark.order);
            let (old, new) = (position(&before), position(next));
            if new < old || next.pass < before.pass {
                self.breaks(format!("4 forward: {old:?} {} -> {new:?} {}", before.pass, next.pass));
            }
            if let Some(new) = new.filter(|_| new > old && case.window.is_none()) {
                let second = i64::try_from(new.div_euclid(1_000_000_000)).unwrap() - BASE;
                let state = api.state.lock().unwrap();
                let (given, first) = (state.given.get(&part).copied(), state.firsts.get(&part).copied());
                if given.is_none_or(|given| second > given) || first.is_none_or(|first| second > first) {
                    self.breaks(format!("3 bound: {second}, given {given:?}, the pass began at {first:?}"));
                }
            }
            if let (Some(was), Some(is)) = (&before.open, &next.open) {
                if is.last.is_some() && was.pass == is.pass && (is.page.index < was.page.index || was.asked != is.asked)
                {
                    self.breaks(format!("5 pass: page {} after page {}", is.page.index, was.page.index));
                }
            }
            self.look_at_abandoned(case, unit, part, &before, change);
        }
    }

    /// 6: a pass that others begin after, and that saw no end, is taken back where nothing else recognises its rows.
    fn look_at_abandoned(
        &mut self,
        case: &Case,
        unit: &CommitUnit,
        part: usize,
        before: &PartitionState,
        change: &weir::state::StateChange,
    ) {
        let Some(was) = &before.open else { return };
        let brings = |pass: u64| {
            let rows = unit.parts.iter().flat_map(|part| &part.rows);
            rows.filter(|rows| part_of(&rows.partition) == part).any(|rows| rows.pass == pass)
        };
        if change.discard == Some(was.pass) && change.next.pass != was.pass {
            if brings(was.pass) {
                self.breaks(format!("6 abandon: the unit brings rows of pass {}", was.pass));
            }
            self.abandoned.insert((part, was.pass));
            return;
        }
        let one_page = unit.parts.iter().map(|part| part.facts.pages).sum::<u64>() == 1;
        let generation = change.next.open.as_ref().map_or(was.generation, |open| open.generation);
        let taken_back = case.mode == Mode::Replace || (case.mode == Mode::Append && case.sort != Sort::Asc);
        if one_page && taken_back && change.next.pass > was.pass && was.generation == generation && was.last.is_some() {
            let windows = change.next.open.as_ref().is_some_and(|open| open.last.is_none());
            if !windows {
                self.abandoned.insert((part, was.pass));
            }
        }
    }

    fn apply(&mut self, case: &Case, unit: &CommitUnit) {
        if !self.units.insert((unit.fence, unit.seq)) {
            return;
        }
        self.newest = self.newest.max((unit.fence, unit.seq));
        self.commits += 1;
        for part in &unit.parts {
            for change in &part.states {
                let at = part_of(&change.partition);
                if let Some(pass) = change.discard {
                    let table = if part.mode == Mode::Replace { &mut self.hidden } else { &mut self.shown };
                    let stays = |entry: &Entry| entry.part != at || entry.pass != pass;
                    if case.mode != Mode::Append || case.sort != Sort::Asc {
                        table.retain(stays);
                    }
                }
                self.states.insert(at, (change.expect + 1, change.next.clone()));
            }
            let staged = std::mem::take(&mut self.staged);
            let rows = staged.into_iter().chain(part.rows.iter().flat_map(entries));
            let table = if part.mode == Mode::Replace { &mut self.hidden } else { &mut self.shown };
            for entry in rows {
                write(table, case, entry);
            }
        }
    }

    /// Returns what readers see, as far as it can be compared: id and version.
    pub(crate) fn rows(&self) -> Vec<(i64, Option<i64>)> {
        let mut rows: Vec<_> =
            self.shown.iter().filter(|entry| !entry.gone).map(|entry| (entry.id, entry.version)).collect();
        rows.sort_unstable();
        rows
    }
}

fn write(table: &mut Vec<Entry>, case: &Case, entry: Entry) {
    if case.mode == Mode::Append || !case.keyed {
        if !(entry.gone && case.mode == Mode::Replace) {
            table.push(entry);
        }
        return;
    }
    match table.iter_mut().find(|kept| kept.id == entry.id) {
        None => table.push(entry),
        Some(kept) => {
            let older = matches!((entry.order, kept.order), (Some(arriving), Some(kept)) if arriving < kept);
            if !older {
                *kept = entry;
            }
        }
    }
}

impl Watched {
    /// Counts a call; one at which the process dies never returns.
    async fn call(&mut self, name: &str, done: bool) {
        if !done {
            self.calls += 1;
            let ms = crate::source::now_ms(self.api.begin);
            self.books.lock().unwrap().log.push(format!("{ms} sink {name}"));
            // A destination takes its time.
            let time = self.dice.below(200);
            tokio::time::sleep(Duration::from_millis(time)).await;
        }
        if self.trouble.dies == Some((self.calls, done)) {
            self.api.crash.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

fn fault(said: &str) -> Fault {
    Fault::new(Kind::Internal, "commit", said.to_owned()).temporary()
}

impl Sink for Watched {
    fn abilities(&self) -> Abilities {
        let bytes = match self.case.pace {
            Pace::EveryPage => 1,
            Pace::Few => 4000,
            Pace::Once => 1 << 30,
        };
        let every_page = self.case.pace == Pace::EveryPage;
        let cadence = Cadence { bytes, time: Duration::from_hours(1), every_page };
        Abilities { cadence, checkpoint: None, ..self.inner.abilities() }
    }

    fn place(&self) -> String {
        "watched".into()
    }

    fn open<'a>(&'a mut self, opening: &'a Opening) -> BoxFuture<'a, Result<Ledger, Fault>> {
        Box::pin(async move {
            self.call("open", false).await;
            let ledger = self.inner.open(opening).await?;
            self.books.lock().unwrap().staged.clear();
            self.call("open", true).await;
            Ok(ledger)
        })
    }

    fn states<'a>(&'a mut self, stream: &'a str, of: &'a [PartitionKey]) -> BoxFuture<'a, Result<Vec<Known>, Fault>> {
        Box::pin(async move {
            self.call("states", false).await;
            let known = self.inner.states(stream, of).await?;
            let mut books = self.books.lock().unwrap();
            for (key, known) in of.iter().zip(&known) {
                let model = books.states.get(&part_of(key)).cloned();
                let model = model.map(|(version, state)| (version, Some(state))).unwrap_or_default();
                if model != (known.version, known.state.clone()) {
                    books.breaks(format!("1 atomic: the ledger has {known:?}, by the units it is {model:?}"));
                }
            }
            Ok(known)
        })
    }

    fn shape<'a>(&'a mut self, target: &'a StreamTarget) -> BoxFuture<'a, Result<Changes, Fault>> {
        Box::pin(async move {
            self.call("shape", false).await;
            self.inner.shape(target).await
        })
    }

    fn build<'a>(
        &'a mut self,
        target: &'a StreamTarget,
        now: jiff::Timestamp,
    ) -> BoxFuture<'a, Result<Building, Fault>> {
        Box::pin(async move {
            self.call("build", false).await;
            let building = self.inner.build(target, now).await?;
            let mut books = self.books.lock().unwrap();
            if !building.found {
                books.hidden.clear();
                books.abandoned.clear();
            }
            Ok(building)
        })
    }

    fn stage<'a>(&'a mut self, part: &'a StreamPart) -> BoxFuture<'a, Result<Staged, Fault>> {
        Box::pin(async move {
            self.call("stage", false).await;
            let staged = self.inner.stage(part).await?;
            self.books.lock().unwrap().staged.extend(part.rows.iter().flat_map(entries));
            self.call("stage", true).await;
            Ok(staged)
        })
    }

    fn checkpoint<'a>(&'a mut self, unit: &'a CommitUnit) -> BoxFuture<'a, Result<(), Fault>> {
        self.inner.checkpoint(unit)
    }

    fn commit(&mut self, unit: CommitUnit) -> BoxFuture<'_, Result<Counts, CommitFault>> {
        Box::pin(async move {
            self.call("commit", false).await;
            let trouble =
                self.trouble.one_in.map_or(9, |one_in| if self.dice.one_in(one_in) { self.dice.below(3) } else { 9 });
            match trouble {
                0 => return Err(CommitFault::Refused(fault("refused"))),
                1 => return Err(CommitFault::Unknown(fault("lost before"))),
                _ => {}
            }
            if !self.books.lock().unwrap().units.contains(&(unit.fence, unit.seq)) {
                self.books.lock().unwrap().look(&self.case, &self.api, &unit);
            }
            let counts = match self.inner.commit(unit.clone()).await {
                Ok(counts) => counts,
                Err(fault) => {
                    self.books.lock().unwrap().breaks(format!("14 chain: {fault:?}"));
                    return Err(fault);
                }
            };
            self.books.lock().unwrap().apply(&self.case, &unit);
            self.call("commit", true).await;
            if trouble == 2 { Err(CommitFault::Unknown(fault("lost after"))) } else { Ok(counts) }
        })
    }

    fn committed(&mut self, fence: u64, seq: u64) -> BoxFuture<'_, Result<bool, Fault>> {
        Box::pin(async move {
            let said = self.inner.committed(fence, seq).await?;
            let mut books = self.books.lock().unwrap();
            if said != books.units.contains(&(fence, seq)) {
                books.breaks(format!("13 idempotent: ({fence}, {seq}) is said to be durable: {said}"));
            }
            Ok(said)
        })
    }

    fn promote<'a>(
        &'a mut self,
        stream: &'a str,
        to: Generation,
        promotion: &'a Promotion,
    ) -> BoxFuture<'a, Result<Counts, CommitFault>> {
        Box::pin(async move {
            self.call("promote", false).await;
            let counts = self.inner.promote(stream, to, promotion).await?;
            {
                let mut books = self.books.lock().unwrap();
                if books.generation != to {
                    let undone = books.states.values().filter(|(_, state)| state.done_in != Some(to)).count();
                    if undone > 0 {
                        books.breaks(format!("11 swap: {undone} partitions are not done in {to}"));
                    }
                    books.generation = to;
                    books.shown = std::mem::take(&mut books.hidden);
                    books.units.insert((promotion.fence, promotion.seq));
                    books.newest = (promotion.fence, promotion.seq);
                }
            }
            self.call("promote", true).await;
            Ok(counts)
        })
    }

    fn close<'a>(&'a mut self, receipt: &'a Receipt) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            self.call("close", false).await;
            self.inner.close(receipt).await
        })
    }
}

/// Writes a position as people read it.
pub(crate) fn shown(order: i128) -> String {
    text(i64::try_from(order.div_euclid(1_000_000_000)).unwrap() - BASE)
}
