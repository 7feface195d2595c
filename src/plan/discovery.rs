//! Columns that the API describes: what of it can be checked before it is asked.

use crate::components::context::Cx;
use crate::components::forms::Short;
use crate::components::scope::At;
use crate::manifest::SchemaSpec;

/// Checks `schema`.
pub(super) fn compile(cx: &mut Cx<'_>, spec: &SchemaSpec) {
    if let Some(request) = &spec.request {
        request.compile(cx, At::SchemaRequest);
    }
    cx.source(&spec.fields, if spec.request.is_some() { At::AuthSource } else { At::SchemaRequest });
    cx.place(&spec.name);
    for place in spec.under.iter().chain(&spec.member).chain(&spec.type_) {
        cx.place(place);
    }
    for entry in spec.types.iter().flat_map(|types| types.iter()) {
        match &entry.value {
            Some(Short::Other(of)) => {
                cx.column_type(of);
            }
            Some(Short::Map(long)) => {
                cx.column_type(&long.type_);
                if let Some(from) = &long.from {
                    cx.place(from);
                }
            }
            None => {}
        }
    }
    if let Some(otherwise) = &spec.otherwise {
        cx.column_type(otherwise);
    }
}
