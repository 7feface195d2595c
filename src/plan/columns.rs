//! Columns, compiled.

use crate::components::context::{Cx, Tree};
use crate::components::forms::{Short, Text};
use crate::components::scope::{At, shape_of};
use crate::data::{Type, TypeFlaw};
use crate::diagnostic::{Code, Diagnostic};
use crate::expr::place::Path;
use crate::expr::shorthand::field::{self, Reference, parse_field, parse_ref};
use crate::expr::{Expr as _, Member, Shape};
use crate::manifest::{FieldSpec, FieldsSpec};
use crate::text::{NamedEntry, Span};
use indexmap::IndexMap;
use std::sync::Arc;

/// What is known of a stream's columns.
#[derive(Debug, Clone)]
pub enum Columns {
    /// Typed columns.
    Typed(Vec<Column>),
    /// The API describes further ones; these win by name.
    Discovered(Vec<Column>),
    /// A param of type `fields` gives them.
    From(String),
    /// Key, cursor, and the record as it came.
    Untyped,
}

/// A typed column.
#[derive(Debug, Clone)]
pub struct Column {
    pub name: String,
    pub span: Span,
    /// Where its short form or its type is written.
    pub written: Span,
    pub of: Type,
    pub required: bool,
    pub origin: Origin,
    /// The column of another stream that this one refers to.
    pub reference: Option<(String, String)>,
    pub hidden: bool,
    pub pii: bool,
    pub scale: Option<u8>,
    pub description: Option<String>,
}

/// Where a column's value comes from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// The member of the same name, after `case`.
    Member,
    Place(Arc<dyn Path>),
    Computed(Tree),
}

impl Columns {
    /// Lists the columns that are known now.
    pub fn known(&self) -> &[Column] {
        match self {
            Columns::Typed(columns) | Columns::Discovered(columns) => columns,
            Columns::From(_) | Columns::Untyped => &[],
        }
    }
}

/// What other streams may know of a column before anything is compiled.
#[derive(Debug, Clone)]
pub(super) struct Outline {
    pub of: Option<Type>,
}

/// Names and types of the columns of a stream; `None` if they are not known before a connection is bound.
pub(super) fn outline(cx: &mut Cx<'_>, fields: &FieldsSpec) -> Option<IndexMap<String, Outline>> {
    let FieldsSpec::Other(fields) = fields else { return None };
    let mut columns = IndexMap::new();
    for entry in fields {
        let of = entry.value.as_ref().and_then(|written| {
            // What is wrong is told when the column is compiled.
            let aliases = cx.aliases.clone();
            let is_alias = |name: &str| aliases.declares(name);
            let kind = match written {
                Short::Other(text) => parse_field(&text.text, &is_alias).ok()?.kind,
                Short::Map(long) => crate::expr::shorthand::types::parse_type(&long.type_.text, &is_alias).ok()?,
            };
            match kind.kind.resolve(&|name| aliases.known.get(name).cloned(), &[]).ok()? {
                crate::data::ParamType::Type(of) => Some(of),
                _ => None,
            }
        });
        columns.insert(entry.name.clone(), Outline { of });
    }
    Some(columns)
}

/// Returns what expressions know of a row with these columns.
pub(super) fn shape(columns: &IndexMap<String, Outline>) -> Shape {
    let member = |outline: &Outline| Member::new(outline.of.as_ref().map_or(Shape::Data, shape_of));
    Shape::record(columns.iter().map(|(name, outline)| (name.as_str(), member(outline))))
}

/// Compiles columns. The references they make are checked across the document.
pub(super) fn compile(cx: &mut Cx<'_>, fields: &FieldsSpec, at: At, references: &mut Vec<Ref>) -> Columns {
    let fields = match fields {
        FieldsSpec::Other(fields) => fields,
        FieldsSpec::Expr(text) => return from_param(cx, text),
    };
    let mut columns = Vec::new();
    for entry in fields {
        if entry.name.is_empty() {
            cx.error(Code::E0210, entry.span, "a column has no name");
        }
        let column = entry.value.as_ref().and_then(|written| match written {
            Short::Other(text) => short(cx, entry, text, at, references),
            Short::Map(long) => self::long(cx, entry, long, at, references),
        });
        columns.extend(column);
    }
    Columns::Typed(columns)
}

/// A reference and the place of its two names.
#[derive(Debug, Clone)]
pub struct Ref {
    pub stream: String,
    pub stream_span: Span,
    pub column: String,
    pub column_span: Span,
}

fn from_param(cx: &mut Cx<'_>, text: &Text<crate::components::forms::Expr>) -> Columns {
    let Some(compiled) = cx.whole(text, At::When, false) else { return Columns::Untyped };
    let param = compiled.uses().params.first().cloned();
    match param {
        Some(name) if cx.param_types.get(&name) == Some(&crate::data::ParamType::Fields) => Columns::From(name),
        _ => {
            cx.push(
                Diagnostic::new(Code::E0306, text.span, "`fields` needs columns, this is another value")
                    .help("write the columns as a map, or give a param of type `fields`"),
            );
            Columns::Untyped
        }
    }
}

fn short(
    cx: &mut Cx<'_>,
    entry: &NamedEntry<Short<Text<crate::components::forms::Field>, FieldSpec>>,
    text: &Text<crate::components::forms::Field>,
    at: At,
    references: &mut Vec<Ref>,
) -> Option<Column> {
    let aliases = cx.aliases.clone();
    let parsed = cx.read(parse_field(&text.text, &|name| aliases.declares(name)), text.span)?;
    let reference = parsed.reference.as_ref().map(|reference| keep(cx, reference, text.span, references));
    let origin = match &parsed.from {
        None => Some(Origin::Member),
        Some(field::Origin::Place(piece)) => match crate::expr::place::compile(&piece.text) {
            Ok(path) => Some(Origin::Place(path)),
            Err(mut problem) => {
                problem.range = problem.range.start + piece.range.start..problem.range.end + piece.range.start;
                cx.problem(problem, text.span);
                None
            }
        },
        Some(field::Origin::Expr(piece)) => cx
            .piece(&piece.text, piece.range.start, text.span, at)
            .map(|compiled| Origin::Computed(Tree::Expr(compiled))),
    };
    let of = cx.resolve(&parsed.kind, text.span);
    let of = checked(cx, of?, text.span)?;
    Some(Column {
        name: entry.name.clone(),
        span: entry.span,
        written: text.span,
        of,
        required: parsed.kind.required,
        origin: origin?,
        reference,
        hidden: false,
        pii: false,
        scale: None,
        description: None,
    })
}

fn long(
    cx: &mut Cx<'_>,
    entry: &NamedEntry<Short<Text<crate::components::forms::Field>, FieldSpec>>,
    spec: &FieldSpec,
    at: At,
    references: &mut Vec<Ref>,
) -> Option<Column> {
    let of = cx.column_type(&spec.type_);
    let reference = spec.ref_.as_ref().and_then(|text| {
        let parsed = cx.read(parse_ref(&text.text), text.span)?;
        Some(keep(cx, &parsed, text.span, references))
    });
    if let (Some(from), Some(value)) = (&spec.from, &spec.value) {
        let (first, second) =
            if from.key.start < value.key.start { (from.key, value.key) } else { (value.key, from.key) };
        cx.push(
            Diagnostic::new(Code::E0613, second, "`from` and `value` exclude each other")
                .also(first, "the other one")
                .help("a column is read from a place or computed; keep one"),
        );
    }
    let origin = match (&spec.from, &spec.value) {
        (_, Some(value)) => cx.tree(&value.value, at, false).map(Origin::Computed),
        (Some(from), None) => cx.place(&from.value).map(Origin::Place),
        (None, None) => Some(Origin::Member),
    };
    let (of, required) = of?;
    let of = checked(cx, of, spec.type_.span)?;
    if let (Some(scale), false) = (&spec.scale, matches!(of, Type::Decimal { .. } | Type::Integer | Type::Number)) {
        cx.push(
            Diagnostic::new(Code::E0613, scale.key, format!("`scale` moves a decimal point, `{of}` has none"))
                .help("scale belongs to `decimal(p,s)`"),
        );
    }
    Some(Column {
        name: entry.name.clone(),
        span: entry.span,
        written: spec.type_.span,
        of,
        required,
        origin: origin?,
        reference,
        hidden: spec.hidden.unwrap_or(false),
        pii: spec.pii.unwrap_or(false),
        scale: spec.scale.as_ref().map(|scale| scale.value),
        description: spec.description.as_ref().map(|text| text.text.clone()),
    })
}

fn keep(cx: &Cx<'_>, reference: &Reference, span: Span, references: &mut Vec<Ref>) -> (String, String) {
    references.push(Ref {
        stream: reference.stream.text.clone(),
        stream_span: cx.sources.inner(span, reference.stream.range.clone()),
        column: reference.column.text.clone(),
        column_span: cx.sources.inner(span, reference.column.range.clone()),
    });
    (reference.stream.text.clone(), reference.column.text.clone())
}

/// Checks what only the whole type knows: precision, patterns, zones.
fn checked(cx: &mut Cx<'_>, of: Type, span: Span) -> Option<Type> {
    match of.check() {
        Ok(()) => Some(of),
        Err(TypeFlaw::Type(told)) => {
            cx.error(Code::E0201, span, told);
            None
        }
        Err(TypeFlaw::Pattern(told) | TypeFlaw::Zone(told)) => {
            cx.error(Code::E0218, span, told);
            None
        }
    }
}
