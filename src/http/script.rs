//! A network that plays a script: for tests, and for programs that embed the engine and want to try a connector.
//!
//! It answers by method, path and query, takes only the time it is told to take, and keeps a log of what was asked.
//! On a paused clock a whole run passes in no time and always the same way.

use super::transport::{Answer, Chunks, Transport, Wire};
use super::trouble::Trouble;
use crate::fault::{Fault, Kind};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A network that plays a script.
#[derive(Default)]
pub struct Script {
    scenes: Mutex<Vec<Scene>>,
    log: Arc<Mutex<Vec<Asked>>>,
}

/// What was asked, in order.
#[derive(Clone)]
pub struct Asked {
    /// `GET https://a.test/items?page=2`
    pub line: String,
    pub wire: Wire,
    pub at: Instant,
}

/// What is played for one request.
#[derive(Clone)]
pub struct Play {
    after: Duration,
    head: Result<(u16, HeaderMap), Trouble>,
    steps: VecDeque<Step>,
}

#[derive(Clone)]
enum Step {
    Piece(Bytes),
    Wait(Duration),
    Break,
}

type Answers = Box<dyn FnMut(&Wire) -> Play + Send>;

struct Scene {
    asked: Pattern,
    play: Answers,
}

/// What of a request a scene looks at.
struct Pattern {
    method: String,
    /// Scheme and host, if the scene asks for one.
    origin: Option<String>,
    path: String,
    query: Vec<(String, String)>,
}

impl Script {
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers requests such as `GET /items?page=2` or `POST https://b.test/token`. Parameters that are not named may
    /// have any value. Of several scenes that fit, the one with the most parameters plays; of those, the first written.
    #[must_use]
    pub fn on(self, asked: &str, play: Play) -> Self {
        self.with(asked, move |_| play.clone())
    }

    /// Answers one request after the other; the last play is repeated.
    #[must_use]
    pub fn turns(self, asked: &str, plays: impl IntoIterator<Item = Play>) -> Self {
        let mut plays: VecDeque<Play> = plays.into_iter().collect();
        self.with(asked, move |_| match plays.len() {
            0 => Play::status(500),
            1 => plays[0].clone(),
            _ => plays.pop_front().expect("there are two"),
        })
    }

    /// Answers by what is asked.
    #[must_use]
    pub fn with(self, asked: &str, play: impl FnMut(&Wire) -> Play + Send + 'static) -> Self {
        let scene = Scene { asked: Pattern::read(asked), play: Box::new(play) };
        self.scenes.lock().unwrap_or_else(PoisonError::into_inner).push(scene);
        self
    }

    /// Lists what was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lists the lines of what was asked so far.
    pub fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }

    fn choose(&self, wire: &Wire) -> Option<Play> {
        let line = format!("{} {}", wire.method, wire.url);
        let asked = Asked { line, wire: wire.clone(), at: Instant::now() };
        self.log.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
        let mut scenes = self.scenes.lock().unwrap_or_else(PoisonError::into_inner);
        let most = scenes.iter().filter(|scene| scene.asked.fits(wire)).map(|scene| scene.asked.query.len()).max()?;
        let scene = scenes.iter_mut().find(|scene| scene.asked.query.len() == most && scene.asked.fits(wire))?;
        Some((scene.play)(wire))
    }
}

impl Transport for Script {
    fn send<'a>(&'a self, wire: &'a Wire) -> BoxFuture<'a, Result<Answer, Fault>> {
        Box::pin(async move {
            let Some(play) = self.choose(wire) else {
                let message = format!("the script has no answer to {} {}", wire.method, wire.url.path());
                return Err(Fault::new(Kind::Internal, "send", message));
            };
            if !play.after.is_zero() {
                sleep(play.after).await;
            }
            let (status, headers) =
                play.head.map_err(|trouble| trouble.passing(format!("the script breaks here: {trouble}")))?;
            Ok(Answer { status, headers, remote: None, body: Box::new(play.steps) })
        })
    }
}

impl Chunks for VecDeque<Step> {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, Fault>> {
        Box::pin(async {
            loop {
                match self.pop_front() {
                    None => return Ok(None),
                    Some(Step::Piece(piece)) => return Ok(Some(piece)),
                    Some(Step::Wait(time)) => sleep(time).await,
                    Some(Step::Break) => return Err(Trouble::Cut.passing("the body was cut by the script")),
                }
            }
        })
    }
}

impl Play {
    /// Answers with a status and nothing more.
    pub fn status(status: u16) -> Self {
        Self { after: Duration::ZERO, head: Ok((status, HeaderMap::new())), steps: VecDeque::new() }
    }

    /// Answers 200 with a JSON text.
    pub fn json(text: impl Into<Bytes>) -> Self {
        Self::status(200).header("content-type", "application/json").piece(text)
    }

    /// Never gives a head: the wire breaks like this.
    pub fn trouble(trouble: Trouble) -> Self {
        Self { after: Duration::ZERO, head: Err(trouble), steps: VecDeque::new() }
    }

    /// Gives the head after a while.
    #[must_use]
    pub fn after(mut self, time: Duration) -> Self {
        self.after = time;
        self
    }

    /// Adds a header. Names and values that HTTP does not know are left out.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let (Ok((_, headers)), Ok(name), Ok(value)) =
            (&mut self.head, name.parse::<HeaderName>(), HeaderValue::from_str(value))
        {
            headers.append(name, value);
        }
        self
    }

    /// Adds a piece of the body.
    #[must_use]
    pub fn piece(mut self, bytes: impl Into<Bytes>) -> Self {
        self.steps.push_back(Step::Piece(bytes.into()));
        self
    }

    /// Waits before the next piece.
    #[must_use]
    pub fn wait(mut self, time: Duration) -> Self {
        self.steps.push_back(Step::Wait(time));
        self
    }

    /// Breaks the connection inside the body.
    #[must_use]
    pub fn cut(mut self) -> Self {
        self.steps.push_back(Step::Break);
        self
    }
}

impl Pattern {
    fn read(text: &str) -> Self {
        let (method, rest) = text.split_once(' ').unwrap_or(("GET", text));
        let (target, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (origin, path) = match target.find("://") {
            None => (None, target.to_owned()),
            Some(at) => {
                let slash = target[at + 3..].find('/').map_or(target.len(), |slash| at + 3 + slash);
                let path = if slash == target.len() { "/" } else { &target[slash..] };
                (Some(target[..slash].to_owned()), path.to_owned())
            }
        };
        let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Self { method: method.to_owned(), origin, path, query }
    }

    fn fits(&self, wire: &Wire) -> bool {
        let has = |name: &str, value: &str| wire.url.query_pairs().any(|(n, v)| n == name && v == value);
        self.method == wire.method.as_str()
            && self.path == wire.url.path()
            && self.origin.as_ref().is_none_or(|origin| *origin == wire.url.origin().ascii_serialization())
            && self.query.iter().all(|(name, value)| has(name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;
    use url::Url;

    async fn ask(script: &Script, line: &str) -> String {
        let (method, url) = line.split_once(' ').unwrap();
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let url = Url::parse("https://a.test").unwrap().join(url).unwrap();
        let wire = Wire { method, url, headers: HeaderMap::new(), body: None, fresh: false };
        let mut answer = match script.send(&wire).await {
            Ok(answer) => answer,
            Err(fault) => return fault.to_string(),
        };
        let mut told = answer.status.to_string();
        loop {
            match answer.body.next().await {
                Ok(Some(piece)) => told += &format!(" {}", String::from_utf8_lossy(&piece)),
                Ok(None) => return told,
                Err(fault) => return told + " " + fault.message(),
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_closest_scene_plays_and_turns_are_taken() {
        let second = Duration::from_secs(1);
        let script = Script::new()
            .on("GET /items", Play::json("any"))
            .on("GET /items?page=2", Play::json("two").after(second))
            .on("GET https://b.test/items?page=2&x=1", Play::status(404))
            .turns("POST /token", [Play::status(401), Play::json("1").wait(second).piece("2").cut()])
            .with("GET /echo", |wire| Play::json(wire.url.query().unwrap_or_default().to_owned()));
        let begin = Instant::now();
        let cases = [
            ("GET /items?page=1", "200 any"),
            ("GET /items?x=1&page=2", "200 two"),
            ("GET https://b.test/items?x=1&page=2", "404"),
            ("POST /token", "401"),
            ("POST /token", "200 1 2 the body was cut by the script"),
            ("POST /token", "200 1 2 the body was cut by the script"),
            ("GET /echo?a=b", "200 a=b"),
            ("GET /other?key=K", "the script has no answer to GET /other"),
        ];
        for (line, told) in cases {
            assert_eq!(ask(&script, line).await, told, "{line}");
        }
        assert_eq!(begin.elapsed(), 3 * second);
        let times: Vec<_> = script.asked().iter().map(|asked| (asked.at - begin).as_secs()).collect();
        assert_eq!(times, [0, 0, 1, 1, 1, 2, 3, 3]);
        assert_eq!(script.lines()[0], "GET https://a.test/items?page=1");
    }
}
