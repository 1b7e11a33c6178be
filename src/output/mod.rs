//! Results as text: one file per format.

pub mod format;
