//! The one mock API: in this process, on the loopback, on ports that the system chooses. The demo, the tests of faults,
//! the crash tests and the benches talk to it.
//!
//! Begin with [`Mock::start`]. Below `/s/<scenario>~<run>/` stand the scenarios of faults, with endpoints below `/__` to
//! steer them from another process; they serve what the older `faultserver.py` serves, byte for byte. Below `/api/`
//! stands a well-behaved API with every pagination and auth kind, which can be told to wait, to break and to lie.
//!
//! The server is written by hand and has threads and a clock of its own: faults on the wire are its subject, and it must
//! not stand still where a test stops the clock of a run.

mod admin;
mod api;
mod clock;
mod hold;
mod json;
mod query;
mod run;
mod scenario;
mod server;
mod verdict;
mod wire;
mod world;

pub use api::{
    AUTHS, COOKIE, Changed, Config, Counts, DateHeader, Effect, Facts, HEADER_KEY, Lie, PAGINGS, PASSWORD, QUERY_KEY,
    RateHeaders, Retry, RetryForm, Rule, TOKEN, USER,
};
pub use run::{Entry, Host};
pub use scenario::{Scenario, scenarios};
pub use verdict::Verdict;

use clock::Clock;
use hold::Holds;
use run::Runs;
use server::Server;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use world::World;

/// A running mock; it stops when this is dropped.
#[derive(Debug)]
pub struct Mock {
    server: Arc<Server>,
    accepting: Vec<JoinHandle<()>>,
}

impl Mock {
    /// Starts a mock on ports of the system's choosing.
    pub fn start() -> Mock {
        Mock::start_on(0).expect("the loopback interface has free ports")
    }

    /// Starts a mock with host A on a port; 0 lets the system choose. Host B is always on a port of the system's choosing.
    pub fn start_on(port: u16) -> io::Result<Mock> {
        let a = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let b = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let world = World {
            port_a: a.local_addr()?.port(),
            port_b: b.local_addr()?.port(),
            clock: Clock::start(),
            holds: Holds::default(),
            runs: Runs::default(),
        };
        let server = Arc::new(Server::new(world));
        let mut accepting = Vec::new();
        for (host, listener) in [(Host::A, a), (Host::B, b)] {
            let server = Arc::clone(&server);
            let accept = move || server.accept(host, &listener);
            accepting.push(thread::Builder::new().name("mock".to_owned()).spawn(accept)?);
        }
        Ok(Mock { server, accepting })
    }

    /// The address of host A, without a slash at its end.
    pub fn base(&self) -> String {
        self.server.world.base(Host::A)
    }

    /// The address of host B, which a client must not talk to unless it was told so.
    pub fn base_b(&self) -> String {
        self.server.world.base(Host::B)
    }

    pub fn port(&self, host: Host) -> u16 {
        self.server.world.port(host)
    }

    /// The address of a scenario and run, without a slash at its end.
    pub fn scenario(&self, scenario: &str, run: &str) -> String {
        format!("{}/s/{scenario}~{run}", self.base())
    }

    /// What was received for a scenario and run.
    pub fn log(&self, scenario: &str, run: &str) -> Vec<Entry> {
        self.server.world.runs.get(scenario, run).lock().log.clone()
    }

    /// What was received and belongs nowhere.
    pub fn strays(&self) -> Vec<Entry> {
        self.log(server::STRAY, "0")
    }

    /// Judges a scenario and run from the server's side; `None` where there is no such scenario.
    pub fn check(&self, scenario: &str, run: &str) -> Option<Verdict> {
        let found = scenario::find(scenario)?;
        Some(verdict::verdict(found, run, &self.server.world.runs.get(scenario, run)))
    }

    /// Moves a run to a phase; responses are held again.
    pub fn phase(&self, scenario: &str, run: &str, phase: i64) {
        admin::phase(&self.server.world, scenario, run, Some(phase));
    }

    /// Lets the held responses of a run go, and those that would be held from now on, until its next phase.
    pub fn release(&self, scenario: &str, run: &str) {
        self.server.world.holds.open(&scenario::gate(scenario, run));
    }

    pub fn reset(&self, scenario: &str, run: &str) {
        admin::reset(&self.server.world, scenario, run);
    }

    /// How many responses are held now.
    pub fn held(&self) -> usize {
        self.server.world.holds.held()
    }

    /// Waits until at least so many responses are held; says whether they are.
    pub fn wait_held(&self, count: usize, longest: Duration) -> bool {
        self.server.world.holds.wait(count, longest)
    }

    /// Lets everything go that is held now; what comes later is held again.
    pub fn release_all(&self) {
        self.server.world.holds.let_all_go();
    }

    pub fn config(&self) -> Config {
        self.server.api.config().as_ref().clone()
    }

    /// Changes the settings of the API; counts and data stay.
    pub fn configure(&self, change: impl FnOnce(&mut Config)) {
        let mut config = self.config();
        change(&mut config);
        self.server.api.set_config(config);
    }

    /// Has the API do something wrong, or wait.
    pub fn rule(&self, rule: Rule) {
        self.server.api.add(rule);
    }

    pub fn clear_rules(&self) {
        self.server.api.clear_rules();
    }

    /// Forgets counts, log and rules of the API, and puts its data back as they were.
    pub fn reset_api(&self) {
        self.server.api.reset();
        self.server.world.runs.get(api::LOGGED, "0").clear();
    }

    /// Changes the rows of `/api/changing/items`; the virtual time moves on.
    pub fn change(&self, insert: usize, update: usize, delete: usize) -> Changed {
        self.server.api.change(insert, update, delete)
    }

    /// Starts the rows of `/api/changing/items` anew.
    pub fn refill(&self, rows: usize) {
        self.server.api.refill(rows);
    }

    /// The virtual time that stamps what changes, in seconds since 1970.
    pub fn now(&self) -> i64 {
        self.server.api.now()
    }

    pub fn set_now(&self, seconds: i64) {
        self.server.api.set_now(seconds);
    }

    /// What the API was asked and has answered.
    pub fn counts(&self) -> Counts {
        let run = self.server.world.runs.get(api::LOGGED, "0");
        let (in_flight, most_in_flight) = {
            let memory = run.lock();
            (memory.in_flight, memory.most_in_flight)
        };
        Counts { in_flight, most_in_flight, ..self.server.api.counts() }
    }

    /// The requests to the API; the oldest of very many are forgotten.
    pub fn api_log(&self) -> Vec<Entry> {
        self.log(api::LOGGED, "0")
    }

    /// Waits until the mock is stopped from elsewhere; for a mock that is a program of its own.
    pub fn wait(mut self) {
        for accepting in self.accepting.drain(..) {
            drop(accepting.join());
        }
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        self.server.world.holds.stop();
        for host in [Host::A, Host::B] {
            // Whoever accepts must be woken to see that it is over.
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port(host)));
            drop(TcpStream::connect_timeout(&address, Duration::from_secs(1)));
        }
        for accepting in self.accepting.drain(..) {
            drop(accepting.join());
        }
        self.server.hang_up();
    }
}
