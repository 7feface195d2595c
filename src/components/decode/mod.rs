//! How the body of an answer becomes documents.
//!
//! A plan that is decided makes a [`Decoder`]: bytes in, JSON [`Documents`] out, whatever the body was. A new kind is one
//! file with its decoder, a variant of the spec and of the plan, and a line in [`DecodePlan::decoder`].

mod charset;
mod compressed;
mod json;
mod lines;
mod run;
mod separated;
mod text;

pub use run::{Decoder, Documents, Frames, Surroundings};
pub use text::{CharsetSpec, SeparatedSpec};

use crate::components::choose::Chosen;
use crate::components::context::{Cx, Late};
use crate::components::forms::{Choose, Empty, Template, Text, kinds};
use crate::components::scope::At;
use crate::components::settle::{Settle, Settler};
use crate::expr::Compiled;
use crate::fault::{Fault, Kind};
use crate::text::{Node, from_node};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use std::borrow::Cow;
use std::sync::Arc;

/// How the body of an answer is read. One key names the kind.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Decode", transform = kinds)]
pub enum DecodeSpec {
    /// One JSON document.
    Json(Empty),
    /// One JSON document a line.
    Jsonl(Empty),
    /// Comma-separated values; the first line names the columns.
    Csv(SeparatedSpec),
    /// Tab-separated values; the first line names the columns.
    Tsv(SeparatedSpec),
    /// An XML document.
    Xml(Empty),
    /// Lines of text.
    Text(CharsetSpec),
    /// A gzip stream around another kind.
    Gzip(Box<WrappedSpec>),
    /// A zip archive around another kind.
    Zip(Box<WrappedSpec>),
    /// The user picks the kind by a param.
    Choose(Box<Choose<DecodeSpec>>),
}

/// What is inside a compressed body: a kind, or `when` it is compressed at all and what it is `then`.
#[derive(Debug, Clone)]
pub enum WrappedSpec {
    Always(DecodeSpec),
    When(WhenSpec),
}

/// A body that is compressed only sometimes.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CompressedWhen")]
pub struct WhenSpec {
    /// Whether the body is compressed.
    pub when: Text<Template>,
    /// What it is in either case.
    pub then: DecodeSpec,
}

impl<'de> Deserialize<'de> for WrappedSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        if node.get("when").is_some() || node.get("then").is_some() {
            from_node(&node).map(Self::When).map_err(|error| de::Error::custom(error.message))
        } else {
            from_node(&node).map(Self::Always).map_err(|error| de::Error::custom(error.message))
        }
    }
}

impl JsonSchema for WrappedSpec {
    fn schema_name() -> Cow<'static, str> {
        "Compressed".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (always, when) = (generator.subschema_for::<DecodeSpec>(), generator.subschema_for::<WhenSpec>());
        json_schema!({ "description": "What is inside a compressed body.", "anyOf": [always, when] })
    }
}

/// How a body is read, compiled.
#[derive(Debug, Clone)]
pub enum DecodePlan {
    Json,
    Jsonl,
    Xml,
    Separated(SeparatedPlan),
    Text { charset: Option<Late<String>> },
    Compressed(Box<CompressedPlan>),
}

/// Separated values, compiled.
#[derive(Debug, Clone)]
pub struct SeparatedPlan {
    pub tabs: bool,
    pub charset: Option<Late<String>>,
    pub delimiter: Option<Late<String>>,
    pub quote: Option<Late<String>>,
    pub header: Option<HeaderPlan>,
    pub skip: Option<Late<u32>>,
    pub null: Option<Late<String>>,
}

/// Where the names of separated values stand.
#[derive(Debug, Clone)]
pub enum HeaderPlan {
    /// Whether the first line names the columns.
    First(Late<bool>),
    Names(Vec<String>),
}

/// A compressed body, compiled.
#[derive(Debug, Clone)]
pub struct CompressedPlan {
    pub zip: bool,
    /// Whether it is compressed at all.
    pub when: Option<Arc<Compiled>>,
    pub inner: Chosen<DecodePlan>,
}

impl DecodeSpec {
    pub fn compile(&self, cx: &mut Cx<'_>) -> Option<Chosen<DecodePlan>> {
        let plan = match self {
            DecodeSpec::Json(_) => DecodePlan::Json,
            DecodeSpec::Jsonl(_) => DecodePlan::Jsonl,
            DecodeSpec::Xml(_) => DecodePlan::Xml,
            DecodeSpec::Csv(spec) => DecodePlan::Separated(spec.compile(cx, false)),
            DecodeSpec::Tsv(spec) => DecodePlan::Separated(spec.compile(cx, true)),
            DecodeSpec::Text(spec) => {
                DecodePlan::Text { charset: spec.charset.as_ref().and_then(|text| text::charset(cx, text)) }
            }
            DecodeSpec::Gzip(inner) => DecodePlan::Compressed(Box::new(inner.compile(cx, false)?)),
            DecodeSpec::Zip(inner) => DecodePlan::Compressed(Box::new(inner.compile(cx, true)?)),
            DecodeSpec::Choose(choose) => return cx.choose(choose, |cx, spec| spec.compile(cx)),
        };
        Some(Chosen::Is(plan))
    }
}

impl WrappedSpec {
    fn compile(&self, cx: &mut Cx<'_>, zip: bool) -> Option<CompressedPlan> {
        Some(match self {
            WrappedSpec::Always(inner) => CompressedPlan { zip, when: None, inner: inner.compile(cx)? },
            WrappedSpec::When(spec) => {
                let when = cx.condition(&spec.when, At::DecodeWhen);
                let inner = spec.then.compile(cx)?;
                CompressedPlan { zip, when: Some(when?), inner }
            }
        })
    }
}

impl DecodePlan {
    /// Makes the decoder of a plan that is decided.
    pub fn decoder(&self) -> Result<Arc<dyn Decoder>, Fault> {
        let not_built =
            |word: &str| Fault::new(Kind::Config, "decode the answer", format!("`decode: {word}` is not built yet"));
        Ok(match self {
            DecodePlan::Json => Arc::new(json::Json),
            DecodePlan::Jsonl => Arc::new(json::JsonLines),
            DecodePlan::Xml => return Err(not_built("xml")),
            DecodePlan::Separated(plan) => Arc::new(separated::Separated::new(plan)?),
            DecodePlan::Text { charset } => Arc::new(lines::TextLines { charset: separated::maybe(charset.as_ref())? }),
            DecodePlan::Compressed(plan) if plan.zip => return Err(not_built("zip")),
            DecodePlan::Compressed(plan) => {
                let Chosen::Is(inner) = &plan.inner else {
                    return Err(Fault::new(
                        Kind::Internal,
                        "decode the answer",
                        "the kind of the answer is not decided",
                    ));
                };
                Arc::new(compressed::Gzip { when: plan.when.clone(), inner: inner.decoder()? })
            }
        })
    }
}

impl Settle for DecodePlan {
    fn settle(&mut self, by: &mut Settler<'_>) {
        match self {
            DecodePlan::Json | DecodePlan::Jsonl | DecodePlan::Xml => {}
            DecodePlan::Text { charset } => by.maybe(charset),
            DecodePlan::Compressed(plan) => plan.inner.settle(by),
            DecodePlan::Separated(plan) => {
                by.maybe(&mut plan.charset);
                by.maybe(&mut plan.delimiter);
                by.maybe(&mut plan.quote);
                if let Some(HeaderPlan::First(first)) = &mut plan.header {
                    by.must(first);
                }
                by.maybe(&mut plan.skip);
                by.maybe(&mut plan.null);
            }
        }
    }
}

#[cfg(test)]
mod tests;
