//! What the faces share: opening logs, running with a progress line, saying what was noticed, showing.

pub(crate) mod draw;
pub(crate) mod inspect;
pub(crate) mod interrupt;
pub(crate) mod library;
pub(crate) mod logs;
pub(crate) mod notes;
pub(crate) mod options;
pub(crate) mod pager;
pub(crate) mod places;
pub(crate) mod progress;
pub(crate) mod range;
pub(crate) mod screen;
pub(crate) mod show;
mod stream;
pub(crate) mod target;
pub(crate) mod zone;

use crate::error::Result;

/// What a finished command says to the shell: 0, or 1 where some input could not be read.
pub(crate) type Status = Result<u8>;
