//! Checks one document of any kind.

use super::surroundings::Surroundings;
use super::targets::Target;
use crate::diagnostic::Report;
use crate::manifest::Document;
use crate::plan::{self, Env, Options};
use crate::text::{SourceId, Sources};
use std::path::{Path, PathBuf};

/// Checks a document with what stands beside it.
pub(super) fn check_document(
    target: &Target,
    sources: &mut Sources,
    report: &mut Report,
    options: &Options,
    around: &Surroundings,
) -> std::io::Result<()> {
    match target.kind {
        Document::Manifest => plan::load(&target.path, sources, report, options).map(drop),
        Document::Project => {
            let dotenv = std::fs::read_to_string(".env").unwrap_or_default();
            let env = Env::new(around.variables.iter().cloned(), &dotenv);
            plan::check_project(&target.path, sources, report, options, &env).map(drop)
        }
        Document::Test => test(&target.path, sources, report, options),
    }
}

/// Checks one test of a connector: what is found elsewhere is told when the connector is checked.
fn test(path: &Path, sources: &mut Sources, report: &mut Report, options: &Options) -> std::io::Result<()> {
    let before = sources.iter().count();
    let mut all = Report::default();
    let loaded = plan::load(&connector_of(path)?, sources, &mut all, options)?;
    let whole = path.canonicalize()?;
    let is_it = |name: &str| Path::new(name).canonicalize().is_ok_and(|found| found == whole);
    let of_test: Vec<SourceId> =
        sources.iter().skip(before).filter(|(_, source)| is_it(&source.name)).map(|(id, _)| id).collect();
    if loaded.plan.is_none() {
        report.append(all);
    } else {
        all.sorted().into_iter().filter(|found| of_test.contains(&found.primary.source)).for_each(|found| {
            report.push(found.clone());
        });
    }
    if of_test.is_empty() {
        let bytes = plan::read_bytes(path)?;
        plan::document(path, &bytes, Document::Test, sources, report);
    }
    Ok(())
}

/// Returns the folder of the connector that a test belongs to.
fn connector_of(test: &Path) -> std::io::Result<PathBuf> {
    let folder = |path: &Path| path.parent().and_then(Path::parent).map(Path::to_owned);
    match folder(test).filter(|folder| folder.is_dir()) {
        Some(folder) => Ok(folder),
        None => Ok(folder(&test.canonicalize()?).unwrap_or_default()),
    }
}
