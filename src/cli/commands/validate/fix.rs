//! `weir validate --fix`: mends what is certain, and shows each change.

use crate::cli::Exit;
use crate::cli::document::check_document;
use crate::cli::surroundings::Surroundings;
use crate::cli::targets::Target;
use crate::cli::ui::Ui;
use crate::diagnostic::{Fixed, Report, apply_fixes, clean};
use crate::plan::Options;
use crate::text::{Source, Sources};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::ops::Range;
use std::path::Path;

/// A mended text may show what stood behind the flaw, so that it is mended again; not for ever.
const MOST_ROUNDS: usize = 20;

/// Some lines of a file, before and after.
#[derive(Debug)]
pub(super) struct Change {
    file: String,
    line: usize,
    codes: Vec<&'static str>,
    before: String,
    after: String,
}

impl Change {
    pub(super) fn json(&self) -> Value {
        json!({
            "file": self.file, "line": self.line, "codes": self.codes, "before": self.before, "after": self.after,
        })
    }

    fn text(&self, coloured: bool) -> String {
        let (red, green, reset) = if coloured { ("\x1b[31m", "\x1b[32m", "\x1b[0m") } else { ("", "", "") };
        let lines = |colour: &str, sign: &str, text: &str| -> String {
            text.lines().flat_map(|line| [colour, sign, " ", &clean(line), reset, "\n"].map(str::to_owned)).collect()
        };
        let head = format!("fixed {}:{} [{}]\n", clean(&self.file), self.line, self.codes.join(", "));
        head + &lines(red, "-", &self.before) + &lines(green, "+", &self.after)
    }
}

/// Applies all safe fixes in the documents, and tells what was changed.
pub(super) fn mend(
    targets: &[Target],
    options: &Options,
    around: &Surroundings,
    ui: &mut Ui,
    changes: &mut Vec<Change>,
) -> Exit {
    let mut exit = Exit::Ok;
    for target in targets {
        for _ in 0..MOST_ROUNDS {
            let (mut sources, mut report) = (Sources::default(), Report::default());
            if check_document(target, &mut sources, &mut report, options, around).is_err() {
                break;
            }
            let fixed = apply_fixes(&sources, &report.sorted());
            if fixed.is_empty() {
                break;
            }
            let mut failed = false;
            for fixed in fixed {
                let source = sources.get(fixed.source);
                match write(Path::new(&source.name), &source.text, &fixed.text) {
                    Ok(()) => {
                        for change in changes_of(source, &fixed) {
                            ui.aside(&change.text(ui.aside_coloured()));
                            changes.push(change);
                        }
                    }
                    Err(error) => {
                        ui.error(&clean(&format!("`{}` can't be fixed: {error}", source.name)), None);
                        exit = exit.or(Exit::Failed);
                        failed = true;
                    }
                }
            }
            if failed {
                break;
            }
        }
    }
    exit
}

/// Lists the lines that were changed, with the edits of a line together.
fn changes_of(source: &Source, fixed: &Fixed) -> Vec<Change> {
    let mut changes: Vec<(Range<usize>, BTreeSet<&'static str>)> = Vec::new();
    for edit in &fixed.edits {
        let lines = source.place(edit.span.start).line..source.place(edit.span.end).line;
        match changes.last_mut() {
            Some((known, codes)) if lines.start <= known.end => {
                known.end = known.end.max(lines.end);
                codes.insert(edit.code.name());
            }
            _ => changes.push((lines, BTreeSet::from([edit.code.name()]))),
        }
    }
    let change = |(lines, codes): (Range<usize>, BTreeSet<&'static str>)| {
        let start = source.text.split_inclusive('\n').take(lines.start - 1).map(str::len).sum::<usize>();
        let length = source.text[start..].split_inclusive('\n').take(lines.end + 1 - lines.start).map(str::len);
        let end = start + length.sum::<usize>();
        let after = &fixed.text[moved(fixed, start)..moved(fixed, end)];
        let written = source.text[start..end].lines().map(|line| line.trim_end_matches('\r'));
        let before: Vec<&str> = (lines.start..=lines.end).map(|line| source.line(line)).collect();
        // A line is shown without the secrets in it, and its mended form is not shown at all.
        let is_hidden = !written.eq(before.iter().copied());
        let after = if is_hidden { "(not shown, it holds a secret)" } else { after };
        Change {
            file: source.name.clone(),
            line: lines.start,
            codes: codes.into_iter().collect(),
            before: before.join("\n"),
            after: after.trim_end_matches(['\r', '\n']).to_owned(),
        }
    };
    changes.into_iter().map(change).collect()
}

/// Returns where a byte of the old text, outside all edits, stands in the new one.
fn moved(fixed: &Fixed, at: usize) -> usize {
    let before = fixed.edits.iter().filter(|edit| edit.span.end as usize <= at);
    before.fold(at, |at, edit| at + edit.replacement.len() - (edit.span.end - edit.span.start) as usize)
}

/// Writes the file at once: it is whole before and after, whatever happens in between.
fn write(path: &Path, before: &str, after: &str) -> std::io::Result<()> {
    let other = |told: &str| std::io::Error::other(told.to_owned());
    let path = path.canonicalize()?;
    let found = std::fs::read(&path)?;
    let (mark, text) = found.split_at(if found.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 });
    if text != before.as_bytes() {
        return Err(other("it was changed meanwhile"));
    }
    let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(|| other("its name is no text"))?;
    let beside = path.with_file_name(format!(".{name}.{}.new", std::process::id()));
    let written = OpenOptions::new().write(true).create_new(true).open(&beside).and_then(|mut file: File| {
        file.write_all(mark)?;
        file.write_all(after.as_bytes())?;
        file.set_permissions(std::fs::metadata(&path)?.permissions())?;
        file.sync_all()
    });
    written.and_then(|()| std::fs::rename(&beside, &path)).inspect_err(|_| {
        // What is left of it is in nobody's way; the error that is told is the first one.
        let _ = std::fs::remove_file(&beside);
    })
}
