//! What the text harnesses share: log sets, the configurations a query runs in, and its output.

#![allow(dead_code, reason = "every test binary uses a part")]

pub(crate) mod diff;
pub(crate) mod script;

use std::fs;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use flowql::data::Statistics;
use flowql::data::time::{self, TimeRange};
use flowql::diagnostic::Diagnostic;
use flowql::engine::{Answer, Engine};
use flowql::logs::group::LogGroup;
use flowql::output::{self, Format, Outline, Style, human};
use flowql::plan::rest::Rest;
use flowql::readers::lines::header;

/// The clock of every query: 2026-01-01 00:00:00 UTC.
const NOW: i64 = 1_767_225_600_000;

/// The folder of the log sets.
pub(crate) fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// The files of an extension under a folder, by path.
pub(crate) fn files_under(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("its entries can be read").path();
        if path.is_dir() {
            found.extend(files_under(&path, extension));
        } else if path.extension().is_some_and(|known| known == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The logs of a query: a name and their text.
pub(crate) struct LogSet {
    name: String,
    text: Vec<u8>,
    /// More log groups, by name.
    groups: Vec<(String, Vec<u8>)>,
    /// Tables for `lookup`, by name.
    pub(crate) tables: Vec<(String, Vec<u8>)>,
}

impl LogSet {
    /// The file `tests/data/NAME.log`.
    pub(crate) fn named(name: &str) -> LogSet {
        let path = data().join(name).with_extension("log");
        let text = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        LogSet { name: name.to_owned(), text, groups: Vec::new(), tables: Vec::new() }
    }

    /// Adds a log group or a table, in place of one of the same name.
    pub(crate) fn add(&mut self, kind: &str, name: &str, lines: &[String]) {
        let list = if kind == "group" { &mut self.groups } else { &mut self.tables };
        list.retain(|(known, _)| known != name);
        list.push((name.to_owned(), LogSet::inline(lines).text));
    }

    /// The lines that stand in a test.
    pub(crate) fn inline(lines: &[String]) -> LogSet {
        let text = lines.iter().flat_map(|line| line.bytes().chain([b'\n'])).collect();
        let (groups, tables) = (Vec::new(), Vec::new());
        LogSet { name: "inline".to_owned(), text, groups, tables }
    }

    /// The text in so many parts, cut between lines; every part begins with the header, if any.
    /// One part where the format changes or ends badly in the middle.
    fn parts(&self, count: usize) -> Vec<Vec<u8>> {
        let lines: Vec<&[u8]> = self.text.split_inclusive(|byte| *byte == b'\n').collect();
        let is_header = |line: &&[u8]| header(line.strip_suffix(b"\n").unwrap_or(line)).is_some();
        let headers = lines.iter().take_while(|line| is_header(line)).count();
        let (header, records) = lines.split_at(headers);
        if count == 1 || records.iter().any(is_header) {
            return vec![self.text.clone()];
        }
        let length = records.len().div_ceil(count).max(1);
        let part = |lines: &[&[u8]]| [header.concat(), lines.concat()].concat();
        records.chunks(length).map(part).collect()
    }
}

/// What holds for the queries of a file besides its logs.
pub(crate) struct Settings {
    strict: bool,
    range: TimeRange,
    limit: Option<usize>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { strict: false, range: TimeRange::ALL, limit: Some(10_000) }
    }
}

impl Settings {
    /// `strict`, `lenient`, `range START END`, `default-limit N`.
    pub(crate) fn set(&mut self, words: &[String]) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let moment = |text: &str| time::parse(text).unwrap_or_else(|| panic!("{text} is no time"));
        match words.as_slice() {
            ["strict"] => self.strict = true,
            ["lenient"] => self.strict = false,
            ["range", start, end] => {
                self.range = TimeRange { start: moment(start), end: moment(end) };
            }
            ["default-limit", count] => {
                self.limit = Some(count.parse().expect("a limit is a number"));
            }
            other => panic!("{other:?} is no setting"),
        }
    }
}

/// One way of running a query; none may show in a result.
#[derive(Clone, Copy, Debug)]
struct Configuration {
    gzip: bool,
    files: usize,
    threads: usize,
    block_size: usize,
    /// The bytes that the engine may keep of what it decoded; the query then runs twice.
    kept: Option<usize>,
    /// The bytes beyond which the records of a list wait on disk.
    room: Option<usize>,
}

/// The first is the plainest.
fn configurations() -> Vec<Configuration> {
    let mut all = Vec::new();
    for gzip in [false, true] {
        for files in [1, 3] {
            for threads in [1, 4] {
                for block_size in [1 << 20, 64] {
                    let (kept, room) = (None, None);
                    all.push(Configuration { gzip, files, threads, block_size, kept, room });
                }
            }
        }
    }
    // The second run reads what the first one kept, or finds that there is no room for it.
    let plain = all.iter().filter(|config| !config.gzip).copied().collect::<Vec<_>>();
    for kept in [usize::MAX, 100] {
        all.extend(plain.iter().map(|config| Configuration { kept: Some(kept), ..*config }));
    }
    // Every batch becomes a run of its own.
    all.extend(plain.iter().map(|config| Configuration { room: Some(0), ..*config }));
    all
}

/// The output of a query in the plainest configuration, after comparing it with all others.
///
/// # Errors
/// Which configuration gave something else or panicked; that the query fails where the tag is not
/// `error`, or does not where it is.
pub(crate) fn answer(
    logs: &LogSet,
    settings: &Settings,
    tag: &str,
    query: &str,
) -> Result<String, String> {
    // Statistics and reports name files and count compressed bytes: one file, as it is.
    let one_file = matches!(tag, "stats" | "report");
    let all = configurations().into_iter().filter(|config| !one_file || config.files == 1);
    let mut outputs = all.map(|config| {
        let run = || answer_in(logs, settings, tag, query, config);
        let output = catch_unwind(AssertUnwindSafe(run));
        match output {
            Ok(output) => Ok((config, output?)),
            Err(_) => Err(format!("panics with {config:?}")),
        }
    });
    let (plainest, expected) = outputs.next().expect("there is a configuration")?;
    for output in outputs {
        let (config, output) = output?;
        if output != expected {
            return Err(format!("{plainest:?} gives\n{expected}{config:?} gives\n{output}"));
        }
    }
    Ok(expected)
}

fn answer_in(
    logs: &LogSet,
    settings: &Settings,
    tag: &str,
    query: &str,
    config: Configuration,
) -> Result<String, String> {
    let mut engine = Engine::new(group(logs, config), NOW);
    engine.plan.strict = settings.strict;
    engine.plan.limit = settings.limit;
    engine.run.strict = settings.strict;
    for (name, text) in &logs.tables {
        engine.plan.tables.add(name, text).map_err(|error| error.to_string())?;
    }
    engine.run.range = settings.range;
    engine.run.threads = config.threads;
    engine.run.block_size = config.block_size;
    engine.run.room = config.room;
    if let Some(budget) = config.kept {
        engine = engine.with_store(budget);
        let _ = engine.query(query);
    }
    if tag == "plan" {
        let plan = engine.compile(query);
        return plan.map(|plan| plan.to_string()).map_err(|error| error.to_string());
    }
    if tag == "check" {
        let plan = engine.compile(query).map_err(|error| error.to_string())?;
        let line = |found: &Diagnostic| {
            format!("{}[{}]: {}\n", found.severity.name(), found.code, found.message)
        };
        let warnings: String = plan.warnings.iter().map(line).collect();
        return Ok(if warnings.is_empty() { "fine\n".to_owned() } else { warnings });
    }
    match (engine.query(query), tag) {
        (Ok(_), "error") => Err("gives no error".to_owned()),
        (Ok(answer), _) => Ok(show(&answer, tag, query)),
        (Err(error), "error") => Ok(error.to_string()),
        (Err(error), _) => Err(format!("fails, and is not marked [error]\n{error}")),
    }
}

fn group(logs: &LogSet, config: Configuration) -> LogGroup {
    let mut group = LogGroup::new(None);
    for part in logs.parts(config.files) {
        group.add_bytes(&logs.name, if config.gzip { gzip(&part) } else { part });
    }
    for (name, text) in &logs.groups {
        group.add_bytes(name, if config.gzip { gzip(text) } else { text.clone() });
    }
    group
}

/// The bytes compressed.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory takes every byte");
    encoder.finish().expect("memory takes every byte")
}

/// Warnings, then the records in the format of the tag, `table` if there is none; or what the tag
/// asks for instead.
fn show(answer: &Answer, tag: &str, query: &str) -> String {
    let mut text: String = answer.warnings.iter().map(|warning| warning.render(query)).collect();
    let statistics = &answer.outcome.statistics;
    match tag {
        "stats" => {
            let count = |what: &str, count: u64| format!("{what:<16} {}\n", human::count(count));
            text += &count("records found", statistics.records_found);
            text += &count("records matched", statistics.records_matched);
            text += &count("records scanned", statistics.records_scanned);
            text += &count("bytes scanned", statistics.bytes_scanned);
            text += &count("bad lines", statistics.bad_lines);
            return text;
        }
        "report" => {
            let report = &answer.outcome.report;
            text += &format!("{} bad lines, {} header lines\n", report.bad_lines, report.headers);
            for bad in &report.first_bad {
                text += &format!("{}:{}: {}\n", bad.path.display(), bad.line, bad.reason);
            }
            for fault in &report.faults {
                text += &format!("{}: {}\n", fault.path.display(), fault.reason);
            }
        }
        _ => {}
    }
    let name = if matches!(tag, "" | "report") { "table" } else { tag };
    let format = output::find(name).unwrap_or_else(|| panic!("[{name}] is no tag"));
    let style = Style::default();
    let mut bytes = Vec::new();
    let written = match &answer.outcome.rest {
        None => format.write(&answer.outcome.table, statistics, &style, &mut bytes),
        Some(rest) => write_parts(format, rest, statistics, &style, &mut bytes),
    };
    written.expect("memory takes every byte");
    text + &String::from_utf8(bytes).expect("results are UTF-8")
}

fn write_parts(
    format: &Format,
    rest: &Rest,
    statistics: &Statistics,
    style: &Style,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    let specimen = &rest.specimen();
    let outline = Outline { specimen, records: rest.records(), statistics, style };
    let mut parts = format.begin(&outline)?.expect("formats of tests can be written in parts");
    rest.each_table(|table| parts.part(&table, out))?;
    parts.end(out)
}
