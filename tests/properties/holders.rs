//! Two holders of one destination: one that wakes up late can't write.

use crate::case::{Case, Where};
use crate::lab::{How, Lab};
use crate::random::row;
use crate::source::Script;
use std::collections::BTreeSet;
use std::future::{Future as _, poll_fn};
use std::sync::Arc;
use std::task::Poll;
use weir::sinks::Mode;

fn lose_lock(lab: &Lab) {
    let path = match lab.case.to {
        Where::Sqlite => lab.root.join("weir.db.lock"),
        Where::Jsonl => lab.root.join("out/_weir/lock"),
        Where::Memory => return lab.store.lock().unwrap().lose_lock(),
    };
    _ = std::fs::remove_file(path);
}

/// The first holder is polled so often and then sleeps, the second one reads all, the first one wakes up.
async fn two_holders(case: Case, polls: usize) {
    let rows = || (0..8).map(|id| row(id, id)).collect();
    let mut one = Lab::new(case.clone(), rows(), Script::new());
    let mut other = Lab::new(case.clone(), rows(), Script::new());
    (other.root, other.store) = (one.root.clone(), Arc::clone(&one.store));
    let mut left = polls;
    let mut first = Box::pin(one.run(How::default()));
    let early = poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        first.as_mut().poll(cx).map(|_| true)
    });
    if early.await {
        return;
    }
    lose_lock(&other);
    let second = other.run(How::default()).await.expect("nothing kills it");
    assert!(second.failure.is_none(), "{polls}: {second:#?}");
    let rows = other.rows();
    let ids: BTreeSet<i64> = rows.iter().map(|row| row.0).collect();
    assert_eq!((ids.len(), rows.len()), (8, 8), "{polls}: {rows:?}");
    let late = first.await.expect("nothing kills it");
    assert_eq!(other.rows(), rows, "{polls}: {late:#?}");
}

#[test]
fn a10_12_a_holder_that_wakes_up_late_writes_nothing() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    for to in [Where::Memory, Where::Sqlite, Where::Jsonl] {
        for polls in (2..40).step_by(3) {
            let case = Case { to, mode: Mode::Append, ..Case::plain() };
            runtime.block_on(two_holders(case, polls));
        }
    }
}
