//! The network itself, by reqwest. Nothing is followed, repeated, unpacked or taken from the environment here.

use super::gate::Permissions;
use super::resolve::{Resolver, Unresolved};
use super::tls;
use super::transport::{Answer, Chunks, Transport, Wire};
use super::trouble::Trouble;
use crate::fault::{Fault, Kind};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use reqwest::{Client, Proxy};
use std::error::Error;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use url::Url;

/// A server keeps an idle connection for 5 s at least, nearly always; we let go before it does.
const IDLE: Duration = Duration::from_secs(4);

/// How the network is reached.
#[derive(Clone, Debug)]
pub struct NetworkOptions {
    pub permissions: Arc<Permissions>,
    /// The PEM file of `--ca`: roots to trust beside the platform's.
    pub roots: Option<Vec<u8>>,
    /// `--proxy URL`. It resolves names itself, so the addresses behind them can't be checked.
    pub proxy: Option<Url>,
    /// How many connections to one host are kept for the next requests.
    pub concurrency: usize,
    pub connect: Duration,
}

impl Default for NetworkOptions {
    fn default() -> Self {
        Self { permissions: Arc::default(), roots: None, proxy: None, concurrency: 4, connect: Duration::from_secs(10) }
    }
}

/// The network. Cheap to make: what costs is done with the first request that needs it.
pub struct Network {
    pooled: Client,
    /// It keeps no connection, so each of its requests has its own.
    fresh: OnceLock<Client>,
    permissions: Arc<Permissions>,
    proxied: bool,
    make: Box<dyn Fn(usize) -> Result<Client, Fault> + Send + Sync>,
}

impl Network {
    pub fn new(options: NetworkOptions) -> Result<Self, Fault> {
        let NetworkOptions { permissions, roots, proxy, concurrency, connect } = options;
        let roots = roots.map_or(Ok(Vec::new()), |pem| tls::read_roots(&pem))?;
        let config = tls::client_config(roots);
        let proxy_host = proxy.as_ref().and_then(|proxy| proxy.host_str().map(str::to_owned));
        let proxied = proxy.is_some();
        let proxy = proxy.map(user_proxy).transpose()?;
        let resolver = Arc::new(Resolver { permissions: Arc::clone(&permissions), proxy: proxy_host });
        let make = Box::new(move |idle: usize| {
            let builder = Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .no_proxy()
                .http1_only()
                .tls_backend_preconfigured(config.clone())
                .dns_resolver(Arc::clone(&resolver))
                .connect_timeout(connect)
                .pool_idle_timeout(IDLE)
                .pool_max_idle_per_host(idle);
            let builder = match &proxy {
                Some(proxy) => builder.proxy(proxy.clone()),
                None => builder,
            };
            builder.build().map_err(|error| {
                Fault::new(Kind::Internal, "connect", "the HTTP client can't be made").caused_by(error.without_url())
            })
        });
        Ok(Self { pooled: make(concurrency.max(1))?, fresh: OnceLock::new(), permissions, proxied, make })
    }

    fn client(&self, fresh: bool) -> Result<&Client, Fault> {
        if !fresh {
            return Ok(&self.pooled);
        }
        if let Some(client) = self.fresh.get() {
            return Ok(client);
        }
        let client = (self.make)(0)?;
        Ok(self.fresh.get_or_init(|| client))
    }

    async fn ask(&self, wire: &Wire) -> Result<Answer, Fault> {
        let mut request = reqwest::Request::new(wire.method.clone(), wire.url.clone());
        *request.headers_mut() = wire.headers.clone();
        *request.body_mut() = wire.body.clone().map(Into::into);
        let host = wire.url.host_str().unwrap_or_default();
        let mut response = self.client(wire.fresh)?.execute(request).await.map_err(|error| no_head(error, host))?;
        let remote = response.remote_addr();
        if let Some(remote) = remote.filter(|_| !self.proxied && wire.url.domain().is_some()) {
            // The resolver let it through already; this holds even if it is passed by one day.
            self.permissions.check_address(remote.ip(), host)?;
        }
        let headers = std::mem::take(response.headers_mut());
        Ok(Answer { status: response.status().as_u16(), headers, remote, body: Box::new(Pieces(response)) })
    }
}

impl Transport for Network {
    fn send<'a>(&'a self, wire: &'a Wire) -> BoxFuture<'a, Result<Answer, Fault>> {
        Box::pin(self.ask(wire))
    }

    fn by_proxy(&self) -> bool {
        self.proxied
    }
}

struct Pieces(reqwest::Response);

impl Chunks for Pieces {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, Fault>> {
        Box::pin(async {
            self.0.chunk().await.map_err(|error| {
                let told = innermost(&error.without_url());
                Trouble::Cut.passing(format!("the body was cut: {told}"))
            })
        })
    }
}

fn user_proxy(url: Url) -> Result<Proxy, Fault> {
    let refuse = |message: String| Err(Fault::new(Kind::Config, "connect", message));
    if !matches!(url.scheme(), "http" | "https") {
        return refuse(format!("a proxy is asked by http or https, not by `{}`", url.scheme()));
    }
    Proxy::all(url).or_else(|_| refuse("the proxy's address can't be used".to_owned()))
}

/// Tells why no head of an answer came.
fn no_head(error: reqwest::Error, host: &str) -> Fault {
    // Its text holds the whole address, query and all.
    let error = error.without_url();
    let told = innermost(&error);
    for cause in causes(&error) {
        match cause.downcast_ref::<Unresolved>() {
            Some(Unresolved::Blocked(fault)) => {
                return Fault::new(fault.kind(), "gate", fault.message());
            }
            Some(Unresolved::Later(_)) => return Trouble::Resolve.passing(format!("could not look up {host}: {told}")),
            Some(Unresolved::Unknown(_)) => {
                return Trouble::Resolve.lasting(Kind::Network, format!("could not look up {host}: {told}"));
            }
            None => {}
        }
        if let Some(refused) = refused_by_tls(cause) {
            let help = match refused {
                rustls::Error::InvalidCertificate(_) => ": --ca FILE adds a certificate of your own to those trusted",
                rustls::Error::General(_) => ": --ca FILE gives the certificates to trust",
                _ => "",
            };
            let message = format!("no safe connection to {host}: {}{help}", refused.to_string().replace('\n', " "));
            return Trouble::Tls.lasting(Kind::Network, message);
        }
    }
    if error.is_connect() {
        let told = if error.is_timeout() { "it took too long".to_owned() } else { told };
        return Trouble::Connect.passing(format!("could not connect to {host}: {told}"));
    }
    let broken = causes(&error).any(|cause| cause.downcast_ref::<io::Error>().is_some());
    if broken || told.contains("closed before") || told.contains("connection") || told.contains("canceled") {
        return Trouble::Closed.passing(format!("{host} closed the connection before it answered: {told}"));
    }
    Trouble::Head.lasting(Kind::Network, format!("the answer of {host} can't be read: {told}"))
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

fn refused_by_tls<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    // An I/O error hides what it carries from the chain of causes, and one may carry another.
    let carried = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    match carried {
        Some(inner) => refused_by_tls(inner),
        None => cause.downcast_ref(),
    }
}

/// Returns the words of the last cause: the outer ones say only that something failed.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let text = causes(error).last().map(ToString::to_string).unwrap_or_default();
    let plain = text.split(" (os error").next().unwrap_or_default();
    let mut signs = plain.chars();
    signs.next().map_or_else(String::new, |first| first.to_lowercase().chain(signs).collect())
}

#[cfg(test)]
mod tests {
    use super::super::{Credentials, Deadlines, Gate, Http, Request, Response, Sent};
    use super::*;
    use crate::expr::shorthand::host::parse_host;
    use http::{HeaderMap, Method};
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use std::net::SocketAddr;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    /// Plays one text for each request, the last one again and again, and counts connections. A text that ends in `CLOSE`
    /// or `RESET` ends the connection so; `KEEP` leaves it open with nothing more.
    async fn server(plays: &'static [&'static str]) -> (SocketAddr, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (connections, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, plays, Arc::clone(&requests)));
            }
        });
        (at, connections)
    }

    async fn serve(mut stream: TcpStream, plays: &'static [&'static str], requests: Arc<AtomicUsize>) {
        let mut seen = Vec::new();
        while let Ok(byte) = stream.read_u8().await {
            seen.push(byte);
            if !seen.ends_with(b"\r\n\r\n") {
                continue;
            }
            seen.clear();
            let play = plays[requests.fetch_add(1, Ordering::SeqCst).min(plays.len() - 1)];
            let cut = ["CLOSE", "RESET", "KEEP"].into_iter().find(|word| play.ends_with(word)).unwrap_or("");
            stream.write_all(&play.as_bytes()[..play.len() - cut.len()]).await.unwrap();
            stream.flush().await.unwrap();
            match cut {
                "CLOSE" => return,
                "RESET" => {
                    // What was not read makes the system reset instead of ending.
                    stream.set_zero_linger().unwrap();
                    return;
                }
                "KEEP" => {
                    let _ = stream.read_u8().await;
                    return;
                }
                _ => {}
            }
        }
    }

    fn network(at: SocketAddr, roots: Option<&[u8]>) -> Http {
        let permissions =
            Arc::new(Permissions { private: vec![parse_host(&at.to_string()).unwrap()], cleartext: vec![] });
        let roots = roots.map(<[u8]>::to_vec);
        let options = NetworkOptions { permissions: Arc::clone(&permissions), roots, ..NetworkOptions::default() };
        let gate = Gate { base: None, declared: permissions.private.clone(), from_params: vec![], permissions };
        Http::new(Arc::new(Network::new(options).unwrap()), gate)
    }

    fn get(url: &str) -> Request {
        Request {
            method: Method::GET,
            url: Url::parse(url).unwrap(),
            headers: HeaderMap::new(),
            body: None,
            credentials: Credentials::default(),
            repeatable: true,
            shown: "GET /x".into(),
        }
    }

    async fn ask(http: &Http, request: &Request) -> Result<(Response, Bytes), Fault> {
        let mut response = http.send(request, &Deadlines::default()).await?;
        let body = response.body.whole(1 << 20).await?;
        Ok((response, body))
    }

    const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: \u{e9}\r\n\r\nok";

    #[tokio::test]
    async fn connections_are_kept_for_what_may_be_repeated_only() {
        let (at, connections) = server(&[OK]).await;
        let http = network(at, None);
        let request = get(&format!("http://{at}/x"));
        for _ in 0..3 {
            let (response, body) = ask(&http, &request).await.unwrap();
            assert_eq!((response.status, &body[..], response.remote), (200, &b"ok"[..], Some(at)));
        }
        assert_eq!(connections.load(Ordering::SeqCst), 1);
        let changing = Request { method: Method::POST, repeatable: false, ..request };
        for _ in 0..3 {
            ask(&http, &changing).await.unwrap();
        }
        assert_eq!(connections.load(Ordering::SeqCst), 4);
    }

    #[tokio::test]
    async fn a_connection_closed_before_the_answer() {
        let (at, connections) = server(&[OK, "CLOSE", OK]).await;
        let http = network(at, None);
        let request = get(&format!("http://{at}/x"));
        ask(&http, &request).await.unwrap();
        let (response, _) = ask(&http, &request).await.unwrap();
        assert_eq!((response.requests, connections.load(Ordering::SeqCst)), (2, 2));

        for play in [&["CLOSE"], &["RESET"]] {
            let (at, connections) = server(play).await;
            let request = get(&format!("http://{at}/x?api_key=K"));
            let changing = Request { method: Method::POST, repeatable: false, ..request.clone() };
            let http = network(at, None);
            let fault = ask(&http, &changing).await.err().unwrap();
            assert_eq!((Sent::by(&fault), connections.load(Ordering::SeqCst)), (Sent::Maybe, 1), "{fault:?}");
            let fault = ask(&http, &request).await.err().unwrap();
            assert!(fault.to_string().starts_with("127.0.0.1 closed the connection before it answered"), "{fault}");
            assert!(fault.is_temporary() && !format!("{fault:?}").contains("api_key"));
            assert_eq!(connections.load(Ordering::SeqCst), 3);
        }
    }

    #[tokio::test]
    async fn bodies_that_break() {
        let cases: [(&'static [&'static str], Trouble); 4] = [
            (&["HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"itemsCLOSE"], Trouble::Cut),
            (&["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"it\r\nCLOSE"], Trouble::Cut),
            (&["HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"itemsRESET"], Trouble::Cut),
            (&["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n{\"itCLOSE"], Trouble::Cut),
        ];
        for (play, trouble) in cases {
            let (at, _) = server(play).await;
            let fault = ask(&network(at, None), &get(&format!("http://{at}/x"))).await.err().unwrap();
            assert_eq!(Trouble::of(&fault), Some(trouble), "{play:?}: {fault:?}");
            assert!(fault.is_temporary() && fault.to_string().contains("cut"), "{fault}");
        }
    }

    #[tokio::test]
    async fn heads_that_cannot_be_read() {
        static MANY: std::sync::LazyLock<[&'static str; 1]> = std::sync::LazyLock::new(|| {
            let headers: String = (0..4000).map(|at| format!("x-{at}: {at}\r\n")).collect();
            [format!("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n{headers}\r\nKEEP").leak()]
        });
        let cases: [&'static [&'static str]; 2] = [&["SMTP ready\r\n\r\nCLOSE"], &*MANY];
        for play in cases {
            let (at, _) = server(play).await;
            let fault = ask(&network(at, None), &get(&format!("http://{at}/x"))).await.err().unwrap();
            assert_eq!((Trouble::of(&fault), fault.is_temporary()), (Some(Trouble::Head), false), "{fault:?}");
        }
    }

    #[tokio::test]
    async fn a_silent_server_is_given_up() {
        let (at, _) = server(&["KEEP"]).await;
        let within = Deadlines { head: Duration::from_millis(30), ..Deadlines::default() };
        let fault = network(at, None).send(&get(&format!("http://{at}/x")), &within).await.err().unwrap();
        assert_eq!((Trouble::of(&fault), Sent::by(&fault)), (Some(Trouble::Silent), Sent::Maybe));
        assert!(fault.to_string().starts_with("no answer within 30 ms"), "{fault}");
    }

    #[tokio::test]
    async fn who_cannot_be_reached_is_named_without_the_query() {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let http = network(closed, None);
        let fault = ask(&http, &get(&format!("http://{closed}/?api_key=K"))).await.err().unwrap();
        assert_eq!(fault.to_string(), "could not connect to 127.0.0.1: connection refused (request GET /x)");
        assert_eq!((Trouble::of(&fault), Sent::by(&fault)), (Some(Trouble::Connect), Sent::No));
        assert!(!format!("{fault:?}").contains("api_key"), "{fault:?}");
    }

    /// Asks the network without the gate, as if the gate had let the name through.
    #[tokio::test]
    async fn names_that_lead_to_private_addresses_are_not_connected_to() {
        let (at, connections) = server(&[OK]).await;
        let url = Url::parse(&format!("http://localhost:{}/x?api_key=K", at.port())).unwrap();
        let wire = |url: &Url| Wire {
            method: Method::GET,
            url: url.clone(),
            headers: HeaderMap::new(),
            body: None,
            fresh: false,
        };
        let strict = Network::new(NetworkOptions::default()).unwrap();
        let fault = strict.send(&wire(&url)).await.err().unwrap();
        assert!(fault.to_string().starts_with("blocked address "), "{fault:?}");
        assert!(fault.to_string().contains("localhost leads to a private network") && fault.kind() == Kind::Config);
        assert_eq!((Sent::by(&fault), connections.load(Ordering::SeqCst)), (Sent::No, 0));

        let host = parse_host(&format!("localhost:{}", at.port())).unwrap();
        let permissions = Arc::new(Permissions { private: vec![host], cleartext: vec![] });
        let allowed = Network::new(NetworkOptions { permissions, ..NetworkOptions::default() }).unwrap();
        assert_eq!(allowed.send(&wire(&url)).await.unwrap().status, 200);
    }

    #[tokio::test]
    async fn a_proxy_is_asked_when_the_user_names_one() {
        let (at, _) = server(&[OK]).await;
        let proxy = Some(Url::parse(&format!("http://{at}")).unwrap());
        let network = Network::new(NetworkOptions { proxy, ..NetworkOptions::default() }).unwrap();
        let base = Url::parse("http://api.example.invalid/").unwrap();
        let http = Http::new(Arc::new(network), Gate { base: Some(base.clone()), ..Gate::default() });
        let (response, _) = ask(&http, &get(base.as_str())).await.unwrap();
        assert_eq!(response.status, 200);
        let socks = Some(Url::parse("socks5://127.0.0.1:1").unwrap());
        let fault = Network::new(NetworkOptions { proxy: socks, ..NetworkOptions::default() }).err().unwrap();
        assert_eq!(fault.to_string(), "a proxy is asked by http or https, not by `socks5`");
    }

    /// Answers one request over TLS with a certificate of the test's own authority.
    fn tls_server() -> SocketAddr {
        let chain = CertificateDer::pem_slice_iter(include_bytes!("../../tests/tls/server.pem"));
        let key = PrivateKeyDer::from_pem_slice(include_bytes!("../../tests/tls/server.key")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config =
            config.with_no_client_auth().with_single_cert(chain.collect::<Result<_, _>>().unwrap(), key).unwrap();
        let config = Arc::new(config);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            use std::io::{Read as _, Write as _};
            for stream in listener.incoming() {
                let (mut stream, mut seen) = (stream.unwrap(), [0; 4096]);
                let mut session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut tls = rustls::Stream::new(&mut session, &mut stream);
                if tls.read(&mut seen).is_ok() {
                    tls.write_all(OK.as_bytes()).unwrap();
                }
            }
        });
        at
    }

    #[tokio::test]
    async fn a_certificate_is_trusted_by_the_users_word_only() {
        let at = tls_server();
        let request = get(&format!("https://{at}/x?api_key=K"));
        let authority: &[u8] = include_bytes!("../../tests/tls/authority.pem");
        let (response, body) = ask(&network(at, Some(authority)), &request).await.unwrap();
        assert_eq!((response.status, &body[..]), (200, &b"ok"[..]));

        let fault = ask(&network(at, None), &request).await.err().unwrap();
        assert_eq!((Trouble::of(&fault), Sent::by(&fault)), (Some(Trouble::Tls), Sent::No), "{fault:?}");
        assert!(!fault.is_temporary() && fault.to_string().contains("--ca FILE"), "{fault}");
        assert!(!format!("{fault:?}").contains("api_key"), "{fault:?}");

        for (pem, told) in
            [("", "holds none"), ("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", "no PEM")]
        {
            let roots = Some(pem.into());
            let fault = Network::new(NetworkOptions { roots, ..NetworkOptions::default() }).err().unwrap();
            assert!(fault.kind() == Kind::Config && fault.to_string().contains(told), "{fault}");
        }
    }

    #[tokio::test]
    async fn plain_text_where_tls_is_expected() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let plain = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.write_all(OK.as_bytes()).await;
            let _ = stream.read_u8().await;
        });
        let fault = ask(&network(plain, None), &get(&format!("https://{plain}/x"))).await.err().unwrap();
        assert_eq!((Trouble::of(&fault), Sent::by(&fault)), (Some(Trouble::Tls), Sent::No), "{fault:?}");
    }
}
