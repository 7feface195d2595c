//! Where pages come from: HTTP, rows that are made up, or Rust code that an embedder registers. One call is one page.

mod generate;
mod http;

pub(super) use generate::Generated;
pub(super) use http::OverHttp;

use crate::components::decode::Documents;
use crate::components::pagination::Paginator;
use crate::data::Value;
use crate::expr::Scope;
use crate::fault::Fault;
use crate::http::{Body, Headers};
use crate::state::{Page, PartitionKey};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use std::sync::Arc;
use url::Url;

/// A source of rows. It keeps nothing between two calls: what moves is the page.
pub trait PageSource: Send + Sync {
    /// Gets one page.
    fn fetch<'a>(&'a self, ask: &'a Ask<'a>) -> BoxFuture<'a, Result<Fetched, Fault>>;

    /// How its pages follow each other, where that is not what the manifest says.
    fn paginator(&self) -> Option<Arc<dyn Paginator>> {
        None
    }
}

/// What is asked for.
pub struct Ask<'a> {
    pub stream: &'a str,
    pub partition: &'a PartitionKey,
    pub page: &'a Page,
    /// Records received before this page in the same pass.
    pub received: u64,
    /// `start`, `end` and `last` of the window, where the stream has positions.
    pub window: &'a Value,
    /// The names of a request, secrets among the params.
    pub scope: &'a (dyn Scope + Sync),
}

/// What a source gave.
pub struct Fetched {
    pub status: u16,
    pub headers: Headers,
    /// What relative addresses in the answer are relative to.
    pub url: Url,
    /// When the answer was made, by the source's clock.
    pub date: Option<Timestamp>,
    pub body: FetchedBody,
    /// Bytes on the wire.
    pub wire: u64,
    /// Requests that went out for it.
    pub requests: u32,
}

/// The body of an answer.
pub enum FetchedBody {
    /// As it came; the stream's decoder reads it.
    Whole(Bytes),
    /// Records as JSON, which no decoder has to read.
    Documents(Documents),
    /// It is long: what came so far, and the rest as it comes.
    Long(Bytes, Box<Body>),
}

impl Fetched {
    /// Makes a page of JSON that needed no request.
    pub fn records(json: impl Into<Bytes>) -> Self {
        Self::made(Documents::One(json.into()))
    }

    pub(in crate::engine) fn made(documents: Documents) -> Self {
        Self {
            status: 200,
            headers: Headers::default(),
            url: Url::parse("weir:").expect("an address"),
            date: None,
            body: FetchedBody::Documents(documents),
            wire: 0,
            requests: 0,
        }
    }
}
