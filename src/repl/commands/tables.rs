//! Dot-commands about what stands beside the logs: their files, and tables that values are looked up in.

use std::path::Path;
use std::sync::Arc;

use super::{Argument, Row};
use crate::data::{Column, Table};
use crate::engine::Answer;
use crate::error::{Error, Result};
use crate::face::{inspect, logs};
use crate::lookup::LookupTable;
use crate::output::human;
use crate::registry;
use crate::repl::session::{Flow, Session};

/// `.files`
pub(super) const FILES: Row = Row {
    name: "files",
    aliases: &[],
    arguments: "",
    argument: Argument::Nothing,
    summary: "Lists the files: what was understood of each, its records, its bad lines, its time span.",
    examples: &[".files"],
    run: |session, _| {
        session.set_limits();
        session.engine.plan.limit = None;
        let (_, answer) = inspect::files(&session.shower, &session.engine)?;
        session.show_aside(&answer)?;
        Ok(Flow::Next)
    },
};

/// `.lookup`
pub(super) const LOOKUP: Row = Row {
    name: "lookup",
    aliases: &["tables"],
    arguments: "[TABLE | NAME=FILE.csv | FOLDER]",
    argument: Argument::Table,
    summary: "Lists the tables of `lookup` and `cidrlookup`, shows one, or reads CSV files as such.",
    examples: &[".lookup", ".lookup services", ".lookup owners=owners.csv"],
    run: lookup,
};

/// The records of a table that are shown.
const SHOWN: usize = 20;

fn lookup(session: &mut Session, arguments: &str) -> Result<Flow> {
    let tables = &session.engine.plan.tables;
    if arguments.is_empty() {
        let found: Vec<Arc<LookupTable>> =
            tables.names().iter().filter_map(|name| tables.find(name)).collect();
        let width = found.iter().map(|table| table.name.len()).max().unwrap_or(0);
        let line = |table: &Arc<LookupTable>| {
            let rows = human::count(table.len() as u64);
            format!("{:<width$}  {rows:>6} rows  {}\n", table.name, table.columns.join(", "))
        };
        session.write(&found.iter().map(line).collect::<String>())?;
        return Ok(Flow::Next);
    }
    let names = tables.names();
    let mut begin_so = names.iter().filter(|name| name.starts_with(arguments));
    let only = match (begin_so.next(), begin_so.next()) {
        (Some(name), None) => name,
        _ => arguments,
    };
    if let Some(table) = tables.find(arguments).or_else(|| tables.find(only)) {
        return show(session, &table);
    }
    let names_file = arguments.contains(['=', '/', '.']) || Path::new(arguments).exists();
    if !names_file {
        let nearest = registry::nearest(arguments, tables.names());
        let help = match nearest {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "`.lookup NAME=FILE.csv` reads one".to_owned(),
        };
        return Err(Error::Usage(format!("there is no table `{arguments}`\n  = help: {help}")));
    }
    let before: Vec<String> = tables.names().into_iter().map(str::to_owned).collect();
    let mut input = session.input.clone();
    input.lookup.push(arguments.to_owned());
    let tables = logs::tables(&input)?;
    let new = |name: &&str| !before.iter().any(|known| known == name);
    let names: Vec<&str> = tables.names().into_iter().filter(new).collect();
    let text = match names.as_slice() {
        [] => format!("read again: {arguments}"),
        names => format!("read: {}", names.join(", ")),
    };
    session.engine.plan.tables = tables.clone();
    session.desk.borrow_mut().tables = tables;
    session.input = input;
    session.say(&text)?;
    Ok(Flow::Next)
}

/// Shows the first rows of a table.
fn show(session: &mut Session, table: &LookupTable) -> Result<Flow> {
    let len = table.len().min(SHOWN);
    let rows: Vec<u32> = (0..len as u32).collect();
    let column = |at: usize| -> Arc<Column> { Arc::new(table.values(at).take(&rows)) };
    let mut answer = Answer::default();
    answer.outcome.table = Table {
        names: table.columns.clone(),
        columns: (0..table.columns.len()).map(column).collect(),
        len,
        found: table.len() as u64,
        ..Table::default()
    };
    session.show_aside(&answer)?;
    if table.len() > len {
        let all = human::count(table.len() as u64);
        session.say(&format!("the first {len} of {all} rows"))?;
    }
    Ok(Flow::Next)
}
