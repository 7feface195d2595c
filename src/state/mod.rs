//! What is known about how far a stream was read: plain data, versioned, without secrets, clocks or handles.
//!
//! A read of one partition is a *pass*. What a pass has read lies in [`PartitionState`], which travels with the rows it
//! covers. The rules are in `docs/commit.md`: state moves only over completely read, durable rows, and never above the
//! begin of the pass.

mod hash;
mod mark;
mod partition;
mod pass;
mod recent;
mod unit;

pub use hash::Digest;
pub use mark::{Covered, Mark, Stretch};
pub use partition::{PartitionKey, PartitionState, Round, StateChange, Version};
pub use pass::{Asked, Generation, LastPage, Milestone, Open, Page};
pub use recent::{RowHash, RowHashes};
pub use unit::{Budget, Pending, PendingChange, Selection, Slice, Unit, UnitEnd};

/// The version of the written form of all these types.
pub const FORMAT: u32 = 1;
