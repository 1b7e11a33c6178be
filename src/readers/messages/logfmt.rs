//! Messages that are `key=value` pairs and nothing else.

use super::{Put, Shape};
use crate::data::{Value, logfmt};

/// Each key is a field; AWS takes such pairs out with `parse … logfmt` only.
pub(super) const SHAPE: Shape = Shape { name: "logfmt", fields: &[], fragment: false, read };

fn read(text: &str, put: &mut Put<'_>) -> bool {
    logfmt::is_all_pairs(text)
        && logfmt::pairs(text, &mut |key, value| put(key, Value::text(value)))
}
