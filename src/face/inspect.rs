//! What the logs hold, as queries: their streams and their fields.

use std::sync::Arc;

use super::show::Shower;
use crate::data::{Column, Table, Value};
use crate::engine::{Answer, Engine};
use crate::error::Result;
use crate::readers::fields::{self, FIELDS, FieldKind};
use crate::syntax::quoted_name;

/// The log streams; a query as anybody could write it.
pub(crate) const STREAMS: &str = r#"stats count(*) as records,
    sum(if(action = "ACCEPT", 1, 0)) as accepted,
    sum(if(action = "REJECT", 1, 0)) as rejected,
    sum(if(logStatus = "NODATA", 1, 0)) as noData,
    sum(if(logStatus = "SKIPDATA", 1, 0)) as skipped,
    min(@timestamp) as first, max(@timestamp) as last,
    sum(coalesce(bytes, 0)) as bytes
  by @logStream as stream"#;

/// The fields of the logs, a record each; 1 where some input could not be read.
///
/// # Errors
/// What kept the logs from being read.
pub(crate) fn fields(shower: &Shower, engine: &Engine) -> Result<(u8, Answer)> {
    let names = engine.group().field_names();
    // Records without a start have no time, and so no earliest one.
    let timed = names.iter().any(|name| name == "start");
    let example = if timed { "earliest" } else { "sortsLast" };
    let counts = names.iter().enumerate().map(|(i, name)| {
        let name = quoted_name(name);
        format!("count({name}) as c{i}, {example}({name}) as e{i}")
    });
    let query = format!("stats count(*) as records, {}", counts.collect::<Vec<_>>().join(", "));
    let (code, answer) = shower.ask(engine, &query)?;
    let outcome = with_table(answer, &names);
    Ok((code, Answer { outcome, warnings: Vec::new(), emptied: None }))
}

/// Turns the one row of counts and examples into one row a field.
fn with_table(answer: Answer, names: &[String]) -> crate::plan::run::Outcome {
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
        names.iter().map(|name| Value::text(kind_of(name))).collect(),
        rows.clone().map(share).collect(),
        rows.map(|i| cell(2 + 2 * i)).collect(),
        names.iter().map(|name| Value::text(summary_of(name))).collect(),
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

fn kind_of(name: &str) -> &'static str {
    match fields::find(name).map(|field| FIELDS[field].kind) {
        Some(FieldKind::Integer) => "number",
        Some(FieldKind::Seconds) => "seconds",
        Some(FieldKind::Address) => "address",
        Some(FieldKind::Text) | None => "text",
    }
}

fn summary_of(name: &str) -> &'static str {
    fields::find(name).map_or("a column of the header line", |field| FIELDS[field].summary)
}
