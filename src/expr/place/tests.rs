use super::*;

fn data() -> Value {
    let source = r#"{"a b":1,"items":[{"id":1,"k":"a","price":1.10,"tags":["x","y"]},{"id":2,"k":"b","price":9007199254740993},{"id":3}],"meta":{"next":null,"n":{"id":9}}}"#;
    value(&serde_json::from_str(source).unwrap())
}

fn value(json: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match json {
        Json::Null => Value::Null,
        Json::Bool(yes) => Value::Bool(*yes),
        Json::Number(number) => crate::data::number(&number.to_string()),
        Json::String(text) => Value::Text(text.as_str().into()),
        Json::Array(items) => Value::List(std::sync::Arc::new(items.iter().map(value).collect())),
        Json::Object(members) => Value::Map(std::sync::Arc::new(
            members.iter().map(|(key, member)| (key.as_str().into(), value(member))).collect(),
        )),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Int(int) => int.to_string(),
        Value::Text(text) => text.to_string(),
        Value::Null => "null".to_owned(),
        Value::Number(digits) => digits.to_string(),
        other => other.what().to_owned(),
    }
}

#[test]
fn finds() {
    let data = data();
    for (place, expected, steps, singular) in [
        ("$", "a map", true, true),
        ("$.items", "a list", true, true),
        ("$.items[*].id", "1 2 3", true, false),
        ("$.items[-1].id", "3", true, true),
        ("$['a b']", "1", true, true),
        ("$[\"a b\"]", "1", true, true),
        ("$.meta.next", "null", true, true),
        ("$.nope.x", "", true, true),
        ("$.items[0:2].id", "1 2", false, false),
        ("$.items[::-1].id", "3 2 1", false, false),
        ("$.items[0,2].id", "1 3", false, false),
        ("$..id", "1 2 3 9", false, false),
        ("$.items[?@.k == 'a'].id", "1", false, false),
        ("$.items[?@.k != 'a'].id", "2 3", false, false),
        ("$.items[?@.id > 1 && @.k].id", "2", false, false),
        ("$.items[?!@.k || @.id == 1].id", "1 3", false, false),
        ("$.items[?@.price == 1.1].id", "1", false, false),
        ("$.items[?@.price == 9007199254740991].id", "", false, false),
        ("$.items[?length(@.tags) == 2].id", "1", false, false),
        ("$.items[?count(@.tags[*]) > 1].id", "1", false, false),
        ("$.items[?match(@.k, '[ab]')].id", "1 2", false, false),
        ("$.items[?search(@.k, 'b')].id", "2", false, false),
        ("$.items[?@.id == $.items[1].id].k", "b", false, false),
        ("$.items[?@.x == @.y].id", "1 2 3", false, false),
    ] {
        let path = compile(place).unwrap_or_else(|problem| panic!("{place}: {problem:?}"));
        let found: Vec<_> = path.find(&data).into_iter().map(shown).collect();
        assert_eq!(found.join(" "), expected, "{place}");
        assert_eq!((path.steps().is_some(), path.singular(), path.text()), (steps, singular, place));
    }
}

#[test]
fn refuses_with_the_right_word() {
    for (place, range, help) in [
        ("data.items", 0..10, "$.data.items"),
        ("$data", 1..5, "$.data"),
        ("$.data.[*]", 6..7, "$.data[*]"),
        ("$.a..", 4..5, "$.a"),
        ("$.a.", 3..4, "$.a"),
        ("/data/items", 0..11, "$.data.items"),
        ("//items", 0..7, "$.items"),
        (".data[].id", 0..10, "$.data[*].id"),
        ("$.data[]", 6..8, "$.data[*]"),
        ("", 0..0, "`$`"),
        (" $.a", 0..4, "$.a"),
        ("{{ record.a }}", 0..14, "`$`"),
        ("$.a b", 2..5, "$['a b']"),
        ("$.items[?@.k in ['a']]", 11..15, "quotes"),
        ("$..a..b", 4..6, "multiplies"),
        ("$.a-b", 3..5, "$['a-b']"),
        ("$.items[?@.a = 1]", 13..17, ""),
        ("$.items[?match(@.k, @.p)]", 0..25, ""),
        ("$.items[?match(@.k, '(')]", 0..25, ""),
        ("$.a[", 4..4, ""),
    ] {
        let problem = compile(place).map(|path| path.text().to_owned()).unwrap_err();
        let told = problem.help.unwrap_or_default();
        assert!(
            problem.code == Code::E0204 && problem.range == range && told.contains(help),
            "{place}: {:?} {told}",
            problem.range
        );
    }
}

#[test]
fn hostile_places_survive() {
    for unit in ["[", "(", "[?", "[?(", "[?!", "..", ".a", "[0]", "[?@", "['", "[?@.a==", "é"] {
        let source = format!("${}", unit.repeat(2000));
        for length in [100, 500, 1024, 4000] {
            let mut cut = source.len().min(length);
            while !source.is_char_boundary(cut) {
                cut -= 1;
            }
            _ = compile(&source[..cut]).map(|path| path.find(&data()).len());
        }
    }
}
