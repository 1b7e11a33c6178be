//! The rules of order: which command may stand where, and how often.

use crate::commands;
use crate::commands::command::{Compared, Stage};
use crate::diagnostic::{Diagnostic, Span, codes};
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
        rule: "of several `stats`, `sort` and `limit` stand behind the last",
        source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html",
        check: before_last_stats,
    },
    OrderRule {
        rule: "in front of the only `stats`, `sort` orders nothing and `limit` cuts what is counted",
        source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html",
        check: before_only_stats,
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
    OrderRule {
        rule: "`pattern` stands in front of a `sort`, not behind it",
        source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData_Patterns.html",
        check: pattern_behind_sort,
    },
    OrderRule {
        rule: "`diff` stands right behind `pattern`; between a `pattern` and `anomaly` there are only `diff` and `filter`",
        source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Anomaly.html",
        check: behind_pattern,
    },
    OrderRule {
        rule: "`estimate` stands last",
        source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Estimate.html",
        check: behind_estimate,
    },
];

/// A command and its place.
struct Placed<'q> {
    /// Its canonical name.
    name: &'static str,
    stage: &'q StageText,
    /// Where the next command begins.
    next: usize,
}

impl Placed<'_> {
    /// The command and the pipe behind it.
    fn span_with_pipe(&self) -> Span {
        Span::new(self.stage.span.start, self.next)
    }
}

/// What the commands of a query break of the rules of order, rule by rule. Unknown words are told
/// elsewhere and break none.
pub fn check(stages: &[StageText]) -> Vec<Diagnostic> {
    let mut placed = Vec::new();
    for (at, stage) in stages.iter().enumerate() {
        if let Some(row) = commands::find(&stage.word) {
            let next = stages.get(at + 1).map_or(stage.span.end, |next| next.span.start);
            placed.push(Placed { name: row.doc.name, stage, next });
        }
    }
    ORDER_RULES.iter().flat_map(|rule| (rule.check)(&placed)).collect()
}

/// The `sort` and `limit` in front of the last `stats`, that `stats`, and whether it is the only one.
fn early<'p, 'q>(
    placed: &'p [Placed<'q>],
) -> Option<(impl Iterator<Item = &'p Placed<'q>>, &'p Placed<'q>, bool)> {
    let stats = |command: &Placed<'_>| command.name == "stats";
    let (at, last) = placed.iter().enumerate().rfind(|(_, command)| stats(command))?;
    let (front, _) = placed.split_at(at);
    let early = front.iter().filter(|command| matches!(command.name, "sort" | "limit"));
    Some((early, last, !front.iter().any(stats)))
}

fn before_last_stats(placed: &[Placed<'_>]) -> Vec<Diagnostic> {
    let Some((early, last, false)) = early(placed) else { return Vec::new() };
    let fault = |command: &Placed<'_>| {
        let word = &command.stage.word;
        let message = format!("`{word}` stands before the last `stats`");
        let fault = Diagnostic::error(message, command.stage.word_span)
            .code(codes::BEFORE_STATS)
            .note(last.stage.word_span, "the last `stats`");
        match command.name {
            "sort" => fault
                .help(format!(
                    "move the `{word}` behind it, or remove it: a `stats` keeps no order"
                ))
                .edit(command.span_with_pipe(), ""),
            _ => fault.help(format!("move the `{word}` behind it; AWS refuses it here")),
        }
    };
    early.map(fault).collect()
}

/// Documented for several `stats` only, and queries that AWS publishes do it.
fn before_only_stats(placed: &[Placed<'_>]) -> Vec<Diagnostic> {
    let Some((early, last, true)) = early(placed) else { return Vec::new() };
    let early: Vec<&Placed<'_>> = early.collect();
    // A `sort` decides what a `limit` behind it lets through.
    let cut = early.iter().rposition(|command| command.name == "limit");
    let early = early.into_iter().enumerate();
    let early =
        early.filter(|(at, command)| command.name == "limit" || cut.is_none_or(|cut| *at > cut));
    let warning = |command: &Placed<'_>| {
        let word = &command.stage.word;
        let sorts = command.name == "sort";
        let message = match sorts {
            true => {
                format!("`{word}` in front of a `stats` orders nothing: a `stats` keeps no order")
            }
            false => {
                format!("`{word}` in front of a `stats` cuts the records that it computes with")
            }
        };
        let warning = Diagnostic::warning(message, command.stage.word_span)
            .code(codes::BEFORE_ONLY_STATS)
            .note(last.stage.word_span, "the `stats`");
        match sorts {
            true => warning
                .help(format!("move the `{word}` behind the `stats`, or remove it"))
                .edit(command.span_with_pipe(), ""),
            false => {
                warning.help(format!("to cut its groups, move the `{word}` behind the `stats`"))
            }
        }
    };
    early.map(|(_, command)| warning(command)).collect()
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

fn behind_estimate(placed: &[Placed<'_>]) -> Vec<Diagnostic> {
    let early = placed.split_last().map_or(&[][..], |(_, front)| front);
    let early = early.iter().filter(|command| command.name == "estimate");
    let fault = |command: &Placed<'_>| {
        Diagnostic::error("`estimate` is the last command of a query", command.stage.word_span)
            .code(codes::PLACE)
            .help("move it to the end")
    };
    early.map(fault).collect()
}

fn pattern_behind_sort(placed: &[Placed<'_>]) -> Vec<Diagnostic> {
    let Some(sort) = placed.iter().position(|command| command.name == "sort") else {
        return Vec::new();
    };
    let behind = placed.iter().skip(sort).filter(|command| command.name == "pattern");
    let fault = |command: &Placed<'_>| {
        let message = "`pattern` stands behind a `sort`";
        let sort = placed.get(sort).map_or(command.stage.word_span, |row| row.stage.word_span);
        Diagnostic::error(message, command.stage.word_span)
            .code(codes::PLACE)
            .note(sort, "the `sort`")
            .help("move the `sort` behind it: a `pattern` keeps no order")
    };
    behind.map(fault).collect()
}

/// Without any `pattern`, the command itself says so.
fn behind_pattern(placed: &[Placed<'_>]) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    for (at, command) in placed.iter().enumerate() {
        let between: &[&str] = match command.name {
            "diff" => &[],
            "anomaly" => &["diff", "filter"],
            _ => continue,
        };
        let (front, _) = placed.split_at(at);
        let Some(pattern) = front.iter().rposition(|row| row.name == "pattern") else { continue };
        let wrong = front.iter().skip(pattern + 1).find(|row| !between.contains(&row.name));
        if let Some(wrong) = wrong {
            let word = &command.stage.word;
            let message = format!("`{}` stands between the `pattern` and `{word}`", wrong.name);
            let fault = Diagnostic::error(message, wrong.stage.word_span)
                .code(codes::PLACE)
                .note(command.stage.word_span, format!("the `{word}`"))
                .help(format!("move it behind the `{word}`"));
            faults.push(fault);
        }
    }
    faults
}

/// Two time ranges are compared record by record: what gathers them in front of the `pattern` would
/// mix the two.
pub fn compared(commands: &[Box<dyn Stage>], compared: Option<Compared>) -> Option<Diagnostic> {
    let compared = compared?;
    let first = commands.iter().find(|command| command.role().gathering().is_some())?;
    let name = first.doc().name;
    // Behind a `dedup`, nothing may stand anyway, which is told.
    (!matches!(name, "pattern" | "logcompare" | "dedup")).then(|| {
        let message =
            format!("two time ranges cannot be compared behind `{name}`, which would mix them");
        Diagnostic::error(message, compared.span)
            .code(codes::PLACE)
            .help(format!("leave the `{name}` out, or move it to the end"))
    })
}
