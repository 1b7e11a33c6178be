//! `report`: queries with their charts, tables and statistics as one page.

use std::io::{self, Write};

use super::args::Report;
use super::saved;
use crate::charts;
use crate::engine::{Answer, Engine};
use crate::error::{Error, Result};
use crate::face::inspect;
use crate::face::options::Input;
use crate::face::progress::Watch;
use crate::face::{Status, library, logs, notes, target, zone};
use crate::output::format::Style;
use crate::output::human;
use crate::output::report::{Page, Part, render};
use crate::plan::plan::DEFAULT_LIMIT;
use crate::query_file::QueryFile;

/// Bars of one chart: a page is scrolled through.
const MOST_GROUPS: usize = 20;

/// `flowql report`
pub(crate) fn run(args: &Report) -> Status {
    let queries = saved::queries(&args.files, args.pack.as_deref())?;
    let mut engine = logs::open_or_sample(&args.input)?;
    spare_input(&engine, args)?;
    engine.plan.limit = Some(DEFAULT_LIMIT);
    let streams = ask(&engine, inspect::streams(&engine))?;
    let mut page = Page {
        title: args.title.clone().unwrap_or_else(|| "VPC flow logs".to_owned()),
        facts: facts(&engine, &streams, &args.input),
        notes: Vec::new(),
        streams: None,
        parts: Vec::new(),
    };
    let unreadable = notes::unreadable(&streams);
    let noticed = notes::report(&streams.outcome.report, unreadable);
    page.notes.extend(Some(noticed.trim_end().to_owned()).filter(|text| !text.is_empty()));
    page.streams = Some(zone::local(&streams.outcome.table, logs::zone(&args.input)?));
    let mut code = u8::from(unreadable);
    for (name, file) in &queries {
        let own = file.logs.as_ref().filter(|_| args.input.logs.is_empty());
        let part = match own {
            Some(own) => {
                let input = Input { logs: vec![own.clone()], ..args.input.clone() };
                part(&logs::open(&input)?, name, file, &input)?
            }
            None => part(&engine, name, file, &args.input)?,
        };
        // What failed stands in the page, and on the terminal too.
        if part.table.is_none() {
            let _ = writeln!(io::stderr(), "{}: {}", part.title, part.notes.concat());
            code = 2;
        }
        page.parts.push(part);
    }
    target::file(&args.output, |out| out.write_all(render(&page).as_bytes()))?;
    let queries = match page.parts.len() {
        1 => "1 query".to_owned(),
        count => format!("{count} queries"),
    };
    let _ = writeln!(io::stderr(), "{queries} in {}", args.output.display());
    Ok(code)
}

/// Refuses to write the page over one of the logs.
fn spare_input(engine: &Engine, args: &Report) -> Result<()> {
    let Ok(target) = args.output.canonicalize() else { return Ok(()) };
    let same = |path: &std::path::Path| path.canonicalize().is_ok_and(|path| path == target);
    match engine.group().files.iter().any(|file| same(&file.path)) {
        true => Err(Error::Usage(format!(
            "`{}` is one of the logs and would be lost\n  = help: name another file",
            target.display()
        ))),
        false => Ok(()),
    }
}

/// Runs a query with a progress line.
fn ask(engine: &Engine, text: &str) -> Result<Answer> {
    let watch = Watch::start(&engine.run.progress);
    let answer = engine.query(text);
    watch.stop();
    answer
}

/// What the report is of.
fn facts(engine: &Engine, streams: &Answer, input: &Input) -> Vec<(String, String)> {
    let statistics = &streams.outcome.statistics;
    let mut facts = Vec::new();
    let mut fact = |name: &str, text: String| facts.push((name.to_owned(), text));
    let logs = match input.logs.is_empty() {
        true => "built-in sample logs".to_owned(),
        false => input.logs.join("\n"),
    };
    fact("logs", logs);
    let files = human::count(statistics.files);
    fact("files", format!("{files}, {} of text", human::bytes(statistics.bytes_scanned)));
    if let Ok(Some((first, last))) = engine.covered() {
        fact("covered", format!("{first} to {last} UTC"));
    }
    let asked = [("from", &input.start), ("to", &input.end), ("the last", &input.since)];
    let asked: Vec<String> = asked
        .into_iter()
        .filter_map(|(word, text)| Some(format!("{word} {}", text.as_ref()?)))
        .collect();
    if !asked.is_empty() {
        fact("time range", asked.join(" "));
    }
    let count = human::count(streams.outcome.table.len as u64);
    fact(
        "times in the tables and charts",
        logs::zone(input).map_or_else(|_| String::new(), |zone| zone.to_string()),
    );
    fact("records", format!("{} in {count} log streams", human::count(statistics.records_matched)));
    fact("lines that are no record", human::count(statistics.bad_lines));
    fact("written by", format!("flowql {}", env!("CARGO_PKG_VERSION")));
    facts
}

/// One query of the page. What is wrong with it stands in its part, so that the others are shown.
fn part(engine: &Engine, name: &str, file: &QueryFile, input: &Input) -> Result<Part> {
    let text = library::bind(file, input)?;
    let comment = |line: &&str| line.starts_with('#') || line.trim().is_empty();
    let mut part = Part {
        title: file.title.clone().unwrap_or_else(|| name.to_owned()),
        description: file.description.clone(),
        query: text.lines().skip_while(comment).collect::<Vec<_>>().join("\n"),
        ..Part::default()
    };
    let answer = match ask(engine, &text) {
        Ok(answer) => answer,
        Err(error @ (Error::Query { .. } | Error::Limit(_))) => {
            part.notes.push(error.to_string().trim_end().to_owned());
            return Ok(part);
        }
        Err(error) => return Err(error),
    };
    for warning in &answer.warnings {
        part.notes.push(warning.render(&text).trim_end().to_owned());
    }
    let (outcome, zone) = (answer.outcome, logs::zone(input)?);
    if let Some(emptied) = &answer.emptied {
        let scanned = outcome.statistics.records_scanned;
        part.notes.push(notes::why_empty(emptied, engine, scanned, zone).trim_end().to_owned());
    }
    if outcome.table.len > 0 {
        let look = charts::Look { groups: MOST_GROUPS, zone, ..Style::default().look() };
        let chart = charts::element(&outcome.table, &charts::KINDS[0], &look);
        part.chart = Some(chart.map_err(|reason| reason.reason));
    }
    part.statistics = notes::footer(
        outcome.table.len as u64,
        &outcome.statistics,
        outcome.cut.then_some("--limit 0"),
    );
    part.table = Some(zone::local(&outcome.table, zone));
    Ok(part)
}
