//! Quantities as people read them: bytes, counts, lengths of time and money.

use std::time::Duration;

/// Dollars that AWS takes for scanning one GB.
///
/// Source: CloudWatch price list, us-east-1, "Logs Insights queries"; other regions differ.
pub const PRICE_PER_GB: f64 = 0.005;

/// Bytes of one GB on an AWS bill. A doubt: the price list does not say whether its GB is 2^30 or
/// 10^9 bytes; 2^30 makes the saving 7% smaller, so no figure here boasts. [`bytes`] counts in
/// powers of ten, as disks do.
const BILLED_GB: f64 = 1_073_741_824.0;

/// A number of bytes in decimal units and three digits, `1.13 GB`.
pub fn bytes(bytes: u64) -> String {
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut size = bytes as f64;
    for unit in ["kB", "MB", "GB", "TB", "PB", "EB"] {
        size /= 1000.0;
        // What rounds to 1000 is shown in the next unit.
        if size < 999.5 {
            return format!("{} {unit}", three_digits(size));
        }
    }
    format!("{size:.0} EB")
}

/// A count with a comma between thousands, `1,234,567`.
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A length of time in three digits below a minute (`840 ms`, `1.24 s`), else in two units
/// (`2 min 5 s`, `1 h 2 min`).
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    let whole = duration.as_secs();
    if seconds < 0.9995 {
        format!("{} ms", three_digits(seconds * 1000.0))
    } else if seconds < 59.95 {
        format!("{} s", three_digits(seconds))
    } else if whole < 3600 {
        let whole = whole.max(60);
        format!("{} min {} s", whole / 60, whole % 60)
    } else {
        format!("{} h {} min", whole / 3600, whole / 60 % 60)
    }
}

/// Dollars that AWS would have taken for scanning so many bytes: [`PRICE_PER_GB`] for each 2^30.
pub fn price(bytes: u64) -> f64 {
    bytes as f64 / BILLED_GB * PRICE_PER_GB
}

/// A number from 0 to 999 in three digits.
fn three_digits(number: f64) -> String {
    if number < 9.995 {
        format!("{number:.2}")
    } else if number < 99.95 {
        format!("{number:.1}")
    } else {
        format!("{number:.0}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_in_decimal_units() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.00 kB"),
            (9_999, "10.0 kB"),
            (999_499, "999 kB"),
            (999_999, "1.00 MB"),
            (1_130_000_000, "1.13 GB"),
            (u64::MAX, "18.4 EB"),
        ];
        for (size, text) in cases {
            assert_eq!(bytes(size), text);
        }
    }

    #[test]
    fn counts_with_thousands() {
        let cases = [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")];
        for (number, text) in cases {
            assert_eq!(count(number), text);
        }
    }

    #[test]
    fn durations() {
        let cases = [
            (0.0, "0.00 ms"),
            (0.0004, "0.40 ms"),
            (0.84, "840 ms"),
            (0.9999, "1.00 s"),
            (12.34, "12.3 s"),
            (59.99, "1 min 0 s"),
            (125.0, "2 min 5 s"),
            (3725.0, "1 h 2 min"),
        ];
        for (seconds, text) in cases {
            assert_eq!(duration(Duration::from_secs_f64(seconds)), text);
        }
    }

    #[test]
    fn a_gib_costs_half_a_cent() {
        assert!((price(1 << 30) - 0.005).abs() < 1e-12);
        assert!((price(1_000_000_000_000) - 4.656_612_873).abs() < 1e-6);
    }
}
