//! What a connection gives: values by name, and variables. The library itself reads no environment.

use crate::text::{Content, Node, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

/// Variables of the environment and of a `.env` file; those of the environment win.
#[derive(Clone, Default)]
pub struct Env {
    vars: BTreeMap<String, String>,
}

/// What a connection gives.
#[derive(Debug, Default)]
pub struct Given<'a> {
    pub values: Vec<GivenValue>,
    /// Where each param has a fixed variable, `SHOP_TOKEN`; in a project values name their variables themselves.
    pub env: Option<&'a Env>,
    /// Where a missing param is told; where it is declared if there is no such place.
    pub holder: Option<Span>,
    /// Where the paths of `file` params begin.
    pub folder: PathBuf,
    /// The params that must be there; all that are required if `None`.
    pub needed: Option<BTreeSet<String>>,
    /// Params that are declared but did not hold: nothing is said of them.
    pub broken: BTreeSet<String>,
}

/// The value of one param.
#[derive(Debug, Clone)]
pub struct GivenValue {
    pub name: String,
    pub from: From,
    /// [`Content::Unknown`] if it could not be told: a variable that is not set.
    pub node: Node,
    /// The texts that came from variables or files and have no type of their own: `"5"` is a number there.
    pub loose: BTreeSet<Span>,
}

/// Where a value was given.
#[derive(Debug, Clone, PartialEq)]
pub enum From {
    /// In a document, under this key.
    File { key: Span },
    /// As a text, by a variable or an option of the command line; that is its name.
    Text(String),
}

impl GivenValue {
    /// A value in a document.
    pub fn in_file(name: impl Into<String>, key: Span, node: Node) -> Self {
        Self { name: name.into(), from: From::File { key }, node, loose: BTreeSet::new() }
    }

    /// A value given as a text; `origin` is how people call the place: `--param size`, `SHOP_SIZE`.
    pub fn as_text(name: impl Into<String>, text: impl Into<String>, origin: impl Into<String>) -> Self {
        let node = Node { span: Span::default(), content: Content::Text(text.into()) };
        let loose = BTreeSet::from([Span::default()]);
        Self { name: name.into(), from: From::Text(origin.into()), node, loose }
    }

    pub(super) fn unknown(&self) -> bool {
        self.node.content == Content::Unknown
    }

    pub(super) fn is_loose(&self, node: &Node) -> bool {
        self.loose.contains(&node.span)
    }
}

impl Env {
    /// Takes variables, then those of a `.env` text that the environment does not have.
    pub fn new(vars: impl IntoIterator<Item = (String, String)>, dotenv: &str) -> Self {
        let mut all: BTreeMap<String, String> = pairs(dotenv).collect();
        // An empty variable is one that is not set: that is how CI gives secrets it does not have.
        all.extend(vars.into_iter().filter(|(_, value)| !value.is_empty()));
        all.retain(|_, value| !value.is_empty());
        Self { vars: all }
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(String::as_str)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.vars.keys().map(String::as_str)
    }
}

/// Values may be secrets: only the names are shown.
impl fmt::Debug for Env {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.vars.keys()).finish()
    }
}

/// Returns the variable that gives a param where there is no project: `SHOP_TOKEN`.
pub fn variable(connector: &str, param: &str) -> String {
    format!("{connector}_{param}").to_ascii_uppercase().replace('-', "_")
}

/// Reads `NAME=value` lines: `export`, quotes and `#` comments as shells have them, nothing is expanded.
fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    text.lines().filter_map(|line| {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (name, value) = line.split_once('=').filter(|_| !line.starts_with('#'))?;
        let (name, value) = (name.trim(), value.trim());
        let quoted = |quote: char| value.strip_prefix(quote)?.rsplit_once(quote).map(|(inner, _)| inner);
        let value = match (quoted('\''), quoted('"')) {
            (Some(inner), _) => inner.to_owned(),
            (_, Some(inner)) => inner.replace("\\n", "\n").replace("\\\"", "\"").replace("\\\\", "\\"),
            _ => value.split(" #").next().unwrap_or_default().trim_end().to_owned(),
        };
        crate::name::is_name(name).then(|| (name.to_owned(), value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dotenv_file_is_read() {
        let text = "# c\nA=1\nexport B = two words # no\nC='a # b'\nD=\"x\\ny\"\nE=\n=5\nno line\nA_B=\"q\"";
        let env = Env::new([("A".to_owned(), "9".to_owned()), ("B".to_owned(), String::new())], text);
        let found: Vec<_> = env.vars.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(found, [("A", "9"), ("A_B", "q"), ("B", "two words"), ("C", "a # b"), ("D", "x\ny")]);
        assert_eq!(format!("{env:?}"), r#"{"A", "A_B", "B", "C", "D"}"#);
        assert_eq!(variable("rest_api", "token"), "REST_API_TOKEN");
    }
}
