//! What stands where CloudWatch's storage stands: fields, formats, log groups and log streams.

mod columns;
pub mod facts;
mod feed;
pub mod files;
pub mod group;
mod input;
pub mod key;
pub mod report;
pub mod scan;
pub mod tail;

#[cfg(test)]
mod tests;
