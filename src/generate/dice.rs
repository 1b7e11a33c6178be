//! Chance: every draw that the generated logs are made of, fixed by the seed alone.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A stream of random numbers, the same for a seed on every machine.
///
/// Only the stream of ChaCha8 is used, whose specification fixes it; how it becomes a number is
/// decided here, since libraries change that between versions.
#[derive(Debug)]
pub struct Dice {
    rng: ChaCha8Rng,
}

impl Dice {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Dice {
        let mut key = *b"........ flow logs from a seed..";
        for (byte, part) in key.iter_mut().zip(seed.to_le_bytes()) {
            *byte = part;
        }
        Dice { rng: ChaCha8Rng::from_seed(key) }
    }

    /// A number from 0 to `count - 1`, each as likely; 0 if `count` is 0.
    pub fn below(&mut self, count: u32) -> u32 {
        // The high half of the product; its bias is below 1 in 4 billion times `count`.
        ((u64::from(self.rng.next_u32()) * u64::from(count)) >> 32) as u32
    }

    /// A number from 0 to `count - 1`, the small ones more likely.
    pub fn skewed(&mut self, count: u32) -> u32 {
        self.below(count).min(self.below(count))
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True once in `count` times.
    pub fn one_in(&mut self, count: u32) -> bool {
        self.below(count) == 0
    }

    /// One of the entries of a table that has some.
    pub fn pick<'a, T>(&mut self, table: &'a [T]) -> &'a T {
        &table[self.below(table.len() as u32) as usize]
    }

    /// Random bits.
    pub fn bits(&mut self) -> u64 {
        self.rng.next_u64()
    }
}

/// Zipf's law: rank `k` of `count` is drawn about as often as `1 / (k + flatness)` says.
///
/// Only sums and quotients make the table, which IEEE 754 rounds alike everywhere; powers and
/// logarithms differ in their last bit between machines, and so would the logs.
#[derive(Debug)]
pub struct Ranks {
    /// The share of all ranks up to this one, in units of 2⁻³².
    cumulative: Vec<u32>,
}

impl Ranks {
    /// `flatness`: 1 for Zipf's own law; the larger, the less the first ranks stand out.
    pub fn new(count: u32, flatness: u32) -> Ranks {
        let weight = |rank: u32| 1.0 / (f64::from(rank) + f64::from(flatness));
        let total: f64 = (0..count).map(weight).sum();
        let mut sum = 0.0;
        let share = |rank| {
            sum += weight(rank);
            (sum / total * 4_294_967_296.0) as u32
        };
        Ranks { cumulative: (0..count).map(share).collect() }
    }

    /// A rank, from 0 to one less than their number.
    pub fn draw(&self, dice: &mut Dice) -> usize {
        let at = dice.bits() as u32;
        let rank = self.cumulative.partition_point(|share| *share <= at);
        rank.min(self.cumulative.len().saturating_sub(1))
    }
}

/// Sizes of a log-normal shape: most are small, some are huge.
#[derive(Debug)]
pub struct Sizes {
    /// Powers of the 32nd root of 2, rounded down.
    powers: Vec<u32>,
}

/// Steps of [`Sizes`] to a doubling.
const STEPS: i64 = 32;

impl Sizes {
    /// Sizes up to 16 million.
    pub fn new() -> Sizes {
        // Square roots are exact to the last bit on every machine.
        let root = (0..STEPS.ilog2()).fold(2.0, |root: f64, _| root.sqrt());
        let powers = std::iter::successors(Some(1.0), |power| Some(power * root));
        Sizes { powers: powers.take(24 * STEPS as usize).map(|power: f64| power as u32).collect() }
    }

    /// A size, at least 1: `2^median` in the middle, a standard deviation of `2^spread` around it,
    /// both in 32nds of a doubling.
    pub fn draw(&self, dice: &mut Dice, median: i64, spread: i64) -> u32 {
        // The sum of eight uniform numbers is all but normal: mean 262,140, deviation 53,509.
        let words = |bits: u64| [0, 16, 32, 48].map(|at| ((bits >> at) & 0xffff) as i64);
        let (low, high) = (words(dice.bits()), words(dice.bits()));
        let sum: i64 = low.iter().chain(&high).sum();
        let step = median + (sum - 262_140) * spread / 53_509;
        let last = self.powers.len() - 1;
        self.powers[(step.max(0) as usize).min(last)]
    }
}

impl Default for Sizes {
    fn default() -> Sizes {
        Sizes::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_of_a_seed_never_changes() {
        let mut dice = Dice::new(7);
        let first: Vec<u32> = (0..4).map(|_| dice.below(1000)).collect();
        let mut again = Dice::new(7);
        assert_eq!(first, (0..4).map(|_| again.below(1000)).collect::<Vec<_>>());
        assert_ne!(Dice::new(7).bits(), Dice::new(8).bits());
    }

    #[test]
    fn low_ranks_are_drawn_most() {
        let (mut dice, ranks) = (Dice::new(1), Ranks::new(1000, 1));
        let mut counts = [0; 1000];
        (0..100_000).for_each(|_| counts[ranks.draw(&mut dice)] += 1);
        // 1 / H(1000) = 13.4 %.
        assert!((12_900..13_900).contains(&counts[0]), "{}", counts[0]);
        assert!(counts[0] > 8 * counts[9] && counts[999] < 60);
    }

    #[test]
    fn sizes_lie_around_their_median() {
        let (mut dice, sizes) = (Dice::new(1), Sizes::new());
        let mut drawn: Vec<u32> = (0..10_001).map(|_| sizes.draw(&mut dice, 320, 64)).collect();
        drawn.sort_unstable();
        assert!((950..1100).contains(&drawn[5000]), "{}", drawn[5000]);
        // A standard deviation above the median is two doublings.
        assert!((3500..4700).contains(&drawn[8413]), "{}", drawn[8413]);
        assert!(drawn[0] >= 1);
    }
}
