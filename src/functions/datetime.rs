//! Datetime functions: `bin` and its like, and the clock of the query.

use std::sync::Arc;

use super::arguments::{at, time};
use super::function::{Arg, Context, Finding, Function, Kind, example};
use crate::data::period::{Period, UNITS};
use crate::data::time::{self as calendar, Timestamp};
use crate::data::{Column, Value};

const TIME: &[Arg] = &[Arg::new("time", Kind::Time)];
const TIME_AND_PERIOD: &[Arg] = &[Arg::new("time", Kind::Time), Arg::new("period", Kind::Period)];

/// The datetime functions.
pub const FUNCTIONS: &[Function] = &[
    Function::new(
        "bin",
        &[Arg::new("period", Kind::Period)],
        Kind::Time,
        "The start of the period that holds `@timestamp`; periods are aligned to UTC.",
        &[
            example("bin(5m)", "2024-05-15 13:45:00.000"),
            example("bin(1w)", "2024-05-13 00:00:00.000"),
            example("bin(1mo)", "2024-05-01 00:00:00.000"),
        ],
        floor,
    )
    .with_time()
    .with_check(|args| check_period(args, |period| format!("bin({period})")))
    .with_columns(floor_columns)
    .rising(),
    Function::new(
        "dateceil",
        TIME_AND_PERIOD,
        Kind::Time,
        "The end of the period that holds the time, the time itself where a period begins. A \
         number is taken as milliseconds.",
        &[
            example("dateceil(fromMillis(1715780832345), 1h)", "2024-05-15 14:00:00.000"),
            example("dateceil(fromMillis(1715779800000), 30m)", "2024-05-15 13:30:00.000"),
        ],
        ceil,
    )
    .with_aliases(&["date_ceil"])
    .with_check(|args| check_period(args, |period| period.to_string())),
    Function::new(
        "datefloor",
        TIME_AND_PERIOD,
        Kind::Time,
        "The start of the period that holds the time. A number is taken as milliseconds.",
        &[
            example("datefloor(fromMillis(1715780832345), 1h)", "2024-05-15 13:00:00.000"),
            example("datefloor(1715780832345, 1q)", "2024-04-01 00:00:00.000"),
            example("datefloor(absent, 1h)", ""),
        ],
        floor,
    )
    .with_aliases(&["date_floor"])
    .with_check(|args| check_period(args, |period| period.to_string()))
    .with_columns(floor_columns)
    .rising(),
    Function::new(
        "fromMillis",
        &[Arg::new("milliseconds", Kind::Number)],
        Kind::Time,
        "The time that lies so many milliseconds after 1970 began, UTC.",
        &[
            example("fromMillis(1642195111000)", "2022-01-14 21:18:31.000"),
            example("fromMillis(0)", "1970-01-01 00:00:00.000"),
        ],
        from_millis,
    ),
    Function::new(
        "now",
        &[],
        Kind::Number,
        "The time at which the query began, in seconds since 1970 began, UTC.",
        &[
            example("now()", "1715780832"),
            example("fromMillis(now() * 1000)", "2024-05-15 13:47:12.000"),
        ],
        |_, context| Value::Integer(context.now.div_euclid(1000)),
    ),
    Function::new(
        "queryEndTime",
        &[],
        Kind::Number,
        "The end of the query's time range in milliseconds; missing where it has none.",
        &[
            example("queryEndTime()", "1715780832000"),
            example("fromMillis(queryEndTime())", "2024-05-15 13:47:12.000"),
        ],
        |_, context| bounded(context.range.end, i64::MAX),
    ),
    Function::new(
        "queryStartTime",
        &[],
        Kind::Number,
        "The start of the query's time range in milliseconds; missing where it has none.",
        &[
            example("queryStartTime()", "1715777232000"),
            example("fromMillis(queryStartTime())", "2024-05-15 12:47:12.000"),
        ],
        |_, context| bounded(context.range.start, i64::MIN),
    ),
    Function::new(
        "queryTimeRange",
        &[],
        Kind::Number,
        "The length of the query's time range in milliseconds; missing where an end is open.",
        &[example("queryTimeRange()", "3600000"), example("queryTimeRange() / 60000", "60")],
        query_time_range,
    ),
    Function::new(
        "toMillis",
        TIME,
        Kind::Number,
        "The time in milliseconds since 1970 began, UTC.",
        &[
            example("toMillis(\"2022-01-14T13:18:31.000-08:00\")", "1642195111000"),
            example("toMillis(fromMillis(1500))", "1500"),
        ],
        to_millis,
    ),
];

/// What is to be said about a period, which is the last argument.
///
/// Source: "Datetime functions": a count above the unit's cap acts as the cap.
fn check_period(args: &[Option<&Value>], written: fn(Period) -> String) -> Option<Finding> {
    let position = args.len().checked_sub(1)?;
    let Some(Value::Period(period)) = args.get(position).copied().flatten() else { return None };
    let row = period.unit.row();
    if period.count == 0 {
        let why = format!("a period of {period} has no length; write {} or more", row.names[0]);
        return Some(Finding::Error(position, why.replace("write ", "write 1")));
    }
    let cap = row.cap.filter(|cap| period.count > *cap)?;
    let unit = row.names.last().copied().unwrap_or_default();
    let (before, after) = (written(*period), written(period.clamped()));
    let why = format!("`{before}` acts as `{after}`: a count of {unit}s goes up to {cap}");
    Some(match in_larger_unit(*period) {
        Some(better) => Finding::Better(position, why, better.to_string()),
        None => Finding::Warning(position, why),
    })
}

/// The same length of time in the smallest unit that may count so far.
fn in_larger_unit(period: Period) -> Option<Period> {
    let length = period.milliseconds()?;
    UNITS.iter().find_map(|row| {
        let unit = row.milliseconds.filter(|unit| length % unit == 0)?;
        let count = u64::try_from(length / unit).ok()?;
        (count <= row.cap.unwrap_or(u64::MAX)).then_some(Period { count, unit: row.unit })
    })
}

/// The functions whose boundaries a `stats … offset` shifts. They take the milliseconds as one more
/// argument behind the period, which no query writes.
pub const SHIFTED: &[&str] = &["bin", "dateceil", "datefloor"];

/// Applies a calendar rule to (time, period), its boundaries so many milliseconds later.
fn by_period(args: &[Value], rule: fn(Timestamp, Period) -> Option<Timestamp>) -> Value {
    let (Some(time), Value::Period(period)) = (time(at(args, 0)), at(args, 1)) else {
        return Value::Missing;
    };
    shifted(time, period.clamped(), offset(args.get(2)), rule).map_or(Value::Missing, Value::Time)
}

/// The milliseconds by which boundaries are shifted.
fn offset(argument: Option<&Value>) -> i64 {
    match argument {
        Some(Value::Integer(milliseconds)) => *milliseconds,
        _ => 0,
    }
}

/// A calendar rule with its boundaries so many milliseconds later.
fn shifted(
    time: Timestamp,
    period: Period,
    offset: i64,
    rule: fn(Timestamp, Period) -> Option<Timestamp>,
) -> Option<Timestamp> {
    rule(time.checked_sub(offset)?, period)?.checked_add(offset)
}

fn floor(args: &[Value], _: &Context) -> Value {
    by_period(args, calendar::floor)
}

fn ceil(args: &[Value], _: &Context) -> Value {
    by_period(args, calendar::ceil)
}

/// Floors a column of times. Neighbouring records mostly share a period, so the calendar is asked
/// only when a time leaves the last one.
fn floor_columns(args: &[Arc<Column>], _: &Context) -> Option<Column> {
    let (times, period, offset) = match args {
        [times, period] => (times, period, 0),
        [times, period, offset] => match offset.as_ref() {
            Column::Constant(value, _) => (times, period, self::offset(Some(value))),
            _ => return None,
        },
        _ => return None,
    };
    let (Column::Time(times, valid), Column::Constant(Value::Period(period), _)) =
        (times.as_ref(), period.as_ref())
    else {
        return None;
    };
    let period = period.clamped();
    let (mut start, mut end) = (0, 0); // nothing lies in between
    // Records that come in order of time are mostly all of one period.
    if let (Some(&first), None, Some(length)) = (times.first(), valid, period.milliseconds()) {
        let floor = shifted(first, period, offset, calendar::floor)?;
        let end = floor.checked_add(length)?;
        if times.iter().all(|time| (floor..end).contains(time)) {
            return Some(Column::Constant(Value::Time(floor), times.len()));
        }
    }
    let mut floors = Vec::with_capacity(times.len());
    for (row, &time) in times.iter().enumerate() {
        if !(start..end).contains(&time) && valid.as_ref().is_none_or(|valid| valid[row]) {
            start = shifted(time, period, offset, calendar::floor)?;
            end = match period.milliseconds() {
                Some(length) => start.checked_add(length)?,
                None => shifted(start.checked_add(1)?, period, offset, calendar::ceil)?,
            };
        }
        floors.push(start);
    }
    Some(Column::Time(floors, valid.clone()))
}

fn from_millis(args: &[Value], _: &Context) -> Value {
    time(at(args, 0)).map_or(Value::Missing, Value::Time)
}

fn to_millis(args: &[Value], _: &Context) -> Value {
    time(at(args, 0)).map_or(Value::Missing, Value::Integer)
}

/// A bound of the time range; missing where it is open.
fn bounded(time: Timestamp, open: Timestamp) -> Value {
    if time == open { Value::Missing } else { Value::Integer(time) }
}

fn query_time_range(_: &[Value], context: &Context) -> Value {
    let (start, end) = (context.range.start, context.range.end);
    match end.checked_sub(start) {
        Some(length) if start != i64::MIN && end != i64::MAX => Value::Integer(length),
        _ => Value::Missing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::period::Unit;
    use crate::data::time::TimeRange;
    use crate::registry::find;

    fn period(count: u64, unit: Unit) -> Value {
        Value::Period(Period { count, unit })
    }

    #[test]
    fn counts_above_the_cap_are_said() {
        let cases = [
            (300, Unit::Second, "5m"),
            (90, Unit::Second, "a count of seconds goes up to 60"),
            (120, Unit::Minute, "2h"),
            (48, Unit::Hour, "2d"),
            (1500, Unit::Millisecond, "`bin(1500ms)` acts as `bin(1000ms)`"),
        ];
        let check = find(FUNCTIONS, "bin").and_then(|row| row.check).expect("a check");
        for (count, unit, said) in cases {
            match check(&[None, Some(&period(count, unit))]) {
                Some(Finding::Warning(1, why)) => assert!(why.contains(said), "{why}"),
                Some(Finding::Better(1, _, better)) => assert_eq!(better, said),
                other => panic!("{other:?} for {count} {unit:?}"),
            }
        }
        assert_eq!(check(&[None, Some(&period(60, Unit::Second))]), None);
        assert_eq!(check(&[None, Some(&period(400, Unit::Day))]), None);
        let zero = check(&[None, Some(&period(0, Unit::Minute))]);
        let why = "a period of 0m has no length; write 1m or more";
        assert_eq!(zero, Some(Finding::Error(1, why.to_owned())));
    }

    #[test]
    fn columns_agree_with_values() {
        let times = [1_715_780_832_345, 0, -1, 1_715_780_832_346, 1_709_210_000_000, 0, i64::MAX];
        let valid = vec![true, true, true, true, true, false, false];
        let times = Arc::new(Column::Time(times.to_vec(), Some(valid)));
        let periods = [(5, Unit::Minute), (300, Unit::Second), (1, Unit::Week), (1, Unit::Month)];
        for (count, unit) in periods {
            let period = Arc::new(Column::Constant(period(count, unit), times.len()));
            for offset in [0, 1, 5_400_000, -7_200_001] {
                let offset = Arc::new(Column::Constant(Value::Integer(offset), times.len()));
                let args = [Arc::clone(&times), Arc::clone(&period), offset];
                let fast = floor_columns(&args, &Context::EXAMPLE).expect("a fast path");
                for row in 0..times.len() {
                    let values: Vec<Value> = args.iter().map(|arg| arg.value(row)).collect();
                    let slow = floor(&values, &Context::EXAMPLE);
                    assert_eq!(fast.value(row), slow, "{count} {unit:?}, row {row}");
                }
            }
        }
    }

    #[test]
    fn times_come_as_times_milliseconds_or_texts() {
        let hour = period(1, Unit::Hour);
        let start = Value::Time(1_715_778_000_000);
        for time in [
            Value::Time(1_715_780_832_345),
            Value::Integer(1_715_780_832_345),
            Value::text("1715780832345"),
            Value::text("2024-05-15 13:47:12.345"),
        ] {
            assert_eq!(floor(&[time, hour.clone()], &Context::EXAMPLE), start);
        }
        for odd in [Value::Missing, Value::text("soon"), Value::Integer(i64::MIN)] {
            assert_eq!(floor(&[odd, hour.clone()], &Context::EXAMPLE), Value::Missing);
        }
    }

    #[test]
    fn boundaries_are_shifted() {
        let time = calendar::parse("2024-05-15 13:47:12").expect("a time");
        let cases = [
            (1, Unit::Hour, 30, "2024-05-15 13:30:00.000", "2024-05-15 14:30:00.000"),
            (1, Unit::Hour, 90, "2024-05-15 13:30:00.000", "2024-05-15 14:30:00.000"),
            (1, Unit::Day, 14 * 60, "2024-05-14 14:00:00.000", "2024-05-15 14:00:00.000"),
            (1, Unit::Month, 60, "2024-05-01 01:00:00.000", "2024-06-01 01:00:00.000"),
        ];
        for (count, unit, minutes, start, end) in cases {
            let args = [Value::Time(time), period(count, unit), Value::Integer(minutes * 60_000)];
            for (rule, wanted) in [(floor as fn(&[Value], &Context) -> Value, start), (ceil, end)] {
                let found = rule(&args, &Context::EXAMPLE);
                assert_eq!(found.print().as_deref(), Some(wanted), "{count} {unit:?}, {minutes}");
            }
        }
    }

    #[test]
    fn an_open_range_has_no_ends() {
        let open = Context { now: -1, range: TimeRange::ALL };
        for name in ["queryStartTime", "queryEndTime", "queryTimeRange"] {
            let row = find(FUNCTIONS, name).expect("a row");
            assert_eq!((row.value)(&[], &open), Value::Missing, "{name}");
        }
        let now = find(FUNCTIONS, "now").expect("a row");
        assert_eq!((now.value)(&[], &open), Value::Integer(-1));
    }
}
