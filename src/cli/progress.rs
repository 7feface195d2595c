//! What a run tells on stderr while it goes on: moving lines on a terminal, plain lines elsewhere, events for programs.

use super::ui::Lines as Stderr;
use crate::engine::Clock;
use crate::event::{Event, Listener};
use crate::report::line::Lines;
use crate::report::progress::{Phase, Progress};
use crate::report::{self, receipt};
use indexmap::IndexMap;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Show {
    /// A line a stream that moves.
    Moving,
    /// A line now and then.
    Plain,
    Nothing,
}

/// Where events are written for programs.
pub(super) enum Events {
    Stderr,
    To(Box<dyn Write + Send>),
}

/// So many streams are shown moving at once.
const MOST_BARS: usize = 12;

/// Listens to a run and tells of it.
pub(super) struct Teller {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    /// Moving lines; whoever else writes to the terminal suspends them.
    bars: Option<MultiProgress>,
}

struct State {
    progress: Progress,
    lines: Option<Lines>,
    bars: IndexMap<String, ProgressBar>,
    events: Option<Events>,
    stderr: Stderr,
}

impl Teller {
    pub(super) fn new(show: Show, events: Option<Events>, stderr: Stderr, clock: Arc<dyn Clock>) -> Self {
        // On stderr there is either one or the other: a program that reads lines of JSON gets nothing else.
        let show = if matches!(events, Some(Events::Stderr)) { Show::Nothing } else { show };
        let bars =
            (show == Show::Moving).then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10)));
        let lines = (show == Show::Plain).then(Lines::default);
        let state = State { progress: Progress::default(), lines, bars: IndexMap::new(), events, stderr };
        Self { clock, state: Mutex::new(state), bars }
    }

    /// Tells what became due: to be called a few times a second.
    pub(super) fn tick(&self) {
        let now = self.clock.now();
        let state = &mut *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lines) = &mut state.lines {
            for line in lines.tick(now) {
                state.stderr.line(&line);
            }
        }
        for (name, bar) in &state.bars {
            if state.progress.stream(name).is_some_and(|stream| stream.phase == Phase::Reading)
                && let Some(line) = state.progress.line(name, now)
            {
                bar.set_message(line);
            }
        }
    }

    /// Says something that is no event, above what moves.
    pub(super) fn say(&self, text: &str) {
        let state = &mut *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !matches!(state.events, Some(Events::Stderr)) {
            self.above(|| state.stderr.line(text));
        }
    }

    /// Takes the moving lines away.
    pub(super) fn clear(&self) {
        if let Some(bars) = &self.bars {
            // What can't be drawn needs no clearing.
            let _ = bars.clear();
        }
    }

    /// Gives a writer to the terminal below whose lines nothing moves.
    pub(super) fn beside<W: Write + Send + 'static>(&self, to: W) -> Box<dyn Write + Send> {
        match &self.bars {
            Some(bars) => Box::new(Beside { bars: bars.clone(), to }),
            None => Box::new(to),
        }
    }

    /// Lets something be written where nothing moves meanwhile.
    pub(super) fn above(&self, write: impl FnOnce()) {
        match &self.bars {
            Some(bars) => bars.suspend(write),
            None => write(),
        }
    }

    fn moving(&self, state: &mut State, event: &Event, changed: Option<&str>) {
        let Some(bars) = &self.bars else { return };
        match event {
            Event::Settings { stream, text } => {
                let of = stream.as_ref().map(|stream| format!("{stream}: ")).unwrap_or_default();
                let told = crate::diagnostic::clean(&format!("{of}{text}"));
                bars.suspend(|| state.stderr.line(&told));
            }
            Event::StreamEnded { receipt } => {
                if let Some(bar) = state.bars.shift_remove(&receipt.stream) {
                    bar.finish_and_clear();
                    bars.remove(&bar);
                }
                bars.suspend(|| state.stderr.line(&receipt::stream_line(receipt)));
            }
            _ => {
                let Some(name) = changed else { return };
                if !state.bars.contains_key(name) && state.bars.len() < MOST_BARS {
                    let bar = bars.add(ProgressBar::new_spinner().with_style(style()));
                    state.bars.insert(name.to_owned(), bar);
                }
            }
        }
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{wide_msg}").unwrap_or_else(|_| ProgressStyle::default_spinner())
}

impl Listener for Teller {
    fn tell(&self, event: &Event) {
        let now = self.clock.now();
        let state = &mut *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut state.events {
            Some(Events::Stderr) => state.stderr.line(&report::event_json(event)),
            Some(Events::To(file)) => {
                // Who follows the file wants each event when it happens. A full disk must not end the run.
                let written = writeln!(file, "{}", report::event_json(event)).and_then(|()| file.flush());
                if let Err(error) = written {
                    state.events = None;
                    self.above(|| state.stderr.line(&format!("warning: events can't be written any more: {error}")));
                }
            }
            None => {}
        }
        if let Some(lines) = &mut state.lines
            && let Some(line) = lines.hear(event, now)
        {
            state.stderr.line(&line);
        }
        if self.bars.is_some() {
            let changed = state.progress.hear(event, now).map(str::to_owned);
            self.moving(state, event, changed.as_deref());
        }
    }
}

/// Writes to the same terminal as the moving lines.
struct Beside<W> {
    bars: MultiProgress,
    to: W,
}

impl<W: Write> Write for Beside<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let Self { bars, to } = self;
        bars.suspend(|| to.write(bytes).and_then(|written| to.flush().map(|()| written)))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}
