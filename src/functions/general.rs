//! General functions: presence, choice and type of a value.

use std::sync::Arc;

use super::arguments::{at, measure, text};
use super::function::{Arg, Context, Finding, Function, Kind, example};
use crate::data::column::truth;
use crate::data::{Column, Value};

/// The most branches that `case` may have; source: "General functions", `case`.
const MOST_BRANCHES: usize = 10;

/// The general functions.
pub const FUNCTIONS: &[Function] = &[
    Function::new(
        "case",
        &[
            Arg::new("condition", Kind::Boolean),
            Arg::new("value", Kind::Any),
            Arg::rest("condition, value or default", Kind::Any),
        ],
        Kind::Any,
        "The value after the first condition that is true, else the default; missing if there is \
         none. A missing condition is not true.",
        &[
            example("case(1 > 2, \"a\", 2 > 1, \"b\", \"c\")", "b"),
            example("case(absent = 1, \"a\", \"c\")", "c"),
            example("case(1 > 2, \"a\")", ""),
        ],
        case,
    )
    .with_check(check_case),
    Function::new(
        "coalesce",
        &[Arg::repeated("value", Kind::Any)],
        Kind::Any,
        "The first value that is not missing.",
        &[example("coalesce(absent, \"b\", \"c\")", "b"), example("coalesce(absent)", "")],
        coalesce,
    )
    .with_columns(coalesce_columns),
    Function::new(
        "if",
        &[
            Arg::new("condition", Kind::Boolean),
            Arg::new("then", Kind::Any),
            Arg::new("else", Kind::Any),
        ],
        Kind::Any,
        "The second value if the condition is true, else the third. A missing condition is not \
         true.",
        &[example("if(2 > 1, \"yes\", \"no\")", "yes"), example("if(absent > 1, 1, 2)", "2")],
        if_,
    ),
    Function::new(
        "isNumeric",
        &[Arg::new("value", Kind::Any)],
        Kind::Boolean,
        "Whether the value is a number or a text that spells one.",
        &[
            example("isNumeric(\"17.0\")", "1"),
            example("isNumeric(\"10.0.0.1\")", "0"),
            example("isNumeric(absent)", ""),
        ],
        is_numeric,
    ),
    Function::new(
        "ispresent",
        &[Arg::new("value", Kind::Any)],
        Kind::Boolean,
        "Whether the record has the field; true also for an empty text.",
        &[example("ispresent(\"\")", "1"), example("ispresent(absent)", "0")],
        is_present,
    )
    .with_columns(is_present_columns),
    Function::new(
        "messageSize",
        &[Arg::new("text", Kind::Text)],
        Kind::Number,
        "The length of the text in bytes of UTF-8.",
        &[example("messageSize(\"día\")", "4"), example("messageSize(\"\")", "0")],
        message_size,
    )
    .with_columns(|args, _| measure(args.first()?, str::len)),
    Function::new(
        "unmask",
        &[Arg::new("value", Kind::Any)],
        Kind::Any,
        "The value without the mask of a data protection policy. Files hold no masks, so it is the \
         value itself.",
        &[example("unmask(\"10.0.0.4\")", "10.0.0.4"), example("unmask(absent)", "")],
        unmask,
    )
    .with_columns(|args, _| args.first().map(|value| value.as_ref().clone())),
];

fn check_case(args: &[Option<&Value>]) -> Option<Finding> {
    let most = MOST_BRANCHES * 2;
    (args.len() > most + 1).then(|| {
        let why = format!("AWS takes at most {MOST_BRANCHES} conditions in `case`");
        Finding::Warning(most, why)
    })
}

fn case(args: &[Value], _: &Context) -> Value {
    for branch in args.chunks(2) {
        match branch {
            [condition, value] if condition.truth() == Some(true) => return value.clone(),
            [default] => return default.clone(),
            _ => {}
        }
    }
    Value::Missing
}

fn coalesce(args: &[Value], _: &Context) -> Value {
    args.iter().find(|value| !value.is_missing()).cloned().unwrap_or(Value::Missing)
}

/// The first column itself, where no record lacks it.
fn coalesce_columns(args: &[Arc<Column>], _: &Context) -> Option<Column> {
    let first = args.first()?;
    let complete = (0..first.len()).all(|row| !first.is_missing(row));
    complete.then(|| first.as_ref().clone())
}

fn if_(args: &[Value], _: &Context) -> Value {
    let chosen = if at(args, 0).truth() == Some(true) { 1 } else { 2 };
    at(args, chosen).clone()
}

fn is_numeric(args: &[Value], _: &Context) -> Value {
    match at(args, 0) {
        Value::Missing => Value::Missing,
        value => Value::Boolean(value.number().is_some()),
    }
}

fn is_present(args: &[Value], _: &Context) -> Value {
    Value::Boolean(!at(args, 0).is_missing())
}

fn is_present_columns(args: &[Arc<Column>], _: &Context) -> Option<Column> {
    let column = args.first()?;
    let truth = |row| if column.is_missing(row) { truth::FALSE } else { truth::TRUE };
    Some(Column::Boolean((0..column.len()).map(truth).collect()))
}

fn unmask(args: &[Value], _: &Context) -> Value {
    at(args, 0).clone()
}

fn message_size(args: &[Value], _: &Context) -> Value {
    let size = text(at(args, 0)).map(|text| text.len());
    size.and_then(|size| i64::try_from(size).ok()).map_or(Value::Missing, Value::Integer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::find;

    #[test]
    fn an_unknown_condition_is_not_true() {
        let args = [Value::Missing, Value::text("then"), Value::text("else")];
        assert_eq!(if_(&args, &Context::EXAMPLE), Value::text("else"));
        assert_eq!(case(&args, &Context::EXAMPLE), Value::text("else"));
        assert_eq!(case(&args[..2], &Context::EXAMPLE), Value::Missing);
    }

    #[test]
    fn presence_has_no_unknown() {
        let column = Arc::new(Column::from_values(vec![Value::text(""), Value::Missing]));
        let function = find(FUNCTIONS, "isPresent").expect("a row");
        let result = function.eval(&[column], 2, &Context::EXAMPLE);
        assert_eq!(
            (result.value(0), result.value(1)),
            (Value::Boolean(true), Value::Boolean(false))
        );
    }

    #[test]
    fn eleven_conditions_are_worth_a_warning() {
        assert_eq!(check_case(&[None; 21]), None);
        assert!(matches!(check_case(&[None; 22]), Some(Finding::Warning(20, _))));
    }
}
