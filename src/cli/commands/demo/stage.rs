//! What all demos stand on: the API, a folder, and the same way to sync as `weir sync` goes.

use crate::cli::destination::Destination;
use crate::cli::network::NetworkArgs;
use crate::cli::session::{self, Session, SessionArgs};
use crate::cli::surroundings::Surroundings;
use crate::cli::ui::Ui;
use crate::cli::{Exit, clock, ports};
use crate::engine::{self, Order, StreamOrder};
use crate::event::{Outcome, Receipt};
use crate::expr::shorthand::host::Host;
use crate::fault::Fault;
use crate::plan::{Bound, connect};
use crate::report::receipt;
use crate::testing::demo::{self, Folder};
use crate::testing::mock::{self, Mock};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) struct Stage {
    pub(super) mock: Mock,
    pub(super) manifest: PathBuf,
    pub(super) database: PathBuf,
}

impl Stage {
    /// Starts the API, and writes the manifest into a new folder.
    pub(super) fn set(manifest: &str, ui: &mut Ui) -> Result<Self, Exit> {
        let made = || -> io::Result<(PathBuf, PathBuf)> {
            let folder = Folder::make(Path::new(""))?;
            Ok((folder.manifest(manifest)?, folder.database()))
        };
        match made() {
            Ok((manifest, database)) => Ok(Self { mock: demo::api(), manifest, database }),
            Err(error) => {
                let help = "run it in a folder that you may write to";
                ui.error(&format!("`weir-demo` can't be made here: {error}"), Some(help));
                Err(Exit::Failed)
            }
        }
    }

    /// The only host that requests may go to.
    pub(super) fn host(&self) -> Host {
        Host { below: false, domain: "127.0.0.1".into(), port: Some(self.mock.port(mock::Host::A)) }
    }

    /// The destination, as it is written on the command line.
    pub(super) fn to(&self) -> String {
        format!("sqlite:{}", self.database.display())
    }

    /// Makes ready to sync from this process.
    pub(super) fn session(&self, around: &Surroundings, ui: &mut Ui) -> Result<Session, Exit> {
        Session::open(&SessionArgs::of(NetworkArgs::allowing(&[self.host()])), around, ui)
    }

    pub(super) fn bound(&self, ui: &mut Ui) -> Result<Arc<Bound>, Exit> {
        let options = NetworkArgs::allowing(&[self.host()]).options();
        tell(connect(&self.manifest, &[("base", &self.mock.base())], &options), ui)
    }

    /// Syncs all streams. Where the user ends it, the receipt tells and the demo is over.
    pub(super) fn sync(&self, bound: &Arc<Bound>, session: &Session, ui: &mut Ui) -> Result<Receipt, Exit> {
        let destination = Destination::Sqlite(self.database.clone());
        let sink = tell(ports::sink(&destination, &session.context.failpoints), ui)?;
        let stream = |name: &String| StreamOrder { stream: name.clone(), ..StreamOrder::default() };
        let order = Order {
            run: clock::run_id(),
            connection: bound.plan.connector.clone(),
            streams: bound.streams.keys().map(stream).collect(),
            requests: None,
        };
        let receipt = session.run(engine::sync(Arc::clone(bound), &order, sink, &session.context));
        if receipt.outcome == Outcome::Cancelled || receipt.failure.is_some() {
            ui.aside(&format!("\n{}", receipt::text(&receipt)));
            return Err(receipt.exit());
        }
        Ok(receipt)
    }
}

/// Takes what was meant to be there, or tells why it is not.
pub(super) fn tell<T>(result: Result<T, Fault>, ui: &mut Ui) -> Result<T, Exit> {
    result.map_err(|fault| session::fail(&fault, ui))
}

/// Begins a part of the story.
pub(super) fn head(text: &str, ui: &mut Ui) {
    // Where no colours are wanted, the stream takes them away.
    ui.result(&format!("\n\x1b[1m{text}\x1b[0m\n"));
}

/// A receipt, set off from the story.
pub(super) fn show(receipt: &Receipt, ui: &mut Ui) {
    let lines: Vec<String> = receipt::text(receipt).lines().map(|line| format!("  {line}")).collect();
    ui.result(&format!("{}\n", lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")));
}
