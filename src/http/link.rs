//! The `Link` header (RFC 8288), with commas and semicolons in addresses and quotes.

/// One link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// As written; it may be relative to the address that answered.
    pub target: String,
    /// What it leads to, in lower case: `next`, `last`.
    pub rels: Vec<String>,
}

/// Reads the links of one header. What follows a part that can't be read is left out.
pub fn parse_links(text: &str) -> Vec<Link> {
    let mut links = Vec::new();
    let mut rest = text;
    while let Some(begin) = rest.find(|sign: char| !sign.is_whitespace() && sign != ',') {
        let Some(inside) = rest[begin..].strip_prefix('<') else { break };
        let Some(end) = inside.find('>') else { break };
        let mut link = Link { target: inside[..end].trim().to_owned(), rels: Vec::new() };
        let mut related = false;
        rest = inside[end + 1..].trim_start();
        while let Some(parameter) = rest.strip_prefix(';') {
            let (name, value, after) = parameter_of(parameter);
            // Only the first `rel` counts.
            if name.eq_ignore_ascii_case("rel") && !related {
                related = true;
                link.rels = value.split_ascii_whitespace().map(str::to_ascii_lowercase).collect();
            }
            rest = after;
        }
        links.push(link);
        if !rest.is_empty() && !rest.starts_with(',') {
            break;
        }
    }
    links
}

/// Reads `name=value`, where the value may be quoted or missing, and what follows it.
fn parameter_of(text: &str) -> (&str, String, &str) {
    let text = text.trim_start();
    let end = text.find(['=', ';', ',']).unwrap_or(text.len());
    let name = text[..end].trim_end();
    let Some(value) = text[end..].strip_prefix('=') else { return (name, String::new(), text[end..].trim_start()) };
    let value = value.trim_start();
    let Some(quoted) = value.strip_prefix('"') else {
        let end = value.find([';', ',']).unwrap_or(value.len());
        return (name, value[..end].trim_end().to_owned(), &value[end..]);
    };
    let mut plain = String::new();
    let mut signs = quoted.char_indices();
    while let Some((at, sign)) = signs.next() {
        match sign {
            '"' => return (name, plain, quoted[at + 1..].trim_start()),
            '\\' => plain.extend(signs.next().map(|(_, escaped)| escaped)),
            sign => plain.push(sign),
        }
    }
    (name, plain, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case = (&'static str, &'static [(&'static str, &'static [&'static str])]);

    #[test]
    fn links_are_read_as_apis_write_them() {
        let cases: &[Case] = &[
            ("", &[]),
            (r#"<https://a.test/?p=2>; rel="next""#, &[("https://a.test/?p=2", &["next"])]),
            (
                r#"<https://a.test/items?c=0>; rel="first", <https://a.test/items?x=a,b;c&c=50>; rel="next""#,
                &[("https://a.test/items?c=0", &["first"]), ("https://a.test/items?x=a,b;c&c=50", &["next"])],
            ),
            ("<u?x=a,b;c>;rel=next", &[("u?x=a,b;c", &["next"])]),
            (r#"<u>; title="a, <b>; rel=\"last\""; REL="prev next""#, &[("u", &["prev", "next"])]),
            ("<a> ; rel = NEXT , <b>;rel=last;foo", &[("a", &["next"]), ("b", &["last"])]),
            (r#"<a>; rel="next"; rel="last""#, &[("a", &["next"])]),
            (r#"<a>; rel="";rel=next"#, &[("a", &[])]),
            (r#",, <a>; crossorigin; rel="next","#, &[("a", &["next"])]),
            ("<a>; rel=next <b>; rel=last", &[("a", &["next", "<b>"])]),
            ("a; rel=next", &[]),
            ("<a; rel=next", &[]),
            (r#"<a>; rel="next"#, &[("a", &["next"])]),
            (r#"<a>; rel="next" junk, <b>; rel=last"#, &[("a", &["next"])]),
        ];
        for (text, expected) in cases {
            let expected: Vec<Link> = expected
                .iter()
                .map(|(target, rels)| Link {
                    target: (*target).to_owned(),
                    rels: rels.iter().map(|rel| (*rel).to_owned()).collect(),
                })
                .collect();
            assert_eq!(parse_links(text), expected, "{text}");
        }
    }
}
