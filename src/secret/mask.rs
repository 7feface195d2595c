//! The second net: secrets masked by value, in what others say.

use super::Secret;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;

const MASKED: &str = "***";
/// Shorter values occur by chance; masking them would hide nothing and spoil the text.
const SHORTEST: usize = 4;

/// Masks secrets wherever they stand in a text that somebody else wrote: as they are, percent-encoded, in base64, escaped
/// as in JSON, and cut off at the text's end.
#[derive(Clone, Default)]
pub struct Mask(Arc<Vec<Secret<String>>>);

impl Mask {
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut forms: Vec<String> = secrets.into_iter().flat_map(forms).collect();
        forms.retain(|form| form.len() >= SHORTEST);
        // The longest first, so that no tail of a longer one is left.
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        Self(Arc::new(forms.into_iter().map(Secret::new).collect()))
    }

    /// Returns the text without secrets.
    pub fn text(&self, text: &str) -> String {
        let mut shown = text.to_owned();
        for form in self.0.iter().map(Secret::reveal) {
            if shown.contains(form.as_str()) {
                shown = shown.replace(form.as_str(), MASKED);
            }
        }
        // Who quotes somebody else cuts long texts, and may have cut a secret.
        while let Some(cut) = self.cut_off(&shown) {
            shown.replace_range(cut, MASKED);
        }
        shown
    }

    /// Finds the begin of a secret before a sign of omission.
    fn cut_off(&self, text: &str) -> Option<std::ops::Range<usize>> {
        let mut ends = text.match_indices('…').map(|(at, _)| at);
        ends.find_map(|end| {
            let before = &text[..end];
            let begins = self.0.iter().map(Secret::reveal).flat_map(|form| {
                form.char_indices().map(|(at, _)| &form[..at]).filter(|begin| begin.len() >= SHORTEST)
            });
            let longest = begins.filter(|begin| before.ends_with(begin)).map(str::len).max()?;
            Some(end - longest..end)
        })
    }
}

/// Lists how a secret may stand in a text.
fn forms(secret: &str) -> Vec<String> {
    let quoted = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let mut forms = vec![secret.to_owned(), quoted.clone(), secret.replace('/', "\\/")];
    // What browsers leave as it is, and what forms write.
    for kept in ["-._~", "-._~/", "-._~/:", "-._*"] {
        let mut form = quoted.clone();
        for sign in kept.chars() {
            form = form.replace(&format!("%{:02X}", u32::from(sign)), &sign.to_string());
        }
        forms.push(form.to_lowercase());
        forms.push(form.replace("%20", "+"));
        forms.push(form);
    }
    let escaped: String = secret.chars().flat_map(char::escape_default).collect();
    forms.push(escaped);
    // Base64 depends on where in a text of three bytes each it begins; what depends on its neighbours is left out.
    for before in 0..3 {
        let mut bytes = vec![b' '; before];
        bytes.extend_from_slice(secret.as_bytes());
        let first = (before * 8).div_ceil(6);
        let last = bytes.len() * 8 / 6;
        for encoded in [BASE64_STANDARD_NO_PAD.encode(&bytes), BASE64_URL_SAFE_NO_PAD.encode(&bytes)] {
            if last > first {
                forms.push(encoded[first..last.min(encoded.len())].to_owned());
            }
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::prelude::BASE64_STANDARD;

    #[test]
    fn secrets_are_masked_in_every_form() {
        let mask = Mask::of(["a/b+c d-key", "a/b+c d-key-longer", "abc"]);
        let basic = BASE64_STANDARD.encode("user:a/b+c d-key");
        for (text, shown) in [
            ("you sent a/b+c d-key", "you sent ***"),
            ("you sent a/b+c d-key-longer!", "you sent ***!"),
            ("?k=a%2Fb%2Bc%20d-key&x", "?k=***&x"),
            ("?k=a%2fb%2bc%20d-key&x", "?k=***&x"),
            ("?k=a%2Fb%2Bc+d-key&x", "?k=***&x"),
            ("{\"k\":\"a\\/b+c d-key\"}", "{\"k\":\"***\"}"),
            ("cut a/b+c d…", "cut ***…"),
            ("abc stays, it is short", "abc stays, it is short"),
        ] {
            assert_eq!(mask.text(text), shown, "{text}");
        }
        let shown = mask.text(&basic);
        assert!(shown.contains("***") && shown.len() < 14, "{shown}");
        assert_eq!(mask.text(&mask.text("a/b+c d-key")), "***");
    }

    #[test]
    fn without_secrets_nothing_changes() {
        assert_eq!(Mask::default().text("a…b"), "a…b");
    }
}
