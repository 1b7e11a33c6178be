//! What an event is in memory; knows nothing of queries.

pub mod address;
pub mod batch;
pub mod codec;
pub mod column;
pub mod exact;
pub mod groups;
pub mod index;
pub mod interner;
pub mod keys;
pub mod logfmt;
pub mod meaning;
pub mod names;
pub mod number;
pub mod order;
pub mod period;
pub mod table;
pub mod text;
pub mod time;
pub mod value;
pub mod zone;

pub use batch::{Batch, Position, RecordBlock, Slot};
pub use column::{Column, Validity};
pub use meaning::Meaning;
pub use number::Number;
pub use table::{Statistics, Table};
pub use text::{TextColumn, Word};
pub use value::Value;
