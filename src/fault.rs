//! What goes wrong at run time: one type, which callers ask and never parse.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// Whose matter it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Config,
    Auth,
    Quota,
    Network,
    Source,
    Data,
    Contract,
    /// The place that rows are written to, or the ledger in it.
    Destination,
    Internal,
}

impl Kind {
    pub fn word(self) -> &'static str {
        match self {
            Kind::Config => "config",
            Kind::Auth => "auth",
            Kind::Quota => "quota",
            Kind::Network => "network",
            Kind::Source => "source",
            Kind::Data => "data",
            Kind::Contract => "contract",
            Kind::Destination => "destination",
            Kind::Internal => "internal",
        }
    }
}

/// Whether trying again may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    Permanent,
    Temporary,
}

/// A failure. Messages are lower case, without full stop; they hold no secret and no query of an address.
pub struct Fault(Box<Inner>);

struct Inner {
    kind: Kind,
    status: Status,
    operation: &'static str,
    message: String,
    context: Vec<(&'static str, String)>,
    retry_after: Option<Duration>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Fault {
    pub fn new(kind: Kind, operation: &'static str, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            status: Status::Permanent,
            operation,
            message: message.into(),
            context: Vec::new(),
            retry_after: None,
            source: None,
        }))
    }

    /// Marks the failure as one that may pass.
    #[must_use]
    pub fn temporary(mut self) -> Self {
        self.0.status = Status::Temporary;
        self
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.context.push((name, value.into()));
        self
    }

    /// Says the same in other words: message and context.
    #[must_use]
    pub fn reworded(mut self, say: impl Fn(&str) -> String) -> Self {
        self.0.message = say(&self.0.message);
        for (_, value) in &mut self.0.context {
            *value = say(value);
        }
        self
    }

    /// What would be a matter of settings is one of the API, which gave the value.
    #[must_use]
    pub fn of_the_source(mut self) -> Self {
        if self.0.kind == Kind::Config {
            self.0.kind = Kind::Source;
        }
        self
    }

    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    #[must_use]
    pub fn caused_by(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Box::new(source));
        self
    }

    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    pub fn is_temporary(&self) -> bool {
        self.0.status == Status::Temporary
    }

    pub fn operation(&self) -> &'static str {
        self.0.operation
    }

    pub fn message(&self) -> &str {
        &self.0.message
    }

    pub fn context(&self) -> &[(&'static str, String)] {
        &self.0.context
    }

    /// Returns how long the other side asked to wait.
    pub fn wait(&self) -> Option<Duration> {
        self.0.retry_after
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.message)?;
        for (at, (name, value)) in self.0.context.iter().enumerate() {
            write!(out, "{}{name} {value}", if at == 0 { " (" } else { ", " })?;
        }
        if self.0.context.is_empty() { Ok(()) } else { out.write_str(")") }
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?} {} fault in {}: {self}", self.0.status, self.0.kind.word(), self.0.operation)?;
        match &self.0.source {
            Some(source) => write!(out, ", caused by: {source}"),
            None => Ok(()),
        }
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_is_one_line_and_debug_tells_the_story() {
        let fault = Fault::new(Kind::Data, "evaluate", "a text is no condition").with("stream", "users").temporary();
        assert_eq!(fault.to_string(), "a text is no condition (stream users)");
        assert_eq!(format!("{fault:?}"), "Temporary data fault in evaluate: a text is no condition (stream users)");
        assert!(fault.is_temporary() && fault.wait().is_none());
    }
}
