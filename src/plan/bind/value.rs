//! One value: shaped by its type, held against its JSON Schema, cast.

use super::given::{From, GivenValue};
use super::told::{Told, tell};
use crate::components::context::fixed;
use crate::data::{self, ParamType, Type, Value};
use crate::expr::place;
use crate::expr::shorthand::place::split_optional;
use crate::manifest::{ParamSpec, to_json};
use crate::plan::Param;
use crate::text::{Content, Node, Sources, read};
use jsonschema::{Draft, PatternOptions};
use serde_json::{Value as Json, json};
use std::path::Path;
use std::sync::Arc;

/// The largest file that a `file` param takes, and the largest automaton of a pattern.
const FILE_BYTES: u64 = 1 << 20;
const PATTERN_BYTES: usize = 1 << 20;

/// Reads what was given as a value of the param's type.
pub(super) fn read_value(param: &Param, given: &GivenValue, folder: &Path) -> Result<Value, Told> {
    let node = shaped(&given.node, &param.of, given);
    let secret = param.of.is_secret();
    let spec = param.spec.as_deref();
    validate(&schema(param, spec), &to_json(&node), secret)?;
    let value = match &param.of {
        ParamType::Type(of) => {
            let value = data::cast(&fixed(&node), of).map_err(unfit)?.value;
            within(&value, of, spec)?;
            value
        }
        ParamType::Secret if param.required && node.as_text() == Some("") => {
            return Err(Told::new("the secret is empty").help("leave it out where the API needs none"));
        }
        ParamType::SecretJson => json_of(&node)?,
        ParamType::Place => place_of(node.as_text().unwrap_or_default())?,
        ParamType::Secret | ParamType::Fields => fixed(&node),
        ParamType::File => file(node.as_text().unwrap_or_default(), folder)?,
    };
    Ok(spec.map_or(value.clone(), |spec| framed(value, spec)))
}

/// Gives a node the shape that its type wants, where nothing is guessed: digits as text, and texts from variables.
fn shaped(node: &Node, of: &ParamType, given: &GivenValue) -> Node {
    match of {
        ParamType::Type(of) => typed(node, of, given, given.is_loose(node)),
        _ => as_text(node),
    }
}

fn typed(node: &Node, of: &Type, given: &GivenValue, loose: bool) -> Node {
    let with = |content| Node { span: node.span, content };
    match (of, &node.content) {
        // SEMANTICS rule 60: a list from a variable is split at commas, unless it is written as one.
        (Type::List { of: item, .. }, Content::Text(text)) if loose => {
            let written = if text.trim_start().starts_with('[') { parsed(text) } else { None };
            if let Some(list @ Content::List(_)) = written {
                return typed(&with(list), of, given, true);
            }
            let of = item;
            let pieces = text.split(',').map(str::trim).filter(|piece| !piece.is_empty());
            let items = pieces.map(|piece| typed(&with(Content::Text(piece.to_owned())), of, given, true));
            with(Content::List(items.collect()))
        }
        (Type::List { of, .. }, Content::List(items)) => with(Content::List(
            items.iter().map(|item| typed(item, of, given, loose || given.is_loose(item))).collect(),
        )),
        (Type::Integer | Type::Number | Type::Decimal { .. }, Content::Text(text)) if loose && is_number(text) => {
            with(Content::Number(text.clone()))
        }
        (Type::Boolean, Content::Text(text)) if loose && matches!(text.as_str(), "true" | "false") => {
            with(Content::Bool(text == "true"))
        }
        (Type::Json, Content::Text(text)) if loose => parsed(text).map_or_else(|| node.clone(), with),
        (Type::String | Type::Enum(_) | Type::Uuid, _) => as_text(node),
        _ => node.clone(),
    }
}

/// Numbers keep their digits as a text (SEMANTICS rule 28).
fn as_text(node: &Node) -> Node {
    match &node.content {
        Content::Number(digits) => Node { span: node.span, content: Content::Text(digits.clone()) },
        _ => node.clone(),
    }
}

fn is_number(text: &str) -> bool {
    text.ends_with(|sign: char| sign.is_ascii_digit()) && text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// Reads a text as a document of its own.
fn parsed(text: &str) -> Option<Content> {
    let (_, node, flaws) = read(&mut Sources::default(), "", text.as_bytes(), false);
    node.filter(|_| flaws.is_empty()).map(|node| node.content)
}

/// Returns the JSON Schema of a param: its type, and what its long form adds.
pub(super) fn schema(param: &Param, spec: Option<&ParamSpec>) -> Json {
    let mut schema = param.of.json_schema();
    let Some(spec) = spec else { return schema };
    let list = matches!(param.of, ParamType::Type(Type::List { .. }));
    let numeric = matches!(param.of, ParamType::Type(Type::Integer | Type::Number | Type::Decimal { .. }));
    let (least, most) = if list { ("minItems", "maxItems") } else { ("minimum", "maximum") };
    for (key, bound) in [(least, &spec.min), (most, &spec.max)] {
        if let Some(bound) = bound.as_ref().map(to_json).filter(Json::is_number)
            && (list || numeric)
        {
            schema[key] = bound;
        }
    }
    let mut inner = json!({});
    if let Some(pattern) = &spec.pattern {
        inner["pattern"] = pattern.text.as_str().into();
    }
    let plain = matches!(param.of, ParamType::Type(Type::String | Type::Integer | Type::Enum(_) | Type::List { .. }));
    if let (Some(choices), true) = (&spec.choices, plain) {
        inner["enum"] = choices.iter().map(|choice| to_json(&choice.value)).collect();
    }
    if inner != json!({}) {
        let both = |of: Json| json!({ "allOf": [of, inner] });
        schema = if list { json!({ "allOf": [schema, { "items": inner }] }) } else { both(schema) };
    }
    schema
}

fn validate(schema: &Json, value: &Json, secret: bool) -> Result<(), Told> {
    let options = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_BYTES));
    // A pattern that can't be built was told with the manifest.
    let Ok(validator) = options.build(schema) else { return Ok(()) };
    validator.validate(value).map_err(|error| tell(&error, secret))
}

fn unfit(error: data::CastError) -> Told {
    let told = Told::new(error.message);
    match error.hint {
        Some(hint) => told.help(hint),
        None => told,
    }
}

/// Checks bounds and choices of types that JSON has no numbers for.
fn within(value: &Value, of: &Type, spec: Option<&ParamSpec>) -> Result<(), Told> {
    let Some(spec) = spec else { return Ok(()) };
    let bound = |node: &Option<Node>| match node.as_ref().map(|node| data::cast(&fixed(node), of)) {
        Some(Ok(data::Cast { value: Value::Time(time), .. })) => Some(time.at),
        _ => None,
    };
    if let Value::Time(time) = value {
        if let Some(least) = bound(&spec.min).filter(|least| time.at < *least) {
            return Err(Told::new(format!("the value lies before {least}, the least value")));
        }
        if let Some(most) = bound(&spec.max).filter(|most| time.at > *most) {
            return Err(Told::new(format!("the value lies after {most}, the greatest value")));
        }
    }
    let choices = spec.choices.iter().flatten().map(|choice| data::cast(&fixed(&choice.value), of));
    let choices: Vec<Value> = choices.filter_map(|cast| Some(cast.ok()?.value)).collect();
    if choices.is_empty() || matches!(value, Value::List(_)) || choices.contains(value) {
        return Ok(());
    }
    Err(Told::new("this is none of its choices"))
}

fn json_of(node: &Node) -> Result<Value, Told> {
    let Some(text) = node.as_text() else { return Ok(fixed(node)) };
    let (_, parsed, flaws) = read(&mut Sources::default(), "", text.as_bytes(), true);
    match parsed.filter(|_| flaws.is_empty()) {
        Some(parsed) => Ok(fixed(&parsed)),
        None => Err(Told::new("the secret is not JSON").help("give the whole JSON document, as it was downloaded")),
    }
}

/// A JSONPath as it is, or a dotted path: `data.items` is `$.data.items`.
fn place_of(text: &str) -> Result<Value, Told> {
    let text = text.trim();
    let place = if text.starts_with('$') { text.to_owned() } else { dotted(text) };
    match place::compile(split_optional(&place).0) {
        Ok(_) => Ok(Value::Text(place.as_str().into())),
        Err(problem) => Err(Told::new(format!("`{text}` is no place: {}", problem.message))
            .help("write a path such as `data.items`, or a JSONPath such as `$.data[*]`")),
    }
}

fn dotted(text: &str) -> String {
    if text.is_empty() {
        return "$".into();
    }
    let mut place = "$".to_owned();
    for step in text.split('.') {
        let plain = crate::name::is_name(step.trim_end_matches('?'));
        let bracket = step.find('[').is_some_and(|at| at > 0 && crate::name::is_name(&step[..at]));
        match step {
            _ if plain || bracket => place.extend([".", step]),
            _ if step.bytes().all(|b| b.is_ascii_digit()) && !step.is_empty() => place.extend(["[", step, "]"]),
            _ => place.extend(["['", &step.replace('\\', "\\\\").replace('\'', "\\'"), "']"]),
        }
    }
    place
}

fn file(path: &str, folder: &Path) -> Result<Value, Told> {
    let whole = folder.join(path);
    let size = std::fs::metadata(&whole).map_err(|_| Told::new(format!("there is no file `{path}`")))?.len();
    if size > FILE_BYTES {
        return Err(Told::new(format!("the file `{path}` is larger than 1 MiB")));
    }
    std::fs::read_to_string(&whole)
        .map(|text| Value::Text(text.into()))
        .map_err(|_| Told::new(format!("the file `{path}` is no text")))
}

/// Puts the prefix before and the suffix behind, where they are not there.
fn framed(value: Value, spec: &ParamSpec) -> Value {
    match value {
        Value::Text(text) => {
            let prefix = spec.prefix.as_ref().map_or("", |prefix| &prefix.text);
            let suffix = spec.suffix.as_ref().map_or("", |suffix| &suffix.text);
            let before = if text.starts_with(prefix) { "" } else { prefix };
            let behind = if text.ends_with(suffix) { "" } else { suffix };
            Value::Text(format!("{before}{text}{behind}").into())
        }
        Value::List(items) => Value::List(Arc::new(items.iter().map(|item| framed(item.clone(), spec)).collect())),
        other => other,
    }
}

/// Reads the columns that a text gives, from a variable: a YAML flow map.
pub(super) fn columns_in_text(given: &GivenValue, sources: &mut Sources) -> Option<Node> {
    let Content::Text(text) = &given.node.content else { return None };
    if !given.is_loose(&given.node) {
        return None;
    }
    let name = match &given.from {
        From::Text(origin) => origin.clone(),
        From::File { .. } => given.name.clone(),
    };
    let (_, node, flaws) = read(sources, &name, text.as_bytes(), false);
    node.filter(|_| flaws.is_empty())
}
