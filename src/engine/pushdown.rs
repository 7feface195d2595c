//! Conditions that the API tests itself: where they are written into its requests.

use super::order::{Filter, Test};
use crate::data::Value;
use crate::expr::shorthand::address::Address;
use crate::expr::shorthand::pushdown::{Op, Pushdown};
use crate::expr::{Expr as _, Names, Root, Shape, Site, Slots, Wants, compile};
use crate::fault::{Fault, Kind};
use crate::plan::BoundStream;
use std::sync::Arc;

/// Says whether the API tests a condition. It is tested here all the same: an API may filter roughly.
pub fn pushed_down(stream: &BoundStream, filter: &Filter) -> bool {
    find(stream, filter).is_some()
}

/// Lists what the conditions write into requests. What an API can't be asked without must be among them.
pub(super) fn pushed(stream: &BoundStream, filters: &[Filter]) -> Result<Vec<(Address, Value)>, Fault> {
    for (column, pushdowns) in &stream.plan.pushdown {
        for needed in pushdowns.iter().filter(|pushdown| pushdown.required) {
            if !filters.iter().any(|filter| filter.column == *column && is_for(needed, filter)) {
                let told = format!(
                    "the API of `{}` can't be asked without a condition on `{column}`; give it, as `--where \"{column} = …\"`",
                    stream.plan.name
                );
                return Err(Fault::new(Kind::Config, "plan", told));
            }
        }
    }
    let mut written = Vec::new();
    for filter in filters {
        let Some(pushdown) = find(stream, filter) else { continue };
        let value = match filter.values.as_slice() {
            [one] if filter.test != Test::In => one.clone(),
            many => Value::List(Arc::new(many.to_vec())),
        };
        written.push((pushdown.address.clone(), through(pushdown, value)?));
    }
    Ok(written)
}

fn find<'s>(stream: &'s BoundStream, filter: &Filter) -> Option<&'s Pushdown> {
    let (_, pushdowns) = stream.plan.pushdown.iter().find(|(column, _)| *column == filter.column)?;
    pushdowns.iter().find(|pushdown| is_for(pushdown, filter))
}

fn is_for(pushdown: &Pushdown, filter: &Filter) -> bool {
    matches!(
        (pushdown.op, filter.test),
        (Op::Eq, Test::Equal)
            | (Op::Ne, Test::NotEqual)
            | (Op::Lt, Test::Less)
            | (Op::Le, Test::AtMost)
            | (Op::Gt, Test::Greater)
            // An API that gives more than is asked is right too: the rest is left out here.
            | (Op::Ge, Test::AtLeast | Test::Greater)
            | (Op::In, Test::In)
            | (Op::Like, Test::Like)
    )
}

/// Takes a value through the filters that the manifest writes behind the address.
fn through(pushdown: &Pushdown, value: Value) -> Result<Value, Fault> {
    let Some(filter) = &pushdown.filter else { return Ok(value) };
    let names = Names::new().own("value", 0, Shape::Data);
    let told = |text: String| Fault::new(Kind::Config, "plan", format!("`pushdown`: {text}"));
    let text = format!("{{{{ value | {} }}}}", filter.text);
    let compiled = compile(&text, &names, &Site::new(Wants::Value))
        .map_err(|problems| told(problems.first().map_or(String::new(), |problem| problem.message.clone())))?;
    compiled.eval(&Slots::new(vec![(Root::own(0), value)], jiff::Timestamp::UNIX_EPOCH))
}
