//! `paginate: last`: a value of the last record asks for the rows behind it.

use super::{Bounds, Injection, PageValue, Paginator, injection, paged, settle_injections};
use crate::components::context::{Cx, Read};
use crate::components::forms::{Address, Expr, Late as LateSpec, Text};
use crate::components::scope::At;
use crate::components::settle::{Settle as _, Settler};
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
