//! From bytes to records: kinds of files, blocks of text, and the flow log records in them.

pub mod fields;
pub mod flow_log;
pub mod gzip;
pub mod layout;
pub mod lines;
pub mod log_format;
pub mod reader;
pub mod separators;
pub mod source;
pub mod values;

pub use reader::{READERS, Reader};
