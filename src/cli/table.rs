//! Tables for people: columns aligned, and on a terminal no wider than it is.

use crate::diagnostic::clean;

/// No column is cut below this many characters.
const LEAST: usize = 8;

/// Rows of cells under a heading.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
    /// The columns that may be cut, the first to be cut first.
    cut: &'static [usize],
}

impl Table {
    pub(super) fn new(heading: &[&str], cut: &'static [usize]) -> Self {
        Self { rows: vec![heading.iter().map(|name| (*name).to_owned()).collect()], cut }
    }

    /// Adds a row. Nothing of its text reaches a terminal raw.
    pub(super) fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(cells.into_iter().map(|cell| clean(cell.as_ref())).collect());
    }

    /// Draws the table with `indent` before each line; `width` is that of the terminal, if there is one.
    pub(super) fn draw(&self, indent: &str, width: Option<usize>) -> String {
        let count = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let longest = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| length(cell)).max().unwrap_or(0)
        };
        let mut widths: Vec<usize> = (0..count).map(longest).collect();
        // A column without a value in any row says nothing.
        let empty = |column: usize| self.rows.len() > 1 && self.rows[1..].iter().all(|row| row[column].is_empty());
        let shown: Vec<usize> = (0..count).filter(|column| !empty(*column)).collect();
        if let Some(width) = width {
            let needed: usize = indent.len() + shown.iter().map(|column| widths[*column] + 2).sum::<usize>();
            let mut over = needed.saturating_sub(width + 2);
            for column in self.cut.iter().filter(|column| shown.contains(column)) {
                let spare = over.min(widths[*column].saturating_sub(LEAST));
                widths[*column] -= spare;
                over -= spare;
            }
        }
        let mut out = String::new();
        for row in &self.rows {
            let mut line = indent.to_owned();
            for column in &shown {
                let cell = cut(&row[*column], widths[*column]);
                let pad = widths[*column].saturating_sub(length(&cell)) + 2;
                line.push_str(&cell);
                line.extend(std::iter::repeat_n(' ', pad));
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

fn cut(text: &str, width: usize) -> String {
    if length(text) <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn tables_are_aligned_and_fit() {
        let mut table = Table::new(&["NAME", "TITLE", "NOTHING", "KEY"], &[1]);
        table.row(["orders", "All orders of the shop, ünd more", "", "id"]);
        table.row(["x", "\u{1b}[31mred", "", ""]);
        insta::assert_snapshot!(table.draw("", None), @r"
        NAME    TITLE                             KEY
        orders  All orders of the shop, ünd more  id
        x       �[31mred
        ");
        insta::assert_snapshot!(table.draw("  ", Some(30)), @r"
          NAME    TITLE            KEY
          orders  All orders of …  id
          x       �[31mred
        ");
    }
}
