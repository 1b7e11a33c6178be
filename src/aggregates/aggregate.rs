//! The shape of an aggregate: a row that documents it, and an accumulator that runs it.

use std::any::Any;

use crate::data::{Column, Position, Value};
use crate::functions::function::{Arg, Example};
use crate::registry::Named;

/// Makes an empty accumulator from the literal arguments (`None` where one is no literal); fails
/// with the reason why one of them will not do.
pub type Make = fn(&[Option<Value>]) -> Result<Box<dyn Accumulator>, String>;

/// One aggregate of `stats`.
pub struct Aggregate {
    /// The documented spelling; look-up ignores case.
    pub name: &'static str,
    /// Other spellings.
    pub aliases: &'static [&'static str],
    /// Its arguments, in order.
    pub args: &'static [Arg],
    /// Whether `name(*)` and `name()` are calls of it.
    pub star: bool,
    /// Whether `@timestamp` is handed in as a last argument that is not written.
    pub implicit_time: bool,
    /// Whether it must be the only one of a `stats` without `by`.
    pub alone: bool,
    /// What kind of result it gives.
    pub gives: Gives,
    /// One sentence: what it gives for a group, also for missing and odd values.
    pub summary: &'static str,
    /// Calls over the sample values `1, 2, 3, 4` of the field `x`, one second apart, with their
    /// results; the field `absent` is missing.
    pub examples: &'static [Example],
    /// Makes an empty accumulator.
    pub make: Make,
}

/// What an aggregate gives, as far as charts and shares need to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// A number of records or values; groups add up.
    Count,
    /// A sum, in the unit of its argument; groups add up.
    Sum,
    /// A number in the unit of its argument; groups do not add up.
    Measure,
    /// Any other number, or a list or map of numbers; groups do not add up.
    Number,
    /// A value of one of the records. AWS draws no chart of it.
    Picked,
}

impl Named for Aggregate {
    fn name(&self) -> &'static str {
        self.name
    }

    fn aliases(&self) -> &'static [&'static str] {
        self.aliases
    }
}

/// Some records on their way into an accumulator.
pub struct Input<'a> {
    /// One column per argument, `@timestamp` last where the aggregate asks for it.
    pub args: &'a [&'a Column],
    /// The group of every record.
    pub groups: &'a [u32],
    /// The group of all records, where it is known to be one; so it is without `by`, and for bins
    /// of time over records in the order of time.
    pub one_group: Option<u32>,
    /// The position of every record; the lower one comes first.
    pub positions: &'a [Position],
}

/// The running state of one aggregate, for all groups at once, as columns indexed by group.
///
/// The result must not depend on the order of calls: records of a group arrive in any order and
/// in any number of parts.
pub trait Accumulator: Send + Sync + Any {
    /// Makes room for groups `0..groups`; new ones are empty.
    fn resize(&mut self, groups: usize);

    /// Folds in records; every group is below the last `resize`.
    fn update(&mut self, input: &Input<'_>);

    /// Folds in groups of another accumulator of the same kind: its group `from[i]` becomes part
    /// of group `into[i]` of this one.
    fn merge(&mut self, other: &dyn Accumulator, from: &[u32], into: &[u32]);

    /// One value per group, in group order; missing where a group saw no value.
    fn finish(&mut self) -> Column;

    /// Bytes of memory held.
    fn memory(&self) -> usize;

    /// Itself, for `merge` to look into.
    fn as_any(&self) -> &dyn Any;
}

/// The accumulator behind `other`, which is of the same kind: both were made by one aggregate.
pub fn same<T: Accumulator>(other: &dyn Accumulator) -> &T {
    other.as_any().downcast_ref().expect("accumulators of one aggregate are of one kind")
}
