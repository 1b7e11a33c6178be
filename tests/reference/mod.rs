//! The reference evaluator: the slow, obvious meaning of a query, one record at a time.
//!
//! It shares the reader of query texts with the engine and nothing else: no columns, no batches,
//! no slots, no rewrites. It is written from the language reference and judges the engine. It takes
//! queries that compile; for anything it does not know it panics.

mod aggregate;
mod expression;
mod records;
mod value;

use std::cmp::Ordering;
use std::collections::HashSet;

use flowql::syntax::{self, Expr, ExprKind, Node, Rule};

use expression::Lookup;
pub use records::DEFAULT_FORMAT;
use records::{Record, records};
use value::{Value, sort_order};

/// The answer to a query: names of columns, and the printed cells of each record.
#[derive(Debug, PartialEq)]
pub struct Answer {
    pub names: Vec<String>,
    pub rows: Vec<Vec<Option<String>>>,
}

/// How a pattern cuts a text: a part for each name, or nothing where it does not match.
type Cut = dyn Fn(&str) -> Vec<Vec<Option<String>>>;

/// Where a query has got to: its records, in order, and what is to be shown.
struct Run<'q> {
    text: &'q str,
    records: Vec<Record>,
    /// The columns to show, once a command chose them.
    chosen: Option<Vec<String>>,
    /// Fields that `parse` made before any command chose columns.
    parsed: Vec<String>,
    /// Log events that nothing has ordered yet: they are shown newest first.
    unordered: bool,
    /// Whether a `stats` was met.
    grouped: bool,
}

/// Runs a query over log lines; at most `limit` records are returned.
pub fn run(text: &str, lines: &[String], limit: usize) -> Answer {
    let mut run = Run {
        text,
        records: records(lines),
        chosen: None,
        parsed: Vec::new(),
        unordered: true,
        grouped: false,
    };
    for stage in syntax::stages(text).expect("the query can be cut into commands") {
        let parse =
            |rule| syntax::parse(rule, text, stage.span).expect("the command is well-formed");
        match stage.word.to_lowercase().as_str() {
            "fields" => run.fields(&parse(Rule::fields)),
            "display" => {
                run.chosen = Some(Vec::new());
                run.fields(&parse(Rule::display));
            }
            "filter" | "where" => run.filter(&parse(Rule::filter)),
            "parse" => run.parse(&parse(Rule::parse)),
            "sort" => run.sort(&parse(Rule::sort)),
            "limit" => run.limit(&parse(Rule::limit)),
            "dedup" => run.dedup(&parse(Rule::dedup)),
            "stats" => run.stats(&parse(Rule::stats)),
            word => panic!("the reference evaluator does not know `{word}`"),
        }
    }
    run.answer(limit)
}

/// The meaning of a name for a record; behind a `stats` a call can be a column, too.
fn of_record(record: &Record, grouped: bool) -> impl Fn(&Expr) -> Option<Value> {
    move |expr| match &expr.kind {
        ExprKind::Field(name) => Some(record.get(name).cloned().unwrap_or(Value::Missing)),
        ExprKind::Call { .. } if grouped => record.get(&column_key(expr)).cloned(),
        _ => None,
    }
}

/// The name under which a record keeps the column of an expression, for `sort count(*)`.
fn column_key(expr: &Expr) -> String {
    format!("= {}", expr.to_string().to_lowercase())
}

fn read(node: &Node<'_>) -> Expr {
    syntax::expr(node).expect("the expression is well-formed")
}

impl Run<'_> {
    /// An expression and its name: the alias, the field, or the expression as written.
    fn item(&self, node: &Node<'_>) -> (Expr, String) {
        let expr = read(node);
        let alias = node.maybe(Rule::alias).map(|alias| syntax::name(alias.one(Rule::name)));
        let name = alias.unwrap_or_else(|| match &expr.kind {
            ExprKind::Field(name) => name.clone(),
            _ => self.text[node.one(Rule::expr).span().start..node.one(Rule::expr).span().end]
                .to_owned(),
        });
        (expr, name)
    }

    fn show(&mut self, name: &str) {
        let columns = self.chosen.as_mut().unwrap_or(&mut self.parsed);
        if !columns.iter().any(|column| column == name) {
            columns.push(name.to_owned());
        }
    }

    fn fields(&mut self, node: &Node<'_>) {
        self.chosen.get_or_insert_default();
        for item in node.all(Rule::item) {
            let (expr, name) = self.item(item);
            let grouped = self.grouped;
            for record in &mut self.records {
                let value = expression::value(&expr, &of_record(record, grouped));
                record.insert(name.clone(), value);
            }
            self.show(&name);
        }
    }

    fn filter(&mut self, node: &Node<'_>) {
        let (condition, grouped) = (read(node), self.grouped);
        self.records.retain(|record| {
            expression::value(&condition, &of_record(record, grouped)).truth() == Some(true)
        });
    }

    fn parse(&mut self, node: &Node<'_>) {
        let message = ExprKind::Field("@message".to_owned());
        let message = Expr { kind: message, span: node.span() };
        let source = node.maybe(Rule::parse_source).map_or(message, read);
        let names = |node: &Node<'_>| -> Vec<String> {
            node.one(Rule::names).all(Rule::name).map(syntax::name).collect()
        };
        let (names, cut): (_, Box<Cut>) = if let Some(glob) = node.maybe(Rule::parse_glob) {
            let pattern = syntax::text(glob.one(Rule::text));
            (names(glob), Box::new(move |text| match_glob(&pattern, text).into_iter().collect()))
        } else {
            let form = node.one(Rule::parse_regex);
            let most = if form.maybe(Rule::multi_word).is_some() { usize::MAX } else { 1 };
            let regex = syntax::text(form.one(Rule::regex));
            let regex = regex::Regex::new(&regex).expect("a regular expression");
            let names: Vec<String> = regex.capture_names().flatten().map(str::to_owned).collect();
            let wanted = names.clone();
            let cut = move |text: &str| {
                let parts = |found: regex::Captures<'_>| {
                    let group = |name: &String| Some(found.name(name)?.as_str().to_owned());
                    wanted.iter().map(group).collect()
                };
                regex.captures_iter(text).take(most).map(parts).collect()
            };
            (names, Box::new(cut))
        };
        let grouped = self.grouped;
        for record in std::mem::take(&mut self.records) {
            let text = expression::value(&source, &of_record(&record, grouped)).print();
            let matches = text.map_or_else(Vec::new, |text| cut(&text));
            // Records that do not match stay as they are.
            if matches.is_empty() {
                self.records.push(record);
                continue;
            }
            for parts in matches {
                let mut copy = record.clone();
                for (name, part) in names.iter().zip(parts) {
                    copy.insert(name.clone(), part.map_or(Value::Missing, Value::Text));
                }
                self.records.push(copy);
            }
        }
        names.iter().for_each(|name| self.show(name));
    }

    /// Puts log events that nothing has ordered newest first, in the order of the logs where they
    /// are of one time; those without a time come last.
    fn order(&mut self) {
        if self.unordered && !self.grouped {
            let time =
                |record: &Record| record.get("@timestamp").cloned().unwrap_or(Value::Missing);
            self.records.sort_by(|a, b| sort_order(&time(b), &time(a)));
        }
        self.unordered = false;
    }

    fn sort(&mut self, node: &Node<'_>) {
        self.order();
        let keys: Vec<(Expr, bool)> = node
            .all(Rule::sort_key)
            .map(|key| {
                let down = key.maybe(Rule::direction).map(|word| word.text().to_lowercase());
                (read(key), down.is_some_and(|word| word.trim() == "desc"))
            })
            .collect();
        let grouped = self.grouped;
        let value = |record: &Record, key| expression::value(key, &of_record(record, grouped));
        self.records.sort_by(|a, b| {
            keys.iter().fold(Ordering::Equal, |order, (key, descending)| {
                let by_key = sort_order(&value(a, key), &value(b, key));
                order.then(if *descending { by_key.reverse() } else { by_key })
            })
        });
    }

    fn limit(&mut self, node: &Node<'_>) {
        self.order();
        let count = node.one(Rule::whole_number).text().trim();
        self.records.truncate(count.parse().expect("a count"));
    }

    fn dedup(&mut self, node: &Node<'_>) {
        self.order();
        let keys: Vec<Expr> = node.all(Rule::field).map(read).collect();
        let (mut seen, grouped) = (HashSet::new(), self.grouped);
        self.records.retain(|record| {
            let value = |key| expression::value(key, &of_record(record, grouped)).identity();
            let key: Vec<Option<String>> = keys.iter().map(value).collect();
            key.contains(&None) || seen.insert(key)
        });
    }

    fn stats(&mut self, node: &Node<'_>) {
        let keys: Vec<_> = node.all(Rule::group_key).map(|key| self.item(key)).collect();
        let items: Vec<_> = node.all(Rule::item).map(|item| self.item(item)).collect();
        // Groups in the order of their first records.
        let mut groups: Vec<(Vec<Value>, Vec<Record>)> = Vec::new();
        for record in std::mem::take(&mut self.records) {
            let value = |(key, _): &_| expression::value(key, &of_record(&record, self.grouped));
            let key: Vec<Value> = keys.iter().map(value).collect();
            let same = |a: &[Value], b: &[Value]| {
                a.iter().zip(b).all(|(a, b)| a.identity() == b.identity())
            };
            match groups.iter_mut().find(|(known, _)| same(known, &key)) {
                Some((_, members)) => members.push(record),
                None => groups.push((key, vec![record])),
            }
        }
        if keys.is_empty() && groups.is_empty() {
            groups.push((Vec::new(), Vec::new()));
        }
        for (values, members) in groups {
            let mut record = Record::new();
            for ((expr, name), value) in keys.iter().zip(values) {
                record.insert(column_key(expr), value.clone());
                record.insert(name.clone(), value);
            }
            for (expr, name) in &items {
                let value = expression::value(expr, &of_group(&record, &members, self.grouped));
                record.insert(column_key(expr), value.clone());
                record.insert(name.clone(), value);
            }
            self.records.push(record);
        }
        let columns = keys.iter().chain(&items).map(|(_, name)| name.clone());
        self.chosen = Some(columns.collect());
        (self.grouped, self.unordered) = (true, false);
    }

    fn answer(mut self, limit: usize) -> Answer {
        self.order();
        self.records.truncate(limit);
        let names = self.chosen.unwrap_or_else(|| {
            let own = ["@timestamp", "@message"].map(str::to_owned);
            own.into_iter().chain(self.parsed).collect()
        });
        let cell = |record: &Record, name: &String| record.get(name).and_then(Value::print);
        let row = |record| names.iter().map(|name| cell(record, name)).collect();
        let rows = self.records.iter().map(row).collect();
        Answer { names, rows }
    }
}

/// The meaning of a name or an aggregate for a group: `record` has its keys and the columns so far.
fn of_group<'a>(record: &'a Record, members: &'a [Record], grouped: bool) -> Box<Lookup<'a>> {
    Box::new(move |expr| match &expr.kind {
        ExprKind::Field(name) => Some(record.get(name).cloned().unwrap_or(Value::Missing)),
        ExprKind::Call { name, args, star, .. } => {
            let name = name.to_lowercase();
            if !aggregate::NAMES.contains(&name.as_str()) {
                return None;
            }
            let star = *star || args.is_empty();
            let value = |member| match args.first() {
                Some(arg) => expression::value(arg, &of_record(member, grouped)),
                None => Value::Missing,
            };
            let values: Vec<Value> = members.iter().map(value).collect();
            let time =
                |member: &Record| member.get("@timestamp").cloned().unwrap_or(Value::Missing);
            let times: Vec<Value> = members.iter().map(time).collect();
            let percentage = args.get(1).and_then(|arg| {
                expression::value(arg, &|_| None).number().map(value::Number::float)
            });
            Some(aggregate::aggregate(&name, &values, &times, star, percentage))
        }
        _ => None,
    })
}

/// What each `*` of a glob takes: as little as it can, and the last one at the end everything.
fn match_glob(glob: &str, text: &str) -> Option<Vec<Option<String>>> {
    let parts: Vec<&str> = glob.split('*').collect();
    let mut rest = &text[text.find(parts[0])? + parts[0].len()..];
    let mut taken = Vec::new();
    for (at, part) in parts.iter().enumerate().skip(1) {
        let end = match part.is_empty() && at + 1 == parts.len() {
            true => rest.len(),
            false => rest.find(part)?,
        };
        taken.push(Some(rest[..end].to_owned()));
        rest = &rest[end + part.len()..];
    }
    Some(taken)
}
