//! A query, compiled and run.

pub mod catalog;
pub mod plan;
pub mod rules;
pub mod run;
