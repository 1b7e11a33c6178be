//! Dot-commands about the session itself: its settings, pager, timing and memory.

use super::{Argument, Row, switch};
use crate::error::{Error, Result};
use crate::face::logs::parse_size;
use crate::output::human;
use crate::plan::plan::DEFAULT_LIMIT;
use crate::registry::{self, Named};
use crate::repl::session::{Flow, Session};

/// `.pager`
pub(super) const PAGER: Row = Row {
    name: "pager",
    aliases: &[],
    arguments: "[on | off]",
    argument: Argument::Switch,
    summary: "Shows texts taller than the screen with `$PAGER`, else `less`; switched on at first.",
    examples: &[".pager off"],
    run: |session, arguments| {
        let Some(screen) = &mut session.shower.screen else {
            return Err(Error::Usage("there is no pager where nobody looks".to_owned()));
        };
        screen.pager = switch("pager", arguments, screen.pager)?;
        let state = if screen.pager { "on" } else { "off" };
        session.say(&format!("the pager is {state}"))?;
        Ok(Flow::Next)
    },
};

/// `.timing`
pub(super) const TIMING: Row = Row {
    name: "timing",
    aliases: &[],
    arguments: "[on | off]",
    argument: Argument::Switch,
    summary: "Says below results how long compiling, running and showing took.",
    examples: &[".timing on"],
    run: |session, arguments| {
        session.timing = switch("timing", arguments, session.timing)?;
        session.say(if session.timing { "timing is on" } else { "timing is off" })?;
        Ok(Flow::Next)
    },
};

/// `.memory`
pub(super) const MEMORY: Row = Row {
    name: "memory",
    aliases: &[],
    arguments: "",
    argument: Argument::Nothing,
    summary: "Shows what is held in memory: decoded columns, the last result, the whole program.",
    examples: &[".memory"],
    run: |session, _| {
        let result = session.last.iter().flat_map(|(_, answer)| &answer.outcome.table.columns);
        let result: usize = result.map(|column| column.memory()).sum();
        let bytes = |bytes: usize| human::bytes(bytes as u64);
        let mut rows: Vec<(String, String)> = Vec::new();
        if let Some(store) = session.engine.store() {
            let (memory, budget) = (bytes(store.memory()), bytes(store.budget()));
            rows.push(("decoded columns".to_owned(), format!("{memory} of at most {budget}")));
            let fields = store.fields();
            rows.extend(fields.map(|(name, size)| (format!("  {name}"), bytes(size))));
        }
        rows.push(("last result".to_owned(), bytes(result)));
        let limit = bytes(session.engine.run.memory_limit);
        rows.push(("limit of a query".to_owned(), limit));
        for (name, key) in [("program now", "VmRSS:"), ("program at most", "VmHWM:")] {
            rows.extend(resident(key).map(|size| (name.to_owned(), bytes(size))));
        }
        let line = |(name, value): &(String, String)| format!("{name:<16}  {value}\n");
        session.write(&rows.iter().map(line).collect::<String>())?;
        Ok(Flow::Next)
    },
};

/// A size that the system tells of this process, in bytes.
fn resident(key: &str) -> Option<usize> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find(|line| line.starts_with(key))?;
    let kilobytes: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// `.set`
pub(super) const SET: Row = Row {
    name: "set",
    aliases: &[],
    arguments: "[SETTING [VALUE]]",
    argument: Argument::Setting,
    summary: "Lists the settings, or changes one.",
    examples: &[".set", ".set rows 100", ".set limit 0"],
    run: set,
};

/// One setting.
pub(crate) struct Setting {
    /// Its name.
    pub name: &'static str,
    /// The values it may have.
    pub values: &'static str,
    /// One sentence.
    pub summary: &'static str,
    get: fn(&Session) -> String,
    set: fn(&mut Session, &str) -> Option<()>,
}

impl Named for Setting {
    fn name(&self) -> &'static str {
        self.name
    }
}

/// All settings.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting {
        name: "rows",
        values: "auto | COUNT | 0",
        summary: "The most records of a table on the screen; what is in the middle is left out. 0 is all.",
        get: |session| match session.shower.screen.and_then(|screen| screen.rows) {
            None => "auto".to_owned(),
            Some(rows) => rows.to_string(),
        },
        set: |session, value| {
            let rows = if value == "auto" { None } else { Some(value.parse().ok()?) };
            session.shower.screen.iter_mut().for_each(|screen| screen.rows = rows);
            Some(())
        },
    },
    Setting {
        name: "limit",
        values: "COUNT | 0",
        summary: "The most records of a result without a `limit` of its own; 0 is all.",
        get: |session| match (session.shower.limit, session.shower.chosen) {
            (None, _) => "0".to_owned(),
            (Some(limit), true) => limit.to_string(),
            (Some(limit), false) => format!("{limit} (the default)"),
        },
        set: |session, value| {
            let limit: usize = value.parse().ok()?;
            session.shower.limit = (limit > 0).then_some(limit);
            session.shower.chosen = limit != DEFAULT_LIMIT;
            Some(())
        },
    },
    Setting {
        name: "strict",
        values: "on | off",
        summary: "Whether field names are taken as AWS takes them, and the first bad line ends a query.",
        get: |session| if session.engine.plan.strict { "on" } else { "off" }.to_owned(),
        set: |session, value| {
            let strict = on_or_off(value)?;
            session.input.strict = strict;
            session.engine.plan.strict = strict;
            session.engine.run.strict = strict;
            session.desk.borrow_mut().strict = strict;
            Some(())
        },
    },
    Setting {
        name: "color",
        values: "on | off",
        summary: "Whether what is typed and shown has colours.",
        get: |session| if session.shower.color { "on" } else { "off" }.to_owned(),
        set: |session, value| {
            session.shower.color = on_or_off(value)?;
            session.desk.borrow_mut().color = session.shower.color;
            Some(())
        },
    },
    Setting {
        name: "threads",
        values: "COUNT",
        summary: "The number of workers.",
        get: |session| session.engine.run.threads.to_string(),
        set: |session, value| {
            let threads: u16 = value.parse().ok().filter(|count| (1..=1024).contains(count))?;
            session.input.threads = Some(threads);
            session.engine.run.threads = usize::from(threads);
            Some(())
        },
    },
    Setting {
        name: "memory-limit",
        values: "SIZE, as in 500MB",
        summary: "The memory that a query may hold.",
        get: |session| human::bytes(session.engine.run.memory_limit as u64),
        set: |session, value| {
            session.engine.run.memory_limit = parse_size(value)?;
            session.input.memory_limit = Some(value.to_owned());
            Some(())
        },
    },
];

fn on_or_off(value: &str) -> Option<bool> {
    match value {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

fn set(session: &mut Session, arguments: &str) -> Result<Flow> {
    let (name, value) = arguments.split_once([' ', '=']).unwrap_or((arguments, ""));
    let (name, value) = (name.trim(), value.trim());
    if name.is_empty() {
        let line = |row: &Setting| {
            format!("{:<13} {:<17} {}\n", row.name, (row.get)(session), row.summary)
        };
        session.write(&SETTINGS.iter().map(line).collect::<String>())?;
        return Ok(Flow::Next);
    }
    let Some(row) = registry::find(SETTINGS, name) else {
        let help = match registry::nearest(name, SETTINGS.iter().map(|row| row.name)) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "`.set` lists them".to_owned(),
        };
        return Err(Error::Usage(format!("no setting is called `{name}`\n  = help: {help}")));
    };
    if value.is_empty() {
        session.write(&(row.get)(session))?;
        return Ok(Flow::Next);
    }
    (row.set)(session, value).ok_or_else(|| {
        let help = format!("`.set {}` takes {}", row.name, row.values);
        Error::Usage(format!("`{value}` is no value of `{}`\n  = help: {help}", row.name))
    })?;
    Ok(Flow::Next)
}
