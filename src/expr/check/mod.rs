//! Syntax tree to compiled tree: names, types, secrets, and what the site asks for. All problems are told at once.

mod call;
mod facts;
mod lookup;
mod operators;

pub use call::REGEX_SIZE;

use super::eval::Compiled;
use super::names::{Names, Root, Shape};
use super::syntax::{Piece, Syntax, What};
use super::tree::{At, Node, Part};
use super::types::Types;
use super::{Site, Uses, Wants, template};
use crate::data::{Step, Value};
use crate::diagnostic::{Code, Problem};
use std::ops::Range;
use std::sync::Arc;

/// Compiles a text of a manifest for the place where it stands.
pub fn compile(text: &str, names: &Names, site: &Site) -> Result<Compiled, Vec<Problem>> {
    let pieces = template::parse(text)?;
    let whole = matches!(pieces.as_slice(), [Piece::Value(_)]);
    if !whole && (site.whole || site.wants == Wants::Condition) {
        let what = if site.whole { "this value" } else { "a condition" };
        let problem = Problem::new(Code::E0312, 0..text.len(), format!("{what} must be exactly one expression"));
        return Err(vec![problem.help("write `{{ … }}` with nothing before or after it")]);
    }
    let mut checker = Checker::new(names, site);
    let checked = match (pieces.as_slice(), site.wants) {
        ([Piece::Value(value)], Wants::Value | Wants::Condition) => checker.whole(value),
        _ => checker.parts(&pieces).map(|parts| (checker.join(parts), Types::TEXT)),
    };
    match checked {
        Some((node, types)) if checker.problems.is_empty() => {
            Ok(Compiled { node, uses: checker.uses, types, source: text.into() })
        }
        _ => Err(checker.problems),
    }
}

/// A checked expression with what is known about its value.
struct Typed {
    node: Node,
    types: Types,
    /// What its members are.
    shape: Shape,
    /// Advice for text, if the value is known to be possibly absent.
    absent: Option<Arc<str>>,
    secret: bool,
}

impl Typed {
    fn of(node: Node, types: Types) -> Typed {
        let shape = if types.meets(Types::MAP.or(Types::LIST)) { Shape::Data } else { Shape::Scalar(types) };
        Typed { node, types, shape, absent: None, secret: false }
    }
}

/// A way to a value, as far as it is written with names and literals.
type Way = (Root, Vec<Step>);

struct Checker<'n> {
    names: &'n Names,
    site: &'n Site,
    problems: Vec<Problem>,
    uses: Uses,
    /// Ways that a condition around this place has found to be there.
    present: Vec<Way>,
    /// Inside `… is defined`, where secrets may be asked for.
    asking: bool,
}

impl<'n> Checker<'n> {
    fn new(names: &'n Names, site: &'n Site) -> Checker<'n> {
        Checker { names, site, problems: Vec::new(), uses: Uses::default(), present: Vec::new(), asking: false }
    }

    fn push(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Tells a problem and gives up on the expression.
    fn fail<T>(&mut self, problem: Problem) -> Option<T> {
        self.problems.push(problem);
        None
    }

    fn whole(&mut self, value: &Syntax) -> Option<(Node, Types)> {
        let typed = self.expr(value)?;
        self.uses.secret |= typed.secret;
        if self.site.wants == Wants::Condition {
            self.condition(&typed, &value.range);
            return Some((Node::Truth(Box::new(typed.node), At::new(&value.range)), Types::BOOL));
        }
        let known = typed.types.without(Types::MISSING);
        if known != Types::NOTHING && !known.meets(self.site.types) {
            let message = format!("this must be {}, it is {}", self.site.types, typed.types);
            self.push(Problem::new(Code::E0306, value.range.clone(), message));
        }
        Some((typed.node, typed.types))
    }

    /// Makes one text of parts: raw parts alone are a constant.
    fn join(&self, parts: Vec<Part>) -> Node {
        let raw = match parts.as_slice() {
            [] => Some(Arc::from("")),
            [Part::Raw(raw)] => Some(Arc::clone(raw)),
            _ => None,
        };
        match (raw, self.site.wants) {
            (Some(raw), _) => Node::Const(Value::Text(raw)),
            (None, Wants::Path) => Node::Path(parts),
            (None, _) => Node::Text(parts),
        }
    }

    fn parts(&mut self, pieces: &[Piece]) -> Option<Vec<Part>> {
        let parts: Vec<_> = pieces.iter().map(|piece| self.part(piece)).collect();
        parts.into_iter().collect()
    }

    fn part(&mut self, piece: &Piece) -> Option<Part> {
        match piece {
            Piece::Raw(raw) => Some(Part::Raw(Arc::clone(raw))),
            Piece::Value(value) => {
                let typed = self.expr(value)?;
                self.in_text(&typed, value);
                self.uses.secret |= typed.secret;
                Some(Part::Value(typed.node, At::new(&value.range)))
            }
            Piece::If { test, then, otherwise } => {
                let typed = self.expr(test);
                if let Some(typed) = &typed {
                    self.condition(typed, &test.range);
                }
                let then = self.given(test, true, |checker| checker.parts(then));
                let otherwise = self.given(test, false, |checker| checker.parts(otherwise));
                Some(Part::If { test: typed?.node, then: then?, otherwise: otherwise?, at: At::new(&test.range) })
            }
        }
    }

    /// Checks something under the condition that a test held or did not.
    fn given<T>(&mut self, test: &Syntax, held: bool, check: impl FnOnce(&mut Self) -> T) -> T {
        let known = self.present.len();
        facts::collect(test, held, self.names, &mut self.present);
        let checked = check(self);
        self.present.truncate(known);
        checked
    }

    /// Says whether a value may stand inside longer text.
    fn in_text(&mut self, typed: &Typed, value: &Syntax) {
        // A choice without another side gives no text, not absent.
        let sides = match &value.what {
            What::Choose { otherwise: None, .. } => typed.absent.clone(),
            _ if typed.types.within(Types::MISSING) => Some("it is never a text".into()),
            _ => typed.absent.clone(),
        };
        if let Some(advice) = sides {
            let what = if typed.types == Types::NULL {
                "null stands in text"
            } else {
                "this may be absent and stands in text"
            };
            self.push(Problem::new(Code::E0307, value.range.clone(), what).help(&*advice));
        } else if !typed.types.meets(Types::SCALAR.or(Types::MISSING)) {
            let help =
                if typed.types.meets(Types::LIST) { "write `| join(',')` or `| json`" } else { "write `| json`" };
            let message = format!("{} can't stand in text", typed.types);
            self.push(Problem::new(Code::E0306, value.range.clone(), message).help(help));
        }
    }

    /// Says whether a value may be a condition (SEMANTICS rules 27 and 43).
    fn condition(&mut self, typed: &Typed, range: &Range<usize>) {
        if typed.secret {
            self.secret(range, "a secret can't be a condition", "only `is defined` may ask for a secret");
        } else if typed.types.without(Types::MISSING) == Types::TEXT {
            self.push(
                Problem::new(Code::E0308, range.clone(), "a text is no condition")
                    .help("compare it, or write `is defined`; another value is given by `| default(…)`"),
            );
        }
    }

    fn secret(&mut self, range: &Range<usize>, message: impl Into<String>, help: &str) {
        self.push(Problem::new(Code::E0701, range.clone(), message).help(help));
    }

    /// Refuses a secret where its value would be looked at.
    fn open(&mut self, typed: &Typed, range: &Range<usize>, what: &str) {
        if typed.secret {
            self.secret(
                range,
                format!("{what} would look into a secret"),
                "a secret may stand in text, lists and maps, and go through base64, base64url, hash, hmac, urlencode and json",
            );
        }
    }

    /// Tells a value of the wrong type.
    fn need(&mut self, typed: &Typed, wanted: Types, range: &Range<usize>, what: &str) -> bool {
        let known = typed.types.without(Types::MISSING);
        let fits = known == Types::NOTHING || known.meets(wanted);
        if !fits {
            let message = format!("{what} needs {wanted}, this is {}", typed.types);
            self.push(Problem::new(Code::E0306, range.clone(), message));
        }
        fits
    }
}
