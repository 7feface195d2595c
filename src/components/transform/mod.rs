//! What is done to a record before it is typed, in the order it is written.
//!
//! A compiled step makes a [`Transform`], which takes a record and gives it back changed. A new kind is one file with
//! it, a variant of spec and plan, and a line in [`TransformPlan::step`].

mod cast;
mod keep;
mod names;
mod run;
mod set;

pub use run::Transform;

use crate::components::context::{Cx, Tree};
use crate::components::forms::{Empty, Name, OptionalPlace, Place, Plain, Short, Template, Text, Type, kinds};
use crate::components::records::{EntriesSpec, RowsSpec};
use crate::components::records::{ShapePlan, maybe};
use crate::components::scope::At;
use crate::data;
use crate::diagnostic::{Code, Diagnostic};
use crate::expr::Compiled;
use crate::expr::place::Path;
use crate::fault::{Fault, Kind};
use crate::text::{Named, Node};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use std::borrow::Cow;
use std::sync::Arc;

/// One step over each record. One key names the kind.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Transform", transform = kinds)]
pub enum TransformSpec {
    /// Sets members, in order; a later one sees an earlier one. The member `when` is the condition.
    Set(Named<Node>),
    /// Takes members away.
    Remove(Vec<Text<Plain>>),
    /// Renames members: new name to old name.
    Rename(Named<Text<Plain>>),
    /// Keeps the records for which this holds.
    Keep(Text<Template>),
    /// Rewrites the names of all members.
    Keys(KeysSpec),
    /// Makes `a: { b: 1 }` into `a_b: 1`, on all levels.
    Flatten(Empty),
    /// Lifts the members of an object to the top.
    Lift(Text<Place>),
    /// Makes one record of each element of a list.
    Explode(Short<Text<Place>, ExplodeSpec>),
    /// Makes records of a matrix with a header.
    Rows(RowsSpec),
    /// Makes records of parallel lists.
    Columns(Text<OptionalPlace>),
    /// Makes records of the entries of a map.
    Entries(EntriesSpec),
    /// Makes a list of name and value pairs into members of one object.
    Pivot(PivotSpec),
    /// Changes the type of members.
    Cast(Named<Text<Type>>),
}

/// How member names are rewritten: `snake`, `lower`, or replacements.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename = "$by_shape", rename_all = "snake_case")]
pub enum KeysSpec {
    Map(ReplaceSpec),
    Other(KeyCase),
}

/// How member names are rewritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyCase {
    Snake,
    Lower,
}

/// Replacements in member names.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "KeyReplace")]
pub struct ReplaceSpec {
    /// What is replaced and by what: `[["-", "_"]]`, or two texts.
    pub replace: Vec<Node>,
}

impl JsonSchema for KeysSpec {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Keys".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (case, replace) = (generator.subschema_for::<KeyCase>(), generator.subschema_for::<ReplaceSpec>());
        json_schema!({ "anyOf": [case, replace] })
    }
}

/// Settings of `explode`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Explode")]
pub struct ExplodeSpec {
    /// The place of the list.
    pub at: Text<Place>,
    /// The member of the element that keeps the record it came from, for example `parent`.
    pub keep: Option<Text<Name>>,
    /// What becomes of a record whose list is empty, `drop` unless given.
    pub empty: Option<EmptyList>,
}

/// What becomes of a record whose list is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EmptyList {
    Keep,
    Drop,
}

/// Settings of `pivot`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Pivot")]
pub struct PivotSpec {
    /// The place of the list of pairs.
    pub at: Text<Place>,
    /// The place of the name in a pair.
    pub name: Text<Place>,
    /// The place of the value in a pair.
    pub value: Text<Place>,
    /// The member that takes the object.
    #[serde(rename = "as")]
    pub as_: Text<Name>,
}

/// One step over each record, compiled.
#[derive(Debug, Clone)]
pub enum TransformPlan {
    Set {
        members: Vec<(String, Tree)>,
        when: Option<Arc<Compiled>>,
    },
    Remove(Vec<String>),
    /// New names and old ones.
    Rename(Vec<(String, String)>),
    Keep(Arc<Compiled>),
    Keys(KeysPlan),
    Flatten,
    Lift(Arc<dyn Path>),
    Explode {
        at: Arc<dyn Path>,
        keep: Option<String>,
        keep_empty: bool,
    },
    Shape(ShapePlan),
    Pivot {
        at: Arc<dyn Path>,
        name: Arc<dyn Path>,
        value: Arc<dyn Path>,
        into: String,
    },
    Cast(Vec<(String, data::Type)>),
}

/// How member names are rewritten, compiled.
#[derive(Debug, Clone)]
pub enum KeysPlan {
    Snake,
    Lower,
    Replace(Vec<(String, String)>),
}

impl TransformPlan {
    /// Makes what runs.
    pub fn step(&self) -> Result<Arc<dyn Transform>, Fault> {
        let word = match self {
            TransformPlan::Set { members, when } => {
                let members = members.iter().map(|(name, tree)| (name.as_str().into(), tree.clone())).collect();
                return Ok(Arc::new(set::Set { members, when: when.clone() }));
            }
            TransformPlan::Remove(all) => return Ok(Arc::new(names::Remove(all.clone()))),
            TransformPlan::Rename(all) => {
                let all = all.iter().map(|(new, old)| (new.as_str().into(), old.clone())).collect();
                return Ok(Arc::new(names::Rename(all)));
            }
            TransformPlan::Keep(condition) => return Ok(Arc::new(keep::Keep(Arc::clone(condition)))),
            TransformPlan::Cast(types) => return Ok(Arc::new(cast::Cast(types.clone()))),
            TransformPlan::Keys(_) => "keys",
            TransformPlan::Flatten => "flatten",
            TransformPlan::Lift(_) => "lift",
            TransformPlan::Explode { .. } => "explode",
            TransformPlan::Shape(ShapePlan::Rows { .. }) => "rows",
            TransformPlan::Shape(ShapePlan::Columns(_)) => "columns",
            TransformPlan::Shape(ShapePlan::Entries { .. }) => "entries",
            TransformPlan::Pivot { .. } => "pivot",
        };
        Err(Fault::new(Kind::Config, "transform a record", format!("the transform `{word}` is not built yet")))
    }
}

impl TransformSpec {
    pub fn compile(&self, cx: &mut Cx<'_>) -> Option<TransformPlan> {
        Some(match self {
            TransformSpec::Set(members) => set(cx, members)?,
            TransformSpec::Remove(names) => TransformPlan::Remove(names.iter().map(|name| name.text.clone()).collect()),
            TransformSpec::Rename(names) => TransformPlan::Rename(
                names
                    .iter()
                    .filter_map(|entry| Some((entry.name.clone(), entry.value.as_ref()?.text.clone())))
                    .collect(),
            ),
            TransformSpec::Keep(condition) => TransformPlan::Keep(cx.condition(condition, At::Record)?),
            TransformSpec::Keys(KeysSpec::Other(KeyCase::Snake)) => TransformPlan::Keys(KeysPlan::Snake),
            TransformSpec::Keys(KeysSpec::Other(KeyCase::Lower)) => TransformPlan::Keys(KeysPlan::Lower),
            TransformSpec::Keys(KeysSpec::Map(spec)) => TransformPlan::Keys(KeysPlan::Replace(spec.compile(cx)?)),
            TransformSpec::Flatten(_) => TransformPlan::Flatten,
            TransformSpec::Lift(place) => TransformPlan::Lift(cx.place(place)?),
            TransformSpec::Explode(Short::Other(place)) => {
                TransformPlan::Explode { at: cx.place(place)?, keep: None, keep_empty: false }
            }
            TransformSpec::Explode(Short::Map(spec)) => TransformPlan::Explode {
                at: cx.place(&spec.at)?,
                keep: spec.keep.as_ref().map(|name| name.text.clone()),
                keep_empty: spec.empty == Some(EmptyList::Keep),
            },
            TransformSpec::Rows(spec) => TransformPlan::Shape(spec.compile(cx)?),
            TransformSpec::Columns(place) => TransformPlan::Shape(ShapePlan::Columns(maybe(cx, place)?)),
            TransformSpec::Entries(spec) => TransformPlan::Shape(spec.compile(cx)?),
            TransformSpec::Pivot(spec) => {
                let places = [&spec.at, &spec.name, &spec.value].map(|text| cx.place(text));
                let [at, name, value] = places;
                TransformPlan::Pivot { at: at?, name: name?, value: value?, into: spec.as_.text.clone() }
            }
            TransformSpec::Cast(types) => {
                let types = types.iter().filter_map(|entry| {
                    let (of, _) = cx.column_type(entry.value.as_ref()?)?;
                    Some((entry.name.clone(), of))
                });
                TransformPlan::Cast(types.collect())
            }
        })
    }
}

/// Compiles `set`; its member `when` is the condition.
fn set(cx: &mut Cx<'_>, members: &Named<Node>) -> Option<TransformPlan> {
    let mut plan = Vec::new();
    let mut when = None;
    let mut whole = true;
    for entry in members {
        let Some(node) = &entry.value else { continue };
        match (entry.name.as_str(), node.as_text()) {
            ("when", Some(text)) => {
                let text = Text::<Template>::new(text, node.span);
                when = cx.condition(&text, At::Record);
                whole &= when.is_some();
            }
            _ => match cx.tree(node, At::Record, false) {
                Some(tree) => plan.push((entry.name.clone(), tree)),
                None => whole = false,
            },
        }
    }
    whole.then_some(TransformPlan::Set { members: plan, when })
}

impl ReplaceSpec {
    /// Reads `[["-", "_"]]`, or two texts.
    fn compile(&self, cx: &mut Cx<'_>) -> Option<Vec<(String, String)>> {
        if let [from, to] = self.replace.as_slice()
            && let (Some(from), Some(to)) = (from.as_text(), to.as_text())
        {
            return Some(vec![(from.to_owned(), to.to_owned())]);
        }
        let mut pairs = Vec::new();
        for item in &self.replace {
            match item.items() {
                [from, to] if from.as_text().is_some() && to.as_text().is_some() => {
                    pairs.push((from.as_text()?.to_owned(), to.as_text()?.to_owned()));
                }
                _ => {
                    cx.push(
                        Diagnostic::new(
                            Code::E0104,
                            item.span,
                            format!("`replace` takes pairs of texts, this is {}", item.what()),
                        )
                        .help("write `keys: { replace: [[\"-\", \"_\"]] }`"),
                    );
                    return None;
                }
            }
        }
        Some(pairs)
    }
}
