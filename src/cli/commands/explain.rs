//! `weir explain`.

use crate::cli::Exit;
use crate::cli::arguments::Format;
use crate::cli::table::Table;
use crate::cli::ui::Ui;
use crate::diagnostic::{Code, clean};
use serde_json::{Value, json};

/// Explains a code of the validator, or lists all codes.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  weir explain E0103    what is meant, with a wrong and a right example
  weir explain          all codes by their floor")]
pub(in crate::cli) struct Args {
    /// The code, for example `E0103`. All codes are listed without one.
    #[arg(value_name = "CODE")]
    code: Option<String>,
    /// How it is written.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// The floors by the digit behind `E0`.
const FLOORS: &[(char, &str)] = &[
    ('0', "text"),
    ('1', "structure"),
    ('2', "short forms"),
    ('3', "templates"),
    ('4', "not built"),
    ('5', "references"),
    ('6', "data flow"),
    ('7', "safety"),
    ('8', "project"),
];

pub(super) fn run(args: &Args, ui: &mut Ui) -> Exit {
    let Some(written) = &args.code else {
        match args.format {
            Format::Text => ui.result(&list(ui.width)),
            Format::Json | Format::Yaml => ui.value(args.format, &Code::ALL.iter().map(|code| about(*code)).collect()),
        }
        return Exit::Ok;
    };
    let Some(code) = Code::parse(written) else {
        let nearest = nearest(written).map(|code| format!("did you mean `{}` ({})?", code.name(), code.title()));
        let help = nearest.unwrap_or_else(|| "`weir explain` lists all codes".into());
        ui.error(&format!("there is no code `{}`", clean(written)), Some(&help));
        return Exit::Usage;
    };
    match args.format {
        Format::Text if ui.coloured() => ui.result(&page(code.page())),
        Format::Text => ui.result(code.page()),
        Format::Json | Format::Yaml => {
            let mut told = about(code);
            told["page"] = code.page().into();
            ui.value(args.format, &told);
        }
    }
    Exit::Ok
}

fn nearest(written: &str) -> Option<Code> {
    let written = written.trim().to_ascii_uppercase();
    let distance = |code: &Code| strsim::damerau_levenshtein(&written, code.name());
    Code::ALL.iter().copied().min_by_key(distance).filter(|code| distance(code) <= 2)
}

fn floor(code: Code) -> &'static str {
    let digit = code.name().chars().nth(2);
    FLOORS.iter().find(|(known, _)| Some(*known) == digit).map_or("", |(_, floor)| floor)
}

fn about(code: Code) -> Value {
    json!({
        "code": code.name(), "severity": code.severity().word(), "floor": floor(code), "title": code.title(),
    })
}

fn list(width: Option<usize>) -> String {
    let mut out = String::new();
    for (_, name) in FLOORS {
        let mut table = Table::new(&["CODE", "SEVERITY", "TITLE"], &[2]);
        for code in Code::ALL.iter().filter(|code| floor(**code) == *name) {
            table.row([code.name(), code.severity().word(), code.title()]);
        }
        let drawn = table.draw("  ", width);
        // One heading is enough; the rows say what they are.
        let rows = drawn.split_once('\n').map_or("", |(_, rows)| rows);
        let gap = if out.is_empty() { "" } else { "\n" };
        out.extend([gap, name, "\n", rows]);
    }
    out
}

/// Renders a page lightly for a terminal: headings bold, examples set in, code coloured.
fn page(markdown: &str) -> String {
    const BOLD: &str = "\x1b[1m";
    const CODE: &str = "\x1b[36m";
    const DIM: &str = "\x1b[2m";
    const RESET: &str = "\x1b[0m";
    let mut out = String::new();
    let mut in_example = false;
    for line in markdown.lines() {
        if let Some(fence) = line.strip_prefix("```") {
            in_example = !in_example;
            if let Some((_, file)) = fence.split_once(' ') {
                out.extend(["    ", DIM, file, RESET, "\n"]);
            }
        } else if in_example {
            out.extend(["    ", CODE, line, RESET, "\n"]);
        } else if line.starts_with('#') {
            out.extend([BOLD, line.trim_start_matches(['#', ' ']), RESET, "\n"]);
        } else {
            for (at, piece) in line.split('`').enumerate() {
                let (begin, end) = if at % 2 == 1 { (CODE, RESET) } else { ("", "") };
                out.extend([begin, piece, end]);
            }
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_floor() {
        for code in Code::ALL {
            assert!(!floor(*code).is_empty(), "{}", code.name());
        }
    }

    #[test]
    fn near_codes_are_found() {
        assert_eq!(nearest("E103"), Some(Code::E0103));
        assert_eq!(nearest("e01030"), Some(Code::E0103));
        assert_eq!(nearest("validate"), None);
    }

    #[test]
    fn a_page_is_rendered_lightly() {
        let drawn = page("# E1: t\n\nA `b` c.\n\n```yaml weir.yaml\nx: 1\n```\n");
        assert_eq!(
            drawn,
            "\x1b[1mE1: t\x1b[0m\n\nA \x1b[36mb\x1b[0m c.\n\n    \x1b[2mweir.yaml\x1b[0m\n    \x1b[36mx: 1\x1b[0m\n"
        );
    }
}
