//! How an API gives a list page by page.
//!
//! A new kind takes one file here, with its spec and its `compile`, and three lines in this one: the module, the
//! variant, and the arm that compiles it.

pub mod cursor;
pub mod last;
pub mod link;
pub mod none;
pub mod offset;
pub mod page;
pub mod relay;
mod seen;
mod signs;
pub mod url;

pub use seen::{Following, Next, Seen};

use crate::components::auth::RequestPlan;
use crate::components::choose::Chosen;
use crate::components::context::{Cx, Late, Read};
use crate::components::forms::{Address as AddressForm, Choose, Late as LateSpec, Source, Text, kinds};
use crate::components::scope::At;
use crate::components::setting::{Setting, setting, text};
use crate::components::settle::{Settle, Settler, words};
use crate::data::{Step, Value};
use crate::event::EndSign;
use crate::expr::Scope;
use crate::expr::shorthand::address::Address;
use crate::fault::Fault;
use crate::state::Page;
use crate::text::{Held, Span};
use schemars::JsonSchema;
use serde::Deserialize;
use std::fmt::Debug;
use std::sync::Arc;

/// How the API pages. One key names the kind.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Paginate", transform = kinds)]
pub enum PaginateSpec {
    None(Held<none::NoneSpec>),
    Link(Held<link::LinkSpec>),
    Url(Held<url::UrlSpec>),
    Cursor(Box<Held<cursor::CursorSpec>>),
    Page(Box<Held<page::PageSpec>>),
    Offset(Box<Held<offset::OffsetSpec>>),
    Last(Held<last::LastSpec>),
    Relay(Held<relay::RelaySpec>),
    /// The user picks the kind by a param.
    Choose(Box<Choose<PaginateSpec>>),
}

impl PaginateSpec {
    pub fn compile(&self, cx: &mut Cx<'_>) -> Option<Chosen<Paged>> {
        let (kind, span) = match self {
            PaginateSpec::None(spec) => (spec.compile(), spec.key),
            PaginateSpec::Link(spec) => (spec.compile(cx), spec.key),
            PaginateSpec::Url(spec) => (spec.compile(cx), spec.key),
            PaginateSpec::Cursor(spec) => (spec.compile(cx), spec.key),
            PaginateSpec::Page(spec) => (spec.compile(cx), spec.key),
            PaginateSpec::Offset(spec) => (spec.compile(cx), spec.key),
            PaginateSpec::Last(spec) => (spec.compile(cx), spec.key),
            PaginateSpec::Relay(spec) => (spec.compile(cx), spec.key),
            PaginateSpec::Choose(choose) => return cx.choose(choose, |cx, spec| spec.compile(cx)),
        };
        kind.map(|kind| Chosen::Is(Paged { kind, span }))
    }
}

/// A compiled kind and where it is named.
#[derive(Debug, Clone)]
pub struct Paged {
    pub kind: Arc<dyn Paginator>,
    pub span: Span,
}

/// A compiled kind of paging. It is immutable and shared by all partitions; what moves is the [`Page`].
///
/// Whoever reads asks for [`first`](Paginator::first), sends the request with [`writes`](Paginator::writes) or to
/// [`address`](Paginator::address), and shows what came to [`next`](Paginator::next).
pub trait Paginator: Send + Sync + Debug {
    /// The kind as authors write it.
    fn kind(&self) -> &'static str;

    /// Says what comes after a page by the kind's own signs.
    fn following(&self, seen: &Seen<'_>, scope: &dyn Scope) -> Result<Following, Fault>;

    /// Returns the page that a read begins with.
    fn first(&self) -> Page {
        Page::first()
    }

    /// Says what comes after a page: `until`, then `while`, then the kind's own end (SEMANTICS rule 33). An error rule
    /// that ends the partition is asked before.
    fn next(&self, seen: &Seen<'_>, scope: &dyn Scope) -> Result<Next, Fault> {
        let page = self.page_value(seen.page, seen.received_before);
        let following = self.following(seen, scope);
        seen::decide(self.bounds(), seen, scope, page, following)
    }

    /// Returns what expressions know as `page`; `received` counts the records of the pass before this page.
    fn page_value(&self, page: &Page, received: u64) -> Value {
        let number = i64::try_from(page.index).unwrap_or(i64::MAX).saturating_add(1);
        seen::page_value(page, received, number, None, page.token.clone())
    }

    /// Says whether the request for a page carries a value of it.
    fn sends(&self, page: &Page, value: PageValue) -> bool {
        let _ = (page, value);
        true
    }

    /// Lists what is written into the request for a page; what there is no value for is not written.
    fn writes(&self, page: &Page, received: u64) -> Vec<(Address, Value)> {
        let value = self.page_value(page, received);
        seen::writes(self.put().iter().filter(|put| self.sends(page, put.value)), &value)
    }

    /// Returns the whole address of a page, if that is what it is asked by. The stream's query is not added to it.
    fn address<'p>(&self, page: &'p Page) -> Option<&'p str> {
        let _ = page;
        None
    }

    /// Returns the request that asks for later pages, where it is another one than the first.
    fn further(&self) -> Option<&RequestPlan> {
        None
    }

    /// Returns the kind with its request for later pages changed; `None` if it has none of its own.
    fn with_further(&self, change: &mut dyn FnMut(&mut RequestPlan)) -> Option<Arc<dyn Paginator>> {
        let _ = change;
        None
    }

    /// Says whether the kind would find the records by itself, which no version can yet: they must be named.
    fn finds_records(&self) -> bool {
        false
    }

    /// Lists ways into the body that the kind looks at beside its [`reads`](Paginator::reads).
    fn ways(&self) -> Vec<Vec<Step>> {
        Vec::new()
    }

    /// Lists what later pages leave out of the first request.
    fn left_out(&self) -> &[Address] {
        &[]
    }

    /// Lists pages that may be asked at the same time, beginning with the next one.
    ///
    /// It is a guess: a page counts only if `next` of the page before it gives exactly this page.
    fn ahead(&self, seen: &Seen<'_>, scope: &dyn Scope) -> Vec<Page> {
        let _ = (seen, scope);
        Vec::new()
    }

    /// Says whether rows that come or go shift the pages: such a kind resumes only if the last page is still the same.
    fn drifts(&self) -> bool {
        false
    }

    /// Returns how many rows the answer says there are in all.
    fn claimed(&self, seen: &Seen<'_>, scope: &dyn Scope) -> Result<Option<u64>, Fault> {
        let _ = (seen, scope);
        Ok(None)
    }

    /// What the page's values are written into.
    fn put(&self) -> &[Injection] {
        &[]
    }

    /// The member of `page` that must reach the request, for the page to be another one.
    fn carries(&self) -> Option<&'static str> {
        None
    }

    /// Whether the kind brings a request of its own for the next page.
    fn continues(&self) -> bool {
        false
    }

    /// What is read of each answer to find the next page; what the bounds read stands in [`Bounds::reads`].
    fn reads(&self) -> Vec<&Read>;

    /// Returns the kind with everything decided that depends on params.
    fn settled(&self, by: &mut Settler<'_>) -> Arc<dyn Paginator>;

    /// Where it ends besides its own sign.
    fn bounds(&self) -> Option<&Bounds> {
        None
    }
}

/// A value of `page` that is written into each request.
#[derive(Debug, Clone)]
pub struct Injection {
    pub at: Late<Address>,
    pub value: PageValue,
    pub span: Span,
}

/// The values of `page`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageValue {
    Cursor,
    Number,
    Offset,
    Size,
}

/// Where paging ends besides a kind's own sign.
#[derive(Debug, Clone, Default)]
pub struct Bounds {
    pub while_: Option<Read>,
    pub until: Option<Read>,
    pub max_pages: Option<Late<u64>>,
    /// The last row that the API gives, and where that was written.
    pub cap: Option<(Late<u64>, Span)>,
    pub parallel: Option<Late<u32>>,
}

/// Whether the first request carries the page's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum First {
    Send,
    Omit,
}

/// Which page is the last one where the API says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndsBy {
    Empty,
    Short,
}

impl First {
    /// Says whether a page's request leaves the page's value out.
    fn omitted(first: Option<&Late<Self>>, page: &Page) -> bool {
        page.index == 0 && first.and_then(Late::known) == Some(&First::Omit)
    }
}

impl EndsBy {
    /// Returns the sign of the last page that its rows give.
    fn sign(ends: Option<&Late<Self>>, size: Option<&Late<u64>>, rows: u64) -> Option<EndSign> {
        let short = ends.and_then(Late::known) == Some(&EndsBy::Short);
        match size.and_then(Late::known) {
            _ if rows == 0 => Some(EndSign::EmptyPage),
            Some(size) if short && rows < *size => Some(EndSign::ShortPage),
            _ => None,
        }
    }
}

words! { First, "`send` or `omit`", "send" => First::Send, "omit" => First::Omit }
words! { EndsBy, "`empty` or `short`", "empty" => EndsBy::Empty, "short" => EndsBy::Short }

impl Settle for Paged {
    fn settle(&mut self, by: &mut Settler<'_>) {
        self.kind = self.kind.settled(by);
    }
}

impl Bounds {
    /// Lists what `while` and `until` read of each answer.
    pub fn reads(&self) -> Vec<&Read> {
        self.while_.iter().chain(&self.until).collect()
    }

    /// Returns the most pages of one partition.
    pub fn most_pages(&self) -> Option<u64> {
        self.max_pages.as_ref().and_then(Late::known).copied()
    }

    /// Returns the last row that the API gives.
    pub fn last_row(&self) -> Option<u64> {
        self.cap.as_ref().and_then(|(cap, _)| cap.known()).copied()
    }

    /// Returns how many pages may be asked at once.
    pub fn at_once(&self) -> u64 {
        self.parallel.as_ref().and_then(Late::known).copied().unwrap_or(1).into()
    }
}

impl Settle for Bounds {
    fn settle(&mut self, by: &mut Settler<'_>) {
        by.maybe_read(&mut self.while_);
        by.maybe_read(&mut self.until);
        by.maybe(&mut self.max_pages);
        if let Some((cap, span)) = self.cap.take() {
            let mut cap = Some(cap);
            by.maybe(&mut cap);
            self.cap = cap.map(|cap| (cap, span));
        }
        by.maybe(&mut self.parallel);
    }
}

/// Decides where the page's values are written; one whose param is not given is not written.
fn settle_injections(put: &mut Vec<Injection>, by: &mut Settler<'_>) {
    put.retain_mut(|injection| {
        let mut at = Some(injection.at.clone());
        by.maybe(&mut at);
        at.map(|at| injection.at = at).is_some()
    });
}

setting! {
    First: "enum(send|omit)", TEXT, text;
    EndsBy: "enum(empty|short)", TEXT, text;
}

/// Declares the settings of a kind and adds those that every kind has.
macro_rules! paged {
    ($(#[$meta:meta])* $spec:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }) => {
        #[derive(Debug, Clone, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        $(#[$meta])*
        pub struct $spec {
            $($(#[$field_meta])* pub $field: $type,)*
            /// Paging goes on as long as this holds.
            #[serde(rename = "while")]
            pub while_: Option<crate::components::forms::Text<crate::components::forms::Source>>,
            /// Paging stops as soon as this holds.
            pub until: Option<crate::components::forms::Text<crate::components::forms::Source>>,
            /// The most pages of one partition; reaching it is an incomplete read.
            #[schemars(transform = crate::components::forms::at_least_one)]
            pub max_pages: Option<crate::components::forms::Late<u64>>,
            /// The API gives no row beyond this one: the query restarts from the last cursor value.
            #[schemars(transform = crate::components::forms::at_least_one)]
            pub cap: Option<crate::text::Held<crate::components::forms::Late<u64>>>,
            /// How many pages may be asked at once; 1 is one after the other.
            #[schemars(transform = crate::components::forms::at_least_one)]
            pub parallel: Option<crate::components::forms::Late<u32>>,
        }

        impl $spec {
            pub(in crate::components::pagination) fn bounds(&self) -> crate::components::pagination::BoundsSpec<'_> {
                crate::components::pagination::BoundsSpec {
                    while_: self.while_.as_ref(),
                    until: self.until.as_ref(),
                    max_pages: self.max_pages.as_ref(),
                    cap: self.cap.as_ref(),
                    parallel: self.parallel.as_ref(),
                }
            }
        }
    };
}
pub(in crate::components::pagination) use paged;

/// The settings that every kind has, as written.
pub(in crate::components::pagination) struct BoundsSpec<'a> {
    while_: Option<&'a Text<Source>>,
    until: Option<&'a Text<Source>>,
    max_pages: Option<&'a LateSpec<u64>>,
    cap: Option<&'a Held<LateSpec<u64>>>,
    parallel: Option<&'a LateSpec<u32>>,
}

impl BoundsSpec<'_> {
    fn compile(&self, cx: &mut Cx<'_>) -> Bounds {
        let condition = |cx: &mut Cx<'_>, source: &Text<Source>| cx.condition_source(source, At::PagingEnd);
        Bounds {
            while_: self.while_.and_then(|source| condition(cx, source)),
            until: self.until.and_then(|source| condition(cx, source)),
            max_pages: self.max_pages.and_then(|count| number(cx, count)),
            cap: self.cap.and_then(|cap| Some((number(cx, &cap.value)?, cap.key))),
            parallel: self.parallel.and_then(|count| number(cx, count)),
        }
    }
}

/// Compiles a number that may come from a param.
fn number<N: Copy + Setting>(cx: &mut Cx<'_>, setting: &LateSpec<N>) -> Option<Late<N>> {
    cx.late(setting, |_, fixed| Some(*fixed))
}

/// Compiles where a value of the page is written; `None` if that does not hold.
fn injection(cx: &mut Cx<'_>, into: Option<&LateSpec<Text<AddressForm>>>, value: PageValue) -> Option<Vec<Injection>> {
    let Some(into) = into else { return Some(Vec::new()) };
    let span = match into {
        LateSpec::Expr(text) => text.span,
        LateSpec::Other(text) => text.span,
    };
    let at = cx.late(into, |cx, text| cx.address(text))?;
    Some(vec![Injection { at, value, span }])
}

#[cfg(test)]
mod tests;
