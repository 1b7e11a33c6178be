//! Texts read by the date patterns of Java: numbers, names and offsets become a point in time.

use chrono::{Datelike, NaiveDate, Weekday};

use super::date_pattern::{Number, OffsetStyle, Part};
use crate::data::time::Timestamp;
use crate::data::zone::Zone;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// What is read so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Read {
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    hour: Option<u32>,
    half_day_hour: Option<u32>,
    afternoon: Option<bool>,
    minute: Option<u32>,
    second: Option<u32>,
    /// Nanoseconds.
    fraction: Option<u32>,
    weekday: Option<Weekday>,
    zone: Option<Zone>,
}

/// Reads the whole text by the parts of a pattern; `None` where it does not fit.
pub fn read(parts: &[Part], text: &str) -> Option<Read> {
    let mut read = Read::default();
    let rest = parse(parts, text, &mut read)?;
    rest.is_empty().then_some(read)
}

/// Reads the parts one after another; what is left of the text.
fn parse<'t>(parts: &[Part], text: &'t str, read: &mut Read) -> Option<&'t str> {
    let mut text = text;
    for (at, part) in parts.iter().enumerate() {
        text = match part {
            Part::Literal(c) => text.strip_prefix(*c)?,
            Part::Number(number, least, most) => {
                // `yyyyMMdd`: the year leaves as many digits as the numbers behind it take.
                let kept = if least == most { 0 } else { digits_behind(&parts[at + 1..]) };
                let (signed, unsigned) = match text.strip_prefix('-') {
                    Some(rest) if *number == Number::Year => (true, rest),
                    _ => (false, text),
                };
                let run = unsigned.bytes().take_while(u8::is_ascii_digit).count();
                let taken = run.saturating_sub(kept).min(*most);
                // Java wants a sign in front of a year that is longer than `yyyy`.
                let too_long = *number == Number::Year && *least >= 4 && taken > *least && !signed;
                if taken < *least || too_long {
                    return None;
                }
                let (digits, rest) = unsigned.split_at_checked(taken)?;
                let value: i32 = digits.parse().ok()?;
                read.set(*number, if signed { -value } else { value }, taken)?;
                rest
            }
            Part::MonthName { whole } => {
                let (index, rest) = name(text, &MONTHS, *whole)?;
                read.month = Some(u32::try_from(index).ok()? + 1);
                rest
            }
            Part::DayName { whole } => {
                let (index, rest) = name(text, &DAYS, *whole)?;
                read.weekday = Weekday::try_from(u8::try_from(index).ok()?).ok();
                rest
            }
            Part::HalfDay => {
                let (half, rest) = text.split_at_checked(2)?;
                read.afternoon = Some(match half.to_ascii_uppercase().as_str() {
                    "AM" => false,
                    "PM" => true,
                    _ => return None,
                });
                rest
            }
            Part::Zone => {
                let inside = |c: char| c.is_ascii_alphanumeric() || "/_+-:".contains(c);
                let end = text.find(|c| !inside(c)).unwrap_or(text.len());
                let (name, rest) = text.split_at_checked(end)?;
                read.zone = Some(Zone::find(name)?);
                rest
            }
            Part::Offset(style) => {
                let (zone, rest) = offset(text, *style)?;
                read.zone = Some(zone);
                rest
            }
            Part::Optional(inner) => {
                let mut tried = *read;
                match parse(inner, text, &mut tried) {
                    Some(rest) => {
                        *read = tried;
                        rest
                    }
                    None => text,
                }
            }
        };
    }
    Some(text)
}

/// The digits that numbers of a fixed width take right behind a number.
fn digits_behind(parts: &[Part]) -> usize {
    let fixed = |part: &Part| match part {
        Part::Number(_, least, most) if least == most => Some(*most),
        _ => None,
    };
    parts.iter().map_while(fixed).sum()
}

/// The index of the name with which a text begins.
fn name<'t>(text: &'t str, names: &[&str], whole: bool) -> Option<(usize, &'t str)> {
    names.iter().enumerate().find_map(|(index, name)| {
        let name = if whole { name } else { name.get(..3)? };
        Some((index, text.strip_prefix(name)?))
    })
}

/// The offset with which a text begins.
fn offset(text: &str, style: OffsetStyle) -> Option<(Zone, &str)> {
    if style.zulu
        && let Some(rest) = text.strip_prefix('Z')
    {
        return Some((Zone::UTC, rest));
    }
    let two = |text: &str| -> Option<i32> {
        let digits = text.get(..2).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))?;
        digits.parse().ok()
    };
    let (sign, rest) = text.split_at_checked(1)?;
    let sign = match sign {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let hours = two(rest).filter(|hours| *hours <= 18)?;
    let rest = rest.get(2..)?;
    let behind = if style.colon { rest.strip_prefix(':') } else { Some(rest) };
    let minutes = behind.and_then(|rest| Some((two(rest).filter(|it| *it < 60)?, rest.get(2..)?)));
    let (minutes, rest) = match minutes {
        Some(found) => found,
        None if style.hours_only => (0, rest),
        None => return None,
    };
    Some((Zone::east(sign * (hours * 60 + minutes) * 60)?, rest))
}

impl Read {
    /// Takes a number of so many digits.
    fn set(&mut self, number: Number, value: i32, digits: usize) -> Option<()> {
        let whole = u32::try_from(value).ok();
        match number {
            Number::Year => self.year = Some(value),
            Number::ShortYear => self.year = Some(2000 + value),
            Number::Month => self.month = whole,
            Number::Day => self.day = whole,
            Number::Hour => self.hour = whole,
            Number::HalfDayHour => self.half_day_hour = whole,
            Number::Minute => self.minute = whole,
            Number::Second => self.second = whole,
            Number::Fraction => {
                let missing = 9_usize.checked_sub(digits)?;
                let scale = 10_u32.checked_pow(u32::try_from(missing).ok()?)?;
                self.fraction = Some(whole?.checked_mul(scale)?);
            }
        }
        Some(())
    }

    /// The time, if there is such a day and such an hour; in `zone` where the text has none.
    pub fn timestamp(self, zone: Zone) -> Option<Timestamp> {
        let date =
            NaiveDate::from_ymd_opt(self.year?, self.month.unwrap_or(1), self.day.unwrap_or(1))?;
        if self.weekday.is_some_and(|weekday| weekday != date.weekday()) {
            return None;
        }
        let half_day = if self.afternoon == Some(true) { 12 } else { 0 };
        let hour = match (self.hour, self.half_day_hour) {
            (Some(hour), _) => hour,
            (None, Some(hour @ 1..=12)) => hour % 12 + half_day,
            (None, Some(_)) => return None,
            (None, None) => half_day,
        };
        let (minute, second) = (self.minute.unwrap_or(0), self.second.unwrap_or(0));
        let local = date.and_hms_nano_opt(hour, minute, second, self.fraction.unwrap_or(0))?;
        self.zone.unwrap_or(zone).timestamp(local)
    }
}

#[cfg(test)]
mod tests {
    use super::super::date_pattern::DatePattern;
    use super::*;
    use crate::data::time;

    fn read(pattern: &str, text: &str, zone: &str) -> Option<String> {
        let pattern = DatePattern::new(pattern).unwrap_or_else(|why| panic!("{pattern}: {why}"));
        pattern.timestamp(text, Zone::find(zone).expect("a zone")).map(time::print)
    }

    #[test]
    fn texts_that_fit() {
        let cases = [
            ("yyyy-MM-dd", "2024-05-15", "UTC", "2024-05-15 00:00:00.000"),
            ("yyyy-MM-dd", "2024-05-15", "America/New_York", "2024-05-15 04:00:00.000"),
            ("yyyyMMddHHmmssSSS", "20240515134712345", "UTC", "2024-05-15 13:47:12.345"),
            ("uuuu-MM-dd'T'HH:mm:ssX", "2024-05-15T13:47:12Z", "UTC", "2024-05-15 13:47:12.000"),
            (
                "dd/MMM/yyyy:HH:mm:ss Z",
                "15/May/2024:13:47:12 +0200",
                "UTC",
                "2024-05-15 11:47:12.000",
            ),
            (
                "EEE, d MMM yyyy HH:mm:ss zzz",
                "Wed, 5 Jun 2024 01:02:03 GMT",
                "UTC",
                "2024-06-05 01:02:03.000",
            ),
            (
                "EEEE d MMMM yy h:mm a",
                "Wednesday 15 May 24 12:05 AM",
                "UTC",
                "2024-05-15 00:05:00.000",
            ),
            ("M/d/yyyy h a", "5/15/2024 12 pm", "UTC", "2024-05-15 12:00:00.000"),
            ("yyyy-MM-dd HH:mm z", "2024-07-01 12:00 EST", "UTC", "2024-07-01 16:00:00.000"),
            (
                "yyyy-MM-dd HH:mm VV",
                "2024-07-01 12:00 Asia/Tokyo",
                "UTC",
                "2024-07-01 03:00:00.000",
            ),
            (
                "yyyy-MM-dd'T'HH:mm[:ss][.SSS]ZZZZZ",
                "2024-07-01T12:00-08:00",
                "UTC",
                "2024-07-01 20:00:00.000",
            ),
            ("yyyy-MM-dd'T'HH:mm[:ss][.SSS]x", "2024-07-01T12:00:01.5", "UTC", ""),
            (
                "yyyy-MM-dd'T'HH:mm[:ss][.SSS]x",
                "2024-07-01T12:00:01.500+01",
                "UTC",
                "2024-07-01 11:00:01.500",
            ),
            ("yyyy 'o''clock' ''", "2024 o'clock '", "UTC", "2024-01-01 00:00:00.000"),
            ("yyyy-MM", "2024-05", "UTC", "2024-05-01 00:00:00.000"),
        ];
        for (pattern, text, zone, wanted) in cases {
            let found = read(pattern, text, zone).unwrap_or_default();
            assert_eq!(found, wanted, "{text} by {pattern}");
        }
    }

    #[test]
    fn texts_that_do_not_fit() {
        let cases = [
            ("yyyy-MM-dd", "2024-5-15"),
            ("yyyy-MM-dd", "2024-02-30"),
            ("yyyy-MM-dd", "2024-05-15 "),
            ("yyyy-MM-dd", "24-05-15"),
            ("yyyy-MM-dd", "12024-05-15"),
            ("yyyy-MM-dd HH:mm", "2024-05-15 24:00"),
            ("yyyy-MM-dd hh:mm a", "2024-05-15 13:00 PM"),
            ("EEE yyyy-MM-dd", "Mon 2024-05-15"),
            ("d MMM yyyy", "15 may 2024"),
            ("yyyy-MM-dd ZZZZZ", "2024-05-15 +0200"),
            ("yyyy-MM-dd Z", "2024-05-15 é0"),
            ("yyyy", "99999999999999999999"),
            ("HH:mm", "12:00"),
            ("yyyy a", "2024 é"),
        ];
        for (pattern, text) in cases {
            assert_eq!(read(pattern, text, "UTC"), None, "{text} by {pattern}");
        }
    }
}
