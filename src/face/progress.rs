//! The progress line: share, records, rate and time left, on a terminal, after a moment.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
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

/// Tells how much of a file is written, on a terminal, after a moment.
pub(crate) struct Writing {
    bytes: Arc<AtomicU64>,
    drawn: Option<(Arc<AtomicBool>, JoinHandle<()>)>,
}

impl Writing {
    /// Starts to tell; does nothing where standard error is no terminal.
    pub(crate) fn start() -> Writing {
        let bytes = Arc::new(AtomicU64::new(0));
        if !io::stderr().is_terminal() {
            return Writing { bytes, drawn: None };
        }
        let done = Arc::new(AtomicBool::new(false));
        let (counted, flag) = (Arc::clone(&bytes), Arc::clone(&done));
        let draw = move || {
            std::thread::park_timeout(PATIENCE);
            if flag.load(Ordering::Relaxed) {
                return;
            }
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            while !flag.load(Ordering::Relaxed) {
                let bytes = counted.load(Ordering::Relaxed);
                let rate = bytes as f64 / bar.elapsed().saturating_add(PATIENCE).as_secs_f64();
                let (bytes, rate) = (human::bytes(bytes), human::bytes(rate as u64));
                bar.set_message(format!("{bytes} written, {rate} a second"));
                bar.tick();
                std::thread::park_timeout(TICK);
            }
            bar.finish_and_clear();
        };
        Writing { bytes, drawn: Some((done, std::thread::spawn(draw))) }
    }

    /// The number of bytes that are written.
    pub(crate) fn bytes(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.bytes)
    }
}

/// Ends the line and clears it.
impl Drop for Writing {
    fn drop(&mut self) {
        if let Some((done, handle)) = self.drawn.take() {
            done.store(true, Ordering::Relaxed);
            handle.thread().unpark();
            let _ = handle.join();
        }
    }
}

/// Counts steps of a long work on a terminal, after a moment.
pub(crate) struct Steps(Option<ProgressBar>);

impl Steps {
    /// So many steps are to be done; `what` says what they are when they are done.
    pub(crate) fn start(what: &'static str, steps: u64) -> Steps {
        if !io::stderr().is_terminal() {
            return Steps(None);
        }
        let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr());
        let style =
            ProgressStyle::with_template("{percent:>3}% {bar:20} {pos} of {len} {msg}, {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(what);
        Steps(Some(bar))
    }

    /// One more is done.
    pub(crate) fn step(&self) {
        if let Some(bar) = self.0.as_ref() {
            bar.inc(1);
        }
    }

    /// Ends the line and clears it.
    pub(crate) fn end(&self) {
        if let Some(bar) = self.0.as_ref() {
            bar.finish_and_clear();
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
    let known = "{percent:>3}% {bar:20} {wide_msg}";
    let style =
        ProgressStyle::with_template(if total > 0 { known } else { "{spinner} {wide_msg}" });
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    while !done.load(Ordering::Relaxed) {
        let records = progress.records.load(Ordering::Relaxed);
        let elapsed = bar.elapsed().saturating_add(PATIENCE);
        let rate = records as f64 / elapsed.as_secs_f64();
        let read = progress.disk_bytes.load(Ordering::Relaxed);
        let (count, rate) = (human::count(records), human::count(rate as u64));
        let done = progress.files_done.load(Ordering::Relaxed);
        let files = match progress.files.load(Ordering::Relaxed) {
            0 | 1 => String::new(),
            all => format!(", {} of {} files", human::count(done), human::count(all)),
        };
        let left = left(elapsed, read, total);
        bar.set_position(read);
        bar.set_message(format!("{left}{count} records, {rate} a second{files}"));
        std::thread::park_timeout(TICK);
    }
    bar.finish_and_clear();
}

/// The time that is left at the rate so far; nothing before there is one.
fn left(elapsed: Duration, read: u64, total: u64) -> String {
    if read == 0 || read >= total {
        return String::new();
    }
    let left = elapsed.as_secs_f64() * (total - read) as f64 / read as f64;
    // Whole seconds, and never none: there is something left.
    let left = Duration::from_secs_f64(left.clamp(1.0, 1e9).ceil());
    match left.as_secs() {
        seconds @ ..60 => format!("{seconds} s left, "),
        _ => format!("{} left, ", human::duration(left)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_at_the_rate_so_far() {
        let cases =
            [(0, ""), (1, "1 min 39 s left, "), (50, "1 s left, "), (3, "33 s left, "), (100, "")];
        for (read, expected) in cases {
            assert_eq!(left(Duration::from_secs(1), read, 100), expected);
        }
    }
}
