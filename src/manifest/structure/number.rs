//! Numbers as written against the bounds of a schema, and a tree as JSON for `jsonschema`.

use crate::text::{self, Content, Node};
use serde_json::{Map, Number, Value as Json};

/// A written number, exact where it is whole.
#[derive(Clone, Copy, Debug)]
pub(super) enum Numeral {
    Whole(i128),
    Other(f64),
}

impl Numeral {
    pub(super) fn parse(digits: &str) -> Numeral {
        match text::integer(digits) {
            Some(whole) => Numeral::Whole(whole),
            None => Numeral::Other(text::float(digits).unwrap_or(f64::NAN)),
        }
    }

    /// Says whether the number has no fraction; one that is out of every range may have none either.
    pub(super) fn is_integer(self) -> bool {
        match self {
            Numeral::Whole(_) => true,
            Numeral::Other(float) => float.is_finite() && float.fract() == 0.0,
        }
    }

    pub(super) fn within(self, least: Option<&Json>, greatest: Option<&Json>) -> bool {
        let (least, greatest) = (bound(least), bound(greatest));
        match self {
            Numeral::Whole(whole) => {
                least.is_none_or(|least| whole >= least) && greatest.is_none_or(|greatest| whole <= greatest)
            }
            #[expect(clippy::cast_precision_loss, reason = "no bound is near a number this large")]
            Numeral::Other(float) => {
                least.is_none_or(|least| float >= least as f64)
                    && greatest.is_none_or(|greatest| float <= greatest as f64)
            }
        }
    }

    fn json(self) -> Json {
        match self {
            Numeral::Whole(whole) => {
                u64::try_from(whole).map(Number::from).or_else(|_| i64::try_from(whole).map(Number::from)).map_or_else(
                    #[expect(clippy::cast_precision_loss, reason = "JSON has no larger integer")]
                    |_| Number::from_f64(whole as f64).map_or(Json::Null, Json::Number),
                    Json::Number,
                )
            }
            // JSON has no infinity; the largest number is beyond every range too.
            Numeral::Other(float) => {
                let near = if float.is_finite() { float } else { f64::MAX.copysign(float) };
                Number::from_f64(near).map_or(Json::Null, Json::Number)
            }
        }
    }
}

fn bound(json: Option<&Json>) -> Option<i128> {
    let json = json?;
    json.as_i64().map(i128::from).or_else(|| json.as_u64().map(i128::from))
}

/// Returns a tree as JSON; what is unknown becomes null.
pub fn to_json(node: &Node) -> Json {
    match &node.content {
        Content::Null | Content::Unknown => Json::Null,
        Content::Bool(yes) => Json::Bool(*yes),
        Content::Number(digits) => Numeral::parse(digits).json(),
        Content::Text(text) => Json::String(text.clone()),
        Content::List(items) => Json::Array(items.iter().map(to_json).collect()),
        Content::Map(entries) => {
            Json::Object(entries.iter().map(|entry| (entry.key.clone(), to_json(&entry.value))).collect::<Map<_, _>>())
        }
    }
}
