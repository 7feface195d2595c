//! The scope of an expression at run time, made of borrowed layers.

use super::Answer;
use crate::data::{Step, Value};
use crate::expr::{Root, Scope};
use crate::fault::{Fault, Kind};
use jiff::Timestamp;
use std::borrow::Cow;
use std::sync::Arc;

/// A scope of layers over another scope: what a layer has hides what lies below it.
///
/// The scope of a stream lies at the bottom (`params`, `stream`, own names), those of a window, a page and an answer
/// above it; each is made where its values are and lasts as long as they do.
#[derive(Clone)]
pub struct Around<'a> {
    below: Option<&'a dyn Scope>,
    now: Timestamp,
    layers: Vec<(Root, Layer<'a>)>,
    fields: Option<&'a Fields>,
    uuid: Option<Arc<str>>,
}

#[derive(Clone)]
enum Layer<'a> {
    Value(&'a Value),
    Own(Value),
    Answer(Answer<'a>),
    Records(Records<'a>),
}

/// The raw records of a page, as paging expressions see them (SEMANTICS rule 35).
#[derive(Clone, Copy, Debug)]
pub enum Records<'a> {
    /// All of them, a list: needed where an expression reads them as a whole.
    All(&'a Value),
    /// How many there are, and those at the ends.
    Ends { count: u64, first: Option<&'a Value>, last: Option<&'a Value> },
}

/// The places of the wanted columns: what `fields()` gives.
#[derive(Clone, Debug, Default)]
pub struct Fields(pub Vec<Vec<Step>>);

impl<'a> Around<'a> {
    /// Returns a scope with nothing in it but the time of the pass.
    pub fn new(now: Timestamp) -> Self {
        Self { below: None, now, layers: Vec::new(), fields: None, uuid: None }
    }

    /// Returns a scope that shows another one until layers are added.
    pub fn over(below: &'a dyn Scope) -> Self {
        Self { below: Some(below), ..Self::new(below.now()) }
    }

    /// Adds a value: a reserved name's, or that of an own name (`Root::own`: `once` names first, then `for_each` names).
    #[must_use]
    pub fn with(mut self, root: Root, value: &'a Value) -> Self {
        self.layers.push((root, Layer::Value(value)));
        self
    }

    /// Adds a value that was made for this scope: `page`, `window`.
    #[must_use]
    pub fn own(mut self, root: Root, value: Value) -> Self {
        self.layers.push((root, Layer::Own(value)));
        self
    }

    /// Adds `response`.
    #[must_use]
    pub fn answer(mut self, answer: &Answer<'a>) -> Self {
        self.layers.push((Root::RESPONSE, Layer::Answer(*answer)));
        self
    }

    /// Adds `records`.
    #[must_use]
    pub fn records(mut self, records: Records<'a>) -> Self {
        self.layers.push((Root::RECORDS, Layer::Records(records)));
        self
    }

    /// Adds what `fields()` gives.
    #[must_use]
    pub fn fields(mut self, fields: &'a Fields) -> Self {
        self.fields = Some(fields);
        self
    }

    /// Adds what `uuid()` gives: the same over all tries of one request, so whoever makes the request draws it.
    #[must_use]
    pub fn uuid(mut self, uuid: impl Into<Arc<str>>) -> Self {
        self.uuid = Some(uuid.into());
        self
    }
}

impl Scope for Around<'_> {
    fn look(&self, root: Root, steps: &[Step]) -> Result<Cow<'_, Value>, Fault> {
        let layer = self.layers.iter().rev().find(|(known, _)| *known == root).map(|(_, layer)| layer);
        Ok(match (layer, self.below) {
            (Some(Layer::Value(value)), _) => Cow::Borrowed(follow(value, steps)),
            (Some(Layer::Own(value)), _) => Cow::Borrowed(follow(value, steps)),
            (Some(Layer::Answer(answer)), _) => answer.look(steps),
            (Some(Layer::Records(records)), _) => return records.look(steps),
            (None, Some(below)) => return below.look(root, steps),
            (None, None) => Cow::Owned(Value::Absent),
        })
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn fields(&self, under: &[Step]) -> Result<Value, Fault> {
        match (self.fields, self.below) {
            (Some(fields), _) => Ok(fields.below(under)),
            (None, Some(below)) => below.fields(under),
            (None, None) => Err(Fault::new(Kind::Internal, "evaluate", "`fields()` has no columns here")),
        }
    }

    fn uuid(&self) -> Result<Value, Fault> {
        match (&self.uuid, self.below) {
            (Some(uuid), _) => Ok(Value::Text(Arc::clone(uuid))),
            (None, Some(below)) => below.uuid(),
            (None, None) => Err(Fault::new(Kind::Internal, "evaluate", "`uuid()` has no request here")),
        }
    }
}

fn follow<'v>(value: &'v Value, steps: &[Step]) -> &'v Value {
    steps.iter().fold(value, |value, step| value.step(step))
}

impl<'a> Records<'a> {
    fn look(&self, steps: &[Step]) -> Result<Cow<'a, Value>, Fault> {
        let (count, first, last) = match *self {
            Records::All(list) => return Ok(Cow::Borrowed(follow(list, steps))),
            Records::Ends { count, first, last } => (i64::try_from(count).unwrap_or(i64::MAX), first, last),
        };
        let Some((Step::Index(index), rest)) = steps.split_first() else {
            return match steps {
                [] if count == 0 => Ok(Cow::Owned(Value::List(Arc::default()))),
                [] => Err(unread("the records of the page are read as a whole, and only the last one is at hand")),
                _ => Ok(Cow::Owned(Value::Absent)),
            };
        };
        let index = if *index < 0 { index + count } else { *index };
        if index < 0 || index >= count {
            return Ok(Cow::Owned(Value::Absent));
        }
        let known = if index == count - 1 { last } else { first.filter(|_| index == 0) };
        match known {
            Some(record) => Ok(Cow::Borrowed(follow(record, rest))),
            None => Err(unread("a record amid the page is read, and it is not at hand")),
        }
    }
}

/// Whoever reads pages must keep what expressions read: `Uses` says it.
fn unread(message: &str) -> Fault {
    Fault::new(Kind::Internal, "evaluate", message)
}

impl Fields {
    /// Returns the places below `under` as dotted names relative to it, in the order of the columns.
    fn below(&self, under: &[Step]) -> Value {
        let mut names: Vec<String> = Vec::new();
        for place in &self.0 {
            let Some(rest) = place.strip_prefix(under) else { continue };
            let keys = rest.iter().filter_map(|step| if let Step::Key(key) = step { Some(&**key) } else { None });
            let name = keys.collect::<Vec<_>>().join(".");
            if !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
        Value::List(Arc::new(names.into_iter().map(|name| Value::Text(name.into())).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{Expr as _, Names, Shape, Site, Wants, compile};
    use crate::http::Headers;
    use url::Url;

    fn json(text: &str) -> Value {
        crate::components::answer::tests::json(text)
    }

    fn eval(text: &str, scope: &dyn Scope) -> Result<Value, Fault> {
        let mut names = Names::new().with_functions(true, true);
        for name in ["params", "page", "response", "records", "window"] {
            names = names.with(name, Shape::Data);
        }
        compile(text, &names.own("repo", 0, Shape::Data), &Site::new(Wants::Value)).unwrap().eval(scope)
    }

    #[test]
    fn layers_show_what_lies_below() {
        let (params, repo, body) = (json(r#"{"a":1}"#), json(r#"{"name":"r"}"#), json(r#"{"next":"c2","items":[1]}"#));
        let mut map = http::HeaderMap::new();
        map.append("x-total", "5".parse().unwrap());
        map.append("x-total", "6".parse().unwrap());
        let (headers, url) = (Headers::new(map), Url::parse("https://a.example/").unwrap());
        let answer = Answer { status: 207, headers: &headers, url: &url, body: &body };
        let fields = Fields(vec![
            vec![Step::Key("id".into())],
            vec![Step::Key("f".into()), Step::Key("x".into())],
            vec![Step::Key("f".into()), Step::Every, Step::Key("y".into())],
        ]);
        let stream =
            Around::new(Timestamp::UNIX_EPOCH).with(Root::PARAMS, &params).with(Root::own(0), &repo).fields(&fields);
        let (first, last) = (json(r#"{"id":1}"#), json(r#"{"id":9}"#));
        let page = Around::over(&stream)
            .own(Root::PAGE, json(r#"{"index":3}"#))
            .answer(&answer)
            .records(Records::Ends { count: 3, first: Some(&first), last: Some(&last) })
            .uuid("u-1");
        for (text, expected) in [
            ("{{ params.a }}", "1"),
            ("{{ repo.name }}", "\"r\""),
            ("{{ page.index + 1 }}", "4"),
            ("{{ response.status }}", "207"),
            ("{{ response.headers['x-total'] }}", "\"5, 6\""),
            ("{{ response.headers.nothing is defined }}", "false"),
            ("{{ response.body.next }}", "\"c2\""),
            ("{{ response.body.items | length }}", "1"),
            ("{{ response.nothing is defined }}", "false"),
            ("{{ (response | json) | length > 20 }}", "true"),
            ("{{ records[-1].id }}", "9"),
            ("{{ records[0].id }}", "1"),
            ("{{ records[7] is defined }}", "false"),
            ("{{ window.start is defined }}", "false"),
            ("{{ fields() }}", r#"["id","f.x","f.y"]"#),
            ("{{ fields('$.f') }}", r#"["x","y"]"#),
            ("{{ uuid() ~ uuid() }}", "\"u-1u-1\""),
        ] {
            let mut written = String::new();
            crate::data::json::write_canonical(&eval(text, &page).expect(text), &mut written);
            assert_eq!(written, expected, "{text}");
        }
        for text in ["{{ records | length }}", "{{ records[1].id }}"] {
            assert!(eval(text, &page).is_err(), "{text}");
        }
        let none = Around::over(&stream).records(Records::Ends { count: 0, first: None, last: None });
        assert_eq!(eval("{{ records == [] }}", &none).unwrap(), Value::Bool(true));
        let all = json("[1,2,3]");
        let all = Around::over(&stream).records(Records::All(&all));
        assert_eq!(eval("{{ records | length }}", &all).unwrap(), Value::Int(3));
    }
}
