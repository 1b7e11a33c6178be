//! Dot-commands about the logs: which are open, what they hold, what of them is asked.

use super::{Argument, Row};
use crate::error::{Error, Result};
use crate::face::options::Input;
use crate::face::range::Range;
use crate::face::{inspect, logs, zone};
use crate::output::human;
use crate::registry;
use crate::repl::known::Known;
use crate::repl::session::{Flow, Session, columns};
use crate::repl::welcome;
use crate::syntax::quoted_name;

/// `.open`
pub(super) const OPEN: Row = Row {
    name: "open",
    aliases: &[],
    arguments: "PATH…",
    argument: Argument::Path,
    summary: "Opens other logs: files, globs, folders.",
    examples: &[".open logs/", ".open logs/2024/05/*.gz"],
    run: open,
};

fn open(session: &mut Session, arguments: &str) -> Result<Flow> {
    let paths: Vec<String> = arguments.split_whitespace().map(str::to_owned).collect();
    if paths.is_empty() {
        let text = match session.input.logs.as_slice() {
            [] => "the built-in sample logs are open".to_owned(),
            paths => format!("open: {}", paths.join(" ")),
        };
        session.write(&text)?;
        return Ok(Flow::Next);
    }
    session.reopen(Input { logs: paths, ..session.input.clone() })?;
    opened(session)
}

/// Says what is open now.
fn opened(session: &mut Session) -> Result<Flow> {
    let parts = welcome::opened(&session.input, &session.desk.borrow().known, session.shower.zone);
    let line = welcome::wrap(&parts, columns());
    session.say(&line)?;
    Ok(Flow::Next)
}

/// `.reload`
pub(super) const RELOAD: Row = Row {
    name: "reload",
    aliases: &[],
    arguments: "",
    argument: Argument::Nothing,
    summary: "Opens the logs anew: files that came or grew since then count.",
    examples: &[".reload"],
    run: |session, _| {
        session.reopen(session.input.clone())?;
        opened(session)
    },
};

/// `.streams`
pub(super) const STREAMS: Row = Row {
    name: "streams",
    aliases: &[],
    arguments: "",
    argument: Argument::Nothing,
    summary: "Lists the log streams in the time range: records, accepted, rejected, first, last, bytes.",
    examples: &[".streams"],
    run: |session, _| {
        session.set_limits();
        let shower = session.shower.clone();
        let query = inspect::streams(&session.engine);
        let (_, answer) = shower.answer(&mut session.engine, query)?;
        session.show_aside(&answer)?;
        Ok(Flow::Next)
    },
};

/// `.use`
pub(super) const USE: Row = Row {
    name: "use",
    aliases: &[],
    arguments: "ENI… | all",
    argument: Argument::Stream,
    summary: "Asks these network interfaces only, until `.use all`.",
    examples: &[".use eni-05c2186df62a211f5", ".use all"],
    run: use_streams,
};

fn use_streams(session: &mut Session, arguments: &str) -> Result<Flow> {
    if arguments.is_empty() {
        let text = match session.streams.as_slice() {
            [] => "all log streams are asked".to_owned(),
            streams => streams.join("\n"),
        };
        session.write(&text)?;
        return Ok(Flow::Next);
    }
    if arguments == "all" {
        session.streams.clear();
        return Ok(Flow::Next);
    }
    let words = arguments.split([',', ' ', '\t']).filter(|word| !word.is_empty());
    let desk = session.desk.borrow();
    let streams = words.map(|word| stream(word, &desk.known)).collect::<Result<Vec<_>>>()?;
    drop(desk);
    session.streams = streams;
    Ok(Flow::Next)
}

/// The log stream that a word means: its name, its interface, or the beginning of one only.
fn stream(word: &str, known: &Known) -> Result<String> {
    let names = || known.streams.iter().map(|(name, _)| name.as_str());
    if let Some(name) = names().find(|name| *name == word || interface(name) == word) {
        return Ok(name.to_owned());
    }
    let found: Vec<&str> = names().filter(|name| name.starts_with(word)).collect();
    match found.as_slice() {
        [name] => Ok((*name).to_owned()),
        [] if known.stopped => Err(Error::Usage(format!(
            "the log streams were not counted, so `{word}` is not known\n  = help: `.reload` counts"
        ))),
        [] => {
            let interfaces: Vec<String> = names().map(interface).collect();
            let nearest = registry::nearest(word, interfaces.iter().map(String::as_str));
            let help = match nearest {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => "`.streams` lists them".to_owned(),
            };
            Err(Error::Usage(format!("there is no log stream `{word}`\n  = help: {help}")))
        }
        many => Err(Error::Usage(format!(
            "{} log streams begin with `{word}`\n  = help: write more of the one that is meant",
            many.len()
        ))),
    }
}

/// The network interface of a log stream: its name without the filter of its flow log.
pub(crate) fn interface(stream: &str) -> String {
    stream.strip_suffix("-all").unwrap_or(stream).to_owned()
}

/// `.fields`
pub(super) const FIELDS: Row = Row {
    name: "fields",
    aliases: &["schema"],
    arguments: "",
    argument: Argument::Nothing,
    summary: "Lists the fields of the records: type, share of records that have it, an example, meaning.",
    examples: &[".fields"],
    run: |session, _| {
        session.set_limits();
        session.engine.plan.limit = None;
        let (_, answer) = inspect::fields(&session.shower, &session.engine)?;
        session.show_aside(&answer)?;
        Ok(Flow::Next)
    },
};

/// `.facets`
pub(super) const FACETS: Row = Row {
    name: "facets",
    aliases: &[],
    arguments: "[FIELD…]",
    argument: Argument::Field,
    summary: "Shows the frequent values of fields: of a sample, or counted for the fields that are named.",
    examples: &[".facets", ".facets dstPort"],
    run: facets,
};

/// The most values of a field that are shown.
const SHOWN: usize = 10;

fn facets(session: &mut Session, arguments: &str) -> Result<Flow> {
    let names = arguments.split([',', ' ', '\t']).filter(|word| !word.is_empty());
    let names: Vec<&str> = names.collect();
    if names.is_empty() {
        let text = sampled(&session.desk.borrow().known);
        session.write(&text)?;
        return Ok(Flow::Next);
    }
    for name in names {
        session.set_limits();
        let name = quoted_name(name.trim_matches('`'));
        let query =
            format!("stats count(*) as records by {name} | sort records desc | limit {SHOWN}");
        let shower = session.shower.clone();
        let (_, answer) = shower.answer(&mut session.engine, &query)?;
        session.show_aside(&answer)?;
    }
    Ok(Flow::Next)
}

/// The frequent values of the sample, field by field.
fn sampled(known: &Known) -> String {
    if known.sampled == 0 {
        return "no record was looked at; `.reload` looks again".to_owned();
    }
    let few = known.fields.iter().filter(|field| !field.values.is_empty());
    let width = few.clone().map(|field| field.name.len()).max().unwrap_or(0);
    let sampled = human::count(known.sampled as u64);
    let mut text = format!("of the first {sampled} records that were read:\n");
    for field in few {
        let shares = known.values(&field.name);
        let values = shares.iter().take(5).map(|(value, share)| format!("{value} {share}"));
        let mut line = values.collect::<Vec<_>>().join(", ");
        if field.distinct > 5 {
            line.push_str(&format!(", … {} in all", human::count(field.distinct as u64)));
        }
        text.push_str(&format!("{:<width$}  {line}\n", field.name));
    }
    text
}

/// `.time`
pub(super) const TIME: Row = Row {
    name: "time",
    aliases: &[],
    arguments: "[last PERIOD | START [END] | today | yesterday | all]",
    argument: Argument::Time,
    summary: "Asks records of a time range only, until `.time all`; an end that is a date is the whole day.",
    examples: &[".time last 6h", ".time 2024-05-01 06:00 2024-05-01 07:00", ".time all"],
    run: |session, arguments| {
        if arguments.is_empty() {
            session.write(&session.range.to_string())?;
            return Ok(Flow::Next);
        }
        session.range = Range::parse(arguments, session.shower.zone, logs::now())?;
        Ok(Flow::Next)
    },
};

/// `.tz`
pub(super) const TZ: Row = Row {
    name: "tz",
    aliases: &["timezone"],
    arguments: "[ZONE]",
    argument: Argument::Zone,
    summary: "Prints times in this zone, and reads times in it that do not say their offset.",
    examples: &[".tz Europe/Madrid", ".tz UTC"],
    run: |session, arguments| {
        if arguments.is_empty() {
            session.write(&session.shower.zone.to_string())?;
            return Ok(Flow::Next);
        }
        session.shower.zone = zone::find(arguments)?;
        Ok(Flow::Next)
    },
};
