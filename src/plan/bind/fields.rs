//! Columns that a param gives, compiled as those of a manifest are.

use crate::components::context::Cx;
use crate::components::cursor::By;
use crate::components::partition::Over;
use crate::components::scope::{At, Scopes, WindowScope};
use crate::diagnostic::Report;
use crate::expr::{Shape, Types};
use crate::manifest::{Document, FieldsSpec, check_structure};
use crate::plan::stream::Source as Rows;
use crate::plan::{Column, Columns, Plan, StreamPlan, columns};
use crate::text::{Content, Entry, Node, Sources, Span, from_node};
use std::collections::BTreeSet;

/// Compiles the columns of a stream from a map that a user gave. What is wrong is told where it was written.
pub(super) fn compile(
    plan: &Plan,
    stream: &StreamPlan,
    given: &Node,
    sources: &Sources,
    report: &mut Report,
) -> Option<Vec<Column>> {
    let kept = structure(given, sources, report)?;
    let fields = from_node::<FieldsSpec>(&kept).ok()?;
    let param_types = plan.params.iter().map(|(name, param)| (name.clone(), param.of.clone())).collect();
    let none = BTreeSet::new();
    let mut cx = Cx {
        sources,
        report,
        scopes: scopes(plan, stream).into(),
        used: &mut BTreeSet::new(),
        param_types: &param_types,
        broken_params: &none,
        quotas: &[],
        parents: Vec::new(),
        aliases: std::rc::Rc::default(),
        late_at: At::When,
        addresses: Vec::new(),
    };
    match columns::compile(&mut cx, &fields, At::Field, &mut Vec::new()) {
        Columns::Typed(columns) => Some(columns),
        _ => None,
    }
}

/// Checks the map as `fields` of a manifest with nothing else in it: that is where its schema stands.
fn structure(given: &Node, sources: &Sources, report: &mut Report) -> Option<Node> {
    let around = |key: &str, value: Node| Entry { key: key.to_owned(), key_span: given.span, value };
    let map = |entries| Node { span: given.span, content: Content::Map(entries) };
    let text = |text: &str| Node { span: given.span, content: Content::Text(text.to_owned()) };
    let stream = map(vec![around("request", text("GET /")), around("fields", given.clone())]);
    let streams = map(vec![around("rows", stream)]);
    let root = map(vec![around("connector", text("given")), around("streams", streams)]);
    let kept = check_structure(Document::Manifest, &root, sources, report)?;
    kept.get("streams")?.get("rows")?.get("fields").cloned()
}

/// Returns the names that computed columns may use: those that the stream's own columns have.
fn scopes(plan: &Plan, stream: &StreamPlan) -> Scopes {
    let mut each = Vec::new();
    names(plan, stream, &mut each, &mut Vec::new());
    Scopes {
        params: plan.params.iter().map(|(name, param)| (name.clone(), param.member(name))).collect(),
        once: plan.once.iter().map(|(name, _)| (name.clone(), Shape::Data)).collect(),
        each: each.into_iter().map(|name| (name, Shape::Data)).collect(),
        window: stream.cursor.as_ref().map(|cursor| WindowScope {
            start_absent: cursor.start.is_none() || matches!(cursor.by, By::Token { .. }),
            types: Types::TIME.or(Types::INTEGER).or(Types::TEXT),
        }),
        stream: true,
        ..Scopes::default()
    }
}

/// Lists the names of `for_each` and `from`, then those of the stream's ancestors, in the order of compilation.
fn names(plan: &Plan, stream: &StreamPlan, found: &mut Vec<String>, seen: &mut Vec<String>) {
    let mut give = |name: &str| {
        if !found.iter().any(|known| known == name) {
            found.push(name.to_owned());
        }
    };
    let mut above: Vec<(String, Span)> = Vec::new();
    for each in &stream.each {
        give(&each.name);
        if let Over::Streams(parent) = &each.over
            && let [one] = parent.streams.as_slice()
        {
            above.push(one.clone());
        }
    }
    if let Rows::Records { stream, span, name, .. } = &stream.source {
        give(name);
        above.push((stream.clone(), *span));
    }
    for (parent, _) in above {
        if !seen.contains(&parent) {
            seen.push(parent.clone());
            if let Some(parent) = plan.streams.get(&parent) {
                names(plan, parent, found, seen);
            }
        }
    }
}
