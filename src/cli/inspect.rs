//! `streams`, `fields` and `explain`: what the logs hold and what a query would do.

use std::io::{self, Write};
use std::path::Path;

use crate::engine::compile_without_logs;
use crate::error::Error;
use crate::face::options::{Input, Output};
use crate::face::show::Shower;
use crate::face::{Status, inspect, logs};
use crate::plan::plan::PlanOptions;
use crate::query_file::QueryFile;

/// `flowql streams`
pub(crate) fn streams(input: &Input, output: &Output) -> Status {
    let shower = Shower::new(input, output)?;
    shower.run(&mut logs::open(input)?, inspect::STREAMS)
}

/// `flowql fields`
pub(crate) fn fields(input: &Input, output: &Output) -> Status {
    let shower = Shower::new(input, output)?;
    let (code, answer) = inspect::fields(&shower, &logs::open(input)?)?;
    shower.show(&answer)?;
    Ok(code)
}

/// `flowql explain`
pub(crate) fn explain(query: &str, input: &Input) -> Status {
    let text = match Path::new(query).extension() {
        Some(extension) if extension == "query" => std::fs::read_to_string(query)
            .map_err(|source| Error::Io { path: query.into(), source })?,
        _ => query.to_owned(),
    };
    let text = QueryFile::parse(&text).and_then(|file| file.bind(&[])).map_err(Error::Usage)?;
    let options = PlanOptions { strict: input.strict, ..PlanOptions::default() };
    let plan = match input.logs.is_empty() {
        true => compile_without_logs(&text, &options)?,
        false => logs::open(input)?.compile(&text)?,
    };
    for warning in &plan.warnings {
        let _ = write!(io::stderr(), "{}", warning.render(&text));
    }
    write!(io::stdout(), "{plan}")
        .map_err(|source| Error::Io { path: "standard output".into(), source })?;
    Ok(0)
}
