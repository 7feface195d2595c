//! Texts and numbers into each other: the whole text or an error.

use super::{Arg, Function, Given};
use crate::data::Value;
use crate::expr::types::Types;
use crate::expr::{compare, write};

const NUMERIC: Types = Types::TEXT.or(Types::INTEGER).or(Types::NUMBER);

pub(super) const ALL: &[Function] = &[
    Function::filter("int", "A number without a fraction as an integer.", NUMERIC.or(Types::BOOL), Types::INTEGER, int)
        .shows(&[("'42' | int", "42"), ("5.0 | int", "5"), ("true | int", "1")]),
    Function::filter(
        "number",
        "A text read as a number; its digits are kept.",
        NUMERIC,
        Types::INTEGER.or(Types::NUMBER),
        |given| number(&compared(given)).ok_or_else(|| "this text is no number".to_owned()),
    )
    .shows(&[("'1.10' | number", "1.10"), ("'42' | number", "42")]),
    Function::filter(
        "decimal",
        "A number with exactly this many digits after the point; digits that do not fit are refused.",
        NUMERIC,
        Types::NUMBER,
        decimal,
    )
    .takes(&[
        Arg::new("precision", Types::INTEGER, "all digits, at most 76"),
        Arg::new("scale", Types::INTEGER, "digits after the point"),
    ])
    .shows(&[("'3.1' | decimal(10, 2)", "3.10"), ("5 | decimal(5, 1)", "5.0")]),
    Function::filter(
        "string",
        "A scalar as text; absent and null are the empty text.",
        Types::SCALAR,
        Types::TEXT,
        |given| {
            let mut out = String::new();
            if !matches!(given.input, Value::Absent | Value::Null) {
                write::scalar(given.input, &mut out)?;
            }
            Ok(Value::Text(out.into()))
        },
    )
    .sees_missing()
    .shows(&[("1.10 | string", "\"1.10\""), ("null | string", "\"\"")]),
    Function::filter(
        "bool",
        "The texts `true` and `false` as booleans.",
        Types::TEXT.or(Types::BOOL),
        Types::BOOL,
        |given| match given.input {
            Value::Bool(_) => Ok(given.input.clone()),
            _ => match given.text() {
                "true" => Ok(Value::Bool(true)),
                "false" => Ok(Value::Bool(false)),
                _ => Err("this text is neither `true` nor `false`".to_owned()),
            },
        },
    )
    .shows(&[("'true' | bool", "true")]),
];

fn compared(given: &Given<'_>) -> String {
    match given.input {
        Value::Text(text) => text.to_string(),
        other => compare::digits(other).into_owned(),
    }
}

/// Reads a number as JSON writes it; a leading `+` or zeros are no number.
pub(super) fn number(text: &str) -> Option<Value> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.strip_prefix(['+', '-']).unwrap_or(exponent)),
        None => (unsigned, "0"),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || !digits(exponent) || (whole.len() > 1 && whole.starts_with('0')) {
        return None;
    }
    Some(match text.parse() {
        // `-0` is no integer that prints as it was written.
        Ok(int) if text != "-0" => Value::Int(int),
        _ => Value::Number(text.into()),
    })
}

fn int(given: &Given<'_>) -> Result<Value, String> {
    if let Value::Bool(bool) = given.input {
        return Ok(Value::Int(i64::from(*bool)));
    }
    let text = compared(given);
    if let Ok(int) = text.parse() {
        return Ok(Value::Int(int));
    }
    number(&text).ok_or_else(|| "this text is no integer".to_owned())?;
    let fixed = fixed(&text, 0).ok_or_else(|| "the number has a fraction or does not fit 64 bits".to_owned())?;
    fixed.parse().map(Value::Int).map_err(|_| "the integer does not fit 64 bits".to_owned())
}

fn decimal(given: &Given<'_>) -> Result<Value, String> {
    let size = |at: usize, most: usize| {
        given.int_arg(at).and_then(|size| usize::try_from(size).ok()).filter(|size| *size <= most)
    };
    let precision = size(0, 76).filter(|size| *size > 0).ok_or("`precision` is between 1 and 76")?;
    let scale = size(1, precision).ok_or("`scale` is between 0 and `precision`")?;
    let text = compared(given);
    number(&text).ok_or_else(|| "this text is no number".to_owned())?;
    let fixed =
        fixed(&text, scale).ok_or_else(|| format!("the number has more than {scale} digits after the point"))?;
    let digits = fixed.bytes().filter(u8::is_ascii_digit).count();
    let leading = usize::from(fixed.trim_start_matches('-').starts_with('0'));
    if digits - leading > precision {
        return Err(format!("the number has more than {precision} digits"));
    }
    Ok(Value::Number(fixed.into()))
}

/// Writes a number without exponent and with so many digits after the point; no digit is lost.
fn fixed(text: &str, scale: usize) -> Option<String> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i64 = exponent.parse().ok()?;
    let (negative, unsigned) = mantissa.strip_prefix('-').map_or((false, mantissa), |rest| (true, rest));
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0');
    let last = significant.trim_end_matches('0');
    if last.is_empty() {
        return Some(if scale == 0 { "0".to_owned() } else { format!("0.{}", "0".repeat(scale)) });
    }
    // The value is `last` × 10^tail.
    let dropped = i64::try_from(significant.len() - last.len()).ok()?;
    let tail = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?.checked_add(dropped)?;
    let zeros = usize::try_from(tail.checked_add(i64::try_from(scale).ok()?)?).ok().filter(|zeros| *zeros <= 400)?;
    let all = format!("{last}{}", "0".repeat(zeros));
    let all = format!("{all:0>width$}", width = scale + 1);
    let (whole, fraction) = all.split_at(all.len() - scale);
    let sign = if negative { "-" } else { "" };
    Some(if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}
