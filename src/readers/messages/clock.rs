//! Times in messages: in front of a text, and in the fields of JSON that usually hold one.

use crate::data::Value;
use crate::data::time::{self, Timestamp};

/// The keys of a JSON message that hold its time, the first that reads as one counts.
pub const TIME_KEYS: &[&str] = &[
    "@timestamp", // Logstash, OpenSearch
    "timestamp",  // WAF, Lambda, IoT, most libraries
    "time",       // EventBridge, Lambda's platform events
    "eventTime",  // CloudTrail
    "ts",         // zap and other Go libraries
    "datetime",
    "date",
    "requestTimeEpoch",         // API Gateway
    "requestTime",              // API Gateway
    "requestReceivedTimestamp", // Kubernetes audit
    "query_timestamp",          // Route 53 Resolver
    "_time",                    // Splunk, Cribl
    "start",                    // flow log records as JSON
    "startTime",
];

/// How many words in front of a text may hold an ISO time.
const WORDS: usize = 3;

/// How many words in front of a line of a web server's log may hold its time.
const WEB_WORDS: usize = 6;

/// The time in front of a text: `2024-05-01T12:00:00.123Z`, `2024-05-01 12:00:00,123`,
/// `2024/05/01 12:00:00`, also in brackets, as one of its first three words; seconds or milliseconds
/// since 1970 as its first; `[10/Oct/2000:13:55:36 -0700]` as a web server writes it.
///
/// Without a zone it is UTC.
pub fn in_front(text: &str) -> Option<Timestamp> {
    let text = text.trim_start();
    let mut at = 0;
    for word in 0..WEB_WORDS {
        let rest = text.get(at..)?;
        let bare = rest.trim_start_matches(['[', '(', '"']);
        let found = match word {
            0 => iso(bare).or_else(|| web(bare)).or_else(|| epoch(bare)),
            _ if word < WORDS => iso(bare).or_else(|| web(bare)),
            _ => web(bare),
        };
        if found.is_some() {
            return found;
        }
        at += rest.find([' ', '\t'])? + 1;
    }
    None
}

/// The time that the value of a JSON field tells: a text as above and nothing else, or a number of
/// seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by its size.
pub fn of_value(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Time(time) => Some(*time),
        Value::Integer(number) => of_integer(*number),
        Value::Float(number) if number.abs() < 1e11 => Some((number * 1000.0).round() as i64),
        Value::Float(number) if number.abs() < 1e18 => of_integer(*number as i64),
        Value::Text(text) => {
            let text = text.trim();
            iso(text).or_else(|| web(text.trim_start_matches('['))).or_else(|| epoch(text))
        }
        _ => None,
    }
}

/// A number of units since 1970: eleven digits of seconds are the year 5138.
fn of_integer(number: i64) -> Option<Timestamp> {
    match number.unsigned_abs() {
        0..100_000_000_000 => number.checked_mul(1000),
        100_000_000_000..100_000_000_000_000 => Some(number),
        100_000_000_000_000..100_000_000_000_000_000 => Some(number / 1000),
        _ => Some(number / 1_000_000),
    }
}

/// Digits of seconds (with or without a fraction) or milliseconds since 1970 at the start of a text.
fn epoch(text: &str) -> Option<Timestamp> {
    let word = text.split([' ', '\t', ']', ',', '"']).next()?;
    let (whole, fraction) = word.split_once('.').unwrap_or((word, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || !matches!(whole.len(), 10 | 13 | 16 | 19) {
        return None;
    }
    let time = of_integer(whole.parse().ok()?)?;
    let millis = if whole.len() == 10 { millis_of(fraction) } else { 0 };
    Some(time + millis)
}

/// Milliseconds that the digits behind the point are.
fn millis_of(fraction: &str) -> i64 {
    let digits = fraction.bytes().chain(*b"000").take(3);
    digits.fold(0, |millis, digit| millis * 10 + i64::from(digit.wrapping_sub(b'0')))
}

/// A number of exactly so many digits.
fn number(text: &str, from: usize, to: usize) -> Option<u32> {
    let digits = text.get(from..to)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// An ISO 8601 time at the start of a text; blank, comma and slash are taken too.
fn iso(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let date = bytes.get(..10)?;
    if !matches!((date[4], date[7]), (b'-', b'-') | (b'/', b'/')) {
        return None;
    }
    let year = i32::try_from(number(text, 0, 4)?).ok()?;
    let date = (year, number(text, 5, 7)?, number(text, 8, 10)?);
    if !matches!(bytes.get(10), Some(b'T' | b't' | b' ' | b'_')) {
        return None;
    }
    let (time, rest) = time_of_day(text.get(11..)?)?;
    let millis = time::of_parts(date, time)?;
    let (fraction, rest) = fraction(rest);
    Some(millis + millis_of(fraction) - offset(rest))
}

/// Hours, minutes and seconds at the start of a text, and what follows.
fn time_of_day(text: &str) -> Option<((u32, u32, u32), &str)> {
    let bytes = text.as_bytes();
    if (bytes.get(2), bytes.get(5)) != (Some(&b':'), Some(&b':')) {
        return None;
    }
    let time = (number(text, 0, 2)?, number(text, 3, 5)?, number(text, 6, 8)?);
    (time.2 <= 60).then_some((time, text.get(8..)?))
}

/// The digits of a fraction of a second, and what follows.
fn fraction(text: &str) -> (&str, &str) {
    let Some(digits) = text.strip_prefix(['.', ',']) else { return ("", text) };
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits.split_at(end)
}

/// The offset from UTC at the start of a text, in milliseconds: `+02:00`, `+0200`, ` +02`; none is 0.
fn offset(text: &str) -> i64 {
    let text = text.strip_prefix(' ').unwrap_or(text);
    let sign = match text.as_bytes().first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return 0,
    };
    let Some(hours) = number(text, 1, 3) else { return 0 };
    let colon = usize::from(text.as_bytes().get(3) == Some(&b':'));
    let minutes = number(text, 3 + colon, 5 + colon).unwrap_or(0);
    sign * (i64::from(hours) * 60 + i64::from(minutes)) * 60_000
}

/// A web server's time at the start of a text: `10/Oct/2000:13:55:36 -0700`.
fn web(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    if (bytes.get(2), bytes.get(6), bytes.get(11)) != (Some(&b'/'), Some(&b'/'), Some(&b':')) {
        return None;
    }
    let year = i32::try_from(number(text, 7, 11)?).ok()?;
    let month = month(text.get(3..6)?)?;
    let (time, rest) = time_of_day(text.get(12..)?)?;
    Some(time::of_parts((year, month, number(text, 0, 2)?), time)? - offset(rest))
}

/// The number of a month by the first three letters of its English name.
pub fn month(name: &str) -> Option<u32> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let at = MONTHS.find(name).filter(|at| at % 3 == 0 && name.len() == 3)?;
    u32::try_from(at / 3 + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_front_of_texts() {
        let noon = 1_715_774_400_000;
        for (text, time) in [
            ("2024-05-15T12:00:00.000Z INFO started", noon),
            ("2024-05-15T14:00:00+02:00 x", noon),
            ("2024-05-15T12:00:00.123456789Z", noon + 123),
            ("2024-05-15 12:00:00,5 WARN x", noon + 500),
            ("[2024-05-15 12:00:00] x", noon),
            ("2024/05/15 12:00:00 [error] x", noon),
            ("INFO 2024-05-15T12:00:00Z x", noon),
            ("[INFO]\t2024-05-15T12:00:00.000Z\tc793869b", noon),
            ("https 2024-05-15T12:00:00.186641Z app/x", noon + 186),
            ("10.0.0.1 - - [15/May/2024:05:00:00 -0700] \"GET / HTTP/1.1\" 200", noon),
            ("1715774400 x", noon),
            ("1715774400.250 x", noon + 250),
            ("1715774400123 x", noon + 123),
        ] {
            assert_eq!(in_front(text), Some(time), "{text}");
        }
        for text in [
            "",
            "the disk was full at 2024-05-15T12:00:00Z",
            "2024-05-15",
            "2024-13-15T12:00:00Z",
            "2024-05-15T25:00:00Z",
            "12345 packets",
            "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}-\u{e9}",
            "15/\u{e9}ay/2024:05:00:00",
        ] {
            assert_eq!(in_front(text), None, "{text}");
        }
    }

    #[test]
    fn times_in_fields() {
        let noon = 1_715_774_400_000;
        for value in [
            Value::Integer(1_715_774_400),
            Value::Integer(noon),
            Value::Integer(noon * 1000),
            Value::Integer(noon * 1_000_000),
            Value::Float(1_715_774_400.0),
            Value::Float(1_715_774_400_000.0),
            Value::text("2024-05-15T12:00:00Z"),
            Value::text("15/May/2024:12:00:00 +0000"),
            Value::text("1715774400"),
        ] {
            assert_eq!(of_value(&value), Some(noon), "{value:?}");
        }
        for value in [Value::Missing, Value::text("yesterday"), Value::Boolean(true)] {
            assert_eq!(of_value(&value), None, "{value:?}");
        }
        assert!(of_value(&Value::Integer(i64::MIN)).is_some());
    }
}
