//! Checks that look across the document, one file a rule.

use crate::diagnostic::Report;
use crate::plan::Plan;
use crate::plan::compile::Known;

/// Runs all checks.
pub fn all(_known: &Known<'_>, _plan: &Plan, _report: &mut Report) {}
