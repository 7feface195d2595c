//! Positions: how a stream reads only what is new.

mod positions;
mod token;
mod windows;

#[cfg(test)]
mod tests;

pub use positions::{Begin, Positions};
pub use token::TokenPosition;
pub use windows::Window;

use crate::components::context::{Cx, Late as Bound, Read, Tree};
use crate::components::forms::{Address, Duration, Late, Many, Name, Plain, Scalar, Short, Source, Text};
use crate::components::request::Message;
use crate::components::scope::{At, WindowScope};
use crate::components::setting::{setting, text};
use crate::components::settle::{Settle, Settler, words};
use crate::data::{self, Moment, TypeFlaw, When};
use crate::diagnostic::{Code, Diagnostic};
use crate::expr::shorthand;
use crate::expr::{Compiled, Expr as _, Member, Types};
use crate::text::Span;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// The column that is the position, or all settings.
pub type AnyIncremental = Short<Late<Text<Name>>, IncrementalSpec>;

/// How a stream reads only what is new: by a `field` of its rows, or by a `token` of the API's own.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Incremental")]
pub struct IncrementalSpec {
    /// The column that is the position.
    pub field: Option<Late<Text<Name>>>,
    /// Where the API gives its own position, instead of `field`.
    pub token: Option<Text<Source>>,
    /// Where the token is written.
    pub into: Option<Late<Text<Address>>>,
    /// The token's value without state.
    pub first: Option<Scalar>,
    /// Where reading begins without state.
    pub start: Option<Scalar>,
    /// Where reading ends, now unless given.
    pub end: Option<Scalar>,
    /// The order in which the API gives the rows.
    pub order: Option<Late<Order>>,
    /// How long one request's window is.
    pub window: Option<Late<Text<Duration>>>,
    /// The smallest step of the position.
    pub granularity: Option<Late<Text<Duration>>>,
    /// How far before the position reading begins again.
    pub lookback: Option<Late<Text<Duration>>>,
    /// The zone of calendar windows and of dates.
    pub timezone: Option<Late<Text<Plain>>>,
    /// How the position is written in requests and read in rows; the first writes, all read.
    pub format: Option<Late<Many<Text<Plain>>>>,
    /// The API can't filter: rows older than the position are left out here.
    pub client: Option<Late<bool>>,
    /// `window`: rows of a completely read window that did not come again are deleted.
    pub replace: Option<Late<Replace>>,
    /// One position for all partitions.
    pub shared: Option<Late<bool>>,
}

/// The order in which an API gives rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    Asc,
    Desc,
}

/// What is replaced as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Replace {
    Window,
}

setting! {
    Order: "enum(asc|desc)", TEXT, text;
    Replace: "enum(window)", TEXT, text;
}

/// How a stream reads only what is new, compiled.
#[derive(Debug, Clone)]
pub struct CursorPlan {
    pub by: By,
    pub start: Option<Tree>,
    pub end: Option<Tree>,
    pub order: Option<Bound<Order>>,
    pub window: Option<Bound<data::Duration>>,
    pub granularity: Option<Bound<data::Duration>>,
    pub lookback: Option<Bound<data::Duration>>,
    pub timezone: Option<Bound<String>>,
    pub format: Option<Bound<Vec<String>>>,
    pub client: Option<Bound<bool>>,
    pub replace_window: bool,
    pub shared: Option<Bound<bool>>,
}

/// What the position is.
#[derive(Debug, Clone)]
pub enum By {
    /// A column's value.
    Field { name: String, span: Span },
    /// A column that a param names.
    FieldOf(Arc<Compiled>),
    /// A token of the API's own.
    Token { read: Read, into: Option<Bound<shorthand::address::Address>>, first: Option<Tree>, span: Span },
}

impl CursorPlan {
    /// Says whether a request uses `window.last`, so that windows overlap (SEMANTICS rule 7).
    pub fn uses_last(message: &Message) -> bool {
        let mut uses = false;
        message.each_expr(&mut |compiled| {
            let source = compiled.source();
            uses |= compiled.uses().has("window")
                && ["window.last", "window['last']", "window[\"last\"]"].iter().any(|written| source.contains(written));
        });
        uses
    }
}

/// Reads the short form as the long one.
pub fn spec(written: &AnyIncremental) -> IncrementalSpec {
    match written {
        Short::Map(spec) => (**spec).clone(),
        Short::Other(field) => IncrementalSpec { field: Some(field.clone()), ..IncrementalSpec::default() },
    }
}

impl IncrementalSpec {
    /// Returns what is known of `window` in requests of the stream.
    pub fn scope(&self, types: Types, params: &[(String, Member)]) -> WindowScope {
        // A param that need not be given is no start either.
        let optional = |text: &str| {
            let inner = text.trim_start_matches("{{").trim_end_matches("}}").trim();
            let name = inner.strip_prefix("params.");
            name.is_some_and(|name| params.iter().any(|(known, member)| known == name && member.absent.is_some()))
        };
        let start_absent = match &self.start {
            None => true,
            Some(Scalar::Text(text)) => optional(&text.text),
            Some(_) => false,
        };
        WindowScope { start_absent: start_absent || self.token.is_some(), types }
    }

    pub fn compile(&self, cx: &mut Cx<'_>, holder: Span) -> Option<CursorPlan> {
        let before = std::mem::replace(&mut cx.late_at, At::Incremental);
        let plan = self.compile_here(cx, holder);
        cx.late_at = before;
        plan
    }

    fn compile_here(&self, cx: &mut Cx<'_>, holder: Span) -> Option<CursorPlan> {
        let by = self.by(cx, holder);
        let scalar = |cx: &mut Cx<'_>, written: &Option<Scalar>| {
            written.as_ref().and_then(|text| cx.scalar(text, At::Incremental, false))
        };
        let (start, end) = (scalar(cx, &self.start), scalar(cx, &self.end));
        let lasting = |cx: &mut Cx<'_>, written: &Option<Late<Text<Duration>>>| {
            written.as_ref().and_then(|text| cx.late(text, |cx, text| cx.lasting(text)))
        };
        let (window, granularity) = (lasting(cx, &self.window), lasting(cx, &self.granularity));
        let lookback = self.lookback.as_ref().and_then(|text| cx.late(text, |cx, text| cx.duration(text)));
        let timezone = self.timezone.as_ref().and_then(|zone| cx.late(zone, |cx, zone| time_zone(cx, zone)));
        let format = self
            .format
            .as_ref()
            .and_then(|format| cx.late(format, |cx, format| format.iter().map(|text| time_format(cx, text)).collect()));
        let plain = |cx: &mut Cx<'_>, written: &Option<Late<bool>>| {
            written.as_ref().and_then(|yes| cx.late(yes, |_, yes| Some(*yes)))
        };
        let replace = self.replace.as_ref().and_then(|replace| cx.late(replace, |_, replace| Some(*replace)));
        Some(CursorPlan {
            by: by?,
            start,
            end,
            order: self.order.as_ref().and_then(|order| cx.late(order, |_, order| Some(*order))),
            window,
            granularity,
            lookback,
            timezone,
            format,
            client: plain(cx, &self.client),
            replace_window: replace.is_some(),
            shared: plain(cx, &self.shared),
        })
    }

    fn by(&self, cx: &mut Cx<'_>, holder: Span) -> Option<By> {
        match (&self.field, &self.token) {
            (Some(Late::Other(name)), None) => Some(By::Field { name: name.text.clone(), span: name.span }),
            (Some(Late::Expr(text)), None) => cx.from_param::<Text<Name>>(text).map(By::FieldOf),
            (None, Some(token)) => {
                let read = cx.source(token, At::Paging);
                let into = self.into.as_ref().and_then(|into| cx.late(into, |cx, text| cx.address(text)));
                let first = self.first.as_ref().and_then(|first| cx.scalar(first, At::Incremental, false));
                Some(By::Token { read: read?, into, first, span: token.span })
            }
            (Some(_), Some(token)) => {
                cx.push(
                    Diagnostic::new(Code::E0613, token.span, "`field` and `token` exclude each other")
                        .help("a position is a column's value or the API's own token; keep one"),
                );
                None
            }
            (None, None) => {
                cx.push(
                    Diagnostic::new(Code::E0102, holder, "`incremental` needs `field` or `token`")
                        .help("`field: updated_at` names the column that is the position"),
                );
                None
            }
        }
    }
}

/// Checks a pattern that positions are written and read by (SEMANTICS rule 11).
fn time_format(cx: &mut Cx<'_>, format: &Text<Plain>) -> Option<String> {
    const WORDS: [&str; 5] = ["unix", "unix_ms", "unix_us", "rfc2822", "iso"];
    if WORDS.contains(&format.text.as_str()) {
        return Some(format.text.clone());
    }
    // What a pattern leaves out is nothing to complain of: `%Y-%m` asks for a month.
    let whole = Moment { when: When::Pattern(format!("{}%Y%m%d", format.text)), zone: None };
    let told = match data::Type::Date(whole).check() {
        _ if !format.text.contains('%') => format!("`{}` is no pattern", format.text),
        Err(TypeFlaw::Pattern(told) | TypeFlaw::Zone(told) | TypeFlaw::Type(told)) => told,
        Ok(()) => return Some(format.text.clone()),
    };
    cx.push(
        Diagnostic::new(Code::E0218, format.span, told)
            .help(format!("write a pattern such as `%Y-%m-%d %H:%M:%S`, or one of {}", WORDS.join(", "))),
    );
    None
}

fn time_zone(cx: &mut Cx<'_>, zone: &Text<Plain>) -> Option<String> {
    if jiff::tz::TimeZone::get(&zone.text).is_ok() {
        return Some(zone.text.clone());
    }
    cx.push(
        Diagnostic::new(Code::E0218, zone.span, format!("unknown time zone `{}`", zone.text))
            .help("write an IANA name such as `Europe/Berlin`, or `UTC`"),
    );
    None
}

words! { Order, "`asc` or `desc`", "asc" => Order::Asc, "desc" => Order::Desc }

impl Settle for CursorPlan {
    fn settle(&mut self, by: &mut Settler<'_>) {
        if let By::Token { read, into, .. } = &mut self.by {
            by.read(read);
            by.maybe(into);
        }
        by.maybe(&mut self.order);
        by.maybe(&mut self.window);
        by.maybe(&mut self.granularity);
        by.maybe(&mut self.lookback);
        by.maybe(&mut self.timezone);
        by.maybe(&mut self.format);
        by.maybe(&mut self.client);
        by.maybe(&mut self.shared);
    }
}
