//! Notes on a page: columns that no record had, digits that were cut.

use super::RowNote;
use super::form::From;
use super::row::Rows;
use crate::name::nearest;

/// The code of a note that holds for a page only if it holds for all of its pieces.
pub(super) const ABSENT: &str = "absent_column";

/// Tells what a reader should know of a page.
pub(super) fn notes(rows: &Rows<'_>) -> Vec<RowNote> {
    let mut notes = Vec::new();
    let records = rows.looked;
    for (at, column) in rows.form.columns.iter().enumerate() {
        let cut = rows.cells.seen[at].cut;
        if cut > 0 {
            let text = format!("digits beyond the column's were cut from `{}`", column.name);
            notes.push(RowNote { code: "cut_digits", text, count: cut, suspicious: false });
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
        let text = format!("`{}` is in no record of the first page{hint}", column.name);
        notes.push(RowNote { code: ABSENT, text, count: 1, suspicious: true });
    }
    notes
}
