//! Exact integers (SEMANTICS rule 29).

use super::syntax::Arithmetic;
use crate::data::Value;

/// Computes; what is missing is given back.
pub(super) fn compute(op: Arithmetic, left: &Value, right: &Value) -> Result<Value, String> {
    for operand in [left, right] {
        if matches!(operand, Value::Absent | Value::Null) {
            return Ok(operand.clone());
        }
    }
    let (a, b) = (integer(left)?, integer(right)?);
    if b == 0 && matches!(op, Arithmetic::Divide | Arithmetic::Remainder) {
        return Err("division by zero".to_owned());
    }
    let result = match op {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
        // Both round towards the lesser number, as in Python.
        Arithmetic::Divide => a.checked_div(b).map(|quotient| quotient - i64::from(a % b != 0 && (a < 0) != (b < 0))),
        Arithmetic::Remainder => {
            a.checked_rem(b).map(|rest| if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest })
        }
    };
    result.map(Value::Int).ok_or_else(too_large)
}

pub(super) fn negate(value: &Value) -> Result<Value, String> {
    if matches!(value, Value::Absent | Value::Null) {
        return Ok(value.clone());
    }
    integer(value)?.checked_neg().map(Value::Int).ok_or_else(too_large)
}

pub(super) fn integer(value: &Value) -> Result<i64, String> {
    match value {
        Value::Int(int) => Ok(*int),
        Value::Number(digits) if digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') => {
            digits.parse().map_err(|_| too_large())
        }
        Value::Number(_) => Err("arithmetic on decimals is refused; `scale` on a field moves the point".to_owned()),
        other => Err(format!("arithmetic needs integers, this is {}", other.what())),
    }
}

fn too_large() -> String {
    "the integer does not fit 64 bits".to_owned()
}
