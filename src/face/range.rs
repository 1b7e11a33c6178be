//! Time ranges as people write them: `last 6h`, `2024-05-01 2024-05-02`, `yesterday`, `all`.

use std::fmt;

use chrono::{Days, NaiveDateTime};

use crate::data::period::{Period, Unit};
use crate::data::time::{self, TimeRange, Timestamp};
use crate::data::zone::Zone;
use crate::error::{Error, Result};

/// Milliseconds of a day of a calendar without summer time.
const DAY: i64 = 86_400_000;

/// A time range, as it was asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Range {
    /// Every time.
    #[default]
    All,
    /// The last while before now, of these milliseconds; and how it was written.
    Last(i64, String),
    /// From the first millisecond to the last one; and how it was written.
    Between(TimeRange, String),
}

impl Range {
    /// Reads a range; times without an offset are those of `zone`, and days are those of `now`.
    ///
    /// # Errors
    /// What cannot be read, and how it is written.
    pub(crate) fn parse(text: &str, zone: Zone, now: Timestamp) -> Result<Range> {
        let words: Vec<&str> = text.split_whitespace().filter(|word| *word != "to").collect();
        let written = words.join(" ");
        let between = |start, end, written| Range::of(start, end, written);
        match words.as_slice() {
            ["all"] => Ok(Range::All),
            ["last", period @ ..] if !period.is_empty() => last(&period.concat()),
            [word @ ("today" | "yesterday")] => {
                let back = u64::from(*word == "yesterday");
                let day = day_of(now, zone, back).zip(day_of(now, zone, back.wrapping_sub(1)));
                let (start, next) = day.ok_or_else(|| refused(text))?;
                between(start, next - 1, (*word).to_owned())
            }
            [period] if parse_period(period.trim_start_matches('-')).is_some() => {
                last(period.trim_start_matches('-'))
            }
            [date] if time::is_date(date) => {
                between(moment(date, zone)?, end_of(date, zone)?, written)
            }
            // A time of day may stand behind its date.
            [date, clock] if time::is_date(date) && clock.contains(':') => {
                between(moment(&written, zone)?, i64::MAX, format!("since {date} {clock}"))
            }
            [date, clock, end @ ..] if time::is_date(date) && clock.contains(':') => {
                let start = moment(&format!("{date} {clock}"), zone)?;
                between(
                    start,
                    end_of(&end.join(" "), zone)?,
                    format!("{date} {clock} to {}", end.join(" ")),
                )
            }
            [start, end @ ..] if !end.is_empty() => {
                let end = end.join(" ");
                between(moment(start, zone)?, end_of(&end, zone)?, format!("{start} to {end}"))
            }
            [start] => between(moment(start, zone)?, i64::MAX, format!("since {start}")),
            [] | [_, ..] => Err(refused(text)),
        }
    }

    /// From one time to another, both of which belong to it.
    ///
    /// # Errors
    /// The end lies before the start.
    pub(crate) fn of(start: Timestamp, end: Timestamp, written: String) -> Result<Range> {
        match start > end {
            true => Err(Error::Usage("the time range ends before it starts".to_owned())),
            false => Ok(Range::Between(TimeRange { start, end }, written)),
        }
    }

    /// The range at a time.
    pub(crate) fn at(&self, now: Timestamp) -> TimeRange {
        match self {
            Range::All => TimeRange::ALL,
            Range::Last(length, _) => {
                TimeRange { start: now.saturating_sub(*length), end: i64::MAX }
            }
            Range::Between(range, _) => *range,
        }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Range::All => f.write_str("all time"),
            Range::Last(_, written) => write!(f, "last {written}"),
            Range::Between(_, written) => f.write_str(written),
        }
    }
}

/// The last while before now.
///
/// # Errors
/// It is no period.
pub(crate) fn last(period: &str) -> Result<Range> {
    let help = "write a number and a unit, as in 30m, 6h or 7d";
    let length = parse_period(period).and_then(Period::milliseconds);
    let length =
        length.ok_or_else(|| Error::Usage(format!("`{period}` is no period\n  = help: {help}")))?;
    Ok(Range::Last(length, period.to_owned()))
}

/// A time as people write it; one without an offset is that of the zone.
///
/// # Errors
/// It is no time.
pub(crate) fn moment(text: &str, zone: Zone) -> Result<Timestamp> {
    let help = "write 2024-05-01, 2024-05-01T12:00:00Z or epoch seconds";
    let time = time::parse(text).and_then(|time| match has_offset(text) {
        true => Some(time),
        false => zone.timestamp(clock(time)?),
    });
    time.ok_or_else(|| Error::Usage(format!("`{text}` is no time\n  = help: {help}")))
}

/// The last millisecond that a time as an end means: of a date, the whole day.
///
/// # Errors
/// It is no time.
pub(crate) fn end_of(text: &str, zone: Zone) -> Result<Timestamp> {
    let time = moment(text, zone)?;
    if !time::is_date(text) {
        return Ok(time);
    }
    let next = time::parse(text).and_then(|day| zone.timestamp(clock(day.checked_add(DAY)?)?));
    Ok(next.map_or(i64::MAX, |next| next - 1))
}

/// Whether a time says by itself when it is, everywhere.
fn has_offset(text: &str) -> bool {
    let behind_date = text.get(10..).unwrap_or_default();
    text.parse::<i64>().is_ok() || behind_date.contains(['Z', '+', '-'])
}

/// The date and time that clocks of UTC show at a time.
fn clock(time: Timestamp) -> Option<NaiveDateTime> {
    Some(chrono::DateTime::from_timestamp_millis(time)?.naive_utc())
}

/// When the day began in a zone, so many days ago; tomorrow for -1.
fn day_of(now: Timestamp, zone: Zone, back: u64) -> Option<Timestamp> {
    let today = clock(zone.clock(now)?)?.date();
    let day = match back {
        u64::MAX => today.checked_add_days(Days::new(1))?,
        back => today.checked_sub_days(Days::new(back))?,
    };
    zone.timestamp(day.and_hms_opt(0, 0, 0)?)
}

fn parse_period(text: &str) -> Option<Period> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (count, unit) = text.split_at_checked(digits)?;
    Some(Period { count: count.parse().ok()?, unit: Unit::find(unit.trim())? })
}

fn refused(text: &str) -> Error {
    let help = "write `last 6h`, `2024-05-01`, `2024-05-01 2024-05-02`, `yesterday` or `all`";
    Error::Usage(format!("`{text}` is no time range\n  = help: {help}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, zone: &str) -> Option<(String, String, String)> {
        let now = time::parse("2024-05-15T13:00:00Z").expect("a time");
        let zone = Zone::find(zone).expect("a zone");
        let range = Range::parse(text, zone, now).ok()?;
        let TimeRange { start, end } = range.at(now);
        let print = |time: i64| match time {
            i64::MIN | i64::MAX => "…".to_owned(),
            time => time::print(time),
        };
        Some((print(start), print(end), range.to_string()))
    }

    #[test]
    fn ranges_as_people_write_them() {
        let cases = [
            ("all", "UTC", "…", "…", "all time"),
            ("last 6h", "UTC", "2024-05-15 07:00:00.000", "…", "last 6h"),
            ("-30 min", "UTC", "", "", ""),
            ("-30min", "UTC", "2024-05-15 12:30:00.000", "…", "last 30min"),
            ("today", "UTC", "2024-05-15 00:00:00.000", "2024-05-15 23:59:59.999", "today"),
            (
                "yesterday",
                "Europe/Madrid",
                "2024-05-13 22:00:00.000",
                "2024-05-14 21:59:59.999",
                "yesterday",
            ),
            (
                "2024-05-01",
                "UTC",
                "2024-05-01 00:00:00.000",
                "2024-05-01 23:59:59.999",
                "2024-05-01",
            ),
            // A day of 23 hours.
            (
                "2024-03-31",
                "Europe/Madrid",
                "2024-03-30 23:00:00.000",
                "2024-03-31 21:59:59.999",
                "2024-03-31",
            ),
            (
                "2024-05-01 2024-05-02",
                "UTC",
                "2024-05-01 00:00:00.000",
                "2024-05-02 23:59:59.999",
                "2024-05-01 to 2024-05-02",
            ),
            ("2024-05-01T06:00Z to 2024-05-01T07:00:00+02:00", "EST", "", "", ""),
            (
                "2024-05-01T05:00:00Z to 2024-05-01T08:00:00+02:00",
                "EST",
                "2024-05-01 05:00:00.000",
                "2024-05-01 06:00:00.000",
                "2024-05-01T05:00:00Z to 2024-05-01T08:00:00+02:00",
            ),
            (
                "2024-05-01 06:00 2024-05-01 07:30",
                "+02:00",
                "2024-05-01 04:00:00.000",
                "2024-05-01 05:30:00.000",
                "2024-05-01 06:00 to 2024-05-01 07:30",
            ),
            ("2024-05-01 06:00", "UTC", "2024-05-01 06:00:00.000", "…", "since 2024-05-01 06:00"),
            ("1714564800", "EST", "2024-05-01 12:00:00.000", "…", "since 1714564800"),
            ("2024-05-02 2024-05-01", "UTC", "", "", ""),
            ("soon", "UTC", "", "", ""),
            ("last", "UTC", "", "", ""),
            ("", "UTC", "", "", ""),
        ];
        for (text, zone, start, end, written) in cases {
            let expected = Some((start.to_owned(), end.to_owned(), written.to_owned()))
                .filter(|(start, ..)| !start.is_empty());
            assert_eq!(parse(text, zone), expected, "{text}");
        }
    }
}
