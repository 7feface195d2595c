//! The documents that authors write: the manifest, its tests, the project file.
//!
//! A document comes in as a tree with spans and leaves as typed specs plus the findings of the structural check.
//! Nothing here knows what a template means.

mod action;
mod connector;
mod discovery;
mod dynamic;
mod field;
mod foreign;
mod get;
mod graph;
mod merge;
mod param;
mod project;
mod schema;
mod stream;
mod structure;
mod test;

pub use action::{ActionSpec, AnyAction, BatchSpec, Effect, InputSpec, WriteResultSpec, WriteSpec};
pub use connector::{AnyOnce, BaseSpec, CheckSpec, ManifestSpec, OnceSpec};
pub use discovery::SchemaSpec;
pub use dynamic::DynamicSpec;
pub use field::{FieldSpec, FieldsSpec};
pub use get::{AnyGet, GetSpec};
pub use graph::{EndSpec, EntitySpec, RelationshipSpec};
pub use merge::merge;
pub use param::{ChoiceSpec, ParamSpec};
pub use project::{
    ConnectionSpec, Deletes, DestinationSpec, FolderSpec, Mode, PostgresSpec, ProjectSpec, SyncSpec, SyncStreamSpec,
    SyncStreams,
};
pub use schema::Document;
pub use stream::{
    AnyStream, BadRecordsSpec, Case, ChangesSpec, FileSpec, FromSpec, PushdownSpec, StreamSpec, UnknownFields,
};
pub use structure::{check as check_structure, to_json};
pub use test::{ExchangeSpec, ExpectSpec, StepSpec, TestSpec};
