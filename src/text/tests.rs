//! Documents read back: every byte of a decoded text leads to where it was written.

use crate::text::{Node, Sources, read};

struct Lcg(u64);

impl Lcg {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}

const WORDS: [&str; 14] = [
    "{{ params.x }}",
    "SELECT",
    "a",
    "é€",
    "😀",
    "it's",
    "\"q\"",
    "x#y",
    "a:b",
    "{% endif %}",
    "back\\slash",
    "ünïcode",
    "-",
    "1.10",
];

/// Up to four lines, some of them empty, as one scalar of a style.
fn scalar(random: &mut Lcg, style: usize, line_end: &str) -> String {
    let indent = " ".repeat(2 + random.below(3));
    let mut lines: Vec<String> = Vec::new();
    for _ in 0..=random.below(4) {
        let words: Vec<&str> = (0..random.below(5)).map(|_| random.of(&WORDS)).collect();
        lines.push(words.join(random.of(&[" ", "  "])));
    }
    let joint = format!("{line_end}{indent}");
    let mut escape = |line: &String| {
        let line = line.replace('\\', "\\\\").replace('"', "\\\"");
        let line = line.replace('é', random.of(&["\\u00e9", "\\xe9", "é"]));
        line.replace('😀', random.of(&["\\U0001f600", "😀", "\\uD83D\\uDE00"]))
    };
    match style {
        0 => format!("x {}", lines.join(&joint)),
        1 => format!("'{}'", lines.iter().map(|line| line.replace('\'', "''")).collect::<Vec<_>>().join(&joint)),
        2 => {
            let lines: Vec<String> = lines.iter().map(&mut escape).collect();
            let end = random.of(&["", " ", "\\"]);
            format!("\"{}\"", lines.join(&format!("{end}{joint}")))
        }
        _ => {
            let chomp = random.of(&["", "-", "+"]);
            let mut block = format!("{}{chomp}", if style == 3 { "|" } else { ">" });
            for line in lines {
                let more = random.of(&["", "", "  "]);
                if line.is_empty() {
                    block += line_end;
                } else {
                    block.extend([joint.as_str(), more, line.as_str()]);
                }
            }
            block
        }
    }
}

fn same_place(written: &str, decoded: char) -> bool {
    decoded.is_whitespace() || written.starts_with(decoded) || written.starts_with(['\\', '\''])
}

#[test]
fn random_scalars_of_every_style() {
    let mut random = Lcg(3);
    let mut checked = [0; 5];
    for round in 0..20_000 {
        let style = round % 5;
        let line_end = if random.below(8) == 0 { "\r\n" } else { "\n" };
        let text = format!("é: 1{line_end}k: {}{line_end}z: 2{line_end}", scalar(&mut random, style, line_end));
        let mut sources = Sources::default();
        let (source, node, flaws) = read(&mut sources, "a", text.as_bytes(), false);
        let Some(value) = node.as_ref().and_then(|node| node.get("k")).filter(|_| flaws.is_empty()) else {
            continue;
        };
        let Some(decoded) = value.as_text() else { continue };
        let written = &sources.get(source).text;
        for (at, char) in decoded.char_indices() {
            let span = sources.inner(value.span, at..at + char.len_utf8());
            assert!(same_place(&written[span.start as usize..], char), "{text:?}: {char:?} of {decoded:?}");
            assert!(written.is_char_boundary(span.end as usize), "{text:?}: {char:?} ends inside a character");
        }
        // Different places have different offsets: a map that gave up has one for all.
        let words = decoded.char_indices().filter(|(_, char)| !char.is_whitespace()).collect::<Vec<_>>();
        let places: std::collections::HashSet<u32> =
            words.iter().map(|(at, _)| sources.inner(value.span, *at..at + 1).start).collect();
        assert_eq!(places.len(), words.len(), "{text:?}");
        assert!(places.iter().all(|place| (value.span.start..value.span.end).contains(place)), "{text:?}");
        checked[style] += 1;
    }
    assert!(checked.iter().all(|count| *count > 1500), "{checked:?}");
}

/// The second reader, and ours, on documents without anything that we refuse.
#[test]
fn the_same_values_as_another_reader() {
    let mut random = Lcg(7);
    let mut agreed = 0;
    for round in 0..4000 {
        let text = format!("k: {}\nz: 2\n", scalar(&mut random, round % 5, "\n"));
        let (_, node, flaws) = read(&mut Sources::default(), "a", text.as_bytes(), false);
        let Some(node) = node.filter(|_| flaws.is_empty()) else { continue };
        let Ok(other) = serde_yaml::from_str::<serde_json::Value>(&text) else { continue };
        assert_eq!(value(&node), other, "{text:?}");
        agreed += 1;
    }
    assert!(agreed > 2000, "{agreed}");
}

fn value(node: &Node) -> serde_json::Value {
    crate::text::from_node(node).unwrap()
}

#[test]
fn the_same_values_for_good_documents() {
    for text in [
        "a: 1\nb: [x, 2.5, true, ~, no, 'on']\nc: { d: { e: [] } }\n",
        "a:\n- 1\n- - 2\n  - 3\nb:\n  c: |\n    text\n      more\n\n  d: >-\n    folded\n    text\n",
        "'a b': \"x\\ty\\u00e9\\\n  z\"\n? c\n: d\n",
        "{\"a\": [1, {\"b\": \"\\/\"}], \"c\": null}",
        "a: 0x1F\nb: 0o17\nc: 1.25e1\nd: -5\ne: 2024-01-01\nf: 12:30:45\ng: 1_000\nh: ''\ni:\n",
        "- a: 1\n  b: 2\n-\n  - x\n- {}\n",
        "a: b # comment\n# more\nc: x#y\n\n\nd: http://x/y?z=1&w=[2]\n",
    ] {
        let (_, node, flaws) = read(&mut Sources::default(), "a", text.as_bytes(), false);
        assert!(flaws.is_empty(), "{text:?} {flaws:?}");
        assert_eq!(value(&node.unwrap()), serde_yaml::from_str::<serde_json::Value>(text).unwrap(), "{text:?}");
    }
}
