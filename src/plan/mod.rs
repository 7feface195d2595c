//! What a manifest compiles to, and what a connection makes of it.
//!
//! [`Plan::compile`] knows no params, no secrets and no clock: it checks the whole document and gives an immutable plan.
//! `bind` types the params that a connection gives and decides what depends on them. The checks that look across the
//! document stand in `checks/`, one file a rule.

mod aliases;
mod beside;
pub mod bind;
mod built;
mod checks;
mod columns;
mod compile;
mod connect;
mod discovery;
mod extras;
mod hidden;
pub mod hosts;
mod known;
mod load;
mod names;
mod outside;
mod params;
pub mod project;
mod stream;
mod testfile;

pub use beside::{ICON_BYTES, load};
pub use bind::{Bound, BoundBase, BoundStream, Env, Given, GivenValue, Origins, Vault, bind};
pub use columns::{Column, Columns, Origin};
pub use connect::{connect, connect_text};
pub use discovery::{DiscoveredType, Discovery};
pub use extras::{Extras, FilePlan, WritePlan};
pub use load::{Loaded, Options, document, load_text, manifest_file, read_bytes};
pub use params::Param;
pub use project::{Project, check_project};
pub use stream::{BadRecords, Cache, Changes, Expect, Key, Resume, Source, StreamPlan};

use crate::components::auth::{AuthPlan, RequestPlan};
use crate::components::choose::Chosen;
use crate::expr::Compiled;
use crate::text::Span;
use indexmap::IndexMap;
use std::sync::Arc;

/// A compiled manifest: immutable, shared, without params, secrets or clock.
#[derive(Debug)]
pub struct Plan {
    pub connector: String,
    pub version: Option<String>,
    pub title: Option<String>,
    pub description: Option<String>,
    pub base: Base,
    pub hosts: Vec<crate::expr::shorthand::host::Host>,
    pub params: IndexMap<String, Param>,
    pub auth: Option<Chosen<AuthPlan>>,

    pub once: Vec<(String, OncePlan)>,
    pub streams: IndexMap<String, Arc<StreamPlan>>,
    pub groups: Vec<Group>,
    pub actions: IndexMap<String, Action>,
    pub check: Check,
}

/// The base address of all requests.
#[derive(Debug, Clone)]
pub enum Base {
    /// Only whole addresses are asked.
    None,
    One(Arc<Compiled>),
    /// The user picks by the param `base`.
    Named(Vec<(String, Arc<Compiled>)>),
}

/// Values fetched once a run.
#[derive(Debug)]
pub struct OncePlan {
    pub request: RequestPlan,
    pub columns: Columns,
}

/// Streams made from a template and a list.
#[derive(Debug)]
pub struct Group {
    pub name: String,
    pub each: Vec<crate::components::partition::EachPlan>,
    pub stream_name: Arc<Compiled>,
    pub clash: Option<Arc<Compiled>>,
    pub stream: Arc<StreamPlan>,
}

/// A write.
#[derive(Debug, Clone)]
pub struct Action {
    pub request: RequestPlan,
    pub effect: crate::manifest::Effect,
    pub span: Span,
}

/// What proves the connection.
#[derive(Debug, Clone)]
pub enum Check {
    /// The first stream that can be asked by itself.
    Default,
    Streams(Vec<String>),
    Request(Box<RequestPlan>),
}
