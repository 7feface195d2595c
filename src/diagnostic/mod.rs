//! What is wrong with a manifest, told so that its author can mend it.
//!
//! Every check pushes [`Diagnostic`]s into a [`Report`]; `render` shows them to people and to programs. Codes are
//! stable and have a page each (`weir explain`).

mod codes;
mod excerpt;
mod fix;
mod flaw;
pub mod render;

pub use codes::{Code, Severity};
pub use excerpt::clean;
pub use fix::{Edit, Fixed, apply_fixes};
pub use flaw::{from_flaw, quote};

use crate::text::{Sources, Span};
use std::ops::Range;

/// One finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    pub code: Code,
    pub severity: Severity,
    /// Lower case, no full stop, in the author's words.
    pub message: String,
    pub primary: Span,
    /// Further places, each with what it is: "first here".
    pub secondary: Vec<(Span, String)>,
    /// What to do.
    pub help: Option<String>,
    /// The nearest right word.
    pub nearest: Option<String>,
    pub fix: Option<Fix>,
}

/// An edit that mends a finding. Only a `safe` one is applied by `weir validate --fix`.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    pub span: Span,
    pub replacement: String,
    pub safe: bool,
}

/// A finding inside a text that does not know yet where the text stands: places are bytes of the *decoded* text.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub code: Code,
    pub range: Range<usize>,
    pub message: String,
    pub help: Option<String>,
    pub nearest: Option<String>,
    /// What to write instead of `range`.
    pub replacement: Option<String>,
}

impl Problem {
    pub fn new(code: Code, range: Range<usize>, message: impl Into<String>) -> Self {
        Self { code, range, message: message.into(), help: None, nearest: None, replacement: None }
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    #[must_use]
    pub fn nearest(mut self, word: Option<impl Into<String>>) -> Self {
        self.nearest = word.map(Into::into);
        self
    }

    /// Gives the problem its place: `scalar` is the span of the text it was found in.
    pub fn at(self, sources: &Sources, scalar: Span) -> Diagnostic {
        let span = sources.inner(scalar, self.range);
        Diagnostic {
            fix: self.replacement.map(|replacement| Fix { span, replacement, safe: false }),
            help: self.help,
            nearest: self.nearest,
            ..Diagnostic::new(self.code, span, self.message)
        }
    }
}

impl Diagnostic {
    pub fn new(code: Code, primary: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            primary,
            secondary: Vec::new(),
            help: None,
            nearest: None,
            fix: None,
        }
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    #[must_use]
    pub fn nearest(mut self, word: Option<impl Into<String>>) -> Self {
        self.nearest = word.map(Into::into);
        self
    }

    #[must_use]
    pub fn also(mut self, span: Span, label: impl Into<String>) -> Self {
        self.secondary.push((span, label.into()));
        self
    }
}

/// All findings of one check, each told once.
#[derive(Debug, Default)]
pub struct Report(Vec<Diagnostic>);

impl Report {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        // A setting of `defaults` is checked in the scope of each stream that takes it; its author wrote it once.
        let told = |known: &Diagnostic| known.code == diagnostic.code && known.primary == diagnostic.primary;
        if !self.0.iter().any(told) {
            self.0.push(diagnostic);
        }
    }

    /// Adds a word to the note of a place: one note a place, however many things it names.
    pub fn add_note(&mut self, code: Code, at: Span, word: &str, help: &str) {
        let told = format!("{}: ", code.title());
        match self.0.iter_mut().find(|known| known.code == code && known.primary == at) {
            Some(known) if known.message[told.len()..].split(", ").any(|known| known == word) => {}
            Some(known) => known.message = format!("{}, {word}", known.message),
            None => self.push(Diagnostic::new(code, at, format!("{told}{word}")).help(help)),
        }
    }

    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|found| found.severity == Severity::Error)
    }

    /// Returns the findings in file order, errors before warnings before notes at one place.
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut all: Vec<&Diagnostic> = self.0.iter().collect();
        all.sort_by_key(|found| (found.primary.source, found.primary.start, found.severity, found.code));
        all
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn append(&mut self, other: Report) {
        for diagnostic in other.0 {
            self.push(diagnostic);
        }
    }
}
