//! What stands in the parentheses of a type: digits, the way a time is written, words.

use super::{flawed, mistaken};
use crate::data::{Moment, Type, TypeFlaw, When};
use crate::diagnostic::{Code, Problem};
use std::ops::Range;

/// Ways to write a time that people mean.
const MEANT: &[(&[&str], &str)] = &[
    (&["ms", "millis", "milliseconds", "epoch_ms", "unixms"], "unix_ms"),
    (&["us", "micros", "microseconds", "epoch_us"], "unix_us"),
    (&["s", "sec", "seconds", "epoch", "unix_s"], "unix"),
    (&["iso8601", "iso_8601", "rfc3339", "rfc_3339", "ISO"], "iso"),
    (&["nanos", "unix_ns", "nanoseconds"], "ns"),
    (&["rfc822", "rfc_2822", "http"], "rfc2822"),
];

/// Reads a type that has parentheses; `word` is where its word stands. Returns where the type ends.
pub(super) fn parse(text: &str, word: Range<usize>) -> Result<(Type, usize), Problem> {
    let open = word.end;
    let close = match &text[word.clone()] {
        "decimal" | "enum" => text[open..].find(')').map(|at| open + at),
        _ => closing(text, open)?,
    };
    let Some(close) = close else {
        let help = "close the parenthesis; in a flow map `{ }` a text with `(` and `,` is quoted, else YAML cuts it";
        return Err(Problem::new(Code::E0201, open..text.len(), "the parenthesis is not closed").help(help));
    };
    let inner = open + 1..close;
    let kind = match &text[word.clone()] {
        "decimal" => decimal(text, inner)?,
        "enum" => words(text, inner)?,
        "date" => Type::Date(moment(text, inner, &word, Type::Date)?),
        "time" => Type::Time(moment(text, inner, &word, Type::Time)?),
        _ => Type::Timestamp(moment(text, inner, &word, Type::Timestamp)?),
    };
    Ok((kind, close + 1))
}

/// Finds the parenthesis that closes; one in quotes does not.
fn closing(text: &str, open: usize) -> Result<Option<usize>, Problem> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate().skip(open) {
        match (byte, quote) {
            (b'"', None) => quote = Some(at),
            (b'"', Some(_)) => quote = None,
            (b')', None) => return Ok(Some(at)),
            _ => {}
        }
    }
    match quote {
        Some(at) => Err(Problem::new(Code::E0201, at..text.len(), "the quote is not closed")),
        None => Ok(None),
    }
}

fn decimal(text: &str, inner: Range<usize>) -> Result<Type, Problem> {
    let written = &text[inner.clone()];
    let outer = inner.start - 1..inner.end + 1;
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u8>().ok()).flatten();
    let problem = |message: &str, help: String| Err(Problem::new(Code::E0201, outer.clone(), message).help(help));
    let Some((precision, scale)) = written.split_once(',') else {
        return match (written.split_once('.'), digits(written)) {
            (Some((precision, scale)), _) => problem(
                "the digits of a decimal are parted by a comma",
                format!("write `decimal({precision},{scale})`"),
            ),
            (None, Some(precision)) => problem(
                "a decimal says how many digits stand after the point",
                format!("write `decimal({precision},0)` if none do"),
            ),
            (None, None) => problem("a decimal has two numbers", "write `decimal(18,2)`".into()),
        };
    };
    let scale = scale.strip_prefix(' ').unwrap_or(scale);
    let two = |text: &str| if (1..=2).contains(&text.len()) { digits(text) } else { None };
    let (Some(precision), Some(scale)) = (two(precision), two(scale)) else {
        return problem("a decimal has two numbers of at most two digits", "write `decimal(18,2)`".into());
    };
    let kind = Type::Decimal { precision, scale };
    kind.check().map_err(|flaw| flawed(flaw, outer))?;
    Ok(kind)
}

fn words(text: &str, inner: Range<usize>) -> Result<Type, Problem> {
    let written = &text[inner.clone()];
    let outer = inner.start - 1..inner.end + 1;
    if written.is_empty() {
        return Err(mistaken::no_words(outer));
    }
    let mut words = Vec::new();
    let mut at = inner.start;
    for word in written.split('|') {
        if word.is_empty() {
            return Err(
                Problem::new(Code::E0201, at..at, "an empty word in an enum").help("write words with one `|` between")
            );
        }
        at += word.len() + 1;
        words.push(word.to_owned());
    }
    if words.len() == 1 && written.contains(',') {
        let meant = written.split(',').map(|word| word.trim().trim_matches(['"', '\''])).collect::<Vec<_>>().join("|");
        return Err(Problem::new(Code::E0201, outer, "the words of an enum are parted by `|`")
            .help(format!("write `enum({meant})`")));
    }
    let kind = Type::Enum(words);
    kind.check().map_err(|flaw| flawed(flaw, outer))?;
    Ok(kind)
}

fn moment(text: &str, inner: Range<usize>, word: &Range<usize>, of: fn(Moment) -> Type) -> Result<Moment, Problem> {
    let written = &text[inner.clone()];
    let word = &text[word.clone()];
    if written.is_empty() {
        return Err(Problem::new(Code::E0201, inner.start - 1..inner.end + 1, "nothing stands in the parentheses")
            .help(format!("leave the parentheses out: `{word}`")));
    }
    let (when, end) = if let Some((pattern, end)) = quoted(text, inner.clone())? {
        (When::Pattern(pattern), end)
    } else {
        let end = inner.start + written.find(',').unwrap_or(written.len());
        (simple(&text[inner.start..end], inner.start..end, word)?, end)
    };
    let pattern = inner.start..end;
    if end == inner.end {
        let moment = Moment { when, zone: None };
        of(moment.clone()).check().map_err(|flaw| flawed(flaw, pattern))?;
        return Ok(moment);
    }
    let rest = &text[end..inner.end];
    let Some(tail) = rest.strip_prefix(',') else {
        return Err(Problem::new(Code::E0201, end..inner.end, format!("`{rest}` after the pattern"))
            .help(format!("a comma stands before the zone: `{word}(\"%Y-%m-%d\", \"UTC\")`")));
    };
    let start = inner.end - tail.strip_prefix(' ').unwrap_or(tail).len();
    let zone = match quoted(text, start..inner.end)? {
        Some((zone, end)) if end == inner.end => zone,
        _ => {
            let found = text[start..inner.end].trim_matches('"');
            return Err(Problem::new(Code::E0201, start..inner.end, "a zone stands in quotes")
                .help(format!("write `\"{found}\"`")));
        }
    };
    let moment = Moment { when, zone: Some(zone) };
    of(moment.clone()).check().map_err(|flaw| {
        let range = if matches!(flaw, TypeFlaw::Zone(_)) { start..inner.end } else { pattern };
        flawed(flaw, range)
    })?;
    Ok(moment)
}

/// Reads a text in quotes at the start of a range; returns where it ends.
fn quoted(text: &str, range: Range<usize>) -> Result<Option<(String, usize)>, Problem> {
    let Some(rest) = text[range.clone()].strip_prefix('"') else { return Ok(None) };
    let length = rest.find('"').unwrap_or(rest.len());
    let end = (range.start + length + 2).min(range.end);
    if length == 0 {
        return Err(Problem::new(Code::E0218, range.start..end, "an empty text in quotes"));
    }
    Ok(Some((rest[..length].to_owned(), end)))
}

fn simple(written: &str, range: Range<usize>, word: &str) -> Result<When, Problem> {
    Ok(match written {
        "unix" => When::Unix,
        "unix_ms" => When::UnixMs,
        "unix_us" => When::UnixUs,
        "ns" => When::Ns,
        "rfc2822" => When::Rfc2822,
        "iso" => When::Iso,
        _ => {
            let problem = Problem::new(Code::E0201, range, format!("`{written}` is no way to write a {word}"));
            let meant = MEANT.iter().find(|(words, _)| words.contains(&written)).map(|(_, ours)| *ours);
            return Err(match meant {
                _ if written.contains('%') => {
                    problem.help(format!("a pattern stands in quotes: `{word}(\"{written}\")`"))
                }
                _ if written.contains("YY") || written.contains("yy") => {
                    problem.help(format!("a pattern is written with `%`: `{word}(\"%Y-%m-%d\")`"))
                }
                Some(ours) => problem.help(format!("write `{word}({ours})`")),
                None => problem.help("the ways are unix, unix_ms, unix_us, ns, rfc2822, iso, or a pattern in quotes"),
            });
        }
    })
}
