//! The documentation is tested: generated pages are current, and blocks show what happens.
//!
//! `UPDATE=1 cargo test --test docs` writes the generated pages and the shown output anew.
#![cfg(unix)]

mod console;
mod examples;
mod reference;
mod values;

use std::fs;
use std::path::{Path, PathBuf};

/// A file of the repository.
fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Whether files are to be written anew instead of compared.
fn update() -> bool {
    std::env::var_os("UPDATE").is_some_and(|value| value == "1")
}

/// The pages that people wrote: `README.md` and `docs/*.md`.
fn pages() -> Vec<PathBuf> {
    let entries = fs::read_dir(repository("docs")).expect("docs/ is there");
    let paths = entries.map(|entry| entry.expect("docs/ can be listed").path());
    let mut pages: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    pages.push(repository("README.md"));
    pages.sort();
    pages
}

/// The text of a page.
fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The fenced blocks of a page in one language, each with the number of its first line.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<(usize, Vec<&'a str>)> {
    let mut found = Vec::new();
    let mut inside: Option<(bool, usize, Vec<&str>)> = None;
    for (i, line) in page.lines().enumerate() {
        match (&mut inside, line.strip_prefix("```")) {
            (None, Some(info)) => inside = Some((info.trim() == language, i + 1, Vec::new())),
            (None, None) => {}
            (Some((_, _, lines)), None) => lines.push(line),
            (Some(_), Some(_)) => {
                if let Some((true, at, lines)) = inside.take() {
                    found.push((at, lines));
                }
            }
        }
    }
    found
}

#[test]
fn query_blocks_compile() {
    let options = flowql::plan::plan::PlanOptions::default();
    for path in pages() {
        let page = read(&path);
        for (line, query) in blocks(&page, "query") {
            if let Err(error) = flowql::engine::compile_without_logs(&query.join("\n"), &options) {
                panic!("{}:{line}:\n{error}", path.display());
            }
        }
    }
}

#[test]
fn links_lead_to_files() {
    for path in pages() {
        let page = read(&path);
        for target in page.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            if file.is_empty() || file.contains("://") {
                continue;
            }
            let found = path.parent().expect("a page is in a folder").join(file);
            assert!(found.exists(), "{}: there is no {target}", path.display());
        }
    }
}

#[test]
fn set_up_takes_two_commands_and_the_second_is_that_of_ci() {
    let page = read(&repository("README.md"));
    let set_up =
        page.split("\n## ").find(|part| part.starts_with("Set-up")).expect("a Set-up part");
    let blocks = blocks(set_up, "console");
    let commands: Vec<&str> = blocks
        .iter()
        .flat_map(|(_, lines)| lines)
        .filter_map(|line| line.strip_prefix("$ "))
        .collect();
    let sample = "cargo run --release -- samples run top-20-rejected-sources";
    assert_eq!(commands, [sample, "cargo test"]);
    let checks = read(&repository(".ci/run"));
    assert!(
        checks.lines().any(|line| line.trim() == commands[1]),
        ".ci/run runs `{}`",
        commands[1]
    );
}
