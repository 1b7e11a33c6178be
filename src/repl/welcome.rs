//! The first screen, in three lines: the version, what was opened, and where help is.

use super::known::Known;
use crate::data::Value;
use crate::data::time::{self, Timestamp};
use crate::data::zone::Zone;
use crate::face::options::Input;
use crate::output::human;

/// The lines above the first prompt, for a terminal of so many columns.
pub(super) fn lines(input: &Input, known: &Known, zone: Zone, columns: usize) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let opened = wrap(&opened(input, known, zone), columns);
    format!("flowql {version}\n{opened}\n.help lists what there is, Tab completes, Ctrl-D ends\n")
}

/// One line about the logs: files, streams, records, time span, bad lines.
pub(super) fn opened(input: &Input, known: &Known, zone: Zone) -> Vec<String> {
    let mut parts = vec![match input.logs.is_empty() {
        true => "built-in sample logs (`.open PATH` opens yours)".to_owned(),
        false => plural(known.files as u64, "file"),
    }];
    if known.stopped {
        parts.push("not counted, since Ctrl-C was pressed".to_owned());
        return parts;
    }
    parts.push(plural(known.streams.len() as u64, "log stream"));
    parts.push(plural(known.records(), "record"));
    if let Some((Value::Time(first), Value::Time(last))) = &known.span {
        parts.push(span(*first, *last, zone));
    }
    parts.push(match known.report.bad_lines {
        0 => "no bad lines".to_owned(),
        count => plural(count, "bad line"),
    });
    parts
}

/// A span of time to the minute; the date of its end only where it is another.
fn span(first: Timestamp, last: Timestamp, zone: Zone) -> String {
    let shown = |time: Timestamp| {
        let text = time::print(zone.clock(time).unwrap_or(time));
        text.get(..16).unwrap_or(&text).to_owned()
    };
    let (first, last) = (shown(first), shown(last));
    let same_day = first.get(..11).is_some_and(|day| last.starts_with(day));
    let end = last.get(11..).filter(|_| same_day).unwrap_or(&last);
    format!("{first} to {end} {zone}")
}

/// Parts in one line, or in several where the terminal is narrow.
pub(super) fn wrap(parts: &[String], columns: usize) -> String {
    let mut text = String::new();
    let mut width = 0;
    for part in parts {
        let length = part.chars().count();
        if width > 0 && width + 3 + length > columns {
            text.push('\n');
            width = 0;
        } else if width > 0 {
            text.push_str(" · ");
            width += 3;
        }
        text.push_str(part);
        width += length;
    }
    text
}

fn plural(count: u64, word: &str) -> String {
    format!("{} {word}{}", human::count(count), if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_to_the_minute() {
        let time = |text: &str| time::parse(text).expect("a time");
        let (first, last) = (time("2024-05-01T00:01:59Z"), time("2024-05-01T23:55:51Z"));
        assert_eq!(span(first, last, Zone::UTC), "2024-05-01 00:01 to 23:55 UTC");
        let madrid = Zone::find("Europe/Madrid").expect("a zone");
        let expected = "2024-05-01 02:01 to 2024-05-02 01:55 Europe/Madrid";
        assert_eq!(span(first, last, madrid), expected);
    }

    #[test]
    fn narrow_terminals_break_between_parts() {
        let parts = ["1 file", "2 log streams", "no bad lines"].map(str::to_owned);
        assert_eq!(wrap(&parts, 80), "1 file · 2 log streams · no bad lines");
        assert_eq!(wrap(&parts, 24), "1 file · 2 log streams\nno bad lines");
        assert_eq!(wrap(&parts, 5), "1 file\n2 log streams\nno bad lines");
    }
}
