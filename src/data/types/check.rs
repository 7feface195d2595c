//! What can be wrong with a type by itself: digits, patterns, zones.

use super::{Moment, Type, When};
use jiff::tz::TimeZone;

/// The directives of a pattern (SEMANTICS 10), for reading.
const DIRECTIVES: &[&str] =
    &["%Y", "%m", "%d", "%H", "%M", "%S", "%f", "%3f", "%z", "%:z", "%j", "%b", "%a", "%s", "%%"];

/// Which mistake a type carries.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeFlaw {
    /// The type says what it can't mean: too many digits, no words.
    Type(String),
    /// The pattern or what stands in its place.
    Pattern(String),
    Zone(String),
}

impl Type {
    /// Looks for mistakes that would make every value fail.
    pub fn check(&self) -> Result<(), TypeFlaw> {
        match self {
            Type::Decimal { precision, scale } => decimal(*precision, *scale),
            Type::Date(moment) => moment.check("date"),
            Type::Time(moment) => moment.check("time"),
            Type::Timestamp(moment) => moment.check("timestamp"),
            Type::Enum(words) => words_differ(words),
            Type::List { of, .. } => match &**of {
                Type::List { .. } => Err(TypeFlaw::Type("a list of lists is a `json` column".into())),
                of => of.check(),
            },
            _ => Ok(()),
        }
    }
}

fn decimal(precision: u8, scale: u8) -> Result<(), TypeFlaw> {
    let flaw = |text: &str| Err(TypeFlaw::Type(text.to_owned()));
    match (precision, scale) {
        (0, _) => flaw("a decimal has at least one digit"),
        (77.., _) => flaw("a decimal has at most 76 digits"),
        (precision, scale) if scale > precision => {
            flaw("a decimal can't have more digits after the point than digits in all")
        }
        _ => Ok(()),
    }
}

fn words_differ(words: &[String]) -> Result<(), TypeFlaw> {
    match words.iter().enumerate().find(|(at, word)| words[..*at].contains(word)) {
        Some((_, word)) => Err(TypeFlaw::Type(format!("`{word}` is listed twice"))),
        None if words.is_empty() => Err(TypeFlaw::Type("an enum has at least one word".into())),
        None => Ok(()),
    }
}

impl Moment {
    fn check(&self, word: &str) -> Result<(), TypeFlaw> {
        if let Some(zone) = &self.zone {
            TimeZone::get(zone).map_err(|_| TypeFlaw::Zone(format!("there is no time zone `{zone}`")))?;
            if word == "time" {
                return Err(TypeFlaw::Zone("a time of day has no zone".into()));
            }
        }
        let unfit = match (&self.when, word) {
            (When::Pattern(pattern), _) => return self.check_pattern(pattern, word),
            (When::Unix | When::UnixMs | When::UnixUs | When::Rfc2822, "time") => "a time of day",
            (When::Ns, "date" | "time") => "a date or a time of day",
            _ => return Ok(()),
        };
        let written = self.to_string();
        Err(TypeFlaw::Pattern(format!("`{}` is no way to write {unfit}", written.trim_matches(['(', ')']))))
    }

    fn check_pattern(&self, pattern: &str, word: &str) -> Result<(), TypeFlaw> {
        let flaw = |text: String| Err(TypeFlaw::Pattern(text));
        let mut found = Vec::new();
        let mut rest = pattern;
        while let Some(at) = rest.find('%') {
            rest = &rest[at..];
            let Some(known) = DIRECTIVES.iter().find(|known| rest.starts_with(**known)) else {
                let wrong: String = rest.chars().take(2).collect();
                return flaw(match wrong.as_str() {
                    "%Z" => {
                        "`%Z` can't be read, a zone's short name is not unique: write `%z` or give a zone beside".into()
                    }
                    "%T" => "`%T` is not known: write `%H:%M:%S`".into(),
                    "%F" => "`%F` is not known: write `%Y-%m-%d`".into(),
                    _ => format!("`{wrong}` is not known: the pattern may use {}", DIRECTIVES.join(" ")),
                });
            };
            found.push(*known);
            rest = &rest[known.len()..];
        }
        let has = |any: &[&str]| any.iter().any(|one| found.contains(one));
        if found.is_empty() && TimeZone::get(pattern).is_ok() {
            return flaw(format!("`{pattern}` is a zone, not a pattern: write `{word}(iso, \"{pattern}\")`"));
        }
        let day = has(&["%s"]) || has(&["%Y"]) && (has(&["%j"]) || has(&["%m", "%b"]) && has(&["%d"]));
        match word {
            "time" if !has(&["%H"]) => flaw("the pattern has no hour: `%H`".into()),
            "date" | "timestamp" if !day => {
                flaw("the pattern does not say year, month and day: `%Y`, `%m`, `%d`".into())
            }
            "timestamp" if self.zone.is_none() && !has(&["%z", "%:z", "%s"]) => flaw(format!(
                "the pattern has no zone: write `timestamp(\"{pattern}\", \"UTC\")` or whichever zone the API means"
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_checked_by_themselves() {
        let date = |pattern: &str| Type::Date(Moment { when: When::Pattern(pattern.into()), zone: None });
        let stamp = |pattern: &str, zone: Option<&str>| {
            Type::Timestamp(Moment { when: When::Pattern(pattern.into()), zone: zone.map(str::to_owned) })
        };
        let cases = [
            (Type::Decimal { precision: 76, scale: 76 }, ""),
            (Type::Decimal { precision: 77, scale: 0 }, "at most 76"),
            (Type::Decimal { precision: 2, scale: 3 }, "after the point"),
            (Type::Decimal { precision: 0, scale: 0 }, "at least one"),
            (date("%Y%m%d"), ""),
            (date("%Y-%j"), ""),
            (date("%d %b"), "does not say year"),
            (date("%y%m%d"), "`%y` is not known"),
            (date("100%% %s"), ""),
            (stamp("%d/%m/%Y %H:%M", Some("Europe/Berlin")), ""),
            (stamp("%d/%m/%Y %H:%M", None), "has no zone"),
            (stamp("%d/%m/%Y %H:%M %z", None), ""),
            (stamp("%d/%m/%Y %H:%M %Z", None), "not unique"),
            (stamp("%d/%m/%Y %H:%M", Some("Europe/Berln")), "no time zone"),
            (stamp("Europe/Berlin", None), "is a zone"),
            (Type::Time(Moment { when: When::Unix, zone: None }), "`unix` is no way to write a time of day"),
            (Type::Date(Moment { when: When::Ns, zone: None }), "`ns` is no way"),
            (Type::Enum(vec!["a".into(), "a".into()]), "listed twice"),
        ];
        for (kind, part) in cases {
            let text = match kind.check() {
                Ok(()) => String::new(),
                Err(TypeFlaw::Type(text) | TypeFlaw::Pattern(text) | TypeFlaw::Zone(text)) => text,
            };
            assert_eq!(text.is_empty(), part.is_empty(), "{kind}: {text}");
            assert!(text.contains(part), "{kind}: {text}");
        }
    }
}
