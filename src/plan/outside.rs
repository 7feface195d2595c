//! What requests outside a stream take from the connector (SEMANTICS rules 1 and 6).

use crate::components::auth::AuthSpec;
use crate::components::context::Cx;
use crate::components::request::Parts;
use crate::components::scope::At;
use crate::diagnostic::{Code, Report};
use crate::manifest::ManifestSpec;
use crate::text::{Named, NamedEntry, Node, Span};

/// Checks the connector's headers and query in the scope of a request outside a stream, where a stream's names are not.
pub(super) fn check(cx: &mut Cx<'_>, spec: &ManifestSpec, who: &str, place: Span, own: &Parts<'_, AuthSpec>) {
    let mut outer = cx.scopes.clone();
    outer.stream = false;
    let before = std::mem::replace(&mut cx.scopes, outer.into());
    let headers = inherited(spec.headers.as_ref(), own.headers, str::eq_ignore_ascii_case);
    for entry in headers.chain(inherited(spec.query.as_ref(), own.query, |one, other| one == other)) {
        let around = std::mem::take(cx.report);
        if let Some(node) = &entry.value {
            cx.tree(node, At::Request, true);
        }
        let told: Report = std::mem::replace(cx.report, around);
        for found in told.sorted() {
            let mut found = found.clone().also(place, format!("{who} is a request outside the streams"));
            if matches!(found.code, Code::E0302 | Code::E0310) {
                found.message = format!("{}: {who} takes this, too", found.message);
                found.help = Some("write it under `defaults`, which only streams take".into());
            }
            cx.push(found);
        }
    }
    cx.scopes = before;
}

/// Lists what a request takes over: the names that it does not give itself.
fn inherited<'a>(
    connector: Option<&'a Named<Node>>,
    own: Option<&'a Named<Node>>,
    same: fn(&str, &str) -> bool,
) -> impl Iterator<Item = &'a NamedEntry<Node>> {
    let given = move |name: &str| own.is_some_and(|own| own.names().any(|known| same(known, name)));
    connector.into_iter().flat_map(Named::iter).filter(move |entry| !given(&entry.name))
}
