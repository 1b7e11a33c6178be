//! The time axis: round moments of a time zone, and how they are written.

use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, Utc};

use crate::data::time::Timestamp;
use crate::data::zone::Zone;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Steps between ticks, in milliseconds: what people count in.
const STEPS: &[i64] = &[
    1,
    10,
    100,
    SECOND,
    5 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    30 * DAY,
    90 * DAY,
    365 * DAY,
    3650 * DAY,
];

/// Round moments in a closed range, at most `most` of them, each with its label.
pub fn ticks(
    first: Timestamp,
    last: Timestamp,
    most: usize,
    zone: Zone,
) -> Vec<(Timestamp, String)> {
    let span = last.saturating_sub(first).max(1);
    let most = i64::try_from(most.max(1)).unwrap_or(i64::MAX);
    let step = STEPS.iter().copied().find(|step| span / step < most);
    let step = step.unwrap_or(span.max(1));
    let mut found: Vec<(Timestamp, String)> = Vec::new();
    let mut day = String::new();
    // Round are the times that clocks of the zone show; summer time moves them.
    let shown = |time: Timestamp| time.saturating_add(offset(time, zone));
    let begin = shown(first).saturating_sub(shown(first).rem_euclid(step));
    for number in 0..most.saturating_add(3) {
        let Some(local) = number.checked_mul(step).and_then(|by| begin.checked_add(by)) else {
            break;
        };
        let time = DateTime::<Utc>::from_timestamp_millis(local)
            .and_then(|local| zone.timestamp(local.naive_utc()));
        let Some(time) = time.filter(|time| (first..=last).contains(time)) else { continue };
        if found.last().is_some_and(|(before, _)| *before >= time) {
            continue;
        }
        let date = print(time, zone, "%Y-%m-%d");
        let midnight = print(time, zone, "%H%M%S%3f") == "000000000";
        // The day is told where it begins, and at the first tick.
        let form = match step {
            step if step >= 30 * DAY => "%Y-%m",
            step if step >= DAY => "%m-%d",
            _ if date != day && (midnight || found.is_empty()) => "%m-%d %H:%M",
            step if step >= MINUTE => "%H:%M",
            step if step >= SECOND => "%H:%M:%S",
            _ => "%H:%M:%S%.3f",
        };
        found.push((time, print(time, zone, form)));
        day = date;
    }
    found
}

/// A moment in full: date and time down to what its step needs.
pub fn moment(time: Timestamp, step: Option<i64>, zone: Zone) -> String {
    let form = match step {
        Some(step) if step >= DAY && step % DAY == 0 => "%Y-%m-%d",
        Some(step) if step >= MINUTE => "%Y-%m-%d %H:%M",
        Some(step) if step >= SECOND => "%Y-%m-%d %H:%M:%S",
        _ => "%Y-%m-%d %H:%M:%S%.3f",
    };
    let text = print(time, zone, form);
    // A day of UTC does not begin at midnight elsewhere.
    match form.len() {
        8 if print(time, zone, "%H%M") != "0000" => print(time, zone, "%Y-%m-%d %H:%M"),
        _ => text,
    }
}

/// A length of time as a query writes it, `5m`, `36h`.
pub fn length(milliseconds: i64) -> String {
    let units = [(DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s")];
    let unit =
        units.into_iter().find(|(unit, _)| milliseconds >= *unit && milliseconds % unit == 0);
    let (unit, name) = unit.unwrap_or((1, "ms"));
    format!("{}{name}", milliseconds / unit)
}

/// The day of a moment, and its hour from 0 to 23.
pub fn day_and_hour(time: Timestamp, zone: Zone) -> (String, usize) {
    let hour = print(time, zone, "%H").parse().unwrap_or(0);
    (print(time, zone, "%a %Y-%m-%d"), hour)
}

/// What a zone is called in headings.
pub fn zone_name(time: Timestamp, zone: Zone) -> String {
    match zone {
        Zone::Named(zone) => zone.name().to_owned(),
        Zone::Fixed(_) => print(time, zone, "UTC%:z"),
    }
}

/// How far clocks of a zone are ahead of UTC at a time.
fn offset(time: Timestamp, zone: Zone) -> i64 {
    let text = print(time, zone, "%z");
    let hhmm = text.starts_with(['+', '-']).then(|| text.parse::<i64>().ok()).flatten();
    hhmm.filter(|hhmm| (-9999..=9999).contains(hhmm))
        .map_or(0, |hhmm| (hhmm / 100 * 60 + hhmm % 100) * MINUTE)
}

fn print(time: Timestamp, zone: Zone, form: &str) -> String {
    let items: Vec<Item<'_>> = StrftimeItems::new(form).collect();
    zone.print(time, &items).unwrap_or_else(|| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2024-05-01T00:00:00Z
    const MAY: Timestamp = 1_714_521_600_000;

    fn labels(first: Timestamp, last: Timestamp, most: usize, zone: &str) -> String {
        let zone = Zone::find(zone).expect("a zone");
        let labels = ticks(first, last, most, zone).into_iter().map(|(_, label)| label);
        labels.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn ticks_stand_at_round_times_of_the_zone() {
        let hours = |n: i64| MAY + n * HOUR;
        assert_eq!(
            labels(hours(0), hours(24), 6, "UTC"),
            "05-01 00:00, 06:00, 12:00, 18:00, 05-02 00:00"
        );
        assert_eq!(
            labels(hours(0), hours(24), 6, "+02:00"),
            "05-01 06:00, 12:00, 18:00, 05-02 00:00"
        );
        assert_eq!(
            labels(hours(0), hours(240), 6, "UTC"),
            "05-01, 05-03, 05-05, 05-07, 05-09, 05-11"
        );
        assert_eq!(
            labels(MAY, MAY + 90 * SECOND, 8, "UTC"),
            "05-01 00:00, 00:00:15, 00:00:30, 00:00:45, 00:01:00, 00:01:15, 00:01:30"
        );
        assert_eq!(labels(MAY, MAY, 8, "UTC"), "05-01 00:00");
        // Clocks of Madrid went from 02:00 to 03:00 at 01:00 UTC.
        let spring = 1_711_839_600_000;
        assert_eq!(
            labels(spring, spring + 6 * HOUR, 4, "Europe/Madrid"),
            "03-31 00:00, 03:00, 04:00, 06:00"
        );
    }

    #[test]
    fn extreme_times_end() {
        for (first, last) in [(i64::MIN, i64::MAX), (0, i64::MAX), (i64::MIN, i64::MIN + 5)] {
            assert!(ticks(first, last, 8, Zone::UTC).len() <= 12);
        }
        assert_eq!(length(300_000), "5m");
        assert_eq!(length(129_600_000), "36h");
        assert_eq!(moment(MAY, Some(DAY), Zone::UTC), "2024-05-01");
        assert_eq!(day_and_hour(MAY, Zone::UTC), ("Wed 2024-05-01".to_owned(), 0));
    }
}
