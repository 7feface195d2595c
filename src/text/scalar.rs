//! What a plain scalar is: the core schema of YAML 1.2. `no`, `on`, `1_000` and `12:30:45` are texts.

use crate::text::Content;

/// Reads a plain scalar. Numbers keep their digits.
pub(super) fn resolve(text: &str) -> Content {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Content::Null,
        "true" | "True" | "TRUE" => Content::Bool(true),
        "false" | "False" | "FALSE" => Content::Bool(false),
        _ if is_number(text) => Content::Number(text.to_owned()),
        _ => Content::Text(text.to_owned()),
    }
}

/// Returns the exact value of a number that has no fraction: `017`, `0x1F`, `1.0`, `1e3`.
pub fn integer(digits: &str) -> Option<i128> {
    if let Some(octal) = digits.strip_prefix("0o") {
        return i128::from_str_radix(octal, 8).ok();
    }
    if let Some(hex) = digits.strip_prefix("0x") {
        return i128::from_str_radix(hex, 16).ok();
    }
    let (negative, plain) = digits.strip_prefix('-').map_or((false, digits), |rest| (true, rest));
    let plain = plain.strip_prefix('+').unwrap_or(plain);
    let (mantissa, exponent) = plain.split_once(['e', 'E']).map_or((plain, "0"), |(m, e)| (m, e));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fraction = fraction.trim_end_matches('0');
    let places = exponent.parse::<i64>().ok()?.checked_sub(i64::try_from(fraction.len()).ok()?)?;
    let mut all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    if all.bytes().all(|digit| digit == b'0') {
        return Some(0);
    }
    if places < 0 {
        let kept = all.len().checked_sub(usize::try_from(-places).ok()?)?;
        if all[kept..].bytes().any(|digit| digit != b'0') {
            return None;
        }
        all.truncate(kept);
    } else {
        // More zeros than this are beyond every integer.
        let zeros = usize::try_from(places).ok().filter(|zeros| *zeros < 40)?;
        all.extend(std::iter::repeat_n('0', zeros));
    }
    let value: i128 = all.parse().ok()?;
    Some(if negative { -value } else { value })
}

pub fn float(digits: &str) -> Option<f64> {
    let unsigned = digits.trim_start_matches(['+', '-']);
    match unsigned.to_ascii_lowercase().as_str() {
        ".nan" => Some(f64::NAN),
        ".inf" if digits.starts_with('-') => Some(f64::NEG_INFINITY),
        ".inf" => Some(f64::INFINITY),
        _ => digits.parse().ok(),
    }
}

fn is_number(text: &str) -> bool {
    if let Some(octal) = text.strip_prefix("0o") {
        return !octal.is_empty() && octal.bytes().all(|digit| matches!(digit, b'0'..=b'7'));
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return !hex.is_empty() && hex.bytes().all(|digit| digit.is_ascii_hexdigit());
    }
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    matches!(unsigned, ".inf" | ".Inf" | ".INF") || is_decimal(unsigned)
}

/// `\.[0-9]+ | [0-9]+(\.[0-9]*)?`, then perhaps an exponent.
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(m, e)| (m, Some(e)));
    let all_digits = |part: &str| part.bytes().all(|digit| digit.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_holds = all_digits(whole) && all_digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let exponent_holds = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && all_digits(digits)
    });
    mantissa_holds && exponent_holds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_schema() {
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(resolve(text), Content::Null, "{text}");
        }
        for text in ["true", "True", "TRUE"] {
            assert_eq!(resolve(text), Content::Bool(true), "{text}");
        }
        for text in [
            "0",
            "-1",
            "+1",
            "017",
            "0o17",
            "0x1F",
            "1.",
            ".5",
            "1.10",
            "-1.5e-3",
            "1E5",
            ".inf",
            "-.INF",
            ".nan",
            "99999999999999999999",
        ] {
            assert_eq!(resolve(text), Content::Number(text.into()), "{text}");
        }
        for text in [
            "no",
            "on",
            "y",
            "Off",
            "1_000",
            "12:30:45",
            "2024-01-01",
            "0o8",
            "0x",
            "-0x1",
            ".",
            "e5",
            "1e",
            "--1",
            "+",
            "1.2.3",
            "inf",
            "nan",
            "tRUE",
            "nULL",
            "-.nan",
        ] {
            assert_eq!(resolve(text), Content::Text(text.into()), "{text}");
        }
    }

    #[test]
    fn integral_numbers() {
        for (digits, value) in
            [("017", 17), ("0o17", 15), ("0x1F", 31), ("1.0", 1), ("1e3", 1000), ("-5", -5), ("+5", 5), ("1.50e1", 15)]
        {
            assert_eq!(integer(digits), Some(value), "{digits}");
        }
        assert_eq!(integer("9007199254740993.0"), Some(9_007_199_254_740_993));
        assert_eq!(
            (integer("100e-2"), integer("0e-9"), integer("-1e19")),
            (Some(1), Some(0), Some(-(10_i128.pow(19))))
        );
        for digits in ["1.5", ".inf", "1e300", "1e-1", "105e-1", ".nan", "1e99999999999999999999"] {
            assert_eq!(integer(digits), None, "{digits}");
        }
        assert_eq!(float("-.Inf"), Some(f64::NEG_INFINITY));
        assert_eq!(float(".5"), Some(0.5));
    }
}
