//! `pattern`: messages that differ in their values only, as one pattern with its share.

mod miner;
mod tokens;

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::json;

use super::command::{
    Build, CommandDoc, Gather, Gathered, Gathering, Role, Run, Shown, Stage, same,
};
use super::parse::with_text;
use crate::data::interner::hash_bytes;
use crate::data::text::printable;
use crate::data::{Batch, Column, Slot, Value};
use crate::diagnostic::Diagnostic;
use crate::error::Result;
use crate::eval::bind::bind;
use crate::eval::bound::Bound;
use crate::eval::evaluate::evaluate;
use crate::syntax::{self, Expr, Node, Rule};
use miner::{Miner, Template};
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

/// How many of them are shown.
const SHOWN: usize = 4;

/// The most values of a place that are told, and the most samples.
///
/// Source: CloudWatch Logs User Guide, "Pattern analysis": ten values a token.
const VALUES: usize = 10;

/// One `pattern` ready to run.
struct Pattern {
    expr: Expr,
    text: Bound,
    slots: Vec<Slot>,
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
    let text = bind(&expr, &mut build.scope)?;
    build.scope.close(node.span());
    build.shown.clear();
    let mut slots = Vec::new();
    for name in COLUMNS {
        let slot = build.scope.slot();
        build.scope.define(name, slot, node.span())?;
        if slots.len() < SHOWN {
            build.shown.push(Shown { name: name.to_owned(), slot });
        }
        slots.push(slot);
    }
    build.chosen = true;
    build.newest_first = false;
    build.bins = None;
    Ok(Box::new(Pattern { expr, text, slots }))
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

    fn reads(&self, _: &[Slot]) -> Vec<Slot> {
        let mut slots = Vec::new();
        self.text.slots(&mut slots);
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
        let (text, slots) = (self.text.clone(), self.slots.clone());
        Box::new(PatternGather { text, slots, behind: behind.to_vec(), miner: Miner::default() })
    }
}

/// The state on one worker.
struct PatternGather {
    text: Bound,
    slots: Vec<Slot>,
    behind: Vec<Slot>,
    miner: Miner,
}

impl Gather for PatternGather {
    fn fold(&mut self, batch: Batch, run: &Run<'_>) {
        let column = evaluate(&self.text, &batch, &run.context);
        let positions = batch.positions();
        for (row, position) in positions.iter().enumerate() {
            with_text(&column, row, |text| self.miner.add(text, *position));
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
        let templates = self.miner.finish();
        let total: u64 = templates.iter().map(|template| template.count).sum();
        let rows: Vec<Described> = templates.iter().map(Described::of).collect();
        let column = |number: usize| {
            let value = |(row, template): (&Described, &Template)| match number {
                0 => Value::text(&row.pattern),
                1 => Value::Integer(i64::try_from(template.count).unwrap_or(i64::MAX)),
                2 => Value::float(share(template.count, total)),
                3 => Value::text(severity(&row.pattern)),
                4 => Value::text(format!("{:016x}", hash_bytes(row.pattern.as_bytes()))),
                5 => Value::text(&row.regex),
                6 => Value::Json(Arc::new(row.tokens(template))),
                _ => Value::Json(Arc::new(samples(template))),
            };
            Column::from_values(rows.iter().zip(&templates).map(value).collect())
        };
        let live = self.slots.iter().enumerate().filter(|(_, slot)| self.behind.contains(slot));
        let columns: Vec<(Slot, Column)> =
            live.map(|(number, slot)| (*slot, column(number))).collect();
        let found = templates.len() as u64;
        let batch = Batch::of_columns(columns, (0..found).collect(), run.slots);
        Ok(Gathered { batches: vec![batch], found })
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
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
        for sample in &template.samples {
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
        let scale = template.count as f64 / sampled.max(1) as f64;
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
}

/// Some of the messages of a template.
fn samples(template: &Template) -> serde_json::Value {
    let texts = template.samples.iter().take(VALUES).map(|sample| printable(&sample.text));
    texts.map(|text| serde_json::Value::from(text.into_owned())).collect()
}
