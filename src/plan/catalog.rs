//! What a log group answers about field names while a query is compiled.

use crate::eval::scope::FieldCatalog;
use crate::logs::group::LogGroup;
use crate::readers::fields::{self, FIELDS};

/// The fields every log event has.
///
/// Source: CloudWatch Logs User Guide, "Supported logs and discovered fields".
pub const SYSTEM_FIELDS: &[&str] =
    &["@timestamp", "@message", "@logStream", "@log", "@ingestionTime", "@ptr"];

/// The fields of a log group: the system fields, those of flow logs, and columns of header lines
/// that are neither.
pub struct Catalog {
    extra: Vec<String>,
    /// What the records of these logs hold; `None` where no logs are at hand.
    recorded: Option<Vec<String>>,
    /// Whether their records have a time.
    timed: bool,
}

impl Catalog {
    /// The fields of a log group.
    pub fn of(group: &LogGroup) -> Catalog {
        let recorded = group.field_names();
        let timed = recorded.iter().any(|name| name == "start")
            || group.files.iter().any(|file| file.prefixed);
        // Nothing is missing from logs that hold nothing.
        let recorded = Some(recorded).filter(|names| !names.is_empty());
        let timed = timed || recorded.is_none();
        Catalog { extra: group.extra_fields(), recorded, timed }
    }

    /// The fields of flow logs in general, where no logs are at hand.
    pub fn general() -> Catalog {
        Catalog { extra: Vec::new(), recorded: None, timed: true }
    }
}

impl FieldCatalog for Catalog {
    fn resolve(&self, name: &str) -> Option<String> {
        if let Some(field) = fields::find(name) {
            return Some(FIELDS[field].name.to_owned());
        }
        let known = SYSTEM_FIELDS.contains(&name) || self.extra.iter().any(|extra| extra == name);
        known.then(|| name.to_owned())
    }

    fn raw(&self, name: &str) -> Option<String> {
        fields::canonical(name).map(|field| FIELDS[field].name.to_owned())
    }

    fn absent(&self, field: &str) -> Option<String> {
        if field == "@timestamp" && !self.timed {
            return Some(
                "these logs do not record `start`, so their records have no time".to_owned(),
            );
        }
        let recorded = self.recorded.as_ref()?;
        let there = SYSTEM_FIELDS.contains(&field) || recorded.iter().any(|name| name == field);
        (!there)
            .then(|| format!("these logs do not record `{field}`; it is missing in every record"))
    }

    fn names(&self) -> Vec<String> {
        let flow = FIELDS.iter().map(|field| field.name);
        let all = SYSTEM_FIELDS.iter().copied().chain(flow).map(str::to_owned);
        all.chain(self.extra.iter().cloned()).collect()
    }
}
