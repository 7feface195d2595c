//! `decode: gzip`: a compressed body around another kind.

use super::run::{Decoder, Documents, Surroundings, fault};
use crate::data::Value;
use crate::expr::{Compiled, Expr as _};
use crate::fault::Fault;
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use std::io::Read as _;
use std::sync::Arc;

/// So much may a byte become: what is beyond is no data but a bomb.
const RATIO: u64 = 200;
const MIB: u64 = 1 << 20;

/// A gzip stream around another kind.
#[derive(Debug)]
pub(super) struct Gzip {
    pub(super) when: Option<Arc<Compiled>>,
    pub(super) inner: Arc<dyn Decoder>,
}

impl Decoder for Gzip {
    fn decode(&self, body: Bytes, around: &Surroundings<'_>) -> Result<Documents, Fault> {
        let packed = match &self.when {
            Some(when) => when.eval(around.scope)? == Value::Bool(true),
            None => true,
        };
        let body = if packed && !body.is_empty() { unpack(&body, around.most)? } else { body };
        self.inner.decode(body, around)
    }
}

fn unpack(body: &[u8], most: u64) -> Result<Bytes, Fault> {
    let no_gzip = || fault("the answer is no gzip stream; write `gzip: { when: …, then: … }` if it is only sometimes");
    if !body.starts_with(&[0x1f, 0x8b]) {
        return Err(no_gzip());
    }
    let allowed = most.min((body.len() as u64).saturating_mul(RATIO).max(MIB));
    let mut out = Vec::new();
    // One byte more than allowed tells that there is more.
    let read = MultiGzDecoder::new(body).take(allowed + 1).read_to_end(&mut out);
    if out.len() as u64 > allowed {
        return Err(fault(format!("the compressed answer unpacks to more than {} MiB", allowed.div_ceil(MIB))));
    }
    match read {
        Ok(_) => Ok(Bytes::from(out)),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(fault("the compressed answer ends before its end").temporary())
        }
        Err(_) => Err(no_gzip()),
    }
}
