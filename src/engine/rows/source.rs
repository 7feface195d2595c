//! The decoder of a stream.

use crate::components::choose::Chosen;
use crate::components::decode::{DecodePlan, Decoder};
use crate::fault::{Fault, Kind};
use crate::plan::{BoundStream, Source};
use std::sync::Arc;

pub(super) fn decoder(stream: &BoundStream) -> Result<Arc<dyn Decoder>, Fault> {
    if let Source::Generate { .. } = stream.source {
        return DecodePlan::Jsonl.decoder();
    }
    match stream.source.request().and_then(|request| request.decode.as_ref()) {
        None => DecodePlan::Json.decoder(),
        Some(Chosen::Is(plan)) => plan.decoder(),
        Some(Chosen::By { .. }) => {
            Err(Fault::new(Kind::Internal, "read rows", "how the answer is decoded is not decided"))
        }
    }
}
