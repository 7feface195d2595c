//! `weir validate`.

mod fix;
mod told;

use crate::cli::Exit;
use crate::cli::arguments::{Format, private_host};
use crate::cli::document::check_document;
use crate::cli::surroundings::Surroundings;
use crate::cli::targets::{self, Target};
use crate::cli::ui::Ui;
use crate::diagnostic::{Diagnostic, Report, Severity, clean};
use crate::expr::shorthand::host::Host;
use crate::plan::Options;
use crate::text::Sources;
use fix::Change;
use serde_json::json;
use std::collections::HashSet;
use std::path::PathBuf;

/// Checks manifests, tests and project files, and tells all that is wrong in all of them.
///
/// Each finding has a code, its place, the nearest right word where there is one, and what to do. Nothing is sent to
/// any API.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  weir validate manifests/github        the connector in a folder, with its icon and its tests
  weir validate manifests               all connectors in a folder
  weir validate a.yaml b.json           several files
  weir validate weir.yaml               a project: connections, destinations, syncs
  weir validate --fix manifests/acme    mend what is certain, and show it
  weir validate --format json . | jq    for programs

Exit codes: 0 no errors, 2 a target is missing, 3 errors (with --strict also warnings).")]
pub(in crate::cli) struct Args {
    /// Manifests, folders with manifests, tests files, or a `weir.yaml`.
    #[arg(required = true, value_name = "TARGET")]
    targets: Vec<PathBuf>,
    /// How findings are written.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Counts warnings as errors.
    #[arg(long)]
    strict: bool,
    /// Applies the fixes that are safe, shows them, and checks again.
    #[arg(long)]
    fix: bool,
    /// Allows manifests to name this private host. Only you can allow it, a manifest can't.
    #[arg(long, value_name = "HOST[:PORT]", value_parser = private_host)]
    allow_private: Vec<Host>,
}

pub(super) fn run(args: &Args, ui: &mut Ui, around: &Surroundings) -> Exit {
    let mut exit = Exit::Ok;
    let targets = find(&args.targets, ui, &mut exit);
    let options = Options { allow_private: args.allow_private.clone() };
    let mut changes = Vec::new();
    if args.fix {
        exit = exit.or(fix::mend(&targets, &options, around, ui, &mut changes));
    }
    let checked = Checked::new(&targets, &options, around, ui, &mut exit);
    let findings = checked.findings();
    let count = |severity| findings.iter().filter(|found| found.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    match args.format {
        Format::Json | Format::Yaml => {
            ui.value(args.format, &checked.json(&findings, args.fix.then_some(changes.as_slice())));
        }
        Format::Text => told::text(&findings, &checked.sources, targets.len(), args.strict, ui),
    }
    if errors > 0 || (args.strict && warnings > 0) { exit.or(Exit::Invalid) } else { exit }
}

/// Lists the documents of all targets, each once; a target that is not there is told, and the others go on.
fn find(written: &[PathBuf], ui: &mut Ui, exit: &mut Exit) -> Vec<Target> {
    let mut known = HashSet::new();
    let mut targets = Vec::new();
    for path in written {
        match targets::find(path) {
            Ok(found) => targets.extend(found),
            Err(told) => {
                ui.error(&clean(&told), Some("a target is a manifest, a folder with manifests, or a weir.yaml"));
                *exit = exit.or(Exit::Usage);
            }
        }
    }
    targets.retain(|target| known.insert(target.path.canonicalize().unwrap_or_else(|_| target.path.clone())));
    targets
}

/// What was found in all documents.
struct Checked {
    sources: Sources,
    reports: Vec<Report>,
    files: Vec<String>,
}

impl Checked {
    fn new(targets: &[Target], options: &Options, around: &Surroundings, ui: &mut Ui, exit: &mut Exit) -> Self {
        let mut checked = Self { sources: Sources::default(), reports: Vec::new(), files: Vec::new() };
        for target in targets {
            let mut report = Report::default();
            let name = target.path.display().to_string();
            match check_document(target, &mut checked.sources, &mut report, options, around) {
                Ok(()) => {
                    checked.reports.push(report);
                    checked.files.push(name);
                }
                Err(error) => {
                    ui.error(&clean(&format!("`{name}` can't be read: {error}")), None);
                    *exit = exit.or(Exit::Usage);
                }
            }
        }
        checked
    }

    /// Lists all findings. A project brings its connectors along, which may be targets themselves: what is found in a
    /// file twice is told once.
    fn findings(&self) -> Vec<&Diagnostic> {
        let mut known = HashSet::new();
        let mut all: Vec<&Diagnostic> = self.reports.iter().flat_map(Report::sorted).collect();
        let whole = |name: &str| PathBuf::from(name).canonicalize().unwrap_or_else(|_| name.into());
        let names: Vec<PathBuf> = self.sources.iter().map(|(_, source)| whole(&source.name)).collect();
        all.retain(|found| {
            let file = &names[found.primary.source.0 as usize];
            known.insert((file, found.primary.start, found.primary.end, found.code))
        });
        all
    }

    fn json(&self, findings: &[&Diagnostic], changes: Option<&[Change]>) -> serde_json::Value {
        let count = |severity| findings.iter().filter(|found| found.severity == severity).count();
        let mut told = json!({
            "files": self.files,
            "findings": crate::diagnostic::render::json(findings, &self.sources),
            "errors": count(Severity::Error),
            "warnings": count(Severity::Warning),
            "notes": count(Severity::Note),
        });
        if let Some(changes) = changes {
            told["fixed"] = changes.iter().map(Change::json).collect();
        }
        told
    }
}
