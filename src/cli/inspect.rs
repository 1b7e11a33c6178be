//! `streams`, `fields` and `explain`: what the logs hold and what a query would do.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use super::args::{Input, Output};
use super::show::Shower;
use super::{Status, logs};
use crate::data::{Column, Table, Value};
use crate::engine::{Answer, compile_without_logs};
use crate::error::Error;
use crate::plan::plan::PlanOptions;
use crate::query_file::QueryFile;
use crate::readers::fields::{self, FIELDS, FieldKind};
use crate::syntax::quoted_name;

/// What `streams` asks; a query as anybody could write it.
const STREAMS: &str = r#"stats count(*) as records,
    sum(if(action = "ACCEPT", 1, 0)) as accepted,
    sum(if(action = "REJECT", 1, 0)) as rejected,
    sum(if(logStatus = "NODATA", 1, 0)) as noData,
    sum(if(logStatus = "SKIPDATA", 1, 0)) as skipped,
    min(@timestamp) as first, max(@timestamp) as last,
    sum(coalesce(bytes, 0)) as bytes
  by @logStream as stream"#;

/// `flowql streams`
pub(crate) fn streams(input: &Input, output: &Output) -> Status {
    let shower = Shower::new(output)?;
    shower.run(logs::open(input)?, STREAMS)
}

/// `flowql fields`
pub(crate) fn fields(input: &Input, output: &Output) -> Status {
    let shower = Shower::new(output)?;
    let engine = logs::open(input)?;
    let names = engine.group().field_names();
    // Records without a start have no time, and so no earliest one.
    let timed = names.iter().any(|name| name == "start");
    let example = if timed { "earliest" } else { "sortsLast" };
    let counts = names.iter().enumerate().map(|(i, name)| {
        let name = quoted_name(name);
        format!("count({name}) as c{i}, {example}({name}) as e{i}")
    });
    let query = format!("stats count(*) as records, {}", counts.collect::<Vec<_>>().join(", "));
    let (code, answer) = shower.ask(&engine, &query)?;
    shower.show(&Answer {
        outcome: with_table(answer, &names),
        warnings: Vec::new(),
        emptied: None,
    })?;
    Ok(code)
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
        pointers: None,
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

/// `flowql explain`
pub(crate) fn explain(query: &str, input: &Input) -> Status {
    let text = match Path::new(query).extension() {
        Some(extension) if extension == "query" => std::fs::read_to_string(query)
            .map_err(|source| Error::Io { path: query.into(), source })?,
        _ => query.to_owned(),
    };
    let text = QueryFile::parse(&text).and_then(|file| file.bind(&[])).map_err(Error::Usage)?;
    let options = PlanOptions { strict: input.strict, ..PlanOptions::default() };
    let plan = match input.logs.is_empty() {
        true => compile_without_logs(&text, &options)?,
        false => logs::open(input)?.compile(&text)?,
    };
    for warning in &plan.warnings {
        let _ = write!(io::stderr(), "{}", warning.render(&text));
    }
    write!(io::stdout(), "{plan}")
        .map_err(|source| Error::Io { path: "standard output".into(), source })?;
    Ok(0)
}
