//! String functions: length, case, trimming and parts.

use std::borrow::Cow;
use std::sync::Arc;

use super::arguments::{at, constant_text, judge, measure, text, transform, whole};
use super::function::{Arg, Context, Function, Kind, example};
use crate::data::column::truth;
use crate::data::{Column, Value};

const TEXT: &[Arg] = &[Arg::new("text", Kind::Text)];
const VALUE: &[Arg] = &[Arg::new("value", Kind::Any)];
const TEXT_AND_CHARACTERS: &[Arg] =
    &[Arg::new("text", Kind::Text), Arg::optional("characters", Kind::Text)];

/// The string functions.
pub const FUNCTIONS: &[Function] = &[
    Function::new(
        "concat",
        &[Arg::repeated("text", Kind::Text)],
        Kind::Text,
        "The texts joined; a missing one adds nothing, and if all are missing, so is the result.",
        &[
            example("concat(\"10.0.0.1\", \":\", 443)", "10.0.0.1:443"),
            example("concat(\"a\", absent)", "a"),
            example("concat(absent)", ""),
        ],
        concat,
    ),
    Function::new(
        "isblank",
        VALUE,
        Kind::Boolean,
        "Whether the value is missing, empty or only white space.",
        &[
            example("isblank(\" \")", "1"),
            example("isblank(absent)", "1"),
            example("isblank(\"-\")", "0"),
        ],
        |args, _| Value::Boolean(text(at(args, 0)).is_none_or(|text| is_blank(&text))),
    )
    .with_columns(|args, _| lacks_columns(args, is_blank)),
    Function::new(
        "isempty",
        VALUE,
        Kind::Boolean,
        "Whether the value is missing or empty.",
        &[
            example("isempty(\"\")", "1"),
            example("isempty(absent)", "1"),
            example("isempty(\" \")", "0"),
        ],
        |args, _| Value::Boolean(text(at(args, 0)).is_none_or(|text| text.is_empty())),
    )
    .with_columns(|args, _| lacks_columns(args, str::is_empty)),
    Function::new(
        "ltrim",
        TEXT_AND_CHARACTERS,
        Kind::Text,
        "The text without the characters at its start, white space if none are given.",
        &[
            example("ltrim(\"xyZxyfooxyZ\", \"xyZ\")", "fooxyZ"),
            example("ltrim(\"  foo \")", "foo "),
        ],
        |args, _| cut(args, trim_start),
    )
    .with_columns(|args, _| cut_columns(args, trim_start)),
    Function::new(
        "rtrim",
        TEXT_AND_CHARACTERS,
        Kind::Text,
        "The text without the characters at its end, white space if none are given.",
        &[
            example("rtrim(\"xyZfooxyxyZ\", \"xyZ\")", "xyZfoo"),
            example("rtrim(\" foo  \")", " foo"),
        ],
        |args, _| cut(args, trim_end),
    )
    .with_columns(|args, _| cut_columns(args, trim_end)),
    Function::new(
        "strlen",
        TEXT,
        Kind::Number,
        "The length of the text in Unicode code points.",
        &[
            example("strlen(\"día\")", "3"),
            example("strlen(\"\")", "0"),
            example("strlen(443)", "3"),
        ],
        |args, _| match text(at(args, 0)) {
            Some(text) => Value::Integer(code_points(&text) as i64),
            None => Value::Missing,
        },
    )
    .with_columns(|args, _| measure(args.first()?, code_points)),
    Function::new(
        "substr",
        &[
            Arg::new("text", Kind::Text),
            Arg::new("start", Kind::Number),
            Arg::optional("length", Kind::Number),
        ],
        Kind::Text,
        "The part of the text from a code point on, counted from 0, of that length or to the end; \
         a negative start is 0, and past the end there is nothing.",
        &[
            example("substr(\"xyZfooxyZ\", 3, 3)", "foo"),
            example("substr(\"xyZfooxyZ\", 6)", "xyZ"),
            example("substr(\"día\", 1, 1)", "í"),
            example("substr(\"abc\", -1, 2)", "ab"),
        ],
        substr,
    )
    .with_columns(substr_columns),
    Function::new(
        "tolower",
        TEXT,
        Kind::Text,
        "The text in lower case.",
        &[example("tolower(\"ACCEPT\")", "accept"), example("tolower(\"ÉTÉ\")", "été")],
        |args, _| change(args, str::to_lowercase),
    )
    .with_columns(|args, _| transform(args.first()?, |text| Cow::Owned(text.to_lowercase()))),
    Function::new(
        "toupper",
        TEXT,
        Kind::Text,
        "The text in upper case.",
        &[example("toupper(\"accept\")", "ACCEPT"), example("toupper(\"straße\")", "STRASSE")],
        |args, _| change(args, str::to_uppercase),
    )
    .with_columns(|args, _| transform(args.first()?, |text| Cow::Owned(text.to_uppercase()))),
    Function::new(
        "trim",
        TEXT_AND_CHARACTERS,
        Kind::Text,
        "The text without the characters at both ends, white space if none are given.",
        &[
            example("trim(\"xyZxyfooxyxyZ\", \"xyZ\")", "foo"),
            example("trim(\"  foo bar \")", "foo bar"),
        ],
        |args, _| cut(args, trim_both),
    )
    .with_columns(|args, _| cut_columns(args, trim_both)),
];

/// A text made from the first argument; missing where that is.
fn change(args: &[Value], change: impl FnOnce(&str) -> String) -> Value {
    text(at(args, 0)).map_or(Value::Missing, |text| Value::text(change(&text)))
}

fn is_blank(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}

/// The truth that texts are missing or pass a test.
fn lacks_columns(args: &[Arc<Column>], test: impl Fn(&str) -> bool) -> Option<Column> {
    match judge(args.first()?, test)? {
        Column::Boolean(mut truths) => {
            let unknown = truths.iter_mut().filter(|truth| **truth == truth::UNKNOWN);
            unknown.for_each(|truth| *truth = truth::TRUE);
            Some(Column::Boolean(truths))
        }
        _ => None,
    }
}

fn concat(args: &[Value], _: &Context) -> Value {
    let mut joined = String::new();
    let mut present = false;
    for text in args.iter().filter_map(text) {
        present = true;
        joined.push_str(&text);
    }
    if present { Value::text(joined) } else { Value::Missing }
}

fn code_points(text: &str) -> usize {
    text.chars().count()
}

/// A part of a text, by the characters that do not belong to it; `None` is white space.
type Cut = for<'t> fn(&'t str, Option<&str>) -> &'t str;

fn is_cut(characters: Option<&str>) -> impl Fn(char) -> bool + '_ {
    move |character| match characters {
        Some(characters) => characters.contains(character),
        None => character.is_whitespace(),
    }
}

fn trim_start<'t>(text: &'t str, characters: Option<&str>) -> &'t str {
    text.trim_start_matches(is_cut(characters))
}

fn trim_end<'t>(text: &'t str, characters: Option<&str>) -> &'t str {
    text.trim_end_matches(is_cut(characters))
}

fn trim_both<'t>(text: &'t str, characters: Option<&str>) -> &'t str {
    trim_end(trim_start(text, characters), characters)
}

fn cut(args: &[Value], cut: Cut) -> Value {
    let characters = args.get(1).map(text);
    match (text(at(args, 0)), &characters) {
        (None, _) | (_, Some(None)) => Value::Missing,
        (Some(text), Some(Some(characters))) => Value::text(cut(&text, Some(characters))),
        (Some(text), None) => Value::text(cut(&text, None)),
    }
}

fn cut_columns(args: &[Arc<Column>], cut: Cut) -> Option<Column> {
    let characters = match args.get(1) {
        Some(column) => Some(constant_text(column)?),
        None => None,
    };
    transform(args.first()?, |text| Cow::Borrowed(cut(text, characters.as_deref())))
}

/// The start and the length of a part, in code points; `None` where one is missing.
fn part(start: &Value, length: Option<&Value>) -> Option<(usize, usize)> {
    let clamp = |number: i64| usize::try_from(number.max(0)).unwrap_or(usize::MAX);
    let length = match length {
        Some(length) => clamp(whole(length)?),
        None => usize::MAX,
    };
    Some((clamp(whole(start)?), length))
}

/// The part of a text that begins at a code point and has at most so many.
fn part_of(text: &str, start: usize, length: usize) -> &str {
    let offset = |text: &str, count| text.char_indices().nth(count).map(|(offset, _)| offset);
    let (_, rest) = text.split_at(offset(text, start).unwrap_or(text.len()));
    let (part, _) = rest.split_at(offset(rest, length).unwrap_or(rest.len()));
    part
}

fn substr(args: &[Value], _: &Context) -> Value {
    match (text(at(args, 0)), part(at(args, 1), args.get(2))) {
        (Some(text), Some((start, length))) => Value::text(part_of(&text, start, length)),
        _ => Value::Missing,
    }
}

fn substr_columns(args: &[Arc<Column>], _: &Context) -> Option<Column> {
    let (start, length) = match args.get(1..)?.iter().map(Arc::as_ref).collect::<Vec<_>>()[..] {
        [Column::Constant(start, _)] => part(start, None)?,
        [Column::Constant(start, _), Column::Constant(length, _)] => part(start, Some(length))?,
        _ => return None,
    };
    transform(args.first()?, |text| Cow::Borrowed(part_of(text, start, length)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::find;

    #[test]
    fn parts_are_clamped() {
        let part = |start: i64, length: Option<i64>| {
            let mut args = vec![Value::text("día"), Value::Integer(start)];
            args.extend(length.map(Value::Integer));
            substr(&args, &Context::EXAMPLE)
        };
        for (start, length, result) in [
            (0, None, "día"),
            (3, None, ""),
            (9, Some(2), ""),
            (-5, Some(1), "d"),
            (1, Some(-1), ""),
            (1, Some(i64::MAX), "ía"),
            (i64::MIN, Some(i64::MAX), "día"),
        ] {
            assert_eq!(part(start, length), Value::text(result), "{start} {length:?}");
        }
    }

    #[test]
    fn lists_act_as_missing() {
        let list = Value::Json(Arc::new(serde_json::json!(["a"])));
        for name in ["strlen", "toupper", "trim"] {
            let row = find(FUNCTIONS, name).expect("a row");
            assert_eq!((row.value)(std::slice::from_ref(&list), &Context::EXAMPLE), Value::Missing);
        }
    }
}
