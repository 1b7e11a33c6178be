//! Dot-commands about queries: samples, saved ones, parameters, the last one.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::{Argument, Row};
use crate::error::{Error, Result};
use crate::face::range::Range;
use crate::face::{inspect, library, logs};
use crate::query_file::QueryFile;
use crate::repl::session::{Flow, Session};
use crate::samples::SAMPLES;

/// `.samples`
pub(super) const LIST: Row = Row {
    name: "samples",
    aliases: &[],
    arguments: "[NAME]",
    argument: Argument::Sample,
    summary: "Lists the queries that AWS publishes for flow logs, or shows one; `.run NAME` runs it.",
    examples: &[".samples", ".samples udp-sources"],
    run: samples,
};

fn samples(session: &mut Session, arguments: &str) -> Result<Flow> {
    if !arguments.is_empty() {
        let Some(sample) = SAMPLES.iter().find(|sample| sample.name == arguments) else {
            let help = "`.samples` lists them";
            return Err(Error::Usage(format!(
                "no sample is called `{arguments}`\n  = help: {help}"
            )));
        };
        session.write(sample.text)?;
        return Ok(Flow::Next);
    }
    let titles = SAMPLES.iter().map(|sample| {
        let file = QueryFile::parse(sample.text).unwrap_or_default();
        (sample.name.to_owned(), file.title.unwrap_or_default())
    });
    session.write(&listed(titles.collect()))?;
    Ok(Flow::Next)
}

/// Names and titles, one below the other.
fn listed(rows: Vec<(String, String)>) -> String {
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let line = |(name, title): &(String, String)| {
        format!("{name:<width$}  {title}").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

/// `.run`
pub(super) const RUN: Row = Row {
    name: "run",
    aliases: &[],
    arguments: "NAME|FILE [PARAM=VALUE…]",
    argument: Argument::Query,
    summary: "Runs a saved query, a sample, or the queries and dot-commands of a file.",
    examples: &[".run top-20-rejected-sources", ".run talkers network=10.0.96.0/20"],
    run,
};

/// How deep files may run files.
const DEEPEST: usize = 10;

fn run(session: &mut Session, arguments: &str) -> Result<Flow> {
    let mut words = words(arguments)?.into_iter();
    let Some(name) = words.next() else {
        return Err(Error::Usage(
            "nothing to run\n  = help: `.queries` lists what is saved".to_owned(),
        ));
    };
    let mut given = Vec::new();
    for word in words {
        let Some((name, value)) = word.split_once('=') else {
            return Err(Error::Usage(format!("`{word}` has no value\n  = help: write NAME=VALUE")));
        };
        given.push((name.to_owned(), value.to_owned()));
    }
    let sample = SAMPLES.iter().find(|sample| sample.name == name);
    let text = match (library::find(Path::new(&name)), sample) {
        (Ok(path), _) => std::fs::read_to_string(&path)
            .map_err(|source| Error::Io { path: path.clone(), source })?,
        (Err(_), Some(sample)) => sample.text.to_owned(),
        (Err(error), None) => return Err(error),
    };
    let file = QueryFile::parse(&text).map_err(Error::Usage)?;
    if session.depth == DEEPEST {
        return Err(Error::Limit(format!("files run files more than {DEEPEST} deep")));
    }
    let title = file.title.clone().unwrap_or(name);
    if session.interactive {
        session.say(&title)?;
    }
    // Values given here count here only.
    let before = session.desk.borrow().params.clone();
    session.desk.borrow_mut().params.extend(given.iter().cloned());
    if let Some((unknown, _)) = given.iter().find(|(name, _)| !has_param(&file, name)) {
        session.desk.borrow_mut().params = before;
        return Err(Error::Usage(format!("the query has no parameter `{unknown}`")));
    }
    if let Some(logs) = file.logs.as_ref().filter(|_| session.interactive) {
        session.say(&format!("note: it names the logs {logs}; those that are open are asked"))?;
    }
    let range = session.range.clone();
    if let (Some(time), Range::All) = (&file.time, &range) {
        session.range = Range::parse(time, session.shower.zone, logs::now())?;
        session.say(&format!("note: its time range is {}", session.range))?;
    }
    session.depth += 1;
    let ran = session.run(&text);
    session.depth -= 1;
    session.range = range;
    session.desk.borrow_mut().params = before;
    ran
}

fn has_param(file: &QueryFile, name: &str) -> bool {
    file.params.iter().any(|param| param.name == name)
}

/// Words apart by blanks, where those in quotes do not count.
fn words(text: &str) -> Result<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in text.chars() {
        match (quote, c) {
            (Some(end), c) if c == end => {
                word.push(c);
                quote = None;
            }
            (None, '"' | '\'') => {
                word.push(c);
                quote = Some(c);
            }
            (None, c) if c.is_whitespace() => {
                words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
            }
            (_, c) => word.push(c),
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    match quote {
        Some(quote) => Err(Error::Usage(format!("a {quote} is missing at the end"))),
        None => Ok(words),
    }
}

/// `.save`
pub(super) const SAVE: Row = Row {
    name: "save",
    aliases: &[],
    arguments: "[--force] NAME [TITLE]",
    argument: Argument::Text,
    summary: "Saves the last query as a `.query` file in the project's folder `queries`, else in your own.",
    examples: &[".save ssh-scanners", ".save --force ssh-scanners Who knocks at port 22"],
    run: save,
};

fn save(session: &mut Session, arguments: &str) -> Result<Flow> {
    let (force, arguments) = match arguments.strip_prefix("--force") {
        Some(rest) => (true, rest.trim()),
        None => (false, arguments),
    };
    let Some(query) = session.chain.last() else {
        return Err(Error::Usage("there is no query to save".to_owned()));
    };
    let (name, title) = arguments.split_once(char::is_whitespace).unwrap_or((arguments, ""));
    let path = library::place_for(name)?;
    if path.exists() && !force {
        let help = format!("`.save --force {name}` replaces it");
        let path = path.display();
        return Err(Error::Usage(format!("there is a query already: {path}\n  = help: {help}")));
    }
    let text = with_header(query, name, title.trim());
    let failed = |source| Error::Io { path: path.clone(), source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(&path, text).map_err(failed)?;
    session.desk.borrow_mut().find_saved();
    session.say(&format!("saved as {}", path.display()))?;
    Ok(Flow::Next)
}

/// The query with a title in front, and a line for each parameter that it does not declare.
fn with_header(query: &str, name: &str, title: &str) -> String {
    let file = QueryFile::parse(query).unwrap_or_default();
    let mut text = String::new();
    let named = name.strip_suffix(".query").unwrap_or(name);
    match (title, &file.title) {
        ("", Some(_)) => {}
        ("", None) => text.push_str(&format!("# {}\n", named.replace(['-', '_'], " "))),
        (title, _) => text.push_str(&format!("# {title}\n")),
    }
    for param in
        file.params.iter().filter(|param| !query.contains(&format!("# param {}", param.name)))
    {
        text.push_str(&format!("# param {}\n", param.name));
    }
    text.push_str(query.trim());
    text.push('\n');
    text
}

/// `.queries`
pub(super) const QUERIES: Row = Row {
    name: "queries",
    aliases: &[],
    arguments: "",
    argument: Argument::Nothing,
    summary: "Lists the saved queries with their titles.",
    examples: &[".queries"],
    run: |session, _| {
        session.desk.borrow_mut().find_saved();
        let desk = session.desk.borrow();
        let title = |file: &QueryFile| file.title.clone().unwrap_or_default();
        let rows: Vec<_> =
            desk.saved.iter().map(|(name, file)| (name.clone(), title(file))).collect();
        let text = match rows.is_empty() {
            true => "no query is saved yet; `.save NAME` saves the last one".to_owned(),
            false => listed(rows),
        };
        session.write(&text)?;
        drop(desk);
        Ok(Flow::Next)
    },
};

/// `.param`
pub(super) const PARAM: Row = Row {
    name: "param",
    aliases: &[],
    arguments: "[NAME=VALUE | NAME]",
    argument: Argument::Param,
    summary: "Gives the parameter {{NAME}} of queries a value, takes it away, or lists all.",
    examples: &[".param network=10.0.0.0/16", ".param network", ".param"],
    run: |session, arguments| {
        let mut desk = session.desk.borrow_mut();
        match (arguments, arguments.split_once('=')) {
            ("", _) => {
                let rows = desk.params.iter().map(|(name, value)| format!("{name}={value}\n"));
                let text: String = rows.collect();
                let text =
                    if text.is_empty() { "no parameter has a value".to_owned() } else { text };
                session.write(&text)?;
            }
            (_, Some((name, value))) => {
                let (name, value) = (name.trim(), value.trim());
                desk.params.retain(|(other, _)| other != name);
                desk.params.push((name.to_owned(), value.to_owned()));
            }
            (name, None) => {
                if !desk.params.iter().any(|(other, _)| other == name) {
                    let help = "write NAME=VALUE to give it one";
                    return Err(Error::Usage(format!("`{name}` has no value\n  = help: {help}")));
                }
                desk.params.retain(|(other, _)| other != name);
            }
        }
        Ok(Flow::Next)
    },
};

/// `.undo`
pub(super) const UNDO: Row = Row {
    name: "undo",
    aliases: &[],
    arguments: "",
    argument: Argument::Nothing,
    summary: "Takes the last refinement back: the query in front of it is the last one again.",
    examples: &[".undo"],
    run: |session, _| {
        if session.chain.len() < 2 {
            let help = "a line that begins with `|` refines the last query";
            return Err(Error::Usage(format!("there is nothing to take back\n  = help: {help}")));
        }
        session.chain.pop();
        let query = session.chain.last().cloned();
        session.write(query.as_deref().unwrap_or_default())?;
        session.desk.borrow_mut().query = query;
        Ok(Flow::Next)
    },
};

/// The query that was written, or the last one.
fn given_or_last(session: &Session, arguments: &str) -> Result<String> {
    match (arguments, session.chain.last()) {
        ("", None) => Err(Error::Usage("there is no query yet".to_owned())),
        ("", Some(last)) => Ok(last.clone()),
        (text, Some(last)) if text.starts_with('|') => Ok(format!("{last}\n{text}")),
        (text, _) => Ok(text.to_owned()),
    }
}

/// `.explain`
pub(super) const EXPLAIN: Row = Row {
    name: "explain",
    aliases: &[],
    arguments: "[analyze] [QUERY]",
    argument: Argument::Explained,
    summary: "Shows how a query runs, the last one if none is written; `analyze` runs it and counts.",
    examples: &[".explain", ".explain stats count(*) by srcAddr", ".explain analyze"],
    run: |session, arguments| {
        let (word, rest) = arguments.split_once(char::is_whitespace).unwrap_or((arguments, ""));
        let analyze = word == "analyze";
        let text = given_or_last(session, if analyze { rest.trim() } else { arguments })?;
        let bound = session.bind(&text)?;
        session.set_limits();
        let plan = session.engine.compile(&bound)?;
        for warning in &plan.warnings {
            session.say(warning.render(&bound).trim_end())?;
        }
        if analyze {
            let shower = session.shower.clone();
            let (_, answer) = shower.answer(&mut session.engine, &bound)?;
            session.write(&inspect::analyzed(&plan, &answer.outcome))?;
            return Ok(Flow::Next);
        }
        session.write(&plan.to_string())?;
        Ok(Flow::Next)
    },
};

/// `.watch`
pub(super) const WATCH: Row = Row {
    name: "watch",
    aliases: &[],
    arguments: "[SECONDS] [TIMES]",
    argument: Argument::Text,
    summary: "Runs the last query again and again over the logs as they grow, until Ctrl-C.",
    examples: &[".watch", ".watch 10 3"],
    run: watch,
};

fn watch(session: &mut Session, arguments: &str) -> Result<Flow> {
    let mut numbers = arguments.split_whitespace();
    let mut number = |default: f64| match numbers.next() {
        None => Ok(default),
        Some(text) => {
            text.parse::<f64>().ok().filter(|n| (0.1..1e6).contains(n)).ok_or_else(|| {
                let help = "write `.watch 10` for every 10 seconds, `.watch 10 3` for three times";
                Error::Usage(format!("`{text}` is no number of that kind\n  = help: {help}"))
            })
        }
    };
    let (seconds, times) = (number(5.0)?, number(f64::INFINITY.min(1e6 - 1.0))?);
    let text = given_or_last(session, "")?;
    for turn in 0..times as u64 {
        if turn > 0 && !wait(session, Duration::from_secs_f64(seconds)) {
            session.say("stopped")?;
            break;
        }
        session.say(&format!("── {} ──", crate::data::time::print(logs::now())))?;
        session.reopen_quietly()?;
        match session.ask_again(&text) {
            Err(Error::Cancelled) => break,
            other => other?,
        }
    }
    Ok(Flow::Next)
}

/// Waits, and says whether Ctrl-C did not end it.
fn wait(session: &Session, length: Duration) -> bool {
    let end = Instant::now() + length;
    let cancelled = &session.engine.run.cancelled;
    cancelled.store(false, Ordering::Relaxed);
    while Instant::now() < end {
        if cancelled.load(Ordering::Relaxed) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(50).min(length));
    }
    !cancelled.load(Ordering::Relaxed)
}

/// `.edit`
pub(super) const EDIT: Row = Row {
    name: "edit",
    aliases: &[],
    arguments: "[NAME|FILE]",
    argument: Argument::Query,
    summary: "Opens the last query, or a saved one, in `$VISUAL` or `$EDITOR`, and runs what is saved there.",
    examples: &[".edit", ".edit ssh-scanners"],
    run: edit,
};

fn edit(session: &mut Session, arguments: &str) -> Result<Flow> {
    let named = (!arguments.is_empty()).then(|| library::find(Path::new(arguments))).transpose()?;
    let temporary = std::env::temp_dir().join(format!("flowql-{}.query", std::process::id()));
    let path = named.clone().unwrap_or_else(|| temporary.clone());
    let failed = |source| Error::Io { path: path.clone(), source };
    if named.is_none() {
        let text = session.chain.last().cloned().unwrap_or_default();
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(failed)?;
        file.write_all((text + "\n").as_bytes()).map_err(failed)?;
    }
    let edited = edited(&path);
    if named.is_none() {
        let _ = std::fs::remove_file(&temporary);
    }
    match edited? {
        text if text.trim().is_empty() => {
            session.say("nothing to run")?;
            Ok(Flow::Next)
        }
        text => session.run(&text),
    }
}

/// The text of a file after an editor was open on it.
fn edited(path: &PathBuf) -> Result<String> {
    let chosen = ["VISUAL", "EDITOR"].into_iter().find_map(|name| std::env::var(name).ok());
    let editor = chosen.filter(|it| !it.trim().is_empty()).unwrap_or_else(|| "vi".to_owned());
    // The variable may hold arguments, as in `code --wait`, so a shell reads it.
    let status = Command::new("sh")
        .args(["-c", &format!("{editor} \"$1\""), "sh"])
        .arg(path)
        .status()
        .map_err(|source| Error::Io { path: "sh".into(), source })?;
    if !status.success() {
        return Err(Error::Usage(format!("`{editor}` ended with a failure, so nothing is run")));
    }
    std::fs::read_to_string(path).map_err(|source| Error::Io { path: path.clone(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_quotes() {
        let found = words("talkers network=\"10.0 .0\"  top=5").expect("quotes are closed");
        assert_eq!(found, ["talkers", "network=\"10.0 .0\"", "top=5"]);
        assert!(words("a \"b").is_err());
        assert!(words("").is_ok_and(|words| words.is_empty()));
    }

    #[test]
    fn a_saved_query_has_a_title_and_its_parameters() {
        let cases = [
            ("limit 1", "", "# my query\nlimit 1\n"),
            ("limit 1", "A title", "# A title\nlimit 1\n"),
            ("# Mine\nlimit 1", "", "# Mine\nlimit 1\n"),
            ("limit {{n}}", "", "# my query\n# param n\nlimit {{n}}\n"),
            (
                "# T\n# param n = 3: how many\nlimit {{n}}",
                "",
                "# T\n# param n = 3: how many\nlimit {{n}}\n",
            ),
        ];
        for (query, title, expected) in cases {
            let text = with_header(query, "my-query", title);
            assert_eq!(text, expected);
            assert!(QueryFile::parse(&text).is_ok());
        }
    }
}
