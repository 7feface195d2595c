//! `weir ls --partitions`: what streams are read for, as far as it is known without a request.

use super::Args;
use crate::cli::Exit;
use crate::cli::arguments::Format;
use crate::cli::network::NetworkArgs;
use crate::cli::session::{Session, SessionArgs};
use crate::cli::surroundings::Surroundings;
use crate::cli::target::{self, TargetArgs};
use crate::cli::ui::Ui;
use crate::components::partition::Over;
use crate::diagnostic::clean;
use crate::engine;
use crate::plan::BoundStream;
use crate::state::PartitionKey;
use serde_json::{Value, json};
use std::sync::Arc;

/// So many of a stream are listed: a product of lists may have any number.
const MOST: usize = 1000;

/// The partitions of a stream, or why they are not known.
type Known = Result<Vec<PartitionKey>, String>;

pub(super) fn run(args: &Args, ui: &mut Ui, around: &Surroundings) -> Result<Exit, Exit> {
    let session = SessionArgs::of(NetworkArgs::allowing(&args.connector.allow_private));
    let asked = TargetArgs::new(&args.connector.target, &args.params);
    let target = target::open(&asked, &session.network, around, ui)?;
    let session = Session::open(&session, around, ui)?;
    let mut all: Vec<(String, Known)> = Vec::new();
    for (name, stream) in target.bound.streams.iter().filter(|(_, stream)| !stream.plan.hidden) {
        let known = match parents(stream).as_slice() {
            [] => {
                let bound = Arc::clone(&target.bound);
                let asked = engine::partitions(&bound, name, &session.context, MOST + 1);
                asked.map_err(|fault| fault.to_string())
            }
            parents => Err(format!("one for each row of {}", parents.join(", "))),
        };
        all.push((name.clone(), known));
    }
    match args.connector.format {
        Format::Text => ui.result(&text(&all)),
        format => ui.value(format, &all.iter().map(|(name, known)| told(name, known)).collect()),
    }
    Ok(Exit::Ok)
}

/// Lists the streams that would have to be read first.
fn parents(stream: &BoundStream) -> Vec<String> {
    let streams = stream.each.iter().filter_map(|each| match &each.over {
        Over::Streams(parent) => Some(&parent.streams),
        Over::Values(_) => None,
    });
    streams.flatten().map(|(name, _)| format!("`{name}`")).collect()
}

fn text(all: &[(String, Known)]) -> String {
    let mut out = String::new();
    for (name, known) in all {
        match known {
            Err(why) => out.push_str(&format!("{}: {}\n", clean(name), clean(why))),
            Ok(keys) if keys.iter().all(PartitionKey::is_whole) => {
                out.push_str(&format!("{}: read as a whole\n", clean(name)));
            }
            Ok(keys) => {
                out.push_str(&format!("{}:\n", clean(name)));
                keys.iter().take(MOST).for_each(|key| out.push_str(&format!("  {}\n", clean(key.text()))));
                if keys.len() > MOST {
                    out.push_str("  … and more\n");
                }
            }
        }
    }
    out
}

fn told(name: &str, known: &Known) -> Value {
    match known {
        Err(why) => json!({ "stream": name, "partitions": null, "why": why }),
        Ok(keys) => {
            let all: Vec<Value> = keys
                .iter()
                .take(MOST)
                .map(|key| serde_json::from_str(key.text()).unwrap_or_else(|_| key.text().into()))
                .collect();
            json!({ "stream": name, "partitions": all, "more": keys.len() > MOST })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_are_listed() {
        let key = PartitionKey::from_text;
        let many = (0..=MOST).map(|at| PartitionKey::from_text(&at.to_string())).collect();
        let all = [
            ("orders".to_owned(), Ok(vec![key(r#"{"shop":1}"#), key(r#"{"shop":2}"#)])),
            ("shops".to_owned(), Ok(vec![PartitionKey::whole()])),
            ("items".to_owned(), Err("one for each row of `orders`".to_owned())),
            ("many".to_owned(), Ok(many)),
        ];
        let drawn = text(&all);
        let begin = "orders:\n  {\"shop\":1}\n  {\"shop\":2}\nshops: read as a whole\nitems: one for each row of `orders`\nmany:\n";
        assert!(drawn.starts_with(begin) && drawn.ends_with("  999\n  … and more\n"), "{drawn}");
        assert_eq!(told("orders", &all[0].1)["partitions"][1]["shop"], 2);
        assert_eq!(told("items", &all[2].1)["partitions"], Value::Null);
    }
}
