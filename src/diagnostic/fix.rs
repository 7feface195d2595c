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
    use crate::diagnostic::{from_flaw, render};
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

    /// Broken in thousands of ways, a file is read without a panic, told and drawn, and mending it adds nothing.
    #[test]
    fn broken_files() {
        const GOOD: &str = "connector: ünï\nbase: \"https://x/{{ params.a }}\"\nstreams:\n  orders:\n    request: GET /o/{{ now }}\n    \
            fields: { id: string!, at: \"decimal(18,2) <- $.a[0]\", tags: [a, 'b c', 1.5] }\n    body: |\n      text {{ x }}\n\n      \
            😀 more\n    note: >-\n      folded\n      text # no comment\n  # end\n";
        const PIECES: [&str; 24] = [
            "{", "}", "[", "]", "{{", "}}", ":", ": ", ",", " #", "\"", "'", "\n", "\t", "- ", "? ", "&a ", "*a",
            "!t ", "é", "|\n", "%", "\r", "  ",
        ];
        let mut state = 11u64;
        let mut random = |bound: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % bound
        };
        for _ in 0..5000 {
            let mut text = GOOD.to_owned();
            for _ in 0..=random(3) {
                let mut at = random(text.len());
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                match random(3) {
                    0 => drop(text.remove(at)),
                    _ => text.insert_str(at, PIECES[random(PIECES.len())]),
                }
            }
            let mut sources = Sources::default();
            let (_, node, flaws) = read(&mut sources, "a", text.as_bytes(), false);
            assert!(node.is_some() || !flaws.is_empty(), "{text:?}");
            let found: Vec<Diagnostic> = flaws.into_iter().map(|flaw| from_flaw(flaw, &sources)).collect();
            let found: Vec<&Diagnostic> = found.iter().collect();
            for diagnostic in &found {
                let range = diagnostic.primary.start as usize..diagnostic.primary.end as usize;
                assert!(sources.get(diagnostic.primary.source).text.get(range).is_some(), "{text:?} {diagnostic:?}");
            }
            assert!(found.is_empty() != render::text(&found, &sources, false).contains("error["), "{text:?}");
            let before = found.iter().filter(|found| found.fix.as_ref().is_some_and(|fix| fix.safe)).count();
            for fixed in apply_fixes(&sources, &found) {
                let (_, _, after) = read(&mut Sources::default(), "a", fixed.text.as_bytes(), false);
                let again: Vec<Diagnostic> = after.into_iter().map(|flaw| from_flaw(flaw, &sources)).collect();
                let again = again.iter().filter(|found| found.fix.as_ref().is_some_and(|fix| fix.safe)).count();
                assert!(again < before, "{text:?} became {:?}", fixed.text);
            }
        }
    }
}
