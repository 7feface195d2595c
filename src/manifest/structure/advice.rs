//! What to write instead of a value of the wrong type, made from what the author wrote.

use super::wanted::{flow, form_key, kind, kinds};
use super::{Walker, text_holds, types};
use crate::expr::shorthand;
use crate::manifest::foreign;
use crate::text::{Content, Node};
use serde_json::Value as Json;

impl Walker<'_> {
    /// Says what to write; `hint` is the setting as it is described where it stands.
    pub(super) fn advice(&self, wanted: &[&'static Json], hint: &Json, node: &Node, key: &str) -> Option<String> {
        let takes = |name: &str| wanted.iter().any(|one| types(self.root, one).contains(&name));
        let advice = match &node.content {
            Content::Text(text) => match text.trim() {
                digits if takes("integer") && is_number(digits) => Some(format!("write it without quotes: `{digits}`")),
                word @ ("true" | "false") if takes("boolean") => {
                    Some(format!("write it without quotes: `{key}: {word}`"))
                }
                word if takes("boolean") => {
                    boolean(word).map(|meant| format!("`{word}` is a text in YAML 1.2; write `{key}: {meant}`"))
                }
                _ => None,
            }
            .or_else(|| self.kind_for(wanted, text, key))
            .or_else(|| takes("array").then(|| format!("put it into a list: `{key}: [{text}]`")))
            .or_else(|| takes("object").then(|| map_of(text, key))?),
            Content::Number(digits) if takes("string") => self.text_of(wanted, digits, key),
            Content::Bool(yes) => kind_of_bool(wanted, *yes)
                .or_else(|| example(wanted, hint, key))
                .or_else(|| takes("string").then(|| format!("quote it to make it a text: `{key}: \"{yes}\"`"))),
            Content::List(items) if takes("object") => Some(self.map_instead(wanted, items, key)),
            Content::List(items) if items.len() == 1 => Some("one value, without `-` or `[ ]`".to_owned()),
            Content::Map(entries) if takes("array") => entries
                .first()
                .map(|first| format!("put it into a list: `{key}: [{{ {}: … }}]`, or begin it with `-`", first.key)),
            _ => None,
        };
        let listed = || {
            let kinds = kinds(wanted);
            (!kinds.is_empty()).then(|| format!("known kinds: {}", kinds.join(", ")))
        };
        advice.or_else(|| example(wanted, hint, key)).or_else(listed)
    }

    /// `reset: header.x` lacks the kind that would take the text.
    fn kind_for(&self, wanted: &[&'static Json], text: &str, key: &str) -> Option<String> {
        let mut fitting = Vec::new();
        for one in wanted {
            let Some(name) = kind(one) else { continue };
            let mut settings = Vec::new();
            self.branches(&one["properties"][name], &mut settings);
            if settings.iter().any(|one| one["type"] == "string" && one.get("enum").is_none() && text_holds(one, text))
            {
                fitting.push(name);
            }
        }
        let written = flow(&Json::from(text));
        match fitting.as_slice() {
            [] => None,
            [name] => Some(format!("one key names the kind: `{key}: {{ {name}: {written} }}`")),
            [name, rest @ ..] if key == "reset" => {
                let rest = rest.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                Some(format!("say the unit: `{key}: {{ {name}: {written} }}`, or one of {rest}"))
            }
            [name, ..] => Some(format!(
                "one key names the kind, such as `{key}: {{ {name}: {written} }}`; known kinds: {}",
                kinds(wanted).join(", ")
            )),
        }
    }

    /// A number where a text must stand: most texts of this kind are a number and its unit.
    fn text_of(&self, wanted: &[&Json], digits: &str, key: &str) -> Option<String> {
        let text = wanted.iter().find(|one| types(self.root, one).contains(&"string") && one.get("enum").is_none())?;
        let form = form_key(text).unwrap_or("text");
        Some(match form {
            "duration" => format!("say the unit: `{key}: {digits}s`, or `min`, `h`, `d`"),
            "rate" => format!("say in which time: `{key}: {digits}/min`, or `/s`, `/h`, `/d`"),
            "size" => format!("say the unit: `{key}: {digits}MiB`, or `KiB`, `GiB`"),
            "text" | "template" => format!("quote it to make it a text: `{key}: \"{digits}\"`"),
            _ => match shorthand::problem(form, digits) {
                None => format!("quote it to make it a text: `{key}: \"{digits}\"`"),
                Some(problem) => {
                    let help = problem.help.map_or(String::new(), |help| format!("; {help}"));
                    format!("it must be a text: {}{help}", problem.message)
                }
            },
        })
    }

    /// A list where a map must stand: the names of the items are its keys.
    fn map_instead(&self, wanted: &[&'static Json], items: &[Node], key: &str) -> String {
        let map = wanted.iter().find(|one| one.get("additionalProperties").is_some_and(|each| each != false));
        let Some(map) = map else {
            return format!("it is one map: write its keys below `{key}`, without `-`");
        };
        let named = |item: &Node| item.get("name").or_else(|| item.get("id"))?.as_text().map(str::to_owned);
        if let Some(name) = items.first().and_then(named) {
            return format!("the name is the key of a map: `{key}: {{ {name}: {{ … }} }}`");
        }
        let mut each = Vec::new();
        self.branches(&map["additionalProperties"], &mut each);
        let value =
            each.iter().find_map(|one| one["examples"][0].as_str()).map_or("…".into(), |one| flow(&one.into()));
        match items.first().and_then(Node::as_text) {
            Some(name) => format!("it is a map of names: `{key}: {{ {name}: {value}, … }}`"),
            None => format!("it is a map of names: `{key}: {{ name: {value} }}`"),
        }
    }
}

/// `paginate: false` means a kind.
fn kind_of_bool(wanted: &[&Json], yes: bool) -> Option<String> {
    let (meant, help) = foreign::kind(if yes { "true" } else { "false" })?;
    kinds(wanted).contains(&meant).then(|| help.to_owned())
}

/// Shows an example of the setting, the one that is told where it stands before that of its form.
fn example(wanted: &[&Json], hint: &Json, key: &str) -> Option<String> {
    let of = |schema: &Json| schema["examples"].get(0).map(flow);
    let example = of(hint).or_else(|| wanted.iter().find_map(|one| of(one)))?;
    Some(format!("for example `{key}: {example}`"))
}

fn map_of(text: &str, key: &str) -> Option<String> {
    let (name, value) = text.split_once(": ")?;
    Some(format!("without the quotes it is a map: `{key}: {{ {name}: {value} }}`"))
}

fn is_number(text: &str) -> bool {
    crate::text::integer(text).is_some()
}

fn boolean(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "yes" | "y" | "on" | "true" => Some(true),
        "no" | "n" | "off" | "false" => Some(false),
        _ => None,
    }
}
