//! One try of a request: gate, transport, redirects, and the answer with a bounded body.

use super::body::{Body, Coming};
use super::bounds::{Bounds, Deadlines, spoken_size, spoken_time};
use super::gate::Gate;
use super::headers::{Headers, text};
use super::redirect::{follow, leads_elsewhere};
use super::request::Request;
use super::trace::{Answered, Sending, Trace};
use super::transport::{Answer, Transport, Wire};
use super::trouble::Trouble;
use super::unpack::Unpack;
use crate::fault::{Fault, Kind};
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, LOCATION, RANGE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method};
use jiff::Timestamp;
use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::time::{Instant, timeout_at};
use url::Url;

/// Sends requests through a gate.
#[derive(Clone)]
pub struct Http {
    transport: Arc<dyn Transport>,
    gate: Gate,
    bounds: Bounds,
    trace: Option<Arc<dyn Trace>>,
}

/// An answer, with its body still to come.
pub struct Response {
    pub status: u16,
    pub headers: Headers,
    /// The address that answered: another one than was asked, if a redirect led there.
    pub url: Url,
    /// Who answered, where it is known.
    pub remote: Option<SocketAddr>,
    /// When the answer was made, by the clock of who made it.
    pub date: Option<Timestamp>,
    /// How many requests went out for it: one for each redirect more.
    pub requests: u32,
    pub body: Body,
}

impl Http {
    pub fn new(transport: Arc<dyn Transport>, gate: Gate) -> Self {
        Self { transport, gate, bounds: Bounds::default(), trace: None }
    }

    #[must_use]
    pub fn bounded(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    #[must_use]
    pub fn traced(mut self, trace: Arc<dyn Trace>) -> Self {
        self.trace = Some(trace);
        self
    }

    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    pub fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// Sends a request once and follows where it is sent on. [`Sent::by`](super::Sent::by) tells of a fault whether the
    /// request may have arrived.
    ///
    /// A repeatable request whose connection was closed before the answer is sent once more at once, on a connection of
    /// its own: the other side had closed an idle one. Other requests never go out on a used connection.
    pub async fn send(&self, request: &Request, within: &Deadlines) -> Result<Response, Fault> {
        self.hops(request, within).await.map_err(|fault| fault.with("request", request.shown.clone()))
    }

    async fn hops(&self, request: &Request, within: &Deadlines) -> Result<Response, Fault> {
        let end = Instant::now() + within.request;
        let mut current = Cow::Borrowed(request);
        let mut requests = 0;
        for hop in 0..=self.bounds.redirects {
            self.admit(&current, hop > 0)?;
            let answer = self.head(&current, within, end, &mut requests).await?;
            if !leads_elsewhere(answer.status) {
                return self.response(answer, &current, within, end, requests);
            }
            let location = answer.headers.get(LOCATION).map(|value| text(value.as_bytes()));
            current = Cow::Owned(follow(&current, answer.status, location.as_deref())?);
        }
        let most = self.bounds.redirects;
        Err(Trouble::Answer.lasting(Kind::Source, format!("redirected more than {most} times")))
    }

    /// Checks what is about to be sent.
    fn admit(&self, request: &Request, redirected: bool) -> Result<(), Fault> {
        let refuse = |message: String| Err(Fault::new(Kind::Config, "send", message));
        let Bounds { url, header, body, .. } = self.bounds;
        if let Err(fault) = self.gate.check(&request.url, proves(request)) {
            if !redirected {
                return Err(fault);
            }
            let message = format!("a redirect is not followed: {}", fault.message());
            return Err(Trouble::Answer.lasting(Kind::Source, message));
        }
        if self.transport.by_proxy() {
            self.gate.check_by_proxy(&request.url, proves(request))?;
        }
        if request.url.as_str().len() > url {
            return refuse(format!("the address is longer than {}", spoken_size(url as u64)));
        }
        if let Some((name, _)) = request.headers.iter().find(|(_, value)| value.len() > header) {
            return refuse(format!("the header {name} is longer than {}", spoken_size(header as u64)));
        }
        if request.body.as_ref().is_some_and(|sent| sent.len() > body) {
            return refuse(format!("the body to send is larger than {}", spoken_size(body as u64)));
        }
        Ok(())
    }

    /// Sends one request and waits for the head of its answer.
    async fn head(
        &self,
        request: &Request,
        within: &Deadlines,
        end: Instant,
        requests: &mut u32,
    ) -> Result<Answer, Fault> {
        let mut wire = Wire {
            method: request.method.clone(),
            url: request.url.clone(),
            headers: dressed(&request.headers),
            body: request.body.clone(),
            fresh: !request.repeatable,
        };
        loop {
            *requests += 1;
            let result = self.exchange(&wire, request, within, end).await;
            match result {
                Err(fault) if Trouble::of(&fault) == Some(Trouble::Closed) && !wire.fresh => wire.fresh = true,
                result => return result,
            }
        }
    }

    async fn exchange(
        &self,
        wire: &Wire,
        request: &Request,
        within: &Deadlines,
        end: Instant,
    ) -> Result<Answer, Fault> {
        let begin = Instant::now();
        let number = self.trace.as_ref().map(|trace| trace.sent(&Sending { wire, credentials: &request.credentials }));
        let due = begin + within.head;
        let result = match timeout_at(due.min(end), self.transport.send(wire)).await {
            Ok(result) => result,
            Err(_) if end <= due => {
                Err(Trouble::Silent.passing(format!("the request took longer than {}", spoken_time(within.request))))
            }
            Err(_) => Err(Trouble::Silent.passing(format!("no answer within {}", spoken_time(within.head)))),
        };
        if let (Some(trace), Some(number)) = (&self.trace, number) {
            let sending = Sending { wire, credentials: &request.credentials };
            let result = result.as_ref().map(|answer| (answer.status, &answer.headers));
            trace.answered(&Answered { number, sending, result, after: begin.elapsed() });
        }
        result
    }

    /// Takes the head of the answer that counts.
    fn response(
        &self,
        answer: Answer,
        request: &Request,
        within: &Deadlines,
        end: Instant,
        requests: u32,
    ) -> Result<Response, Fault> {
        let Answer { status, headers, remote, body: chunks } = answer;
        let refuse = |message: String| Err(Trouble::Answer.lasting(Kind::Source, message));
        let size: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        if size > self.bounds.headers {
            let most = spoken_size(self.bounds.headers as u64);
            return refuse(format!("the headers of the answer are larger than {most}"));
        }
        if status == 206 && !request.headers.contains_key(RANGE) {
            return refuse("status 206: a part of the answer came, and all of it was asked for".to_owned());
        }
        let encodings: Vec<_> = headers.get_all(CONTENT_ENCODING).iter().map(|value| text(value.as_bytes())).collect();
        let bodiless = request.method == Method::HEAD || matches!(status, 204 | 304);
        let declared = headers.get(CONTENT_LENGTH).filter(|_| !bodiless);
        let declared = declared.and_then(|length| length.to_str().ok()?.trim().parse::<u64>().ok());
        if let Some(length) = declared.filter(|length| *length > self.bounds.wire) {
            let most = spoken_size(self.bounds.wire);
            return refuse(format!("the body has {length} bytes, the limit of one answer is {most}"));
        }
        let unpack = Unpack::of(if bodiless { &[] } else { &encodings }, &self.bounds)?;
        let coming = Coming { chunks, unpack, declared, shown: request.shown.clone() };
        let headers = Headers::new(headers);
        Ok(Response {
            status,
            date: headers.date(),
            headers,
            url: request.url.clone(),
            remote,
            requests,
            body: Body::new(coming, &self.bounds, within, end),
        })
    }
}

/// Says whether a request holds something that proves who asks.
fn proves(request: &Request) -> bool {
    let credentials = &request.credentials;
    !credentials.headers.is_empty()
        || !credentials.query.is_empty()
        || credentials.body
        || request.headers.values().any(HeaderValue::is_sensitive)
}

/// Adds the headers that every request has unless it brings its own.
fn dressed(headers: &HeaderMap) -> HeaderMap {
    let mut all = headers.clone();
    let agent = HeaderValue::from_static(concat!("weir/", env!("CARGO_PKG_VERSION")));
    all.entry(USER_AGENT).or_insert(agent);
    all.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static("gzip"));
    all
}

#[cfg(test)]
mod tests {
    use super::super::{Credentials, Permissions, Play, Script, Sent};
    use super::*;
    use crate::expr::shorthand::host::parse_host;
    use std::time::Duration;

    const MIB: usize = 1 << 20;

    fn http(script: &Arc<Script>) -> Http {
        let gate = Gate {
            base: Some(Url::parse("https://a.test/v1").unwrap()),
            declared: vec![parse_host("b.test").unwrap()],
            from_params: vec![],
            permissions: Arc::new(Permissions::default()),
        };
        Http::new(Arc::clone(script) as Arc<dyn Transport>, gate)
    }

    fn get(url: &str) -> Request {
        Request {
            method: Method::GET,
            url: Url::parse(url).unwrap(),
            headers: HeaderMap::new(),
            body: None,
            credentials: Credentials::default(),
            repeatable: true,
            shown: "GET /items".into(),
        }
    }

    fn with_key(mut request: Request) -> Request {
        request.headers.insert("x-api-key", "K-1".parse().unwrap());
        request.url.query_pairs_mut().append_pair("api_key", "K-2");
        request.credentials = Credentials {
            headers: vec!["x-api-key".parse().unwrap()],
            query: vec!["api_key".into()],
            body: request.body.is_some(),
        };
        request
    }

    async fn read(script: Script, request: &Request) -> (Result<String, Fault>, Arc<Script>) {
        let script = Arc::new(script);
        let read = async {
            let mut response = http(&script).send(request, &Deadlines::default()).await?;
            let body = response.body.whole(MIB as u64).await?;
            Ok(format!("{} {}", response.status, String::from_utf8_lossy(&body)))
        };
        (read.await, script)
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_comes_with_its_date_and_its_address() {
        let play = Play::json("{}").header("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        let script = Arc::new(Script::new().on("GET /v1/items?page=2", play));
        let mut response =
            http(&script).send(&get("https://a.test/v1/items?page=2"), &Deadlines::default()).await.unwrap();
        assert_eq!(response.date.unwrap().to_string(), "1994-11-06T08:49:37Z");
        assert_eq!((response.url.as_str(), response.requests), ("https://a.test/v1/items?page=2", 1));
        assert_eq!(response.body.whole(10).await.unwrap(), "{}");
        let sent = &script.asked()[0].wire;
        assert_eq!(sent.headers["user-agent"], concat!("weir/", env!("CARGO_PKG_VERSION")));
        assert_eq!(sent.headers["accept-encoding"], "gzip");
        assert!(!sent.fresh);
    }

    /// Its name, the first answer, what comes of it, and what was asked (or only how often).
    type Case = (&'static str, Play, Result<&'static str, &'static str>, &'static [&'static str]);

    #[tokio::test(start_paused = true)]
    async fn redirects_are_followed_as_far_as_they_may() {
        let to = |status, place: &str| Play::status(status).header("location", place);
        let cases: Vec<Case> = vec![
            (
                "same origin",
                to(302, "/moved"),
                Ok("200 moved"),
                &["GET https://a.test/v1?api_key=K-2", "GET https://a.test/moved?api_key=K-2"],
            ),
            (
                "declared, without what proves who asks",
                to(301, "https://b.test/x?api_key=K-2"),
                Ok("200 b"),
                &["GET https://a.test/v1?api_key=K-2", "GET https://b.test/x"],
            ),
            ("not declared", to(302, "https://c.test/"), Err("host c.test:443 is not declared"), &[""]),
            ("downgraded", to(302, "http://c.test/"), Err("not declared"), &[""]),
            ("a file", to(302, "file:///etc/passwd"), Err("not by `file`"), &[""]),
            ("data", to(302, "data:text/plain,x"), Err("not by `data`"), &[""]),
            ("metadata", to(302, "http://0xa9fea9fe/latest"), Err("blocked address 169.254.169.254"), &[""]),
            ("userinfo", to(302, "https://a.test@c.test/"), Err("no user name"), &[""]),
            ("nowhere", Play::status(302), Err("`location` is missing"), &[""]),
            ("for ever", to(302, "/v1"), Err("redirected more than 5 times"), &[""; 6]),
            ("not modified is none", Play::status(304), Ok("304 "), &[""]),
        ];
        for (name, play, expected, lines) in cases {
            let script = Script::new()
                .on("GET https://a.test/v1", play)
                .on("GET https://a.test/moved", Play::status(200).piece("moved"))
                .on("GET https://b.test/x", Play::status(200).piece("b"));
            let (result, script) = read(script, &with_key(get("https://a.test/v1"))).await;
            match (result, expected) {
                (Ok(body), Ok(expected)) => assert_eq!(body, expected, "{name}"),
                (Err(fault), Err(expected)) => {
                    assert!(fault.to_string().contains(expected), "{name}: {fault}");
                    assert!(fault.to_string().ends_with("(request GET /items)"), "{name}: {fault}");
                    assert!(!fault.is_temporary() && Sent::by(&fault) == Sent::Answered, "{name}: {fault:?}");
                    assert!(!fault.to_string().contains("K-"), "{name}: {fault}");
                }
                (result, _) => panic!("{name}: {result:?}"),
            }
            assert_eq!(script.asked().len(), lines.len(), "{name}: {:?}", script.lines());
            if !lines[0].is_empty() {
                assert_eq!(script.lines(), lines, "{name}");
            }
            for asked in script.asked().iter().filter(|asked| asked.wire.url.host_str() != Some("a.test")) {
                assert!(!asked.wire.headers.contains_key("x-api-key") && !asked.line.contains("K-"), "{name}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_does_not_go_to_another_origin() {
        let mut request = with_key(get("https://a.test/token"));
        request.method = Method::POST;
        request.body = Some("client_secret=S".into());
        request.repeatable = false;
        let script = Script::new().on("POST /token", Play::status(307).header("location", "https://b.test/token"));
        let (result, script) = read(script, &request).await;
        assert!(result.unwrap_err().to_string().contains("status 307 asks to send the body on to https://b.test"));
        assert_eq!(script.asked().len(), 1);
        assert!(script.asked()[0].wire.fresh, "what is never repeated needs a connection of its own");
    }

    #[tokio::test(start_paused = true)]
    async fn closed_connections_are_tried_once_more_unless_it_could_do_harm() {
        let plays = || [Play::trouble(Trouble::Closed), Play::status(200).piece("ok")];
        let (result, script) = read(Script::new().turns("GET /v1", plays()), &get("https://a.test/v1")).await;
        assert_eq!(result.unwrap(), "200 ok");
        let fresh: Vec<_> = script.asked().iter().map(|asked| asked.wire.fresh).collect();
        assert_eq!(fresh, [false, true]);

        let (result, script) =
            read(Script::new().on("GET /v1", Play::trouble(Trouble::Closed)), &get("https://a.test/v1")).await;
        let fault = result.unwrap_err();
        assert!(fault.is_temporary() && script.asked().len() == 2);

        let mut unsafe_one = get("https://a.test/v1");
        (unsafe_one.method, unsafe_one.repeatable) = (Method::POST, false);
        let (result, script) = read(Script::new().turns("POST /v1", plays()), &unsafe_one).await;
        assert_eq!((Sent::by(&result.unwrap_err()), script.asked().len()), (Sent::Maybe, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn every_phase_has_its_deadline() {
        let second = Duration::from_secs(1);
        let slow = (0..700).fold(Play::status(200), |play, _| play.piece("x").wait(second));
        let cases = [
            (Play::json("{}").after(61 * second), 60, "no answer within 1 min", Sent::Maybe),
            (Play::json("{").wait(61 * second).piece("}"), 60, "the body stood still for 1 min", Sent::Answered),
            (slow, 600, "the request took longer than 10 min", Sent::Answered),
        ];
        for (play, seconds, told, sent) in cases {
            let begin = Instant::now();
            let (result, _) = read(Script::new().on("GET /v1", play), &get("https://a.test/v1")).await;
            let fault = result.unwrap_err();
            assert!(fault.to_string().contains(told), "{fault}");
            assert!(fault.is_temporary() && Sent::by(&fault) == sent, "{fault:?}");
            assert_eq!(begin.elapsed().as_secs(), seconds, "{told}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn bodies_that_lie_are_faults() {
        let cases = [
            (Play::status(200).header("content-length", "10").piece("12345"), "ends after 5 of 10 bytes", true),
            (Play::status(200).header("content-length", "3").piece("12345"), "ends after 5 of 3 bytes", true),
            (Play::status(200).piece("12345").cut(), "cut", true),
            (Play::status(206).piece("12345"), "status 206", false),
            (Play::status(200).header("content-length", "268435457"), "the limit of one answer is 256 MiB", false),
            (Play::status(200).header("content-encoding", "gzip").piece("{}"), "ends early or is damaged", true),
            (
                Play::status(200).header("content-encoding", "gzip").piece("{\"items\": [1]}"),
                "can't be unpacked",
                false,
            ),
            (Play::status(200).header("x-long", &"x".repeat(65_530)), "larger than 64 KiB", false),
            (Play::status(200).piece(vec![b'x'; MIB]).piece("x"), "larger than 1 MiB, the limit here", false),
        ];
        for (play, told, passing) in cases {
            let (result, _) = read(Script::new().on("GET /v1", play), &get("https://a.test/v1")).await;
            let fault = result.unwrap_err();
            assert!(fault.to_string().contains(told), "{told}: {fault}");
            assert_eq!(fault.is_temporary(), passing, "{told}");
            assert_eq!(Sent::by(&fault), Sent::Answered, "{told}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_fault_a_body_does_not_seem_to_end() {
        let script = Arc::new(Script::new().on("GET /v1", Play::status(200).piece("1").cut()));
        let mut response = http(&script).send(&get("https://a.test/v1"), &Deadlines::default()).await.unwrap();
        assert!(response.body.next().await.unwrap().is_some());
        assert!(response.body.next().await.is_err());
        assert!(response.body.next().await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn of_an_error_the_beginning_is_read() {
        let play = Play::status(500).piece(vec![b'x'; 50_000]).piece(vec![b'y'; 50_000]).cut();
        let script = Arc::new(Script::new().on("GET /v1", play));
        let mut response = http(&script).send(&get("https://a.test/v1"), &Deadlines::default()).await.unwrap();
        assert_eq!(response.body.beginning().await.unwrap().len(), 64 << 10);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_too_long_to_send_is_not_sent() {
        let mut long_header = get("https://a.test/v1");
        long_header.headers.insert("x-long", "x".repeat(8193).parse().unwrap());
        let mut large = get("https://a.test/v1");
        large.body = Some(vec![0; 16 * MIB + 1].into());
        let cases = [
            (get(&format!("https://a.test/{}", "x".repeat(8192))), "the address is longer than 8 KiB"),
            (long_header, "the header x-long is longer than 8 KiB"),
            (large, "the body to send is larger than 16 MiB"),
            (get("https://c.test/"), "host c.test:443 is not declared"),
            (with_key(get("http://b.test/")), "in clear text"),
        ];
        for (request, told) in cases {
            let (result, script) = read(Script::new(), &request).await;
            let fault = result.unwrap_err();
            assert!(fault.to_string().contains(told), "{fault}");
            assert_eq!((fault.kind(), script.asked().len()), (Kind::Config, 0), "{told}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn every_request_is_traced_and_none_tells_a_secret() {
        let lines = Arc::new(std::sync::Mutex::new(Vec::new()));
        let script = Script::new()
            .on("GET /v1", Play::status(302).header("location", "/moved"))
            .turns("GET /moved", [Play::trouble(Trouble::Closed), Play::json("{}").after(Duration::from_secs(2))]);
        let told = Arc::clone(&lines);
        let trace = super::super::Lines::new(move |line: &str| told.lock().unwrap().push(line.to_owned()));
        let http = http(&Arc::new(script)).traced(Arc::new(trace));
        http.send(&with_key(get("https://a.test/v1")), &Deadlines::default()).await.unwrap();
        let lines = lines.lock().unwrap();
        let heads: Vec<_> = lines.iter().filter(|line| !line.contains(": ") || line.contains("failed")).collect();
        let expected = [
            "> 1 GET https://a.test/v1?api_key=***",
            "< 1 302 after 0 s",
            "> 2 GET https://a.test/moved?api_key=***",
            "< 2 failed after 0 s: the script breaks here: closed before the answer",
            "> 3 GET https://a.test/moved?api_key=***",
            "< 3 200 after 2 s",
        ];
        assert_eq!(heads, expected);
        assert!(lines.iter().all(|line| !line.contains("K-")), "{lines:?}");
    }

    /// Runtimes of several threads move requests and bodies between them.
    #[test]
    fn requests_and_bodies_may_move_between_threads() {
        fn moves<T: Send>(_: T) {}
        let http = http(&Arc::new(Script::new()));
        let request = get("https://a.test/");
        moves(http.send(&request, &Deadlines::default()));
        moves(None::<Response>);
    }
}
