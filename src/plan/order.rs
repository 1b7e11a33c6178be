//! The rules of order: which command may stand where, and how often.

use crate::commands;
use crate::diagnostic::{Diagnostic, codes};
use crate::syntax::StageText;

/// The most `stats` of a query.
///
/// Source: CloudWatch Logs User Guide, "stats", "Using multiple stats commands".
pub const MOST_STATS: usize = 10;

/// A rule of order.
pub struct OrderRule {
    /// The rule in a sentence.
    pub rule: &'static str,
    /// The page of AWS's documentation.
    pub source: &'static str,
    check: fn(&[Placed<'_>]) -> Vec<Diagnostic>,
}

/// All rules of order. What AWS's samples do against no rule, as `limit` before `sort`, runs as it
/// is written.
pub const ORDER_RULES: &[OrderRule] = &[
    OrderRule {
        rule: "`sort` and `limit` stand behind the last `stats`",
        source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html",
        check: before_last_stats,
    },
    OrderRule {
        rule: "a query has ten `stats` at most",
        source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html",
        check: many_stats,
    },
    OrderRule {
        rule: "behind `dedup` stands `limit` only",
        source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Dedup.html",
        check: behind_dedup,
    },
];

/// A command and its place.
struct Placed<'q> {
    /// Its canonical name.
    name: &'static str,
    stage: &'q StageText,
}

/// What the commands of a query break of the rules of order, rule by rule. Unknown words are told
/// elsewhere and break none.
pub fn check(stages: &[StageText]) -> Vec<Diagnostic> {
    let mut placed = Vec::new();
    for stage in stages {
        if let Some(row) = commands::find(&stage.word) {
            placed.push(Placed { name: row.doc.name, stage });
        }
    }
    ORDER_RULES.iter().flat_map(|rule| (rule.check)(&placed)).collect()
}

fn before_last_stats(placed: &[Placed<'_>]) -> Vec<Diagnostic> {
    let Some(last) = placed.iter().rposition(|command| command.name == "stats") else {
        return Vec::new();
    };
    let (front, _) = placed.split_at(last);
    let early = front.iter().filter(|command| matches!(command.name, "sort" | "limit"));
    let fault = |command: &Placed<'_>| {
        let word = &command.stage.word;
        let message = format!("`{word}` stands before the last `stats`");
        let help = match command.name {
            "sort" => {
                format!("move the `{word}` behind it, or remove it: a `stats` keeps no order")
            }
            _ => format!("move the `{word}` behind it; AWS refuses it here"),
        };
        let last = placed.get(last).map_or(command.stage.word_span, |last| last.stage.word_span);
        Diagnostic::error(message, command.stage.word_span)
            .code(codes::BEFORE_STATS)
            .note(last, "the last `stats`")
            .help(help)
    };
    early.map(fault).collect()
}

fn many_stats(placed: &[Placed<'_>]) -> Vec<Diagnostic> {
    let eleventh = placed.iter().filter(|command| command.name == "stats").nth(MOST_STATS);
    let fault = |command: &Placed<'_>| {
        let message = format!("a query has {MOST_STATS} `stats` at most, and this is one more");
        Diagnostic::error(message, command.stage.word_span).code(codes::MANY_STATS)
    };
    eleventh.map(fault).into_iter().collect()
}

fn behind_dedup(placed: &[Placed<'_>]) -> Vec<Diagnostic> {
    let Some(dedup) = placed.iter().position(|command| command.name == "dedup") else {
        return Vec::new();
    };
    let behind = placed.iter().skip(dedup + 1).find(|command| command.name != "limit");
    let fault = |command: &Placed<'_>| {
        let word = &command.stage.word;
        let help = match command.name {
            "dedup" => "name all fields in one `dedup`".to_owned(),
            "stats" => "`stats … by` groups without a `dedup` in front".to_owned(),
            _ => format!("move the `{word}` before the `dedup`"),
        };
        let message =
            format!("unexpected symbol found `{word}`: behind `dedup` stands `limit` only");
        let first = placed.get(dedup).map_or(command.stage.word_span, |row| row.stage.word_span);
        Diagnostic::error(message, command.stage.word_span)
            .code(codes::BEHIND_DEDUP)
            .note(first, "the `dedup`")
            .help(help)
    };
    behind.map(fault).into_iter().collect()
}
