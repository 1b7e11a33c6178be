//! Reports: what a scan met besides records: bad lines, faulty files, header lines.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// How many bad lines are reported one by one.
pub const SHOWN: usize = 5;

/// A line that is no record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// The file.
    pub path: PathBuf,
    /// 1-based, in the text of the file after decompression.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// A file of which not everything could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file.
    pub path: PathBuf,
    /// What went wrong, and where.
    pub reason: String,
}

/// What a scan met besides records; the same whatever the number of workers and block size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Lines that are no record.
    pub bad_lines: u64,
    /// How many of them each file has, by its number; files without one are left out.
    pub bad_by_file: Vec<(usize, u64)>,
    /// The first of them by file, then line.
    pub first_bad: Vec<BadLine>,
    /// Files of which not everything could be read, in file order.
    pub faults: Vec<Fault>,
    /// Header lines.
    pub headers: u64,
    /// The scan met a log format that it did not expect and ended; whatever it delivered must be
    /// dropped, and a new scan over the same log group begun, which knows the formats.
    pub restart: bool,
    /// Fields that messages were looked at for, of which none had them.
    pub unfound: Vec<String>,
    /// Fields that messages were looked at for, and that some had.
    pub found: Vec<String>,
    /// Messages with a wanted field behind those that are discovered.
    pub undiscovered: u64,
    /// Messages that begin as a JSON object and are none.
    pub broken: u64,
    /// Messages that look like flow log records in a format that nobody told.
    pub unformatted: u64,
    /// Messages of deliveries that only say that they work.
    pub controls: u64,
    /// Files that were not read, since they hold other times than are asked for.
    pub skipped: u64,
}

impl Report {
    /// Adds what a scan met that went on behind this one, over what was added to the files.
    pub fn go_on(&mut self, other: Report) {
        self.controls += other.controls;
        self.undiscovered += other.undiscovered;
        self.unformatted += other.unformatted;
        self.unfound.extend(other.unfound.iter().cloned());
        self.found.extend(other.found.iter().cloned());
        let found = &self.found;
        self.unfound.retain(|name| !found.contains(name));
        [&mut self.unfound, &mut self.found].into_iter().for_each(|names| {
            names.sort_unstable();
            names.dedup();
        });
        // The files of the other have other numbers.
        self.bad_by_file.clear();
        self.add(other);
    }

    /// Adds what another scan met; the same file may be met twice.
    pub fn add(&mut self, other: Report) {
        self.bad_lines += other.bad_lines;
        self.headers += other.headers;
        self.broken += other.broken;
        for bad in other.first_bad {
            if self.first_bad.len() < SHOWN && !self.first_bad.contains(&bad) {
                self.first_bad.push(bad);
            }
        }
        for fault in other.faults {
            if !self.faults.contains(&fault) {
                self.faults.push(fault);
            }
        }
    }
}

/// A bad line as workers find it, in any order.
#[derive(Debug)]
pub(super) struct Found {
    /// Number of the file.
    pub(super) file: usize,
    /// Where in its text the line begins.
    pub(super) offset: u64,
    /// Lines before it, where they are counted already.
    pub(super) line: Option<u64>,
    /// What is wrong with it.
    pub(super) reason: String,
}

/// What the workers of a scan have met so far.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) bad_lines: u64,
    pub(super) bad_by_file: BTreeMap<usize, u64>,
    pub(super) headers: u64,
    pub(super) controls: u64,
    pub(super) first_bad: Vec<Found>,
}

impl Notes {
    /// Keeps the first bad lines of these and those before.
    pub(super) fn add_bad(&mut self, found: impl IntoIterator<Item = Found>) {
        self.first_bad.extend(found);
        self.first_bad.sort_by_key(|bad| (bad.file, bad.offset));
        self.first_bad.truncate(SHOWN);
    }
}
