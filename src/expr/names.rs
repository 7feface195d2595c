//! What is in scope where an expression stands, with its type.

use super::types::Types;
use crate::name::nearest;
use std::sync::Arc;

/// The number of a name. Reserved names have fixed ones; those that authors give begin at [`Root::FIRST_OWN`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Root(pub u16);

macro_rules! reserved {
    ($($constant:ident $name:literal $scope:literal;)*) => {
        /// Names of the language with where they are in scope; no author may take one.
        const RESERVED: &[(&str, &str)] = &[$(($name, $scope)),*];
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Number { $($constant),* }
        impl Root { $(pub const $constant: Root = Root(Number::$constant as u16);)* }
    };
}

reserved! {
    PARAMS "params" "everywhere";
    NOW "now" "in requests, `auth`, `for_each` and `incremental`";
    STREAM "stream" "in requests of a stream, `limits` and `errors`";
    WINDOW "window" "in requests, `filter`, `deleted` and `transform` of a stream with `incremental`";
    PAGE "page" "in requests of a stream, in paging and in `errors`";
    JOB "job" "in `job` and in requests of a stream that has one";
    AUTH "auth" "in `base`, `hosts` and requests";
    RECORD "record" "in `filter`, `deleted`, `transform`, computed fields and `file`";
    RECORDS "records" "in paging: `next`, `while`, `until`, `total`";
    RESPONSE "response" "in paging, `job`, `errors` and sources; computed fields see `response.headers` and `response.status`";
    INPUT "input" "in `actions`";
    KEY "key" "in `get` and `actions`";
    TOKEN "token" "in `auth`, under `then`";
    ROWS "rows" "in `write`";
    ROW "row" "in `write`";
    BODY "body" "as `response.body`";
    HEADERS "headers" "as `response.headers`";
    STATUS "status" "as `response.status`";
    FIELDS "fields" "in requests, as `fields()`";
    UUID "uuid" "in requests, as `uuid()`";
    TODAY "today" "where `now` is, as `today()`";
    CHANGE "change" "in `changes.deleted`";
    REPLY "base" "in tests' `reply`";
}

impl Root {
    pub const FIRST_OWN: u16 = 32;

    /// Returns the number of a reserved name.
    pub fn reserved(name: &str) -> Option<Root> {
        RESERVED.iter().zip(0..).find(|((known, _), _)| *known == name).map(|(_, number)| Root(number))
    }

    /// Returns the number of the nth name that authors gave.
    pub fn own(index: u16) -> Root {
        Root(Self::FIRST_OWN + index)
    }
}

/// What is known about a value that a name stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Unchecked and chainable: what comes from an API.
    Data,
    /// Exactly these members.
    Record(Arc<[(Arc<str>, Member)]>),
    List(Box<Shape>),
    Scalar(Types),
}

impl Shape {
    pub fn record<N: Into<Arc<str>>>(members: impl IntoIterator<Item = (N, Member)>) -> Shape {
        Shape::Record(members.into_iter().map(|(name, member)| (name.into(), member)).collect())
    }

    /// Says whether some member, however deep, is a secret.
    pub fn holds_secret(&self) -> bool {
        match self {
            Shape::Record(members) => members.iter().any(|(_, member)| member.secret || member.shape.holds_secret()),
            Shape::List(inner) => inner.holds_secret(),
            Shape::Data | Shape::Scalar(_) => false,
        }
    }

    pub fn types(&self) -> Types {
        match self {
            Shape::Data => Types::ANY,
            Shape::Record(_) => Types::MAP,
            Shape::List(_) => Types::LIST,
            Shape::Scalar(types) => *types,
        }
    }
}

/// One member of a [`Shape::Record`].
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    pub shape: Shape,
    pub secret: bool,
    /// Set if the member may be absent: the advice for who puts it into text.
    pub absent: Option<Arc<str>>,
}

impl Member {
    pub fn new(shape: Shape) -> Member {
        Member { shape, secret: false, absent: None }
    }

    pub fn of(types: Types) -> Member {
        Member::new(Shape::Scalar(types))
    }

    #[must_use]
    pub fn secret(mut self) -> Member {
        self.secret = true;
        self
    }

    /// Marks the member as one that may be absent; `advice` follows "may be absent: ".
    #[must_use]
    pub fn absent(mut self, advice: impl Into<Arc<str>>) -> Member {
        self.absent = Some(advice.into());
        self
    }
}

/// What one name stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub root: Root,
    pub shape: Shape,
    pub secret: bool,
}

/// The names in scope at a place, in order, and which functions of requests may be called.
#[derive(Clone, Debug, Default)]
pub struct Names {
    entries: Vec<(Arc<str>, Entry)>,
    elsewhere: Vec<(Arc<str>, Arc<str>)>,
    advice: Vec<(Arc<str>, Arc<str>)>,
    /// `fields()` may be called.
    pub fields: bool,
    /// `uuid()` may be called.
    pub uuid: bool,
}

impl Names {
    pub fn new() -> Names {
        Names::default()
    }

    /// Adds a name; a later one of the same name hides the earlier.
    pub fn insert(&mut self, name: impl Into<Arc<str>>, entry: Entry) {
        let name = name.into();
        self.entries.retain(|(known, _)| *known != name);
        self.entries.push((name, entry));
    }

    /// Adds a reserved name with its fixed number; a word that is not reserved is added as the first own name.
    #[must_use]
    pub fn with(mut self, name: &str, shape: Shape) -> Names {
        let root = Root::reserved(name).unwrap_or(Root(Root::FIRST_OWN));
        self.insert(name, Entry { root, shape, secret: false });
        self
    }

    /// Adds a name that an author gave.
    #[must_use]
    pub fn own(mut self, name: &str, index: u16, shape: Shape) -> Names {
        self.insert(name, Entry { root: Root::own(index), shape, secret: false });
        self
    }

    #[must_use]
    pub fn with_functions(mut self, fields: bool, uuid: bool) -> Names {
        (self.fields, self.uuid) = (fields, uuid);
        self
    }

    /// Says where a name that is not in scope here has its place: `explanation` follows "`x` is ".
    pub fn elsewhere(&mut self, name: impl Into<Arc<str>>, explanation: impl Into<Arc<str>>) {
        self.elsewhere.push((name.into(), explanation.into()));
    }

    /// Gives a help for a name that means nothing in the language.
    pub fn advise(&mut self, name: impl Into<Arc<str>>, help: impl Into<Arc<str>>) {
        self.advice.push((name.into(), help.into()));
    }

    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|(known, _)| &**known == name).map(|(_, entry)| entry)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|(name, entry)| (&**name, entry))
    }

    /// Returns the name in scope that is nearest to an unknown one.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.entries.iter().map(|(known, _)| &**known))
    }

    /// Explains where a name is in scope that is not in scope here.
    pub(super) fn explain(&self, name: &str) -> Option<String> {
        let told = self.elsewhere.iter().find(|(known, _)| &**known == name).map(|(_, text)| text.to_string());
        told.or_else(|| {
            let (_, scope) = RESERVED.iter().find(|(known, _)| *known == name)?;
            Some(format!("in scope {scope}"))
        })
    }

    pub(super) fn advice(&self, name: &str) -> Option<String> {
        let told = self.advice.iter().find(|(known, _)| &**known == name).map(|(_, text)| text.to_string());
        told.or_else(|| super::foreign::name(name).map(ToOwned::to_owned))
    }
}
