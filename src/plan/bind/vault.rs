//! The secrets of a connection. They leave it only for the place that sends them.

use crate::data::Value;
use crate::secret::{Mask, Secret};
use indexmap::IndexMap;
use std::fmt;
use std::sync::Arc;

/// The secrets of a connection, by param. They are never among the other values.
#[derive(Clone, Default)]
pub struct Vault(IndexMap<String, Secret<Value>>);

impl Vault {
    pub(super) fn keep(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), Secret::new(value));
    }

    pub fn get(&self, name: &str) -> Option<&Secret<Value>> {
        self.0.get(name)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Joins the secrets to the other params, for requests and auth, where both are in scope.
    pub fn with(&self, params: &Value) -> Secret<Value> {
        let mut all = match params {
            Value::Map(map) => (**map).clone(),
            _ => Vec::new(),
        };
        all.extend(self.0.iter().map(|(name, secret)| (name.as_str().into(), secret.reveal().clone())));
        Secret::new(Value::Map(Arc::new(all)))
    }

    /// Returns what masks the secrets in what others say.
    pub fn mask(&self) -> Mask {
        let mut texts = Vec::new();
        self.0.values().for_each(|secret| collect(secret.reveal(), &mut texts));
        Mask::of(texts)
    }
}

/// Collects the texts of a secret, which may be a document.
fn collect<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::Text(text) => texts.push(text),
        Value::List(list) => list.iter().for_each(|value| collect(value, texts)),
        Value::Map(map) => map.iter().for_each(|(_, value)| collect(value, texts)),
        _ => {}
    }
}

/// Only the names are shown.
impl fmt::Debug for Vault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.0.keys()).finish()
    }
}
