//! Names that authors give, and the nearest right word for a wrong one.

/// So many known words of about the same length are compared with a misspelt one.
const MOST_COMPARED: usize = 500;
/// So many pairs of letters are compared, which is less where the words are long.
const MOST_STEPS: usize = 50_000;
const MOST_LISTED: usize = 12;

/// Returns the known word nearest to a misspelt one, if any is near enough to be meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let fold = |text: &str| text.to_lowercase().replace(['-', ' '], "_");
    let allowed = |candidate: &str| candidate.len().max(word.len()).div_ceil(4);
    let wanted = fold(word);
    let length = wanted.chars().count();
    // Thousands of wrong words may meet thousands of known ones, each of any length: what one search costs is bounded.
    let mut steps = 0;
    known
        .into_iter()
        .map(|candidate| (candidate.chars().count(), candidate))
        .filter(|(long, candidate)| long.abs_diff(length) <= allowed(candidate))
        .take(MOST_COMPARED)
        .map(|(long, candidate)| (long, fold(candidate), candidate))
        .filter(|(_, folded, candidate)| letters_apart(&wanted, folded) <= allowed(candidate))
        .take_while(|(long, ..)| {
            steps += long * length;
            steps <= MOST_STEPS
        })
        .map(|(_, folded, candidate)| (strsim::damerau_levenshtein(&wanted, &folded), candidate))
        .filter(|(distance, candidate)| *distance <= allowed(candidate) && *distance < candidate.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Counts the letters that one word has and the other has not: never more than the distance, and soon known.
fn letters_apart(one: &str, other: &str) -> usize {
    let mut counts = [0_isize; 64];
    for byte in one.bytes().filter(u8::is_ascii) {
        counts[usize::from(byte % 64)] += 1;
    }
    for byte in other.bytes().filter(u8::is_ascii) {
        counts[usize::from(byte % 64)] -= 1;
    }
    let more: usize = counts.iter().filter(|count| **count > 0).map(|count| count.unsigned_abs()).sum();
    let fewer: usize = counts.iter().filter(|count| **count < 0).map(|count| count.unsigned_abs()).sum();
    more.max(fewer)
}

/// Lists names for a help: the first of them, for a longer list helps nobody.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names = names.into_iter();
    let shown: Vec<&str> = names.by_ref().take(MOST_LISTED).collect();
    format!("{}{}", shown.join(", "), if names.next().is_some() { ", …" } else { "" })
}

/// Says whether a text is a name: an ASCII letter or `_`, then letters, digits, `_`.
pub fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word() {
        let known = ["created_at", "updated_at", "id", "Page-Size", "größe"];
        assert_eq!(nearest("udpated_at", known), Some("updated_at"));
        assert_eq!(nearest("page_size", known), Some("Page-Size"));
        assert_eq!(nearest("grösse", known), Some("größe"));
        assert_eq!(nearest("nothing", known), None);
    }

    #[test]
    fn a_word_far_behind_words_of_other_letters_is_found() {
        let others: Vec<String> = (0..400).map(|at| format!("zzzzzzzzzzzzzzzzzzzzz_{at:03}")).collect();
        let known = others.iter().map(String::as_str).chain(["created_by_the_first_user"]);
        assert_eq!(nearest("craeted_by_the_first_user", known), Some("created_by_the_first_user"));
    }

    #[test]
    fn a_long_list_is_cut() {
        let names: Vec<String> = (1..=13).map(|at| at.to_string()).collect();
        assert_eq!(listed(names[..12].iter().map(String::as_str)), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12");
        assert_eq!(listed(names.iter().map(String::as_str)), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, …");
    }
}
