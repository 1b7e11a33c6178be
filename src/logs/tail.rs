//! Tails: what was written to logs since they were looked at last, in whole lines.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
#[cfg(not(unix))]
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use super::group::LogGroup;
use super::input::LogInput;
use crate::error::{Error, Result};

/// Bytes that are read of one file at a time; what is behind them comes with the next look.
const MOST: u64 = 64 << 20;

/// What was read of every file.
#[derive(Default)]
pub struct Tail {
    files: HashMap<Id, Known>,
    /// All files of the last look, in their order.
    order: Vec<Id>,
}

/// A file, whatever it is called by now.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Id {
    #[cfg(unix)]
    Inode(u64, u64),
    #[cfg(not(unix))]
    Path(PathBuf),
}

impl Id {
    #[cfg(unix)]
    fn of(_: &Path, metadata: &Metadata) -> Id {
        use std::os::unix::fs::MetadataExt;
        Id::Inode(metadata.dev(), metadata.ino())
    }

    #[cfg(not(unix))]
    fn of(path: &Path, _: &Metadata) -> Id {
        Id::Path(path.to_owned())
    }
}

/// What is known of a file.
struct Known {
    /// Bytes that were read.
    read: u64,
    /// Its last part, which knows the format at its end.
    last: Arc<LogInput>,
    /// Its size, and when it was written: where only that changes, it was written over.
    written: (u64, Option<SystemTime>),
}

impl Known {
    fn all(file: &Arc<LogInput>, metadata: &Metadata) -> Known {
        Known { read: file.size, last: Arc::clone(file), written: written(metadata) }
    }
}

fn written(metadata: &Metadata) -> (u64, Option<SystemTime>) {
    (metadata.len(), metadata.modified().ok())
}

/// What a look found.
pub struct Added {
    /// The new lines, and files that are new as a whole.
    pub group: LogGroup,
    /// What is not as it should be, a line each.
    pub notes: Vec<String>,
    /// Whether all that was read before is still there, in front of this in every file and the order of
    /// files: together they are the logs as they are now.
    pub goes_on: bool,
    /// Whether more was written than was read; the next look need not wait.
    pub more: bool,
}

impl Tail {
    /// Takes logs as read, as they were when they were opened.
    pub fn read_all(&mut self, logs: &LogGroup) {
        *self = Tail::default();
        for file in &logs.files {
            // What went away since is not there at the next look either, which finds that out.
            let Ok(metadata) = std::fs::metadata(&file.path) else { continue };
            let id = Id::of(&file.path, &metadata);
            self.order.push(id.clone());
            // Nothing is known of a file without a line.
            if file.size > 0 {
                self.files.insert(id, Known::all(file, &metadata));
            }
        }
    }

    /// What was added to logs since the last look; `logs` are the same logs, opened anew and ended at
    /// their last lines. The first look takes everything.
    ///
    /// # Errors
    /// `Io` where a file cannot be read.
    pub fn added(&mut self, logs: &LogGroup) -> Result<Added> {
        let mut added = logs.clone();
        added.files.clear();
        let mut notes = Vec::new();
        let (mut order, mut goes_on, mut more) = (Vec::new(), true, false);
        for (number, file) in logs.files.iter().enumerate() {
            let path = file.path.as_path();
            // What went away meanwhile has nothing to add.
            let Ok(metadata) = std::fs::metadata(path) else {
                goes_on = false;
                continue;
            };
            let id = Id::of(path, &metadata);
            order.push(id.clone());
            let known = self.files.get_mut(&id);
            let shown = path.display();
            let now = written(&metadata);
            let before = known.as_ref().map(|known| known.written);
            goes_on &= before.is_none_or(|before| before.0 != now.0 || before.1 == now.1);
            match known {
                Some(known) if file.size > known.read && file.is_plain() => {
                    let failed = |source| Error::Io { path: path.to_owned(), source };
                    let bytes = read(path, known.read, file.size).map_err(failed)?;
                    if bytes.is_empty() {
                        continue;
                    }
                    let part = Arc::new(known.last.part(known.read, bytes));
                    known.read += part.size;
                    known.last = Arc::clone(&part);
                    known.written = now;
                    more |= known.read < file.size;
                    added.files.push(part);
                    added.numbers.push(number as u64);
                    continue;
                }
                Some(known) if file.size == known.read => continue,
                Some(_) if file.is_plain() => {
                    goes_on = false;
                    notes.push(format!("{shown} was cut; it is read from its start again"));
                }
                Some(known) => {
                    if file.size != known.last.size {
                        goes_on = false;
                        notes.push(format!(
                            "{shown} changed after it was read, and is no file of lines; what it holds now is not read"
                        ));
                        known.last = Arc::clone(file);
                    }
                    continue;
                }
                None => {}
            }
            // Nothing is known of a file without a line.
            if file.size > 0 {
                self.files.insert(id, Known::all(file, &metadata));
                added.files.push(Arc::clone(file));
                added.numbers.push(number as u64);
            }
        }
        goes_on &= order.starts_with(&self.order);
        self.order = order;
        Ok(Added { group: added, notes, goes_on, more })
    }
}

/// The whole lines of a file from a place to another, not all of them at once where they are many.
fn read(path: &Path, from: u64, to: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut most = MOST;
    loop {
        let mut bytes = Vec::new();
        file.by_ref().take((to - from).min(most)).read_to_end(&mut bytes)?;
        match memchr::memrchr(b'\n', &bytes) {
            Some(end) => {
                bytes.truncate(end + 1);
                return Ok(bytes);
            }
            None if (bytes.len() as u64) < most => return Ok(Vec::new()),
            // A line longer than that is read whole, to be refused as one.
            None => {
                most *= 2;
                file.seek(SeekFrom::Start(from))?;
            }
        }
    }
}

/// Where the last line ends in the first `size` bytes of a file; 0 where none does.
///
/// # Errors
/// What the operating system reports.
pub(super) fn last_line_end(path: &Path, size: u64) -> io::Result<u64> {
    const BLOCK: u64 = 64 << 10;
    let mut file = File::open(path)?;
    let mut end = size;
    let mut bytes = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        file.seek(SeekFrom::Start(start))?;
        bytes.clear();
        file.by_ref().take(end - start).read_to_end(&mut bytes)?;
        if let Some(at) = memchr::memrchr(b'\n', &bytes) {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions};
    use std::io::Write;
    use std::path::PathBuf;

    use super::*;

    /// A directory of its own for one test, gone with the value.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let path =
                std::env::temp_dir().join(format!("flowql-tail-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).expect("it can be made");
            Folder(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn append(path: &Path, text: &str) {
        let mut file = OpenOptions::new().append(true).create(true).open(path).expect("it opens");
        file.write_all(text.as_bytes()).expect("it can be written");
    }

    /// What a look finds: the text of each part, and the notes.
    fn look(tail: &mut Tail, folder: &Path) -> (Vec<String>, Vec<String>) {
        let paths = [folder.display().to_string()];
        let mut logs = LogGroup::open(&paths, None).expect("it opens");
        logs.end_at_lines();
        let Added { group, notes, .. } = tail.added(&logs).expect("it can be read");
        let text = |input: &Arc<LogInput>| {
            let mut text = String::new();
            let mut stream = input.stream(|_| {}).expect("it opens");
            stream.read_to_string(&mut text).expect("it is text");
            text
        };
        (group.files.iter().map(text).collect(), notes)
    }

    #[test]
    fn a_look_finds_the_whole_lines_behind_the_last_one() {
        let folder = Folder::new("lines");
        let (a, b) = (folder.0.join("a.log"), folder.0.join("b.log"));
        let mut tail = Tail::default();
        let mut looks = |parts: &[&str]| {
            let (found, notes) = look(&mut tail, &folder.0);
            assert_eq!(found, parts);
            assert_eq!(notes, Vec::<String>::new());
        };
        append(&a, "one\ntwo\nthr");
        looks(&["one\ntwo\n"]);
        looks(&[]);
        append(&a, "ee\nfo");
        append(&b, "without an end");
        looks(&["three\n"]);
        append(&a, "ur\n");
        append(&b, " as yet\n");
        looks(&["four\n", "without an end as yet\n"]);
    }

    #[test]
    fn a_look_goes_on_where_the_logs_only_grew() {
        let folder = Folder::new("grown");
        let (a, b, c) = (folder.0.join("a.log"), folder.0.join("b.log"), folder.0.join("c.log"));
        let paths = [folder.0.display().to_string()];
        let logs = || LogGroup::open(&paths, None).expect("it opens");
        let mut tail = Tail::default();
        append(&b, "one\n");
        tail.read_all(&logs());
        append(&b, "two\n");
        append(&c, "three\n");
        let look = tail.added(&logs()).expect("it can be read");
        assert!(look.goes_on && !look.more);
        assert_eq!(look.group.numbers, [0, 1]);
        assert_eq!(look.group.files[0].behind, 4);
        // A file in front of those that were read changes their numbers.
        append(&a, "four\n");
        assert!(!tail.added(&logs()).expect("it can be read").goes_on);
        append(&c, "five\n");
        assert!(tail.added(&logs()).expect("it can be read").goes_on);
        fs::remove_file(&b).expect("it can be removed");
        assert!(!tail.added(&logs()).expect("it can be read").goes_on);
        let time = SystemTime::UNIX_EPOCH;
        let file = OpenOptions::new().append(true).open(&a).expect("it opens");
        file.set_modified(time).expect("it can be set");
        assert!(!tail.added(&logs()).expect("it can be read").goes_on, "it was written over");
    }

    #[cfg(unix)]
    #[test]
    fn files_that_are_rotated_are_read_once() {
        let folder = Folder::new("rotated");
        let (a, old) = (folder.0.join("a.log"), folder.0.join("a.log.1"));
        let mut tail = Tail::default();
        append(&a, "one\n");
        assert_eq!(look(&mut tail, &folder.0).0, ["one\n"]);
        append(&a, "two\n");
        fs::rename(&a, &old).expect("it can be renamed");
        append(&a, "three, longer than the one before\n");
        let (parts, notes) = look(&mut tail, &folder.0);
        assert_eq!(parts, ["three, longer than the one before\n", "two\n"]);
        assert_eq!(notes, Vec::<String>::new());
        fs::write(&a, "four\n").expect("it can be written");
        let (parts, notes) = look(&mut tail, &folder.0);
        assert_eq!(parts, ["four\n"]);
        assert!(notes[0].contains("was cut"), "{notes:?}");
    }
}
