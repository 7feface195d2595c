//! Nodes as typed values: a serde `Deserializer` that keeps what serde would lose, the digits and the places.
//!
//! Special names, known to this file alone: a struct [`Spanned`], a tuple struct [`Named`], newtypes [`Digits`] and
//! [`Node`] itself, and any enum renamed to `$by_shape`. Such an enum has newtype variants among `expr` (a text that
//! begins with `{{`), `text`, `number`, `bool`, `list`, `map`, `null` and `other`, all of which get the same node.

mod carried;
mod shape;

pub use carried::{Digits, Held, Named, NamedEntry, Spanned};

use crate::text::scalar;
use crate::text::{Content, Entry, Node, Span};
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Why a node is not the value that was asked for, at the innermost node that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadError {
    pub span: Span,
    pub message: String,
}

/// Reads a node as a value of a type.
pub fn from_node<T: DeserializeOwned>(node: &Node) -> Result<T, ReadError> {
    let read = T::deserialize(Reader::of(node));
    read.map_err(|fault| ReadError { span: fault.span.unwrap_or(node.span), message: fault.message })
}

/// An error on its way out; the first node it leaves is its place.
#[derive(Debug)]
struct Fault {
    span: Option<Span>,
    message: String,
}

impl Fault {
    fn at(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }
}

impl Error for Fault {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self { span: None, message: message.to_string() }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

/// A node as serde sees it. Span and content stand apart, for a bare word that is read as a map without entries.
#[derive(Clone, Copy)]
struct Reader<'de> {
    span: Span,
    /// The key that holds the node; the node itself in a list.
    key: Span,
    content: &'de Content,
}

impl<'de> Reader<'de> {
    fn of(node: &'de Node) -> Self {
        Self { span: node.span, key: node.span, content: &node.content }
    }

    fn held_by(node: &'de Node, key: Span) -> Self {
        Self { key, ..Self::of(node) }
    }

    fn read<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        seed.deserialize(self).map_err(|fault| fault.at(self.span))
    }
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.content {
            Content::Null | Content::Unknown => visitor.visit_unit(),
            Content::Bool(bool) => visitor.visit_bool(*bool),
            Content::Number(digits) => number(digits, visitor),
            Content::Text(text) => visitor.visit_borrowed_str(text),
            Content::List(items) => visitor.visit_seq(Items(items.iter())),
            Content::Map(entries) => visitor.visit_map(Entries { entries: entries.iter(), value: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.content {
            Content::Null | Content::Unknown => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Fault> {
        match self.content {
            Content::Number(written) | Content::Text(written) if name == carried::DIGITS => {
                visitor.visit_newtype_struct(BorrowedStrDeserializer::new(written))
            }
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match (name, self.content) {
            (carried::NODE, _) => visitor.visit_seq(carried::node(self)),
            (carried::NAMED, Content::Map(entries)) => visitor.visit_seq(carried::named(entries)),
            (carried::ENTRIES, Content::Map(entries)) => visitor.visit_seq(carried::entries(entries)),
            (carried::NAMED, other) => Err(Fault::custom(format!("expected a map, found {}", other.what()))),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match name {
            carried::SPANNED => visitor.visit_seq(carried::spanned(self, self.span)),
            carried::HELD => visitor.visit_seq(carried::spanned(self, self.key)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let variant = match name {
            shape::BY_SHAPE => shape::Variant::by_shape(self, variants)?,
            _ => shape::Variant::by_kind(self)?,
        };
        visitor.visit_enum(variant)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        map identifier
    }
}

/// Gives a number as the smallest of serde's types; one without a fraction is an integer, however it is written.
fn number<'de, V: Visitor<'de>>(digits: &str, visitor: V) -> Result<V::Value, Fault> {
    let Some(integer) = scalar::integer(digits) else {
        let float = scalar::float(digits).ok_or_else(|| Fault::custom(format!("unreadable number {digits}")))?;
        return visitor.visit_f64(float);
    };
    if let Ok(small) = u64::try_from(integer) {
        visitor.visit_u64(small)
    } else if let Ok(small) = i64::try_from(integer) {
        visitor.visit_i64(small)
    } else {
        visitor.visit_i128(integer)
    }
}

struct Items<'de>(std::slice::Iter<'de, Node>);

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        self.0.next().map(|item| Reader::of(item).read(seed)).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Entries<'de> {
    entries: std::slice::Iter<'de, Entry>,
    value: Option<(Span, &'de Node)>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let Some(entry) = self.entries.next() else { return Ok(None) };
        self.value = Some((entry.key_span, &entry.value));
        let key = seed.deserialize(BorrowedStrDeserializer::new(&entry.key));
        key.map(Some).map_err(|fault: Fault| fault.at(entry.key_span))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let (key, value) = self.value.take().ok_or_else(|| Fault::custom("a value was asked for before its key"))?;
        Reader::held_by(value, key).read(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

#[cfg(test)]
mod tests;
