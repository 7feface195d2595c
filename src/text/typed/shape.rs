//! How the variant of an enum is chosen: by the one key or bare word that names a kind, or by the shape of the node.

use super::{Fault, Reader};
use crate::text::{Content, Span};
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error, VariantAccess, Visitor};

pub(super) const BY_SHAPE: &str = "$by_shape";

/// What a bare word stands for: its kind, without settings.
static NO_SETTINGS: Content = Content::Map(Vec::new());

/// The name of a variant, where it stands, and what it holds.
pub(super) struct Variant<'de> {
    name: &'de str,
    span: Span,
    payload: Reader<'de>,
}

impl<'de> Variant<'de> {
    pub(super) fn by_kind(node: Reader<'de>) -> Result<Self, Fault> {
        match node.content {
            Content::Text(word) => {
                let payload = Reader { content: &NO_SETTINGS, key: node.span, ..node };
                Ok(Self { name: word, span: node.span, payload })
            }
            Content::Map(entries) => {
                let [entry] = entries.as_slice() else {
                    return Err(Fault::custom(format!("expected one kind, found a map with {} keys", entries.len())));
                };
                Ok(Self {
                    name: &entry.key,
                    span: entry.key_span,
                    payload: Reader::held_by(&entry.value, entry.key_span),
                })
            }
            other => Err(Fault::custom(format!("expected a kind, found {}", other.what()))),
        }
    }

    pub(super) fn by_shape(node: Reader<'de>, variants: &'static [&'static str]) -> Result<Self, Fault> {
        let shapes: &[&str] = match node.content {
            Content::Text(text) if text.starts_with("{{") => &["expr", "text"],
            Content::Text(_) => &["text"],
            Content::Number(_) => &["number"],
            Content::Bool(_) => &["bool"],
            Content::List(_) => &["list"],
            Content::Map(_) => &["map"],
            Content::Null | Content::Unknown => &["null"],
        };
        let own = shapes.iter().chain(&["other"]).find(|shape| variants.contains(shape));
        let Some(name) = own else {
            let expected = variants.join(", ");
            return Err(Fault::custom(format!("expected one of {expected}, found {}", node.content.what())));
        };
        Ok(Self { name, span: node.span, payload: node })
    }
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Fault;
    type Variant = Reader<'de>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Reader<'de>), Fault> {
        let name = seed.deserialize(BorrowedStrDeserializer::new(self.name));
        name.map(|name| (name, self.payload)).map_err(|fault: Fault| fault.at(self.span))
    }
}

impl<'de> VariantAccess<'de> for Reader<'de> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.content {
            Content::Null => Ok(()),
            Content::Map(entries) if entries.is_empty() => Ok(()),
            other => Err(Fault::custom(format!("expected no settings, found {}", other.what())).at(self.span)),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        self.read(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_any(visitor).map_err(|fault| fault.at(self.span))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_any(visitor).map_err(|fault| fault.at(self.span))
    }
}
