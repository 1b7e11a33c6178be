//! What is said beside a result: the footer, what was noticed in the input, why a result is empty.

use std::sync::atomic::Ordering;

use crate::data::Statistics;
use crate::data::zone::Zone;
use crate::engine::{Answer, Engine};
use crate::logs::group::{Kind, LogGroup};
use crate::logs::report::Report;
use crate::logs::scan::Progress;
use crate::output::human;
use crate::plan::zero::Emptied;
use crate::readers::messages::json::MOST_FIELDS;

/// One line: what was returned, what was read, how long it took, what AWS would have charged.
///
/// `lift`: where the default limit cut the result, what lifts it.
pub(crate) fn footer(returned: u64, statistics: &Statistics, lift: Option<&str>) -> String {
    let mut parts = Vec::new();
    let plural = |count: u64, word: &str| {
        format!("{} {word}{}", human::count(count), if count == 1 { "" } else { "s" })
    };
    parts.push(match lift {
        Some(lift) => format!(
            "{} of {} (the default limit; {lift} lifts it)",
            plural(returned, "record"),
            human::count(statistics.records_found)
        ),
        None => plural(returned, "record"),
    });
    parts.push(format!("{} matched", human::count(statistics.records_matched)));
    parts.push(format!("{} scanned", human::count(statistics.records_scanned)));
    parts.push(format!(
        "{} in {}",
        human::bytes(statistics.bytes_scanned),
        human::duration(statistics.elapsed)
    ));
    if statistics.bad_lines > 0 {
        parts.push(plural(statistics.bad_lines, "bad line"));
    }
    if statistics.files_skipped > 0 {
        parts.push(format!("{} skipped by time", plural(statistics.files_skipped, "file")));
    }
    parts.push(price(statistics.bytes_scanned));
    parts.join(" · ")
}

/// One line that says what kept all records out of the result.
pub(crate) fn why_empty(emptied: &Emptied, engine: &Engine, scanned: u64, zone: Zone) -> String {
    let of = |count| match count {
        1 => "the only record".to_owned(),
        count => format!("any of {} records", human::count(count)),
    };
    match emptied {
        Emptied::Command { command, reached } => {
            format!("note: nothing is left behind `{command}`: it does not keep {}\n", of(*reached))
        }
        Emptied::Range => match engine.covered() {
            Ok(Some((first, last))) => {
                let utc = if zone == Zone::UTC { "" } else { " UTC" };
                format!(
                    "note: no record lies in the time range; the logs go from {first} to \
                     {last}{utc}\n"
                )
            }
            _ => format!("note: the time range does not hold {}\n", of(scanned)),
        },
    }
}

/// How much had been read when a query was cancelled.
pub(crate) fn how_far(progress: &Progress) -> String {
    let records = human::count(progress.records.load(Ordering::Relaxed));
    let total = progress.total_bytes.load(Ordering::Relaxed);
    let read = progress.disk_bytes.load(Ordering::Relaxed).min(total);
    match (read * 100).checked_div(total) {
        Some(share) => format!("stopped after {records} records, {share} % of the logs"),
        None => format!("stopped after {records} records"),
    }
}

/// What AWS would have charged for the scan.
pub(crate) fn price(bytes: u64) -> String {
    match human::price(bytes) {
        price if price < 0.0001 => "on AWS less than $0.0001".to_owned(),
        price => format!("on AWS ${price:.4}"),
    }
}

/// Whether the input could not be read as it should: a fault in a file, or not one record in it.
pub(crate) fn unreadable(answer: &Answer) -> bool {
    let statistics = &answer.outcome.statistics;
    let nothing = statistics.records_scanned == 0 && statistics.bad_lines > 0;
    nothing || !answer.outcome.report.faults.is_empty()
}

/// Files among flow logs that are none.
pub(super) fn other_logs(group: &LogGroup) -> String {
    let mut others = group.files.iter().filter(|file| matches!(file.kind, Kind::Events(_)));
    let Some(first) = others.next().filter(|_| group.has_flow_logs()) else {
        return String::new();
    };
    let first = first.path.display();
    match others.count() {
        0 => format!("note: {first} is no flow log; its events are read as they stand\n"),
        more => format!(
            "note: {} of {} files are no flow logs, the first is {first}; their events are read as they stand\n",
            human::count(more as u64 + 1),
            human::count(group.files.len() as u64)
        ),
    }
}

/// What was noticed in the input.
pub(crate) fn report(report: &Report, unreadable: bool) -> String {
    let mut text = String::new();
    for fault in &report.faults {
        text.push_str(&format!("error: {}: {}\n", fault.path.display(), fault.reason));
    }
    if report.broken > 0 {
        let many = match report.broken {
            1 => "1 message begins as a JSON object and is none".to_owned(),
            count => format!("{} messages begin as JSON objects and are none", human::count(count)),
        };
        text.push_str(&format!("warning: {many}; no fields were discovered there\n"));
    }
    if report.unformatted > 0 {
        let many = match report.unformatted {
            1 => "1 message looks like a flow log record".to_owned(),
            count => format!("{} messages look like flow log records", human::count(count)),
        };
        text.push_str(&format!(
            "warning: {many} in another format than the default one; say which with --log-format\n"
        ));
    }
    if report.controls > 0 {
        let many = match report.controls {
            1 => "1 control message".to_owned(),
            count => format!("{} control messages", human::count(count)),
        };
        text.push_str(&format!("note: {many} of CloudWatch passed over\n"));
    }
    if report.undiscovered > 0 {
        let many = match report.undiscovered {
            1 => "1 message has".to_owned(),
            count => format!("{} messages have", human::count(count)),
        };
        text.push_str(&format!(
            "warning: {many} more than {MOST_FIELDS} fields; as on AWS the others are not discovered\n  \
             = help: write `json field=@message \"PATH\" as NAME`\n"
        ));
    }
    if report.bad_lines == 0 {
        return text;
    }
    let are = if report.bad_lines == 1 { "line is" } else { "lines are" };
    let (kind, end) = match unreadable && report.faults.is_empty() {
        true => ("error", "no record, and there is no other line"),
        false => ("warning", "no record and not counted"),
    };
    text.push_str(&format!("{kind}: {} {are} {end}\n", human::count(report.bad_lines)));
    for bad in &report.first_bad {
        text.push_str(&format!("  {}:{}: {}\n", bad.path.display(), bad.line, bad.reason));
    }
    let more = report.bad_lines - report.first_bad.len() as u64;
    if more > 0 {
        text.push_str(&format!("  … and {} more\n", human::count(more)));
    }
    text
}
