//! What a condition says about the values it names.

use super::Way;
use crate::data::Step;
use crate::expr::names::Names;
use crate::expr::syntax::{Comparison, Syntax, What};

/// Collects the ways that are there when a test held, or did not.
pub(super) fn collect(test: &Syntax, held: bool, names: &Names, ways: &mut Vec<Way>) {
    match &test.what {
        What::Name(_) | What::Member(..) | What::Item(..) if held => ways.extend(way(test, names)),
        What::Is(inner, word) if held && word.text != "none" => ways.extend(way(inner, names)),
        What::Not(inner) => collect(inner, !held, names, ways),
        What::And(left, right) if held => {
            collect(left, true, names, ways);
            collect(right, true, names, ways);
        }
        What::Or(left, right) if !held => {
            collect(left, false, names, ways);
            collect(right, false, names, ways);
        }
        // Nothing is before or after what is absent (SEMANTICS rule 25).
        What::Compare(first, rest) if held => {
            for (at, (op, right)) in rest.iter().enumerate() {
                let left = if at == 0 { first } else { &rest[at - 1].1 };
                if matches!(
                    op,
                    Comparison::Less | Comparison::LessOrEqual | Comparison::Greater | Comparison::GreaterOrEqual
                ) {
                    ways.extend(way(left, names));
                    ways.extend(way(right, names));
                }
            }
        }
        _ => {}
    }
}

/// Returns the way that an expression of names and literals goes.
pub(super) fn way(syntax: &Syntax, names: &Names) -> Option<Way> {
    match &syntax.what {
        What::Name(name) => Some((names.get(name)?.root, Vec::new())),
        What::Member(base, member) => {
            let (root, mut steps) = way(base, names)?;
            steps.push(Step::Key(member.as_str().into()));
            Some((root, steps))
        }
        What::Item(base, key) => {
            let (root, mut steps) = way(base, names)?;
            steps.push(match &key.what {
                What::Text(key) => Step::Key(key.clone()),
                What::Number(digits) => Step::Index(digits.parse().ok()?),
                _ => return None,
            });
            Some((root, steps))
        }
        _ => None,
    }
}
