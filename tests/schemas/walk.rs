//! Ways through a schema.

use serde_json::Value as Json;

/// Visits every schema inside a schema with its pointer.
pub(crate) fn each<'a>(schema: &'a Json, at: &str, visit: &mut dyn FnMut(&'a Json, &str)) {
    visit(schema, at);
    let Json::Object(map) = schema else { return };
    for (key, inner) in map {
        match (key.as_str(), inner) {
            ("properties" | "$defs", Json::Object(named)) => {
                for (name, schema) in named {
                    each(schema, &format!("{at}/{key}/{}", name.replace('~', "~0").replace('/', "~1")), visit);
                }
            }
            ("anyOf", Json::Array(branches)) => {
                for (index, schema) in branches.iter().enumerate() {
                    each(schema, &format!("{at}/{key}/{index}"), visit);
                }
            }
            ("items" | "additionalProperties", schema) => each(schema, &format!("{at}/{key}"), visit),
            _ => {}
        }
    }
}

/// Follows references; returns the schema and its pointer.
pub(crate) fn resolve<'a>(root: &'a Json, mut schema: &'a Json, at: &str) -> (&'a Json, String) {
    let mut at = at.to_owned();
    while let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
        reference.trim_start_matches('#').clone_into(&mut at);
        schema = root.pointer(&at).unwrap_or_else(|| panic!("{reference} leads nowhere"));
    }
    (schema, at)
}

/// Lists the branches of a union, also those of unions inside it; a schema without branches is its own.
pub(crate) fn branches<'a>(root: &'a Json, schema: &'a Json, at: &str) -> Vec<(&'a Json, String)> {
    let (schema, at) = resolve(root, schema, at);
    match schema.get("anyOf") {
        Some(Json::Array(inner)) => inner
            .iter()
            .enumerate()
            .flat_map(|(index, branch)| branches(root, branch, &format!("{at}/anyOf/{index}")))
            .collect(),
        _ => vec![(schema, at)],
    }
}

/// Returns the kind's name if a schema is a closed map of one key.
pub(crate) fn kind(schema: &Json) -> Option<&str> {
    let (properties, required) = (schema.get("properties")?.as_object()?, schema.get("required")?.as_array()?);
    (properties.len() == 1 && required.len() == 1 && schema.get("additionalProperties") == Some(&Json::Bool(false)))
        .then(|| required[0].as_str())?
}

/// Lists the types that a schema without branches takes.
pub(crate) fn types(schema: &Json) -> Vec<&str> {
    match schema.get("type") {
        Some(Json::String(name)) => vec![name],
        Some(Json::Array(names)) => names.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}
