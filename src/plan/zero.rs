//! Why a result is empty: the command that let no record through, or the time range.

use super::plan::Plan;
use super::run::Outcome;

/// What kept all records out of a result.
#[derive(Debug)]
pub enum Emptied {
    /// None of the records that were read lies in the time range.
    Range,
    /// A command let none through.
    Command {
        /// The command, as a person would write it.
        command: String,
        /// How many records reached it.
        reached: u64,
    },
}

/// What emptied the result of a plan, or left nothing to its one row of totals; `None` where
/// records reached the result, none was read, or no command alone did it.
pub fn why(plan: &Plan, outcome: &Outcome) -> Option<Emptied> {
    let statistics = &outcome.statistics;
    let given = outcome.table.len > 0 || outcome.rest.is_some();
    let answered = given && statistics.records_matched > 0;
    if answered {
        return None;
    }
    if statistics.records_scanned == 0 {
        // All files hold other times.
        return (outcome.report.skipped > 0).then_some(Emptied::Range);
    }
    let (read, passed) = outcome.passed.split_first()?;
    if read.records == 0 {
        return Some(Emptied::Range);
    }
    let mut reached = read.records;
    for (step, passed) in plan.steps.iter().zip(passed) {
        // What came out of a gathering command is counted where it goes into the next one.
        let gathers = step.stage.role().gathering().is_some();
        if !gathers && passed.records == 0 {
            return Some(Emptied::Command { command: step.stage.to_string(), reached });
        }
        if passed.records > 0 {
            reached = passed.records;
        }
    }
    None
}
