//! `lookup` and what it shares with `cidrlookup`: values out of a table, by the values of fields.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use super::columns::Input;
use super::command::{Build, CommandDoc, RecordWise, Role, Run, Stage, comma_list};
use crate::data::{Batch, Column, Slot, Value};
use crate::diagnostic::{Diagnostic, codes};
use crate::eval::evaluate::evaluate;
use crate::lookup::{LookupTable, Ranges};
use crate::registry;
use crate::syntax::{self, Node, Rule};

/// What a person should know of `lookup`.
pub const DOC: CommandDoc = CommandDoc {
    name: "lookup",
    aliases: &[],
    rule: Rule::lookup,
    syntax: "lookup TABLE COLUMN [as FIELD], … OUTPUT | OUTPUTNEW COLUMN [as NAME], …",
    summary: "Takes values out of the first record of a table whose columns are equal to these fields. `OUTPUT` puts them in place of what there was, `OUTPUTNEW` only where there was nothing. Tables are given with `--lookup NAME=FILE.csv`; `protocols` (`number`, `name`) and `services` (`port`, `protocol`, `name`) are built in.",
    examples: &[
        "fields dstPort, protocol | lookup services port as dstPort, protocol OUTPUT name as service | stats count(*) as n by service | sort n desc | limit 4",
        "stats count(*) as n by protocol | lookup protocols number as protocol OUTPUT name | sort n desc | limit 3",
    ],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Lookup.html",
};

/// One `lookup` or `cidrlookup` ready to run.
pub struct LookupStage {
    doc: &'static CommandDoc,
    /// As written, up to the columns that are taken.
    written: String,
    table: Arc<LookupTable>,
    keys: Keys,
    /// Whether values that are there stay.
    only_new: bool,
    outputs: Vec<Output>,
}

/// By what records are looked up.
pub enum Keys {
    /// Columns of the table that are equal to fields.
    Equal(Vec<(usize, Input)>),
    /// A field with an address, and the ranges of the table.
    Within(Box<(Input, Ranges)>),
}

/// A column that is taken out of the table.
struct Output {
    column: usize,
    /// As written.
    written: String,
    /// What had that name before.
    old: Option<Slot>,
    slot: Slot,
}

/// Reads the command.
///
/// # Errors
/// A table or a column that is not there, and what binding refuses.
pub fn read(node: &Node<'_>, build: &mut Build<'_>) -> Result<Box<dyn Stage>, Diagnostic> {
    let mut columns: Vec<&Node<'_>> = node.all(Rule::match_field).map(field_of).collect();
    columns.extend(node.one(Rule::output).all(Rule::output_field).map(field_of));
    let table = find_table(node, &columns, build)?;
    let mut keys = Vec::new();
    let mut written = Vec::new();
    for matched in node.all(Rule::match_field) {
        let column = field_of(matched);
        let number = find_column(&table, column)?;
        let input = match matched.maybe(Rule::column) {
            Some(field) => Input::read(field, build)?,
            None => Input::read(column, build)?,
        };
        let name = syntax::quoted_name(&syntax::name(column));
        written.push(match matched.maybe(Rule::column) {
            Some(_) => format!("{name} as {input}"),
            None => name.to_string(),
        });
        keys.push((number, input));
    }
    let written = format!("lookup {} {}", table.name, written.join(", "));
    stage(node, &DOC, written, table, Keys::Equal(keys), build)
}

/// The name of a column among the parts of a node.
fn field_of<'n, 'q>(node: &'n Node<'q>) -> &'n Node<'q> {
    node.one(Rule::field)
}

/// The table of a command. Where no tables are at hand, one that has these columns.
///
/// # Errors
/// A table that is not there.
pub fn find_table(
    node: &Node<'_>,
    columns: &[&Node<'_>],
    build: &Build<'_>,
) -> Result<Arc<LookupTable>, Diagnostic> {
    let written = node.one(Rule::table_name);
    let name = written.text().trim();
    if let Some(table) = build.tables.find(name) {
        return Ok(table);
    }
    if build.without_logs {
        let names = columns.iter().map(|column| syntax::name(column)).collect();
        return Ok(Arc::new(LookupTable::assumed(name, names)));
    }
    let fault = Diagnostic::error(format!("no table is called `{name}`"), written.span());
    let nearest = registry::nearest(name, build.tables.names());
    Err(match nearest {
        Some(_) => fault.suggest(nearest),
        None => fault.help(format!("name its file with `--lookup {name}=FILE.csv`")),
    })
}

/// The number of a column.
///
/// # Errors
/// A column that the table does not have.
pub fn find_column(table: &LookupTable, node: &Node<'_>) -> Result<usize, Diagnostic> {
    let name = syntax::name(node);
    table.column(&name).ok_or_else(|| {
        let message = format!("the table `{}` has no column `{name}`", table.name);
        let fault = Diagnostic::error(message, node.span());
        let nearest = registry::nearest(&name, table.columns.iter().map(String::as_str));
        match nearest {
            Some(_) => fault.suggest(nearest),
            None => fault.help(format!("its columns are {}", table.columns.join(", "))),
        }
    })
}

/// The command in a plan, with the columns behind `OUTPUT`.
///
/// # Errors
/// A column that the table does not have, a name that is given twice.
pub fn stage(
    node: &Node<'_>,
    doc: &'static CommandDoc,
    written: String,
    table: Arc<LookupTable>,
    keys: Keys,
    build: &mut Build<'_>,
) -> Result<Box<dyn Stage>, Diagnostic> {
    let output = node.one(Rule::output);
    let only_new = output.one(Rule::output_word).text().trim().eq_ignore_ascii_case("outputnew");
    let mut outputs: Vec<Output> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for field in output.all(Rule::output_field) {
        let column = field_of(field);
        let number = find_column(&table, column)?;
        let alias = field.maybe(Rule::alias).map(|alias| alias.one(Rule::name));
        let place = alias.unwrap_or(column);
        let name = syntax::name(place);
        if names.contains(&name) {
            let message = format!("`{name}` is taken out twice");
            return Err(Diagnostic::error(message, place.span()).code(codes::DEFINED_TWICE));
        }
        let old = match build.scope.is_defined(&name) {
            true => Some(build.scope.resolve(&name, place.span())?.slot),
            false => build.scope.visible_log_field(&name),
        };
        let slot = build.scope.slot();
        build.scope.redefine(&name, old, slot, place.span());
        build.show(&name, slot);
        let column = syntax::quoted_name(&syntax::name(column)).to_string();
        let written = match alias {
            Some(_) => format!("{column} as {}", syntax::quoted_name(&name)),
            None => column,
        };
        names.push(name);
        outputs.push(Output { column: number, written, old, slot });
    }
    Ok(Box::new(LookupStage { doc, written, table, keys, only_new, outputs }))
}

impl fmt::Display for LookupStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.only_new { "OUTPUTNEW" } else { "OUTPUT" };
        write!(f, "{} {word} ", self.written)?;
        comma_list(f, self.outputs.iter().map(|output| &output.written))
    }
}

impl LookupStage {
    /// For each record, the record of the table.
    fn find(&self, batch: &Batch, run: &Run<'_>) -> Vec<Option<u32>> {
        match &self.keys {
            Keys::Equal(keys) => {
                let columns: Vec<usize> = keys.iter().map(|(column, _)| *column).collect();
                let index = self.table.index(&columns);
                let values: Vec<Arc<Column>> = keys
                    .iter()
                    .map(|(_, input)| evaluate(&input.bound, batch, &run.context))
                    .collect();
                let values: Vec<&Column> = values.iter().map(Arc::as_ref).collect();
                let found = index.matches(&values, batch.len());
                found.into_iter().map(|rows| rows.first().copied()).collect()
            }
            Keys::Within(within) => {
                let (input, ranges) = within.as_ref();
                let column = evaluate(&input.bound, batch, &run.context);
                let mut last: (Value, Option<u32>) = (Value::Missing, None);
                let mut find = |row| {
                    let value = column.value(row);
                    if value != last.0 {
                        let address = value.print().and_then(|text| text.parse().ok());
                        last = (value, address.and_then(|address| ranges.find(address)));
                    }
                    last.1
                };
                (0..batch.len()).map(&mut find).collect()
            }
        }
    }
}

impl Stage for LookupStage {
    fn doc(&self) -> &'static CommandDoc {
        self.doc
    }

    fn reads(&self, behind: &[Slot]) -> Vec<Slot> {
        let mut slots = Vec::new();
        let mut live = self.outputs.iter().filter(|out| behind.contains(&out.slot)).peekable();
        if live.peek().is_some() {
            match &self.keys {
                Keys::Equal(keys) => {
                    keys.iter().for_each(|(_, input)| input.bound.slots(&mut slots));
                }
                Keys::Within(within) => within.0.bound.slots(&mut slots),
            }
        }
        if self.only_new {
            slots.extend(live.filter_map(|output| output.old));
        }
        slots
    }

    fn role(&self) -> Role<'_> {
        Role::RecordWise(self)
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl RecordWise for LookupStage {
    fn apply(&self, mut batch: Batch, behind: &[Slot], run: &Run<'_>) -> Batch {
        let live: Vec<_> =
            self.outputs.iter().filter(|output| behind.contains(&output.slot)).collect();
        if live.is_empty() {
            return batch;
        }
        let found = self.find(&batch, run);
        for output in live {
            let values = self.table.values(output.column);
            let old = output.old.filter(|_| self.only_new).map(|slot| batch.column(slot));
            let value = |(row, found): (usize, &Option<u32>)| match old {
                Some(old) if !old.is_missing(row) => old.value(row),
                _ => found.map_or(Value::Missing, |record| values.value(record as usize)),
            };
            let column = Column::from_values(found.iter().enumerate().map(value).collect());
            batch.set(output.slot, column);
        }
        batch
    }

    fn keeps_records(&self) -> bool {
        true
    }
}
