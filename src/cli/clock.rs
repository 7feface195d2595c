//! Identifiers and chance of the real world: the only place that asks for them.

use uuid::Uuid;

/// Returns a new identifier of a run: those of later runs come later in order.
pub(super) fn run_id() -> String {
    Uuid::now_v7().to_string()
}

/// Returns a seed that nobody can foresee.
pub(super) fn seed() -> u64 {
    Uuid::new_v4().as_u64_pair().0
}
