//! Plans: a query with its names bound, its wanted fields known and its pipelines cut.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::catalog::Catalog;
use super::side::Side;
use super::source::select;
use super::{hints, order, rules, times, words};
use crate::commands;
use crate::commands::command::{Build, Compared, RightSide, Role, Shown, Stage};
use crate::commands::filter::Filter;
use crate::commands::limit::Limit;
use crate::commands::ordered::Ordered;
use crate::commands::source::{Source, Window};
use crate::data::time::TimeRange;
use crate::data::{Meaning, Slot};
use crate::diagnostic::{Diagnostic, Severity, Span, codes};
use crate::eval::bound::Bound;
use crate::eval::inner::Inner;
use crate::eval::scope::{RightFields, Scope};
use crate::lookup::Tables;
use crate::syntax::{self, Rule, StageText};

/// The number of records a query returns where nothing says otherwise.
///
/// Source: CloudWatch Logs User Guide, "limit": 10,000 since 2023.
pub const DEFAULT_LIMIT: usize = 10_000;

/// How a query is to be compiled.
#[derive(Clone, Debug)]
pub struct PlanOptions {
    /// The most records of the result; `None` is no limit.
    pub limit: Option<usize>,
    /// Whether that limit was asked for; the default one yields to a `limit` of the query.
    pub limit_chosen: bool,
    /// Whether raw field spellings are missing fields, as on AWS.
    pub strict: bool,
    /// Whether log events carry their `@ptr`.
    pub pointers: bool,
    /// Whether the result is whole, for what needs all of it: a last `limit` and the row limit are
    /// not applied, but left in [`Plan::head`].
    pub whole: bool,
    /// The names of the log streams to read, as `@logStream` has them; empty for all.
    pub streams: Vec<String>,
    /// The tables for `lookup` and `cidrlookup` beside those that are built in.
    pub tables: Tables,
}

impl Default for PlanOptions {
    fn default() -> PlanOptions {
        PlanOptions {
            limit: Some(DEFAULT_LIMIT),
            limit_chosen: false,
            strict: false,
            pointers: false,
            whole: false,
            streams: Vec::new(),
            tables: Tables::default(),
        }
    }
}

/// A command of a plan with the slots that are read behind it.
pub struct Step {
    /// The command.
    pub stage: Box<dyn Stage>,
    /// The slots read by later commands and by the result.
    pub behind: Vec<Slot>,
}

/// A query, ready to run.
pub struct Plan {
    /// The commands, in order; the last one gathers.
    pub steps: Vec<Step>,
    /// The log fields the query decodes, with their slots.
    pub wanted: Vec<(String, Slot)>,
    /// The columns of the result.
    pub shown: Vec<Shown>,
    /// What those columns mean.
    pub meanings: Vec<Meaning>,
    /// The slot of `@ptr`, where the result carries it.
    pub pointer: Option<Slot>,
    /// The records of a whole result that were asked for; `None` is all of them.
    pub head: Option<usize>,
    /// Whether the query has a row limit of its own.
    pub limited: bool,
    /// The number of slots.
    pub slots: usize,
    /// What its author should know.
    pub warnings: Vec<Diagnostic>,
    /// What its author should know of fields that no record turns out to have, by name.
    pub unfound: Vec<(String, Diagnostic)>,
    /// The times of records that can come into the result, as far as its first filters tell.
    pub times: TimeRange,
    /// The names of the log groups it runs over; all where `None`.
    pub source: Option<Vec<String>>,
    /// The time range that its `SOURCE` asks for.
    pub window: Window,
    /// The earlier time range that it compares its own with.
    pub compared: Option<Compared>,
    /// Queries inside of it, which run first.
    pub inner: Vec<InnerPlan>,
}

/// A query inside a query.
pub struct InnerPlan {
    /// Its plan.
    pub plan: Plan,
    /// Where its answer goes.
    pub inner: Inner,
    /// What it is for.
    pub part: Part,
}

/// What a query inside a query is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// It stands in parentheses behind `in`.
    Subquery,
    /// It finds the keys of the left side of a `join`; that side is read again for its records.
    Keys,
    /// It reads the right side of a `join`.
    Side,
}

/// Compiles a query.
///
/// # Errors
/// Everything that is wrong with it, at least one error, in the order of the text.
pub fn compile(
    text: &str,
    catalog: &Catalog,
    options: &PlanOptions,
) -> Result<Plan, Vec<Diagnostic>> {
    let stages = syntax::stages(text).map_err(|fault| vec![fault])?;
    Compiler { text, catalog, options: options.clone(), inherited: None, is_inner: false }
        .compile(&stages)
}

/// What a query is compiled with; a query inside of it has the same text and the same logs.
pub(super) struct Compiler<'c> {
    pub(super) text: &'c str,
    pub(super) catalog: &'c Catalog,
    pub(super) options: PlanOptions,
    /// The log groups of the query around it.
    pub(super) inherited: Option<Vec<String>>,
    pub(super) is_inner: bool,
}

impl Compiler<'_> {
    pub(super) fn compile(&self, stages: &[StageText]) -> Result<Plan, Vec<Diagnostic>> {
        let mut found = Vec::new();
        // Widgets of dashboards name each log group in a `SOURCE` of its own: all of them count.
        let (sources, stages) =
            stages.split_at(stages.iter().take_while(|it| is_source(it)).count());
        let mut chosen: Vec<String> = Vec::new();
        let mut window = Window::default();
        for source in sources {
            let (names, own) = self.select(source, &mut found).map_err(|fault| vec![fault])?;
            let new: Vec<String> =
                names.into_iter().filter(|name| !chosen.contains(name)).collect();
            chosen.extend(new);
            window = if own == Window::default() { window } else { own };
        }
        let source = if sources.is_empty() { self.inherited.clone() } else { Some(chosen) };
        let own = source.as_ref().map(|names| self.catalog.of_groups(names));
        let inner = RefCell::new(Vec::new());
        let sides = RefCell::new(Vec::new());
        let door = |place: Span| {
            let plan = self.inner_plan(place, source.clone())?;
            let names = plan.shown.iter().map(|shown| shown.name.clone()).collect();
            let handle = Inner::new(names);
            inner.borrow_mut().push(InnerPlan {
                plan,
                inner: handle.clone(),
                part: Part::Subquery,
            });
            Ok(handle)
        };
        let open = |place: Span| {
            let (side, right) = self.side(place)?;
            sides.borrow_mut().push(side);
            Ok(right)
        };
        let catalog = own.as_ref().unwrap_or(self.catalog);
        let mut build = Build {
            scope: Scope::new(catalog, self.options.strict),
            shown: Vec::new(),
            chosen: false,
            unchosen: Vec::new(),
            newest_first: true,
            parts_of_line: Vec::new(),
            copied: false,
            meanings: BTreeMap::new(),
            bins: None,
            pattern: None,
            compared: None,
            tables: &self.options.tables,
            without_logs: self.catalog.logs().is_none(),
            open: &open,
        };
        build.scope.door = if self.is_inner { None } else { Some(&door) };
        build.scope.warnings = found;
        let mut plan = self.read(stages, build)?;
        plan.window = window;
        plan.inner = inner.into_inner();
        for side in sides.into_inner() {
            let keys = self.left_keys(&mut plan, stages, source.as_ref(), &side);
            let known = keys.as_ref().map(|keys| keys.inner.clone());
            plan.inner.extend(keys.into_iter().chain([side.plan(known)]));
        }
        plan.source = source;
        for inner in &mut plan.inner {
            plan.warnings.append(&mut inner.plan.warnings);
        }
        Ok(plan)
    }

    /// The log groups and the time range of a `SOURCE`.
    fn select(
        &self,
        stage: &StageText,
        found: &mut Vec<Diagnostic>,
    ) -> Result<(Vec<String>, Window), Diagnostic> {
        let node = syntax::parse(Rule::source, self.text, stage.span)?;
        let source = Source::read(&node)?;
        let (names, mut warnings) = select(&source, self.catalog)?;
        found.append(&mut warnings);
        Ok((names, source.window))
    }

    /// The plan of a query inside this one; of several faults, the first.
    fn inner_plan(&self, place: Span, inherited: Option<Vec<String>>) -> Result<Plan, Diagnostic> {
        let stages = syntax::stages_at(self.text, place)?;
        let options = PlanOptions {
            limit: None,
            limit_chosen: false,
            pointers: false,
            ..self.options.clone()
        };
        let Compiler { text, catalog, .. } = *self;
        let compiler = Compiler { text, catalog, options, inherited, is_inner: true };
        compiler.compile(&stages).map_err(|mut faults| faults.swap_remove(0))
    }

    /// The right side of a `join`: a `SOURCE` alone.
    fn side(&self, place: Span) -> Result<(Side, RightSide), Diagnostic> {
        let stages = syntax::stages_at(self.text, place)?;
        let [stage] = stages.as_slice() else {
            let message = "the right side of a `join` is a `SOURCE` without further commands";
            return Err(Diagnostic::error(message, place)
                .code(codes::SUBQUERY)
                .help("filter behind the `join`, where its fields have the name of the side"));
        };
        if !is_source(stage) {
            let message = "the right side of a `join` is a `SOURCE`";
            return Err(Diagnostic::error(message, place)
                .code(codes::SUBQUERY)
                .help("write `(SOURCE 'log-group')`"));
        }
        let mut warnings = Vec::new();
        let (source, window) = self.select(stage, &mut warnings)?;
        let catalog = Rc::new(self.catalog.of_groups(&source));
        let (fields, inner) = (RightFields::default(), Inner::default());
        let right = RightSide { catalog, fields: Arc::clone(&fields), inner: inner.clone() };
        Ok((Side { source, window, fields, inner, warnings }, right))
    }

    /// Reads the commands.
    fn read(&self, stages: &[StageText], mut build: Build<'_>) -> Result<Plan, Vec<Diagnostic>> {
        let (text, options) = (self.text, &self.options);
        let mut commands: Vec<Box<dyn Stage>> = Vec::new();
        let mut displayed: Option<Vec<String>> = None;
        let mut faults = Vec::new();
        commands.extend(chosen_streams(&options.streams, &mut build, &mut faults));
        for stage in stages {
            // Of an inner query, what was selected last is seen.
            let selects = commands::find(&stage.word).is_some_and(|row| row.doc.name == "fields");
            if self.is_inner && selects {
                build.shown.clear();
            }
            if let Some(command) = read_stage(stage, text, &mut build, &mut faults) {
                match command.doc().name {
                    "display" => {
                        displayed =
                            Some(build.shown.iter().map(|shown| shown.name.clone()).collect());
                    }
                    "stats" => displayed = None,
                    _ => {}
                }
                commands.push(command);
            }
        }
        for found in order::check(stages) {
            match found.severity {
                Severity::Error => faults.push(found),
                Severity::Warning => build.scope.warn(found),
            }
        }
        faults.extend(order::compared(&commands, build.compared));
        // Commands behind a `display` make fields, but show none.
        if let Some(names) = displayed {
            build.shown.retain(|shown| names.contains(&shown.name));
        }
        let mut warnings = std::mem::take(&mut build.scope.warnings);
        warnings.retain(|warning| !allows(text, warning.code));
        // What is said of a whole expression need not be said of its names.
        let told: Vec<Span> = warnings
            .iter()
            .filter(|row| row.code == codes::HYPHEN || row.code == codes::NEVER_EQUAL)
            .map(|row| row.span)
            .collect();
        warnings.retain(|warning| {
            let inside = |span: &Span| span.to(warning.span) == *span;
            warning.code != codes::UNKNOWN_FIELD || !told.iter().any(inside)
        });
        if !faults.is_empty() {
            faults.append(&mut warnings);
            faults.sort_by_key(|fault| (fault.severity != Severity::Error, fault.span.start));
            return Err(faults);
        }
        Ok(finish(commands, build, warnings, options))
    }
}

fn is_source(stage: &StageText) -> bool {
    commands::find(&stage.word).is_some_and(|row| row.doc.rule == Rule::source)
}

/// The filter that lets only some log streams through, as if it were written in front of the query.
fn chosen_streams(
    streams: &[String],
    build: &mut Build<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Box<dyn Stage>> {
    if streams.is_empty() {
        return None;
    }
    let word = "filter".to_owned();
    let names: Vec<String> = streams.iter().map(|name| syntax::quoted_text(name)).collect();
    let text = format!("{word} @logStream in [{}]", names.join(", "));
    let (word_span, span) = (Span::new(0, word.len()), Span::new(0, text.len()));
    read_stage(&StageText { word, word_span, span }, &text, build, faults)
}

/// Whether a comment on a line of its own allows warnings of a kind: `# allow(FQ102, FQ106)`.
fn allows(text: &str, code: &str) -> bool {
    let comments = text.lines().filter_map(|line| line.trim().strip_prefix('#'));
    let mut lists = comments.filter_map(|comment| {
        comment.trim().strip_prefix("allow(").and_then(|list| list.strip_suffix(')'))
    });
    lists.any(|list| list.split(',').any(|allowed| allowed.trim().eq_ignore_ascii_case(code)))
}

/// Reads one command; what is wrong with it goes to `faults`. Behind a fault, names are no longer
/// known, so only the grammar and the names of functions are checked.
fn read_stage(
    stage: &StageText,
    text: &str,
    build: &mut Build<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Box<dyn Stage>> {
    let Some(row) = commands::find(&stage.word) else {
        faults.push(words::unknown(stage, text));
        return None;
    };
    let node = match syntax::parse(row.doc.rule, text, stage.span) {
        Ok(node) => node,
        Err(fault) => {
            faults.push(fault);
            return None;
        }
    };
    if !faults.is_empty() {
        faults.append(&mut hints::unknown_calls(&node));
        return None;
    }
    for hint in hints::of_command(&node, &build.scope) {
        build.scope.warn(hint);
    }
    let read = (row.read)(&node, build);
    read.map_err(|fault| faults.push(hints::of_fault(fault, &node, &build.scope))).ok()
}

/// Adds what every query ends with, rewrites, and finds out which slots are read where.
fn finish(
    mut commands: Vec<Box<dyn Stage>>,
    mut build: Build<'_>,
    warnings: Vec<Diagnostic>,
    options: &PlanOptions,
) -> Plan {
    if !build.chosen {
        let parsed = std::mem::take(&mut build.shown);
        build.shown = std::mem::take(&mut build.unchosen);
        let events = if build.shown.is_empty() { &["@timestamp", "@message"][..] } else { &[] };
        for name in events {
            let slot = build.scope.log_field(name);
            build.show(name, slot);
        }
        parsed.into_iter().for_each(|shown| build.show(&shown.name, shown.slot));
    }
    let newest = build.implied_order().map(|time| (Bound::Field(time), true));
    let limited = commands.iter().any(|command| command.doc().name == "limit");
    let limit = if limited && !options.limit_chosen { None } else { options.limit };
    let (limit, head) =
        if options.whole { (None, take_limit(&mut commands, limit)) } else { (limit, None) };
    let ordered = Ordered { keys: newest.into_iter().collect(), limit, any: false };
    commands.push(Box::new(Limit::implied(ordered)));
    rules::rewrite(&mut commands);
    let times = times_of(&mut commands, &build.scope);
    let pointer =
        (options.pointers && !build.scope.is_closed()).then(|| build.scope.log_field("@ptr"));
    let mut live: Vec<Slot> = build.shown.iter().map(|shown| shown.slot).chain(pointer).collect();
    let mut steps = Vec::new();
    for stage in commands.into_iter().rev() {
        live.sort_unstable();
        live.dedup();
        let behind = live.clone();
        live = stage.reads(&behind);
        if let Role::RecordWise(_) = stage.role() {
            live.extend(&behind);
        }
        steps.push(Step { stage, behind });
    }
    steps.reverse();
    let meanings = build.shown.iter().map(|shown| build.meaning(shown.slot)).collect();
    let wanted = build.scope.log_fields().filter(|(_, slot)| live.contains(slot));
    let wanted = wanted.map(|(name, slot)| (name.to_owned(), slot)).collect();
    Plan {
        steps,
        wanted,
        shown: build.shown,
        meanings,
        pointer,
        head,
        limited,
        slots: build.scope.slots(),
        warnings,
        unfound: build.scope.unfound,
        times,
        source: None,
        window: Window::default(),
        compared: build.compared,
        inner: Vec::new(),
    }
}

/// Removes a `limit` at the end; the smaller one of it and the row limit.
fn take_limit(commands: &mut Vec<Box<dyn Stage>>, limit: Option<usize>) -> Option<usize> {
    let last = commands.last_mut().and_then(|last| last.as_any().downcast_mut::<Limit>());
    let Some(own) = last.and_then(|last| last.ordered.limit) else { return limit };
    commands.pop();
    Some(limit.map_or(own, |limit| limit.min(own)))
}

/// The times that the first filters let through.
fn times_of(commands: &mut [Box<dyn Stage>], scope: &Scope<'_>) -> TimeRange {
    let mut range = TimeRange::ALL;
    let Some((_, time)) = scope.log_fields().find(|(name, _)| *name == "@timestamp") else {
        return range;
    };
    for command in commands {
        if !matches!(command.role(), Role::RecordWise(_)) {
            break;
        }
        if let Some(filter) = command.as_any().downcast_ref::<Filter>() {
            filter.conjuncts().iter().for_each(|part| times::narrow(&mut range, part, time));
        }
    }
    range
}

impl Plan {
    /// The name of the log field in each slot, empty where a slot is none that is wanted.
    pub fn fields(&self) -> Vec<String> {
        let mut fields = vec![String::new(); self.slots];
        self.wanted.iter().for_each(|(name, slot)| fields[*slot].clone_from(name));
        fields
    }

    /// The slot by which the first pipeline orders log events before anything else, and whether
    /// the greatest comes first.
    pub fn leading(&self) -> Option<(Slot, bool)> {
        let first = self.pipelines().into_iter().next()?;
        first.last()?.stage.role().gathering()?.leading()
    }

    /// Where the result is all log events that pass the filters, in the order of their time: whether
    /// the newest come first.
    pub fn by_time(&self) -> Option<bool> {
        let (last, others) = self.steps.split_last()?;
        let each = |step: &Step| matches!(step.stage.role(), Role::RecordWise(_));
        let alone = self.inner.is_empty() && self.compared.is_none() && self.head.is_none();
        let gathering = last.stage.role().gathering()?;
        let (slot, descending) = gathering.leading()?;
        let time = self.wanted.iter().any(|(name, own)| name == "@timestamp" && *own == slot);
        let whole = gathering.limit().is_none() && others.iter().all(each);
        (alone && time && whole).then_some(descending)
    }

    /// The commands cut at every gathering or ordered one, which ends its pipeline.
    pub fn pipelines(&self) -> Vec<&[Step]> {
        let gathers = |step: &Step| step.stage.role().gathering().is_some();
        self.steps.split_inclusive(gathers).collect()
    }
}
