//! How numbers, moments and decimals are written, by hand: each of them stands in every row.

use arrow_buffer::i256;

const DAY: i64 = 86_400;

/// How many digits follow the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fraction {
    /// As many as the unit has, so that texts compare as the instants do.
    Fixed,
    /// None if they are zero.
    Short,
}

pub(super) fn integer(number: i64, out: &mut Vec<u8>) {
    if number < 0 {
        out.push(b'-');
    }
    digits(number.unsigned_abs().into(), 0, out);
}

/// Writes a number with at least so many digits.
fn digits(mut number: u128, least: usize, out: &mut Vec<u8>) {
    let mut buffer = [b'0'; 40];
    let mut at = buffer.len();
    // Dividing 128 bits is slow, and most numbers do not need it.
    while number > u128::from(u64::MAX) {
        at -= 1;
        buffer[at] = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
    }
    let mut small = u64::try_from(number).unwrap_or(0);
    while small > 0 {
        at -= 1;
        buffer[at] = b'0' + u8::try_from(small % 10).unwrap_or(0);
        small /= 10;
    }
    at = at.min(buffer.len() - least.max(1).min(buffer.len()));
    out.extend_from_slice(&buffer[at..]);
}

/// Writes a decimal with all digits of its scale: `1.10` stays `1.10`.
pub(super) fn decimal(unscaled: i128, scale: i8, out: &mut Vec<u8>) {
    if unscaled < 0 {
        out.push(b'-');
    }
    let mut text = Vec::with_capacity(40);
    digits(unscaled.unsigned_abs(), 1, &mut text);
    scaled(&text, scale, out);
}

/// Writes a decimal of more than 38 digits.
pub(super) fn long_decimal(unscaled: i256, scale: i8, out: &mut Vec<u8>) {
    let text = unscaled.to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", &*text), |digits| ("-", digits));
    out.extend_from_slice(sign.as_bytes());
    scaled(digits.as_bytes(), scale, out);
}

fn scaled(digits: &[u8], scale: i8, out: &mut Vec<u8>) {
    let Ok(behind) = usize::try_from(scale) else {
        out.extend_from_slice(digits);
        out.extend(std::iter::repeat_n(b'0', usize::from(scale.unsigned_abs())));
        return;
    };
    if behind == 0 {
        return out.extend_from_slice(digits);
    }
    let before = digits.len().saturating_sub(behind);
    if before == 0 {
        out.push(b'0');
    }
    out.extend_from_slice(&digits[..before]);
    out.push(b'.');
    out.extend(std::iter::repeat_n(b'0', behind.saturating_sub(digits.len())));
    out.extend_from_slice(&digits[before..]);
}

/// Writes a day as `YYYY-MM-DD`, counted from 1970.
pub(super) fn date(days: i64, out: &mut Vec<u8>) {
    // Days to civil, by eras of 400 years that begin in March.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    if !(0..=9999).contains(&year) {
        out.push(if year < 0 { b'-' } else { b'+' });
    }
    let width = if (0..=9999).contains(&year) { 4 } else { 6 };
    digits(year.unsigned_abs().into(), width, out);
    out.push(b'-');
    two(month, out);
    out.push(b'-');
    two(day, out);
}

/// Writes a time of day in microseconds.
pub(super) fn time(micros: i64, fraction: Fraction, out: &mut Vec<u8>) {
    clock(micros.div_euclid(1_000_000), out);
    behind(micros.rem_euclid(1_000_000), 6, fraction, out);
}

/// Writes an instant in microseconds or nanoseconds since 1970 by RFC 3339, in UTC.
pub(super) fn instant(units: i64, places: usize, fraction: Fraction, out: &mut Vec<u8>) {
    let per_second = if places == 9 { 1_000_000_000 } else { 1_000_000 };
    let seconds = units.div_euclid(per_second);
    date(seconds.div_euclid(DAY), out);
    out.push(b'T');
    clock(seconds.rem_euclid(DAY), out);
    behind(units.rem_euclid(per_second), places, fraction, out);
    out.push(b'Z');
}

fn clock(seconds: i64, out: &mut Vec<u8>) {
    two(seconds / 3600, out);
    out.push(b':');
    two(seconds / 60 % 60, out);
    out.push(b':');
    two(seconds % 60, out);
}

fn behind(units: i64, places: usize, fraction: Fraction, out: &mut Vec<u8>) {
    if units == 0 && fraction == Fraction::Short {
        return;
    }
    out.push(b'.');
    digits(units.unsigned_abs().into(), places, out);
    while fraction == Fraction::Short && out.last() == Some(&b'0') {
        out.pop();
    }
}

fn two(number: i64, out: &mut Vec<u8>) {
    let number = u8::try_from(number).unwrap_or(0);
    out.extend_from_slice(&[b'0' + number / 10 % 10, b'0' + number % 10]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn instants_are_written_as_jiff_writes_them() {
        for at in
            ["1969-12-31T23:59:59.5Z", "1970-01-01T00:00:00Z", "2024-02-29T12:34:56.789012Z", "0000-03-01T00:00:01Z"]
        {
            let micros = at.parse::<jiff::Timestamp>().unwrap().as_microsecond();
            assert_eq!(text(|out| instant(micros, 6, Fraction::Short, out)), at);
        }
        for day in (-719_000..2_900_000).step_by(997) {
            let expected = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(day)).unwrap();
            assert_eq!(text(|out| date(day, out)), expected.to_string());
        }
        assert_eq!(text(|out| instant(1, 6, Fraction::Fixed, out)), "1970-01-01T00:00:00.000001Z");
        assert_eq!(text(|out| instant(-1, 9, Fraction::Fixed, out)), "1969-12-31T23:59:59.999999999Z");
        assert_eq!(text(|out| time(3_661_000_000, Fraction::Fixed, out)), "01:01:01.000000");
    }

    #[test]
    fn decimals_keep_their_digits() {
        let cases = [(110, 2, "1.10"), (-5, 3, "-0.005"), (0, 2, "0.00"), (7, 0, "7"), (12, -2, "1200")];
        for (unscaled, scale, expected) in cases {
            assert_eq!(text(|out| decimal(unscaled, scale, out)), expected);
            assert_eq!(text(|out| long_decimal(i256::from_i128(unscaled), scale, out)), expected);
        }
        assert_eq!(text(|out| decimal(i128::MAX, 0, out)), i128::MAX.to_string());
        assert_eq!(text(|out| integer(i64::MIN, out)), i64::MIN.to_string());
        assert_eq!(text(|out| integer(0, out)), "0");
    }
}
