//! What a component needs to compile itself: the names in scope, the sources, and where findings go.
//!
//! A component never stops at a finding: it pushes it and gives back `None`, and the check goes on with the rest.

use crate::components::forms::{
    Address, Duration, Expr as ExprForm, Form, Late as LateSpec, OptionalPlace, Place, Scalar, Source, Text,
};
use crate::components::scope::{At, Scoped, Scopes};
use crate::components::setting::Setting;
use crate::data::{self, Value};
use crate::diagnostic::{Code, Diagnostic, Problem, Report};
use crate::expr::{self, Compiled, Expr, Site, Wants, place::Path, shorthand};
use crate::fault::Fault;
use crate::text::{Content, Node, Sources, Span};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

/// The surroundings of one compilation.
pub struct Cx<'a> {
    pub sources: &'a Sources,
    pub report: &'a mut Report,
    pub scopes: Scoped,
    /// The params that something reads; those that nothing reads are told at the end.
    pub used: &'a mut BTreeSet<String>,
    /// The types of params that are no plain values: `place`, `fields`.
    pub param_types: &'a indexmap::IndexMap<String, data::ParamType>,
    /// Params that are declared but did not hold.
    pub broken_params: &'a BTreeSet<String>,
    /// The connector's quotas; `None` for one that did not hold.
    pub quotas: &'a [(String, Option<crate::components::limits::LimitSpec>)],
    /// What a setting that comes from elsewhere may read: params, in `incremental` also `once` values.
    pub late_at: At,
    /// The names of `for_each` that are rows of a stream, the stream, and where it is declared.
    pub parents: Vec<(String, String, Span)>,
    /// The type aliases in scope.
    pub aliases: Rc<Aliases>,
    /// The whole addresses of all requests and token services, as far as they are known.
    pub addresses: Vec<WholeAddress>,
}

/// A whole address that a manifest asks.
#[derive(Debug, Clone)]
pub struct WholeAddress {
    /// The address; expressions that are no constants stand in it as they were written.
    pub text: String,
    pub span: Span,
    /// A token service, a login or a job: its host is declared by being written (SEMANTICS rule 39).
    pub declares: bool,
}

/// The names for types that a manifest declares.
#[derive(Debug, Clone, Default)]
pub struct Aliases {
    pub known: indexmap::IndexMap<String, data::Type>,
    /// Those that are declared but did not hold.
    pub broken: BTreeSet<String>,
}

impl Aliases {
    pub fn declares(&self, name: &str) -> bool {
        self.known.contains_key(name) || self.broken.contains(name)
    }
}

/// A setting that is fixed, or read from a param when a connection is bound.
#[derive(Clone, Debug)]
pub enum Late<T> {
    Is(T),
    From(Arc<Compiled>),
}

impl<T> Late<T> {
    /// Returns the setting, if it was decided when the connection was bound. Only what a `once` value gives is not.
    pub fn known(&self) -> Option<&T> {
        match self {
            Late::Is(known) => Some(known),
            Late::From(_) => None,
        }
    }
}

/// A value with expressions in it, as it is sent or computed.
#[derive(Clone, Debug)]
pub enum Tree {
    Fixed(Value),
    Expr(Arc<Compiled>),
    List(Vec<Tree>),
    Map(Vec<(Arc<str>, Tree)>),
}

/// Where something is read.
#[derive(Clone, Debug)]
pub enum Read {
    Place(Arc<dyn Path>),
    /// A header, in lower case.
    Header(Arc<str>),
    Expr(Arc<Compiled>),
    /// A param of type `place`, compiled when a connection is bound.
    PlaceOf(String),
}

/// Where a stretch of a text begins, and the text's place.
#[derive(Clone, Copy, Debug)]
pub struct Shift {
    pub offset: usize,
    pub span: Span,
}

impl Tree {
    /// Computes the value; what is absent in a list or a map is left out of it.
    pub fn value(&self, scope: &dyn expr::Scope) -> Result<Value, Fault> {
        Ok(match self {
            Tree::Fixed(value) => value.clone(),
            Tree::Expr(compiled) => compiled.eval(scope)?,
            Tree::List(items) => {
                let items = items.iter().map(|item| item.value(scope));
                let there = items.filter(|item| !matches!(item, Ok(Value::Absent)));
                Value::List(Arc::new(there.collect::<Result<_, _>>()?))
            }
            Tree::Map(members) => {
                let members = members.iter().map(|(name, member)| Ok((Arc::clone(name), member.value(scope)?)));
                let there = members.filter(|member| !matches!(member, Ok((_, Value::Absent))));
                Value::Map(Arc::new(there.collect::<Result<_, Fault>>()?))
            }
        })
    }

    /// Visits every expression in it.
    pub fn each_expr(&self, visit: &mut dyn FnMut(&Compiled)) {
        match self {
            Tree::Fixed(_) => {}
            Tree::Expr(compiled) => visit(compiled),
            Tree::List(items) => items.iter().for_each(|item| item.each_expr(visit)),
            Tree::Map(members) => members.iter().for_each(|(_, member)| member.each_expr(visit)),
        }
    }
}

impl Cx<'_> {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.report.push(diagnostic);
    }

    pub fn error(&mut self, code: Code, at: Span, message: impl Into<String>) {
        self.report.push(Diagnostic::new(code, at, message));
    }

    /// Tells a problem of a text with its place.
    pub fn problem(&mut self, problem: Problem, text: Span) {
        self.report.push(problem.at(self.sources, text));
    }

    /// Keeps what a parser gives, or tells its problem.
    pub fn read<T>(&mut self, result: Result<T, Problem>, text: Span) -> Option<T> {
        result.map_err(|problem| self.problem(problem, text)).ok()
    }

    /// Keeps an address for the check of its host.
    pub fn address_of(&mut self, compiled: &Compiled, span: Span, declares: bool) {
        let text = expr::constant_text(compiled).unwrap_or_else(|| compiled.source().to_owned());
        self.addresses.push(WholeAddress { text, span, declares });
    }

    /// Runs something with other scopes.
    pub fn within<R>(&mut self, scopes: Scopes, run: impl FnOnce(&mut Self) -> R) -> R {
        let before = std::mem::replace(&mut self.scopes, scopes.into());
        let result = run(self);
        self.scopes = before;
        result
    }

    /// Compiles an expression or a template.
    pub fn expr(&mut self, text: &str, span: Span, at: At, site: &Site) -> Option<Arc<Compiled>> {
        self.shifted(text, &Shift { offset: 0, span }, at, site)
    }

    /// Compiles a stretch of a text; its problems are told where they stand in the whole text.
    pub fn shifted(&mut self, text: &str, shift: &Shift, at: At, site: &Site) -> Option<Arc<Compiled>> {
        match expr::compile(text, &self.scopes.cut(at), site) {
            Ok(compiled) => {
                self.used.extend(compiled.uses().params.iter().cloned());
                if compiled.uses().has("params") && compiled.uses().params.is_empty() {
                    self.used.extend(self.param_types.keys().cloned());
                }
                Some(Arc::new(compiled))
            }
            Err(problems) => {
                // What a broken expression would have read is not known: none of it counts as unused.
                self.used.extend(self.param_types.keys().filter(|name| text.contains(name.as_str())).cloned());
                for problem in problems {
                    let parent = self.parent_of(text, &problem);
                    let mut problem = self.reworded(problem, text);
                    problem.range = problem.range.start + shift.offset..problem.range.end + shift.offset;
                    let mut told = problem.at(self.sources, shift.span);
                    if let Some((code, place, label)) = parent {
                        told.code = code;
                        told.severity = code.severity();
                        told = told.also(place, label);
                    }
                    self.push(told);
                }
                None
            }
        }
    }

    /// An unknown member of a parent is a column that its stream does not have: that is told with its declaration.
    fn parent_of(&self, text: &str, problem: &Problem) -> Option<(Code, Span, String)> {
        if problem.code != Code::E0311 {
            return None;
        }
        let before = text.get(..problem.range.start)?.trim_end_matches(['.', '[', '\'', '"', ' ']);
        let name = &before[before.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).map_or(0, |at| at + 1)..];
        let (_, stream, place) = self.parents.iter().find(|(parent, _, _)| parent == name)?;
        Some((Code::E0503, *place, format!("`{name}` is a row of `{stream}`, declared here")))
    }

    fn reworded(&self, mut problem: Problem, _text: &str) -> Problem {
        // Without positions there is no window: that is a matter of the stream, not of the expression.
        if problem.code == Code::E0310
            && self.scopes.stream
            && self.scopes.window.is_none()
            && problem.message.contains("`window`")
        {
            problem.code = Code::E0604;
            problem.message = "`window` needs `incremental` or `changes`".into();
            problem.help =
                Some("add `incremental: <column>` to the stream, or take the key that uses it away with `null`".into());
        }
        problem
    }

    /// Compiles an expression that is a piece of a text, beginning at `offset` in it.
    pub fn piece(&mut self, piece: &str, offset: usize, span: Span, at: At) -> Option<Arc<Compiled>> {
        let shift = Shift { offset, span };
        self.shifted(piece, &shift, at, &Site::new(Wants::Value))
    }

    /// Compiles a condition (SEMANTICS rule 27).
    pub fn condition<F>(&mut self, text: &Text<F>, at: At) -> Option<Arc<Compiled>> {
        self.expr(&text.text, text.span, at, &Site::new(Wants::Condition).whole())
    }

    /// Compiles a text that goes into a request, where secrets may be.
    pub fn request_text<F>(&mut self, text: &Text<F>, at: At) -> Option<Arc<Compiled>> {
        self.expr(&text.text, text.span, at, &Site::new(Wants::Text).secrets())
    }

    /// Compiles a text that people or files see.
    pub fn plain_text<F>(&mut self, text: &Text<F>, at: At) -> Option<Arc<Compiled>> {
        self.expr(&text.text, text.span, at, &Site::new(Wants::Text))
    }

    /// Compiles one whole expression.
    pub fn whole<F>(&mut self, text: &Text<F>, at: At, secrets: bool) -> Option<Arc<Compiled>> {
        let site = Site::new(Wants::Value).whole();
        self.expr(&text.text, text.span, at, &if secrets { site.secrets() } else { site })
    }

    /// Compiles any value with expressions in its texts. `None` if anything in it does not hold.
    pub fn tree(&mut self, node: &Node, at: At, secrets: bool) -> Option<Tree> {
        let site = Site::new(Wants::Value);
        let site = if secrets { site.secrets() } else { site };
        match &node.content {
            Content::Text(text) if text.contains("{{") || text.contains("{%") || text.contains("{#") => {
                self.expr(text, node.span, at, &site).map(Tree::Expr)
            }
            Content::List(items) => {
                let items: Vec<_> = items.iter().map(|item| self.tree(item, at, secrets)).collect();
                items.into_iter().collect::<Option<_>>().map(Tree::List)
            }
            Content::Map(entries) => {
                let members: Vec<_> = entries
                    .iter()
                    .map(|entry| Some((entry.key.as_str().into(), self.tree(&entry.value, at, secrets)?)))
                    .collect();
                members.into_iter().collect::<Option<_>>().map(Tree::Map)
            }
            Content::Unknown => None,
            _ => Some(Tree::Fixed(fixed(node))),
        }
    }

    /// Compiles a scalar that may hold an expression.
    pub fn scalar(&mut self, scalar: &Scalar, at: At, secrets: bool) -> Option<Tree> {
        match scalar {
            Scalar::Text(text) => {
                let node = Node { span: text.span, content: Content::Text(text.text.clone()) };
                self.tree(&node, at, secrets)
            }
            Scalar::Number(digits) => Some(Tree::Fixed(data::number(&digits.value.0))),
            Scalar::Bool(yes) => Some(Tree::Fixed(Value::Bool(*yes))),
        }
    }

    pub fn place(&mut self, text: &Text<Place>) -> Option<Arc<dyn Path>> {
        self.read(expr::place::compile(&text.text), text.span)
    }

    /// Compiles a place that may be absent: `$.rows?`.
    pub fn optional_place(&mut self, text: &Text<OptionalPlace>) -> Option<(Arc<dyn Path>, bool)> {
        let (place, optional) = shorthand::place::split_optional(&text.text);
        self.read(expr::place::compile(place), text.span).map(|path| (path, optional))
    }

    /// Compiles where something is read: a place, a header or an expression.
    pub fn source(&mut self, text: &Text<Source>, at: At) -> Option<Read> {
        use shorthand::source::Source as Parsed;
        match self.read(shorthand::source::parse_source(&text.text), text.span)? {
            Parsed::Place(place) => self.read(expr::place::compile(&place.text), text.span).map(Read::Place),
            Parsed::Header(name) => Some(Read::Header(name.text.to_ascii_lowercase().into())),
            Parsed::Expr(_) => {
                let compiled = self.whole(text, at, false)?;
                Some(self.place_param(&compiled).map_or(Read::Expr(compiled), Read::PlaceOf))
            }
        }
    }

    /// Compiles where a condition is read; an expression must not give a text (SEMANTICS rule 27).
    pub fn condition_source(&mut self, text: &Text<Source>, at: At) -> Option<Read> {
        let inner = text.text.trim_start_matches("{{").trim_end_matches("}}").trim();
        let place = inner.strip_prefix("params.").and_then(|name| self.param_types.get(name));
        if !text.text.starts_with("{{") || place == Some(&data::ParamType::Place) {
            return self.source(text, at);
        }
        self.condition(text, at).map(Read::Expr)
    }

    /// Returns the name of the param if an expression is just a param of type `place`.
    pub fn place_param(&self, compiled: &Compiled) -> Option<String> {
        // Exactly the look-up: a place that something is made of is a text like any other.
        let name = compiled.source().trim_start_matches("{{").trim_end_matches("}}").trim().strip_prefix("params.")?;
        (self.param_types.get(name) == Some(&data::ParamType::Place)).then(|| name.to_owned())
    }

    pub fn address(&mut self, text: &Text<Address>) -> Option<shorthand::address::Address> {
        self.read(shorthand::address::parse_address(&text.text), text.span)
    }

    pub fn duration(&mut self, text: &Text<Duration>) -> Option<data::Duration> {
        self.read(shorthand::duration::parse_duration(&text.text), text.span)
    }

    /// Compiles a duration that nothing goes on without: it is longer than nothing.
    pub fn lasting(&mut self, text: &Text<Duration>) -> Option<data::Duration> {
        let duration = self.duration(text)?;
        if duration != data::Duration::default() {
            return Some(duration);
        }
        self.push(
            Diagnostic::new(Code::E0106, text.span, format!("`{}` is no time at all", text.text))
                .help("write a duration longer than nothing, for example `30s`"),
        );
        None
    }

    /// Compiles a setting that may come from a param: one whole `{{ params.x }}` (SEMANTICS rule 57).
    pub fn late<S: Setting, T>(
        &mut self,
        setting: &LateSpec<S>,
        fixed: impl FnOnce(&mut Self, &S) -> Option<T>,
    ) -> Option<Late<T>> {
        match setting {
            LateSpec::Other(setting) => fixed(self, setting).map(Late::Is),
            LateSpec::Expr(text) => self.from_param::<S>(text).map(Late::From),
        }
    }

    /// Compiles an expression for a setting; a param that it consists of must be of a type that suits.
    pub fn from_param<S: Setting>(&mut self, text: &Text<ExprForm>) -> Option<Arc<Compiled>> {
        let inner = text.text.trim_start_matches("{{").trim_end_matches("}}").trim();
        let of = inner.strip_prefix("params.").and_then(|name| Some((name, self.param_types.get(name)?)));
        let Some((name, of)) = of else {
            return self.expr(&text.text, text.span, self.late_at, &Site::new(Wants::Value).whole().types(S::GIVES));
        };
        // A secret is told as such.
        if of.is_secret() || S::suits(of) {
            return self.whole(text, self.late_at, false);
        }
        let (message, begin) =
            (format!("`{name}` is `{of}`, this setting needs `{}`", S::PARAM), text.text.find("params"));
        let problem = begin.map_or(0..0, |begin| begin..begin + inner.len());
        let problem = Problem::new(Code::E0306, problem, message)
            .help(format!("declare the param as `{name}: {}`, or write the setting out", S::PARAM));
        self.used.insert(name.to_owned());
        self.problem(problem, text.span);
        None
    }

    /// Looks the aliases of a written type up.
    pub fn resolve(&mut self, parsed: &shorthand::types::TypeShort, span: Span) -> Option<data::Type> {
        let aliases = self.aliases.clone();
        let names: Vec<&str> = aliases.known.keys().map(String::as_str).collect();
        if let shorthand::types::TypeRef::Alias(piece) = &parsed.kind
            && aliases.broken.contains(&piece.text)
        {
            return None;
        }
        match self.read(parsed.kind.resolve(&|name| aliases.known.get(name).cloned(), &names), span)? {
            data::ParamType::Type(of) => Some(of),
            _ => None,
        }
    }

    /// Resolves a written type.
    pub fn column_type<F: Form>(&mut self, text: &Text<F>) -> Option<(data::Type, bool)> {
        let aliases = self.aliases.clone();
        let parsed = self.read(shorthand::types::parse_type(&text.text, &|name| aliases.declares(name)), text.span)?;
        let of = self.resolve(&parsed, text.span)?;
        Some((of, parsed.required))
    }
}

/// Returns a value that holds no expression.
pub fn fixed(node: &Node) -> Value {
    match &node.content {
        Content::Null => Value::Null,
        Content::Unknown => Value::Absent,
        Content::Bool(yes) => Value::Bool(*yes),
        Content::Number(digits) => data::number(digits),
        Content::Text(text) => Value::Text(text.as_str().into()),
        Content::List(items) => Value::List(Arc::new(items.iter().map(fixed).collect())),
        Content::Map(entries) => {
            Value::Map(Arc::new(entries.iter().map(|entry| (entry.key.as_str().into(), fixed(&entry.value))).collect()))
        }
    }
}
