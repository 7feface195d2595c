//! Who may write: locks, fences, holders that died and holders that do not know that they lost.

use super::lab::*;
use weir::event::Outcome;
use weir::sinks::{CommitFault, Mode};
use weir::state::PartitionKey;

#[tokio::test]
async fn a_second_opener_is_told_who_holds_it() {
    for which in ALL {
        let mut lab = Lab::new(which);
        let first = lab.opened().await;
        let second = lab.sink();
        let fault = lab.open(second).await.err().unwrap();
        assert!(fault.message().contains("locked by pid 1001 (run r1)"), "{which:?}: {fault}");
        assert!(fault.is_temporary(), "{which:?}");
        first.close().await;
        lab.opened().await.close().await;
    }
}

#[tokio::test]
async fn a_dead_holder_is_taken_over_and_its_receipt_says_interrupted() {
    for which in ALL {
        let mut lab = Lab::new(which);
        let mut first = lab.opened().await;
        first.shape(&target(Mode::Append)).await;
        let whole = PartitionKey::whole();
        first.commit(with_state(part(Mode::Append, 0, vec![]), change(&whole, 0, state(1, true, 0)))).await;
        let fence = first.ledger.fence;
        assert!(lab.receipts().await.iter().all(|receipt| receipt.outcome == Outcome::Running), "{which:?}");
        drop(first);
        assert_eq!(lab.receipts().await[0].outcome, Outcome::Interrupted, "{which:?}");
        let second = lab.opened().await;
        assert!(second.ledger.fence > fence, "{which:?}");
        let interrupted = second.ledger.interrupted.as_ref().unwrap();
        assert_eq!((interrupted.run.as_str(), interrupted.outcome), ("r1", Outcome::Interrupted), "{which:?}");
        assert_eq!(second.ledger.streams["items"].digest, target(Mode::Append).digest, "{which:?}");
        second.close().await;
        let outcomes: Vec<_> = lab.receipts().await.iter().map(|receipt| receipt.outcome).collect();
        assert_eq!(outcomes, [Outcome::Finished, Outcome::Interrupted], "{which:?}");
        assert!(lab.opened().await.ledger.interrupted.is_none(), "{which:?}");
    }
}

#[tokio::test]
async fn a_holder_that_lost_its_lock_is_fenced_off() {
    for which in [Which::Sqlite, Which::Jsonl, Which::Memory] {
        let mut lab = Lab::new(which);
        let mut zombie = lab.opened().await;
        zombie.shape(&target(Mode::Append)).await;
        zombie.commit(part(Mode::Append, 0, vec![rows(&[(1, "a", None)])])).await;
        lab.lose_lock();
        let mut holder = lab.opened().await;
        holder.shape(&target(Mode::Append)).await;
        let lost = zombie.try_commit(part(Mode::Append, 0, vec![rows(&[(2, "zombie", None)])])).await;
        assert!(matches!(lost, Err(CommitFault::Fenced(_))), "{which:?}: {lost:?}");
        holder.commit(part(Mode::Append, 0, vec![rows(&[(3, "b", None)])])).await;
        let again = zombie.try_commit(part(Mode::Append, 0, vec![rows(&[(2, "zombie", None)])])).await;
        assert!(matches!(again, Err(CommitFault::Fenced(_))), "{which:?}");
        assert_eq!(lab.names(), ["a", "b"], "{which:?}");
    }
}

#[tokio::test]
async fn an_unknown_outcome_is_told_by_fence_and_number_only() {
    for which in ALL {
        let mut lab = Lab::new(which);
        let mut first = lab.opened().await;
        first.shape(&target(Mode::Append)).await;
        let unit = first.unit(vec![part(Mode::Append, 0, vec![rows(&[(1, "a", None)])])]);
        let (fence, seq) = (unit.fence, unit.seq);
        assert!(!first.sink.committed(fence, seq).await.unwrap(), "{which:?}");
        first.sink.commit(unit.clone()).await.unwrap();
        assert!(first.sink.committed(fence, seq).await.unwrap(), "{which:?}");
        assert!(!first.sink.committed(fence + 1, seq).await.unwrap(), "{which:?}");
        // Handed over again, it has one effect.
        first.sink.commit(unit).await.unwrap();
        assert_eq!(lab.names(), ["a"], "{which:?}");
        let next = first.unit(vec![part(Mode::Append, 0, vec![rows(&[(2, "b", None)])])]);
        first.sink.commit(next).await.unwrap();
        assert_eq!(lab.names(), ["a", "b"], "{which:?}");
    }
}
