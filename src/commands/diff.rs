//! `diff`: the patterns of the time range beside those of an earlier one of the same length.

use std::any::Any;
use std::fmt;

use super::command::{
    Build, CommandDoc, Compared, Gather, Gathered, Gathering, PatternColumns, Role, Run, Shown,
    Stage, same,
};
use crate::data::period::{Period, Unit};
use crate::data::{Batch, Column, Slot, Value};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::error::Result;
use crate::registry;
use crate::syntax::{self, Node, Rule};

/// What a person should know of `diff`.
pub const DOC: CommandDoc = CommandDoc {
    name: "diff",
    aliases: &[],
    rule: Rule::diff,
    syntax: "diff [previousPeriod | previousDay | previousWeek | previousMonth]",
    summary: "Compares how often each pattern of the `pattern` in front comes with how often it came in an earlier time range of the same length: right in front of that of the query, or a day, a week, a month before. Patterns whose number changed most come first. Of an open time range, the later half is compared with the earlier one, or the last day, week, month with that before.",
    examples: &["pattern @message | diff", "filter action = \"REJECT\" | pattern dstPort | diff"],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Diff.html",
};

/// How far back the modifiers reach.
const MODIFIERS: &[(&str, Option<Unit>)] = &[
    ("previousPeriod", None),
    ("previousDay", Some(Unit::Day)),
    ("previousWeek", Some(Unit::Week)),
    ("previousMonth", Some(Unit::Month)),
];

/// One `diff` ready to run.
struct Diff {
    modifier: Option<&'static str>,
    difference: Difference,
}

/// What is computed of patterns and their numbers in both time ranges.
#[derive(Clone, Copy)]
pub(super) struct Difference {
    pattern: PatternColumns,
    /// The number now less the number before.
    change: Slot,
    /// The change in words.
    description: Slot,
}

/// Reads the command.
///
/// # Errors
/// No `pattern` in front, and a modifier that is none.
pub fn read(
    node: &Node<'_>,
    build: &mut Build<'_>,
) -> std::result::Result<Box<dyn Stage>, Diagnostic> {
    let span = node.one(Rule::head_word).span();
    let written = node.maybe(Rule::name);
    let modifier = match written.map(|name| (name, syntax::name(name))) {
        None => None,
        Some((node, name)) => {
            let known = MODIFIERS.iter().find(|(known, _)| known.eq_ignore_ascii_case(&name));
            Some(known.ok_or_else(|| {
                let message = format!("`diff` compares with no `{name}`");
                let names = || MODIFIERS.iter().map(|(name, _)| *name);
                let fault = Diagnostic::error(message, node.span()).code(codes::OPTION);
                match registry::nearest(&name, names()) {
                    Some(near) => fault.suggest(Some(near)),
                    None => fault.help("write `previousDay`, `previousWeek` or `previousMonth`"),
                }
            })?)
        }
    };
    let back = modifier.and_then(|(_, unit)| *unit).map(|unit| Period { count: 1, unit });
    let difference = Difference::of(Compared { back, span }, build)?;
    Ok(Box::new(Diff { modifier: modifier.map(|(name, _)| *name), difference }))
}

/// The columns of the `pattern` in front.
///
/// # Errors
/// There is none.
pub(super) fn pattern_in_front(
    command: &str,
    span: Span,
    build: &Build<'_>,
) -> std::result::Result<PatternColumns, Diagnostic> {
    build.pattern.ok_or_else(|| {
        Diagnostic::error(format!("`{command}` stands behind `pattern`"), span)
            .code(codes::PLACE)
            .help(format!("write `pattern @message | {command}`"))
    })
}

impl Difference {
    /// Compares what the `pattern` in front gives.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn of(
        compared: Compared,
        build: &mut Build<'_>,
    ) -> std::result::Result<Difference, Diagnostic> {
        let pattern = pattern_in_front(DOC.name, compared.span, build)?;
        build.compared = Some(compared);
        let (change, description) = (build.scope.slot(), build.scope.slot());
        let columns = [("@diffEventCount", change), ("@differenceDescription", description)];
        for (name, slot) in columns {
            build.scope.define(name, slot, compared.span)?;
        }
        let own = |slot| build.shown.iter().find(|shown| shown.slot == slot).cloned();
        let new = columns.map(|(name, slot)| Shown { name: name.to_owned(), slot });
        let (first, last) = ([own(pattern.pattern), own(pattern.count)], [own(pattern.severity)]);
        let shown = first.into_iter().chain(new.map(Some)).chain(last);
        build.shown = shown.flatten().collect();
        Ok(Difference { pattern, change, description })
    }

    /// The slots that are read, besides those that pass.
    pub(super) fn reads(&self) -> [Slot; 3] {
        [self.pattern.pattern, self.pattern.count, self.pattern.earlier]
    }

    /// An empty state.
    pub(super) fn gather(&self, behind: &[Slot]) -> Box<dyn Gather> {
        let mut keep: Vec<Slot> = behind.iter().copied().chain(self.reads()).collect();
        keep.retain(|slot| ![self.change, self.description].contains(slot));
        keep.sort_unstable();
        keep.dedup();
        Box::new(DiffGather { difference: *self, keep, batches: Vec::new() })
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("diff")?;
        self.modifier.iter().try_for_each(|modifier| write!(f, " {modifier}"))
    }
}

impl Stage for Diff {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, behind: &[Slot]) -> Vec<Slot> {
        behind.iter().copied().chain(self.difference.reads()).collect()
    }

    fn role(&self) -> Role<'_> {
        Role::Gathering(self)
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl Gathering for Diff {
    fn gather(&self, behind: &[Slot], _: &Run<'_>) -> Box<dyn Gather> {
        self.difference.gather(behind)
    }
}

/// The patterns, until all are there.
struct DiffGather {
    difference: Difference,
    keep: Vec<Slot>,
    batches: Vec<Batch>,
}

impl Gather for DiffGather {
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
        same::<DiffGather>(others).into_iter().for_each(|other| self.batches.extend(other.batches));
        let Difference { pattern, change, description } = self.difference;
        let rows = rows_of(&self.batches, &pattern);
        let compared = rows.iter().any(|row| row.earlier > 0);
        let mut order: Vec<&Row> = rows.iter().collect();
        order.sort_by(|a, b| {
            let change =
                |row: &Row| std::cmp::Reverse(if compared { row.change().abs() } else { row.now });
            change(a).cmp(&change(b)).then(b.total().cmp(&a.total())).then(a.text.cmp(&b.text))
        });
        let changes = order.iter().map(|row| match compared {
            true => Value::Integer(row.change()),
            false => Value::Missing,
        });
        let texts = order.iter().map(|row| match compared {
            true => Value::text(row.description()),
            false => Value::text("nothing to compare with"),
        });
        let (changes, texts) = (changes.collect(), texts.collect());
        let picks: Vec<(u32, u32)> = order.iter().map(|row| row.place).collect();
        let mut batch =
            Batch::interleave(&self.batches, &picks, &self.keep, run.slots, run.threads);
        batch.set(change, Column::from_values(changes));
        batch.set(description, Column::from_values(texts));
        let found = picks.len() as u64;
        batch.renumber((0..found).collect());
        Ok(Gathered::of(vec![batch], found))
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// A pattern with its numbers.
pub(super) struct Row {
    /// Batch and row.
    pub(super) place: (u32, u32),
    pub(super) text: String,
    pub(super) now: i64,
    pub(super) earlier: i64,
}

/// The patterns of some batches.
pub(super) fn rows_of(batches: &[Batch], columns: &PatternColumns) -> Vec<Row> {
    let mut rows = Vec::new();
    for (number, batch) in batches.iter().enumerate() {
        let whole = |slot: Slot, row: usize| match batch.column(slot).value(row) {
            Value::Integer(whole) => whole,
            _ => 0,
        };
        for row in 0..batch.len() {
            let text =
                batch.column(columns.pattern).value(row).print().unwrap_or_default().into_owned();
            let (now, earlier) = (whole(columns.count, row), whole(columns.earlier, row));
            rows.push(Row { place: (number as u32, row as u32), text, now, earlier });
        }
    }
    rows
}

impl Row {
    fn total(&self) -> i64 {
        self.now.saturating_add(self.earlier)
    }

    /// The number now less the number before.
    pub(super) fn change(&self) -> i64 {
        self.now.saturating_sub(self.earlier)
    }

    /// The change in words.
    pub(super) fn description(&self) -> String {
        let (now, earlier) = (self.now as f64, self.earlier as f64);
        let percent = |share: f64| {
            Value::float((share * 1000.0).round() / 10.0).print().unwrap_or_default().into_owned()
        };
        match (self.now, self.earlier) {
            (now, earlier) if now == earlier => "unchanged".to_owned(),
            (_, 0) => "new".to_owned(),
            (0, _) => "gone".to_owned(),
            (more, less) if more > less => format!("{} % more", percent(now / earlier - 1.0)),
            _ => format!("{} % fewer", percent(1.0 - now / earlier)),
        }
    }
}
