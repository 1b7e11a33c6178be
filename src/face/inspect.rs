//! What the logs hold, as queries: their streams and their fields.

use std::collections::HashMap;
use std::sync::Arc;

use super::show::Shower;
use crate::data::{Column, Table, Value};
use crate::engine::{Answer, Engine};
use crate::error::Result;
use crate::logs::group::LogInput;
use crate::output::human;
use crate::plan::plan::Plan;
use crate::plan::run::{Outcome, Passed};
use crate::readers::fields::{self, FIELDS, FieldKind};
use crate::syntax::quoted_name;

/// The log streams; a query as anybody could write it.
const STREAMS: &str = r#"stats count(*) as records,
    sum(if(action = "ACCEPT", 1, 0)) as accepted,
    sum(if(action = "REJECT", 1, 0)) as rejected,
    sum(if(logStatus = "NODATA", 1, 0)) as noData,
    sum(if(logStatus = "SKIPDATA", 1, 0)) as skipped,
    min(@timestamp) as first, max(@timestamp) as last,
    sum(coalesce(bytes, 0)) as bytes
  by @logStream as stream"#;

/// The same of logs that are no flow logs.
const EVENT_STREAMS: &str = "stats count(*) as records,
    min(@timestamp) as first, max(@timestamp) as last,
    sum(strlen(@message)) as bytes
  by @logStream as stream";

/// The query for the log streams of these logs.
pub(crate) fn streams(engine: &Engine) -> &'static str {
    if engine.group().has_flow_logs() { STREAMS } else { EVENT_STREAMS }
}

/// The files of the logs, a record each: what was understood of each and what it holds; 1 where some
/// input could not be read.
///
/// # Errors
/// What kept the logs from being read.
pub(crate) fn files(shower: &Shower, engine: &Engine) -> Result<(u8, Answer)> {
    // The first 20 bits of a position are the number of the file.
    let times = match engine.group().is_timed() {
        true => ", min(@timestamp) as first, max(@timestamp) as last",
        false => "",
    };
    let query = format!("stats count(*) as records{times} by substr(@ptr, 0, 5) as file");
    let (code, mut answer) = shower.ask(engine, &query)?;
    let table = &answer.outcome.table;
    let cell = |column: usize, row: usize| match table.columns.get(column) {
        Some(column) => column.value(row),
        None => Value::Missing,
    };
    let rows: HashMap<usize, usize> = (0..table.len)
        .filter_map(|row| match cell(0, row).print() {
            Some(text) => Some((usize::from_str_radix(&text, 16).ok()?, row)),
            None => None,
        })
        .collect();
    let files = &engine.group().files;
    let of = |column: usize| -> Vec<Value> {
        let found = |file: usize| rows.get(&file).map(|row| cell(column, *row));
        (0..files.len()).map(|file| found(file).unwrap_or(Value::Missing)).collect()
    };
    let bad = |file: usize| {
        let bad = answer.outcome.report.bad_by_file.iter().find(|(own, _)| *own == file);
        Value::Integer(bad.map_or(0, |(_, count)| *count as i64))
    };
    let counted = of(1).into_iter().map(|count| match count {
        Value::Missing => Value::Integer(0),
        count => count,
    });
    let texts = |text: &dyn Fn(&LogInput) -> String| {
        files.iter().map(|file| Value::text(text(file))).collect()
    };
    let columns: [Vec<Value>; 8] = [
        texts(&|file| file.path.display().to_string()),
        texts(&|file| file.kind_name().to_owned()),
        texts(&|file| file.compression().to_owned()),
        texts(&|file| file.format_name()),
        counted.collect(),
        (0..files.len()).map(bad).collect(),
        of(2),
        of(3),
    ];
    let names = ["file", "kind", "compression", "format", "records", "bad lines", "first", "last"];
    answer.outcome.table = Table {
        names: names.map(str::to_owned).to_vec(),
        columns: columns.into_iter().map(|values| Arc::new(Column::from_values(values))).collect(),
        len: files.len(),
        ..Table::default()
    };
    answer.outcome.statistics.records_found = files.len() as u64;
    Ok((code, answer))
}

/// The fields of the logs, a record each; 1 where some input could not be read.
///
/// # Errors
/// What kept the logs from being read.
pub(crate) fn fields(shower: &Shower, engine: &Engine) -> Result<(u8, Answer)> {
    let names = engine.group().field_names();
    // Records without a start have no time, and so no earliest one; an event may have none either.
    let discovered: Vec<&String> = engine.group().discovered().collect();
    let timed = discovered.is_empty() && names.iter().any(|name| name == "start");
    let example = if timed { "earliest" } else { "sortsLast" };
    let counts = names.iter().enumerate().map(|(i, name)| {
        let name = quoted_name(name);
        format!("count({name}) as c{i}, {example}({name}) as e{i}")
    });
    let query = format!("stats count(*) as records, {}", counts.collect::<Vec<_>>().join(", "));
    let (code, answer) = shower.ask(engine, &query)?;
    let flow = engine.group().has_flow_logs();
    let meaning = |name: &String| match fields::find(name).filter(|_| flow) {
        Some(field) => FIELDS[field].summary,
        None if discovered.contains(&name) => "found in messages",
        None => "a column of the header line",
    };
    let outcome = with_table(answer, &names, meaning);
    Ok((code, Answer { outcome, warnings: Vec::new(), emptied: None }))
}

/// A plan that ran: in front of each step the records that it let through and the time that all
/// workers together spent on it.
pub(crate) fn analyzed(plan: &Plan, outcome: &Outcome) -> String {
    let passed = |inner: Option<usize>, counted: Option<usize>| -> Option<&Passed> {
        let all = match inner {
            Some(inner) => outcome.inner.get(inner)?,
            None => &outcome.passed,
        };
        all.get(counted?)
    };
    let rows = plan.lines().into_iter().map(|line| match passed(line.inner, line.counted) {
        Some(passed) => (human::count(passed.records), human::duration(passed.time), line.text),
        None => (String::new(), String::new(), line.text),
    });
    let head = ("records".to_owned(), "time".to_owned(), String::new());
    let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
    let width = |text: fn(&(String, String, String)) -> &str| {
        rows.iter().map(|row| text(row).chars().count()).max().unwrap_or(0)
    };
    let (records, time) = (width(|row| &row.0), width(|row| &row.1));
    let line = |(count, spent, text): &(String, String, String)| {
        format!("{}\n", format!("{count:>records$}  {spent:>time$}  {text}").trim_end())
    };
    rows.iter().map(line).collect()
}

/// Turns the one row of counts and examples into one row a field.
fn with_table(
    answer: Answer,
    names: &[String],
    meaning: impl Fn(&String) -> &'static str,
) -> Outcome {
    let mut outcome = answer.outcome;
    let cell = |column: usize| match outcome.table.columns.get(column) {
        Some(column) if !column.is_empty() => column.value(0),
        _ => Value::Missing,
    };
    let records = cell(0).number().map_or(0.0, crate::data::Number::to_f64);
    let share = |i: usize| {
        let count = cell(1 + 2 * i).number().map_or(0.0, crate::data::Number::to_f64);
        // Cut to a tenth of a per cent and never rounded up: 100 % means every record.
        Value::float(if records > 0.0 { (count / records * 1000.0).floor() / 10.0 } else { 0.0 })
    };
    let rows = 0..names.len();
    let columns = [
        names.iter().map(Value::text).collect::<Vec<_>>(),
        rows.clone().map(|i| Value::text(kind_of(&names[i], &cell(2 + 2 * i)))).collect(),
        rows.clone().map(share).collect(),
        rows.map(|i| cell(2 + 2 * i)).collect(),
        names.iter().map(|name| Value::text(meaning(name))).collect(),
    ];
    outcome.table = Table {
        names: ["field", "type", "% of records", "example", "meaning"].map(str::to_owned).to_vec(),
        columns: columns.into_iter().map(|values| Arc::new(Column::from_values(values))).collect(),
        len: names.len(),
        ..Table::default()
    };
    outcome.statistics.records_found = names.len() as u64;
    outcome
}

/// The type of a field: of flow logs as their table has it, of others as the example shows it.
fn kind_of(name: &str, example: &Value) -> &'static str {
    match (example, fields::find(name).map(|field| FIELDS[field].kind)) {
        (Value::Integer(_) | Value::Missing, Some(FieldKind::Seconds)) => "seconds",
        (Value::Integer(_) | Value::Float(_), _) => "number",
        (Value::Missing, Some(FieldKind::Integer)) => "number",
        (Value::Boolean(_), _) => "boolean",
        (Value::Json(_), _) => "list or map",
        (_, Some(FieldKind::Address)) => "address",
        _ => "text",
    }
}
