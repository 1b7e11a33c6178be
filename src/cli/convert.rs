//! `convert`: writes records as a clean data set, a file for each log stream, in order of time.

use std::fs;
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::Convert;
use crate::data::{Column, Statistics, Table, Value};
use crate::engine::{Answer, Engine};
use crate::error::{Error, Result};
use crate::face::options::{Input, Output};
use crate::face::progress::Steps;
use crate::face::show::Shower;
use crate::face::{Status, library, logs, target};
use crate::output::format::{Format, Style};
use crate::output::{self, human};
use crate::readers::fields::{self, FIELDS};
use crate::readers::log_format::LogFormat;
use crate::syntax::{quoted_name, quoted_text};

/// Where a file belongs, and by what its records are ordered.
const STREAM: &str = "@logStream";
const TIME: &str = "@timestamp";
/// Bytes that a value takes while records are sorted, about.
const VALUE: usize = 24;

/// `flowql convert`
pub(crate) fn run(args: &Convert) -> Status {
    let Convert { to, folder, query, input } = args;
    let engine = logs::open(input)?;
    let fresh = make_empty(folder)?;
    let converted = Conversion::new(engine, input, to, query.as_deref())
        .and_then(|mut conversion| conversion.run(folder));
    if converted.is_err() && fresh {
        // Only where nothing was written.
        let _ = fs::remove_dir(folder);
    }
    let (code, done) = converted?;
    let Done { files, records } = done;
    let counted = |count: u64, word: &str| {
        format!("{} {word}{}", human::count(count), if count == 1 { "" } else { "s" })
    };
    let (records, files) = (counted(records, "record"), counted(files, "file"));
    let _ = writeln!(io::stderr(), "{records} in {files} under {}", folder.display());
    Ok(code)
}

/// The folder, which is there and empty afterwards; whether it was made for that.
fn make_empty(folder: &Path) -> Result<bool> {
    let failed = |source| Error::Io { path: folder.to_owned(), source };
    match fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(false),
        Ok(false) => {
            let help = "name a folder that is empty or not there yet";
            Err(Error::Usage(format!("{} is not empty\n  = help: {help}", folder.display())))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(folder).map_err(failed)?;
            Ok(true)
        }
        Err(error) => Err(failed(error)),
    }
}

/// What was written.
#[derive(Default)]
struct Done {
    files: u64,
    records: u64,
}

/// How records become lines of text, or columns of a format.
enum Form {
    /// The messages, below a header line where there is one.
    Lines(Option<String>),
    /// A table.
    Table(&'static Format),
}

struct Conversion {
    engine: Engine,
    shower: Shower,
    /// The commands in front of what picks and orders the records.
    query: String,
    /// The fields to write.
    fields: Vec<String>,
    form: Form,
    extension: &'static str,
    room: usize,
}

impl Conversion {
    fn new(mut engine: Engine, input: &Input, to: &str, query: Option<&str>) -> Result<Conversion> {
        let shower = Shower::new(input, &Output::default())?;
        (engine.plan.limit, engine.plan.limit_chosen) = (None, true);
        let query = match query {
            Some(text) => library::expand(text)?,
            None => String::new(),
        };
        let (form, extension) = match to {
            "text" => (Form::Lines(None), "log"),
            name => {
                let format = output::find(name);
                let format = format
                    .ok_or_else(|| Error::Usage(format!("this build does not write `{name}`")))?;
                (Form::Table(format), format.extensions.first().copied().unwrap_or("out"))
            }
        };
        let fields = fields_of(&engine, &query)?;
        let form = match form {
            Form::Lines(_) => Form::Lines(header(&engine, &query)),
            table => table,
        };
        let room = engine.run.memory_limit / 4;
        Ok(Conversion { engine, shower, query, fields, form, extension, room })
    }

    /// A query with commands behind those of the person.
    fn with(&self, commands: &str) -> String {
        match self.query.trim() {
            "" => commands.to_owned(),
            query => format!("{query}\n| {commands}"),
        }
    }

    fn run(&mut self, folder: &Path) -> Result<(u8, Done)> {
        let counted = self.with(&format!("stats count(*) as records by {STREAM} as stream"));
        let (code, answer) = self.shower.ask(&self.engine, &counted)?;
        let streams = streams(&answer.outcome.table);
        let all: u64 = streams.iter().map(|(_, records)| *records).sum();
        let most = (self.room / (VALUE * (self.fields.len() + 4))).max(100_000) as u64;
        let mut done = Done::default();
        let steps = Steps::start("written", streams.len() as u64);
        let mut names = Names::default();
        for part in parts(&streams, most) {
            let part = &streams[part];
            let wanted: Vec<String> =
                part.iter().filter_map(|(name, _)| name.as_deref().map(quoted_text)).collect();
            let chosen = match wanted.len() == part.len() && part.len() < streams.len() {
                true => format!("filter {STREAM} in [{}] | ", wanted.join(", ")),
                false => String::new(),
            };
            let order = format!("{chosen}sort {STREAM}, {TIME} | display {}", self.columns());
            let answer = self.engine.query(&self.with(&order))?;
            for rows in runs(&answer) {
                let name = names.file(&answer, rows.start, self.extension);
                done.records += rows.len() as u64;
                done.files += 1;
                self.write(&folder.join(name), &answer.outcome.table, rows)?;
                steps.step();
            }
        }
        steps.end();
        if done.records != all {
            return Err(Error::logs_changed(all, done.records));
        }
        Ok((code, done))
    }

    /// The columns that are asked for, the stream first.
    fn columns(&self) -> String {
        let names = match &self.form {
            Form::Lines(None) => vec!["@message".to_owned()],
            _ => self.fields.iter().map(|name| quoted_name(name)).collect(),
        };
        std::iter::once(STREAM.to_owned()).chain(names).collect::<Vec<_>>().join(", ")
    }

    /// Writes the records of one stream.
    fn write(&self, path: &Path, table: &Table, rows: Range<usize>) -> Result<()> {
        let picked: Vec<u32> = rows.map(|row| row as u32).collect();
        let columns = table.columns.iter().skip(1).map(|column| column.take(&picked));
        let columns: Vec<Arc<Column>> = columns.map(Arc::new).collect();
        match &self.form {
            Form::Lines(header) => {
                target::file(path, |out| lines(header.as_deref(), &columns, picked.len(), out))
            }
            Form::Table(format) => {
                let table = Table {
                    names: self.fields.iter().map(|name| column_name(name)).collect(),
                    columns,
                    len: picked.len(),
                    meanings: table.meanings.iter().skip(1).cloned().collect(),
                    ..Table::default()
                };
                target::file(path, |out| {
                    format.write(&table, &Statistics::default(), &Style::default(), out)
                })
            }
        }
    }
}

/// The fields that are written: those that the query chose, else all of the records.
fn fields_of(engine: &Engine, query: &str) -> Result<Vec<String>> {
    let group = engine.group();
    let mut all = group.field_names();
    if !group.has_flow_logs() || group.discovered().next().is_some() {
        all.splice(0..0, [TIME.to_owned(), "@message".to_owned()]);
    }
    if query.trim().is_empty() {
        return Ok(all);
    }
    let plan = engine.compile(query)?;
    if let Some(step) =
        plan.steps.iter().find(|step| matches!(step.stage.doc().name, "stats" | "pattern" | "diff"))
    {
        let help = "`flowql query … --output FILE` writes its result";
        let text = format!("behind `{}` there are no records to convert", step.stage.doc().name);
        return Err(Error::Usage(format!("{text}\n  = help: {help}")));
    }
    let shown: Vec<String> = plan.shown.iter().map(|shown| shown.name.clone()).collect();
    let chosen = shown != [TIME, "@message"];
    Ok(if chosen { shown } else { all })
}

/// The header line of texts: the fields of flow logs that are written. `None` where the messages
/// are written as they are, since they are no flow logs, or have no field of them.
fn header(engine: &Engine, query: &str) -> Option<String> {
    let group = engine.group();
    if !group.has_flow_logs() || group.events().next().is_some() {
        return None;
    }
    let names = fields_of(engine, query).ok()?;
    let known = names.iter().all(|name| fields::find(name).is_some());
    let format = LogFormat::from_columns(names.iter().map(String::as_str))?;
    known.then(|| format.header())
}

/// The name of a column: that of AWS's Parquet files for fields of flow logs.
fn column_name(name: &str) -> String {
    match fields::find(name) {
        Some(field) => FIELDS[field].wire.replace('-', "_"),
        None => name.to_owned(),
    }
}

/// The log streams and their numbers of records, in the order of their names.
fn streams(table: &Table) -> Vec<(Option<String>, u64)> {
    let cell = |column: usize, row: usize| table.columns.get(column).map(|it| it.value(row));
    let stream = |row: usize| {
        let records = match cell(1, row) {
            Some(Value::Integer(count)) => u64::try_from(count).unwrap_or(0),
            _ => 0,
        };
        (cell(0, row).and_then(|name| name.print().map(|text| text.to_string())), records)
    };
    let mut streams: Vec<_> = (0..table.len).map(stream).collect();
    streams.sort();
    streams
}

/// The streams in parts of at most so many records together, a larger one alone.
fn parts(streams: &[(Option<String>, u64)], most: u64) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut held = 0;
    for (at, (name, records)) in streams.iter().enumerate() {
        match parts.last_mut() {
            Some(part) if held + records <= most || name.is_none() => part.end = at + 1,
            _ => {
                parts.push(at..at + 1);
                held = 0;
            }
        }
        held += records;
    }
    parts
}

/// The rows of each stream; records without one are a run too.
fn runs(answer: &Answer) -> Vec<Range<usize>> {
    let table = &answer.outcome.table;
    let Some(streams) = table.columns.first() else { return Vec::new() };
    let mut runs: Vec<Range<usize>> = Vec::new();
    for row in 0..table.len {
        match runs.last_mut() {
            Some(run) if streams.value(run.start) == streams.value(row) => run.end = row + 1,
            _ => runs.push(row..row + 1),
        }
    }
    runs
}

/// The names of the files, each once.
#[derive(Default)]
struct Names(Vec<String>);

impl Names {
    /// The file of the stream of a row: what no file name may hold becomes an underscore.
    fn file(&mut self, answer: &Answer, row: usize, extension: &str) -> PathBuf {
        let stream = answer
            .outcome
            .table
            .columns
            .first()
            .and_then(|it| it.value(row).print().map(|text| text.to_string()));
        let name = stream.unwrap_or_else(|| "unknown".to_owned());
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '=');
        let mut stem: String =
            name.chars().map(|c| if fits(c) { c } else { '_' }).take(150).collect();
        if stem.starts_with('.') {
            stem.insert(0, '_');
        }
        let mut file = format!("{stem}.{extension}");
        let mut number = 1;
        while self.0.contains(&file) {
            number += 1;
            file = format!("{stem}-{number}.{extension}");
        }
        self.0.push(file.clone());
        file.into()
    }
}

/// Lines of values with blanks between, missing ones as `-`, below a header line; a message alone
/// as it is.
fn lines(
    header: Option<&str>,
    columns: &[Arc<Column>],
    records: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    if let Some(header) = header {
        writeln!(out, "{header}")?;
    }
    let mut line = Vec::new();
    for row in 0..records {
        line.clear();
        for (at, column) in columns.iter().enumerate() {
            if at > 0 {
                line.push(b' ');
            }
            match column.is_missing(row) && header.is_some() {
                true => line.push(b'-'),
                false => column.print_into(row, &mut line),
            }
        }
        line.push(b'\n');
        out.write_all(&line)?;
    }
    Ok(())
}
