//! Positions and windows (SEMANTICS rules 7 to 18, COMMIT A1).

use super::{By, CursorPlan, Positions, TokenPosition, Window};
use crate::components::answer::tests::{answering, json};
use crate::components::answer::text_of;
use crate::components::context::{Late, Read, Tree};
use crate::data::{Moment, Type, Value, When, duration};
use crate::expr::shorthand::address::Address;
use crate::expr::{Slots, place};
use crate::state::{Covered, Mark, Stretch};
use crate::text::Span;
use jiff::Timestamp;
use jiff::tz::TimeZone;

fn plan() -> CursorPlan {
    CursorPlan {
        by: By::Field { name: "at".into(), span: Span::default() },
        start: None,
        end: None,
        order: None,
        window: None,
        granularity: None,
        lookback: None,
        timezone: None,
        format: None,
        client: None,
        replace_window: false,
        shared: None,
    }
}

fn long(text: &str) -> Option<Late<crate::data::Duration>> {
    Some(Late::Is(duration::parse(text).unwrap()))
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn from(start: &str) -> Option<Tree> {
    Some(Tree::Fixed(text(start)))
}

fn zone(name: &str) -> Option<Late<String>> {
    Some(Late::Is(name.into()))
}

fn formats(formats: &[&str]) -> Option<Late<Vec<String>>> {
    Some(Late::Is(formats.iter().map(|format| (*format).to_owned()).collect()))
}

fn stamp() -> Type {
    Type::Timestamp(Moment::default())
}

fn day() -> Type {
    Type::Date(Moment::default())
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn positions(plan: &CursorPlan, of: Option<&Type>) -> Positions {
    tried(plan, of).unwrap_or_else(|told| panic!("{told}"))
}

fn tried(plan: &CursorPlan, of: Option<&Type>) -> Result<Positions, String> {
    let scope = Slots::new(Vec::new(), at("2024-05-31T10:00:00Z"));
    Positions::new(plan, of, false, &scope).map_err(|fault| fault.to_string())
}

/// Prints a position as requests carry it.
fn shown(positions: &Positions, mark: Option<&Mark>) -> String {
    mark.map_or("-".into(), |mark| text_of(&positions.shown(mark)).unwrap().to_string())
}

fn ends(positions: &Positions, window: &Window) -> String {
    format!("{}..{}", shown(positions, window.start.as_ref()), shown(positions, window.end.as_ref()))
}

#[test]
fn positions_are_read_by_type_and_format() {
    const SECOND: i128 = 1_000_000_000;
    let unix = Type::Timestamp(Moment { when: When::Unix, zone: None });
    let berlin = Type::Timestamp(Moment { when: When::Iso, zone: Some("Europe/Berlin".into()) });
    let of_text = CursorPlan { format: formats(&["%d.%m.%Y %H:%M", "iso"]), timezone: zone("Europe/Berlin"), ..plan() };
    let millis = CursorPlan { format: formats(&["unix_ms"]), ..plan() };
    for (plan, of, value, expected) in [
        (&plan(), Some(stamp()), "\"1970-01-01T00:00:01.000000005Z\"", Some(SECOND + 5)),
        (&plan(), Some(stamp()), "\"1970-01-01T01:00:01+01:00\"", Some(SECOND)),
        (&plan(), Some(stamp()), "\"1970-01-01T00:00:01\"", None),
        (&plan(), Some(berlin), "\"1970-01-01T01:00:01\"", Some(SECOND)),
        (&plan(), Some(unix.clone()), "1.5", Some(SECOND * 3 / 2)),
        (&plan(), Some(unix), "\"1.000000001\"", Some(SECOND + 1)),
        (&plan(), Some(day()), "\"1970-01-02\"", Some(86_400 * SECOND)),
        (&plan(), Some(Type::Integer), "12", Some(12 * SECOND)),
        (&plan(), Some(Type::Decimal { precision: 30, scale: 9 }), "-1.25", Some(-SECOND * 5 / 4)),
        (&plan(), Some(Type::Integer), "\"abc\"", None),
        (&of_text, Some(Type::String), "\"01.01.1970 01:00\"", Some(0)),
        (&of_text, Some(Type::String), "\"1970-01-01T00:00:01Z\"", Some(SECOND)),
        (&millis, Some(Type::Integer), "1500", Some(SECOND * 3 / 2)),
        (&plan(), None, "\"1970-01-01T00:00:01Z\"", Some(SECOND)),
        (&plan(), None, "7", Some(7 * SECOND)),
        (&plan(), None, "\"soon\"", None),
    ] {
        let value = json(value);
        let mark = positions(plan, of.as_ref()).mark(&value);
        match expected {
            Some(order) => {
                let mark = mark.unwrap().unwrap();
                assert_eq!(mark.order, order, "{value:?}");
                assert_eq!(mark.text, value, "a position is kept as it was written");
            }
            None => assert!(mark.is_err(), "{value:?}"),
        }
        assert_eq!(positions(plan, of.as_ref()).mark(&Value::Null).unwrap(), None);
    }
    assert!(tried(&plan(), Some(&Type::Boolean)).unwrap_err().contains("can't be a position"));
}

#[test]
fn bounds_are_written_as_the_api_wants_them() {
    let first = "2024-03-31T23:30:05.120Z";
    for (format, of, expected) in [
        (None, Some(stamp()), "2024-03-31T23:30:05.12Z"),
        (Some("unix"), Some(stamp()), "1711927805"),
        (Some("unix_ms"), Some(stamp()), "1711927805120"),
        (Some("%Y-%m-%d %H:%M:%S.%f"), Some(stamp()), "2024-04-01 01:30:05.120000"),
        (Some("rfc2822"), Some(stamp()), "Mon, 01 Apr 2024 01:30:05 +0200"),
        (None, Some(day()), "2024-04-01"),
        (Some("%d/%m/%Y"), Some(day()), "01/04/2024"),
        (None, None, "2024-03-31T23:30:05.12Z"),
    ] {
        let format = format.and_then(|format| formats(&[format]));
        let plan = CursorPlan { start: from(first), format, timezone: zone("Europe/Berlin"), ..plan() };
        let positions = positions(&plan, of.as_ref());
        let begin = positions.begin(&Covered::default()).from;
        assert_eq!(shown(&positions, begin.as_ref()), expected);
    }
    for (start, of, expected) in [
        ("2024-04-01", stamp(), "2024-03-31T22:00:00Z"),
        ("2024-04-01", day(), "2024-04-01"),
        ("2024-03-31T22:30:00Z", day(), "2024-04-01"),
    ] {
        let plan = CursorPlan { start: from(start), timezone: zone("Europe/Berlin"), ..plan() };
        let positions = positions(&plan, Some(&of));
        assert_eq!(shown(&positions, positions.begin(&Covered::default()).from.as_ref()), expected);
    }
    let wrong = CursorPlan { start: from("2024-04-01T00:00:00"), ..plan() };
    assert!(tried(&wrong, Some(&stamp())).unwrap_err().contains("`incremental.start`"));
}

#[test]
fn a_pass_begins_at_the_greater_of_start_and_position() {
    let covered = |from: Option<&str>, to: &str| {
        let positions = positions(&plan(), Some(&stamp()));
        let mark = |at: &str| positions.mark(&text(at)).unwrap().unwrap();
        Covered { stretches: vec![Stretch { from: from.map(mark), to: mark(to) }], ..Covered::default() }
    };
    let none = Covered::default();
    let some = covered(Some("2024-01-01T00:00:00Z"), "2024-03-31T12:00:00Z");
    let whole = covered(None, "2024-03-31T12:00:00Z");
    for (start, lookback, covered, expected, backfill) in [
        ("", "0s", &none, "-", false),
        ("2024-01-01T00:00:00Z", "0s", &none, "2024-01-01T00:00:00Z", false),
        ("2024-01-01T00:00:00Z", "0s", &some, "2024-03-31T12:00:00Z", false),
        ("2024-01-01T00:00:00Z", "1h", &some, "2024-03-31T11:00:00Z", false),
        // The clocks of Berlin were set that night: a day before is 23 hours earlier.
        ("2024-01-01T00:00:00Z", "1d", &some, "2024-03-30T13:00:00Z", false),
        ("2024-03-31T11:30:00Z", "1h", &some, "2024-03-31T11:30:00Z", false),
        ("2023-01-01T00:00:00Z", "0s", &some, "2023-01-01T00:00:00Z", true),
        ("", "0s", &some, "-", true),
        ("", "1mo", &whole, "2024-02-29T13:00:00Z", false),
    ] {
        let start = (!start.is_empty()).then(|| from(start)).flatten();
        let plan = CursorPlan { start, lookback: long(lookback), timezone: zone("Europe/Berlin"), ..plan() };
        let positions = positions(&plan, Some(&stamp()));
        let begin = positions.begin(covered);
        assert_eq!(shown(&positions, begin.from.as_ref()), expected, "{lookback}");
        assert_eq!(begin.backfill, backfill);
    }
}

#[test]
fn windows_cut_at_the_calendar_or_from_the_start() {
    let windows = |plan: &CursorPlan, of: &Type, now: &str, last: bool| {
        let scope = Slots::new(Vec::new(), at(now));
        let positions = Positions::new(plan, Some(of), last, &scope).unwrap();
        let begin = positions.begin(&Covered::default()).from;
        let end = positions.end(at(now));
        let all: Vec<Window> = positions.windows(begin.as_ref(), end.as_ref()).collect();
        assert!(all.iter().rev().skip(1).all(|window| !window.is_final));
        all.iter().map(|window| ends(&positions, window)).collect::<Vec<_>>()
    };
    let cut = |start: &str, window: &str| CursorPlan { start: from(start), window: long(window), ..plan() };
    for (plan, of, now, expected) in [
        (
            cut("2024-01-30T12:00:00Z", "1d"),
            stamp(),
            "2024-02-01T06:00:00Z",
            &[
                "2024-01-30T12:00:00Z..2024-01-31T00:00:00Z",
                "2024-01-31T00:00:00Z..2024-02-01T00:00:00Z",
                "2024-02-01T00:00:00Z..2024-02-01T06:00:00Z",
            ][..],
        ),
        (
            cut("2024-01-15T00:00:00Z", "1mo"),
            stamp(),
            "2024-02-10T00:00:00Z",
            &["2024-01-15T00:00:00Z..2024-02-01T00:00:00Z", "2024-02-01T00:00:00Z..2024-02-10T00:00:00Z"],
        ),
        // A Wednesday; weeks begin on Monday.
        (
            cut("2024-05-29T00:00:00Z", "1w"),
            stamp(),
            "2024-06-05T00:00:00Z",
            &["2024-05-29T00:00:00Z..2024-06-03T00:00:00Z", "2024-06-03T00:00:00Z..2024-06-05T00:00:00Z"],
        ),
        (
            cut("2024-01-01T00:30:00Z", "6h"),
            stamp(),
            "2024-01-01T13:00:00Z",
            &[
                "2024-01-01T00:30:00Z..2024-01-01T06:30:00Z",
                "2024-01-01T06:30:00Z..2024-01-01T12:30:00Z",
                "2024-01-01T12:30:00Z..2024-01-01T13:00:00Z",
            ],
        ),
        (cut("2024-01-01", "2d"), day(), "2024-01-04T12:00:00Z", &["2024-01-01..2024-01-03", "2024-01-03..2024-01-05"]),
        (
            CursorPlan { start: from("2024-01-01"), ..plan() },
            day(),
            "2024-01-02T00:00:00Z",
            &["2024-01-01..2024-01-02"],
        ),
        (plan(), stamp(), "2024-01-01T00:00:00Z", &["-..2024-01-01T00:00:00Z"]),
        (CursorPlan { window: long("1d"), ..plan() }, stamp(), "2024-01-01T00:00:00Z", &["-..2024-01-01T00:00:00Z"]),
        (cut("2025-01-01T00:00:00Z", "1d"), stamp(), "2024-01-01T00:00:00Z", &[]),
        (
            CursorPlan { start: from("2025-01-01T00:00:00Z"), ..plan() },
            stamp(),
            "2024-01-01T00:00:00Z",
            &["2025-01-01T00:00:00Z..2025-01-01T00:00:00Z"],
        ),
        (
            CursorPlan { end: from("2024-01-02T00:00:00Z"), ..cut("2024-01-01T00:00:00Z", "1d") },
            stamp(),
            "2024-05-01T00:00:00Z",
            &["2024-01-01T00:00:00Z..2024-01-02T00:00:00Z"],
        ),
    ] {
        assert_eq!(windows(&plan, &of, now, false), expected);
    }
    let numbers = CursorPlan { start: Some(Tree::Fixed(Value::Int(7))), ..plan() };
    assert_eq!(windows(&numbers, &Type::Integer, "2024-01-01T00:00:00Z", false), ["7..-"]);
    let ended = CursorPlan { end: Some(Tree::Fixed(Value::Int(9))), window: long("1d"), ..numbers };
    assert_eq!(windows(&ended, &Type::Integer, "2024-01-01T00:00:00Z", false), ["7..9"]);
    // Where requests include `last`, the next window begins at it (COMMIT D5).
    let last = CursorPlan { granularity: long("1s"), ..cut("2024-01-01T00:00:00Z", "1h") };
    assert_eq!(
        windows(&last, &stamp(), "2024-01-01T02:00:00Z", true),
        [
            "2024-01-01T00:00:00Z..2024-01-01T01:00:00Z",
            "2024-01-01T00:59:59Z..2024-01-01T01:59:59Z",
            "2024-01-01T01:59:58Z..2024-01-01T02:00:00Z",
        ]
    );
    assert_eq!(
        windows(&cut("2024-01-01", "1d"), &day(), "2024-01-02T12:00:00Z", true),
        ["2024-01-01..2024-01-02", "2024-01-02..2024-01-03",]
    );
}

#[test]
fn windows_leave_no_gap_and_do_not_overlap() {
    // Clocks were set on 2024-03-31 and 2024-10-27 in Berlin, at midnight in Havana.
    for name in ["UTC", "Europe/Berlin", "America/Havana", "Asia/Kathmandu"] {
        for window in ["1d", "7d", "1w", "2w", "1mo", "3mo", "1y", "1mo3d", "1d12h", "36h", "90min"] {
            let of_calendar = !window.ends_with(['h', 'n']);
            for start in ["2024-03-30T23:30:00Z", "2024-10-26T05:00:00Z", "2024-02-29T00:00:00Z"] {
                let plan = CursorPlan { start: from(start), window: long(window), timezone: zone(name), ..plan() };
                let positions = positions(&plan, Some(&stamp()));
                let begin = positions.begin(&Covered::default()).from;
                let end = positions.end(at("2024-12-31T10:00:00Z"));
                let mut next = begin.clone();
                let mut finals = 0;
                for window in positions.windows(begin.as_ref(), end.as_ref()) {
                    assert_eq!(window.start, next, "a gap or an overlap");
                    assert!(window.start < window.end);
                    finals += u8::from(window.is_final);
                    let again = positions.reopen(&window.asked(at("2024-12-31T10:00:00Z")));
                    assert_eq!(again, window);
                    let bound = window.end.clone().unwrap();
                    let local = Timestamp::from_nanosecond(bound.order).unwrap().to_zoned(TimeZone::get(name).unwrap());
                    if !window.is_final && of_calendar {
                        assert_eq!(local, local.start_of_day().unwrap(), "a cut beside the calendar in {name}");
                    }
                    next = window.end;
                }
                assert_eq!((next, finals), (end, 1));
            }
        }
    }
}

#[test]
fn a_position_never_rises_above_the_begin_of_the_pass() {
    let windowed = CursorPlan { start: from("2024-01-01T00:00:00Z"), window: long("1d"), ..plan() };
    let positions = positions(&windowed, Some(&stamp()));
    let mark = |at: &str| positions.mark(&text(at)).unwrap().unwrap();
    let end = positions.end(at("2024-01-02T12:00:00Z"));
    let windows: Vec<Window> =
        positions.windows(positions.begin(&Covered::default()).from.as_ref(), end.as_ref()).collect();
    let bound = positions.bound(at("2024-01-02T11:59:59.1234567Z"), None, None).unwrap();
    assert_eq!(shown(&positions, Some(&bound)), "2024-01-02T11:59:59.123Z");
    let mut covered = Covered::default();
    let mut close = |window: &Window, seen: Option<&str>| {
        let seen = seen.map(mark);
        positions.close(&mut covered, window, seen.as_ref(), Some(&bound));
        shown(&positions, covered.position())
    };
    // An earlier window is closed at its end, the last one by what was seen, at most by the begin of the pass.
    assert_eq!(close(&windows[0], None), "2024-01-02T00:00:00Z");
    assert_eq!(close(&windows[1], None), "2024-01-02T00:00:00Z");
    assert_eq!(close(&windows[1], Some("2024-01-02T08:00:00Z")), "2024-01-02T08:00:00Z");
    assert_eq!(close(&windows[1], Some("2024-01-02T05:00:00Z")), "2024-01-02T08:00:00Z");
    assert_eq!(close(&windows[1], Some("2024-01-02T13:00:00Z")), "2024-01-02T11:59:59.123Z");
    let from = Stretch { from: positions.begin(&Covered::default()).from, to: bound.clone() };
    assert_eq!(covered.stretches, [from]);

    let mut nothing = Covered::default();
    let open = Window { start: None, end: None, last: None, is_final: true };
    positions.close(&mut nothing, &open, None, Some(&bound));
    assert_eq!(nothing, Covered::default());
    positions.ascend(&mut nothing, &open, Some(&mark("2024-01-01T05:00:00Z")), Some(&bound));
    assert_eq!(shown(&positions, nothing.position()), "2024-01-01T05:00:00Z");

    let days = self::positions(&plan(), Some(&day()));
    let bound = days.bound(at("2024-01-02T11:00:00Z"), None, None);
    assert_eq!(shown(&days, bound.as_ref()), "2024-01-02");
    let unix = self::positions(&CursorPlan { format: formats(&["unix"]), ..plan() }, Some(&Type::Integer));
    assert_eq!(shown(&unix, unix.bound(at("1970-01-01T00:00:07.9Z"), None, None).as_ref()), "7");
    let ids = self::positions(&plan(), Some(&Type::Integer));
    let id = |id: i64| ids.mark(&Value::Int(id)).unwrap();
    assert_eq!(ids.bound(at("2024-01-02T11:00:00Z"), id(5).as_ref(), id(9).as_ref()), id(9));
    assert_eq!(ids.bound(at("2024-01-02T11:00:00Z"), None, None), None);
}

#[test]
fn a_window_is_narrowed_to_where_it_goes_on() {
    let positions = positions(&plan(), Some(&stamp()));
    let mark = |at: &str| positions.mark(&text(at)).unwrap();
    let (from, new) = (mark("2024-01-02T00:00:00Z"), mark("2024-01-03T00:00:00Z"));
    let window = Window { start: from.clone(), end: new.clone(), last: None, is_final: true };
    assert_eq!(positions.narrow(&window, from.as_ref().unwrap()), None);
    assert_eq!(positions.narrow(&window, new.as_ref().unwrap()).unwrap().start, new);
}

#[test]
fn window_is_a_map_without_what_is_absent() {
    let plan = CursorPlan { granularity: long("1d"), ..plan() };
    let positions = positions(&plan, Some(&stamp()));
    let end = positions.end(at("2024-01-03T00:00:00Z"));
    let window = positions.windows(None, end.as_ref()).next().unwrap();
    let value = positions.value(&window);
    let member = |name: &str| text_of(value.member(name)).map(|text| text.to_string());
    assert_eq!(value.member("start"), &Value::Absent);
    assert_eq!(member("end").as_deref(), Some("2024-01-03T00:00:00Z"));
    assert_eq!(member("last").as_deref(), Some("2024-01-02T00:00:00Z"));
}

#[test]
fn tokens_come_from_the_state_or_from_first() {
    let by = By::Token {
        read: Read::Place(place::compile("$.after").unwrap()),
        into: Some(Late::Is(Address::Query("cursor".into()))),
        first: Some(Tree::Fixed(text("begin"))),
        span: Span::default(),
    };
    let token = TokenPosition::of(&CursorPlan { by, ..plan() }).unwrap();
    let scope = Slots::new(Vec::new(), Timestamp::UNIX_EPOCH);
    let stored = Covered { token: Some(text("c9")), ..Covered::default() };
    let writes = |covered: &Covered| token.writes(covered, &scope).unwrap();
    assert_eq!(writes(&Covered::default()), [(Address::Query("cursor".into()), text("begin"))]);
    assert_eq!(writes(&stored), [(Address::Query("cursor".into()), text("c9"))]);
    for (body, expected) in [(r#"{"after":"c2"}"#, Some(text("c2"))), (r#"{"after":""}"#, None), ("{}", None)] {
        answering(200, &[], body, |answer| assert_eq!(token.read(answer, &scope).unwrap(), expected));
    }
    assert!(TokenPosition::of(&plan()).is_none());
}
