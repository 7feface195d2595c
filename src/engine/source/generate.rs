//! Rows that are made up: `generate`.

use super::{Ask, Fetched, PageSource};
use crate::components::context::Read;
use crate::components::decode::Documents;
use crate::components::pagination::{Following, Paginator, Seen};
use crate::components::settle::Settler;
use crate::data::Value;
use crate::engine::rows::Generator;
use crate::event::EndSign;
use crate::expr::Scope;
use crate::fault::Fault;
use futures_util::future::BoxFuture;
use std::sync::Arc;

/// Makes pages of a thousand rows; the same seed gives the same rows.
pub(in crate::engine) struct Generated(pub Generator);

impl PageSource for Generated {
    fn fetch<'a>(&'a self, ask: &'a Ask<'a>) -> BoxFuture<'a, Result<Fetched, Fault>> {
        let documents = self.0.page(ask.page.index).unwrap_or_else(|| Documents::One("[]".into()));
        Box::pin(async move { Ok(Fetched::made(documents)) })
    }

    fn paginator(&self) -> Option<Arc<dyn Paginator>> {
        Some(Arc::new(Counted { pages: self.0.pages() }))
    }
}

/// So many pages and no more.
#[derive(Debug)]
struct Counted {
    pages: u64,
}

impl Paginator for Counted {
    fn kind(&self) -> &'static str {
        "generate"
    }

    fn following(&self, seen: &Seen<'_>, _: &dyn Scope) -> Result<Following, Fault> {
        let next = seen.page.index + 1;
        let token = Value::Int(i64::try_from(next).unwrap_or(i64::MAX));
        Ok(if next < self.pages {
            Following::Page { shown: token.clone(), token }
        } else {
            Following::End(EndSign::Condition)
        })
    }

    fn settled(&self, _: &mut Settler<'_>) -> Arc<dyn Paginator> {
        Arc::new(Counted { pages: self.pages })
    }

    fn reads(&self) -> Vec<&Read> {
        Vec::new()
    }
}
