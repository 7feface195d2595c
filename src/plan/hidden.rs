//! What of a text no finding shows: the values of connections and destinations, and the defaults of secrets.

use crate::diagnostic::Diagnostic;
use crate::text::{Content, Node, SourceId, Sources};

/// Top-level keys of a project that hold no secrets.
const OPEN: [&str; 2] = ["$schema", "syncs"];
/// Keys of a connection that hold no secrets.
const OPEN_IN_CONNECTION: [&str; 3] = ["connector", "use", "description"];

/// Hides the values of a project. Of a text with flaws not every value is in the tree: there, its lines are gone through.
pub(super) fn project(source: SourceId, root: Option<&Node>, whole: bool, sources: &mut Sources) {
    for entry in root.map(Node::entries).unwrap_or_default() {
        if entry.key != "connections" {
            if !OPEN.contains(&entry.key.as_str()) {
                hide(&entry.value, sources);
            }
            continue;
        }
        if entry.value.entries().is_empty() {
            hide(&entry.value, sources);
        }
        for connection in entry.value.entries() {
            if connection.value.entries().is_empty() {
                hide(&connection.value, sources);
            }
            let closed = |key: &str| !OPEN_IN_CONNECTION.contains(&key);
            connection.value.entries().iter().filter(|part| closed(&part.key)).for_each(|part| {
                hide(&part.value, sources);
            });
        }
    }
    if root.is_none_or(|root| root.entries().is_empty()) || !whole {
        lines(source, sources);
    }
}

/// Hides the default of a secret.
pub(super) fn manifest(root: &Node, sources: &mut Sources) {
    for param in root.get("params").map(Node::entries).unwrap_or_default() {
        if let Some(text) = param.value.as_text() {
            let Some((of, default)) = text.split_once('=') else { continue };
            if of.contains("secret") {
                let begin = text.len() - default.trim_start().len();
                let span = sources.inner(param.value.span, begin..text.len());
                sources.get_mut(span.source).hide(span.start..span.end);
            }
        } else if param.value.get("type").and_then(Node::as_text).is_some_and(|of| of.contains("secret")) {
            param.value.get("default").into_iter().for_each(|default| hide(default, sources));
        }
    }
}

/// Hides what stands behind the keys, line by line, in all that may hold secrets.
fn lines(source: SourceId, sources: &mut Sources) {
    let source = sources.get_mut(source);
    let text = source.text.clone();
    let flow = text.lines().map(str::trim_start).find(|line| !line.is_empty() && !line.starts_with('#'));
    let flow = flow.is_some_and(|line| line.starts_with(['{', '[']));
    let (mut section, mut params, mut block) = (String::new(), None, None);
    let mut begin = 0;
    for line in text.split_inclusive('\n') {
        let (at, end) = (begin, begin + line.trim_end().len());
        begin += line.len();
        let indent = line.len() - line.trim_start().len();
        if at + indent >= end {
            continue;
        }
        let inside = block.is_some_and(|block| indent > block);
        if !inside {
            block = None;
        }
        let key = if inside { None } else { key(line) };
        let value = key.map_or(indent, |(_, end)| end);
        if let Some((name, value)) = key {
            if indent == 0 && !flow {
                name.clone_into(&mut section);
                params = None;
            }
            if line[value..].trim_start().starts_with(['|', '>']) {
                block = Some(indent);
            }
            if params.is_some_and(|params| indent <= params) {
                params = None;
            }
            let open = section == "connections" && params.is_none() && OPEN_IN_CONNECTION.contains(&name);
            if name == "params" {
                params = params.or(Some(indent));
            }
            if open && indent > 0 {
                continue;
            }
        }
        if flow || !section.is_empty() && !OPEN.contains(&section.as_str()) {
            let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            source.hide_value(place(at + value)..place(end));
        }
    }
}

/// Returns the key at the begin of a line and where its value begins.
fn key(line: &str) -> Option<(&str, usize)> {
    let colon = line.match_indices(':').map(|(at, _)| at);
    let colon = colon.into_iter().find(|at| line[at + 1..].chars().next().is_none_or(char::is_whitespace))?;
    let name = line[..colon].trim().trim_matches(['"', '\'']);
    let plain = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-' | '.' | '$');
    (!name.is_empty() && name.chars().all(plain)).then_some((name, colon + 1))
}

/// Takes what is hidden out of the words of a finding.
pub(super) fn told(mut found: Diagnostic, sources: &Sources) -> Diagnostic {
    let source = sources.get(found.primary.source);
    let range = found.primary.start as usize..found.primary.end as usize;
    let written = source.text.get(range).unwrap_or_default();
    if written.is_empty() || !source.hides(found.primary.start..found.primary.end) {
        return found;
    }
    let bare = written.trim_matches(['"', '\'']);
    let mut pieces = source.hidden(found.primary.start..found.primary.end);
    for piece in &mut pieces {
        *piece = piece.trim_matches(['"', '\'']);
    }
    // What is shorter is no secret, but may be part of any word.
    pieces.retain(|piece| piece.chars().count() > 3);
    let replacement = found.fix.as_ref().map(|fix| fix.replacement.clone());
    let words = found.help.iter_mut().chain([&mut found.message]);
    let words = words.chain(found.nearest.as_mut()).chain(found.secondary.iter_mut().map(|(_, label)| label));
    for text in words {
        for secret in replacement.iter().map(String::as_str).chain([written, bare]).chain(pieces.iter().copied()) {
            if !secret.is_empty() {
                *text = text.replace(secret, "***");
            }
        }
    }
    found
}

/// Hides a secret wherever its line is shown.
pub(super) fn hide(node: &Node, sources: &mut Sources) {
    match &node.content {
        Content::List(items) => items.iter().for_each(|item| hide(item, sources)),
        Content::Map(entries) => entries.iter().for_each(|entry| hide(&entry.value, sources)),
        // Also what was refused stands in the file.
        Content::Text(_) | Content::Number(_) | Content::Bool(_) | Content::Unknown
            if node.span.end > node.span.start =>
        {
            sources.get_mut(node.span.source).hide_value(node.span.start..node.span.end);
        }
        _ => {}
    }
}
