//! `weir ls`.

mod partitions;

use crate::cli::Exit;
use crate::cli::arguments::Format;
use crate::cli::columns;
use crate::cli::connector::{self, Connector, ConnectorArgs};
use crate::cli::surroundings::Surroundings;
use crate::cli::table::Table;
use crate::cli::target::pair;
use crate::cli::ui::Ui;
use crate::components::cursor::By;
use crate::components::partition::{EachPlan, Over};
use crate::diagnostic::clean;
use crate::plan::{Key, Source, StreamPlan};
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// Lists the streams of a connector.
///
/// For each: title, key, the column or token by which only what is new is read, the streams it is read for, what is
/// read again after an interruption, and whether it reads and writes.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  weir ls manifests/github              the streams
  weir ls manifests/github --columns    with their columns
  weir ls shop --partitions             a connection of `weir.yaml`, and what its streams are read for
  weir ls manifests/github --format json | jq '.streams[].name'

RESUME: an interrupted read begins again at its page, its window, or its partition.
ACCESS: r is read, w takes rows or has the actions that are named.
A hidden stream serves other streams and is not selected. A template makes streams that the API
names.")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    connector: ConnectorArgs,
    /// Lists the columns of each stream.
    #[arg(long)]
    columns: bool,
    /// Lists the partitions of each stream, as far as they are known without a request.
    #[arg(long)]
    partitions: bool,
    /// Gives a param, where partitions come from params.
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = pair, requires = "partitions")]
    params: Vec<(String, String)>,
}

pub(super) fn run(args: &Args, ui: &mut Ui, around: &Surroundings) -> Exit {
    if args.partitions {
        return partitions::run(args, ui, around).unwrap_or_else(|exit| exit);
    }
    let connector = match connector::open(&args.connector, around, ui) {
        Ok(connector) => connector,
        Err(exit) => return exit,
    };
    match args.connector.format {
        Format::Json | Format::Yaml => ui.value(args.connector.format, &json(&connector, args.columns)),
        Format::Text if args.columns => ui.result(&with_columns(&connector, ui.width)),
        Format::Text => ui.result(&table(&connector, ui.width)),
    }
    Exit::Ok
}

/// Lists the streams, then the templates of streams; `true` marks a template.
fn entries(connector: &Connector) -> impl Iterator<Item = (&str, &StreamPlan, bool)> {
    let plan = &connector.plan;
    let streams = plan.streams.iter().map(|(name, stream)| (name.as_str(), &**stream, false));
    streams.chain(plan.groups.iter().map(|group| (group.name.as_str(), &*group.stream, true)))
}

fn label(name: &str, stream: &StreamPlan, template: bool) -> String {
    let mark = if template { " (template)" } else { "" };
    let hidden = if stream.hidden { " (hidden)" } else { "" };
    format!("{name}{mark}{hidden}")
}

fn table(connector: &Connector, width: Option<usize>) -> String {
    let heading = ["STREAM", "TITLE", "KEY", "INCREMENTAL", "PARENTS", "RESUME", "ACCESS"];
    let mut table = Table::new(&heading, &[1, 6, 4, 2, 3]);
    for (name, stream, template) in entries(connector) {
        table.row([
            label(name, stream, template),
            stream.title.clone().unwrap_or_default(),
            key(stream).join(", "),
            incremental(stream).unwrap_or_default(),
            parents(connector, name, stream).join(", "),
            stream.resume.word().to_owned(),
            access(stream),
        ]);
    }
    let mut out = table.draw("", width);
    let actions: Vec<&str> = connector.plan.actions.keys().map(String::as_str).collect();
    if !actions.is_empty() {
        out.extend(["\nactions: ", &clean(&actions.join(", ")), "\n"]);
    }
    out
}

fn with_columns(connector: &Connector, width: Option<usize>) -> String {
    let mut told = Vec::new();
    for (name, stream, template) in entries(connector) {
        let title = stream.title.as_ref().map(|title| format!(": {title}")).unwrap_or_default();
        let head = clean(&format!("{}{title}", label(name, stream, template)));
        let body = match connector.columns(name, stream) {
            Err(why) => format!("  {}\n", clean(&why)),
            Ok(row) => {
                let mut table = Table::new(&["COLUMN", "TYPE", "REQUIRED", "REFERS TO", "DESCRIPTION"], &[4, 1]);
                for column in &row.columns {
                    let refers = column.refers_to.as_ref().map(|(stream, column)| format!("{stream}.{column}"));
                    table.row([
                        column.name.clone(),
                        column.of.to_string(),
                        if column.required { "yes".into() } else { String::new() },
                        refers.unwrap_or_default(),
                        column.description.clone().unwrap_or_default(),
                    ]);
                }
                let more = if row.open { "  … and one for each further member of a record\n" } else { "" };
                format!("{}{more}", table.draw("  ", width))
            }
        };
        told.push(format!("{head}\n{body}"));
    }
    told.join("\n")
}

fn json(connector: &Connector, columns: bool) -> Value {
    let plan = &connector.plan;
    let (mut streams, mut templates) = (Vec::new(), Vec::new());
    for (name, stream, template) in entries(connector) {
        let told = json_stream(connector, name, stream, columns);
        if template { &mut templates } else { &mut streams }.push(told);
    }
    json!({
        "connector": plan.connector,
        "version": plan.version,
        "title": plan.title,
        "description": plan.description,
        "streams": streams,
        "templates": templates,
        "actions": plan.actions.keys().collect::<Vec<_>>(),
    })
}

fn json_stream(connector: &Connector, name: &str, stream: &StreamPlan, columns: bool) -> Value {
    let mut told = Map::new();
    let mut tell = |key: &str, value: Value| told.insert(key.into(), value);
    tell("name", name.into());
    tell("title", json!(stream.title));
    tell("description", json!(stream.description));
    tell("key", json!(key(stream)));
    tell("incremental", json!(incremental(stream)));
    tell("parents", json!(parents(connector, name, stream)));
    tell("resume", stream.resume.word().into());
    tell("reads", reads(stream).into());
    tell("writes", stream.extras.write.is_some().into());
    tell("actions", json!(stream.extras.actions.keys().collect::<Vec<_>>()));
    tell("hidden", stream.hidden.into());
    if columns {
        match connector.columns(name, stream) {
            Ok(row) => {
                tell("columns", row.columns.iter().map(columns::Arriving::json).collect());
                tell("further_columns", row.open.into());
            }
            Err(why) => {
                tell("columns", Value::Null);
                tell("why_no_columns", why.into());
            }
        }
    }
    Value::Object(told)
}

fn key(stream: &StreamPlan) -> Vec<String> {
    match &stream.key {
        Key::From(compiled) => {
            vec![columns::param(compiled).map_or("by a param".into(), |param| format!("params.{param}"))]
        }
        key => key.names().into_iter().map(str::to_owned).collect(),
    }
}

fn incremental(stream: &StreamPlan) -> Option<String> {
    match stream.cursor.as_ref().map(|cursor| &cursor.by) {
        Some(By::Field { name, .. }) => Some(name.clone()),
        Some(By::FieldOf(compiled)) => {
            Some(columns::param(compiled).map_or("by a param".into(), |param| format!("params.{param}")))
        }
        Some(By::Token { .. }) => Some("(token)".into()),
        None => stream.changes.as_ref().map(|_| "(changes)".into()),
    }
}

/// Lists the streams that must be read for this one: its parents, and the stream it takes its records from.
fn parents(connector: &Connector, name: &str, stream: &StreamPlan) -> Vec<String> {
    let group = connector.plan.groups.iter().filter(|group| group.name == name);
    let outer = group.flat_map(|group| group.each.iter()).flat_map(streams_of);
    let own = stream.parents().into_iter().chain(stream.taken_from()).map(|(name, _)| name);
    let mut all: Vec<String> = outer.chain(own).map(str::to_owned).collect();
    let mut known = HashSet::new();
    all.retain(|name| known.insert(name.clone()));
    all
}

fn streams_of(each: &EachPlan) -> impl Iterator<Item = &str> {
    let streams: &[_] = match &each.over {
        Over::Streams(parent) => &parent.streams,
        Over::Values(_) => &[],
    };
    streams.iter().map(|(name, _)| name.as_str())
}

fn reads(stream: &StreamPlan) -> bool {
    !matches!(stream.source, Source::Broken)
}

fn access(stream: &StreamPlan) -> String {
    let r = if reads(stream) { "r" } else { "" };
    let w = if stream.extras.write.is_some() || !stream.extras.actions.is_empty() { "w" } else { "" };
    let actions = if stream.extras.actions.is_empty() {
        String::new()
    } else {
        format!(" {}", stream.extras.actions.keys().map(String::as_str).collect::<Vec<_>>().join(", "))
    };
    format!("{r}{w}{actions}")
}
