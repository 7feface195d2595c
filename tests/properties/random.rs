//! A whole life of a case by its seed: runs that die, refuse and are stopped while the source changes, and calm ones
//! after them.

use crate::books::Trouble;
use crate::case::{Case, Where};
use crate::dice::Dice;
use crate::lab::{How, Lab};
use crate::source::{Row, Script};
use std::time::Duration;
use weir::event::Coverage;
use weir::sinks::Mode;

/// What a life came to.
pub(crate) struct Life {
    pub case: Case,
    pub found: Vec<String>,
    pub log: Vec<String>,
    pub requests: Vec<String>,
}

pub(crate) fn live(seed: u64) -> Life {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(lives(Case::drawn(seed)))
}

pub(crate) fn rows(case: &Case, dice: &mut Dice) -> Vec<Row> {
    let count = 3 + dice.below(6) as i64;
    let mut rows = Vec::new();
    for id in 0..count {
        let null = case.nulls && dice.one_in(4);
        let at = (!null).then(|| dice.below(6) as i64);
        let part = dice.below(case.parts as u64) as usize;
        let bad = case.bad && dice.one_in(5);
        rows.push(Row { id, at, version: 1, part, gone: false, bad, since: 0 });
    }
    rows
}

fn how(case: &Case, dice: &mut Dice) -> How {
    let mut how = How::default();
    match dice.below(8) {
        0 | 1 => how.request = Some(dice.below(8) as usize),
        2 | 3 => how.trouble.dies = Some((1 + dice.below(10) as usize, dice.one_in(2))),
        4 => how.polls = Some(dice.below(40)),
        5 => how.cancel = Some(dice.below(6000)),
        6 => how.pages = Some(1 + dice.below(3)),
        _ => {}
    }
    if dice.one_in(3) {
        how.trouble.one_in = Some(4);
    }
    if case.mode != Mode::Append && dice.one_in(6) {
        how.full = true;
    }
    if dice.one_in(8) {
        how.limit = Some(1 + dice.below(6));
    }
    how
}

async fn lives(case: Case) -> Life {
    let mut dice = Dice::new(case.seed, 3);
    let rows = rows(&case, &mut dice);
    let mut lab = Lab::new(case.clone(), rows, Script::new());
    tokio::time::sleep(Duration::from_secs(10)).await;
    for _ in 0..2 + dice.below(4) {
        lab.api.state.lock().unwrap().changing = !case.drifts() && dice.one_in(2);
        let how = how(&case, &mut dice);
        let log = format!("{} {how:?}", lab.now());
        lab.log.lock().unwrap().push(log);
        _ = lab.run(how).await;
        if !lab.found().is_empty() {
            break;
        }
        let pause = [0, 300, 5_000, if case.window.is_some() { 12_000 } else { 4_000_000 }][dice.below(4) as usize];
        tokio::time::sleep(Duration::from_millis(pause)).await;
        for _ in 0..dice.below(4) {
            let now = lab.now();
            lab.api.state.lock().unwrap().by_chance(&case, now);
        }
    }
    if lab.found().is_empty() {
        calms_down(&mut lab).await;
    }
    let dir = lab.root.display().to_string();
    let log = lab.log.lock().unwrap().iter().map(|line| line.replace(&dir, "DIR")).collect();
    let mut told = Life { case, found: lab.found(), log, requests: lab.requests() };
    told.log.extend(lab.books.lock().unwrap().log.clone());
    told
}

/// Nothing happens any more: soon a run is complete, and the one after it shows what the source holds.
async fn calms_down(lab: &mut Lab) {
    lab.api.state.lock().unwrap().changing = false;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let mut complete = 0;
    for _ in 0..6 {
        let Some(receipt) = lab.run(How::default()).await else { return };
        complete += u32::from(receipt.streams[0].coverage == Coverage::Complete);
        if complete == 2 {
            break;
        }
        if let Some(failure) = &receipt.failure {
            lab.broken.push(format!("progress: {}", failure.message));
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    if complete < 2 {
        let last = lab.log.lock().unwrap().iter().rev().find(|line| line.contains("RunEnded")).cloned();
        lab.broken.push(format!("progress: no complete read in six runs; {last:?}"));
    }
    ends_equal(lab);
}

/// What is there is what the source holds.
pub(crate) fn ends_equal(lab: &mut Lab) {
    let source = lab.api.state.lock().unwrap().rows.clone();
    let actual = lab.rows();
    let wanted: Vec<(i64, Option<i64>)> =
        source.iter().filter(|row| !row.gone && !row.bad).map(|row| (row.id, Some(row.version))).collect();
    for row in &wanted {
        if !actual.contains(row) {
            lab.broken.push(format!("7 effect: {row:?} is missing in the end, there is {actual:?}"));
        }
    }
    let spare = |row: &&(i64, Option<i64>)| {
        let is_bad = source.iter().any(|known| known.id == row.0 && known.bad);
        !wanted.contains(row) && !is_bad
    };
    if lab.case.mode != Mode::Append
        && let Some(row) = actual.iter().find(spare)
    {
        lab.broken.push(format!("7 effect: {row:?} is not at the source any more"));
    }
    if lab.case.mode == Mode::Replace && actual.len() != wanted.len() {
        lab.broken.push(format!("11 swap: {actual:?} instead of {wanted:?}"));
    }
}

/// A case of its own, played on a paused clock.
pub(crate) fn played<F: std::future::Future<Output = Lab>>(play: impl FnOnce() -> F) -> Lab {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let lab = runtime.block_on(play());
    let found = lab.found();
    assert!(found.is_empty(), "{found:#?}\n{:#?}\n{:#?}", lab.requests(), lab.log.lock().unwrap());
    lab
}

pub(crate) fn dying(call: usize, done: bool) -> How {
    How { trouble: Trouble { one_in: None, dies: Some((call, done)) }, ..How::default() }
}

/// Dies at a request of the run.
pub(crate) fn at_request(request: usize) -> How {
    How { request: Some(request), ..How::default() }
}

pub(crate) fn row(id: i64, at: i64) -> Row {
    Row { id, at: Some(at), version: 1, part: 0, gone: false, bad: false, since: 0 }
}

/// Whether a destination of this kind can be written so.
pub(crate) fn able(to: Where, mode: Mode) -> bool {
    to != Where::Jsonl || mode != Mode::Upsert
}
