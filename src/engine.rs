//! The engine: logs and queries in, results out; the one façade for every face.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::data::time::{TimeRange, Timestamp};
use crate::diagnostic::Diagnostic;
use crate::error::{Error, Result};
use crate::logs::group::LogGroup;
use crate::logs::scan::Progress;
use crate::plan::catalog::Catalog;
use crate::plan::follow::{self, Kept};
use crate::plan::plan::{Plan, PlanOptions, compile};
use crate::plan::run::{Outcome, RunOptions, run, run_files, run_stored};
use crate::plan::zero::{self, Emptied};
use crate::store::{LoadOptions, Store};

/// Bytes of input a worker takes at a time: a block and its columns fit a core's cache.
pub const BLOCK_SIZE: usize = 512 << 10;

/// Logs that can be asked.
pub struct Engine {
    group: LogGroup,
    catalog: Catalog,
    store: Option<Mutex<Store>>,
    /// How queries are compiled.
    pub plan: PlanOptions,
    /// How plans are run.
    pub run: RunOptions,
}

/// The answer to a query.
#[derive(Default)]
pub struct Answer {
    /// The records, the statistics and what was noticed in the input.
    pub outcome: Outcome,
    /// What was noticed in the query.
    pub warnings: Vec<Diagnostic>,
    /// What kept all records out of an empty result.
    pub emptied: Option<Emptied>,
}

impl Engine {
    /// An engine over a log group; `now` is the clock of its queries.
    pub fn new(group: LogGroup, now: Timestamp) -> Engine {
        let catalog = Catalog::of(&group);
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Engine {
            group,
            catalog,
            store: None,
            plan: PlanOptions::default(),
            run: RunOptions {
                now,
                range: TimeRange::ALL,
                earlier: None,
                threads,
                block_size: BLOCK_SIZE,
                memory_limit: usize::MAX,
                room: None,
                strict: false,
                cancelled: Arc::new(AtomicBool::new(false)),
                progress: Arc::new(Progress::default()),
            },
        }
    }

    /// Keeps what queries decode, in up to `budget` bytes, so that later ones need not read the
    /// files again.
    #[must_use]
    pub fn with_store(mut self, budget: usize) -> Engine {
        self.store = Some(Mutex::new(Store::new(budget)));
        self
    }

    /// What is kept of the logs; `None` where nothing is.
    pub fn store(&self) -> Option<MutexGuard<'_, Store>> {
        self.store.as_ref().map(|store| store.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The log group.
    pub fn group(&self) -> &LogGroup {
        &self.group
    }

    /// Compiles a query.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn compile(&self, text: &str) -> Result<Plan> {
        compile(text, &self.catalog, &self.plan)
            .map_err(|diagnostics| Error::Query { source: text.to_owned(), diagnostics })
    }

    /// Compiles and runs a query.
    ///
    /// # Errors
    /// What is wrong with it, and what kept it from running to its end.
    pub fn query(&self, text: &str) -> Result<Answer> {
        let plan = self.compile(text)?;
        let outcome = self.run_plan(&plan, &self.run)?;
        Ok(Engine::answer(plan, outcome))
    }

    /// The same, with what it gathered, to be gone on from as the logs grow; `None` where a query of this
    /// kind is to be run anew then.
    ///
    /// # Errors
    /// As [`Engine::query`].
    pub fn begin(&self, text: &str) -> Result<(Answer, Option<Kept>)> {
        let plan = self.compile(text)?;
        let (outcome, kept) = match follow::begin(&plan, &self.group, &self.run)? {
            Some(begun) => begun,
            None => (self.run_plan(&plan, &self.run)?, None),
        };
        Ok((Engine::answer(plan, outcome), kept))
    }

    /// Goes on with what a query gathered over the logs as they were, of which these are what was added
    /// since; `None` where it is to be begun anew.
    ///
    /// # Errors
    /// As [`Engine::query`].
    pub fn go_on(
        &self,
        text: &str,
        added: &LogGroup,
        kept: Kept,
    ) -> Result<Option<(Answer, Option<Kept>)>> {
        let plan = self.compile(text)?;
        let gone_on = follow::go_on(&plan, (added, &self.group), &self.run, kept)?;
        Ok(gone_on.map(|(outcome, kept)| (Engine::answer(plan, outcome), kept)))
    }

    /// An answer with all there is to say about it.
    fn answer(plan: Plan, outcome: Outcome) -> Answer {
        let emptied = zero::why(&plan, &outcome);
        let unfound = &outcome.report.unfound;
        let mut warnings = plan.warnings;
        warnings.extend(outcome.warnings.iter().cloned());
        let late = plan.unfound.into_iter().filter(|(name, _)| unfound.contains(name));
        warnings.extend(late.map(|(_, warning)| warning));
        Answer { outcome, warnings, emptied }
    }

    /// Runs a query over the files, past what is kept: for a look at a few records, which is not
    /// worth decoding all.
    ///
    /// # Errors
    /// As [`Engine::query`].
    pub fn glance(&self, text: &str) -> Result<Answer> {
        if !self.group.can_be_read_again() {
            return self.query(text);
        }
        let plan = self.compile(text)?;
        let outcome = run(&plan, &self.group, &self.run, &run_files)?;
        Ok(Answer { outcome, warnings: plan.warnings, emptied: None })
    }

    /// Runs a plan and the queries inside of it.
    fn run_plan(&self, plan: &Plan, options: &RunOptions) -> Result<Outcome> {
        run(plan, &self.group, options, &|plan, group, options| self.run_one(plan, group, options))
    }

    /// Runs a plan over the store where there is one, the fields fit into it and the plan asks for
    /// all log groups, else over the files.
    fn run_one(&self, plan: &Plan, group: &LogGroup, options: &RunOptions) -> Result<Outcome> {
        let began = Instant::now();
        if let (Some(mut store), None) = (self.store(), &plan.source) {
            let mut names: Vec<String> = plan.wanted.iter().map(|(name, _)| name.clone()).collect();
            if !options.periods().is_all() {
                names.push("@timestamp".to_owned());
            }
            let load = LoadOptions {
                threads: options.threads,
                block_size: options.block_size,
                strict: options.strict,
                cancelled: &options.cancelled,
                progress: &options.progress,
            };
            match store.load(&names, group, &load) {
                Ok(true) => {
                    let mut outcome = run_stored(plan, group, &store, options)?;
                    outcome.statistics.elapsed = began.elapsed();
                    return Ok(outcome);
                }
                Ok(false) => {}
                // Which bad line a worker met is chance; reading the files names the first one.
                Err(Error::Input { .. }) if options.strict && group.can_be_read_again() => {}
                Err(error) => return Err(error),
            }
        }
        run_files(plan, group, options)
    }

    /// The first and the last `@timestamp` of the logs as they print, whatever the time range;
    /// `None` where the logs cannot be read twice or have no record.
    ///
    /// # Errors
    /// What kept the logs from being read.
    pub fn covered(&self) -> Result<Option<(String, String)>> {
        if !self.group.can_be_read_again() {
            return Ok(None);
        }
        let plan = self.compile("stats min(@timestamp) as first, max(@timestamp) as last")?;
        let options = RunOptions {
            range: TimeRange::ALL,
            progress: Arc::new(Progress::default()),
            room: None,
            ..self.run.clone()
        };
        let table = self.run_plan(&plan, &options)?.table;
        let cell = |column: usize| {
            let column = table.columns.get(column).filter(|column| !column.is_empty())?;
            column.value(0).print().map(|text| text.into_owned())
        };
        Ok(cell(0).zip(cell(1)))
    }
}

/// Compiles a query where no logs are at hand.
///
/// # Errors
/// What is wrong with it.
pub fn compile_without_logs(text: &str, options: &PlanOptions) -> Result<Plan> {
    compile(text, &Catalog::general(), options)
        .map_err(|diagnostics| Error::Query { source: text.to_owned(), diagnostics })
}
