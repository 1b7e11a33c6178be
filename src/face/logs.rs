//! Opens the logs that the arguments name, as an engine ready to be asked.

use std::path::Path;

use super::interrupt;
use super::options::Input;
use super::range::{self, Range};
use super::zone;
use crate::data::time::Timestamp;
use crate::data::zone::Zone;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::generate;
use crate::logs::facts::{self, GroupFacts};
use crate::logs::group::LogGroup;
use crate::lookup::Tables;
use crate::readers::log_format::LogFormat;

/// Records of the built-in sample logs.
const SAMPLE_RECORDS: u64 = 50_000;

/// The engine over the logs that were named.
///
/// # Errors
/// No logs were named or found; an argument cannot be read.
pub(crate) fn open(input: &Input) -> Result<Engine> {
    configure(open_group(input)?, input)
}

/// The logs that were named.
///
/// # Errors
/// As [`open`].
pub(crate) fn open_group(input: &Input) -> Result<LogGroup> {
    let (paths, facts) = named(input)?;
    let format =
        input.log_format.as_deref().map(LogFormat::parse).transpose().map_err(Error::Usage)?;
    let mut group = LogGroup::open_for(&paths, format, range(input)?.at(now()))?;
    group.facts = facts;
    Ok(group)
}

/// The paths that were named, and what is known of their log groups.
///
/// # Errors
/// No logs were named; the file of the log groups cannot be read.
pub(crate) fn named(input: &Input) -> Result<(Vec<String>, Vec<GroupFacts>)> {
    if !names_logs(input) {
        return Err(Error::Usage(
            "no logs are named\n  = help: add `-l PATH`, or set FLOWQL_LOGS; PATH is a file, a glob, \
             a directory or - for standard input"
                .to_owned(),
        ));
    }
    let catalog = match &input.catalog {
        Some(path) => facts::read(path)?,
        None => Vec::new(),
    };
    // A name of the catalog stands for its paths; without `-l` all of them do.
    let chosen: Vec<&str> = match input.logs.is_empty() {
        true => catalog.iter().map(|(facts, _)| facts.name.as_str()).collect(),
        false => input.logs.iter().map(String::as_str).collect(),
    };
    let mut paths = Vec::new();
    for name in chosen {
        match catalog.iter().find(|(facts, _)| facts.name == name) {
            Some((facts, own)) => {
                paths.extend(own.iter().map(|path| format!("{}={path}", facts.name)));
            }
            None => paths.push(name.to_owned()),
        }
    }
    Ok((paths, catalog.into_iter().map(|(facts, _)| facts).collect()))
}

/// Whether the arguments name any logs.
pub(crate) fn names_logs(input: &Input) -> bool {
    !input.logs.is_empty() || input.catalog.is_some()
}

/// The engine over the logs that were named, or over the built-in sample logs.
///
/// # Errors
/// As [`open`].
pub(crate) fn open_or_sample(input: &Input) -> Result<Engine> {
    if names_logs(input) {
        return open(input);
    }
    let text = generate::sample_text(SAMPLE_RECORDS);
    configure(LogGroup::of_bytes("sample-logs", text), input)
}

/// The engine over logs, with the options that were given.
///
/// # Errors
/// An argument cannot be read.
pub(crate) fn configure(group: LogGroup, input: &Input) -> Result<Engine> {
    let now = now();
    let mut engine = Engine::new(group, now);
    engine.plan.tables = tables(input)?;
    engine.plan.strict = input.strict;
    engine.run.strict = input.strict;
    engine.run.range = range(input)?.at(now);
    if let Some(threads) = input.threads {
        engine.run.threads = usize::from(threads.clamp(1, 1024));
    }
    if let Some(size) = input.block_size {
        engine.run.block_size = size.max(1);
    }
    engine.run.memory_limit = match &input.memory_limit {
        Some(text) => parse_size(text).ok_or_else(|| {
            Error::Usage(format!("`{text}` is no size\n  = help: write 500MB or 2GB"))
        })?,
        None => machine_memory().map_or(usize::MAX, |bytes| bytes / 5 * 4),
    };
    engine.run.cancelled = interrupt::flag();
    Ok(engine)
}

/// The time zone that was asked for, UTC otherwise.
///
/// # Errors
/// No zone is called so.
pub(crate) fn zone(input: &Input) -> Result<Zone> {
    input.tz.as_deref().map_or(Ok(Zone::UTC), zone::find)
}

/// The time range that was asked for.
///
/// # Errors
/// A time or a period that cannot be read, an end before the start.
pub(crate) fn range(input: &Input) -> Result<Range> {
    let zone = zone(input)?;
    if let Some(period) = &input.since {
        let end = input.end.as_ref().map(|end| range::end_of(end, zone)).transpose()?;
        let last = range::last(period)?;
        return match end {
            None => Ok(last),
            Some(end) => Range::of(last.at(now()).start, end, format!("last {period}")),
        };
    }
    let start = input.start.as_ref().map(|start| range::moment(start, zone)).transpose()?;
    let end = input.end.as_ref().map(|end| range::end_of(end, zone)).transpose()?;
    let written = match (&input.start, &input.end) {
        (None, None) => return Ok(Range::All),
        (Some(start), None) => format!("since {start}"),
        (None, Some(end)) => format!("until {end}"),
        (Some(start), Some(end)) => format!("{start} to {end}"),
    };
    Range::of(start.unwrap_or(i64::MIN), end.unwrap_or(i64::MAX), written)
}

/// The clock.
pub(crate) fn now() -> Timestamp {
    chrono::Utc::now().timestamp_millis()
}

/// A size in bytes: a number with an optional unit, `500MB`, `2G`, `1073741824`.
pub(crate) fn parse_size(text: &str) -> Option<usize> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "t" | "tb" => 1e12,
        _ => return None,
    };
    let bytes = number.parse::<f64>().ok()? * factor;
    (bytes >= 1.0 && bytes.is_finite()).then_some(bytes as usize)
}

/// The machine's memory in bytes, where the system tells.
fn machine_memory() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
    let kilobytes: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// The tables for `lookup` that were named.
///
/// # Errors
/// A file that cannot be read, or is no such table.
pub(crate) fn tables(input: &Input) -> Result<Tables> {
    let mut tables = Tables::default();
    for argument in &input.lookup {
        add_tables(&mut tables, argument)?;
    }
    Ok(tables)
}

/// Reads the tables of an argument: `NAME=FILE`, a file, or a folder of CSV files.
fn add_tables(tables: &mut Tables, argument: &str) -> Result<()> {
    let (name, path) = match argument.split_once('=') {
        Some((name, path)) if !Path::new(argument).exists() => (Some(name), Path::new(path)),
        _ => (None, Path::new(argument)),
    };
    let failed = |source| Error::Io { path: path.to_owned(), source };
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        files.clear();
        for entry in std::fs::read_dir(path).map_err(failed)? {
            let file = entry.map_err(failed)?.path();
            if file.extension().is_some_and(|extension| extension == "csv") {
                files.push(file);
            }
        }
        files.sort();
        if files.is_empty() {
            let reason = "the folder holds no CSV file".to_owned();
            return Err(Error::Input { path: path.to_owned(), line: 0, reason });
        }
    }
    for file in files {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let name = name.map_or(stem, str::to_owned);
        let text =
            std::fs::read(&file).map_err(|source| Error::Io { path: file.clone(), source })?;
        tables.add(&name, &text).map_err(|error| match error {
            Error::Input { line, reason, .. } => Error::Input { path: file.clone(), line, reason },
            other => other,
        })?;
    }
    Ok(())
}
