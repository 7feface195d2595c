//! Columns that the API describes: what of it is known before it is asked.

use crate::components::auth::RequestPlan;
use crate::components::context::{Cx, Read};
use crate::components::forms::Short;
use crate::components::scope::At;
use crate::data::Type;
use crate::expr::place::Path;
use crate::manifest::SchemaSpec;
use std::sync::Arc;

/// Where the API describes the columns of a stream, compiled.
#[derive(Debug, Clone)]
pub struct Discovery {
    pub request: Option<RequestPlan>,
    pub fields: Read,
    pub name: Arc<dyn Path>,
    pub under: Option<Arc<dyn Path>>,
    pub member: Option<Arc<dyn Path>>,
    pub of: Option<Arc<dyn Path>>,
    pub types: Vec<(String, DiscoveredType)>,
    pub otherwise: Option<Type>,
}

/// What one of the API's types is here.
#[derive(Debug, Clone)]
pub struct DiscoveredType {
    pub of: Type,
    pub required: bool,
    /// A place of its own below the field's member.
    pub from: Option<Arc<dyn Path>>,
}

/// Compiles `schema`.
pub(super) fn compile(cx: &mut Cx<'_>, spec: &SchemaSpec) -> Option<Discovery> {
    let request = spec.request.as_ref().map(|request| request.compile(cx, At::SchemaRequest));
    let fields = cx.source(&spec.fields, if spec.request.is_some() { At::AuthSource } else { At::SchemaRequest });
    let name = cx.place(&spec.name);
    let [under, member, of] =
        [&spec.under, &spec.member, &spec.type_].map(|place| place.as_ref().and_then(|place| cx.place(place)));
    let mut types = Vec::new();
    for entry in spec.types.iter().flat_map(|types| types.iter()) {
        let read = match &entry.value {
            Some(Short::Other(of)) => {
                cx.column_type(of).map(|(of, required)| DiscoveredType { of, required, from: None })
            }
            Some(Short::Map(long)) => {
                let from = long.from.as_ref().and_then(|from| cx.place(from));
                cx.column_type(&long.type_).map(|(of, required)| DiscoveredType { of, required, from })
            }
            None => None,
        };
        types.extend(read.map(|read| (entry.name.clone(), read)));
    }
    let otherwise = spec.otherwise.as_ref().and_then(|of| cx.column_type(of)).map(|(of, _)| of);
    let request = match request {
        Some(request) => Some(request?),
        None => None,
    };
    Some(Discovery { request, fields: fields?, name: name?, under, member, of, types, otherwise })
}
