//! What can be wrong in a JSON text.

use std::fmt;

/// How deep JSON may be nested.
pub const DEEPEST: usize = 128;
/// The longest number, in digits.
pub(super) const LONGEST_NUMBER: usize = 1000;

/// What is wrong in a JSON text, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flaw {
    pub at: usize,
    pub what: What,
}

/// What is wrong in a JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The text ends inside a value.
    End,
    /// Something else stands where a value, a key or a sign is expected.
    Unexpected(&'static str),
    Depth,
    Number,
    /// A number of too many digits.
    LongNumber,
    Control,
    Escape,
    Surrogate,
    /// A key stands twice in one object.
    Twice,
    Trailing,
}

impl Flaw {
    /// Tells the flaw in the words of whoever wrote the text.
    pub fn told(&self, text: &str) -> String {
        let here = || -> String {
            let rest = text.get(self.at..).unwrap_or_default();
            let word = rest.find(|char: char| !char.is_alphanumeric()).filter(|end| *end > 0);
            rest[..word.unwrap_or(rest.chars().next().map_or(0, char::len_utf8))].chars().take(40).collect()
        };
        match self.what {
            What::End => "the JSON ends inside a value".into(),
            What::Unexpected("a value") => format!("`{}` is no JSON value", here()),
            What::Unexpected(wanted) => format!("`{}` where {wanted} is expected", here()),
            What::Depth => format!("nesting deeper than {DEEPEST}"),
            What::Number => "a number that JSON does not know".into(),
            What::LongNumber => format!("a number of more than {LONGEST_NUMBER} digits"),
            What::Control => "a control character inside a text".into(),
            What::Escape => "an escape that JSON does not know".into(),
            What::Surrogate => "a lone surrogate, which is no character".into(),
            What::Twice => {
                let key = text.get(self.at + 1..).and_then(|rest| rest.split('"').next()).unwrap_or_default();
                format!("the key `{}` stands twice", key.chars().take(40).collect::<String>())
            }
            What::Trailing => "text after the JSON value".into(),
        }
    }

    /// The same flaw in a text of which this one is a part.
    #[must_use]
    pub fn within(mut self, offset: usize) -> Self {
        self.at += offset;
        self
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} (byte {})", self.told(""), self.at)
    }
}
