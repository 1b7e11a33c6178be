//! Where results are written: standard output, or a file that is there whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::interrupt;
use super::progress::Writing;
use crate::error::{Error, Result};

const BUFFER: usize = 1 << 16;

/// Writes to standard output. Ctrl-C ends it.
///
/// # Errors
/// What `body` fails with, and [`Error::Cancelled`].
pub(crate) fn stdout(body: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    fill(io::stdout().lock(), body)
        .map(|_| ())
        .map_err(|source| ended(Path::new("standard output"), source))
}

/// Writes a file: beside its place first, and renamed when it is complete, so that what fails or
/// is interrupted leaves the old file, or none. What is no regular file (a pipe, a device) is
/// written in place; a link is followed.
///
/// # Errors
/// What `body` fails with, what the system refuses, and [`Error::Cancelled`].
pub(crate) fn file(path: &Path, body: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let failed = |source| ended(path, source);
    let place = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let old = fs::metadata(&place).ok();
    if old.as_ref().is_some_and(|old| !old.is_file()) {
        let out = File::create(&place).map_err(failed)?;
        return fill(out, body).map(|_| ()).map_err(failed);
    }
    let folder = match place.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    // Its own error says more than that of the temporary file would.
    fs::metadata(&folder).map_err(failed)?;
    let name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut builder = tempfile::Builder::new();
    let prefix = format!(".{name}.");
    builder.prefix(&prefix).suffix(".part");
    let made = builder.make_in(&folder, |path| File::create_new(path));
    let temporary = made.map_err(|source| failed(source.kind().into()))?;
    interrupt::guard(Some(temporary.path()));
    let writing = Writing::start();
    let counted = Counted { out: temporary.as_file(), bytes: writing.bytes() };
    let filled = fill(counted, body);
    drop(writing);
    let written = filled.and_then(|_| {
        if let Some(old) = old {
            fs::set_permissions(temporary.path(), old.permissions())?;
        }
        temporary.persist(&place).map_err(|error| error.error)
    });
    interrupt::guard(None);
    written.map(|_| ()).map_err(failed)
}

fn fill<W: Write>(out: W, body: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let watched = Watched { out, interrupted: interrupt::flag() };
    let mut out = BufWriter::with_capacity(BUFFER, watched);
    body(&mut out)?;
    out.flush()
}

/// An interruption is no failure of the file.
fn ended(path: &Path, source: io::Error) -> Error {
    match interrupt::flag().load(Ordering::Relaxed) {
        true => Error::Cancelled,
        false => Error::Io { path: path.to_owned(), source },
    }
}

/// Counts what is written.
struct Counted<W> {
    out: W,
    bytes: Arc<AtomicU64>,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes.fetch_add(written as u64, Ordering::Relaxed);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Fails once Ctrl-C was pressed.
struct Watched<W> {
    out: W,
    interrupted: Arc<AtomicBool>,
}

impl<W: Write> Write for Watched<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.interrupted.load(Ordering::Relaxed) {
            return Err(io::Error::other("interrupted"));
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("it is there");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_failure_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("out.csv");
        file(&path, |out| out.write_all(b"old")).expect("it can be written");
        let failed = file(&path, |out| {
            out.write_all(&[b'x'; 1 << 20])?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert!(matches!(failed, Err(Error::Io { .. })));
        assert_eq!(fs::read(&path).expect("it is there"), b"old");
        assert_eq!(names(folder.path()), ["out.csv"]);
        file(&path, |out| out.write_all(b"new")).expect("it can be written");
        assert_eq!(fs::read(&path).expect("it is there"), b"new");
        assert_eq!(names(folder.path()), ["out.csv"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_modes_kept() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder can be made");
        let (path, link) = (folder.path().join("out.csv"), folder.path().join("link.csv"));
        fs::write(&path, "old").expect("it can be written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("it is ours");
        std::os::unix::fs::symlink(&path, &link).expect("a link can be made");
        file(&link, |out| out.write_all(b"new")).expect("it can be written");
        assert!(link.is_symlink());
        assert_eq!(fs::read(&path).expect("it is there"), b"new");
        let mode = fs::metadata(&path).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        file(Path::new("/dev/null"), |out| out.write_all(b"new")).expect("it can be written");
    }
}
