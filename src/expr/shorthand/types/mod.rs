//! Types: `string`, `decimal(18,2)`, `timestamp("%d/%m/%Y", "UTC")`, `list<integer!>`, or an alias.

mod mistaken;
mod parens;

use super::{Piece, first};
use crate::data::{Moment, ParamType, Type, TypeFlaw};
use crate::diagnostic::{Code, Problem};
use crate::name::is_name;
use std::ops::Range;

/// A type without its `!`. An alias is any name, so that a misspelt type is told by the parser, not by the pattern.
macro_rules! simple_pattern {
    () => {
        concat!(
            "(?:decimal\\([0-9]{1,2}, ?[0-9]{1,2}\\)",
            "|(?:date|time|timestamp)\\((?:unix|unix_ms|unix_us|ns|rfc2822|iso|\"[^\"]+\")(?:, ?\"[^\"]+\")?\\)",
            "|enum\\([^|)]+(?:\\|[^|)]+)*\\)",
            "|[A-Za-z_][A-Za-z0-9_]*)"
        )
    };
}
macro_rules! type_pattern {
    () => {
        concat!(
            "(?:list<",
            $crate::expr::shorthand::types::simple_pattern!(),
            "!?>|",
            $crate::expr::shorthand::types::simple_pattern!(),
            ")"
        )
    };
}
pub(super) use simple_pattern;
pub(super) use type_pattern;

pub const PATTERN: &str = concat!("^", type_pattern!(), "!?$");
pub const EXAMPLES: &[&str] = &[
    "string",
    "integer!",
    "number",
    "decimal(18,2)",
    "boolean",
    "date",
    "date(\"%Y%m%d\")",
    "time",
    "timestamp",
    "timestamp(unix)",
    "timestamp(unix_ms)",
    "timestamp(\"%d/%m/%Y %H:%M\", \"Europe/Berlin\")",
    "duration",
    "json",
    "bytes",
    "uuid",
    "enum(open|closed)",
    "list<string>",
];

/// Types of params: those of columns and a few of their own.
pub const PARAM_PATTERN: &str = concat!("^(?:secret<json>|", type_pattern!(), ")!?$");
pub const PARAM_EXAMPLES: &[&str] =
    &["string!", "secret!", "secret<json>!", "list<string>", "enum(fast|full)", "timestamp", "place", "fields", "file"];

const SIMPLE: &[(&str, Type)] = &[
    ("string", Type::String),
    ("integer", Type::Integer),
    ("number", Type::Number),
    ("boolean", Type::Boolean),
    ("json", Type::Json),
    ("bytes", Type::Bytes),
    ("uuid", Type::Uuid),
    ("duration", Type::Duration),
];
const WITH_PARENTHESES: &[&str] = &["decimal", "date", "time", "timestamp", "enum"];
const OF_PARAMS: &[(&str, ParamType)] = &[
    ("secret", ParamType::Secret),
    ("place", ParamType::Place),
    ("fields", ParamType::Fields),
    ("file", ParamType::File),
];

/// Says whether a name is an alias of `types`; an alias may have the name of a word that is no type.
pub type IsAlias<'a> = &'a dyn Fn(&str) -> bool;

/// A type as it was written, aliases not yet looked up.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeRef {
    Type(Type),
    /// One of the types only params have.
    Param(ParamType),
    Alias(Piece),
    /// A list of an alias.
    ListOf {
        alias: Piece,
        required: bool,
    },
}

/// A type and whether it ends in `!`.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeShort {
    pub kind: TypeRef,
    pub required: bool,
    /// Where the type stands, without its `!`.
    pub range: Range<usize>,
}

/// Reads a column's type with its `!`, as it stands in a long form.
pub fn parse_type(text: &str, is_alias: IsAlias) -> Result<TypeShort, Problem> {
    let (short, end) = scan(text, is_alias, false)?;
    finish(text, end)?;
    Ok(short)
}

/// Reads a param's type, which may also be a secret, a place, fields or a file.
pub fn parse_param_type(text: &str, is_alias: IsAlias) -> Result<TypeShort, Problem> {
    let (short, end) = scan(text, is_alias, true)?;
    finish(text, end)?;
    Ok(short)
}

/// Returns the words of all types of columns, for the nearest right one.
pub fn known_type_words() -> impl Iterator<Item = &'static str> {
    SIMPLE.iter().map(|(word, _)| *word).chain(WITH_PARENTHESES.iter().copied()).chain(["list"])
}

/// Returns the words of the types that only params have.
pub fn param_type_words() -> impl Iterator<Item = &'static str> {
    OF_PARAMS.iter().map(|(word, _)| *word)
}

impl TypeRef {
    /// Looks the alias up, if it is one; `names` are all words beside the types of columns, for the nearest right one.
    pub fn resolve(&self, alias: &dyn Fn(&str) -> Option<Type>, names: &[&str]) -> Result<ParamType, Problem> {
        let find = |piece: &Piece| {
            alias(&piece.text).ok_or_else(|| {
                let mut known: Vec<&str> = known_type_words().collect();
                known.extend(names);
                Problem::new(Code::E0217, piece.range.clone(), format!("unknown type `{}`", piece.text))
                    .nearest(crate::name::nearest(&piece.text, known))
                    .help("a type is one of the language or an alias of `types`")
            })
        };
        match self {
            TypeRef::Type(kind) => Ok(ParamType::Type(kind.clone())),
            TypeRef::Param(kind) => Ok(kind.clone()),
            TypeRef::Alias(piece) => find(piece).map(ParamType::Type),
            TypeRef::ListOf { alias: piece, required } => match find(piece)? {
                Type::List { .. } => Err(list_of_list(piece.range.clone())),
                of => Ok(ParamType::Type(Type::List { of: Box::new(of), required: *required })),
            },
        }
    }
}

/// Reads a type at the beginning of a text and says where it ends, after its `!`.
pub(super) fn scan(text: &str, is_alias: IsAlias, params: bool) -> Result<(TypeShort, usize), Problem> {
    if let Some(problem) = mistaken::at_start(text) {
        return Err(problem);
    }
    let (kind, end) = one(text, 0, is_alias, params, false)?;
    let required = text[end..].starts_with('!');
    let short = TypeShort { kind, required, range: 0..end };
    let end = end + usize::from(required);
    match mistaken::suffix(text, end, &short) {
        Some(problem) => Err(problem),
        None => Ok((short, end)),
    }
}

fn finish(text: &str, end: usize) -> Result<(), Problem> {
    if end == text.len() {
        return Ok(());
    }
    let found = text[end..].trim();
    Err(Problem::new(Code::E0201, end..text.len(), format!("`{found}` is not part of a type"))
        .help("here stands a type alone, with `!` if it is required"))
}

/// Reads one type without its `!`: a word and what belongs to it.
fn one(text: &str, at: usize, is_alias: IsAlias, params: bool, inner: bool) -> Result<(TypeRef, usize), Problem> {
    let length = text[at..].bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    let word = &text[at..at + length];
    let range = at..at + length;
    let end = range.end;
    if !is_name(word) {
        return Err(mistaken::no_word(text, at));
    }
    let rest = &text[end..];
    if word == "list" && (rest.starts_with('<') || !is_alias(word)) {
        return if inner { Err(list_of_list(range)) } else { list(text, range, is_alias) };
    }
    if word == "secret" && rest.starts_with("<json>") {
        let range = at..end + "<json>".len();
        return of_params(ParamType::SecretJson, range.clone(), params && !inner).map(|kind| (kind, range.end));
    }
    if rest.starts_with('(') && WITH_PARENTHESES.contains(&word) {
        return parens::parse(text, range).map(|(kind, end)| (TypeRef::Type(kind), end));
    }
    if is_alias(word) && !rest.starts_with('(') {
        return Ok((TypeRef::Alias(Piece::of(text, range)), end));
    }
    if let Some(problem) = mistaken::word(text, range.clone()) {
        return Err(problem);
    }
    let known = match word {
        "date" => Some(Type::Date(Moment::default())),
        "time" => Some(Type::Time(Moment::default())),
        "timestamp" => Some(Type::Timestamp(Moment::default())),
        _ => SIMPLE.iter().find(|(known, _)| *known == word).map(|(_, kind)| kind.clone()),
    };
    if let Some(kind) = known {
        return Ok((TypeRef::Type(kind), end));
    }
    match OF_PARAMS.iter().find(|(known, _)| *known == word) {
        Some((_, kind)) => of_params(kind.clone(), range, params && !inner).map(|kind| (kind, end)),
        None => Ok((TypeRef::Alias(Piece::of(text, range)), end)),
    }
}

fn of_params(kind: ParamType, range: Range<usize>, allowed: bool) -> Result<TypeRef, Problem> {
    if allowed {
        return Ok(TypeRef::Param(kind));
    }
    let help = if kind.is_secret() {
        "a column is never secret: leave it out, or hide it with `hidden`"
    } else {
        "columns hold such values as `string` or `json`"
    };
    Err(Problem::new(Code::E0201, range, format!("`{kind}` is a type of params only")).help(help))
}

fn list(text: &str, word: Range<usize>, is_alias: IsAlias) -> Result<(TypeRef, usize), Problem> {
    let open = word.end;
    let tail = &text[open..];
    if !tail.starts_with('<') || tail.starts_with("<-") {
        return Err(Problem::new(Code::E0201, word, "a list says what it is a list of")
            .help("write `list<string>`; a list of mixed things is `json`"));
    }
    if tail.starts_with("<>") {
        return Err(Problem::new(Code::E0201, word.start..open + 2, "a list says what it is a list of")
            .help("write `list<string>`"));
    }
    let (of, end) = one(text, open + 1, is_alias, false, true)?;
    let required = text[end..].starts_with('!');
    let end = end + usize::from(required);
    if !text[end..].starts_with('>') {
        let found = first(text, end);
        let message = if found.is_empty() {
            "`list<` is not closed".to_owned()
        } else {
            format!("`{}` where `>` closes the list", &text[found.clone()])
        };
        return Err(Problem::new(Code::E0201, found, message).help("write for example `list<string>`"));
    }
    let kind = match of {
        TypeRef::Alias(alias) => TypeRef::ListOf { alias, required },
        TypeRef::Type(of) => TypeRef::Type(Type::List { of: Box::new(of), required }),
        other => other,
    };
    Ok((kind, end + 1))
}

fn list_of_list(range: Range<usize>) -> Problem {
    Problem::new(Code::E0201, range, "a list of lists").help("what is nested deeper is a `json` column")
}

/// Tells a flaw of a type by its code.
fn flawed(flaw: TypeFlaw, range: Range<usize>) -> Problem {
    match flaw {
        TypeFlaw::Type(text) => Problem::new(Code::E0201, range, text),
        TypeFlaw::Pattern(text) | TypeFlaw::Zone(text) => match text.split_once(": ") {
            Some((message, help)) => Problem::new(Code::E0218, range, message).help(help),
            None => Problem::new(Code::E0218, range, text),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read() {
        let is_alias = |name: &str| matches!(name, "money" | "str");
        for text in
            EXAMPLES.iter().copied().chain(["list<integer!>!", "enum(a b|c-d)", "decimal(76,0)", "time(\"%H%M\")"])
        {
            let short = parse_type(text, &is_alias).unwrap_or_else(|e| panic!("{text}: {e:?}"));
            let TypeRef::Type(kind) = &short.kind else { panic!("{text}") };
            assert_eq!(format!("{kind}{}", if short.required { "!" } else { "" }), text);
            assert_eq!(short.range, 0..text.len() - usize::from(short.required));
        }
        let spaced = parse_type("decimal(18, 2)", &is_alias).unwrap();
        assert_eq!(spaced.kind, TypeRef::Type(Type::Decimal { precision: 18, scale: 2 }));
    }

    #[test]
    fn aliases_are_looked_up_later() {
        let none = |_: &str| false;
        let known = |name: &str| (name == "money").then_some(Type::Decimal { precision: 18, scale: 2 });
        let money = parse_type("list<money!>!", &none).unwrap();
        assert_eq!(money.kind, TypeRef::ListOf { alias: Piece { text: "money".into(), range: 5..10 }, required: true });
        assert_eq!(money.kind.resolve(&known, &["money"]).unwrap().to_string(), "list<decimal(18,2)!>");
        let problem = parse_type("mony", &none).unwrap().kind.resolve(&known, &["money"]).unwrap_err();
        assert_eq!((problem.code, problem.range, problem.nearest.as_deref()), (Code::E0217, 0..4, Some("money")));
        let problem = parse_type("strng", &none).unwrap().kind.resolve(&known, &["money"]).unwrap_err();
        assert_eq!(problem.nearest.as_deref(), Some("string"));
        // A word that is a mistake elsewhere is what the author made of it.
        assert!(matches!(parse_type("str", &|name| name == "str").unwrap().kind, TypeRef::Alias(_)));
    }

    #[test]
    fn types_of_params() {
        for text in ["secret", "secret<json>!", "place", "fields", "file!", "list<string>"] {
            assert!(parse_param_type(text, &|_| false).is_ok(), "{text}");
        }
        assert_eq!(parse_type("secret!", &|_| false).unwrap_err().code, Code::E0201);
        assert_eq!(parse_param_type("list<secret>", &|_| false).unwrap_err().range, 5..11);
    }

    #[test]
    fn mistakes_have_their_place() {
        let cases = [
            ("int", 0..3, "`integer`"),
            ("str!", 0..3, "`string`"),
            ("varchar(20)", 0..11, "`string`"),
            ("float", 0..5, "`number`"),
            ("bool", 0..4, "`boolean`"),
            ("datetime", 0..8, "`timestamp`"),
            ("datetime(unix)", 0..8, "`timestamp`"),
            ("array", 0..5, "`list<"),
            ("array<string>", 0..5, "`list<"),
            ("string[]", 0..8, "`list<string>`"),
            ("[string]", 0..8, "`list<string>`"),
            ("object", 0..6, "`json`"),
            ("map<string>", 0..3, "`json`"),
            ("String", 0..6, "`string`"),
            ("list", 0..4, "list of"),
            ("list<>", 0..6, "list of"),
            ("list<string", 11..11, "not closed"),
            ("list<list<string>>", 5..9, "`json`"),
            ("list<int>", 5..8, "`integer`"),
            ("list(string)", 0..4, "list<string>"),
            ("string?", 6..7, "leave the `?` out"),
            ("string!?", 7..8, "leave the `?` out"),
            ("?string", 0..1, "leave the `?` out"),
            ("!string", 0..1, "after the type"),
            ("string!!", 7..8, "once"),
            ("string !", 6..8, "`string!`"),
            ("string(20)", 6..10, "takes nothing"),
            ("decimal", 0..7, "decimal(18,2)"),
            ("decimal(18)", 7..11, "decimal(18,0)"),
            ("decimal(18,2", 7..12, "not closed"),
            ("decimal(18.2)", 7..13, "decimal(18,2)"),
            ("decimal(99,2)", 7..13, "at most 76"),
            ("decimal(2,9)", 7..12, "after the point"),
            ("timestamp(ms)", 10..12, "unix_ms"),
            ("timestamp(s)", 10..11, "unix"),
            ("timestamp(%Y)", 10..12, "quotes"),
            ("timestamp()", 9..11, "leave the parentheses out"),
            ("timestamp(unix", 9..14, "not closed"),
            ("timestamp(\"%Y", 10..13, "quote is not closed"),
            ("timestamp(unix, UTC)", 16..19, "quotes"),
            ("timestamp(iso, \"Europe/Berln\")", 15..29, "no time zone"),
            ("timestamp(\"Europe/Berlin\")", 10..25, "timestamp(iso, \"Europe/Berlin\")"),
            ("date(\"%y\")", 5..9, "not known"),
            ("enum", 0..4, "enum(open|closed)"),
            ("enum()", 4..6, "enum(open|closed)"),
            ("enum(a, b)", 4..10, "enum(a|b)"),
            ("enum(a||b)", 7..7, "empty"),
            ("enum(a|a)", 4..9, "twice"),
            ("enum(a|b", 4..8, "not closed"),
            ("", 0..0, "empty"),
            ("$.x", 0..3, "place"),
            ("string ", 6..7, "not part of a type"),
        ];
        for (text, range, part) in cases {
            let problem = parse_type(text, &|_| false).unwrap_err();
            let told = format!("{} / {}", problem.message, problem.help.clone().unwrap_or_default());
            assert!(told.contains(part), "{text}: {told}");
            assert_eq!(problem.range, range, "{text}: {told}");
        }
    }
}
