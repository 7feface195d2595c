//! The points at which the demo kills a sync.

/// A point at which a sync is killed.
#[derive(Debug, Clone, Copy)]
pub struct Kill {
    /// The name of the failpoint, and how often it is passed before.
    pub point: &'static str,
    /// What that means.
    pub meaning: &'static str,
}

/// Before, within and after a commit: where a careless program loses rows, or writes them twice.
pub const KILLS: [Kill; 3] = [
    Kill { point: "engine.before_commit:2", meaning: "rows were read, not written" },
    Kill { point: "sqlite.before_commit:2", meaning: "rows and position are written, not committed" },
    Kill { point: "engine.after_commit:2", meaning: "both are committed, nobody was told" },
];
