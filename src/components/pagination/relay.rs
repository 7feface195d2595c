//! `paginate: relay`: a GraphQL connection with `pageInfo`.

use super::{Bounds, Following, Injection, PageValue, Paginator, Seen, injection, paged, settle_injections};
use crate::components::context::{Cx, Late, Read};
use crate::components::forms::{Address as AddressForm, Late as LateSpec, Place, Text};
use crate::components::settle::{Settle as _, Settler};
use crate::data::Value;
use crate::event::EndSign;
use crate::expr::Scope;
use crate::expr::place::{self, Path};
use crate::expr::shorthand::address::Address;
use crate::expr::shorthand::address::Step;
use crate::fault::{Fault, Kind};
use crate::text::Span;
use std::sync::Arc;

paged! {
    /// Pages through a GraphQL connection by `pageInfo.endCursor`.
    #[schemars(rename = "PaginateRelay")]
    RelaySpec {
        /// The connection, for example `$.data.issues`.
        connection: LateSpec<Text<Place>>,
        /// Where the cursor is written, `variables.after` unless given.
        into: Option<LateSpec<Text<AddressForm>>>,
    }
}

impl RelaySpec {
    pub(super) fn compile(&self, cx: &mut Cx<'_>) -> Option<Arc<dyn Paginator>> {
        let put = injection(cx, self.into.as_ref(), PageValue::Cursor);
        let mut put = put?;
        if self.into.is_none() {
            let at = Late::Is(Address::Variables(vec![Step::Member("after".into())]));
            put.push(Injection { at, value: PageValue::Cursor, span: Span::default() });
        }
        let bounds = self.bounds().compile(cx);
        let connection = cx.late(&self.connection, |cx, text| cx.place(text))?;
        let info = PageInfo::of(&connection);
        Some(Arc::new(Relay { connection, info, put, bounds }))
    }
}

/// The kind, compiled.
#[derive(Debug, Clone)]
pub struct Relay {
    pub connection: Late<Arc<dyn Path>>,
    /// Known as soon as the connection is.
    pub info: Option<PageInfo>,
    pub put: Vec<Injection>,
    pub bounds: Bounds,
}

/// Where a connection says whether there is more and how to ask for it.
#[derive(Debug, Clone)]
pub struct PageInfo {
    pub more: Read,
    pub end: Read,
}

impl PageInfo {
    pub(super) fn of(connection: &Late<Arc<dyn Path>>) -> Option<Self> {
        let at = |member: &str| {
            place::compile(&format!("{}.pageInfo.{member}", connection.known()?.text())).ok().map(Read::Place)
        };
        Some(Self { more: at("hasNextPage")?, end: at("endCursor")? })
    }
}

impl Paginator for Relay {
    fn kind(&self) -> &'static str {
        "relay"
    }

    fn finds_records(&self) -> bool {
        true
    }

    fn put(&self) -> &[Injection] {
        &self.put
    }

    fn carries(&self) -> Option<&'static str> {
        Some("cursor")
    }

    fn following(&self, seen: &Seen<'_>, scope: &dyn Scope) -> Result<Following, Fault> {
        let missing = |member: &str| {
            let message = format!(
                "the answer has no `pageInfo.{member}` in the connection; \
                 ask for `pageInfo {{ hasNextPage endCursor }}`, or mend `connection`"
            );
            Fault::new(Kind::Source, "page", message)
        };
        let Some(info) = &self.info else { return Err(missing("hasNextPage")) };
        match info.more.get(&seen.answer, scope)? {
            Value::Bool(false) => Ok(Following::End(EndSign::HasMoreFalse)),
            Value::Bool(true) => match Following::by(info.end.get(&seen.answer, scope)?, EndSign::NoToken) {
                Following::End(_) => Err(missing("endCursor")),
                following @ Following::Page { .. } => Ok(following),
            },
            _ => Err(missing("hasNextPage")),
        }
    }

    fn settled(&self, by: &mut Settler<'_>) -> Arc<dyn Paginator> {
        let mut settled = self.clone();
        by.must(&mut settled.connection);
        settled.info = PageInfo::of(&settled.connection);
        settle_injections(&mut settled.put, by);
        settled.bounds.settle(by);
        Arc::new(settled)
    }

    fn reads(&self) -> Vec<&Read> {
        self.info.iter().flat_map(|info| [&info.more, &info.end]).collect()
    }

    fn bounds(&self) -> Option<&Bounds> {
        Some(&self.bounds)
    }
}
