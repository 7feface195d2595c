//! What follows a page, by the stream's own kind of paging.

use super::StreamRun;
use crate::components::answer::Answer;
use crate::components::pagination::{Next, Seen};
use crate::data::Value;
use crate::engine::asking::Asking;
use crate::engine::filter;
use crate::engine::got::Got;
use crate::expr::Scope;
use crate::fault::Fault;
use crate::state::Page;
use percent_encoding::percent_decode_str;

impl StreamRun {
    /// Runs something with a page as paging sees it.
    fn seen<R>(
        &self,
        page: &Page,
        got: &Got,
        asking: &Asking,
        run: impl FnOnce(&Seen<'_>, &dyn Scope) -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        let nowhere = url::Url::parse("weir:").expect("an address");
        let answer = Answer {
            status: got.status,
            headers: &got.headers,
            url: got.url.as_ref().unwrap_or(&nowhere),
            body: &got.rows.envelope,
        };
        let list = matches!(got.rows.list, Value::List(_)).then_some(&got.rows.list);
        let seen = Seen {
            page,
            answer,
            extracted: got.rows.extracted,
            received_before: asking.received,
            first: got.rows.first.as_ref(),
            last: got.rows.last.as_ref(),
            records: list,
            kept: got.rows.kept,
        };
        self.with_scope(asking, |scope| run(&seen, scope))
    }

    pub(in crate::engine) fn next(&self, page: &Page, got: &Got, asking: &Asking) -> Result<Next, Fault> {
        let next = self.seen(page, got, asking, |seen, scope| self.paginator.next(seen, scope))?;
        let Next::Page(mut to) = next else { return Ok(next) };
        if let Value::Text(token) = &to.token
            && let Some(bare) = self.without_secrets(token)
        {
            to.token = Value::Text(bare.into());
        }
        Ok(Next::Page(to))
    }

    /// Returns an address without credentials that the API sent back in it: it is kept in states, and each request brings
    /// its own.
    fn without_secrets(&self, address: &str) -> Option<String> {
        let (before, query) = address.split_once('?').filter(|_| !self.secret_query.is_empty())?;
        let is_secret = |pair: &&str| {
            let name = percent_decode_str(pair.split('=').next().unwrap_or_default()).decode_utf8_lossy().into_owned();
            self.secret_query.contains(&name) && self.mask.text(pair) != **pair
        };
        let kept: Vec<&str> = query.split('&').filter(|pair| !is_secret(pair)).collect();
        if kept.len() == query.split('&').count() {
            return None;
        }
        let mut bare = before.to_owned();
        if !kept.is_empty() {
            bare.push('?');
            bare.push_str(&kept.join("&"));
        }
        Some(bare)
    }

    pub(in crate::engine) fn ahead(&self, page: &Page, got: &Got, asking: &Asking) -> Vec<Page> {
        self.seen(page, got, asking, |seen, scope| Ok(self.paginator.ahead(seen, scope))).unwrap_or_default()
    }

    /// Returns what the API says there is in all.
    pub(in crate::engine) fn claimed(&self, page: &Page, got: &Got, asking: &Asking) -> Result<Option<u64>, Fault> {
        self.seen(page, got, asking, |seen, scope| {
            let said = self.expects.as_ref().map(|total| total.count(&seen.answer, scope)).transpose()?.flatten();
            Ok(said.or(self.paginator.claimed(seen, scope)?))
        })
    }

    /// Leaves out rows for which a condition of the user does not hold.
    pub(in crate::engine) fn keep_filtered(&self, got: &mut Got) -> Result<(), Fault> {
        if self.filters.is_empty() { Ok(()) } else { got.rows.retain(|batch| filter::mask(batch, &self.filters)) }
    }
}
