//! Pages of cases: Markdown with fenced blocks.

use std::path::Path;

/// One file.
pub(crate) struct Page {
    /// The file's name, for messages.
    pub(crate) file: String,
    /// The rules its title names.
    pub(crate) rules: Vec<u16>,
    pub(crate) blocks: Vec<Block>,
}

/// A fenced block.
pub(crate) struct Block {
    /// The words of the info string; what stands in quotes is one word.
    pub(crate) info: Vec<&'static str>,
    pub(crate) text: &'static str,
    /// The line of the fence, from 1.
    pub(crate) line: usize,
}

/// Reads all pages, in the order of their names.
pub(crate) fn all() -> Vec<Page> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/rules");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("the folder of the pages").flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "md"));
    files.sort();
    files.iter().map(|file| read(file)).collect()
}

fn read(path: &Path) -> Page {
    let file = path.file_name().expect("a file").to_string_lossy().into_owned();
    // Pages live as long as the test runs.
    let text: &'static str = std::fs::read_to_string(path).expect("a page").leak();
    let (title, _) = text.split_once('\n').unwrap_or((text, ""));
    let numbers = title.strip_prefix("# rules ").or_else(|| title.strip_prefix("# rule ")).unwrap_or_default();
    let (numbers, _) = numbers.split_once(':').unwrap_or_default();
    let rules: Vec<u16> = numbers.split(',').filter_map(|number| number.trim().parse().ok()).collect();
    assert!(!rules.is_empty(), "{file}: the title is not `# rule 4: …` or `# rules 7, 8: …`");
    Page { file, rules, blocks: blocks(text) }
}

fn blocks(text: &'static str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut at = 0;
    let mut open: Option<(usize, usize, &'static str)> = None;
    for (line, written) in (1..).zip(text.split_inclusive('\n')) {
        let next = at + written.len();
        if let Some(info) = written.trim_end().strip_prefix("```") {
            open = match open {
                None => Some((line, next, info)),
                Some((line, begin, info)) => {
                    blocks.push(Block { info: words(info), text: &text[begin..at], line });
                    None
                }
            };
        }
        at = next;
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

/// Splits at spaces, but not inside quotes.
fn words(info: &'static str) -> Vec<&'static str> {
    let mut words = Vec::new();
    let mut rest = info.trim();
    while !rest.is_empty() {
        let end = match rest.strip_prefix('"') {
            Some(quoted) => quoted.find('"').expect("quotes that are closed") + 2,
            None => rest.find(' ').unwrap_or(rest.len()),
        };
        words.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    words
}
