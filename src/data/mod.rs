//! What an event is in memory; knows nothing of queries.

pub mod period;
