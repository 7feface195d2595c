//! What the structural check says, in the author's words.

use super::union::{kind, list};
use super::{At, Walker, types};
use crate::diagnostic::{Code, Diagnostic, Problem};
use crate::expr::shorthand;
use crate::manifest::foreign;
use crate::name::nearest;
use crate::text::{Content, Entry, Node, Span};
use serde_json::Value as Json;

impl Walker<'_> {
    pub(super) fn unknown_key(&mut self, entry: &Entry, known: &[&str], beside: &[Entry], at: &At<'_>) {
        let meant = foreign::key(&entry.key).filter(|(meant, _)| meant.is_none_or(|meant| known.contains(&meant)));
        let free = |candidate: &&str| !beside.iter().any(|other| other.key == *candidate);
        let near = match meant {
            Some((meant, _)) => meant,
            None => nearest(&entry.key, known.iter().copied().filter(free)),
        };
        let place = at.key.map_or(String::new(), |key| format!(" in `{key}`"));
        let mut told =
            Diagnostic::new(Code::E0101, entry.key_span, format!("unknown key `{}`{place}", entry.key)).nearest(near);
        told = match meant {
            Some((_, help)) => told.help(help),
            None if known.len() <= 20 || near.is_none() => told.help(format!("known keys: {}", known.join(", "))),
            None => told,
        };
        if let (Some(near), None) = (near, meant) {
            told.fix = Some(crate::diagnostic::Fix { span: entry.key_span, replacement: near.to_owned(), safe: false });
        }
        self.push(told);
    }

    pub(super) fn missing_key(&mut self, name: &str, schema: &Json, entries: &[Entry], at: &At<'_>) {
        let place = at.key.map_or(String::new(), |key| format!(" in `{key}`"));
        let what = schema["properties"][name]["description"].as_str().unwrap_or_default();
        let example = schema["properties"][name]["examples"][0].as_str();
        // A misspelt key and a missing one are often the same mistake.
        let close = entries
            .iter()
            .find(|entry| schema["properties"].get(&entry.key).is_none() && nearest(&entry.key, [name]).is_some());
        let mut told = Diagnostic::new(Code::E0102, at.holder, format!("`{name}` is missing{place}"));
        told = match (close, example) {
            (Some(close), _) => told.help(format!("`{}` was probably meant to be `{name}`", close.key)),
            (None, Some(example)) => told.help(format!("add `{name}: {example}`: {}", lower(what))),
            (None, None) => told.help(format!("add `{name}`: {}", lower(what))),
        };
        self.push(told);
    }

    pub(super) fn wrong_type(&mut self, wanted: &[&Json], hint: &Json, node: &Node, at: &At<'_>) {
        let name = at.key.map_or("this".to_owned(), |key| format!("`{key}`"));
        if node.content == Content::Null {
            let told = Diagnostic::new(Code::E0109, node.span, format!("{name} has no value"))
                .help(format!("give {}, or leave the key out", self.wanted(wanted)));
            return self.push(told);
        }
        let mut told = Diagnostic::new(
            Code::E0104,
            node.span,
            format!("{name} takes {}, this is {}", self.wanted(wanted), node.what()),
        );
        if let Some(example) =
            hint["examples"][0].as_str().or_else(|| wanted.iter().find_map(|one| one["examples"][0].as_str()))
        {
            let key = at.key.map_or(String::new(), |key| format!("{key}: "));
            told = told.help(format!("for example `{key}{example}`"));
        }
        if let (Content::Bool(_) | Content::Number(_), true) =
            (&node.content, types_of(self.root, wanted).contains(&"string"))
        {
            told = told.help("quote it to make it a text");
        }
        self.push(told);
    }

    /// Describes what may stand somewhere: "a text, `cursor: …` or `page: …`".
    fn wanted(&self, wanted: &[&Json]) -> String {
        let mut words: Vec<String> = Vec::new();
        for one in wanted {
            if let Some(kind) = kind(one) {
                words.push(format!("`{kind}: …`"));
            } else if let Some(all) = one.get("enum").and_then(Json::as_array) {
                words.extend(all.iter().filter_map(Json::as_str).map(|word| format!("`{word}`")));
            } else {
                words.extend(types(self.root, one).into_iter().filter(|name| *name != "null").map(|name| match name {
                    "string" => form(one).map_or("a text".to_owned(), |form| format!("{} {form}", article(form))),
                    "object" => "a map".to_owned(),
                    "array" => "a list".to_owned(),
                    "integer" => "a whole number".to_owned(),
                    "number" => "a number".to_owned(),
                    "boolean" => "`true` or `false`".to_owned(),
                    other => other.to_owned(),
                }));
            }
        }
        let mut seen = std::collections::HashSet::new();
        words.retain(|word| seen.insert(word.clone()));
        match words.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
            None => "nothing".to_owned(),
        }
    }

    pub(super) fn wrong_word(&mut self, words: &[Json], node: &Node, at: &At<'_>) {
        let known: Vec<&str> = words.iter().filter_map(Json::as_str).collect();
        let Some(word) = node.as_text() else { return };
        let name = at.key.map_or("this".to_owned(), |key| format!("`{key}`"));
        self.push(
            Diagnostic::new(Code::E0107, node.span, format!("{name} can't be `{word}`"))
                .help(format!("one of {}", list(&known)))
                .nearest(nearest(word, known.iter().copied())),
        );
    }

    pub(super) fn wrong_form(&mut self, schema: &Json, text: &str, span: Span) {
        let form = form(schema).unwrap_or("text");
        let problem = shorthand::problem(form, text).unwrap_or_else(|| {
            let example = schema["examples"][0].as_str().unwrap_or_default();
            let message = format!("`{text}` does not read as {} {form}", article(form));
            Problem::new(Code::E0104, 0..text.len(), message).help(format!("for example `{example}`"))
        });
        let told = problem.at(self.sources, span);
        self.push(told);
    }
}

fn types_of<'a>(root: &'a Json, wanted: &[&'a Json]) -> Vec<&'a str> {
    wanted.iter().flat_map(|one| types(root, one)).collect()
}

/// Returns the name of the form of a text's schema.
fn form(schema: &Json) -> Option<&str> {
    schema.get("format")?.as_str()?.strip_prefix("weir ").filter(|form| !matches!(*form, "text" | "template"))
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

/// Makes a description fit to follow a colon.
fn lower(sentence: &str) -> String {
    let sentence = sentence.split('\n').next().unwrap_or_default().trim_end_matches('.');
    let mut letters = sentence.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}
