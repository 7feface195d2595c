//! Pages over HTTP: the stream's request, written for one page, proven, sent once.

use super::{Ask, Fetched, FetchedBody, PageSource};
use crate::components::auth::{AuthPlan, RequestPlan};
use crate::components::pagination::Paginator;
use crate::components::request::{Extra, render};
use crate::data::Value;
use crate::expr::Expr as _;
use crate::expr::shorthand::address::Address;
use crate::fault::{Fault, Kind};
use crate::http::{Deadlines, Http, Request, without_credentials};
use crate::plan::BoundBase;
use bytes::BytesMut;
use futures_util::future::BoxFuture;
use std::sync::Arc;
use url::Url;

/// A body of so many bytes is read whole; of a longer one records are read as it arrives.
const LONG: u64 = 8 << 20;

/// A stream's list over HTTP.
pub(in crate::engine) struct OverHttp {
    pub http: Http,
    pub request: RequestPlan,
    pub base: BoundBase,
    pub auth: AuthPlan,
    pub paginator: Arc<dyn Paginator>,
    pub deadlines: Deadlines,
    /// The statuses whose body is no page and of which only the beginning is read.
    pub is_page: Box<dyn Fn(u16) -> bool + Send + Sync>,
    /// Records can be read while the body arrives.
    pub frames: bool,
    /// Conditions that the API tests itself: where they are written, and what.
    pub pushed: Vec<(Address, Value)>,
}

impl PageSource for OverHttp {
    fn fetch<'a>(&'a self, ask: &'a Ask<'a>) -> BoxFuture<'a, Result<Fetched, Fault>> {
        Box::pin(self.send(ask))
    }
}

impl OverHttp {
    async fn send(&self, ask: &Ask<'_>) -> Result<Fetched, Fault> {
        let blame = |fault: Fault| if self.is_led(ask) { fault.of_the_source() } else { fault };
        let request = self.request(ask).map_err(blame)?;
        let mut response = self.http.send(&request, &self.deadlines).await.map_err(blame)?;
        let body = if (self.is_page)(response.status) {
            let most = self.http.bounds().decoded;
            // What is packed says nothing of its length unpacked; a body that grows is moved a few times.
            let promised = response.body.declared_length().unwrap_or(0).min(LONG);
            let mut so_far = BytesMut::with_capacity(usize::try_from(promised).unwrap_or(0));
            loop {
                if self.frames && so_far.len() as u64 > LONG {
                    break FetchedBody::Long(so_far.freeze(), Box::new(response.body));
                }
                match response.body.next().await? {
                    Some(piece) => so_far.extend_from_slice(&piece),
                    None => break FetchedBody::Whole(so_far.freeze()),
                }
                if so_far.len() as u64 > most {
                    return Err(Fault::new(Kind::Source, "read", "the body is longer than it may be"));
                }
            }
        } else {
            FetchedBody::Whole(response.body.beginning().await?)
        };
        let wire = if let FetchedBody::Whole(_) = body { response_wire(&body) } else { 0 };
        Ok(Fetched {
            status: response.status,
            headers: response.headers,
            url: response.url,
            date: response.date,
            body,
            wire,
            requests: response.requests,
        })
    }

    /// Says whether the address is one that the API gave: what is wrong with it is not the user's matter.
    fn is_led(&self, ask: &Ask<'_>) -> bool {
        let writes = || self.paginator.writes(ask.page, ask.received);
        self.paginator.address(ask.page).is_some() || writes().iter().any(|(at, _)| matches!(at, Address::Url))
    }

    fn request(&self, ask: &Ask<'_>) -> Result<Request, Fault> {
        let base = self.base(ask)?;
        let further = self.paginator.further().filter(|_| ask.page.index > 0);
        let plan = further.unwrap_or(&self.request);
        let mut put = self.paginator.writes(ask.page, ask.received);
        put.extend(self.pushed.iter().cloned());
        let extra = Extra {
            put: &put,
            address: self.paginator.address(ask.page),
            left_out: if ask.page.index > 0 { self.paginator.left_out() } else { &[] },
            lists: true,
        };
        let mut request = render(&plan.message, &plan.encode, base.as_ref(), ask.scope, &extra)?;
        self.auth.apply(ask.scope, &mut request)?;
        if self.is_led(ask) && leads_elsewhere(&request, plan, base.as_ref(), ask, &extra)? {
            without_credentials(&mut request)?;
        }
        Ok(request)
    }

    fn base(&self, ask: &Ask<'_>) -> Result<Option<Url>, Fault> {
        match &self.base {
            BoundBase::None => Ok(None),
            BoundBase::Fixed(url) => Ok(Some(url.clone())),
            BoundBase::FromAuth(compiled) => match compiled.eval(ask.scope)? {
                Value::Text(text) => Url::parse(&text).map(Some).map_err(|_| {
                    Fault::new(Kind::Config, "request", "the base that the token answer gives is no address")
                }),
                _ => Err(Fault::new(Kind::Config, "request", "the base needs a value of the token answer")),
            },
        }
    }
}

/// Says whether an address that the API gave leads to another origin than the one that the manifest asks: credentials are not for it.
fn leads_elsewhere(
    request: &Request,
    plan: &RequestPlan,
    base: Option<&Url>,
    ask: &Ask<'_>,
    extra: &Extra<'_>,
) -> Result<bool, Fault> {
    if base.is_some_and(|base| base.origin() == request.url.origin()) {
        return Ok(false);
    }
    let own = Extra { address: None, put: &[], left_out: &[], ..*extra };
    let own = render(&plan.message, &plan.encode, base, ask.scope, &own)?;
    Ok(own.url.origin() != request.url.origin())
}

fn response_wire(body: &FetchedBody) -> u64 {
    match body {
        FetchedBody::Whole(bytes) => bytes.len() as u64,
        _ => 0,
    }
}
