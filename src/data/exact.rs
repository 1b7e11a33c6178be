//! Exact sums: the same total in whatever order the numbers arrive, rounded once at the end.

/// A running sum without rounding error.
///
/// Whole numbers add up in 128 bits; floats as a list of partial sums that do not overlap
/// (Shewchuk 1997, the method of Python's `math.fsum`). Order cannot show in the result, so
/// neither can the number of workers or the size of a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exact {
    whole: i128,
    partials: Vec<f64>,
}

impl Exact {
    /// Adds a whole number.
    #[inline]
    pub fn add_integer(&mut self, number: i64) {
        // 2^64 values of 64 bits fit 128 bits: no count of records reaches the end.
        self.whole = self.whole.wrapping_add(i128::from(number));
    }

    /// Adds a finite float.
    pub fn add_float(&mut self, number: f64) {
        if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 {
            self.whole = self.whole.wrapping_add(number as i128);
        } else {
            self.push_partial(number);
        }
    }

    /// Adds the product of two floats without rounding it.
    pub fn add_product(&mut self, a: f64, b: f64) {
        let product = a * b;
        self.add_float(product);
        self.add_float(a.mul_add(b, -product));
    }

    /// Adds the square of a whole number, exactly.
    pub fn add_square(&mut self, number: i64) {
        let square = i128::from(number) * i128::from(number);
        match self.whole.checked_add(square) {
            Some(whole) => self.whole = whole,
            None => self.add_product(number as f64, number as f64),
        }
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &Exact) {
        self.whole = self.whole.wrapping_add(other.whole);
        for &partial in &other.partials {
            self.add_float(partial);
        }
    }

    /// The sum, where it is whole and fits 64 bits.
    pub fn to_integer(&self) -> Option<i64> {
        if self.partials.is_empty() { i64::try_from(self.whole).ok() } else { None }
    }

    /// The sum, correctly rounded to the nearest float.
    pub fn to_f64(&self) -> f64 {
        if self.partials.is_empty() {
            return self.whole as f64;
        }
        let mut total = self.clone();
        // Split the whole part into floats that hold it exactly.
        let mut whole = total.whole;
        total.whole = 0;
        while whole != 0 {
            let part = whole as f64;
            total.push_partial(part);
            whole = whole.saturating_sub(part as i128);
        }
        round_partials(&total.partials)
    }

    /// Adds a float to the partial sums, also a whole one.
    fn push_partial(&mut self, mut number: f64) {
        let mut kept = 0;
        for i in 0..self.partials.len() {
            let (high, low) = two_sum(number, self.partials[i]);
            if low != 0.0 {
                self.partials[kept] = low;
                kept += 1;
            }
            number = high;
        }
        self.partials.truncate(kept);
        self.partials.push(number);
    }
}

/// The rounded sum of two floats and what the rounding lost.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let (a, b) = if a.abs() < b.abs() { (b, a) } else { (a, b) };
    let high = a + b;
    (high, b - (high - a))
}

/// The sum of non-overlapping partial sums in rising order, rounded half to even.
fn round_partials(partials: &[f64]) -> f64 {
    let mut rest = partials.iter().rev().copied();
    let mut high = rest.next().unwrap_or(0.0);
    let mut low = 0.0;
    for partial in rest.by_ref() {
        let (sum, lost) = two_sum(high, partial);
        high = sum;
        low = lost;
        if low != 0.0 {
            break;
        }
    }
    // A half-way case is decided by the sign of what is still left.
    if let Some(next) = rest.next()
        && ((low < 0.0 && next < 0.0) || (low > 0.0 && next > 0.0))
    {
        let doubled = low * 2.0;
        let raised = high + doubled;
        if doubled == raised - high {
            return raised;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(numbers: &[f64]) -> f64 {
        let mut total = Exact::default();
        numbers.iter().for_each(|number| total.add_float(*number));
        total.to_f64()
    }

    // The expected sums are Python's math.fsum of the same lists.
    #[test]
    fn sums_are_correctly_rounded() {
        assert_eq!(sum(&[0.1; 10]), 1.0);
        assert_eq!(sum(&[1e100, 1.0, -1e100]), 1.0);
        assert_eq!(sum(&[1e16, 1.0, 1e-16]), 10_000_000_000_000_002.0);
        assert_eq!(sum(&[0.1, 0.2, 0.3, -0.6]), 2.775_557_561_562_891_4e-17);
        assert_eq!(sum(&[]), 0.0);
    }

    #[test]
    fn order_and_grouping_do_not_show() {
        let numbers: Vec<f64> =
            (1..200).map(|i| f64::from(i) / 7.0 * 10f64.powi(i % 30 - 15)).collect();
        let forward = sum(&numbers);
        let backward = sum(&numbers.iter().rev().copied().collect::<Vec<_>>());
        let (mut left, mut right) = (Exact::default(), Exact::default());
        for (i, number) in numbers.iter().enumerate() {
            if i % 3 == 0 { left.add_float(*number) } else { right.add_float(*number) }
        }
        left.merge(&right);
        assert_eq!((forward, forward), (backward, left.to_f64()));
    }

    #[test]
    fn whole_sums_stay_whole() {
        let mut total = Exact::default();
        (0..4).for_each(|_| total.add_integer(i64::MAX));
        assert_eq!(total.to_integer(), None);
        assert_eq!(total.to_f64(), 4.0 * i64::MAX as f64);
        (0..4).for_each(|_| total.add_integer(-i64::MAX));
        assert_eq!(total.to_integer(), Some(0));
    }
}
