//! From a compiled request to one that can be sent (SEMANTICS section 5).

use super::encode::{Pairs, pairs, written};
use super::{EncodeSpec, Message, Part, Target};
use crate::components::answer::{Nulls, text_of};
use crate::data::Value;
use crate::expr::shorthand::address::{Address, Step};
use crate::expr::shorthand::request::Method as Written;
use crate::expr::{Compiled, Expr as _, Scope};
use crate::fault::{Fault, Kind};
use crate::http::{Credentials, Request};
use http::header::{CONTENT_TYPE, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use std::sync::Arc;
use url::Url;

/// What is added to a written request, or taken from it, for one page.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extra<'a> {
    /// Values and where they are written; they win over what stands there. An address of `url` is the whole address.
    pub put: &'a [(Address, Value)],
    /// The whole address of the page, instead of path and query.
    pub address: Option<&'a str>,
    /// What later pages leave out.
    pub left_out: &'a [Address],
    /// A stream's list request: it changes nothing, also as POST (SEMANTICS rule 42).
    pub lists: bool,
}

impl Extra<'_> {
    pub(super) fn leaves_out(&self, at: &Address) -> bool {
        self.left_out.iter().any(|known| match (known, at) {
            (Address::Header(known), Address::Header(name)) => known.eq_ignore_ascii_case(name),
            (known, at) => known == at,
        })
    }
}

/// Makes the request that is sent. It proves nothing yet: `auth` is applied afterwards.
pub fn render(
    message: &Message,
    encode: &EncodeSpec,
    base: Option<&Url>,
    scope: &dyn Scope,
    extra: &Extra<'_>,
) -> Result<Request, Fault> {
    let mut credentials = Credentials::default();
    let (mut url, whole) = address(message, base, scope, extra)?;
    if !whole {
        query(message, encode, scope, extra, &mut url, &mut credentials)?;
    }
    let mut headers = HeaderMap::new();
    for part in message.headers.iter().filter(|part| !extra.leaves_out(&Address::Header(part.name.clone()))) {
        let value = part.value.eval(scope, Nulls::Drop)?;
        let secret = secret(part);
        if set_header(&mut headers, &part.name, &value, secret)? && secret {
            credentials.headers.extend(HeaderName::try_from(part.name.as_str()));
        }
    }
    for (at, value) in extra.put {
        match at {
            Address::Header(name) => {
                set_header(&mut headers, name, value, false)?;
            }
            Address::Cookie(name) => set_cookie(&mut headers, name, value, false)?,
            Address::Path(_) => {
                let message = format!("`{at}` can't be written by this version; use the value in the request");
                return Err(Fault::new(Kind::Config, "request", message));
            }
            _ => {}
        }
    }
    let body = message.body(encode, scope, extra)?;
    if let Some(body) = &body {
        headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(body.content_type));
        let mut held = false;
        message.each_body_expr(&mut |compiled| held |= compiled.uses().secret);
        credentials.body = held;
    }
    let method = method(message.method);
    let repeatable = method == Method::GET || method == Method::HEAD || extra.lists && method == Method::POST;
    let body = body.map(|body| body.text.into());
    Ok(Request { method, url, headers, body, credentials, repeatable, shown: message.shown() })
}

/// Says what can't be sent, by the key that holds it; never what the value is.
pub(super) fn refused(key: &str, message: &str) -> Fault {
    Fault::new(Kind::Config, "request", message.to_owned()).with("in", format!("`{key}`"))
}

fn method(written: Written) -> Method {
    match written {
        Written::Get => Method::GET,
        Written::Post => Method::POST,
        Written::Put => Method::PUT,
        Written::Patch => Method::PATCH,
        Written::Delete => Method::DELETE,
        Written::Head => Method::HEAD,
    }
}

/// Returns the address, and whether it is a whole one that was given: then the query is not added again.
fn address(message: &Message, base: Option<&Url>, scope: &dyn Scope, extra: &Extra<'_>) -> Result<(Url, bool), Fault> {
    let put = extra.put.iter().rev().find(|(at, _)| *at == Address::Url).map(|(_, value)| text_of(value));
    if let Some(whole) = extra.address.map(Arc::from).or(put.flatten()) {
        return Ok((whole_url(&whole, base)?, true));
    }
    let compiled = message.target.compiled();
    let Value::Text(text) = compiled.eval(scope)? else {
        return Err(refused("request", "the path is no text"));
    };
    let url = match &message.target {
        Target::Path(_) => join(base, &text)?,
        Target::Url(_) => parse(&text)?,
        Target::Given(_) => whole_url(&text, base)?,
    };
    Ok((url, false))
}

/// Reads a whole address, or a path below the base.
fn whole_url(text: &str, base: Option<&Url>) -> Result<Url, Fault> {
    match text {
        address if address.starts_with("http://") || address.starts_with("https://") => parse(address),
        path if path.starts_with('/') => join(base, path),
        _ => Err(refused("request", "this is neither a path, which begins with `/`, nor an `https://` address")),
    }
}

/// Joins a path to the base as text, with exactly one slash (SEMANTICS rule 39).
fn join(base: Option<&Url>, path: &str) -> Result<Url, Fault> {
    let Some(base) = base else {
        return Err(refused("request", "a path needs a `base`"));
    };
    if base.query().is_some() || base.fragment().is_some() {
        return Err(refused("base", "the base has a query; write it under `query`"));
    }
    parse(&format!("{}/{}", base.as_str().trim_end_matches('/'), path.trim_start_matches('/')))
}

/// Parses an address; what a parser would quietly make another path of is refused.
fn parse(text: &str) -> Result<Url, Fault> {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    if text.contains(char::is_control) || path.contains('\\') {
        return Err(refused("request", "the address has a character that can't be sent"));
    }
    let dots = |segment: &str| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
    if path.split('/').any(dots) {
        return Err(refused("request", "`.` and `..` can't stand in a path"));
    }
    let Ok(mut url) = Url::parse(text) else {
        return Err(refused("request", "this is no address"));
    };
    if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
        return Err(refused("request", "an address is `https://host/…`, without a user name"));
    }
    url.set_fragment(None);
    Ok(url)
}

fn query(
    message: &Message,
    encode: &EncodeSpec,
    scope: &dyn Scope,
    extra: &Extra<'_>,
    url: &mut Url,
    credentials: &mut Credentials,
) -> Result<(), Fault> {
    let told = |message: String| refused("query", &message);
    let mut all = Pairs::new();
    for part in message.query.iter().filter(|part| !extra.leaves_out(&Address::Query(part.name.clone()))) {
        let value = part.value.eval(scope, Nulls::Drop)?;
        let before = all.len();
        pairs(&part.name, &value, encode, &mut all).map_err(told)?;
        if secret(part) {
            credentials.query.extend(all[before..].iter().map(|(name, _)| name.clone()));
        }
    }
    for (at, value) in extra.put {
        if let Address::Query(name) = at {
            all.retain(|(known, _)| known != name);
            pairs(name, value, encode, &mut all).map_err(told)?;
        }
    }
    if all.is_empty() {
        return Ok(());
    }
    let own = written(&all);
    let joined = match url.query() {
        Some(known) if !known.is_empty() => format!("{known}&{own}"),
        _ => own,
    };
    url.set_query(Some(&joined));
    Ok(())
}

fn secret(part: &Part) -> bool {
    let mut held = false;
    part.value.each_expr(&mut |compiled: &Compiled| held |= compiled.uses().secret);
    held
}

/// Sets a header and says whether there was something to set. A list is joined by commas.
pub(in crate::components) fn set_header(
    headers: &mut HeaderMap,
    name: &str,
    value: &Value,
    secret: bool,
) -> Result<bool, Fault> {
    let unfit = |what: &str| Err(Fault::new(Kind::Config, "request", format!("the header `{name}` {what}")));
    let text = match value {
        Value::Absent | Value::Null => return Ok(false),
        Value::List(items) => {
            items.iter().map(text_of).collect::<Option<Vec<_>>>().map(|texts| texts.join(", ").into())
        }
        scalar => text_of(scalar),
    };
    let Some(text) = text else { return unfit("is a map; write a text, or `| json`") };
    let Ok(header) = HeaderName::try_from(name) else { return unfit("has no name that can be sent") };
    let Ok(mut value) = HeaderValue::from_bytes(text.as_bytes()) else {
        return unfit("has a character that can't be sent, such as a line feed");
    };
    value.set_sensitive(secret);
    headers.insert(header, value);
    Ok(true)
}

/// Sets a cookie beside those that are there.
pub(in crate::components) fn set_cookie(
    headers: &mut HeaderMap,
    name: &str,
    value: &Value,
    secret: bool,
) -> Result<(), Fault> {
    let unfit =
        || Fault::new(Kind::Config, "request", format!("the cookie `{name}` has a character that can't be sent"));
    let Some(text) = text_of(value) else { return Err(unfit()) };
    // RFC 6265 leaves these out of values; a semicolon would begin another cookie.
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte));
    if !plain(&text) || !plain(name) || name.contains('=') {
        return Err(unfit());
    }
    let known = headers.get(COOKIE);
    let secret = secret || known.is_some_and(HeaderValue::is_sensitive);
    let all = match known.map(|known| String::from_utf8_lossy(known.as_bytes()).into_owned()) {
        Some(known) => {
            let other = known.split("; ").filter(|pair| pair.split('=').next() != Some(name));
            other.map(str::to_owned).chain([format!("{name}={text}")]).collect::<Vec<_>>().join("; ")
        }
        None => format!("{name}={text}"),
    };
    let mut value = HeaderValue::from_bytes(all.as_bytes()).map_err(|_| unfit())?;
    value.set_sensitive(secret);
    headers.insert(COOKIE, value);
    Ok(())
}

/// Sets a value deep in a body; members that lead to it are made.
pub(super) fn set_member(at: &mut Value, steps: &[Step], value: Value) -> Result<(), String> {
    let Some((first, rest)) = steps.split_first() else {
        *at = value;
        return Ok(());
    };
    match (first, &mut *at) {
        (Step::Member(name), Value::Map(map)) => {
            let map = Arc::make_mut(map);
            let known = map.iter().position(|(known, _)| **known == **name).unwrap_or_else(|| {
                map.push((name.as_str().into(), Value::Absent));
                map.len() - 1
            });
            set_member(&mut map[known].1, rest, value)
        }
        (Step::Member(_), Value::Absent | Value::Null) => {
            *at = Value::Map(Arc::default());
            set_member(at, steps, value)
        }
        (Step::Index(index), Value::List(list)) if *index < list.len() => {
            set_member(&mut Arc::make_mut(list)[*index], rest, value)
        }
        (Step::Index(index), Value::List(list)) if *index == list.len() => {
            Arc::make_mut(list).push(Value::Absent);
            set_member(at, steps, value)
        }
        (Step::Index(0), Value::Absent | Value::Null) => {
            *at = Value::List(Arc::default());
            set_member(at, steps, value)
        }
        (Step::Member(name), other) => Err(format!("`{name}` can't be a member of {}", other.what())),
        (Step::Index(index), other) => Err(format!("there is no element {index} in {}", other.what())),
    }
}

/// Takes a value deep in a body away.
pub(super) fn take_member(at: &mut Value, steps: &[Step]) {
    match (steps, at) {
        ([Step::Member(name)], Value::Map(map)) => Arc::make_mut(map).retain(|(known, _)| **known != **name),
        ([Step::Index(index)], Value::List(list)) if *index < list.len() => _ = Arc::make_mut(list).remove(*index),
        ([Step::Member(name), rest @ ..], Value::Map(map)) => {
            if let Some((_, inner)) = Arc::make_mut(map).iter_mut().find(|(known, _)| **known == **name) {
                take_member(inner, rest);
            }
        }
        ([Step::Index(index), rest @ ..], Value::List(list)) => {
            if let Some(inner) = Arc::make_mut(list).get_mut(*index) {
                take_member(inner, rest);
            }
        }
        _ => {}
    }
}
