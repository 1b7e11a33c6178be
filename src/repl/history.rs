//! The history of what was typed: each entry once, the latest last, in a file only its owner reads.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustyline::Config;
use rustyline::history::{History as _, MemHistory, SearchDirection, SearchResult};

use super::entry::{dedent, indent};

/// The most entries that are kept.
pub(super) const MOST: usize = 5000;

/// The entries as a set that key bindings look into.
pub(super) type Entries = Arc<Mutex<HashSet<String>>>;

/// The set behind its lock; what another thread left behind is whole.
pub(super) fn lock(entries: &Entries) -> MutexGuard<'_, HashSet<String>> {
    entries.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The history: in memory as the editor shows entries, in the file one a line, line ends as `\n`.
pub(super) struct History {
    memory: MemHistory,
    config: Config,
    entries: Entries,
    file: Option<PathBuf>,
}

impl History {
    /// The history of a file, which need not be there; without one nothing is kept.
    pub(super) fn open(config: Config, file: Option<PathBuf>) -> History {
        let memory = MemHistory::with_config(&config);
        let mut history = History { memory, config, entries: Entries::default(), file: None };
        let text = file.as_deref().map(fs::read_to_string);
        let lines: Vec<&str> = text.iter().flatten().flat_map(|text| text.lines()).collect();
        for line in &lines {
            let _ = history.add(&unescape(line));
        }
        history.file = file;
        if lines.len() > history.memory.len() {
            history.rewrite();
        }
        history
    }

    /// The entries as a set.
    pub(super) fn entries(&self) -> Entries {
        Arc::clone(&self.entries)
    }

    /// The entries as they were run, the latest last.
    pub(super) fn texts(&self) -> Vec<String> {
        self.memory.into_iter().map(|entry| dedent(entry)).collect()
    }

    /// Writes the file anew, with each entry once.
    fn rewrite(&self) {
        let Some(path) = &self.file else { return };
        let lines: String = self.texts().iter().map(|text| escape(text) + "\n").collect();
        // Another session may be reading: the file is whole at any time.
        let new = path.with_extension("new");
        let written = private(&new, false).and_then(|mut file| file.write_all(lines.as_bytes()));
        let _ = written.and_then(|()| fs::rename(&new, path));
    }

    /// Adds an entry to the file.
    ///
    /// # Errors
    /// What the operating system refuses.
    fn write(&self, text: &str) -> io::Result<()> {
        let Some(path) = &self.file else { return Ok(()) };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        // One write, so that two sessions do not mix their lines.
        private(path, true)?.write_all((escape(text) + "\n").as_bytes())
    }
}

/// A file that only its owner may read, to be written to its end or anew.
fn private(path: &Path, append: bool) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.create(true).append(append).write(true).truncate(!append);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n")
}

fn unescape(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('n') => text.push('\n'),
                Some(other) => text.push(other),
                None => text.push('\\'),
            },
            (c, false) => text.push(c),
        }
    }
    text
}

impl rustyline::history::History for History {
    fn get(
        &self,
        index: usize,
        direction: SearchDirection,
    ) -> rustyline::Result<Option<SearchResult<'_>>> {
        self.memory.get(index, direction)
    }

    fn add(&mut self, line: &str) -> rustyline::Result<bool> {
        let shown = indent(line.trim_end());
        if shown.trim().is_empty() || line.starts_with(char::is_whitespace) {
            return Ok(false);
        }
        if lock(&self.entries).contains(&shown) {
            let kept: Vec<String> =
                self.memory.into_iter().filter(|entry| **entry != shown).cloned().collect();
            self.memory = MemHistory::with_config(&self.config);
            for entry in kept {
                self.memory.add_owned(entry)?;
            }
        }
        if self.memory.len() == MOST
            && let Some(oldest) = self.memory.get(0, SearchDirection::Forward)?
        {
            lock(&self.entries).remove(oldest.entry.as_ref());
        }
        lock(&self.entries).insert(shown.clone());
        // A history that cannot be kept is no reason to stop somebody's work.
        let _ = self.write(&dedent(&shown));
        self.memory.add_owned(shown)
    }

    fn add_owned(&mut self, line: String) -> rustyline::Result<bool> {
        self.add(&line)
    }

    fn len(&self) -> usize {
        self.memory.len()
    }

    fn is_empty(&self) -> bool {
        self.memory.is_empty()
    }

    fn set_max_len(&mut self, len: usize) -> rustyline::Result<()> {
        self.memory.set_max_len(len)
    }

    fn ignore_dups(&mut self, yes: bool) -> rustyline::Result<()> {
        self.memory.ignore_dups(yes)
    }

    fn ignore_space(&mut self, yes: bool) {
        self.memory.ignore_space(yes);
    }

    // Every entry is written when it is added, so there is nothing to load or save later.
    fn save(&mut self, _: &Path) -> rustyline::Result<()> {
        Ok(())
    }

    fn append(&mut self, _: &Path) -> rustyline::Result<()> {
        Ok(())
    }

    fn load(&mut self, _: &Path) -> rustyline::Result<()> {
        Ok(())
    }

    fn clear(&mut self) -> rustyline::Result<()> {
        lock(&self.entries).clear();
        self.memory.clear()
    }

    fn search(
        &self,
        term: &str,
        start: usize,
        direction: SearchDirection,
    ) -> rustyline::Result<Option<SearchResult<'_>>> {
        self.memory.search(term, start, direction)
    }

    fn starts_with(
        &self,
        term: &str,
        start: usize,
        direction: SearchDirection,
    ) -> rustyline::Result<Option<SearchResult<'_>>> {
        self.memory.starts_with(term, start, direction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_kept_as_they_are() {
        for text in ["a\nb", "a\\nb", "\\", "parse @message /\\d\\n/"] {
            assert_eq!(unescape(&escape(text)), text);
        }
    }

    #[test]
    fn each_entry_is_kept_once_in_a_private_file() {
        let folder = std::env::temp_dir().join(format!("flowql-history-{}", std::process::id()));
        let path = folder.join("state/history");
        let config = || Config::builder().max_history_size(MOST).expect("memory keeps all").build();
        let mut history = History::open(config(), Some(path.clone()));
        for text in ["limit 1", "limit 2 |\nlimit 3", "limit 1", " secret", "", "limit 4"] {
            history.add(text).expect("is added");
        }
        let kept = ["limit 2 |\nlimit 3", "limit 1", "limit 4"];
        assert_eq!(history.texts(), kept);
        let again = History::open(config(), Some(path.clone()));
        assert_eq!(again.texts(), kept);
        assert_eq!(fs::read_to_string(&path).expect("is there").lines().count(), 3);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path).expect("is there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let _ = fs::remove_dir_all(folder);
    }
}
