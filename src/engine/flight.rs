//! A request on its way, and its end.

use super::fetch::Tried;
use super::part::Place;
use crate::state::Page;

/// The end of a request.
pub(super) struct Arrival {
    pub place: Place,
    pub epoch: u32,
    /// The number of the stream, which outlives the partition.
    pub job: usize,
    /// Requests that went out for it.
    pub requests: u32,
    pub page: Page,
    /// The memory that was set aside for it.
    pub estimate: u64,
    pub tried: Tried,
}
