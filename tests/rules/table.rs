//! Tables of one line a case: expressions, types, places.

use crate::value;
use weir::data::{ParamType, Type, Value, cast};
use weir::expr::shorthand::types::parse_type;
use weir::expr::{Expr as _, Member, Names, Root, Shape, Site, Slots, Types, Wants, compile, place};

/// Runs a table.
pub(crate) fn check(kind: &str, text: &str) -> Vec<String> {
    let wants = match kind {
        "value" => Some(Wants::Value),
        "text" => Some(Wants::Text),
        "path" => Some(Wants::Path),
        "condition" => Some(Wants::Condition),
        _ => None,
    };
    let mut given = Ok(Given::default());
    let mut wrong = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if let Some(names) = line.strip_prefix("given: ") {
            given = Given::read(names);
            continue;
        }
        let Some((case, expected)) = line.rsplit_once(" => ") else {
            wrong.push(format!("no ` => ` in `{line}`"));
            continue;
        };
        let (case, expected) = (case.trim_end(), expected.trim());
        let found = match (wants, kind) {
            (Some(wants), _) => given.clone().map(|given| given.run(case, wants)),
            (None, "types") => typed(case),
            (None, "places") => found(case),
            _ => return vec![format!("unknown table `{kind}`")],
        };
        let found = found.unwrap_or_else(|told| format!("can't be run: {told}"));
        let fits = match expected.strip_prefix("! ") {
            Some(part) => found.starts_with('!') && found.contains(part),
            None => found == expected,
        };
        if !fits {
            wrong.push(format!("{case}\n  gives    {found}\n  expected {expected}"));
        }
    }
    wrong
}

/// The names in scope and their values.
#[derive(Clone)]
struct Given {
    names: Names,
    slots: Vec<(Root, Value)>,
}

impl Default for Given {
    fn default() -> Self {
        Given { names: Names::new().with("now", Shape::Scalar(Types::TIME)), slots: Vec::new() }
    }
}

impl Given {
    /// A name of the language is what it is in a stream; all others are given by `for_each`.
    fn read(text: &str) -> Result<Given, String> {
        let Value::Map(members) = value::read(text)? else { return Err("`given` is no map".to_owned()) };
        let mut given = Given::default();
        for (index, (name, value)) in (0..).zip(members.iter()) {
            let (shape, value) = match &**name {
                "window" => (window(value.member("start")), value::with_members(value, value::time)),
                "stream" => (Shape::Scalar(Types::TEXT), value.clone()),
                _ => (Shape::Data, value.clone()),
            };
            let root = Root::reserved(name).unwrap_or(Root::own(index));
            given.names = match Root::reserved(name) {
                Some(_) => given.names.with(name, shape),
                None => given.names.own(name, index, shape),
            };
            given.slots.push((root, value));
        }
        Ok(given)
    }

    /// Evaluates an expression; what is found in it is told by its code.
    fn run(self, expression: &str, wants: Wants) -> String {
        let compiled = match compile(expression, &self.names, &Site::new(wants)) {
            Ok(compiled) => compiled,
            Err(problems) => return problems[0].code.name().to_owned(),
        };
        let now = "2024-05-06T17:08:09Z".parse().expect("a time");
        match compiled.eval(&Slots::new(self.slots, now)) {
            Ok(value) => value::show(&value),
            Err(fault) => format!("! {fault}"),
        }
    }
}

/// What is known of `window`: without a `start` that of a stream without `incremental.start`.
fn window(start: &Value) -> Shape {
    let bound = || Member::of(Types::TIME.or(Types::INTEGER).or(Types::TEXT));
    let start = if *start == Value::Absent { bound().absent("give `incremental.start`") } else { bound() };
    Shape::record([("start", start), ("end", bound()), ("last", bound())])
}

/// `value as type`.
fn typed(case: &str) -> Result<String, String> {
    let (value, kind) = case.rsplit_once(" as ").ok_or("no ` as `")?;
    let value = if value == "absent" { Value::Absent } else { value::read(value)? };
    Ok(match cast(&value, &read_type(kind)?) {
        Ok(cast) => format!("{}{}", value::show(&cast.value), if cast.cut { " cut" } else { "" }),
        Err(error) => format!("! {error}"),
    })
}

fn read_type(text: &str) -> Result<Type, String> {
    let parsed = parse_type(text.trim(), &|_| false).map_err(|problem| problem.message)?;
    match parsed.kind.resolve(&|_| None, &[]) {
        Ok(ParamType::Type(of)) => Ok(of),
        Ok(_) => Err("a type of params".to_owned()),
        Err(problem) => Err(problem.message),
    }
}

/// `place in value`.
fn found(case: &str) -> Result<String, String> {
    let (text, value) = case.split_once(" in ").ok_or("no ` in `")?;
    let path = match place::compile(text.trim()) {
        Ok(path) => path,
        Err(problem) => return Ok(problem.code.name().to_owned()),
    };
    let value = value::read(value)?;
    let found: Vec<String> = path.find(&value).into_iter().map(value::show).collect();
    Ok(format!("{} [{}]", if path.singular() { "one" } else { "many" }, found.join(",")))
}
