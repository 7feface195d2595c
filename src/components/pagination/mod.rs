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
pub mod url;

use crate::components::choose::Chosen;
use crate::components::context::{Cx, Late, Read};
use crate::components::forms::{Address as AddressForm, Choose, Late as LateSpec, Source, Text, kinds};
use crate::components::scope::At;
use crate::components::setting::{Setting, setting, text};
use crate::components::settle::{Settle, Settler, words};
use crate::expr::shorthand::address::Address;
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

/// A compiled kind of paging. It is immutable and shared by all partitions.
pub trait Paginator: Send + Sync + Debug {
    /// The kind as authors write it.
    fn kind(&self) -> &'static str;

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

    /// What is read of each answer to find the next page.
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

words! { First, "`send` or `omit`", "send" => First::Send, "omit" => First::Omit }
words! { EndsBy, "`empty` or `short`", "empty" => EndsBy::Empty, "short" => EndsBy::Short }

impl Settle for Paged {
    fn settle(&mut self, by: &mut Settler<'_>) {
        self.kind = self.kind.settled(by);
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
