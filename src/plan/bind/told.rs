//! What `jsonschema` finds, in the words of who wrote the value.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::types::JsonType;
use serde_json::Value as Json;

/// What is wrong with a value, and what to write.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Told {
    pub message: String,
    pub help: Option<String>,
    /// The way to the element of a list that is wrong.
    pub way: Vec<usize>,
}

impl Told {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, way: Vec::new() }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Tells a finding; a secret is not shown.
pub(super) fn tell(error: &ValidationError<'_>, secret: bool) -> Told {
    let value = error.instance();
    let shown = if secret { "the secret".to_owned() } else { shown(value) };
    let told = match error.kind() {
        ValidationErrorKind::Type { kind } => wrong_type(value, kind, secret),
        ValidationErrorKind::Enum { options } => {
            let words: Vec<String> = options
                .as_array()
                .into_iter()
                .flatten()
                .map(|word| word.as_str().map_or(word.to_string(), str::to_owned))
                .collect();
            Told::new(format!("{shown} is none of its values")).help(format!("write one of {}", words.join(", ")))
        }
        ValidationErrorKind::Pattern { pattern } => {
            Told::new(format!("{shown} does not match the pattern")).help(format!("it must match `{pattern}`"))
        }
        ValidationErrorKind::Minimum { limit } => Told::new(format!("{shown} is less than {limit}, the least value")),
        ValidationErrorKind::Maximum { limit } => {
            Told::new(format!("{shown} is more than {limit}, the greatest value"))
        }
        ValidationErrorKind::MinItems { limit } => Told::new(format!("the list has fewer than {limit} elements")),
        ValidationErrorKind::MaxItems { limit } => Told::new(format!("the list has more than {limit} elements")),
        ValidationErrorKind::AnyOf { context } => {
            // An element of a list: what its type says, not that it might also be null.
            match context.iter().flatten().next() {
                Some(inner) => tell(inner, secret),
                None => Told::new(format!("{shown} does not fit")),
            }
        }
        _ => Told::new(format!("{shown} does not fit")),
    };
    let way = error.instance_path().as_str().split('/').filter_map(|step| step.parse().ok()).collect();
    Told { way, ..told }
}

fn wrong_type(value: &Json, kind: &TypeKind, secret: bool) -> Told {
    let wanted = |wanted: JsonType| match kind {
        TypeKind::Single(one) => *one == wanted,
        TypeKind::Multiple(several) => several.contains(wanted),
    };
    let name = if wanted(JsonType::Array) {
        "a list"
    } else if wanted(JsonType::Integer) {
        "an integer"
    } else if wanted(JsonType::Number) {
        "a number"
    } else if wanted(JsonType::Boolean) {
        "`true` or `false`"
    } else if wanted(JsonType::Object) {
        "a map"
    } else {
        "a text"
    };
    let told = Told::new(format!("expected {name}, this is {}", what(value)));
    match value {
        _ if secret => told,
        Json::String(text) if name == "a list" => {
            told.help(format!("write `[{}]`", text.split(',').map(str::trim).collect::<Vec<_>>().join(", ")))
        }
        Json::Number(_) | Json::Bool(_) if name == "a list" => told.help(format!("write `[{value}]`")),
        Json::String(text) if is_plain(text, name) => told.help(format!("write {text} without quotes")),
        Json::Number(_) | Json::Bool(_) if name == "a text" => told.help(format!("write `\"{value}\"`, in quotes")),
        _ => told,
    }
}

/// Says whether a text would be the wanted value without its quotes.
fn is_plain(text: &str, wanted: &str) -> bool {
    match wanted {
        "an integer" => text.parse::<i64>().is_ok(),
        "a number" => text.parse::<f64>().is_ok_and(f64::is_finite),
        "`true` or `false`" => matches!(text, "true" | "false"),
        _ => false,
    }
}

fn what(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "a map",
    }
}

fn shown(value: &Json) -> String {
    match value {
        Json::String(text) if text.is_empty() => "an empty text".into(),
        Json::String(text) => match text.char_indices().nth(40) {
            Some((end, _)) => format!("`{}…`", &text[..end]),
            None => format!("`{text}`"),
        },
        Json::Array(_) | Json::Object(_) => "the value".into(),
        other => format!("`{other}`"),
    }
}
