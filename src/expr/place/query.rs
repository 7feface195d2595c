//! Evaluates general places on our values: no copy, no float.

use crate::data::{Step, Value};
use crate::expr::compare;
use jsonpath_rust::parser::model::{
    Comparable, Comparison as Written, Filter, FilterAtom, FnArg, JpQuery, Literal, Segment, Selector, SingularQuery,
    SingularQuerySegment, Test as Asked, TestFunction,
};
use std::cmp::Ordering;

/// The longest literal pattern of `match` and `search`, in bytes.
const PATTERN: usize = 256;
/// The most values that one place gives; a filter inside `..` could multiply them.
const MOST: usize = 1_000_000;
/// How deep `..` descends.
const DEEPEST: usize = 256;

/// Returns all elements or values.
pub(super) fn children(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::List(list) => Box::new(list.iter()),
        Value::Map(map) => Box::new(map.iter().map(|(_, value)| value)),
        _ => Box::new(std::iter::empty()),
    }
}

/// Returns the steps of a query of names, indexes and `[*]`.
pub(super) fn simple(query: &JpQuery) -> Option<Vec<Step>> {
    let step = |segment: &Segment| match segment {
        Segment::Selector(Selector::Name(name)) => Some(Step::Key(plain(name).into())),
        Segment::Selector(Selector::Index(index)) => Some(Step::Index(*index)),
        Segment::Selector(Selector::Wildcard) => Some(Step::Every),
        _ => None,
    };
    query.segments.iter().map(step).collect()
}

/// The parser keeps the quotes and escapes of a quoted name.
fn plain(name: &str) -> String {
    let Some(quote) = name.chars().next().filter(|char| matches!(char, '\'' | '"')) else { return name.to_owned() };
    let Some(inner) = name.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) else {
        return name.to_owned();
    };
    unescape(inner)
}

fn unescape(inner: &str) -> String {
    if !inner.contains('\\') {
        return inner.to_owned();
    }
    let json = format!("\"{}\"", inner.replace("\\'", "'").replace("\\\"", "\"").replace('"', "\\\""));
    serde_json::from_str(&json).unwrap_or_else(|_| inner.to_owned())
}

#[derive(Debug)]
pub(super) struct Query(Vec<Part>);

#[derive(Debug)]
struct Part {
    deep: bool,
    selectors: Vec<Select>,
}

#[derive(Debug)]
enum Select {
    Step(Step),
    Slice(Option<i64>, Option<i64>, i64),
    Filter(Logic),
}

#[derive(Debug)]
enum Logic {
    Any(Vec<Logic>),
    All(Vec<Logic>),
    Not(Box<Logic>),
    Exists { root: bool, query: Query },
    Matches { value: Operand, regex: regex::Regex },
    Compare(Sign, Operand, Operand),
}

#[derive(Clone, Copy, Debug)]
enum Sign {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug)]
enum Operand {
    Literal(Value),
    Query { root: bool, query: Query },
    Length(Box<Operand>),
    Count { root: bool, query: Query },
}

type Built<T> = Result<T, String>;

impl Query {
    pub(super) fn build(written: &JpQuery) -> Built<Query> {
        Query::of(&written.segments)
    }

    fn of(segments: &[Segment]) -> Built<Query> {
        segments.iter().map(|segment| part(segment, false)).collect::<Built<_>>().map(Query)
    }

    pub(super) fn find<'v>(&self, root: &'v Value, value: &'v Value) -> Vec<&'v Value> {
        let mut found = vec![value];
        for part in &self.0 {
            let mut next = Vec::new();
            for value in found {
                part.find(root, value, &mut next, 0);
            }
            found = next;
        }
        found
    }
}

impl Part {
    fn find<'v>(&self, root: &'v Value, value: &'v Value, out: &mut Vec<&'v Value>, depth: usize) {
        for selector in &self.selectors {
            selector.find(root, value, out);
        }
        if self.deep && depth < DEEPEST {
            for child in children(value) {
                self.find(root, child, out, depth + 1);
            }
        }
    }
}

impl Select {
    fn find<'v>(&self, root: &'v Value, value: &'v Value, out: &mut Vec<&'v Value>) {
        if out.len() >= MOST {
            return;
        }
        match self {
            Select::Step(Step::Every) => out.extend(children(value)),
            Select::Step(step) => {
                let found = value.step(step);
                if *found != Value::Absent {
                    out.push(found);
                }
            }
            Select::Slice(start, end, step) => {
                if let Value::List(list) = value {
                    slice(list, *start, *end, *step, out);
                }
            }
            Select::Filter(logic) => out.extend(children(value).filter(|child| logic.holds(root, child))),
        }
    }
}

/// RFC 9535, 2.3.4.2.2.
fn slice<'v>(list: &'v [Value], start: Option<i64>, end: Option<i64>, step: i64, out: &mut Vec<&'v Value>) {
    let length = i64::try_from(list.len()).unwrap_or(i64::MAX);
    let normal = |bound: i64| if bound < 0 { bound.saturating_add(length) } else { bound };
    let (mut at, last) = match step {
        0 => return,
        1.. => (normal(start.unwrap_or(0)).clamp(0, length), normal(end.unwrap_or(length)).clamp(0, length)),
        _ => (
            normal(start.unwrap_or(length - 1)).clamp(-1, length - 1),
            end.map_or(-1, |end| normal(end).clamp(-1, length - 1)),
        ),
    };
    while (step > 0 && at < last) || (step < 0 && at > last) {
        out.extend(usize::try_from(at).ok().and_then(|at| list.get(at)));
        at = at.saturating_add(step);
    }
}

impl Logic {
    fn holds(&self, root: &Value, current: &Value) -> bool {
        match self {
            Logic::Any(parts) => parts.iter().any(|part| part.holds(root, current)),
            Logic::All(parts) => parts.iter().all(|part| part.holds(root, current)),
            Logic::Not(inner) => !inner.holds(root, current),
            Logic::Exists { root: from_root, query } => {
                !query.find(root, if *from_root { root } else { current }).is_empty()
            }
            Logic::Matches { value, regex } => match value.value(root, current) {
                Some(Value::Text(text)) => regex.is_match(&text),
                _ => false,
            },
            Logic::Compare(sign, left, right) => {
                let (left, right) = (left.value(root, current), right.value(root, current));
                let equal = match (&left, &right) {
                    (None, None) => true,
                    (Some(left), Some(right)) => compare::equal(left, right),
                    _ => false,
                };
                let order = match (&left, &right) {
                    (Some(Value::Text(_)), Some(Value::Text(_)))
                    | (Some(Value::Int(_) | Value::Number(_)), Some(_)) => left
                        .as_ref()
                        .zip(right.as_ref())
                        .and_then(|(left, right)| compare::order(left, right).ok().flatten()),
                    _ => None,
                };
                match sign {
                    Sign::Equal => equal,
                    Sign::Unequal => !equal,
                    Sign::Less => order == Some(Ordering::Less),
                    Sign::Greater => order == Some(Ordering::Greater),
                    Sign::LessOrEqual => equal || order == Some(Ordering::Less),
                    Sign::GreaterOrEqual => equal || order == Some(Ordering::Greater),
                }
            }
        }
    }
}

impl Operand {
    /// Returns nothing where the RFC says *Nothing*.
    fn value(&self, root: &Value, current: &Value) -> Option<Value> {
        match self {
            Operand::Literal(value) => Some(value.clone()),
            Operand::Query { root: from_root, query } => {
                match query.find(root, if *from_root { root } else { current }).as_slice() {
                    [value] => Some((*value).clone()),
                    _ => None,
                }
            }
            Operand::Length(inner) => {
                let length = match inner.value(root, current)? {
                    Value::Text(text) => text.chars().count(),
                    Value::List(list) => list.len(),
                    Value::Map(map) => map.len(),
                    _ => return None,
                };
                i64::try_from(length).ok().map(Value::Int)
            }
            Operand::Count { root: from_root, query } => {
                i64::try_from(query.find(root, if *from_root { root } else { current }).len()).ok().map(Value::Int)
            }
        }
    }
}

fn part(segment: &Segment, deep: bool) -> Built<Part> {
    let selectors = match segment {
        Segment::Descendant(inner) => return part(inner, true),
        Segment::Selector(selector) => vec![select(selector)?],
        Segment::Selectors(selectors) => selectors.iter().map(select).collect::<Built<_>>()?,
    };
    Ok(Part { deep, selectors })
}

fn select(selector: &Selector) -> Built<Select> {
    Ok(match selector {
        Selector::Name(name) => Select::Step(Step::Key(plain(name).into())),
        Selector::Wildcard => Select::Step(Step::Every),
        Selector::Index(index) => Select::Step(Step::Index(*index)),
        Selector::Slice(start, end, step) => Select::Slice(*start, *end, step.unwrap_or(1)),
        Selector::Filter(filter) => Select::Filter(logic(filter)?),
    })
}

fn logic(filter: &Filter) -> Built<Logic> {
    Ok(match filter {
        Filter::Or(parts) => Logic::Any(parts.iter().map(logic).collect::<Built<_>>()?),
        Filter::And(parts) => Logic::All(parts.iter().map(logic).collect::<Built<_>>()?),
        Filter::Atom(FilterAtom::Filter { expr, not }) => negated(logic(expr)?, *not),
        Filter::Atom(FilterAtom::Test { expr, not }) => negated(test(expr)?, *not),
        Filter::Atom(FilterAtom::Comparison(comparison)) => {
            let (sign, left, right) = match &**comparison {
                Written::Eq(left, right) => (Sign::Equal, left, right),
                Written::Ne(left, right) => (Sign::Unequal, left, right),
                Written::Lt(left, right) => (Sign::Less, left, right),
                Written::Lte(left, right) => (Sign::LessOrEqual, left, right),
                Written::Gt(left, right) => (Sign::Greater, left, right),
                Written::Gte(left, right) => (Sign::GreaterOrEqual, left, right),
            };
            Logic::Compare(sign, operand(left)?, operand(right)?)
        }
    })
}

fn negated(logic: Logic, not: bool) -> Logic {
    if not { Logic::Not(Box::new(logic)) } else { logic }
}

fn test(asked: &Asked) -> Built<Logic> {
    Ok(match asked {
        Asked::RelQuery(segments) => Logic::Exists { root: false, query: Query::of(segments)? },
        Asked::AbsQuery(query) => Logic::Exists { root: true, query: Query::build(query)? },
        Asked::Function(function) => match &**function {
            TestFunction::Search(value, pattern) => {
                Logic::Matches { value: argument(value)?, regex: pattern_of(pattern, false)? }
            }
            TestFunction::Match(value, pattern) => {
                Logic::Matches { value: argument(value)?, regex: pattern_of(pattern, true)? }
            }
            _ => return Err("a filter asks with `match` or `search`, or compares what a function gives".to_owned()),
        },
    })
}

fn pattern_of(arg: &FnArg, whole: bool) -> Built<regex::Regex> {
    let FnArg::Literal(Literal::String(pattern)) = arg else {
        return Err("the pattern of `match` and `search` must be written out".to_owned());
    };
    if pattern.len() > PATTERN {
        return Err(format!("the pattern is longer than {PATTERN} bytes"));
    }
    let pattern = unescape(pattern);
    let pattern = if whole { format!("^(?:{pattern})$") } else { pattern };
    regex::RegexBuilder::new(&pattern).size_limit(1 << 20).build().map_err(|_| "bad regular expression".to_owned())
}

fn operand(comparable: &Comparable) -> Built<Operand> {
    Ok(match comparable {
        Comparable::Literal(written) => Operand::Literal(literal(written)),
        Comparable::Function(function) => match function {
            TestFunction::Length(inner) => Operand::Length(Box::new(argument(inner)?)),
            TestFunction::Value(inner) => argument(inner)?,
            TestFunction::Count(inner) => match argument(inner)? {
                Operand::Query { root, query } => Operand::Count { root, query },
                _ => return Err("`count` takes a place".to_owned()),
            },
            _ => return Err("this function gives nothing to compare".to_owned()),
        },
        Comparable::SingularQuery(query) => {
            let (root, segments) = match query {
                SingularQuery::Current(segments) => (false, segments),
                SingularQuery::Root(segments) => (true, segments),
            };
            let step = |segment: &SingularQuerySegment| match segment {
                SingularQuerySegment::Name(name) => Step::Key(plain(name).into()),
                SingularQuerySegment::Index(index) => Step::Index(*index),
            };
            let parts =
                segments.iter().map(|segment| Part { deep: false, selectors: vec![Select::Step(step(segment))] });
            Operand::Query { root, query: Query(parts.collect()) }
        }
    })
}

fn argument(arg: &FnArg) -> Built<Operand> {
    match arg {
        FnArg::Literal(written) => Ok(Operand::Literal(literal(written))),
        FnArg::Test(asked) => match &**asked {
            Asked::RelQuery(segments) => Ok(Operand::Query { root: false, query: Query::of(segments)? }),
            Asked::AbsQuery(query) => Ok(Operand::Query { root: true, query: Query::build(query)? }),
            Asked::Function(function) => operand(&Comparable::Function((**function).clone())),
        },
        FnArg::Filter(_) => Err("a function takes a value or a place".to_owned()),
    }
}

fn literal(written: &Literal) -> Value {
    match written {
        Literal::Int(int) => Value::Int(*int),
        Literal::Float(float) => Value::Number(float.to_string().into()),
        Literal::String(text) => Value::Text(unescape(text).into()),
        Literal::Bool(bool) => Value::Bool(*bool),
        Literal::Null => Value::Null,
    }
}
