//! Runs every `.test` file of `tests/logic`: queries with the output they must give, as text.
//!
//! `UPDATE=1 cargo test --test logic` writes down what the queries give today; read the diff.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use flowql::aggregates::AGGREGATES;
use flowql::commands::COMMANDS;
use flowql::diagnostic::Diagnostic;
use flowql::diagnostic::codes::CODES;
use flowql::engine::compile_without_logs;
use flowql::error::Error;
use flowql::functions;
use flowql::plan::plan::PlanOptions;
use support::diff::diff;
use support::script::{Item, Script};
use support::{LogSet, answer, files_under};

/// The folder of the test files.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logic")
}

#[test]
fn every_query_gives_what_its_file_says() {
    let root = root();
    let update = std::env::var_os("UPDATE").is_some();
    let mut failures = Vec::new();
    let paths = files_under(&root, "test");
    assert!(!paths.is_empty(), "there are no tests under {}", root.display());
    for path in paths {
        let text = fs::read_to_string(&path).expect("test files can be read");
        let mut script = Script::parse(&text);
        let expected = script.to_string();
        assert_eq!(expected, text, "{} is not laid out as the harness writes it", path.display());
        run(&mut script, &path, &mut failures);
        let actual = script.to_string();
        if actual == expected {
            continue;
        }
        if update {
            fs::write(&path, actual).expect("test files can be written");
        } else {
            let name = path.strip_prefix(&root).unwrap_or(&path);
            failures.push(diff(&name.display().to_string(), &expected, &actual));
        }
    }
    assert!(failures.is_empty(), "\n{}\nUPDATE=1 records what is given now", failures.join("\n"));
}

/// Runs the queries of a script and writes their output into it.
fn run(script: &mut Script, path: &Path, failures: &mut Vec<String>) {
    let mut logs = LogSet::named("flows");
    let mut settings = support::Settings::default();
    for item in &mut script.items {
        match item {
            Item::Verbatim(_) => {}
            Item::Use(name) => logs = LogSet::named(name),
            Item::Inline(lines) => logs = LogSet::inline(lines),
            Item::More(kind, name, lines) => logs.add(kind, name, lines),
            Item::Set(words) => settings.set(words),
            Item::Query(query) => match answer(&logs, &settings, &query.tag, &query.text) {
                Ok(output) => query.output = output,
                Err(reason) => {
                    failures.push(format!("{}: {}\n{reason}", path.display(), query.text));
                }
            },
        }
    }
}

#[test]
fn every_command_function_and_aggregate_is_tried() {
    let mut queries = String::new();
    for path in files_under(&root(), "test") {
        let text = fs::read_to_string(&path).expect("test files can be read");
        for item in Script::parse(&text).items {
            if let Item::Query(query) = item {
                queries = queries + &query.text.to_lowercase() + "\n";
            }
        }
    }
    let calls = functions::all().map(|function| function.name);
    let calls = calls.chain(AGGREGATES.iter().map(|aggregate| aggregate.name));
    let calls = calls.map(|name| format!("{}(", name.to_lowercase()));
    let words = COMMANDS.iter().map(|row| format!("{} ", row.doc.name.to_lowercase()));
    let missing: Vec<String> = calls.chain(words).filter(|word| !queries.contains(word)).collect();
    assert!(missing.is_empty(), "no query under tests/logic has {}", missing.join(", "));
}

#[test]
fn every_code_has_a_query_that_gives_it_and_one_that_does_not() {
    let given = |query: &str| findings(query).iter().map(|row| row.code).collect::<Vec<_>>();
    for row in CODES {
        assert!(given(row.bad).contains(&row.code), "{} is not given by {}", row.code, row.bad);
        assert_eq!(given(row.good), Vec::<&str>::new(), "{}: {}", row.code, row.good);
    }
    assert!(CODES.is_sorted_by(|one, next| one.code < next.code), "codes are in order, each once");
}

/// What is found in a query without logs.
fn findings(query: &str) -> Vec<Diagnostic> {
    match compile_without_logs(query, &PlanOptions::default()) {
        Ok(plan) => plan.warnings,
        Err(Error::Query { diagnostics, .. }) => diagnostics,
        Err(other) => panic!("{query}: {other}"),
    }
}

/// The text after the changes that a finding suggests.
fn mended(query: &str, finding: &Diagnostic) -> String {
    let mut edits = finding.edits.to_vec();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    assert!(
        edits.is_sorted_by(|later, earlier| earlier.span.end <= later.span.start),
        "changes overlap: {query}"
    );
    let mut text = query.to_owned();
    edits.iter().for_each(|edit| text.replace_range(edit.span.start..edit.span.end, &edit.text));
    text
}

#[test]
fn every_suggested_change_mends_what_it_is_for() {
    let faults = include_str!("../src/syntax/faults.txt").split("\n\n");
    let faults = faults.filter_map(|fault| fault.lines().next());
    let mut queries: Vec<String> = faults.map(|query| query.replace("\\n", "\n")).collect();
    queries.extend(CODES.iter().map(|row| row.bad.to_owned()));
    for path in files_under(&root(), "test") {
        let text = fs::read_to_string(&path).expect("test files can be read");
        queries.extend(Script::parse(&text).items.into_iter().filter_map(|item| match item {
            Item::Query(query) => Some(query.text),
            _ => None,
        }));
    }
    let mut changes = 0;
    for query in &queries {
        // A finding is told once for all its places: at the next one it may still be so.
        let here =
            |finding: &Diagnostic| (finding.code, finding.message.clone(), finding.span.start);
        for finding in findings(query).iter().filter(|finding| !finding.edits.is_empty()) {
            let text = mended(query, finding);
            let left = findings(&text).iter().any(|left| here(left) == here(finding));
            assert!(!left, "{}\nis still so of\n{text}", finding.render(query));
            changes += 1;
        }
    }
    assert!(changes > 100, "only {changes} changes were tried");
}
