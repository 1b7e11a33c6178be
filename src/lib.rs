//! flowql runs CloudWatch Logs Insights queries over VPC flow logs, offline.

pub mod data;
pub mod diagnostic;
pub mod error;
pub mod generate;
pub mod logs;
pub mod query_file;
pub mod registry;
pub mod samples;
