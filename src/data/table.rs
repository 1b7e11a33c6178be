//! Tables: the result of a query, and what running it took.

use std::sync::Arc;

use super::column::Column;

/// The result of a query: named columns, all equally long.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Column names, in the order to show them.
    pub names: Vec<String>,
    /// One column per name.
    pub columns: Vec<Arc<Column>>,
    /// The number of records.
    pub len: usize,
    /// The `@ptr` of each record; only where the records are log events and it was asked for.
    pub pointers: Option<Arc<Column>>,
}

impl Table {
    /// The printed cell of a record and column; `None` where the record lacks the field.
    pub fn cell(&self, row: usize, column: usize) -> Option<String> {
        self.columns[column].value(row).print().map(std::borrow::Cow::into_owned)
    }

    /// Whether a column holds numbers, which are shown right-aligned.
    pub fn is_numeric(&self, column: usize) -> bool {
        match self.columns[column].as_ref() {
            Column::Integer(..) | Column::Float(..) | Column::Boolean(_) => true,
            Column::Constant(value, _) => !value.is_missing() && value.number().is_some(),
            Column::Any(values) => {
                let mut present = values.iter().filter(|value| !value.is_missing()).peekable();
                present.peek().is_some()
                    && present.all(|value| {
                        !matches!(value, super::Value::Text(_)) && value.number().is_some()
                    })
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
    /// Wall-clock time.
    pub elapsed: std::time::Duration,
}
