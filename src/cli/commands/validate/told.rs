//! Findings for people: errors and warnings drawn, notes a line each, a summary.

use crate::cli::ui::Ui;
use crate::diagnostic::{Diagnostic, Severity, clean, render};
use crate::text::Sources;
use std::collections::BTreeSet;

/// Nobody reads more at once, and the first ones are often the cause of the others.
const MOST_DRAWN: usize = 200;

/// Prints findings and, on stderr, a summary.
pub(super) fn text(findings: &[&Diagnostic], sources: &Sources, files: usize, strict: bool, ui: &mut Ui) {
    let (notes, grave): (Vec<&Diagnostic>, Vec<&Diagnostic>) =
        findings.iter().partition(|found| found.severity == Severity::Note);
    let drawn = if ui.verbose { [grave.as_slice(), notes.as_slice()].concat() } else { grave.clone() };
    ui.result(&render::text(&drawn[..drawn.len().min(MOST_DRAWN)], sources, ui.coloured()));
    let mut all = drawn.len();
    if !ui.verbose && !ui.quiet && !notes.is_empty() {
        let gap = if grave.is_empty() { "" } else { "\n" };
        let room = notes.len().min(MOST_DRAWN.saturating_sub(drawn.len()));
        let lines: String = notes[..room].iter().map(|note| line(note, sources, ui.coloured())).collect();
        ui.result(&format!("{gap}{lines}"));
        all += notes.len();
    }
    if all > MOST_DRAWN {
        ui.result(&format!("\n… and {} more; --format json gives all\n", all - MOST_DRAWN));
    }
    if files > 0 {
        ui.status(&summary(findings, files, strict));
    }
}

fn line(note: &Diagnostic, sources: &Sources, coloured: bool) -> String {
    let source = sources.get(note.primary.source);
    let place = source.place(note.primary.start);
    let (name, message) = (clean(&source.name), clean(&note.message));
    let (green, reset) = if coloured { ("\x1b[32m", "\x1b[0m") } else { ("", "") };
    format!("{green}note[{}]{reset} {name}:{}:{} {message}\n", note.code.name(), place.line, place.column)
}

fn summary(findings: &[&Diagnostic], files: usize, strict: bool) -> String {
    let count = |severity| findings.iter().filter(|found| found.severity == severity).count();
    let told = |severity: Severity| {
        let count = count(severity);
        (count > 0).then(|| plural(count, severity.word()))
    };
    let grave: Vec<String> = [Severity::Error, Severity::Warning].into_iter().filter_map(told).collect();
    if grave.is_empty() {
        let notes = told(Severity::Note).map(|notes| format!(", {notes}")).unwrap_or_default();
        return format!("ok: {}{notes}", plural(files, "file"));
    }
    let hurt = findings.iter().filter(|found| found.severity != Severity::Note);
    let hurt = hurt.map(|found| found.primary.source).collect::<BTreeSet<_>>().len();
    let of = if hurt < files { format!(" of {files}") } else { String::new() };
    let strictly = if strict && count(Severity::Warning) > 0 { "; warnings count as errors" } else { "" };
    let files = if of.is_empty() { plural(hurt, "file") } else { format!("{hurt}{of} files") };
    format!("{} in {files}{strictly}", grave.join(", "))
}

fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}
