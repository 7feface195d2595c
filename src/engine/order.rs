//! What a user asks of a run.

use crate::data::Value;
use crate::data::json::write_canonical;
use crate::sinks::Mode;

/// What is to be read, and how it is to be written.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// The identifier of the run.
    pub run: String,
    /// State, commits and fences are kept under this name: the connection's, else the connector's.
    pub connection: String,
    /// Empty: all streams that are not hidden.
    pub streams: Vec<StreamOrder>,
    /// The most requests of the whole run, repeated ones included.
    pub requests: Option<u64>,
}

/// What is asked of one stream.
#[derive(Debug, Clone, Default)]
pub struct StreamOrder {
    pub stream: String,
    /// By default what fits the stream: see [`default_mode`](super::default_mode).
    pub mode: Option<Mode>,
    /// The table's name, the stream's unless given.
    pub table: Option<String>,
    /// The columns that are wanted; key and position come with them.
    pub columns: Option<Vec<String>>,
    /// From the start, whatever the state is.
    pub full: bool,
    /// Deleted rows are marked, not deleted; by default in append.
    pub mark_deleted: Option<bool>,
    /// An empty read may replace what is there.
    pub allow_empty: bool,
    /// So many rows and no more.
    pub limit: Option<u64>,
    /// So many pages and no more.
    pub pages: Option<u64>,
    /// Only partitions with these values: name of `for_each`, and the value or a key column's value as text.
    pub partition: Vec<(String, String)>,
    /// Only rows for which all of these hold.
    pub filter: Vec<Filter>,
}

/// A condition on a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    pub column: String,
    pub test: Test,
    /// One value, or several for `in`.
    pub values: Vec<Value>,
}

impl Filter {
    /// Writes it as a user would.
    pub(super) fn text(&self) -> String {
        let mut values = Vec::new();
        for value in &self.values {
            let mut text = String::new();
            write_canonical(value, &mut text);
            values.push(text);
        }
        let (column, values) = (&self.column, values.join(", "));
        match self.test {
            Test::Equal => format!("{column} = {values}"),
            Test::NotEqual => format!("{column} != {values}"),
            Test::Less => format!("{column} < {values}"),
            Test::AtMost => format!("{column} <= {values}"),
            Test::Greater => format!("{column} > {values}"),
            Test::AtLeast => format!("{column} >= {values}"),
            Test::In => format!("{column} in ({values})"),
            Test::Like => format!("{column} like {values}"),
            Test::IsNull => format!("{column} is null"),
            Test::IsNotNull => format!("{column} is not null"),
        }
    }
}

/// How a column is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
    In,
    /// `%` and `_` as in SQL.
    Like,
    IsNull,
    IsNotNull,
}
