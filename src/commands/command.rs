//! The shape of a command: its documentation, what it reads and defines, and how it runs.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};

use super::spill::Waiting;
use crate::data::meaning::Meaning;
use crate::data::period::Period;
use crate::data::time::TimeRange;
use crate::data::{Batch, Position, Slot};
use crate::diagnostic::{Diagnostic, Span};
use crate::error::Result;
use crate::eval::inner::Inner;
use crate::eval::scope::{FieldCatalog, RightFields, Scope};
use crate::functions::function::Context;
use crate::lookup::Tables;
use crate::registry::Named;
use crate::syntax::{ExprKind, Node, Rule};

/// What a person should know of a command.
pub struct CommandDoc {
    /// The word it begins with.
    pub name: &'static str,
    /// Other words that mean the same.
    pub aliases: &'static [&'static str],
    /// The grammar rule that reads it.
    pub rule: Rule,
    /// The form it is written in.
    pub syntax: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Queries that use it; each runs as a test.
    pub examples: &'static [&'static str],
    /// The page of AWS's documentation.
    pub source: &'static str,
}

/// Reads a parsed command: its names are bound, its columns shown.
pub type Read = fn(&Node<'_>, &mut Build<'_>) -> std::result::Result<Box<dyn Stage>, Diagnostic>;

/// One row of the table of commands.
pub struct Row {
    /// Its documentation.
    pub doc: &'static CommandDoc,
    /// Reads a parsed command.
    pub read: Read,
}

impl Named for Row {
    fn name(&self) -> &'static str {
        self.doc.name
    }

    fn aliases(&self) -> &'static [&'static str] {
        self.doc.aliases
    }
}

/// A query while its commands are read, one after another.
pub struct Build<'c> {
    /// The fields visible at this point.
    pub scope: Scope<'c>,
    /// The columns to show so far, in order.
    pub shown: Vec<Shown>,
    /// Whether `fields`, `display` or `stats` chose the columns.
    pub chosen: bool,
    /// The columns to show where nothing chooses any; those of log events where there are none.
    pub unchosen: Vec<Shown>,
    /// Whether the records are log events in no order of their own: then they go newest first.
    pub newest_first: bool,
    /// Slots of fields cut out of the lines of log events.
    pub parts_of_line: Vec<Slot>,
    /// The bins of time that the last `stats` groups by.
    pub bins: Option<Bins>,
    /// The tables that values may be looked up in.
    pub tables: &'c Tables,
    /// Whether no logs are at hand, and no tables: the query is only checked.
    pub without_logs: bool,
    /// What the last `pattern` gives, where one stands in front.
    pub pattern: Option<PatternColumns>,
    /// The earlier time range that the query compares its own with, and who asks for it.
    pub compared: Option<Compared>,
    /// Opens the log group that stands at a place as the right side of a `join`.
    pub open: Opener<'c>,
    /// Whether records were copied, so that their positions may stand close together.
    pub copied: bool,
    /// What is known of the columns that commands made; that of log fields follows from their name.
    pub meanings: BTreeMap<Slot, Meaning>,
}

/// Opens a log group as the right side of a `join`; its place holds a `SOURCE`.
pub type Opener<'c> = &'c dyn Fn(Span) -> std::result::Result<RightSide, Diagnostic>;

/// The right side of a `join`.
pub struct RightSide {
    /// What its records have.
    pub catalog: Rc<dyn FieldCatalog>,
    /// What is read of them, the key first.
    pub fields: RightFields,
    /// Its records, when the query runs: the columns of `fields`.
    pub inner: Inner,
}

/// A column of bins of time.
#[derive(Clone, Copy, Debug)]
pub struct Bins {
    /// Its slot; a value is the start of its bin.
    pub slot: Slot,
    /// How long a bin is.
    pub period: Period,
    /// What the boundaries are shifted by, in milliseconds.
    pub offset: i64,
}

/// The columns of a `pattern` that the commands behind it compute with. Those about the earlier
/// time range have values only where the query compares.
#[derive(Clone, Copy, Debug)]
pub struct PatternColumns {
    /// The pattern as people read it.
    pub pattern: Slot,
    /// The number of records in the time range of the query.
    pub count: Slot,
    /// The severity.
    pub severity: Slot,
    /// The number of records in the earlier time range.
    pub earlier: Slot,
    /// The time of the first record in the time range of the query.
    pub seen: Slot,
    /// The time of the last record in the earlier time range.
    pub gone: Slot,
    /// Values that its places have in the time range of the query, and not in the earlier one.
    pub newcomers: Slot,
}

/// The time range that a query compares its own with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// How far back it lies; `None`: right in front of the query's own.
    pub back: Option<Period>,
    /// The command that compares.
    pub span: Span,
}

/// A column of the result.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// Its slot.
    pub slot: Slot,
}

impl Build<'_> {
    /// Shows one more column, unless one of its name is shown already.
    pub fn show(&mut self, name: &str, slot: Slot) {
        match self.shown.iter_mut().find(|shown| shown.name == name) {
            Some(shown) => shown.slot = slot,
            None => self.shown.push(Shown { name: name.to_owned(), slot }),
        }
    }

    /// What a slot means.
    pub fn meaning(&self, slot: Slot) -> Meaning {
        let field = || self.scope.log_fields().find(|(_, known)| *known == slot);
        match self.meanings.get(&slot) {
            Some(meaning) => meaning.clone(),
            None => field().map_or_else(Meaning::default, |(name, _)| Meaning::of_field(name)),
        }
    }

    /// The slot to order records by where nothing else does: `@timestamp` of log events.
    pub fn implied_order(&mut self) -> Option<Slot> {
        self.newest_first.then(|| self.scope.log_field("@timestamp"))
    }
}

/// A command after reading: what the plan, the explainer and the runner ask of it. It prints as a
/// person would write it.
pub trait Stage: Display + Send + Sync {
    /// Its documentation row.
    fn doc(&self) -> &'static CommandDoc;

    /// The slots it reads, given those that are read behind it.
    fn reads(&self, behind: &[Slot]) -> Vec<Slot>;

    /// How it runs.
    fn role(&self) -> Role<'_>;

    /// Itself, for rewrites to look into.
    fn as_any(&mut self) -> &mut dyn Any;
}

/// How a command runs.
pub enum Role<'a> {
    /// Each batch by itself, on any worker, in any order.
    RecordWise(&'a dyn RecordWise),
    /// Over all records: workers fold batches into states, states merge, the result streams out.
    Gathering(&'a dyn Gathering),
    /// One record after another: the records are gathered in their order, then the command runs.
    Ordered(&'a dyn Gathering),
}

impl<'a> Role<'a> {
    /// How the records are gathered, where they are: the plan is cut behind such a command.
    pub fn gathering(self) -> Option<&'a dyn Gathering> {
        match self {
            Role::RecordWise(_) => None,
            Role::Gathering(gathering) | Role::Ordered(gathering) => Some(gathering),
        }
    }
}

/// A command that handles records one at a time.
pub trait RecordWise {
    /// Handles a batch. `behind` are the slots that are read later.
    fn apply(&self, batch: Batch, behind: &[Slot], run: &Run<'_>) -> Batch;

    /// Whether every record that goes in comes out, in its place; a row limit may then pass it.
    fn keeps_records(&self) -> bool {
        false
    }
}

/// A command that needs to see all records.
pub trait Gathering {
    /// An empty state. `behind` are the slots that are read later.
    fn gather(&self, behind: &[Slot], run: &Run<'_>) -> Box<dyn Gather>;

    /// The most records it gives, where that is known.
    fn limit(&self) -> Option<usize> {
        None
    }

    /// Whether every record that goes in comes out, in its place, but for the limit.
    fn keeps_records(&self) -> bool {
        false
    }

    /// The slot it orders records by before anything else, and whether the greatest comes first;
    /// input that comes in about that order is handled fastest.
    fn leading(&self) -> Option<(Slot, bool)> {
        None
    }
}

/// What a command knows while it runs.
pub struct Run<'a> {
    /// The clock and the time range of the query.
    pub context: Context,
    /// The time range that the query compares its own with, where it does.
    pub earlier: Option<TimeRange>,
    /// What the author of the query should know of its answer; see [`Run::warn`].
    pub noticed: &'a Mutex<Vec<Diagnostic>>,
    /// The number of slots of the plan.
    pub slots: usize,
    /// The number of workers.
    pub threads: usize,
    /// Bytes of memory beyond which what is gathered may be given in parts, where it is all that the
    /// plan gives.
    pub room: Option<usize>,
    /// Set when the person wants the query to end; looked at in long loops.
    pub cancelled: &'a std::sync::atomic::AtomicBool,
    /// Bytes of logs that were read so far, counted after decompression.
    pub bytes_read: &'a (dyn Fn() -> u64 + Sync),
}

impl Run<'_> {
    /// Tells the author of the query something that only shows while it runs. Said when the states
    /// of all workers are merged, so that it is said once.
    pub fn warn(&self, warning: Diagnostic) {
        self.noticed.lock().unwrap_or_else(PoisonError::into_inner).push(warning);
    }
}

/// The state of a gathering command on one worker.
pub trait Gather: Send {
    /// Folds in a batch.
    fn fold(&mut self, batch: Batch, run: &Run<'_>);

    /// Bytes of memory held.
    fn memory(&self) -> usize;

    /// Puts the records that are held on disk, where what is gathered may be given from there;
    /// whether it did.
    ///
    /// # Errors
    /// What the disk refuses.
    fn spill(&mut self, _: &Run<'_>) -> Result<bool> {
        Ok(false)
    }

    /// A copy to go on from when more is written to the logs; `None` where everything is to be gathered
    /// anew then.
    fn copy(&mut self) -> Option<Box<dyn Gather>> {
        None
    }

    /// The position behind which no record matters any more, where there is one.
    fn enough(&self) -> Option<Position> {
        None
    }

    /// Merges the states of all workers and gives the result. Never depends on which worker saw
    /// which batch.
    ///
    /// # Errors
    /// A limit was reached, or the person cancelled.
    fn finish(self: Box<Self>, others: Vec<Box<dyn Gather>>, run: &Run<'_>) -> Result<Gathered>;

    /// Itself, to be merged.
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

/// What a gathering command gives.
pub struct Gathered {
    /// The records; their order is that of their positions.
    pub batches: Vec<Batch>,
    /// How many records there would be without a row limit.
    pub found: u64,
    /// The records, where they wait to be given in parts; there are no batches then.
    pub waiting: Option<Waiting>,
}

impl Gathered {
    /// Records that are held.
    pub fn of(batches: Vec<Batch>, found: u64) -> Gathered {
        Gathered { batches, found, waiting: None }
    }
}

/// The states of the other workers, which are of the same kind.
pub fn same<T: Gather + 'static>(others: Vec<Box<dyn Gather>>) -> Vec<T> {
    let cast = |other: Box<dyn Gather>| other.into_any().downcast().map(|state| *state);
    others
        .into_iter()
        .map(|other| cast(other).expect("the states of one command are of one kind"))
        .collect()
}

/// An expression of a command, as written and as it runs.
pub struct Item {
    /// As written.
    pub expr: crate::syntax::Expr,
    /// The alias, if one was given.
    pub alias: Option<String>,
    /// The name of its column.
    pub name: String,
    /// The place of the name: the alias or the expression.
    pub span: Span,
}

impl Item {
    /// Reads an expression with an optional alias. Without one, the column is called as the
    /// expression is written.
    ///
    /// # Errors
    /// What the expression reader refuses.
    pub fn read(node: &Node<'_>) -> std::result::Result<Item, Diagnostic> {
        let written = node.one(Rule::expr);
        let expr = crate::syntax::expr(written)?;
        let alias = node.maybe(Rule::alias).map(|alias| alias.one(Rule::name));
        let span = alias.map_or(expr.span, Node::span);
        let alias = alias.map(crate::syntax::name);
        let name = match (&alias, &expr.kind) {
            (Some(alias), _) => alias.clone(),
            (None, ExprKind::Field(name)) => name.clone(),
            (None, _) => written.text().trim().to_owned(),
        };
        Ok(Item { expr, alias, name, span })
    }
}

impl Display for Item {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.expr)?;
        match &self.alias {
            Some(alias) => write!(f, " as {}", crate::syntax::quoted_name(alias)),
            None => Ok(()),
        }
    }
}

/// Writes things with commas between.
///
/// # Errors
/// What the formatter fails with.
pub fn comma_list<T: Display>(
    f: &mut std::fmt::Formatter<'_>,
    things: impl IntoIterator<Item = T>,
) -> std::fmt::Result {
    for (i, thing) in things.into_iter().enumerate() {
        write!(f, "{}{thing}", if i > 0 { ", " } else { "" })?;
    }
    Ok(())
}
