//! `SOURCE`: the log groups that a query runs over.

use std::fmt;

use super::command::{Build, CommandDoc, Stage, comma_list};
use super::options::Options;
use crate::data::period::{Period, Unit};
use crate::data::time::{self, TimeRange, Timestamp};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::syntax::{self, Node, Rule};

/// What a person should know of `SOURCE`.
pub const DOC: CommandDoc = CommandDoc {
    name: "source",
    aliases: &[],
    rule: Rule::source,
    syntax: "SOURCE 'NAME', … [start=TIME] [end=TIME] | SOURCE logGroups(namePrefix: ['PREFIX', …], accountIdentifier: ['ACCOUNT', …], class: ['CLASS']) dataSource(['NAME.TYPE', …]) logGroupTags([{\"key\": \"KEY\", \"values\": [\"VALUE\", …]}, …])",
    summary: "Names the log groups of the query: the names that `-l NAME=PATH` and `--catalog` give, else the paths of `-l`. It stands first. A time is `now`, a while ago as in `-1d`, or a written one.",
    examples: &[
        "SOURCE 'flows.log' | stats count(*)",
        "SOURCE logGroups(namePrefix: ['flows']) | stats count(*) as n by action | sort n",
    ],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Source.html",
};

/// A `SOURCE` as written.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// Names of log groups, with their places.
    pub names: Vec<(String, Span)>,
    /// What their names begin with; one of these.
    pub prefixes: Vec<String>,
    /// Accounts, one of these.
    pub accounts: Vec<String>,
    /// Classes, one of these.
    pub classes: Vec<String>,
    /// Data sources, one of these.
    pub data_sources: Vec<String>,
    /// Tags: for each key, one of these values.
    pub tags: Vec<(String, Vec<String>)>,
    /// The time range.
    pub window: Window,
    /// Its place.
    pub span: Span,
    written: String,
}

/// A time range that may depend on the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Window {
    start: Option<Moment>,
    end: Option<Moment>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Moment {
    Ago(i64),
    At(Timestamp),
}

impl Window {
    /// The range at a time of the clock; ends that are open are those of `otherwise`.
    pub fn range(self, now: Timestamp, otherwise: TimeRange) -> TimeRange {
        let time = |moment: Moment| match moment {
            Moment::Ago(milliseconds) => now.saturating_sub(milliseconds),
            Moment::At(time) => time,
        };
        TimeRange {
            start: self.start.map_or(otherwise.start, time),
            end: self.end.map_or(otherwise.end, time),
        }
    }
}

/// Refuses a `SOURCE` that does not stand first; one that does is read by [`Source::read`].
///
/// # Errors
/// Always.
pub fn read(node: &Node<'_>, _: &mut Build<'_>) -> Result<Box<dyn Stage>, Diagnostic> {
    let place = node.one(Rule::head_word).span();
    Err(Diagnostic::error("`SOURCE` is the first command of a query", place)
        .code(codes::PLACE)
        .help("move it to the front"))
}

impl Source {
    /// Reads the command.
    ///
    /// # Errors
    /// A selector that is none, tags that are no JSON, a time that is none.
    pub fn read(node: &Node<'_>) -> Result<Source, Diagnostic> {
        let mut source = Source { span: node.span(), ..Source::default() };
        for child in node.children() {
            match child.rule() {
                Rule::group_name => {
                    let written = child.text().trim();
                    let name = match written.starts_with(['"', '\'']) {
                        true => syntax::text(child),
                        false => syntax::name(child),
                    };
                    source.names.push((name, child.span()));
                }
                Rule::group_selector => {
                    for criterion in child.all(Rule::criterion) {
                        source.criterion(criterion)?;
                    }
                }
                Rule::data_selector => source.data_sources.extend(texts(child.one(Rule::texts))),
                Rule::tag_selector => source.tags.extend(tags(child.one(Rule::tag_list))?),
                _ => {}
            }
        }
        let options = Options::read(node, "SOURCE", &["start", "end"])?;
        let moment = |name: &str| match (options.text(name), options.span(name)) {
            (Some(text), Some(span)) => moment(text, span).map(Some),
            _ => Ok(None),
        };
        source.window = Window { start: moment("start")?, end: moment("end")? };
        source.written = node.text().split_whitespace().skip(1).collect::<Vec<_>>().join(" ");
        Ok(source)
    }

    fn criterion(&mut self, node: &Node<'_>) -> Result<(), Diagnostic> {
        let key = node.one(Rule::selector_key);
        let values = texts(node.one(Rule::texts));
        let list = match key.text().to_ascii_lowercase().as_str() {
            "nameprefix" => &mut self.prefixes,
            "accountidentifier" | "accountidentifiers" => &mut self.accounts,
            "class" | "loggroupclass" => &mut self.classes,
            _ => {
                let message = format!("`logGroups` has no `{}`", key.text().trim());
                let help = "write `namePrefix`, `accountIdentifier` or `class`";
                return Err(Diagnostic::error(message, key.span()).code(codes::OPTION).help(help));
            }
        };
        list.extend(values);
        Ok(())
    }
}

/// The texts of a list; of a pair, as in `['accountId' = '1']`, the second.
fn texts(node: &Node<'_>) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    let mut paired = false;
    for child in node.children() {
        match child.rule() {
            Rule::text => {
                if paired {
                    texts.pop();
                }
                paired = false;
                texts.push(syntax::text(child));
            }
            Rule::equals => paired = true,
            _ => {}
        }
    }
    texts
}

/// The tags of a list of JSON: `[{"key": "k", "values": ["v"]}]`.
fn tags(node: &Node<'_>) -> Result<Vec<(String, Vec<String>)>, Diagnostic> {
    let wrong = || {
        let message = "tags are a list of JSON, with a `key` and `values` in each";
        Diagnostic::error(message, node.span())
            .help("write `logGroupTags([{\"key\": \"team\", \"values\": [\"net\"]}])`")
    };
    let json: serde_json::Value = serde_json::from_str(node.text()).map_err(|_| wrong())?;
    let mut tags = Vec::new();
    for tag in json.as_array().ok_or_else(wrong)? {
        let key = tag.get("key").and_then(|key| key.as_str()).ok_or_else(wrong)?;
        let values = tag.get("values").and_then(|values| values.as_array()).ok_or_else(wrong)?;
        let values = values.iter().map(|value| value.as_str().map(str::to_owned));
        let values: Option<Vec<String>> = values.collect();
        tags.push((key.to_owned(), values.ok_or_else(wrong)?));
    }
    Ok(tags)
}

fn moment(text: &str, span: Span) -> Result<Moment, Diagnostic> {
    if text.eq_ignore_ascii_case("now") {
        return Ok(Moment::Ago(0));
    }
    let ago = text.strip_prefix('-').and_then(|ago| {
        let digits = ago.find(|c: char| !c.is_ascii_digit())?;
        let (count, unit) = ago.split_at_checked(digits)?;
        let period = Period { count: count.parse().ok()?, unit: Unit::find(unit)? };
        period.milliseconds()
    });
    let moment = ago.map(Moment::Ago).or_else(|| time::parse(text).map(Moment::At));
    moment.ok_or_else(|| {
        let message = format!("`{text}` is no time");
        Diagnostic::error(message, span)
            .code(codes::OPTION)
            .help("write `now`, `-1d`, or a time in quotes as in `\"2024-05-01T12:00:00Z\"`")
    })
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SOURCE ")?;
        comma_list(f, [&self.written])
    }
}
