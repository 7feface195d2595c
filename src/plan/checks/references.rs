//! Streams and columns that are named must exist.

use crate::diagnostic::{Code, Diagnostic, Report};
use crate::manifest::ManifestSpec;
use crate::name::{listed, nearest};
use crate::plan::known::Known;
use crate::plan::names::{exists, unknown_stream};
use crate::plan::{Plan, extras};
use crate::text::{Named, Span};

pub(super) fn check(known: &Known<'_>, plan: &Plan, report: &mut Report) {
    for stream in super::Stream::all(known, plan) {
        let plan = stream.plan;
        for (name, span) in plan.parents().into_iter().chain(plan.taken_from()) {
            stream_exists(known.spec, name, span, report);
        }
        for (name, span) in &plan.needs {
            stream_exists(known.spec, name, *span, report);
        }
        for reference in &plan.references {
            column_exists(known, reference, report);
        }
        for relationship in stream.spec.relationships.iter().flatten() {
            for end in relationship.from.iter().chain([&relationship.to]).flat_map(Named::iter) {
                stream_exists(known.spec, &end.name, end.span, report);
            }
        }
        own_columns(&stream, report);
        parent_columns(known, &stream, report);
    }
    for group in &plan.groups {
        for each in &group.each {
            if let crate::components::partition::Over::Streams(parent) = &each.over {
                for (name, span) in &parent.streams {
                    stream_exists(known.spec, name, *span, report);
                }
            }
        }
    }
}

fn stream_exists(spec: &ManifestSpec, name: &str, span: Span, report: &mut Report) {
    if !exists(spec, name) {
        report.push(unknown_stream(name, span, spec));
    }
}

fn column_exists(known: &Known<'_>, reference: &crate::plan::columns::Ref, report: &mut Report) {
    if !exists(known.spec, &reference.stream) {
        report.push(unknown_stream(&reference.stream, reference.stream_span, known.spec));
        return;
    }
    let Some(Some(columns)) = known.outlines.get(&reference.stream) else { return };
    if !columns.contains_key(&reference.column) {
        let message = format!("`{}` has no column `{}`", reference.stream, reference.column);
        let names: Vec<&str> = columns.keys().map(String::as_str).collect();
        let declared = known.spec.streams.as_ref().and_then(|streams| streams.entry(&reference.stream));
        let mut told = Diagnostic::new(Code::E0502, reference.column_span, message)
            .help(format!("its columns are {}", listed(names.iter().copied())))
            .nearest(nearest(&reference.column, names));
        if let Some(entry) = declared {
            told = told.also(entry.span, format!("`{}` is declared here", reference.stream));
        }
        report.push(told);
    }
}

/// Columns of the stream itself that the graph names.
fn own_columns(stream: &super::Stream<'_>, report: &mut Report) {
    let columns = match &stream.plan.columns {
        crate::plan::Columns::Typed(columns) if !stream.damaged => columns,
        _ => return,
    };
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let graph = extras::graph_columns(stream.spec).into_iter().map(|text| (text.text.as_str(), text.span));
    for (name, span) in graph {
        if !names.contains(&name) {
            report.push(
                Diagnostic::new(Code::E0502, span, format!("`{}` has no column `{name}`", stream.name))
                    .help(format!("its columns are {}", listed(names.iter().copied())))
                    .nearest(nearest(name, names.iter().copied())),
            );
        }
    }
}

/// Columns that tell partitions apart: `by`.
fn parent_columns(known: &Known<'_>, stream: &super::Stream<'_>, report: &mut Report) {
    for each in &stream.plan.each {
        let crate::components::partition::Over::Streams(parent) = &each.over else { continue };
        for (name, span) in &parent.by {
            for (of, _) in &parent.streams {
                let Some(Some(columns)) = known.outlines.get(of) else { continue };
                if !columns.contains_key(name) {
                    let names: Vec<&str> = columns.keys().map(String::as_str).collect();
                    let declared = known.spec.streams.as_ref().and_then(|streams| streams.entry(of));
                    let mut told = Diagnostic::new(Code::E0503, *span, format!("`{of}` has no column `{name}`"))
                        .help(format!("its columns are {}", listed(names.iter().copied())))
                        .nearest(nearest(name, names));
                    if let Some(entry) = declared {
                        told = told.also(entry.span, format!("`{of}` is declared here"));
                    }
                    report.push(told);
                }
            }
        }
    }
}
