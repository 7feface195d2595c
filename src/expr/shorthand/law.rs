//! The law between parsers and patterns: what the parser accepts, the pattern matches; examples are accepted by both.

use super::{
    address, duration, field, host, input, name, param, place, pushdown, rate, request, size, source, types, version,
};
use crate::diagnostic::Problem;
use regex::Regex;

struct Form {
    name: &'static str,
    pattern: &'static str,
    examples: &'static [&'static str],
    problem: fn(&str) -> Option<Problem>,
}

fn form(
    name: &'static str,
    pattern: &'static str,
    examples: &'static [&'static str],
    problem: fn(&str) -> Option<Problem>,
) -> Form {
    Form { name, pattern, examples, problem }
}

fn forms() -> Vec<Form> {
    vec![
        form("type", types::PATTERN, types::EXAMPLES, |text| types::parse_type(text, &|_| false).err()),
        form("aliased", types::PATTERN, types::EXAMPLES, |text| types::parse_type(text, &|_| true).err()),
        form("param type", types::PARAM_PATTERN, types::PARAM_EXAMPLES, |text| {
            types::parse_param_type(text, &|_| false).err()
        }),
        form("ref", field::REF_PATTERN, field::REF_EXAMPLES, |text| field::parse_ref(text).err()),
        form("field", field::PATTERN, field::EXAMPLES, |text| field::parse_field(text, &|_| false).err()),
        form("param", param::PATTERN, param::EXAMPLES, |text| param::parse_param(text, &|_| false).err()),
        form("input", input::PATTERN, input::EXAMPLES, |text| input::parse_input(text, &|_| false).err()),
        form("source", source::PATTERN, source::EXAMPLES, |text| source::parse_source(text).err()),
        form("place", place::PATTERN, place::EXAMPLES, |text| place::parse_place(text).err()),
        form("address", address::PATTERN, address::EXAMPLES, |text| address::parse_address(text).err()),
        form("request", request::PATTERN, request::EXAMPLES, |text| request::parse_request(text).err()),
        form("duration", duration::PATTERN, duration::EXAMPLES, |text| duration::parse_duration(text).err()),
        form("rate", rate::PATTERN, rate::EXAMPLES, |text| rate::parse_rate(text).err()),
        form("size", size::PATTERN, size::EXAMPLES, |text| size::parse_size(text).err()),
        form("host", host::PATTERN, host::EXAMPLES, |text| host::parse_host(text).err()),
        form("pushdown", pushdown::PATTERN, pushdown::EXAMPLES, |text| pushdown::parse_pushdown(text).err()),
        form("name", name::PATTERN, name::EXAMPLES, |text| name::parse_name(text).err()),
        form("version", version::PATTERN, version::EXAMPLES, |text| version::parse_version(text).err()),
        form("requires", version::REQUIRES_PATTERN, version::REQUIRES_EXAMPLES, |text| {
            version::parse_requires(text).err()
        }),
    ]
}

/// Bits that a mutation puts in.
const BITS: &[&str] = &[
    "!",
    "?",
    " ",
    "  ",
    "\n",
    "$",
    ".",
    "x",
    "'",
    "\"",
    "[0]",
    "['a b']",
    "(",
    ")",
    "<",
    ">",
    "|",
    ",",
    ", ",
    " -> a.b",
    " <- ",
    "$.x",
    " = ",
    "{{ x }}",
    "{{ '}}' }}",
    "{% if x %}",
    "%}",
    "/",
    "//",
    "..",
    "%",
    ":",
    "0",
    "12",
    "-",
    "+",
    "*.",
    "\u{e9}",
    "é.b",
    " | ",
    ">= ",
    "list<",
    "decimal(18, 2)",
    "enum(a b|c)",
    "timestamp(unix, \"UTC\")",
    "secret<json>",
    "null",
    "s",
    "min",
    "KiB",
    "#",
    "query.",
    "body.",
    "header.",
    "http://",
    "\\",
    "{",
    "}",
    "_",
];

/// A small generator: the same forms are tried on every machine.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap()
    }

    fn mutate(&mut self, text: &str) -> String {
        let mut chars: Vec<char> = text.chars().collect();
        for _ in 0..=self.below(3) {
            let at = self.below(chars.len() + 1);
            match self.below(3) {
                0 => {
                    let bit = BITS[self.below(BITS.len())];
                    chars.splice(at..at, bit.chars());
                }
                1 if at < chars.len() => {
                    chars.remove(at);
                }
                _ => {
                    let end = (at + self.below(6)).min(chars.len());
                    let copy = chars[at..end].to_vec();
                    let to = self.below(chars.len() + 1);
                    chars.splice(to..to, copy);
                }
            }
        }
        chars.into_iter().collect()
    }
}

/// Texts that are wrong by their shape alone: an editor marks them.
const MARKED: &[(&str, &[&str])] = &[
    (
        "type",
        &["string?", "string!!", "!string", "decimal(18)", "enum(a", "list<list<string>>", "timestamp(ms)", "string[]"],
    ),
    ("field", &["string<-$.x", "string => a.b", "string -> a", "string <- x", "string = x", "string <- $.x!"]),
    ("param", &["string! = x", "secret=x", "string = "]),
    ("source", &["meta.next", "headers.X", "$.x?", "response.body"]),
    ("place", &["data", "$data", ""]),
    ("address", &["body", "after", "params.page", "headers.X", "body.a-b", "url.x"]),
    ("request", &["get /users", "/users", "GET users", "GET /a?b", "GET /a b", "GET /a/{id}", "GET ftp://a"]),
    ("duration", &["5m", "30", "1 day", "P1D", "1.5h"]),
    ("rate", &["30/m", "30 per minute", "30"]),
    ("size", &["1MB", "100"]),
    ("host", &["https://a.test", "*.com", "a/b", "*"]),
    ("pushdown", &[">=query.since", "== query.a", ">= since"]),
    ("name", &["my-stream", "2fa", ""]),
    ("version", &["1.2", "v1.2.3", "01.2.3"]),
    ("requires", &["^0.3", "0.3"]),
];

#[test]
fn patterns_mark_what_has_the_wrong_shape() {
    for (name, texts) in MARKED {
        let form = forms().into_iter().find(|form| form.name == *name).unwrap();
        let pattern = Regex::new(form.pattern).unwrap();
        for text in *texts {
            assert!((form.problem)(text).is_some(), "{name}: {text} is accepted");
            assert!(!pattern.is_match(text), "{name}: {text} is matched");
        }
    }
}

/// JSON Schema reads patterns as ECMA 262 does.
#[test]
fn patterns_are_patterns_of_json_schema_too() {
    for form in forms() {
        let schema = serde_json::json!({ "type": "string", "pattern": form.pattern, "examples": form.examples });
        assert!(jsonschema::meta::is_valid(&schema), "{}", form.name);
        let validator = jsonschema::validator_for(&schema).unwrap();
        for example in form.examples {
            assert!(validator.is_valid(&serde_json::json!(example)), "{}: {example}", form.name);
        }
    }
}

#[test]
fn examples_are_accepted_by_parser_and_pattern() {
    for form in forms() {
        let pattern = Regex::new(form.pattern).unwrap();
        for example in form.examples {
            assert_eq!((form.problem)(example), None, "{}: {example}", form.name);
            assert!(pattern.is_match(example), "{}: {example} is not matched by {}", form.name, form.pattern);
        }
    }
}

/// No parser panics on the way, and a problem's range lies in the text.
#[test]
fn what_a_parser_accepts_its_pattern_matches() {
    let mut draw = Draw(0x5eed);
    let all: Vec<&str> = forms().iter().flat_map(|form| form.examples).copied().collect();
    for form in forms() {
        let pattern = Regex::new(form.pattern).unwrap();
        let mut accepted = 0;
        for turn in 0..6_000 {
            // Mostly the form's own examples, now and then those of others.
            let seeds = if turn % 8 == 0 { &all[..] } else { form.examples };
            let seed = seeds[draw.below(seeds.len())];
            let text = draw.mutate(seed);
            if let Some(problem) = (form.problem)(&text) {
                assert!(text.get(problem.range.clone()).is_some(), "{}: {text:?}: {problem:?}", form.name);
                continue;
            }
            accepted += 1;
            assert!(pattern.is_match(&text), "{}: {text:?} is accepted but not matched", form.name);
        }
        assert!(accepted > 30, "{}: only {accepted} forms were tried", form.name);
    }
}
