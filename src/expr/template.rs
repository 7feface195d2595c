//! Text to syntax tree. The only file that knows the crate which parses templates.

use super::guard;
use super::syntax::{Argument, Arithmetic, Comparison, Kind, Piece, Syntax, Token, What, Word};
use crate::diagnostic::{Code, Problem};
use minijinja::machinery::ast::{self, BinOpKind, CallArg, CompareOpKind, Expr, Stmt, UnaryOpKind};
use minijinja::machinery::{Span, Token as Lexeme};
use minijinja::syntax::SyntaxConfig;
use std::ops::Range;

/// Parses a template. Everything that is not the language is a problem; the pieces are those without one.
pub(super) fn parse(source: &str) -> Result<Vec<Piece>, Vec<Problem>> {
    if let Some(problem) = guard::length(source) {
        return Err(vec![problem]);
    }
    let Ok(config) = SyntaxConfig::builder().keep_trailing_newline(true).build() else {
        return Err(vec![Problem::new(Code::E0301, 0..source.len(), "templates can't be read")]);
    };
    // An error of the tokeniser ends the tokens; the parser meets the same one and tells it with its place.
    let tokens: Vec<_> = minijinja::machinery::tokenize(source, false, config.clone())
        .map_while(Result::ok)
        .map(|(lexeme, span)| Token { kind: kind(&lexeme), range: range(span) })
        .collect();
    let problems = guard::tokens(source, &tokens);
    if !problems.is_empty() {
        return Err(problems);
    }
    let tree = match minijinja::machinery::parse(source, "template", config) {
        Ok(Stmt::Template(tree)) => tree,
        Ok(_) => return Ok(Vec::new()),
        Err(error) => return Err(vec![broken(source, &error)]),
    };
    let mut reader = Reader { source, tokens, problems: Vec::new() };
    let pieces = reader.pieces(&tree.children, 0);
    if reader.problems.is_empty() { Ok(pieces) } else { Err(reader.problems) }
}

fn kind<'a>(lexeme: &Lexeme<'a>) -> Kind<'a> {
    match lexeme {
        Lexeme::TemplateData(_) => Kind::Raw,
        Lexeme::VariableStart => Kind::ValueStart,
        Lexeme::VariableEnd => Kind::ValueEnd,
        Lexeme::BlockStart => Kind::BlockStart,
        Lexeme::BlockEnd => Kind::BlockEnd,
        Lexeme::Ident(name) => Kind::Name(name),
        Lexeme::Int(_) | Lexeme::Int128(_) | Lexeme::Float(_) => Kind::Number,
        Lexeme::Str(_) | Lexeme::String(_) => Kind::Text,
        Lexeme::Minus => Kind::Minus,
        Lexeme::Pipe => Kind::Pipe,
        Lexeme::ParenOpen | Lexeme::BracketOpen | Lexeme::BraceOpen => Kind::Open,
        Lexeme::ParenClose | Lexeme::BracketClose | Lexeme::BraceClose => Kind::Close,
        _ => Kind::Other,
    }
}

fn range(span: Span) -> Range<usize> {
    span.start_offset as usize..span.end_offset as usize
}

fn broken(source: &str, error: &minijinja::Error) -> Problem {
    let mut range = error.range().unwrap_or(0..source.len());
    range.end = range.end.min(source.len());
    range.start = range.start.min(range.end);
    while !source.is_char_boundary(range.start) {
        range.start -= 1;
    }
    while !source.is_char_boundary(range.end) {
        range.end += 1;
    }
    if source.contains("{#") && !source.contains("#}") {
        let start = source.find("{#").unwrap_or_default();
        return Problem::new(Code::E0303, start..source.len(), "comments are not part of templates")
            .help("a literal `{#` is written `{{ '{#' }}`");
    }
    let detail = error.detail().unwrap_or("the template can't be read").trim_end_matches('.');
    if detail.contains("recursion") {
        return Problem::new(Code::E0309, range, "nested too deep").help("take the expression apart");
    }
    if detail.contains("too large") {
        // The parser's place is the token after the number.
        let end = source[..range.start].trim_end().len();
        let start = source[..end].trim_end_matches(|char: char| char.is_ascii_digit()).len();
        return Problem::new(Code::E0301, start..end, "a number with too many digits").help("write it as a text");
    }
    if let Some(word) = detail.strip_prefix("unknown statement ") {
        return Problem::new(Code::E0301, range, format!("`{word}` without its `{{% if … %}}`"));
    }
    if detail.contains("end of input, expected end of block") && source.rfind("{%") < source.rfind("%}") {
        return Problem::new(Code::E0301, range, "`{% if … %}` is not closed").help("it ends with `{% endif %}`");
    }
    let told = detail.replace("end of variable block", "`}}`").replace("end of block", "`%}`");
    let problem = Problem::new(Code::E0301, range.clone(), told);
    match mistake(source, &range) {
        Some(help) => problem.help(help),
        None => problem,
    }
}

/// Guesses what the author meant where the grammar ended.
fn mistake(source: &str, range: &Range<usize>) -> Option<&'static str> {
    let start = source[..range.start].rfind("{{").or_else(|| source[..range.start].rfind("{%")).unwrap_or(0);
    if source[..start].trim_end().ends_with("{{") {
        return Some("there are no `{{ }}` inside an expression; write the name alone");
    }
    let here = &source[range.start..];
    let code = outside_texts(&source[start..]);
    Some(match &*code {
        code if code.contains("| }}") || code.contains("|}}") => "a filter's name follows `|`",
        code if code.contains("&&") => "write `and`",
        code if code.contains("||") => "write `or`",
        code if code.contains('?') => "write `a if test else b`",
        code if code.replace("!=", "").contains('!') => "write `not x`",
        code if code.starts_with("{{") && !code.contains("}}") => "an expression ends with `}}`",
        code if code.starts_with("{%") && !code.contains("%}") => "a tag ends with `%}`",
        code if code.contains("===") || code.contains("!==") => "write `==` or `!=`",
        code if code.contains("$.") => {
            "places are written without `{{ }}`; in an expression it is `record.x` or `response.body.x`"
        }
        code if code.contains("=>") || code.contains("->") => "there are no user functions; see `map` and `select`",
        code if code.replace("==", "").replace(['<', '>', '!'], "=").replace("==", "").contains(" = ") => "write `==`",
        _ if here.starts_with("}}") || here.starts_with("%}") => "a value is missing before it",
        _ => return None,
    })
}

fn outside_texts(source: &str) -> String {
    let mut quote = None;
    source
        .chars()
        .filter(|&char| match quote {
            Some(open) => {
                if char == open {
                    quote = None;
                }
                false
            }
            None if matches!(char, '\'' | '"') => {
                quote = Some(char);
                false
            }
            None => true,
        })
        .collect()
}

struct Reader<'a> {
    source: &'a str,
    tokens: Vec<Token<'a>>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn refuse<T>(&mut self, range: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Option<T> {
        self.problems.push(Problem::new(Code::E0303, range, message).help(help));
        None
    }

    fn too_deep<T>(&mut self, range: Range<usize>) -> Option<T> {
        let message = format!("nested deeper than {}", guard::DEEPEST);
        self.problems.push(Problem::new(Code::E0309, range, message).help("take the expression apart"));
        None
    }

    fn pieces(&mut self, statements: &[Stmt<'_>], depth: usize) -> Vec<Piece> {
        statements.iter().filter_map(|statement| self.piece(statement, depth)).collect()
    }

    fn piece(&mut self, statement: &Stmt<'_>, depth: usize) -> Option<Piece> {
        match statement {
            Stmt::EmitRaw(raw) => Some(Piece::Raw(raw.raw.into())),
            Stmt::EmitExpr(emit) => self.expression(&emit.expr, 0).map(Piece::Value),
            Stmt::IfCond(choice) if depth >= guard::DEEPEST => self.too_deep(range(choice.span())),
            Stmt::IfCond(choice) => {
                let test = self.expression(&choice.expr, 0);
                let then = self.pieces(&choice.true_body, depth + 1);
                let otherwise = self.pieces(&choice.false_body, depth + 1);
                Some(Piece::If { test: test?, then, otherwise })
            }
            // The guard has refused all other tags by their words.
            _ => self.refuse(0..self.source.len(), "this tag is not part of the language", "only `{% if %}` is"),
        }
    }

    fn boxed(&mut self, expr: &Expr<'_>, depth: usize) -> Option<Box<Syntax>> {
        self.expression(expr, depth).map(Box::new)
    }

    fn expression(&mut self, expr: &Expr<'_>, depth: usize) -> Option<Syntax> {
        let place = range(expr.span());
        if depth >= guard::DEEPEST {
            return self.too_deep(place);
        }
        let depth = depth + 1;
        let what = match expr {
            Expr::Const(constant) => match &self.source[place.clone()] {
                word @ ("True" | "False" | "None") => What::Name(word.to_owned()),
                _ => self.constant(&constant.value, &place),
            },
            Expr::Var(name) => match name.id {
                "null" => What::Null,
                name => What::Name(name.to_owned()),
            },
            Expr::GetAttr(member) => What::Member(self.boxed(&member.expr, depth)?, member.name.to_owned()),
            Expr::GetItem(item) => {
                let base = self.boxed(&item.expr, depth);
                let key = self.boxed(&item.subscript_expr, depth);
                What::Item(base?, key?)
            }
            Expr::Slice(slice) => {
                let base = self.boxed(&slice.expr, depth)?;
                let mut bounds = [None, None, None];
                for (bound, written) in bounds.iter_mut().zip([&slice.start, &slice.stop, &slice.step]) {
                    *bound = match written {
                        Some(expr) => Some(self.boxed(expr, depth)?),
                        None => None,
                    };
                }
                What::Slice(base, bounds)
            }
            Expr::UnaryOp(unary) => {
                let operand = self.boxed(&unary.expr, depth)?;
                match (&unary.op, operand.what) {
                    (UnaryOpKind::Neg, What::Number(digits)) if !digits.starts_with('-') => {
                        What::Number(format!("-{digits}"))
                    }
                    (UnaryOpKind::Neg, what) => What::Negate(Box::new(Syntax { range: operand.range, what })),
                    (UnaryOpKind::Not, what) => What::Not(Box::new(Syntax { range: operand.range, what })),
                }
            }
            Expr::BinOp(binary) => return self.binary(binary, place, depth),
            Expr::Compare(compare) => {
                let first = self.boxed(&compare.expr, depth);
                let mut rest = Vec::with_capacity(compare.ops.len());
                for next in &compare.ops {
                    rest.push((comparison(next.op), self.expression(&next.expr, depth)?));
                }
                What::Compare(first?, rest)
            }
            Expr::IfExpr(choice) => {
                let test = self.boxed(&choice.test_expr, depth);
                let then = self.boxed(&choice.true_expr, depth);
                let otherwise = match &choice.false_expr {
                    Some(expr) => Some(self.boxed(expr, depth)?),
                    None => None,
                };
                What::Choose { test: test?, then: then?, otherwise }
            }
            Expr::Filter(filter) => {
                let Some(input) = &filter.expr else {
                    return self.refuse(place, "a filter without a value", "write `{{ x | name }}`");
                };
                let input = self.boxed(input, depth);
                let name = self.word(filter.name, expr_end(filter.expr.as_ref()), &place);
                let args = self.arguments(&filter.args, depth);
                What::Filter { input: input?, name, args: args? }
            }
            Expr::Test(test) => {
                let name = self.word(test.name, expr_end(Some(&test.expr)), &place);
                if !test.args.is_empty() {
                    return self.refuse(
                        name.range,
                        format!("`is {}` takes no value", name.text),
                        "write an operator: `== != < <= > >= in`",
                    );
                }
                What::Is(self.boxed(&test.expr, depth)?, name)
            }
            Expr::Call(call) => return self.call(call, place, depth),
            Expr::List(list) => {
                let items: Vec<_> = list.items.iter().map(|item| self.expression(item, depth)).collect();
                What::List(items.into_iter().collect::<Option<_>>()?)
            }
            Expr::Tuple(_) => return self.refuse(place, "there are no tuples", "a list is written `[a, b]`"),
            Expr::Map(map) => {
                let mut members = Vec::with_capacity(map.keys.len());
                for (key, value) in map.keys.iter().zip(&map.values) {
                    members.push((self.expression(key, depth)?, self.expression(value, depth)?));
                }
                What::Map(members)
            }
        };
        Some(Syntax { range: begin(&what).unwrap_or(place.start)..place.end, what })
    }

    fn constant(&self, value: &minijinja::Value, place: &Range<usize>) -> What {
        if value.is_none() {
            return What::Null;
        }
        if let Some(text) = value.as_str() {
            return What::Text(text.into());
        }
        if !value.is_number() {
            return What::Bool(value.is_true());
        }
        // The place of a number beyond 64 bits is that of the token after it; the number token tells the digits.
        let mut numbers = self.tokens.iter().filter(|token| token.kind == Kind::Number);
        let exact = numbers.clone().find(|token| token.range.start == place.start);
        let token = exact.or_else(|| numbers.rfind(|token| token.range.start <= place.start));
        What::Number(token.map_or_else(|| value.to_string(), |token| self.source[token.range.clone()].to_owned()))
    }

    fn binary(&mut self, binary: &ast::BinOp<'_>, range: Range<usize>, depth: usize) -> Option<Syntax> {
        let left = self.boxed(&binary.left, depth);
        let right = self.boxed(&binary.right, depth);
        let (left, right) = (left?, right?);
        let what = match binary.op {
            BinOpKind::ScAnd => What::And(left, right),
            BinOpKind::ScOr => What::Or(left, right),
            BinOpKind::Concat => What::Join(left, right),
            BinOpKind::Add => What::Arithmetic(Arithmetic::Add, left, right),
            BinOpKind::Sub => What::Arithmetic(Arithmetic::Subtract, left, right),
            BinOpKind::Mul => What::Arithmetic(Arithmetic::Multiply, left, right),
            BinOpKind::FloorDiv => What::Arithmetic(Arithmetic::Divide, left, right),
            BinOpKind::Rem => What::Arithmetic(Arithmetic::Remainder, left, right),
            BinOpKind::Div => {
                return self.refuse(range, "`/` is not part of the language", "`//` divides integers and rounds down");
            }
            BinOpKind::Pow => return self.refuse(range, "`**` is not part of the language", "write the number"),
            BinOpKind::Eq => What::Compare(left, vec![(Comparison::Equal, *right)]),
            BinOpKind::Ne => What::Compare(left, vec![(Comparison::Unequal, *right)]),
            BinOpKind::Lt => What::Compare(left, vec![(Comparison::Less, *right)]),
            BinOpKind::Lte => What::Compare(left, vec![(Comparison::LessOrEqual, *right)]),
            BinOpKind::Gt => What::Compare(left, vec![(Comparison::Greater, *right)]),
            BinOpKind::Gte => What::Compare(left, vec![(Comparison::GreaterOrEqual, *right)]),
            BinOpKind::In => What::Compare(left, vec![(Comparison::In, *right)]),
        };
        Some(Syntax { range, what })
    }

    fn call(&mut self, call: &ast::Call<'_>, place: Range<usize>, depth: usize) -> Option<Syntax> {
        match &call.expr {
            Expr::Var(name) => {
                let word = Word { text: name.id.to_owned(), range: range(name.span()) };
                let args = self.arguments(&call.args, depth)?;
                Some(Syntax { range: place, what: What::Call { name: word, args } })
            }
            Expr::GetAttr(method) => {
                let start = range(method.expr.span()).end;
                let message = format!("there are no methods: `.{}(…)`", method.name);
                self.refuse(start..place.end, message, super::foreign::method(method.name))
            }
            _ => self.refuse(place, "this can't be called", "functions are called by their names"),
        }
    }

    fn arguments(&mut self, args: &[CallArg<'_>], depth: usize) -> Option<Vec<Argument>> {
        let mut found = Vec::with_capacity(args.len());
        for arg in args {
            let (keyword, value) = match arg {
                CallArg::Pos(value) => (None, value),
                CallArg::Kwarg(keyword, value) => (Some((*keyword).to_owned()), value),
                CallArg::PosSplat(value) | CallArg::KwargSplat(value) => {
                    return self.refuse(range(value.span()), "there are no `*` arguments", "write them one by one");
                }
            };
            found.push(Argument { keyword, value: self.expression(value, depth)? });
        }
        Some(found)
    }

    /// Finds the name of a filter or test: the first such word after what it is applied to.
    fn word(&self, text: &str, after: usize, whole: &Range<usize>) -> Word {
        let token = self.tokens.iter().find(|token| token.range.start >= after && token.kind == Kind::Name(text));
        Word { text: text.to_owned(), range: token.map_or_else(|| whole.clone(), |token| token.range.clone()) }
    }
}

/// Where an operator's first operand begins: the parser's place of a filter or test leaves out what it is applied to,
/// that of a comparison begins with a bracket around it.
fn begin(what: &What) -> Option<usize> {
    match what {
        What::Filter { input: first, .. }
        | What::Choose { then: first, .. }
        | What::Is(first, _)
        | What::Member(first, _)
        | What::Item(first, _)
        | What::Slice(first, _)
        | What::Compare(first, _) => Some(first.range.start),
        _ => None,
    }
}

fn expr_end(expr: Option<&Expr<'_>>) -> usize {
    expr.map_or(0, |expr| range(expr.span()).end)
}

fn comparison(op: CompareOpKind) -> Comparison {
    match op {
        CompareOpKind::Eq => Comparison::Equal,
        CompareOpKind::Ne => Comparison::Unequal,
        CompareOpKind::Lt => Comparison::Less,
        CompareOpKind::Lte => Comparison::LessOrEqual,
        CompareOpKind::Gt => Comparison::Greater,
        CompareOpKind::Gte => Comparison::GreaterOrEqual,
        CompareOpKind::In => Comparison::In,
        CompareOpKind::NotIn => Comparison::NotIn,
    }
}
