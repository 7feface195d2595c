//! `paginate: url`: the answer holds the whole address of the next page.

use super::{Bounds, Following, Paginator, Seen, paged};
use crate::components::answer::Answer;
use crate::components::context::{Cx, Read};
use crate::components::forms::{Source, Text};
use crate::components::scope::At;
use crate::components::settle::{Settle as _, Settler};
use crate::data::Value;
use crate::event::EndSign;
use crate::expr::Scope;
use crate::fault::{Fault, Kind};
use crate::state::Page;
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

    fn following(&self, seen: &Seen<'_>, scope: &dyn Scope) -> Result<Following, Fault> {
        let page = self.page_value(seen.page, seen.received_before);
        let next = self.next.get(&seen.answer, &seen.scope(scope, page))?;
        resolve(&next, &seen.answer, EndSign::NoToken)
    }

    fn address<'p>(&self, page: &'p Page) -> Option<&'p str> {
        address(page)
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

/// Resolves the next address against the one just asked (RFC 3986), so that a page can be asked by it alone.
pub(super) fn resolve(next: &Value, answer: &Answer<'_>, none: EndSign) -> Result<Following, Fault> {
    let refused = |message: &str| Err(Fault::new(Kind::Source, "page", message));
    let Following::Page { token, .. } = Following::by(next.clone(), none) else { return Ok(Following::End(none)) };
    let Value::Text(text) = &token else {
        return refused("the address of the next page is no text; look at `next`");
    };
    let Ok(mut resolved) = answer.url.join(text.trim()) else {
        return refused("the address of the next page is no address; look at `next`");
    };
    if !matches!(resolved.scheme(), "http" | "https")
        || !resolved.username().is_empty()
        || resolved.password().is_some()
    {
        return refused("the address of the next page is none that can be asked: it must be `https://host/…`");
    }
    resolved.set_fragment(None);
    let token = Value::Text(resolved.as_str().into());
    Ok(Following::Page { shown: token.clone(), token })
}

/// Returns the address that a page is asked by; the first page has none.
pub(super) fn address(page: &Page) -> Option<&str> {
    match &page.token {
        Value::Text(address) => Some(address),
        _ => None,
    }
}
