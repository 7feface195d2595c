//! The only place that prints: results to stdout, everything else to stderr.

use super::Exit;
use super::arguments::Format;
use super::surroundings::{Aside, Surroundings};
use anstream::stream::{AsLockedWrite, RawStream};
use anstream::{AutoStream, ColorChoice};
use std::io::{ErrorKind, Write};

/// Where a command prints.
pub(super) struct Ui {
    out: Stream<std::io::Stdout>,
    err: Stream<std::io::Stderr>,
    /// The width of the terminal that shows the results; `None` if a program reads them.
    pub(super) width: Option<usize>,
    pub(super) quiet: bool,
    pub(super) verbose: bool,
}

/// Lines on stderr beside those of [`Ui`].
pub(super) struct Lines(Stream<std::io::Stderr>);

impl Lines {
    pub(super) fn line(&mut self, text: &str) {
        self.0.write(&format!("{text}\n"));
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.to.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.to.flush()
    }
}

struct Stream<S: RawStream + AsLockedWrite> {
    to: AutoStream<S>,
    coloured: bool,
    ended: Option<ErrorKind>,
}

impl Ui {
    pub(super) fn new(around: &Surroundings) -> Self {
        Self {
            out: Stream::new(std::io::stdout(), around.colour && around.out_is_terminal),
            err: Stream::new(std::io::stderr(), around.colour && around.err != Aside::Piped),
            width: around.width,
            quiet: false,
            verbose: false,
        }
    }

    /// Says whether results may have colours.
    pub(super) fn coloured(&self) -> bool {
        self.out.coloured
    }

    /// Prints a result.
    pub(super) fn result(&mut self, text: &str) {
        self.out.write(text);
    }

    /// Prints a result for programs.
    pub(super) fn value(&mut self, format: Format, value: &serde_json::Value) {
        let text = match format {
            // What is written was made here of plain values: it can't fail.
            Format::Yaml => serde_yaml::to_string(value).unwrap_or_default(),
            Format::Text | Format::Json => format!("{value:#}\n"),
        };
        self.out.write(&text);
    }

    /// Tells something that is no result, unless only results were asked for.
    pub(super) fn status(&mut self, text: &str) {
        if !self.quiet {
            self.err.write(&format!("{text}\n"));
        }
    }

    /// Tells what went wrong, and what to do.
    pub(super) fn error(&mut self, message: &str, help: Option<&str>) {
        let (bold, red, reset) = if self.err.coloured { ("\x1b[1m", "\x1b[31m", "\x1b[0m") } else { ("", "", "") };
        let mut text = format!("{bold}{red}error{reset}: {message}\n");
        if let Some(help) = help {
            text.extend(["  ", bold, "help", reset, ": ", help, "\n"]);
        }
        self.err.write(&text);
    }

    /// Prints on stderr as it is.
    pub(super) fn aside(&mut self, text: &str) {
        self.err.write(text);
    }

    /// Returns a way to stderr that another may hold while a run goes on.
    pub(super) fn lines(&self) -> Lines {
        Lines(Stream::new(std::io::stderr(), self.err.coloured))
    }

    /// Says whether what goes to stderr may have colours.
    pub(super) fn aside_coloured(&self) -> bool {
        self.err.coloured
    }

    /// Ends printing. Who stops reading has what they wanted; results that could not be written are a failure.
    pub(super) fn finish(mut self, exit: Exit) -> Exit {
        self.out.write("");
        match self.out.ended {
            None => exit,
            Some(ErrorKind::BrokenPipe) => Exit::Ok,
            Some(kind) => {
                self.error(&format!("results can't be written: {kind}"), None);
                exit.or(Exit::Failed)
            }
        }
    }
}

impl<S: RawStream + AsLockedWrite> Stream<S> {
    fn new(stream: S, coloured: bool) -> Self {
        let choice = if coloured { ColorChoice::Always } else { ColorChoice::Never };
        Self { to: AutoStream::new(stream, choice), coloured, ended: None }
    }

    fn write(&mut self, text: &str) {
        if self.ended.is_none() {
            let written = self.to.write_all(text.as_bytes()).and_then(|()| self.to.flush());
            self.ended = written.err().map(|error| error.kind());
        }
    }
}
