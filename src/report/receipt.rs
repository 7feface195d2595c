//! The receipt for people: what a tired engineer wants to read when a run is over.
//!
//! A block for each stream says how much is covered and how it is known; the end says what to do.

use super::advice;
use super::quantity::{between, bytes, duration, instant, rows, thousands};
use super::words;
use crate::diagnostic::clean;
use crate::event::{Coverage, Note, Outcome, Quality, Receipt, StreamReceipt};

/// So many partitions that are not complete are told one by one.
const MOST_UNREAD: usize = 10;
const LABEL: usize = 11;

/// Writes a receipt for people.
pub fn text(receipt: &Receipt) -> String {
    let mut page = Page::default();
    page.head(receipt);
    for stream in &receipt.streams {
        page.stream(stream);
    }
    page.end(receipt);
    page.0
}

/// Writes a receipt as one line, for lists.
pub fn short(receipt: &Receipt) -> String {
    let read: u64 = receipt.streams.iter().map(|stream| stream.read).sum();
    let clean_ones = receipt.streams.iter().filter(|stream| stream.is_clean()).count();
    format!(
        "{} of {} clean, {} in {}",
        clean_ones,
        if receipt.streams.len() == 1 { "1 stream".into() } else { format!("{} streams", receipt.streams.len()) },
        rows(read),
        words::requests(receipt.requests),
    )
}

/// Writes what became of a stream as one line.
pub fn stream_line(stream: &StreamReceipt) -> String {
    let amount = match stream.coverage {
        // A page may hold more than was asked for; rows may be filtered out or known.
        _ if stream.written < stream.read && stream.mode != "upsert" => {
            format!("{} of {} received", rows(stream.written), thousands(stream.read))
        }
        _ => rows(stream.read),
    };
    let mut parts = vec![words::coverage(&stream.coverage)];
    let failed = matches!(stream.coverage, Coverage::Failed { .. } | Coverage::Skipped { .. });
    if failed && stream.pages == 0 {
        parts.extend(reason(stream));
        return format!("{}: {}", clean(&stream.stream), parts.join(" · "));
    }
    parts.push(amount);
    let effects = words::effects(stream);
    if !effects.is_empty() {
        parts.push(effects);
    }
    if let Quality::Refused(count) = stream.quality {
        parts.push(format!("{} refused", thousands(count)));
    }
    parts.push(words::pages(stream.pages));
    parts.extend(reason(stream));
    format!("{}: {}", clean(&stream.stream), parts.join(" · "))
}

/// Says why a stream is not complete.
fn reason(stream: &StreamReceipt) -> Option<String> {
    match &stream.coverage {
        Coverage::Failed { failure } => Some(words::failure(failure)),
        Coverage::Skipped { cause } => Some(clean(cause)),
        Coverage::Partial { unread, .. } => unread.first().map(|unread| words::failure(&unread.failure)),
        Coverage::Complete | Coverage::Asked { .. } => None,
    }
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn head(&mut self, receipt: &Receipt) {
        let version = receipt.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
        self.line(&format!("{}{} → {}", clean(&receipt.connector), clean(&version), clean(&receipt.target)));
        self.labelled("run", &format!("{}, {}", clean(&receipt.run), words::outcome(receipt.outcome)));
        let took = receipt.ended.map(|ended| format!(", took {}", duration(between(receipt.started, ended))));
        self.labelled("began", &format!("{}{}", instant(receipt.started), took.unwrap_or_default()));
        let commits = if receipt.commits == 1 { "1 commit".into() } else { format!("{} commits", receipt.commits) };
        let has_end = matches!(receipt.outcome, Outcome::Finished | Outcome::Cancelled);
        let sum = format!("{}, {} received, {commits}", words::requests(receipt.requests), bytes(receipt.bytes));
        self.labelled("in all", if has_end { &sum } else { "not known: it is counted when a run ends" });
        if let Some(failure) = &receipt.failure {
            self.labelled("FAILURE", &words::failure(failure));
        }
        self.notes(&receipt.notes);
    }

    fn stream(&mut self, stream: &StreamReceipt) {
        let quality = match stream.quality {
            Quality::Clean if stream.notes.iter().any(|note| note.suspicious) => ", SUSPICIOUS".into(),
            Quality::Clean if stream.is_clean() => ", clean".into(),
            Quality::Clean => String::new(),
            Quality::Refused(1) => ", 1 record REFUSED".into(),
            Quality::Refused(count) => format!(", {} records REFUSED", thousands(count)),
        };
        self.line("");
        self.line(&format!(
            "{} ({}): {}{quality}",
            clean(&stream.stream),
            clean(&stream.mode),
            words::coverage(&stream.coverage)
        ));
        self.coverage(stream);
        if matches!(stream.coverage, Coverage::Skipped { .. }) && stream.requests == 0 {
            self.notes(&stream.notes);
            return;
        }
        let effects = words::effects(stream);
        let effects = if effects.is_empty() { effects } else { format!(": {effects}") };
        self.labelled(
            "rows",
            &format!("{} read, {} written{effects}", thousands(stream.read), thousands(stream.written)),
        );
        if stream.duplicates > 0 {
            let told = format!("{} had a key that came before in the same pass", rows(stream.duplicates));
            self.labelled("duplicates", &told);
        }
        let refused = if let Quality::Refused(count) = stream.quality { count } else { 0 };
        let told_of = stream.written + refused + stream.deleted.unwrap_or(0);
        if stream.read > told_of {
            let told = "filtered out, older than the position, or written before";
            self.labelled("left out", &format!("{}: {told}", rows(stream.read - told_of)));
        }
        if stream.mode == "replace" && !matches!(stream.coverage, Coverage::Complete) {
            self.labelled("shown", "what was there before: a replacement is shown when all of it is read");
        }
        // Of a part of the rows nobody knows how many there should be.
        if let Some(claimed) = stream.claimed.filter(|_| stream.coverage == Coverage::Complete) {
            let told = match claimed.cmp(&stream.read) {
                std::cmp::Ordering::Equal => "as many as were read".into(),
                std::cmp::Ordering::Greater => format!("{} more than were read", thousands(claimed - stream.read)),
                std::cmp::Ordering::Less => format!("{} fewer than were read", thousands(stream.read - claimed)),
            };
            self.labelled("claimed", &format!("the API says there are {}, {told}", thousands(claimed)));
        }
        let repeated =
            if stream.retries > 0 { format!(", {} repeated", thousands(stream.retries)) } else { String::new() };
        self.labelled(
            "asked",
            &format!("{}, {}{repeated}", words::pages(stream.pages), words::requests(stream.requests)),
        );
        self.ends(stream);
        if stream.waited_ms > 0 {
            self.labelled("waited", &format!("{}, because the API asked for it", duration(stream.waited_ms)));
        }
        if let Some(as_of) = stream.as_of {
            self.labelled("as of", &instant(as_of));
        }
        if let Some(from) = stream.resumed_from {
            self.labelled("resumed", &format!("the pass that began {}", instant(from)));
        }
        self.notes(&stream.notes);
    }

    fn coverage(&mut self, stream: &StreamReceipt) {
        match &stream.coverage {
            Coverage::Failed { failure } => self.labelled("because", &words::failure(failure)),
            Coverage::Skipped { cause } => self.labelled("because", &clean(cause)),
            Coverage::Partial { unread, count } => {
                // `*` is no partition.
                let named = count.saturating_sub(u64::from(unread.iter().any(|unread| unread.partition == "*")));
                let complete = stream.partitions.saturating_sub(named);
                self.labelled(
                    "complete",
                    &format!("{} of {}", thousands(complete), words::partitions(stream.partitions)),
                );
                for unread in unread.iter().take(MOST_UNREAD) {
                    let covered = match &unread.covered_to {
                        Some(covered) => format!("covered to {}", clean(covered)),
                        None => "nothing of it is covered".into(),
                    };
                    let told = format!("{}: {covered}; {}", clean(&unread.partition), words::failure(&unread.failure));
                    self.labelled("unread", &told);
                }
                let shown = u64::try_from(unread.len().min(MOST_UNREAD)).unwrap_or(u64::MAX);
                if *count > shown {
                    self.labelled("", &format!("… and {} more", thousands(count - shown)));
                }
            }
            Coverage::Complete | Coverage::Asked { .. } => {}
        }
    }

    fn ends(&mut self, stream: &StreamReceipt) {
        if stream.ends.is_empty() {
            return;
        }
        let told: Vec<String> = match stream.ends.iter().collect::<Vec<_>>().as_slice() {
            [(sign, 1)] if stream.partitions <= 1 => vec![words::sign(**sign)],
            all => {
                all.iter().map(|(sign, count)| format!("{} ({})", words::sign(**sign), thousands(**count))).collect()
            }
        };
        let of =
            if stream.partitions > 1 { format!("{}: ", words::partitions(stream.partitions)) } else { String::new() };
        self.labelled("ended by", &format!("{of}{}", told.join(", ")));
    }

    fn notes(&mut self, notes: &[Note]) {
        for note in notes {
            let times = if note.count > 1 { format!(" ({} times)", thousands(note.count)) } else { String::new() };
            let label = if note.suspicious { "SUSPICIOUS" } else { "note" };
            self.labelled(label, &format!("{}{times}", clean(&note.text)));
        }
    }

    fn end(&mut self, receipt: &Receipt) {
        self.line("");
        self.line(&advice::verdict(receipt));
        for step in advice::next(receipt) {
            self.line(&format!("next: {}", clean(&step)));
        }
    }

    fn labelled(&mut self, label: &str, text: &str) {
        self.line(&format!("  {label:LABEL$}{text}"));
    }

    fn line(&mut self, text: &str) {
        self.0.push_str(text.trim_end());
        self.0.push('\n');
    }
}

#[cfg(test)]
mod tests;
