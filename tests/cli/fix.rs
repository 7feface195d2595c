use crate::{Folder, json, told, weir};

const CUT: &str = "connector: shop\nbase: https://shop.example/{{ params.region }}\nparams: { region: string = eu }\nstreams:\n  orders: { request: GET /orders, paginate: none, fields: { id: string!, total: decimal(18,2) }, query: { r: {{ params.region }} } }\n";

#[test]
fn safe_fixes_are_applied_and_shown() {
    let folder = Folder::new();
    folder.write("a.yaml", CUT);
    assert_eq!(weir(&folder, "validate a.yaml").code, Some(3));
    assert_eq!(folder.read("a.yaml"), CUT, "nothing is written unless it was asked for");
    insta::assert_snapshot!(told(&weir(&folder, "validate --fix a.yaml")), @r#"
    --- stderr
    fixed a.yaml:5 [E0012, E0013]
    -   orders: { request: GET /orders, paginate: none, fields: { id: string!, total: decimal(18,2) }, query: { r: {{ params.region }} } }
    +   orders: { request: GET /orders, paginate: none, fields: { id: string!, total: "decimal(18,2)" }, query: { r: "{{ params.region }}" } }
    ok: 1 file
    --- exit 0
    "#);
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["a.yaml"], "no other file is left");
    let again = weir(&folder, "validate --fix a.yaml");
    assert_eq!((again.code, again.err.as_str()), (Some(0), "ok: 1 file\n"));
}

#[test]
fn a_mark_and_line_ends_are_kept() {
    let folder = Folder::new();
    let windows = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
    folder.write("a.yaml", windows(CUT));
    let run = weir(&folder, "validate --fix --format json a.yaml");
    let mended = CUT
        .replace("decimal(18,2)", "\"decimal(18,2)\"")
        .replace("r: {{ params.region }}", "r: \"{{ params.region }}\"");
    assert_eq!(folder.read("a.yaml"), windows(&mended));
    let told = json(&run);
    assert_eq!(told["fixed"][0]["line"], 5);
    assert_eq!(told["errors"], 0);
}

#[cfg(unix)]
#[test]
fn links_and_permissions_are_kept() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = Folder::new();
    let real = folder.write("real.yaml", CUT);
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real.yaml", folder.path().join("a.yaml")).unwrap();
    assert_eq!(weir(&folder, "validate --fix a.yaml").code, Some(0));
    assert!(folder.path().join("a.yaml").is_symlink());
    assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(folder.read("real.yaml").contains("\"decimal(18,2)\""));
}
