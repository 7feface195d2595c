//! Params that nothing reads.

use crate::diagnostic::{Code, Diagnostic, Report};
use crate::plan::Plan;
use crate::plan::known::Known;
use crate::text::{Named, Sources};

pub(super) fn check(known: &Known<'_>, _plan: &Plan, sources: &Sources, report: &mut Report) {
    // What stands in a part that did not hold was not compiled; the text itself says whether it reads a param.
    let broken = report.has_errors();
    for entry in known.spec.params.iter().flat_map(Named::iter) {
        let name = entry.name.as_str();
        if known.used.contains(name) || known.params.broken.contains(name) {
            continue;
        }
        let text = &sources.get(entry.span.source).text;
        if broken && (text.contains(&format!("params.{name}")) || text.contains(&format!("params['{name}']"))) {
            continue;
        }
        let known_by_type = matches!(known.params.types.get(name), Some(crate::data::ParamType::File));
        if known_by_type {
            continue;
        }
        report.push(
            Diagnostic::new(Code::E0608, entry.span, format!("nothing uses the param `{name}`"))
                .help(format!("use it as `{{{{ params.{name} }}}}`, or take it away")),
        );
    }
}
