//! `streams`, `fields` and `explain`: what the logs hold and what a query would do.

use std::io::{self, Write};
use std::path::Path;

use crate::engine::{Engine, compile_without_logs};
use crate::error::Error;
use crate::face::options::{Input, Output};
use crate::face::show::Shower;
use crate::face::{Status, inspect, library, logs};
use crate::plan::plan::{Plan, PlanOptions};
use crate::query_file::QueryFile;

/// `flowql streams`
pub(crate) fn streams(files: bool, input: &Input, output: &Output) -> Status {
    let shower = Shower::new(input, output)?;
    let mut engine = logs::open(input)?;
    if files {
        engine.plan.limit = None;
        let (code, answer) = inspect::files(&shower, &engine)?;
        shower.show(&answer)?;
        return Ok(code);
    }
    let query = inspect::streams(&engine);
    shower.run(&mut engine, query)
}

/// `flowql fields`
pub(crate) fn fields(input: &Input, output: &Output) -> Status {
    let shower = Shower::new(input, output)?;
    let (code, answer) = inspect::fields(&shower, &logs::open(input)?)?;
    shower.show(&answer)?;
    Ok(code)
}

/// `flowql explain`
pub(crate) fn explain(query: &str, analyze: bool, input: &Input) -> Status {
    let text = match Path::new(query).extension() {
        Some(extension) if extension == "query" => std::fs::read_to_string(query)
            .map_err(|source| Error::Io { path: query.into(), source })?,
        _ => query.to_owned(),
    };
    let text = QueryFile::parse(&text).and_then(|file| file.bind(&[])).map_err(Error::Usage)?;
    let text = library::expand(&text)?;
    if analyze {
        return explain_run(&text, input);
    }
    let options = PlanOptions { strict: input.strict, ..PlanOptions::default() };
    let (plan, files) = match !logs::names_logs(input) {
        true => (compile_without_logs(&text, &options)?, String::new()),
        false => {
            let engine = logs::open(input)?;
            let plan = engine.compile(&text)?;
            let files = files_read(&engine, &plan);
            (plan, files)
        }
    };
    for warning in &plan.warnings {
        let _ = write!(io::stderr(), "{}", warning.render(&text));
    }
    write!(io::stdout(), "{plan}{files}")
        .map_err(|source| Error::Io { path: "standard output".into(), source })?;
    Ok(0)
}

/// Runs a query, and shows what it took in place of its answer.
fn explain_run(text: &str, input: &Input) -> Status {
    let mut engine = logs::open(input)?;
    let plan = engine.compile(text)?;
    let files = files_read(&engine, &plan);
    let shower = Shower::new(input, &Output::default())?;
    let (code, answer) = shower.answer(&mut engine, text)?;
    let shown = inspect::analyzed(&plan, &answer.outcome);
    write!(io::stdout(), "{shown}{files}")
        .map_err(|source| Error::Io { path: "standard output".into(), source })?;
    Ok(code)
}

/// How many of the files a plan reads, where it is not all of them.
fn files_read(engine: &Engine, plan: &Plan) -> String {
    let read = engine.group().read_within(engine.run.periods().and(plan.times));
    let all = read.len();
    match read.into_iter().filter(|read| *read).count() {
        count if count == all => String::new(),
        count => format!("files      {count} of {all}; the names of the others tell other times\n"),
    }
}
