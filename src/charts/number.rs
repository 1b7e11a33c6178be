//! Numbers of charts: whole in labels, short on axes, and the round values between.

use crate::data::meaning::Unit;

/// A number as a label shows it: all digits of whole numbers, four of others, bytes in KiB, MiB …
pub fn label(number: f64, unit: Unit) -> String {
    match unit {
        Unit::Bytes => bytes(number),
        Unit::Plain if number.fract() == 0.0 && number.abs() < 1e15 => grouped(number),
        Unit::Plain if number.abs() >= 1e15 => format!("{number:.3e}"),
        Unit::Plain if number.abs() >= 1000.0 => grouped(number.round()),
        Unit::Plain => trimmed(number, 4),
    }
}

/// A number as an axis shows it: three digits and a letter, `1.5k`, `20M`, `512 KiB`.
pub fn short(number: f64, unit: Unit) -> String {
    if unit == Unit::Bytes {
        return bytes(number);
    }
    let (mut size, mut letter) = (number, "");
    for next in ["k", "M", "G", "T", "P", "E"] {
        // What rounds to 1000 is shown with the next letter.
        if size.abs() < 999.5 {
            break;
        }
        (size, letter) = (size / 1000.0, next);
    }
    format!("{}{letter}", trimmed(size, 3))
}

/// Bytes in binary units and three digits: `12 B`, `1.5 KiB`, `340 MiB`.
pub fn bytes(number: f64) -> String {
    let (mut size, mut unit) = (number, "B");
    for next in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
        if size.abs() < 1023.5 {
            break;
        }
        (size, unit) = (size / 1024.0, next);
    }
    let digits = if size.abs() >= 999.5 { 4 } else { 3 };
    format!("{} {unit}", trimmed(size, digits))
}

/// A share in per cent with one decimal; what is more than nothing is never shown as nothing.
pub fn share(part: f64, whole: f64) -> String {
    let share = if whole > 0.0 { part / whole * 100.0 } else { 0.0 };
    if share > 0.0 && share < 0.05 { "<0.1 %".to_owned() } else { format!("{share:.1} %") }
}

/// A whole number with a comma between thousands.
fn grouped(number: f64) -> String {
    let digits = format!("{:.0}", number.abs());
    let mut text = if number < 0.0 { "-".to_owned() } else { String::new() };
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number in so many significant digits, without zeros at its end.
fn trimmed(number: f64, digits: i32) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let magnitude = number.abs().log10().floor().max(-12.0) as i32;
    let decimals = usize::try_from(digits - 1 - magnitude).unwrap_or(0).min(12);
    let text = format!("{number:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// Round values from `low` to at least `high`, about `count` of them: multiples of 1, 2 or 5 of a
/// power of ten; of bytes, of a power of two.
pub fn ticks(low: f64, high: f64, count: usize, unit: Unit) -> Vec<f64> {
    let (low, high) = (low.min(0.0), high.max(low).max(0.0));
    let span = high - low;
    if span <= 0.0 || !span.is_finite() {
        return vec![low, low + 1.0];
    }
    let least = span / count.max(1) as f64;
    let step = match unit {
        Unit::Bytes if span >= 64.0 => 2_f64.powf((least).log2().ceil()),
        _ => {
            let power = 10_f64.powf(least.log10().floor());
            let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * power >= least);
            factor.unwrap_or(10.0) * power
        }
    };
    let first = (low / step).floor();
    let steps = (high / step - 1e-9).ceil() - first;
    // At most twice what was asked for, whatever rounding did.
    let steps = steps.clamp(1.0, 2.0 * count.max(1) as f64) as usize;
    (0..=steps).map(|i| (first + i as f64) * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_all_sizes() {
        let cases = [
            (0.0, "0", "0"),
            (7.0, "7", "7"),
            (999.0, "999", "999"),
            (1500.0, "1,500", "1.5k"),
            (999_700.0, "999,700", "1M"),
            (-1_234_567.0, "-1,234,567", "-1.23M"),
            (2.456_789, "2.457", "2.46"),
            (0.000_12, "0.00012", "0.00012"),
            (12345.678, "12,346", "12.3k"),
            (4e15, "4.000e15", "4P"),
        ];
        for (number, whole, axis) in cases {
            assert_eq!(label(number, Unit::Plain), whole);
            assert_eq!(short(number, Unit::Plain), axis);
        }
    }

    #[test]
    fn bytes_in_powers_of_two() {
        let cases = [
            (0.0, "0 B"),
            (1000.0, "1000 B"),
            (1024.0, "1 KiB"),
            (1536.0, "1.5 KiB"),
            (1_048_575.0, "1 MiB"),
            (5.0 * 1024.0 * 1024.0 * 1024.0, "5 GiB"),
            (1010.0 * 1024.0, "1010 KiB"),
        ];
        for (number, text) in cases {
            assert_eq!(label(number, Unit::Bytes), text);
        }
    }

    #[test]
    fn ticks_are_round_and_reach_over_the_data() {
        assert_eq!(ticks(0.0, 97.0, 5, Unit::Plain), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(ticks(-3.0, 4.0, 4, Unit::Plain), [-4.0, -2.0, 0.0, 2.0, 4.0]);
        let mib = 1_048_576.0;
        assert_eq!(
            ticks(0.0, 3.5 * mib, 4, Unit::Bytes),
            [0.0, mib, 2.0 * mib, 3.0 * mib, 4.0 * mib]
        );
        assert_eq!(ticks(0.0, 0.0, 5, Unit::Plain), [0.0, 1.0]);
        for high in [1e-9, 0.3, 1.0, 17.0, 1e9, 1e300] {
            let ticks = ticks(0.0, high, 5, Unit::Plain);
            assert!((2..=11).contains(&ticks.len()), "{high}: {ticks:?}");
            assert!(ticks.last().is_some_and(|last| *last >= high * 0.999), "{high}: {ticks:?}");
        }
        assert_eq!(share(1.0, 3.0), "33.3 %");
        assert_eq!(share(1.0, 1e9), "<0.1 %");
    }
}
