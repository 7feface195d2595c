//! From the documents of an answer to rows.
//!
//! ```text
//! Documents → text (UTF-8) → document (where the records are, what of the envelope is wanted)
//!           → record (tokens into columns and slots) → row (filter, deleted, transform, computed columns)
//!           → page (masks, batches, positions, refused rows)
//! ```
//!
//! There is one way. A column whose place is names of members takes tokens straight; everything that an expression or a
//! harder place reads gets a slot; a transform makes the record itself the one slot. The order of steps is SEMANTICS
//! rule 20. A [`RowReader`] is made once for a stream and a run, and shared by all pages.

mod absent;
mod document;
mod form;
mod framer;
mod generate;
mod hash;
mod joined;
mod keys;
mod needs;
mod page;
mod positions;
mod record;
mod row;
mod scope;
mod source;
mod text;
mod trie;

#[cfg(test)]
mod tests;

pub use framer::Framer;
pub use generate::Generator;
pub(super) use joined::retain;
pub use needs::Wants;

use crate::components::decode::{Decoder, Documents, Surroundings};
use crate::components::records::RecordsPlan;
use crate::data::Value;
use crate::expr::Scope;
use crate::fault::{Fault, Kind};
use crate::http::Headers;
use crate::plan::BoundStream;
use crate::state::{Digest, Mark};
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use bytes::Bytes;
use document::Records;
use form::Form;
use std::sync::Arc;

/// Reads the pages of a stream.
#[derive(Debug)]
pub struct RowReader {
    form: Form,
    records: Records,
    decoder: Arc<dyn Decoder>,
    needs: needs::Needs,
}

/// What of a page is not in its body.
pub struct Around<'a> {
    /// The names of the request: `params`, `window`, those of `once` and `for_each`.
    pub scope: &'a dyn Scope,
    pub status: u16,
    pub headers: &'a Headers,
    /// Rows older than this are left out.
    pub start: Option<&'a Mark>,
    /// Reads positions that no type says how to compare.
    pub positions: Option<&'a dyn Positions>,
    pub first_page: bool,
    /// The records of the pieces of this page that came before, so that it does not matter where a page is cut.
    pub before: Option<Digest>,
}

/// Reads a position from a value as the API wrote it.
pub trait Positions: Send + Sync {
    /// Returns none for null and absent.
    fn mark(&self, value: &Value) -> Result<Option<Mark>, Fault>;
}

/// The position of each row, comparable; none where it has none.
pub type Order = Arc<[Option<i128>]>;

/// Rows and their positions, where the stream has positions.
pub type Rows = (RecordBatch, Option<Order>);

/// What a page gave, in one piece or joined of several.
#[derive(Debug)]
pub struct PageRows {
    /// The rows that are kept.
    pub batches: Vec<Rows>,
    /// The rows that are gone: only key and position count, every column may be null.
    pub deleted: Vec<Rows>,
    pub refused: Vec<RefusedRow>,
    /// The greatest position of the rows that were kept or are gone, as the API wrote it.
    pub seen_max: Option<Mark>,
    /// How many of them have no position.
    pub null_positions: u64,
    /// How many have one.
    pub positions: u64,
    /// There were rows with positions, and all of them are older than the start.
    pub all_older: bool,
    /// What of the body was asked for.
    pub envelope: Value,
    /// What of the list of records was asked for; what was not is null, so that all keep their places.
    pub list: Value,
    /// The raw records of the page.
    pub extracted: u64,
    /// The rows of `batches` and `deleted`.
    pub kept: u64,
    pub last: Option<Value>,
    pub first: Option<Value>,
    /// Of all raw records, those of the pieces before included.
    pub records: Digest,
    /// Of each kept row's key.
    pub keys: Vec<u64>,
    /// Of each kept row's raw record, if asked for.
    pub hashes: Vec<u64>,
    /// The same of deleted rows.
    pub gone_hashes: Vec<u64>,
    /// Each kept row as its children see it, if asked for.
    pub parents: Vec<Value>,
    /// The memory of the batches.
    pub bytes: u64,
    pub notes: Vec<RowNote>,
}

/// A record that does not fit.
#[derive(Debug, Clone, PartialEq)]
pub struct RefusedRow {
    /// Its place among the records of the page, counted from 0.
    pub record: u64,
    pub column: Option<String>,
    pub reason: String,
    /// The key, as far as it could be read.
    pub key: Option<String>,
    /// As it came, cut at 1 MiB.
    pub raw: Bytes,
}

/// Something a receipt should tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowNote {
    pub code: &'static str,
    pub text: String,
    pub count: u64,
    /// Something is probably wrong.
    pub suspicious: bool,
}

impl RowReader {
    pub fn new(stream: &BoundStream, wants: &Wants<'_>) -> Result<Self, Fault> {
        let form = Form::new(stream, wants)?;
        let records = match &stream.records {
            None => Records::whole(),
            Some(RecordsPlan::Place(place)) => Records::at(place),
            Some(RecordsPlan::Shape(shape)) => Records::Shape(shape.clone()),
            Some(RecordsPlan::PlaceOf(_)) => {
                return Err(Fault::new(Kind::Internal, "read rows", "the place of the records is not decided"));
            }
        };
        Ok(Self { form, records, decoder: source::decoder(stream)?, needs: needs::Needs::new(wants)? })
    }

    /// Returns the schema of every batch.
    pub fn schema(&self) -> &SchemaRef {
        &self.form.schema
    }

    /// Makes documents of a body by the stream's decoder.
    pub fn decode(&self, body: Bytes, around: &Surroundings<'_>) -> Result<Documents, Fault> {
        self.decoder.decode(body, around)
    }

    /// Reads the documents of a page.
    pub fn read(&self, documents: &Documents, around: &Around<'_>) -> Result<PageRows, Fault> {
        document::read(self, documents, around)
    }

    /// Returns what cuts a long body into pieces as it arrives; none where the whole body is needed.
    pub fn framer(&self) -> Option<Framer> {
        Framer::new(self.decoder.frames()?, &self.records, &self.needs)
    }
}
