//! What `--trace` tells: requests and heads of answers, with secrets masked. Bodies are never told.

use super::bounds::{spoken_size, spoken_time};
use super::headers::text;
use super::request::Credentials;
use super::transport::Wire;
use crate::fault::Fault;
use crate::secret::Mask as ByValue;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::HeaderMap;
use percent_encoding::percent_decode_str;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use url::Url;

/// Is told of every request and every head of an answer. It may not wait.
pub trait Trace: Send + Sync {
    /// Tells of a request that goes out; what it returns is told again with the answer.
    fn sent(&self, sending: &Sending<'_>) -> u64;

    /// Tells how it ended.
    fn answered(&self, answered: &Answered<'_>);
}

/// A request that goes out. It holds secrets: [`Lines`] masks them.
pub struct Sending<'a> {
    pub wire: &'a Wire,
    pub credentials: &'a Credentials,
}

/// How a request ended.
pub struct Answered<'a> {
    /// What [`Trace::sent`] returned.
    pub number: u64,
    pub sending: Sending<'a>,
    pub result: Result<(u16, &'a HeaderMap), &'a Fault>,
    pub after: Duration,
}

/// Writes requests and answers as lines for people and gives them away one by one.
pub struct Lines<F> {
    count: AtomicU64,
    give: F,
}

impl<F: Fn(&str) + Send + Sync> Lines<F> {
    pub fn new(give: F) -> Self {
        Self { count: AtomicU64::new(0), give }
    }
}

impl<F: Fn(&str) + Send + Sync> Trace for Lines<F> {
    fn sent(&self, sending: &Sending<'_>) -> u64 {
        let number = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        let Wire { method, url, headers, body, .. } = sending.wire;
        let mask = Mask::of(sending);
        (self.give)(&format!("> {number} {method} {}", mask.url(url)));
        mask.headers(headers, &mut |line| (self.give)(&format!("> {number} {line}")));
        if let Some(body) = body {
            (self.give)(&format!("> {number} (body of {})", spoken_size(body.len() as u64)));
        }
        number
    }

    fn answered(&self, answered: &Answered<'_>) {
        let Answered { number, sending, result, after } = answered;
        let mask = Mask::of(sending);
        let after = spoken_time(Duration::from_millis(u64::try_from(after.as_millis()).unwrap_or(u64::MAX)));
        match result {
            Ok((status, headers)) => {
                (self.give)(&format!("< {number} {status} after {after}"));
                mask.headers(headers, &mut |line| (self.give)(&format!("< {number} {line}")));
            }
            Err(fault) => (self.give)(&format!("< {number} failed after {after}: {}", mask.text(&fault.to_string()))),
        }
    }
}

/// Headers that are never told, whoever sends them.
const ALWAYS: &[&str] = &["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"];
const MASKED: &str = "***";

/// Masks secrets by where they stand, and by value wherever else they occur.
struct Mask<'a> {
    credentials: &'a Credentials,
    values: ByValue,
}

impl<'a> Mask<'a> {
    fn of(sending: &Sending<'a>) -> Self {
        let credentials = sending.credentials;
        let mut values = Vec::new();
        for (name, value) in &sending.wire.headers {
            if value.is_sensitive() || credentials.headers.contains(name) || ALWAYS.contains(&name.as_str()) {
                values.extend(secrets_of(name.as_str(), &text(value.as_bytes())));
            }
        }
        for pair in sending.wire.url.query().unwrap_or_default().split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if hidden(name, credentials) {
                values.push(decoded(value));
                values.push(value.to_owned());
            }
        }
        Self { credentials, values: ByValue::of(values.iter().map(String::as_str)) }
    }

    /// Writes an address. Credentials of its query are masked; their names stay.
    fn url(&self, url: &Url) -> String {
        let Some(query) = url.query() else { return self.text(url.as_str()) };
        let pairs = query.split('&').map(|pair| match pair.split_once('=') {
            Some((name, _)) if hidden(name, self.credentials) => format!("{name}={MASKED}"),
            _ => self.text(pair),
        });
        let query: Vec<_> = pairs.collect();
        let mut bare = url.clone();
        bare.set_query(None);
        format!("{}?{}", self.text(bare.as_str()), query.join("&"))
    }

    fn headers(&self, headers: &HeaderMap, give: &mut dyn FnMut(&str)) {
        for (name, value) in headers {
            let secret =
                value.is_sensitive() || self.credentials.headers.contains(name) || ALWAYS.contains(&name.as_str());
            let shown = if secret {
                MASKED.to_owned()
            } else {
                let value = text(value.as_bytes());
                match Url::parse(&value) {
                    Ok(url) if name == http::header::LOCATION => self.url(&url),
                    _ => self.text(&value),
                }
            };
            give(&format!("{name}: {}", shown.escape_debug()));
        }
    }

    fn text(&self, text: &str) -> String {
        self.values.text(text)
    }
}

/// Lists what of a header proves who asks: the whole, what stands behind a scheme, a password, the values of cookies.
fn secrets_of(name: &str, value: &str) -> Vec<String> {
    let mut all = vec![value.to_owned()];
    if let Some((scheme, rest)) = value.split_once(' ') {
        all.push(rest.to_owned());
        let pair = BASE64_STANDARD.decode(rest).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some(pair) = pair.filter(|_| scheme.eq_ignore_ascii_case("basic")) {
            all.extend(pair.split_once(':').map(|(_, password)| password.to_owned()));
            all.push(pair);
        }
    }
    if name == "cookie" {
        all.extend(value.split(';').filter_map(|pair| Some(pair.split_once('=')?.1.trim().to_owned())));
    }
    all
}

fn hidden(name: &str, credentials: &Credentials) -> bool {
    !credentials.query.is_empty() && credentials.query.contains(&decoded(name))
}

fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;
    use std::sync::Mutex;

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        let lines = Mutex::new(Vec::new());
        let trace = Lines::new(|line: &str| lines.lock().unwrap().push(line.to_owned()));
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "Bearer tok-12345".parse().unwrap());
        headers.insert("x-shop-token", "shop-secret".parse().unwrap());
        headers.insert("accept", "application/json".parse().unwrap());
        let wire = Wire {
            method: Method::POST,
            url: Url::parse("https://a.test/x?page=2&api%5Fkey=K%20EY-1&q=shop-secret").unwrap(),
            headers,
            body: Some("client_secret=S".into()),
            fresh: true,
        };
        let credentials =
            Credentials { headers: vec!["x-shop-token".parse().unwrap()], query: vec!["api_key".into()], body: true };
        let number = trace.sent(&Sending { wire: &wire, credentials: &credentials });
        let mut back = HeaderMap::new();
        back.insert("set-cookie", "session=1".parse().unwrap());
        back.insert("location", "https://b.test/?api_key=other&t=tok-12345".parse().unwrap());
        back.insert("x-echo", "you sent tok-12345 and K EY-1".parse().unwrap());
        let after = Duration::from_micros(1_234_567);
        let sending = || Sending { wire: &wire, credentials: &credentials };
        trace.answered(&Answered { number, sending: sending(), result: Ok((302, &back)), after });
        let fault = Fault::new(crate::fault::Kind::Network, "send", "tok-12345 is bad");
        trace.answered(&Answered { number, sending: sending(), result: Err(&fault), after: Duration::ZERO });
        let expected = [
            "> 1 POST https://a.test/x?page=2&api%5Fkey=***&q=***",
            "> 1 authorization: ***",
            "> 1 x-shop-token: ***",
            "> 1 accept: application/json",
            "> 1 (body of 15 bytes)",
            "< 1 302 after 1.234 s",
            "< 1 set-cookie: ***",
            "< 1 location: https://b.test/?api_key=***&t=***",
            "< 1 x-echo: you sent *** and ***",
            "< 1 failed after 0 s: *** is bad",
        ];
        assert_eq!(*lines.lock().unwrap(), expected);
    }

    #[test]
    fn what_is_sent_back_in_other_forms_is_masked() {
        let basic = format!("Basic {}", BASE64_STANDARD.encode("ann:pass word"));
        let secrets = [secrets_of("authorization", &basic), secrets_of("cookie", "a=1; session=c00kie/1")].concat();
        let mask = ByValue::of(secrets.iter().map(String::as_str));
        for echo in ["pass word", "pass%20word", "ann:pass word", "c00kie/1", "c00kie%2F1", &basic[6..]] {
            assert_eq!(mask.text(&format!("you sent {echo}")), "you sent ***", "{echo}");
        }
    }
}
