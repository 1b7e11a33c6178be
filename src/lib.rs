//! flowql runs CloudWatch Logs Insights queries over VPC flow logs, offline.

pub mod aggregates;
pub mod cli;
pub mod commands;
pub mod data;
pub mod diagnostic;
pub mod engine;
pub mod error;
pub mod eval;
pub mod functions;
pub mod generate;
pub mod logs;
pub mod output;
pub mod parallel;
pub mod plan;
pub mod query_file;
pub mod readers;
pub mod registry;
pub mod samples;
pub mod syntax;
