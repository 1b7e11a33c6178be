//! The house as a test: floors, sizes, doors of foreign crates, and what may lie on the top level.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use flowql::commands::COMMANDS;

/// What may use what: a module uses modules of its own folder and those of lower floors, no other.
/// The longest name that fits decides.
const FLOORS: &[&[&str]] = &[
    &["diagnostic", "registry", "parallel"],
    &["error"],
    &["data"],
    &["output::line", "output::human"],
    &["charts"],
    &["syntax", "functions", "readers", "output", "query_file", "samples", "lookup"],
    &["aggregates", "generate"],
    &["eval", "logs"],
    &["commands", "store"],
    &["plan"],
    &["engine"],
    &["face"],
    &["repl"],
    &["cli"],
    &["lib", "main"],
];

/// A file is looked at from 400 lines on, and too long from here on.
const MOST_LINES: usize = 600;

/// All that may lie beside `src`; `target` is what Cargo builds.
const TOP_LEVEL: &[&str] = &[
    ".ci",
    ".git",
    ".gitignore",
    ".rustfmt.toml",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "docs",
    "grammar",
    "src",
    "target",
    "tests",
];

/// Written in two parts, so that this file does not hold them.
const FORBIDDEN: &[&str] = &[
    concat!("to", "do!"),
    concat!("unimple", "mented!"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("HA", "CK"),
    concat!("db", "g!"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text files under a folder with one of these extensions, and their text.
fn texts(folder: &str, extensions: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.expect("its entries can be read").path()) {
            let extension = path.extension().unwrap_or_default().to_string_lossy();
            let hidden =
                path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if path.is_dir() && !hidden && !path.ends_with("target") {
                folders.push(path);
            } else if extensions.contains(&&*extension) {
                let text = fs::read_to_string(&path).expect("sources are UTF-8");
                found.push((path.strip_prefix(root()).expect("lies below").to_owned(), text));
            }
        }
    }
    found.sort();
    found
}

/// The code of the program: files of `src` with their module path, without comments and tests.
fn modules() -> Vec<(PathBuf, Vec<String>, String)> {
    let is_test = |path: &Path| {
        let stem = path.file_stem().unwrap_or_default();
        ["tests", "testing", "fixture"].iter().any(|name| stem == *name)
    };
    let sources = texts("src", &["rs"]).into_iter().filter(|(path, _)| !is_test(path));
    sources
        .map(|(path, text)| {
            let within = path.strip_prefix("src").expect("lies in src").with_extension("");
            let mut module: Vec<String> =
                within.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            if module.last().is_some_and(|name| name == "mod") {
                module.pop();
            }
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            let code = lines.collect::<Vec<_>>().join("\n");
            (path, module, code)
        })
        .collect()
}

/// The floor of a module, the lowest is 0, and the name it is known by there.
fn floor(module: &[String]) -> Option<usize> {
    let path = module.join("::");
    let fits = |name: &&&str| path == **name || path.starts_with(&format!("{name}::"));
    let floors = FLOORS.iter().enumerate();
    let names = floors.flat_map(|(floor, names)| names.iter().map(move |name| (floor, name)));
    names.filter(|(_, name)| fits(name)).max_by_key(|(_, name)| name.len()).map(|(floor, _)| floor)
}

/// Where in a text a path begins with this word.
fn starts<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '$' | '"');
    code.match_indices(word).map(|(at, _)| at).filter(move |at| !code[..*at].ends_with(inside))
}

/// The modules that code names, as paths from the root of the crate.
fn uses(module: &[String], code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for at in starts(code, "crate::") {
        branches(&code[at + "crate::".len()..], &[], &mut found);
    }
    for at in starts(code, "super::") {
        let mut rest = &code[at..];
        let mut from = module;
        while let Some(behind) = rest.strip_prefix("super::") {
            (rest, from) = (behind, &from[..from.len().saturating_sub(1)]);
        }
        branches(rest, from, &mut found);
    }
    found
}

/// Follows a path: `a::b`, `a::{b, c::d}`, `{a, b}`.
fn branches(text: &str, from: &[String], found: &mut Vec<Vec<String>>) {
    if let Some(inner) = text.strip_prefix('{') {
        let (mut depth, mut start) = (0, 0);
        for (at, c) in inner.char_indices() {
            match c {
                '{' => depth += 1,
                ',' | '}' if depth == 0 => {
                    branches(inner[start..at].trim_start(), from, found);
                    start = at + 1;
                    if c == '}' {
                        return;
                    }
                }
                '}' => depth -= 1,
                _ => {}
            }
        }
        return;
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let mut path = from.to_vec();
    path.push(text[..end].to_owned());
    match text[end..].strip_prefix("::") {
        Some(rest) if path.len() < 4 => branches(rest, &path, found),
        _ => found.push(path),
    }
}

#[test]
fn imports_go_down_only() {
    let mut wrong = Vec::new();
    for (path, module, code) in modules() {
        let own = floor(&module).unwrap_or_else(|| panic!("{} is on no floor", path.display()));
        for used in uses(&module, &code) {
            let Some(other) = floor(&used) else { continue };
            let within = used.first() == module.first() && other <= own;
            if other >= own && !within {
                wrong.push(format!("{} uses {}", path.display(), used.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "these go up or sideways:\n{}", wrong.join("\n"));
}

#[test]
fn every_folder_is_on_a_floor() {
    let folders: BTreeSet<String> =
        modules().into_iter().filter_map(|(_, module, _)| module.into_iter().next()).collect();
    let named: BTreeSet<String> = FLOORS.concat().iter().map(|name| (*name).to_owned()).collect();
    let missing: Vec<_> = named.iter().filter(|name| !name.contains("::")).collect();
    let missing: Vec<_> = missing.into_iter().filter(|name| !folders.contains(*name)).collect();
    assert!(missing.is_empty(), "these are on a floor and not in src: {missing:?}");
    let unknown: Vec<_> = folders.difference(&named).collect();
    assert!(unknown.is_empty(), "these are in src and on no floor: {unknown:?}");
}

#[test]
fn foreign_crates_stay_behind_their_doors() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("there is a manifest");
    let tables = manifest.split("[dependencies]").nth(1).expect("there are dependencies");
    let modules = modules();
    let mut wrong = Vec::new();
    for line in tables.lines().skip(1).take_while(|line| !line.starts_with('[')) {
        let Some((name, rest)) = line.split_once(" = ") else { continue };
        let comment = rest.rsplit_once('#').map_or("", |(_, comment)| comment);
        // The comment says what the crate is for, and behind that the only places that use it.
        let doors: Vec<&str> =
            comment.split([' ', ',', ';']).filter(|word| word.starts_with("src/")).collect();
        if doors.is_empty() {
            wrong.push(format!("Cargo.toml does not say who may use `{name}`"));
        }
        let word = format!("{}::", name.replace('-', "_"));
        for (path, _, code) in &modules {
            // A module of the same name is no crate.
            let own = code.contains(&format!("mod {};", name.replace('-', "_")));
            let inside = own || doors.iter().any(|door| path.starts_with(door));
            if !inside && starts(code, &word).next().is_some() {
                wrong.push(format!("{} uses `{name}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_say_what_they_are_and_are_short() {
    let mut wrong = Vec::new();
    for (path, text) in texts("src", &["rs"]).into_iter().chain(texts("tests", &["rs"])) {
        if !text.starts_with("//! ") {
            wrong.push(format!("{} does not open with `//!`", path.display()));
        }
        let lines = text.lines().count();
        if lines > MOST_LINES {
            wrong.push(format!("{} has {lines} lines", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_top_level_holds_nothing_else() {
    let entries = fs::read_dir(root()).expect("the package is there");
    let names = entries.map(|entry| entry.expect("its entries can be read").file_name());
    let strange: Vec<_> =
        names.filter(|name| !TOP_LEVEL.iter().any(|known| name == known)).collect();
    assert!(strange.is_empty(), "{strange:?} should lie elsewhere");
}

#[test]
fn nothing_is_left_for_later() {
    let mut wrong = Vec::new();
    let folders = ["src", "grammar", "docs", "tests"];
    let extensions = ["rs", "pest", "md", "test", "py", "query"];
    let mut all: Vec<_> = folders.iter().flat_map(|folder| texts(folder, &extensions)).collect();
    if let Ok(text) = fs::read_to_string(root().join("README.md")) {
        all.push(("README.md".into(), text));
    }
    for (path, text) in all {
        for (at, line) in text.lines().enumerate() {
            if let Some(word) = FORBIDDEN.iter().find(|word| line.contains(**word)) {
                wrong.push(format!("{}:{}: {word}", path.display(), at + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_command_of_the_grammar_has_a_row() {
    let path = root().join("grammar/query.pest");
    let grammar = fs::read_to_string(path).expect("there is a grammar");
    let mut rules = BTreeSet::new();
    for (at, _) in grammar.match_indices("SOI ~ head_word") {
        let name = grammar[..at].rsplit('\n').find_map(|line| line.split_once('='));
        rules.insert(name.expect("a rule has a name").0.trim().to_owned());
    }
    let rows: BTreeSet<String> = COMMANDS.iter().map(|row| format!("{:?}", row.doc.rule)).collect();
    assert_eq!(rules, rows);
    assert!(COMMANDS.iter().all(|row| row.doc.name == format!("{:?}", row.doc.rule)));
}
