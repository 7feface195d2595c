//! Mending a file where it is certain how.

use super::{Code, Diagnostic, Fix};
use crate::text::{SourceId, Sources, Span};

/// A source with its safe fixes applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Fixed {
    pub source: SourceId,
    pub text: String,
    pub edits: Vec<Edit>,
}

/// One applied fix, for telling the author what was done.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    pub code: Code,
    /// The place before any edit.
    pub span: Span,
    pub replacement: String,
}

/// Applies the safe fixes; of two that overlap the first in the file. Sources without one are left out.
pub fn apply_fixes(sources: &Sources, found: &[&Diagnostic]) -> Vec<Fixed> {
    let mut fixes: Vec<(Code, &Fix)> = found
        .iter()
        .filter_map(|diagnostic| Some((diagnostic.code, diagnostic.fix.as_ref().filter(|fix| fix.safe)?)))
        .collect();
    fixes.sort_by_key(|(code, fix)| (fix.span, *code));
    let mut all: Vec<Fixed> = Vec::new();
    for (source, of_source) in sources.iter() {
        let text = &of_source.text;
        let mut fixed = Fixed { source, text: String::new(), edits: Vec::new() };
        let mut done = 0;
        for (code, fix) in fixes.iter().filter(|(_, fix)| fix.span.source == source) {
            let range = fix.span.start as usize..fix.span.end as usize;
            // Two insertions at one place are both kept out of each other's way.
            let follows = range.start >= done && (fixed.edits.is_empty() || range.end > done);
            let Some(before) = text.get(done..range.start).filter(|_| follows && text.get(range.clone()).is_some())
            else {
                continue;
            };
            fixed.text.push_str(before);
            fixed.text.push_str(&fix.replacement);
            fixed.edits.push(Edit { code: *code, span: fix.span, replacement: fix.replacement.clone() });
            done = range.end;
        }
        if !fixed.edits.is_empty() {
            fixed.text.push_str(&text[done..]);
            all.push(fixed);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::from_flaw;
    use crate::text::read;

    fn mended(text: &str) -> String {
        let mut sources = Sources::default();
        let (_, _, flaws) = read(&mut sources, "a", text.as_bytes(), false);
        let found: Vec<Diagnostic> = flaws.into_iter().map(|flaw| from_flaw(flaw, &sources)).collect();
        let fixed = apply_fixes(&sources, &found.iter().collect::<Vec<_>>());
        fixed.into_iter().next().map_or(text.to_owned(), |fixed| fixed.text)
    }

    #[test]
    fn quoting_mends() {
        for (before, after) in [
            ("a: {{ x }}/b\nc: { d: {{ y }} }\n", "a: \"{{ x }}/b\"\nc: { d: \"{{ y }}\" }\n"),
            ("a: { b: decimal(18,2), c: $.x[*].y }\n", "a: { b: \"decimal(18,2)\", c: \"$.x[*].y\" }\n"),
            ("a: {{ x | f(\"it's\") }}\n", "a: '{{ x | f(\"it''s\") }}'\n"),
            ("a: text (b # c)\n", "a: \"text (b # c)\"\n"),
            // Not certain, or nothing to do.
            ("a: text (b # c\n", "a: text (b # c\n"),
            ("a: {{ x\n", "a: {{ x\n"),
            ("a: 1\n", "a: 1\n"),
        ] {
            let mended = mended(before);
            assert_eq!(mended, after);
        }
    }

    #[test]
    fn overlapping_and_unsafe_fixes_are_left() {
        let mut sources = Sources::default();
        let (source, ..) = read(&mut sources, "a", b"abcdef", false);
        let fix = |start, end, replacement: &str, safe| {
            let span = Span { source, start, end };
            let fix = Some(Fix { span, replacement: replacement.into(), safe });
            Diagnostic { fix, ..Diagnostic::new(Code::E0101, span, "") }
        };
        let found = [fix(3, 5, "Y", true), fix(0, 2, "X", true), fix(1, 4, "no", true), fix(5, 6, "no", false)];
        let fixed = apply_fixes(&sources, &found.iter().collect::<Vec<_>>());
        assert_eq!(fixed[0].text, "XcYf");
        assert_eq!(fixed[0].edits.len(), 2);
    }
}
