//! Runs the console transcripts of `tests/cli`: each shell line must show what stands below it.
//!
//! A transcript is a Markdown file. In its `console` blocks a line `$ …` is run by `sh` in a fresh
//! folder with the files of `tests/data`; below it stand standard output, then standard error, then
//! `[exit N]` unless N is 0. A line `...` stands for any lines, `[TIME]` for a time that passed.
//! `UPDATE=1 cargo test --test cli` writes down what is shown today; read the diff.

mod support;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use regex::Regex;
use support::diff::diff;
use support::{data, files_under, gzip};

/// Complete lines that can be read of the cut gzip file.
const READABLE: usize = 10;

#[test]
fn every_transcript_shows_what_it_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli");
    let update = std::env::var_os("UPDATE").is_some();
    let mut failures = Vec::new();
    for path in files_under(&root, "md") {
        let folder = Folder::new(&path.file_stem().unwrap_or_default().to_string_lossy());
        let expected = fs::read_to_string(&path).expect("transcripts are UTF-8");
        let actual = replay(&expected, &folder.0);
        if actual == expected {
            continue;
        }
        if update {
            fs::write(&path, actual).expect("transcripts can be written");
        } else {
            let name = path.strip_prefix(&root).unwrap_or(&path);
            failures.push(diff(&name.display().to_string(), &expected, &actual));
        }
    }
    assert!(failures.is_empty(), "\n{}\nUPDATE=1 records what is shown now", failures.join("\n"));
}

/// The transcript with what its commands show now.
fn replay(transcript: &str, folder: &Path) -> String {
    let mut text = String::new();
    let mut lines = transcript.lines().peekable();
    let mut inside = false;
    while let Some(line) = lines.next() {
        text = text + line + "\n";
        match line {
            "```console" => inside = true,
            "```" => inside = false,
            _ => {}
        }
        let Some(command) = line.strip_prefix("$ ").filter(|_| inside) else { continue };
        let mut command = command.to_owned();
        // A quote that is still open goes on in the next lines.
        while command.matches('\'').count() % 2 == 1
            && let Some(more) = lines.next()
        {
            text = text + more + "\n";
            command = command + "\n" + more;
        }
        let mut expected = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.starts_with("$ ") && *line != "```") {
            expected.push(line);
        }
        let shown = run(&command, folder);
        let shown: Vec<&str> = shown.lines().collect();
        let kept = if fits(&expected, &shown) { &expected } else { &shown };
        kept.iter().for_each(|line| text = std::mem::take(&mut text) + line + "\n");
    }
    text
}

/// Whether lines are those expected, of which `...` stands for any.
fn fits(expected: &[&str], shown: &[&str]) -> bool {
    match expected.split_first() {
        None => shown.is_empty(),
        Some((&"...", rest)) => (0..=shown.len()).any(|at| fits(rest, &shown[at..])),
        Some((line, rest)) => shown.first() == Some(line) && fits(rest, &shown[1..]),
    }
}

/// What a shell line shows, without the times that differ from run to run.
fn run(command: &str, folder: &Path) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_flowql"));
    let own = program.parent().expect("the program lies in a folder").as_os_str().to_owned();
    let mut path = own;
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .stdin(Stdio::null())
        .env("PATH", path)
        .env_remove("FLOWQL_LOGS")
        .env_remove("NO_COLOR")
        .env_remove("COLUMNS")
        .output()
        .expect("there is a shell");
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text += &String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => {}
        Some(code) => text += &format!("[exit {code}]\n"),
        None => text += "[ended by a signal]\n",
    }
    let times =
        Regex::new(r"\b(in) [0-9.]+ ?(µs|ms|s|min|h)( [0-9]+ ?s)?\b").expect("is a pattern");
    times.replace_all(&text, "$1 [TIME]").into_owned()
}

/// A folder of its own for a transcript, gone when it ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let name = format!("flowql-cli-{}-{name}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("empty")).expect("a temporary folder can be made");
        for path in [files_under(&data(), "log"), files_under(&data(), "parquet")].concat() {
            let name = path.file_name().expect("a file has a name");
            fs::copy(&path, folder.join(name)).expect("files can be copied");
        }
        for name in ["flows.log", "awkward.log"] {
            let text = fs::read(folder.join(name)).expect("was copied");
            write(&folder.join(format!("{name}.gz")), &gzip(&text));
        }
        let flows = fs::read_to_string(folder.join("flows.log")).expect("was copied");
        write(&folder.join("truncated.log.gz"), &truncated(&flows));
        Folder(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).expect("files can be written");
}

/// A gzip file that ends too early, behind the first lines.
fn truncated(text: &str) -> Vec<u8> {
    let (mut encoder, mut readable) = (GzEncoder::new(Vec::new(), Compression::default()), 0);
    for (at, line) in text.split_inclusive('\n').enumerate() {
        encoder.write_all(line.as_bytes()).expect("memory takes every byte");
        if at + 1 == READABLE {
            encoder.flush().expect("memory takes every byte");
            readable = encoder.get_ref().len();
        }
    }
    let mut bytes = encoder.finish().expect("memory takes every byte");
    bytes.truncate(readable);
    bytes
}
