//! Values of the language from JSON and back, with all digits.

use std::sync::Arc;
use weir::data::{Style, Time, Value};
use weir::expr::{Expr as _, Names, Root, Shape, Site, Slots, Wants, compile};

/// Reads JSON; numbers keep their digits.
pub(crate) fn read(text: &str) -> Result<Value, String> {
    let source = Value::Text(text.into());
    run("{{ record | from_json }}", source).map_err(|fault| format!("not JSON: {text}: {fault}"))
}

/// Writes JSON; times stand in it as texts, and what is absent as `absent`.
pub(crate) fn show(value: &Value) -> String {
    if *value == Value::Absent {
        return "absent".to_owned();
    }
    match run("{{ record | json }}", value.clone()) {
        Ok(Value::Text(text)) => text.to_string(),
        other => format!("{other:?}"),
    }
}

fn run(expression: &str, record: Value) -> Result<Value, String> {
    let names = Names::new().with("record", Shape::Data);
    let compiled = compile(expression, &names, &Site::new(Wants::Value)).map_err(|problems| format!("{problems:?}"))?;
    let scope = Slots::new(vec![(Root::RECORD, record)], jiff::Timestamp::UNIX_EPOCH);
    compiled.eval(&scope).map_err(|fault| fault.to_string())
}

/// Reads a text as a time, as the bounds of windows are.
pub(crate) fn time(value: &Value) -> Value {
    let Value::Text(text) = value else { return value.clone() };
    let (written, style) = match text.split_once(" as ") {
        Some((written, pattern)) => (written, Style::Pattern(pattern.into(), "UTC".into())),
        None if text.len() == 10 => (&**text, Style::Date),
        None => (&**text, Style::Rfc3339),
    };
    let whole = if written.len() == 10 { format!("{written}T00:00:00Z") } else { written.to_owned() };
    whole.parse().map_or_else(|_| value.clone(), |at| Value::Time(Time { at, style }))
}

/// Changes a member of a map.
pub(crate) fn with_members(value: &Value, change: impl Fn(&Value) -> Value) -> Value {
    match value {
        Value::Map(members) => {
            Value::Map(Arc::new(members.iter().map(|(name, value)| (name.clone(), change(value))).collect()))
        }
        other => other.clone(),
    }
}
