//! What the structural check says of the mistakes that are made at two in the morning.

use weir::diagnostic::Report;
use weir::manifest::{Document, check_structure};
use weir::text::{Sources, read};

/// A manifest, with `«…»` around the place that is told; the code; pieces of what is said.
const CASES: &[(&str, &str, &[&str])] = &[
    (
        "limits: { rate: 5/s, reset: «header.x-reset» }",
        "E0104",
        &[
            "`reset` takes a kind (`unix`, `unix_ms`, `seconds`, …), this is a text",
            "say the unit: `reset: { unix: header.x-reset }`",
            "`minutes`",
        ],
    ),
    (
        "defaults: { paginate: { «type»: OffsetIncrement } }",
        "E0103",
        &["unknown kind `type`", "there is no `type:` here, one key names the kind", "`offset: {"],
    ),
    ("auth: { «type»: bearer, token: x }", "E0103", &["one key names the kind", "`bearer: \"{{ params.token }}\"`"]),
    ("auth: { «type»: digst }", "E0103", &["one key names the kind: `digest: { … }`"]),
    (
        "auth: «\"{{ params.token }}\"»",
        "E0104",
        &[
            "`auth` takes a kind (`none`, `bearer`, `basic`, …), this is a text",
            "`auth: { bearer: \"{{ params.token }}\" }`",
        ],
    ),
    ("«authenticator»: { type: bearer }", "E0101", &["unknown key `authenticator`", "`auth` is a kind"]),
    (
        "limits: { rate: «100» }",
        "E0104",
        &["`rate` takes a rate or an expression, this is a number", "say in which time: `rate: 100/min`"],
    ),
    ("timeouts: { head: «30» }", "E0104", &["`head` takes a duration", "say the unit: `head: 30s`"]),
    (
        "defaults: { key: «1» }",
        "E0104",
        &["`key` takes a text, a list or an expression, this is a number", "quote it to make it a text: `key: \"1\"`"],
    ),
    ("defaults: { fields: «[id, name]» }", "E0104", &["`fields` takes a map", "`fields: { id: string, … }`"]),
    (
        "streams: «[{ name: users }]»",
        "E0104",
        &["`streams` takes a map, this is a list", "the name is the key of a map: `streams: { users: { … } }`"],
    ),
    ("params: «[token]»", "E0104", &["`params` takes a map", "`params: { token: string!, … }`"]),
    ("version: «1.0»", "E0104", &["`version` takes a version, this is a number", "it must be a text", "1.0.0"]),
    (
        "errors: [{ status: «\"404\"», then: end }]",
        "E0104",
        &["`status` takes a whole number or a list, this is a text", "write it without quotes: `404`"],
    ),
    ("defaults: { incremental: «true» }", "E0104", &["`incremental` takes", "for example `incremental: updated_at`"]),
    (
        "defaults: { hidden: «yes» }",
        "E0104",
        &["`hidden` takes a boolean", "`yes` is a text in YAML 1.2; write `hidden: true`"],
    ),
    ("defaults: { paginate: «false» }", "E0104", &["`none` says that the API does not page"]),
    (
        "errors: «{ status: 404, then: end }»",
        "E0104",
        &["`errors` takes a list, this is a map", "`errors: [{ status: … }]`"],
    ),
    ("errors: [{ status: 404, then: «IGNORE» }]", "E0103", &["unknown kind `IGNORE`", "`end` ends the partition"]),
    ("defaults: { paginate: «cursor» }", "E0108", &["`cursor` needs settings", "`cursor: { next: … }`"]),
    ("defaults: { paginate: { «cursor»: {} } }", "E0102", &["`next` is missing in `cursor`", "add `next: "]),
    ("defaults: { paginate: { page: {}, «offset»: {} } }", "E0105", &["two kinds in one map: `page` and `offset`"]),
    (
        "defaults: { paginate: { page: {}, «into»: query.page } }",
        "E0105",
        &["it is a setting of `page`: write it inside"],
    ),
    ("defaults: { paginate: { page: { max_pages: «-1» } } }", "E0106", &["-1 is out of range", "at least 1"]),
    ("headers: «\"Accept: text/csv\"»", "E0104", &["without the quotes it is a map: `headers: { Accept: text/csv }`"]),
    ("tags: «crm»", "E0104", &["`tags` takes a list, this is a text", "put it into a list: `tags: [crm]`"]),
    ("tags: [«1»]", "E0104", &["an item of `tags` takes a text, this is a number"]),
    ("limits: { burst: «~» }", "E0109", &["`burst` is null, it has no value", "or leave the key out"]),
    (
        "streams: { users: { «no_such»: 1 } }",
        "E0101",
        &["unknown key `no_such` in `users`", "known keys: request,", " more"],
    ),
];

#[test]
fn mistakes_are_told_in_words_that_help() {
    let mut wrong = Vec::new();
    for (text, code, pieces) in CASES {
        let manifest = format!("connector: a\n{text}\n");
        let start = manifest.find('«').unwrap();
        let end = manifest.find('»').unwrap() - '«'.len_utf8();
        let manifest = manifest.replace(['«', '»'], "");
        // A key that stands twice would be another mistake.
        let mut sources = Sources::default();
        let (_, node, flaws) = read(&mut sources, "manifest.yaml", manifest.as_bytes(), false);
        assert!(flaws.is_empty(), "{text}: {flaws:?}");
        let mut report = Report::default();
        check_structure(Document::Manifest, &node.unwrap(), &sources, &mut report);
        let all = report.sorted();
        let [found] = all.as_slice() else {
            wrong.push(format!("{text}: {} findings: {all:#?}", all.len()));
            continue;
        };
        let said = format!("{}\n{}", found.message, found.help.as_deref().unwrap_or_default());
        let place = &manifest[found.primary.start as usize..found.primary.end as usize];
        let right = found.code.name() == *code
            && place == &manifest[start..end]
            && found.primary.start as usize == start
            && pieces.iter().all(|piece| said.contains(piece));
        if !right {
            wrong.push(format!("{text}: {} at `{place}`\n{said}\n", found.code.name()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
