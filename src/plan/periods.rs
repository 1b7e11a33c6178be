//! The two time ranges of a query that compares: its own, and an earlier one of the same length.

use std::sync::Arc;

use super::catalog::Catalog;
use super::plan::{PlanOptions, compile};
use super::run::{RunOne, RunOptions};
use crate::commands::command::Compared;
use crate::data::Value;
use crate::data::period::Period;
use crate::data::time::{self, TimeRange};
use crate::error::{Error, Result};
use crate::logs::group::LogGroup;

/// The options of a query that compares, with both of its ranges.
///
/// Where its own range is open, an end is that of the records. An open start leaves as much of them
/// for the earlier range as goes: half of the time where that lies right in front, else one period.
///
/// # Errors
/// A range without ends over logs that can be read only once, and what reading them for their times
/// gives.
pub fn of(
    compared: &Compared,
    group: &LogGroup,
    options: &RunOptions,
    one: RunOne<'_>,
) -> Result<RunOptions> {
    let mut range = options.range;
    if range.start == i64::MIN || range.end == i64::MAX {
        let Some(covered) = covered(group, options, one)? else { return Ok(options.clone()) };
        if range.end == i64::MAX {
            range.end = covered.end;
        }
        if range.start == i64::MIN {
            let end = range.end.min(covered.end);
            range.start = match compared.back {
                None => {
                    // Rounded up, so that the first record is in.
                    let half = TimeRange { start: covered.start, end }.length();
                    let half = half / 2 + half % 2;
                    end.saturating_sub(half).saturating_add(1).min(end)
                }
                Some(back) => shifted(end, back).saturating_add(1).max(covered.start),
            };
        }
    }
    let earlier = match compared.back {
        None => {
            // Whole seconds at both ends mean the last second to its end.
            let whole = range.start % 1000 == 0 && range.end % 1000 == 0;
            let length = range.length().saturating_add(if whole { 999 } else { 0 });
            let by = |time: i64| time.saturating_sub(length);
            TimeRange { start: by(range.start), end: by(range.end) }
        }
        Some(back) => {
            TimeRange { start: shifted(range.start, back), end: shifted(range.end, back) }
        }
    };
    Ok(RunOptions { range, earlier: Some(earlier), ..options.clone() })
}

fn shifted(time: i64, back: Period) -> i64 {
    time::back(time, back).unwrap_or(i64::MIN)
}

/// From the first to the last record in the range of the query; `None` where there is none.
fn covered(group: &LogGroup, options: &RunOptions, one: RunOne<'_>) -> Result<Option<TimeRange>> {
    if !group.can_be_read_again() {
        return Err(Error::Usage(
            "a query that compares two time ranges needs --start and --end, or logs that can be \
             read twice: a file in place of a pipe"
                .to_owned(),
        ));
    }
    let text = "stats min(@timestamp) as first, max(@timestamp) as last";
    let plan = compile(text, &Catalog::of(group), &PlanOptions::default())
        .map_err(|diagnostics| Error::Query { source: text.to_owned(), diagnostics })?;
    let options = RunOptions { progress: Arc::default(), room: None, ..options.clone() };
    let table = one(&plan, group, &options)?.table;
    let time = |column: usize| match table.columns.get(column)?.value(0) {
        Value::Time(time) => Some(time),
        _ => None,
    };
    Ok(time(0).zip(time(1)).map(|(start, end)| TimeRange { start, end }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::period::Unit;
    use crate::diagnostic::Span;
    use crate::engine::Engine;
    use crate::plan::run::run_files;

    /// The two ranges of a query over records of 10:00 to 13:59:59, as hours and minutes.
    fn ranges(start: Option<&str>, end: Option<&str>, back: Option<Period>) -> [String; 2] {
        let time = |text: &str| time::parse(&format!("2024-05-01 {text}")).expect("a time");
        let mut text = "start\n".to_owned();
        for clock in ["10:00:00", "12:30:00", "13:59:59"] {
            text.push_str(&format!("{}\n", time(clock) / 1000));
        }
        let group = LogGroup::of_bytes("logs", text.into_bytes());
        let engine = Engine::new(group, 0);
        let mut options = engine.run.clone();
        options.range.start = start.map_or(i64::MIN, time);
        options.range.end = end.map_or(i64::MAX, time);
        let compared = Compared { back, span: Span::new(0, 0) };
        let options = of(&compared, engine.group(), &options, &run_files).expect("it can be read");
        let printed = |range: TimeRange| {
            let clock = |time| time::print(time).get(8..23).unwrap_or_default().to_owned();
            format!("{} {}", clock(range.start), clock(range.end))
        };
        [printed(options.range), printed(options.earlier.expect("an earlier range"))]
    }

    #[test]
    fn an_open_range_leaves_room_for_the_earlier_one() {
        let hours = |count| Some(Period { count, unit: Unit::Hour });
        let day = Some(Period { count: 1, unit: Unit::Day });
        assert_eq!(
            ranges(Some("12:00:00"), Some("12:59:59.999"), None),
            ["01 12:00:00.000 01 12:59:59.999", "01 11:00:00.000 01 11:59:59.999"]
        );
        assert_eq!(
            ranges(Some("12:00:00"), Some("12:59:59.999"), day),
            ["01 12:00:00.000 01 12:59:59.999", "30 12:00:00.000 30 12:59:59.999"]
        );
        // Four hours less 999 milliseconds; half of that is rounded up.
        assert_eq!(
            ranges(None, None, None),
            ["01 11:59:59.500 01 13:59:59.000", "01 09:59:59.999 01 11:59:59.499"]
        );
        assert_eq!(
            ranges(None, None, hours(1)),
            ["01 12:59:59.001 01 13:59:59.000", "01 11:59:59.001 01 12:59:59.000"]
        );
        // A day back, there is nothing.
        assert_eq!(
            ranges(None, None, day),
            ["01 10:00:00.000 01 13:59:59.000", "30 10:00:00.000 30 13:59:59.000"]
        );
        assert_eq!(
            ranges(Some("13:00:00"), None, None),
            ["01 13:00:00.000 01 13:59:59.000", "01 12:00:00.000 01 12:59:59.000"]
        );
    }
}
