//! Types that take from a node what serde's data model has no word for: its span, its digits, the places of its keys.

use super::{Fault, Reader};
use crate::text::{Content, Entry, Node, SourceId, Span};
use serde::de::value::{BoolDeserializer, BorrowedStrDeserializer, U32Deserializer};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

pub(super) const SPANNED: &str = "$spanned";
pub(super) const HELD: &str = "$held";
pub(super) const NAMED: &str = "$named";
pub(super) const NODE: &str = "$node";
pub(super) const ENTRIES: &str = "$entries";
pub(super) const DIGITS: &str = "$digits";

/// A value with the place where it was written.
#[derive(Clone, Debug, Default)]
pub struct Spanned<T> {
    pub value: T,
    pub span: Span,
}

/// A value with the place of the key that holds it, for what is said about the setting as a whole.
#[derive(Clone, Debug, Default)]
pub struct Held<T> {
    pub value: T,
    pub key: Span,
}

/// A number, or a text, as it was written: `1.10` stays `1.10`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename = "$digits")]
pub struct Digits(pub String);

/// A map from names that the author chose, in written order.
#[derive(Clone, Debug)]
pub struct Named<T> {
    pub entries: Vec<NamedEntry<T>>,
}

#[derive(Clone, Debug)]
pub struct NamedEntry<T> {
    pub name: String,
    /// The place of the name.
    pub span: Span,
    /// None if something stood here that did not hold.
    pub value: Option<T>,
}

impl<T> Named<T> {
    /// Returns the value of a name, if it held.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.entry(name)?.value.as_ref()
    }

    pub fn entry(&self, name: &str) -> Option<&NamedEntry<T>> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    pub fn iter(&self) -> std::slice::Iter<'_, NamedEntry<T>> {
        self.entries.iter()
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<'a, T> IntoIterator for &'a Named<T> {
    type Item = &'a NamedEntry<T>;
    type IntoIter = std::slice::Iter<'a, NamedEntry<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter()
    }
}

impl<T> std::ops::Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// Two values are equal wherever they stand.
impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T> std::ops::Deref for Held<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// A place and the value that belongs to it.
struct Placed<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Placed<T> {
    type Value = (Span, T);

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a value of a document that was read with its places")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<(Span, T), A::Error> {
        Ok((span(&mut parts)?, next(&mut parts)?))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (span, value) = deserializer.deserialize_struct(SPANNED, &["value", "span"], Placed(PhantomData))?;
        Ok(Self { value, span })
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Held<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (key, value) = deserializer.deserialize_struct(HELD, &["value", "key"], Placed(PhantomData))?;
        Ok(Self { value, key })
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Parts<T> {
            type Value = Named<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("a map")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Named<T>, A::Error> {
                let mut entries = Vec::new();
                while let Some(name) = parts.next_element()? {
                    let span = span(&mut parts)?;
                    let is_known: bool = next(&mut parts)?;
                    let value = if is_known { Some(next(&mut parts)?) } else { None };
                    entries.push(NamedEntry { name, span, value });
                }
                Ok(Named { entries })
            }
        }
        deserializer.deserialize_tuple_struct(NAMED, 0, Parts(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts;
        impl<'de> Visitor<'de> for Parts {
            type Value = Node;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("a value of a document that was read with its places")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Node, A::Error> {
                let span = span(&mut parts)?;
                let content = match next(&mut parts)? {
                    NULL => Content::Null,
                    BOOL => Content::Bool(next(&mut parts)?),
                    NUMBER => Content::Number(next::<Digits, A>(&mut parts)?.0),
                    TEXT => Content::Text(next(&mut parts)?),
                    LIST => Content::List(next(&mut parts)?),
                    MAP => Content::Map(next::<Entries, A>(&mut parts)?.0),
                    _ => Content::Unknown,
                };
                Ok(Node { span, content })
            }
        }
        deserializer.deserialize_tuple_struct(NODE, 0, Parts)
    }
}

const NULL: u32 = 0;
const BOOL: u32 = 1;
const NUMBER: u32 = 2;
const TEXT: u32 = 3;
const LIST: u32 = 4;
const MAP: u32 = 5;
const UNKNOWN: u32 = 6;

/// The entries of a map on their way from node to node.
struct Entries(Vec<Entry>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts;
        impl<'de> Visitor<'de> for Parts {
            type Value = Entries;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("a map")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(key) = parts.next_element()? {
                    entries.push(Entry { key, key_span: span(&mut parts)?, value: next(&mut parts)? });
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_tuple_struct(ENTRIES, 0, Parts)
    }
}

fn next<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(parts: &mut A) -> Result<T, A::Error> {
    parts.next_element()?.ok_or_else(|| A::Error::custom("a document read with its places ends early"))
}

fn span<'de, A: SeqAccess<'de>>(parts: &mut A) -> Result<Span, A::Error> {
    let source = SourceId(next(parts)?);
    Ok(Span { source, start: next(parts)?, end: next(parts)? })
}

/// One piece of what the types above are made of.
#[derive(Clone, Copy)]
pub(super) enum Part<'de> {
    Number(u32),
    Bool(bool),
    Name(&'de str),
    Value(Reader<'de>),
}

/// The pieces, as a sequence.
pub(super) struct Parts<I>(I);

pub(super) fn spanned(node: Reader, at: Span) -> Parts<impl Iterator<Item = Part>> {
    Parts(place(at).into_iter().chain([Part::Value(node)]))
}

pub(super) fn node(node: Reader) -> Parts<impl Iterator<Item = Part>> {
    let kind = match node.content {
        Content::Null => NULL,
        Content::Bool(_) => BOOL,
        Content::Number(_) => NUMBER,
        Content::Text(_) => TEXT,
        Content::List(_) => LIST,
        Content::Map(_) => MAP,
        Content::Unknown => UNKNOWN,
    };
    Parts(place(node.span).into_iter().chain([Part::Number(kind), Part::Value(node)]))
}

pub(super) fn named(entries: &[Entry]) -> Parts<impl Iterator<Item = Part<'_>>> {
    Parts(entries.iter().flat_map(|entry| {
        let is_known = entry.value.content != Content::Unknown;
        let value = is_known.then_some(Part::Value(Reader::of(&entry.value)));
        [Part::Name(&entry.key)].into_iter().chain(place(entry.key_span)).chain([Part::Bool(is_known)]).chain(value)
    }))
}

pub(super) fn entries(entries: &[Entry]) -> Parts<impl Iterator<Item = Part<'_>>> {
    Parts(entries.iter().flat_map(|entry| {
        let value = Part::Value(Reader::of(&entry.value));
        [Part::Name(&entry.key)].into_iter().chain(place(entry.key_span)).chain([value])
    }))
}

fn place<'de>(span: Span) -> [Part<'de>; 3] {
    [Part::Number(span.source.0), Part::Number(span.start), Part::Number(span.end)]
}

impl<'de, I: Iterator<Item = Part<'de>>> SeqAccess<'de> for Parts<I> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let Some(part) = self.0.next() else { return Ok(None) };
        let element = match part {
            Part::Number(number) => seed.deserialize(U32Deserializer::new(number)),
            Part::Bool(bool) => seed.deserialize(BoolDeserializer::new(bool)),
            Part::Name(name) => seed.deserialize(BorrowedStrDeserializer::new(name)),
            Part::Value(node) => node.read(seed),
        };
        element.map(Some)
    }
}
