//! Slices: a list of log events too long to be held, a while of time after another.
//!
//! The logs are read to see which times the events have, and once more for the first slice; for the
//! others only the blocks that have records of their times, as the first one found.

use std::sync::Arc;

use super::plan::Plan;
use super::run::Outcome;
use crate::data::time::{TimeRange, Timestamp};
use crate::data::{Number, Table, Value};
use crate::error::{Error, Result};
use crate::logs::spans::Spans;

/// Bins of time that slices are put together from, about; a slice of one bin is halved where it is
/// still too long.
const BINS: i64 = 4096;

/// Bytes that a value takes while records are sorted, about.
const VALUE: u64 = 48;

/// The shortest slice, in milliseconds: times of flow logs are whole seconds.
const SHORTEST: i64 = 1000;

/// What is left of a list of log events.
pub struct Slices {
    /// What was read to find them: all records were counted, none is in it.
    pub outcome: Outcome,
    /// The records of the list.
    pub records: u64,
    /// What the slices before met where.
    pub(crate) spans: Arc<Spans>,
    text: String,
    room: usize,
    newest_first: bool,
    /// The next one is the last here.
    left: Vec<Slice>,
    given: u64,
}

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slice {
    /// The events of these times.
    Within(TimeRange),
    /// Those without one.
    Timeless,
}

/// Runs a query.
pub(crate) type Ask<'a> = &'a dyn Fn(&str) -> Result<Outcome>;

/// Runs a query over a part of the times, within so much memory.
pub(crate) type AskSlice<'a> = &'a dyn Fn(&str, Option<TimeRange>, Option<usize>) -> Result<Table>;

impl Slices {
    /// The slices of the list that a query asks for, each of less than `room` bytes, about.
    ///
    /// # Errors
    /// What `ask` fails with.
    pub(crate) fn new(plan: &Plan, text: &str, room: usize, ask: Ask<'_>) -> Result<Slices> {
        let with = |command: &str| format!("{text}\n| {command}");
        let mut outcome =
            ask(&with("stats count(*) as n, min(@timestamp) as a, max(@timestamp) as z"))?;
        let table = std::mem::take(&mut outcome.table);
        let records = count(&table, 0, 0);
        let (first, last) = (time(&table, 0, 1), time(&table, 0, 2));
        let span = first.zip(last).map_or(0, |(first, last)| last.saturating_sub(first));
        // No `bin`, whose periods are capped as on AWS.
        let width = (span / BINS / SHORTEST).saturating_add(1).saturating_mul(SHORTEST);
        let number = format!("floor(toMillis(@timestamp) / {width})");
        let bins = ask(&with(&format!("stats count(*) as n by {number} as a")))?.table;
        let read = outcome.statistics.records_scanned.max(1);
        let each =
            2 * outcome.statistics.bytes_scanned / read + VALUE * (plan.shown.len() as u64 + 2);
        let most = (room as u64 / each).max(1);
        let mut left = parts(&bins, width, most);
        let newest_first = plan.by_time().unwrap_or(true);
        if newest_first {
            left.reverse();
        }
        left.reverse();
        outcome.statistics.records_matched = records;
        outcome.statistics.records_found = records;
        let text = text.to_owned();
        let spans = Arc::default();
        Ok(Slices { outcome, records, spans, text, room, newest_first, left, given: 0 })
    }

    /// The records of the next slice; `None` behind the last.
    ///
    /// # Errors
    /// What `ask` fails with; the logs are not what they were when the slices were found.
    pub(crate) fn next(&mut self, ask: AskSlice<'_>) -> Result<Option<Table>> {
        while let Some(slice) = self.left.pop() {
            let asked = match slice {
                Slice::Within(range) => {
                    let room = (range.length() > SHORTEST).then_some(self.room);
                    ask(&self.text, Some(range), room)
                }
                // Only here are records without a time asked for alone.
                Slice::Timeless => {
                    ask(&format!("{}\n| filter not ispresent(@timestamp)", self.text), None, None)
                }
            };
            match (asked, slice) {
                (Err(Error::Limit(_)), Slice::Within(range)) if range.length() > SHORTEST => {
                    let middle = range.start + range.length() / 2;
                    let halves = [
                        TimeRange { start: range.start, end: middle - 1 },
                        TimeRange { start: middle, end: range.end },
                    ];
                    let halves = halves.into_iter().map(Slice::Within);
                    match self.newest_first {
                        true => self.left.extend(halves),
                        false => self.left.extend(halves.rev()),
                    }
                }
                (asked, _) => {
                    let table = asked?;
                    self.given += table.len as u64;
                    if table.len > 0 {
                        return Ok(Some(table));
                    }
                }
            }
        }
        if self.given != self.records {
            return Err(Error::logs_changed(self.records, self.given));
        }
        Ok(None)
    }
}

/// The slices in the order of time, those without a time in front: as many bins of `width`
/// milliseconds together as have `most` records.
fn parts(bins: &Table, width: i64, most: u64) -> Vec<Slice> {
    let start = |row: usize| match bins.value(row, 0).number()? {
        Number::Integer(bin) => Some(bin.saturating_mul(width)),
        Number::Float(bin) => Some((bin as i64).saturating_mul(width)),
    };
    let mut counts: Vec<(Option<Timestamp>, u64)> =
        (0..bins.len).map(|row| (start(row), count(bins, row, 1))).collect();
    counts.sort_unstable();
    let mut slices = Vec::new();
    let mut held = 0;
    for (start, records) in counts {
        let Some(start) = start else {
            slices.push(Slice::Timeless);
            continue;
        };
        let end = start.saturating_add(width - 1);
        match slices.last_mut() {
            Some(Slice::Within(range)) if held + records <= most => range.end = end,
            _ => {
                slices.push(Slice::Within(TimeRange { start, end }));
                held = 0;
            }
        }
        held += records;
    }
    slices
}

fn time(table: &Table, row: usize, column: usize) -> Option<Timestamp> {
    if row >= table.len {
        return None;
    }
    match table.value(row, column) {
        Value::Time(time) => Some(time),
        _ => None,
    }
}

fn count(table: &Table, row: usize, column: usize) -> u64 {
    if row >= table.len {
        return 0;
    }
    match table.value(row, column) {
        Value::Integer(count) => u64::try_from(count).unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Column;

    #[test]
    fn bins_go_together_up_to_a_number_of_records() {
        let number = |value: Option<i64>| value.map_or(Value::Missing, Value::Integer);
        let bins = [(Some(2), 3), (None, 7), (Some(0), 2), (Some(1), 1), (Some(9), 9)];
        let column = |values: Vec<Value>| Arc::new(Column::Any(values));
        let table = Table {
            names: vec!["a".to_owned(), "n".to_owned()],
            columns: vec![
                column(bins.iter().map(|(at, _)| number(*at)).collect()),
                column(bins.iter().map(|(_, count)| Value::Integer(*count)).collect()),
            ],
            len: bins.len(),
            ..Table::default()
        };
        let within = |start, end| Slice::Within(TimeRange { start, end });
        let expected = [Slice::Timeless, within(0, 1999), within(2000, 2999), within(9000, 9999)];
        assert_eq!(parts(&table, 1000, 5), expected);
        assert_eq!(parts(&table, 1000, 6)[1], within(0, 2999));
    }
}
