//! Composes the events of the YAML parser into nodes, once over the whole text.
//!
//! This is the only module that knows the parser. It expands no alias, keeps the first of two equal keys, and puts
//! [`Content::Unknown`] where something stood that is refused.

mod refused;

use crate::text::cut::{self, Cut, Position};
use crate::text::offsets::{self, Style};
use crate::text::scalar;
use crate::text::{Content, Entry, Flaw, FlawKind, Node, OffsetMap, SourceId, Span};
use granit_parser::{Event, Parser, ScalarStyle, StructureStyle};
use std::collections::HashMap;
use std::ops::Range;

/// The deepest nesting of a document.
pub const DEEPEST: usize = 64;
/// The most keys and values of a document.
pub const MOST_NODES: usize = 100_000;

/// What one pass over a text gave.
#[derive(Default)]
pub(super) struct Pass {
    pub root: Option<Node>,
    pub flaws: Vec<Flaw>,
    /// Texts to be quoted; what follows one of them may have been misread.
    pub cuts: Vec<Cut>,
    /// By the start of a scalar's span.
    pub maps: Vec<(u32, OffsetMap)>,
}

/// Reads `text`, taking each scalar with one of `holes` in it for unknown.
pub(super) fn compose(text: &str, source: SourceId, holes: &[Range<usize>]) -> Pass {
    let mut options = granit_parser::options! {
        emit_unresolved_aliases: true,
        emit_anchor_events: true,
        flow_nesting_limit: DEEPEST,
        block_nesting_limit: DEEPEST,
    };
    options.set_emit_comments(false);
    let mut composer = Composer {
        text,
        source,
        holes,
        pass: Pass::default(),
        frames: Vec::new(),
        nodes: 0,
        documents: 0,
        seen_up_to: 0,
    };
    for event in Parser::new_from_str_with_options(text, options) {
        let going = match event {
            Ok((event, at)) => composer.event(event, &at),
            Err(error) => composer.refused(&error),
        };
        if going.is_none() {
            break;
        }
    }
    composer.pass
}

struct Composer<'a> {
    text: &'a str,
    source: SourceId,
    holes: &'a [Range<usize>],
    pass: Pass,
    frames: Vec<Frame>,
    nodes: usize,
    documents: usize,
    /// The end of the last event that covered some text.
    seen_up_to: usize,
}

/// A list or map whose end has not come yet.
struct Frame {
    span: Span,
    in_flow: bool,
    refused: bool,
    holds: Holds,
}

enum Holds {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, seen: HashMap<String, Span>, key: Option<Key> },
}

enum Key {
    Text(String, Span),
    /// Not a key that can be kept; its value goes with it.
    Refused,
}

/// What a node brings besides its content.
#[derive(Clone, Copy)]
struct Shell {
    span: Span,
    refused: bool,
}

/// Goes on, or stops the pass.
type Going = Option<()>;

impl Composer<'_> {
    fn event(&mut self, event: Event, at: &granit_parser::Span) -> Going {
        let range = at.byte_range()?;
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.flaw(FlawKind::SeveralDocuments, self.span(&range), "---");
                    return None;
                }
            }
            Event::Anchor(_, name) => self.flaw(FlawKind::Alias, self.span(&range), format!("&{name}")),
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.count(&range)?;
                let shell = Shell { span: self.span(&range), refused: true };
                self.flaw(FlawKind::Alias, shell.span, &self.text[range.clone()]);
                self.node(shell, Content::Unknown, None);
            }
            Event::Scalar(text, style, _, tag) => {
                self.count(&range)?;
                let refused = tag.is_some() && self.tag(at, &range);
                self.scalar(&text, style, &range, refused);
            }
            Event::SequenceStart(style, _, tag) => {
                let refused = tag.is_some() && self.tag(at, &range);
                self.open(&range, style, refused, Holds::List(Vec::new()))?;
            }
            Event::MappingStart(style, _, tag) => {
                // The start of a block map covers nothing; its first key does.
                let template = cut::template(self.text, range.start, self.position()).filter(|_| !range.is_empty());
                if let Some(cut) = template {
                    self.cut(cut);
                }
                let refused = tag.is_some() && self.tag(at, &range);
                self.open(&range, style, refused, Holds::Map { entries: Vec::new(), seen: HashMap::new(), key: None })?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(&range),
            _ => {}
        }
        self.seen_up_to = self.seen_up_to.max(range.end);
        Some(())
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, range: &Range<usize>, refused: bool) {
        let next_hole = self.holes.partition_point(|hole| hole.end <= range.start);
        let is_hole = self.holes.get(next_hole).is_some_and(|hole| hole.start < range.end);
        if is_hole {
            return self.node(Shell { span: self.span(range), refused: true }, Content::Unknown, None);
        }
        let style = match style {
            ScalarStyle::SingleQuoted => Style::Single,
            ScalarStyle::DoubleQuoted => Style::Double,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
            ScalarStyle::Plain => Style::Plain,
        };
        let written = &self.text[range.clone()];
        if style == Style::Plain {
            if let Some(cut) = cut::plain(self.text, range.clone(), self.position()) {
                self.cut(cut);
            }
            // The parser writes an empty value as `~`.
            let text = if written.is_empty() { "" } else { text };
            self.remember(text, style, range, range);
            return self.node(Shell { span: self.span(range), refused }, scalar::resolve(text), Some(text));
        }
        let shown = match style {
            Style::Literal | Style::Folded if text.trim_matches('\n').is_empty() => self.block_header(range),
            Style::Literal | Style::Folded => range.start..range.start + written.trim_end().len(),
            _ => range.clone(),
        };
        self.remember(text, style, range, &shown);
        self.node(Shell { span: self.span(&shown), refused }, Content::Text(text.to_owned()), Some(text));
    }

    /// Returns the place of `|` or `>`: a block scalar without content has no other.
    fn block_header(&self, range: &Range<usize>) -> Range<usize> {
        let between = &self.text[self.seen_up_to.min(range.start)..range.start];
        let line = between.lines().find(|line| line.split('#').next().is_some_and(|line| line.contains(['|', '>'])));
        let Some(at) =
            line.and_then(|line| Some(line.as_ptr() as usize - self.text.as_ptr() as usize + line.find(['|', '>'])?))
        else {
            return range.clone();
        };
        at..at + 1
    }

    /// Keeps the offsets of a scalar whose text is not what stands in the source.
    fn remember(&mut self, text: &str, style: Style, range: &Range<usize>, shown: &Range<usize>) {
        if text == &self.text[range.clone()] {
            return;
        }
        let start = self.span(shown).start;
        // Without agreement every place in the text is the place of the scalar.
        let map = offsets::offsets(self.text, range.clone(), style, text).unwrap_or_else(|| vec![start; text.len()]);
        self.pass.maps.push((start, OffsetMap(map)));
    }

    fn open(&mut self, range: &Range<usize>, style: StructureStyle, refused: bool, holds: Holds) -> Going {
        self.count(range)?;
        if self.frames.len() >= DEEPEST {
            self.flaw(FlawKind::TooDeep, self.span(range), DEEPEST.to_string());
            return None;
        }
        let span = self.span(range);
        self.frames.push(Frame { span, in_flow: style == StructureStyle::Flow, refused, holds });
        Some(())
    }

    fn close(&mut self, range: &Range<usize>) {
        let Some(frame) = self.frames.pop() else { return };
        let mut span = frame.span;
        // The end of a block is told at the next token; its own text ends with its last node.
        if frame.in_flow {
            span.end = self.span(range).end;
        }
        let content = match frame.holds {
            Holds::List(items) => Content::List(items),
            Holds::Map { entries, .. } => Content::Map(entries),
        };
        self.node(Shell { span, refused: frame.refused }, content, None);
    }

    /// Puts a finished node where it belongs; `key` is its text if it can be a key.
    fn node(&mut self, shell: Shell, content: Content, key: Option<&str>) {
        let Shell { span, refused } = shell;
        let node = Node { span, content: if refused { Content::Unknown } else { content } };
        let Some(frame) = self.frames.last_mut() else {
            self.pass.root = Some(node);
            return;
        };
        frame.span.end = frame.span.end.max(span.end);
        match &mut frame.holds {
            Holds::List(items) => items.push(node),
            Holds::Map { key: waiting @ None, .. } => {
                let is_plain_merge = key == Some("<<") && span.end - span.start == 2;
                *waiting = Some(match key {
                    Some(text) if !refused && !is_plain_merge && span.end > span.start => {
                        Key::Text(text.to_owned(), span)
                    }
                    _ => Key::Refused,
                });
                if is_plain_merge {
                    self.flaw(FlawKind::Alias, span, "<<");
                } else if !refused && (key.is_none() || span.end == span.start) {
                    self.flaw(FlawKind::KeyNotText, span, node.what());
                }
            }
            Holds::Map { entries, seen, key: waiting } => {
                let Some(Key::Text(key, key_span)) = waiting.take() else { return };
                if let Some(first) = seen.get(&key) {
                    let flaw = Flaw { kind: FlawKind::DuplicateKey, span: key_span, other: Some(*first), detail: key };
                    self.pass.flaws.push(flaw);
                    return;
                }
                seen.insert(key.clone(), key_span);
                let previous = entries.last().map(|entry| entry.value.span);
                let is_bare = frame.in_flow && span.start == span.end;
                entries.push(Entry { key, key_span, value: node });
                if is_bare {
                    self.torn(previous, key_span);
                }
            }
        }
    }

    /// Joins a key of a flow map that has neither `:` nor value with the text before it: `{ title: Hello, world }`.
    fn torn(&mut self, previous: Option<Span>, key: Span) {
        let [start, end] = [key.start as usize, key.end as usize];
        let only_comma = |from: usize| self.text.get(from..start).is_some_and(|between| between.trim() == ",");
        if self.text[end..].trim_start().starts_with(':') {
            return;
        }
        let range = if let Some(last) = self.pass.cuts.last_mut().filter(|last| only_comma(last.range.end)) {
            last.range.end = end;
            self.text[last.range.clone()].clone_into(&mut last.detail);
            return;
        } else if let Some(previous) = previous.filter(|span| span.end > span.start && only_comma(span.end as usize)) {
            previous.start as usize..end
        } else {
            return;
        };
        let is_plain = !self.text[range.clone()].starts_with(['"', '\'', '[', '{', '*']);
        if is_plain {
            self.cut(Cut { detail: self.text[range.clone()].to_owned(), range, kind: FlawKind::CutText });
        }
    }

    fn tag(&mut self, at: &granit_parser::Span, node: &Range<usize>) -> bool {
        let range = at.tag_span().and_then(|tag| tag.byte_range()).unwrap_or(node.clone());
        self.flaw(FlawKind::Tag, self.span(&range), &self.text[range.clone()]);
        true
    }

    fn count(&mut self, range: &Range<usize>) -> Going {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            self.flaw(FlawKind::TooLarge, self.span(range), format!("more than {MOST_NODES} values"));
            self.pass.root = None;
            return None;
        }
        Some(())
    }

    fn position(&self) -> Position {
        let Some(frame) = self.frames.last() else { return Position { in_flow: false, is_key: false } };
        Position { in_flow: frame.in_flow, is_key: matches!(frame.holds, Holds::Map { key: None, .. }) }
    }

    fn cut(&mut self, cut: Cut) {
        // Inside a text that was misread, everything is misread.
        if self.pass.cuts.last().is_none_or(|last| last.range.end <= cut.range.start) {
            self.pass.cuts.push(cut);
        }
    }

    fn flaw(&mut self, kind: FlawKind, span: Span, detail: impl Into<String>) {
        self.pass.flaws.push(Flaw { kind, span, other: None, detail: detail.into() });
    }

    fn span(&self, range: &Range<usize>) -> Span {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span { source: self.source, start: offset(range.start), end: offset(range.end) }
    }
}
