//! `plan → units → commit`: plays the deciding task and the destination against each other, one call at a time.

use super::context::Context;
use super::order::Order;
use super::work::{Step, Work};
use crate::event::{Event, Outcome, Receipt};
use crate::fault::Fault;
use crate::plan::Bound;
use crate::sinks::{
    Building, Changes, CommitFault, CommitUnit, Counts, Known, Ledger, Opening, Promotion, Sink, Staged, StreamTarget,
};
use crate::state::Generation;
use crate::state::PartitionKey;
use std::sync::Arc;
use std::time::Duration;

/// The version of a receipt's form.
const RECEIPT: u32 = 1;
/// How often a unit is handed over that the destination refused for the moment.
const TRIES: u32 = 6;

/// Reads what is ordered into the destination, and tells how it went.
pub async fn sync(bound: Arc<Bound>, order: &Order, mut sink: Box<dyn Sink>, context: &Context) -> Receipt {
    let mut receipt = begin(&bound, order, sink.as_ref(), context);
    let opening = Opening {
        run: order.run.clone(),
        connection: order.connection.clone(),
        receipt: receipt.clone(),
        now: context.clock.now(),
        pid: std::process::id(),
    };
    // What can't be planned does not touch the destination.
    let mut work = match Work::plan(&bound, order, sink.as_ref(), context) {
        Ok(work) => work,
        Err(fault) => return end_early(receipt, &fault, context),
    };
    let ledger = match sink.open(&opening).await {
        Ok(ledger) => ledger,
        Err(fault) => return end_early(receipt, &fault, context),
    };
    context.failpoints.hit("engine.opened");
    told(&mut receipt, &ledger);
    work.begins(&ledger);
    receipt.streams = work.receipts();
    let streams = receipt.streams.iter().map(|stream| stream.stream.clone()).collect();
    context.listener.tell(&Event::RunStarted {
        run: receipt.run.clone(),
        connector: receipt.connector.clone(),
        target: receipt.target.clone(),
        streams,
        at: receipt.started,
    });
    let mut sink = run(&mut work, sink, context).await;
    finish(&mut receipt, &work, context);
    context.failpoints.hit("engine.before_close");
    if let Err(fault) = sink.close(&receipt).await {
        receipt.failure.get_or_insert_with(|| (&fault).into());
    }
    context.listener.tell(&Event::RunEnded { receipt: receipt.clone() });
    receipt
}

fn begin(bound: &Bound, order: &Order, sink: &dyn Sink, context: &Context) -> Receipt {
    Receipt {
        format: RECEIPT,
        run: order.run.clone(),
        connector: bound.plan.connector.clone(),
        version: bound.plan.version.clone(),
        target: sink.place(),
        started: context.clock.now(),
        ended: None,
        outcome: Outcome::Running,
        streams: Vec::new(),
        requests: 0,
        bytes: 0,
        commits: 0,
        failure: None,
        notes: Vec::new(),
    }
}

/// A run that was killed is told of by the next one.
fn told(receipt: &mut Receipt, ledger: &Ledger) {
    if let Some(killed) = &ledger.interrupted {
        let text =
            format!("the run {} before this one was interrupted; this run goes on where it was left", killed.run);
        receipt.notes.push(crate::event::Note { code: "interrupted".into(), text, count: 1, suspicious: false });
    }
}

fn end_early(mut receipt: Receipt, fault: &Fault, context: &Context) -> Receipt {
    receipt.failure = Some(fault.into());
    receipt.ended = Some(context.clock.now());
    receipt.outcome = Outcome::Finished;
    context.listener.tell(&Event::RunEnded { receipt: receipt.clone() });
    receipt
}

fn finish(receipt: &mut Receipt, work: &Work, context: &Context) {
    receipt.streams = work.receipts();
    (receipt.requests, receipt.bytes, receipt.commits) = (work.requests, work.bytes, work.commits);
    receipt.failure = work.failure.as_ref().map(Into::into);
    receipt.outcome = if work.cancelled { Outcome::Cancelled } else { Outcome::Finished };
    receipt.ended = Some(context.clock.now());
}

/// What the destination did.
enum Wrote {
    Prepared(usize, Result<(Changes, Option<Building>), Fault>),
    Known(usize, Vec<PartitionKey>, Result<Vec<Known>, Fault>),
    Staged(String, Result<Staged, Fault>),
    Checkpointed(u64, Result<(), Fault>),
    Committed { seq: u64, pages: Vec<(String, u64)>, rows: Vec<(String, u64)>, result: Result<Counts, Fault> },
    Promoted(usize, Result<Counts, Fault>),
}

async fn run(work: &mut Work, sink: Box<dyn Sink>, context: &Context) -> Box<dyn Sink> {
    let mut idle = Some(sink);
    let mut writing = None;
    loop {
        let step = tokio::select! {
            biased;
            Some((sink, wrote)) = async {
                match writing.as_mut() {
                    Some(future) => Some(future.await),
                    None => None,
                }
            } => {
                writing = None;
                idle = Some(sink);
                took(work, wrote);
                continue;
            }
            step = work.step(idle.is_some()) => step,
        };
        let Some(sink) = idle.take() else { continue };
        if matches!(step, Step::Done) {
            return sink;
        }
        writing = Some(Box::pin(write(sink, step, context.clone())));
    }
}

fn took(work: &mut Work, wrote: Wrote) {
    match wrote {
        Wrote::Prepared(at, result) => work.prepared(at, result),
        Wrote::Known(at, keys, result) => work.known(at, &keys, result),
        Wrote::Staged(stream, result) => work.staged(&stream, result),
        Wrote::Checkpointed(pages, Ok(())) => work.secured(pages),
        Wrote::Checkpointed(_, Err(fault)) | Wrote::Committed { result: Err(fault), .. } => work.breaks(fault),
        Wrote::Committed { seq, pages, rows, result: Ok(counts) } => work.committed(seq, &pages, rows, &counts),
        Wrote::Promoted(at, result) => work.promoted(at, result),
    }
}

async fn write(mut sink: Box<dyn Sink>, step: Step, context: Context) -> (Box<dyn Sink>, Wrote) {
    let wrote = match step {
        Step::Prepare { stream, target, replace } => {
            let ready = prepare(sink.as_mut(), &target, replace, &context).await;
            Wrote::Prepared(stream, ready)
        }
        Step::States { stream, name, keys } => {
            let states = sink.states(&name, &keys).await;
            Wrote::Known(stream, keys, states)
        }
        Step::Stage(part) => {
            let stream = part.stream.clone();
            Wrote::Staged(stream, sink.stage(&part).await)
        }
        Step::Checkpoint(unit) => {
            let pages = unit.parts.iter().map(|part| part.facts.pages).sum();
            Wrote::Checkpointed(pages, sink.checkpoint(&unit).await)
        }
        Step::Commit(unit) => {
            let pages = unit.parts.iter().map(|part| (part.stream.clone(), part.facts.pages)).collect();
            let rows = unit.parts.iter().map(|part| (part.stream.clone(), rows_of(part))).collect();
            let seq = unit.seq;
            let result = commit(sink.as_mut(), unit, &context).await;
            Wrote::Committed { seq, pages, rows, result }
        }
        Step::Promote { stream, name, generation, promotion } => {
            Wrote::Promoted(stream, promote(sink.as_mut(), &name, generation, &promotion, &context).await)
        }
        Step::Done => Wrote::Checkpointed(0, Ok(())),
    };
    (sink, wrote)
}

fn rows_of(part: &crate::sinks::StreamPart) -> u64 {
    let rows = part.rows.iter().filter(|rows| !rows.deleted).map(|rows| rows.batch.num_rows() as u64);
    rows.sum::<u64>() + part.staged.iter().map(|staged| staged.rows).sum::<u64>()
}

async fn prepare(
    sink: &mut dyn Sink,
    target: &StreamTarget,
    replace: bool,
    context: &Context,
) -> Result<(Changes, Option<Building>), Fault> {
    let changes = sink.shape(target).await?;
    if !replace {
        return Ok((changes, None));
    }
    let building = sink.build(target, context.clock.now()).await?;
    Ok((changes, Some(building)))
}

/// Hands a unit over until it is durable or can't be. One that is refused holds back the rest.
async fn commit(sink: &mut dyn Sink, unit: CommitUnit, context: &Context) -> Result<Counts, Fault> {
    let (fence, seq) = (unit.fence, unit.seq);
    let mut tries = 0;
    loop {
        context.failpoints.hit("engine.before_commit");
        let fault = match sink.commit(unit.clone()).await {
            Ok(counts) => {
                context.failpoints.hit("engine.after_commit");
                return Ok(counts);
            }
            Err(fault) => fault,
        };
        let why = match fault {
            CommitFault::Refused(why) => why,
            CommitFault::Conflict(why) | CommitFault::Fenced(why) | CommitFault::Failed(why) => return Err(why),
            CommitFault::Unknown(why) => {
                // Only the ledger knows, by (fence, seq); until it answers, nothing else is written.
                match sink.committed(fence, seq).await {
                    Ok(true) => return Ok(Counts::default()),
                    Ok(false) | Err(_) => why,
                }
            }
        };
        tries += 1;
        if tries >= TRIES {
            return Err(why);
        }
        let draw = context.draw.draw("commit", &seq.to_string(), tries);
        tokio::time::sleep(Duration::from_millis(100).mul_f64(f64::from(1 << tries) * draw)).await;
    }
}

async fn promote(
    sink: &mut dyn Sink,
    stream: &str,
    to: Generation,
    promotion: &Promotion,
    context: &Context,
) -> Result<Counts, Fault> {
    context.failpoints.hit("engine.before_promote");
    let mut tries = 0;
    loop {
        let why = match sink.promote(stream, to, promotion).await {
            Ok(counts) => {
                context.failpoints.hit("engine.after_promote");
                return Ok(counts);
            }
            // Promoting the current generation does nothing, so an unknown outcome is asked by doing it again.
            Err(CommitFault::Refused(why) | CommitFault::Unknown(why)) => why,
            Err(CommitFault::Conflict(why) | CommitFault::Fenced(why) | CommitFault::Failed(why)) => return Err(why),
        };
        tries += 1;
        if tries >= TRIES {
            return Err(why.temporary());
        }
        let draw = context.draw.draw("promote", stream, tries);
        tokio::time::sleep(Duration::from_millis(100).mul_f64(f64::from(1 << tries) * draw)).await;
    }
}
