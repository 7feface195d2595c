//! `--where`: conditions on columns, joined by `and`, typed by the columns they test.
//!
//! ```text
//! status = 'open' and updated_at >= 2024-01-01 and id in (1, 2) and note is not null
//! ```

mod lex;

use crate::data::{Moment, Type, Value, When, cast};
use crate::engine::{Filter, Test};
use crate::name::{listed, nearest};
use lex::{Kind, Token};
use std::ops::Range;

/// A column that may be tested.
#[derive(Debug, Clone)]
pub(super) struct Tested {
    pub(super) name: String,
    pub(super) of: Type,
}

/// What is wrong with a condition, and where.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mistake {
    pub(super) range: Range<usize>,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Mistake {
    fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        Self { range, message: message.into(), help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Draws the text with a mark below what is wrong with it.
    pub(super) fn drawn(&self, text: &str) -> String {
        let before = text[..self.range.start].chars().count();
        let marked = text[self.range.clone()].chars().count().max(1);
        format!("{}\n  {}\n  {}{}", self.message, text, " ".repeat(before), "^".repeat(marked))
    }
}

/// Reads conditions on these columns.
pub(super) fn parse(text: &str, columns: &[Tested]) -> Result<Vec<Filter>, Mistake> {
    let tokens = lex::tokens(text)?;
    let mut parser = Parser { text, tokens: &tokens, at: 0, columns };
    let mut filters = vec![parser.test()?];
    while let Some(token) = parser.next() {
        let word = parser.word(token);
        match word.as_str() {
            "and" => filters.push(parser.test()?),
            "or" => {
                let told = Mistake::new(token.range.clone(), "conditions are joined by `and` only");
                return Err(told.help("several values of one column are `column in (1, 2)`; else filter what was read"));
            }
            _ => {
                let told = Mistake::new(token.range.clone(), "expected `and`");
                return Err(match token.kind {
                    Kind::Word if is_text(&filters) => {
                        told.help("a text with spaces stands in quotes: `'in progress'`")
                    }
                    _ => told,
                });
            }
        }
    }
    Ok(filters)
}

fn is_text(filters: &[Filter]) -> bool {
    filters.last().is_some_and(|filter| matches!(filter.values.last(), Some(Value::Text(_))))
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
    columns: &'a [Tested],
}

impl<'a> Parser<'a> {
    fn next(&mut self) -> Option<&'a Token> {
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        Some(token)
    }

    fn expect(&mut self, what: &str) -> Result<&'a Token, Mistake> {
        self.next().ok_or_else(|| Mistake::new(self.text.len()..self.text.len(), format!("expected {what}")))
    }

    /// Returns a bare word in lower case, as key words are compared; empty if it is none.
    fn word(&self, token: &Token) -> String {
        if token.kind == Kind::Word { self.text[token.range.clone()].to_ascii_lowercase() } else { String::new() }
    }

    fn takes(&mut self, word: &str) -> bool {
        let found = self.tokens.get(self.at).is_some_and(|token| self.word(token) == word);
        self.at += usize::from(found);
        found
    }

    fn test(&mut self) -> Result<Filter, Mistake> {
        let name = self.expect("a column")?;
        let column = self.column(name)?;
        let token = self.expect("an operator: = != < <= > >= in like is")?;
        let (test, range) = self.operator(token)?;
        let filter = |test, values| Ok(Filter { column: column.name.clone(), test, values });
        if matches!(test, Test::IsNull | Test::IsNotNull) {
            return filter(test, Vec::new());
        }
        fits(test, column, range)?;
        if test != Test::In {
            let value = self.expect("a value")?;
            return filter(test, vec![self.value(value, column, test)?]);
        }
        let open = self.expect("`(`")?;
        if open.kind != Kind::Open {
            return Err(Mistake::new(open.range.clone(), "expected `(`").help("write `column in (1, 2)`"));
        }
        let mut values = Vec::new();
        loop {
            let value = self.expect("a value")?;
            values.push(self.value(value, column, test)?);
            let next = self.expect("`,` or `)`")?;
            match next.kind {
                Kind::Comma => {}
                Kind::Close => return filter(test, values),
                _ => return Err(Mistake::new(next.range.clone(), "expected `,` or `)`")),
            }
        }
    }

    fn column(&self, token: &Token) -> Result<&'a Tested, Mistake> {
        let name = match token.kind {
            Kind::Word => &self.text[token.range.clone()],
            Kind::Name => token.text.as_str(),
            Kind::Open => {
                return Err(Mistake::new(token.range.clone(), "expected a column")
                    .help("conditions are joined by `and` only, there is nothing to put in parentheses"));
            }
            _ => {
                return Err(
                    Mistake::new(token.range.clone(), "expected a column").help("a condition is `column = value`")
                );
            }
        };
        if let Some(found) = self.columns.iter().find(|column| column.name == name) {
            return Ok(found);
        }
        if name.eq_ignore_ascii_case("not") {
            let told = Mistake::new(token.range.clone(), "`not` can't stand before a condition");
            return Err(told.help("write `!=`, or `is not null`"));
        }
        let known = self.columns.iter().map(|column| column.name.as_str());
        let told = Mistake::new(token.range.clone(), format!("there is no column `{name}`"));
        Err(match nearest(name, known.clone()) {
            Some(near) => told.help(format!("did you mean `{near}`?")),
            None => told.help(format!("columns: {}", listed(known))),
        })
    }

    fn operator(&mut self, token: &Token) -> Result<(Test, Range<usize>), Mistake> {
        let range = token.range.clone();
        let written = &self.text[range.clone()];
        let sign = match written {
            "=" => Some(Test::Equal),
            "!=" | "<>" => Some(Test::NotEqual),
            "<" => Some(Test::Less),
            "<=" => Some(Test::AtMost),
            ">" => Some(Test::Greater),
            ">=" => Some(Test::AtLeast),
            _ => None,
        };
        if let Some(test) = sign {
            return Ok((test, range));
        }
        let wrong = |message: String, help: &str| Err(Mistake::new(range.clone(), message).help(help));
        match self.word(token).as_str() {
            "in" => Ok((Test::In, range)),
            "like" => Ok((Test::Like, range)),
            "is" => {
                let not = self.takes("not");
                if !self.takes("null") {
                    return wrong("`is` takes `null` or `not null`".into(), "for a value write `=`");
                }
                Ok((if not { Test::IsNotNull } else { Test::IsNull }, range))
            }
            "not" => {
                wrong("`not` can't be tested here".into(), "write `!=`, once for each value; or filter what was read")
            }
            "between" => wrong("`between` can't be tested here".into(), "write two: `column >= 1 and column <= 9`"),
            _ if written == "==" => wrong("`==` is written `=`".into(), "write `column = value`"),
            _ => {
                wrong(format!("`{written}` is no operator"), "the operators are = != < <= > >= in like, and `is null`")
            }
        }
    }

    fn value(&self, token: &Token, column: &Tested, test: Test) -> Result<Value, Mistake> {
        let written = &self.text[token.range.clone()];
        let raw = match token.kind {
            Kind::Text => Value::Text(token.text.as_str().into()),
            Kind::Number => crate::data::number(written),
            Kind::Word => match written.to_ascii_lowercase().as_str() {
                "null" => {
                    let help = if test == Test::NotEqual { "is not null" } else { "is null" };
                    let told = Mistake::new(token.range.clone(), "nothing equals null");
                    return Err(told.help(format!("write `{} {help}`", column.name)));
                }
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                // `2024-01-01` and a word of an enum need no quotes: nothing else can be meant.
                _ => Value::Text(written.into()),
            },
            _ => return Err(Mistake::new(token.range.clone(), "expected a value")),
        };
        typed(&raw, column).map_err(|mut told| {
            told.range = token.range.clone();
            told
        })
    }
}

/// Refuses a comparison that says nothing about a column of this type.
fn fits(test: Test, column: &Tested, range: Range<usize>) -> Result<(), Mistake> {
    let of = &column.of;
    let name = &column.name;
    let wrong = |help: &str| {
        Err(Mistake::new(range.clone(), format!("`{name}` is `{of}` and can't be compared like that")).help(help))
    };
    match (test, of) {
        (_, Type::Json | Type::List { .. } | Type::Bytes) => {
            wrong("only `is null` and `is not null` can be asked of it")
        }
        (Test::Like, Type::String | Type::Enum(_) | Type::Uuid) => Ok(()),
        (Test::Like, _) => wrong("`like` is for texts"),
        (Test::Less | Test::AtMost | Test::Greater | Test::AtLeast, Type::Boolean | Type::Enum(_) | Type::Duration) => {
            wrong("it has no order: write = or !=")
        }
        _ => Ok(()),
    }
}

/// Reads a value as rows have it: however the API writes its moments, here they are ISO.
fn typed(raw: &Value, column: &Tested) -> Result<Value, Mistake> {
    let plain = || Moment { when: When::Default, zone: None };
    let of = match &column.of {
        Type::Date(_) => Type::Date(plain()),
        Type::Time(_) => Type::Time(plain()),
        Type::Timestamp(_) => Type::Timestamp(plain()),
        of => of.clone(),
    };
    let day_of = |text: &str| text.parse::<jiff::civil::Date>().ok().filter(|_| text.len() == 10);
    let raw = match (&of, raw) {
        (Type::Timestamp(_), Value::Text(text)) if day_of(text).is_some() => {
            Value::Text(format!("{text}T00:00:00Z").into())
        }
        // A text column takes what is written, with its digits.
        (Type::String | Type::Enum(_), Value::Int(whole)) => Value::Text(whole.to_string().into()),
        (Type::String | Type::Enum(_), Value::Number(digits)) => Value::Text(digits.clone()),
        (Type::String | Type::Enum(_), Value::Bool(truth)) => Value::Text(truth.to_string().into()),
        _ => raw.clone(),
    };
    match cast(&raw, &of) {
        Ok(cast) => Ok(cast.value),
        Err(error) => {
            let told = Mistake::new(0..0, format!("`{}` is `{}`: {}", column.name, column.of, error.message));
            Err(match error.hint {
                Some(hint) => told.help(hint),
                None => told,
            })
        }
    }
}

#[cfg(test)]
mod tests;
