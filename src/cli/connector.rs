//! Opens the one connector that a command is about.

use super::Exit;
use super::arguments::{Format, private_host};
use super::targets;
use super::ui::Ui;
use crate::components::forms::Short;
use crate::diagnostic::{Diagnostic, Report, Severity, clean, render};
use crate::expr::shorthand::host::Host;
use crate::manifest::{Document, StreamSpec, UnknownFields};
use crate::plan::{self, Options, Plan};
use crate::text::Sources;
use std::collections::HashMap;
use std::path::PathBuf;

/// Which connector, and how it is told.
#[derive(clap::Args)]
pub(super) struct ConnectorArgs {
    /// A manifest, or the folder of one.
    #[arg(value_name = "TARGET")]
    target: PathBuf,
    /// How it is written.
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
    /// Allows the manifest to name this private host.
    #[arg(long, value_name = "HOST[:PORT]", value_parser = private_host)]
    allow_private: Vec<Host>,
}

/// A connector without errors.
pub(super) struct Connector {
    pub(super) plan: Plan,
    /// What becomes of members that no column took, by stream and template.
    unknown_fields: HashMap<String, UnknownFields>,
}

impl Connector {
    pub(super) fn unknown_fields(&self, stream: &str) -> Option<UnknownFields> {
        self.unknown_fields.get(stream).copied()
    }
}

/// Reads the connector; what is wrong with it is told on stderr.
pub(super) fn open(args: &ConnectorArgs, ui: &mut Ui) -> Result<Connector, Exit> {
    let shown = clean(&args.target.display().to_string());
    let usage = |ui: &mut Ui, told: &str, help: Option<&str>| {
        ui.error(&clean(told), help);
        Err(Exit::Usage)
    };
    let found = match targets::find(&args.target) {
        Ok(found) => found,
        Err(told) => return usage(ui, &told, Some("a target is a manifest or the folder of one")),
    };
    let [target] = found.as_slice() else {
        let first = clean(&found[0].path.display().to_string());
        return usage(
            ui,
            &format!("there are several documents in `{shown}`"),
            Some(&format!("choose one: `{first}`")),
        );
    };
    if target.kind != Document::Manifest {
        return usage(ui, &format!("`{shown}` is no manifest"), Some("a target is a manifest or the folder of one"));
    }
    let (mut sources, mut report) = (Sources::default(), Report::default());
    let options = Options { allow_private: args.allow_private.clone() };
    let loaded = match plan::load(&target.path, &mut sources, &mut report, &options) {
        Ok(loaded) => loaded,
        Err(error) => return usage(ui, &format!("`{shown}` can't be read: {error}"), None),
    };
    let errors: Vec<&Diagnostic> =
        report.sorted().into_iter().filter(|found| found.severity == Severity::Error).collect();
    let (true, Some(plan), Some(spec)) = (errors.is_empty(), loaded.plan, loaded.spec) else {
        let drawn = render::text(&errors, &sources, ui.aside_coloured());
        ui.aside(&drawn);
        return Err(Exit::Invalid);
    };
    let streams = spec.streams.iter().flatten().filter_map(|entry| Some((&entry.name, entry.value.as_ref()?)));
    let templates =
        spec.dynamic.iter().flatten().filter_map(|entry| Some((&entry.name, &*entry.value.as_ref()?.stream)));
    let unknown = |stream: &StreamSpec| stream.unknown_fields;
    let unknown_fields = streams.chain(templates).filter_map(|(name, stream)| match stream {
        Short::Map(stream) => Some((name.clone(), unknown(stream)?)),
        Short::Other(_) => None,
    });
    Ok(Connector { unknown_fields: unknown_fields.collect(), plan })
}
