//! `paginate: link`: the `Link` header of RFC 8288 names the next page.

use super::{Bounds, Paginator, paged};
use crate::components::context::{Cx, Late, Read};
use crate::components::forms::{Late as LateSpec, Plain, Text};
use crate::components::settle::{Settle as _, Settler};
use std::sync::Arc;

paged! {
    /// Follows the `Link` header.
    #[schemars(rename = "PaginateLink")]
    LinkSpec {
        /// The relation to follow, `next` unless given.
        rel: Option<LateSpec<Text<Plain>>>,
    }
}

impl LinkSpec {
    pub(super) fn compile(&self, cx: &mut Cx<'_>) -> Option<Arc<dyn Paginator>> {
        let rel = self.rel.as_ref().and_then(|rel| cx.late(rel, |_, rel| Some(rel.text.clone())));
        Some(Arc::new(Link { rel, bounds: self.bounds().compile(cx) }))
    }
}

/// The kind, compiled.
#[derive(Debug, Clone)]
pub struct Link {
    pub rel: Option<Late<String>>,
    pub bounds: Bounds,
}

impl Paginator for Link {
    fn kind(&self) -> &'static str {
        "link"
    }

    fn settled(&self, by: &mut Settler<'_>) -> Arc<dyn Paginator> {
        let mut settled = self.clone();
        by.maybe(&mut settled.rel);
        settled.bounds.settle(by);
        Arc::new(settled)
    }

    fn reads(&self) -> Vec<&Read> {
        Vec::new()
    }

    fn bounds(&self) -> Option<&Bounds> {
        Some(&self.bounds)
    }
}
