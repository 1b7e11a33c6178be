//! Which columns of a result are time, keys and values, and why some results make no chart.

use std::fmt;

use crate::data::meaning::{Meaning, Role};
use crate::data::period::Period;

/// The columns of a result by what they are for, as indexes.
#[derive(Debug, Default)]
pub struct Shape {
    /// The bin of time.
    pub time: Option<usize>,
    /// How long a bin is, in milliseconds, where that is known.
    pub bin: Option<i64>,
    /// The other group keys.
    pub keys: Vec<usize>,
    /// The aggregates.
    pub values: Vec<usize>,
}

/// Why there is no chart.
#[derive(Clone, Debug, PartialEq)]
pub struct NoChart {
    /// What is in the way.
    pub reason: String,
    /// What to do about it.
    pub help: String,
}

impl NoChart {
    /// A reason and a remedy.
    pub fn new(reason: impl Into<String>, help: impl Into<String>) -> NoChart {
        NoChart { reason: reason.into(), help: help.into() }
    }
}

impl fmt::Display for NoChart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  = help: {}", self.reason, self.help)
    }
}

impl std::error::Error for NoChart {}

impl Shape {
    /// Reads the meanings of the columns.
    ///
    /// # Errors
    /// There is no aggregate.
    ///
    /// Source: CloudWatch Logs User Guide, "Visualizing log data in graphs": a chart needs a `stats`
    /// with an aggregation function; `latest` and its like are none.
    pub fn of(meanings: &[Meaning]) -> Result<Shape, NoChart> {
        let mut shape = Shape::default();
        for (at, meaning) in meanings.iter().enumerate() {
            match meaning.role {
                // Of two bins the first is the axis.
                Role::Bin(period) if shape.time.is_none() => {
                    shape.time = Some(at);
                    shape.bin = period.and_then(Period::milliseconds);
                }
                Role::Bin(_) | Role::Key => shape.keys.push(at),
                Role::Aggregate { .. } => shape.values.push(at),
                Role::Field | Role::Picked => {}
            }
        }
        if !shape.values.is_empty() {
            return Ok(shape);
        }
        let picked = meanings.iter().any(|meaning| meaning.role == Role::Picked);
        Err(match picked || meanings.iter().any(Meaning::is_key) {
            true => NoChart::new(
                "a chart needs an aggregate: `earliest`, `latest`, `sortsFirst` and `sortsLast` pick \
                 values and draw nothing",
                "add one, as in `stats count(*) by srcAddr`",
            ),
            false => NoChart::new(
                "a chart needs aggregates, and this query lists records",
                "end it with a `stats`, as in `stats sum(bytes) by bin(5m)`",
            ),
        })
    }

    /// That there is a bin of time.
    ///
    /// # Errors
    /// There is none.
    pub fn need_time(&self, kind: &str) -> Result<(), NoChart> {
        match self.time {
            Some(_) => Ok(()),
            None => Err(NoChart::new(
                format!("the chart `{kind}` needs a bin of time behind `by`"),
                "add one, as in `stats sum(bytes) by bin(5m)`, or draw a bar chart",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(role: Role) -> Meaning {
        Meaning { role, ..Meaning::default() }
    }

    #[test]
    fn an_aggregate_makes_a_chart() {
        let sum = meaning(Role::Aggregate { adds: true });
        let shape = Shape::of(&[meaning(Role::Key), meaning(Role::Bin(None)), sum]);
        let shape = shape.expect("there is an aggregate");
        assert_eq!((shape.time, shape.keys, shape.values), (Some(1), vec![0], vec![2]));
        for (meanings, reason) in [
            (vec![], "lists records"),
            (vec![meaning(Role::Field)], "lists records"),
            (vec![meaning(Role::Key), meaning(Role::Picked)], "pick values"),
        ] {
            let error = Shape::of(&meanings).expect_err(reason);
            assert!(error.reason.contains(reason), "{error}");
        }
    }
}
