//! What surrounds the program, read once at its start and passed down.

use std::io::IsTerminal;
use std::path::PathBuf;

/// Environment and terminal.
pub(super) struct Surroundings {
    /// The user did not ask for plain text.
    pub(super) colour: bool,
    pub(super) out_is_terminal: bool,
    pub(super) err: Aside,
    /// The width of the terminal, if results go to one.
    pub(super) width: Option<usize>,
    /// Where this program is.
    pub(super) program: Option<PathBuf>,
    /// The variables of the environment that are texts.
    pub(super) variables: Vec<(String, String)>,
}

/// What stderr leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aside {
    Piped,
    /// A terminal that knows no escape codes.
    Dumb,
    Terminal,
}

impl Surroundings {
    #[expect(clippy::disallowed_methods, reason = "the entry point, from which the environment is passed down")]
    pub(super) fn read() -> Self {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let out_is_terminal = std::io::stdout().is_terminal();
        let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            colour: !is_set("NO_COLOR") && !dumb,
            out_is_terminal,
            err: match (std::io::stderr().is_terminal(), dumb) {
                (false, _) => Aside::Piped,
                (true, true) => Aside::Dumb,
                (true, false) => Aside::Terminal,
            },
            width: width.filter(|_| out_is_terminal),
            program: std::env::current_exe().ok(),
            variables: std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
        }
    }
}
