//! What the structural check says, in the author's words.

use super::wanted::{article, describe, flow, form, form_key, list};
use super::{At, Walker};
use crate::diagnostic::{Code, Diagnostic, Problem};
use crate::expr::shorthand;
use crate::manifest::foreign;
use crate::name::nearest;
use crate::text::{Content, Entry, Node, Span};
use serde_json::Value as Json;

/// A longer list of keys helps nobody.
const MOST_KEYS: usize = 24;

impl Walker<'_> {
    pub(super) fn unknown_key(&mut self, entry: &Entry, known: &[&str], free: &[&str], at: &At<'_>) {
        let meant = foreign::key(&entry.key).filter(|(meant, _)| meant.is_none_or(|meant| known.contains(&meant)));
        let near = match meant {
            Some((meant, _)) => meant,
            None => nearest(&entry.key, free.iter().copied()),
        };
        let place = at.key.map_or(String::new(), |key| format!(" in `{key}`"));
        let mut told =
            Diagnostic::new(Code::E0101, entry.key_span, format!("unknown key `{}`{place}", entry.key)).nearest(near);
        told = match meant {
            Some((_, help)) => told.help(help),
            None if known.len() <= MOST_KEYS => told.help(format!("known keys: {}", known.join(", "))),
            None if near.is_none() => {
                let (shown, more) = known.split_at(MOST_KEYS);
                told.help(format!("known keys: {} and {} more", shown.join(", "), more.len()))
            }
            None => told,
        };
        if let (Some(near), None) = (near, meant) {
            told.fix = Some(self.fix(entry.key_span, near));
        }
        self.push(told);
    }

    pub(super) fn missing_key(&mut self, name: &str, schema: &Json, entries: &[Entry], at: &At<'_>) {
        let place = at.key.map_or(String::new(), |key| format!(" in `{key}`"));
        let what = schema["properties"][name]["description"].as_str().unwrap_or_default();
        let example = schema["properties"][name]["examples"].get(0).map(flow);
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

    pub(super) fn wrong_type(&mut self, wanted: &[&'static Json], hint: &Json, node: &Node, at: &At<'_>) {
        let (name, takes) = (at.name(), describe(self.root, wanted));
        if node.content == Content::Null {
            let told = Diagnostic::new(Code::E0109, node.span, format!("{name} is null, it has no value"))
                .help(format!("give {takes}, or leave the key out"));
            return self.push(told);
        }
        let message = format!("{name} takes {takes}, this is {}", node.what());
        let mut told = Diagnostic::new(Code::E0104, node.span, message);
        told.help = self.advice(wanted, hint, node, at.key.unwrap_or("connector"));
        self.push(told);
    }

    pub(super) fn wrong_word(&mut self, words: &[Json], node: &Node, at: &At<'_>) {
        let known: Vec<&str> = words.iter().filter_map(Json::as_str).collect();
        let Some(word) = node.as_text() else { return };
        let near = nearest(word, known.iter().copied()).or_else(|| {
            // `ascending` begins with the word that is meant.
            known.iter().copied().find(|one| one.len() > 2 && word.to_ascii_lowercase().starts_with(one))
        });
        let mut told = Diagnostic::new(Code::E0107, node.span, format!("{} can't be `{word}`", at.name()))
            .help(format!("one of {}", list(&known)))
            .nearest(near);
        told.fix = near.map(|near| self.fix(node.span, near));
        self.push(told);
    }

    pub(super) fn wrong_form(&mut self, schema: &Json, text: &str, span: Span) {
        let (form, key) = (form(schema).unwrap_or("text"), form_key(schema).unwrap_or("text"));
        let problem = shorthand::problem(key, text).unwrap_or_else(|| {
            let example = schema["examples"][0].as_str().unwrap_or_default();
            let message = format!("`{text}` does not read as {} {form}", article(form));
            Problem::new(Code::E0104, 0..text.len(), message).help(format!("for example `{example}`"))
        });
        let told = problem.at(self.sources, span);
        self.push(told);
    }
}

/// Makes a description fit to follow a colon.
fn lower(sentence: &str) -> String {
    let sentence = sentence.split('\n').next().unwrap_or_default().trim_end_matches('.');
    let mut letters = sentence.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}
