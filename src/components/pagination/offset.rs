//! `paginate: offset`: the number of rows received so far asks for the next page.

use super::{Bounds, EndsBy, First, Injection, PageValue, Paginator, injection, number, paged, settle_injections};
use crate::components::context::{Cx, Late, Read};
use crate::components::forms::{Address, Late as LateSpec, Source, Text, at_least_one};
use crate::components::scope::At;
use crate::components::settle::{Settle as _, Settler};
use std::sync::Arc;

paged! {
    /// Sends how many rows were received, `?offset=0`, `?offset=100`.
    #[schemars(rename = "PaginateOffset")]
    OffsetSpec {
        /// Where the offset is written, for example `query.offset`.
        into: Option<LateSpec<Text<Address>>>,
        /// Whether the first request carries the offset.
        first: Option<LateSpec<First>>,
        /// How many rows a page holds.
        #[schemars(transform = at_least_one)]
        size: Option<LateSpec<u64>>,
        /// Where the size is written, for example `query.limit`.
        size_into: Option<LateSpec<Text<Address>>>,
        /// Where the API says how many rows there are.
        total: Option<Text<Source>>,
        /// Which page is the last: an `empty` one, or already a `short` one.
        ends: Option<LateSpec<EndsBy>>,
    }
}

impl OffsetSpec {
    pub(super) fn compile(&self, cx: &mut Cx<'_>) -> Option<Arc<dyn Paginator>> {
        let (into, size_into) = (
            injection(cx, self.into.as_ref(), PageValue::Offset),
            injection(cx, self.size_into.as_ref(), PageValue::Size),
        );
        let put = [into?, size_into?].concat();
        Some(Arc::new(Offset {
            put,
            first: self.first.as_ref().and_then(|first| number(cx, first)),
            size: self.size.as_ref().and_then(|size| number(cx, size)),
            total: self.total.as_ref().and_then(|source| cx.source(source, At::Paging)),
            ends: self.ends.as_ref().and_then(|ends| number(cx, ends)),
            bounds: self.bounds().compile(cx),
        }))
    }
}

/// The kind, compiled.
#[derive(Debug, Clone)]
pub struct Offset {
    pub put: Vec<Injection>,
    pub first: Option<Late<First>>,
    pub size: Option<Late<u64>>,
    pub total: Option<Read>,
    pub ends: Option<Late<EndsBy>>,
    pub bounds: Bounds,
}

impl Paginator for Offset {
    fn kind(&self) -> &'static str {
        "offset"
    }

    fn put(&self) -> &[Injection] {
        &self.put
    }

    fn carries(&self) -> Option<&'static str> {
        Some("offset")
    }

    fn settled(&self, by: &mut Settler<'_>) -> Arc<dyn Paginator> {
        let mut settled = self.clone();
        settle_injections(&mut settled.put, by);
        by.maybe(&mut settled.first);
        by.maybe(&mut settled.size);
        by.maybe(&mut settled.ends);
        by.maybe_read(&mut settled.total);
        settled.bounds.settle(by);
        Arc::new(settled)
    }

    fn reads(&self) -> Vec<&Read> {
        self.total.iter().collect()
    }

    fn bounds(&self) -> Option<&Bounds> {
        Some(&self.bounds)
    }
}
