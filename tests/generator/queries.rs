//! Random queries of one to five commands that keep the rules of the language.

use proptest::collection::vec;
use proptest::prelude::*;

use super::expressions::{Expression, LOG_FIELDS, Names, expression, pick};

/// Those that later commands may go on with, then those whose last digit is open, then those that
/// need log events.
const AGGREGATES: &[&str] =
    &["count", "sum", "max", "min", "avg", "count_distinct", "pct", "stddev", "latest", "earliest"];
const EXACT: usize = 6;
const PERCENTAGES: &[&str] = &["50", "0", "100", "25", "75"];

/// Sources, patterns and the number of the fields they make; `@1` and `@2` stand for names.
const CUTS: &[(&str, &str)] = &[
    ("@message", "\"* * * *\" as @1, @2, @3, @4"),
    ("@message", "/(?<@1>eni-[0-9a-f]+) (?<@2>\\S+)/"),
    ("", "\"eni-* *\" as @1, @2"),
    ("srcAddr", "\"*.*\" as @1, @2"),
    ("srcAddr", "/(?<@1>[0-9]+)$/"),
    ("@message", "/(?<@1>ACC)?(?<@2>EPT|REJECT)/"),
    ("dstPort", "'4*' as @1"),
    ("@message", "/(?<@1>[0-9]+)\\.(?<@2>[0-9]+)/ multi"),
    ("srcAddr", "/(?<@1>[0-9])/ multi"),
];

/// An expression, and whether its column gets a name of its own.
type Item = (Expression, u8);

/// One command; numbers choose among what is possible where it stands.
#[derive(Clone, Debug)]
enum Command {
    Fields(Vec<Item>),
    Display(Vec<Item>),
    Filter(Expression),
    Parse(u8, u8),
    Sort(Vec<(Expression, bool)>),
    Limit(u8),
    Dedup(Vec<u8>),
    Stats(Vec<(Aggregate, u8)>, Vec<Item>),
}

/// A column of a `stats`.
#[derive(Clone, Debug)]
enum Aggregate {
    All,
    Of(u8, u8, Expression),
    Ratio(u8, Expression, Expression),
    /// Arithmetic over the column before it.
    Before(u8),
}

/// A random query.
#[derive(Clone, Debug)]
pub struct Query(Vec<Command>);

/// Random queries.
pub fn query() -> impl Strategy<Value = Query> {
    let item = || (expression(), any::<u8>());
    let aggregate = prop_oneof![
        2 => Just(Aggregate::All),
        5 => (any::<u8>(), any::<u8>(), expression())
            .prop_map(|(which, percentage, of)| Aggregate::Of(which, percentage, of)),
        1 => (any::<u8>(), expression(), expression())
            .prop_map(|(which, a, b)| Aggregate::Ratio(which, a, b)),
        1 => any::<u8>().prop_map(Aggregate::Before),
    ];
    let command = prop_oneof![
        3 => vec(item(), 1..4).prop_map(Command::Fields),
        1 => vec(item(), 1..3).prop_map(Command::Display),
        4 => expression().prop_map(Command::Filter),
        2 => (any::<u8>(), any::<u8>()).prop_map(|(which, name)| Command::Parse(which, name)),
        3 => vec((expression(), any::<bool>()), 1..3).prop_map(Command::Sort),
        2 => (0..30_u8).prop_map(Command::Limit),
        1 => vec(any::<u8>(), 1..3).prop_map(Command::Dedup),
        4 => (vec((aggregate, any::<u8>()), 1..4), vec(item(), 0..3))
            .prop_map(|(items, keys)| Command::Stats(items, keys)),
    ];
    vec(command, 1..6).prop_map(Query)
}

/// A query while it is written: what is visible, and what may still follow.
struct Writer {
    /// The fields that can be addressed by a plain name.
    fields: Vec<String>,
    /// Columns of a `stats` that can be addressed by their expressions.
    columns: Vec<String>,
    defined: Vec<String>,
    events: bool,
    displayed: bool,
    names: usize,
}

impl Query {
    /// The query as text.
    pub fn write(&self) -> String {
        let mut writer = Writer {
            fields: LOG_FIELDS.iter().map(|name| (*name).to_owned()).collect(),
            columns: Vec::new(),
            defined: Vec::new(),
            events: true,
            displayed: false,
            names: 0,
        };
        let last_stats =
            self.0.iter().rposition(|command| matches!(command, Command::Stats(..))).unwrap_or(0);
        let mut texts = Vec::new();
        let mut deduplicated = false;
        for (at, command) in self.0.iter().enumerate() {
            let behind_last_stats = at >= last_stats;
            let allowed = match command {
                Command::Limit(_) => behind_last_stats,
                _ if deduplicated => false,
                Command::Sort(_) | Command::Display(_) | Command::Dedup(_) => behind_last_stats,
                // What these show behind a `display` is documented nowhere.
                Command::Fields(_) | Command::Parse(..) => !writer.displayed,
                _ => true,
            };
            if allowed {
                deduplicated |= matches!(command, Command::Dedup(_));
                texts.push(writer.command(command));
            }
        }
        if texts.is_empty() {
            texts.push("filter bytes > 1".to_owned());
        }
        texts.join(" | ")
    }
}

impl Writer {
    fn scope(&self) -> Names {
        let names = self.fields.iter().chain(&self.columns).cloned().collect();
        Names { names, events: self.events }
    }

    /// A name that is not defined yet, now and then that of a log field.
    fn name(&mut self, choice: u8) -> String {
        let field = pick(&["bytes", "action", "dstPort"], choice / 16).to_owned();
        let name = match choice % 16 == 1 && self.events && !self.defined.contains(&field) {
            true => field,
            false => {
                self.names += 1;
                format!("x{}", self.names)
            }
        };
        self.defined.push(name.clone());
        name
    }

    fn command(&mut self, command: &Command) -> String {
        match command {
            Command::Fields(items) => format!("fields {}", self.items(items)),
            Command::Display(items) => {
                self.displayed = true;
                format!("display {}", self.items(items))
            }
            Command::Filter(condition) => format!("filter {}", condition.write(&self.scope())),
            Command::Parse(which, name) => self.parse(*which, *name),
            Command::Sort(keys) => {
                let direction = |down: &bool| if *down { " desc" } else { "" };
                let key = |(of, down): &_| Expression::write(of, &self.scope()) + direction(down);
                format!("sort {}", keys.iter().map(key).collect::<Vec<_>>().join(", "))
            }
            Command::Limit(count) => format!("limit {count}"),
            Command::Dedup(keys) => {
                let key =
                    |choice: &u8| self.fields[usize::from(*choice) % self.fields.len()].as_str();
                format!("dedup {}", keys.iter().map(key).collect::<Vec<_>>().join(", "))
            }
            Command::Stats(items, keys) => self.stats(items, keys),
        }
    }

    fn items(&mut self, items: &[Item]) -> String {
        let mut texts = Vec::new();
        for (of, choice) in items {
            let mut text = of.write(&self.scope());
            if !choice.is_multiple_of(4) {
                let name = self.name(*choice);
                text += &format!(" as {name}");
                if !self.fields.contains(&name) {
                    self.fields.push(name);
                }
            }
            texts.push(text);
        }
        texts.join(", ")
    }

    fn parse(&mut self, which: u8, name: u8) -> String {
        let (source, form) = CUTS[usize::from(which) % CUTS.len()];
        let source = match self.events {
            true => source,
            false => &self.fields[usize::from(name) % self.fields.len()],
        };
        let mut text = format!("parse {source} {form}");
        for at in 1..=form.matches('@').count() {
            let name = self.name(if at == 1 { name } else { 0 });
            text = text.replace(&format!("@{at}"), &name);
            if !self.fields.contains(&name) {
                self.fields.push(name);
            }
        }
        text
    }

    fn stats(&mut self, items: &[(Aggregate, u8)], keys: &[Item]) -> String {
        let scope = self.scope();
        let (mut fields, mut columns): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        self.defined.clear();
        let mut column = |writer: &mut Writer, text: String, choice: u8, plain: bool| {
            let taken = fields.contains(&text) || columns.contains(&text);
            // The first column has a name: in back-ticks an expression would have to be spelled as
            // it was written, which printing changes.
            let only = fields.is_empty();
            if !choice.is_multiple_of(4)
                || taken
                || only
                || !(plain || text.ends_with(')') && !text.starts_with('('))
            {
                writer.names += 1;
                let name = format!("x{}", writer.names);
                fields.push(name.clone());
                format!("{text} as {name}")
            } else {
                if plain {
                    fields.push(text.clone())
                } else {
                    columns.push(text.clone())
                }
                text
            }
        };
        let mut key_texts = Vec::new();
        for (key, choice) in keys {
            let plain = matches!(key, Expression::Name(_));
            key_texts.push(column(self, key.write(&scope), *choice, plain && self.events));
        }
        let mut texts: Vec<String> = Vec::new();
        // Columns whose last digit is open: no later command sees them.
        let mut shown_only: Vec<String> = Vec::new();
        for (aggregate, choice) in items {
            let text = match aggregate {
                Aggregate::All => "count(*)".to_owned(),
                Aggregate::Of(which, percentage, of) => {
                    let text = self.call(*which, *percentage, of, &scope);
                    if text.starts_with("pct") || text.starts_with("stddev") {
                        self.names += 1;
                        shown_only.push(format!("{text} as x{}", self.names));
                        continue;
                    }
                    text
                }
                Aggregate::Ratio(which, a, b) => {
                    let which = *which % EXACT as u8;
                    let (a, b) = (self.call(which, 0, a, &scope), self.call(1, 0, b, &scope));
                    format!("ceil({a} / {b})")
                }
                Aggregate::Before(which) => match texts.last().and_then(|t| t.split(" as ").nth(1))
                {
                    Some(name) => format!("{name} {} 2", pick(&["+", "/", "%"], *which)),
                    None => "count()".to_owned(),
                },
            };
            texts.push(column(self, text, *choice, false));
        }
        if texts.is_empty() && key_texts.is_empty() {
            texts.push(column(self, "count(*)".to_owned(), 1, false));
        }
        texts.append(&mut shown_only);
        let by = if keys.is_empty() { "" } else { " by " };
        let text = format!("stats {}{by}{}", texts.join(", "), key_texts.join(", "));
        // A column can be addressed by its expression only where that is a call.
        columns.retain(|column| column.ends_with(')'));
        (self.fields, self.columns, self.events, self.displayed) = (fields, columns, false, false);
        text
    }

    fn call(&self, which: u8, percentage: u8, of: &Expression, scope: &Names) -> String {
        let known = if self.events { AGGREGATES } else { &AGGREGATES[..8] };
        let of = of.write(scope);
        match pick(known, which) {
            "pct" => format!("pct({of}, {})", pick(PERCENTAGES, percentage)),
            name => format!("{name}({of})"),
        }
    }
}
