//! Values and answers for the tests of components.

use super::Answer;
use crate::data::Value;
use crate::http::Headers;
use std::sync::Arc;
use url::Url;

/// Reads a value from JSON, for tests; members keep their order.
pub(in crate::components) fn json(text: &str) -> Value {
    fn of(value: &serde_json::Value) -> Value {
        match value {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(yes) => Value::Bool(*yes),
            serde_json::Value::Number(number) => crate::data::number(&number.to_string()),
            serde_json::Value::String(text) => Value::Text(text.as_str().into()),
            serde_json::Value::Array(items) => Value::List(Arc::new(items.iter().map(of).collect())),
            serde_json::Value::Object(map) => {
                Value::Map(Arc::new(map.iter().map(|(name, value)| (name.as_str().into(), of(value))).collect()))
            }
        }
    }
    of(&serde_json::from_str(text).expect("tests write JSON"))
}

/// Runs something with an answer.
pub(in crate::components) fn answering<R>(
    status: u16,
    headers: &[(&'static str, &str)],
    body: &str,
    run: impl FnOnce(&Answer<'_>) -> R,
) -> R {
    let mut map = http::HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, value.parse().expect("a header"));
    }
    let (headers, url) = (Headers::new(map), Url::parse("https://api.example.com/v1/items?x=1").expect("an address"));
    run(&Answer { status, headers: &headers, url: &url, body: &json(body) })
}
