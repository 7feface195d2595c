//! The published schemas, generated from the types.
//!
//! schemars writes what serde reads; the passes here make of it what an author may write: null only where it takes an
//! inherited key away, bare words only for kinds that need no settings, whole numbers within their type.

use crate::manifest::{ManifestSpec, ProjectSpec, TestSpec};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value as Json, json};
use std::sync::LazyLock;

/// The documents that authors write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    Manifest,
    Project,
    Test,
}

impl Document {
    pub const ALL: [Document; 3] = [Document::Manifest, Document::Project, Document::Test];

    /// Returns the schema's file name below `schemas/`.
    pub fn file(self) -> &'static str {
        match self {
            Document::Manifest => "manifest.schema.json",
            Document::Project => "project.schema.json",
            Document::Test => "test.schema.json",
        }
    }

    /// Returns the schema of the document.
    pub fn schema(self) -> &'static Json {
        static MANIFEST: LazyLock<Json> =
            LazyLock::new(|| generate::<ManifestSpec>(Document::Manifest.file(), "Weir connector manifest"));
        static PROJECT: LazyLock<Json> =
            LazyLock::new(|| generate::<ProjectSpec>(Document::Project.file(), "Weir project"));
        static TEST: LazyLock<Json> =
            LazyLock::new(|| generate::<TestSpec>(Document::Test.file(), "Weir connector test"));
        match self {
            Document::Manifest => &MANIFEST,
            Document::Project => &PROJECT,
            Document::Test => &TEST,
        }
    }

    /// Returns the text of the published file.
    pub fn published(self) -> String {
        let mut text = serde_json::to_string_pretty(self.schema()).expect("a tree of JSON can be written");
        text.push('\n');
        text
    }
}

fn generate<T: JsonSchema>(file: &str, title: &str) -> Json {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut root: Json = generator.into_root_schema_for::<T>().into();
    each(&mut root, &mut strip_null);
    each(&mut root, &mut bound_integers);
    each(&mut root, &mut words);
    settle_bare_words(&mut root);
    describe(&mut root);
    // SEMANTICS rule 4: at connector and stream level null takes an inherited key away.
    if root.pointer("/properties/streams").is_some() {
        take_null(&mut root);
        if let Some(stream) = root.pointer_mut("/$defs/Stream") {
            take_null(stream);
        }
    }
    let mut whole = Map::new();
    whole.insert("$schema".into(), root["$schema"].take());
    // Relative: the file may be published anywhere.
    whole.insert("$id".into(), file.into());
    whole.insert("title".into(), title.into());
    if let Json::Object(rest) = root {
        for (key, value) in rest {
            whole.entry(key).or_insert(value);
        }
    }
    Json::Object(whole)
}

/// Describes a property that has no words of its own by what it refers to: a kind by its settings.
fn describe(root: &mut Json) {
    let all = root.clone();
    each(root, &mut |schema| {
        let Some(Json::Object(properties)) = schema.get_mut("properties") else { return };
        for property in properties.values_mut() {
            let told = resolve(&all, property).get("description").cloned();
            if let (Json::Object(property), Some(told)) = (property, told) {
                property.entry("description").or_insert(told);
            }
        }
    });
}

/// Visits every schema, inner ones first.
fn each(schema: &mut Json, visit: &mut dyn FnMut(&mut Map<String, Json>)) {
    let Json::Object(map) = schema else { return };
    for (key, inner) in map.iter_mut() {
        match (key.as_str(), inner) {
            ("properties" | "$defs", Json::Object(named)) => named.values_mut().for_each(|schema| each(schema, visit)),
            ("anyOf" | "oneOf", Json::Array(branches)) => branches.iter_mut().for_each(|schema| each(schema, visit)),
            ("items" | "additionalProperties", schema) => each(schema, visit),
            _ => {}
        }
    }
    visit(map);
}

fn strip_null(schema: &mut Map<String, Json>) {
    if let Some(Json::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [one] = types.as_slice() {
            schema["type"] = one.clone();
        }
    }
    if let Some(Json::Array(words)) = schema.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
    let Some(Json::Array(branches)) = schema.get_mut("anyOf") else { return };
    branches.retain(|branch| branch.get("type") != Some(&json!("null")));
    if let [one] = branches.as_mut_slice() {
        let one = one.take();
        schema.remove("anyOf");
        if let Json::Object(inner) = one {
            for (key, value) in inner {
                schema.entry(key).or_insert(value);
            }
        }
    }
}

/// Writes the range of an integer's type, so that what passes here can be read.
fn bound_integers(schema: &mut Map<String, Json>) {
    let (least, greatest) = match schema.get("format").and_then(Json::as_str) {
        Some("uint8") => (json!(0), json!(u8::MAX)),
        Some("uint16") => (json!(0), json!(u16::MAX)),
        Some("uint32") => (json!(0), json!(u32::MAX)),
        Some("uint64") => (json!(0), json!(u64::MAX)),
        Some("int64") => (json!(i64::MIN), json!(i64::MAX)),
        _ => return,
    };
    schema.remove("format");
    // A setting may ask for more than its type does.
    let least = schema.get("minimum").filter(|written| written.as_u64() == Some(1)).cloned().unwrap_or(least);
    schema.insert("minimum".into(), least);
    schema.insert("maximum".into(), greatest);
}

/// Makes one `enum` of words that stand each in a branch of its own; their descriptions go into one.
fn words(schema: &mut Map<String, Json>) {
    let Some(Json::Array(branches)) = schema.get("oneOf") else { return };
    let word = |branch: &Json| {
        branch.get("const").cloned().map(|word| vec![word]).or_else(|| branch.get("enum")?.as_array().cloned())
    };
    let Some(all) = branches.iter().map(word).collect::<Option<Vec<_>>>() else { return };
    let told: Vec<String> = branches
        .iter()
        .filter_map(|branch| {
            Some(format!("`{}`: {}", branch.get("const")?.as_str()?, branch.get("description")?.as_str()?))
        })
        .collect();
    schema.remove("oneOf");
    if !told.is_empty() {
        let what = schema.get("description").and_then(Json::as_str).unwrap_or_default();
        schema.insert("description".into(), format!("{what}\n\n{}", told.join("\n")).trim().into());
    }
    schema.insert("type".into(), "string".into());
    schema.insert("enum".into(), all.concat().into());
}

/// Takes the bare words away whose kinds require settings; that is known only when all definitions are there.
fn settle_bare_words(root: &mut Json) {
    let all = root.clone();
    each(root, &mut |schema| {
        let Some(Json::Array(branches)) = schema.get_mut("anyOf") else { return };
        if branches.len() < 2 || branches[0].get("enum").is_none() {
            return;
        }
        let kinds: Vec<Json> = branches[1..].to_vec();
        let keep = |word: &Json| {
            let name = word.as_str().unwrap_or_default();
            let kind = kinds.iter().find(|kind| kind["required"][0] == *word);
            kind.is_none_or(|kind| may_be_bare(&all, &kind["properties"][name]))
        };
        if let Some(Json::Array(words)) = branches[0].get_mut("enum") {
            words.retain(keep);
            if words.is_empty() {
                branches.remove(0);
            }
        }
    });
}

/// Says whether settings may be left out: a closed map of which nothing is required.
fn may_be_bare(root: &Json, settings: &Json) -> bool {
    let settings = resolve(root, settings);
    if let Some(Json::Array(branches)) = settings.get("anyOf") {
        return branches.iter().any(|branch| may_be_bare(root, branch));
    }
    settings.get("type") == Some(&json!("object"))
        && settings.get("additionalProperties") == Some(&json!(false))
        && settings.get("required").is_none()
}

/// Follows references.
pub(in crate::manifest) fn resolve<'a>(root: &'a Json, mut schema: &'a Json) -> &'a Json {
    while let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
        schema =
            root.pointer(reference.trim_start_matches('#')).expect("a reference of a generated schema leads somewhere");
    }
    schema
}

fn take_null(schema: &mut Json) {
    let required: Vec<Json> = schema.get("required").and_then(Json::as_array).cloned().unwrap_or_default();
    let Some(properties) = schema.get_mut("properties").and_then(Json::as_object_mut) else { return };
    for (key, property) in properties {
        if required.iter().any(|name| name == key) || property == &Json::Bool(true) {
            continue;
        }
        let mut whole = Map::new();
        // The examples of a form stay with its pattern.
        let moved: &[&str] =
            if property.get("pattern").is_some() { &["description"] } else { &["description", "examples"] };
        for keyword in moved {
            if let Some(told) = property.as_object_mut().and_then(|map| map.remove(*keyword)) {
                whole.insert((*keyword).into(), told);
            }
        }
        whole.insert("anyOf".into(), json!([property.take(), { "type": "null" }]));
        *property = Json::Object(whole);
    }
}
