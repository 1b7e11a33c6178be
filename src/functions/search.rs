//! String functions that search: comparison, replacement and splitting.

use std::borrow::Cow;
use std::sync::Arc;

use super::arguments::{at, constant_text, judge, text, transform};
use super::function::{Arg, Context, Finding, Function, Kind, example};
use super::pattern;
use crate::data::{Column, Value};

/// The string functions that search.
pub const FUNCTIONS: &[Function] = &[
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
    )
    .with_columns(replace_columns),
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
];

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

fn replace(args: &[Value], _: &Context) -> Value {
    match (text(at(args, 0)), text(at(args, 1)), text(at(args, 2))) {
        (Some(text), Some(search), Some(_)) if search.is_empty() => Value::text(text),
        (Some(text), Some(search), Some(new)) => Value::text(text.replace(&*search, &new)),
        _ => Value::Missing,
    }
}

fn replace_columns(args: &[Arc<Column>], _: &Context) -> Option<Column> {
    let [texts, search, new] = args else { return None };
    let (search, new) = (constant_text(search)?, constant_text(new)?);
    transform(texts, |text| {
        if search.is_empty() || !text.contains(&*search) {
            return Cow::Borrowed(text);
        }
        Cow::Owned(text.replace(&*search, &new))
    })
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
    fn a_third_argument_ignores_case() {
        let contains = |text: &str, part: &str, ignore: Value| {
            contains(&[Value::text(text), Value::text(part), ignore], &Context::EXAMPLE)
        };
        assert_eq!(contains("STRASSE", "straße", Value::Boolean(true)), Value::Boolean(false));
        assert_eq!(contains("ÉTÉ", "été", Value::text("true")), Value::Boolean(true));
        assert_eq!(contains("ÉTÉ", "été", Value::Integer(0)), Value::Boolean(false));
        assert_eq!(contains("a", "a", Value::Missing), Value::Missing);
    }
}
