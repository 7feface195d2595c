//! What a case is made of, and the manifest that describes its API.

use crate::dice::Dice;
use weir::sinks::Mode;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A token that says after which row to go on.
    Keyset,
    Offset,
    Page,
    /// A token of a list as it stood at the first request; it expires.
    Snapshot,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Asc,
    Desc,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Where {
    Memory,
    Sqlite,
    Jsonl,
}

/// How units are closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    EveryPage,
    /// By bytes so few that two or three pages make a unit.
    Few,
    /// Once, at the end, unless something presses.
    Once,
}

#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub seed: u64,
    pub kind: Kind,
    pub sort: Sort,
    pub mode: Mode,
    pub keyed: bool,
    pub positions: bool,
    pub client: bool,
    /// Windows of so many seconds, with a start.
    pub window: Option<u64>,
    pub lookback: Option<u64>,
    /// A token that is gone begins the pages again, also in the middle of a run.
    pub restarts: bool,
    pub parts: usize,
    pub size: usize,
    pub parallel: u32,
    pub concurrency: u32,
    pub latency_ms: u64,
    pub nulls: bool,
    pub bad: bool,
    pub tombstones: bool,
    pub to: Where,
    pub pace: Pace,
    pub memory: u64,
    pub rate: Option<u32>,
}

impl Case {
    /// The plainest case; fixed cases change what they are about.
    pub(crate) fn plain() -> Self {
        Self {
            seed: 0,
            kind: Kind::Keyset,
            sort: Sort::None,
            mode: Mode::Upsert,
            keyed: true,
            positions: true,
            client: false,
            window: None,
            lookback: None,
            restarts: false,
            parts: 1,
            size: 2,
            parallel: 1,
            concurrency: 1,
            latency_ms: 400,
            nulls: false,
            bad: false,
            tombstones: false,
            to: Where::Memory,
            pace: Pace::EveryPage,
            memory: 48 << 20,
            rate: None,
        }
    }

    pub(crate) fn drawn(seed: u64) -> Self {
        let mut dice = Dice::new(seed, 1);
        let of = |dice: &mut Dice, most: u64| dice.below(most);
        let kind = [Kind::Keyset, Kind::Keyset, Kind::Offset, Kind::Page, Kind::Snapshot][of(&mut dice, 5) as usize];
        let mode = [Mode::Upsert, Mode::Upsert, Mode::Append, Mode::Append, Mode::Replace][of(&mut dice, 5) as usize];
        let sort = match mode {
            Mode::Replace => Sort::None,
            _ => [Sort::Asc, Sort::Desc, Sort::None][of(&mut dice, 3) as usize],
        };
        let keyed = mode == Mode::Upsert || dice.one_in(2);
        let positions = mode != Mode::Replace || dice.one_in(3);
        let to = if dice.one_in(8) { Where::Sqlite } else { Where::Memory };
        let to = if mode == Mode::Append && dice.one_in(8) { Where::Jsonl } else { to };
        let client = positions && mode != Mode::Replace && dice.one_in(5);
        // Newest first, and older rows are not looked for: rows without a position, which come last, are never reached.
        let nulls = positions && !(client && sort == Sort::Desc) && dice.one_in(3);
        Self {
            seed,
            kind,
            sort,
            mode,
            keyed,
            positions,
            client,
            window: (positions && !nulls && dice.one_in(6)).then_some(8),
            lookback: (positions && dice.one_in(6)).then_some(3),
            restarts: kind == Kind::Snapshot && dice.one_in(2),
            parts: 1 + of(&mut dice, 2) as usize,
            size: 1 + of(&mut dice, 3) as usize,
            parallel: 1 + of(&mut dice, 3) as u32,
            concurrency: 1 + of(&mut dice, 4) as u32,
            latency_ms: [50, 900, 2500][of(&mut dice, 3) as usize],
            nulls,
            bad: keyed && dice.one_in(4),
            tombstones: keyed && dice.one_in(3),
            to,
            pace: [Pace::EveryPage, Pace::Few, Pace::Once][of(&mut dice, 3) as usize],
            memory: if dice.one_in(4) { 1 } else { 48 << 20 },
            rate: None,
        }
    }

    /// Rows vanish without a word: only a read of the whole notices.
    pub(crate) fn removes(&self) -> bool {
        self.mode == Mode::Replace
    }

    /// Pages shift when rows come and go: nothing changes while a run goes on.
    pub(crate) fn drifts(&self) -> bool {
        matches!(self.kind, Kind::Offset | Kind::Page)
    }

    pub(crate) fn manifest(&self) -> String {
        let mut text = String::from("connector: sim\nbase: https://sim.test\nstreams:\n  items:\n");
        let mut line = |said: String| {
            text += "    ";
            text += &said;
            text.push('\n');
        };
        if self.parts > 1 {
            line("for_each: { site: [north, south] }".into());
            line("request: GET /items/{{ site }}".into());
        } else {
            line("request: GET /items".into());
        }
        line("records: $.items".into());
        if self.keyed {
            line("key: id".into());
        }
        let (size, parallel) = (self.size, self.parallel);
        line(match self.kind {
            Kind::Keyset | Kind::Snapshot => "paginate: { cursor: { next: $.next, into: query.cursor } }".into(),
            Kind::Offset => format!(
                "paginate: {{ offset: {{ into: query.offset, size: {size}, total: $.total, parallel: {parallel} }} }}"
            ),
            Kind::Page => format!(
                "paginate: {{ page: {{ into: query.page, size: {size}, total: $.total, parallel: {parallel} }} }}"
            ),
        });
        if self.positions {
            if !self.client {
                let until = if self.window.is_some() { ", until: \"{{ window.end }}\"" } else { "" };
                line(format!("query: {{ since: \"{{{{ window.start }}}}\"{until} }}"));
            }
            let order = match self.sort {
                Sort::Asc => ", order: asc",
                Sort::Desc => ", order: desc",
                Sort::None => "",
            };
            let client = if self.client { ", client: true" } else { "" };
            let window = self
                .window
                .map_or(String::new(), |window| format!(", start: {}, window: {window}s", crate::source::text(0)));
            let lookback = self.lookback.map_or(String::new(), |lookback| format!(", lookback: {lookback}s"));
            line(format!("incremental: {{ field: at{order}{client}{window}{lookback} }}"));
        }
        if self.tombstones {
            line("deleted: \"{{ record.gone }}\"".into());
        }
        if self.restarts {
            line("errors: [{ status: 400, then: restart_pages }]".into());
        }
        if let Some(rate) = self.rate {
            line(format!("limits: {{ rate: {rate}/s }}"));
        }
        line("bad_records: quarantine".into());
        line("fields: { id: integer!, at: timestamp, v: integer! }".into());
        text
    }
}
