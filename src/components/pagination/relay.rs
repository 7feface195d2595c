//! `paginate: relay`: a GraphQL connection with `pageInfo`.

use super::{Bounds, Injection, PageValue, Paginator, injection, paged, settle_injections};
use crate::components::context::{Cx, Late, Read};
use crate::components::forms::{Address as AddressForm, Late as LateSpec, Place, Text};
use crate::components::settle::{Settle as _, Settler};
use crate::expr::place::Path;
use crate::expr::shorthand::address::Address;
use crate::expr::shorthand::address::Step;
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
        Some(Arc::new(Relay { connection, put, bounds }))
    }
}

/// The kind, compiled.
#[derive(Debug, Clone)]
pub struct Relay {
    pub connection: Late<Arc<dyn Path>>,
    pub put: Vec<Injection>,
    pub bounds: Bounds,
}

impl Paginator for Relay {
    fn kind(&self) -> &'static str {
        "relay"
    }

    fn put(&self) -> &[Injection] {
        &self.put
    }

    fn carries(&self) -> Option<&'static str> {
        Some("cursor")
    }

    fn settled(&self, by: &mut Settler<'_>) -> Arc<dyn Paginator> {
        let mut settled = self.clone();
        by.must(&mut settled.connection);
        settle_injections(&mut settled.put, by);
        settled.bounds.settle(by);
        Arc::new(settled)
    }

    fn reads(&self) -> Vec<&Read> {
        Vec::new()
    }

    fn bounds(&self) -> Option<&Bounds> {
        Some(&self.bounds)
    }
}
