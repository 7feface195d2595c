//! What is known of a manifest besides its plan.

use crate::manifest::ManifestSpec;
use crate::plan::Options;
use crate::plan::names::Outlines;
use crate::plan::params::Params;
use crate::text::Node;
use std::collections::BTreeSet;

/// What is known of a manifest besides its plan, for the checks that look across it.
pub(super) struct Known<'a> {
    pub spec: &'a ManifestSpec,
    pub params: &'a Params,
    pub outlines: &'a Outlines,
    /// The params that something reads.
    pub used: &'a BTreeSet<String>,
    pub options: &'a Options,
    /// Streams in which something did not hold: nothing is said to be missing there.
    pub damaged: &'a BTreeSet<String>,
    /// The manifest as a tree.
    pub root: &'a Node,
}
