//! Finds the `{{ … }}` and `{% … %}` of a text without reading what is in them.

use std::ops::Range;

/// A stretch of a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Text(Range<usize>),
    /// With its braces.
    Code(Range<usize>),
    /// Begins and never ends.
    Open(Range<usize>),
}

/// Splits a template; quotes inside braces may hold braces.
pub(super) fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let begin = ["{{", "{%"].iter().filter_map(|sign| text[at..].find(sign)).min().map_or(text.len(), |n| at + n);
        if begin > at {
            parts.push(Part::Text(at..begin));
        }
        if begin == text.len() {
            break;
        }
        let sign = if text[begin..].starts_with("{{") { "}}" } else { "%}" };
        let Some(end) = end(text, begin + 2, sign) else {
            parts.push(Part::Open(begin..text.len()));
            break;
        };
        parts.push(Part::Code(begin..end));
        at = end;
    }
    parts
}

/// Says whether a text is exactly one `{{ … }}`.
pub(super) fn is_expression(text: &str) -> bool {
    text.starts_with("{{") && matches!(parts(text).as_slice(), [Part::Code(_)])
}

fn end(text: &str, from: usize, sign: &str) -> Option<usize> {
    let mut quote = None;
    let mut depth = 0_usize;
    let bytes = text.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        match (bytes[at], quote) {
            (b'\\', Some(_)) => at += 1,
            (byte, Some(open)) if byte == open => quote = None,
            (_, Some(_)) => {}
            (byte @ (b'\'' | b'"'), None) => quote = Some(byte),
            _ if depth == 0 && bytes[at..].starts_with(sign.as_bytes()) => return Some(at + sign.len()),
            // A map inside an expression: its brace is not the first of the two that end it.
            (b'{', None) => depth += 1,
            (b'}', None) => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_split() {
        let cases = [
            ("/a/{{ x }}/b", vec![Part::Text(0..3), Part::Code(3..10), Part::Text(10..12)]),
            ("{{ '}}' }}", vec![Part::Code(0..10)]),
            ("{{ {'a': {}} }}", vec![Part::Code(0..15)]),
            ("{% if x %}a{% endif %}", vec![Part::Code(0..10), Part::Text(10..11), Part::Code(11..22)]),
            ("a{{ x", vec![Part::Text(0..1), Part::Open(1..5)]),
        ];
        for (text, expected) in cases {
            assert_eq!(parts(text), expected, "{text}");
        }
        assert!(is_expression("{{ x }}") && !is_expression("{{ x }}{{ y }}") && !is_expression("{% if x %}"));
    }
}
