//! The pager: a text taller than the screen goes through `$PAGER`, or `less`.

use std::io::Write;
use std::process::{Command, Stdio};

/// How `less` is told to behave where `$LESS` says nothing: colours stay, long lines are cut and
/// can be scrolled to, a short text is simply shown, and the screen keeps what was shown.
const LESS: &str = "RSFX";

/// Shows a text page by page; whether a pager could be started.
pub(super) fn page(text: &[u8]) -> bool {
    let own = std::env::var("PAGER").ok().filter(|command| !command.trim().is_empty());
    start(own.as_deref().unwrap_or("less"), text)
}

/// Hands a text to a shell command and waits for its end; whether it took it.
fn start(command: &str, text: &[u8]) -> bool {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).stdin(Stdio::piped());
    if std::env::var_os("LESS").is_none() {
        shell.env("LESS", LESS);
    }
    let Ok(mut pager) = shell.spawn() else { return false };
    if let Some(mut input) = pager.stdin.take() {
        // A pager that is left before its text ends closes the pipe.
        let _ = input.write_all(text);
    }
    let status = pager.wait();
    // The shell says 126 and 127 where the command could not be run.
    status.is_ok_and(|status| !matches!(status.code(), Some(126 | 127)))
}
