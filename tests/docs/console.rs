//! Console blocks: every command in them runs, and prints what they show.
//!
//! `$ ` begins a command, `> ` goes on with it; the lines below are what it prints, standard error
//! included. A line `...` stands for any lines. The blocks of a page run one after another in one
//! empty directory, so that a page makes the files it uses.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{pages, read, update};

/// A directory that goes away with its owner.
pub(crate) struct Directory(PathBuf);

impl Directory {
    /// An empty directory of its own.
    pub(crate) fn new() -> Directory {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("flowql-docs-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a temporary directory can be made");
        Directory(path)
    }

    /// What a shell in this directory prints for a command.
    pub(crate) fn run(&self, command: &str) -> String {
        let binary = Path::new(env!("CARGO_BIN_EXE_flowql"));
        let folder = binary.parent().expect("a binary is in a folder").display();
        let path = std::env::var("PATH").unwrap_or_default();
        let output = Command::new("sh")
            .args(["-c", &format!("exec 2>&1\n{command}")])
            .current_dir(&self.0)
            .env("PATH", format!("{folder}:{path}"))
            .env_remove("FLOWQL_LOGS")
            .output()
            .expect("a shell can be run");
        let text = String::from_utf8(output.stdout).expect("it prints UTF-8");
        assert!(!text.contains("panicked at"), "`{command}` panics:\n{text}");
        text
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A command of a block, and what is shown below it.
struct Shown<'a> {
    /// The line of the page, counted from 0, of its `$`.
    line: usize,
    /// The lines of the command as they stand.
    command: Vec<&'a str>,
    output: Vec<&'a str>,
}

fn commands<'a>(lines: &[&'a str], first: usize) -> Vec<Shown<'a>> {
    let mut found: Vec<Shown<'_>> = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        match found.last_mut() {
            _ if line.starts_with("$ ") => {
                found.push(Shown { line: first + i, command: vec![line], output: Vec::new() });
            }
            Some(shown) if line.starts_with("> ") && shown.output.is_empty() => {
                shown.command.push(line);
            }
            Some(shown) => shown.output.push(line),
            None => panic!("line {}: a console block begins with `$ `", first + i + 1),
        }
    }
    found
}

/// Whether lines are those shown, where `...` stands for any.
fn matches(shown: &[&str], lines: &[&str]) -> bool {
    match shown.split_first() {
        None => lines.is_empty(),
        Some((&"...", rest)) => (0..=lines.len()).any(|skip| matches(rest, &lines[skip..])),
        Some((first, rest)) => lines.first() == Some(first) && matches(rest, &lines[1..]),
    }
}

/// Runs the commands of a page; returns the page with the output there really is.
fn run_page(page: &str, name: &str, faults: &mut Vec<String>) -> String {
    let directory = Directory::new();
    let mut lines: Vec<String> = Vec::new();
    let mut copied = 0;
    let all: Vec<&str> = page.lines().collect();
    for (first, block) in super::blocks(page, "console") {
        for shown in commands(&block, first) {
            let text = shown.command.iter().map(|line| &line[2..]).collect::<Vec<_>>().join("\n");
            let text = text.replace("cargo run --release -- ", "flowql ");
            // These are checked by being what runs this test.
            if text.starts_with("cargo ") || text.starts_with("UPDATE=1 cargo ") {
                continue;
            }
            let printed = directory.run(&text);
            let printed: Vec<&str> = printed.lines().map(str::trim_end).collect();
            let same = matches(&shown.output, &printed);
            let begin = shown.line + shown.command.len();
            lines.extend(all[copied..begin].iter().map(|line| (*line).to_owned()));
            let kept = if same { &shown.output } else { &printed };
            lines.extend(kept.iter().map(|line| (*line).to_owned()));
            copied = begin + shown.output.len();
            if !same {
                let place = shown.line + 1;
                faults.push(format!("{name}:{place}: `{text}` prints\n{}\n", printed.join("\n")));
            }
        }
    }
    lines.extend(all[copied..].iter().map(|line| (*line).to_owned()));
    lines.join("\n") + "\n"
}

#[test]
fn console_blocks_show_what_commands_print() {
    let mut faults = Vec::new();
    for path in pages() {
        let page = read(&path);
        let current = run_page(&page, &path.display().to_string(), &mut faults);
        if update() && current != page {
            fs::write(&path, current).expect("the page can be written");
        }
    }
    let help = "if that is right: UPDATE=1 cargo test --test docs";
    assert!(update() || faults.is_empty(), "{}\n{help}", faults.join("\n"));
}
