//! `paginate: none`: the API gives everything in one answer.

use super::Paginator;
use crate::components::context::Read;
use crate::components::settle::Settler;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// The API does not page: one request, one page.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PaginateNone")]
pub struct NoneSpec {}

impl NoneSpec {
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "every kind compiles alike")]
    pub(super) fn compile(&self) -> Option<Arc<dyn Paginator>> {
        Some(Arc::new(SinglePage))
    }
}

#[derive(Debug)]
struct SinglePage;

impl Paginator for SinglePage {
    fn kind(&self) -> &'static str {
        "none"
    }

    fn settled(&self, _: &mut Settler<'_>) -> Arc<dyn Paginator> {
        Arc::new(SinglePage)
    }

    fn reads(&self) -> Vec<&Read> {
        Vec::new()
    }
}
