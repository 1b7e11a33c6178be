//! Datetime functions that read and write dates as texts: `parseDate` and `formatDate`.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::format::{Item, StrftimeItems};

use super::arguments::{at, constant_text, text, time};
use super::date_pattern::DatePattern;
use super::function::{Arg, Context, Finding, Function, Kind, example};
use crate::data::zone::Zone;
use crate::data::{Column, Value};

/// The functions of dates as texts.
pub const FUNCTIONS: &[Function] = &[
    Function::new(
        "formatDate",
        &[
            Arg::new("time", Kind::Time),
            Arg::new("format", Kind::Text),
            Arg::optional("zone", Kind::Text),
        ],
        Kind::Text,
        "The time as the strftime format lays it out, `%Y-%m-%d %H:%M:%S`, in a time zone of the \
         IANA database or at an offset such as `+02:00`, else in UTC. A number is taken as \
         milliseconds.",
        &[
            example("formatDate(1715780832345, \"%Y-%m-%d\", \"UTC\")", "2024-05-15"),
            example("formatDate(1715780832345, \"%a %e %b %H:%M\")", "Wed 15 May 13:47"),
            example("formatDate(@timestamp, \"%H:%M %Z\", \"Europe/Madrid\")", "15:47 CEST"),
            example("formatDate(absent, \"%Y\")", ""),
        ],
        format_date,
    )
    .with_aliases(&["strftime"])
    .with_check(check_format)
    .with_columns(format_columns),
    Function::new(
        "parseDate",
        &[
            Arg::new("text", Kind::Text),
            Arg::new("pattern", Kind::Text),
            Arg::optional("zone", Kind::Text),
        ],
        Kind::Number,
        "The time that the whole text spells by a pattern of Java, `yyyy-MM-dd HH:mm:ss`, in \
         milliseconds; missing if it does not fit. The zone is that of the text, else the one \
         given, else UTC. Letters: `y u M L d H h m s S a E z V X x Z`, quotation marks, and \
         `[`…`]` around what may be left out; names are English.",
        &[
            example("parseDate(\"2024-05-15\", \"yyyy-MM-dd\", \"UTC\")", "1715731200000"),
            example(
                "fromMillis(parseDate(\"15/May/2024:13:47:12 +0200\", \"dd/MMM/yyyy:HH:mm:ss Z\"))",
                "2024-05-15 11:47:12.000",
            ),
            example(
                "parseDate(\"2024-05-15\", \"yyyy-MM-dd\", \"Europe/Madrid\")",
                "1715724000000",
            ),
            example("parseDate(\"May 15\", \"yyyy-MM-dd\")", ""),
        ],
        parse_date,
    )
    .with_check(check_pattern)
    .with_columns(parse_columns),
];

/// What is to be said of a literal zone.
fn check_zone(args: &[Option<&Value>]) -> Option<Finding> {
    let name = args.get(2).copied().flatten().and_then(text)?;
    if Zone::find(&name).is_some() {
        return None;
    }
    let mut why = format!("no time zone is called `{name}`");
    match Zone::nearest(&name) {
        Some(nearest) => why.push_str(&format!("; write `{nearest}`")),
        None => why.push_str("; write `UTC`, a name such as `Europe/Madrid`, or `+02:00`"),
    }
    Some(Finding::Error(2, why))
}

fn check_pattern(args: &[Option<&Value>]) -> Option<Finding> {
    let finding = args.get(1).copied().flatten().and_then(text).and_then(|pattern| {
        match DatePattern::new(&pattern) {
            Err(why) => Some(Finding::Error(1, why)),
            Ok(pattern) => pattern.doubt().map(|why| Finding::Warning(1, why.to_owned())),
        }
    });
    match finding {
        Some(Finding::Error(..)) => finding,
        finding => check_zone(args).or(finding),
    }
}

fn check_format(args: &[Option<&Value>]) -> Option<Finding> {
    let fault = args.get(1).copied().flatten().and_then(text).and_then(|format| {
        let fault = faulty_directive(&format)?;
        Some(Finding::Error(1, format!("`{fault}` is no directive of strftime")))
    });
    fault.or_else(|| check_zone(args))
}

/// The first directive of a format that is none.
fn faulty_directive(format: &str) -> Option<String> {
    let mut rest = format;
    while let Some((_, directive)) = rest.split_once('%') {
        // `%Y`, `%-d`, `%3f`, `%.3f`, `%:::z`: the letter ends it.
        let end = directive.char_indices().find(|(_, c)| !"-_0.:#123456789".contains(*c));
        let length = end.map_or(directive.len(), |(at, c)| at + c.len_utf8());
        let (directive, behind) = directive.split_at_checked(length)?;
        let whole = format!("%{directive}");
        if items(&whole).is_none() {
            return Some(whole);
        }
        rest = behind;
    }
    None
}

/// The parts of a format; `None` where one is no directive.
fn items(format: &str) -> Option<Vec<Item<'_>>> {
    StrftimeItems::new(format).parse().ok()
}

/// The zone of an optional argument: UTC where there is none written.
fn zone(name: Option<Option<Cow<'_, str>>>) -> Option<Zone> {
    match name {
        None => Some(Zone::UTC),
        Some(name) => Zone::find(&name?),
    }
}

fn printed(value: &Value, items: &[Item<'_>], zone: Zone) -> Value {
    let text = time(value).and_then(|time| zone.print(time, items));
    text.map_or(Value::Missing, Value::text)
}

fn format_date(args: &[Value], _: &Context) -> Value {
    let format = text(at(args, 1));
    match (format.as_deref().and_then(items), zone(args.get(2).map(text))) {
        (Some(items), Some(zone)) => printed(at(args, 0), &items, zone),
        _ => Value::Missing,
    }
}

/// Reads a format that is the same for all records once.
fn format_columns(args: &[Arc<Column>], _: &Context) -> Option<Column> {
    let times = args.first()?;
    let format = constant_text(args.get(1)?)?;
    let zone = zone(args.get(2).map(|zone| constant_text(zone)))?;
    let items = items(&format)?;
    let texts = (0..times.len()).map(|row| printed(&times.value(row), &items, zone));
    Some(Column::from_values(texts.collect()))
}

fn parsed(value: &Value, pattern: &DatePattern, zone: Zone) -> Value {
    let time = text(value).and_then(|text| pattern.timestamp(&text, zone));
    time.map_or(Value::Missing, Value::Integer)
}

fn parse_date(args: &[Value], _: &Context) -> Value {
    let pattern = text(at(args, 1)).and_then(|pattern| DatePattern::new(&pattern).ok());
    match (pattern, zone(args.get(2).map(text))) {
        (Some(pattern), Some(zone)) => parsed(at(args, 0), &pattern, zone),
        _ => Value::Missing,
    }
}

/// Reads a pattern that is the same for all records once.
fn parse_columns(args: &[Arc<Column>], _: &Context) -> Option<Column> {
    let texts = args.first()?;
    let pattern = DatePattern::new(&constant_text(args.get(1)?)?).ok()?;
    let zone = zone(args.get(2).map(|zone| constant_text(zone)))?;
    let times = (0..texts.len()).map(|row| parsed(&texts.value(row), &pattern, zone));
    Some(Column::from_values(times.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_format_or_zone_is_named() {
        let said = |check: crate::functions::function::Check, format: &str, zone: &str| {
            let (format, zone) = (Value::text(format), Value::text(zone));
            match check(&[None, Some(&format), Some(&zone)]) {
                Some(
                    Finding::Error(_, why) | Finding::Warning(_, why) | Finding::Better(_, why, _),
                ) => why,
                None => String::new(),
            }
        };
        assert_eq!(said(check_format, "100%% %Y-%-d %.3f %:z", "UTC"), "");
        assert_eq!(said(check_format, "%Y %Q", "UTC"), "`%Q` is no directive of strftime");
        assert_eq!(said(check_format, "%Y %", "UTC"), "`%` is no directive of strftime");
        let zone = "no time zone is called `Europe/Pari`; write `Europe/Paris`";
        assert_eq!(said(check_format, "%Y", "Europe/Pari"), zone);
        assert_eq!(said(check_pattern, "yyyy", "Europe/Pari"), zone);
        assert!(said(check_pattern, "yyyy e", "UTC").contains("`e`"));
        assert!(said(check_pattern, "HH", "UTC").contains("no year"));
    }

    #[test]
    fn zones_and_times_out_of_reach_are_missing() {
        let call = |time, zone| {
            let args = [time, Value::text("%Y-%m-%d %H:%M:%S%.3f %z"), Value::text(zone)];
            format_date(&args, &Context::EXAMPLE).print().unwrap_or_default().into_owned()
        };
        let time = Value::Integer(1_715_780_832_345);
        assert_eq!(call(time.clone(), "America/New_York"), "2024-05-15 09:47:12.345 -0400");
        assert_eq!(call(time.clone(), "+05:30"), "2024-05-15 19:17:12.345 +0530");
        assert_eq!(call(time, "nowhere"), "");
        for odd in [Value::Integer(i64::MAX), Value::Integer(i64::MIN), Value::text("soon")] {
            assert_eq!(call(odd, "Asia/Tokyo"), "");
        }
    }
}
