//! Operators, literals, tests and choices.

use super::{Checker, Typed};
use crate::data::Value;
use crate::diagnostic::{Code, Problem};
use crate::expr::foreign;
use crate::expr::names::Shape;
use crate::expr::syntax::{Arithmetic, Comparison, Syntax, What, Word};
use crate::expr::tree::{At, Node, Part, Test};
use crate::expr::types::Types;
use crate::name::nearest;
use std::ops::Range;
use std::sync::Arc;

const NUMBERS: Types = Types::INTEGER.or(Types::NUMBER);

impl Checker<'_> {
    pub(super) fn expr(&mut self, syntax: &Syntax) -> Option<Typed> {
        let at = At::new(&syntax.range);
        Some(match &syntax.what {
            What::Null => Typed::of(Node::Const(Value::Null), Types::NULL),
            What::Bool(bool) => Typed::of(Node::Const(Value::Bool(*bool)), Types::BOOL),
            What::Number(digits) => number(digits),
            What::Text(text) => Typed::of(Node::Const(Value::Text(Arc::clone(text))), Types::TEXT),
            What::Name(_) | What::Member(..) | What::Item(..) => return self.looked_up(syntax),
            What::Slice(base, bounds) => return self.slice(base, bounds, at),
            What::Not(inner) => {
                let typed = self.expr(inner)?;
                self.condition(&typed, &inner.range);
                Typed::of(Node::Not(Box::new(typed.node), at), Types::BOOL)
            }
            What::Negate(inner) => {
                let typed = self.expr(inner)?;
                self.open(&typed, &inner.range, "`-`");
                if !self.need(&typed, NUMBERS, &inner.range, "`-`") {
                    return None;
                }
                let mut negated = Typed::of(
                    Node::Negate(Box::new(typed.node), at),
                    Types::INTEGER.or(typed.types.and(Types::MISSING)),
                );
                negated.absent = typed.absent;
                negated
            }
            What::And(left, right) => return self.either(left, right, true, at),
            What::Or(left, right) => return self.either(left, right, false, at),
            What::Join(left, right) => {
                let (a, b) = (self.expr(left), self.expr(right));
                let (a, b) = (a?, b?);
                self.in_text(&a, left);
                self.in_text(&b, right);
                let secret = a.secret || b.secret;
                let mut parts = Vec::new();
                flatten(a.node, left, &mut parts);
                flatten(b.node, right, &mut parts);
                Typed { secret, ..Typed::of(Node::Text(parts), Types::TEXT) }
            }
            What::Arithmetic(op, left, right) => return self.arithmetic(*op, left, right, &syntax.range),
            What::Compare(first, rest) => return self.compare(first, rest, at),
            What::Choose { test, then, otherwise } => return self.choose(test, then, otherwise.as_deref(), at),
            What::Filter { input, name, args } => return self.filter(input, name, args, &syntax.range),
            What::Call { name, args } => return self.call(name, args, &syntax.range),
            What::Is(inner, word) => return self.test(inner, word),
            What::List(items) => {
                let checked: Vec<_> = items.iter().map(|item| self.expr(item)).collect();
                let checked: Vec<Typed> = checked.into_iter().collect::<Option<_>>()?;
                let secret = checked.iter().any(|item| item.secret);
                let nodes: Vec<_> = checked.into_iter().map(|item| item.node).collect();
                let node = match constants(&nodes) {
                    Some(values) => Node::Const(Value::List(Arc::new(values))),
                    None => Node::List(nodes),
                };
                Typed { secret, shape: Shape::List(Box::new(Shape::Data)), ..Typed::of(node, Types::LIST) }
            }
            What::Map(members) => return self.map(members),
        })
    }

    fn map(&mut self, members: &[(Syntax, Syntax)]) -> Option<Typed> {
        let mut nodes: Vec<(Arc<str>, Node)> = Vec::with_capacity(members.len());
        let (mut secret, mut sound) = (false, true);
        for (key, value) in members {
            let typed = self.expr(value);
            let What::Text(key_text) = &key.what else {
                self.push(
                    Problem::new(Code::E0306, key.range.clone(), "the key of a map is a text")
                        .help("write it in quotes"),
                );
                sound = false;
                continue;
            };
            if nodes.iter().any(|(known, _)| known == key_text) {
                self.push(Problem::new(
                    Code::E0306,
                    key.range.clone(),
                    format!("the key `{key_text}` stands twice in this map"),
                ));
            }
            match typed {
                Some(typed) => {
                    secret |= typed.secret;
                    nodes.push((Arc::clone(key_text), typed.node));
                }
                None => sound = false,
            }
        }
        sound.then(|| Typed { secret, ..Typed::of(Node::Map(nodes), Types::MAP) })
    }

    fn slice(&mut self, base: &Syntax, bounds: &[Option<Box<Syntax>>; 3], at: At) -> Option<Typed> {
        let typed = self.expr(base)?;
        self.open(&typed, &base.range, "a slice");
        self.need(&typed, Types::LIST.or(Types::TEXT), &base.range, "a slice");
        let mut nodes = [None, None, None];
        for (place, (node, bound)) in nodes.iter_mut().zip(bounds).enumerate() {
            let Some(bound) = bound else { continue };
            let checked = self.expr(bound)?;
            self.open(&checked, &bound.range, "a slice");
            self.need(&checked, NUMBERS, &bound.range, "a bound of a slice");
            if place == 2 && matches!(checked.node, Node::Const(Value::Int(step)) if step < 1) {
                self.push(Problem::new(Code::E0306, bound.range.clone(), "the step of a slice is at least 1"));
            }
            *node = Some(checked.node);
        }
        let types = typed.types.and(Types::LIST.or(Types::TEXT).or(Types::MISSING));
        let node = Node::Slice(Box::new(typed.node), Box::new(nodes), at);
        Some(Typed { absent: typed.absent, ..Typed::of(node, types) })
    }

    /// `and` and `or`: the right side knows what the left one found.
    fn either(&mut self, left: &Syntax, right: &Syntax, both: bool, at: At) -> Option<Typed> {
        let a = self.expr(left);
        if let Some(a) = &a {
            self.condition(a, &left.range);
        }
        let b = self.given(left, both, |checker| checker.expr(right));
        let (a, b) = (a?, b?);
        // The left side of `or` is given only if it holds, so it is not missing then.
        let kept = if both { a.types } else { a.types.without(Types::MISSING) };
        let absent = if both { a.absent.or(b.absent) } else { b.absent };
        let (l, r) = (Box::new(a.node), Box::new(b.node));
        let node = if both { Node::And(l, r, at) } else { Node::Or(l, r, at) };
        Some(Typed { absent, secret: a.secret || b.secret, ..Typed::of(node, kept.or(b.types)) })
    }

    fn arithmetic(&mut self, op: Arithmetic, left: &Syntax, right: &Syntax, range: &Range<usize>) -> Option<Typed> {
        let (a, b) = (self.expr(left), self.expr(right));
        let (a, b) = (a?, b?);
        self.open(&a, &left.range, "arithmetic");
        self.open(&b, &right.range, "arithmetic");
        let text = |typed: &Typed| typed.types.without(Types::MISSING) == Types::TEXT;
        let time = |typed: &Typed| typed.types.without(Types::MISSING) == Types::TIME;
        match op {
            Arithmetic::Multiply if text(&a) || text(&b) => {
                let problem = Problem::new(Code::E0303, range.clone(), "texts can't be repeated");
                return self.fail(problem.help("write the text out"));
            }
            Arithmetic::Add if text(&a) || text(&b) => {
                let problem = Problem::new(Code::E0306, range.clone(), "`+` adds integers");
                return self.fail(problem.help("join texts with `~`; a text becomes an integer by `| int`"));
            }
            Arithmetic::Add | Arithmetic::Subtract if time(&a) || time(&b) => {
                let problem = Problem::new(Code::E0306, range.clone(), "times are not added");
                return self.fail(problem.help("write `| plus('1d')` or `| minus('1d')`"));
            }
            _ => {}
        }
        let fits = self.need(&a, NUMBERS, &left.range, "arithmetic");
        if !self.need(&b, NUMBERS, &right.range, "arithmetic") || !fits {
            return None;
        }
        for (typed, side) in [(&a, left), (&b, right)] {
            if matches!(&typed.node, Node::Const(Value::Number(_))) {
                let problem = Problem::new(Code::E0306, side.range.clone(), "arithmetic on decimals is refused");
                return self.fail(problem.help("`scale` on a field moves the point"));
            }
        }
        let missing = a.types.or(b.types).and(Types::MISSING);
        let node = Node::Arithmetic(op, Box::new(a.node), Box::new(b.node), At::new(range));
        Some(Typed { absent: a.absent.or(b.absent), ..Typed::of(node, Types::INTEGER.or(missing)) })
    }

    fn compare(&mut self, first: &Syntax, rest: &[(Comparison, Syntax)], at: At) -> Option<Typed> {
        let mut left = (self.expr(first)?, first);
        self.open(&left.0, &first.range, "a comparison");
        let mut head = None;
        let mut nodes = Vec::with_capacity(rest.len());
        for (op, right) in rest {
            let typed = self.expr(right)?;
            self.open(&typed, &right.range, "a comparison");
            self.comparable(*op, (&left.0, left.1), (&typed, right));
            let next = (typed, right);
            let done = std::mem::replace(&mut left, next).0.node;
            match head {
                None => head = Some(done),
                Some(_) => nodes.push(done),
            }
        }
        nodes.push(left.0.node);
        let ops = rest.iter().map(|(op, _)| *op);
        Some(Typed::of(Node::Compare(Box::new(head?), ops.zip(nodes).collect(), at), Types::BOOL))
    }

    fn comparable(&mut self, op: Comparison, left: (&Typed, &Syntax), right: (&Typed, &Syntax)) {
        let (a, b) = (left.0.types.without(Types::MISSING), right.0.types.without(Types::MISSING));
        let range = left.1.range.start..right.1.range.end;
        match op {
            Comparison::Equal | Comparison::Unequal => {}
            Comparison::In | Comparison::NotIn => {
                self.need(right.0, Types::LIST.or(Types::MAP).or(Types::TEXT), &right.1.range, "`in`");
            }
            _ => {
                let alike = |sort: Types| a.meets(sort) && b.meets(sort);
                let missing = a == Types::NOTHING || b == Types::NOTHING;
                let ordered = alike(NUMBERS) || alike(Types::TEXT.or(Types::TIME)) || alike(Types::BOOL);
                if !missing && !ordered {
                    self.push(Problem::new(Code::E0306, range, format!("{a} and {b} have no order")));
                }
            }
        }
    }

    fn choose(&mut self, test: &Syntax, then: &Syntax, otherwise: Option<&Syntax>, at: At) -> Option<Typed> {
        let checked = self.expr(test);
        if let Some(typed) = &checked {
            self.condition(typed, &test.range);
        }
        let a = self.given(test, true, |checker| checker.expr(then));
        let b = otherwise.map(|otherwise| self.given(test, false, |checker| checker.expr(otherwise)));
        let (checked, a) = (checked?, a?);
        let b = match b {
            Some(b) => Some(b?),
            None => None,
        };
        let types = a.types.or(b.as_ref().map_or(Types::ABSENT, |b| b.types));
        let absent = a.absent.or_else(|| b.as_ref().and_then(|b| b.absent.clone()));
        let secret = a.secret || b.as_ref().is_some_and(|b| b.secret);
        let node = Node::Choose {
            test: Box::new(checked.node),
            then: Box::new(a.node),
            otherwise: b.map(|b| Box::new(b.node)),
            at,
        };
        Some(Typed { absent, secret, ..Typed::of(node, types) })
    }

    fn test(&mut self, inner: &Syntax, word: &Word) -> Option<Typed> {
        let Some((_, test)) = Test::NAMES.iter().find(|(name, _)| *name == word.text) else {
            let problem = Problem::new(Code::E0304, word.range.clone(), format!("unknown test `{}`", word.text));
            let names = Test::NAMES.iter().map(|(name, _)| *name);
            let problem = problem.nearest(nearest(&word.text, names));
            let help = foreign::test(&word.text).unwrap_or("tests are defined, none, string, number, list, map");
            return self.fail(problem.help(help));
        };
        let asked = std::mem::replace(&mut self.asking, *test == Test::Defined);
        let typed = self.expr(inner);
        self.asking = asked;
        let typed = typed?;
        if *test != Test::Defined {
            self.open(&typed, &inner.range, "a test");
        }
        Some(Typed::of(Node::Is(*test, Box::new(typed.node)), Types::BOOL))
    }
}

fn number(digits: &str) -> Typed {
    match digits.parse() {
        Ok(int) if digits != "-0" => Typed::of(Node::Const(Value::Int(int)), Types::INTEGER),
        _ => Typed::of(Node::Const(Value::Number(digits.into())), Types::NUMBER),
    }
}

fn constants(nodes: &[Node]) -> Option<Vec<Value>> {
    nodes.iter().map(|node| if let Node::Const(value) = node { Some(value.clone()) } else { None }).collect()
}

/// Makes one row of parts from a chain of `~`.
fn flatten(node: Node, syntax: &Syntax, parts: &mut Vec<Part>) {
    match node {
        Node::Text(inner) => parts.extend(inner),
        Node::Const(Value::Text(text)) => parts.push(Part::Raw(text)),
        node => parts.push(Part::Value(node, At::new(&syntax.range))),
    }
}
