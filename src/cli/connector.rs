//! Opens the one connector that a command is about, with what a connection makes of it where one is named.

use super::Exit;
use super::arguments::{Format, private_host};
use super::columns::{self, Row};
use super::surroundings::Surroundings;
use super::target;
use super::ui::Ui;
use crate::diagnostic::{Report, clean};
use crate::expr::shorthand::host::Host;
use crate::plan::{self, Bound, Given, Options, Plan, StreamPlan};
use crate::text::Sources;
use std::path::Path;
use std::sync::Arc;

/// Which connector, and how it is told.
#[derive(clap::Args)]
pub(super) struct ConnectorArgs {
    /// A manifest, the folder of one, or a connection of the `weir.yaml` here.
    #[arg(value_name = "TARGET")]
    pub(super) target: String,
    /// How it is written.
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
    /// Allows the manifest to name this private host.
    #[arg(long, value_name = "HOST[:PORT]", value_parser = private_host)]
    pub(super) allow_private: Vec<Host>,
}

/// A connector without errors.
pub(super) struct Connector {
    pub(super) plan: Arc<Plan>,
    /// What a connection makes of it, if one is named and nothing of it is missing.
    bound: Option<Arc<Bound>>,
}

impl Connector {
    /// Lists the columns that a stream's rows arrive with; the error says why that is not known.
    pub(super) fn columns(&self, name: &str, stream: &StreamPlan) -> Result<Row, String> {
        match self.bound.as_ref().and_then(|bound| bound.streams.get(name).or_else(|| bound.groups.get(name))) {
            Some(bound) => columns::of(bound),
            None => columns::arriving(stream),
        }
    }
}

/// Reads the connector; what is wrong with it is told on stderr.
pub(super) fn open(args: &ConnectorArgs, around: &Surroundings, ui: &mut Ui) -> Result<Connector, Exit> {
    let options = Options { allow_private: args.allow_private.clone() };
    if let Some(project) = target::project_with(&args.target, around, &options, ui)? {
        let (plan, bound) = project.plan(&args.target, ui)?;
        return Ok(Connector { plan, bound });
    }
    let path = target::document(Path::new(&args.target), ui)?;
    let (mut sources, mut report) = (Sources::default(), Report::default());
    let loaded = match plan::load(&path, &mut sources, &mut report, &options) {
        Ok(loaded) => loaded,
        Err(error) => {
            ui.error(&format!("`{}` can't be read: {error}", clean(&args.target)), None);
            return Err(Exit::Usage);
        }
    };
    match loaded.plan {
        Some(plan) if !report.has_errors() => {
            // Where nothing has to be given, the defaults say what will arrive.
            let plan = Arc::new(plan);
            let mut missing = Report::default();
            let bound = plan::bind(&plan, &Given::default(), &mut sources, &mut missing, &options);
            let bound = bound.filter(|_| !missing.has_errors()).map(Arc::new);
            Ok(Connector { plan, bound })
        }
        _ => {
            target::tell(&target::errors(&report), &sources, ui);
            Err(Exit::Invalid)
        }
    }
}
