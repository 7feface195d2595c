//! Where requests may go: declared hosts, and no private ones.

use crate::components::context::WholeAddress;
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::expr::shorthand::host::Host;
use crate::expr::{self, Compiled};
use crate::manifest::BaseSpec;
use crate::plan::hosts;
use crate::plan::known::Known;
use crate::plan::{Base, Plan};
use crate::text::Span;
use std::borrow::Cow;

/// Checks the base, the declared hosts and the whole addresses of all requests.
pub(super) fn check(known: &Known<'_>, plan: &Plan, addresses: &[WholeAddress], report: &mut Report) {
    let bases = bases(known, plan);
    for (text, span) in &bases {
        if let Err((message, help)) = hosts::check_base(text, &known.options.allow_private) {
            report.push(Diagnostic::new(Code::E0704, *span, message).help(help));
        }
        let from_token = text.trim_start().starts_with("{{ auth.") || text.contains("://{{ auth.");
        if from_token && known.spec.hosts.as_ref().is_none_or(Vec::is_empty) {
            report.push(
                Diagnostic::new(Code::E0703, *span, "the base comes from a token answer, and no host is declared")
                    .help("list the hosts it may be under `hosts`, for example `hosts: [\"*.my.salesforce.com\"]`"),
            );
        }
    }
    for text in known.spec.hosts.iter().flatten() {
        if let Ok(host) = crate::expr::shorthand::host::parse_host(&text.text)
            && let Err((message, help)) = hosts::check_host(&host.domain, host.port, &known.options.allow_private)
        {
            report.push(Diagnostic::new(Code::E0704, text.span, message).help(help));
        }
    }
    for address in addresses {
        requested(address, known, &bases, report);
    }
}

/// Lists the bases with their places; a constant expression is what it gives.
fn bases<'a>(known: &'a Known<'_>, plan: &'a Plan) -> Vec<(Cow<'a, str>, Span)> {
    let text = |written: &'a str, compiled: Option<&Compiled>| {
        compiled.and_then(expr::constant_text).map_or(Cow::Borrowed(written), Cow::Owned)
    };
    match (&known.spec.base, &plan.base) {
        (None, _) => Vec::new(),
        (Some(BaseSpec::Other(written)), base) => {
            let compiled = if let Base::One(compiled) = base { Some(&**compiled) } else { None };
            vec![(text(&written.text, compiled), written.span)]
        }
        (Some(BaseSpec::Map(all)), base) => {
            let named = if let Base::Named(named) = base { named.as_slice() } else { &[] };
            let compiled = |name: &str| named.iter().find(|(known, _)| known == name).map(|(_, compiled)| &**compiled);
            let written = all.iter().filter_map(|entry| Some((entry.name.as_str(), entry.value.as_ref()?)));
            written.map(|(name, written)| (text(&written.text, compiled(name)), written.span)).collect()
        }
    }
}

/// Checks a whole address whose host is known.
fn requested(address: &WholeAddress, known: &Known<'_>, bases: &[(Cow<'_, str>, Span)], report: &mut Report) {
    let Some((host, port)) = hosts::literal_host(&address.text) else { return };
    if let Err((message, help)) = hosts::check_host(&host, port, &known.options.allow_private) {
        report.push(Diagnostic::new(Code::E0704, address.span, message).help(help));
    } else if !address.declares && !declared(known, bases, &host, port) {
        report.push(
            Diagnostic::new(Code::E0703, address.span, format!("`{host}` is not declared"))
                .help(format!("requests go to declared hosts only: add `hosts: [{host}]`")),
        );
    }
}

/// Says whether requests may go to a host: the base's own, or one of `hosts`.
fn declared(known: &Known<'_>, bases: &[(Cow<'_, str>, Span)], host: &str, port: Option<u16>) -> bool {
    let own = bases
        .iter()
        .filter_map(|(base, _)| hosts::literal_host(base))
        .any(|(base, of)| base.eq_ignore_ascii_case(host) && of == port);
    let listed: Vec<Host> = known
        .spec
        .hosts
        .iter()
        .flatten()
        .filter_map(|text| crate::expr::shorthand::host::parse_host(&text.text).ok())
        .collect();
    own || listed.iter().any(|listed| hosts::covers(listed, host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suffix_covers_what_is_below_it() {
        let below = Host { below: true, domain: "shop.example".into(), port: None };
        assert!(hosts::covers(&below, "eu.shop.example", None));
        assert!(!hosts::covers(&below, "shop.example", None));
        assert!(!hosts::covers(&below, "myshop.example", None));
    }
}
