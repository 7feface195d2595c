//! `paginate: none`: the API gives everything in one answer.

use super::{Following, Next, Paginator, Seen, signs};
use crate::components::context::Read;
use crate::components::settle::Settler;
use crate::data::Step;
use crate::event::EndSign;
use crate::expr::Scope;
use crate::fault::{Fault, Kind};
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

/// A single page: `paginate: none`, and streams that say nothing of pages.
#[derive(Debug, Clone, Copy)]
pub struct SinglePage;

impl Paginator for SinglePage {
    fn kind(&self) -> &'static str {
        "none"
    }

    fn following(&self, _: &Seen<'_>, _: &dyn Scope) -> Result<Following, Fault> {
        Ok(Following::End(EndSign::SinglePage))
    }

    /// A single page that says there is more is no complete read (SEMANTICS rule 34).
    fn next(&self, seen: &Seen<'_>, _: &dyn Scope) -> Result<Next, Fault> {
        let Some(sign) = signs::more(&seen.answer, seen.received()) else { return Ok(Next::End(EndSign::SinglePage)) };
        let message = format!("{sign}, but the stream is read as one page; say how the API pages with `paginate`");
        Ok(Next::Refuse(Fault::new(Kind::Source, "page", message)))
    }

    fn ways(&self) -> Vec<Vec<Step>> {
        signs::ways()
    }

    fn settled(&self, _: &mut Settler<'_>) -> Arc<dyn Paginator> {
        Arc::new(SinglePage)
    }

    fn reads(&self) -> Vec<&Read> {
        Vec::new()
    }
}
