//! Redirects, followed by hand: what the next request is, and what of the first one it may carry.

use super::request::{Credentials, Request};
use super::trouble::Trouble;
use crate::fault::{Fault, Kind};
use http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, COOKIE, HOST, PROXY_AUTHORIZATION, REFERER,
};
use http::{HeaderMap, Method};
use url::Url;

/// Says whether an answer of this status leads elsewhere.
pub(super) fn leads_elsewhere(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// Makes the request that a redirect asks for. To the same origin it keeps everything, to another one it carries
/// nothing that proves who asks. Whether it may be sent at all the gate decides.
pub(super) fn follow(request: &Request, status: u16, location: Option<&str>) -> Result<Request, Fault> {
    let Some(location) = location else {
        return Err(refuse(format!("status {status} leads elsewhere and does not say where: `location` is missing")));
    };
    let Ok(mut url) = request.url.join(location.trim()) else {
        return Err(refuse(format!("status {status} leads to something that is no address")));
    };
    url.set_fragment(None);
    let mut next = request.clone();
    let rewritten = match status {
        303 => !matches!(request.method, Method::GET | Method::HEAD),
        301 | 302 => request.method == Method::POST,
        _ => false,
    };
    if rewritten {
        next.method = Method::GET;
        next.body = None;
        next.credentials.body = false;
        for name in [CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LANGUAGE] {
            next.headers.remove(name);
        }
    }
    let own = credential_values(request);
    if url.origin() == request.url.origin() {
        restore(&mut url, &own);
    } else {
        if next.body.is_some() {
            let origin = url.origin().ascii_serialization();
            return Err(refuse(format!("status {status} asks to send the body on to {origin}, which is never done")));
        }
        strip(&mut next.headers, &request.credentials);
        without(&mut url, &own);
        next.credentials = Credentials::default();
    }
    next.url = url;
    Ok(next)
}

/// Takes away what proves who asks: the request goes to another origin than the one it belongs to.
pub fn without_credentials(request: &mut Request) -> Result<(), Fault> {
    if request.credentials.body {
        let origin = request.url.origin().ascii_serialization();
        return Err(refuse(format!("the next page lies at {origin}, and a body with a secret is never sent on")));
    }
    let own = credential_values(request);
    strip(&mut request.headers, &request.credentials);
    without(&mut request.url, &own);
    request.credentials = Credentials::default();
    Ok(())
}

fn refuse(message: String) -> Fault {
    Trouble::Answer.lasting(Kind::Source, message)
}

/// Takes away what proves who asks.
fn strip(headers: &mut HeaderMap, credentials: &Credentials) {
    let always = [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE, REFERER, HOST];
    for name in always.iter().chain(&credentials.headers) {
        headers.remove(name);
    }
    let secret: Vec<_> =
        headers.iter().filter(|(_, value)| value.is_sensitive()).map(|(name, _)| name.clone()).collect();
    for name in secret {
        headers.remove(name);
    }
}

/// Lists the query parameters that prove who asks.
fn credential_values(request: &Request) -> Vec<(String, String)> {
    let names = &request.credentials.query;
    if names.is_empty() {
        return Vec::new();
    }
    let pairs = request.url.query_pairs().filter(|(name, _)| names.iter().any(|known| known == name));
    pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// Adds the credentials that the redirect left out: they belong to every request to this origin.
fn restore(url: &mut Url, own: &[(String, String)]) {
    for (name, value) in own {
        if !url.query_pairs().any(|(known, _)| known == name.as_str()) {
            url.query_pairs_mut().append_pair(name, value);
        }
    }
}

/// Takes credentials out of an address that repeats them to another origin.
fn without(url: &mut Url, own: &[(String, String)]) {
    let ours = |value: &str| own.iter().any(|(_, known)| !known.is_empty() && known == value);
    let pairs: Vec<_> = url.query_pairs().into_owned().collect();
    if !pairs.iter().any(|(_, value)| ours(value)) {
        return;
    }
    let kept: Vec<_> = pairs.into_iter().filter(|(_, value)| !ours(value)).collect();
    if kept.is_empty() {
        url.set_query(None);
    } else {
        url.query_pairs_mut().clear().extend_pairs(kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn request(method: Method, body: bool) -> Request {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_static("Bearer T"));
        headers.insert("cookie", HeaderValue::from_static("a=b"));
        headers.insert("x-api-key", HeaderValue::from_static("K1"));
        headers.insert("content-type", HeaderValue::from_static("text/plain"));
        headers.insert("accept", HeaderValue::from_static("application/json"));
        let mut hidden = HeaderValue::from_static("s");
        hidden.set_sensitive(true);
        headers.insert("x-hidden", hidden);
        Request {
            method,
            url: Url::parse("https://a.test/v1/items?page=1&key=K2").unwrap(),
            headers,
            body: body.then(|| "client_secret=S".into()),
            credentials: Credentials { headers: vec!["x-api-key".parse().unwrap()], query: vec!["key".into()], body },
            repeatable: true,
            shown: "GET /items".into(),
        }
    }

    fn told(method: Method, body: bool, status: u16, location: &str) -> String {
        match follow(&request(method, body), status, Some(location)) {
            Ok(next) => {
                let mut names: Vec<_> = next.headers.keys().map(|name| name.as_str()).collect();
                names.sort_unstable();
                let body = if next.body.is_some() { " body" } else { "" };
                let secret = if next.credentials == Credentials::default() { "" } else { " secret" };
                format!("{} {}{body}{secret} {}", next.method, next.url, names.join(" "))
            }
            Err(fault) => fault.to_string(),
        }
    }

    #[test]
    fn the_same_origin_keeps_everything() {
        let all = "accept authorization content-type cookie x-api-key x-hidden";
        assert_eq!(
            told(Method::GET, false, 302, "/b?page=2#x"),
            format!("GET https://a.test/b?page=2&key=K2 secret {all}")
        );
        assert_eq!(told(Method::GET, false, 301, "b?key=K3"), format!("GET https://a.test/v1/b?key=K3 secret {all}"));
        assert_eq!(told(Method::POST, true, 307, "/b"), format!("POST https://a.test/b?key=K2 body secret {all}"));
        assert_eq!(told(Method::PUT, true, 302, "/b"), format!("PUT https://a.test/b?key=K2 body secret {all}"));
        let without = "accept authorization cookie x-api-key x-hidden";
        assert_eq!(told(Method::POST, true, 302, "/b"), format!("GET https://a.test/b?key=K2 secret {without}"));
        assert_eq!(told(Method::DELETE, false, 303, "/b"), format!("GET https://a.test/b?key=K2 secret {without}"));
    }

    #[test]
    fn another_origin_gets_nothing_that_proves_who_asks() {
        for location in ["https://b.test/x?key=K2&q=1", "https://a.test:444/x?k=K2&q=1", "http://a.test/x?q=1&z=K2"] {
            let told = told(Method::GET, false, 302, location);
            assert!(told.ends_with("q=1 accept content-type") && !told.contains("K2"), "{told}");
        }
        assert_eq!(
            told(Method::GET, false, 302, "//b.test/x?key=other"),
            "GET https://b.test/x?key=other accept content-type"
        );
        assert_eq!(told(Method::POST, true, 303, "https://b.test/"), "GET https://b.test/ accept");
        for status in [307, 308] {
            let told = told(Method::POST, true, status, "https://b.test/?x=1");
            assert_eq!(
                told,
                format!("status {status} asks to send the body on to https://b.test, which is never done")
            );
        }
    }

    #[test]
    fn a_redirect_says_where_to() {
        assert!(
            follow(&request(Method::GET, false), 302, None).is_err_and(|fault| fault.to_string().contains("missing"))
        );
        assert!(told(Method::GET, false, 302, "https://[").contains("no address"));
    }
}
