//! Positions at run time: reading, comparing and writing them.
//!
//! A position is an instant or a number. Which of the two, and how it is written, comes from the column's type and
//! from `format`; windows stand in `windows`.

use super::{CursorPlan, Order};
use crate::components::answer::Nulls;
use crate::components::context::{Late, Tree};
use crate::data::{Duration, Moment, Style, Time, Type, Value, When, cast, scaled};
use crate::expr::Scope;
use crate::fault::{Fault, Kind};
use crate::state::{Covered, Mark};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// How a stream's positions are read, compared and written. Made once for a pass.
#[derive(Debug, Clone)]
pub struct Positions {
    pub(super) of: Of,
    pub(super) zone: TimeZone,
    start: Option<Mark>,
    end: Option<Mark>,
    pub(super) window: Option<Duration>,
    pub(super) granularity: Duration,
    lookback: Duration,
    order: Option<Order>,
    /// Requests use `window.last`, so the next window begins at it (SEMANTICS rule 7).
    pub(super) uses_last: bool,
}

/// What a position is.
#[derive(Debug, Clone)]
pub(super) enum Of {
    Instant {
        /// The ways it may be written, tried in order.
        read: Vec<Type>,
        /// How it is written in requests.
        style: Style,
        /// Only days count; they stand at their midnights in UTC.
        day: bool,
    },
    Number,
    /// An untyped column: a text is an instant, a number is a number.
    Open {
        style: Style,
    },
}

/// Where a read begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Begin {
    /// `None`: at the very beginning.
    pub from: Option<Mark>,
    /// An earlier `start` was set: what lies before the old one is read once (SEMANTICS rule 58).
    pub backfill: bool,
}

impl Positions {
    /// Makes the positions of a stream. `of` is the type of the position's column, if it has one; `uses_last` says
    /// whether requests use `window.last`.
    pub fn new(plan: &CursorPlan, of: Option<&Type>, uses_last: bool, scope: &dyn Scope) -> Result<Self, Fault> {
        let zone_name = plan.timezone.as_ref().and_then(Late::known);
        let zone = match zone_name {
            Some(name) => {
                TimeZone::get(name).map_err(|_| config(format!("there is no time zone `{name}`; see `timezone`")))?
            }
            None => TimeZone::UTC,
        };
        let formats = plan.format.as_ref().and_then(Late::known).map(Vec::as_slice).unwrap_or_default();
        let of = Of::new(of, formats, zone_name.map(String::as_str))?;
        let duration = |late: Option<&Late<Duration>>| late.and_then(Late::known).copied();
        let mut positions = Self {
            granularity: duration(plan.granularity.as_ref()).unwrap_or_else(|| of.granularity(formats)),
            of,
            zone,
            start: None,
            end: None,
            window: duration(plan.window.as_ref()),
            lookback: duration(plan.lookback.as_ref()).unwrap_or_default(),
            order: plan.order.as_ref().and_then(Late::known).copied(),
            uses_last,
        };
        positions.start = positions.setting(plan.start.as_ref(), "start", scope)?;
        positions.end = positions.setting(plan.end.as_ref(), "end", scope)?;
        Ok(positions)
    }

    /// Reads a record's position. Null and absent have none: the row is kept and moves nothing (SEMANTICS rule 12).
    pub fn mark(&self, value: &Value) -> Result<Option<Mark>, Fault> {
        if matches!(value, Value::Absent | Value::Null) {
            return Ok(None);
        }
        let order = self.of.order(value).ok_or_else(|| {
            let message = format!("{} is no position of the kind the stream has; see `incremental`", shown(value));
            Fault::new(Kind::Data, "position", message)
        })?;
        Ok(Some(Mark { order, text: value.clone() }))
    }

    /// Returns where a pass begins: the greater of `start` and the position less `lookback` (SEMANTICS rule 9).
    pub fn begin(&self, covered: &Covered) -> Begin {
        let Some(stretch) = covered.stretches.first() else {
            return Begin { from: self.start.clone(), backfill: false };
        };
        // Without a start everything is wanted: no start is earlier than any.
        if self.start < stretch.from {
            return Begin { from: self.start.clone(), backfill: true };
        }
        let back = self.back(&stretch.to);
        Begin { from: Some(self.start.clone().map_or(back.clone(), |start| start.max(back))), backfill: false }
    }

    /// Returns where a pass ends, if it has an end: `end`, else the begin of the pass. Days end with the present one.
    pub fn end(&self, now: Timestamp) -> Option<Mark> {
        if self.end.is_some() {
            return self.end.clone();
        }
        match &self.of {
            Of::Number => None,
            Of::Open { .. } | Of::Instant { day: false, .. } => Some(self.at(now.as_nanosecond())),
            Of::Instant { day: true, .. } => {
                let local = now.to_zoned(self.zone.clone());
                let day = local.date();
                let begins = local.start_of_day().is_ok_and(|begin| begin == local);
                let end = if begins { day } else { day.tomorrow().ok()? };
                Some(self.at(midnight(end, &TimeZone::UTC)?))
            }
        }
    }

    /// Returns what no position of a pass rises above: the begin of the pass at the source, cut to `granularity`; of
    /// numbers the greater of the first page's greatest and the greatest known before (COMMIT A1).
    pub fn bound(&self, date: Timestamp, first_page: Option<&Mark>, known: Option<&Mark>) -> Option<Mark> {
        let high = first_page.max(known);
        match &self.of {
            Of::Number => high.cloned(),
            Of::Open { .. } if high.is_some_and(|mark| is_number(&mark.text)) => high.cloned(),
            Of::Instant { day: true, .. } => {
                let day = date.to_zoned(self.zone.clone()).date();
                Some(self.at(self.cut(midnight(day, &TimeZone::UTC)?)))
            }
            _ => Some(self.at(self.cut(date.as_nanosecond()))),
        }
    }

    /// The order in which the API gives rows, if it has one.
    pub fn order(&self) -> Option<Order> {
        self.order
    }

    /// Returns a position as expressions see it: an instant in the style of its requests, else as the API wrote it.
    pub fn shown(&self, mark: &Mark) -> Value {
        match &self.of {
            Of::Number => mark.text.clone(),
            Of::Open { .. } if is_number(&mark.text) => mark.text.clone(),
            Of::Instant { style, .. } | Of::Open { style } => match Timestamp::from_nanosecond(mark.order) {
                Ok(at) => Value::Time(Time { at, style: style.clone() }),
                Err(_) => mark.text.clone(),
            },
        }
    }

    /// Makes the position of an instant.
    pub(super) fn at(&self, nanos: i128) -> Mark {
        let order = nanos.clamp(Timestamp::MIN.as_nanosecond(), Timestamp::MAX.as_nanosecond());
        let mark = Mark { order, text: Value::Null };
        Mark { text: self.shown(&mark), ..mark }
    }

    /// The zone in which positions lie: days stand at their midnights in UTC.
    pub(super) fn of_calendar(&self) -> TimeZone {
        if self.of.is_day() { TimeZone::UTC } else { self.zone.clone() }
    }

    pub(super) fn zoned(&self, nanos: i128) -> Option<Zoned> {
        Some(Timestamp::from_nanosecond(nanos).ok()?.to_zoned(self.of_calendar()))
    }

    /// Cuts an instant down to `granularity`.
    pub(super) fn cut(&self, nanos: i128) -> i128 {
        if let Some(exact) = self.granularity.to_exact() {
            let step = i128::try_from(exact.as_nanos()).unwrap_or(1).max(1);
            return nanos.div_euclid(step) * step;
        }
        self.floor(nanos, &self.granularity).unwrap_or(nanos)
    }

    /// Moves an instant by a duration, forth or back; months clamp.
    pub(super) fn moved(&self, nanos: i128, by: &Duration, forth: bool) -> Option<i128> {
        if let Some(exact) = by.to_exact() {
            let by = i128::try_from(exact.as_nanos()).ok()?;
            return if forth { nanos.checked_add(by) } else { nanos.checked_sub(by) };
        }
        let span = by.to_span()?;
        let zoned = self.zoned(nanos)?;
        let moved = if forth { zoned.checked_add(span) } else { zoned.checked_sub(span) };
        Some(moved.ok()?.timestamp().as_nanosecond())
    }

    /// Returns the position less `lookback`.
    pub fn back(&self, mark: &Mark) -> Mark {
        if self.lookback.is_zero() || !self.of.is_instant(mark) {
            return mark.clone();
        }
        self.moved(mark.order, &self.lookback, false).map_or_else(|| mark.clone(), |order| self.at(order))
    }

    /// Reads `start` or `end`.
    fn setting(&self, tree: Option<&Tree>, key: &str, scope: &dyn Scope) -> Result<Option<Mark>, Fault> {
        let value = match tree {
            Some(tree) => tree.eval(scope, Nulls::Drop)?,
            None => Value::Absent,
        };
        if matches!(value, Value::Absent | Value::Null) {
            return Ok(None);
        }
        let unfit = || config(format!("{} is no position; see `incremental.{key}`", shown(&value)));
        if matches!(self.of, Of::Number) || self.of.is_open() && is_number(&value) {
            let order = scaled(&value, 9).ok_or_else(unfit)?;
            return Ok(Some(Mark { order, text: value }));
        }
        let day = Type::Date(Moment::default());
        let exact = Type::Timestamp(Moment { when: When::Ns, zone: None });
        let order = match &value {
            Value::Time(time) if time.style == Style::Date => self.of_date(time.at),
            Value::Time(time) if self.of.is_day() => {
                midnight(time.at.to_zoned(self.zone.clone()).date(), &TimeZone::UTC)
            }
            Value::Time(time) => Some(time.at.as_nanosecond()),
            written => match (cast(written, &day), cast(written, &exact)) {
                (Ok(found), _) => time_of(&found.value).and_then(|time| self.of_date(time.at)),
                (Err(_), Ok(found)) => time_of(&found.value).and_then(|time| {
                    let local = time.at.to_zoned(self.zone.clone());
                    if self.of.is_day() {
                        midnight(local.date(), &TimeZone::UTC)
                    } else {
                        Some(time.at.as_nanosecond())
                    }
                }),
                _ => self.of.order(written),
            },
        };
        Ok(Some(self.at(order.ok_or_else(unfit)?)))
    }

    /// A date stands for its midnight in `timezone` (SEMANTICS rule 15).
    fn of_date(&self, midnight_in_utc: Timestamp) -> Option<i128> {
        midnight(midnight_in_utc.to_zoned(TimeZone::UTC).date(), &self.of_calendar())
    }
}

impl Of {
    fn new(of: Option<&Type>, formats: &[String], zone: Option<&str>) -> Result<Self, Fault> {
        let day = matches!(of, Some(Type::Date(_)));
        let written: Vec<Type> = formats.iter().map(|format| by_format(format, zone, day)).collect();
        let style = style(formats.first().map(String::as_str), zone, day);
        let read = match of {
            Some(Type::Integer | Type::Decimal { .. } | Type::Number) if formats.is_empty() => return Ok(Self::Number),
            None if formats.is_empty() => return Ok(Self::Open { style }),
            Some(of @ (Type::Timestamp(_) | Type::Date(_))) => exact(of).into_iter().chain(written).collect(),
            Some(Type::Integer | Type::String | Type::Decimal { .. } | Type::Number) | None if !formats.is_empty() => {
                written
            }
            Some(Type::String) => exact(&Type::Timestamp(Moment::default())),
            Some(other) => return Err(config(format!("a column of type `{other}` can't be a position"))),
            None => written,
        };
        Ok(Self::Instant { read, style, day })
    }

    pub(super) fn is_day(&self) -> bool {
        matches!(self, Self::Instant { day: true, .. })
    }

    /// Says whether a position is an instant.
    pub(super) fn is_instant(&self, mark: &Mark) -> bool {
        match self {
            Self::Instant { .. } => true,
            Self::Number => false,
            Self::Open { .. } => !is_number(&mark.text),
        }
    }

    fn is_open(&self) -> bool {
        matches!(self, Self::Open { .. })
    }

    /// The smallest step, unless it is given (SEMANTICS rule 7).
    fn granularity(&self, formats: &[String]) -> Duration {
        let of_millis = |millis| Duration { exact: std::time::Duration::from_millis(millis), ..Duration::default() };
        let unix = |of: &Type| matches!(of, Type::Timestamp(Moment { when: When::Unix, .. }));
        match self {
            Self::Instant { day: true, .. } => Duration { days: 1, ..Duration::default() },
            Self::Instant { .. } if formats.first().is_some_and(|format| format == "unix") => of_millis(1_000),
            Self::Instant { read, .. } if read.first().is_some_and(unix) => of_millis(1_000),
            _ => of_millis(1),
        }
    }

    /// Nanoseconds since 1970, or a number × 10^9.
    fn order(&self, value: &Value) -> Option<i128> {
        match self {
            Self::Number => scaled(value, 9),
            Self::Open { .. } if is_number(value) => scaled(value, 9),
            Self::Open { .. } => {
                let types = [Type::Timestamp(Moment { when: When::Ns, zone: None }), Type::Date(Moment::default())];
                types.iter().find_map(|of| order_by(value, of))
            }
            Self::Instant { read, .. } => read.iter().find_map(|of| order_by(value, of)),
        }
    }
}

fn order_by(value: &Value, of: &Type) -> Option<i128> {
    if let (Value::Time(time), Type::Timestamp(_)) = (value, of) {
        return Some(time.at.as_nanosecond());
    }
    // Counts since 1970 are compared with all digits; a column cuts them to microseconds.
    let shift = match of {
        Type::Timestamp(Moment { when: When::Unix, .. }) => Some(9),
        Type::Timestamp(Moment { when: When::UnixMs, .. }) => Some(6),
        Type::Timestamp(Moment { when: When::UnixUs, .. }) => Some(3),
        _ => None,
    };
    if let Some(shift) = shift {
        return Timestamp::from_nanosecond(scaled(value, shift)?).ok().map(Timestamp::as_nanosecond);
    }
    time_of(&cast(value, of).ok()?.value).map(|time| time.at.as_nanosecond())
}

fn time_of(value: &Value) -> Option<&Time> {
    if let Value::Time(time) = value { Some(time) } else { None }
}

/// Returns the ways a column's type is read, with all digits where the text has them.
fn exact(of: &Type) -> Vec<Type> {
    match of {
        Type::Timestamp(Moment { when: When::Default | When::Iso, zone }) => {
            vec![Type::Timestamp(Moment { when: When::Ns, zone: zone.clone() }), of.clone()]
        }
        other => vec![other.clone()],
    }
}

/// Returns the type that reads a `format`.
fn by_format(format: &str, zone: Option<&str>, day: bool) -> Type {
    let when = match format {
        "unix" => When::Unix,
        "unix_ms" => When::UnixMs,
        "unix_us" => When::UnixUs,
        "rfc2822" => When::Rfc2822,
        "iso" => When::Iso,
        pattern => When::Pattern(pattern.to_owned()),
    };
    // A pattern without a zone means `timezone`; RFC 3339 without one is an error unless `timezone` is given.
    let zone = match (&when, zone) {
        (When::Pattern(_), None) => Some("UTC".to_owned()),
        (_, zone) => zone.map(str::to_owned),
    };
    if day { Type::Date(Moment { when, zone }) } else { Type::Timestamp(Moment { when, zone }) }
}

/// Returns how positions are written in requests: by the first format (SEMANTICS rule 11).
fn style(format: Option<&str>, zone: Option<&str>, day: bool) -> Style {
    let pattern = match format {
        None if day => return Style::Date,
        None | Some("iso") => return Style::Rfc3339,
        Some("unix") => "%s".to_owned(),
        Some("unix_ms") => "%s%3f".to_owned(),
        Some("unix_us") => "%s%6f".to_owned(),
        Some("rfc2822") => "%a, %d %b %Y %H:%M:%S %z".to_owned(),
        // A bare `%f` has six digits, as in expressions.
        Some(pattern) => pattern.replace("%f", "%6f"),
    };
    let zone = if day { "UTC" } else { zone.unwrap_or("UTC") };
    Style::Pattern(pattern.into(), zone.into())
}

fn midnight(day: jiff::civil::Date, zone: &TimeZone) -> Option<i128> {
    Some(day.to_zoned(zone.clone()).ok()?.timestamp().as_nanosecond())
}

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::Number(_))
}

fn shown(value: &Value) -> String {
    match crate::components::answer::text_of(value) {
        Some(text) if text.chars().count() <= 40 => format!("`{text}`"),
        _ => value.what().to_owned(),
    }
}

fn config(message: String) -> Fault {
    Fault::new(Kind::Config, "position", message)
}
