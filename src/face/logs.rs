//! Opens the logs that the arguments name, as an engine ready to be asked.

use super::interrupt;
use super::options::Input;
use crate::data::period::{Period, Unit};
use crate::data::time::{self, TimeRange, Timestamp};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::generate;
use crate::logs::group::LogGroup;
use crate::readers::log_format::LogFormat;

/// Records of the built-in sample logs.
const SAMPLE_RECORDS: u64 = 50_000;

/// The engine over the logs that were named.
///
/// # Errors
/// No logs were named or found; an argument cannot be read.
pub(crate) fn open(input: &Input) -> Result<Engine> {
    if input.logs.is_empty() {
        return Err(Error::Usage(
            "no logs are named\n  = help: add `-l PATH`, or set FLOWQL_LOGS; PATH is a file, a glob, \
             a directory or - for standard input"
                .to_owned(),
        ));
    }
    let format =
        input.log_format.as_deref().map(LogFormat::parse).transpose().map_err(Error::Usage)?;
    configure(LogGroup::open(&input.logs, format)?, input)
}

/// The engine over the logs that were named, or over the built-in sample logs.
///
/// # Errors
/// As [`open`].
pub(crate) fn open_or_sample(input: &Input) -> Result<Engine> {
    if !input.logs.is_empty() {
        return open(input);
    }
    let text = generate::sample_text(SAMPLE_RECORDS);
    configure(LogGroup::of_bytes("sample-logs", text), input)
}

fn configure(group: LogGroup, input: &Input) -> Result<Engine> {
    let now = chrono::Utc::now().timestamp_millis();
    let mut engine = Engine::new(group, now);
    engine.plan.strict = input.strict;
    engine.run.strict = input.strict;
    engine.run.range = range(input, now)?;
    if let Some(threads) = input.threads {
        engine.run.threads = usize::from(threads.clamp(1, 1024));
    }
    if let Some(size) = input.block_size {
        engine.run.block_size = size.max(1);
    }
    engine.run.memory_limit = match &input.memory_limit {
        Some(text) => parse_size(text).ok_or_else(|| {
            Error::Usage(format!("`{text}` is no size\n  = help: write 500MB or 2GB"))
        })?,
        None => machine_memory().map_or(usize::MAX, |bytes| bytes / 5 * 4),
    };
    engine.run.cancelled = interrupt::flag();
    Ok(engine)
}

fn range(input: &Input, now: Timestamp) -> Result<TimeRange> {
    let moment = |text: &String| {
        let help = "write 2024-05-01, 2024-05-01T12:00:00Z or epoch seconds";
        time::parse(text)
            .ok_or_else(|| Error::Usage(format!("`{text}` is no time\n  = help: {help}")))
    };
    let since = |text: &String| {
        let help = "write a number and a unit, as in 30m, 6h or 7d";
        let length = parse_period(text).and_then(Period::milliseconds);
        length
            .map(|length| now.saturating_sub(length))
            .ok_or_else(|| Error::Usage(format!("`{text}` is no period\n  = help: {help}")))
    };
    let start = match (&input.since, &input.start) {
        (Some(text), _) => since(text)?,
        (None, Some(text)) => moment(text)?,
        (None, None) => i64::MIN,
    };
    let mut end = input.end.as_ref().map(moment).transpose()?.unwrap_or(i64::MAX);
    if input.end.as_deref().is_some_and(time::is_date) {
        end = end.saturating_add(86_400_000 - 1);
    }
    if start > end {
        return Err(Error::Usage("the time range ends before it starts".to_owned()));
    }
    Ok(TimeRange { start, end })
}

fn parse_period(text: &str) -> Option<Period> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (count, unit) = text.split_at_checked(digits)?;
    Some(Period { count: count.parse().ok()?, unit: Unit::find(unit.trim())? })
}

/// A size in bytes: a number with an optional unit, `500MB`, `2G`, `1073741824`.
fn parse_size(text: &str) -> Option<usize> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "t" | "tb" => 1e12,
        _ => return None,
    };
    let bytes = number.parse::<f64>().ok()? * factor;
    (bytes >= 1.0 && bytes.is_finite()).then_some(bytes as usize)
}

/// The machine's memory in bytes, where the system tells.
fn machine_memory() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
    let kilobytes: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    kilobytes.checked_mul(1024)
}
