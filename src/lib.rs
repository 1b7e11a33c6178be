//! flowql runs CloudWatch Logs Insights queries over VPC flow logs, offline.

pub mod data;
pub mod diagnostic;
pub mod error;
pub mod logs;
pub mod registry;
