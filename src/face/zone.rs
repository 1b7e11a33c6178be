//! Results in a time zone: the times of a table as clocks of the zone show them.

use std::sync::Arc;

use crate::data::time::Timestamp;
use crate::data::zone::Zone;
use crate::data::{Column, Table, Value};
use crate::error::{Error, Result};

/// The zone of a name.
///
/// # Errors
/// No zone is called so.
pub(crate) fn find(name: &str) -> Result<Zone> {
    Zone::find(name).ok_or_else(|| {
        let help = match Zone::nearest(name) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "write UTC, Europe/Madrid or +02:00".to_owned(),
        };
        Error::Usage(format!("no time zone is called `{name}`\n  = help: {help}"))
    })
}

/// The table with its times as clocks of the zone show them. Texts stay as they are.
pub(crate) fn local(table: &Table, zone: Zone) -> Table {
    let clock = |time: Timestamp| zone.clock(time).unwrap_or(time);
    let value = |value: &Value| match value {
        Value::Time(time) => Value::Time(clock(*time)),
        other => other.clone(),
    };
    let columns = table.columns.iter().map(|column| match column.as_ref() {
        Column::Time(times, validity) => {
            let times = times.iter().map(|time| clock(*time)).collect();
            Arc::new(Column::Time(times, validity.clone()))
        }
        Column::Constant(time, len) => Arc::new(Column::Constant(value(time), *len)),
        Column::Any(values) => Arc::new(Column::Any(values.iter().map(value).collect())),
        _ => Arc::clone(column),
    });
    Table { columns: columns.collect(), ..table.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_local_and_nothing_else_changes() {
        let noon = Value::Time(1_715_774_400_000);
        let columns = [
            vec![noon.clone(), noon.clone()],
            vec![noon, Value::Integer(1)],
            vec![Value::Integer(1), Value::Missing],
        ];
        let table = Table {
            names: ["a", "b", "c"].map(str::to_owned).to_vec(),
            columns: columns.into_iter().map(|c| Arc::new(Column::from_values(c))).collect(),
            len: 2,
            ..Table::default()
        };
        let local = local(&table, Zone::find("Europe/Madrid").expect("a zone"));
        let shown = |column| [local.cell(0, column), local.cell(1, column)];
        let time = Some("2024-05-15 14:00:00.000".to_owned());
        assert_eq!(shown(0), [time.clone(), time.clone()]);
        assert_eq!(shown(1), [time, Some("1".to_owned())]);
        assert_eq!(shown(2), [Some("1".to_owned()), None]);
    }
}
