//! The project file `weir.yaml`: connections, destinations, syncs.

use crate::components::forms::{Duration, Many, Name, Plain, Short, Text, kinds};
use crate::text::{Named, Node};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use std::borrow::Cow;

/// A project: which connectors are used with which params, and where their rows go.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Project")]
pub struct ProjectSpec {
    /// An editor's pointer to this schema.
    #[serde(rename = "$schema")]
    pub schema: Option<Text<Plain>>,
    /// Params that several connections `use`.
    pub shared: Option<Named<Named<Node>>>,
    /// Connectors with their params.
    pub connections: Option<Named<ConnectionSpec>>,
    /// Where rows go.
    pub destinations: Option<Named<DestinationSpec>>,
    /// What is read from where to where.
    pub syncs: Option<Named<SyncSpec>>,
}

/// A connector with its params.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Connection")]
pub struct ConnectionSpec {
    /// A folder, a manifest, or a package `github@^1`.
    pub connector: Text<Plain>,
    /// Shared params that it takes.
    #[serde(rename = "use")]
    pub use_: Option<Many<Text<Name>>>,
    /// Its params; `${VAR}`, `${file:path}` and `${secret:name}` are read here.
    pub params: Option<Named<Node>>,
    /// What it is for.
    pub description: Option<Text<Plain>>,
}

/// Where rows go. One key names the kind.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Destination", transform = kinds)]
pub enum DestinationSpec {
    /// A folder of JSON lines.
    Jsonl(Short<Text<Plain>, FolderSpec>),
    /// A folder of CSV files.
    Csv(Short<Text<Plain>, FolderSpec>),
    /// A folder of Parquet files.
    Parquet(Short<Text<Plain>, FolderSpec>),
    /// A folder of Arrow IPC files.
    Arrow(Short<Text<Plain>, FolderSpec>),
    /// A SQLite file.
    Sqlite(Short<Text<Plain>, FolderSpec>),
    /// A PostgreSQL database.
    Postgres(Short<Text<Plain>, PostgresSpec>),
}

/// A place in the file system.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Folder")]
pub struct FolderSpec {
    /// The file or folder.
    pub path: Text<Plain>,
}

/// A PostgreSQL database.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Postgres")]
pub struct PostgresSpec {
    /// Its address.
    pub url: Text<Plain>,
    /// The schema that takes the tables, `public` unless given.
    pub schema: Option<Text<Plain>>,
}

/// What is read from where to where.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Sync")]
pub struct SyncSpec {
    /// The connection.
    pub from: Text<Name>,
    /// The destination.
    pub to: Text<Name>,
    /// The streams, all unless given.
    pub streams: Option<SyncStreams>,
    /// How rows meet those that are there.
    pub mode: Option<Mode>,
    /// What becomes of deleted rows.
    pub deletes: Option<Deletes>,
    /// Whether an empty read may replace a table.
    pub allow_empty: Option<bool>,
    /// What stands before each table's name.
    pub prefix: Option<Text<Plain>>,
    /// How often it runs.
    pub every: Option<Text<Duration>>,
}

/// The streams of a sync: names, or names with settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename = "$by_shape", rename_all = "snake_case")]
pub enum SyncStreams {
    List(Vec<Text<Plain>>),
    Other(Named<SyncStreamSpec>),
}

impl JsonSchema for SyncStreams {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "SyncStreams".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (name, settings) =
            (generator.subschema_for::<Text<Plain>>(), generator.subschema_for::<Named<SyncStreamSpec>>());
        json_schema!({ "anyOf": [{ "type": "array", "items": name }, settings] })
    }
}

/// Settings of one stream of a sync.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SyncStream")]
pub struct SyncStreamSpec {
    /// How rows meet those that are there.
    pub mode: Option<Mode>,
    /// The columns that are read, all unless given.
    pub columns: Option<Vec<Text<Plain>>>,
    /// The table, the stream's name unless given.
    pub table: Option<Text<Plain>>,
    /// What becomes of deleted rows.
    pub deletes: Option<Deletes>,
    /// Whether an empty read may replace the table.
    pub allow_empty: Option<bool>,
}

/// How rows meet those that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    Upsert,
    Replace,
    Append,
}

/// What becomes of deleted rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Deletes {
    Hard,
    Mark,
}
