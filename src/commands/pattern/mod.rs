//! `pattern`: messages that differ in their values only, as one pattern with its share.

mod bounds;
mod miner;
mod template;
mod tokens;

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::json;

use super::command::{
    Build, CommandDoc, Gather, Gathered, Gathering, PatternColumns, Role, Run, Shown, Stage, same,
};
use super::parse::with_text;
use crate::data::interner::hash_bytes;
use crate::data::text::printable;
use crate::data::{Batch, Column, Slot, Value, time};
use crate::diagnostic::{Diagnostic, Span};
use crate::error::Result;
use crate::eval::bind::bind;
use crate::eval::bound::Bound;
use crate::eval::evaluate::evaluate;
use crate::syntax::{self, Expr, Node, Rule};
use bounds::Limits;
use miner::{Keeps, Miner};
use template::{Seen, Template, When};
use tokens::{Kind, pieces, pieces_of_key};

/// What a person should know of `pattern`.
pub const DOC: CommandDoc = CommandDoc {
    name: "pattern",
    aliases: &[],
    rule: Rule::pattern,
    syntax: "pattern FIELD",
    summary: "Groups texts that differ in their values only: each group is a pattern such as `user <Token-1> from <IP-2>`, with its share and number of records. `@tokens` (the values of each place and how often they come), `@logSamples`, `@regexString` and `@PatternId` are there behind it too.",
    examples: &[
        "pattern @message",
        "filter action = \"REJECT\" | pattern @message | unnest @tokens into token | filter token.tokenString = \"<Number-7>\" | display @sampleCount, token.enumerations",
    ],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Pattern.html",
};

/// The columns of the result: those that are shown, then those that are there.
const COLUMNS: [&str; 8] = [
    "@pattern",
    "@sampleCount",
    "@ratio",
    "@severityLabel",
    "@PatternId",
    "@regexString",
    "@tokens",
    "@logSamples",
];

/// The most values that a place had in the earlier time range if a new one is to be told.
const KNOWN: usize = 20;

/// The fewest records of a pattern in the earlier time range if a new value is to be told.
const SETTLED: u64 = 20;

/// How often a value has to come there on average if a new one is to be told.
const OFTEN: u64 = 10;

/// How many of them are shown.
const SHOWN: usize = 4;

/// The most values of a place that are told, and the most samples.
///
/// Source: CloudWatch Logs User Guide, "Pattern analysis": ten values a token.
const VALUES: usize = 10;

/// Which of them, in [`COLUMNS`], need messages that were kept.
const OF_SAMPLES: std::ops::Range<usize> = 6..8;

/// One `pattern` ready to run.
pub(super) struct Pattern {
    expr: Expr,
    text: Bound,
    slots: Vec<Slot>,
    columns: PatternColumns,
    /// `@timestamp`
    time: Slot,
    span: Span,
}

/// Reads the command.
///
/// # Errors
/// What [`bind`] refuses.
pub fn read(
    node: &Node<'_>,
    build: &mut Build<'_>,
) -> std::result::Result<Box<dyn Stage>, Diagnostic> {
    let expr = syntax::expr(node.one(Rule::expr))?;
    let span = node.one(Rule::head_word).span();
    Ok(Box::new(Pattern::of(expr, span, build)?))
}

impl Pattern {
    /// Groups by the pattern of an expression.
    ///
    /// # Errors
    /// What [`bind`] refuses.
    pub(super) fn of(
        expr: Expr,
        span: Span,
        build: &mut Build<'_>,
    ) -> std::result::Result<Pattern, Diagnostic> {
        let text = bind(&expr, &mut build.scope)?;
        let time = build.scope.log_field("@timestamp");
        build.scope.close(span);
        build.shown.clear();
        let mut slots = Vec::new();
        for name in COLUMNS {
            let slot = build.scope.slot();
            build.scope.define(name, slot, span)?;
            if slots.len() < SHOWN {
                build.shown.push(Shown { name: name.to_owned(), slot });
            }
            slots.push(slot);
        }
        let mut hidden = || build.scope.slot();
        let columns = PatternColumns {
            pattern: slots[0],
            count: slots[1],
            severity: slots[3],
            earlier: hidden(),
            seen: hidden(),
            gone: hidden(),
            newcomers: hidden(),
        };
        build.pattern = Some(columns);
        build.chosen = true;
        build.newest_first = false;
        build.bins = None;
        Ok(Pattern { expr, text, slots, columns, time, span })
    }

    /// Whether a command behind asks for the earlier time range.
    fn compares(&self, behind: &[Slot]) -> bool {
        let PatternColumns { earlier, seen, gone, newcomers, .. } = self.columns;
        behind.iter().any(|slot| [earlier, seen, gone, newcomers].contains(slot))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pattern {}", self.expr)
    }
}

impl Stage for Pattern {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, behind: &[Slot]) -> Vec<Slot> {
        let mut slots = Vec::new();
        self.text.slots(&mut slots);
        slots.extend(self.compares(behind).then_some(self.time));
        slots
    }

    fn role(&self) -> Role<'_> {
        Role::Gathering(self)
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl Gathering for Pattern {
    fn gather(&self, behind: &[Slot], _: &Run<'_>) -> Box<dyn Gather> {
        let samples = &self.slots[OF_SAMPLES];
        let keeps = Keeps {
            samples: samples.iter().any(|slot| behind.contains(slot)),
            values: behind.contains(&self.columns.newcomers),
        };
        Box::new(PatternGather {
            text: self.text.clone(),
            slots: self.slots.clone(),
            columns: self.columns,
            time: self.compares(behind).then_some(self.time),
            span: self.span,
            behind: behind.to_vec(),
            miner: Miner::new(keeps, Limits::DEFAULT),
        })
    }
}

/// The state on one worker.
struct PatternGather {
    text: Bound,
    slots: Vec<Slot>,
    columns: PatternColumns,
    /// `@timestamp`, where two time ranges are compared.
    time: Option<Slot>,
    span: Span,
    behind: Vec<Slot>,
    miner: Miner,
}

impl Gather for PatternGather {
    fn fold(&mut self, batch: Batch, run: &Run<'_>) {
        let column = evaluate(&self.text, &batch, &run.context);
        let positions = batch.positions();
        let times = self.time.map(|slot| batch.column(slot));
        for (row, position) in positions.iter().enumerate() {
            let when = match times.map(|times| times.value(row)) {
                None => When::NOW,
                Some(Value::Time(time)) => {
                    let earlier = run.earlier.is_some_and(|range| range.contains(time));
                    When { time, periods: [run.context.range.contains(time), earlier] }
                }
                // Without a time, a record is in no time range.
                Some(_) => continue,
            };
            with_text(&column, row, |text| self.miner.add(text, *position, &when));
        }
    }

    fn memory(&self) -> usize {
        self.miner.memory()
    }

    fn finish(
        mut self: Box<Self>,
        others: Vec<Box<dyn Gather>>,
        run: &Run<'_>,
    ) -> Result<Gathered> {
        for other in same::<PatternGather>(others) {
            self.miner.merge(other.miner);
        }
        self.warn(run);
        let templates = self.miner.finish();
        let total: u64 = templates.iter().map(|template| template.seen.counts[0]).sum();
        let rows: Vec<Described> = templates.iter().map(Described::of).collect();
        let column = |value: &dyn Fn(&Described, &Template) -> Value| {
            let rows = rows.iter().zip(&templates);
            Column::from_values(rows.map(|(row, template)| value(row, template)).collect())
        };
        let whole = |count: u64| Value::Integer(i64::try_from(count).unwrap_or(i64::MAX));
        let mut columns: Vec<(Slot, Column)> = Vec::new();
        for (number, slot) in self.slots.iter().enumerate() {
            if !self.behind.contains(slot) {
                continue;
            }
            let value = |row: &Described, template: &Template| match number {
                0 => Value::text(&row.pattern),
                1 => whole(template.seen.counts[0]),
                2 => Value::float(share(template.seen.counts[0], total)),
                3 => Value::text(severity(&row.pattern)),
                4 => Value::text(format!("{:016x}", hash_bytes(row.pattern.as_bytes()))),
                5 => Value::text(&row.regex),
                6 => Value::Json(Arc::new(row.tokens(template))),
                _ => Value::Json(Arc::new(samples(template))),
            };
            columns.push((*slot, column(&value)));
        }
        let time = |seen: &Seen, period: usize, time: i64| match seen.counts[period] {
            0 => Value::Missing,
            _ => Value::Time(time),
        };
        if self.time.is_some() {
            let PatternColumns { earlier, seen, gone, newcomers, .. } = self.columns;
            columns.push((earlier, column(&|_, template| whole(template.seen.counts[1]))));
            columns.push((
                seen,
                column(&|_, template| time(&template.seen, 0, template.seen.times[0].start)),
            ));
            columns.push((
                gone,
                column(&|_, template| time(&template.seen, 1, template.seen.times[1].end)),
            ));
            columns.push((
                newcomers,
                column(&|row, template| Value::Json(Arc::new(row.newcomers(template)))),
            ));
        }
        let found = templates.len() as u64;
        let batch = Batch::of_columns(columns, (0..found).collect(), run.slots);
        Ok(Gathered::of(vec![batch], found))
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

impl PatternGather {
    /// Tells what the patterns do not show of the messages.
    fn warn(&self, run: &Run<'_>) {
        if self.miner.is_bounded() {
            let message = "there are more kinds of messages than `pattern` holds: places that \
                           differ are values sooner";
            run.warn(
                Diagnostic::warning(message, self.span)
                    .help("filter first, or take out the part that matters with `parse`"),
            );
        }
        let (Some(_), Some(earlier)) = (self.time, run.earlier) else { return };
        let seen = self.miner.seen();
        let range = earlier.print();
        let message = match seen.counts[1] {
            0 => format!("there are no records of the earlier time range, {range}"),
            _ => {
                // A tenth of the range without records, and the range is not compared like for like.
                let [_, covered] = seen.times;
                let before = covered.start.saturating_sub(earlier.start);
                if before <= earlier.length() / 10 {
                    return;
                }
                let first = time::print(covered.start);
                format!("the earlier time range is {range}, and its first record is of {first}")
            }
        };
        run.warn(Diagnostic::warning(message, self.span));
    }
}

/// A share with four digits.
fn share(count: u64, total: u64) -> f64 {
    (count as f64 / total.max(1) as f64 * 10_000.0).round() / 10_000.0
}

/// Source: CloudWatch Logs User Guide, "Pattern analysis": by the words of the pattern.
fn severity(pattern: &str) -> &'static str {
    let lower = pattern.to_ascii_lowercase();
    match () {
        () if lower.contains("error") => "ERROR",
        () if lower.contains("warn") => "WARN",
        () => "INFO",
    }
}

/// A template as people read it.
struct Described {
    pattern: String,
    regex: String,
    /// The kind of each value, in order.
    kinds: Vec<Kind>,
}

impl Described {
    fn of(template: &Template) -> Described {
        let mut described =
            Described { pattern: String::new(), regex: String::new(), kinds: Vec::new() };
        for (kind, piece) in pieces_of_key(&template.key) {
            if kind.is_value() {
                described.kinds.push(kind);
                let number = described.kinds.len();
                described.pattern.push_str(&format!("<{}-{number}>", kind.name()));
                described.regex.push_str(&format!("({})", kind.regex()));
                continue;
            }
            let text = printable(piece);
            described.pattern.push_str(&text);
            match piece {
                b" " => described.regex.push_str(r"\s+"),
                _ => described.regex.push_str(&regex::escape(&text)),
            }
        }
        described
    }

    /// The values of each place and how often they come: of the samples, and from them for all.
    fn tokens(&self, template: &Template) -> serde_json::Value {
        let mut counts: Vec<BTreeMap<String, u64>> = vec![BTreeMap::new(); self.kinds.len()];
        let key = pieces_of_key(&template.key);
        let mut sampled = 0;
        for sample in template.samples() {
            sampled += sample.times;
            let (mut at, mut place) = (0, 0);
            pieces(&sample.text, |_, piece| {
                if key.get(at).is_some_and(|(kind, _)| kind.is_value()) {
                    if let Some(counts) = counts.get_mut(place) {
                        *counts.entry(printable(piece).into_owned()).or_default() += sample.times;
                    }
                    place += 1;
                }
                at += 1;
            });
        }
        let [now, earlier] = template.seen.counts;
        let count = if now > 0 { now } else { earlier };
        let scale = count as f64 / sampled.max(1) as f64;
        let token = |(number, (kind, counts)): (usize, (&Kind, BTreeMap<String, u64>))| {
            let mut values: Vec<(String, u64)> = counts.into_iter().collect();
            values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            values.truncate(VALUES);
            let values = values.into_iter().map(|(value, count)| {
                (value, serde_json::Value::from((count as f64 * scale).round() as u64))
            });
            let enumerations: serde_json::Map<String, serde_json::Value> = values.collect();
            json!({
                "dynamicTokenPosition": number + 1,
                "tokenType": kind.name(),
                "tokenString": format!("<{}-{}>", kind.name(), number + 1),
                "isNumeric": *kind == Kind::Number,
                "enumerations": enumerations,
            })
        };
        self.kinds.iter().zip(counts).enumerate().map(token).collect()
    }

    /// For each place, the values that it has in the time range of the query and not in the earlier
    /// one, where the earlier one had few: the place, their number, the first of them, and when.
    fn newcomers(&self, template: &Template) -> serde_json::Value {
        let mut found = Vec::new();
        for (number, values) in template.values.iter().enumerate() {
            let Some(values) = values else { continue };
            let known = values.values().filter(|seen| seen.counts[1] > 0).count();
            // Without a good many records of each value, more values are to be expected.
            let settled = SETTLED.max(known as u64 * OFTEN);
            if known == 0 || known > KNOWN || template.seen.counts[1] < settled {
                continue;
            }
            let mut new: Vec<_> = values.iter().filter(|(_, seen)| seen.counts[1] == 0).collect();
            new.sort_by(|a, b| b.1.counts[0].cmp(&a.1.counts[0]).then_with(|| a.0.cmp(b.0)));
            let count: u64 = new.iter().map(|(_, seen)| seen.counts[0]).sum();
            let Some(first) = new.iter().map(|(_, seen)| seen.times[0].start).min() else {
                continue;
            };
            let told = new.iter().take(VALUES);
            let values: Vec<serde_json::Value> = told
                .map(|(value, seen)| json!({"value": printable(value), "count": seen.counts[0]}))
                .collect();
            let kind = self.kinds.get(number).copied().unwrap_or(Kind::Any);
            found.push(json!({
                "token": format!("<{}-{}>", kind.name(), number + 1),
                "distinct": new.len(),
                "known": known,
                "count": count,
                "first": first,
                "values": values,
            }));
        }
        found.into()
    }
}

/// Some of the messages of a template.
fn samples(template: &Template) -> serde_json::Value {
    let texts = template.samples().iter().take(VALUES).map(|sample| printable(&sample.text));
    texts.map(|text| serde_json::Value::from(text.into_owned())).collect()
}
