//! Which names an expression may use where it stands: the table of SEMANTICS section 10.

use crate::data::{ParamType, Type};
use crate::expr::{Member, Names, Shape, Types};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

/// Where an expression stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum At {
    Base,
    Auth,
    /// Sources of a login or a token answer.
    AuthSource,
    AuthThen,
    Request,
    Paging,
    /// `while` and `until`, which also see `page.next`.
    PagingEnd,
    Job,
    /// `filter`, `deleted`, `transform`.
    Record,
    Field,
    Errors,
    Limits,
    LimitSource,
    ForEach,
    /// `when` of a parent; sees the entry's own name.
    ParentWhen,
    ParentRecurse,
    Incremental,
    Get,
    Action,
    Write,
    ChangesDeleted,
    DynamicName,
    When,
    SchemaRequest,
    File,
    DecodeWhen,
}

/// A name that an author gave, with what is known of its value.
pub type Given = (String, Shape);

/// What is in scope around one stream, action or step; [`Scopes::names`] cuts it for a place.
#[derive(Clone, Debug, Default)]
pub struct Scopes {
    pub params: Vec<(String, Member)>,
    /// Values kept from a token answer.
    pub auth: Vec<String>,
    pub once: Vec<Given>,
    /// The names of all values of `once`, also of those that are fetched later.
    pub all_once: Vec<String>,
    /// The request of a further page, which always has a cursor.
    pub further: bool,
    /// The names of `for_each`, and of the group of a dynamic stream.
    pub each: Vec<Given>,
    /// Within an entry of `for_each`: how many of these names its values see, and how many its conditions.
    pub entry: Option<(usize, usize)>,
    /// The bounds of this request, if the stream has positions.
    pub window: Option<WindowScope>,
    pub job: bool,
    /// A stream (and not a login, a `once`, an action of the connector).
    pub stream: bool,
    pub input: Option<Vec<(String, Member)>>,
    pub key: Option<Shape>,
}

/// The scopes of what is being compiled. Many expressions stand at one place: its names are cut once.
#[derive(Debug, Default)]
pub struct Scoped {
    scopes: Scopes,
    cut: RefCell<HashMap<At, Rc<Names>>>,
}

impl Scoped {
    /// Returns the names that are in scope at a place.
    pub fn cut(&self, at: At) -> Rc<Names> {
        self.cut.borrow_mut().entry(at).or_insert_with(|| Rc::new(self.scopes.names(at))).clone()
    }
}

impl From<Scopes> for Scoped {
    fn from(scopes: Scopes) -> Self {
        Self { scopes, cut: RefCell::default() }
    }
}

impl Deref for Scoped {
    type Target = Scopes;

    fn deref(&self) -> &Scopes {
        &self.scopes
    }
}

impl DerefMut for Scoped {
    /// Whoever changes the scopes changes the names of all places.
    fn deref_mut(&mut self) -> &mut Scopes {
        self.cut.get_mut().clear();
        &mut self.scopes
    }
}

/// What is known of `window`.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowScope {
    /// Whether `start` may be absent: no state and no `incremental.start`.
    pub start_absent: bool,
    pub types: Types,
}

impl Scopes {
    /// Returns the names that are in scope at a place.
    pub fn names(&self, at: At) -> Names {
        let mut names = Names::new();
        let request = matches!(
            at,
            At::Request | At::Paging | At::PagingEnd | At::Job | At::File | At::DecodeWhen | At::SchemaRequest
        );
        if at != At::ChangesDeleted {
            // Where params alone decide, what is missing is told when a connection is bound, by the param's name.
            let bound = matches!(at, At::Base | At::Auth | At::AuthThen | At::AuthSource);
            let params = self.params.iter().map(|(name, member)| {
                let absent = member.absent.clone().filter(|_| !bound);
                (name.as_str(), Member { absent, ..member.clone() })
            });
            names = names.with("params", Shape::record(params));
        }
        if request || matches!(at, At::Auth | At::AuthSource | At::AuthThen | At::ForEach | At::Incremental) {
            names = names.with("now", Shape::Scalar(Types::TIME));
        }
        if request || matches!(at, At::Base | At::Action | At::Get | At::Write) {
            let kept = self.auth.iter().map(|name| (name.as_str(), Member::new(Shape::Data)));
            names = names.with("auth", Shape::record(kept));
        }
        if self.stream && (request || matches!(at, At::Limits | At::LimitSource | At::Errors)) {
            names = names.with("stream", Shape::Scalar(Types::TEXT));
        }
        let windowed = request && at != At::SchemaRequest || matches!(at, At::Record | At::Field);
        if let (true, Some(window)) = (windowed, &self.window) {
            names = names.with("window", window.shape());
        }
        if self.stream
            && (matches!(at, At::Request | At::Paging | At::PagingEnd | At::File | At::DecodeWhen | At::Errors))
        {
            names = names.with("page", page(at == At::PagingEnd, self.further));
        }
        if self.job && (request || at == At::DecodeWhen) || at == At::Job {
            let job = ["id", "status", "result"].map(|name| (name, Member::new(Shape::Data)));
            names = names.with("job", Shape::record(job));
        }
        match at {
            At::Paging | At::PagingEnd => {
                names = names.with("records", Shape::List(Box::new(Shape::Data))).with("response", response(true));
            }
            At::Job | At::Errors | At::LimitSource | At::AuthSource => names = names.with("response", response(true)),
            At::Field | At::DecodeWhen => names = names.with("response", response(false)),
            _ => {}
        }
        if matches!(at, At::Record | At::Field | At::File | At::ParentRecurse | At::ChangesDeleted) {
            names = names.with("record", Shape::Data);
        }
        if at == At::ChangesDeleted {
            names = names.with("change", Shape::Data);
        }
        if at == At::AuthThen {
            names.insert(
                "token",
                crate::expr::Entry { root: crate::expr::Root::TOKEN, shape: Shape::Scalar(Types::TEXT), secret: true },
            );
        }
        if let (At::Action, Some(input)) = (at, &self.input) {
            names =
                names.with("input", Shape::record(input.iter().map(|(name, member)| (name.as_str(), member.clone()))));
        }
        if let (At::Action | At::Get, Some(key)) = (at, &self.key) {
            names = names.with("key", key.clone());
        }
        if at == At::Write {
            names = names.with("rows", Shape::List(Box::new(Shape::Data))).with("row", Shape::Data);
        }
        let given = |names: Names, given: &[Given], from: usize| {
            (from..).zip(given).fold(names, |names, (index, (name, shape))| {
                names.own(name, u16::try_from(index).unwrap_or(u16::MAX - 64), shape.clone())
            })
        };
        // `once` names are in scope wherever `params` is, but not in `base`, `auth` and `limits`.
        let once = !matches!(
            at,
            At::Base
                | At::Auth
                | At::AuthSource
                | At::AuthThen
                | At::Limits
                | At::LimitSource
                | At::ChangesDeleted
                | At::When
        );
        if once {
            names = given(names, &self.once, 0);
        }
        for name in self.all_once.iter().filter(|name| names.get(name).is_none()).cloned().collect::<Vec<_>>() {
            names.elsewhere(
                name,
                if once {
                    "a value of `once` that is fetched later"
                } else {
                    "a value of `once`: in scope wherever `params` is, except in `base`, `auth` and `limits`"
                },
            );
        }
        let each = request
            || matches!(
                at,
                At::Record
                    | At::Field
                    | At::Errors
                    | At::Limits
                    | At::LimitSource
                    | At::ForEach
                    | At::Incremental
                    | At::ParentWhen
                    | At::ParentRecurse
                    | At::DynamicName
            );
        if each {
            let seen = match (at, self.entry) {
                (At::ForEach, Some((values, _))) => values.min(self.each.len()),
                (At::ParentWhen | At::ParentRecurse, Some((_, conditions))) => conditions.min(self.each.len()),
                _ => self.each.len(),
            };
            let (seen, later) = self.each.split_at(seen);
            names = given(names, seen, self.once.len());
            for (name, _) in later {
                names.elsewhere(
                    name.as_str(),
                    "a name of `for_each` that is given later: an entry sees those before it",
                );
            }
        }
        if self.stream && self.window.is_none() {
            names.elsewhere("window", "only there in a stream with `incremental` or `changes`");
        }
        names.with_functions(
            self.stream && request && at != At::SchemaRequest,
            request || matches!(at, At::Action | At::Write),
        )
    }
}

impl WindowScope {
    fn shape(&self) -> Shape {
        let bound = Member::of(self.types);
        let start = if self.start_absent {
            bound.clone().absent("give `incremental.start` or write `if window.start`")
        } else {
            bound.clone()
        };
        Shape::record([("start", start), ("end", bound.clone()), ("last", bound)])
    }
}

fn page(next: bool, further: bool) -> Shape {
    let count = || Member::of(Types::INTEGER);
    let mut members = vec![("index", count()), ("number", count()), ("offset", count()), ("size", count())];
    let cursor = Member::new(Shape::Data);
    // The first request has no cursor yet.
    let first = "the first page has no cursor: let it be the whole value";
    members.push(("cursor", if further { cursor } else { cursor.absent(first) }));
    if next {
        members.push(("next", Member::new(Shape::Data)));
    }
    Shape::record(members)
}

fn response(body: bool) -> Shape {
    let mut members = vec![("status", Member::of(Types::INTEGER)), ("headers", Member::new(Shape::Data))];
    if body {
        members.push(("body", Member::new(Shape::Data)));
    }
    Shape::record(members)
}

/// Returns what an expression knows of a value of a column's type.
pub fn shape_of(of: &Type) -> Shape {
    match of {
        Type::String | Type::Bytes | Type::Uuid | Type::Duration | Type::Time(_) | Type::Enum(_) => {
            Shape::Scalar(Types::TEXT.or(Types::MISSING))
        }
        Type::Integer => Shape::Scalar(Types::INTEGER.or(Types::MISSING)),
        Type::Number | Type::Decimal { .. } => Shape::Scalar(Types::INTEGER.or(Types::NUMBER).or(Types::MISSING)),
        Type::Boolean => Shape::Scalar(Types::BOOL.or(Types::MISSING)),
        Type::Date(_) | Type::Timestamp(_) => Shape::Scalar(Types::TIME.or(Types::MISSING)),
        Type::List { of, .. } => Shape::List(Box::new(shape_of(of))),
        Type::Json => Shape::Data,
    }
}

/// Returns what an expression knows of a param.
pub fn shape_of_param(of: &ParamType) -> Shape {
    match of {
        ParamType::Type(of) => match shape_of(of) {
            // What a user gives is there: an absent param is a matter of its own.
            Shape::Scalar(types) => Shape::Scalar(types.without(Types::MISSING)),
            other => other,
        },
        ParamType::SecretJson | ParamType::Fields => Shape::Data,
        ParamType::Secret | ParamType::Place | ParamType::File => Shape::Scalar(Types::TEXT),
    }
}
