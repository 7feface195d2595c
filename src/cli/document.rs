//! Checks one document of any kind.

use super::surroundings::Surroundings;
use super::targets::Target;
use crate::diagnostic::Report;
use crate::manifest::Document;
use crate::plan::{self, Options};
use crate::text::Sources;

/// Checks a document with what stands beside it.
pub(super) fn check_document(
    target: &Target,
    sources: &mut Sources,
    report: &mut Report,
    options: &Options,
    _around: &Surroundings,
) -> std::io::Result<()> {
    match target.kind {
        Document::Manifest => {
            plan::load(&target.path, sources, report, options)?;
        }
        kind => {
            let bytes = plan::read_bytes(&target.path)?;
            plan::document(&target.path, &bytes, kind, sources, report);
        }
    }
    Ok(())
}
