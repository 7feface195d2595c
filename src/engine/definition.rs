//! What a stream's state depends on: if it changes, the state belongs to another definition.

use super::order::Filter;
use crate::components::context::Late;
use crate::components::cursor::Order;
use crate::data::Value;
use crate::data::json::write_canonical;
use crate::expr::Expr as _;
use crate::plan::{Bound, BoundBase, BoundStream, Source};
use crate::state::Digest;
use std::collections::BTreeMap;

/// Returns what the state depends on, by name; not descriptions, columns, `start`, or the values of `for_each`.
///
/// `filters`: rows that are left out here would never come again.
pub(super) fn of(bound: &Bound, stream: &BoundStream, filters: &[Filter]) -> BTreeMap<String, String> {
    let mut of = BTreeMap::new();
    let mut put = |name: &str, value: String| {
        of.insert(name.to_owned(), value);
    };
    put("connector", bound.plan.connector.clone());
    put("key", stream.key.join(", "));
    put("cursor", stream.position.clone().unwrap_or_default());
    let order = stream.cursor.as_ref().and_then(|cursor| cursor.order.as_ref()).and_then(Late::known);
    let order = match order {
        Some(Order::Asc) => "asc",
        Some(Order::Desc) => "desc",
        None => "",
    };
    put("order", order.into());
    let names: Vec<&str> = stream.each.iter().map(|each| each.name.as_str()).collect();
    put("for_each", names.join(", "));
    let request = match &stream.source {
        Source::Generate { .. } => "generate".to_owned(),
        source => source.request().map_or_else(String::new, |request| {
            let message = &request.message;
            format!("{} {}", message.method.word(), message.target.compiled().source())
        }),
    };
    put("request", request);
    // What params choose of the path is another list.
    let target = stream.source.request().map(|request| request.message.target.compiled());
    for name in target.iter().flat_map(|target| &target.uses().params) {
        let value = bound.params.member(name);
        // Secrets are not there.
        if *value != Value::Absent {
            let mut text = String::new();
            write_canonical(value, &mut text);
            put(&format!("params.{name}"), text);
        }
    }
    if !filters.is_empty() {
        put("where", filters.iter().map(Filter::text).collect::<Vec<_>>().join(" and "));
    }
    let base = match &bound.origins.base {
        BoundBase::None => String::new(),
        BoundBase::Fixed(url) => url.as_str().trim_end_matches('/').to_owned(),
        BoundBase::FromAuth(compiled) => compiled.source().to_owned(),
    };
    put("base", base);
    of
}

pub(super) fn digest(definition: &BTreeMap<String, String>) -> Digest {
    Digest::of(definition.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]))
}
