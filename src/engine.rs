//! The engine: logs and queries in, results out; the one façade for every face.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::data::time::{TimeRange, Timestamp};
use crate::diagnostic::Diagnostic;
use crate::error::{Error, Result};
use crate::logs::group::LogGroup;
use crate::logs::scan::Progress;
use crate::plan::catalog::Catalog;
use crate::plan::plan::{Plan, PlanOptions, compile};
use crate::plan::run::{Outcome, RunOptions, run};
use crate::plan::zero::{self, Emptied};

/// Bytes of input a worker takes at a time: a block and its columns fit a core's cache.
pub const BLOCK_SIZE: usize = 512 << 10;

/// Logs that can be asked.
pub struct Engine {
    group: LogGroup,
    catalog: Catalog,
    /// How queries are compiled.
    pub plan: PlanOptions,
    /// How plans are run.
    pub run: RunOptions,
}

/// The answer to a query.
pub struct Answer {
    /// The records, the statistics and what was noticed in the input.
    pub outcome: Outcome,
    /// What was noticed in the query.
    pub warnings: Vec<Diagnostic>,
    /// What kept all records out of an empty result.
    pub emptied: Option<Emptied>,
}

/// What an engine holds in memory between queries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Bytes of decoded columns, kept for the next query.
    pub kept: usize,
    /// The most bytes of them it keeps.
    pub budget: usize,
}

impl Engine {
    /// An engine over a log group; `now` is the clock of its queries.
    pub fn new(group: LogGroup, now: Timestamp) -> Engine {
        let catalog = Catalog::of(&group);
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Engine {
            group,
            catalog,
            plan: PlanOptions::default(),
            run: RunOptions {
                now,
                range: TimeRange::ALL,
                threads,
                block_size: BLOCK_SIZE,
                memory_limit: usize::MAX,
                strict: false,
                cancelled: Arc::new(AtomicBool::new(false)),
                progress: Arc::new(Progress::default()),
            },
        }
    }

    /// The log group.
    pub fn group(&self) -> &LogGroup {
        &self.group
    }

    /// What is held in memory between queries.
    pub fn memory(&self) -> Memory {
        Memory::default()
    }

    /// The names and kinds of fields that queries over these logs may use.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
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
        let outcome = run(&plan, &self.group, &self.run)?;
        let emptied = zero::why(&plan, &outcome);
        Ok(Answer { outcome, warnings: plan.warnings, emptied })
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
            ..self.run.clone()
        };
        let table = run(&plan, &self.group, &options)?.table;
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
