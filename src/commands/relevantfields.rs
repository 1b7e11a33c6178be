//! `relevantfields`: the fields whose values differ most between the records that fulfil a condition
//! and the others.

use std::any::Any;
use std::fmt;

use super::command::{
    Build, CommandDoc, Gather, Gathered, Gathering, Role, Run, Shown, Stage, comma_list, same,
};
use crate::data::column::truth::TRUE;
use crate::data::groups::GroupTable;
use crate::data::interner::Interner;
use crate::data::keys::{decode, encode_column, hash_key, translate};
use crate::data::{Batch, Column, Number, Slot, Value};
use crate::diagnostic::{Diagnostic, Span};
use crate::error::Result;
use crate::eval::bind::bind;
use crate::eval::bound::Bound;
use crate::eval::evaluate::evaluate_truth;
use crate::syntax::{self, Expr, Node, Rule};

/// What a person should know of `relevantfields`.
pub const DOC: CommandDoc = CommandDoc {
    name: "relevantfields",
    aliases: &[],
    rule: Rule::relevantfields,
    syntax: "relevantfields [COLUMN, …] where CONDITION",
    summary: "Ranks fields by how differently their values are spread in the records that fulfil the condition and in the others: 1 is altogether, 0 no more than by chance. Tells the values whose shares differ most, or the medians of numbers. Without columns, all fields but those of the condition.",
    examples: &[
        "relevantfields where action = \"REJECT\" | limit 3",
        "relevantfields dstPort, bytes where srcAddr like \"198.51.\"",
    ],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-RelevantFields.html",
};

/// The columns of the result.
///
/// Source: CloudWatch Logs User Guide, "relevantfields".
const COLUMNS: [&str; 5] = [
    "@fieldName",
    "@relevanceScore",
    "@topRelevanceContributors",
    "@conditionalMedian",
    "@baselineMedian",
];

/// Fields that say which record it is, not what it tells.
const UNTOLD: &[&str] =
    &["@timestamp", "@message", "@ptr", "@ingestionTime", "@eventId", "start", "end"];

/// Numbers that are names: no one of them is more than another.
const NAMES: &[&str] =
    &["version", "srcPort", "dstPort", "protocol", "tcpFlags", "trafficPath", "encryptionStatus"];

/// Up to so many different numbers are told one by one, as in a field of states.
const FEW: usize = 20;

/// How many values of a field are told.
const CONTRIBUTORS: usize = 3;

/// One `relevantfields` ready to run.
struct RelevantFields {
    written: Vec<Expr>,
    condition: (Expr, Bound),
    fields: Vec<(String, Slot)>,
    shown: Vec<Slot>,
    span: Span,
}

/// Reads the command.
///
/// # Errors
/// What binding refuses, and a column that is no field.
pub fn read(
    node: &Node<'_>,
    build: &mut Build<'_>,
) -> std::result::Result<Box<dyn Stage>, Diagnostic> {
    let span = node.one(Rule::head_word).span();
    let written: Vec<Expr> =
        node.all(Rule::column).map(syntax::expr).collect::<std::result::Result<_, _>>()?;
    let condition = syntax::expr(node.one(Rule::expr))?;
    let bound = bind(&condition, &mut build.scope)?;
    let mut fields: Vec<(String, Slot)> = Vec::new();
    for expr in &written {
        let Bound::Field(slot) = bind(expr, &mut build.scope)? else {
            let message = "`relevantfields` looks at fields; this is none";
            return Err(Diagnostic::error(message, expr.span)
                .help("give it a name with `fields … as NAME` first"));
        };
        fields.push((expr.to_string(), slot));
    }
    if written.is_empty() {
        let mut used = Vec::new();
        bound.slots(&mut used);
        for name in build.scope.recorded_names() {
            if UNTOLD.contains(&name.as_str()) || build.scope.is_defined(&name) {
                continue;
            }
            let Some(slot) = build.scope.visible_log_field(&name) else { continue };
            if !used.contains(&slot) && fields.iter().all(|(_, known)| *known != slot) {
                fields.push((name, slot));
            }
        }
        // What commands in front made and show.
        for Shown { name, slot } in &build.shown {
            let told = UNTOLD.contains(&name.as_str()) || used.contains(slot);
            if !told && fields.iter().all(|(_, known)| known != slot) {
                fields.push((name.clone(), *slot));
            }
        }
    }
    build.scope.close(node.span());
    build.shown.clear();
    let mut shown = Vec::new();
    for name in COLUMNS {
        let slot = build.scope.slot();
        build.scope.define(name, slot, node.span())?;
        build.shown.push(Shown { name: name.to_owned(), slot });
        shown.push(slot);
    }
    build.chosen = true;
    build.newest_first = false;
    build.bins = None;
    build.pattern = None;
    let condition = (condition, bound);
    Ok(Box::new(RelevantFields { written, condition, fields, shown, span }))
}

impl fmt::Display for RelevantFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("relevantfields ")?;
        comma_list(f, &self.written)?;
        let gap = if self.written.is_empty() { "" } else { " " };
        write!(f, "{gap}where {}", self.condition.0)
    }
}

impl Stage for RelevantFields {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, _: &[Slot]) -> Vec<Slot> {
        let mut slots: Vec<Slot> = self.fields.iter().map(|(_, slot)| *slot).collect();
        self.condition.1.slots(&mut slots);
        slots
    }

    fn role(&self) -> Role<'_> {
        Role::Gathering(self)
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl Gathering for RelevantFields {
    fn gather(&self, _: &[Slot], _: &Run<'_>) -> Box<dyn Gather> {
        let field = |(name, slot): &(String, Slot)| FieldCounts {
            name: name.clone(),
            slot: *slot,
            interner: Interner::default(),
            table: GroupTable::new(1),
            counts: Vec::new(),
        };
        Box::new(RelevanceGather {
            condition: self.condition.1.clone(),
            fields: self.fields.iter().map(field).collect(),
            records: [0; 2],
            shown: self.shown.clone(),
            span: self.span,
        })
    }
}

/// The state on one worker.
struct RelevanceGather {
    condition: Bound,
    fields: Vec<FieldCounts>,
    /// How many records fulfil the condition, and how many do not.
    records: [u64; 2],
    shown: Vec<Slot>,
    span: Span,
}

/// How often each value of a field comes in both kinds of records.
struct FieldCounts {
    name: String,
    slot: Slot,
    interner: Interner,
    table: GroupTable,
    counts: Vec<[u64; 2]>,
}

impl FieldCounts {
    fn add(&mut self, word: u64, hash: u64, counts: [u64; 2]) {
        let group = self.table.insert(&[word], hash, 0) as usize;
        self.counts.resize(self.counts.len().max(group + 1), [0; 2]);
        self.counts[group][0] += counts[0];
        self.counts[group][1] += counts[1];
    }

    fn fold(&mut self, batch: &Batch, fulfils: &[u8]) {
        let mut words = vec![0; batch.len()];
        encode_column(batch.column(self.slot), &mut self.interner, &mut words, 0, 1);
        for (word, truth) in words.into_iter().zip(fulfils) {
            let hash = hash_key(&[word], &self.interner);
            self.add(word, hash, if *truth == TRUE { [1, 0] } else { [0, 1] });
        }
    }

    fn merge(&mut self, other: &FieldCounts) {
        let texts = 0..other.interner.len() as u32;
        let map: Vec<u32> = texts.map(|id| self.interner.intern(other.interner.text(id))).collect();
        for (word, counts) in other.table.words().iter().zip(&other.counts) {
            let word = translate(*word, &map);
            let hash = hash_key(&[word], &self.interner);
            self.add(word, hash, *counts);
        }
    }

    /// The values with their counts.
    fn values(&self) -> Vec<(Value, [u64; 2])> {
        let values = self.table.words().iter().map(|word| decode(*word, &self.interner));
        values.zip(self.counts.iter().copied()).collect()
    }
}

/// What is told of a field.
struct Relevance {
    name: String,
    score: f64,
    contributors: Value,
    medians: [Value; 2],
}

impl Relevance {
    /// `None` where no record has the field.
    fn of(field: &FieldCounts, records: [u64; 2]) -> Option<Relevance> {
        let values = field.values();
        values.iter().find(|(value, _)| !value.is_missing())?;
        let numbers: Option<Vec<(Number, [u64; 2])>> = values
            .iter()
            .filter(|(value, _)| !value.is_missing())
            .map(|(value, counts)| Some((value.number()?, *counts)))
            .collect();
        let name = field.name.clone();
        match numbers.filter(|numbers| numbers.len() > FEW && !NAMES.contains(&name.as_str())) {
            Some(numbers) => Some(Relevance::of_numbers(name, numbers)),
            None => Some(Relevance::of_values(name, &values, records)),
        }
    }

    /// Of values that are names: half the sum of the differences of their shares, each less its
    /// standard deviation by chance.
    fn of_values(name: String, values: &[(Value, [u64; 2])], records: [u64; 2]) -> Relevance {
        let [fulfil, others] = records.map(|count| count as f64);
        let mut shifts: Vec<(f64, String, [f64; 2])> = Vec::new();
        for (value, counts) in values {
            let shares = [counts[0] as f64 / fulfil, counts[1] as f64 / others];
            let all = (counts[0] + counts[1]) as f64 / (fulfil + others);
            let chance = (all * (1.0 - all) * (1.0 / fulfil + 1.0 / others)).sqrt();
            let shift = (shares[0] - shares[1]).abs() - chance;
            if shift > 0.0 {
                let text = value.print().map_or("(missing)".to_owned(), |text| text.into_owned());
                shifts.push((shift, text, shares));
            }
        }
        shifts.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let score = shifts.iter().map(|(shift, ..)| shift).sum::<f64>() / 2.0;
        let told = shifts.iter().take(CONTRIBUTORS).map(|(_, text, shares)| {
            let [share, other] = shares.map(percent);
            format!("{text}: {share} %, else {other} %")
        });
        let told = told.collect::<Vec<_>>().join("; ");
        let contributors = if told.is_empty() { Value::Missing } else { Value::text(told) };
        Relevance { name, score, contributors, medians: [Value::Missing, Value::Missing] }
    }

    /// Of numbers: the greatest difference of the shares of records up to a number (the statistic
    /// of Kolmogorov and Smirnov), less its mean by chance.
    fn of_numbers(name: String, mut numbers: Vec<(Number, [u64; 2])>) -> Relevance {
        numbers.sort_by(|a, b| a.0.compare(b.0));
        let sum = |side: usize| numbers.iter().map(|(_, counts)| counts[side]).sum::<u64>();
        let sums = [sum(0), sum(1)];
        let mut below = [0_u64; 2];
        let mut greatest = 0.0_f64;
        for (_, counts) in &numbers {
            below = [below[0] + counts[0], below[1] + counts[1]];
            let share = |side: usize| below[side] as f64 / sums[side].max(1) as f64;
            greatest = greatest.max((share(0) - share(1)).abs());
        }
        let chance = 0.8687 * sums.iter().map(|sum| 1.0 / (*sum).max(1) as f64).sum::<f64>().sqrt();
        let score = if sums.contains(&0) { 0.0 } else { (greatest - chance).max(0.0) };
        let medians = [0, 1].map(|side| median(&numbers, side, sums[side]));
        Relevance { name, score, contributors: Value::Missing, medians }
    }
}

/// The value in the middle, or between the two in the middle.
fn median(numbers: &[(Number, [u64; 2])], side: usize, sum: u64) -> Value {
    let at = |place: u64| {
        let mut below = 0;
        let found = numbers.iter().find(|(_, counts)| {
            below += counts[side];
            below > place
        });
        found.map(|(number, _)| *number)
    };
    if sum == 0 {
        return Value::Missing;
    }
    match (at((sum - 1) / 2), at(sum / 2)) {
        (Some(Number::Integer(low)), Some(Number::Integer(high))) if low == high => {
            Value::Integer(low)
        }
        (Some(low), Some(high)) => Value::float((low.to_f64() + high.to_f64()) / 2.0),
        _ => Value::Missing,
    }
}

/// A share in percent, with one digit behind the point.
fn percent(share: f64) -> String {
    let percent = Value::float((share * 1000.0).round() / 10.0);
    percent.print().unwrap_or_default().into_owned()
}

impl Gather for RelevanceGather {
    fn fold(&mut self, batch: Batch, run: &Run<'_>) {
        let fulfils = evaluate_truth(&self.condition, &batch, &run.context);
        let met = fulfils.iter().filter(|truth| **truth == TRUE).count() as u64;
        self.records[0] += met;
        self.records[1] += batch.len() as u64 - met;
        self.fields.iter_mut().for_each(|field| field.fold(&batch, &fulfils));
    }

    fn memory(&self) -> usize {
        let memory = |field: &FieldCounts| {
            field.interner.memory() + field.table.memory() + field.counts.capacity() * 16
        };
        self.fields.iter().map(memory).sum()
    }

    fn finish(
        mut self: Box<Self>,
        others: Vec<Box<dyn Gather>>,
        run: &Run<'_>,
    ) -> Result<Gathered> {
        for other in same::<RelevanceGather>(others) {
            for side in 0..2 {
                self.records[side] += other.records[side];
            }
            let fields = self.fields.iter_mut().zip(&other.fields);
            fields.for_each(|(own, other)| own.merge(other));
        }
        let mut rows: Vec<Relevance> = match self.records {
            [0, 0] => Vec::new(),
            [fulfil, others] if fulfil == 0 || others == 0 => {
                let which = if fulfil == 0 { "no record fulfils" } else { "every record fulfils" };
                let message = format!("{which} the condition: there is nothing to compare");
                run.warn(Diagnostic::warning(message, self.span));
                Vec::new()
            }
            records => {
                self.fields.iter().filter_map(|field| Relevance::of(field, records)).collect()
            }
        };
        rows.iter_mut().for_each(|row| row.score = (row.score * 10_000.0).round() / 10_000.0);
        rows.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.name.cmp(&b.name)));
        let column = |number: usize| {
            let value = |row: &Relevance| match number {
                0 => Value::text(&row.name),
                1 => Value::float(row.score),
                2 => row.contributors.clone(),
                3 => row.medians[0].clone(),
                _ => row.medians[1].clone(),
            };
            Column::from_values(rows.iter().map(value).collect())
        };
        let columns = self.shown.iter().enumerate().map(|(number, slot)| (*slot, column(number)));
        let found = rows.len() as u64;
        let batch = Batch::of_columns(columns, (0..found).collect(), run.slots);
        Ok(Gathered::of(vec![batch], found))
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
