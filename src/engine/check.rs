//! Asks one page of each stream: whether the credentials do, whether the stream may be read, whether records fit.

use super::context::Context;
use super::order::{Order, StreamOrder};
use super::sync::sync;
use crate::event::{Coverage, Deaf, Failure, FaultKind, Quality, StreamReceipt};
use crate::fault::{Fault, Kind};
use crate::plan::{Bound, BoundStream, Check, Source};
use crate::sinks::memory::{MemorySink, Store};
use crate::sinks::{Failpoint, Mode};
use serde::Serialize;
use std::sync::{Arc, Mutex};

/// What was found of a stream.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Checked {
    pub stream: String,
    pub ok: bool,
    /// Whose matter it is, if it is not.
    pub kind: Option<FaultKind>,
    /// What was found, or why it failed and what to do.
    pub message: String,
}

/// Asks one page of each stream and tells each as it comes; never stops at the first that fails.
pub async fn check(
    bound: Arc<Bound>,
    streams: &[String],
    context: &Context,
    tell: &mut (dyn FnMut(&Checked) + Send),
) -> Vec<Checked> {
    let mut all = Vec::new();
    for stream in streams {
        let checked = one(&bound, stream, context).await;
        tell(&checked);
        all.push(checked);
    }
    all
}

/// Lists the streams that prove a connection, unless the user names others.
pub fn checked_by_default(bound: &Bound) -> Vec<String> {
    if let Check::Streams(names) = &bound.plan.check {
        return names.clone();
    }
    let alone = |stream: &&BoundStream| {
        let own = !matches!(stream.source, Source::Job(..) | Source::Responses(..) | Source::Records { .. });
        own && !stream.plan.hidden && stream.each.is_empty()
    };
    let first =
        bound.streams.values().find(alone).or_else(|| bound.streams.values().find(|stream| !stream.plan.hidden));
    first.map(|stream| stream.plan.name.clone()).into_iter().collect()
}

async fn one(bound: &Arc<Bound>, stream: &str, context: &Context) -> Checked {
    let order = Order {
        run: "check".into(),
        connection: bound.plan.connector.clone(),
        streams: vec![StreamOrder {
            stream: stream.to_owned(),
            mode: Some(Mode::Append),
            pages: Some(1),
            ..StreamOrder::default()
        }],
        requests: None,
    };
    let sink = MemorySink::new(Arc::new(Mutex::new(Store::default())), Failpoint::default());
    let context = Context { listener: Arc::new(Deaf), ..context.clone() };
    let receipt = sync(Arc::clone(bound), &order, Box::new(sink), &context).await;
    let failed = |failure: &Failure| Checked {
        stream: stream.to_owned(),
        ok: false,
        kind: Some(failure.kind),
        message: failure.message.clone(),
    };
    if let Some(failure) = &receipt.failure {
        return failed(failure);
    }
    let Some(receipt) = receipt.streams.iter().find(|receipt| receipt.stream == stream) else {
        return failed(&(&Fault::new(Kind::Internal, "check", "nothing was read")).into());
    };
    match &receipt.coverage {
        Coverage::Failed { failure } => failed(failure),
        Coverage::Partial { unread, .. } => match unread.first() {
            Some(unread) => failed(&unread.failure),
            None => found(receipt),
        },
        Coverage::Skipped { cause } => {
            Checked { stream: stream.to_owned(), ok: false, kind: Some(FaultKind::Source), message: cause.clone() }
        }
        Coverage::Complete | Coverage::Asked { .. } => found(receipt),
    }
}

fn found(receipt: &StreamReceipt) -> Checked {
    let told = match (receipt.partitions, receipt.read) {
        (0, _) => "there is nothing to be read for: `for_each` gave no values".to_owned(),
        (_, 0) => "the first page has no records".to_owned(),
        (_, 1) => "1 record on the first page".to_owned(),
        (_, count) => format!("{count} records on the first page"),
    };
    let absent: Vec<&str> = receipt.notes.iter().map(|note| note.text.as_str()).collect();
    let told = if absent.is_empty() { told } else { format!("{told}; {}", absent.join("; ")) };
    match receipt.quality {
        Quality::Clean => Checked { stream: receipt.stream.clone(), ok: true, kind: None, message: told },
        Quality::Refused(count) => Checked {
            stream: receipt.stream.clone(),
            ok: false,
            kind: Some(FaultKind::Data),
            message: format!("{told}, and {count} of them do not fit their columns"),
        },
    }
}
