//! Params: `secret!`, `timestamp = 2024-01-01T00:00:00Z`, `list<string> = [a, b]`.

mod literal;

use super::Piece;
use super::types::{IsAlias, TypeRef, TypeShort, scan, type_pattern};
use crate::data::{ParamType, Type, Value, cast};
use crate::diagnostic::{Code, Problem};

pub const PATTERN: &str = concat!("^(?:secret<json>|", type_pattern!(), ")(?:!| = \\S(?:[\\s\\S]*\\S)?)?$");
pub const EXAMPLES: &[&str] = &[
    "string!",
    "secret!",
    "secret<json>!",
    "list<string>!",
    "timestamp = 2024-01-01T00:00:00Z",
    "enum(fast|full) = full",
    "list<string> = [Account, Contact]",
    "integer = 100",
    "place = $.data",
];

/// A param in one line.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamShort {
    pub kind: TypeShort,
    pub default: Option<Literal>,
}

/// A default as it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Literal {
    pub value: Value,
    pub written: Piece,
}

/// Reads a param. A default is checked against its type unless the type is an alias: then by [`check_default`].
pub fn parse_param(text: &str, is_alias: IsAlias) -> Result<ParamShort, Problem> {
    let (kind, at) = scan(text, is_alias, true)?;
    let rest = &text[at..];
    if rest.is_empty() {
        return Ok(ParamShort { kind, default: None });
    }
    let Some(written) = rest.strip_prefix(" = ").filter(|written| !written.is_empty()) else {
        return Err(no_default(text, at));
    };
    let range = text.len() - written.len()..text.len();
    if matches!(&kind.kind, TypeRef::Param(kind) if kind.is_secret()) {
        return Err(Problem::new(Code::E0702, range, "a secret has no default")
            .help("leave the default out; a connection gives the secret"));
    }
    if kind.required {
        return Err(Problem::new(
            Code::E0203,
            at - 1..text.len(),
            "what has a default need not be given: `!` and a default exclude each other",
        )
        .help("leave one of them out"));
    }
    let value = literal::parse(text, range.clone())?;
    let default = Literal { value, written: Piece::of(text, range) };
    match &kind.kind {
        TypeRef::Type(known) => check_default(&default, &ParamType::Type(known.clone()))?,
        TypeRef::Param(known) => check_default(&default, known)?,
        TypeRef::Alias(_) | TypeRef::ListOf { .. } => {}
    }
    Ok(ParamShort { kind, default: Some(default) })
}

/// Checks that a default fits its type.
pub fn check_default(default: &Literal, kind: &ParamType) -> Result<(), Problem> {
    let problem = |message: String, help: Option<String>| {
        let problem = Problem::new(Code::E0211, default.written.range.clone(), message);
        Err(match help {
            Some(help) => problem.help(help),
            None => problem,
        })
    };
    let text = matches!(default.value, Value::Text(_));
    match kind {
        ParamType::Type(kind) => match cast(&default.value, kind) {
            Ok(_) => Ok(()),
            Err(error) => problem(
                format!("the default does not fit: {}", error.message),
                error.hint.or_else(|| list_hint(default, kind)),
            ),
        },
        ParamType::Fields => {
            problem("a map of columns can't be written here".into(), Some("use the long form with `default`".into()))
        }
        ParamType::Place | ParamType::File if !text => {
            problem(format!("the default is {}, not a text", default.value.what()), None)
        }
        _ => Ok(()),
    }
}

fn list_hint(default: &Literal, kind: &Type) -> Option<String> {
    let list = matches!(kind, Type::List { .. }) && !matches!(default.value, Value::List(_));
    list.then(|| format!("write `[{}]`", default.written.text))
}

fn no_default(text: &str, at: usize) -> Problem {
    let rest = text[at..].trim_start();
    let problem = |message: String, help: String| Problem::new(Code::E0203, at..text.len(), message).help(help);
    let written = &text[..at];
    match rest.strip_prefix('=') {
        Some(default) if default.trim().is_empty() => {
            problem("nothing stands after `=`".into(), format!("an empty text is `{written} = ''`"))
        }
        Some(default) => {
            problem("one space stands on each side of `=`".into(), format!("write `{written} = {}`", default.trim()))
        }
        None if rest.is_empty() => problem("spaces at the end".into(), format!("write `{written}`")),
        None if rest.starts_with("<-") || rest.starts_with("->") => {
            problem(format!("`{rest}` belongs to a field"), "a param is a type, and perhaps ` = default`".into())
        }
        None => {
            // `string default eu`, `string: eu`
            let value = rest.strip_prefix("default").unwrap_or(rest).trim_start_matches([' ', ':', '=']);
            problem(format!("`{rest}` is not part of a param"), format!("a default is written `{written} = {value}`"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn params_are_read() {
        for text in EXAMPLES.iter().chain(&["epoch = 12", "string = ''", "decimal(18,2) = 1.50", "list<integer> = []"])
        {
            assert!(parse_param(text, &|_| false).is_ok(), "{text}: {:?}", parse_param(text, &|_| false));
        }
        let mode = parse_param("enum(fast|full) = full", &|_| false).unwrap();
        let default = mode.default.unwrap();
        assert_eq!((default.value, default.written.range), (Value::Text("full".into()), 18..22));
    }

    #[test]
    fn mistakes_have_their_place() {
        let cases = [
            ("string! = x", Code::E0203, 6..11, "exclude"),
            ("secret = x", Code::E0702, 9..10, "no default"),
            ("integer = ten", Code::E0211, 10..13, "`ten` is not an integer"),
            ("timestamp = 2024-01-01", Code::E0211, 12..22, "it is a date"),
            ("enum(fast|full) = ful", Code::E0211, 18..21, "`full`"),
            ("list<string> = a", Code::E0211, 15..16, "`[a]`"),
            ("fields = x", Code::E0211, 9..10, "long form"),
            ("string=x", Code::E0203, 6..8, "one space"),
            ("string = ", Code::E0203, 6..9, "nothing"),
            ("string x", Code::E0203, 6..8, "`string = x`"),
            ("string <- $.x", Code::E0203, 6..13, "belongs to a field"),
            ("string = {{ x }}", Code::E0203, 9..16, "fixed"),
            ("json = {a: 1}", Code::E0203, 7..13, "long form"),
            ("list<string> = [a", Code::E0203, 15..17, "not closed"),
            ("string = null", Code::E0203, 9..13, "leave it out"),
            ("string = 'a", Code::E0203, 9..11, "quote"),
        ];
        for (text, code, range, part) in cases {
            let problem = parse_param(text, &|_| false).unwrap_err();
            let told = format!("{} / {}", problem.message, problem.help.clone().unwrap_or_default());
            assert!(told.contains(part), "{text}: {told}");
            assert_eq!((problem.code, problem.range), (code, range), "{text}: {told}");
        }
    }
}
