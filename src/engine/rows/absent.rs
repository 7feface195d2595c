//! Notes on a page: columns that no record had, digits that were cut.

use super::RowNote;
use super::form::From;
use super::row::Rows;
use crate::name::nearest;

/// Tells what a reader should know of a page.
pub(super) fn notes(rows: &Rows<'_>) -> Vec<RowNote> {
    let mut notes = Vec::new();
    let records = rows.looked;
    for (at, column) in rows.form.columns.iter().enumerate() {
        let cut = rows.cells.seen[at].cut;
        if cut > 0 {
            let text = format!("digits beyond the column's were cut from `{}` in {cut} rows", column.name);
            notes.push(RowNote { code: "cut_digits", text, suspicious: false });
        }
        let (From::Tokens(_) | From::Members(..) | From::Path(_)) = &column.from else { continue };
        if !rows.around.first_page || records == 0 || rows.cells.seen[at].present > 0 {
            continue;
        }
        // SEMANTICS rule 24.
        let near = match &column.from {
            From::Tokens(keys) | From::Members(keys, _) => {
                keys.first().and_then(|key| nearest(key, rows.member_names()).filter(|near| **near != **key))
            }
            _ => None,
        };
        let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        let text = format!("`{}` is in none of the {records} records of the first page{hint}", column.name);
        notes.push(RowNote { code: "absent_column", text, suspicious: true });
    }
    notes
}
