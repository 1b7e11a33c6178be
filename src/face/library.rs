//! Saved queries: `.query` files by path, or by name from the project's and the person's folders.

use std::io;
use std::path::{Path, PathBuf};

use super::options::Input;
use super::range::Range;
use super::{logs, places};
use crate::diagnostic::Diagnostic;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::query_file::{Filled, QueryFile, calls};
use crate::registry;
use crate::samples::SAMPLES;

/// The ending of a query file.
pub(crate) const EXTENSION: &str = "query";

/// A saved query.
#[derive(Clone, Debug)]
pub(crate) struct Saved {
    /// Its name: that of its file, without the ending.
    pub(crate) name: String,
    /// Its file.
    pub(crate) path: PathBuf,
}

/// The project's folder: `queries` in the current folder or in the nearest one above it that has
/// one, as far up as the project goes (its `.git`).
pub(crate) fn project_folder() -> Option<PathBuf> {
    let current = std::env::current_dir().ok()?;
    for (up, folder) in current.ancestors().enumerate() {
        if folder.join("queries").is_dir() {
            // As people would name it from here.
            return Some(Path::new(&"../".repeat(up)).join("queries"));
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

/// The folders that hold saved queries, the one that counts first in front.
fn folders() -> Vec<PathBuf> {
    project_folder().into_iter().chain(places::queries()).collect()
}

/// All saved queries, folder by folder, by name; one of two with the same name counts.
pub(crate) fn saved() -> Vec<Saved> {
    let mut found: Vec<Saved> = Vec::new();
    for path in folders().iter().flat_map(|folder| query_files(folder)) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if !found.iter().any(|other| other.name == name) {
            found.push(Saved { name, path });
        }
    }
    found
}

/// The query files in a folder, by name.
pub(crate) fn query_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|end| end == EXTENSION)).collect();
    files.sort();
    files
}

/// The file that a path or the name of a saved query means.
///
/// # Errors
/// There is neither such a file nor such a query.
pub(crate) fn find(name: &Path) -> Result<PathBuf> {
    // What looks like a path is one.
    if name.is_file() || name.extension().is_some_and(|end| end == EXTENSION) {
        return Ok(name.to_owned());
    }
    let saved = saved();
    let shown = name.display().to_string();
    if let Some(found) = saved.iter().find(|saved| saved.name == shown) {
        return Ok(found.path.clone());
    }
    let nearest = registry::nearest(&shown, saved.iter().map(|saved| saved.name.as_str()));
    let sample = SAMPLES.iter().find(|sample| sample.name == shown);
    let help = match (nearest, sample) {
        (_, Some(_)) => Some(format!("it is a sample: `flowql samples run {shown}`")),
        (Some(nearest), None) => Some(format!("did you mean `{nearest}`?")),
        (None, None) => None,
    };
    Err(Error::NotFound { what: "query file or saved query", name: shown, help })
}

/// The files that paths, names and folders mean; of a folder, its query files by name.
///
/// # Errors
/// As [`find`], and a folder without query files.
pub(crate) fn find_all(names: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for name in names {
        if !name.is_dir() {
            found.push(find(name)?);
            continue;
        }
        let files = query_files(name);
        if files.is_empty() {
            let name = name.display().to_string();
            let help = Some(format!("`{name}` is a folder without a `.{EXTENSION}` file"));
            return Err(Error::NotFound { what: "query file in", name, help });
        }
        found.extend(files);
    }
    Ok(found)
}

/// The text of a query with the values that were given for its parameters.
///
/// # Errors
/// A `--param` that cannot be read, and as [`QueryFile::bind`].
pub(crate) fn bind(file: &QueryFile, input: &Input) -> Result<String> {
    let pair = |text: &String| match text.split_once('=') {
        Some((name, value)) => Ok((name.trim().to_owned(), value.to_owned())),
        None => {
            Err(Error::Usage(format!("`--param {text}` has no value\n  = help: write NAME=VALUE")))
        }
    };
    let params = input.params.iter().map(pair).collect::<Result<Vec<_>>>()?;
    expand(&file.bind(&params).map_err(Error::Usage)?)
}

/// The text of a query with those of the saved queries that it calls.
///
/// # Errors
/// What is wrong with a call.
pub(crate) fn expand(text: &str) -> Result<String> {
    match expanded(text) {
        Ok(filled) => Ok(filled.text),
        Err(fault) => Err(Error::Query { source: text.to_owned(), diagnostics: vec![fault] }),
    }
}

/// As [`expand`], with the way back to the text.
///
/// # Errors
/// What is wrong with a call.
pub(crate) fn expanded(text: &str) -> std::result::Result<Filled, Diagnostic> {
    calls::expand(text, &|call| {
        let saved = saved();
        let Some(found) = saved.iter().find(|saved| saved.name == call.name) else {
            let message = format!("no saved query is called `{}`", call.name);
            let fault = Diagnostic::error(message, call.span);
            let names = || saved.iter().map(|saved| saved.name.as_str());
            return Err(match (registry::nearest(&call.name, names()), project_folder()) {
                (Some(near), _) => fault.help(format!("did you mean `${near}(…)`?")),
                (None, Some(folder)) => {
                    let folder = folder.display();
                    fault.help(format!("saved queries are the `.{EXTENSION}` files of `{folder}`"))
                }
                (None, None) => fault.help(format!(
                    "saved queries are the `.{EXTENSION}` files of a folder `queries`"
                )),
            });
        };
        read(&found.path).map_err(|error| {
            let message = format!("the saved query `{}` cannot be read: {error}", call.name);
            Diagnostic::error(message.trim_end(), call.span)
        })
    })
}

/// Opens the logs and the time range that are given, or else those that the query file names.
///
/// # Errors
/// As [`logs::open`], and a `# time:` that cannot be read.
pub(crate) fn open(file: &QueryFile, input: &Input) -> Result<Engine> {
    let own;
    let chosen = match &file.logs {
        Some(paths) if input.logs.is_empty() => {
            own = Input { logs: vec![paths.clone()], ..input.clone() };
            &own
        }
        _ => input,
    };
    let mut engine = logs::open(chosen)?;
    if let (Some(time), None, None, None) = (&file.time, &input.start, &input.end, &input.since) {
        let now = engine.run.now;
        engine.run.range = Range::parse(time, logs::zone(input)?, now)?.at(now);
    }
    Ok(engine)
}

/// Reads a query file.
///
/// # Errors
/// It is not there, cannot be read, or its leading comments are not as they should be.
pub(crate) fn read(path: &Path) -> Result<QueryFile> {
    let text = std::fs::read_to_string(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => Error::not_there("query file", path),
        _ => Error::Io { path: path.to_owned(), source },
    })?;
    let file = QueryFile::parse(&text);
    file.map_err(|reason| Error::Input { path: path.to_owned(), line: 0, reason })
}

/// The file that a query of this name is saved in: in the project's folder if there is one, else
/// in the person's.
///
/// # Errors
/// The name is none for a file, or there is no folder for it.
pub(crate) fn place_for(name: &str) -> Result<PathBuf> {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.starts_with('.') || !name.chars().all(fits) {
        let help = "write letters, digits, `-` and `_`, as in `ssh-scanners`";
        return Err(Error::Usage(format!("`{name}` is no name for a query\n  = help: {help}")));
    }
    let name = name.strip_suffix(".query").unwrap_or(name);
    let folder = project_folder().or_else(places::queries).ok_or_else(|| {
        Error::Usage(
            "there is no folder for saved queries\n  = help: make a folder `queries`".to_owned(),
        )
    })?;
    Ok(folder.join(format!("{name}.{EXTENSION}")))
}
