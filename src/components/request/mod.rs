//! The one shape of a request: `METHOD /path`, or a map with what goes with it.
//!
//! Streams, job steps, `get`, `once`, `changes` and actions all take these keys; `request_shape` declares them once.
//! What proves who asks stands above (a login is a request itself), so the macro takes `AuthSpec` from where it is used.

mod body;
mod encode;
mod json;
mod render;

#[cfg(test)]
mod tests;

pub(in crate::components) use encode::replace as replace_in_query;
pub use render::{Extra, render};
pub(in crate::components) use render::{set_cookie, set_header};

use crate::components::context::{Cx, Shift, Tree};
use crate::components::decode::DecodeSpec;
use crate::components::errors::{RetrySpec, RuleSpec, TimeoutsSpec};
use crate::components::forms::{Template, Text};
use crate::components::limits::LimitsSpec;
use crate::components::scope::At;
use crate::diagnostic::{Code, Diagnostic};
use crate::expr::shorthand;
use crate::expr::{Compiled, Expr as _, Site, Wants};
use crate::text::Span;
use crate::text::{Held, Named, Node, Spanned};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// Declares a spec with the keys of a request beside its own.
macro_rules! request_shape {
    ($(#[$meta:meta])* $spec:ident { $request:ty, $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }) => {
        #[derive(Debug, Clone, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        $(#[$meta])*
        pub struct $spec {
            /// The request: `METHOD /path`.
            pub request: $request,
            /// Query parameters, sent in this order.
            pub query: Option<crate::text::Named<crate::text::Node>>,
            /// Request headers.
            pub headers: Option<crate::text::Named<crate::text::Node>>,
            /// A JSON body.
            pub json: Option<crate::text::Held<crate::text::Node>>,
            /// A form-encoded body.
            pub form: Option<crate::text::Held<crate::text::Node>>,
            /// A multipart body, by part name.
            pub multipart: Option<crate::text::Held<crate::text::Named<crate::text::Node>>>,
            /// A text body.
            pub text: Option<crate::text::Held<crate::components::forms::Text<crate::components::forms::Template>>>,
            /// An XML body, as text.
            pub xml: Option<crate::text::Held<crate::components::forms::Text<crate::components::forms::Template>>>,
            /// A GraphQL document; its variables stand in `variables`.
            pub graphql: Option<crate::text::Held<crate::components::forms::Text<crate::components::forms::Template>>>,
            /// Variables of the GraphQL document.
            pub variables: Option<crate::text::Held<crate::text::Named<crate::text::Node>>>,
            /// How this request proves who asks, instead of the connector's way.
            pub auth: Option<AuthSpec>,
            /// Rules for answers, tried in order before the connector's and the built-in ones.
            pub errors: Option<Vec<crate::text::Spanned<crate::components::errors::RuleSpec>>>,
            /// The quotas that this request counts against.
            pub limits: Option<crate::components::limits::LimitsSpec>,
            /// How failed requests are repeated.
            pub retry: Option<crate::components::errors::RetrySpec>,
            /// How long each phase of a request may take.
            pub timeouts: Option<crate::components::errors::TimeoutsSpec>,
            /// How lists and maps are written in query and form.
            pub encode: Option<crate::components::request::EncodeSpec>,
            /// How the body of the answer is read.
            pub decode: Option<crate::components::decode::DecodeSpec>,
            $($(#[$field_meta])* pub $field: $type,)*
        }

        impl $spec {
            /// Returns what every request has.
            pub fn parts(&self) -> crate::components::request::Parts<'_, AuthSpec> {
                crate::components::request::Parts {
                    query: self.query.as_ref(),
                    headers: self.headers.as_ref(),
                    json: self.json.as_ref(),
                    form: self.form.as_ref(),
                    multipart: self.multipart.as_ref(),
                    text: self.text.as_ref(),
                    xml: self.xml.as_ref(),
                    graphql: self.graphql.as_ref(),
                    variables: self.variables.as_ref(),
                    auth: self.auth.as_ref(),
                    errors: self.errors.as_deref(),
                    limits: self.limits.as_ref(),
                    retry: self.retry.as_ref(),
                    timeouts: self.timeouts.as_ref(),
                    encode: self.encode.as_ref(),
                    decode: self.decode.as_ref(),
                }
            }
        }
    };
}
pub(crate) use request_shape;

/// The keys of a request, borrowed from whichever spec holds them.
#[derive(Debug)]
pub struct Parts<'a, A> {
    pub query: Option<&'a Named<Node>>,
    pub headers: Option<&'a Named<Node>>,
    pub json: Option<&'a Held<Node>>,
    pub form: Option<&'a Held<Node>>,
    pub multipart: Option<&'a Held<Named<Node>>>,
    pub text: Option<&'a Held<Text<Template>>>,
    pub xml: Option<&'a Held<Text<Template>>>,
    pub graphql: Option<&'a Held<Text<Template>>>,
    pub variables: Option<&'a Held<Named<Node>>>,
    pub auth: Option<&'a A>,
    pub errors: Option<&'a [Spanned<RuleSpec>]>,
    pub limits: Option<&'a LimitsSpec>,
    pub retry: Option<&'a RetrySpec>,
    pub timeouts: Option<&'a TimeoutsSpec>,
    pub encode: Option<&'a EncodeSpec>,
    pub decode: Option<&'a DecodeSpec>,
}

impl<A> Default for Parts<'_, A> {
    fn default() -> Self {
        Self {
            query: None,
            headers: None,
            json: None,
            form: None,
            multipart: None,
            text: None,
            xml: None,
            graphql: None,
            variables: None,
            auth: None,
            errors: None,
            limits: None,
            retry: None,
            timeouts: None,
            encode: None,
            decode: None,
        }
    }
}

impl<A> Clone for Parts<'_, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A> Copy for Parts<'_, A> {}

/// How lists and maps are written in query and form.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Encode")]
pub struct EncodeSpec {
    /// How a list is written, `repeat` unless given.
    pub lists: Option<Lists>,
    /// How a map is written, `brackets` unless given.
    pub maps: Option<Maps>,
}

/// How a list is written in query and form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lists {
    /// `a=1&a=2`
    Repeat,
    /// `a[]=1&a[]=2`
    Brackets,
    /// `a[0]=1&a[1]=2`
    Indices,
    /// `a=1,2`
    Comma,
    /// `a=[1,2]`
    Json,
}

/// How a map is written in query and form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Maps {
    /// `a[b]=1`
    Brackets,
    /// `a.b=1`
    Dots,
    /// `a={"b":1}`
    Json,
}

/// The parts of a request that every kind of request compiles alike.
#[derive(Debug, Clone)]
pub struct Message {
    pub method: shorthand::request::Method,
    pub target: Target,
    pub span: Span,
    pub query: Vec<Part>,
    pub headers: Vec<Part>,
    pub body: Option<Body>,
    pub variables: Vec<Part>,
}

/// A named part of a request and where it was written.
#[derive(Debug, Clone)]
pub struct Part {
    pub name: String,
    pub span: Span,
    pub value: Tree,
}

/// Where a request goes.
#[derive(Debug, Clone)]
pub enum Target {
    /// Joined to the base with exactly one slash.
    Path(Arc<Compiled>),
    /// A whole address of a declared host.
    Url(Arc<Compiled>),
    /// An expression that gives a path or an address.
    Given(Arc<Compiled>),
}

impl Target {
    pub fn compiled(&self) -> &Arc<Compiled> {
        match self {
            Target::Path(compiled) | Target::Url(compiled) | Target::Given(compiled) => compiled,
        }
    }
}

/// The body of a request.
#[derive(Debug, Clone)]
pub enum Body {
    Json(Tree),
    Form(Tree),
    Multipart(Vec<Part>),
    Text(Arc<Compiled>),
    Xml(Arc<Compiled>),
    Graphql(Arc<Compiled>),
}

/// Compiles `METHOD /path` and the parts beside it; `None` if the request itself does not hold.
pub fn compile<A>(
    cx: &mut Cx<'_>,
    request: &Text<crate::components::forms::Request>,
    parts: &Parts<'_, A>,
    at: At,
) -> Option<Message> {
    let query = named(cx, parts.query, at);
    let headers = named(cx, parts.headers, at);
    let variables = named(cx, parts.variables.map(|held| &held.value), at);
    let body = body(cx, parts, at);
    let parsed = cx.read(shorthand::request::parse_request(&request.text), request.span)?;
    let target = target(cx, &parsed, request, at)?;
    Some(Message { method: parsed.method, target, span: request.span, query, headers, body, variables })
}

fn target(
    cx: &mut Cx<'_>,
    parsed: &shorthand::request::Request,
    request: &Text<crate::components::forms::Request>,
    at: At,
) -> Option<Target> {
    use shorthand::request::Target as Written;
    let piece = parsed.target.piece();
    let (text, range) = (piece.text.as_str(), piece.range.clone());
    let shift = Shift { offset: range.start, span: request.span };
    let compiled = cx.shifted(text, &shift, at, &Site::new(Wants::Path).secrets())?;
    if !matches!(parsed.target, Written::Path(_)) {
        let span = cx.sources.inner(request.span, range);
        cx.address_of(&compiled, span, matches!(at, At::Auth | At::Job));
    }
    Some(match &parsed.target {
        Written::Path(_) => Target::Path(compiled),
        Written::Url(_) => Target::Url(compiled),
        Written::Expr(_) => Target::Given(compiled),
    })
}

/// Compiles named parts; one that does not hold is left out.
pub fn named(cx: &mut Cx<'_>, parts: Option<&Named<Node>>, at: At) -> Vec<Part> {
    let mut compiled = Vec::new();
    for entry in parts.into_iter().flat_map(Named::iter) {
        let Some(value) = entry.value.as_ref().and_then(|node| cx.tree(node, at, true)) else { continue };
        compiled.push(Part { name: entry.name.clone(), span: entry.span, value });
    }
    compiled
}

fn body<A>(cx: &mut Cx<'_>, parts: &Parts<'_, A>, at: At) -> Option<Body> {
    let written: Vec<(&str, Span)> = [
        ("json", parts.json.map(|held| held.key)),
        ("form", parts.form.map(|held| held.key)),
        ("multipart", parts.multipart.map(|held| held.key)),
        ("text", parts.text.map(|held| held.key)),
        ("xml", parts.xml.map(|held| held.key)),
        ("graphql", parts.graphql.map(|held| held.key)),
    ]
    .into_iter()
    .filter_map(|(kind, span)| Some((kind, span?)))
    .collect();
    if let [(first, one), (second, two), ..] = written.as_slice() {
        let (earlier, later) =
            if one.start <= two.start { ((first, one), (second, two)) } else { ((second, two), (first, one)) };
        cx.push(
            Diagnostic::new(Code::E0611, *later.1, format!("two bodies: `{}` and `{}`", earlier.0, later.0))
                .also(*earlier.1, "the first body")
                .help("a request has one body; keep one of them"),
        );
    }
    if let (Some(variables), None) = (parts.variables, parts.graphql) {
        cx.push(
            Diagnostic::new(Code::E0613, variables.key, "`variables` belong to a `graphql` body")
                .help("write the document under `graphql`, or send the values as `json`"),
        );
    }
    let mut body = None;
    if let Some(node) = parts.json {
        body = cx.tree(&node.value, at, true).map(Body::Json).or(body);
    }
    if let Some(node) = parts.form {
        body = cx.tree(&node.value, at, true).map(Body::Form).or(body);
    }
    if let Some(parts) = parts.multipart {
        body = Some(Body::Multipart(named(cx, Some(&parts.value), at)));
    }
    if let Some(text) = parts.text {
        body = cx.request_text(&text.value, at).map(Body::Text).or(body);
    }
    if let Some(text) = parts.xml {
        body = cx.request_text(&text.value, at).map(Body::Xml).or(body);
    }
    if let Some(text) = parts.graphql {
        body = cx.request_text(&text.value, at).map(Body::Graphql).or(body);
    }
    body
}

impl Message {
    /// How messages name it: method and address as the manifest writes them, never with values.
    pub fn shown(&self) -> String {
        format!("{} {}", self.method.word(), self.target.compiled().source())
    }

    /// Visits every expression of the request.
    pub fn each_expr(&self, visit: &mut dyn FnMut(&Compiled)) {
        visit(self.target.compiled());
        for part in self.query.iter().chain(&self.headers) {
            part.value.each_expr(visit);
        }
        self.each_body_expr(visit);
    }

    /// Visits every expression of the body.
    fn each_body_expr(&self, visit: &mut dyn FnMut(&Compiled)) {
        self.variables.iter().for_each(|part| part.value.each_expr(visit));
        match &self.body {
            Some(Body::Json(tree) | Body::Form(tree)) => tree.each_expr(visit),
            Some(Body::Multipart(parts)) => parts.iter().for_each(|part| part.value.each_expr(visit)),
            Some(Body::Text(text) | Body::Xml(text) | Body::Graphql(text)) => visit(text),
            None => {}
        }
    }

    /// Says whether any expression of the request reads a name.
    pub fn reads(&self, name: &str) -> bool {
        let mut found = false;
        self.each_expr(&mut |compiled| found |= compiled.uses().has(name));
        found
    }
}
