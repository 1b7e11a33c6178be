//! What is known of the logs before anything is asked: their streams, fields and frequent values.

use std::collections::HashMap;

use crate::data::{Table, Value};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::eval::scope::FieldCatalog;
use crate::logs::report::Report;
use crate::output::human;
use crate::plan::catalog::{Catalog, SYSTEM_FIELDS};
use crate::readers::fields::{self, FIELDS, FieldKind};
use crate::syntax::quoted_name;

/// What is counted when logs are opened: all records, stream by stream.
const STREAMS: &str = "stats count(*) as records, min(@timestamp) as first, max(@timestamp) as last \
                       by @logStream as stream";

/// The records that are looked at to know the values of fields.
const SAMPLE: usize = 10_000;

/// The most values that are kept of a field.
const VALUES: usize = 50;

/// What the logs hold.
pub(super) struct Known {
    /// What queries may name.
    pub(super) catalog: Catalog,
    /// The fields of the records, then those every log event has.
    pub(super) fields: Vec<Field>,
    /// The log streams with their records; empty where the count was stopped.
    pub(super) streams: Vec<(String, u64)>,
    /// Log files.
    pub(super) files: usize,
    /// First and last time, as they print in UTC.
    pub(super) span: Option<(Value, Value)>,
    /// What was noticed in the input.
    pub(super) report: Report,
    /// Records of the sample.
    pub(super) sampled: usize,
    /// Whether the count was stopped.
    pub(super) stopped: bool,
}

/// A field.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// Its name.
    pub(super) name: String,
    /// What its values are, in a word.
    pub(super) kind: &'static str,
    /// What it means, in a sentence.
    pub(super) summary: &'static str,
    /// The share of sampled records that have it, in percent.
    pub(super) share: Option<f64>,
    /// Values of the sample with the number of their records, the most frequent first.
    pub(super) values: Vec<(String, usize)>,
    /// How many values the sample has.
    pub(super) distinct: usize,
}

impl Known {
    /// Looks through the logs once. Where Ctrl-C stops that, less is known.
    ///
    /// # Errors
    /// What kept the logs from being read.
    pub(super) fn of(engine: &mut Engine) -> Result<Known> {
        engine.plan.limit = None;
        let mut known = Known {
            catalog: Catalog::of(engine.group()),
            fields: describe(engine),
            streams: Vec::new(),
            files: engine.group().files.len(),
            span: None,
            report: Report::default(),
            sampled: 0,
            stopped: false,
        };
        match engine.query(STREAMS) {
            Ok(answer) => {
                known.count(&answer.outcome.table);
                known.report = answer.outcome.report;
                // A header in the middle of a file may have brought more fields.
                known.catalog = Catalog::of(engine.group());
                known.fields = describe(engine);
            }
            Err(Error::Cancelled) => known.stopped = true,
            Err(other) => return Err(other),
        }
        if !known.stopped {
            known.look(engine)?;
        }
        Ok(known)
    }

    fn count(&mut self, table: &Table) {
        for row in 0..table.len {
            let value = |column: usize| table.columns.get(column).map(|column| column.value(row));
            let [Some(stream), Some(records), Some(first), Some(last)] =
                [value(0), value(1), value(2), value(3)]
            else {
                continue;
            };
            let records = records.number().map_or(0.0, |number| number.to_f64()) as u64;
            self.streams.push((text_of(&stream), records));
            let time = |value: &Value| matches!(value, Value::Time(_));
            if time(&first) && time(&last) {
                let earlier = |a: &Value, b: &Value| match (a, b) {
                    (Value::Time(a), Value::Time(b)) => a < b,
                    _ => false,
                };
                self.span = Some(match self.span.take() {
                    None => (first, last),
                    Some((start, end)) => (
                        if earlier(&first, &start) { first } else { start },
                        if earlier(&end, &last) { last } else { end },
                    ),
                });
            }
        }
        self.streams.sort();
    }

    /// Counts the values of a sample.
    fn look(&mut self, engine: &mut Engine) -> Result<()> {
        let asked: Vec<usize> = (0..self.fields.len())
            .filter(|i| !self.fields[*i].name.starts_with('@') && self.fields[*i].kind != "seconds")
            .collect();
        let names: Vec<String> = asked.iter().map(|i| quoted_name(&self.fields[*i].name)).collect();
        if names.is_empty() {
            return Ok(());
        }
        let query = format!("fields {} | limit any {SAMPLE}", names.join(", "));
        let table = match engine.glance(&query) {
            Ok(answer) => answer.outcome.table,
            Err(Error::Cancelled) => return Ok(()),
            Err(other) => return Err(other),
        };
        self.sampled = table.len;
        for (i, column) in asked.into_iter().zip(&table.columns) {
            let mut counts: HashMap<String, usize> = HashMap::new();
            for row in 0..table.len {
                if let Some(text) = column.value(row).print() {
                    *counts.entry(text.into_owned()).or_default() += 1;
                }
            }
            let field = &mut self.fields[i];
            let having: usize = counts.values().sum();
            field.share = (table.len > 0).then(|| having as f64 * 100.0 / table.len as f64);
            field.distinct = counts.len();
            let mut values: Vec<(String, usize)> = counts.into_iter().collect();
            values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            values.truncate(VALUES);
            field.values = values;
        }
        Ok(())
    }

    /// All records.
    pub(super) fn records(&self) -> u64 {
        self.streams.iter().map(|(_, records)| records).sum()
    }

    /// The field of a name; raw spellings (`srcaddr`) find theirs.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        let canonical = self.catalog.resolve(name).or_else(|| self.catalog.raw(name));
        self.fields.iter().find(|field| Some(&field.name) == canonical.as_ref())
    }

    /// The values that completion offers for a field, with the share of their records where that is
    /// known.
    pub(super) fn values(&self, name: &str) -> Vec<(String, String)> {
        if name == "@logStream" {
            let records = |records: u64| format!("{} records", human::count(records));
            return self.streams.iter().map(|(name, n)| (name.clone(), records(*n))).collect();
        }
        let Some(field) = self.field(name) else { return Vec::new() };
        let share = |count: usize| {
            let percent = count as f64 * 100.0 / self.sampled.max(1) as f64;
            if percent < 1.0 { "under 1 %".to_owned() } else { format!("{percent:.0} %") }
        };
        field.values.iter().map(|(value, count)| (value.clone(), share(*count))).collect()
    }
}

fn text_of(value: &Value) -> String {
    value.print().unwrap_or_default().into_owned()
}

/// The fields of the logs, nothing counted yet.
fn describe(engine: &Engine) -> Vec<Field> {
    let recorded = engine.group().field_names();
    let system = SYSTEM_FIELDS.iter().map(|name| (*name).to_owned());
    recorded
        .into_iter()
        .chain(system)
        .map(|name| {
            let row = fields::find(&name).map(|field| &FIELDS[field]);
            let kind = match (row.map(|row| row.kind), name.as_str()) {
                (Some(FieldKind::Integer), _) => "number",
                (Some(FieldKind::Seconds), _) => "seconds",
                (Some(FieldKind::Address), _) => "address",
                (None, "@timestamp" | "@ingestionTime") => "time",
                _ => "text",
            };
            let summary = row.map_or_else(|| summary_of(&name), |row| row.summary);
            Field { kind, summary, name, share: None, values: Vec::new(), distinct: 0 }
        })
        .collect()
}

/// What a field means that is none of flow logs.
fn summary_of(name: &str) -> &'static str {
    match name {
        "@timestamp" => "time of the log event: the start of the flow",
        "@message" => "the line as it stands",
        "@logStream" => "log stream, one per network interface",
        "@log" => "log group",
        "@aws.account" => "account of the log group",
        "@aws.region" => "region of the log group, where the files tell it",
        "@ingestionTime" => "time at which CloudWatch took the event in; missing in files",
        "@ptr" => "pointer to the record: its file and place",
        _ => "a column of the header line",
    }
}
