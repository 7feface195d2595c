//! `paginate: page`: pages are counted.

use super::seen::page_value;
use super::{
    Bounds, EndsBy, First, Following, Injection, PageValue, Paginator, Seen, injection, number, paged,
    settle_injections,
};
use crate::components::context::{Cx, Late, Read};
use crate::components::forms::{Address, Late as LateSpec, Source, Text, at_least_one};
use crate::components::scope::At;
use crate::components::settle::{Settle as _, Settler};
use crate::data::Value;
use crate::event::EndSign;
use crate::expr::Scope;
use crate::fault::Fault;
use crate::state;
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

    fn following(&self, seen: &Seen<'_>, scope: &dyn Scope) -> Result<Following, Fault> {
        let asked = seen.page.index.saturating_add(1);
        // A number of pages below the one that holds records says something else.
        let pages = self.said(self.total_pages.as_ref(), seen, scope)?;
        let pages = pages.filter(|pages| *pages >= asked || seen.extracted == 0);
        if pages.is_some_and(|pages| asked >= pages)
            || self.claimed(seen, scope)?.is_some_and(|total| seen.received() >= total)
        {
            return Ok(Following::End(EndSign::Total));
        }
        if let Some(sign) = EndsBy::sign(self.ends.as_ref(), self.size.as_ref(), seen.extracted) {
            return Ok(Following::End(sign));
        }
        Ok(Following::Page { token: Value::Absent, shown: Value::Int(self.number(asked)) })
    }

    fn page_value(&self, page: &state::Page, received: u64) -> Value {
        let number = self.number(page.index);
        page_value(page, received, number, self.size.as_ref().and_then(Late::known).copied(), Value::Int(number))
    }

    fn sends(&self, page: &state::Page, value: PageValue) -> bool {
        value == PageValue::Size || !First::omitted(self.first.as_ref(), page)
    }

    fn ahead(&self, seen: &Seen<'_>, scope: &dyn Scope) -> Vec<state::Page> {
        let Some(pages) = self.pages(seen, scope) else { return Vec::new() };
        let next = seen.page.index.saturating_add(1);
        let end = next.saturating_add(self.bounds.at_once()).min(pages);
        let end = self.bounds.most_pages().map_or(end, |most| end.min(most));
        (next..end).map(|index| state::Page { index, token: Value::Absent }).collect()
    }

    fn drifts(&self) -> bool {
        true
    }

    fn claimed(&self, seen: &Seen<'_>, scope: &dyn Scope) -> Result<Option<u64>, Fault> {
        self.said(self.total.as_ref(), seen, scope)
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

impl Page {
    fn number(&self, index: u64) -> i64 {
        let start = self.start.as_ref().and_then(Late::known).copied().unwrap_or(1);
        start.saturating_add_unsigned(index)
    }

    /// Returns a count that the answer says.
    fn said(&self, read: Option<&Read>, seen: &Seen<'_>, scope: &dyn Scope) -> Result<Option<u64>, Fault> {
        let Some(read) = read else { return Ok(None) };
        let page = self.page_value(seen.page, seen.received_before);
        read.count(&seen.answer, &seen.scope(scope, page))
    }

    /// Returns how many pages there are, if pages may be asked at once and the answer says it.
    fn pages(&self, seen: &Seen<'_>, scope: &dyn Scope) -> Option<u64> {
        if self.bounds.at_once() <= 1 || seen.extracted == 0 {
            return None;
        }
        if let Some(pages) = self.said(self.total_pages.as_ref(), seen, scope).ok()? {
            return Some(pages);
        }
        // A page that is not full says nothing of how many rows the others hold.
        let size = self.size.as_ref().and_then(Late::known).copied().filter(|size| *size == seen.extracted)?;
        Some(self.claimed(seen, scope).ok()??.div_ceil(size))
    }
}
