//! Aggregates of `stats`; one file per kind of state.

pub mod aggregate;
pub mod count;
pub mod deviation;
pub mod distinct;
pub mod edge;
pub mod extreme;
pub mod histogram;
pub mod numbers;
pub mod percentile;
pub mod rate;
pub mod runs;
pub mod sum;
pub mod tally;
#[cfg(test)]
mod testing;

use crate::registry;
use aggregate::Aggregate;

/// The aggregates, by name.
pub const AGGREGATES: &[Aggregate] = &[
    sum::AVG,
    count::COUNT,
    distinct::COUNT_DISTINCT,
    count::COUNT_OVER_TIME,
    edge::EARLIEST,
    histogram::HISTOGRAM,
    edge::LATEST,
    extreme::MAX,
    extreme::MIN,
    percentile::PCT,
    rate::RATE,
    extreme::SORTS_FIRST,
    extreme::SORTS_LAST,
    deviation::STDDEV,
    sum::SUM,
    sum::SUM_OVER_TIME,
    tally::TOPK,
    tally::VALUES,
    deviation::VARIANCE,
];

/// The aggregate of a name, in any case.
pub fn find(name: &str) -> Option<&'static Aggregate> {
    registry::find(AGGREGATES, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_complete_and_in_order() {
        let names: Vec<String> =
            AGGREGATES.iter().map(|row| row.name.to_ascii_lowercase()).collect();
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "{names:?}");
        for aggregate in AGGREGATES {
            assert!(aggregate.summary.ends_with('.'), "{}", aggregate.name);
            assert!(aggregate.examples.len() >= 2, "{}", aggregate.name);
        }
        assert_eq!(find("count_distinct").map(|row| row.name), Some("countDistinct"));
    }
}
