//! Scores the language against published queries, where a file of them is at hand.
//!
//! `FLOWQL_PUBLISHED_QUERIES` names a file with one JSON object a line: `source` says where a query
//! was found, `kind` of which logs it is, `query` is its text. Without it there is nothing to score.

// A test that scores has something to say.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::panic::catch_unwind;

use flowql::diagnostic::{Diagnostic, Severity, codes};
use flowql::engine::compile_without_logs;
use flowql::error::Error;
use flowql::plan::plan::PlanOptions;

/// The share of the queries whose every command must be of the form that the grammar gives it.
const LEAST_PARSED: f64 = 0.97;

/// Codes that say that a text is not of the form the grammar gives.
const UNREAD: &[&str] = &[codes::MALFORMED, codes::UNCLOSED, codes::EMPTY, codes::UNKNOWN_COMMAND];

/// What AWS refuses too: a code, a part of the message, and where AWS says so.
const AWS_TOO: &[(&str, &str, &str)] = &[
    (codes::UNKNOWN_SYMBOL, "", "stats: a command behind it has its columns only"),
    (codes::DEFINED_TWICE, "", "Ephemeral field is already defined"),
    (codes::BEFORE_STATS, "", "stats: of several, sort and limit stand behind the last"),
    (codes::BEHIND_DEDUP, "", "dedup: only limit may follow"),
    (codes::MANY_STATS, "", "stats: ten at most"),
    (codes::NAMES, "", "parse: as many names as `*`"),
    (codes::UNKNOWN_FUNCTION, "`like`", "functions: there is none of this name"),
    (codes::MISPLACED, "", "functions: periods are arguments of bin, datefloor and dateceil"),
    (codes::MALFORMED, "not a comment", "query syntax: comments begin with #"),
    (codes::MALFORMED, "`exists` is not an operator", "operators: there is none of this name"),
    (
        codes::MALFORMED,
        "a text stands in quotes",
        "queries tutorial: values are in quotation marks",
    ),
    (codes::MALFORMED, "`\\` stands outside of a text", "query syntax: names have no back-slash"),
];

/// What became of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Compiles,
    WaitsForACommand,
    RefusedByAwsToo,
    RefusedHereOnly,
}

/// The errors of a query; none where it compiles.
fn errors(text: &str) -> Vec<Diagnostic> {
    let compile = || match compile_without_logs(text, &PlanOptions::default()) {
        Ok(_) => Vec::new(),
        Err(Error::Query { diagnostics, .. }) => diagnostics,
        Err(other) => panic!("{text}: {other}"),
    };
    let mut found = catch_unwind(compile).unwrap_or_else(|_| panic!("panics: {text}"));
    found.retain(|found| found.severity == Severity::Error);
    found
}

fn fate(errors: &[Diagnostic]) -> Fate {
    let mut errors = errors.iter().filter(|error| error.code != codes::NOT_YET).peekable();
    match errors.peek() {
        None => Fate::Compiles,
        Some(first) => {
            let too = |(code, part, _): &&(&str, &str, &str)| {
                first.code == *code && first.message.contains(part)
            };
            match AWS_TOO.iter().any(|row| too(&row)) {
                true => Fate::RefusedByAwsToo,
                false => Fate::RefusedHereOnly,
            }
        }
    }
}

#[test]
fn published_queries_are_read() {
    let Some(path) = std::env::var_os("FLOWQL_PUBLISHED_QUERIES") else {
        println!("skipped: FLOWQL_PUBLISHED_QUERIES names no file of published queries");
        return;
    };
    let file = std::fs::read_to_string(path).expect("the file can be read");
    let mut fates: BTreeMap<Fate, usize> = BTreeMap::new();
    let (mut all, mut parsed) = (0_u32, 0_u32);
    for line in file.lines().filter(|line| !line.trim().is_empty()) {
        let row: serde_json::Value = serde_json::from_str(line).expect("each line is an object");
        let query = row["query"].as_str().expect("each has a query");
        let errors = errors(query);
        let mut fate = fate(&errors);
        if fate == Fate::Compiles && !errors.is_empty() {
            fate = Fate::WaitsForACommand;
        }
        all += 1;
        parsed += u32::from(!errors.iter().any(|error| UNREAD.contains(&error.code)));
        *fates.entry(fate).or_default() += 1;
        if matches!(fate, Fate::RefusedByAwsToo | Fate::RefusedHereOnly) {
            println!("---- {fate:?}: {}\n{query}", row["source"].as_str().unwrap_or("?"));
            errors.iter().for_each(|error| print!("{}", error.render_with_code(query)));
        }
    }
    let share = f64::from(parsed) / f64::from(all);
    println!("{parsed} of {all} queries parse, {:.1} %: {fates:?}", 100.0 * share);
    assert!(share >= LEAST_PARSED, "{parsed} of {all} queries parse");
}
