//! Numeric functions: `abs`, `round`, `toInt` and their like.

use super::arguments::{at, from_number, truncate, whole};
use super::function::{Arg, Context, Finding, Function, Kind, example};
use crate::data::{Number, Value};

const NUMBER: &[Arg] = &[Arg::new("number", Kind::Number)];
const NUMBERS: &[Arg] = &[Arg::repeated("number", Kind::Number)];
const VALUE: &[Arg] = &[Arg::new("value", Kind::Any)];

/// The numeric functions.
pub const FUNCTIONS: &[Function] = &[
    Function::new(
        "abs",
        NUMBER,
        Kind::Number,
        "The number without its sign.",
        &[example("abs(-5)", "5"), example("abs(2.5)", "2.5")],
        abs,
    ),
    Function::new(
        "ceil",
        NUMBER,
        Kind::Number,
        "The smallest whole number that is not below the number.",
        &[example("ceil(2.1)", "3"), example("ceil(-2.9)", "-2")],
        ceil,
    ),
    Function::new(
        "floor",
        NUMBER,
        Kind::Number,
        "The largest whole number that is not above the number.",
        &[example("floor(2.9)", "2"), example("floor(-2.1)", "-3")],
        floor,
    ),
    Function::new(
        "greatest",
        NUMBERS,
        Kind::Number,
        "The largest of the numbers; missing if one of them is missing or no number.",
        &[example("greatest(3, 10, 2.5)", "10"), example("greatest(3, absent)", "")],
        greatest,
    ),
    Function::new(
        "haversine",
        &[
            Arg::new("latitude 1", Kind::Number),
            Arg::new("longitude 1", Kind::Number),
            Arg::new("latitude 2", Kind::Number),
            Arg::new("longitude 2", Kind::Number),
        ],
        Kind::Number,
        "The length in kilometres of the great circle between two places in degrees, on a sphere \
         of the Earth's mean radius, 6371.0088 km; missing for latitudes beyond 90.",
        &[
            example("round(haversine(40.4168, -3.7038, 48.8566, 2.3522), 3)", "1052.894"),
            example("haversine(10, 20, 10, 20)", "0"),
            example("haversine(91, 0, 0, 0)", ""),
        ],
        haversine,
    ),
    Function::new(
        "histogram",
        &[Arg::new("number", Kind::Number), Arg::new("width", Kind::Number)],
        Kind::Number,
        "The lower bound of the bucket of that width that holds the number, for `by`; buckets \
         count from 0. Among the aggregates of `stats` it is another one.",
        &[
            example("histogram(120, 50)", "100"),
            example("histogram(-1, 50)", "-50"),
            example("histogram(0.7, 0.25)", "0.5"),
            example("histogram(\"-\", 50)", ""),
        ],
        histogram,
    )
    .with_check(check_width),
    Function::new(
        "least",
        NUMBERS,
        Kind::Number,
        "The smallest of the numbers; missing if one of them is missing or no number.",
        &[example("least(3, 10, 2.5)", "2.5"), example("least(\"9\", 10)", "9")],
        least,
    ),
    Function::new(
        "log",
        NUMBER,
        Kind::Number,
        "The natural logarithm; missing for 0 and below.",
        &[example("log(1)", "0"), example("log(0)", "")],
        log,
    ),
    Function::new(
        "round",
        &[Arg::new("number", Kind::Number), Arg::optional("decimals", Kind::Number)],
        Kind::Number,
        "The nearest number with that many decimals, 0 if left out; a half goes away from zero. \
         Negative decimals round before the point.",
        &[
            example("round(2.5)", "3"),
            example("round(-2.5)", "-3"),
            example("round(1.005, 2)", "1.01"),
            example("round(1250, -2)", "1300"),
        ],
        round,
    ),
    Function::new(
        "sqrt",
        NUMBER,
        Kind::Number,
        "The square root; missing for a number below 0.",
        &[example("sqrt(16)", "4"), example("sqrt(-1)", "")],
        sqrt,
    ),
    Function::new(
        "toDouble",
        VALUE,
        Kind::Number,
        "The value as a floating point number; missing if it is no number.",
        &[example("toDouble(\"2.50\")", "2.5"), example("toDouble(\"-\")", "")],
        to_double,
    ),
    Function::new(
        "toInt",
        VALUE,
        Kind::Number,
        "The value as a whole number of 32 bits, its fraction cut off; missing if it is no number \
         or does not fit.",
        &[
            example("toInt(\"17.9\")", "17"),
            example("toInt(-2.9)", "-2"),
            example("toInt(3000000000)", ""),
        ],
        to_int,
    ),
    Function::new(
        "toLong",
        VALUE,
        Kind::Number,
        "The value as a whole number of 64 bits, its fraction cut off; missing if it is no number \
         or does not fit.",
        &[example("toLong(\"3000000000.5\")", "3000000000"), example("toLong(\"ten\")", "")],
        to_long,
    ),
    Function::new(
        "toNumber",
        VALUE,
        Kind::Number,
        "The value as a number; missing if it is none.",
        &[
            example("toNumber(\"080\")", "80"),
            example("toNumber(\"1e3\")", "1000"),
            example("toNumber(\"-\")", ""),
        ],
        to_number,
    ),
];

/// Applies one function to whole numbers and another to floats.
fn by_kind(
    args: &[Value],
    integer: impl FnOnce(i64) -> Value,
    float: impl FnOnce(f64) -> f64,
) -> Value {
    match at(args, 0).number() {
        Some(Number::Integer(whole)) => integer(whole),
        Some(Number::Float(number)) => Value::float(float(number)),
        None => Value::Missing,
    }
}

fn abs(args: &[Value], _: &Context) -> Value {
    let integer = |whole: i64| match whole.checked_abs() {
        Some(whole) => Value::Integer(whole),
        None => Value::Float((whole as f64).abs()),
    };
    by_kind(args, integer, f64::abs)
}

fn ceil(args: &[Value], _: &Context) -> Value {
    by_kind(args, Value::Integer, f64::ceil)
}

fn floor(args: &[Value], _: &Context) -> Value {
    by_kind(args, Value::Integer, f64::floor)
}

/// The number that wins against all others; missing if one is no number.
fn choose(args: &[Value], wins: fn(Number, Number) -> bool) -> Value {
    let mut best: Option<Number> = None;
    for value in args {
        let Some(number) = value.number() else { return Value::Missing };
        if best.is_none_or(|best| wins(number, best)) {
            best = Some(number);
        }
    }
    best.map_or(Value::Missing, from_number)
}

fn greatest(args: &[Value], _: &Context) -> Value {
    choose(args, |number, best| number.compare(best).is_gt())
}

fn least(args: &[Value], _: &Context) -> Value {
    choose(args, |number, best| number.compare(best).is_lt())
}

fn log(args: &[Value], _: &Context) -> Value {
    // The logarithm of 0 is infinite and that of a negative number is none: both are missing.
    by_kind(args, |whole| Value::float((whole as f64).ln()), f64::ln)
}

fn sqrt(args: &[Value], _: &Context) -> Value {
    by_kind(args, |whole| Value::float((whole as f64).sqrt()), f64::sqrt)
}

/// More decimals than a float has change nothing; the same number of places before the point.
const MOST_DECIMALS: i64 = 15;

fn round(args: &[Value], _: &Context) -> Value {
    let decimals = match args.get(1) {
        None => Some(0),
        Some(value) => whole(value),
    };
    let Some(decimals) = decimals else { return Value::Missing };
    let decimals = decimals.clamp(-MOST_DECIMALS, MOST_DECIMALS) as i32;
    by_kind(args, |whole| round_integer(whole, decimals), |float| round_float(float, decimals))
}

/// Rounds a whole number, exactly.
fn round_integer(whole: i64, decimals: i32) -> Value {
    if decimals >= 0 {
        return Value::Integer(whole);
    }
    let step = 10i128.pow(decimals.unsigned_abs());
    let half = step / 2 * i128::from(whole.signum());
    let rounded = (i128::from(whole) + half) / step * step;
    i64::try_from(rounded).map_or(Value::Float(rounded as f64), Value::Integer)
}

/// Rounds the decimal number that a float prints as, so that 1.005 goes to 1.01 although the
/// nearest binary number lies a little below 1.005.
fn round_float(float: f64, decimals: i32) -> f64 {
    if decimals == 0 {
        return float.round();
    }
    let printed = float.abs().to_string();
    let (before, after) = printed.split_once('.').unwrap_or((&printed, ""));
    let kept = before.len() as i64 + i64::from(decimals);
    let Ok(kept) = usize::try_from(kept) else { return 0.0 };
    let digits = format!("{before}{after}");
    let Some(next) = digits.as_bytes().get(kept) else { return float };
    let up = u8::from(*next >= b'5');
    // At most 309 + 15 digits: added up by hand, they fit no whole number.
    let mut rounded = digits.as_bytes()[..kept].to_vec();
    let mut carry = up;
    for digit in rounded.iter_mut().rev() {
        *digit += carry;
        carry = u8::from(*digit > b'9');
        if carry == 1 {
            *digit = b'0';
        }
    }
    let head = if carry == 1 { "1" } else { "0" };
    let rounded = String::from_utf8_lossy(&rounded);
    let number: f64 = format!("{head}{rounded}e{}", -decimals).parse().unwrap_or(float.abs());
    number.copysign(float)
}

fn to_number(args: &[Value], _: &Context) -> Value {
    at(args, 0).number().map_or(Value::Missing, from_number)
}

fn to_double(args: &[Value], _: &Context) -> Value {
    by_kind(args, |whole| Value::Float(whole as f64), |float| float)
}

fn to_int(args: &[Value], _: &Context) -> Value {
    let fits = |whole: i64| i32::try_from(whole).is_ok();
    whole(at(args, 0)).filter(|whole| fits(*whole)).map_or(Value::Missing, Value::Integer)
}

fn to_long(args: &[Value], _: &Context) -> Value {
    match at(args, 0).number() {
        Some(Number::Integer(whole)) => Value::Integer(whole),
        Some(Number::Float(float)) => truncate(float).map_or(Value::Missing, Value::Integer),
        None => Value::Missing,
    }
}

/// The Earth's mean radius in kilometres; source: IUGG, R1 of GRS 80.
const EARTH_RADIUS: f64 = 6371.0088;

fn haversine(args: &[Value], _: &Context) -> Value {
    let degrees = |position| at(args, position).number().map(Number::to_f64);
    let (Some(latitude1), Some(longitude1)) = (degrees(0), degrees(1)) else {
        return Value::Missing;
    };
    let (Some(latitude2), Some(longitude2)) = (degrees(2), degrees(3)) else {
        return Value::Missing;
    };
    if latitude1.abs() > 90.0 || latitude2.abs() > 90.0 {
        return Value::Missing;
    }
    let half_sine = |angle: f64| (angle.to_radians() / 2.0).sin().powi(2);
    let across = latitude1.to_radians().cos() * latitude2.to_radians().cos();
    let part = half_sine(latitude2 - latitude1) + across * half_sine(longitude2 - longitude1);
    // Rounding may lead beyond 1 between places on opposite sides.
    Value::float(2.0 * EARTH_RADIUS * part.sqrt().min(1.0).asin())
}

fn check_width(args: &[Option<&Value>]) -> Option<Finding> {
    let width = args.get(1).copied().flatten()?;
    let positive = width.number().is_some_and(|width| width.to_f64() > 0.0);
    (!positive).then(|| Finding::Error(1, "the width of a bucket is a number above 0".to_owned()))
}

fn histogram(args: &[Value], _: &Context) -> Value {
    let (Some(number), Some(width)) = (at(args, 0).number(), at(args, 1).number()) else {
        return Value::Missing;
    };
    if width.to_f64() <= 0.0 {
        return Value::Missing;
    }
    match (number, width) {
        (Number::Integer(number), Number::Integer(width)) => {
            let bound = number.checked_sub(number.rem_euclid(width));
            bound.map_or(Value::Missing, Value::Integer)
        }
        (number, width) => {
            let width = width.to_f64();
            Value::float((number.to_f64() / width).floor() * width)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_stay_whole() {
        let big = Value::Integer(i64::MAX);
        for function in [abs, ceil, floor, round] {
            assert_eq!(function(std::slice::from_ref(&big), &Context::EXAMPLE), big);
        }
        let least = Value::Float(9_223_372_036_854_775_808.0);
        assert_eq!(abs(&[Value::Integer(i64::MIN)], &Context::EXAMPLE), least);
    }

    #[test]
    fn rounding_follows_the_printed_digits() {
        let cases = [
            (1.005, 2, 1.01),
            (2.675, 2, 2.68),
            (-1.005, 2, -1.01),
            (0.05, 1, 0.1),
            (9.96, 1, 10.0),
            (0.04, 1, 0.0),
            (12.5, -1, 10.0),
            (15.5, -1, 20.0),
            (5.5, -1, 10.0),
            (4.5, -2, 0.0),
            (1e22, 3, 1e22),
            (1e300, -15, 1e300),
            (0.1 + 0.2, 15, 0.3),
            (5e-324, 15, 0.0),
        ];
        for (float, decimals, rounded) in cases {
            assert_eq!(round_float(float, decimals), rounded, "round({float}, {decimals})");
        }
        let cases = [(1250, -2, 1300), (-1250, -2, -1300), (1249, -2, 1200), (4, -1, 0)];
        for (number, decimals, rounded) in cases {
            assert_eq!(round_integer(number, decimals), Value::Integer(rounded));
        }
        let rounded = round_integer(i64::MAX, -15);
        assert_eq!(rounded, Value::Integer(9_223_000_000_000_000_000));
    }

    #[test]
    fn what_is_no_number_is_missing() {
        let odd = [Value::Missing, Value::text("-"), Value::text(" 5"), Value::text("0x11")];
        for function in FUNCTIONS {
            for value in &odd {
                let result = (function.value)(std::slice::from_ref(value), &Context::EXAMPLE);
                assert_eq!(result, Value::Missing, "{} of {value:?}", function.name);
            }
        }
    }
}
