//! What is asked for: one page of one partition.

use super::partitions::Partition;
use crate::state::{Asked, Mark, Page};

/// What is asked for, with all that its expressions see.
#[derive(Debug, Clone)]
pub(super) struct Asking {
    pub page: Page,
    pub partition: Partition,
    pub asked: Asked,
    /// Records received before it in the same pass.
    pub received: u64,
    /// Rows older than this are left out here.
    pub since: Option<Mark>,
    /// No page of the stream was seen before.
    pub first_page: bool,
    pub uuid: String,
}
