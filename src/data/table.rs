//! Tables: the result of a query, and what running it took.

use std::sync::Arc;

use super::column::Column;
use super::meaning::Meaning;
use super::value::Value;

/// The result of a query: named columns, all equally long.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Column names, in the order to show them.
    pub names: Vec<String>,
    /// One column per name.
    pub columns: Vec<Arc<Column>>,
    /// The number of records.
    pub len: usize,
    /// The number of records before a row limit cut them; 0 where nobody counted.
    pub found: u64,
    /// What each column means, where that is known; see [`Table::meaning`].
    pub meanings: Vec<Meaning>,
    /// The `@ptr` of each record; only where the records are log events and it was asked for.
    pub pointers: Option<Arc<Column>>,
}

impl Table {
    /// The printed cell of a record and column; `None` where the record lacks the field.
    pub fn cell(&self, row: usize, column: usize) -> Option<String> {
        self.columns[column].value(row).print().map(std::borrow::Cow::into_owned)
    }

    /// The first records of it.
    #[must_use]
    pub fn head(self, len: usize) -> Table {
        if len >= self.len {
            return self;
        }
        let rows: Vec<u32> = (0..u32::try_from(len).unwrap_or(u32::MAX)).collect();
        let first = |column: Arc<Column>| Arc::new(column.take(&rows));
        Table {
            len,
            columns: self.columns.into_iter().map(first).collect(),
            pointers: self.pointers.map(first),
            ..self
        }
    }

    /// The value of a record and column.
    pub fn value(&self, row: usize, column: usize) -> Value {
        self.columns.get(column).map_or(Value::Missing, |column| column.value(row))
    }

    /// What a column means; a field of which nothing is known where no command said.
    pub fn meaning(&self, column: usize) -> Meaning {
        self.meanings.get(column).cloned().unwrap_or_default()
    }

    /// Whether a column holds numbers, which are shown right-aligned.
    pub fn is_numeric(&self, column: usize) -> bool {
        if self.meaning(column).figure {
            return true;
        }
        match self.columns[column].as_ref() {
            Column::Integer(..) | Column::Float(..) | Column::Boolean(_) => true,
            Column::Constant(value, _) => !value.is_missing() && value.number().is_some(),
            Column::Any(values) => {
                let mut present = values.iter().filter(|value| !value.is_missing()).peekable();
                present.peek().is_some()
                    && present
                        .all(|value| !matches!(value, Value::Text(_)) && value.number().is_some())
            }
            Column::Time(..) | Column::Text(_) => false,
        }
    }
}

/// What running a query took.
///
/// Source: API reference, `QueryStatistics`: the first three names and meanings are AWS's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Statistics {
    /// Records that passed every filter in front of the first gathering command.
    pub records_matched: u64,
    /// Records read.
    pub records_scanned: u64,
    /// Bytes read, counted after decompression.
    pub bytes_scanned: u64,
    /// Lines that are no record.
    pub bad_lines: u64,
    /// Records of the result before the row limit cut it.
    pub records_found: u64,
    /// Files read.
    pub files: u64,
    /// Files that were not read, since they hold other times than are asked for.
    pub files_skipped: u64,
    /// Wall-clock time.
    pub elapsed: std::time::Duration,
}
