//! `weir mock`.

use crate::cli::Exit;
use crate::cli::arguments::Format;
use crate::cli::session;
use crate::cli::signals;
use crate::cli::ui::Ui;
use crate::testing::mock::Mock;
use serde_json::json;
use tokio_util::sync::CancellationToken;

/// Serves an API to try Weir against: every kind of paging and auth, and everything that goes wrong at APIs.
///
/// It listens on this machine only, on two ports, as two hosts; requests must be allowed to go there. It runs until
/// Ctrl-C.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  weir mock                                on ports of the system's choosing
  weir mock --port 8080                    the first host on this port
  weir mock --format json | head -4        the addresses, for programs
  curl http://127.0.0.1:8080/api           which lists, auths, credentials and pagings there are
  weir read manifests/rest_api rows --param base=http://127.0.0.1:8080/api/none/link --param path=/items \\
      --param paging=link --allow-private 127.0.0.1

GET /api/<auth>/<paging>/<list> behaves well; /s/<scenario>~<run>/ does not.")]
pub(in crate::cli) struct Args {
    /// The port of the first host; without one the system chooses.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    port: u16,
    /// How the addresses are written.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(args: &Args, ui: &mut Ui) -> Exit {
    let mock = match Mock::start_on(args.port) {
        Ok(mock) => mock,
        Err(error) => {
            ui.error(&format!("port {} can't be listened on: {error}", args.port), Some("take another `--port`"));
            return Exit::Failed;
        }
    };
    let stop = CancellationToken::new();
    signals::watch(&stop, |_| {});
    match args.format {
        Format::Text => ui.result(&format!("{}\n{}\n", mock.base(), mock.base_b())),
        format => ui.value(format, &json!({ "base": mock.base(), "other_host": mock.base_b() })),
    }
    ui.status("the second one is another host; GET /api lists what there is; Ctrl-C ends it");
    match session::alone(stop.cancelled()) {
        Ok(()) => Exit::Ok,
        Err(error) => {
            ui.error(&format!("the program can't start: {error}"), None);
            Exit::Failed
        }
    }
}
