//! `parse`: cuts new fields out of a text; one file, one form.

mod csv;
mod glob;
mod logfmt;
mod regex;

use std::any::Any;
use std::fmt;

use super::command::{Build, CommandDoc, RecordWise, Role, Run, Stage, comma_list};
use super::copies;
use super::in_order::{InOrder, Sequence};
use crate::data::text::TextBuilder;
use crate::data::{Batch, Column, Slot};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::eval::bind::bind;
use crate::eval::bound::Bound;
use crate::eval::evaluate::evaluate;
use crate::syntax::{self, Expr, ExprKind, Node, Rule};

/// What a person should know of `parse`.
pub const DOC: CommandDoc = CommandDoc {
    name: "parse",
    aliases: &[],
    rule: Rule::parse,
    syntax: "parse [FIELD] \"GLOB WITH *\" as NAME, … | parse [FIELD] /REGEX WITH (?<NAME>…)/ [multi] | parse [FIELD] logfmt as NAME | parse [FIELD] csv as NAME, …",
    summary: "Makes fields out of parts of a text, or a map of its `key=value` pairs; records that do not match stay, without them. With `multi` there is a copy of the record for each match.",
    examples: &[
        "parse @message \"* * * *\" as v, account, eni, rest | display v, eni | limit 2",
        "parse @message /(?<NetworkInterface>eni-.*?) / | display NetworkInterface | limit 2",
        "parse @message /(\\d+\\.\\d+\\.\\d+\\.\\d+)/ as address multi | stats count(*) as n by address | sort n desc | limit 3",
        "parse concat(\"from=\", srcAddr, \" to=\", dstAddr) logfmt as flow | display flow.from, flow.to | limit 2",
        "parse replace(@message, \" \", \",\") csv as v, account, eni | display account, eni | limit 2",
    ],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Parse.html",
};

/// How a text is cut.
trait Form: Send + Sync {
    /// Cuts the text of every record; a column for each of `parts`.
    fn cut(&self, source: &Column, parts: &[usize]) -> Cut;

    /// Whether a record may match more than once.
    fn copies(&self) -> bool {
        false
    }

    /// Whether what it makes are parts of the text.
    fn makes_texts(&self) -> bool {
        true
    }

    /// As a person would write it, with the names of the fields.
    fn print(&self, f: &mut fmt::Formatter<'_>, names: &[&str]) -> fmt::Result;
}

/// What was cut out of some records.
struct Cut {
    /// A column for each part.
    columns: Vec<Column>,
    /// Whether there was a match.
    matches: Vec<bool>,
    /// The record that each row is a copy of; `None` where every record has one row.
    rows: Option<Vec<u32>>,
}

/// A name that a form gives.
struct Name {
    text: String,
    span: Span,
    /// The part of the text that it names, as the form counts.
    part: usize,
}

impl Name {
    fn new(text: &str, span: Span, part: usize) -> Name {
        Name { text: text.to_owned(), span, part }
    }

    /// A name as it stands behind `as`.
    fn of(node: &Node<'_>, part: usize) -> Name {
        Name { text: syntax::name(node), span: node.span(), part }
    }
}

/// One `parse` ready to run.
pub struct Parse {
    source: Option<Expr>,
    bound: Bound,
    form: Box<dyn Form>,
    fields: Vec<NewField>,
}

/// A field that `parse` makes.
struct NewField {
    name: String,
    slot: Slot,
    /// The part of the text that it is.
    part: usize,
    /// The log field of the same name, which records that do not match keep.
    shadowed: Option<Slot>,
}

/// Reads the command.
///
/// # Errors
/// What the form refuses, a name that is taken, and what [`bind`] refuses.
pub fn read(node: &Node<'_>, build: &mut Build<'_>) -> Result<Box<dyn Stage>, Diagnostic> {
    let source = node.maybe(Rule::parse_source).map(syntax::expr).transpose()?;
    let message = Expr { kind: ExprKind::Field("@message".to_owned()), span: node.span() };
    let bound = bind(source.as_ref().unwrap_or(&message), &mut build.scope)?;
    let (form, names) = read_form(node)?;
    let part_of_line = copies::is_part_of_line(&bound, build);
    let mut fields = Vec::new();
    for Name { text: name, span, part } in names {
        let (slot, shadowed) = (build.scope.slot(), build.scope.visible_log_field(&name));
        build.scope.define(&name, slot, span)?;
        build.show(&name, slot);
        if part_of_line && form.makes_texts() {
            build.parts_of_line.push(slot);
        }
        fields.push(NewField { name, slot, part, shadowed });
    }
    let room = part_of_line && build.newest_first && !build.copied;
    // Where positions leave no room for copies, records are copied in their order.
    let ordered = form.copies() && !room;
    build.copied |= form.copies();
    let parse = Parse { source, bound, form, fields };
    Ok(if ordered { Sequence::stage(parse, build) } else { Box::new(parse) })
}

fn read_form(node: &Node<'_>) -> Result<(Box<dyn Form>, Vec<Name>), Diagnostic> {
    let form = node.children().iter().find_map(|form| match form.rule() {
        Rule::parse_glob => Some(glob::read(form)),
        Rule::parse_regex => Some(regex::read(form)),
        Rule::parse_logfmt => Some(logfmt::read(form)),
        Rule::parse_csv => Some(csv::read(form)),
        _ => None,
    });
    form.unwrap_or_else(|| {
        let message = "`parse … xml` is not documented by AWS, and not read here";
        let help = "cut the text with a pattern, as in `parse /<level>(?<level>[^<]*)/`";
        let place = node.maybe(Rule::parse_xml).unwrap_or(node).span();
        Err(Diagnostic::error(message, place).code(codes::NOT_YET).help(help))
    })
}

impl Parse {
    /// The fields that are read behind this command.
    fn live(&self, behind: &[Slot]) -> impl Iterator<Item = &NewField> {
        self.fields.iter().filter(|field| behind.contains(&field.slot))
    }

    /// The slots it reads, and those that are read behind it.
    fn needs(&self, behind: &[Slot]) -> Vec<Slot> {
        let mut slots = behind.to_vec();
        let live: Vec<_> = self.live(behind).collect();
        if !live.is_empty() || self.form.copies() {
            self.bound.slots(&mut slots);
        }
        slots.extend(live.iter().filter_map(|field| field.shadowed));
        slots
    }
}

impl fmt::Display for Parse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("parse ")?;
        if let Some(source) = &self.source {
            write!(f, "{source} ")?;
        }
        let names: Vec<&str> = self.fields.iter().map(|field| field.name.as_str()).collect();
        self.form.print(f, &names)
    }
}

impl Stage for Parse {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, behind: &[Slot]) -> Vec<Slot> {
        self.needs(behind)
    }

    fn role(&self) -> Role<'_> {
        Role::RecordWise(self)
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl InOrder for Parse {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, behind: &[Slot]) -> Vec<Slot> {
        self.needs(behind)
    }

    fn apply(&self, batch: Batch, behind: &[Slot], run: &Run<'_>) -> crate::error::Result<Batch> {
        Ok(RecordWise::apply(self, batch, behind, run))
    }

    fn looks_back(&self) -> bool {
        false
    }
}

impl RecordWise for Parse {
    fn apply(&self, mut batch: Batch, behind: &[Slot], run: &Run<'_>) -> Batch {
        let fields: Vec<_> = self.live(behind).collect();
        if fields.is_empty() && !self.form.copies() {
            return batch;
        }
        let source = evaluate(&self.bound, &batch, &run.context);
        let parts: Vec<usize> = fields.iter().map(|field| field.part).collect();
        let cut = self.form.cut(&source, &parts);
        if let Some(rows) = &cut.rows {
            batch = copies::copy(&batch, rows, &self.needs(behind));
        }
        for (parsed, field) in cut.columns.into_iter().zip(fields) {
            let column = match field.shadowed {
                Some(slot) => either(&cut.matches, &parsed, batch.column(slot)),
                None => parsed,
            };
            batch.set(field.slot, column);
        }
        batch
    }

    fn keeps_records(&self) -> bool {
        !self.form.copies()
    }
}

/// The values of one column where a record matched, those of the other elsewhere.
pub fn either(matches: &[bool], matched: &Column, other: &Column) -> Column {
    if matches.iter().all(|matched| *matched) {
        return matched.clone();
    }
    let value = |(row, is): (usize, &bool)| if *is { matched.value(row) } else { other.value(row) };
    Column::from_values(matches.iter().enumerate().map(value).collect())
}

/// Hands over the text of a record; `None` where it is missing.
pub fn with_text<T>(column: &Column, row: usize, then: impl FnOnce(&[u8]) -> T) -> Option<T> {
    match column {
        Column::Text(texts) => texts.get(row).map(|text| then(text.as_bytes())),
        _ => column.value(row).print().map(|text| then(text.as_bytes())),
    }
}

/// Collects the parts of texts, row by row.
struct Texts {
    builders: Vec<TextBuilder>,
    matches: Vec<bool>,
}

impl Texts {
    fn new(parts: usize, records: usize) -> Texts {
        let builders = (0..parts).map(|_| TextBuilder::with_capacity(records)).collect();
        Texts { builders, matches: Vec::with_capacity(records) }
    }

    /// Adds a match: all its parts.
    fn push<'t>(&mut self, parts: impl Iterator<Item = Option<&'t [u8]>>) {
        self.builders.iter_mut().zip(parts).for_each(|(builder, part)| builder.push(part));
        self.matches.push(true);
    }

    /// Adds a record without a match.
    fn push_none(&mut self) {
        self.builders.iter_mut().for_each(|builder| builder.push(None));
        self.matches.push(false);
    }

    fn finish(self, rows: Option<Vec<u32>>) -> Cut {
        let columns = self.builders.into_iter().map(|builder| Column::Text(builder.finish()));
        Cut { columns: columns.collect(), matches: self.matches, rows }
    }
}

/// Writes the names behind a form.
fn name_list(f: &mut fmt::Formatter<'_>, names: &[&str]) -> fmt::Result {
    f.write_str(" as ")?;
    comma_list(f, names.iter().map(|name| syntax::quoted_name(name)))
}
