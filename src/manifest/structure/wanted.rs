//! What a schema asks for, in a few words.

use super::types;
use serde_json::Value as Json;

/// More kinds than this are not counted out in a message; the help lists them.
const SHOWN: usize = 3;

/// Describes what a value may be: "a whole number or an expression", "a kind (`none`, `link`, `url`, …)".
pub(super) fn describe(root: &Json, wanted: &[&Json]) -> String {
    let mut all: Vec<String> = Vec::new();
    let kinds = kinds(wanted);
    if !kinds.is_empty() {
        let shown: Vec<String> = kinds.iter().take(SHOWN).map(|kind| format!("`{kind}`")).collect();
        let more = if kinds.len() > SHOWN { ", …" } else { "" };
        all.push(format!("a kind ({}{more})", shown.join(", ")));
    }
    for one in wanted.iter().filter(|one| kinds.is_empty() || kind(one).is_none() && !is_words(one)) {
        if let Some(words) = words(one) {
            all.extend(words.map(|word| format!("`{word}`")));
            continue;
        }
        all.extend(types(root, one).into_iter().filter(|name| *name != "null").map(|name| match name {
            "string" => form(one).map_or("a text".to_owned(), |form| format!("{} {form}", article(form))),
            "object" => "a map".to_owned(),
            "array" => "a list".to_owned(),
            "integer" => "a whole number".to_owned(),
            "number" => "a number".to_owned(),
            "boolean" => "a boolean (`true` or `false`)".to_owned(),
            other => other.to_owned(),
        }));
    }
    let mut seen = std::collections::HashSet::new();
    all.retain(|word| seen.insert(word.clone()));
    match all.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => "nothing".to_owned(),
    }
}

/// Returns the kind's name if a schema is a kind: a closed map of one key.
pub(super) fn kind(schema: &Json) -> Option<&str> {
    let one_key = schema.get("properties")?.as_object()?.len() == 1 && schema.get("required")?.as_array()?.len() == 1;
    (schema.get("additionalProperties") == Some(&Json::Bool(false)) && one_key)
        .then(|| schema["required"][0].as_str())?
}

/// Lists the kinds and bare words of a union; of one that has no kinds nothing.
pub(super) fn kinds<'a>(wanted: &[&'a Json]) -> Vec<&'a str> {
    let named: Vec<&str> = wanted.iter().filter_map(|one| kind(one)).collect();
    let bare: Vec<&str> = wanted.iter().filter_map(|one| words(one)).flatten().collect();
    // A closed map that happens to have one key is no kind.
    if named.is_empty() || named.len() == 1 && bare.is_empty() {
        return Vec::new();
    }
    let mut all = bare;
    all.extend(named.iter().copied());
    let mut seen = std::collections::HashSet::new();
    all.retain(|word| seen.insert(*word));
    all
}

fn is_words(schema: &Json) -> bool {
    schema.get("enum").is_some()
}

fn words(schema: &Json) -> Option<impl Iterator<Item = &str>> {
    Some(schema.get("enum")?.as_array()?.iter().filter_map(Json::as_str))
}

/// Returns the name of the form of a text's schema, for people.
pub(super) fn form(schema: &Json) -> Option<&str> {
    match form_key(schema)? {
        "text" | "template" => None,
        "optional place" => Some("place"),
        "param type" => Some("type"),
        "requirement" => Some("least version"),
        form => Some(form),
    }
}

/// Returns the name of the form of a text's schema as its parser is found by.
pub(super) fn form_key(schema: &Json) -> Option<&str> {
    schema.get("format")?.as_str()?.strip_prefix("weir ")
}

pub(super) fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

/// Lists words in a message.
pub(super) fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Writes a value as it would stand inside a line of YAML.
pub(super) fn flow(value: &Json) -> String {
    match value {
        Json::String(text)
            if text.is_empty() || text.contains(['{', '[', ',', '#', '"', '`']) || text.contains(": ") =>
        {
            value.to_string()
        }
        Json::String(text) => text.clone(),
        Json::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Json::Object(map) => {
            let entries = map.iter().map(|(key, value)| format!("{key}: {}", flow(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
