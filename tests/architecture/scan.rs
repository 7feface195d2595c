//! Reads Rust source far enough to say which module names which: words and signs, without comments and literals.
//!
//! Must not know the ladder. Begin with [`House::read`]; [`House::imports`] is what the rules look at.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A path of modules below the crate's root: `["components", "auth"]`.
pub(crate) type Module = Vec<String>;

/// All source files of one `src` folder.
#[derive(Default)]
pub(crate) struct House {
    pub(crate) files: Vec<File>,
    pub(crate) modules: BTreeSet<Module>,
    /// What a `use` makes known under another address: (module, name) → where it comes from.
    aliases: BTreeMap<(Module, String), Module>,
    paths: Vec<Import>,
}

pub(crate) struct File {
    /// As a person reads it, from the folder that holds `src`.
    pub(crate) name: String,
    pub(crate) module: Module,
    pub(crate) tokens: Vec<Token>,
    lines: usize,
}

/// One place where a module names something of this crate.
#[derive(Clone)]
pub(crate) struct Import {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) from: Module,
    /// The path from the crate's root as it was written, `super` already resolved.
    pub(crate) written: Module,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

impl House {
    /// Reads every `.rs` file of `folder/src`, in the order of their names.
    pub(crate) fn read(folder: &Path) -> House {
        let mut paths = Vec::new();
        collect(&folder.join("src"), &mut paths);
        paths.sort();
        let texts = paths.iter().map(|path| {
            let name = path.strip_prefix(folder).expect("was found below it").to_string_lossy().replace('\\', "/");
            (name, fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
        });
        House::of(texts)
    }

    pub(crate) fn of(texts: impl IntoIterator<Item = (String, String)>) -> House {
        let mut house = House::default();
        for (name, text) in texts {
            let module = module_of(&name);
            house.modules.insert(module.clone());
            house.files.push(File { tokens: tokens(&text), lines: text.lines().count(), name, module });
        }
        let files = std::mem::take(&mut house.files);
        for file in &files {
            house.find_inline_modules(file);
        }
        for file in &files {
            house.find_paths(file);
        }
        house.files = files;
        house
    }

    /// Returns each naming of a module of this crate, with where it really leads once re-exports are followed.
    pub(crate) fn imports(&self) -> impl Iterator<Item = (&Import, Module)> {
        self.paths.iter().map(|import| (import, self.follow(&import.written)))
    }

    fn find_inline_modules(&mut self, file: &File) {
        for (at, inside) in walk(&file.tokens, &file.module) {
            if file.word(at) == "mod" && file.word(at + 2) == "{" {
                self.modules.insert([inside, vec![file.word(at + 1).to_owned()]].concat());
            }
        }
    }

    fn find_paths(&mut self, file: &File) {
        let mut skip_to = 0;
        for (at, inside) in walk(&file.tokens, &file.module) {
            if at < skip_to {
                continue;
            }
            let mut leaves = Vec::new();
            let is_use = file.word(at) == "use" && file.word(at + 1) != "<";
            let starts_path = matches!(file.word(at), "crate" | "self" | "super") && file.word(at + 1) == "::";
            if is_use {
                skip_to = use_tree(&file.tokens, at + 1, &mut Vec::new(), &mut leaves);
            } else if starts_path && (at == 0 || file.word(at - 1) != "::") {
                skip_to = plain_path(&file.tokens, at, &mut leaves);
            }
            for leaf in leaves {
                let Some(written) = self.absolute(&leaf.path, &inside) else { continue };
                if is_use {
                    self.aliases.insert((inside.clone(), leaf.name), written.clone());
                }
                self.paths.push(Import { file: file.name.clone(), line: leaf.line, from: inside.clone(), written });
            }
        }
    }

    /// Resolves `crate`, `self`, `super` and names of child modules; anything else is another crate.
    fn absolute(&self, path: &[String], inside: &Module) -> Option<Module> {
        let mut base = inside.clone();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => (base, rest) = (Vec::new(), &path[1..]),
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|word| word == "super") {
                    base.pop()?;
                    rest = &rest[1..];
                }
            }
            child if self.modules.contains(&[base.clone(), vec![child.to_owned()]].concat()) => {}
            _ => return None,
        }
        Some([&base, rest].concat())
    }

    fn follow(&self, written: &Module) -> Module {
        let mut path = written.clone();
        // A bound, because two re-exports may name each other.
        for _ in 0..16 {
            let depth = self.depth_of_module(&path);
            let Some(name) = path.get(depth) else { break };
            let Some(target) = self.aliases.get(&(path[..depth].to_vec(), name.clone())) else { break };
            path = [target, &path[depth + 1..]].concat();
        }
        path
    }

    /// Returns how many words at the front of a path are modules.
    pub(crate) fn depth_of_module(&self, path: &[String]) -> usize {
        (0..=path.len()).rev().find(|depth| self.modules.contains(&path[..*depth])).unwrap_or(0)
    }
}

impl File {
    pub(crate) fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &token.text)
    }

    /// Returns the ranges of tokens that stand in attributes, `#[` to `]`.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = &[Token]> {
        let opens = (0..self.tokens.len()).filter(|at| {
            self.word(*at) == "#"
                && (self.word(at + 1) == "[" || (self.word(at + 1) == "!" && self.word(at + 2) == "["))
        });
        opens.map(|at| &self.tokens[at..=closing(&self.tokens, at, "[", "]")])
    }

    /// Counts the lines outside `#[cfg(test)] mod … { … }`; a file of tests has none.
    pub(crate) fn lines_without_tests(&self) -> usize {
        if self.name.ends_with("/tests.rs") || self.name.contains("/tests/") {
            return 0;
        }
        let mut lines = self.lines;
        let mut at = 0;
        while at < self.tokens.len() {
            let gate = ["#", "[", "cfg", "(", "test", ")", "]"];
            if gate.iter().enumerate().all(|(n, word)| self.word(at + n) == *word) {
                let mut item = at + gate.len();
                while self.word(item) == "#" {
                    item = closing(&self.tokens, item, "[", "]") + 1;
                }
                if self.word(item) == "mod" && self.word(item + 2) == "{" {
                    let end = closing(&self.tokens, item, "{", "}");
                    lines -= self.tokens[end].line - self.tokens[at].line + 1;
                    at = end;
                }
            }
            at += 1;
        }
        lines
    }
}

/// Gives every token's index with the module it stands in, inline modules included.
fn walk(tokens: &[Token], module: &Module) -> Vec<(usize, Module)> {
    let mut inside = module.clone();
    let mut ends = Vec::new();
    let mut out = Vec::with_capacity(tokens.len());
    for at in 0..tokens.len() {
        if ends.last() == Some(&at) {
            ends.pop();
            inside.pop();
        }
        out.push((at, inside.clone()));
        // The name is pushed at the brace, so that the brace itself opens the module.
        let opens = at >= 2 && tokens[at].text == "{" && tokens[at - 2].text == "mod";
        if opens {
            inside.push(tokens[at - 1].text.clone());
            ends.push(closing(tokens, at, "{", "}"));
        }
    }
    out
}

struct Leaf {
    path: Vec<String>,
    /// The name it is known by from here on.
    name: String,
    line: usize,
}

/// Reads one branch of a `use` tree and returns the index behind it.
fn use_tree(tokens: &[Token], mut at: usize, prefix: &mut Vec<String>, out: &mut Vec<Leaf>) -> usize {
    let before = prefix.len();
    let mut line = tokens.get(at).map_or(0, |token| token.line);
    let mut name = None;
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            "{" => {
                let end = closing(tokens, at, "{", "}");
                at += 1;
                while at < end {
                    at = use_tree(tokens, at, prefix, out);
                    at += usize::from(at < end && tokens[at].text == ",");
                }
                prefix.truncate(before);
                return end + 1;
            }
            "::" => {}
            "as" => {
                at += 1;
                name = tokens.get(at).map(|alias| alias.text.clone());
            }
            "self" if !prefix.is_empty() => {}
            "," | "}" | ";" => break,
            word => {
                line = token.line;
                prefix.push(word.to_owned());
            }
        }
        at += 1;
    }
    if let Some(last) = prefix.last() {
        out.push(Leaf { name: name.unwrap_or_else(|| last.clone()), path: prefix.clone(), line });
    }
    prefix.truncate(before);
    at
}

/// Reads `crate::a::b` where it stands in code and returns the index behind it.
fn plain_path(tokens: &[Token], mut at: usize, out: &mut Vec<Leaf>) -> usize {
    let line = tokens[at].line;
    let mut path = vec![tokens[at].text.clone()];
    while tokens.get(at + 1).is_some_and(|token| token.text == "::")
        && tokens.get(at + 2).is_some_and(|token| is_word(&token.text))
    {
        at += 2;
        path.push(tokens[at].text.clone());
    }
    out.push(Leaf { name: String::new(), path, line });
    at + 1
}

fn closing(tokens: &[Token], from: usize, open: &str, close: &str) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        depth += i32::from(token.text == open);
        if token.text == close {
            depth -= 1;
            if depth == 0 {
                return at;
            }
        }
    }
    tokens.len().saturating_sub(1)
}

fn module_of(file: &str) -> Module {
    let inner = file.strip_prefix("src/").unwrap_or(file).trim_end_matches(".rs");
    let mut module: Module = inner.split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|last| last == "mod") || inner == "lib" || inner == "main" {
        module.pop();
    }
    module
}

fn collect(folder: &Path, out: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("the folder can be listed").path();
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// Cuts source into words and signs; comments, texts, characters, numbers and lifetimes are left out.
fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let get = |at: usize| chars.get(at).copied().unwrap_or('\0');
    let (mut at, mut line, mut out) = (0, 1, Vec::new());
    while at < chars.len() {
        let begin = at;
        match get(at) {
            '/' if get(at + 1) == '/' => {
                while at < chars.len() && get(at) != '\n' {
                    at += 1;
                }
            }
            '/' if get(at + 1) == '*' => at = end_of_comment(&chars, at),
            '"' => at = end_of_text(&chars, at),
            '\'' if get(at + 1) == '\\' => {
                at += 3;
                while at < chars.len() && get(at) != '\'' {
                    at += 1;
                }
                at += 1;
            }
            '\'' if get(at + 2) == '\'' => at += 3,
            '\'' => at = end_of_word(&chars, at + 1),
            first if first.is_alphanumeric() || first == '_' => {
                at = end_of_word(&chars, at);
                let word: String = chars[begin..at].iter().collect();
                let is_prefix = matches!(word.as_str(), "r" | "br" | "cr" | "b" | "c");
                let hashes = chars[at..].iter().take_while(|one| **one == '#').count();
                if is_prefix && word.contains('r') && get(at + hashes) == '"' {
                    at = end_of_raw_text(&chars, at, hashes);
                } else if is_prefix && matches!(get(at), '"' | '\'') {
                    continue;
                } else if word == "r" && hashes == 1 {
                    at += 1;
                } else if !first.is_ascii_digit() {
                    out.push(Token { text: word, line });
                }
            }
            ':' if get(at + 1) == ':' => {
                at += 2;
                out.push(Token { text: "::".to_owned(), line });
            }
            space if space.is_whitespace() => at += 1,
            sign => {
                at += 1;
                out.push(Token { text: sign.to_string(), line });
            }
        }
        line += chars[begin..at.min(chars.len())].iter().filter(|one| **one == '\n').count();
    }
    out
}

fn end_of_word(chars: &[char], mut at: usize) -> usize {
    while chars.get(at).is_some_and(|one| one.is_alphanumeric() || *one == '_') {
        at += 1;
    }
    at
}

fn end_of_comment(chars: &[char], mut at: usize) -> usize {
    let mut depth = 0;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn end_of_text(chars: &[char], mut at: usize) -> usize {
    at += 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn end_of_raw_text(chars: &[char], mut at: usize, hashes: usize) -> usize {
    at += hashes + 1;
    while at < chars.len() {
        if chars[at] == '"' && chars[at + 1..].iter().take(hashes).filter(|one| **one == '#').count() == hashes {
            return at + 1 + hashes;
        }
        at += 1;
    }
    at
}
