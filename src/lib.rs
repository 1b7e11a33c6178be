//! flowql runs CloudWatch Logs Insights queries over VPC flow logs, offline.

pub mod aggregates;
pub mod data;
pub mod diagnostic;
pub mod error;
pub mod functions;
pub mod logs;
pub mod output;
pub mod readers;
pub mod registry;
