//! `csv`, `tsv`, `text`: bodies with a charset.

use crate::components::context::{Cx, Late as Bound};
use crate::components::decode::{HeaderPlan, SeparatedPlan};
use crate::components::forms::{Late, Plain, Text};
use crate::diagnostic::{Code, Diagnostic};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use std::borrow::Cow;

/// Settings of separated values.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Separated")]
pub struct SeparatedSpec {
    /// The charset, `utf-8` unless given.
    pub charset: Option<Late<Text<Plain>>>,
    /// One character between two values.
    pub delimiter: Option<Late<Text<Plain>>>,
    /// One character around a value.
    pub quote: Option<Late<Text<Plain>>>,
    /// Whether the first line names the columns, `true` unless given; or the names, where no line does.
    pub header: Option<HeaderSpec>,
    /// Lines before the header that are passed over.
    pub skip: Option<Late<u32>>,
    /// The text that stands for null.
    pub null: Option<Late<Text<Plain>>>,
}

/// Whether the first line names the columns, or their names.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename = "$by_shape", rename_all = "snake_case")]
pub enum HeaderSpec {
    List(Vec<Text<Plain>>),
    Other(Late<bool>),
}

impl JsonSchema for HeaderSpec {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Header".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let first = generator.subschema_for::<Late<bool>>();
        let names = generator.subschema_for::<Vec<Text<Plain>>>();
        json_schema!({ "anyOf": [first, names] })
    }
}

/// Settings of lines of text.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TextBody")]
pub struct CharsetSpec {
    /// The charset, `utf-8` unless given.
    pub charset: Option<Late<Text<Plain>>>,
}

impl SeparatedSpec {
    pub(super) fn compile(&self, cx: &mut Cx<'_>, tabs: bool) -> SeparatedPlan {
        SeparatedPlan {
            tabs,
            charset: self.charset.as_ref().and_then(|text| charset(cx, text)),
            delimiter: self.delimiter.as_ref().and_then(|text| one_character(cx, "delimiter", text)),
            quote: self.quote.as_ref().and_then(|text| one_character(cx, "quote", text)),
            header: self.header.as_ref().and_then(|header| header.compile(cx)),
            skip: self.skip.as_ref().and_then(|count| cx.late(count, |_, count| Some(*count))),
            null: self.null.as_ref().and_then(|text| cx.late(text, |_, text| Some(text.text.clone()))),
        }
    }
}

impl HeaderSpec {
    fn compile(&self, cx: &mut Cx<'_>) -> Option<HeaderPlan> {
        match self {
            HeaderSpec::List(names) => Some(HeaderPlan::Names(names.iter().map(|name| name.text.clone()).collect())),
            HeaderSpec::Other(first) => cx.late(first, |_, first| Some(*first)).map(HeaderPlan::First),
        }
    }
}

fn one_character(cx: &mut Cx<'_>, key: &str, text: &Late<Text<Plain>>) -> Option<Bound<String>> {
    cx.late(text, |cx, text| {
        if text.text.len() == 1 {
            return Some(text.text.clone());
        }
        cx.push(
            Diagnostic::new(Code::E0107, text.span, format!("`{key}` is one character, this is `{}`", text.text))
                .help("write one ASCII character, for example `\";\"`, or a tab as `\"\\t\"`"),
        );
        None
    })
}

pub(super) fn charset(cx: &mut Cx<'_>, text: &Late<Text<Plain>>) -> Option<Bound<String>> {
    const KNOWN: [&str; 12] = [
        "utf-8",
        "utf-16",
        "utf-16le",
        "utf-16be",
        "us-ascii",
        "iso-8859-1",
        "iso-8859-2",
        "iso-8859-15",
        "windows-1250",
        "windows-1251",
        "windows-1252",
        "shift_jis",
    ];
    cx.late(text, |cx, text| {
        let wanted = text.text.to_ascii_lowercase();
        if KNOWN.contains(&wanted.as_str()) {
            return Some(wanted);
        }
        cx.push(
            Diagnostic::new(Code::E0107, text.span, format!("unknown charset `{}`", text.text))
                .help(format!("known charsets: {}", KNOWN.join(", ")))
                .nearest(crate::name::nearest(&wanted, KNOWN)),
        );
        None
    })
}
