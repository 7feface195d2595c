//! Partitions: the values a stream is read for, one after the other.

mod values;

pub use values::partition_key;

use crate::components::context::{Cx, Late as Bound, Tree};
use crate::components::forms::{Duration, Expr, Late, Many, Name, Plain, Template, Text, at_least_one};
use crate::components::scope::At;
use crate::components::settle::{Settle, Settler};
use crate::data;
use crate::expr::Compiled;
use crate::text::Node;
use crate::text::{NamedEntry, Span};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use std::borrow::Cow;
use std::sync::Arc;

/// What a name of `for_each` runs over: an expression, a list, a stream by name, or a stream with settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename = "$by_shape", rename_all = "snake_case")]
pub enum ForEachSpec {
    Expr(Text<Expr>),
    List(Vec<Node>),
    Map(Box<ParentSpec>),
    Other(Text<Name>),
}

impl JsonSchema for ForEachSpec {
    fn schema_name() -> Cow<'static, str> {
        "ForEach".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (name, expr) = (generator.subschema_for::<Text<Name>>(), generator.subschema_for::<Text<Expr>>());
        let parent = generator.subschema_for::<ParentSpec>();
        json_schema!({
            "description": "Values to read a stream for: a stream's name, an expression, a list, or a stream with settings.",
            "anyOf": [name, expr, { "type": "array", "items": true }, parent],
        })
    }
}

/// The rows of a stream as partitions.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Parent")]
pub struct ParentSpec {
    /// The stream whose rows are the partitions.
    pub stream: Option<Text<Name>>,
    /// Several streams whose rows are the partitions.
    pub union: Option<Vec<Text<Name>>>,
    /// Values, where further settings are needed beside them.
    pub values: Option<Node>,
    /// Only parents that changed since they were read last.
    pub changed_only: Option<Late<bool>>,
    /// How many parents one request takes; the name is then a list.
    #[schemars(transform = at_least_one)]
    pub batch: Option<Late<u32>>,
    /// Whether a row of this stream is a parent again.
    pub recurse: Option<Text<Template>>,
    /// Only parents for which this holds.
    pub when: Option<Text<Template>>,
    /// Children of parents that changed that long ago are read again.
    pub lookback: Option<Late<Text<Duration>>>,
    /// The column that tells partitions apart, the key unless given.
    pub by: Option<Many<Text<Plain>>>,
}

/// What one name of `for_each` runs over, compiled.
#[derive(Debug, Clone)]
pub struct EachPlan {
    pub name: String,
    pub span: Span,
    pub over: Over,
}

/// What a name runs over.
#[derive(Debug, Clone)]
pub enum Over {
    Values(Tree),
    Streams(Box<ParentPlan>),
}

/// The rows of streams as partitions, compiled.
#[derive(Debug, Clone)]
pub struct ParentPlan {
    /// The streams' names and where they were written.
    pub streams: Vec<(String, Span)>,
    pub changed_only: Option<Bound<bool>>,
    pub batch: Option<Bound<u32>>,
    pub recurse: Option<Arc<Compiled>>,
    pub when: Option<Arc<Compiled>>,
    pub lookback: Option<Bound<data::Duration>>,
    /// The columns that tell partitions apart, and where they were written.
    pub by: Vec<(String, Span)>,
}

impl ForEachSpec {
    /// Lists the streams that a name runs over, with where they were written.
    pub fn streams(&self) -> Vec<&Text<Name>> {
        match self {
            ForEachSpec::Other(name) => vec![name],
            ForEachSpec::Map(spec) => spec.stream.iter().chain(spec.union.iter().flatten()).collect(),
            _ => Vec::new(),
        }
    }

    /// Says whether one request takes several parents, so that the name is a list.
    pub fn batched(&self) -> bool {
        matches!(self, ForEachSpec::Map(spec) if spec.batch.is_some())
    }

    pub fn compile(&self, cx: &mut Cx<'_>, entry: &NamedEntry<ForEachSpec>) -> Option<EachPlan> {
        let over = match self {
            ForEachSpec::Expr(text) => Over::Values(Tree::Expr(cx.whole(text, At::ForEach, false)?)),
            ForEachSpec::List(items) => {
                let items: Vec<_> = items.iter().map(|item| cx.tree(item, At::ForEach, false)).collect();
                Over::Values(Tree::List(items.into_iter().collect::<Option<_>>()?))
            }
            ForEachSpec::Other(name) => Over::Streams(Box::new(ParentPlan::of(name))),
            ForEachSpec::Map(spec) => spec.compile(cx, entry)?,
        };
        Some(EachPlan { name: entry.name.clone(), span: entry.span, over })
    }
}

impl ParentPlan {
    fn of(stream: &Text<Name>) -> Self {
        Self {
            streams: vec![(stream.text.clone(), stream.span)],
            changed_only: None,
            batch: None,
            recurse: None,
            when: None,
            lookback: None,
            by: Vec::new(),
        }
    }
}

impl ParentSpec {
    fn compile(&self, cx: &mut Cx<'_>, entry: &NamedEntry<ForEachSpec>) -> Option<Over> {
        use crate::diagnostic::{Code, Diagnostic};
        let given = [self.stream.is_some(), self.union.is_some(), self.values.is_some()];
        match given.iter().filter(|there| **there).count() {
            1 => {}
            0 => {
                cx.push(
                    Diagnostic::new(Code::E0102, entry.span, format!("`{}` runs over nothing", entry.name))
                        .help("write `stream: name`, `union: [a, b]` or `values: [ … ]`"),
                );
                return None;
            }
            _ => {
                cx.push(
                    Diagnostic::new(Code::E0613, entry.span, "`stream`, `union` and `values` exclude each other")
                        .help("keep one of them; several names of `for_each` multiply"),
                );
                return None;
            }
        }
        if let Some(values) = &self.values {
            return cx.tree(values, At::ForEach, false).map(Over::Values);
        }
        let streams = self.stream.iter().chain(self.union.iter().flatten());
        let recurse = self.recurse.as_ref().and_then(|condition| cx.condition(condition, At::ParentRecurse));
        let when = self.when.as_ref().and_then(|condition| cx.condition(condition, At::ParentWhen));
        Some(Over::Streams(Box::new(ParentPlan {
            streams: streams.map(|name| (name.text.clone(), name.span)).collect(),
            changed_only: self.changed_only.as_ref().and_then(|yes| cx.late(yes, |_, yes| Some(*yes))),
            batch: self.batch.as_ref().and_then(|count| cx.late(count, |_, count| Some(*count))),
            recurse,
            when,
            lookback: self.lookback.as_ref().and_then(|text| cx.late(text, |cx, text| cx.duration(text))),
            by: self.by.iter().flat_map(Many::iter).map(|name| (name.text.clone(), name.span)).collect(),
        })))
    }
}

impl Settle for EachPlan {
    fn settle(&mut self, by: &mut Settler<'_>) {
        if let Over::Streams(parent) = &mut self.over {
            by.maybe(&mut parent.changed_only);
            by.maybe(&mut parent.batch);
            by.maybe(&mut parent.lookback);
        }
    }
}
