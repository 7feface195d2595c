//! From a manifest on disk to a connection, in one step: for whoever embeds the library.

use super::bind::{Given, GivenValue, bind};
use super::load::{Loaded, Options, load_text, manifest_file, read_bytes};
use super::{Bound, Plan};
use crate::diagnostic::{Report, Severity, render};
use crate::fault::{Fault, Kind};
use crate::text::Sources;
use std::path::Path;
use std::sync::Arc;

/// Loads a manifest (a file, or its folder) and binds it to params. What is wrong is told as the program tells it.
pub fn connect(manifest: &Path, params: &[(&str, &str)], options: &Options) -> Result<Arc<Bound>, Fault> {
    let unreadable = |error: std::io::Error| {
        Fault::new(Kind::Config, "load", format!("`{}` can't be read: {error}", manifest.display()))
    };
    let file = manifest_file(manifest).map_err(unreadable)?;
    connect_text(&file, &read_bytes(&file).map_err(unreadable)?, params, options)
}

/// The same for a manifest that is in memory; `name` is how messages call it.
pub fn connect_text(
    name: &Path,
    bytes: &[u8],
    params: &[(&str, &str)],
    options: &Options,
) -> Result<Arc<Bound>, Fault> {
    let (mut sources, mut report) = (Sources::default(), Report::default());
    let Loaded { plan, .. } = load_text(name, bytes, &mut sources, &mut report, options);
    let plan: Plan = match plan.filter(|_| !report.has_errors()) {
        Some(plan) => plan,
        None => return Err(told(&report, &sources)),
    };
    let values = params.iter().map(|(name, text)| GivenValue::as_text(*name, *text, format!("param {name}"))).collect();
    let given = Given { values, ..Given::default() };
    match bind(&Arc::new(plan), &given, &mut sources, &mut report, options) {
        Some(bound) if !report.has_errors() => Ok(Arc::new(bound)),
        _ => Err(told(&report, &sources)),
    }
}

fn told(report: &Report, sources: &Sources) -> Fault {
    let errors: Vec<_> = report.sorted().into_iter().filter(|found| found.severity == Severity::Error).collect();
    Fault::new(
        Kind::Config,
        "load",
        format!("the manifest or its params do not hold\n{}", render::text(&errors, sources, false)),
    )
}
