//! The text of a page: checked once, and where it is not UTF-8, the places that are not.

use std::borrow::Cow;

/// The text of a page.
#[derive(Debug)]
pub(super) struct PageText<'b> {
    pub(super) text: Cow<'b, str>,
    bytes: &'b [u8],
    broken: Vec<Broken>,
}

/// Bytes that are no character; U+FFFD stands in their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Broken {
    at: usize,
    /// Where they stand in the bytes, and how many they are.
    original: usize,
    length: usize,
}

impl<'b> PageText<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        if let Ok(text) = simdutf8::basic::from_utf8(bytes) {
            return Self { text: Cow::Borrowed(text), bytes, broken: Vec::new() };
        }
        let mut text = String::with_capacity(bytes.len() + 64);
        let mut broken = Vec::new();
        let mut original = 0;
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            original += chunk.valid().len();
            if !chunk.invalid().is_empty() {
                broken.push(Broken { at: text.len(), original, length: chunk.invalid().len() });
                text.push('\u{fffd}');
                original += chunk.invalid().len();
            }
        }
        Self { text: Cow::Owned(text), bytes, broken }
    }

    /// Takes a text that was made of a page.
    pub(super) fn made(text: String) -> PageText<'static> {
        PageText { text: Cow::Owned(text), bytes: &[], broken: Vec::new() }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.broken.is_empty()
    }

    /// Counts the broken places in a stretch, and returns the byte of the first.
    pub(super) fn broken_in(&self, start: usize, end: usize) -> (usize, Option<usize>) {
        let from = self.broken.partition_point(|broken| broken.at < start);
        let to = self.broken.partition_point(|broken| broken.at < end);
        (to - from, self.broken.get(from).filter(|_| to > from).map(|broken| broken.original))
    }

    pub(super) fn broken_places(&self) -> usize {
        self.broken.len()
    }

    /// Returns the bytes of a stretch as they came.
    pub(super) fn original(&self, start: usize, end: usize) -> &[u8] {
        if self.broken.is_empty() {
            return &self.text.as_bytes()[start..end];
        }
        let place = |at: usize| {
            let before = self.broken.partition_point(|broken| broken.at < at);
            match before.checked_sub(1).and_then(|last| self.broken.get(last)) {
                Some(last) => last.original + last.length + (at - last.at - '\u{fffd}'.len_utf8()),
                None => at,
            }
        };
        &self.bytes[place(start)..place(end)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_places_are_found_and_mapped_back() {
        let bytes = b"[\"a\",\"caf\xe9 \xff\",\"\xc3\xa9\"]";
        let page = PageText::new(bytes);
        assert_eq!(&*page.text, "[\"a\",\"caf\u{fffd} \u{fffd}\",\"é\"]");
        let start = page.text.find("\"caf").unwrap();
        let end = start + "\"caf\u{fffd} \u{fffd}\"".len();
        assert_eq!(page.broken_in(start, end), (2, Some(9)));
        assert_eq!(page.broken_in(0, start), (0, None));
        assert_eq!(page.original(start, end), b"\"caf\xe9 \xff\"");
        assert_eq!(page.original(0, start), b"[\"a\",");
        assert_eq!(page.original(end, page.text.len()), ",\"é\"]".as_bytes());
    }
}
