//! `paginate: offset`: the number of rows received so far asks for the next page.

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
use crate::state::Page;
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

    fn following(&self, seen: &Seen<'_>, scope: &dyn Scope) -> Result<Following, Fault> {
        // The API may give fewer rows than were asked for: what counts is what came (SEMANTICS rule 35).
        let next = offset(seen.page).saturating_add(seen.extracted);
        if self.claimed(seen, scope)?.is_some_and(|total| next >= total) {
            return Ok(Following::End(EndSign::Total));
        }
        if let Some(sign) = EndsBy::sign(self.ends.as_ref(), self.size.as_ref(), seen.extracted) {
            return Ok(Following::End(sign));
        }
        Ok(Following::Page { token: count(next), shown: count(next) })
    }

    fn page_value(&self, page: &Page, _: u64) -> Value {
        let offset = offset(page);
        let number = i64::try_from(page.index).unwrap_or(i64::MAX).saturating_add(1);
        page_value(page, offset, number, self.size.as_ref().and_then(Late::known).copied(), count(offset))
    }

    fn sends(&self, page: &Page, value: PageValue) -> bool {
        value == PageValue::Size || !First::omitted(self.first.as_ref(), page)
    }

    fn ahead(&self, seen: &Seen<'_>, scope: &dyn Scope) -> Vec<Page> {
        // A page that is not full says nothing of where the next ones begin.
        let size = self.size.as_ref().and_then(Late::known).copied();
        let Some(size) = size.filter(|size| *size == seen.extracted && self.bounds.at_once() > 1) else {
            return Vec::new();
        };
        let Ok(Some(total)) = self.claimed(seen, scope) else { return Vec::new() };
        let pages = (1..=self.bounds.at_once()).map(|step| {
            let token = offset(seen.page).saturating_add(size.saturating_mul(step));
            (seen.page.index.saturating_add(step), token)
        });
        let most = self.bounds.most_pages().unwrap_or(u64::MAX);
        let pages = pages.take_while(|(index, token)| *token < total && *index < most);
        pages.map(|(index, token)| Page { index, token: count(token) }).collect()
    }

    fn drifts(&self) -> bool {
        true
    }

    fn claimed(&self, seen: &Seen<'_>, scope: &dyn Scope) -> Result<Option<u64>, Fault> {
        let Some(total) = &self.total else { return Ok(None) };
        let page = self.page_value(seen.page, seen.received_before);
        total.count(&seen.answer, &seen.scope(scope, page))
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

/// Returns the rows before a page.
fn offset(page: &Page) -> u64 {
    if let Value::Int(offset) = page.token { u64::try_from(offset).unwrap_or(0) } else { 0 }
}

fn count(rows: u64) -> Value {
    Value::Int(i64::try_from(rows).unwrap_or(i64::MAX))
}
