//! Values go from their arrays straight into a statement.

use crate::sinks::column::Column;
use crate::sinks::json_line::{plain, value};
use crate::sinks::written::Fraction;
use rusqlite::Statement;
use rusqlite::types::{Null, ToSqlOutput, ValueRef};

/// Binds one value. What is written as text goes through the buffer.
pub(super) fn bind(
    statement: &mut Statement<'_>,
    index: usize,
    column: &Column<'_>,
    row: usize,
    buffer: &mut Vec<u8>,
) -> rusqlite::Result<()> {
    if column.is_null(row) {
        return statement.raw_bind_parameter(index, Null);
    }
    match column {
        Column::Integer(array) => statement.raw_bind_parameter(index, array.value(row)),
        Column::Number(array) => statement.raw_bind_parameter(index, array.value(row)),
        Column::Boolean(array) => statement.raw_bind_parameter(index, array.value(row)),
        Column::Text(array) | Column::Json(array) => text(statement, index, array.value(row).as_bytes()),
        Column::Bytes(array) => blob(statement, index, array.value(row)),
        Column::List(..) => {
            buffer.clear();
            value(column, row, buffer);
            text(statement, index, buffer)
        }
        _ => {
            buffer.clear();
            plain(column, row, Fraction::Fixed, buffer);
            text(statement, index, buffer)
        }
    }
}

fn text(statement: &mut Statement<'_>, index: usize, bytes: &[u8]) -> rusqlite::Result<()> {
    statement.raw_bind_parameter(index, ToSqlOutput::Borrowed(ValueRef::Text(bytes)))
}

pub(super) fn blob(statement: &mut Statement<'_>, index: usize, bytes: &[u8]) -> rusqlite::Result<()> {
    statement.raw_bind_parameter(index, ToSqlOutput::Borrowed(ValueRef::Blob(bytes)))
}

/// Binds a position so that bytes compare as positions do.
pub(super) fn position(statement: &mut Statement<'_>, index: usize, order: Option<i128>) -> rusqlite::Result<()> {
    match order {
        Some(order) => blob(statement, index, &comparable(order)),
        None => statement.raw_bind_parameter(index, Null),
    }
}

/// Returns bytes that compare as the numbers do.
pub(super) fn comparable(order: i128) -> [u8; 16] {
    (order ^ i128::MIN).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::comparable;

    #[test]
    fn bytes_compare_as_numbers() {
        let numbers = [i128::MIN, -(1 << 70), -1, 0, 1, 1 << 70, i128::MAX];
        assert!(numbers.windows(2).all(|pair| comparable(pair[0]) < comparable(pair[1])));
    }
}
