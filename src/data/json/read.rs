//! Values from JSON text: all of them, or only what is wanted.

use super::flaw::{Flaw, What};
use super::scan::{Key, Scanner};
use crate::data::{Map, Step, Value, number};
use std::collections::HashSet;
use std::sync::Arc;

/// So many members are compared one by one for a key that stands twice.
const FEW: usize = 12;

/// Reads a whole text as one value; digits are kept, keys in their order.
pub fn read(text: &str) -> Result<Value, Flaw> {
    let mut scan = Scanner::new(text);
    let value = value(&mut scan)?;
    scan.end()?;
    Ok(value)
}

/// Reads the next value.
pub fn value(scan: &mut Scanner<'_>) -> Result<Value, Flaw> {
    Ok(match scan.value_begins()? {
        b'"' => Value::Text(scan.string()?.into()),
        b'-' | b'0'..=b'9' => match scan.integer() {
            Some(whole) => Value::Int(whole),
            None => number(scan.number()?),
        },
        b'{' => map(scan, &mut |_, scan| value(scan).map(Some))?,
        b'[' => {
            scan.enter()?;
            let mut items = Vec::new();
            while scan.element(items.is_empty())? {
                items.push(value(scan)?);
            }
            Value::List(Arc::new(items))
        }
        b't' => scan.word("true").map(|()| Value::Bool(true))?,
        b'f' => scan.word("false").map(|()| Value::Bool(false))?,
        b'n' => scan.word("null").map(|()| Value::Null)?,
        _ => return Err(scan.flaw(What::Unexpected("a value"))),
    })
}

/// Gives the value of a member, or passes it.
type Member<'a, 't> = dyn FnMut(&str, &mut Scanner<'t>) -> Result<Option<Value>, Flaw> + 'a;

/// Reads an object; `member` gives the value of a member, or passes it.
fn map<'t>(scan: &mut Scanner<'t>, member: &mut Member<'_, 't>) -> Result<Value, Flaw> {
    scan.enter()?;
    let mut members = Map::new();
    let mut many: HashSet<Arc<str>> = HashSet::new();
    let mut first = true;
    loop {
        let before = scan.bookmark();
        let Some(Key::Text(key)) = scan.key(first, None)? else { break };
        first = false;
        let Some(value) = member(&key, scan)? else { continue };
        let twice = if members.len() < FEW {
            members.iter().any(|(known, _)| **known == *key)
        } else {
            if many.is_empty() {
                many.extend(members.iter().map(|(known, _)| Arc::clone(known)));
            }
            many.contains(&*key)
        };
        if twice {
            scan.rewind(before);
            scan.eat(b',');
            scan.peek();
            return Err(scan.flaw(What::Twice));
        }
        let key: Arc<str> = key.into();
        if !many.is_empty() {
            many.insert(Arc::clone(&key));
        }
        members.push((key, value));
    }
    Ok(Value::Map(Arc::new(members)))
}

/// Which parts of a value are wanted. What is not is left out; elements that are not are null, so that the others
/// keep their places.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    all: bool,
    members: Vec<(Arc<str>, Wanted)>,
    elements: Vec<(i64, Wanted)>,
    every: Option<Box<Wanted>>,
}

impl Wanted {
    pub fn all() -> Self {
        Self { all: true, ..Self::default() }
    }

    /// Says whether nothing is wanted.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Wants what stands at the end of the steps.
    pub fn add(&mut self, steps: &[Step]) {
        let Some((step, rest)) = steps.split_first() else {
            self.all = true;
            return;
        };
        match step {
            Step::Key(key) => {
                if let Some((_, wanted)) = self.members.iter_mut().find(|(known, _)| known == key) {
                    return wanted.add(rest);
                }
                self.members.push((Arc::clone(key), Wanted::default()));
                self.add(steps);
            }
            Step::Index(index) => {
                if let Some((_, wanted)) = self.elements.iter_mut().find(|(known, _)| known == index) {
                    return wanted.add(rest);
                }
                self.elements.push((*index, Wanted::default()));
                self.add(steps);
            }
            Step::Every => self.every.get_or_insert_default().add(rest),
        }
    }

    pub fn member(&self, key: &str) -> Option<&Wanted> {
        self.members.iter().find(|(known, _)| **known == *key).map(|(_, wanted)| wanted)
    }

    /// Returns what is wanted of an element of a list.
    pub fn at(&self, place: usize, length: usize) -> Option<&Wanted> {
        if self.all {
            return Some(self);
        }
        let is = |index: i64| match usize::try_from(index) {
            Ok(index) => index == place,
            Err(_) => usize::try_from(index.unsigned_abs()).is_ok_and(|back| place + back == length),
        };
        let element = self.elements.iter().find(|(index, _)| is(*index)).map(|(_, wanted)| wanted);
        element.or(self.every.as_deref())
    }

    /// Says whether something else is wanted than members by their names.
    pub fn is_mixed(&self) -> bool {
        self.all || self.every.is_some() || !self.elements.is_empty()
    }

    /// Reads the next value as far as it is wanted.
    pub fn read(&self, scan: &mut Scanner<'_>) -> Result<Value, Flaw> {
        if self.all {
            return value(scan);
        }
        match scan.value_begins()? {
            b'{' => map(scan, &mut |key, scan| match self.member(key).or(self.every.as_deref()) {
                Some(wanted) => wanted.read(scan).map(Some),
                None => scan.skip().map(|()| None),
            }),
            b'[' => self.list(scan),
            _ => value(scan),
        }
    }

    fn list(&self, scan: &mut Scanner<'_>) -> Result<Value, Flaw> {
        scan.enter()?;
        let mut items = Vec::new();
        let mut starts = Vec::new();
        while scan.element(items.is_empty())? {
            if let Some(wanted) = &self.every {
                items.push(wanted.read(scan)?);
                continue;
            }
            scan.peek();
            starts.push(scan.bookmark());
            scan.skip()?;
            items.push(Value::Null);
        }
        if self.every.is_none() {
            let end = scan.bookmark();
            for (index, wanted) in &self.elements {
                let from_end = i64::try_from(starts.len()).ok().and_then(|length| length.checked_add(*index));
                let place = if *index < 0 { from_end } else { Some(*index) };
                let Some(place) = place.and_then(|place| usize::try_from(place).ok()) else { continue };
                let Some(start) = starts.get(place) else { continue };
                scan.rewind(*start);
                items[place] = wanted.read(scan)?;
            }
            scan.rewind(end);
        }
        Ok(Value::List(Arc::new(items)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::json::{Writing, write};

    fn show(value: &Value) -> String {
        let mut out = String::new();
        write(value, &Writing::default(), &mut out).unwrap();
        out
    }

    #[test]
    fn what_is_read_keeps_digits_order_and_texts() {
        let text = r#"{"b":[1.50,1e400,123456789012345678901234567890,-0,7],"a":"x\u0000é","c":null,"":{}}"#;
        assert_eq!(show(&read(text).unwrap()), text);
        let twice = read(r#"{"a":1, "b":{"c":1,"c":2}}"#).unwrap_err();
        assert_eq!((twice.at, twice.what), (19, What::Twice));
        let many: String = (0..40).map(|at| format!("\"k{}\":1,", at % 39)).collect();
        assert_eq!(read(&format!("{{{many}\"z\":1}}")).unwrap_err().what, What::Twice);
    }

    #[test]
    fn only_what_is_wanted_is_built() {
        for (places, expected) in [
            (vec!["a"], r#"{"a":{"x":1,"y":2}}"#),
            (vec!["a.y", "c"], r#"{"a":{"y":2},"c":"t"}"#),
            (vec!["l.-1.id"], r#"{"l":[null,null,{"id":3}]}"#),
            (vec!["l.0.id", "l.9"], r#"{"l":[{"id":1},null,null]}"#),
            (vec!["l.*.id"], r#"{"l":[{"id":1},{"id":2},{"id":3}]}"#),
            (vec!["c.deeper"], r#"{"c":"t"}"#),
            (vec!["missing"], "{}"),
        ] {
            let mut wanted = Wanted::default();
            for place in &places {
                wanted.add(&steps(place));
            }
            let text = r#"{"a":{"x":1,"y":2},"l":[{"id":1,"n":0},{"id":2},{"id":3,"n":[]}],"c":"t"}"#;
            let mut scan = Scanner::new(text);
            assert_eq!(show(&wanted.read(&mut scan).unwrap()), expected, "{places:?}");
            assert!(scan.end().is_ok());
        }
    }

    fn steps(text: &str) -> Vec<Step> {
        let step = |part: &str| match part.parse::<i64>() {
            Ok(index) => Step::Index(index),
            Err(_) if part == "*" => Step::Every,
            Err(_) => Step::Key(part.into()),
        };
        text.split('.').map(step).collect()
    }
}
