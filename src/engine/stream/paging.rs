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
        self.seen(page, got, asking, |seen, scope| self.paginator.next(seen, scope))
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
