//! `parse`: cuts new fields out of a text, by a glob or by a regular expression.

use std::any::Any;
use std::fmt;

use regex::bytes::Regex;

use super::command::{Build, CommandDoc, RecordWise, Role, Run, Stage, comma_list};
use crate::data::text::TextBuilder;
use crate::data::{Batch, Column, Slot};
use crate::diagnostic::{Diagnostic, Span};
use crate::eval::bind::{bind, compile_regex};
use crate::eval::bound::Bound;
use crate::eval::evaluate::evaluate;
use crate::syntax::{self, Expr, ExprKind, Node, Rule};

/// What a person should know of `parse`.
pub const DOC: CommandDoc = CommandDoc {
    name: "parse",
    aliases: &[],
    rule: Rule::parse,
    syntax: "parse [FIELD] \"GLOB WITH *\" as NAME, … | parse [FIELD] /REGEX WITH (?<NAME>…)/",
    summary: "Makes fields out of parts of a text; records that do not match stay, without them.",
    examples: &[
        "parse @message \"* * * *\" as v, account, eni, rest | display v, eni | limit 2",
        "parse @message /(?<NetworkInterface>eni-.*?) / | display NetworkInterface | limit 2",
    ],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Parse.html",
};

/// One `parse` ready to run.
pub struct Parse {
    source: Option<Expr>,
    bound: Bound,
    pattern: Pattern,
    fields: Vec<NewField>,
}

/// A field that `parse` makes.
struct NewField {
    name: String,
    slot: Slot,
    /// The capture group that it is.
    group: usize,
    /// The log field of the same name, which records that do not match keep.
    shadowed: Option<Slot>,
}

/// The pattern as written, and as a regular expression whose groups are the fields.
enum Pattern {
    Glob(String, Regex),
    Regex(String, Regex),
}

impl Pattern {
    fn regex(&self) -> &Regex {
        match self {
            Pattern::Glob(_, regex) | Pattern::Regex(_, regex) => regex,
        }
    }
}

/// Reads the command.
///
/// # Errors
/// A number of names that is not the number of `*`, a pattern without named groups, a name that
/// is taken, and what [`bind`] refuses.
pub fn read(node: &Node<'_>, build: &mut Build<'_>) -> Result<Box<dyn Stage>, Diagnostic> {
    let source = node.maybe(Rule::parse_source).map(syntax::expr).transpose()?;
    let message = Expr { kind: ExprKind::Field("@message".to_owned()), span: node.span() };
    let bound = bind(source.as_ref().unwrap_or(&message), &mut build.scope)?;
    let (pattern, names) = if let Some(glob) = node.maybe(Rule::parse_glob) {
        read_glob(glob)?
    } else if let Some(regex) = node.maybe(Rule::parse_regex) {
        read_regex(regex)?
    } else {
        let message = "this form of `parse` is not supported yet";
        let help = "write a glob, as in `parse \"user=*\" as user`, or a pattern with named groups";
        return Err(Diagnostic::error(message, node.span()).help(help));
    };
    let mut fields = Vec::new();
    for (name, span, group) in names {
        let (slot, shadowed) = (build.scope.slot(), build.scope.visible_log_field(&name));
        build.scope.define(&name, slot, span)?;
        build.show(&name, slot);
        fields.push(NewField { name, slot, group, shadowed });
    }
    Ok(Box::new(Parse { source, bound, pattern, fields }))
}

type Names = Vec<(String, Span, usize)>;

fn read_glob(node: &Node<'_>) -> Result<(Pattern, Names), Diagnostic> {
    let text = node.one(Rule::text);
    let glob = syntax::text(text);
    let names: Vec<&Node<'_>> = node.one(Rule::names).all(Rule::name).collect();
    let stars = glob.matches('*').count();
    if stars != names.len() {
        let message = format!("this glob has {stars} `*`, but {} are named", names.len());
        let help = "give one name for each `*`";
        return Err(Diagnostic::error(message, text.span())
            .note(node.one(Rule::names).span(), "named here")
            .help(help));
    }
    let regex = compile_regex(&glob_to_regex(&glob), text.span())?;
    let names = names.into_iter().enumerate();
    let names = names.map(|(i, name)| (syntax::name(name), name.span(), i + 1)).collect();
    Ok((Pattern::Glob(glob, regex), names))
}

/// A glob as a regular expression: each `*` is as short as it can be, the last one at the end of
/// the glob takes everything that is left, line ends included.
fn glob_to_regex(glob: &str) -> String {
    let parts: Vec<String> = glob.split('*').map(regex::escape).collect();
    let last = parts.len() - 1;
    let mut regex = String::from("(?s)");
    for (i, part) in parts.iter().enumerate() {
        regex.push_str(part);
        if i < last {
            let open_end = i + 1 == last && parts[last].is_empty();
            regex.push_str(if open_end { "(.*)" } else { "(.*?)" });
        }
    }
    regex
}

fn read_regex(node: &Node<'_>) -> Result<(Pattern, Names), Diagnostic> {
    let literal = node.one(Rule::regex);
    if let Some(multi) = node.maybe(Rule::multi_word) {
        let message = "`multi` is not supported yet";
        return Err(Diagnostic::error(message, multi.span()));
    }
    let text = syntax::text(literal);
    let regex = compile_regex(&text, literal.span())?;
    let groups = regex.capture_names().enumerate();
    let mut names: Names =
        groups.filter_map(|(i, name)| Some((name?.to_owned(), literal.span(), i))).collect();
    if let Some(written) = node.maybe(Rule::names) {
        let written: Vec<&Node<'_>> = written.all(Rule::name).collect();
        // AWS's own samples name a group twice, inside the pattern and behind it.
        let repeated =
            written.iter().all(|node| names.iter().any(|known| known.0 == syntax::name(node)));
        if names.is_empty() && written.len() + 1 == regex.captures_len() {
            let numbered = written.into_iter().enumerate();
            names = numbered.map(|(i, name)| (syntax::name(name), name.span(), i + 1)).collect();
        } else if !repeated {
            let message = "these names do not fit the groups of the pattern";
            let help = "name the groups in the pattern, as in `/(?<name>…)/`";
            return Err(Diagnostic::error(message, node.one(Rule::names).span()).help(help));
        }
    }
    if names.is_empty() {
        let message = "this pattern has no named group, so it makes no field";
        let help = "name a part of it, as in `/(?<name>…)/`";
        return Err(Diagnostic::error(message, literal.span()).help(help));
    }
    Ok((Pattern::Regex(text, regex), names))
}

impl Parse {
    /// The fields that are read behind this command.
    fn live(&self, behind: &[Slot]) -> impl Iterator<Item = &NewField> {
        self.fields.iter().filter(|field| behind.contains(&field.slot))
    }
}

impl fmt::Display for Parse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("parse ")?;
        if let Some(source) = &self.source {
            write!(f, "{source} ")?;
        }
        match &self.pattern {
            Pattern::Regex(text, _) => {
                write!(f, "/{}/", text.replace('/', "\\/"))?;
                if text.contains("(?<") || text.contains("(?P<") {
                    return Ok(());
                }
            }
            Pattern::Glob(text, _) => f.write_str(&syntax::quoted_text(text))?,
        }
        f.write_str(" as ")?;
        comma_list(f, self.fields.iter().map(|field| syntax::quoted_name(&field.name)))
    }
}

impl Stage for Parse {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, behind: &[Slot]) -> Vec<Slot> {
        let mut slots = behind.to_vec();
        let live: Vec<_> = self.live(behind).collect();
        if !live.is_empty() {
            self.bound.slots(&mut slots);
        }
        slots.extend(live.iter().filter_map(|field| field.shadowed));
        slots
    }

    fn role(&self) -> Role<'_> {
        Role::RecordWise(self)
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl RecordWise for Parse {
    fn apply(&self, mut batch: Batch, behind: &[Slot], run: &Run<'_>) -> Batch {
        let fields: Vec<_> = self.live(behind).collect();
        if fields.is_empty() {
            return batch;
        }
        let source = evaluate(&self.bound, &batch, &run.context);
        let regex = self.pattern.regex();
        let mut builders: Vec<TextBuilder> =
            fields.iter().map(|_| TextBuilder::with_capacity(batch.len())).collect();
        let mut matches = vec![false; batch.len()];
        let mut places = regex.capture_locations();
        for (row, matched) in matches.iter_mut().enumerate() {
            let found = cut(&source, row, |text| {
                *matched = regex.captures_read(&mut places, text).is_some();
                for (builder, field) in builders.iter_mut().zip(&fields) {
                    let range = if *matched { places.get(field.group) } else { None };
                    builder.push(range.and_then(|(start, end)| text.get(start..end)));
                }
            });
            if !found {
                builders.iter_mut().for_each(|builder| builder.push(None));
            }
        }
        for (builder, field) in builders.into_iter().zip(fields) {
            let parsed = Column::Text(builder.finish());
            let column = match field.shadowed {
                Some(slot) => either(&matches, &parsed, batch.column(slot)),
                None => parsed,
            };
            batch.set(field.slot, column);
        }
        batch
    }

    fn keeps_records(&self) -> bool {
        true
    }
}

/// The values of one column where a record matched, those of the other elsewhere.
fn either(matches: &[bool], matched: &Column, other: &Column) -> Column {
    if matches.iter().all(|matched| *matched) {
        return matched.clone();
    }
    let value = |(row, is): (usize, &bool)| if *is { matched.value(row) } else { other.value(row) };
    Column::from_values(matches.iter().enumerate().map(value).collect())
}

/// Hands over the text of a record; `false` where it is missing.
fn cut(column: &Column, row: usize, then: impl FnOnce(&[u8])) -> bool {
    match column {
        Column::Text(texts) => match texts.get(row) {
            Some(text) => then(text.as_bytes()),
            None => return false,
        },
        _ => match column.value(row).print() {
            Some(text) => then(text.as_bytes()),
            None => return false,
        },
    }
    true
}
