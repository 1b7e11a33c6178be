//! `cidrlookup`: values out of a table of address ranges, by the longest range that holds a field.

use super::columns::Input;
use super::command::{Build, CommandDoc, Stage};
use super::lookup::{Keys, find_column, find_table, stage};
use crate::diagnostic::Diagnostic;
use crate::lookup::{LookupTable, Ranges};
use crate::syntax::{self, Node, Rule};

/// What a person should know of `cidrlookup`.
pub const DOC: CommandDoc = CommandDoc {
    name: "cidrlookup",
    aliases: &[],
    rule: Rule::cidrlookup,
    syntax: "cidrlookup TABLE FIELD [as COLUMN] OUTPUT | OUTPUTNEW COLUMN [as NAME], …",
    summary: "Takes values out of the record of a table whose address range holds the address of a field; the longest range counts, in both families. Without `as` the ranges are in the first column that holds nothing else. `reserved_ranges` (`range`, `name`, `reachable`, `source`) is built in.",
    examples: &[
        "cidrlookup reserved_ranges srcAddr OUTPUT name as kind | stats count(*) as n by kind | sort n desc | limit 4",
    ],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Cidrlookup.html",
};

/// Reads the command.
///
/// # Errors
/// A table or a column that is not there, a column that holds something else than ranges, and
/// what binding refuses.
pub fn read(node: &Node<'_>, build: &mut Build<'_>) -> Result<Box<dyn Stage>, Diagnostic> {
    let named = node.maybe(Rule::field);
    let mut columns: Vec<&Node<'_>> = named.into_iter().collect();
    let outputs = node.one(Rule::output).all(Rule::output_field);
    columns.extend(outputs.map(|output| output.one(Rule::field)));
    let table = find_table(node, &columns, build)?;
    let input = Input::read(node.one(Rule::column), build)?;
    let ranges = match named {
        Some(column) => {
            let number = find_column(&table, column)?;
            table.ranges(number).map_err(|(line, text)| {
                let message = format!(
                    "the column `{}` of the table `{}` has `{text}` in line {line}, which is no \
                     address range",
                    syntax::name(column),
                    table.name
                );
                Diagnostic::error(message, column.span())
                    .help("a range is written `10.0.0.0/8` or `2001:db8::/32`")
            })?
        }
        None => first_ranges(&table, build.without_logs).ok_or_else(|| {
            let message = format!("no column of the table `{}` holds address ranges", table.name);
            Diagnostic::error(message, node.one(Rule::table_name).span())
                .help("write `as COLUMN` behind the field to learn which line of it is no range")
        })?,
    };
    let column = named.map(|column| syntax::name(column));
    let column = column.map(|column| format!(" as {}", syntax::quoted_name(&column)));
    let written = format!("cidrlookup {} {input}{}", table.name, column.unwrap_or_default());
    stage(node, &DOC, written, table, Keys::Within(Box::new((input, ranges))), build)
}

/// The ranges of the first column that holds nothing else; none where no tables are at hand.
fn first_ranges(table: &LookupTable, assumed: bool) -> Option<Ranges> {
    if assumed && table.is_empty() {
        return Some(Ranges::default());
    }
    let filled = |column: &usize| (0..table.len()).any(|row| table.cell(*column, row).is_some());
    (0..table.columns.len()).filter(filled).find_map(|column| table.ranges(column).ok())
}
