//! What a `.json` file may hold. YAML reads all of JSON, so that only the refusal happens here.

use crate::text::{Flaw, FlawKind, SourceId, Span};
use serde::de::IgnoredAny;

/// Returns what keeps a text from being JSON.
pub(super) fn refused(text: &str, source: SourceId) -> Option<Flaw> {
    let error = serde_json::from_str::<IgnoredAny>(text).err()?;
    let start = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
    // The column counts bytes and names the last one that was read.
    let mut at = (start + error.column().saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let width = text[at..].chars().next().filter(|next| !next.is_control()).map_or(0, char::len_utf8);
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let written = error.to_string();
    // The place is told by the span.
    let detail = written.split(" at line ").next().unwrap_or(&written).to_owned();
    let span = Span { source, start: offset(at), end: offset(at + width) };
    Some(Flaw { kind: FlawKind::JsonSyntax, span, other: None, detail })
}
