//! The shapes that settings are written in: texts of a form, one or many, short or long, fixed or from params.
//!
//! Everything keeps its span. The schema of each shape obeys four laws, so that the structural check can follow it:
//! kinds are closed maps of one key, a union has at most one free map, bare words stand in one `enum`, and patterns
//! stand only on texts.

use crate::text::{Digits, Held, Named, Node, Span, Spanned};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::marker::PhantomData;

/// A form of text: what an editor is told about it. The texts themselves are read by `expr`.
pub trait Form {
    const NAME: &'static str;
    /// Matches every text that the form's parser takes.
    const PATTERN: Option<&'static str>;
    const EXAMPLES: &'static [&'static str];
}

/// A text of one form with its place.
pub struct Text<F> {
    pub text: String,
    pub span: Span,
    form: PhantomData<fn() -> F>,
}

impl<F> Text<F> {
    pub fn new(text: impl Into<String>, span: Span) -> Self {
        Self { text: text.into(), span, form: PhantomData }
    }

    /// Reads the same text as another form, for what a union could not decide.
    pub fn reinterpret<G>(&self) -> Text<G> {
        Text::new(self.text.clone(), self.span)
    }
}

impl<F> std::fmt::Debug for Text<F> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:?}", self.text)
    }
}

impl<F> Clone for Text<F> {
    fn clone(&self) -> Self {
        Self::new(self.text.clone(), self.span)
    }
}

impl<'de, F> Deserialize<'de> for Text<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value, span } = Spanned::<String>::deserialize(deserializer)?;
        Ok(Self::new(value, span))
    }
}

impl<F: Form> JsonSchema for Text<F> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        F::NAME.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = json_schema!({ "type": "string" });
        // Only our own check reads `format`: it chooses the parser that says what is wrong.
        schema.insert("format".into(), format!("weir {}", F::NAME).into());
        if let Some(pattern) = F::PATTERN {
            schema.insert("pattern".into(), pattern.into());
        }
        if !F::EXAMPLES.is_empty() {
            schema.insert("examples".into(), F::EXAMPLES.into());
        }
        schema
    }
}

/// Declares forms whose patterns and examples stand beside their parsers.
macro_rules! forms {
    ($($(#[$doc:meta])* $form:ident $name:literal $pattern:expr, $examples:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub enum $form {}
        impl Form for $form {
            const NAME: &'static str = $name;
            const PATTERN: Option<&'static str> = $pattern;
            const EXAMPLES: &'static [&'static str] = $examples;
        }
    )*};
}

use crate::expr::shorthand as short;

/// A place that must be there: it does not end in `?`.
pub const PLACE_PATTERN: &str = "^\\$(?:[.\\[](?:[\\s\\S]*[^?])?)?$";
/// A whole value that is one expression.
pub const EXPR_PATTERN: &str = r"^\{\{(.|\n)*\}\}$";

forms! {
    /// Text with expressions in it.
    Template "template" None, &["{{ params.token }}"];
    /// One expression that is the whole value.
    Expr "expression" Some(EXPR_PATTERN), &["{{ params.start }}"];
    /// Text that means nothing to the language.
    Plain "text" None, &[];
    Place "place" Some(PLACE_PATTERN), &["$.data", "$", "$.items[*]", "$['odd name']"];
    OptionalPlace "optional place" Some(short::place::PATTERN), short::place::EXAMPLES;
    Source "source" Some(short::source::PATTERN), short::source::EXAMPLES;
    Address "address" Some(short::address::PATTERN), short::address::EXAMPLES;
    Request "request" Some(short::request::PATTERN), short::request::EXAMPLES;
    Type "type" Some(short::types::PATTERN), short::types::EXAMPLES;
    Field "field" Some(short::field::PATTERN), short::field::EXAMPLES;
    Param "param" Some(short::param::PATTERN), short::param::EXAMPLES;
    ParamType "param type" Some(short::types::PARAM_PATTERN), short::types::PARAM_EXAMPLES;
    Input "input" Some(short::input::PATTERN), short::input::EXAMPLES;
    Duration "duration" Some(short::duration::PATTERN), short::duration::EXAMPLES;
    Rate "rate" Some(short::rate::PATTERN), short::rate::EXAMPLES;
    Size "size" Some(short::size::PATTERN), short::size::EXAMPLES;
    Host "host" Some(short::host::PATTERN), short::host::EXAMPLES;
    Pushdown "pushdown" Some(short::pushdown::PATTERN), short::pushdown::EXAMPLES;
    Name "name" Some(short::name::PATTERN), short::name::EXAMPLES;
    Version "version" Some(short::version::PATTERN), short::version::EXAMPLES;
    Requires "requirement" Some(short::version::REQUIRES_PATTERN), short::version::REQUIRES_EXAMPLES;
    Reference "reference" Some(short::field::REF_PATTERN), short::field::REF_EXAMPLES;
}

/// One, or a list.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename = "$by_shape", rename_all = "snake_case")]
pub enum Many<T> {
    List(Vec<T>),
    Other(T),
}

impl<T> Many<T> {
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        match self {
            Many::List(all) => all.iter(),
            Many::Other(one) => std::slice::from_ref(one).iter(),
        }
    }
}

impl<'a, T> IntoIterator for &'a Many<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: JsonSchema> JsonSchema for Many<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Many_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one, { "type": "array", "items": one }] })
    }
}

/// A short text, or a map with the settings written out.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename = "$by_shape", rename_all = "snake_case")]
pub enum Short<S, L> {
    Map(Box<L>),
    Other(S),
}

impl<S: JsonSchema, L: JsonSchema> JsonSchema for Short<S, L> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}_or_{}", S::schema_name(), L::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (short, long) = (generator.subschema_for::<S>(), generator.subschema_for::<L>());
        json_schema!({ "anyOf": [short, long] })
    }
}

/// A setting that may come from a param, decided when a connection is bound.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename = "$by_shape", rename_all = "snake_case")]
pub enum Late<T> {
    Expr(Text<Expr>),
    Other(T),
}

impl<T: JsonSchema> JsonSchema for Late<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Late_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (fixed, expr) = (generator.subschema_for::<T>(), generator.subschema_for::<Text<Expr>>());
        json_schema!({ "anyOf": [fixed, expr] })
    }
}

/// A scalar: a text, possibly with expressions in it, a number or a boolean. Numbers keep their digits.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename = "$by_shape", rename_all = "snake_case")]
pub enum Scalar {
    Text(Text<Template>),
    Number(Spanned<Digits>),
    Bool(bool),
}

impl JsonSchema for Scalar {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Scalar".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let text = generator.subschema_for::<Text<Template>>();
        json_schema!({ "anyOf": [text, { "type": "number" }, { "type": "boolean" }] })
    }
}

/// How long to pause: a duration, an expression, where the answer says it, or a number of seconds.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename = "$by_shape", rename_all = "snake_case")]
pub enum Pause {
    Text(Text<Template>),
    Number(Spanned<Digits>),
}

impl JsonSchema for Pause {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Pause".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let text = generator.subschema_for::<Text<Template>>();
        json_schema!({ "anyOf": [text, { "type": "number" }] })
    }
}

/// A kind that the user picks by an `enum` param.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Choose{T}")]
pub struct Choose<T> {
    /// The `enum` param whose value decides.
    pub by: Text<Name>,
    /// What each value of the param means; every value must be covered.
    pub of: Held<Named<T>>,
}

/// Settings of a kind that has none.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NoSettings")]
pub struct Empty {}

impl<T: JsonSchema> JsonSchema for Named<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Named_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        json_schema!({ "type": "object", "additionalProperties": value })
    }
}

/// Any value, with expressions in its texts.
impl JsonSchema for Node {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Any".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!(true)
    }
}

impl JsonSchema for Digits {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Digits".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number" })
    }
}

impl<T: JsonSchema> JsonSchema for Held<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}

impl<T: JsonSchema> JsonSchema for Spanned<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}

/// Schema transform of a number that means nothing when it is zero.
pub fn at_least_one(schema: &mut Schema) {
    fn raise(schema: &mut serde_json::Value) {
        if schema["format"].as_str().is_some_and(|format| format.starts_with("uint")) {
            schema["minimum"] = 1.into();
        }
        if let Some(branches) = schema.get_mut("anyOf").and_then(serde_json::Value::as_array_mut) {
            branches.iter_mut().for_each(raise);
        }
    }
    let mut whole = std::mem::take(schema).to_value();
    raise(&mut whole);
    if let Ok(raised) = Schema::try_from(whole) {
        *schema = raised;
    }
}

/// Schema transform of an enum of kinds: a kind that needs no settings may stand as a bare word.
///
/// Which words may is known only when all definitions are; `manifest::schema` takes away those that may not.
pub fn kinds(schema: &mut Schema) {
    use serde_json::Value as Json;
    let Some(Json::Array(branches)) = schema.remove("oneOf") else { return };
    let mut words = Vec::new();
    let mut told = Vec::new();
    let mut any = Vec::new();
    for mut branch in branches {
        // Kinds without settings come as words of their own, together or each with its description.
        if let Some(Json::Array(bare)) = branch.get("enum") {
            words.extend(bare.iter().cloned());
            continue;
        }
        if let Some(word) = branch.get("const") {
            words.push(word.clone());
            if let (Some(word), Some(what)) = (word.as_str(), branch["description"].as_str()) {
                told.push(format!("`{word}`: {what}"));
            }
            continue;
        }
        let Some(name) = branch["required"][0].as_str().map(str::to_owned) else { continue };
        if let Some(described) = branch.as_object_mut().and_then(|map| map.remove("description")) {
            branch["properties"][&name]["description"] = described;
        }
        words.push(Json::String(name));
        any.push(branch);
    }
    let mut bare = serde_json::json!({ "type": "string", "enum": words });
    if !told.is_empty() {
        bare["description"] = told.join("\n").into();
    }
    any.insert(0, bare);
    schema.insert("anyOf".into(), Json::Array(any));
}
