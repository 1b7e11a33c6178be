//! Spans: the times of the records in each block of text, noted in one scan for those that follow.

use std::collections::HashMap;
use std::sync::Mutex;

use super::feed::lock;
use crate::data::time::{Periods, TimeRange};
use crate::data::{Column, Value};

/// What is known of the blocks of some logs, which must not change between two scans.
#[derive(Debug, Default)]
pub struct Spans(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// By file and by where in it the block begins.
    blocks: HashMap<(usize, u64), TimeRange>,
    /// Of whole files that were read to their end, once somebody asked.
    files: HashMap<usize, Option<TimeRange>>,
}

/// No time.
const NONE: TimeRange = TimeRange { start: i64::MAX, end: i64::MIN };

fn both(a: TimeRange, b: TimeRange) -> TimeRange {
    TimeRange { start: a.start.min(b.start), end: a.end.max(b.end) }
}

impl Spans {
    /// Notes the times of records of a block; records without one do not count.
    pub(super) fn note(&self, file: usize, begin: u64, times: &Column) {
        let span = match times {
            Column::Time(values, valid) => {
                let exists = |row: usize| valid.as_ref().is_none_or(|valid| valid[row]);
                let values = values.iter().enumerate().filter(|(row, _)| exists(*row));
                values
                    .fold(NONE, |all, (_, time)| both(all, TimeRange { start: *time, end: *time }))
            }
            Column::Constant(Value::Time(time), _) => TimeRange { start: *time, end: *time },
            Column::Constant(Value::Missing, _) => NONE,
            _ => TimeRange::ALL,
        };
        let mut known = lock(&self.0);
        let all = known.blocks.entry((file, begin)).or_insert(NONE);
        *all = both(*all, span);
    }

    /// Says that a file was read to its end: this scan notes the rest of its blocks.
    pub(super) fn end_file(&self, file: usize) {
        lock(&self.0).files.entry(file).or_insert(None);
    }

    /// Whether a block is known to have no record of these times.
    pub(super) fn lacks(&self, file: usize, begin: u64, range: Periods) -> bool {
        lock(&self.0).blocks.get(&(file, begin)).is_some_and(|span| !range.meets(*span))
    }

    /// The same of a whole file; to be asked before a scan notes anything.
    pub(super) fn file_lacks(&self, file: usize, range: Periods) -> bool {
        let Known { blocks, files } = &mut *lock(&self.0);
        let Some(known) = files.get_mut(&file) else { return false };
        let span = known.get_or_insert_with(|| {
            let own = blocks.iter().filter(|((of, _), _)| *of == file);
            own.fold(NONE, |all, (_, span)| both(all, *span))
        });
        !range.meets(*span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_lacks_what_none_of_its_records_has() {
        let spans = Spans::default();
        let range = |start, end| Periods { current: TimeRange { start, end }, earlier: None };
        spans.note(0, 0, &Column::Time(vec![5, 9, 2], Some(vec![true, true, false])));
        spans.note(0, 0, &Column::Time(vec![20], None));
        spans.note(0, 100, &Column::missing(3));
        assert!(spans.lacks(0, 0, range(1, 4)) && spans.lacks(0, 0, range(21, 30)));
        assert!(!spans.lacks(0, 0, range(10, 12)), "it lies between two records");
        assert!(spans.lacks(0, 100, range(0, 100)) && !spans.lacks(1, 0, range(0, 1)));
        assert!(!spans.file_lacks(0, range(50, 60)), "it was not read to its end");
        spans.end_file(0);
        assert!(spans.file_lacks(0, range(50, 60)) && !spans.file_lacks(0, range(0, 6)));
    }
}
