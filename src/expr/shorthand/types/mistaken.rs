//! Words and signs that stand in other languages for what a type says here.

use super::{TypeRef, TypeShort, WITH_PARENTHESES};
use crate::data::{ParamType, Type};
use crate::diagnostic::{Code, Problem};
use crate::expr::shorthand::first;
use std::ops::Range;

/// Words of other languages, by what they are called here.
const SYNONYMS: &[(&[&str], &str)] = &[
    (&["int", "int32", "int64", "bigint", "smallint", "long"], "integer"),
    (&["str", "text", "varchar", "char"], "string"),
    (&["float", "float32", "float64", "double", "real"], "number"),
    (&["numeric"], "decimal(18,2)"),
    (&["bool"], "boolean"),
    (&["datetime", "timestamptz"], "timestamp"),
    (&["array"], "list<string>"),
    (&["object", "map", "dict", "struct", "jsonb"], "json"),
    (&["binary", "blob", "bytea"], "bytes"),
    (&["guid"], "uuid"),
    (&["interval"], "duration"),
];

/// Tells a word that is another language's, or one that lacks its parentheses or does not take any.
pub(super) fn word(text: &str, range: Range<usize>) -> Option<Problem> {
    let word = &text[range.clone()];
    let rest = &text[range.end..];
    let problem = |range, message: String| Some(Problem::new(Code::E0201, range, message));
    match word {
        "decimal" => {
            return Some(
                Problem::new(Code::E0201, range, "a decimal says how many digits it has")
                    .help("write `decimal(18,2)`: 18 digits, 2 of them after the point"),
            );
        }
        "enum" => return Some(no_words(range)),
        _ => {}
    }
    if let Some(element) = rest.strip_prefix("[]") {
        let whole = range.start..range.end + 2;
        let mut found = Problem::new(Code::E0201, whole, format!("`{word}[]` is written `list<{word}>`"));
        found.replacement = element.is_empty().then(|| format!("list<{word}>"));
        return Some(found.help(format!("write `list<{word}>`")));
    }
    let folded = word.to_ascii_lowercase();
    if let Some((_, ours)) = SYNONYMS.iter().find(|(words, _)| words.contains(&folded.as_str())) {
        // The length of a `varchar(20)` goes with it.
        let end = match rest.find(')') {
            Some(close) if rest.starts_with('(') && *ours == "string" => range.end + close + 1,
            _ => range.end,
        };
        let mut found =
            Problem::new(Code::E0201, range.start..end, format!("`{word}` is no type")).help(format!("write `{ours}`"));
        if !ours.contains(['(', '<']) {
            found.replacement = Some((*ours).to_owned());
        }
        return Some(found);
    }
    if folded != word && super::known_type_words().any(|known| known == folded) {
        let mut found =
            Problem::new(Code::E0201, range, format!("`{word}` is no type")).help(format!("write `{folded}`"));
        found.replacement = (folded != "list").then_some(folded);
        return Some(found);
    }
    if rest.starts_with('(') && !WITH_PARENTHESES.contains(&word) {
        let end = rest.find(')').map_or(text.len(), |close| range.end + close + 1);
        return problem(range.end..end, format!("`{word}` takes nothing in parentheses"));
    }
    None
}

pub(super) fn no_words(range: Range<usize>) -> Problem {
    Problem::new(Code::E0201, range, "an enum lists its words").help("write for example `enum(open|closed)`")
}

/// Tells what stands in front of a type.
pub(super) fn at_start(text: &str) -> Option<Problem> {
    let problem = |range, message: &str, help: &str| Some(Problem::new(Code::E0201, range, message).help(help));
    match text.as_bytes().first() {
        None => problem(0..0, "an empty text is no type", "write for example `string`"),
        Some(b'!') => problem(0..1, "`!` stands in front", "write `!` after the type: `string!`"),
        Some(b'?') => Some(optional(0..1)),
        Some(b'[') => {
            let inner = text.trim_matches(['[', ']']);
            let help = format!("write `list<{inner}>`");
            problem(0..text.len(), "a list is not written in brackets", &help)
        }
        Some(b'$') => {
            problem(0..text.len(), "a place stands where the type is", "write the type first: `string <- $.x`")
        }
        _ => None,
    }
}

fn optional(range: Range<usize>) -> Problem {
    let message = "`?` is not needed: what has no `!` is optional";
    Problem::new(Code::E0201, range, message).help("leave the `?` out")
}

/// Tells what stands after a type and its `!` and is neither.
pub(super) fn suffix(text: &str, end: usize, short: &TypeShort) -> Option<Problem> {
    let rest = &text[end..];
    let written = &text[short.range.clone()];
    if rest.starts_with('?') {
        return Some(optional(end..end + 1));
    }
    if rest.starts_with('!') {
        return Some(
            Problem::new(Code::E0201, end..end + 1, "`!` is written once").help(format!("write `{written}!`")),
        );
    }
    if rest.trim_start().starts_with('!') && !rest.trim_start().starts_with("!=") && !short.required {
        let bang = end + rest.find('!').unwrap_or(0) + 1;
        return Some(Problem::new(Code::E0201, end..bang, "no space before `!`").help(format!("write `{written}!`")));
    }
    if rest.starts_with("[]") {
        return Some(
            Problem::new(Code::E0201, 0..end + 2, format!("`{written}[]` is written `list<{written}>`"))
                .help(format!("write `list<{written}>`")),
        );
    }
    let generic = rest.starts_with('<') && !rest.starts_with("<-");
    if generic && !matches!(short.kind, TypeRef::Type(Type::List { .. }) | TypeRef::Param(ParamType::SecretJson)) {
        let close = rest.find('>').map_or(text.len(), |close| end + close + 1);
        return Some(
            Problem::new(Code::E0201, end..close, format!("`{written}` takes nothing in `<>`"))
                .help("only `list<T>` does"),
        );
    }
    None
}

/// Tells a text that has no word where a type should be.
pub(super) fn no_word(text: &str, at: usize) -> Problem {
    let found = first(text, at);
    let message = match &text[found.clone()] {
        "" => "a type is missing".to_owned(),
        sign => format!("`{sign}` where a type should be"),
    };
    Problem::new(Code::E0201, found, message).help("write for example `string`, `decimal(18,2)`, `list<integer>`")
}
