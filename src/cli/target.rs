//! From TARGET to what can run: a manifest with params, or a connection of `weir.yaml`.

use super::Exit;
use super::destination;
use super::network::NetworkArgs;
use super::surroundings::Surroundings;
use super::targets;
use super::ui::Ui;
use crate::diagnostic::{Code, Diagnostic, Report, Severity, clean, render};
use crate::manifest::Document;
use crate::name::{is_name, listed, nearest};
use crate::plan::{self, Bound, Env, Given, GivenValue, Options, Plan, Project, bind};
use crate::text::Sources;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is read, and the params it is read with.
#[derive(clap::Args)]
pub(super) struct TargetArgs {
    /// A manifest, the folder of one, or a connection of the `weir.yaml` here.
    #[arg(value_name = "TARGET")]
    pub(super) target: String,
    /// Gives a param of the manifest. Secrets are given by variables: `SHOP_TOKEN`, in the environment or in `.env`.
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = pair)]
    params: Vec<(String, String)>,
}

impl TargetArgs {
    pub(super) fn new(target: &str, params: &[(String, String)]) -> Self {
        Self { target: target.to_owned(), params: params.to_vec() }
    }

    pub(super) fn params(&self) -> &[(String, String)] {
        &self.params
    }
}

/// A target that can run.
pub(super) struct Target {
    pub(super) bound: Arc<Bound>,
    /// State is kept under this name: the connection's, else the connector's.
    pub(super) connection: String,
    /// The project in this folder, if the target is a part of it.
    pub(super) project: Option<Project>,
}

/// Reads `name=value`.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write `name=value`".into()),
    }
}

/// Reads the target and binds it; what is missing or wrong is told on stderr.
pub(super) fn open(
    args: &TargetArgs,
    network: &NetworkArgs,
    around: &Surroundings,
    ui: &mut Ui,
) -> Result<Target, Exit> {
    let twice = |at: usize| args.params[..at].iter().any(|(name, _)| *name == args.params[at].0);
    if let Some(at) = (0..args.params.len()).find(|at| twice(*at)) {
        let told = format!("`--param {}` stands twice", clean(&args.params[at].0));
        ui.error(&told, Some("a param has one value; a list is written `a,b`"));
        return Err(Exit::Usage);
    }
    let options = network.options();
    if let Some(project) = project_with(&args.target, around, &options, ui)? {
        return project.connection(&args.target, &args.params, ui);
    }
    manifest(args, &options, around, ui)
}

/// Returns the destination, whose name may be one of the project's.
pub(super) fn destination(target: &Target, to: &str, ui: &mut Ui) -> Result<destination::Destination, Exit> {
    destination::open(to, target.project.as_ref(), ui)
}

/// Returns the project of the working folder if the target is a connection of it. A name that is nothing is told.
pub(super) fn project_with(
    name: &str,
    around: &Surroundings,
    options: &Options,
    ui: &mut Ui,
) -> Result<Option<OpenProject>, Exit> {
    if !is_name(name) {
        return Ok(None);
    }
    let Some(project) = project(around, options, ui)? else { return Ok(None) };
    if project.known.connections.contains_key(name) {
        return Ok(Some(project));
    }
    // A folder of that name may be meant.
    if Path::new(name).exists() {
        return Ok(None);
    }
    let known: Vec<&str> = project.known.connections.keys().map(String::as_str).collect();
    let help = match (nearest(name, known.iter().copied()), known.as_slice()) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, []) => "`weir.yaml` declares no connection".into(),
        (None, known) => format!("`weir.yaml` declares: {}", listed(known.iter().copied())),
    };
    ui.error(
        &format!("there is no file or folder `{}`, and no connection of that name", clean(name)),
        Some(&clean(&help)),
    );
    Err(Exit::Usage)
}

fn env(around: &Surroundings) -> Env {
    let dotenv = std::fs::read_to_string(".env").unwrap_or_default();
    Env::new(around.variables.iter().cloned(), &dotenv)
}

/// The project of the working folder, with what was found in it.
pub(super) struct OpenProject {
    pub(super) known: Project,
    sources: Sources,
    report: Report,
}

/// Reads the `weir.yaml` of the working folder, if there is one.
pub(super) fn project(around: &Surroundings, options: &Options, ui: &mut Ui) -> Result<Option<OpenProject>, Exit> {
    let Some(path) = ["weir.yaml", "weir.yml"].map(Path::new).into_iter().find(|path| path.is_file()) else {
        return Ok(None);
    };
    let (mut sources, mut report) = (Sources::default(), Report::default());
    match plan::check_project(path, &mut sources, &mut report, options, &env(around)) {
        Ok(Some(known)) => Ok(Some(OpenProject { known, sources, report })),
        Ok(None) => {
            let all: Vec<&Diagnostic> = report.sorted();
            tell(&all, &sources, ui);
            Err(Exit::Invalid)
        }
        Err(error) => {
            ui.error(&format!("`{}` can't be read: {error}", path.display()), None);
            Err(Exit::Usage)
        }
    }
}

impl OpenProject {
    /// Takes one connection of the project. What is wrong with others does not hinder it.
    pub(super) fn connection(self, name: &str, params: &[(String, String)], ui: &mut Ui) -> Result<Target, Exit> {
        if let Some((param, _)) = params.first() {
            let told =
                format!("the params of a connection stand in `weir.yaml`, `--param {}` is for manifests", clean(param));
            ui.error(&told, Some(&format!("write it below `connections.{}.params`", clean(name))));
            return Err(Exit::Usage);
        }
        let Some(connection) = self.known.connections.get(name) else {
            ui.error(&format!("`weir.yaml` has no connection `{}`", clean(name)), None);
            return Err(Exit::Usage);
        };
        self.check_manifest(name, ui)?;
        let errors = errors(&self.report);
        let Some(bound) = connection.bound.clone() else {
            let own = self.own(name, &errors);
            let told = if own.is_empty() { &errors } else { &own };
            if told.is_empty() {
                let all = self.report.sorted();
                tell(&all, &self.sources, ui);
            } else {
                tell(told, &self.sources, ui);
            }
            return Err(exit_of(told, Exit::Invalid));
        };
        Ok(Target { bound, connection: name.to_owned(), project: Some(self.known) })
    }

    /// Takes the plan of a connection, and what the connection makes of it if nothing is missing.
    pub(super) fn plan(self, name: &str, ui: &mut Ui) -> Result<(Arc<Plan>, Option<Arc<Bound>>), Exit> {
        self.check_manifest(name, ui)?;
        let connection = self.known.connections.get(name);
        let connector = connection.and_then(|connection| connection.connector.as_ref());
        if let (Some(connector), Some(connection)) = (connector, connection) {
            return Ok((Arc::clone(&connector.plan), connection.bound.clone()));
        }
        let errors = errors(&self.report);
        let own = self.own(name, &errors);
        tell(if own.is_empty() { &errors } else { &own }, &self.sources, ui);
        Err(Exit::Invalid)
    }

    /// Tells the errors of a connection's manifest.
    fn check_manifest(&self, name: &str, ui: &mut Ui) -> Result<(), Exit> {
        let connector = self.known.connections.get(name).and_then(|connection| connection.connector.as_ref());
        let Some(connector) = connector else { return Ok(()) };
        let mut broken = errors(&self.report);
        broken.retain(|found| Path::new(&self.sources.get(found.primary.source).name) == connector.path);
        if broken.is_empty() {
            return Ok(());
        }
        tell(&broken, &self.sources, ui);
        Err(Exit::Invalid)
    }

    /// Picks the findings between the key of a connection and whatever is declared next.
    fn own<'a>(&self, name: &str, errors: &[&'a Diagnostic]) -> Vec<&'a Diagnostic> {
        let project = &self.known;
        let begin = project.connections.get(name).map_or(0, |connection| connection.span.start);
        let connections = project.connections.values().map(|connection| connection.span.start);
        let destinations = project.destinations.values().map(|destination| destination.span.start);
        let syncs = project.syncs.values().map(|sync| sync.span.start);
        let end = connections.chain(destinations).chain(syncs).filter(|start| *start > begin).min().unwrap_or(u32::MAX);
        let inside = |found: &&&Diagnostic| {
            found.primary.source == project.source && (begin..end).contains(&found.primary.start)
        };
        errors.iter().filter(inside).copied().collect()
    }
}

fn manifest(args: &TargetArgs, options: &Options, around: &Surroundings, ui: &mut Ui) -> Result<Target, Exit> {
    let path = document(Path::new(&args.target), ui)?;
    let (mut sources, mut report) = (Sources::default(), Report::default());
    let plan = match plan::load(&path, &mut sources, &mut report, options) {
        Ok(loaded) => loaded.plan,
        Err(error) => {
            ui.error(&format!("`{}` can't be read: {error}", clean(&args.target)), None);
            return Err(Exit::Usage);
        }
    };
    let (false, Some(plan)) = (report.has_errors(), plan) else {
        let errors = errors(&report);
        tell(&errors, &sources, ui);
        return Err(Exit::Invalid);
    };
    let plan = Arc::new(plan);
    refuse_secrets(&plan, &args.params, ui)?;
    let env = env(around);
    let values = args
        .params
        .iter()
        .map(|(name, value)| GivenValue::as_text(name.as_str(), value.as_str(), format!("--param {name}")));
    let given = Given { values: values.collect(), env: Some(&env), ..Given::default() };
    let mut report = Report::default();
    let Some(bound) = bind(&plan, &given, &mut sources, &mut report, options) else {
        let errors = errors(&report);
        tell(&errors, &sources, ui);
        return Err(exit_of(&errors, Exit::Usage));
    };
    Ok(Target { connection: plan.connector.clone(), bound: Arc::new(bound), project: None })
}

/// Arguments are read by everyone on the machine and stay in the shell's history.
fn refuse_secrets(plan: &Plan, params: &[(String, String)], ui: &mut Ui) -> Result<(), Exit> {
    for (name, _) in params {
        if plan.params.get(name).is_some_and(|param| param.of.is_secret()) {
            let variable = plan::bind::variable(&plan.connector, name);
            ui.error(
                &format!("`{}` is a secret: everyone on this machine can read arguments", clean(name)),
                Some(&format!("set the variable `{}`, in the environment or in `.env`", clean(&variable))),
            );
            return Err(Exit::Usage);
        }
    }
    Ok(())
}

/// Finds the one manifest that a path stands for.
pub(super) fn document(path: &Path, ui: &mut Ui) -> Result<PathBuf, Exit> {
    let shown = clean(&path.display().to_string());
    let help = "a target is a manifest, the folder of one, or a connection of the `weir.yaml` here";
    let found = match targets::find(path) {
        Ok(found) => found,
        Err(told) => {
            ui.error(&clean(&told), Some(help));
            return Err(Exit::Usage);
        }
    };
    match found.as_slice() {
        [target] if target.kind == Document::Manifest => Ok(target.path.clone()),
        [_] => {
            ui.error(&format!("`{shown}` is no manifest"), Some(help));
            Err(Exit::Usage)
        }
        several => {
            let first = clean(&several[0].path.display().to_string());
            ui.error(&format!("there are several documents in `{shown}`"), Some(&format!("choose one: `{first}`")));
            Err(Exit::Usage)
        }
    }
}

pub(super) fn errors(report: &Report) -> Vec<&Diagnostic> {
    report.sorted().into_iter().filter(|found| found.severity == Severity::Error).collect()
}

pub(super) fn tell(found: &[&Diagnostic], sources: &Sources, ui: &mut Ui) {
    let drawn = render::text(found, sources, ui.aside_coloured());
    ui.aside(&drawn);
}

/// Says what to end with: what is missing or does not fit is the configuration's matter, anything else is not.
fn exit_of(errors: &[&Diagnostic], unknown: Exit) -> Exit {
    let config = |found: &&&Diagnostic| {
        matches!(found.code, Code::E0802 | Code::E0803 | Code::E0804 | Code::E0704 | Code::E0703)
    };
    match errors.iter().find(|found| !config(found)) {
        None => Exit::Config,
        Some(found) if found.code == Code::E0808 => unknown,
        Some(_) => Exit::Invalid,
    }
}
