//! Writes into a request what proves who asks.

use super::AuthPlan;
use crate::components::choose::Chosen;
use crate::components::request::{replace_in_query, set_cookie, set_header};
use crate::data::Value;
use crate::expr::shorthand::address::Address;
use crate::expr::{Compiled, Expr as _, Scope};
use crate::fault::{Fault, Kind};
use crate::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderName;
use http::header::{AUTHORIZATION, COOKIE};

impl AuthPlan {
    /// Writes the credentials into a request. In `scope` stand the params, the secrets among them.
    ///
    /// What is written is marked in the request's `credentials`, so that it goes to no other origin. A fault names the
    /// param whose value does not do, and never the value.
    pub fn apply(&self, scope: &dyn Scope, request: &mut Request) -> Result<(), Fault> {
        match self {
            AuthPlan::None => Ok(()),
            AuthPlan::Bearer(token) => {
                let token = needed(token, scope, "bearer")?;
                authorize(request, "bearer", &format!("Bearer {token}"))
            }
            AuthPlan::Basic { username, password } => {
                let name = text(username, scope, "basic")?;
                let word = password.as_ref().map(|password| text(password, scope, "basic")).transpose()?;
                let word = word.unwrap_or_default();
                if name.is_empty() && word.is_empty() {
                    return Err(empty(username, "basic"));
                }
                if name.contains(':') {
                    return Err(unfit("basic", &format!("{} holds a `:`, which can't be sent", told(username))));
                }
                authorize(request, "basic", &format!("Basic {}", STANDARD.encode(format!("{name}:{word}"))))
            }
            AuthPlan::Put(values) => values.iter().try_for_each(|(at, value)| put(at, value, scope, request)),
            AuthPlan::AllOf(kinds) => kinds.iter().try_for_each(|kind| match kind {
                Chosen::Is(kind) => kind.apply(scope, request),
                Chosen::By { .. } => Err(Fault::new(Kind::Internal, "auth", "the kind of `auth` was not decided")),
            }),
            AuthPlan::Digest { .. }
            | AuthPlan::Token(_)
            | AuthPlan::Jwt(_)
            | AuthPlan::Signed(_)
            | AuthPlan::Rotate { .. } => {
                let message = format!("`auth: {}` can't be run by this version", self.kind());
                Err(Fault::new(Kind::Config, "auth", message))
            }
        }
    }

    /// Says whether a refused credential may be fetched anew; fixed ones stay refused.
    pub fn refreshes(&self) -> bool {
        match self {
            AuthPlan::Token(_) | AuthPlan::Jwt(_) | AuthPlan::Rotate { .. } => true,
            AuthPlan::AllOf(kinds) => kinds.iter().flat_map(Chosen::all).any(AuthPlan::refreshes),
            _ => false,
        }
    }

    /// Names the kind as it is written.
    pub fn kind(&self) -> &'static str {
        match self {
            AuthPlan::None => "none",
            AuthPlan::Bearer(_) => "bearer",
            AuthPlan::Basic { .. } => "basic",
            AuthPlan::Digest { .. } => "digest",
            AuthPlan::Put(values) => match values.first() {
                Some((Address::Query(_), _)) => "query",
                Some((Address::Cookie(_), _)) => "cookie",
                _ => "header",
            },
            AuthPlan::Token(plan) if plan.grant.is_some() => "oauth2",
            AuthPlan::Token(_) => "login",
            AuthPlan::Jwt(_) => "jwt",
            AuthPlan::Signed(super::SignedPlan::Sigv4(_)) => "sigv4",
            AuthPlan::Signed(super::SignedPlan::Hmac { .. }) => "hmac",
            AuthPlan::Signed(super::SignedPlan::Oauth1 { .. }) => "oauth1",
            AuthPlan::AllOf(_) => "all_of",
            AuthPlan::Rotate { .. } => "rotate",
        }
    }

    /// Lists the parameters of an address that it writes.
    pub fn query(&self) -> Vec<&str> {
        match self {
            AuthPlan::Put(all) => all
                .iter()
                .filter_map(|(at, _)| if let Address::Query(name) = at { Some(name.as_str()) } else { None })
                .collect(),
            AuthPlan::AllOf(all) => all.iter().flat_map(Chosen::all).flat_map(AuthPlan::query).collect(),
            _ => Vec::new(),
        }
    }
}

fn put(at: &Address, value: &Compiled, scope: &dyn Scope, request: &mut Request) -> Result<(), Fault> {
    match at {
        Address::Header(name) => {
            let text = needed(value, scope, "header")?;
            set_header(&mut request.headers, name, &Value::Text(text.into()), true)?;
            mark(request, HeaderName::try_from(name.as_str()).ok());
        }
        Address::Query(name) => {
            let text = needed(value, scope, "query")?;
            // The address of a next page may hold the credential already.
            let query = replace_in_query(request.url.query(), name, &text);
            request.url.set_query(Some(&query));
            if !request.credentials.query.contains(name) {
                request.credentials.query.push(name.clone());
            }
        }
        Address::Cookie(name) => {
            let text = needed(value, scope, "cookie")?;
            set_cookie(&mut request.headers, name, &Value::Text(text.into()), true)?;
            mark(request, Some(COOKIE));
        }
        other => {
            let message = format!("credentials can't be written into `{other}` by this version");
            return Err(Fault::new(Kind::Config, "auth", message));
        }
    }
    Ok(())
}

fn authorize(request: &mut Request, kind: &str, value: &str) -> Result<(), Fault> {
    set_header(&mut request.headers, "authorization", &Value::Text(value.into()), true)
        .map_err(|_| unfit(kind, "a credential has a character that can't be sent, such as a line feed"))?;
    mark(request, Some(AUTHORIZATION));
    Ok(())
}

fn mark(request: &mut Request, header: Option<HeaderName>) {
    for header in header.into_iter().filter(|header| !request.credentials.headers.contains(header)).collect::<Vec<_>>()
    {
        request.credentials.headers.push(header);
    }
}

/// Returns a credential that must not be empty.
fn needed(value: &Compiled, scope: &dyn Scope, kind: &str) -> Result<String, Fault> {
    let text = text(value, scope, kind)?;
    if text.trim().is_empty() { Err(empty(value, kind)) } else { Ok(text) }
}

fn text(value: &Compiled, scope: &dyn Scope, kind: &str) -> Result<String, Fault> {
    match value.eval(scope) {
        Ok(Value::Text(text)) => Ok(text.to_string()),
        // Why it failed may tell of the value: only the param is named.
        _ => Err(unfit(kind, &format!("{} can't be made a credential; look at its value", told(value)))),
    }
}

fn empty(value: &Compiled, kind: &str) -> Fault {
    unfit(kind, &format!("{} is empty; give it a value", told(value)))
}

fn unfit(kind: &str, message: &str) -> Fault {
    Fault::new(Kind::Auth, "auth", message.to_owned()).with("in", format!("`auth: {kind}`"))
}

/// Names the params that a credential is made of.
fn told(value: &Compiled) -> String {
    match value.uses().params.as_slice() {
        [] => "the credential".to_owned(),
        params => params.iter().map(|name| format!("`params.{name}`")).collect::<Vec<_>>().join(" with "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{Member, Names, Shape, Site, Slots, Types, Wants, compile};
    use crate::http::Credentials;
    use http::{HeaderMap, Method};
    use std::sync::Arc;
    use url::Url;

    fn compiled(text: &str) -> Arc<Compiled> {
        let names = ["token", "user", "word", "none"].map(|name| (name, Member::of(Types::TEXT).secret()));
        let names = Names::new().with("params", Shape::record(names));
        Arc::new(compile(text, &names, &Site::new(Wants::Text).secrets()).unwrap())
    }

    fn applied(plan: &AuthPlan, token: &str) -> Result<Request, Fault> {
        let text = |text: &str| Value::Text(text.into());
        let params = vec![
            ("token".into(), text(token)),
            ("user".into(), text("me")),
            ("word".into(), text("pä:ss")),
            ("none".into(), text("")),
        ];
        let scope =
            Slots::new(vec![(crate::expr::Root::PARAMS, Value::Map(Arc::new(params)))], jiff::Timestamp::UNIX_EPOCH);
        let mut request = Request {
            method: Method::GET,
            url: Url::parse("https://a.example/x?page=2&key=old").unwrap(),
            headers: HeaderMap::new(),
            body: None,
            credentials: Credentials::default(),
            repeatable: true,
            shown: "GET /x".into(),
        };
        plan.apply(&scope, &mut request).map(|()| request)
    }

    #[test]
    fn credentials_are_written_and_marked() {
        let basic =
            |name: &str, word: Option<&str>| AuthPlan::Basic { username: compiled(name), password: word.map(compiled) };
        let put = |at: Address, text: &str| AuthPlan::Put(vec![(at, compiled(text))]);
        for (plan, header, expected) in [
            (AuthPlan::Bearer(compiled("{{ params.token }}")), "authorization", "Bearer t0k3n"),
            (basic("{{ params.user }}", Some("{{ params.word }}")), "authorization", "Basic bWU6cMOkOnNz"),
            (basic("{{ params.token }}", None), "authorization", "Basic dDBrM246"),
            (put(Address::Header("X-Key".into()), "Token {{ params.token }}"), "x-key", "Token t0k3n"),
            (put(Address::Cookie("sid".into()), "{{ params.token }}"), "cookie", "sid=t0k3n"),
        ] {
            let request = applied(&plan, "t0k3n").unwrap();
            assert_eq!(request.headers[header], expected);
            assert!(request.headers[header].is_sensitive());
            assert_eq!(request.credentials.headers, [header]);
        }
        let query = put(Address::Query("key".into()), "{{ params.token }}");
        let request = applied(&query, "t 0").unwrap();
        assert_eq!(request.url.as_str(), "https://a.example/x?page=2&key=t%200");
        assert_eq!(request.credentials.query, ["key"]);
        let both = AuthPlan::AllOf(vec![Chosen::Is(query), Chosen::Is(basic("{{ params.user }}", None))]);
        let request = applied(&both, "t").unwrap();
        assert!(request.credentials.query == ["key"] && request.credentials.headers == ["authorization"]);
    }

    #[test]
    fn what_does_not_do_is_told_by_its_param() {
        let bearer = AuthPlan::Bearer(compiled("{{ params.token }}"));
        let basic = AuthPlan::Basic { username: compiled("{{ params.none }}"), password: None };
        let colon = AuthPlan::Basic { username: compiled("{{ params.word }}"), password: None };
        let rotate = AuthPlan::Rotate { tokens: compiled("x"), then: None };
        for (plan, token, expected) in [
            (&bearer, " ", "`params.token` is empty"),
            (&bearer, "ab\ncd", "a line feed"),
            (&basic, "x", "`params.none` is empty"),
            (&colon, "x", "`params.word` holds a `:`"),
            (&rotate, "x", "`auth: rotate` can't be run by this version"),
        ] {
            let Err(fault) = applied(plan, token) else { panic!("{expected}") };
            assert!(fault.to_string().contains(expected) && !fault.to_string().contains("cd"), "{fault}");
        }
        assert!(rotate.refreshes() && !bearer.refreshes());
    }
}
