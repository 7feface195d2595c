//! What runs a plan: one deciding task, with fetches, decoding and the destination beside it.
//!
//! ```text
//! jobs ─▶ partitions ─▶ admission ─▶ fetch ─▶ rows ─▶ frontier ─▶ packer ─▶ sink
//!            ▲    which pass, which page      one try    page order, state    a unit of many partitions
//!            └──── rows of parents are partitions of children
//! ```
//!
//! [`sync`] plays the deciding task (`work`) and the destination against each other. `pass` says how state moves, and
//! is pure. The engine matches on no kind and knows no format: kinds of paging, positions, error rules, auth and decoding
//! are components that it asks.

mod admission;
mod answers;
mod arrival;
mod asking;
mod check;
mod context;
mod definition;
mod fetch;
mod filter;
mod flight;
mod frontier;
mod got;
mod jobs;
mod loops;
mod naming;
mod offspring;
mod order;
mod packer;
mod part;
mod partitions;
mod pass;
mod plan;
mod pushdown;
mod read;
mod reading;
mod recent;
mod rounds;
pub mod rows;
pub mod source;
mod stream;
mod sync;
mod tally;
mod telling;
mod work;

pub use check::{Checked, check, checked_by_default};
pub use context::{Clock, Context, Draw, Failpoints, RunLimits, SystemClock};
pub use naming::partition_names;
pub use order::{Filter, Order, StreamOrder, Test};
pub use plan::partitions;
pub use pushdown::pushed_down;
pub use read::{Batch, Rows, read};
pub use stream::default_mode;
pub use sync::sync;
