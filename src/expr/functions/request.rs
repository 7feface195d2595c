//! What a request asks its scope for. The tree calls the scope itself; here they have their descriptions.

use super::{Arg, Form, Function};
use crate::expr::types::Types;

pub(super) const ALL: &[Function] = &[
    Function::filter(
        "fields",
        "The places of the wanted columns, as dotted names in column order.",
        Types::NOTHING,
        Types::LIST,
        |_| Err("`fields()` needs a request".to_owned()),
    )
    .takes(&[Arg::new("under", Types::TEXT, "the place below which they lie, `$` if not given")
        .optional()
        .form(Form::Place)])
    .shows(&[("fields() | join(',')", "\"id,user.name\""), ("fields('$.user')", "[\"name\"]")]),
    Function::filter(
        "uuid",
        "A random identifier, the same over all tries of one request.",
        Types::NOTHING,
        Types::TEXT,
        |_| Err("`uuid()` needs a request".to_owned()),
    )
    .shows(&[("uuid()", "\"00000000-0000-4000-8000-000000000000\"")]),
];
