//! Numbers: which texts are numbers, exact comparison, and how a number prints.

use std::cmp::Ordering;

/// A number of the language: whole where it fits 64 bits, else binary floating point, never NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// A whole number.
    Integer(i64),
    /// Any other finite number.
    Float(f64),
}

impl Number {
    /// The number a text spells, `None` if it spells none.
    ///
    /// Taken: `17`, `-5`, `17.0`, `.5`, `1e3`; not taken: blanks, `+5`, `0x11`, `inf`, `NaN`.
    /// Source: the language reference leaves it open; the choice stands in docs/compatibility.md.
    pub fn parse(text: &[u8]) -> Option<Number> {
        if let Some(whole) = parse_integer(text) {
            return Some(Number::Integer(whole));
        }
        let first = *text.first()?;
        let digit = text.iter().any(u8::is_ascii_digit);
        let plain = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E');
        // Behind a point there are digits: neither `5.` nor `5.e1`.
        let mut behind = text.iter().skip_while(|byte| **byte != b'.').skip(1);
        let open = text.contains(&b'.') && !behind.next().is_some_and(u8::is_ascii_digit);
        if !digit || open || matches!(first, b'+' | b'e' | b'E') || !text.iter().all(plain) {
            return None;
        }
        let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
        Number::finite(number)
    }

    /// A float as a number; `None` where it is not finite.
    pub fn finite(float: f64) -> Option<Number> {
        float.is_finite().then_some(Number::Float(float))
    }

    /// The nearest binary floating point number.
    pub fn to_f64(self) -> f64 {
        match self {
            Number::Integer(whole) => whole as f64,
            Number::Float(float) => float,
        }
    }

    /// Exact order by numeric value, also between the two kinds.
    pub fn compare(self, other: Number) -> Ordering {
        match (self, other) {
            (Number::Integer(a), Number::Integer(b)) => a.cmp(&b),
            (Number::Float(a), Number::Float(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
            (Number::Integer(a), Number::Float(b)) => compare_mixed(a, b),
            (Number::Float(a), Number::Integer(b)) => compare_mixed(b, a).reverse(),
        }
    }
}

/// Compares a whole number with a float exactly, where a conversion could round.
fn compare_mixed(whole: i64, float: f64) -> Ordering {
    if float >= 9_223_372_036_854_775_808.0 {
        return Ordering::Less;
    }
    if float < -9_223_372_036_854_775_808.0 {
        return Ordering::Greater;
    }
    let floor = float.floor();
    match whole.cmp(&(floor as i64)) {
        Ordering::Equal if float > floor => Ordering::Less,
        order => order,
    }
}

/// The whole number a text of ASCII digits with an optional `-` spells, if it fits 64 bits.
#[inline]
pub fn parse_integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some(_) => (false, text),
        None => return None,
    };
    if digits.is_empty() {
        return None;
    }
    let mut number: i64 = 0;
    if digits.len() <= 18 {
        for &byte in digits {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            number = number * 10 + i64::from(digit);
        }
        return Some(if negative { -number } else { number });
    }
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number.checked_mul(10)?.checked_sub(i64::from(digit))?;
    }
    if negative { Some(number) } else { number.checked_neg() }
}

/// Prints a float the shortest way that reads back the same, never with an exponent, and without
/// a fraction where it has none.
pub fn print_float(float: f64) -> String {
    let mut text = Vec::new();
    push_float(float, &mut text);
    String::from_utf8(text).unwrap_or_default()
}

/// Appends a float as [`print_float`] prints it.
pub fn push_float(float: f64, out: &mut Vec<u8>) {
    use std::io::Write as _;
    if float == float.trunc() && float.abs() < 1e15 {
        // Such a number is a whole one in binary too.
        out.extend_from_slice(itoa::Buffer::new().format(float as i64).as_bytes());
    } else if float.is_finite() && (1e-5..1e15).contains(&float.abs()) {
        // In this range the quick printer writes no exponent.
        out.extend_from_slice(zmij::Buffer::new().format_finite(float).as_bytes());
    } else {
        // Writing to memory does not fail.
        let _ = write!(out, "{float}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_the_shortest_text_that_reads_back() {
        let mut bits = 1_u64;
        let odd = [1e-5, 9.999e-6, 1e15, 999_999_999_999_999.9, 0.1 + 0.2, 5.0, 1e300, f64::MIN];
        let random = std::iter::repeat_with(|| {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695);
            (bits >> 20) as f64 / (1_u64 << (bits % 50)) as f64
        });
        for float in random.take(20_000).chain(odd).flat_map(|float| [float, -float]) {
            // Of two such texts that are equally near, the standard library may take the other.
            let (text, known) = (print_float(float), float.to_string());
            assert_eq!(text.parse(), Ok(float));
            assert_eq!(text.len(), known.len(), "{text}, {known}");
            assert!(!text.contains('e'));
        }
        assert_eq!(print_float(-0.0), "0");
    }

    #[test]
    fn texts_that_are_numbers() {
        let whole = Number::Integer;
        let float = Number::Float;
        let cases: &[(&str, Option<Number>)] = &[
            ("17", Some(whole(17))),
            ("080", Some(whole(80))),
            ("-5", Some(whole(-5))),
            ("17.0", Some(float(17.0))),
            (".5", Some(float(0.5))),
            ("1e3", Some(float(1000.0))),
            ("9223372036854775807", Some(whole(i64::MAX))),
            ("-9223372036854775808", Some(whole(i64::MIN))),
            ("9223372036854775808", Some(float(9_223_372_036_854_775_808.0))),
            ("", None),
            ("-", None),
            ("+5", None),
            (" 5", None),
            ("0x11", None),
            ("inf", None),
            ("NaN", None),
            ("1e999", None),
            ("10.0.0.1", None),
            ("10.", None),
            ("e5", None),
        ];
        for (text, number) in cases {
            assert_eq!(Number::parse(text.as_bytes()), *number, "{text}");
        }
    }

    #[test]
    fn order_is_exact_beyond_53_bits() {
        let big = 9_007_199_254_740_993_i64; // 2^53 + 1, which no float can hold
        let near = Number::Float(9_007_199_254_740_992.0);
        assert_eq!(Number::Integer(big).compare(near), Ordering::Greater);
        assert_eq!(near.compare(Number::Integer(big)), Ordering::Less);
        assert_eq!(Number::Integer(-2).compare(Number::Float(-1.5)), Ordering::Less);
        assert_eq!(Number::Float(1e30).compare(Number::Integer(i64::MAX)), Ordering::Greater);
    }

    #[test]
    fn floats_print_shortest() {
        for (float, text) in
            [(2.5, "2.5"), (3.0, "3"), (-0.0, "0"), (0.1 + 0.2, "0.30000000000000004")]
        {
            assert_eq!(print_float(float), text);
        }
    }
}
