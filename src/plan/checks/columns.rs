//! Keys and positions are columns, and columns can be filled.

use super::Stream;
use crate::data::Type;
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::manifest::UnknownFields;
use crate::name::{listed, nearest};
use crate::plan::known::Known;
use crate::plan::stream::Key;
use crate::plan::{Column, Columns, Origin, Plan, Source};
use crate::text::{Named, Span};

pub(super) fn check(stream: &Stream<'_>, known: &Known<'_>, plan: &Plan, report: &mut Report) {
    if let Columns::Typed(columns) = &stream.plan.columns {
        // `add` makes columns of what is not known yet; a column that did not hold has a name all the same.
        let open = stream.spec.unknown_fields == Some(UnknownFields::Add);
        let declared = known.outlines.get(stream.name).and_then(Option::as_ref);
        let names: Vec<&str> = match declared {
            Some(outline) => outline.keys().map(String::as_str).collect(),
            None => columns.iter().map(|column| column.name.as_str()).collect(),
        };
        if !open {
            if let Key::Columns(key) = &stream.plan.key {
                for (name, span) in key {
                    missing(Code::E0505, "key", name, *span, &names, report);
                }
            }
            if let Some((name, span)) = stream.plan.cursor_field() {
                missing(Code::E0506, "position", name, span, &names, report);
            }
        }
        if stream.spec.unknown_fields == Some(UnknownFields::Keep)
            && let Some(column) = columns.iter().find(|column| column.name == "_rest")
        {
            report.push(
                Diagnostic::new(Code::E0511, column.span, "`_rest` is the column of what no other column took")
                    .help("choose another name, or take `unknown_fields: keep` away"),
            );
        }
        filters(stream, &names, report);
        cursor_type(stream, columns, report);
        generated(stream, columns, report);
    }
    if let Key::Columns(key) = &stream.plan.key {
        for (at, (name, span)) in key.iter().enumerate() {
            if let Some((_, first)) = key[..at].iter().find(|(known, _)| known == name) {
                report.push(
                    Diagnostic::new(Code::E0511, *span, format!("the key names `{name}` twice"))
                        .also(*first, "the first time")
                        .help("name each column once"),
                );
            }
        }
    }
    keys(stream, known, plan, report);
}

/// A filter that compares is one of a column; a word to search for needs none.
fn filters(stream: &Stream<'_>, columns: &[&str], report: &mut Report) {
    let Some(spec) = &stream.spec.pushdown else { return };
    for entry in spec.filters.iter().flat_map(Named::iter) {
        let mut all = stream.plan.pushdown.iter().filter(|(name, _)| *name == entry.name).flat_map(|(_, all)| all);
        if !columns.contains(&entry.name.as_str()) && all.any(|filter| filter.address_range.start > 0) {
            report.push(
                Diagnostic::new(Code::E0502, entry.span, format!("there is no column `{}` to compare", entry.name))
                    .help("name a column; a word to search for has no operator: `q: query.q`")
                    .nearest(nearest(&entry.name, columns.iter().copied())),
            );
        }
    }
}

fn missing(code: Code, what: &str, name: &str, span: Span, known: &[&str], report: &mut Report) {
    if known.contains(&name) {
        return;
    }
    let shown = listed(known.iter().copied());
    report.push(
        Diagnostic::new(code, span, format!("the {what} `{name}` is no column"))
            .help(format!("add it to `fields`, or name one of {shown}"))
            .nearest(nearest(name, known.iter().copied())),
    );
}

/// A position must have an order (SEMANTICS rule 12).
fn cursor_type(stream: &Stream<'_>, columns: &[Column], report: &mut Report) {
    let Some((name, span)) = stream.plan.cursor_field() else { return };
    let Some(column) = columns.iter().find(|column| column.name == name) else { return };
    let format = stream.plan.cursor.as_ref().is_some_and(|cursor| cursor.format.is_some());
    let told = match &column.of {
        Type::Date(_) | Type::Timestamp(_) | Type::Integer | Type::Decimal { .. } => return,
        Type::String if format => return,
        Type::String => Diagnostic::new(Code::E0603, span, format!("the position `{name}` is a text without a format"))
            .help("make the column a `timestamp` or `date`, or give `incremental.format`"),
        other => Diagnostic::new(Code::E0603, span, format!("the position `{name}` is `{other}`, which has no order"))
            .help("a position is a `date`, `timestamp`, `integer`, `decimal(p,s)`, or a text with `format`"),
    };
    report.push(told.also(column.written, "the column"));
}

/// Generated rows read no answer.
fn generated(stream: &Stream<'_>, columns: &[Column], report: &mut Report) {
    if !matches!(stream.plan.source, Source::Generate { .. }) {
        return;
    }
    for column in columns {
        if let Origin::Place(path) = &column.origin {
            report.push(
                Diagnostic::new(Code::E0614, column.written, format!("`{}` is read from `{}`, and nothing is read", column.name, path.text()))
                    .help("`generate` makes a value of the column's type: leave the place out, or compute it with `= {{ … }}`"),
            );
        }
    }
}

/// What needs a primary key.
fn keys(stream: &Stream<'_>, known: &Known<'_>, plan: &Plan, report: &mut Report) {
    if matches!(stream.plan.key, Key::None) && !stream.damaged {
        if let Some(deleted) = &stream.spec.deleted {
            report.push(
                Diagnostic::new(Code::E0606, deleted.key, "`deleted` needs a key: rows are deleted by it")
                    .help("add `key: id` to the stream"),
            );
        }
        if let Some(deleted) = stream.spec.changes.as_ref().and_then(|changes| changes.deleted.as_ref()) {
            report.push(
                Diagnostic::new(Code::E0606, deleted.span, "`deleted` needs a key: rows are deleted by it")
                    .help("add `key: id` to the stream"),
            );
        }
        if let Some(get) = &stream.plan.get
            && stream.spec.hydrate.is_some()
        {
            report.push(
                Diagnostic::new(Code::E0606, get.message.span, "`hydrate` needs a key: rows are completed by it")
                    .help("add `key: id` to the stream"),
            );
        }
    }
    // A child that remembers what it read must know its parents again.
    let remembers = stream.plan.cursor.is_some();
    for each in &stream.plan.each {
        let crate::components::partition::Over::Streams(parent) = &each.over else { continue };
        if !(remembers || parent.changed_only.is_some()) || !parent.by.is_empty() {
            continue;
        }
        for (name, span) in &parent.streams {
            if let Some(of) = plan.streams.get(name)
                && matches!(of.key, Key::None)
                && !known.damaged.contains(name)
            {
                report.push(
                    Diagnostic::new(
                        Code::E0606,
                        *span,
                        format!("`{name}` has no key, so its rows can't be told apart"),
                    )
                    .also(of.span, format!("`{name}` is declared here"))
                    .help(format!("add `key: id` to `{name}`, or `by: column` here")),
                );
            }
        }
    }
}
