//! `paginate: url`: the answer holds the whole address of the next page.

use super::{Bounds, Paginator, paged};
use crate::components::context::{Cx, Read};
use crate::components::forms::{Source, Text};
use crate::components::scope::At;
use crate::components::settle::{Settle as _, Settler};
use std::sync::Arc;

paged! {
    /// Follows an address in the answer.
    #[schemars(rename = "PaginateUrl")]
    UrlSpec {
        /// Where the next address stands, for example `$.next`.
        next: Text<Source>,
    }
}

impl UrlSpec {
    pub(super) fn compile(&self, cx: &mut Cx<'_>) -> Option<Arc<dyn Paginator>> {
        let bounds = self.bounds().compile(cx);
        Some(Arc::new(Url { next: cx.source(&self.next, At::Paging)?, bounds }))
    }
}

/// The kind, compiled.
#[derive(Debug, Clone)]
pub struct Url {
    pub next: Read,
    pub bounds: Bounds,
}

impl Paginator for Url {
    fn kind(&self) -> &'static str {
        "url"
    }

    fn settled(&self, by: &mut Settler<'_>) -> Arc<dyn Paginator> {
        let mut settled = self.clone();
        by.read(&mut settled.next);
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
