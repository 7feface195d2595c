//! What components see when they run: an answer of the API, and the values that are in scope around it.
//!
//! Nothing here is built for one look-up: layers are borrowed, headers are asked by name, a page stays where it is.

mod around;
mod reading;

#[cfg(test)]
pub(in crate::components) mod tests;

pub use around::{Around, Fields, Records};
pub use reading::{Nulls, text_of};
pub(in crate::components) use reading::{count_of, instant_of};

use crate::data::{Step, Value};
use crate::http::Headers;
use std::borrow::Cow;
use std::sync::Arc;
use url::Url;

/// An answer as components see it.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    pub status: u16,
    pub headers: &'a Headers,
    /// The address that was asked, after redirects: what a relative address is resolved against.
    pub url: &'a Url,
    /// The body, or of a page the parts that something reads. A body that is no JSON is a text.
    pub body: &'a Value,
}

impl<'a> Answer<'a> {
    /// Looks up what expressions know as `response`: `{ status, headers, body }`.
    fn look(&self, steps: &[Step]) -> Cow<'a, Value> {
        let Some((first, rest)) = steps.split_first() else { return Cow::Owned(self.whole()) };
        match first {
            Step::Key(name) if &**name == "status" && rest.is_empty() => Cow::Owned(Value::Int(self.status.into())),
            Step::Key(name) if &**name == "headers" => match rest {
                [] => Cow::Owned(self.headers.to_value()),
                [Step::Key(name)] => Cow::Owned(self.header(name)),
                _ => Cow::Owned(Value::Absent),
            },
            Step::Key(name) if &**name == "body" => {
                Cow::Borrowed(rest.iter().fold(self.body, |value, step| value.step(step)))
            }
            _ => Cow::Owned(Value::Absent),
        }
    }

    fn whole(&self) -> Value {
        let members = vec![
            ("status".into(), Value::Int(self.status.into())),
            ("headers".into(), self.headers.to_value()),
            ("body".into(), self.body.clone()),
        ];
        Value::Map(Arc::new(members))
    }

    /// Returns a header as expressions see it: several of one name are joined.
    fn header(&self, name: &str) -> Value {
        let all = self.headers.all(name);
        if all.is_empty() { Value::Absent } else { Value::Text(all.join(", ").into()) }
    }
}
