//! What stands where CloudWatch's storage stands: fields, formats, log groups and log streams.

pub mod fields;
pub mod log_format;
