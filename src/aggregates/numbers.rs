//! The numbers of a column, each with the group of its record: one tight loop per column type.

use crate::data::column::truth;
use crate::data::text::Spelled;
use crate::data::{Column, Number, Validity};

/// Calls `add` with the group and the number of every record whose value is a number, or a text
/// that spells one; all other records are left out.
#[inline]
pub fn each_number(column: &Column, groups: &[u32], mut add: impl FnMut(usize, Number)) {
    match column {
        Column::Constant(value, _) => {
            if let Some(number) = value.number() {
                groups.iter().for_each(|&group| add(group as usize, number));
            }
        }
        Column::Integer(values, valid) | Column::Time(values, valid) => {
            each_valid(values, valid, groups, |group, value| add(group, Number::Integer(value)));
        }
        Column::Float(values, valid) => {
            each_valid(values, valid, groups, |group, value| add(group, Number::Float(value)));
        }
        Column::Boolean(truths) => {
            for (&group, &value) in groups.iter().zip(truths) {
                if value != truth::UNKNOWN {
                    add(group as usize, Number::Integer(i64::from(value)));
                }
            }
        }
        Column::Text(texts) => {
            for (row, (&group, word)) in groups.iter().zip(&texts.words).enumerate() {
                // An address is no number; there is no need to print it.
                if matches!(word.spelled(), Spelled::Missing | Spelled::Address(_)) {
                    continue;
                }
                if let Some(number) = texts.get(row).and_then(|text| Number::parse(text.as_bytes()))
                {
                    add(group as usize, number);
                }
            }
        }
        Column::Any(values) => {
            for (&group, value) in groups.iter().zip(values) {
                if let Some(number) = value.number() {
                    add(group as usize, number);
                }
            }
        }
    }
}

/// Calls `add` with the group and the value of every record that has one.
#[inline]
pub fn each_valid<T: Copy>(
    values: &[T],
    valid: &Validity,
    groups: &[u32],
    mut add: impl FnMut(usize, T),
) {
    match valid {
        None => {
            for (&group, &value) in groups.iter().zip(values) {
                add(group as usize, value);
            }
        }
        Some(valid) => {
            for ((&group, &value), &valid) in groups.iter().zip(values).zip(valid) {
                if valid {
                    add(group as usize, value);
                }
            }
        }
    }
}
