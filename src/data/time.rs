//! Timestamps: milliseconds since the Unix epoch, UTC; floors, ceilings and printing.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveDateTime, Utc};

use super::period::{Period, Unit};

/// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
pub type Timestamp = i64;

/// A closed range of timestamps; both ends belong to it.
///
/// Source: API reference, `StartQuery`: the range is inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeRange {
    /// First millisecond.
    pub start: Timestamp,
    /// Last millisecond.
    pub end: Timestamp,
}

impl TimeRange {
    /// Every timestamp.
    pub const ALL: TimeRange = TimeRange { start: i64::MIN, end: i64::MAX };

    /// The timestamps that lie in both ranges; none where the end comes before the start.
    #[must_use]
    pub fn and(&self, other: TimeRange) -> TimeRange {
        TimeRange { start: self.start.max(other.start), end: self.end.min(other.end) }
    }

    /// Whether a timestamp lies in it.
    pub fn contains(&self, time: Timestamp) -> bool {
        self.start <= time && time <= self.end
    }

    /// Whether some timestamp lies in both ranges.
    pub fn meets(&self, other: TimeRange) -> bool {
        self.start <= other.end && other.start <= self.end
    }

    /// Its length in milliseconds; no more than fits.
    pub fn length(&self) -> i64 {
        self.end.saturating_sub(self.start).saturating_add(1)
    }

    /// The range as printed, `from … to …`.
    pub fn print(&self) -> String {
        format!("from {} to {}", print(self.start), print(self.end))
    }
}

/// The times whose records a query reads: those of its range, and those of an earlier one that it
/// compares them with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Periods {
    /// The time range of the query.
    pub current: TimeRange,
    /// The range that it is compared with.
    pub earlier: Option<TimeRange>,
}

impl From<TimeRange> for Periods {
    fn from(current: TimeRange) -> Periods {
        Periods { current, earlier: None }
    }
}

impl Periods {
    /// Every timestamp, and nothing to compare with.
    pub const ALL: Periods = Periods { current: TimeRange::ALL, earlier: None };

    /// Both ranges, as far as they lie in another.
    #[must_use]
    pub fn and(&self, other: TimeRange) -> Periods {
        let earlier = self.earlier.map(|earlier| earlier.and(other));
        Periods { current: self.current.and(other), earlier }
    }

    /// Whether it has every timestamp.
    pub fn is_all(&self) -> bool {
        self.current == TimeRange::ALL
    }

    /// Whether a timestamp lies in one of the ranges.
    pub fn contains(&self, time: Timestamp) -> bool {
        self.current.contains(time) || self.earlier.is_some_and(|range| range.contains(time))
    }

    /// Whether all timestamps of a range lie in one of the ranges.
    pub fn covers(&self, range: TimeRange) -> bool {
        let covers = |own: TimeRange| own.contains(range.start) && own.contains(range.end);
        covers(self.current) || self.earlier.is_some_and(covers)
    }

    /// Whether some timestamp of a range lies in one of the ranges.
    pub fn meets(&self, range: TimeRange) -> bool {
        self.current.meets(range) || self.earlier.is_some_and(|earlier| earlier.meets(range))
    }
}

/// A timestamp one period earlier: the same time of day where days are counted, the same day of
/// the month where months are, or its last day; `None` where no calendar reaches.
pub fn back(time: Timestamp, period: Period) -> Option<Timestamp> {
    if period.unit.row().milliseconds.is_some() {
        return time.checked_sub(period.milliseconds()?);
    }
    let months = u32::try_from(months_of(period)?).ok()?;
    let date = DateTime::<Utc>::from_timestamp_millis(time)?;
    Some(date.checked_sub_months(Months::new(months))?.timestamp_millis())
}

/// A timestamp as results show it, `2019-10-30 11:01:03.000`.
///
/// A time no calendar reaches (beyond year 262,000) prints as its number of milliseconds.
pub fn print(time: Timestamp) -> String {
    match DateTime::<Utc>::from_timestamp_millis(time) {
        Some(date) => date.format("%Y-%m-%d %H:%M:%S%.3f").to_string(),
        None => time.to_string(),
    }
}

/// The timestamp a person writes: epoch seconds or milliseconds, a date, or an ISO 8601 time
/// (blank or `T` between, seconds and fraction optional, `Z` or an offset optional, else UTC).
pub fn parse(text: &str) -> Option<Timestamp> {
    if let Ok(number) = text.parse::<i64>() {
        // Eleven digits of seconds are the year 5138; anything longer is meant as milliseconds.
        return if number.abs() < 100_000_000_000 {
            number.checked_mul(1000)
        } else {
            Some(number)
        };
    }
    if let Ok(date) = DateTime::parse_from_rfc3339(&text.replacen(' ', "T", 1)) {
        return Some(date.timestamp_millis());
    }
    let text = text.trim_end_matches('Z').replacen('T', " ", 1);
    for format in ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"] {
        if let Ok(date) = NaiveDateTime::parse_from_str(&text, format) {
            return Some(date.and_utc().timestamp_millis());
        }
    }
    let date = NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok()?;
    Some(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis())
}

/// The timestamp of a day and a time of day, UTC; `None` where there is no such day or time.
pub fn of_parts(
    (year, month, day): (i32, u32, u32),
    (hour, minute, second): (u32, u32, u32),
) -> Option<Timestamp> {
    // A leap second is the last second of its minute.
    let date = NaiveDate::from_ymd_opt(year, month, day)?;
    Some(date.and_hms_opt(hour, minute, second.min(59))?.and_utc().timestamp_millis())
}

/// Whether a text is a date without a time of day, `2024-05-01`.
pub fn is_date(text: &str) -> bool {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

/// The start of the period that holds a timestamp; `None` where no calendar reaches.
///
/// Fixed units count from the epoch, so days begin at midnight UTC; weeks begin on Monday;
/// months, quarters and years follow the calendar, counted from year 0.
pub fn floor(time: Timestamp, period: Period) -> Option<Timestamp> {
    const MONDAY: i64 = 4 * 86_400_000; // 1970-01-05 was a Monday
    let count = i64::try_from(period.count.max(1)).ok()?;
    let anchor = if period.unit == Unit::Week { MONDAY } else { 0 };
    if let Some(length) = period.unit.row().milliseconds {
        let length = length.checked_mul(count)?;
        let since = time.checked_sub(anchor)?;
        return since.checked_sub(since.rem_euclid(length))?.checked_add(anchor);
    }
    let months = months_of(period)?;
    let date = DateTime::<Utc>::from_timestamp_millis(time)?.date_naive();
    let month = i64::from(date.year()) * 12 + i64::from(date.month0());
    month_start(month - month.rem_euclid(months))
}

/// The end of the period that holds a timestamp, the timestamp itself where it is a boundary.
pub fn ceil(time: Timestamp, period: Period) -> Option<Timestamp> {
    let start = floor(time, period)?;
    if start == time {
        return Some(time);
    }
    match period.milliseconds() {
        Some(length) => start.checked_add(length),
        None => {
            let date = DateTime::<Utc>::from_timestamp_millis(start)?;
            let months = u32::try_from(months_of(period)?).ok()?;
            Some(date.checked_add_months(Months::new(months))?.timestamp_millis())
        }
    }
}

/// The number of months of a calendar period.
fn months_of(period: Period) -> Option<i64> {
    let months = match period.unit {
        Unit::Month => 1,
        Unit::Quarter => 3,
        _ => 12,
    };
    i64::try_from(period.count.max(1)).ok()?.checked_mul(months)
}

/// The first millisecond of a month, counted from January of year 0.
fn month_start(month: i64) -> Option<Timestamp> {
    let year = i32::try_from(month.div_euclid(12)).ok()?;
    let month = u32::try_from(month.rem_euclid(12)).ok()? + 1;
    let date = NaiveDate::from_ymd_opt(year, month, 1)?;
    Some(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(count: u64, unit: Unit) -> Period {
        Period { count, unit }
    }

    #[test]
    fn floors_and_ceilings() {
        let time = parse("2024-05-15 13:47:12.345").expect("a time");
        let cases = [
            (period(5, Unit::Minute), "2024-05-15 13:45:00.000", "2024-05-15 13:50:00.000"),
            (period(7, Unit::Hour), "2024-05-15 10:00:00.000", "2024-05-15 17:00:00.000"),
            (period(1, Unit::Day), "2024-05-15 00:00:00.000", "2024-05-16 00:00:00.000"),
            (period(1, Unit::Week), "2024-05-13 00:00:00.000", "2024-05-20 00:00:00.000"),
            (period(1, Unit::Month), "2024-05-01 00:00:00.000", "2024-06-01 00:00:00.000"),
            (period(1, Unit::Quarter), "2024-04-01 00:00:00.000", "2024-07-01 00:00:00.000"),
            (period(1, Unit::Year), "2024-01-01 00:00:00.000", "2025-01-01 00:00:00.000"),
        ];
        for (period, start, end) in cases {
            assert_eq!(floor(time, period).map(print).as_deref(), Some(start), "{period}");
            assert_eq!(ceil(time, period).map(print).as_deref(), Some(end), "{period}");
            let boundary = parse(start).expect("a time");
            assert_eq!(ceil(boundary, period), Some(boundary), "{period} on its boundary");
        }
    }

    #[test]
    fn times_as_people_write_them() {
        let noon = 1_715_774_400_000;
        for text in [
            "2024-05-15T12:00:00Z",
            "2024-05-15 12:00",
            "2024-05-15T12:00:00.000",
            "2024-05-15T14:00:00+02:00",
            "1715774400",
            "1715774400000",
        ] {
            assert_eq!(parse(text), Some(noon), "{text}");
        }
        assert_eq!(parse("2024-05-15").map(print).as_deref(), Some("2024-05-15 00:00:00.000"));
        assert_eq!(parse("yesterday"), None);
    }

    #[test]
    fn times_out_of_reach_are_missing_and_never_a_panic() {
        for time in [i64::MIN, i64::MAX, -1] {
            let _ = print(time);
            for unit in [Unit::Millisecond, Unit::Week, Unit::Month, Unit::Year] {
                let _ = (floor(time, period(3, unit)), ceil(time, period(u64::MAX, unit)));
            }
        }
        assert_eq!(floor(-1, period(1, Unit::Second)), Some(-1000));
    }
}
