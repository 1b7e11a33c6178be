//! Random logs and random queries that compile.

pub mod expressions;
pub mod logs;
pub mod queries;
