//! `paginate: last`: a value of the last record asks for the rows behind it.

use super::{Bounds, Following, Injection, PageValue, Paginator, Seen, injection, paged, settle_injections};
use crate::components::context::{Cx, Read};
use crate::components::forms::{Address, Expr, Late as LateSpec, Text};
use crate::components::scope::At;
use crate::components::settle::{Settle as _, Settler};
use crate::event::EndSign;
use crate::expr::Scope;
use crate::fault::{Fault, Kind};
use std::sync::Arc;

paged! {
    /// Sends a value of the last record, for example its id.
    #[schemars(rename = "PaginateLast")]
    LastSpec {
        /// The value, for example `{{ records[-1].id }}`.
        value: Text<Expr>,
        /// Where the value is written, for example `query.starting_after`.
        into: Option<LateSpec<Text<Address>>>,
    }
}

impl LastSpec {
    pub(super) fn compile(&self, cx: &mut Cx<'_>) -> Option<Arc<dyn Paginator>> {
        let put = injection(cx, self.into.as_ref(), PageValue::Cursor);
        let bounds = self.bounds().compile(cx);
        let value = Read::Expr(cx.whole(&self.value, At::Paging, false)?);
        Some(Arc::new(Last { value, put: put?, bounds }))
    }
}

/// The kind, compiled.
#[derive(Debug, Clone)]
pub struct Last {
    pub value: Read,
    pub put: Vec<Injection>,
    pub bounds: Bounds,
}

impl Paginator for Last {
    fn kind(&self) -> &'static str {
        "last"
    }

    fn put(&self) -> &[Injection] {
        &self.put
    }

    fn carries(&self) -> Option<&'static str> {
        Some("cursor")
    }

    fn following(&self, seen: &Seen<'_>, scope: &dyn Scope) -> Result<Following, Fault> {
        if seen.extracted == 0 {
            return Ok(Following::End(EndSign::EmptyPage));
        }
        let page = self.page_value(seen.page, seen.received_before);
        let value = self.value.get(&seen.answer, &seen.scope(scope, page))?;
        match Following::by(value, EndSign::NoToken) {
            // Only an empty page says that there is no more.
            Following::End(_) => {
                let message = "the last record has no value to ask for the next page by; look at `value`";
                Err(Fault::new(Kind::Source, "page", message).with("in", self.value.shown()))
            }
            following @ Following::Page { .. } => Ok(following),
        }
    }

    fn settled(&self, by: &mut Settler<'_>) -> Arc<dyn Paginator> {
        let mut settled = self.clone();
        settle_injections(&mut settled.put, by);
        by.read(&mut settled.value);
        settled.bounds.settle(by);
        Arc::new(settled)
    }

    fn reads(&self) -> Vec<&Read> {
        vec![&self.value]
    }

    fn bounds(&self) -> Option<&Bounds> {
        Some(&self.bounds)
    }
}
