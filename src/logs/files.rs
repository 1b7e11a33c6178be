//! Log files: what files, globs, directories and `-` on the command line stand for.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Result};

/// The name of standard input on the command line.
pub const STDIN: &str = "-";

/// A file of logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFile {
    /// Its path, or `-`.
    pub path: PathBuf,
    /// The log group it belongs to: the name in front of the argument, else the argument, `stdin`
    /// for `-`.
    pub group: Arc<str>,
    /// The argument that stands for it.
    pub root: Arc<str>,
    /// Whether it is a regular file, which a pipe is not.
    pub regular: bool,
    /// Why it cannot be looked at, where it is a part of a directory that cannot.
    pub fault: Option<String>,
}

/// The files that some arguments stand for, each once, by path in natural order.
///
/// An argument is a file, a directory (walked recursively, without hidden files), a glob, or `-`,
/// and may have the name of its log group in front: `prod=logs/prod`. The order of the arguments
/// does not show.
///
/// # Errors
/// `NotFound` for a path that is not there, a directory without files, a glob without a match;
/// `Io` where one of them cannot be looked at; a part of a directory that cannot is a file with a
/// fault.
pub fn find_files(args: &[String]) -> Result<Vec<LogFile>> {
    let mut files = Found::default();
    for arg in args {
        match named(arg) {
            None => find(arg, &mut files)?,
            Some((name, path)) => {
                let first = files.all.len();
                find(path, &mut files)?;
                let name: Arc<str> = name.into();
                files.all.iter_mut().skip(first).for_each(|file| file.group = Arc::clone(&name));
            }
        }
    }
    let Found { mut all, links } = files;
    all.sort_by(|a, b| {
        natural_order(a.path.as_os_str().as_encoded_bytes(), b.path.as_os_str().as_encoded_bytes())
            .then_with(|| a.group.cmp(&b.group))
    });
    // Without links, one directory has every file once.
    let one = matches!(args, [arg] if Path::new(named(arg).map_or(&**arg, |it| it.1)).is_dir());
    if links || !one {
        let mut seen = HashSet::new();
        all.retain(|file| {
            let same = std::fs::canonicalize(&file.path).unwrap_or_else(|_| file.path.clone());
            seen.insert(same)
        });
    }
    Ok(all)
}

/// The files that were found so far.
#[derive(Default)]
struct Found {
    all: Vec<LogFile>,
    /// Whether a link led to some of them.
    links: bool,
}

impl Found {
    fn add(&mut self, path: PathBuf, root: &Arc<str>, regular: bool) {
        let (group, root) = (Arc::clone(root), Arc::clone(root));
        self.all.push(LogFile { path, group, root, regular, fault: None });
    }
}

/// The name of the log group and the path of `NAME=PATH`; `None` where the whole is a path.
pub fn named(arg: &str) -> Option<(&str, &str)> {
    let (name, path) = arg.split_once('=')?;
    let plain = !name.is_empty() && !path.is_empty() && !name.contains(['*', '?', '[']);
    (plain && !Path::new(arg).exists()).then_some((name, path))
}

fn find(arg: &str, files: &mut Found) -> Result<()> {
    if arg == STDIN {
        files.add(STDIN.into(), &"stdin".into(), false);
        return Ok(());
    }
    let group = match arg.trim_end_matches(['/', std::path::MAIN_SEPARATOR]) {
        "" => arg,
        group => group,
    };
    let group = &Arc::from(group);
    let path = Path::new(arg);
    let before = files.all.len();
    if path.is_dir() {
        walk(path, group, files)?;
        return if files.all.len() > before {
            Ok(())
        } else {
            Err(missing(arg, "the directory has no files"))
        };
    }
    if let Ok(metadata) = std::fs::metadata(path) {
        files.add(path.to_owned(), group, metadata.is_file());
        return Ok(());
    }
    if !arg.contains(['*', '?', '[']) {
        return Err(Error::not_there("log file", path));
    }
    let pattern =
        glob::glob(arg).map_err(|error| Error::Usage(format!("the glob `{arg}`: {error}")))?;
    for found in pattern {
        let found =
            found.map_err(|error| Error::Io { path: error.path().into(), source: error.into() })?;
        if found.is_dir() {
            walk(&found, group, files)?;
        } else {
            let metadata = std::fs::metadata(&found);
            let metadata = metadata.map_err(|source| Error::Io { path: found.clone(), source })?;
            files.add(found, group, metadata.is_file());
        }
    }
    if files.all.len() > before { Ok(()) } else { Err(missing(arg, "no file matches the glob")) }
}

fn walk(path: &Path, group: &Arc<str>, files: &mut Found) -> Result<()> {
    let hidden = |entry: &walkdir::DirEntry| {
        entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.')
    };
    let entries = walkdir::WalkDir::new(path).follow_links(true).into_iter();
    for entry in entries.filter_entry(|entry| !hidden(entry)) {
        files.links |= entry.as_ref().is_ok_and(walkdir::DirEntry::path_is_symlink);
        match entry {
            Ok(entry) if entry.file_type().is_dir() => {}
            // An export to S3 writes it to see whether it may write there.
            Ok(entry) if entry.file_name() == "aws-logs-write-test" => {}
            Ok(entry) => {
                let regular = entry.file_type().is_file();
                files.add(entry.into_path(), group, regular);
            }
            // The files of a loop are found where it leads to, and a dangling link has none.
            Err(error) if error.loop_ancestor().is_some() => {}
            Err(error) if error.path().is_some_and(Path::is_symlink) => {}
            Err(error) => {
                let faulty = error.path().unwrap_or(path).to_owned();
                let source = std::io::Error::from(error);
                if faulty == path {
                    return Err(Error::Io { path: faulty, source });
                }
                // The rest is read; this is said, and ends with the code of what is lost.
                let (group, root) = (Arc::clone(group), Arc::clone(group));
                let fault = Some(source.to_string());
                files.all.push(LogFile { path: faulty, group, root, regular: false, fault });
            }
        }
    }
    Ok(())
}

/// What tells a file from the others of its log group: its path below the argument that named it; its
/// name where that is the file itself, its whole path where that is a glob.
pub fn name_below(root: &str, path: &Path) -> String {
    match path.strip_prefix(root) {
        Ok(below) if below.as_os_str().is_empty() => path.file_name().unwrap_or_default().into(),
        Ok(below) => below.to_path_buf(),
        Err(_) => path.to_path_buf(),
    }
    .display()
    .to_string()
}

fn missing(name: &str, help: &str) -> Error {
    Error::NotFound { what: "log file", name: name.to_owned(), help: Some(help.to_owned()) }
}

/// The order in which people count: runs of digits by value, everything else by character.
fn natural_order(a: &[u8], b: &[u8]) -> Ordering {
    // What both begin with is equal, but for a number that goes on behind it.
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let digits = |text: &[u8]| text[same..].iter().take_while(|it| it.is_ascii_digit()).count();
    if digits(a) == digits(b) {
        return a[same..].cmp(&b[same..]);
    }
    let number = a[..same].iter().rposition(|byte| !byte.is_ascii_digit());
    let begin = number.map_or(0, |last| last + 1);
    let (mut left, mut right) = (&a[begin..], &b[begin..]);
    while let (Some(x), Some(y)) = (left.first(), right.first()) {
        let order = if x.is_ascii_digit() && y.is_ascii_digit() {
            let (number, rest) = split_number(left);
            let (other, other_rest) = split_number(right);
            (left, right) = (rest, other_rest);
            number.len().cmp(&other.len()).then_with(|| number.cmp(other))
        } else {
            (left, right) = (&left[1..], &right[1..]);
            x.cmp(y)
        };
        if order.is_ne() {
            return order;
        }
    }
    // Names that differ only in leading zeros still have one order.
    left.len().cmp(&right.len()).then_with(|| a.cmp(b))
}

/// The digits at the start, without leading zeros, and what follows.
fn split_number(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let zeros = number.iter().take_while(|digit| **digit == b'0').count();
    (&number[zeros..], rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory of its own for one test, gone with the value.
    struct Directory(PathBuf);

    impl Directory {
        fn new(name: &str, files: &[&str]) -> Directory {
            let path =
                std::env::temp_dir().join(format!("flowql-files-{name}-{}", std::process::id()));
            let _ = std::fs::remove_dir_all(&path);
            for file in files {
                let file = path.join(file);
                std::fs::create_dir_all(file.parent().expect("has one")).expect("is made");
                std::fs::write(file, "x\n").expect("is written");
            }
            Directory(path)
        }

        fn arg(&self, rest: &str) -> String {
            self.0.join(rest).display().to_string()
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn arguments_in_any_order_name_the_same_files_once() {
        let dir =
            Directory::new("order", &["a/2.log", "a/10.log", "a/.hidden", "a/.git/x", "b/1.log"]);
        let (all, a, one) = (dir.arg("*"), dir.arg("a/"), dir.arg("a/10.log"));
        let names = |args: &[String]| -> Vec<String> {
            let files = find_files(args).expect("are there");
            let name = |file: &LogFile| {
                file.path.strip_prefix(&dir.0).expect("inside").display().to_string()
            };
            files.iter().map(name).collect()
        };
        let expected = ["a/2.log", "a/10.log", "b/1.log"];
        assert_eq!(names(&[all.clone(), a.clone(), one.clone()]), expected);
        assert_eq!(names(&[one.clone(), a.clone(), all]), expected);
        assert_eq!(names(&[dir.arg("a/*.log")]), expected[..2]);
        let group = &find_files(std::slice::from_ref(&a)).expect("are there")[0].group;
        assert_eq!(format!("{group}/"), a);
        assert_eq!(find_files(&["-".to_owned()]).expect("is there")[0].group.as_ref(), "stdin");
    }

    #[test]
    fn what_is_not_there_is_said() {
        let dir = Directory::new("missing", &["flow.log", "empty/.hidden"]);
        let said = |name: &str| find_files(&[dir.arg(name)]).expect_err("is missing").to_string();
        assert!(said("flwo.log").contains(&format!("did you mean `{}`?", dir.arg("flow.log"))));
        assert!(said("empty").contains("the directory has no files"));
        assert!(said("*.gz").contains("no file matches the glob"));
        assert!(said("none/x.log").contains("there is no directory"));
    }

    #[cfg(unix)]
    #[test]
    fn loops_of_links_end() {
        let dir = Directory::new("loop", &["a/x.log"]);
        std::os::unix::fs::symlink(&dir.0, dir.0.join("a/back")).expect("is made");
        std::os::unix::fs::symlink(dir.0.join("gone"), dir.0.join("a/dangling")).expect("is made");
        assert_eq!(find_files(&[dir.arg("")]).expect("are there").len(), 1);
    }

    #[test]
    fn numbers_in_names_count_by_value() {
        let sorted = [
            "f",
            "f1",
            "f1a",
            "f1a2",
            "f1a10",
            "f1b",
            "f09",
            "f9",
            "f9-1",
            "f09-2",
            "f9-10",
            "f10",
            "f19",
            "f20",
            "f99999999999999999999999",
            "g",
            "ga",
        ];
        for (at, a) in sorted.iter().enumerate() {
            for (other, b) in sorted.iter().enumerate() {
                let order = natural_order(a.as_bytes(), b.as_bytes());
                assert_eq!(order, at.cmp(&other), "{a} {b}");
            }
        }
    }
}
