//! One address takes one value.

use super::Stream;
use crate::components::auth::AuthSpec;
use crate::components::choose::Chosen;
use crate::components::context::{Late, Tree};
use crate::components::cursor::{By, CursorPlan};
use crate::components::pagination::Paged;
use crate::components::request::{Body, Message};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::expr::shorthand::address::{Address, Step};
use crate::plan::known::Known;
use crate::text::Span;

pub(super) fn check(stream: &Stream<'_>, known: &Known<'_>, report: &mut Report) {
    let auth = stream.spec.auth.as_ref().or(known.spec.auth.as_ref());
    if let Some(request) = stream.plan.source.request() {
        credentials(&request.message, auth, report);
        one(&request.message, stream.plan.pages.as_ref(), stream.plan.cursor.as_ref(), report);
    }
    if let Some(changes) = &stream.plan.changes {
        let own = stream.spec.changes.as_ref().and_then(|changes| changes.value.auth.as_ref());
        credentials(&changes.request.message, own.or(auth), report);
        one(&changes.request.message, changes.pages.as_ref(), changes.cursor.as_ref(), report);
    }
}

/// What proves who asks writes its address by itself, too.
fn credentials(message: &Message, auth: Option<&AuthSpec>, report: &mut Report) {
    let written = written(message);
    for (address, span) in auth.map(AuthSpec::writes).unwrap_or_default() {
        for (_, place) in written.iter().filter(|(other, _)| same(&address, other)) {
            let help = "`auth` writes this address by itself; leave the other value out";
            clash(&address, span, *place, help, report);
        }
    }
}

/// Checks one request against what its paging and its position write into it.
fn one(message: &Message, pages: Option<&Chosen<Paged>>, cursor: Option<&CursorPlan>, report: &mut Report) {
    const HELP: &str = "paging writes this address by itself; leave the other value out";
    let written = written(message);
    for paged in pages.iter().flat_map(|pages| pages.all()) {
        let put: Vec<(&Address, Span)> =
            paged.kind.put().iter().filter_map(|put| Some((fixed(&put.at)?, put.span))).collect();
        for (at, (address, span)) in put.iter().enumerate() {
            for (other, place) in &written {
                if same(address, other) {
                    clash(address, *span, *place, HELP, report);
                }
            }
            for (other, place) in &put[..at] {
                if same(address, other) {
                    clash(address, *span, *place, HELP, report);
                }
            }
            if body_holds(message, address) {
                clash(address, *span, message.span, HELP, report);
            }
        }
    }
    if let Some(By::Token { into: Some(into), span, .. }) = cursor.map(|cursor| &cursor.by)
        && let Some(address) = fixed(into)
    {
        for (other, place) in &written {
            if same(address, other) {
                clash(
                    address,
                    *span,
                    *place,
                    "the position writes this address by itself; leave the other value out",
                    report,
                );
            }
        }
    }
}

fn fixed(address: &Late<Address>) -> Option<&Address> {
    match address {
        Late::Is(address) => Some(address),
        Late::From(_) => None,
    }
}

/// Lists the addresses that a request writes by itself.
fn written(message: &Message) -> Vec<(Address, Span)> {
    let query = message.query.iter().map(|part| (Address::Query(part.name.clone()), part.span));
    let headers = message.headers.iter().map(|part| (Address::Header(part.name.clone()), part.span));
    let variables =
        message.variables.iter().map(|part| (Address::Variables(vec![Step::Member(part.name.clone())]), part.span));
    query.chain(headers).chain(variables).collect()
}

fn same(one: &Address, other: &Address) -> bool {
    match (one, other) {
        (Address::Header(one), Address::Header(other)) => one.eq_ignore_ascii_case(other),
        _ => one == other,
    }
}

/// Says whether a body that is written out holds a value at an address.
fn body_holds(message: &Message, address: &Address) -> bool {
    match (address, &message.body) {
        (Address::Body(steps), Some(Body::Json(tree))) => holds(tree, steps),
        (Address::Form(name), Some(Body::Form(Tree::Map(members)))) => {
            members.iter().any(|(member, _)| **member == **name)
        }
        _ => false,
    }
}

fn holds(tree: &Tree, steps: &[Step]) -> bool {
    match (steps, tree) {
        ([], _) => true,
        ([Step::Member(name), rest @ ..], Tree::Map(members)) => {
            members.iter().any(|(member, value)| **member == **name && holds(value, rest))
        }
        ([Step::Index(at), rest @ ..], Tree::List(items)) => items.get(*at).is_some_and(|item| holds(item, rest)),
        _ => false,
    }
}

/// Tells the later of two places.
fn clash(address: &Address, one: Span, other: Span, help: &str, report: &mut Report) {
    let (first, second) = if one.start < other.start { (one, other) } else { (other, one) };
    report.push(
        Diagnostic::new(Code::E0602, second, format!("two values for `{address}`"))
            .also(first, "the other value")
            .help(help),
    );
}
