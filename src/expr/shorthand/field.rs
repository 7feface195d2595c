//! Fields: `string`, `integer! -> users.id`, `string <- $.user.login`, `boolean = {{ record.x is defined }}`.

use super::types::{IsAlias, TypeShort, scan};
use super::{Piece, braces, place};
use crate::diagnostic::{Code, Problem};
use crate::name::is_name;

pub const PATTERN: &str = concat!(
    "^",
    super::types::type_pattern!(),
    "!?(?: -> [A-Za-z_][A-Za-z0-9_]*\\.[A-Za-z_][A-Za-z0-9_]*)?",
    "(?: <- \\$(?:[.\\[](?:[\\s\\S]*[^?!])?)?| = \\{\\{[\\s\\S]*\\}\\})?$"
);
pub const EXAMPLES: &[&str] = &[
    "string",
    "integer!",
    "string <- $.user.login",
    "integer! -> users.id",
    "string -> teams.id <- $.team.id",
    "string! = {{ repo }}",
    "date(\"%Y%m%d\")!",
];

/// A reference alone, as it stands in a long form.
pub const REF_PATTERN: &str = "^[A-Za-z_][A-Za-z0-9_]*\\.[A-Za-z_][A-Za-z0-9_]*$";
pub const REF_EXAMPLES: &[&str] = &["users.id"];

/// A column in one line.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldShort {
    pub kind: TypeShort,
    pub reference: Option<Reference>,
    pub from: Option<Origin>,
}

/// A column of another stream: `customers.id`.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    pub stream: Piece,
    pub column: Piece,
}

/// Where a column's value comes from, if not from the member of its name.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    Place(Piece),
    /// With its braces.
    Expr(Piece),
}

const FORM: &str = "a field is `type`, then ` -> stream.column`, then ` <- $.place` or ` = {{ expression }}`";

/// Reads a field; stream, column, place and expression are looked up later.
pub fn parse_field(text: &str, is_alias: IsAlias) -> Result<FieldShort, Problem> {
    if let Some(problem) = without_type(text) {
        return Err(problem);
    }
    let (kind, mut at) = scan(text, is_alias, false)?;
    let mut reference = None;
    if text[at..].starts_with(" -> ") {
        let start = at + 4;
        let rest = &text[start..];
        let end = rest.find([' ', '<', '=']).map_or(text.len(), |end| start + end);
        reference = Some(parse_reference(text, start, end)?);
        at = end;
    }
    let start = at + 4;
    let from = match &text[at..] {
        "" => None,
        _ if text.get(start..).is_some_and(|rest| rest.trim().is_empty()) => return Err(no_arrow(text, at)),
        rest if rest.starts_with(" <- ") => Some(Origin::Place(parse_origin(text, start)?)),
        rest if rest.starts_with(" = ") => Some(Origin::Expr(parse_expression(text, start - 1)?)),
        _ => return Err(no_arrow(text, at)),
    };
    Ok(FieldShort { kind, reference, from })
}

/// Reads `stream.column`, as it also stands in a long form's `ref`.
pub fn parse_ref(text: &str) -> Result<Reference, Problem> {
    parse_reference(text, 0, text.len())
}

fn parse_reference(text: &str, start: usize, end: usize) -> Result<Reference, Problem> {
    let found = &text[start..end];
    let problem = |range, message: &str, help: String| Err(Problem::new(Code::E0202, range, message).help(help));
    if found.ends_with('!') {
        return problem(
            end - 1..end,
            "`!` stands after the type, not after the reference",
            "write for example `integer! -> users.id`".into(),
        );
    }
    if found.starts_with('$') {
        return problem(start..end, "a place is written with `<-`", format!("write `<- {found}`"));
    }
    let Some((stream, column)) = found.split_once('.') else {
        return problem(
            start..end,
            "a reference names a stream and its column",
            format!("write for example `-> {}.id`", if found.is_empty() { "users" } else { found }),
        );
    };
    let dot = start + stream.len();
    for (name, range) in [(stream, start..dot), (column, dot + 1..end)] {
        if !is_name(name) {
            return problem(range, &format!("`{name}` is not a name"), "write `-> stream.column`".into());
        }
    }
    Ok(Reference { stream: Piece::of(text, start..dot), column: Piece::of(text, dot + 1..end) })
}

fn parse_origin(text: &str, start: usize) -> Result<Piece, Problem> {
    let found = &text[start..];
    let range = start..text.len();
    let problem = |message: &str, help: String| Problem::new(Code::E0202, range.clone(), message).help(help);
    if found.starts_with("{{") {
        return Err(problem("a computed column is written with `=`", format!("write `= {found}`")));
    }
    if found.starts_with("header.") {
        let help = "write `= {{ response.headers['…'] }}` with the name in lower case";
        return Err(problem("a column is read from the record, not from a header", help.into()));
    }
    if !found.starts_with('$') {
        let mut problem = problem("a place begins with `$`", format!("write `<- $.{found}`"));
        problem.replacement = crate::name::is_name(found.split('.').next().unwrap_or("")).then(|| format!("$.{found}"));
        return Err(problem);
    }
    for (sign, message, help) in [
        (" -> ", "the reference stands before the place", "write `type -> stream.column <- $.place`"),
        (" = {{", "a column comes from a place or is computed, not both", "leave one of them out"),
    ] {
        // Inside quotes such signs belong to a member's name.
        let within_quotes = |at: usize| found[..at].matches(['\'', '"']).count() % 2 == 1;
        if let Some(at) = found.find(sign).filter(|at| !within_quotes(*at)) {
            return Err(Problem::new(Code::E0202, start + at..text.len(), message).help(help));
        }
    }
    place::required(text, range, Code::E0202)
}

fn parse_expression(text: &str, start: usize) -> Result<Piece, Problem> {
    let found = &text[start..];
    let range = start..text.len();
    let problem = |message: &str, help: String| Err(Problem::new(Code::E0202, range.clone(), message).help(help));
    match found {
        _ if braces::is_expression(found) => Ok(Piece::of(text, range)),
        _ if found.starts_with('$') => problem("a place is written with `<-`", format!("write `<- {found}`")),
        _ if found.starts_with("{{") && !found.contains("}}") => {
            problem("the expression is not closed", format!("write `{} }}}}`", found.trim_end()))
        }
        _ if found.contains("{{") => problem(
            "a computed column is one expression",
            "join texts inside it with `~`: `{{ record.a ~ '-' ~ record.b }}`".into(),
        ),
        _ => problem("an expression stands in braces", format!("write `= {{{{ {found} }}}}`")),
    }
}

fn without_type(text: &str) -> Option<Problem> {
    let sign = ["<-", "->", "=", "$", "{{"].into_iter().find(|sign| text.starts_with(sign))?;
    let rest = match sign {
        "$" => format!("<- {text}"),
        "{{" => format!("= {text}"),
        _ => text.to_owned(),
    };
    Some(
        Problem::new(Code::E0202, 0..sign.len(), "a field begins with its type")
            .help(format!("write for example `string {rest}`")),
    )
}

/// Tells what stands where an arrow, an `=` or the end should be.
fn no_arrow(text: &str, at: usize) -> Problem {
    let rest = text[at..].trim_start();
    let start = text.len() - rest.len();
    let written = &text[..at];
    let problem = |end: usize, message: String, help: String| Problem::new(Code::E0202, at..end, message).help(help);
    if rest.is_empty() {
        return problem(text.len(), "spaces at the end".into(), format!("write `{written}`"));
    }
    for (sign, ours) in [("=>", "->"), ("<--", "<-"), ("-->", "->"), ("<=", "<-"), (":=", "="), ("==", "=")] {
        if rest.starts_with(sign) {
            return Problem::new(Code::E0202, start..start + sign.len(), format!("`{sign}` is written `{ours}`"))
                .help(FORM);
        }
    }
    for sign in ["->", "<-", "="] {
        let Some(after) = rest.strip_prefix(sign) else { continue };
        if after.trim().is_empty() {
            return problem(text.len(), format!("nothing stands after `{sign}`"), FORM.into());
        }
        if sign == "->" && written.contains(" -> ") {
            return problem(start + 2, "a column has one reference".into(), FORM.into());
        }
        let end = text.len() - after.trim_start().len();
        let mut problem = problem(
            end,
            format!("one space stands on each side of `{sign}`"),
            format!("write `{written} {sign} {}`", after.trim_start()),
        );
        problem.replacement = Some(format!(" {sign} "));
        return problem;
    }
    match rest.as_bytes()[0] {
        b'$' => problem(text.len(), "a place is written with `<-`".into(), format!("write `{written} <- {rest}`")),
        b'{' => {
            problem(text.len(), "a computed column is written with `=`".into(), format!("write `{written} = {rest}`"))
        }
        _ => Problem::new(Code::E0202, start..text.len(), format!("`{rest}` is not part of a field")).help(FORM),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_with_their_places() {
        let text = "string! -> teams.id <- $.team.id";
        let field = parse_field(text, &|_| false).unwrap();
        let reference = field.reference.unwrap();
        assert_eq!((reference.stream.range, reference.column.range), (11..16, 17..19));
        assert_eq!(field.from, Some(Origin::Place(Piece { text: "$.team.id".into(), range: 23..32 })));
        assert!(field.kind.required);
        let text = "epoch -> a.b = {{ record.x <- 1 }}";
        assert!(
            matches!(parse_field(text, &|_| false).unwrap().from, Some(Origin::Expr(piece)) if piece.range == (15..34))
        );
        for text in EXAMPLES.iter().chain(&[
            "enum(a -> b|c)",
            "json <- $['a -> b']",
            "list<string> <- $.labels[*].name",
            "json <- $",
        ]) {
            assert!(parse_field(text, &|_| false).is_ok(), "{text}");
        }
    }

    #[test]
    fn mistakes_have_their_place() {
        let cases = [
            ("string <- $.x -> a.b", 13..20, "before the place"),
            ("string<-$.x", 6..8, "one space"),
            ("string <-$.x", 6..9, "one space"),
            ("string  <- $.x", 6..11, "one space"),
            ("string->a.b", 6..8, "one space"),
            ("string={{ x }}", 6..7, "one space"),
            ("string => a.b", 7..9, "written `->`"),
            ("string -> customers", 10..19, "`-> customers.id`"),
            ("string -> $.x", 10..13, "`<- $.x`"),
            ("string -> a.b.c", 12..15, "not a name"),
            ("integer -> users.id!", 19..20, "after the type"),
            ("string <- $.x!", 13..14, "after the type"),
            ("string <- $.x?", 13..14, "leave the `?` out"),
            ("string <- data.x", 10..16, "`<- $.data.x`"),
            ("string <- $x", 11..12, "`.name`"),
            ("string <- {{ x }}", 10..17, "written with `=`"),
            ("string <- header.Date", 10..21, "response.headers"),
            ("string = params.x", 9..17, "`= {{ params.x }}`"),
            ("string = $.x", 9..12, "`<- $.x`"),
            ("string = {{ x", 9..13, "not closed"),
            ("string = a{{ x }}", 9..17, "one expression"),
            ("string = {{ a }} {{ b }}", 9..24, "one expression"),
            ("string <- $.x = {{ y }}", 13..23, "not both"),
            ("string $.x", 6..10, "`string <- $.x`"),
            ("string {{ x }}", 6..14, "`string = {{ x }}`"),
            ("string <- ", 6..10, "nothing stands after"),
            ("string required", 7..15, "not part of a field"),
            ("<- $.x", 0..2, "`string <- $.x`"),
            ("$.x", 0..1, "`string <- $.x`"),
            ("string! ", 7..8, "spaces at the end"),
            ("string!! <- $.x", 7..8, "once"),
            ("string ! <- $.x", 6..8, "no space before"),
            ("int <- $.x", 0..3, "`integer`"),
        ];
        for (text, range, part) in cases {
            let problem = parse_field(text, &|_| false).unwrap_err();
            let told = format!("{} / {}", problem.message, problem.help.clone().unwrap_or_default());
            assert!(told.contains(part), "{text}: {told}");
            assert_eq!(problem.range, range, "{text}: {told}");
        }
    }
}
