//! Words that begin no command: misspelt ones, and words that people bring from other languages.

use crate::aggregates;
use crate::commands::COMMANDS;
use crate::diagnostic::{Diagnostic, codes};
use crate::registry;
use crate::syntax::StageText;

/// Words of other query languages, and what to write for them.
const HABITS: &[(&str, &str)] = &[
    ("bucket", "time steps are group keys: `stats count(*) by bin(5m)`"),
    ("distinct", "write `dedup FIELD`"),
    ("eval", "write `fields EXPRESSION as NAME`"),
    ("extend", "write `fields EXPRESSION as NAME`"),
    ("from", "the logs are named with `-l PATH`; begin with `fields`, `filter` or `stats`"),
    ("group", "groups are made by `stats count(*) by FIELD`"),
    ("having", "write `filter CONDITION` behind the `stats`"),
    ("index", "the logs are named with `-l PATH`; begin with `fields`, `filter` or `stats`"),
    ("offset", "a `limit` has no offset"),
    ("orderby", "write `sort FIELD desc`"),
    ("project", "write `fields FIELD, …`, or `display` to show these alone"),
    ("rare", "write `stats count(*) as n by FIELD | sort n | limit 10`"),
    ("rename", "write `fields FIELD as NAME`"),
    ("rex", "write `parse FIELD /(?<name>…)/`"),
    ("search", "write `filter @message like \"text\"`"),
    ("summarize", "write `stats count(*) by FIELD`"),
    ("table", "write `fields FIELD, …`, or `display` to show these alone"),
    ("take", "write `limit 10`"),
    ("timechart", "write `stats count(*) by bin(5m)`"),
    ("top", "write `stats count(*) as n by FIELD | sort n desc | limit 10`"),
    ("uniq", "write `dedup FIELD`"),
    (
        "with",
        "a query inside a query stands behind `in`: `filter srcAddr in (filter … | fields srcAddr)`",
    ),
];

/// The diagnostic of a command whose word begins none.
pub fn unknown(stage: &StageText, text: &str) -> Diagnostic {
    let (word, span) = (stage.word.as_str(), stage.word_span);
    let diagnostic = Diagnostic::error(format!("no command is called `{word}`"), span)
        .code(codes::UNKNOWN_COMMAND);
    let whole = text.get(stage.span.start..stage.span.end).unwrap_or_default();
    if word.eq_ignore_ascii_case("select") {
        let query = of_sql(whole);
        return diagnostic.help(format!("write `{query}`")).edit(stage.span, query);
    }
    if let Some((_, help)) = HABITS.iter().find(|(habit, _)| habit.eq_ignore_ascii_case(word)) {
        return diagnostic.help(*help);
    }
    if aggregates::find(word).is_some() {
        let call = match whole.strip_prefix(word).unwrap_or_default().trim_start() {
            "" | "()" => {
                format!("{word}({})", if word.starts_with("count") { "*" } else { "bytes" })
            }
            call if call.starts_with('(') && !call.starts_with("()") => whole.to_owned(),
            call => format!("{word}(*) {}", call.trim_start_matches("()").trim_start()),
        };
        let stats = format!("stats {}", call.trim_end());
        return diagnostic.help(format!("write `{stats}`")).edit(stage.span, stats);
    }
    if whole == word && stage.span.start == 0 && text.len() > whole.len() {
        // `flows | where …`
        let words = COMMANDS.iter().map(|row| row.doc.name);
        if registry::nearest(word, words).is_none() {
            return diagnostic.help(
                "the logs are named with `-l PATH`; begin with `fields`, `filter` or `stats`",
            );
        }
    }
    let words = COMMANDS
        .iter()
        .flat_map(|row| std::iter::once(row.doc.name).chain(row.doc.aliases.iter().copied()));
    diagnostic.suggest(registry::nearest(word, words))
}

/// A `select` of SQL in the words of this language, clause by clause.
fn of_sql(text: &str) -> String {
    let mut clauses: Vec<(String, Vec<&str>)> = Vec::new();
    for word in text.trim_end_matches(';').split_whitespace() {
        let lower = word.to_ascii_lowercase();
        match lower.as_str() {
            "select" | "from" | "where" | "group" | "having" | "order" | "limit" => {
                clauses.push((lower, Vec::new()));
            }
            "by" if clauses.last().is_some_and(|(_, words)| words.is_empty()) => {}
            _ => clauses.iter_mut().last().into_iter().for_each(|(_, words)| words.push(word)),
        }
    }
    let clause = |name: &str| {
        let found = clauses.iter().find(|(clause, words)| clause == name && !words.is_empty());
        found.map(|(_, words)| words.join(" "))
    };
    let (keys, list) = (clause("group"), clause("select").unwrap_or_else(|| "*".to_owned()));
    let filter = clause("where").map(|condition| format!("filter {condition}"));
    let aggregates = list.contains('(');
    let columns = match (list.as_str(), &keys) {
        ("*", _) => "fields @timestamp, @message".to_owned(),
        (_, Some(keys)) => {
            let keys: Vec<&str> = keys.split(',').map(str::trim).collect();
            let items = list.split(", ").filter(|item| !keys.contains(item));
            let items = items.collect::<Vec<_>>().join(", ");
            let items = if items.is_empty() { "count(*)".to_owned() } else { items };
            format!("stats {items} by {}", keys.join(", "))
        }
        (_, None) if aggregates => format!("stats {list}"),
        (_, None) => format!("fields {list}"),
    };
    let having = clause("having").map(|condition| format!("filter {condition}"));
    let order = clause("order").map(|keys| format!("sort {keys}"));
    let limit = clause("limit").map(|count| format!("limit {count}"));
    let all = filter.into_iter().chain([columns]).chain(having).chain(order).chain(limit);
    all.collect::<Vec<_>>().join(" | ")
}
