//! Decides what depends on params when a connection is bound: afterwards no setting is open, no kind to be chosen,
//! but for settings that read a `once` value.
//!
//! Every compiled component settles itself, in its own file. What can't be decided is kept in the [`Settler`] and told
//! by who binds: only it knows where the param's value was written.

use crate::components::choose::Chosen;
use crate::components::context::{Late, Read};
use crate::data::{self, Value};
use crate::expr::place::{self, Path};
use crate::expr::shorthand::address::{Address, parse_address};
use crate::expr::shorthand::duration::parse_duration;
use crate::expr::shorthand::place::split_optional;
use crate::expr::shorthand::rate::{Rate, parse_rate};
use crate::expr::{Compiled, Expr as _, Root, Slots};
use std::sync::Arc;

/// A compiled component that may depend on params.
pub trait Settle {
    fn settle(&mut self, by: &mut Settler<'_>);
}

/// The values that decide, and what they could not decide.
#[derive(Debug)]
pub struct Settler<'a> {
    /// The params without the secrets: no setting may read one.
    params: &'a Value,
    refused: Vec<Refused>,
}

/// A setting that a param's value does not fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// The param that gave the value, if it was one alone.
    pub param: Option<String>,
    pub message: String,
    /// There was no value at all.
    pub missing: bool,
}

/// What a setting can be when a param gives it.
pub trait Setting: Sized {
    /// Names it for "needs …".
    const WHAT: &'static str;

    fn read(value: &Value) -> Option<Self>;
}

impl<'a> Settler<'a> {
    pub fn new(params: &'a Value) -> Self {
        Self { params, refused: Vec::new() }
    }

    /// Returns what could not be decided.
    pub fn finish(self) -> Vec<Refused> {
        self.refused
    }

    /// Decides a setting that may be left out: it is if its param is not given.
    pub fn maybe<T: Setting>(&mut self, setting: &mut Option<Late<T>>) {
        let Some(Late::From(compiled)) = setting else { return };
        if is_later(compiled) {
            return;
        }
        let compiled = Arc::clone(compiled);
        *setting = match self.value(&compiled) {
            Value::Absent | Value::Null => None,
            value => self.fit(&compiled, &value).map(Late::Is),
        };
    }

    /// Decides a setting that must be there.
    pub fn must<T: Setting>(&mut self, setting: &mut Late<T>) {
        let Late::From(compiled) = setting else { return };
        if is_later(compiled) {
            return;
        }
        let compiled = Arc::clone(compiled);
        match self.value(&compiled) {
            Value::Absent | Value::Null => self.refuse(&compiled, format!("{} is needed", T::WHAT), true),
            value => {
                if let Some(fitting) = self.fit(&compiled, &value) {
                    *setting = Late::Is(fitting);
                }
            }
        }
    }

    /// Decides a value that an expression over params gives.
    pub fn given<T: Setting>(&mut self, compiled: &Compiled) -> Option<T> {
        match self.value(compiled) {
            Value::Absent | Value::Null => None,
            value => self.fit(compiled, &value),
        }
    }

    /// Decides a source that a param of type `place` gives.
    pub fn read(&mut self, source: &mut Read) {
        let Read::PlaceOf(param) = source else { return };
        let param = param.clone();
        match self.place(&param) {
            Some((path, _)) => *source = Read::Place(path),
            None => {
                self.refused.push(Refused { param: Some(param), message: "a place is needed".into(), missing: true });
            }
        }
    }

    /// Decides a source that may be left out.
    pub fn maybe_read(&mut self, source: &mut Option<Read>) {
        if let Some(Read::PlaceOf(param)) = source {
            *source = self.place(&param.clone()).map(|(path, _)| Read::Place(path));
        }
    }

    /// Returns the place that a param gives, and whether it may be absent.
    pub fn place(&self, param: &str) -> Option<(Arc<dyn Path>, bool)> {
        let Value::Text(text) = self.params.member(param) else { return None };
        let (text, optional) = split_optional(text);
        place::compile(text).ok().map(|path| (path, optional))
    }

    /// Picks the kind that the params choose, and settles it.
    pub fn chosen<T: Settle + Clone>(&mut self, chosen: &mut Chosen<T>) {
        let word = |param: &str| match self.params.member(param) {
            Value::Text(word) => Some(word.to_string()),
            _ => None,
        };
        if let Some(mut kind) = chosen.pick(&word).cloned() {
            kind.settle(self);
            *chosen = Chosen::Is(kind);
        } else if let Chosen::By { param, .. } = chosen {
            let message = "one of its values is needed: it chooses".into();
            self.refused.push(Refused { param: Some(param.clone()), message, missing: true });
        }
    }

    fn value(&self, compiled: &Compiled) -> Value {
        // Nothing but params is in scope of a setting, so no time is ever asked for.
        let scope = Slots::new(vec![(Root::PARAMS, self.params.clone())], jiff::Timestamp::UNIX_EPOCH);
        compiled.eval(&scope).unwrap_or(Value::Absent)
    }

    fn fit<T: Setting>(&mut self, compiled: &Compiled, value: &Value) -> Option<T> {
        let read = T::read(value);
        if read.is_none() {
            self.refuse(compiled, format!("this is not {}", T::WHAT), false);
        }
        read
    }

    fn refuse(&mut self, compiled: &Compiled, message: String, missing: bool) {
        let param = match compiled.uses().params.as_slice() {
            [one] => Some(one.clone()),
            _ => None,
        };
        self.refused.push(Refused { param, message, missing });
    }
}

/// Says whether a setting also reads what is fetched once a run: it is decided then.
fn is_later(compiled: &Compiled) -> bool {
    compiled.uses().names.iter().any(|name| name != "params")
}

impl<T: Settle> Settle for Option<T> {
    fn settle(&mut self, by: &mut Settler<'_>) {
        if let Some(inner) = self {
            inner.settle(by);
        }
    }
}

impl<T: Settle> Settle for Box<T> {
    fn settle(&mut self, by: &mut Settler<'_>) {
        (**self).settle(by);
    }
}

impl<T: Settle> Settle for Vec<T> {
    fn settle(&mut self, by: &mut Settler<'_>) {
        for inner in self {
            inner.settle(by);
        }
    }
}

impl<T: Settle + Clone> Settle for Chosen<T> {
    fn settle(&mut self, by: &mut Settler<'_>) {
        by.chosen(self);
    }
}

impl Setting for i64 {
    const WHAT: &'static str = "a whole number";

    fn read(value: &Value) -> Option<Self> {
        if let Value::Int(number) = value { Some(*number) } else { None }
    }
}

impl Setting for u64 {
    const WHAT: &'static str = "a whole number from 0";

    fn read(value: &Value) -> Option<Self> {
        i64::read(value).and_then(|number| number.try_into().ok())
    }
}

impl Setting for u32 {
    const WHAT: &'static str = "a whole number from 0 to 4294967295";

    fn read(value: &Value) -> Option<Self> {
        i64::read(value).and_then(|number| number.try_into().ok())
    }
}

impl Setting for bool {
    const WHAT: &'static str = "`true` or `false`";

    fn read(value: &Value) -> Option<Self> {
        if let Value::Bool(yes) = value { Some(*yes) } else { None }
    }
}

impl Setting for String {
    const WHAT: &'static str = "a text";

    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.to_string()),
            Value::Int(number) => Some(number.to_string()),
            Value::Number(digits) => Some(digits.to_string()),
            _ => None,
        }
    }
}

/// One text, or a list of them.
impl Setting for Vec<String> {
    const WHAT: &'static str = "a text or a list of texts";

    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::List(items) => items.iter().map(String::read).collect(),
            one => String::read(one).map(|text| vec![text]),
        }
    }
}

impl Setting for Address {
    const WHAT: &'static str = "an address such as `query.page`";

    fn read(value: &Value) -> Option<Self> {
        if let Value::Text(text) = value { parse_address(text).ok() } else { None }
    }
}

impl Setting for Rate {
    const WHAT: &'static str = "a rate such as `100/min`";

    fn read(value: &Value) -> Option<Self> {
        if let Value::Text(text) = value { parse_rate(text).ok() } else { None }
    }
}

impl Setting for Arc<dyn Path> {
    const WHAT: &'static str = "a place such as `$.data`";

    fn read(value: &Value) -> Option<Self> {
        if let Value::Text(text) = value { place::compile(split_optional(text).0).ok() } else { None }
    }
}

/// A text such as `7d`, or what a param of type `duration` gives: ISO 8601.
impl Setting for data::Duration {
    const WHAT: &'static str = "a duration such as `7d`";

    fn read(value: &Value) -> Option<Self> {
        let Value::Text(text) = value else { return None };
        parse_duration(text).ok().or_else(|| iso(text))
    }
}

fn iso(text: &str) -> Option<data::Duration> {
    // jiff also reads `5m`, which our own form refuses.
    let span: jiff::Span = text.strip_prefix('P').and_then(|_| text.parse().ok())?;
    let short = i128::from(span.get_hours()) * 3_600_000
        + i128::from(span.get_minutes()) * 60_000
        + i128::from(span.get_seconds()) * 1_000
        + i128::from(span.get_milliseconds());
    Some(data::Duration {
        years: u32::try_from(span.get_years()).ok()?,
        months: u32::try_from(span.get_months()).ok()?,
        weeks: u32::try_from(span.get_weeks()).ok()?,
        days: u32::try_from(span.get_days()).ok()?,
        exact: std::time::Duration::from_millis(u64::try_from(short).ok()?),
    })
}

/// Declares words of the language as settings that params may give.
macro_rules! words {
    ($of:ty, $what:literal, $($word:literal => $value:expr),+ $(,)?) => {
        impl $crate::components::settle::Setting for $of {
            const WHAT: &'static str = $what;

            fn read(value: &$crate::data::Value) -> Option<Self> {
                match value {
                    $($crate::data::Value::Text(text) if &**text == $word => Some($value),)+
                    _ => None,
                }
            }
        }
    };
}
pub(in crate::components) use words;

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    #[test]
    fn values_become_settings() {
        assert_eq!(u64::read(&Value::Int(-1)), None);
        assert_eq!(u64::read(&Value::Int(5)), Some(5));
        assert_eq!(u32::read(&Value::Int(5_000_000_000)), None);
        assert_eq!(bool::read(&text("true")), None);
        assert_eq!(String::read(&Value::Number("1.10".into())), Some("1.10".into()));
        assert_eq!(Vec::<String>::read(&text("id")), Some(vec!["id".to_owned()]));
        assert_eq!(Address::read(&text("query.page")), Some(Address::Query("page".into())));
        assert!(Address::read(&text("page")).is_none());
        for (written, days) in [("7d", 7), ("P7D", 7), ("P1DT2H", 1)] {
            assert_eq!(data::Duration::read(&text(written)).map(|duration| duration.days), Some(days), "{written}");
        }
        assert_eq!(data::Duration::read(&text("5m")), None);
    }
}
