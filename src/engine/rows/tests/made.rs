//! Rows that are made.

use super::*;
use crate::engine::rows::Generator;

#[test]
fn the_same_seed_makes_the_same_rows_and_all_fit() {
    let settings = |seed: u64| {
        format!(
            "generate: {{ rows: 2500, seed: {seed} }}, key: id, incremental: at, fields: {{ id: integer!, at: timestamp(unix_ms)!, email: string!, \
             name: string, price: \"decimal(8,2)\", day: \"date(\\\"%d.%m.%Y\\\")\", u: uuid, s: enum(a|b)!, l: list<integer>, j: json, b: bytes, \
             d: duration, t: time, ok: boolean, x: number, shout: \"string = {{{{ record.name | upper }}}}\" }}"
        )
    };
    let all = |seed: u64| {
        let stream = stream(&settings(seed));
        let generator = Generator::new(&stream).unwrap().unwrap();
        let reader = RowReader::new(&stream, &Wants::default()).unwrap();
        let pages = (0..)
            .map_while(|index| generator.page(index))
            .map(|documents| read_from(&reader, &documents, None).unwrap());
        let pages: Vec<PageRows> = pages.collect();
        assert_eq!(pages.iter().map(|page| page.count()).collect::<Vec<_>>(), [1000, 1000, 500]);
        assert!(
            pages.iter().all(|page| page.refused.is_empty() && page.notes.is_empty()),
            "{:?}",
            pages[0].refused.first()
        );
        pages.iter().map(|page| show(&stream, &page.batches[0].0)).collect::<String>()
    };
    let one = all(7);
    assert_eq!(one, all(7));
    assert_ne!(one, all(8));
    assert!(one.starts_with("1 \"2024-01-01T00:00:00Z\" \""), "{}", one.lines().next().unwrap());
    assert!(Generator::new(&stream("key: id")).unwrap().is_none());
}
