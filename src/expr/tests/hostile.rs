//! What must not hurt: hostile shapes and random expressions.

use super::*;
use std::fmt::Write as _;

const SIZE: usize = 8 * 1024;

/// Runs on a small stack, as in the thread of a server.
fn survives(source: &str) {
    let source = source.to_owned();
    let run = move || {
        let mut cut = source.len().min(SIZE);
        while !source.is_char_boundary(cut) {
            cut -= 1;
        }
        for text in [&source, &source[..cut]] {
            if let Ok(compiled) = built(text, &Site::new(Wants::Value)) {
                _ = compiled.eval(&world());
            }
        }
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
}

#[test]
fn eight_kib_of_anything_survives() {
    for unit in [
        "-",
        "not ",
        "- not ",
        "[",
        "(",
        "{'a':",
        "-(",
        "not(",
        "[-",
        "1 if ",
        "a[",
        "x|f(",
        "record.a is ",
        "record[0:",
        "a[not -not -",
        "(- - - - - -",
    ] {
        survives(&format!("{{{{ {}1 }}}}", unit.repeat((SIZE - 8) / unit.len())));
        survives(&format!("{{{{ {}1 }}}}", unit.repeat(40)));
    }
    for unit in [
        " ~ 1",
        " + 1",
        ".y",
        "[0]",
        " | upper",
        " | default(1)",
        " and 1",
        " or 0",
        " == 1",
        " < 1",
        " if 1",
        " if 1 else 2",
        "[:1]",
        " in [1]",
        " is defined",
        "(1)",
        "'a'",
        "()",
    ] {
        survives(&format!("{{{{ record{} }}}}", unit.repeat((SIZE - 16) / unit.len())));
        survives(&format!("{{{{ record{} }}}}", unit.repeat(50)));
    }
    for unit in [
        "{% if record.n %}",
        "{{ ",
        "{% ",
        "{#",
        "}}",
        "{% raw %}",
        "{{ 'é' }}",
        "{% if 1 %}{% else %}{% endif %}",
        "{% elif 1 %}",
        "\u{0}",
        "{{'\\",
    ] {
        survives(&unit.repeat(SIZE / unit.len()));
        survives(&unit.repeat(60));
    }
    let nested = "{% if record.n %}".repeat(200) + &"{% endif %}".repeat(200);
    survives(&nested);
    survives(&format!("{{% if 1 %}}{}{{% endif %}}", "{% elif 1 %}".repeat(400)));
    survives(&format!("{{{{ '{}' | from_json }}}}", "[".repeat(8000)));
}

#[test]
fn deep_shapes_are_told() {
    for (source, range) in [
        (format!("{{{{ {}1 }}}}", "-".repeat(33)), Some(35..36)),
        (format!("{{{{ 1{} }}}}", " ~ 1".repeat(100)), None),
        ("x".repeat(SIZE + 1), Some(0..SIZE + 1)),
        ("{% if record.n %}".repeat(70) + &"{% endif %}".repeat(70), None),
    ] {
        let problems = built(&source, &Site::new(Wants::Value)).unwrap_err();
        assert_eq!(problems[0].code.name(), "E0309");
        if let Some(range) = range {
            assert_eq!(problems[0].range, range);
        }
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn expression(&mut self, depth: usize) -> String {
        const LEAVES: &[&str] = &[
            "record.a",
            "record.missing.deep",
            "record.n",
            "record.list",
            "params.size",
            "'text'",
            "0",
            "-1",
            "9223372036854775807",
            "1.10",
            "null",
            "true",
            "[]",
            "{'a': 1}",
            "record.list[0]",
            "record.big",
            "records[-1].id",
            "window.end",
            "now",
            "'2024-01-31'",
            "record.at",
            "today()",
            "'é'",
            "record.nothing",
            "record.flags",
            "record.user",
            "'1mo'",
            "'%Y'",
        ];
        if depth == 0 {
            return LEAVES[self.below(LEAVES.len())].to_owned();
        }
        let (a, b) = (self.expression(depth - 1), self.expression(depth - 1));
        let op = |op: &str| format!("({a} {op} {b})");
        match self.below(16) {
            0 => op(["+", "-", "*", "//", "%"][self.below(5)]),
            1 | 2 => op("~"),
            3 => op(["==", "!=", "<", "<=", ">", ">="][self.below(6)]),
            4 => op(["in", "not in"][self.below(2)]),
            5 => op(["and", "or"][self.below(2)]),
            6 => format!("(not {a})"),
            7 => format!("({a} if {b})"),
            8 => format!("({a} if {b} else {a})"),
            9 => format!("({a})[{b}]"),
            10 => format!("({a})[{b}:]"),
            11 => format!("[{a}, {b}]"),
            12 => format!("(({a}) is defined)"),
            _ => {
                let all: Vec<_> = crate::expr::functions().filter(|function| !function.is_called()).collect();
                let function = all[self.below(all.len())];
                let count =
                    self.below(function.args.len() + 1).max(function.args.iter().filter(|arg| arg.required).count());
                let mut args = String::new();
                for arg in &function.args[..count] {
                    let text = match arg.form {
                        Form::Words(words) => format!("'{}'", words[self.below(words.len())]),
                        Form::Regex => "'(.)'".to_owned(),
                        Form::Duration => "'1mo2d3h'".to_owned(),
                        Form::Pattern => "'%Y-%m'".to_owned(),
                        Form::Zone => "'Europe/Berlin'".to_owned(),
                        _ => self.expression(depth - 1),
                    };
                    _ = write!(args, "{text}, ");
                }
                format!("({a} | {}({}))", function.name, args.trim_end_matches(", "))
            }
        }
    }
}

#[test]
fn random_expressions_never_panic_and_give_the_same_twice() {
    let (world, site) = (world(), Site::new(Wants::Value));
    let mut random = Random(42);
    let (mut values, mut faults, mut told) = (0, 0, 0);
    for _ in 0..10_000 {
        let depth = 1 + random.below(3);
        let source = format!("{{{{ {} }}}}", random.expression(depth));
        match built(&source, &site) {
            Err(problems) => {
                assert!(problems.iter().all(|problem| source.get(problem.range.clone()).is_some()), "{source}");
                told += 1;
            }
            Ok(compiled) => match (compiled.eval(&world), compiled.eval(&world)) {
                (Ok(a), Ok(b)) => {
                    assert_eq!(format!("{a:?}"), format!("{b:?}"), "{source}");
                    assert!(shown(&a).len() < 64 * 1024, "{source}");
                    assert!(Types::of(&a).within(compiled.types()), "{source} gives {a:?}, not {:?}", compiled.types());
                    values += 1;
                }
                (Err(_), Err(_)) => faults += 1,
                _ => panic!("{source} differs"),
            },
        }
    }
    assert!(values > 1000 && faults > 500 && told > 500, "{values} {faults} {told}");
}
