//! Ctrl-C: the first asks for an end, the second ends the program, unless it is a session, and leaves
//! no partial file.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The file that is being written, to be removed if the program ends at once.
static PARTIAL: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Whether a session goes on, which Ctrl-C does not end.
static SESSION: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C ends what runs and never the program, however often it is pressed.
pub(crate) fn begin_session() {
    SESSION.store(true, Ordering::Relaxed);
}

/// The flag that Ctrl-C sets, one for the process: whatever runs looks at it.
pub(crate) fn flag() -> Arc<AtomicBool> {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    let flag = FLAG.get_or_init(|| {
        let flag = Arc::new(AtomicBool::new(false));
        let pressed = Arc::clone(&flag);
        // Without a handler Ctrl-C ends the program, which is as good.
        let _ = ctrlc::set_handler(move || {
            if pressed.swap(true, Ordering::Relaxed) && !SESSION.load(Ordering::Relaxed) {
                let partial = PARTIAL.lock().unwrap_or_else(PoisonError::into_inner).take();
                if let Some(path) = partial {
                    let _ = std::fs::remove_file(path);
                }
                std::process::exit(130);
            }
        });
        flag
    });
    Arc::clone(flag)
}

/// Names the file that must not outlive the program as it is; `None` where there is none.
pub(crate) fn guard(partial: Option<&Path>) {
    *PARTIAL.lock().unwrap_or_else(PoisonError::into_inner) = partial.map(Path::to_owned);
}
