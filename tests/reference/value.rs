//! Values of the reference evaluator: one scalar, compared, ordered and printed as the language
//! says.

use std::cmp::Ordering;

/// One scalar of a record.
#[derive(Clone, Debug)]
pub enum Value {
    /// The record does not have it.
    Missing,
    /// A truth.
    Truth(bool),
    /// A whole number.
    Whole(i64),
    /// Any other number, finite.
    Fraction(f64),
    /// Milliseconds since 1970.
    Time(i64),
    /// A text.
    Text(String),
}

/// A number.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    Whole(i64),
    Fraction(f64),
}

impl Number {
    pub fn float(self) -> f64 {
        match self {
            Number::Whole(whole) => whole as f64,
            Number::Fraction(fraction) => fraction,
        }
    }

    /// The whole number it is equal to, if there is one.
    fn whole(self) -> Option<i128> {
        match self {
            Number::Whole(whole) => Some(i128::from(whole)),
            Number::Fraction(f) => (f.fract() == 0.0 && f.abs() < 1e30).then_some(f as i128),
        }
    }
}

/// Exact order. A number with a fraction is below 2^53, where conversion to a float cannot bring a
/// whole number past it.
pub fn compare_numbers(a: Number, b: Number) -> Ordering {
    match (a.whole(), b.whole()) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => a.float().partial_cmp(&b.float()).expect("numbers are finite"),
    }
}

impl Value {
    pub fn is_missing(&self) -> bool {
        matches!(self, Value::Missing)
    }

    /// A float; what is not finite does not exist.
    pub fn fraction(float: f64) -> Value {
        if float.is_finite() { Value::Fraction(float) } else { Value::Missing }
    }

    pub fn of_truth(truth: Option<bool>) -> Value {
        truth.map_or(Value::Missing, Value::Truth)
    }

    /// The number it is, or spells.
    pub fn number(&self) -> Option<Number> {
        match self {
            Value::Missing => None,
            Value::Truth(truth) => Some(Number::Whole(i64::from(*truth))),
            Value::Whole(whole) | Value::Time(whole) => Some(Number::Whole(*whole)),
            Value::Fraction(fraction) => Some(Number::Fraction(*fraction)),
            Value::Text(text) => spelled_number(text),
        }
    }

    /// Whether it is true; `None` is unknown.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Value::Truth(truth) => Some(*truth),
            Value::Text(text) if text.to_lowercase() == "true" => Some(true),
            Value::Text(text) if text.to_lowercase() == "false" => Some(false),
            _ => self.number().map(|number| number.float() != 0.0),
        }
    }

    /// The cell of a result; `None` where it is left out.
    pub fn print(&self) -> Option<String> {
        Some(match self {
            Value::Missing => return None,
            Value::Truth(truth) => i64::from(*truth).to_string(),
            Value::Whole(whole) => whole.to_string(),
            Value::Fraction(fraction) if *fraction == 0.0 => "0".to_owned(),
            Value::Fraction(fraction) => fraction.to_string(),
            Value::Time(time) => print_time(*time),
            Value::Text(text) => text.clone(),
        })
    }

    /// What tells it from other values in groups, `dedup` and `count_distinct`.
    pub fn identity(&self) -> Option<String> {
        self.print()
    }
}

/// A text of digits with an optional sign, point and exponent is a number.
fn spelled_number(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    if unsigned.bytes().all(|byte| byte.is_ascii_digit())
        && let Ok(whole) = text.parse()
    {
        return Some(Number::Whole(whole));
    }
    let mantissa = unsigned.split(['e', 'E']).next().unwrap_or_default();
    let plain = |c: char| c.is_ascii_digit() || ".-+eE".contains(c);
    if !mantissa.contains(|c: char| c.is_ascii_digit())
        || mantissa.starts_with(['+', '-'])
        || mantissa.ends_with('.')
        || !unsigned.chars().all(plain)
    {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    number.is_finite().then_some(Number::Fraction(number))
}

/// `2019-10-30 11:01:03.000`
fn print_time(time: i64) -> String {
    let (days, rest) = (time.div_euclid(86_400_000), time.rem_euclid(86_400_000));
    let (mut year, mut left) = (1970, days);
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = |year| if leap(year) { 366 } else { 365 };
    while left < 0 {
        year -= 1;
        left += length(year);
    }
    while left >= length(year) {
        left -= length(year);
        year += 1;
    }
    let mut month = 1;
    for days in [31, 28 + i64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < days {
            break;
        }
        left -= days;
        month += 1;
    }
    let (seconds, millis) = (rest / 1000, rest % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let day = left + 1;
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{millis:03}")
}

/// The order of `sort`, `min` and `max`, ascending: missing, then texts in natural order, then
/// numbers. Numbers that are spelled in different ways go by their spelling.
pub fn sort_order(a: &Value, b: &Value) -> Ordering {
    let class = |value: &Value| match value {
        Value::Missing => 0,
        _ if value.number().is_none() => 1,
        _ => 2,
    };
    class(a).cmp(&class(b)).then_with(|| match (a.number(), b.number()) {
        (Some(x), Some(y)) => compare_numbers(x, y).then_with(|| a.print().cmp(&b.print())),
        _ => natural_order(&a.print().unwrap_or_default(), &b.print().unwrap_or_default()),
    })
}

/// Chunk by chunk: digits by length, then by value; all else by code points.
fn natural_order(a: &str, b: &str) -> Ordering {
    let (a, b) = (chunks(a), chunks(b));
    for (a, b) in a.iter().zip(&b) {
        let digits = |chunk: &String| chunk.starts_with(|c: char| c.is_ascii_digit());
        let lengths = if digits(a) && digits(b) { a.len().cmp(&b.len()) } else { Ordering::Equal };
        let order = lengths.then_with(|| a.chars().cmp(b.chars()));
        if order.is_ne() {
            return order;
        }
    }
    a.len().cmp(&b.len())
}

fn chunks(text: &str) -> Vec<String> {
    let mut chunks: Vec<String> = Vec::new();
    for c in text.chars() {
        match chunks.last_mut() {
            Some(last) if last.ends_with(|l: char| l.is_ascii_digit()) == c.is_ascii_digit() => {
                last.push(c);
            }
            _ => chunks.push(c.to_string()),
        }
    }
    chunks
}

/// `=`, `<` and the others: numbers where both are numbers, else texts; `None` is unknown.
pub fn compare(a: &Value, b: &Value, holds: impl Fn(Ordering) -> bool) -> Option<bool> {
    if a.is_missing() || b.is_missing() {
        return None;
    }
    if let (Some(a), Some(b)) = (a.number(), b.number()) {
        return Some(holds(compare_numbers(a, b)));
    }
    if matches!(a, Value::Time(_)) || matches!(b, Value::Time(_)) {
        // A written date is no time: such a comparison finds nothing on AWS.
        return Some(false);
    }
    Some(holds(a.print().cmp(&b.print())))
}
