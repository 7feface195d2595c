//! Reads JSON text token by token, with no value built, no float passed and no digit lost.
//!
//! The text is checked UTF-8; spans are bytes of it. Depth is counted over everything, skipped parts included.

use super::flaw::{DEEPEST, Flaw, LONGEST_NUMBER, What};
use std::borrow::Cow;

/// A place to come back to.
#[derive(Clone, Copy, Debug)]
pub struct Bookmark {
    at: usize,
    depth: usize,
}

/// A key of an object.
#[derive(Debug)]
pub enum Key<'t> {
    /// It is the guess.
    Guessed,
    Text(Cow<'t, str>),
}

/// Reads a JSON text from front to back.
#[derive(Debug, Clone)]
pub struct Scanner<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    /// White space with line ends was passed since it was last asked.
    broken_lines: bool,
}

impl<'t> Scanner<'t> {
    /// Begins at the front, behind a byte order mark if there is one.
    pub fn new(text: &'t str) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at, depth: 0, broken_lines: false }
    }

    /// Begins in the middle of a text, at a value.
    pub fn from(text: &'t str, at: usize) -> Self {
        Self { text, at, depth: 0, broken_lines: false }
    }

    pub fn text(&self) -> &'t str {
        self.text
    }

    pub fn at(&self) -> usize {
        self.at
    }

    pub fn bookmark(&self) -> Bookmark {
        Bookmark { at: self.at, depth: self.depth }
    }

    pub fn rewind(&mut self, to: Bookmark) {
        (self.at, self.depth) = (to.at, to.depth);
    }

    /// Says whether line ends were passed between tokens since it was last asked.
    pub fn take_broken_lines(&mut self) -> bool {
        std::mem::take(&mut self.broken_lines)
    }

    pub fn flaw(&self, what: What) -> Flaw {
        let ends = matches!(what, What::Unexpected(_)) && self.at >= self.text.len();
        Flaw { at: self.at, what: if ends { What::End } else { what } }
    }

    /// Passes white space and returns the next byte without taking it.
    #[inline]
    pub fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        loop {
            let byte = *bytes.get(self.at)?;
            match byte {
                b' ' | b'\t' => self.at += 1,
                b'\n' | b'\r' => {
                    self.broken_lines = true;
                    self.at += 1;
                }
                _ => return Some(byte),
            }
        }
    }

    /// Takes a byte if it is the next one.
    #[inline]
    pub fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Refuses anything but white space.
    pub fn end(&mut self) -> Result<(), Flaw> {
        if self.peek().is_none() { Ok(()) } else { Err(self.flaw(What::Trailing)) }
    }

    /// Takes `{` or `[`.
    #[inline]
    pub fn enter(&mut self) -> Result<(), Flaw> {
        if self.depth == DEEPEST {
            return Err(self.flaw(What::Depth));
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    #[inline]
    fn leave(&mut self) {
        self.depth -= 1;
        self.at += 1;
    }

    /// Returns the next key of an object that was entered, with its colon taken; none at its end, which is left.
    /// A right guess costs one comparison.
    #[inline]
    pub fn key(&mut self, first: bool, guess: Option<&str>) -> Result<Option<Key<'t>>, Flaw> {
        match self.peek() {
            Some(b'}') => {
                self.leave();
                return Ok(None);
            }
            Some(b',') if !first => self.at += 1,
            _ if first => {}
            _ => return Err(self.flaw(What::Unexpected("`,` or `}`"))),
        }
        if self.peek() != Some(b'"') {
            return Err(self.flaw(What::Unexpected("a key")));
        }
        let key = match guess.filter(|guess| self.is_next(guess)) {
            Some(guess) => {
                self.at += guess.len() + 2;
                Key::Guessed
            }
            None => Key::Text(self.string()?),
        };
        if self.text.as_bytes().get(self.at) == Some(&b':') || self.peek() == Some(b':') {
            self.at += 1;
            return Ok(Some(key));
        }
        Err(self.flaw(What::Unexpected("`:`")))
    }

    /// Says whether a plain text without escapes stands here in quotes.
    #[inline]
    fn is_next(&self, plain: &str) -> bool {
        let bytes = &self.text.as_bytes()[self.at + 1..];
        bytes.get(plain.len()) == Some(&b'"') && bytes.starts_with(plain.as_bytes())
    }

    /// Says whether a list that was entered has another element; its end is left.
    #[inline]
    pub fn element(&mut self, first: bool) -> Result<bool, Flaw> {
        match self.peek() {
            Some(b']') => {
                self.leave();
                Ok(false)
            }
            Some(b',') if !first => {
                self.at += 1;
                if self.peek() == Some(b']') { Err(self.flaw(What::Unexpected("a value"))) } else { Ok(true) }
            }
            Some(_) if first => Ok(true),
            _ => Err(self.flaw(What::Unexpected("`,` or `]`"))),
        }
    }

    /// Returns the first byte of the next value.
    #[inline]
    pub fn value_begins(&mut self) -> Result<u8, Flaw> {
        self.peek().ok_or(Flaw { at: self.at, what: What::End })
    }

    /// Takes a word: `null`, `true` or `false`.
    #[inline]
    pub fn word(&mut self, word: &str) -> Result<(), Flaw> {
        if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(());
        }
        let cut = word.starts_with(&self.text[self.at..]);
        Err(if cut { Flaw { at: self.at, what: What::End } } else { self.flaw(What::Unexpected("a value")) })
    }

    /// Reads a string.
    #[inline]
    pub fn string(&mut self) -> Result<Cow<'t, str>, Flaw> {
        let start = self.at + 1;
        let end = run(self.text.as_bytes(), start);
        if self.text.as_bytes().get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(Cow::Borrowed(&self.text[start..end]));
        }
        let mut out = String::with_capacity(end - start + 16);
        self.rest_of_string(start, end, Some(&mut out))?;
        Ok(Cow::Owned(out))
    }

    /// Reads a string that has escapes.
    fn rest_of_string(&mut self, mut from: usize, mut to: usize, mut out: Option<&mut String>) -> Result<(), Flaw> {
        loop {
            if let Some(out) = out.as_deref_mut() {
                out.push_str(&self.text[from..to]);
            }
            self.at = to;
            match self.text.as_bytes().get(to) {
                None => return Err(self.flaw(What::End)),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    let char = self.escape()?;
                    if let Some(out) = out.as_deref_mut() {
                        out.push(char);
                    }
                    from = self.at;
                    to = run(self.text.as_bytes(), from);
                }
                Some(_) => return Err(self.flaw(What::Control)),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Flaw> {
        let begin = self.at;
        let wrong = |what| Flaw { at: begin, what };
        let Some(byte) = self.text.as_bytes().get(begin + 1) else { return Err(wrong(What::End)) };
        self.at += 2;
        Ok(match byte {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.four(begin)?;
                let code = match first {
                    0xd800..=0xdbff => {
                        if !self.text[self.at..].starts_with("\\u") {
                            return Err(wrong(What::Surrogate));
                        }
                        self.at += 2;
                        let second = self.four(begin)?;
                        if !(0xdc00..=0xdfff).contains(&second) {
                            return Err(wrong(What::Surrogate));
                        }
                        0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
                    }
                    code => code,
                };
                char::from_u32(code).ok_or(wrong(What::Surrogate))?
            }
            _ => return Err(wrong(What::Escape)),
        })
    }

    fn four(&mut self, begin: usize) -> Result<u32, Flaw> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4);
        let digits = digits.ok_or(Flaw { at: begin, what: What::End })?;
        let mut code = 0;
        for byte in digits {
            let digit = char::from(*byte).to_digit(16).ok_or(Flaw { at: begin, what: What::Escape })?;
            code = code * 16 + digit;
        }
        self.at += 4;
        Ok(code)
    }

    /// Reads a number and returns its digits as they are written.
    #[inline]
    pub fn number(&mut self) -> Result<&'t str, Flaw> {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let mut at = start + usize::from(bytes.get(start) == Some(&b'-'));
        let whole = at;
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        if at == whole || (bytes[whole] == b'0' && at > whole + 1) {
            return Err(self.flaw(if at == whole { What::Unexpected("a number") } else { What::Number }));
        }
        if bytes.get(at) == Some(&b'.') {
            at = self.digits_after(at + 1)?;
        }
        if matches!(bytes.get(at), Some(b'e' | b'E')) {
            at = self.digits_after(at + 1 + usize::from(matches!(bytes.get(at + 1), Some(b'-' | b'+'))))?;
        }
        if at - start > LONGEST_NUMBER {
            return Err(self.flaw(What::LongNumber));
        }
        self.at = at;
        Ok(&self.text[start..at])
    }

    fn digits_after(&self, from: usize) -> Result<usize, Flaw> {
        let bytes = self.text.as_bytes();
        let mut at = from;
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        if at > from { Ok(at) } else { Err(self.flaw(What::Number)) }
    }

    /// Reads an integer of at most 18 digits; of anything else it takes nothing.
    #[inline]
    pub fn integer(&mut self) -> Option<i64> {
        let bytes = self.text.as_bytes();
        let negative = bytes.get(self.at) == Some(&b'-');
        let start = self.at + usize::from(negative);
        let mut at = start;
        let mut number: i64 = 0;
        while let Some(digit) = bytes.get(at).filter(|byte| byte.is_ascii_digit()) {
            if at - start == 18 {
                return None;
            }
            number = number * 10 + i64::from(digit - b'0');
            at += 1;
        }
        let zero_first = bytes.get(start) == Some(&b'0');
        if at == start
            || zero_first && (at > start + 1 || negative)
            || matches!(bytes.get(at), Some(b'.' | b'e' | b'E'))
        {
            return None;
        }
        self.at = at;
        Some(if negative { -number } else { number })
    }

    /// Passes one value, which must be right in itself.
    pub fn skip(&mut self) -> Result<(), Flaw> {
        match self.value_begins()? {
            b'"' => self.skip_string(),
            b'-' | b'0'..=b'9' => self.number().map(|_| ()),
            b'{' => {
                self.enter()?;
                let mut first = true;
                while self.skip_key(first)? {
                    self.skip()?;
                    first = false;
                }
                Ok(())
            }
            b'[' => {
                self.enter()?;
                let mut first = true;
                while self.element(first)? {
                    self.skip()?;
                    first = false;
                }
                Ok(())
            }
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => Err(self.flaw(What::Unexpected("a value"))),
        }
    }

    #[inline]
    fn skip_string(&mut self) -> Result<(), Flaw> {
        let start = self.at + 1;
        let end = run(self.text.as_bytes(), start);
        if self.text.as_bytes().get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(());
        }
        self.rest_of_string(start, end, None)
    }

    #[inline]
    fn skip_key(&mut self, first: bool) -> Result<bool, Flaw> {
        match self.peek() {
            Some(b'}') => {
                self.leave();
                return Ok(false);
            }
            Some(b',') if !first => self.at += 1,
            _ if first => {}
            _ => return Err(self.flaw(What::Unexpected("`,` or `}`"))),
        }
        if self.peek() != Some(b'"') {
            return Err(self.flaw(What::Unexpected("a key")));
        }
        self.skip_string()?;
        if self.eat(b':') { Ok(true) } else { Err(self.flaw(What::Unexpected("`:`"))) }
    }

    /// Passes one value and returns its text.
    #[inline]
    pub fn raw(&mut self) -> Result<&'t str, Flaw> {
        self.value_begins()?;
        let start = self.at;
        self.skip()?;
        Ok(&self.text[start..self.at])
    }

    /// Passes one value that is not right in itself: only quotes and brackets count, at any depth. False: the text
    /// ends before it does, or a bracket closes what it did not open.
    pub fn pass(&mut self) -> bool {
        let bytes = self.text.as_bytes();
        let mut open: Vec<u8> = Vec::new();
        self.peek();
        let mut at = self.at;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => {
                    at += 1;
                    loop {
                        at = run(bytes, at);
                        match bytes.get(at) {
                            None => return false,
                            Some(b'"') => break,
                            Some(b'\\') => at += 2,
                            Some(_) => at += 1,
                        }
                    }
                }
                b'{' => open.push(b'}'),
                b'[' => open.push(b']'),
                b'}' | b']' | b',' if open.is_empty() => break,
                b'}' | b']' if open.pop() != Some(*byte) => return false,
                _ => {}
            }
            at += 1;
            if open.is_empty() && matches!(byte, b'}' | b']') {
                break;
            }
        }
        let whole = open.is_empty() && at > self.at;
        self.at = at.min(bytes.len());
        whole
    }
}

/// Returns where the next quote, backslash or control character stands, eight bytes at a time; else the end.
#[inline]
pub fn run(bytes: &[u8], from: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    let mut at = from;
    while let Some(eight) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*eight);
        let (quote, slash) = (word ^ (ONES * 0x22), word ^ (ONES * 0x5c));
        let found = ((quote.wrapping_sub(ONES) & !quote)
            | (slash.wrapping_sub(ONES) & !slash)
            | (word.wrapping_sub(ONES * 0x20) & !word))
            & TOPS;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while let Some(byte) = bytes.get(at) {
        if matches!(byte, b'"' | b'\\' | 0..=0x1f) {
            break;
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a text to its end, or says what is wrong.
    fn skipped(text: &str) -> String {
        let mut scan = Scanner::new(text);
        match scan.skip().and_then(|()| scan.end()) {
            Ok(()) => "ok".into(),
            Err(flaw) => format!("{} {}", flaw.at, flaw.told(text)),
        }
    }

    #[test]
    fn what_is_no_json_is_told_with_its_place() {
        for (text, told) in [
            ("{\"a\": [1, -0.5e+3, \"x\\u00e9\\ud83d\\ude00\", true, null]}", "ok"),
            ("\u{feff}[]", "ok"),
            ("", "0 the JSON ends inside a value"),
            ("[1,", "3 the JSON ends inside a value"),
            ("tru", "0 the JSON ends inside a value"),
            ("\"ab", "3 the JSON ends inside a value"),
            ("{\"v\":NaN}", "5 `NaN` is no JSON value"),
            ("[-Infinity]", "1 `-` where a number is expected"),
            ("[01]", "1 a number that JSON does not know"),
            ("[1.]", "1 a number that JSON does not know"),
            ("[1 2]", "3 `2` where `,` or `]` is expected"),
            ("[1,]", "3 `]` is no JSON value"),
            ("{\"a\":1,}", "7 `}` where a key is expected"),
            ("{a:1}", "1 `a` where a key is expected"),
            ("\"\\ud83d\"", "1 a lone surrogate, which is no character"),
            ("\"\\ude00\\ud83d\"", "1 a lone surrogate, which is no character"),
            ("\"\\x\"", "1 an escape that JSON does not know"),
            ("\"a\nb\"", "2 a control character inside a text"),
            ("[] <!-- x -->", "3 text after the JSON value"),
        ] {
            assert_eq!(skipped(text), told, "{text}");
        }
        assert_eq!(skipped(&format!("{}{}", "[".repeat(128), "]".repeat(128))), "ok");
        assert_eq!(skipped(&"[".repeat(100_000)), "128 nesting deeper than 128");
        assert_eq!(skipped(&"7".repeat(1001)), "0 a number of more than 1000 digits");
    }

    #[test]
    fn strings_are_read_wherever_they_end() {
        for length in 0..40 {
            let plain = "é".repeat(length % 7) + &"x".repeat(length);
            let text = format!("\"{plain}\\n\\\"{plain}\"");
            assert_eq!(Scanner::new(&text).string().unwrap(), format!("{plain}\n\"{plain}"));
            assert_eq!(Scanner::new(&format!("\"{plain}\"")).string().unwrap(), plain);
        }
    }

    #[test]
    fn a_broken_value_is_passed_by_its_brackets() {
        for (text, rest) in
            [("{\"v\":NaN},2", ",2"), ("[\"]\\\"]\", Infinity],x", ",x"), ("NaN,1", ",1"), ("{\"a\":{}}]", "]")]
        {
            let mut scan = Scanner::new(text);
            assert!(scan.pass(), "{text}");
            assert_eq!(&text[scan.at()..], rest);
        }
        assert!(!Scanner::new("{\"v\":1],2}").pass());
        assert!(!Scanner::new("{\"v\":[1").pass() && !Scanner::new("\"abc").pass());
    }

    #[test]
    fn integers_are_taken_whole_or_not_at_all() {
        for (text, number) in [
            ("12,", Some(12)),
            ("-7]", Some(-7)),
            ("0", Some(0)),
            ("-0", None),
            ("01", None),
            ("1.5", None),
            ("1e3", None),
            ("999999999999999999", Some(999_999_999_999_999_999)),
            ("1000000000000000000", None),
        ] {
            assert_eq!(Scanner::new(text).integer(), number, "{text}");
        }
    }
}
