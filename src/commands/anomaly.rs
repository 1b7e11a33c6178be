//! `anomaly`: what is unusual about the patterns, each finding with its reason.

use std::any::Any;
use std::fmt;

use serde_json::Value as Json;

use super::command::{
    Build, CommandDoc, Compared, Gather, Gathered, Gathering, PatternColumns, Role, Run, Shown,
    Stage, same,
};
use super::diff::{Row, pattern_in_front, rows_of};
use crate::data::{Batch, Column, Slot, Value};
use crate::diagnostic::Diagnostic;
use crate::error::Result;
use crate::syntax::{Node, Rule};

/// What a person should know of `anomaly`.
pub const DOC: CommandDoc = CommandDoc {
    name: "anomaly",
    aliases: &[],
    rule: Rule::anomaly,
    syntax: "anomaly",
    summary: "Finds what is unusual about the patterns in front, compared with an earlier time range as `diff` compares: patterns that are new or gone, that come at least twice or at most half as often by more than chance explains, and values that a place never had. `@anomalyType` says which, `@anomalyDescription` why, `@timestamp` since when.",
    examples: &[
        "SOURCE 'flows.log' start=\"2024-05-01T07:00:00Z\" end=\"2024-05-01T09:59:59Z\" | pattern @message | anomaly",
        "SOURCE 'flows.log' start=\"2024-05-01T07:00:00Z\" end=\"2024-05-01T09:59:59Z\" | pattern logStatus | diff | anomaly | display @timestamp, @anomalyType, @pattern, @diffEventCount",
    ],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Anomaly.html",
};

/// How many standard deviations a number has to change to be told: one change in several hundred is
/// that large by chance.
const DEVIATIONS: f64 = 3.0;

/// One `anomaly` ready to run.
#[derive(Clone, Copy)]
struct Anomaly {
    pattern: PatternColumns,
    time: Slot,
    kind: Slot,
    description: Slot,
}

/// Reads the command.
///
/// # Errors
/// No `pattern` in front.
pub fn read(
    node: &Node<'_>,
    build: &mut Build<'_>,
) -> std::result::Result<Box<dyn Stage>, Diagnostic> {
    let span = node.one(Rule::head_word).span();
    let pattern = pattern_in_front(DOC.name, span, build)?;
    // A `diff` in front has said what is compared with.
    build.compared.get_or_insert(Compared { back: None, span });
    let mut shown = Vec::new();
    for name in ["@timestamp", "@anomalyType", "@anomalyDescription"] {
        let slot = build.scope.slot();
        build.scope.define(name, slot, span)?;
        shown.push(Shown { name: name.to_owned(), slot });
    }
    let [time, kind, description] = [0, 1, 2].map(|at| shown.get(at).map_or(0, |one| one.slot));
    shown.append(&mut build.shown);
    build.shown = shown;
    Ok(Box::new(Anomaly { pattern, time, kind, description }))
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anomaly")
    }
}

impl Anomaly {
    fn own(&self) -> [Slot; 7] {
        let PatternColumns { pattern, count, earlier, seen, gone, newcomers, .. } = self.pattern;
        [pattern, count, earlier, seen, gone, newcomers, pattern]
    }
}

impl Stage for Anomaly {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, behind: &[Slot]) -> Vec<Slot> {
        behind.iter().copied().chain(self.own()).collect()
    }

    fn role(&self) -> Role<'_> {
        Role::Gathering(self)
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl Gathering for Anomaly {
    fn gather(&self, behind: &[Slot], _: &Run<'_>) -> Box<dyn Gather> {
        let mut keep: Vec<Slot> = behind.iter().copied().chain(self.own()).collect();
        keep.retain(|slot| ![self.time, self.kind, self.description].contains(slot));
        keep.sort_unstable();
        keep.dedup();
        Box::new(AnomalyGather { anomaly: *self, keep, batches: Vec::new() })
    }
}

/// The patterns, until all are there.
struct AnomalyGather {
    anomaly: Anomaly,
    keep: Vec<Slot>,
    batches: Vec<Batch>,
}

/// Something unusual.
struct Finding<'r> {
    row: &'r Row,
    kind: &'static str,
    description: String,
    time: Value,
    /// By how many standard deviations the number changed.
    deviations: f64,
}

impl AnomalyGather {
    /// What is unusual about a pattern.
    fn findings<'r>(&self, row: &'r Row) -> Vec<Finding<'r>> {
        let value = |slot: Slot| {
            let (batch, at) = row.place;
            let batch = self.batches.get(batch as usize);
            batch.map_or(Value::Missing, |batch| batch.column(slot).value(at as usize))
        };
        let PatternColumns { seen, gone, newcomers, .. } = self.anomaly.pattern;
        let (now, earlier) = (row.now as f64, row.earlier as f64);
        let deviations = (now - earlier).abs() / (now + earlier).max(1.0).sqrt();
        let records = |count: i64| match count {
            1 => "1 record".to_owned(),
            count => format!("{count} records"),
        };
        let change = format!("{}, {} in the earlier time range", records(row.now), row.earlier);
        let found = |kind, description, time| Finding { row, kind, description, time, deviations };
        let many = deviations >= DEVIATIONS;
        let mut findings = Vec::new();
        match (row.now, row.earlier) {
            (now, 0) if now > 0 => {
                let text = format!("{}, none in the earlier time range", records(now));
                findings.push(found("new pattern", text, value(seen)));
            }
            (0, _) if many => findings.push(found("pattern gone", change, value(gone))),
            (now, earlier) if many && now / 2 >= earlier => {
                let text = format!("{change}: {}", row.description());
                findings.push(found("more", text, value(seen)));
            }
            (now, earlier) if many && earlier / 2 >= now => {
                let text = format!("{change}: {}", row.description());
                findings.push(found("fewer", text, value(seen)));
            }
            _ => {}
        }
        let Value::Json(places) = value(newcomers) else { return findings };
        for place in places.as_array().into_iter().flatten() {
            let number = |name: &str| place.get(name).and_then(Json::as_i64).unwrap_or_default();
            let Some(token) = place.get("token").and_then(Json::as_str) else { continue };
            let values = place.get("values").and_then(Json::as_array).into_iter().flatten();
            let values = values.filter_map(|value| {
                let text = value.get("value")?.as_str()?;
                Some(format!("`{text}` in {}", records(value.get("count")?.as_i64()?)))
            });
            let values: Vec<String> = values.collect();
            let more =
                usize::try_from(number("distinct")).unwrap_or(0).saturating_sub(values.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let description = format!(
                "{token} is {}{more}; in the earlier time range it had {} other value{}",
                values.join(", "),
                number("known"),
                if number("known") == 1 { "" } else { "s" }
            );
            findings.push(Finding {
                row,
                kind: "new token value",
                description,
                time: Value::Time(number("first")),
                deviations: (number("count") as f64).sqrt(),
            });
        }
        findings
    }
}

impl Gather for AnomalyGather {
    fn fold(&mut self, batch: Batch, _: &Run<'_>) {
        self.batches.push(batch.detach(&self.keep));
    }

    fn memory(&self) -> usize {
        self.batches.iter().map(Batch::memory).sum()
    }

    fn finish(
        mut self: Box<Self>,
        others: Vec<Box<dyn Gather>>,
        run: &Run<'_>,
    ) -> Result<Gathered> {
        for other in same::<AnomalyGather>(others) {
            self.batches.extend(other.batches);
        }
        let rows = rows_of(&self.batches, &self.anomaly.pattern);
        // Where there is nothing to compare with, nothing is unusual.
        let compared = rows.iter().any(|row| row.earlier > 0);
        let mut findings: Vec<Finding<'_>> = match compared {
            true => rows.iter().flat_map(|row| self.findings(row)).collect(),
            false => Vec::new(),
        };
        findings.sort_by(|a, b| {
            let order = b.deviations.total_cmp(&a.deviations);
            order.then_with(|| a.row.text.cmp(&b.row.text)).then_with(|| a.kind.cmp(b.kind))
        });
        let picks: Vec<(u32, u32)> = findings.iter().map(|finding| finding.row.place).collect();
        let mut batch =
            Batch::interleave(&self.batches, &picks, &self.keep, run.slots, run.threads);
        let found = findings.len() as u64;
        let (mut times, mut kinds, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        for Finding { time, kind, description, .. } in findings {
            times.push(time);
            kinds.push(Value::text(kind));
            texts.push(Value::text(description));
        }
        let Anomaly { time, kind, description, .. } = self.anomaly;
        for (slot, values) in [(time, times), (kind, kinds), (description, texts)] {
            batch.set(slot, Column::from_values(values));
        }
        batch.renumber((0..found).collect());
        Ok(Gathered::of(vec![batch], found))
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
