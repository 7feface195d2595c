//! What the parser refuses, told as what the author did.

use super::{Composer, DEEPEST, Going, Holds};
use crate::text::FlawKind;
use crate::text::cut::{self, Open};
use granit_parser::{ErrorKind, ScanError};

impl Composer<'_> {
    /// Ends the pass with the parser's error, told as what the author did.
    pub(super) fn refused(&mut self, error: &ScanError) -> Going {
        self.pass.root = None;
        let at = error.marker().byte_offset().unwrap_or(self.text.len()).min(self.text.len());
        let next = self.text[at..].chars().next().filter(|next| !next.is_control()).map_or(0, char::len_utf8);
        let here = self.span(&(at..at + next));
        if *error.kind() == ErrorKind::RecursionLimitExceeded {
            self.flaw(FlawKind::TooDeep, here, DEEPEST.to_string());
            return None;
        }
        if let Some(tab) = self.tab_near(at, error.kind()) {
            self.flaw(FlawKind::Tab, self.span(&(tab..tab + 1)), "");
            return None;
        }
        if *error.kind() == ErrorKind::UndeclaredTagHandle {
            self.flaw(FlawKind::Tag, here, cut::word(self.text, at));
            return None;
        }
        if let Some(colon) = self.key_without_space(at, error.kind()) {
            self.flaw(FlawKind::YamlSyntax, self.span(&(colon..colon + 1)), "a key needs a space behind its `:`");
            return None;
        }
        let line = cut::line(self.text, at);
        let opened = self.frames.iter().filter(|frame| frame.in_flow && (frame.span.start as usize) < line.start);
        let opened = opened.map(|frame| if matches!(frame.holds, Holds::List(_)) { Open::List } else { Open::Map });
        match cut::blamed(self.text, at, opened.collect()) {
            Some(cut) => self.cut(cut),
            None if self.pass.cuts.is_empty() => self.flaw(FlawKind::YamlSyntax, here, sentence(error)),
            None => {}
        }
        None
    }

    /// Returns the colon of `key:value` in the line above one that does not fit it.
    fn key_without_space(&self, at: usize, kind: &ErrorKind) -> Option<usize> {
        let above = cut::line(self.text, cut::line(self.text, at).start.checked_sub(1)?);
        let written = &self.text[above.clone()];
        let (key, value) = written.split_once(':')?;
        let is_key = key.trim_start_matches([' ', '-']).chars().all(|char| char.is_alphanumeric() || char == '_');
        let is_joined = !value.is_empty() && !value.starts_with(char::is_whitespace) && !value.starts_with("//");
        (*kind == ErrorKind::MappingValueNotAllowed && is_key && is_joined).then_some(above.start + key.len())
    }

    /// Returns a tab in the indentation of the line that the error speaks of, or of the next one.
    fn tab_near(&self, at: usize, kind: &ErrorKind) -> Option<usize> {
        let mut line = cut::line(self.text, at);
        let is_about_tabs = matches!(
            kind,
            ErrorKind::TabNotAllowed
                | ErrorKind::TabInBlockIndentation
                | ErrorKind::TabInIndentation
                | ErrorKind::TabInPlainScalar
                | ErrorKind::TabAtBlockScalarStart
                | ErrorKind::InvalidBlockEntryWhitespace
                | ErrorKind::InvalidMappingValueWhitespace
        );
        for _ in 0..=usize::from(is_about_tabs) {
            let written = &self.text[line.clone()];
            let indentation = &written[..written.len() - written.trim_start_matches([' ', '\t', '-']).len()];
            if let Some(tab) = indentation.find('\t') {
                return Some(line.start + tab);
            }
            let next = self.text[line.end..].find('\n').map_or(self.text.len(), |feed| line.end + feed + 1);
            line = cut::line(self.text, next);
        }
        None
    }
}

/// The parser's sentence, or a plainer one for what happens often.
fn sentence(error: &ScanError) -> String {
    let plain = match error.kind() {
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::MappingValueNotAllowed => {
            "this does not fit what stands above: look at the indentation, and quote a text that goes on here"
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => "a key needs `: ` behind it",
        ErrorKind::ExpectedFlowMappingSeparator => "a map in `{ }` needs `,` or `}` here",
        ErrorKind::ExpectedFlowSequenceSeparator => "a list in `[ ]` needs `,` or `]` here",
        ErrorKind::UnclosedFlowCollection { open } => return format!("`{open}` is never closed"),
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => return format!("`{open}` is closed by `{close}`"),
        ErrorKind::MisplacedFlowCollectionEnd => "this closes nothing",
        ErrorKind::UnclosedQuotedScalar | ErrorKind::InvalidQuotedScalarIndent => {
            "a quoted text that is not closed, or whose next line is not indented"
        }
        ErrorKind::InvalidTrailingDoubleQuotedScalar | ErrorKind::InvalidTrailingSingleQuotedScalar => {
            "text behind a closing quote: put the whole text into the quotes"
        }
        ErrorKind::UnknownQuotedScalarEscape => {
            "not an escape that YAML knows: write `\\\\` for a backslash, or use single quotes"
        }
        ErrorKind::CommentInterceptedScalar => "a comment stands in the middle of a text",
        _ => return error.info(),
    };
    plain.into()
}
