//! Time zones: of the IANA database, and fixed offsets from UTC.

use std::fmt;

use chrono::format::Item;
use chrono::{DateTime, FixedOffset, LocalResult, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::time::Timestamp;
use crate::registry;

/// A time zone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Zone {
    /// Of the IANA database, such as `Europe/Madrid`.
    Named(Tz),
    /// A fixed offset from UTC, such as `+02:00`.
    Fixed(FixedOffset),
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Zone::Named(zone) => f.write_str(zone.name()),
            Zone::Fixed(offset) => write!(f, "{offset}"),
        }
    }
}

/// The names of the zones of the IANA database.
pub fn names() -> impl Iterator<Item = &'static str> {
    chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name())
}

/// Short names that mail headers use, and the zones Java takes them for.
///
/// Source: RFC 5322, 4.3; the zones are those of the Unicode CLDR for the United States. That it
/// is summer follows from the date, not from the letter `S` or `D`.
const SHORT_NAMES: &[(&str, Tz)] = &[
    ("Z", Tz::UTC),
    ("UT", Tz::UTC),
    ("EST", Tz::America__New_York),
    ("EDT", Tz::America__New_York),
    ("CST", Tz::America__Chicago),
    ("CDT", Tz::America__Chicago),
    ("MST", Tz::America__Denver),
    ("MDT", Tz::America__Denver),
    ("PST", Tz::America__Los_Angeles),
    ("PDT", Tz::America__Los_Angeles),
];

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Zone = Zone::Named(Tz::UTC);

    /// The zone of a name (`UTC`, `America/New_York`, `EST`) or an offset (`+02:00`, `-0830`).
    pub fn find(name: &str) -> Option<Zone> {
        if let Some((_, zone)) = SHORT_NAMES.iter().find(|(short, _)| *short == name) {
            return Some(Zone::Named(*zone));
        }
        if name.starts_with(['+', '-']) {
            return name.parse().ok().map(Zone::Fixed);
        }
        name.parse().ok().map(Zone::Named)
    }

    /// The IANA name nearest to a misspelt one.
    pub fn nearest(name: &str) -> Option<&'static str> {
        registry::nearest(name, names())
    }

    /// The offset of so many seconds east of UTC.
    pub fn east(seconds: i32) -> Option<Zone> {
        FixedOffset::east_opt(seconds).map(Zone::Fixed)
    }

    /// The point in time at which clocks of the zone show `local`.
    ///
    /// As in Java: a time that comes twice when summer ends is the first of the two, and one that
    /// is skipped when summer begins is as much later as clocks are put forward.
    pub fn timestamp(self, local: NaiveDateTime) -> Option<Timestamp> {
        let zone = match self {
            Zone::Fixed(offset) => {
                return Some(offset.from_local_datetime(&local).single()?.timestamp_millis());
            }
            Zone::Named(zone) => zone,
        };
        match zone.from_local_datetime(&local) {
            LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => {
                Some(time.timestamp_millis())
            }
            LocalResult::None => {
                // Clocks are put forward by an hour or so, once by a whole day (Samoa, 2011).
                let before = [3, 25].into_iter().find_map(|hours| {
                    let before = local.checked_sub_signed(TimeDelta::hours(hours))?;
                    zone.offset_from_local_datetime(&before).earliest()
                })?;
                let utc = local.checked_sub_offset(before.fix())?;
                Some(utc.and_utc().timestamp_millis())
            }
        }
    }

    /// What clocks of the zone show at a time, as the timestamp at which clocks of UTC show it.
    pub fn clock(self, time: Timestamp) -> Option<Timestamp> {
        let date = DateTime::<Utc>::from_timestamp_millis(time)?.naive_utc();
        let offset = match self {
            Zone::Named(zone) => zone.offset_from_utc_datetime(&date).fix(),
            Zone::Fixed(offset) => offset,
        };
        time.checked_add(i64::from(offset.local_minus_utc()) * 1000)
    }

    /// A time of the zone, laid out by strftime items; `None` where no calendar reaches.
    pub fn print(self, time: Timestamp, items: &[Item<'_>]) -> Option<String> {
        fn written<Z: TimeZone>(time: DateTime<Z>, items: &[Item<'_>]) -> Option<String>
        where
            Z::Offset: fmt::Display,
        {
            use fmt::Write;
            let mut text = String::new();
            write!(text, "{}", time.format_with_items(items.iter())).ok()?;
            Some(text)
        }
        let time = DateTime::<Utc>::from_timestamp_millis(time)?;
        // Next to the ends of the calendar a zone would lead beyond them.
        let day = TimeDelta::days(2);
        time.checked_add_signed(day)?;
        time.checked_sub_signed(day)?;
        match self {
            Zone::Named(zone) => written(time.with_timezone(&zone), items),
            Zone::Fixed(offset) => written(time.with_timezone(&offset), items),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::time;

    #[test]
    fn zones_by_name_and_offset() {
        for name in ["UTC", "GMT", "Z", "Europe/Madrid", "EST", "+02:00", "-0830", "US/Pacific"] {
            assert!(Zone::find(name).is_some(), "{name}");
        }
        for name in ["", "europe/madrid", "Madrid", "2", "+99:00", "+"] {
            assert_eq!(Zone::find(name), None, "{name}");
        }
        assert_eq!(Zone::nearest("Europe/Madird"), Some("Europe/Madrid"));
    }

    #[test]
    fn clocks() {
        let noon = time::parse("2024-07-01T12:00:00Z").expect("a time");
        for (zone, shown) in [("UTC", "12:00"), ("Europe/Madrid", "14:00"), ("-08:30", "03:30")] {
            let clock = Zone::find(zone).and_then(|zone| zone.clock(noon)).map(time::print);
            assert_eq!(clock, Some(format!("2024-07-01 {shown}:00.000")), "{zone}");
        }
        assert_eq!(Zone::UTC.clock(i64::MAX), None);
    }

    #[test]
    fn skipped_and_repeated_times() {
        // Python: datetime(…, tzinfo=ZoneInfo(…), fold=0).timestamp()
        let cases = [
            ("Europe/Madrid", "2024-07-01T12:00", "2024-07-01 10:00:00.000"),
            ("Europe/Madrid", "2024-03-31T02:30", "2024-03-31 01:30:00.000"),
            ("Europe/Madrid", "2024-10-27T02:30", "2024-10-27 00:30:00.000"),
            ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30 22:00:00.000"),
            ("-08:30", "2024-10-27T02:30", "2024-10-27 11:00:00.000"),
        ];
        for (zone, local, utc) in cases {
            let local = NaiveDateTime::parse_from_str(local, "%Y-%m-%dT%H:%M").expect("a time");
            let time = Zone::find(zone).and_then(|zone| zone.timestamp(local));
            assert_eq!(time.map(time::print).as_deref(), Some(utc), "{zone}");
        }
    }
}
