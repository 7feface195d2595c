//! Sizes: `1MiB`.

use crate::diagnostic::{Code, Problem};

pub const PATTERN: &str = "^[0-9]+(?:KiB|MiB|GiB)$";
pub const EXAMPLES: &[&str] = &["512KiB", "1MiB", "2GiB"];

const UNITS: &[(&str, u64)] = &[("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

/// Reads a size, in bytes.
pub fn parse_size(text: &str) -> Result<u64, Problem> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(length);
    let problem = |range, message: String| Problem::new(Code::E0212, range, message);
    if number.is_empty() {
        return Err(problem(0..text.len(), "a size is a number and a unit".into()).help("write for example `1MiB`"));
    }
    let Some((_, bytes)) = UNITS.iter().find(|(known, _)| *known == unit) else {
        let meant =
            match unit.trim().to_ascii_lowercase().as_str() {
                "k" | "kb" | "kib" => "KiB",
                "m" | "mb" | "mib" => "MiB",
                "g" | "gb" | "gib" => "GiB",
                "" => {
                    return Err(problem(0..text.len(), "a size has a unit".into())
                        .help(format!("write for example `{number}KiB`")));
                }
                _ => {
                    return Err(problem(length..text.len(), format!("unknown unit `{unit}`"))
                        .help("the units are KiB, MiB, GiB"));
                }
            };
        return Err(
            problem(length..text.len(), format!("unknown unit `{unit}`")).help(format!("write `{number}{meant}`"))
        );
    };
    let size = number.parse::<u64>().ok().and_then(|number| number.checked_mul(*bytes));
    size.ok_or_else(|| problem(0..text.len(), "the size is too large".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        assert_eq!(parse_size("512KiB"), Ok(524_288));
        let cases = [
            ("1MB", 1..3, "`1MiB`"),
            ("1 MiB", 1..5, "`1MiB`"),
            ("100", 0..3, "unit"),
            ("big", 0..3, "a number"),
            ("1TiB", 1..4, "KiB"),
            ("99999999999GiB", 0..14, "too large"),
        ];
        for (text, range, part) in cases {
            let problem = parse_size(text).unwrap_err();
            assert!(format!("{problem:?}").contains(part), "{problem:?}");
            assert_eq!(problem.range, range, "{text}");
        }
    }
}
