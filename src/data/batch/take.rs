//! Values straight from tokens. What is written in the usual way is taken at once; everything else is read as a value
//! and cast, so that there is one law of what fits.

use super::store::Store;
use super::{Column, Fit, decimal, moment};
use crate::data::json::{Flaw, Scanner, value, write_compact};
use crate::data::{Moment, Type, When};

impl Column {
    /// Adds the next value of a text. With a flaw nothing may have been added: the column is as long as before or one
    /// longer.
    pub fn take(&mut self, scan: &mut Scanner<'_>) -> Result<Fit, Flaw> {
        let first = scan.value_begins()?;
        if first == b'n' {
            scan.word("null")?;
            self.null();
            return Ok(Fit::Fits);
        }
        self.null = false;
        let before = scan.bookmark();
        let fit = match first {
            b'"' => self.take_text(scan)?,
            b'-' | b'0'..=b'9' => self.take_number(scan)?,
            b't' | b'f' => self.take_truth(first, scan)?,
            b'[' if matches!(self.store, Store::List(_)) => return self.take_list(scan),
            _ => None,
        };
        if let Some(fit) = fit {
            return Ok(fit);
        }
        scan.rewind(before);
        if let Store::Json(out) = &mut self.store {
            scan.take_broken_lines();
            let raw = scan.raw()?;
            if scan.take_broken_lines() {
                self.scratch.clear();
                write_compact(raw, &mut self.scratch);
                out.append_value(&self.scratch);
            } else {
                out.append_value(raw);
            }
            return Ok(Fit::Fits);
        }
        Ok(self.put_cast(&value(scan)?))
    }

    fn take_text(&mut self, scan: &mut Scanner<'_>) -> Result<Option<Fit>, Flaw> {
        if let Store::Json(_) = self.store {
            return Ok(None);
        }
        let text = scan.string()?;
        Ok(self.text(&text))
    }

    /// Adds a text that is written in the usual way; of anything else it adds nothing.
    pub(super) fn text(&mut self, text: &str) -> Option<Fit> {
        let mut cut = false;
        let plain = |moment: &Moment| matches!(moment.when, When::Default | When::Iso);
        let taken = match (&mut self.store, &self.of) {
            (Store::Text(out), _) => {
                out.append_value(text);
                true
            }
            (Store::Word(out, words), _) => {
                let known = words.iter().any(|word| *word == *text);
                if known {
                    out.append_value(text);
                }
                known
            }
            (Store::Uuid(out), _) => {
                let canonical = is_canonical_uuid(text);
                if canonical {
                    out.append_value(text);
                }
                canonical
            }
            (Store::Micros(out), Type::Timestamp(when)) if plain(when) => match moment::micros(text) {
                Some((micros, lost)) => {
                    out.append_value(micros);
                    cut = lost;
                    true
                }
                None => false,
            },
            (Store::Nanos(out), _) => match moment::nanos(text) {
                Some((nanos, lost)) => {
                    out.append_value(nanos);
                    cut = lost;
                    true
                }
                None => false,
            },
            (Store::Date(out), Type::Date(when)) if plain(when) => {
                moment::day(text).map(|day| out.append_value(day)).is_some()
            }
            (Store::Clock(out), Type::Time(when)) if plain(when) => {
                moment::clock(text).map(|clock| out.append_value(clock)).is_some()
            }
            (Store::Integer(out), _) => whole(text).map(|number| out.append_value(number)).is_some(),
            (Store::Number(out), _) => number(text).map(|number| out.append_value(number)).is_some(),
            (Store::Decimal(out, precision, scale), _) => {
                decimal::small(text, *precision, *scale).map(|number| out.append_value(number)).is_some()
            }
            (Store::Boolean(out), _) => match text {
                "true" | "false" => {
                    out.append_value(text == "true");
                    true
                }
                _ => false,
            },
            _ => false,
        };
        taken.then_some(if cut { Fit::Cut } else { Fit::Fits })
    }

    fn take_number(&mut self, scan: &mut Scanner<'_>) -> Result<Option<Fit>, Flaw> {
        let taken = match (&mut self.store, &self.of) {
            (Store::Text(_) | Store::Number(_) | Store::Decimal(..), _) => return Ok(self.digits(scan.number()?)),
            (Store::Integer(out), _) => scan.integer().map(|number| out.append_value(number)).is_some(),
            (Store::Micros(out), Type::Timestamp(when)) => {
                let unit = match when.when {
                    When::Unix => 1_000_000,
                    When::UnixMs => 1_000,
                    When::UnixUs => 1,
                    _ => return Ok(None),
                };
                // From 1970 on and far from the end of the calendar.
                let number = scan.integer().filter(|number| (0..253_000_000_000_000_000 / unit).contains(number));
                number.map(|number| out.append_value(number * unit)).is_some()
            }
            _ => false,
        };
        Ok(taken.then_some(Fit::Fits))
    }

    /// Adds the digits of a number where they are taken as they are.
    pub(super) fn digits(&mut self, digits: &str) -> Option<Fit> {
        let taken = match &mut self.store {
            Store::Text(out) => {
                out.append_value(digits);
                true
            }
            Store::Number(out) => number(digits).map(|number| out.append_value(number)).is_some(),
            Store::Decimal(out, precision, scale) => {
                decimal::small(digits, *precision, *scale).map(|number| out.append_value(number)).is_some()
            }
            _ => false,
        };
        taken.then_some(Fit::Fits)
    }

    fn take_truth(&mut self, first: u8, scan: &mut Scanner<'_>) -> Result<Option<Fit>, Flaw> {
        let word = if first == b't' { "true" } else { "false" };
        match &mut self.store {
            Store::Boolean(out) => {
                scan.word(word)?;
                out.append_value(first == b't');
            }
            Store::Text(out) => {
                scan.word(word)?;
                out.append_value(word);
            }
            _ => return Ok(None),
        }
        Ok(Some(Fit::Fits))
    }

    fn take_list(&mut self, scan: &mut Scanner<'_>) -> Result<Fit, Flaw> {
        let Store::List(list) = &mut self.store else { return Ok(Fit::Fits) };
        scan.enter()?;
        let (mut at, mut cut) = (0, false);
        let mut refused = None;
        while scan.element(at == 0)? {
            if refused.is_some() {
                scan.skip()?;
                at += 1;
                continue;
            }
            match list.inner.take(scan)? {
                Fit::Fits => {}
                Fit::Cut => cut = true,
                Fit::Refused(reason) => refused = Some(format!("element {at}: {reason}")),
            }
            if refused.is_none() && list.required && list.inner.was_null() {
                refused = Some(format!("element {at}: null where an element is required"));
            }
            at += 1;
        }
        list.close(refused.is_none());
        Ok(match refused {
            Some(reason) => {
                self.null = true;
                Fit::Refused(reason)
            }
            None if cut => Fit::Cut,
            None => Fit::Fits,
        })
    }
}

/// Reads a text that is a plain integer of at most 18 digits.
fn whole(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = (1..=18).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// Reads digits as the nearest number, if they are digits and a number column holds them.
fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'-' | b'+'));
    // An integer has no negative zero.
    let negative_zero = digits.len() < text.len() && digits.bytes().all(|byte| byte == b'0');
    if !plain
        || negative_zero
        || !digits.starts_with(|first: char| first.is_ascii_digit())
        || digits.ends_with('.')
        || digits.contains(".e")
    {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

fn is_canonical_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}
