//! Accepts connections, one thread each, and takes every request to where it belongs.

use super::admin;
use super::api::{self, Api};
use super::query::{Query, parts, unquoted};
use super::run::{Entry, Host, Run};
use super::scenario::{Ask, Scenario, find};
use super::wire::{Answer, Reader, Request, Sent, send};
use super::world::World;
use serde_json::json;
use std::collections::BTreeMap;
use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Requests that belong nowhere are logged under this name.
pub(crate) const STRAY: &str = "_stray";

/// Deep enough for every handler, and small, for there may be hundreds.
const STACK: usize = 512 << 10;

#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) world: World,
    pub(crate) api: Api,
    /// The open connections, so that they can be ended from outside.
    connections: Mutex<BTreeMap<u64, Arc<TcpStream>>>,
}

impl Server {
    pub(crate) fn new(world: World) -> Server {
        Server { world, api: Api::default(), connections: Mutex::default() }
    }

    /// Accepts until the mock is stopped.
    pub(crate) fn accept(self: &Arc<Self>, host: Host, listener: &TcpListener) {
        let mut next = match host {
            Host::A => 0,
            Host::B => 1,
        };
        for socket in listener.incoming() {
            if self.world.holds.stopped() {
                return;
            }
            let Ok(socket) = socket else { continue };
            let socket = Arc::new(socket);
            self.connections().insert(next, Arc::clone(&socket));
            self.api.connected();
            let server = Arc::clone(self);
            let serve = move || server.serve(host, next, socket);
            // Without a thread the client sees a closed connection.
            if thread::Builder::new().name("mock".to_owned()).stack_size(STACK).spawn(serve).is_err() {
                self.connections().remove(&next);
            }
            next += 2;
        }
    }

    /// Ends every connection.
    pub(crate) fn hang_up(&self) {
        for socket in self.connections().values() {
            drop(socket.shutdown(Shutdown::Both));
        }
    }

    fn connections(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<TcpStream>>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, host: Host, number: u64, socket: Arc<TcpStream>) {
        // An error here is a client that has gone, which is its right.
        let ended = self.talk(host, &socket).unwrap_or(Sent::Ended);
        self.connections().remove(&number);
        if let (Sent::Reset, Some(socket)) = (ended, Arc::into_inner(socket)) {
            drop(reset(socket));
        }
    }

    fn talk(&self, host: Host, socket: &TcpStream) -> io::Result<Sent> {
        socket.set_nodelay(true)?;
        let client = socket.peer_addr()?.port();
        let mut reader = Reader::new(socket);
        while let Some(request) = reader.next()? {
            let bare = request.method == "HEAD";
            let sent = self.answer(host, client, &request, |answer| send(socket, answer, bare))?;
            if sent != Sent::Whole {
                return Ok(sent);
            }
            if !request.keep {
                break;
            }
        }
        Ok(Sent::Ended)
    }

    /// Finds the answer and hands it to `send`; the request is in flight until that is done.
    fn answer(
        &self,
        host: Host,
        client: u16,
        request: &Request,
        send: impl FnOnce(Answer) -> io::Result<Sent>,
    ) -> io::Result<Sent> {
        let (path, query) = parts(&request.target);
        if path.starts_with("/__") {
            let what = path.trim_matches(['/', '_']);
            let query = Query::read(query);
            return send(match api::admin(&self.api, &self.world, what, &query) {
                Some(answer) => answer,
                None => admin::answer(&self.world, what, &query),
            });
        }
        let found = place(path);
        if found.is_none() && host == Host::A && api::serves(path) {
            let (answer, served) = self.api.serve(&self.world, client, request);
            let sent = send(answer);
            self.api.finished(&self.world, &request.target, served);
            return sent;
        }
        let (name, run_id) = found.as_ref().map_or((STRAY, "0"), |place| (place.scenario.name, place.run));
        let run = self.world.runs.get(name, run_id);
        run.enter(Entry::new(host, client, request, self.world.clock.elapsed()));
        let answer = match found {
            Some(place) => self.scenario(host, &place, query, &run, request),
            None => Answer::json(&json!({"error": "no such scenario"})).status(404),
        };
        let sent = send(answer);
        run.leave();
        sent
    }

    fn scenario(&self, host: Host, place: &Place<'_>, query: &str, run: &Run, request: &Request) -> Answer {
        // Where ids are paths, what was sent counts, not what it means.
        let rest = if place.scenario.name == "path_ids" { place.rest.to_owned() } else { unquoted(place.rest) };
        let (name, run_id, query, world) = (place.scenario.name, place.run, Query::read(query), &self.world);
        (place.scenario.serve)(&Ask { host, name, run_id, run, request, rest, query, world })
    }
}

/// Where a path of a scenario leads.
struct Place<'a> {
    scenario: &'static Scenario,
    run: &'a str,
    rest: &'a str,
}

/// Reads `/s/<scenario>[~<run>][/<rest>]`.
fn place(path: &str) -> Option<Place<'_>> {
    let path = path.strip_prefix("/s/")?;
    let (place, rest) = path.split_once('/').unwrap_or((path, ""));
    let (name, run) = place.split_once('~').unwrap_or((place, "0"));
    let sign = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if run.is_empty() || !run.bytes().all(sign) {
        return None;
    }
    Some(Place { scenario: find(name)?, run, rest })
}

/// Closes a connection by RST. Only an asynchronous socket can be told to, so it becomes one for its last moment.
fn reset(socket: TcpStream) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let _inside = runtime.enter();
    socket.set_nonblocking(true)?;
    tokio::net::TcpStream::from_std(socket)?.set_zero_linger()
}
