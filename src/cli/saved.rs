//! `query`, `run` and `samples`: query texts from the command line, from files, from the binary.

use std::io::{self, Write};
use std::path::PathBuf;

use super::follow;
use crate::engine::compile_without_logs;
use crate::error::{Error, Result};
use crate::face::options::{Input, Output};
use crate::face::show::Shower;
use crate::face::{Status, library, logs};
use crate::plan::plan::PlanOptions;
use crate::query_file::QueryFile;
use crate::registry;
#[cfg(feature = "pictures")]
use crate::samples::PACKS;
use crate::samples::{SAMPLES, Sample};

/// `flowql query 'TEXT'`
pub(crate) fn query(
    text: Option<&str>,
    follow: bool,
    input: &mut Input,
    output: &Output,
) -> Status {
    // `-l LOGS 'QUERY'` reads as two paths: the last one is the query.
    let swallowed = if text.is_none() && input.logs.len() > 1 { input.logs.pop() } else { None };
    let Some(text) = text.or(swallowed.as_deref()) else {
        let help = "write `flowql query 'stats count(*)' -l LOGS`";
        return Err(Error::Usage(format!("there is no query\n  = help: {help}")));
    };
    let file = QueryFile::parse(text).map_err(Error::Usage)?;
    let text = library::bind(&file, input)?;
    let shower = Shower::new(input, output)?;
    if follow {
        return follow::run(&shower, &text, input);
    }
    let mut engine = match logs::open(input) {
        Ok(engine) => engine,
        // A fault of the query is told first: it is there whatever the logs are.
        Err(error) => {
            let options = PlanOptions { strict: input.strict, ..PlanOptions::default() };
            compile_without_logs(&text, &options)?;
            return Err(error);
        }
    };
    shower.run(&mut engine, &text)
}

/// `flowql run FILE|NAME|FOLDER…`
pub(crate) fn run(names: &[PathBuf], input: &Input, output: &Output) -> Status {
    let paths = library::find_all(names)?;
    let read = |path: PathBuf| Ok((path.display().to_string(), library::read(&path)?));
    let queries = paths.into_iter().map(read).collect::<Result<Vec<_>>>()?;
    run_all(queries, input, output, true, false)
}

/// `flowql samples`, `flowql samples NAME`, `flowql samples run NAME…`
pub(crate) fn samples(words: &[String], input: &Input, output: &Output) -> Status {
    match words.split_first() {
        None => list(),
        Some((word, names)) if word == "run" => {
            if names.is_empty() {
                let help = "name a sample; `flowql samples` lists them";
                return Err(Error::Usage(format!("`samples run` needs a name\n  = help: {help}")));
            }
            let queries =
                names.iter().map(|name| parse_sample(name)).collect::<Result<Vec<_>>>()?;
            run_all(queries, input, output, true, true)
        }
        Some(_) => words.iter().try_fold(0, |code, name| {
            write_out(find(name)?.text.trim_end())?;
            Ok(code)
        }),
    }
}

fn list() -> Status {
    let width = SAMPLES.iter().map(|sample| sample.name.len()).max().unwrap_or(0);
    for sample in SAMPLES {
        let file = QueryFile::parse(sample.text).map_err(Error::Usage)?;
        let title = file.title.unwrap_or_default();
        write_out(&format!("{:<width$}  {title}", sample.name))?;
    }
    Ok(0)
}

fn write_out(line: &str) -> Result<()> {
    writeln!(io::stdout(), "{line}")
        .map_err(|source| Error::Io { path: "standard output".into(), source })
}

fn find(name: &str) -> Result<&'static Sample> {
    registry::find(SAMPLES, name).ok_or_else(|| {
        let nearest = registry::nearest(name, SAMPLES.iter().map(|sample| sample.name));
        let help = match nearest {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "`flowql samples` lists them".to_owned(),
        };
        Error::NotFound { what: "sample query", name: name.to_owned(), help: Some(help) }
    })
}

/// The queries of a pack, and those of files; the first pack where neither is named.
#[cfg(feature = "pictures")]
pub(super) fn queries(files: &[PathBuf], pack: Option<&str>) -> Result<Vec<(String, QueryFile)>> {
    let pack = match pack {
        Some(name) => Some(registry::find(PACKS, name).ok_or_else(|| {
            let names = || PACKS.iter().map(|pack| pack.name);
            let help = match registry::nearest(name, names()) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("there is {}", names().collect::<Vec<_>>().join(", ")),
            };
            Error::NotFound { what: "pack", name: name.to_owned(), help: Some(help) }
        })?),
        None if files.is_empty() => PACKS.first(),
        None => None,
    };
    let samples = pack.map_or(&[][..], |pack| pack.samples);
    let of_pack = samples.iter().map(|sample| parse_sample(sample.name));
    let paths = library::find_all(files)?;
    let read = |path: PathBuf| Ok((path.display().to_string(), library::read(&path)?));
    of_pack.chain(paths.into_iter().map(read)).collect()
}

fn parse_sample(name: &str) -> Result<(String, QueryFile)> {
    let sample = find(name)?;
    Ok((sample.name.to_owned(), QueryFile::parse(sample.text).map_err(Error::Usage)?))
}

/// Runs queries one after another; the first that fails ends them.
fn run_all(
    queries: Vec<(String, QueryFile)>,
    input: &Input,
    output: &Output,
    titles: bool,
    sample_logs: bool,
) -> Status {
    let shower = Shower::new(input, output)?;
    if queries.len() > 1 && shower.writes_file() {
        let help = "run one query, or send standard output to the file";
        return Err(Error::Usage(format!(
            "`--output` holds the result of one query, and here are {}\n  = help: {help}",
            queries.len()
        )));
    }
    let mut code = 0;
    for (i, (name, file)) in queries.iter().enumerate() {
        let text = library::bind(file, input)?;
        if titles {
            shower.title(i > 0, file.title.as_deref().unwrap_or(name))?;
        }
        let mut engine = match sample_logs {
            true => logs::open_or_sample(input)?,
            false => library::open(file, input)?,
        };
        code = code.max(shower.run(&mut engine, &text)?);
    }
    Ok(code)
}
