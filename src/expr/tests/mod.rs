mod functions;
mod hostile;
mod refusals;
mod rules;

use super::*;
use crate::data::Map;
use std::sync::Arc;

/// Reads JSON into a value of the language.
fn json(text: &str) -> Value {
    let names = Names::new();
    let source = format!("{{{{ '{}' | from_json }}}}", text.replace('\\', "\\\\").replace('\'', "\\'"));
    let compiled = compile(&source, &names, &Site::new(Wants::Value)).unwrap();
    compiled.eval(&Slots::new(Vec::new(), jiff::Timestamp::UNIX_EPOCH)).unwrap()
}

fn names() -> Names {
    let time = || Member::of(Types::TIME);
    let mut names = Names::new()
        .with(
            "params",
            Shape::record([
                ("token", Member::of(Types::TEXT).secret()),
                ("account", Member::new(Shape::Data).secret()),
                ("mode", Member::of(Types::TEXT)),
                ("size", Member::of(Types::INTEGER)),
                ("query", Member::of(Types::TEXT).absent("give it a default or write `if params.query is defined`")),
            ]),
        )
        .with("now", Shape::Scalar(Types::TIME))
        .with("stream", Shape::Scalar(Types::TEXT))
        .with(
            "window",
            Shape::record([
                ("start", time().absent("give `incremental.start` or write `if window.start`")),
                ("end", time()),
            ]),
        )
        .with("record", Shape::Data)
        .with("records", Shape::List(Box::new(Shape::Data)))
        .with(
            "response",
            Shape::record([
                ("status", Member::of(Types::INTEGER)),
                ("headers", Member::new(Shape::Data)),
                ("body", Member::new(Shape::Data)),
            ]),
        )
        .own("repo", 0, Shape::Data)
        .with_functions(true, true);
    names.elsewhere("page", "in scope in requests of a stream");
    names
}

struct World(Slots);

impl Scope for World {
    fn look(&self, root: Root, steps: &[Step]) -> Result<std::borrow::Cow<'_, Value>, Fault> {
        self.0.look(root, steps)
    }

    fn now(&self) -> jiff::Timestamp {
        self.0.now()
    }

    fn fields(&self, under: &[Step]) -> Result<Value, Fault> {
        Ok(json(if under.is_empty() { r#"["id","user.name"]"# } else { r#"["name"]"# }))
    }

    fn uuid(&self) -> Result<Value, Fault> {
        Ok(Value::Text("00000000-0000-4000-8000-000000000000".into()))
    }
}

fn time(text: &str) -> Value {
    Value::Time(crate::data::Time { at: text.parse().unwrap(), style: crate::data::Style::Rfc3339 })
}

fn world() -> World {
    let record = json(
        r#"{"a":"x","n":5,"price":1.10,"big":9007199254740993,"huge":18446744073709551616,"list":[{"id":1},{"id":2}],
        "user":{"login":"octo"},"t":"false","nothing":null,"empty":"","at":"2024-01-05T00:00:00Z","zero":0,"flags":[true]}"#,
    );
    let window: Map = vec![("end".into(), time("2024-02-01T00:00:00Z"))];
    let params = json(r#"{"token":"s3cret","account":{"id":"x"},"mode":"full","size":3}"#);
    let response = json(r#"{"status":200,"headers":{"etag":"e"},"body":{"next":"abc","total":2}}"#);
    World(Slots::new(
        vec![
            (Root::RECORDS, Value::List(Arc::new(vec![record.clone(), record.clone()]))),
            (Root::RECORD, record),
            (Root::PARAMS, params),
            (Root::WINDOW, Value::Map(Arc::new(window))),
            (Root::STREAM, Value::Text("customers".into())),
            (Root::RESPONSE, response),
            (Root::own(0), json(r#"{"id":7,"full_name":"octo org/a"}"#)),
        ],
        "2024-05-06T17:08:09Z".parse().unwrap(),
    ))
}

fn built(text: &str, site: &Site) -> Result<Compiled, Vec<crate::diagnostic::Problem>> {
    compile(text, &names(), site)
}

fn value(text: &str) -> Result<Value, String> {
    let site = Site::new(Wants::Value).secrets();
    let compiled = built(text, &site).map_err(|problems| {
        problems.iter().map(|p| format!("{} {:?} {}", p.code.name(), p.range, p.message)).collect::<Vec<_>>().join("; ")
    })?;
    compiled.eval(&world()).map_err(|fault| format!("fault: {fault}"))
}

/// Shows a value as JSON; absent as `absent`.
fn shown(value: &Value) -> String {
    if *value == Value::Absent {
        return "absent".to_owned();
    }
    let scope = Slots::new(vec![(Root::RECORD, value.clone())], jiff::Timestamp::UNIX_EPOCH);
    let names = Names::new().with("record", Shape::Data);
    let compiled = compile("{{ record | json }}", &names, &Site::new(Wants::Value)).unwrap();
    match compiled.eval(&scope).unwrap() {
        Value::Text(text) => text.to_string(),
        other => panic!("{other:?}"),
    }
}

/// Runs a table of expressions with what they give as JSON, or the begin of the fault.
fn table(cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        let text = match value(source) {
            Ok(value) => shown(&value),
            Err(told) => told,
        };
        let fits = if expected.starts_with("fault") { text.starts_with(expected) } else { text == *expected };
        assert!(fits, "{source}\n  gives    {text}\n  expected {expected}");
    }
}
