//! Where requests may go: declared hosts, and no private ones.

use super::Stream;
use crate::components::request::Target;
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::expr::shorthand::host::Host;
use crate::expr::shorthand::request::parse_request;
use crate::manifest::BaseSpec;
use crate::plan::hosts;
use crate::plan::known::Known;
use crate::text::{Sources, Span};

/// Checks the base and the declared hosts.
pub(super) fn check(known: &Known<'_>, report: &mut Report) {
    let texts: Vec<(&str, Span)> = match &known.spec.base {
        None => Vec::new(),
        Some(BaseSpec::Other(text)) => vec![(text.text.as_str(), text.span)],
        Some(BaseSpec::Map(bases)) => {
            bases.iter().filter_map(|entry| entry.value.as_ref()).map(|text| (text.text.as_str(), text.span)).collect()
        }
    };
    for (text, span) in texts {
        if let Err((message, help)) = hosts::check_base(text, &known.options.allow_private) {
            report.push(Diagnostic::new(Code::E0704, span, message).help(help));
        }
        let from_token = text.trim_start().starts_with("{{ auth.") || text.contains("://{{ auth.");
        if from_token && known.spec.hosts.as_ref().is_none_or(Vec::is_empty) {
            report.push(
                Diagnostic::new(Code::E0703, span, "the base comes from a token answer, and no host is declared")
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
}

/// Checks whole addresses in a stream's own requests.
pub(super) fn stream(stream: &Stream<'_>, known: &Known<'_>, sources: &Sources, report: &mut Report) {
    let mut addresses: Vec<Span> = Vec::new();
    let own = stream.plan.source.request().into_iter().chain(&stream.plan.get);
    for request in own.chain(stream.plan.changes.iter().map(|changes| &changes.request)) {
        if matches!(request.message.target, Target::Url(_)) {
            addresses.push(request.message.span);
        }
    }
    for span in addresses {
        let written = &sources.get(span.source).text[span.start as usize..span.end as usize];
        let text = written.trim_matches(['"', '\'']);
        let Ok(request) = parse_request(text) else { continue };
        let piece = request.target.piece();
        let at = sources.inner(span, piece.range.clone());
        let Some((host, port)) = hosts::literal_host(&piece.text) else { continue };
        if let Err((message, help)) = hosts::check_host(&host, port, &known.options.allow_private) {
            report.push(Diagnostic::new(Code::E0704, at, message).help(help));
            continue;
        }
        if !declared(known, &host, port) {
            report.push(
                Diagnostic::new(Code::E0703, at, format!("`{host}` is not declared"))
                    .help(format!("requests go to declared hosts only: add `hosts: [{host}]`")),
            );
        }
    }
}

/// Says whether requests may go to a host: the base's own, or one of `hosts`.
fn declared(known: &Known<'_>, host: &str, port: Option<u16>) -> bool {
    let bases: Vec<&str> = match &known.spec.base {
        None => Vec::new(),
        Some(BaseSpec::Other(text)) => vec![text.text.as_str()],
        Some(BaseSpec::Map(bases)) => {
            bases.iter().filter_map(|entry| entry.value.as_ref()).map(|text| text.text.as_str()).collect()
        }
    };
    let own = bases
        .iter()
        .filter_map(|base| hosts::literal_host(base))
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
