//! Aggregates of `stats`; one file per kind of state.

pub mod aggregate;
