//! Sets of types: what is known about a value before there is one.

use crate::data::Value;
use std::fmt;
use std::ops::BitOr;

/// A set of the types that a value may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Types(u16);

impl Types {
    pub const NOTHING: Types = Types(0);
    pub const TEXT: Types = Types(1);
    pub const INTEGER: Types = Types(2);
    /// Any number, integers included in what it prints and compares as, but kept as digits.
    pub const NUMBER: Types = Types(4);
    pub const BOOL: Types = Types(8);
    pub const TIME: Types = Types(16);
    pub const LIST: Types = Types(32);
    pub const MAP: Types = Types(64);
    pub const NULL: Types = Types(128);
    pub const ABSENT: Types = Types(256);
    /// What data may be: everything.
    pub const ANY: Types = Types(511);
    /// What may be missing.
    pub const MISSING: Types = Types(128 | 256);
    /// What prints in text.
    pub const SCALAR: Types = Types(1 | 2 | 4 | 8 | 16);

    #[must_use]
    pub const fn or(self, other: Types) -> Types {
        Types(self.0 | other.0)
    }

    #[must_use]
    pub const fn and(self, other: Types) -> Types {
        Types(self.0 & other.0)
    }

    #[must_use]
    pub const fn without(self, other: Types) -> Types {
        Types(self.0 & !other.0)
    }

    /// Says whether some type is in both sets.
    pub const fn meets(self, other: Types) -> bool {
        self.0 & other.0 != 0
    }

    /// Says whether all of these types are in the other set, and there is one.
    pub const fn within(self, other: Types) -> bool {
        self.0 != 0 && self.0 & !other.0 == 0
    }

    pub fn of(value: &Value) -> Types {
        match value {
            Value::Absent => Types::ABSENT,
            Value::Null => Types::NULL,
            Value::Bool(_) => Types::BOOL,
            Value::Int(_) => Types::INTEGER,
            Value::Number(_) => Types::NUMBER,
            Value::Text(_) => Types::TEXT,
            Value::Time(_) => Types::TIME,
            Value::List(_) => Types::LIST,
            Value::Map(_) => Types::MAP,
        }
    }
}

impl BitOr for Types {
    type Output = Types;

    fn bitor(self, other: Types) -> Types {
        self.or(other)
    }
}

impl fmt::Display for Types {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        const WORDS: [(Types, &str); 9] = [
            (Types::TEXT, "a text"),
            (Types::INTEGER, "an integer"),
            (Types::NUMBER, "a number"),
            (Types::BOOL, "a boolean"),
            (Types::TIME, "a time"),
            (Types::LIST, "a list"),
            (Types::MAP, "a map"),
            (Types::NULL, "null"),
            (Types::ABSENT, "absent"),
        ];
        // A value that may be missing is told by what it is when it is there.
        let shown = if self.meets(Types(127)) { self.without(Types::MISSING) } else { *self };
        let words: Vec<_> = WORDS.iter().filter(|(one, _)| shown.meets(*one)).map(|(_, word)| *word).collect();
        match words.split_last() {
            None => out.write_str("nothing"),
            Some((last, [])) => out.write_str(last),
            Some((last, rest)) => write!(out, "{} or {last}", rest.join(", ")),
        }
    }
}
