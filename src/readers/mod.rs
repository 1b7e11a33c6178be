//! From bytes to records: kinds of files, blocks of text, and the flow log records in them.

pub mod columnar;
pub mod deliveries;
pub mod events;
pub mod fields;
pub mod flow_log;
pub mod gzip;
pub mod kind;
pub mod layout;
pub mod lines;
pub mod log_format;
pub mod messages;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod reader;
pub mod separators;
pub mod source;
pub mod values;
pub mod zstd;

pub use reader::{READERS, Reader};
