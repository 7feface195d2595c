//! The columns that a stream's rows arrive with, as far as a manifest alone says it.

use crate::components::cursor::By;
use crate::data::{Moment, Type, When};
use crate::expr::{Compiled, Expr as _};
use crate::manifest::UnknownFields;
use crate::plan::{BoundStream, Column, Columns, Key, StreamPlan};
use serde_json::{Map, Value, json};

/// A column as it arrives.
#[derive(Debug)]
pub(super) struct Arriving {
    pub(super) name: String,
    pub(super) of: Type,
    pub(super) required: bool,
    pub(super) refers_to: Option<(String, String)>,
    pub(super) description: Option<String>,
}

impl Arriving {
    fn plain(name: &str, of: Type, required: bool, description: &str) -> Self {
        Self { name: name.to_owned(), of, required, refers_to: None, description: Some(description.to_owned()) }
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "name": self.name,
            "type": self.of.to_string(),
            "required": self.required,
            "refers_to": self.refers_to.as_ref().map(|(stream, column)| format!("{stream}.{column}")),
            "description": self.description,
        })
    }
}

/// The columns of a stream's rows.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) columns: Vec<Arriving>,
    /// Members that no column took become columns of their own.
    pub(super) open: bool,
}

/// Lists the columns of a stream of a connection; the error says why only the API knows them.
pub(super) fn of(stream: &BoundStream) -> Result<Row, String> {
    match &stream.columns {
        Columns::Typed(columns) => Ok(typed(columns, stream.plan.unknown_fields)),
        Columns::Discovered(_) => Err("the API describes its columns, that needs a request".into()),
        Columns::From(_) | Columns::Untyped => {
            Ok(untyped_row(stream.key.iter().map(String::as_str), stream.position.as_deref()))
        }
    }
}

/// Lists the columns of a stream; the error says why only a connection knows them.
pub(super) fn arriving(stream: &StreamPlan) -> Result<Row, String> {
    let columns = match &stream.columns {
        Columns::Typed(columns) => columns,
        Columns::Discovered(_) => return Err("the API describes its columns; that needs a connection".into()),
        Columns::From(param) => return Err(format!("the param `{param}` gives its columns; that needs a connection")),
        Columns::Untyped => return untyped(stream),
    };
    Ok(typed(columns, stream.unknown_fields))
}

fn typed(columns: &[Column], unknown: Option<UnknownFields>) -> Row {
    let mut all: Vec<Arriving> = columns
        .iter()
        .filter(|column| !column.hidden)
        .map(|column| Arriving {
            name: column.name.clone(),
            of: column.of.clone(),
            required: column.required,
            refers_to: column.reference.clone(),
            description: column.description.clone(),
        })
        .collect();
    if unknown == Some(UnknownFields::Keep) {
        all.push(Arriving::plain("_rest", Type::Json, false, "what no column took"));
    }
    Row { columns: all, open: unknown == Some(UnknownFields::Add) }
}

/// An untyped stream is its key and its position as texts, and the record as it came.
fn untyped(stream: &StreamPlan) -> Result<Row, String> {
    let by_param = |compiled: &Compiled| match param(compiled) {
        Some(param) => format!("the param `{param}` names its columns; that needs a connection"),
        None => "a param names its columns; that needs a connection".to_owned(),
    };
    let key = match &stream.key {
        Key::From(compiled) => return Err(by_param(compiled)),
        key => key.names(),
    };
    let position = match stream.cursor.as_ref().map(|cursor| &cursor.by) {
        Some(By::Field { name, .. }) => Some(name.as_str()),
        Some(By::FieldOf(compiled)) => return Err(by_param(compiled)),
        _ => None,
    };
    Ok(untyped_row(key.into_iter(), position))
}

fn untyped_row<'a>(key: impl Iterator<Item = &'a str>, position: Option<&str>) -> Row {
    let mut all: Vec<Arriving> = key.map(|name| Arriving::plain(name, Type::String, true, "the key")).collect();
    if let Some(name) = position.filter(|name| all.iter().all(|known| known.name != *name)) {
        all.push(Arriving::plain(name, Type::String, false, "the position"));
    }
    all.push(Arriving::plain("record", Type::Json, true, "the record as it came"));
    Row { columns: all, open: false }
}

/// Returns the param that an expression reads.
pub(super) fn param(compiled: &Compiled) -> Option<String> {
    compiled.uses().params.first().cloned()
}

/// Writes the schema of rows with these columns: as JSON Schema and as Arrow fields.
pub(super) fn schema(row: &Row) -> Value {
    let mut properties = Map::new();
    let mut fields = Vec::new();
    for column in &row.columns {
        let mut property = written(&column.of).json_schema();
        if !column.required && column.of != Type::Json {
            property = json!({ "anyOf": [property, { "type": "null" }] });
        }
        if let Some(description) = &column.description {
            property["description"] = description.as_str().into();
        }
        properties.insert(column.name.clone(), property);
        let field = column.of.arrow_field(&column.name, column.required);
        let mut told =
            json!({ "name": field.name(), "type": field.data_type().to_string(), "nullable": field.is_nullable() });
        if !field.metadata().is_empty() {
            told["metadata"] =
                field.metadata().iter().map(|(key, value)| (key.clone(), Value::from(&**value))).collect();
            told["metadata"].as_object_mut().expect("just made").sort_keys();
        }
        fields.push(told);
    }
    let required: Vec<&str> =
        row.columns.iter().filter(|column| column.required).map(|column| column.name.as_str()).collect();
    json!({
        "json_schema": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": row.open,
        },
        "arrow": fields,
    })
}

/// Returns the type as rows write it: however an API writes its moments, they arrive as RFC 3339.
fn written(of: &Type) -> Type {
    let plain = || Moment { when: When::Default, zone: None };
    match of {
        Type::Date(_) => Type::Date(plain()),
        Type::Time(_) => Type::Time(plain()),
        Type::Timestamp(_) => Type::Timestamp(plain()),
        Type::List { of, required } => Type::List { of: Box::new(written(of)), required: *required },
        _ => of.clone(),
    }
}
