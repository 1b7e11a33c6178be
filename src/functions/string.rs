//! String functions: length, case, trimming, parts, search and replacement.

use std::borrow::Cow;
use std::sync::Arc;

use super::arguments::{at, constant_text, judge, measure, text, transform, whole};
use super::function::{Arg, Context, Finding, Function, Kind, example};
use super::pattern;
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
        "endsWith",
        &[Arg::new("text", Kind::Text), Arg::new("end", Kind::Text)],
        Kind::Boolean,
        "Whether the text ends so; case counts.",
        &[example("endsWith(\"file.log\", \".log\")", "1"), example("endsWith(\"a\", \"A\")", "0")],
        |args, _| compare(args, |text, end| text.ends_with(end)),
    )
    .with_columns(|args, _| compare_columns(args, |text, end| text.ends_with(end))),
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
        "regexReplace",
        &[
            Arg::new("text", Kind::Text),
            Arg::new("pattern", Kind::Text),
            Arg::new("replacement", Kind::Text),
        ],
        Kind::Text,
        "The text with every match of the RE2 pattern replaced; `\\1` and `$1` stand for the first \
         group.",
        &[
            example(r#"regexReplace("a1b22", "[0-9]+", "n")"#, "anbn"),
            example(r#"regexReplace("10.0.0.1", "(\d+)\.(\d+)$", "$2.$1")"#, "10.0.1.0"),
        ],
        regex_replace,
    )
    .with_aliases(&["regex_replace"])
    .with_check(check_pattern)
    .with_columns(regex_replace_columns),
    Function::new(
        "replace",
        &[
            Arg::new("text", Kind::Text),
            Arg::new("search", Kind::Text),
            Arg::new("replacement", Kind::Text),
        ],
        Kind::Text,
        "The text with every occurrence of `search` replaced; unchanged if `search` is empty.",
        &[
            example("replace(\"10.0.0.1\", \".\", \"-\")", "10-0-0-1"),
            example("replace(\"abc\", \"\", \"-\")", "abc"),
        ],
        replace,
    ),
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
        "split",
        &[Arg::new("text", Kind::Text), Arg::new("delimiter", Kind::Text)],
        Kind::Any,
        "The list of the parts between delimiters; the whole text if the delimiter is empty.",
        &[
            example("split(\"10.0.0.1\", \".\")", "10,0,0,1"),
            example("split(\"abc\", \"\")", "abc"),
        ],
        split,
    ),
    Function::new(
        "startsWith",
        &[Arg::new("text", Kind::Text), Arg::new("start", Kind::Text)],
        Kind::Boolean,
        "Whether the text starts so; case counts.",
        &[
            example("startsWith(\"eni-0a1b\", \"eni-\")", "1"),
            example("startsWith(\"eni-0a1b\", \"ENI\")", "0"),
        ],
        |args, _| compare(args, |text, start| text.starts_with(start)),
    )
    .with_columns(|args, _| compare_columns(args, |text, start| text.starts_with(start))),
    Function::new(
        "strcontains",
        &[
            Arg::new("text", Kind::Text),
            Arg::new("part", Kind::Text),
            Arg::optional("ignoreCase", Kind::Boolean),
        ],
        Kind::Boolean,
        "Whether the part stands in the text; case does not count if the third argument is true.",
        &[
            example("strcontains(\"REJECT OK\", \"OK\")", "1"),
            example("strcontains(\"REJECT\", \"reject\")", "0"),
            example("strcontains(\"REJECT\", \"reject\", true)", "1"),
        ],
        contains,
    )
    .with_columns(contains_columns),
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
    ),
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

/// A truth about the first two arguments; missing where one of them is.
fn compare(args: &[Value], test: impl FnOnce(&str, &str) -> bool) -> Value {
    match (text(at(args, 0)), text(at(args, 1))) {
        (Some(text), Some(part)) => Value::Boolean(test(&text, &part)),
        _ => Value::Missing,
    }
}

fn compare_columns(args: &[Arc<Column>], test: impl Fn(&str, &str) -> bool) -> Option<Column> {
    let part = constant_text(args.get(1)?)?;
    judge(args.first()?, |text| test(text, &part))
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

fn contains(args: &[Value], _: &Context) -> Value {
    match args.get(2).map(Value::truth) {
        Some(None) => Value::Missing,
        Some(Some(true)) => {
            compare(args, |text, part| text.to_lowercase().contains(&part.to_lowercase()))
        }
        _ => compare(args, |text, part| text.contains(part)),
    }
}

fn contains_columns(args: &[Arc<Column>], _: &Context) -> Option<Column> {
    let ignore_case = match args.get(2).map(Arc::as_ref) {
        None => false,
        Some(Column::Constant(value, _)) => value.truth()?,
        Some(_) => return None,
    };
    let part = constant_text(args.get(1)?)?;
    if ignore_case {
        let part = part.to_lowercase();
        return judge(args.first()?, |text| text.to_lowercase().contains(&part));
    }
    judge(args.first()?, |text| text.contains(part.as_ref()))
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

fn substr(args: &[Value], _: &Context) -> Value {
    let length = args.get(2).map(whole);
    let (Some(text), Some(start)) = (text(at(args, 0)), whole(at(args, 1))) else {
        return Value::Missing;
    };
    let length = match length {
        Some(None) => return Value::Missing,
        Some(Some(length)) => usize::try_from(length.max(0)).unwrap_or(usize::MAX),
        None => usize::MAX,
    };
    let start = usize::try_from(start.max(0)).unwrap_or(usize::MAX);
    let part: String = text.chars().skip(start).take(length).collect();
    Value::text(part)
}

fn replace(args: &[Value], _: &Context) -> Value {
    match (text(at(args, 0)), text(at(args, 1)), text(at(args, 2))) {
        (Some(text), Some(search), Some(_)) if search.is_empty() => Value::text(text),
        (Some(text), Some(search), Some(new)) => Value::text(text.replace(&*search, &new)),
        _ => Value::Missing,
    }
}

fn check_pattern(args: &[Option<&Value>]) -> Option<Finding> {
    let pattern = text(args.get(1).copied().flatten()?)?;
    let why = pattern::compile(&pattern).err()?;
    Some(Finding::Error(1, format!("`{pattern}` is no regular expression: {why}")))
}

fn regex_replace(args: &[Value], _: &Context) -> Value {
    let (Some(text), Some(pattern), Some(replacement)) =
        (text(at(args, 0)), text(at(args, 1)), text(at(args, 2)))
    else {
        return Value::Missing;
    };
    let template = pattern::template(&replacement);
    pattern::with(&pattern, |pattern| Value::text(pattern.replace_all(&text, template.as_str())))
        .unwrap_or(Value::Missing)
}

fn regex_replace_columns(args: &[Arc<Column>], _: &Context) -> Option<Column> {
    let [texts, pattern, replacement] = args else { return None };
    let template = pattern::template(&constant_text(replacement)?);
    pattern::with(&constant_text(pattern)?, |pattern| {
        transform(texts, |text| pattern.replace_all(text, template.as_str()))
    })?
}

fn split(args: &[Value], _: &Context) -> Value {
    let (Some(text), Some(delimiter)) = (text(at(args, 0)), text(at(args, 1))) else {
        return Value::Missing;
    };
    let parts: serde_json::Value = if delimiter.is_empty() {
        std::iter::once(text.as_ref()).collect()
    } else {
        text.split(&*delimiter).collect()
    };
    Value::Json(Arc::new(parts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::find;

    const TEXTS: [Option<&str>; 9] = [
        Some("10.0.0.1"),
        Some("  día  "),
        Some(""),
        Some(" "),
        Some("ACCEPT"),
        Some("xyZxyfooxyxyZ"),
        Some("a text that does not fit a word"),
        None,
        Some("-"),
    ];

    #[test]
    fn columns_agree_with_values() {
        let texts = Arc::new(Column::Text(TEXTS.into_iter().collect()));
        let constants = [
            vec![],
            vec![Value::text("xyZ ")],
            vec![Value::text("acc"), Value::Boolean(true)],
            vec![Value::text("A"), Value::text("$0$0")],
            vec![Value::text(""), Value::text("-")],
            vec![Value::Missing],
            vec![Value::text("a"), Value::Missing],
        ];
        for function in FUNCTIONS {
            let (fewest, most) = function.arity();
            for constants in &constants {
                if !(fewest..=most).contains(&(constants.len() + 1)) {
                    continue;
                }
                let mut args = vec![Arc::clone(&texts)];
                let constant =
                    |value: &Value| Arc::new(Column::Constant(value.clone(), TEXTS.len()));
                args.extend(constants.iter().map(constant));
                let column = function.eval(&args, TEXTS.len(), &Context::EXAMPLE);
                for row in 0..TEXTS.len() {
                    let values: Vec<Value> = args.iter().map(|arg| arg.value(row)).collect();
                    let value = (function.value)(&values, &Context::EXAMPLE);
                    assert_eq!(column.value(row), value, "{} of {values:?}", function.name);
                }
            }
        }
    }

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
    fn a_literal_pattern_is_checked() {
        let check = find(FUNCTIONS, "regex_replace").and_then(|row| row.check).expect("a check");
        let why = "`(a` is no regular expression: unclosed group".to_owned();
        assert_eq!(check(&[None, Some(&Value::text("(a")), None]), Some(Finding::Error(1, why)));
        assert_eq!(check(&[None, Some(&Value::text("a+")), None]), None);
        let args = [Value::text("a"), Value::text("(a"), Value::text("")];
        assert_eq!(regex_replace(&args, &Context::EXAMPLE), Value::Missing);
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
