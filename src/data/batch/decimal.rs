//! Decimals by their digits; what does not fit is left to the slower reading, which says why.

use arrow_buffer::i256;

/// Reads `-12.50` as an integer of 10^-`scale`, if that is exact and fits `precision` digits.
pub(super) fn small(text: &str, precision: u8, scale: u8) -> Option<i128> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (unsigned, ""),
    };
    let fraction = fraction.trim_end_matches('0');
    let missing = usize::from(scale).checked_sub(fraction.len())?;
    if whole.is_empty() || whole.len() + usize::from(scale) > 38 {
        return None;
    }
    let mut number: i128 = 0;
    for byte in whole.bytes().chain(fraction.bytes()) {
        if !byte.is_ascii_digit() {
            return None;
        }
        number = number * 10 + i128::from(byte - b'0');
    }
    number = number.checked_mul(10i128.checked_pow(u32::try_from(missing).ok()?)?)?;
    if number >= 10i128.checked_pow(u32::from(precision))? {
        return None;
    }
    Some(if negative { -number } else { number })
}

/// Reads digits that have all places of their scale.
pub(super) fn large(text: &str) -> Option<i256> {
    text.replace('.', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_exact_or_left_alone() {
        for (text, precision, scale, number) in [
            ("19.99", 18, 2, Some(1999)),
            ("-0.05", 18, 2, Some(-5)),
            ("12", 18, 2, Some(1200)),
            ("1.500", 18, 2, Some(150)),
            ("1.239", 18, 2, None),
            ("100", 4, 2, None),
            ("1e2", 18, 2, None),
            ("", 18, 2, None),
            ("1.", 18, 2, None),
            ("99999999999999999999999999999999999999", 38, 0, Some(10i128.pow(38) - 1)),
            ("100000000000000000000000000000000000000", 38, 0, None),
        ] {
            assert_eq!(small(text, precision, scale), number, "{text}");
        }
        assert_eq!(large("-1.05").unwrap(), i256::from(-105));
    }
}
