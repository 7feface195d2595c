//! Unions: which branch an author meant, found by the value's type and then by its single key.

use super::wanted::{self, flow, form_key, kind, kinds, list};
use super::{At, Walker, takes, text_holds};
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::foreign;
use crate::manifest::schema::resolve;
use crate::name::{is_name, nearest};
use crate::text::{Content, Entry, Node, Span};
use serde_json::Value as Json;

impl Walker<'_> {
    /// Collects the branches of a union, also those of unions in it.
    pub(super) fn branches(&self, schema: &'static Json, all: &mut Vec<&'static Json>) {
        let schema = resolve(self.root, schema);
        match schema.get("anyOf") {
            Some(Json::Array(inner)) => inner.iter().for_each(|branch| self.branches(branch, all)),
            _ => all.push(schema),
        }
    }

    pub(super) fn union(&mut self, schema: &'static Json, hint: &Json, node: &Node, at: &At<'_>) -> Option<Node> {
        let mut all = Vec::new();
        self.branches(schema, &mut all);
        let fitting: Vec<&'static Json> = all.iter().copied().filter(|branch| takes(self.root, branch, node)).collect();
        match (&node.content, fitting.as_slice()) {
            (Content::Text(text), _) => self.union_text(&all, &fitting, hint, text, node, at),
            (_, []) => {
                self.wrong_type(&all, hint, node, at);
                None
            }
            (Content::Map(entries), several) if several.len() > 1 || !kinds(&all).is_empty() => {
                self.union_map(&all, several, node, entries, at)
            }
            (_, [one]) => self.node(one, node, at),
            // Several branches of one plain type: the first that holds, else the first one's findings.
            (_, several) => {
                let clean = several.iter().find(|branch| match &node.content {
                    Content::Number(digits) => {
                        super::number::Numeral::parse(digits).within(branch.get("minimum"), branch.get("maximum"))
                    }
                    _ => true,
                });
                self.node(clean.unwrap_or(&several[0]), node, at)
            }
        }
    }

    fn union_text(
        &mut self,
        all: &[&'static Json],
        fitting: &[&'static Json],
        hint: &Json,
        text: &str,
        node: &Node,
        at: &At<'_>,
    ) -> Option<Node> {
        let words: Vec<&str> = fitting
            .iter()
            .filter_map(|branch| branch.get("enum")?.as_array())
            .flatten()
            .filter_map(Json::as_str)
            .collect();
        let forms: Vec<&'static Json> = fitting.iter().copied().filter(|branch| branch.get("enum").is_none()).collect();
        if words.contains(&text) || forms.iter().any(|form| text_holds(form, text)) {
            return Some(node.clone());
        }
        let known = kinds(all);
        if known.contains(&text) {
            self.bare_kind(text, all, node);
        } else if let Some(form) = likely_form(&forms, text) {
            self.wrong_form(form, text, node.span);
        } else if !known.is_empty() && is_name(&text.replace('-', "_")) {
            self.unknown_kind(text, &known, node.span);
        } else if words.is_empty() || !known.is_empty() {
            self.wrong_type(all, hint, node, at);
        } else {
            let words: Vec<Json> = words.into_iter().map(Json::from).collect();
            self.wrong_word(&words, node, at);
        }
        None
    }

    fn union_map(
        &mut self,
        all: &[&'static Json],
        fitting: &[&'static Json],
        node: &Node,
        entries: &[Entry],
        at: &At<'_>,
    ) -> Option<Node> {
        let kinds: Vec<(&str, &'static Json)> =
            fitting.iter().filter_map(|branch| Some((kind(branch)?, *branch))).collect();
        let free = fitting.iter().copied().find(|branch| kind(branch).is_none());
        let mut named = entries.iter().filter(|entry| kinds.iter().any(|(name, _)| *name == entry.key));
        let schema_of = |entry: &Entry| kinds.iter().find(|(name, _)| *name == entry.key).map(|(_, schema)| *schema);
        match (named.next(), named.next()) {
            (Some(entry), None) if entries.len() == 1 => self.node(schema_of(entry)?, node, at),
            (None, _) if free.is_some() => self.node(free?, node, at),
            (None, _) => {
                let known = wanted::kinds(all);
                if let Some(first) = entries.first() {
                    self.unknown_kind_key(first, entries, &known, &kinds);
                } else {
                    let message = format!("{} names no kind", at.name());
                    self.push(
                        Diagnostic::new(Code::E0102, at.holder, message).help(format!("one of {}", list(&known))),
                    );
                }
                None
            }
            (Some(first), Some(second)) => {
                self.push(
                    Diagnostic::new(
                        Code::E0105,
                        second.key_span,
                        format!("two kinds in one map: `{}` and `{}`", first.key, second.key),
                    )
                    .also(first.key_span, "the first kind")
                    .help("one key names the kind; keep one of them"),
                );
                None
            }
            (Some(entry), None) => {
                let schema = schema_of(entry)?;
                let settings = self.settings(schema, &entry.key);
                for other in entries.iter().filter(|other| other.key != entry.key) {
                    let mut told = Diagnostic::new(
                        Code::E0105,
                        other.key_span,
                        format!("`{}` stands beside the kind `{}`", other.key, entry.key),
                    )
                    .also(entry.key_span, "this key names the kind");
                    told = if settings.contains(&other.key.as_str()) {
                        told.help(format!(
                            "it is a setting of `{0}`: write it inside, `{0}: {{ {1}: … }}`",
                            entry.key, other.key
                        ))
                    } else {
                        told.help("one key names the kind; its settings stand inside it")
                    };
                    self.push(told);
                }
                // Its own settings are checked all the same, but it can't be used.
                let here = At { holder: entry.key_span, key: Some(&entry.key), is_item: false };
                self.node(&schema["properties"][&entry.key], &entry.value, &here);
                None
            }
        }
    }

    /// Lists the settings that a kind takes.
    pub(super) fn settings(&self, schema: &'static Json, name: &str) -> Vec<&'static str> {
        let mut all = Vec::new();
        self.branches(&schema["properties"][name], &mut all);
        all.iter()
            .filter_map(|one| one.get("properties")?.as_object())
            .flat_map(|map| map.keys().map(String::as_str))
            .collect()
    }

    fn unknown_kind(&mut self, word: &str, known: &[&str], span: Span) {
        let meant = foreign::kind(word).filter(|(meant, _)| known.contains(meant));
        let near = meant.map(|(meant, _)| meant).or_else(|| nearest(word, known.iter().copied()));
        let help = meant.map_or_else(|| format!("known kinds: {}", known.join(", ")), |(_, help)| help.to_owned());
        let mut told = Diagnostic::new(Code::E0103, span, format!("unknown kind `{word}`")).help(help).nearest(near);
        told.fix = near.map(|near| self.fix(span, near));
        self.push(told);
    }

    fn unknown_kind_key(&mut self, first: &Entry, entries: &[Entry], known: &[&str], kinds: &[(&str, &'static Json)]) {
        // `type: OffsetIncrement` and `$ref` are how other formats name a kind.
        let Some(typed) = entries.iter().find(|entry| matches!(entry.key.as_str(), "type" | "kind" | "$ref")) else {
            return self.unknown_kind(&first.key, known, first.key_span);
        };
        let word = typed.value.as_text().unwrap_or_default();
        let meant = foreign::kind(word).filter(|(meant, _)| known.contains(meant));
        let near = meant.map(|(meant, _)| meant).or_else(|| nearest(word, known.iter().copied()));
        let example = match (meant, near.and_then(|near| kinds.iter().find(|(name, _)| *name == near))) {
            (Some((_, help)), _) => help.to_owned(),
            (None, Some((name, schema))) => format!("`{}`", self.kind_example(name, schema)),
            (None, None) => format!("`kind: {{ … }}`; known kinds: {}", known.join(", ")),
        };
        self.push(
            Diagnostic::new(Code::E0103, typed.key_span, format!("unknown kind `{}`", typed.key))
                .help(format!("there is no `{}:` here, one key names the kind: {example}", typed.key))
                .nearest(near),
        );
    }

    /// Shows how a kind is written.
    fn kind_example(&self, name: &str, schema: &'static Json) -> String {
        let mut settings = Vec::new();
        self.branches(&schema["properties"][name], &mut settings);
        match settings.iter().find_map(|one| one["examples"].get(0)) {
            Some(example) => format!("{name}: {}", flow(example)),
            None if settings.iter().any(|one| one["type"] == "object") => format!("{name}: {{ … }}"),
            None => format!("{name}: …"),
        }
    }

    fn bare_kind(&mut self, word: &str, all: &[&'static Json], node: &Node) {
        let Some(schema) = all.iter().copied().find(|branch| kind(branch) == Some(word)) else { return };
        let mut inner = Vec::new();
        self.branches(&schema["properties"][word], &mut inner);
        let required: Vec<&str> =
            inner.iter().filter_map(|one| one.get("required")?.as_array()).flatten().filter_map(Json::as_str).collect();
        let example = required.iter().map(|key| format!("{key}: …")).collect::<Vec<_>>().join(", ");
        let help = if required.is_empty() {
            format!("write `{word}: …`")
        } else {
            format!("write `{word}: {{ {example} }}`")
        };
        self.push(Diagnostic::new(Code::E0108, node.span, format!("`{word}` needs settings")).help(help));
    }
}

/// Chooses the form that a text was meant to be.
fn likely_form(forms: &[&'static Json], text: &str) -> Option<&'static Json> {
    let named = |name: &str| forms.iter().copied().find(|form| form_key(form) == Some(name));
    if text.starts_with("{{") {
        return named("expression").or_else(|| forms.first().copied());
    }
    if text.contains(' ') && named("request").is_some() {
        return named("request");
    }
    // What does not begin as an expression was not meant as one.
    forms.iter().copied().find(|form| form_key(form) != Some("expression"))
}
