//! A query, compiled and run.

pub mod canonical;
pub mod catalog;
pub mod explain;
pub mod follow;
pub mod hints;
pub mod order;
pub mod periods;
pub mod plan;
pub mod rest;
pub mod rules;
pub mod run;
mod side;
pub mod slips;
pub mod source;
pub mod times;
pub mod words;
pub mod zero;
