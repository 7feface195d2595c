//! The published schemas of what a run tells, generated from the types of [`event`](crate::event).

use crate::event::{Event, Receipt};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value as Json};

/// The forms that programs read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A line of `--events jsonl`.
    Events,
    /// A receipt.
    Receipt,
}

impl Form {
    pub const ALL: [Form; 2] = [Form::Events, Form::Receipt];

    /// Returns the schema's file name below `schemas/`.
    pub fn file(self) -> &'static str {
        match self {
            Form::Events => "events.schema.json",
            Form::Receipt => "receipt.schema.json",
        }
    }

    /// Returns the schema of what is written.
    pub fn schema(self) -> Json {
        let generator = || SchemaSettings::draft2020_12().for_serialize().into_generator();
        let (root, title) = match self {
            Form::Events => (generator().into_root_schema_for::<Event>(), "Weir event"),
            Form::Receipt => (generator().into_root_schema_for::<Receipt>(), "Weir receipt"),
        };
        let mut root: Json = root.into();
        let mut whole = Map::new();
        whole.insert("$schema".into(), root["$schema"].take());
        whole.insert("$id".into(), self.file().into());
        whole.insert("title".into(), title.into());
        if let Json::Object(rest) = root {
            for (key, value) in rest {
                whole.entry(key).or_insert(value);
            }
        }
        Json::Object(whole)
    }

    /// Returns the text of the published file.
    pub fn published(self) -> String {
        let mut text = serde_json::to_string_pretty(&self.schema()).expect("a tree of JSON can be written");
        text.push('\n');
        text
    }
}
