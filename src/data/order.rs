//! The sort order of the language: missing values, then texts in natural order, then numbers.

use std::cmp::Ordering;

use super::number::Number;
use super::value::Value;

/// The order of two values, as `sort`, `min` and `max` use it, ascending.
///
/// Missing values come first, then every value that is no number, in natural order, then numbers
/// by value; a text that spells a number is a number. Values that differ only in how they are
/// written (`01` and `1`) are ordered by their texts, so that equal means equal in print.
///
/// Source: "Sort", the natural sort order; the place of missing values is a choice.
pub fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) | (Value::Time(a), Value::Time(b)) => a.cmp(b),
        (Value::Missing, Value::Missing) => Ordering::Equal,
        (Value::Missing, _) => Ordering::Less,
        (_, Value::Missing) => Ordering::Greater,
        _ => compare_classes(a, a.number(), b, b.number()),
    }
}

fn compare_classes(a: &Value, x: Option<Number>, b: &Value, y: Option<Number>) -> Ordering {
    match (x, y) {
        (Some(_), None) => Ordering::Greater,
        (None, Some(_)) => Ordering::Less,
        (Some(x), Some(y)) => x.compare(y).then_with(|| a.print().cmp(&b.print())),
        (None, None) => {
            let (a, b) = (a.print().unwrap_or_default(), b.print().unwrap_or_default());
            compare_texts(a.as_bytes(), b.as_bytes())
        }
    }
}

/// The natural order of two texts that are no numbers.
///
/// A text is a row of chunks, each of digits only or without any digit. Chunks of digits compare
/// by length, then by value; all others by Unicode value. A text sorts before its continuations.
pub fn compare_texts(mut a: &[u8], mut b: &[u8]) -> Ordering {
    loop {
        let (left, right) = (chunk(a), chunk(b));
        let order = if is_number(left) && is_number(right) {
            left.len().cmp(&right.len()).then_with(|| left.cmp(right))
        } else {
            // The order of UTF-8 bytes is that of code points.
            left.cmp(right)
        };
        if order.is_ne() || left.is_empty() {
            return order;
        }
        a = &a[left.len()..];
        b = &b[right.len()..];
    }
}

/// The longest start of a text that is all digits or has none.
fn chunk(text: &[u8]) -> &[u8] {
    let digits = is_number(text);
    let end = text.iter().position(|byte| byte.is_ascii_digit() != digits);
    &text[..end.unwrap_or(text.len())]
}

/// Whether a text begins with a digit; for a chunk: whether it is a number.
fn is_number(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rising: &[Value]) {
        for (i, a) in rising.iter().enumerate() {
            for (j, b) in rising.iter().enumerate() {
                assert_eq!(compare(a, b), i.cmp(&j), "{a:?} and {b:?}");
            }
        }
    }

    // Source: the ascending example of "Sort".
    #[test]
    fn the_documented_order() {
        let texts = [
            "!:",
            "#",
            "*%04",
            "0#",
            "5A",
            "111A",
            "2345_",
            "@",
            "@_",
            "A",
            "A9876fghj",
            "a12345hfh",
            "0",
            "01",
            "1",
            "2",
            "3",
        ];
        check(&texts.map(Value::text));
    }

    #[test]
    fn missing_first_and_numbers_last() {
        check(&[
            Value::Missing,
            Value::text(""),
            Value::text("-"),
            Value::text("10.0.0.9"),
            Value::text("10.0.0.10"),
            Value::text("10.0.0.10a"),
            Value::text("eni-9"),
            Value::text("eni-10"),
            Value::text("é"),
            Value::Float(-2.5),
            Value::text("-2"),
            Value::Boolean(false),
            Value::Float(0.5),
            Value::text("1.0"),
            Value::Integer(9),
            Value::text("10"),
            Value::Integer(i64::MAX),
            Value::Float(1e300),
        ]);
    }

    #[test]
    fn equal_is_equal_in_print() {
        let same = [Value::Integer(1), Value::Float(1.0), Value::text("1"), Value::Boolean(true)];
        for (a, b) in same.iter().zip(same.iter().rev()) {
            assert_eq!(compare(a, b), Ordering::Equal);
        }
        assert_eq!(compare(&Value::text("1"), &Value::text("1.0")), Ordering::Less);
    }

    #[test]
    fn times_are_chronological() {
        check(&[Value::Time(-1), Value::Time(0), Value::Time(1_700_000_000_000)]);
    }
}
