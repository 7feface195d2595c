//! What a page shows, and what comes after it: the order of rule 33, which all kinds share.

use super::{Bounds, Injection, PageValue};
use crate::components::answer::{Answer, Around, Records};
use crate::components::context::Late;
use crate::data::Value;
use crate::event::EndSign;
use crate::expr::shorthand::address::Address;
use crate::expr::{Root, Scope};
use crate::fault::{Fault, Kind};
use crate::state::Page;
use std::sync::Arc;

/// A page that was read.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    pub page: &'a Page,
    pub answer: Answer<'a>,
    /// Raw records on this page, before any filter.
    pub extracted: u64,
    /// Raw records of the pass before this page.
    pub received_before: u64,
    pub first: Option<&'a Value>,
    pub last: Option<&'a Value>,
    /// All raw records, a list; only needed where an expression reads `records` as a whole.
    pub records: Option<&'a Value>,
    /// Records that are left after filters.
    pub kept: u64,
}

/// What comes after a page.
#[derive(Debug)]
pub enum Next {
    Page(Page),
    /// The API gave a sign that there is no more.
    End(EndSign),
    /// The API gives no row beyond `cap`: the query begins again, with `window.start` at the last position.
    Restart,
    /// There is more and it can't be read, or nobody can tell. The pages so far count; the partition is incomplete.
    Refuse(Fault),
}

/// What a kind says comes after a page, before `until`, `while` and the bounds are asked.
#[derive(Debug)]
pub enum Following {
    Page {
        /// What the next page is asked by.
        token: Value,
        /// What conditions see as `page.next`.
        shown: Value,
    },
    End(EndSign),
}

impl Following {
    /// Reads a token as the next page: null, an empty text, `false` and absence mean that there is none (rule 33).
    pub(super) fn by(token: Value, none: EndSign) -> Self {
        match &token {
            Value::Absent | Value::Null | Value::Bool(false) => Following::End(none),
            Value::Text(text) if text.is_empty() => Following::End(none),
            _ => Following::Page { shown: token.clone(), token },
        }
    }
}

impl<'a> Seen<'a> {
    /// Returns the records of the pass including this page.
    pub fn received(&self) -> u64 {
        self.received_before.saturating_add(self.extracted)
    }

    /// Returns the scope of paging expressions: `page`, `records` and `response` over what surrounds the page.
    pub fn scope(&self, around: &'a dyn Scope, page: Value) -> Around<'a> {
        let records = match self.records {
            Some(all) => Records::All(all),
            None => Records::Ends { count: self.extracted, first: self.first, last: self.last },
        };
        Around::over(around).own(Root::PAGE, page).answer(&self.answer).records(records)
    }
}

/// Decides what comes after a page: `until`, then `while`, then the kind's own end, then the bounds (rule 33).
pub(super) fn decide(
    bounds: Option<&Bounds>,
    seen: &Seen<'_>,
    scope: &dyn Scope,
    page: Value,
    following: Result<Following, Fault>,
) -> Result<Next, Fault> {
    let mut goes_on = false;
    if let Some(bounds) = bounds.filter(|bounds| bounds.while_.is_some() || bounds.until.is_some()) {
        let next = match &following {
            Ok(Following::Page { shown, .. }) => shown.clone(),
            _ => Value::Absent,
        };
        let scope = seen.scope(scope, with_next(page, next));
        if let Some(until) = &bounds.until
            && until.holds(&seen.answer, &scope)?
        {
            return Ok(Next::End(EndSign::Condition));
        }
        if let Some(while_) = &bounds.while_ {
            if !while_.holds(&seen.answer, &scope)? {
                return Ok(Next::End(EndSign::Condition));
            }
            goes_on = true;
        }
    }
    let token = match following? {
        Following::Page { token, .. } => token,
        // Kinds that count end by what they counted; all others should have given a token.
        Following::End(EndSign::NoToken | EndSign::NoLink | EndSign::HasMoreFalse) if goes_on => {
            let message = "`while` says that there is more, but the answer does not say how to ask for it; \
                           look at `next`, or at the condition";
            return Ok(Next::Refuse(Fault::new(Kind::Source, "page", message)));
        }
        Following::End(sign) => return Ok(Next::End(sign)),
    };
    let index = seen.page.index.saturating_add(1);
    if let Some(most) = bounds.and_then(Bounds::most_pages)
        && index >= most
    {
        let message = format!("`max_pages: {most}` is reached and there is more; raise it or leave it out");
        return Ok(Next::Refuse(Fault::new(Kind::Source, "page", message)));
    }
    if let Some(cap) = bounds.and_then(Bounds::last_row)
        && seen.received().saturating_add(seen.extracted) > cap
    {
        return Ok(Next::Restart);
    }
    Ok(Next::Page(Page { index, token }))
}

/// Makes what expressions know as `page`.
pub(super) fn page_value(page: &Page, received: u64, number: i64, size: Option<u64>, cursor: Value) -> Value {
    let count = |count: u64| Value::Int(i64::try_from(count).unwrap_or(i64::MAX));
    let mut members: Vec<(Arc<str>, Value)> = vec![
        ("index".into(), count(page.index)),
        ("number".into(), Value::Int(number)),
        ("offset".into(), count(received)),
    ];
    members.extend(size.map(|size| ("size".into(), count(size))));
    if cursor != Value::Absent {
        members.push(("cursor".into(), cursor));
    }
    Value::Map(Arc::new(members))
}

fn with_next(page: Value, next: Value) -> Value {
    match page {
        Value::Map(members) if next != Value::Absent => {
            let mut members = (*members).clone();
            members.push(("next".into(), next));
            Value::Map(Arc::new(members))
        }
        other => other,
    }
}

impl PageValue {
    /// Names the member of `page`.
    pub fn member(self) -> &'static str {
        match self {
            PageValue::Cursor => "cursor",
            PageValue::Number => "number",
            PageValue::Offset => "offset",
            PageValue::Size => "size",
        }
    }
}

/// Lists what is written into the request for a page.
pub(super) fn writes<'a>(put: impl Iterator<Item = &'a Injection>, page: &Value) -> Vec<(Address, Value)> {
    let written = put.filter_map(|injection| {
        let at = Late::known(&injection.at)?;
        Some((at.clone(), page.member(injection.value.member()).clone()))
    });
    written.filter(|(_, value)| !matches!(value, Value::Absent | Value::Null)).collect()
}
