//! Two runs at once: the second names the holder; a dead holder is taken over.

use super::lab::{Lab, ROWS, To, told};

#[test]
fn the_second_names_the_holder_and_takes_over_from_a_dead_one() {
    for to in [To::Sqlite, To::Jsonl] {
        let lab = Lab::new(to);
        let mut first = lab.held_at("/api/none/cursor/items", 6, &mut lab.sync(&["items"]));
        let second = lab.sync(&["items"]).output().unwrap();
        let holder = format!("pid {}", first.id());
        assert_eq!(second.status.code(), Some(1), "{}", told(&second));
        assert!(told(&second).contains(&holder), "{holder} is not in {}", told(&second));
        assert_eq!(lab.requests(), 6, "who can't write reads nothing");
        first.kill().unwrap();
        first.wait().unwrap();
        lab.mock.release_all();
        let third = lab.sync(&["items"]).output().unwrap();
        assert!(third.status.success(), "{}", told(&third));
        assert!(told(&third).contains("interrupted"), "{}", told(&third));
        assert_eq!(lab.ids("items"), (1..=ROWS).collect::<Vec<_>>());
    }
}
