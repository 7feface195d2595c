//! What the sabotaged API says that is not so.

use crate::testing::mock::{Effect, Lie, Mock, Rule};

/// A lie about one stream, in words.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    pub stream: &'static str,
    pub lie: &'static str,
    path: &'static str,
    effect: Lie,
}

/// All of these lists have 500 rows on 5 pages.
pub const LIES: [Told; 3] = [
    Told {
        stream: "dropped_page",
        lie: "leaves page 3 out, and still counts it",
        path: "/api/none/page/items",
        effect: Lie::DropPage,
    },
    Told {
        stream: "shrunken_total",
        lie: "says from page 3 on that there are 300 rows, not 500",
        path: "/api/none/offset/items",
        effect: Lie::ShrinkTotal(200),
    },
    Told {
        stream: "repeated_cursor",
        lie: "gives from page 3 on the same cursor for the next page",
        path: "/api/none/cursor/items",
        effect: Lie::Repeat,
    },
];

/// Has the API lie.
pub fn lying(mock: &Mock) {
    for told in LIES {
        mock.rule(Rule::new(told.path, Effect::Lie(told.effect)).nth(3));
    }
}
