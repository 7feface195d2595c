//! Places: RFC 9535 JSONPath into values.

mod query;
mod slips;

use crate::data::{Step, Value};
use crate::diagnostic::{Code, Problem};
use std::fmt;
use std::sync::Arc;

/// The longest place, in bytes.
pub const LONGEST: usize = 1024;

/// A compiled place.
pub trait Path: Send + Sync + fmt::Debug {
    /// Returns the values there, in order; never copies.
    fn find<'v>(&self, value: &'v Value) -> Vec<&'v Value>;

    /// Returns the steps if the place is names, indexes and `[*]` alone; readers follow those themselves.
    fn steps(&self) -> Option<&[Step]>;

    /// Says whether it leads to one value at most.
    fn singular(&self) -> bool;

    fn text(&self) -> &str;
}

/// Compiles a place; a trailing `?` is not part of it.
pub fn compile(text: &str) -> Result<Arc<dyn Path>, Problem> {
    if text.len() > LONGEST {
        return Err(Problem::new(Code::E0204, 0..text.len(), "the place is longer than 1 KiB"));
    }
    if let Some(problem) = slips::find(text) {
        return Err(problem);
    }
    let parsed = jsonpath_rust::parser::parse_json_path(text).map_err(|error| slips::explain(text, &error))?;
    if let Some(steps) = query::simple(&parsed) {
        return Ok(Arc::new(Simple { text: text.into(), steps }));
    }
    let query = query::Query::build(&parsed).map_err(|message| Problem::new(Code::E0204, 0..text.len(), message))?;
    Ok(Arc::new(General { text: text.into(), query }))
}

#[derive(Debug)]
struct Simple {
    text: Arc<str>,
    steps: Vec<Step>,
}

impl Path for Simple {
    fn find<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        let mut found = vec![value];
        for step in &self.steps {
            found = match step {
                Step::Every => found.into_iter().flat_map(query::children).collect(),
                step => {
                    found.into_iter().map(|value| value.step(step)).filter(|value| **value != Value::Absent).collect()
                }
            };
        }
        found
    }

    fn steps(&self) -> Option<&[Step]> {
        Some(&self.steps)
    }

    fn singular(&self) -> bool {
        !self.steps.contains(&Step::Every)
    }

    fn text(&self) -> &str {
        &self.text
    }
}

#[derive(Debug)]
struct General {
    text: Arc<str>,
    query: query::Query,
}

impl Path for General {
    fn find<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        self.query.find(value, value)
    }

    fn steps(&self) -> Option<&[Step]> {
        None
    }

    fn singular(&self) -> bool {
        false
    }

    fn text(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests;
