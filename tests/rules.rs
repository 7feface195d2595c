//! The numbered rules of the language, each with a case that names it: `tests/cases/rules/*.md`.
//!
//! A page is titled `# rule 4: …` or `# rules 7, 8: …`. Its fenced blocks say what they are:
//!
//! - `yaml manifest ok`: it has no error and no warning; `yaml manifest E0307 9:31 "words"`: exactly these findings, each
//!   with line and column and, if given, words of its message or help. Notes count only where a block names one.
//! - `json effective orders` after a manifest: members of the stream `orders` once it took what it inherits; `null` for
//!   one that is not there.
//! - `text value`, `text text`, `text path`, `text condition`: a table `expression => result`, by what the place of the
//!   expression wants. A line `given: {…}` sets the names in scope. A result is JSON, `absent`, `! part of the fault`, or
//!   the code of a finding.
//! - `text sent orders` after a manifest: what the request of `orders` sends as it is written, `query.v => 1.10`.
//! - `text types`: a table `value as type => result`; `cut` after a result whose digits were cut.
//! - `text places`: a table `place in value => [found values]`.

#[path = "rules/document.rs"]
mod document;
#[path = "rules/page.rs"]
mod page;
#[path = "rules/table.rs"]
mod table;
#[path = "rules/value.rs"]
mod value;

use page::{Block, Page};
use std::collections::BTreeSet;

/// Rules that nothing before the first request can show, each with what shows it.
const SHOWN_ELSEWHERE: &[(u16, &str)] = &[
    (9, "needs the engine: states and passes"),
    (13, "needs the engine: what an append leaves out"),
    (14, "needs the engine: resuming a pass"),
    (17, "needs the engine: positions in a parent"),
    (19, "needs the engine: rows of a window that are deleted"),
    (35, "needs the engine: what counts as received"),
    (36, "needs the engine: addresses that an answer gives"),
    (38, "needs the engine: order of requests"),
    (50, "needs the engine: records of another stream"),
    (52, "needs the engine: decoding XML"),
    (53, "needs the engine: answers that are kept"),
    (56, "needs the engine: repeats and deadlines"),
    (58, "needs the engine: lanes, and the settings of a sync"),
    (60, "needs a connection: values of params, and `weir schema`"),
];

/// The last rule.
const LAST: u16 = 60;

fn elsewhere(rule: u16) -> bool {
    SHOWN_ELSEWHERE.iter().any(|(known, _)| *known == rule)
}

#[test]
fn every_rule_has_a_case_that_names_it() {
    let named: BTreeSet<u16> = page::all().iter().flat_map(|page| page.rules.clone()).collect();
    let missing: Vec<u16> = (1..=LAST).filter(|rule| !named.contains(rule) && !elsewhere(*rule)).collect();
    assert!(missing.is_empty(), "no page in tests/cases/rules is titled with the rules {missing:?}");
    let shown: Vec<&u16> = named.iter().filter(|rule| elsewhere(**rule)).collect();
    assert!(shown.is_empty(), "the rules {shown:?} have a case: take them off the list of those shown elsewhere");
    let unknown: Vec<&u16> = named.iter().filter(|rule| !(1..=LAST).contains(*rule)).collect();
    assert!(unknown.is_empty(), "there are no rules {unknown:?}");
}

#[test]
fn the_rules_hold() {
    let wrong: Vec<String> = page::all().iter().flat_map(check).collect();
    assert!(wrong.is_empty(), "{} of the cases do not hold:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

/// Runs the blocks of a page; gives a paragraph for each thing that is not as the page says.
fn check(page: &Page) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut manifest: Option<&Block> = None;
    let mut asserted = false;
    for block in &page.blocks {
        let told = match block.info.as_slice() {
            ["yaml", "manifest", expected @ ..] => {
                manifest = Some(block);
                asserted |= !expected.is_empty();
                document::findings(block, expected)
            }
            ["json", "effective", stream] => {
                asserted = true;
                match manifest {
                    Some(manifest) => document::effective(manifest, stream, block.text),
                    None => vec!["no manifest stands before it".to_owned()],
                }
            }
            ["text", "sent", stream] => {
                asserted = true;
                match manifest {
                    Some(manifest) => document::sent(manifest, stream, block.text),
                    None => vec!["no manifest stands before it".to_owned()],
                }
            }
            ["text", kind] => {
                asserted = true;
                table::check(kind, block.text)
            }
            info => vec![format!("unknown block `{}`", info.join(" "))],
        };
        wrong.extend(told.into_iter().map(|told| format!("{}:{}: {told}", page.file, block.line)));
    }
    if !asserted {
        wrong.push(format!("{}: nothing is asserted", page.file));
    }
    wrong
}
