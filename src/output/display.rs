//! Display options: shares beside numbers, units and names; what is shown, never the values.

use std::sync::Arc;

use crate::charts::number;
use crate::data::column::Column;
use crate::data::{Meaning, Number, Table, Value, names};

/// How numbers are shown.
#[derive(Clone, Debug, Default)]
pub struct Display {
    /// Columns beside which their share and cumulative share stand.
    pub share: Vec<String>,
    /// Whether bytes are shown in KiB, MiB …, and numbers with commas.
    pub human: bool,
    /// Whether protocols, services and TCP flags are named beside their numbers.
    pub names: bool,
}

impl Display {
    /// Whether it changes values into texts that no program should read.
    pub fn is_for_people(&self) -> bool {
        self.human || self.names
    }

    /// Adds the shares of a column in its sum over the whole table: its share, and that of all
    /// records so far; in per cent, with two decimals. Missing where the number is.
    ///
    /// # Errors
    /// No column is called so, or it holds no numbers.
    pub fn with_shares(&self, mut table: Table) -> Result<Table, String> {
        for name in &self.share {
            let Some(column) = table.names.iter().position(|known| known == name) else {
                let names: Vec<String> =
                    table.names.iter().map(|name| format!("`{name}`")).collect();
                let help = format!("the columns are {}", names.join(", "));
                return Err(format!("no column is called `{name}`\n  = help: {help}"));
            };
            let number = |row| match table.value(row, column) {
                Value::Time(_) => None,
                value => value.number().map(Number::to_f64),
            };
            let numbers: Vec<Option<f64>> = (0..table.len).map(number).collect();
            if table.len > 0 && numbers.iter().all(Option::is_none) {
                let help = "name a column of numbers";
                return Err(format!("`{name}` holds no numbers to share\n  = help: {help}"));
            }
            let total: f64 = numbers.iter().flatten().sum();
            let mut sum = 0.0;
            let (mut own, mut so_far) = (Vec::new(), Vec::new());
            for number in numbers {
                let share = |part: f64| Value::float((part / total * 10_000.0).round() / 100.0);
                sum += number.unwrap_or(0.0);
                own.push(number.map_or(Value::Missing, share));
                so_far.push(number.map_or(Value::Missing, |_| share(sum)));
            }
            table.meanings.resize(table.names.len(), Meaning::default());
            let new = [(format!("{name} %"), own), (format!("cumulative {name} %"), so_far)];
            for (i, (name, values)) in new.into_iter().enumerate() {
                let at = column + 1 + i;
                table.names.insert(at, name);
                table.columns.insert(at, Arc::new(Column::from_values(values)));
                table.meanings.insert(at, Meaning::default());
            }
        }
        Ok(table)
    }

    /// The table as people read it.
    #[must_use]
    pub fn for_people(&self, mut table: Table) -> Table {
        if !self.is_for_people() {
            return table;
        }
        table.meanings.resize(table.names.len(), Meaning::default());
        for (column, meaning) in table.columns.iter_mut().zip(&mut table.meanings) {
            let field = meaning.field.clone().unwrap_or_default();
            if let (Some(name), true) = (naming(&field), self.names) {
                let value = |row| named(column.value(row), name);
                *column = Arc::new(Column::from_values((0..table.len).map(value).collect()));
            } else if self.human
                && (meaning.is_aggregate() || matches!(field.as_str(), "bytes" | "packets"))
            {
                let unit = meaning.unit;
                let value = |row| match column.value(row) {
                    value @ (Value::Integer(_) | Value::Float(_)) => {
                        let number = value.number().map_or(0.0, Number::to_f64);
                        Value::text(number::label(number, unit))
                    }
                    other => other,
                };
                *column = Arc::new(Column::from_values((0..table.len).map(value).collect()));
                meaning.figure = true;
            }
        }
        table
    }
}

/// A name for a number.
type Naming = fn(i64) -> Option<String>;

/// What names the numbers of a field.
fn naming(field: &str) -> Option<Naming> {
    match field {
        "protocol" => Some(|number| names::protocol(number).map(str::to_owned)),
        "srcPort" | "dstPort" => Some(|number| names::service(number).map(str::to_owned)),
        "tcpFlags" => Some(names::tcp_flags),
        _ => None,
    }
}

/// A number with its name behind it, `443 https`.
fn named(value: Value, name: Naming) -> Value {
    let number = match value.number() {
        Some(Number::Integer(number)) => number,
        _ => return value,
    };
    match name(number) {
        Some(name) => Value::text(format!("{number} {name}")),
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::meaning::{Role, Unit};
    use crate::output::fixture::table_of;

    #[test]
    fn shares_add_up_to_a_hundred() {
        let table = table_of(vec![
            ("n", [1, 3, 4].map(Value::Integer).into_iter().chain([Value::Missing]).collect()),
            ("note", vec![Value::text("a"); 4]),
        ]);
        let display = Display { share: vec!["n".to_owned()], ..Display::default() };
        let shared = display.with_shares(table.clone()).expect("numbers");
        assert_eq!(shared.names, ["n", "n %", "cumulative n %", "note"]);
        let column = |column| (0..4).map(|row| shared.cell(row, column)).collect::<Vec<_>>();
        let texts = |texts: [Option<&str>; 4]| texts.map(|text| text.map(str::to_owned)).to_vec();
        assert_eq!(column(1), texts([Some("12.5"), Some("37.5"), Some("50"), None]));
        assert_eq!(column(2), texts([Some("12.5"), Some("50"), Some("100"), None]));
        for wrong in ["note", "nothing"] {
            let display = Display { share: vec![wrong.to_owned()], ..Display::default() };
            assert!(display.with_shares(table.clone()).is_err());
        }
    }

    #[test]
    fn numbers_get_units_and_names() {
        let mut table = table_of(vec![
            ("p", vec![Value::Integer(6), Value::Integer(200), Value::Missing]),
            ("b", [2048, 1_500_000, 3].map(Value::Integer).to_vec()),
            ("n", [2048, 1_500_000, 3].map(Value::Integer).to_vec()),
        ]);
        let sum = Role::Aggregate { adds: true };
        table.meanings = vec![
            Meaning::of_field("protocol"),
            Meaning { role: sum, unit: Unit::Bytes, ..Meaning::default() },
            Meaning { role: sum, ..Meaning::default() },
        ];
        let display = Display { human: true, names: true, ..Display::default() };
        let shown = display.for_people(table);
        let row = |row| (0..3).map(|column| shown.cell(row, column)).collect::<Vec<_>>();
        let texts = |texts: [&str; 3]| texts.map(|text| Some(text.to_owned())).to_vec();
        assert_eq!(row(0), texts(["6 TCP", "2 KiB", "2,048"]));
        assert_eq!(row(1), texts(["200", "1.43 MiB", "1,500,000"]));
        assert_eq!(row(2), [None, Some("3 B".to_owned()), Some("3".to_owned())]);
    }
}
