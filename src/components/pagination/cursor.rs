//! `paginate: cursor`: each answer gives a token that asks for the next page.

use super::{Bounds, Following, Injection, PageValue, Paginator, Seen, injection, paged, settle_injections};
use crate::components::auth::{RequestPlan, RequestSpec};
use crate::components::context::{Cx, Read};
use crate::components::forms::{Address as AddressForm, Late as LateSpec, Request, Short, Source, Text};
use crate::components::scope::At;
use crate::components::settle::{Settle as _, Settler};
use crate::event::EndSign;
use crate::expr::Scope;
use crate::expr::shorthand::address::Address;
use crate::fault::Fault;
use std::sync::Arc;

paged! {
    /// Sends the token that the page before gave. The first request sends none.
    #[schemars(rename = "PaginateCursor")]
    CursorSpec {
        /// Where the token of the next page stands, for example `$.meta.next`.
        next: Text<Source>,
        /// Where the token is written, for example `query.after`.
        into: Option<LateSpec<Text<AddressForm>>>,
        /// The request that asks for the next page, where it is another one than the first.
        #[serde(rename = "continue")]
        continue_: Option<Short<Text<Request>, RequestSpec>>,
        /// Addresses of the first request that later ones leave out.
        drop: Option<Vec<Text<AddressForm>>>,
    }
}

impl CursorSpec {
    pub(super) fn compile(&self, cx: &mut Cx<'_>) -> Option<Arc<dyn Paginator>> {
        let put = injection(cx, self.into.as_ref(), PageValue::Cursor);
        let drop = self.drop.iter().flatten().filter_map(|text| cx.address(text)).collect();
        let mut scopes = cx.scopes.clone();
        scopes.further = true;
        let continues = cx.within(scopes, |cx| self.continue_.as_ref().map(|request| request.compile(cx, At::Request)));
        let bounds = self.bounds().compile(cx);
        let next = cx.source(&self.next, At::Paging)?;
        let continues = match continues {
            Some(request) => Some(request?),
            None => None,
        };
        Some(Arc::new(Cursor { next, put: put?, continues, drop, bounds }))
    }
}

/// The kind, compiled.
#[derive(Debug, Clone)]
pub struct Cursor {
    pub next: Read,
    pub put: Vec<Injection>,
    pub continues: Option<RequestPlan>,
    pub drop: Vec<Address>,
    pub bounds: Bounds,
}

impl Paginator for Cursor {
    fn kind(&self) -> &'static str {
        "cursor"
    }

    fn put(&self) -> &[Injection] {
        &self.put
    }

    fn carries(&self) -> Option<&'static str> {
        Some("cursor")
    }

    fn continues(&self) -> bool {
        self.continues.is_some()
    }

    fn following(&self, seen: &Seen<'_>, scope: &dyn Scope) -> Result<Following, Fault> {
        let page = self.page_value(seen.page, seen.received_before);
        let token = self.next.get(&seen.answer, &seen.scope(scope, page))?;
        Ok(Following::by(token, EndSign::NoToken))
    }

    fn further(&self) -> Option<&RequestPlan> {
        self.continues.as_ref()
    }

    fn with_further(&self, change: &mut dyn FnMut(&mut RequestPlan)) -> Option<Arc<dyn Paginator>> {
        let mut changed = self.clone();
        change(changed.continues.as_mut()?);
        Some(Arc::new(changed))
    }

    fn left_out(&self) -> &[Address] {
        &self.drop
    }

    fn settled(&self, by: &mut Settler<'_>) -> Arc<dyn Paginator> {
        let mut settled = self.clone();
        by.read(&mut settled.next);
        settle_injections(&mut settled.put, by);
        settled.continues.settle(by);
        settled.bounds.settle(by);
        Arc::new(settled)
    }

    fn reads(&self) -> Vec<&Read> {
        vec![&self.next]
    }

    fn bounds(&self) -> Option<&Bounds> {
        Some(&self.bounds)
    }
}
