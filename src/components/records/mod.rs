//! Where the records stand in a decoded answer, and in which shape.

mod shape;

use crate::components::choose::Chosen;
use crate::components::context::Cx;
use crate::components::forms::{Choose, Expr, OptionalPlace, Place, Text, kinds};
use crate::components::scope::At;
use crate::components::settle::{Settle, Settler};
use crate::diagnostic::{Code, Diagnostic};
use crate::expr::place::Path;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use std::borrow::Cow;
use std::sync::Arc;

/// The place of the records, or a shape that makes records of something else.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename = "$by_shape", rename_all = "snake_case")]
pub enum RecordsSpec {
    Expr(Text<Expr>),
    Map(Box<ShapeSpec>),
    Other(Text<OptionalPlace>),
}

impl JsonSchema for RecordsSpec {
    fn schema_name() -> Cow<'static, str> {
        "Records".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let place = generator.subschema_for::<Text<OptionalPlace>>();
        let expr = generator.subschema_for::<Text<Expr>>();
        let shape = generator.subschema_for::<ShapeSpec>();
        json_schema!({ "anyOf": [place, expr, shape] })
    }
}

/// A shape that records are made from.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Shape", transform = kinds)]
pub enum ShapeSpec {
    /// A matrix with a header.
    Rows(RowsSpec),
    /// Lists of equal length, one a column.
    Columns(Text<OptionalPlace>),
    /// A map whose values are the records.
    Entries(EntriesSpec),
    /// The user picks by a param.
    Choose(Box<Choose<RecordsSpec>>),
}

/// A matrix with a header.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Rows")]
pub struct RowsSpec {
    /// The place of the rows, `$` unless given.
    pub at: Option<Text<OptionalPlace>>,
    /// Where the names stand: `first` for the first row, or a place.
    pub names: RowNames,
    /// The place of the values in a row, `$` unless given.
    pub values: Option<Text<Place>>,
}

/// Where the names of a matrix stand.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename = "$by_shape", rename_all = "snake_case")]
pub enum RowNames {
    Other(Text<Place>),
}

impl JsonSchema for RowNames {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "RowNames".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let place = generator.subschema_for::<Text<Place>>();
        json_schema!({ "anyOf": [{ "type": "string", "enum": ["first"] }, place] })
    }
}

/// A map whose values are the records.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Entries")]
pub struct EntriesSpec {
    /// The place of the map, `$` unless given.
    pub at: Option<Text<OptionalPlace>>,
    /// The member that takes the key, `key` unless given.
    pub key: Option<Text<crate::components::forms::Plain>>,
    /// The member that takes a value that is no object, `value` unless given.
    pub value: Option<Text<crate::components::forms::Plain>>,
}

/// Where the records stand, compiled.
#[derive(Debug, Clone)]
pub enum RecordsPlan {
    Place(MaybePlace),
    /// A param of type `place`, compiled when a connection is bound.
    PlaceOf(String),
    Shape(ShapePlan),
}

/// A place that may be absent.
#[derive(Debug, Clone)]
pub struct MaybePlace {
    pub path: Arc<dyn Path>,
    pub optional: bool,
}

/// A shape, compiled; also a transform of one record.
#[derive(Debug, Clone)]
pub enum ShapePlan {
    Rows { at: Option<MaybePlace>, names: Option<Arc<dyn Path>>, values: Option<Arc<dyn Path>> },
    Columns(MaybePlace),
    Entries { at: Option<MaybePlace>, key: String, value: String },
}

impl RecordsSpec {
    pub fn compile(&self, cx: &mut Cx<'_>) -> Option<Chosen<RecordsPlan>> {
        match self {
            // A shape whose settings may all be left out may stand as a word.
            RecordsSpec::Other(text) if text.text == "entries" => {
                EntriesSpec::default().compile(cx).map(RecordsPlan::Shape).map(Chosen::Is)
            }
            RecordsSpec::Other(text) => maybe(cx, text).map(RecordsPlan::Place).map(Chosen::Is),
            RecordsSpec::Expr(text) => {
                let compiled = cx.whole(text, At::When, false)?;
                let Some(param) = cx.place_param(&compiled) else {
                    cx.push(
                        Diagnostic::new(Code::E0306, text.span, "`records` needs a place, this is another value")
                            .help("write a place such as `$.data`, or a param of type `place`"),
                    );
                    return None;
                };
                Some(Chosen::Is(RecordsPlan::PlaceOf(param)))
            }
            RecordsSpec::Map(shape) => match &**shape {
                ShapeSpec::Choose(choose) => cx.choose(choose, |cx, spec| spec.compile(cx)),
                ShapeSpec::Rows(spec) => spec.compile(cx).map(RecordsPlan::Shape).map(Chosen::Is),
                ShapeSpec::Columns(text) => {
                    maybe(cx, text).map(ShapePlan::Columns).map(RecordsPlan::Shape).map(Chosen::Is)
                }
                ShapeSpec::Entries(spec) => spec.compile(cx).map(RecordsPlan::Shape).map(Chosen::Is),
            },
        }
    }
}

pub(in crate::components) fn maybe(cx: &mut Cx<'_>, text: &Text<OptionalPlace>) -> Option<MaybePlace> {
    cx.optional_place(text).map(|(path, optional)| MaybePlace { path, optional })
}

impl RowsSpec {
    pub fn compile(&self, cx: &mut Cx<'_>) -> Option<ShapePlan> {
        let at = self.at.as_ref().map(|text| maybe(cx, text));
        let RowNames::Other(names) = &self.names;
        let names = (names.text != "first").then(|| cx.place(names));
        let values = self.values.as_ref().map(|text| cx.place(text));
        Some(ShapePlan::Rows { at: flip(at)?, names: flip(names)?, values: flip(values)? })
    }
}

impl EntriesSpec {
    pub fn compile(&self, cx: &mut Cx<'_>) -> Option<ShapePlan> {
        let at = flip(self.at.as_ref().map(|text| maybe(cx, text)))?;
        let name = |text: &Option<Text<_>>, otherwise: &str| {
            text.as_ref().map_or(otherwise.to_owned(), |text: &Text<crate::components::forms::Plain>| text.text.clone())
        };
        Some(ShapePlan::Entries { at, key: name(&self.key, "key"), value: name(&self.value, "value") })
    }
}

/// Tells "not written" from "written and broken".
fn flip<T>(written: Option<Option<T>>) -> Option<Option<T>> {
    match written {
        None => Some(None),
        Some(None) => None,
        Some(Some(value)) => Some(Some(value)),
    }
}

impl Settle for RecordsPlan {
    fn settle(&mut self, by: &mut Settler<'_>) {
        // A param that is not given leaves the place as it is when nothing is written: the whole body.
        if let RecordsPlan::PlaceOf(param) = self {
            let (path, optional) = by.place(param).unwrap_or_else(|| (whole(), false));
            *self = RecordsPlan::Place(MaybePlace { path, optional });
        }
    }
}

fn whole() -> Arc<dyn Path> {
    crate::expr::place::compile("$").expect("`$` is a place")
}
