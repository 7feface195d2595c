//! Plain lines for whom no terminal shows progress: the begin and end of each stream, and between them a line a stream
//! every ten seconds at most, with retries and waits in it.

use super::progress::{Phase, Progress};
use super::quantity::{between, instant};
use super::receipt;
use crate::diagnostic::clean;
use crate::event::Event;
use indexmap::IndexMap;
use jiff::Timestamp;

const EVERY_MS: u64 = 10_000;

/// Turns events into lines.
#[derive(Debug, Default)]
pub struct Lines {
    progress: Progress,
    /// When something was said of a stream last, and whether something happened since.
    said: IndexMap<String, (Timestamp, bool)>,
}

impl Lines {
    /// Takes an event that happened now, and returns what is to be said about it.
    pub fn hear(&mut self, event: &Event, now: Timestamp) -> Option<String> {
        let changed = self.progress.hear(event, now).map(str::to_owned);
        match event {
            Event::RunStarted { run, connector, target, streams, .. } => {
                let streams = streams.iter().map(|stream| clean(stream)).collect::<Vec<_>>().join(", ");
                Some(format!("{} → {}: {streams} (run {})", clean(connector), clean(target), clean(run)))
            }
            Event::Settings { stream: Some(stream), text } => Some(format!("{}: {}", clean(stream), clean(text))),
            Event::Settings { stream: None, text } => Some(clean(text)),
            Event::StreamStarted { stream, mode, resumed_from } => {
                self.said.insert(stream.clone(), (now, false));
                let resumed = resumed_from.map(|from| format!(", goes on with the pass that began {}", instant(from)));
                Some(format!("{}: begins ({}{})", clean(stream), clean(mode), resumed.unwrap_or_default()))
            }
            Event::StreamEnded { receipt } => {
                self.said.shift_remove(&receipt.stream);
                Some(receipt::stream_line(receipt))
            }
            _ => self.progress_of(&changed?, now),
        }
    }

    /// Returns what became due since: of each stream that changed, one line.
    pub fn tick(&mut self, now: Timestamp) -> Vec<String> {
        let due: Vec<String> = self
            .said
            .iter()
            .filter(|(_, (at, changed))| *changed && between(*at, now) >= EVERY_MS)
            .map(|(name, _)| name.clone())
            .collect();
        due.iter().filter_map(|name| self.progress_of(name, now)).collect()
    }

    fn progress_of(&mut self, name: &str, now: Timestamp) -> Option<String> {
        if self.progress.stream(name)?.phase == Phase::Ended {
            return None;
        }
        let (at, changed) = self.said.entry(name.to_owned()).or_insert((now, true));
        *changed = true;
        if between(*at, now) < EVERY_MS {
            return None;
        }
        (*at, *changed) = (now, false);
        self.progress.line(name, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Coverage, Failure, FaultKind, StreamReceipt};

    #[test]
    fn a_stream_is_told_every_ten_seconds_at_most() {
        let at = |seconds: i64| Timestamp::from_second(1_717_113_600 + seconds).unwrap();
        let stream = "orders".to_owned();
        let page = |records| Event::Page {
            stream: stream.clone(),
            partition: "{}".into(),
            index: 0,
            records,
            refused: 0,
            bytes: 0,
            claimed: None,
        };
        let mut ended = StreamReceipt::new("orders", "append");
        (ended.read, ended.pages) = (40, 4);
        let message = "connection reset".to_owned();
        ended.coverage = Coverage::Failed {
            failure: Failure { kind: FaultKind::Network, message: message.clone(), temporary: true },
        };
        let run = Event::RunStarted {
            run: "r1".into(),
            connector: "shop".into(),
            target: "sqlite:weir.db".into(),
            streams: vec![stream.clone()],
            at: at(0),
        };
        let retry = Event::Retrying {
            stream: stream.clone(),
            partition: "{}".into(),
            attempt: 1,
            wait_ms: 5000,
            kind: FaultKind::Network,
            message,
        };
        let events = [
            (0, run),
            (0, Event::Settings { stream: Some(stream.clone()), text: "`status` is tested by the API".into() }),
            (0, Event::StreamStarted { stream: stream.clone(), mode: "append".into(), resumed_from: Some(at(-60)) }),
            (1, page(10)),
            (9, page(10)),
            (11, page(10)),
            (12, page(10)),
            (19, retry),
            (25, Event::StreamEnded { receipt: ended }),
        ];
        let (mut lines, mut told) = (Lines::default(), Vec::new());
        for (seconds, event) in events {
            told.extend(lines.tick(at(seconds)).into_iter().map(|line| format!("{seconds} tick {line}")));
            told.extend(lines.hear(&event, at(seconds)).map(|line| format!("{seconds} {line}")));
        }
        told.extend(lines.tick(at(60)));
        insta::assert_snapshot!(told.join("\n"), @r"
        0 shop → sqlite:weir.db: orders (run r1)
        0 orders: `status` is tested by the API
        0 orders: begins (append, goes on with the pass that began 2024-05-30 23:59:00 UTC)
        11 tick orders: 20 rows · 2 pages · 2 rows/s
        25 tick orders: 40 rows · 4 pages · 0 rows/s · waited: network: connection reset; try 2 is next
        25 orders: FAILED · 0 rows of 40 received · 4 pages · network: connection reset (it may pass)
        ");
    }
}
