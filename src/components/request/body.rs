//! Bodies: built as values, written once (SEMANTICS rule 42).

use super::encode::{Pairs, pairs, written};
use super::render::{Extra, refused, set_member, take_member};
use super::{Body, EncodeSpec, Message, json};
use crate::components::answer::Nulls;
use crate::components::context::Tree;
use crate::data::Value;
use crate::expr::shorthand::address::Address;
use crate::expr::{Compiled, Expr as _, Scope};
use crate::fault::{Fault, Kind};
use std::sync::Arc;

/// A body and what it is.
pub(super) struct Written {
    pub(super) text: String,
    pub(super) content_type: &'static str,
}

const JSON: &str = "application/json";

impl Message {
    /// Writes the body with what a page adds to it.
    pub(super) fn body(
        &self,
        encode: &EncodeSpec,
        scope: &dyn Scope,
        extra: &Extra<'_>,
    ) -> Result<Option<Written>, Fault> {
        let puts_form = extra.put.iter().any(|(at, _)| matches!(at, Address::Form(_)));
        let puts_body = extra.put.iter().any(|(at, _)| matches!(at, Address::Body(_)));
        match &self.body {
            None if puts_form => form(&Tree::Map(Vec::new()), encode, scope, extra).map(Some),
            None if puts_body => object(Value::Map(Arc::default()), extra).map(Some),
            None => Ok(None),
            Some(Body::Json(_) | Body::Graphql(_) | Body::Text(_) | Body::Xml(_)) if puts_form => {
                Err(misplaced("form", "there is another body"))
            }
            Some(Body::Form(_) | Body::Text(_) | Body::Xml(_)) if puts_body => {
                Err(misplaced("body", "only a JSON body has members"))
            }
            Some(Body::Json(tree)) => match tree.eval(scope, Nulls::Send)? {
                Value::Absent if !puts_body => Ok(None),
                value => object(value, extra).map(Some),
            },
            Some(Body::Graphql(document)) => object(self.graphql(document, scope, extra)?, extra).map(Some),
            Some(Body::Form(tree)) => form(tree, encode, scope, extra).map(Some),
            Some(Body::Text(text)) => plain(text, scope, "text/plain; charset=utf-8").map(Some),
            Some(Body::Xml(text)) => plain(text, scope, "application/xml").map(Some),
            Some(Body::Multipart(_)) => Err(unbuilt("a `multipart` body")),
        }
    }

    /// A GraphQL request: the document and its variables.
    fn graphql(&self, document: &Compiled, scope: &dyn Scope, extra: &Extra<'_>) -> Result<Value, Fault> {
        let mut members = vec![("query".into(), document.eval(scope)?)];
        let mut variables = Value::Map(Arc::default());
        for part in &self.variables {
            let value = part.value.eval(scope, Nulls::Send)?;
            if let (true, Value::Map(map)) = (Nulls::Send.keep(&value), &mut variables) {
                Arc::make_mut(map).push((part.name.as_str().into(), value));
            }
        }
        for at in extra.left_out {
            if let Address::Variables(steps) = at {
                take_member(&mut variables, steps);
            }
        }
        for (at, value) in extra.put {
            if let Address::Variables(steps) = at {
                set_member(&mut variables, steps, value.clone()).map_err(|message| refused("variables", &message))?;
            }
        }
        if !matches!(&variables, Value::Map(map) if map.is_empty()) {
            members.push(("variables".into(), variables));
        }
        Ok(Value::Map(Arc::new(members)))
    }
}

fn object(mut value: Value, extra: &Extra<'_>) -> Result<Written, Fault> {
    for at in extra.left_out {
        if let Address::Body(steps) = at {
            take_member(&mut value, steps);
        }
    }
    for (at, put) in extra.put {
        if let Address::Body(steps) = at {
            set_member(&mut value, steps, put.clone()).map_err(|message| refused("json", &message))?;
        }
    }
    let mut text = String::new();
    json::write(&value, &mut text).map_err(|message| refused("json", &message))?;
    Ok(Written { text, content_type: JSON })
}

fn form(tree: &Tree, encode: &EncodeSpec, scope: &dyn Scope, extra: &Extra<'_>) -> Result<Written, Fault> {
    let told = |message: String| refused("form", &message);
    let mut all = Pairs::new();
    match tree.eval(scope, Nulls::Drop)? {
        Value::Map(members) => {
            for (name, value) in members.iter().filter(|(name, _)| !extra.leaves_out(&Address::Form(name.to_string())))
            {
                pairs(name, value, encode, &mut all).map_err(told)?;
            }
        }
        Value::Absent | Value::Null => {}
        other => return Err(refused("form", &format!("a form is a map, not {}", other.what()))),
    }
    for (at, value) in extra.put {
        if let Address::Form(name) = at {
            all.retain(|(known, _)| known != name);
            pairs(name, value, encode, &mut all).map_err(told)?;
        }
    }
    Ok(Written { text: written(&all), content_type: "application/x-www-form-urlencoded" })
}

fn plain(text: &Compiled, scope: &dyn Scope, content_type: &'static str) -> Result<Written, Fault> {
    match text.eval(scope)? {
        Value::Text(text) => Ok(Written { text: text.to_string(), content_type }),
        other => Err(refused("text", &format!("a text body is a text, not {}", other.what()))),
    }
}

fn misplaced(at: &str, why: &str) -> Fault {
    refused("into", &format!("a value can't be written into `{at}`: {why}"))
}

fn unbuilt(what: &str) -> Fault {
    Fault::new(Kind::Config, "request", format!("{what} can't be run by this version"))
}
