//! `paginate: page`: pages are counted.

use super::{Bounds, EndsBy, First, Injection, PageValue, Paginator, injection, number, paged, settle_injections};
use crate::components::context::{Cx, Late, Read};
use crate::components::forms::{Address, Late as LateSpec, Source, Text, at_least_one};
use crate::components::scope::At;
use crate::components::settle::{Settle as _, Settler};
use std::sync::Arc;

paged! {
    /// Counts pages, `?page=1`, `?page=2`, until one comes back empty or the total is reached.
    #[schemars(rename = "PaginatePage")]
    PageSpec {
        /// Where the page number is written, for example `query.page`.
        into: Option<LateSpec<Text<Address>>>,
        /// The number of the first page, 1 unless given.
        start: Option<LateSpec<i64>>,
        /// Whether the first request carries the number.
        first: Option<LateSpec<First>>,
        /// How many rows a page holds.
        #[schemars(transform = at_least_one)]
        size: Option<LateSpec<u64>>,
        /// Where the size is written, for example `query.per_page`.
        size_into: Option<LateSpec<Text<Address>>>,
        /// Where the API says how many pages there are.
        total_pages: Option<Text<Source>>,
        /// Where the API says how many rows there are.
        total: Option<Text<Source>>,
        /// Which page is the last: an `empty` one, or already a `short` one.
        ends: Option<LateSpec<EndsBy>>,
    }
}

impl PageSpec {
    pub(super) fn compile(&self, cx: &mut Cx<'_>) -> Option<Arc<dyn Paginator>> {
        let (into, size_into) = (
            injection(cx, self.into.as_ref(), PageValue::Number),
            injection(cx, self.size_into.as_ref(), PageValue::Size),
        );
        let put = [into?, size_into?].concat();
        Some(Arc::new(Page {
            put,
            start: self.start.as_ref().and_then(|start| number(cx, start)),
            first: self.first.as_ref().and_then(|first| number(cx, first)),
            size: self.size.as_ref().and_then(|size| number(cx, size)),
            total_pages: self.total_pages.as_ref().and_then(|source| cx.source(source, At::Paging)),
            total: self.total.as_ref().and_then(|source| cx.source(source, At::Paging)),
            ends: self.ends.as_ref().and_then(|ends| number(cx, ends)),
            bounds: self.bounds().compile(cx),
        }))
    }
}

/// The kind, compiled.
#[derive(Debug, Clone)]
pub struct Page {
    pub put: Vec<Injection>,
    pub start: Option<Late<i64>>,
    pub first: Option<Late<First>>,
    pub size: Option<Late<u64>>,
    pub total_pages: Option<Read>,
    pub total: Option<Read>,
    pub ends: Option<Late<EndsBy>>,
    pub bounds: Bounds,
}

impl Paginator for Page {
    fn kind(&self) -> &'static str {
        "page"
    }

    fn put(&self) -> &[Injection] {
        &self.put
    }

    fn carries(&self) -> Option<&'static str> {
        Some("number")
    }

    fn settled(&self, by: &mut Settler<'_>) -> Arc<dyn Paginator> {
        let mut settled = self.clone();
        settle_injections(&mut settled.put, by);
        by.maybe(&mut settled.start);
        by.maybe(&mut settled.first);
        by.maybe(&mut settled.size);
        by.maybe(&mut settled.ends);
        by.maybe_read(&mut settled.total_pages);
        by.maybe_read(&mut settled.total);
        settled.bounds.settle(by);
        Arc::new(settled)
    }

    fn reads(&self) -> Vec<&Read> {
        self.total_pages.iter().chain(&self.total).collect()
    }

    fn bounds(&self) -> Option<&Bounds> {
        Some(&self.bounds)
    }
}
