use crate::{Folder, json, weir};
use weir::diagnostic::Code;

#[test]
fn a_page_is_told_as_it_is_to_a_pipe() {
    let run = weir(&Folder::new(), "explain e0103");
    assert_eq!((run.out.as_str(), run.code), (Code::E0103.page(), Some(0)));
    let told = json(&weir(&Folder::new(), "explain E0103 --format json"));
    assert_eq!(
        (&told["code"], &told["floor"], &told["page"]),
        (&"E0103".into(), &"structure".into(), &Code::E0103.page().into())
    );
}

#[test]
fn all_codes_are_listed() {
    let folder = Folder::new();
    let run = weir(&folder, "explain");
    for code in Code::ALL {
        assert!(run.out.contains(code.name()) && run.out.contains(code.title()), "{}", code.name());
    }
    assert_eq!(json(&weir(&folder, "explain --format json")).as_array().map(Vec::len), Some(Code::ALL.len()));
}

#[test]
fn an_unknown_code_gets_the_nearest() {
    let run = weir(&Folder::new(), "explain E103");
    assert_eq!(run.code, Some(2));
    assert_eq!(run.err, "error: there is no code `E103`\n  help: did you mean `E0103` (unknown kind)?\n");
}
