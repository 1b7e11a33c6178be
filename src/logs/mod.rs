//! What stands where CloudWatch's storage stands: fields, formats, log groups and log streams.

pub mod facts;
mod feed;
pub mod files;
pub mod group;
pub mod key;
pub mod report;
pub mod scan;

#[cfg(test)]
mod tests;
