//! Scalar functions: one file per family of the AWS reference, one row per function.

pub mod arguments;
pub mod date_pattern;
pub mod date_reading;
pub mod date_text;
pub mod datetime;
pub mod encoding;
pub mod function;
pub mod general;
pub mod hash;
pub mod ip;
pub mod ip_ranges;
pub mod json;
pub mod numeric;
pub mod pattern;
pub mod search;
pub mod string;
pub mod subnet;

use crate::registry;
use function::Function;

/// The families in the order of the reference: a title and the functions.
pub const FAMILIES: &[(&str, &[Function])] = &[
    ("Numeric functions", numeric::FUNCTIONS),
    ("Datetime functions", datetime::FUNCTIONS),
    ("Dates as texts", date_text::FUNCTIONS),
    ("General functions", general::FUNCTIONS),
    ("JSON functions", json::FUNCTIONS),
    ("IP address functions", ip::FUNCTIONS),
    ("String functions", string::FUNCTIONS),
    ("String search functions", search::FUNCTIONS),
    ("String encoding functions", encoding::FUNCTIONS),
    ("Hash functions", hash::FUNCTIONS),
];

/// Every function, family by family.
pub fn all() -> impl Iterator<Item = &'static Function> {
    FAMILIES.iter().flat_map(|(_, functions)| functions.iter())
}

/// The function of a name, in any case.
pub fn find(name: &str) -> Option<&'static Function> {
    registry::find(all(), name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;

    use super::function::Context;
    use super::*;
    use crate::data::period::{Period, Unit};
    use crate::data::{Column, Value};

    #[test]
    fn every_row_is_complete_and_no_name_means_two_functions() {
        let mut names = HashSet::new();
        for function in all() {
            let spellings = std::iter::once(&function.name).chain(function.aliases);
            for name in spellings {
                assert!(names.insert(name.to_ascii_lowercase()), "{name} stands twice");
            }
            assert!(function.summary.ends_with('.'), "{}: {}", function.name, function.summary);
            assert!(function.examples.len() >= 2, "{} has few examples", function.name);
            let last = function.args.len().saturating_sub(1);
            assert!(function.args[..last].iter().all(|arg| !arg.repeated), "{}", function.name);
        }
    }

    #[test]
    fn names_are_found_in_any_case() {
        for (name, found) in [("ISIPV4INSUBNET", "isIpv4InSubnet"), ("date_floor", "datefloor")] {
            assert_eq!(find(name).map(|row| row.name), Some(found));
        }
        assert!(find("nothing").is_none());
    }

    /// Values that are easy to get wrong.
    fn odd_values() -> Vec<Value> {
        let texts = [
            "",
            " ",
            "-",
            "a",
            "10.0.0.1",
            "::1",
            "10.0.0.0/8",
            "0xff",
            "1e3",
            "(a",
            "a?",
            "día %4+",
            "A text of more than a word",
        ];
        let mut values: Vec<Value> = texts.iter().map(Value::text).collect();
        values.extend([i64::MIN, -1, 0, 1, 1_715_780_832_345, i64::MAX].map(Value::Integer));
        values.extend([-2.5, 0.5, 1e300, 5e-324].map(Value::Float));
        values.extend([i64::MIN, 0, i64::MAX].map(Value::Time));
        values.extend(
            [0, 1, u64::MAX].map(|count| Value::Period(Period { count, unit: Unit::Year })),
        );
        values.push(Value::Period(Period { count: u64::MAX, unit: Unit::Week }));
        values.push(Value::Json(Arc::new(serde_json::json!(["a", { "b": null }]))));
        values.extend([Value::Boolean(true), Value::Missing]);
        values
    }

    /// A column of each type, each with missing values, and all equally long.
    fn odd_columns(values: &[Value]) -> Vec<Arc<Column>> {
        let of_type = |like: &Value| {
            let kind = std::mem::discriminant(like);
            let fits = |value: &&Value| std::mem::discriminant(*value) == kind;
            let mut column: Vec<Value> = values.iter().filter(fits).cloned().collect();
            column.resize(values.len(), Value::Missing);
            Arc::new(Column::from_values(column))
        };
        let like = [Value::text(""), Value::Integer(0), Value::Float(0.5), Value::Time(0)];
        let mut columns: Vec<Arc<Column>> = like.iter().map(of_type).collect();
        columns.push(of_type(&Value::Boolean(true)));
        columns.push(Arc::new(Column::Any(values.to_vec())));
        columns
    }

    #[test]
    fn columns_agree_with_values_and_nothing_panics() {
        let values = odd_values();
        let columns = odd_columns(&values);
        let constant = |value: &Value| Arc::new(Column::Constant(value.clone(), values.len()));
        let constants: Vec<Arc<Column>> = values.iter().map(constant).collect();
        let mut calls: Vec<Vec<Arc<Column>>> = vec![Vec::new()];
        for first in columns.iter().chain(&constants) {
            calls.push(vec![Arc::clone(first)]);
            for second in columns.iter().chain(&constants) {
                calls.push(vec![Arc::clone(first), Arc::clone(second)]);
                for third in constants.iter().step_by(8) {
                    calls.push(vec![Arc::clone(first), Arc::clone(second), Arc::clone(third)]);
                }
            }
        }
        for function in all() {
            let (fewest, most) = function.arity();
            let implicit = usize::from(function.implicit_time);
            for args in &calls {
                if !(fewest + implicit..=most.saturating_add(implicit)).contains(&args.len()) {
                    continue;
                }
                let column = function.eval(args, values.len(), &Context::EXAMPLE);
                assert_eq!(column.len(), values.len(), "{}", function.name);
                for row in 0..values.len() {
                    let args: Vec<Value> = args.iter().map(|arg| arg.value(row)).collect();
                    let value = (function.value)(&args, &Context::EXAMPLE);
                    assert_eq!(column.value(row), value, "{} of {args:?}", function.name);
                }
            }
            if let Some(check) = function.check {
                for first in &values {
                    for second in &values {
                        let _ = check(&[Some(first), Some(second), None]);
                        let _ = check(&[None, Some(second)]);
                    }
                }
            }
        }
    }
}
