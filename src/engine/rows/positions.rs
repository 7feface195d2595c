//! The positions of a page's rows.

use super::row::{Fate, Rows, Written};
use crate::data::batch::orders;
use crate::data::{Moment, Type, Value, When, json};
use crate::fault::Fault;
use crate::state::Mark;
use arrow_array::{Array as _, ArrayRef};

const BILLION: i128 = 1_000_000_000;

/// The places of rows in the order of positions.
#[derive(Default)]
pub(super) struct Places {
    /// By row of the page; none where there is no position.
    pub(super) orders: Vec<Option<i128>>,
    pub(super) all_older: bool,
    pub(super) seen_max: Option<Mark>,
    pub(super) missing: u64,
    pub(super) there: u64,
}

/// Finds the positions; rows older than the start are left out, and one whose position can't be read is refused.
pub(super) fn find(rows: &mut Rows<'_>, column: &ArrayRef) -> Places {
    let Some(at) = rows.form.position else { return Places::default() };
    let of = &rows.form.columns[at].of;
    let typed = if rows.form.untyped { None } else { orders(column) };
    let unit = if typed.is_some() { unit(of) } else { 1 };
    let mut places = Places { orders: Vec::with_capacity(rows.fates.len()), ..Places::default() };
    let start = rows.around.start.map(|mark| mark.order - mark.order.rem_euclid(unit));
    let mut older = 0u64;
    let mut counted = 0u64;
    let mut greatest: Option<(i128, usize)> = None;
    for row in 0..rows.fates.len() {
        let live = matches!(rows.fates[row], Fate::Kept | Fate::Deleted);
        let order = match &typed {
            _ if !live => None,
            Some(typed) => typed[row],
            None if column.is_null(row) => None,
            None => match mark(rows, row) {
                Ok(mark) => mark.map(|mark| mark.order),
                Err(fault) => {
                    rows.fates[row] = Fate::Refused { column: Some(at), reason: fault.to_string() };
                    places.orders.push(None);
                    continue;
                }
            },
        };
        places.orders.push(order);
        if !live {
            continue;
        }
        counted += 1;
        if let (Some(order), Some(start)) = (order, start)
            && order < start
        {
            older += 1;
            rows.fates[row] = Fate::Left;
            continue;
        }
        match order {
            None => places.missing += 1,
            Some(order) => {
                places.there += 1;
                if greatest.is_none_or(|(known, _)| order > known) {
                    greatest = Some((order, row));
                }
            }
        }
    }
    places.all_older = counted > 0 && older == counted;
    places.seen_max = greatest.map(|(order, row)| Mark { order, text: written(rows, row) });
    places
}

/// Asks what no type says: how a text is compared.
fn mark(rows: &Rows<'_>, row: usize) -> Result<Option<Mark>, Fault> {
    match rows.around.positions {
        Some(positions) => positions.mark(&written(rows, row)),
        None => Ok(None),
    }
}

/// Returns a row's position as the API wrote it.
fn written(rows: &Rows<'_>, row: usize) -> Value {
    match rows.positions.get(row) {
        Some(Written::At(from, to)) => json::read(&rows.page.text[*from..*to]).unwrap_or(Value::Null),
        Some(Written::Is(value)) => value.clone(),
        Some(Written::None) | None => Value::Null,
    }
}

/// Returns the smallest step of a column: what is finer than the column is no older than it.
fn unit(of: &Type) -> i128 {
    match of {
        Type::Date(_) => 86_400 * BILLION,
        Type::Integer => BILLION,
        Type::Timestamp(Moment { when: When::Ns, .. }) => 1,
        Type::Timestamp(_) => 1_000,
        _ => 1,
    }
}
