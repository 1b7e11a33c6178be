//! The progress line: share, records, rate and time left, on a terminal, after a moment.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::logs::scan::Progress;
use crate::output::human;

/// How long a query runs before anything is shown.
const PATIENCE: Duration = Duration::from_millis(300);
/// How often the line is drawn.
const TICK: Duration = Duration::from_millis(100);

/// Draws the progress of a running query until it is stopped.
pub(crate) struct Watch(Option<(Arc<AtomicBool>, JoinHandle<()>)>);

impl Watch {
    /// Starts to watch; does nothing where standard error is no terminal.
    pub(crate) fn start(progress: &Arc<Progress>) -> Watch {
        if !io::stderr().is_terminal() {
            return Watch(None);
        }
        let done = Arc::new(AtomicBool::new(false));
        let (progress, flag) = (Arc::clone(progress), Arc::clone(&done));
        Watch(Some((done, std::thread::spawn(move || draw(&progress, &flag)))))
    }

    /// Ends the line and clears it.
    pub(crate) fn stop(self) {
        if let Some((done, handle)) = self.0 {
            done.store(true, Ordering::Relaxed);
            handle.thread().unpark();
            let _ = handle.join();
        }
    }
}

fn draw(progress: &Progress, done: &AtomicBool) {
    std::thread::park_timeout(PATIENCE);
    if done.load(Ordering::Relaxed) {
        return;
    }
    let total = progress.total_bytes.load(Ordering::Relaxed);
    let bar = ProgressBar::with_draw_target(Some(total.max(1)), ProgressDrawTarget::stderr());
    let known = "{percent:>3}% {bar:20} {eta} left, {wide_msg}";
    let style =
        ProgressStyle::with_template(if total > 0 { known } else { "{spinner} {wide_msg}" });
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    while !done.load(Ordering::Relaxed) {
        let records = progress.records.load(Ordering::Relaxed);
        let rate = records as f64 / bar.elapsed().saturating_add(PATIENCE).as_secs_f64();
        bar.set_position(progress.disk_bytes.load(Ordering::Relaxed));
        bar.set_message(format!(
            "{} records, {} a second",
            human::count(records),
            human::count(rate as u64)
        ));
        std::thread::park_timeout(TICK);
    }
    bar.finish_and_clear();
}
