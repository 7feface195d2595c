use super::Family;

impl Family for Value {}

pub fn cast(value: &Value) -> super::cast::Cast {
    let escape = super::super::expr::compile;
    super::cast::cast(value)
}
