//! Errors: everything that can end a command, one variant by who must act, and its exit code.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;
use crate::registry;

/// The result of anything that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What can end a command.
#[derive(Debug)]
pub enum Error {
    /// The author of the query must act: at least one diagnostic is an error.
    Query {
        /// The query text the spans point into.
        source: String,
        /// Errors and warnings, in the order of the text.
        diagnostics: Vec<Diagnostic>,
    },
    /// The owner of a file must act; `line` is 1-based, and 0 where it is unknown.
    Input {
        /// The file, as it was named.
        path: PathBuf,
        /// 1-based line, or 0.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// Something addressed by name or path is not there.
    NotFound {
        /// Kind of thing: "log file", "sample query".
        what: &'static str,
        /// The name that was asked for.
        name: String,
        /// What to do about it: a near name, what was tried.
        help: Option<String>,
    },
    /// A limit was reached; the text names it and the command that grew.
    Limit(String),
    /// The operating system refused.
    Io {
        /// The file or stream.
        path: PathBuf,
        /// Its reason.
        source: std::io::Error,
    },
    /// Wrong usage of the command line.
    Usage(String),
    /// The person pressed Ctrl-C.
    Cancelled,
}

impl Error {
    /// The error where fewer or more records were written than were counted before.
    pub fn logs_changed(counted: u64, written: u64) -> Error {
        Error::Usage(format!(
            "the logs changed while they were read: {counted} records were counted, {written} written"
        ))
    }

    /// The error for a file that is not there, with the name beside it that may have been meant.
    pub fn not_there(what: &'static str, path: &Path) -> Error {
        let parent = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let names: Vec<String> = std::fs::read_dir(parent)
            .map(|entries| {
                entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect()
            })
            .unwrap_or_default();
        let wanted = path.file_name().unwrap_or_default().to_string_lossy();
        let mut sorted: Vec<&str> = names.iter().map(String::as_str).collect();
        sorted.sort_unstable();
        let help = match registry::nearest(&wanted, sorted) {
            Some(near) => Some(format!("did you mean `{}`?", path.with_file_name(near).display())),
            None if names.is_empty() => {
                Some(format!("there is no directory `{}`", parent.display()))
                    .filter(|_| !parent.is_dir())
            }
            None => None,
        };
        Error::NotFound { what, name: path.display().to_string(), help }
    }

    /// The exit code of a process that ends with this error.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Query { .. } => 2,
            Error::Input { .. } | Error::NotFound { .. } | Error::Io { .. } => 1,
            Error::Limit(_) => 3,
            Error::Usage(_) => 64,
            Error::Cancelled => 130,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Query { source, diagnostics } => {
                for (i, diagnostic) in diagnostics.iter().enumerate() {
                    let gap = if i > 0 { "\n" } else { "" };
                    write!(f, "{gap}{}", diagnostic.render(source))?;
                }
                Ok(())
            }
            Error::Input { path, line: 0, reason } => {
                writeln!(f, "error: {}: {reason}", path.display())
            }
            Error::Input { path, line, reason } => {
                writeln!(f, "error: {}:{line}: {reason}", path.display())
            }
            Error::NotFound { what, name, help } => {
                writeln!(f, "error: there is no {what} `{name}`")?;
                help.iter().try_for_each(|help| writeln!(f, "  = help: {help}"))
            }
            Error::Limit(text) | Error::Usage(text) => writeln!(f, "error: {text}"),
            Error::Io { path, source } => writeln!(f, "error: {}: {source}", path.display()),
            Error::Cancelled => writeln!(f, "cancelled"),
        }
    }
}

impl std::error::Error for Error {}
