//! What a param must be to stand for a setting (SEMANTICS rule 57).

use crate::components::forms::{Form, Many, Text};
use crate::data::{ParamType, Type};
use crate::expr::Types;

/// A setting that may come from a param.
pub trait Setting {
    /// Types of params that suit it, as an author writes one.
    const PARAM: &'static str;
    /// What an expression for it may give.
    const GIVES: Types;

    fn suits(param: &ParamType) -> bool;
}

/// Declares settings with the params that suit them.
macro_rules! setting {
    ($($setting:ty: $param:literal, $gives:ident, $suits:expr;)*) => {$(
        impl $crate::components::setting::Setting for $setting {
            const PARAM: &'static str = $param;
            const GIVES: $crate::expr::Types = $crate::expr::Types::$gives;

            fn suits(param: &$crate::data::ParamType) -> bool {
                $suits(param)
            }
        }
    )*};
}
pub(in crate::components) use setting;

setting! {
    u32: "integer", INTEGER, integer;
    u64: "integer", INTEGER, integer;
    i64: "integer", INTEGER, integer;
    bool: "boolean", BOOL, boolean;
}

impl<F: Form> Setting for Text<F> {
    const PARAM: &'static str = if is_place(F::NAME) { "place" } else { "string" };
    const GIVES: Types = Types::TEXT;

    fn suits(param: &ParamType) -> bool {
        match F::NAME {
            name if is_place(name) => *param == ParamType::Place,
            "duration" => text(param) || *param == ParamType::Type(Type::Duration),
            _ => text(param),
        }
    }
}

impl<F: Form> Setting for Many<Text<F>> {
    const PARAM: &'static str = "list<string>";
    const GIVES: Types = Types::TEXT.or(Types::LIST);

    fn suits(param: &ParamType) -> bool {
        match param {
            ParamType::Type(Type::List { of, .. }) => text(&ParamType::Type((**of).clone())),
            other => text(other),
        }
    }
}

fn integer(param: &ParamType) -> bool {
    *param == ParamType::Type(Type::Integer)
}

fn boolean(param: &ParamType) -> bool {
    *param == ParamType::Type(Type::Boolean)
}

/// Texts, and words of an `enum`, for they are texts.
pub(in crate::components) fn text(param: &ParamType) -> bool {
    matches!(param, ParamType::Type(Type::String | Type::Enum(_)))
}

/// Places of their own kind: a text is none.
const fn is_place(form: &str) -> bool {
    matches!(form.as_bytes(), b"place" | b"optional place")
}
