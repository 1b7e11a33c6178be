//! flowql runs CloudWatch Logs Insights queries over VPC flow logs, offline.
//!
//! The life of a query, in the order of its steps:
//!
//! 1. [`syntax::stages`] splits the text at its pipes; [`commands::find`] looks up each first word.
//! 2. [`syntax::parse`] reads each stage by the grammar rule of its command, into nodes.
//! 3. The command's `read` makes a [`commands::command::Stage`] of them; [`eval::bind`] turns names
//!    into slots and calls into rows of [`functions`] and [`aggregates`].
//! 4. [`plan::plan::compile`] adds the order and the limit every query ends with,
//!    [`plan::rules`] rewrites, and what each step reads is known from the last to the first.
//! 5. [`logs::group::LogGroup`] finds the files and the format of each.
//! 6. [`logs::scan::Scan`] hands out blocks of lines to any worker; [`readers`] find the values in
//!    them and check every line.
//! 7. A block is a [`data::Batch`] whose columns are decoded when somebody looks at them.
//! 8. [`plan::run`] passes batches through record-wise commands into the state of a gathering one,
//!    one state a worker; states merge, and the next pipeline begins.
//! 9. The last state gives a [`data::Table`], with [`data::Statistics`].
//! 10. [`output`] writes it; [`cli`] says on standard error what was noticed on the way.
//!
//! Modules, from the highest floor to the lowest; each uses only those below it:
//! `cli` · `repl` · `face` · `engine` · `plan` · `commands`, `store` · `eval`, `logs` · `functions`,
//! `aggregates`, `syntax`, `readers`, `output`, `generate`, `samples`, `query_file` · `charts` ·
//! `data` ·
//! `diagnostic`, `error`, `parallel`, `registry`.

pub mod aggregates;
pub mod charts;
pub mod cli;
pub mod commands;
pub mod data;
pub mod diagnostic;
pub mod engine;
pub mod error;
pub mod eval;
mod face;
pub mod functions;
pub mod generate;
pub mod logs;
pub mod lookup;
pub mod output;
pub mod parallel;
pub mod plan;
pub mod query_file;
pub mod readers;
pub mod registry;
pub mod repl;
pub mod samples;
pub mod store;
pub mod syntax;
