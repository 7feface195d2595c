//! The law between parsers and patterns: what the parser accepts, the pattern matches; examples are accepted by both.

use super::{
    address, duration, field, host, input, name, param, place, pushdown, rate, request, size, source, types, version,
};
use regex::Regex;

struct Form {
    name: &'static str,
    pattern: &'static str,
    examples: &'static [&'static str],
    accepts: fn(&str) -> bool,
}

fn form(
    name: &'static str,
    pattern: &'static str,
    examples: &'static [&'static str],
    accepts: fn(&str) -> bool,
) -> Form {
    Form { name, pattern, examples, accepts }
}

fn forms() -> Vec<Form> {
    vec![
        form("type", types::PATTERN, types::EXAMPLES, |text| types::parse_type(text, &|_| false).is_ok()),
        form("aliased", types::PATTERN, types::EXAMPLES, |text| types::parse_type(text, &|_| true).is_ok()),
        form("field", field::PATTERN, field::EXAMPLES, |text| field::parse_field(text, &|_| false).is_ok()),
        form("param", param::PATTERN, param::EXAMPLES, |text| param::parse_param(text, &|_| false).is_ok()),
        form("input", input::PATTERN, input::EXAMPLES, |text| input::parse_input(text, &|_| false).is_ok()),
        form("source", source::PATTERN, source::EXAMPLES, |text| source::parse_source(text).is_ok()),
        form("place", place::PATTERN, place::EXAMPLES, |text| place::parse_place(text).is_ok()),
        form("address", address::PATTERN, address::EXAMPLES, |text| address::parse_address(text).is_ok()),
        form("request", request::PATTERN, request::EXAMPLES, |text| request::parse_request(text).is_ok()),
        form("duration", duration::PATTERN, duration::EXAMPLES, |text| duration::parse_duration(text).is_ok()),
        form("rate", rate::PATTERN, rate::EXAMPLES, |text| rate::parse_rate(text).is_ok()),
        form("size", size::PATTERN, size::EXAMPLES, |text| size::parse_size(text).is_ok()),
        form("host", host::PATTERN, host::EXAMPLES, |text| host::parse_host(text).is_ok()),
        form("pushdown", pushdown::PATTERN, pushdown::EXAMPLES, |text| pushdown::parse_pushdown(text).is_ok()),
        form("name", name::PATTERN, name::EXAMPLES, |text| name::parse_name(text).is_ok()),
        form("version", version::PATTERN, version::EXAMPLES, |text| version::parse_version(text).is_ok()),
        form("requires", version::REQUIRES_PATTERN, version::REQUIRES_EXAMPLES, |text| {
            version::parse_requires(text).is_ok()
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

#[test]
fn examples_are_accepted_by_parser_and_pattern() {
    for form in forms() {
        let pattern = Regex::new(form.pattern).unwrap();
        for example in form.examples {
            assert!((form.accepts)(example), "{}: {example} is refused", form.name);
            assert!(pattern.is_match(example), "{}: {example} is not matched by {}", form.name, form.pattern);
        }
    }
}

/// No parser panics on the way, and ranges of problems lie inside the text (slicing in the parsers would tell).
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
            if (form.accepts)(&text) {
                accepted += 1;
                assert!(pattern.is_match(&text), "{}: {text:?} is accepted but not matched", form.name);
            }
        }
        assert!(accepted > 30, "{}: only {accepted} forms were tried", form.name);
    }
}
