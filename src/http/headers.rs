//! Headers of an answer, looked up without case.

use crate::data::Value;
use http::HeaderMap;
use std::sync::Arc;

/// The headers of an answer.
#[derive(Debug, Clone, Default)]
pub struct Headers(HeaderMap);

impl Headers {
    pub fn new(map: HeaderMap) -> Self {
        Self(map)
    }

    /// Returns the first header of this name as text; bytes beyond ASCII are read as Latin-1.
    pub fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|value| text(value.as_bytes()))
    }

    /// Lists all headers of this name.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.get_all(name).iter().map(|value| text(value.as_bytes())).collect()
    }

    /// Returns them as expressions see them: by their names in lower case; several of one name are joined by `, `.
    pub fn to_value(&self) -> Value {
        let members =
            self.0.keys().map(|name| (name.as_str().into(), Value::Text(self.all(name.as_str()).join(", ").into())));
        Value::Map(Arc::new(members.collect()))
    }
}

fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}
