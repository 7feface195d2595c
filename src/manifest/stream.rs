//! A stream: its list request and everything that is known of its rows.

use crate::components::auth::{AnyRequest, AuthSpec};
use crate::components::cursor::AnyIncremental;
use crate::components::forms::{
    Address, Duration, Expr, Late, Many, Name, OptionalPlace, Place, Plain, Pushdown, Request, Scalar, Short, Source,
    Template, Text, Type, at_least_one, kinds,
};
use crate::components::job::JobSpec;
use crate::components::limits::CacheSpec;
use crate::components::pagination::PaginateSpec;
use crate::components::partition::ForEachSpec;
use crate::components::records::RecordsSpec;
use crate::components::request::request_shape;
use crate::components::transform::TransformSpec;
use crate::manifest::discovery::SchemaSpec;
use crate::manifest::get::AnyGet;
use crate::manifest::{AnyAction, EntitySpec, FieldsSpec, RelationshipSpec, WriteSpec};
use crate::text::{Held, Named};
use schemars::JsonSchema;
use serde::Deserialize;

/// `METHOD /path`, or a stream written out.
pub type AnyStream = Short<Text<Request>, StreamSpec>;

request_shape! {
    /// A stream. Its list request is all it needs.
    #[schemars(rename = "Stream")]
    StreamSpec {
        Option<AnyRequest>,
        /// Its name for people.
        title: Option<Text<Plain>>,
        /// What its rows are.
        description: Option<Text<Plain>>,
        /// Where it is documented.
        docs: Option<Text<Plain>>,
        /// Words to find it by.
        tags: Option<Vec<Text<Plain>>>,
        /// The place of the records in the answer, `$` unless given; or a shape.
        records: Option<RecordsSpec>,
        /// Whether a raw record is kept.
        filter: Option<Text<Template>>,
        /// Whether a raw record says that its row was deleted.
        deleted: Option<Held<Text<Template>>>,
        /// What is done to a record before it is typed, in order.
        #[schemars(extend("examples" = [[{ "remove": ["internal"] }]]))]
        transform: Option<Vec<TransformSpec>>,
        /// Column names are the API's names in another case.
        case: Option<Case>,
        /// Typed columns.
        fields: Option<FieldsSpec>,
        /// What becomes of members that no column took.
        unknown_fields: Option<UnknownFields>,
        /// What becomes of records that do not fit.
        bad_records: Option<BadRecordsSpec>,
        /// The primary key: a column or a list.
        #[schemars(extend("examples" = ["id", ["account_id", "id"]]))]
        key: Option<Late<Many<Text<Plain>>>>,
        /// How the API pages.
        #[schemars(extend("examples" = [{ "cursor": { "next": "$.meta.next", "into": "query.after" } }, "link", "none"]))]
        paginate: Option<Held<PaginateSpec>>,
        /// How only what is new is read.
        #[schemars(extend("examples" = ["updated_at"]))]
        incremental: Option<Held<AnyIncremental>>,
        /// What the stream is read for, one after the other.
        #[schemars(extend("examples" = [{ "account": "accounts" }]))]
        for_each: Option<Held<Named<ForEachSpec>>>,
        /// The stream exists only if this over `params` holds.
        when: Option<Text<Expr>>,
        /// Not to be selected; it serves as a parent.
        hidden: Option<bool>,
        /// Streams that must have ended before.
        needs: Option<Many<Text<Name>>>,
        /// Takes its records from another stream's answers or records.
        from: Option<Held<FromSpec>>,
        /// A job or session around the request.
        job: Option<Held<JobSpec>>,
        /// The request for one row by its key.
        get: Option<AnyGet>,
        /// `get`: rows of the list are completed one by one.
        hydrate: Option<Held<Hydrate>>,
        /// Another request once there is a state.
        changes: Option<Held<ChangesSpec>>,
        /// What the API can do for filters.
        pushdown: Option<PushdownSpec>,
        /// Where the API describes its own fields.
        schema: Option<Held<SchemaSpec>>,
        /// Files beside the rows.
        file: Option<Held<FileSpec>>,
        /// Too many columns for one request: it is asked in parts.
        chunk: Option<Held<ChunkSpec>>,
        /// What a complete read looks like.
        expect: Option<ExpectRowsSpec>,
        /// Rows without requests.
        generate: Option<Held<GenerateSpec>>,
        /// What a row is in the graph.
        entity: Option<EntitySpec>,
        /// What a row connects in the graph.
        relationships: Option<Vec<RelationshipSpec>>,
        /// Writes on this stream's objects.
        actions: Option<Named<AnyAction>>,
        /// How rows are written to this stream.
        write: Option<Held<WriteSpec>>,
        /// Streams of one lane run one after another.
        lane: Option<Text<Name>>,
        /// What is kept of earlier answers.
        cache: Option<CacheSpec>,
        /// Names for types, added to the connector's.
        types: Option<Named<Text<Type>>>,
    }
}

/// In which case the API writes the names of the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Case {
    Camel,
    Pascal,
    Kebab,
}

/// What becomes of members that no column took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnknownFields {
    /// One JSON column, `_rest`.
    Keep,
    /// A column each.
    Add,
    /// They are left out.
    Drop,
    /// The record is refused.
    Fail,
}

/// What becomes of records that do not fit.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "BadRecords", transform = kinds)]
pub enum BadRecordsSpec {
    /// They are kept apart and counted.
    Quarantine(QuarantineSpec),
    /// The partition fails.
    Fail,
}

/// Settings of `quarantine`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Quarantine")]
pub struct QuarantineSpec {
    /// More than this many fail the stream.
    pub max: Option<Late<u64>>,
}

/// Which stream gives the records.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "From", transform = kinds)]
pub enum FromSpec {
    /// Each answer of that stream.
    Response(Text<Name>),
    /// Each record of that stream.
    Record(FromRecordSpec),
}

/// Records inside the records of another stream.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "FromRecord")]
pub struct FromRecordSpec {
    /// The stream.
    pub stream: Text<Name>,
    /// The name its columns have here.
    #[serde(rename = "as")]
    pub as_: Text<Name>,
    /// Where its record holds the first page of this stream.
    pub page: Option<Text<OptionalPlace>>,
}

/// What completes the rows of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Hydrate {
    Get,
}

request_shape! {
    /// Another request once there is a state: a feed of events.
    #[schemars(rename = "Changes")]
    ChangesSpec {
        Text<Request>,
        /// The place of the changes, the stream's own unless given.
        records: Option<RecordsSpec>,
        /// The place of the row in a change.
        record: Option<Text<Place>>,
        /// Whether a change says that its row was deleted.
        deleted: Option<Text<Template>>,
        /// The position in the feed; `field` is a member of the change.
        incremental: Option<AnyIncremental>,
        /// How the feed pages, as the stream unless given.
        paginate: Option<PaginateSpec>,
        /// How long the API keeps changes; an older position reads the list again.
        retain: Option<Late<Text<Duration>>>,
    }
}

/// What the API can do for SQL, `--where` and agents.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Pushdown")]
pub struct PushdownSpec {
    /// Columns that the API can filter by, and where the value is written.
    pub filters: Option<Named<Many<Text<Pushdown>>>>,
    /// Where the column to sort by is written.
    pub sort: Option<Text<Address>>,
    /// Where the number of wanted rows is written.
    pub limit: Option<Text<Address>>,
}

/// Files beside the rows: a request, or content that is already there.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "File")]
pub struct FileSpec {
    /// The request that gives the bytes.
    pub request: Option<AnyRequest>,
    /// The bytes themselves, instead of a request.
    pub content: Option<Text<Expr>>,
    /// Only rows for which this holds have a file.
    pub when: Option<Text<Template>>,
    /// The file's name.
    pub name: Option<Text<Template>>,
    /// What changes when the file does.
    pub version: Option<Text<Template>>,
    /// The largest file that is taken.
    pub max: Option<Late<Text<crate::components::forms::Size>>>,
}

/// Too many columns for one request.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Chunk")]
pub struct ChunkSpec {
    /// How many columns one request asks for; the parts are joined by key.
    #[schemars(transform = at_least_one)]
    pub fields: Late<u32>,
}

/// What a complete read looks like.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ExpectRows")]
pub struct ExpectRowsSpec {
    /// Where the API says how many rows there are.
    pub total: Option<Text<Source>>,
    /// The least number of rows.
    pub min: Option<Scalar>,
    /// The greatest number of rows.
    pub max: Option<Scalar>,
}

/// Rows without requests.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Generate")]
pub struct GenerateSpec {
    /// How many rows.
    pub rows: Late<u64>,
    /// The same seed gives the same rows.
    pub seed: Option<Late<u64>>,
}
