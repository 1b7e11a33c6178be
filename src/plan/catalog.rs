//! What a log group answers about field names while a query is compiled.

use crate::eval::scope::FieldCatalog;
use crate::logs::group::LogGroup;
use crate::readers::fields::{self, FIELDS};
use crate::readers::messages::SHAPES;

/// The fields every log event has.
///
/// Source: CloudWatch Logs User Guide, "Supported logs and discovered fields"; for the account and
/// the region "filterIndex", default indexes.
pub const SYSTEM_FIELDS: &[&str] = &[
    "@timestamp",
    "@message",
    "@logStream",
    "@log",
    "@aws.account",
    "@aws.region",
    "@ingestionTime",
    "@eventId",
    "@ptr",
];

/// The fields of a log group: the system fields, those of flow logs, and those that only these logs
/// have: columns of header lines and fields of messages.
pub struct Catalog {
    /// The logs themselves; `None` where none are at hand.
    logs: Option<LogGroup>,
    extra: Vec<String>,
    /// What the records of these logs hold; `None` where no logs are at hand.
    recorded: Option<Vec<String>>,
    /// Whether their records have a time.
    timed: bool,
    /// Whether there are flow logs among them; so where no logs are at hand.
    flow: bool,
    /// Whether there are logs among them whose fields are discovered in each message.
    open: bool,
}

impl Catalog {
    /// The fields of a log group.
    pub fn of(group: &LogGroup) -> Catalog {
        let recorded = group.field_names();
        let open = group.events().next().is_some();
        let flow = group.has_flow_logs() || !open;
        // Nothing is missing from logs that hold nothing.
        let recorded = Some(recorded).filter(|names| !names.is_empty());
        let timed = group.is_timed() || recorded.is_none();
        Catalog {
            logs: Some(group.clone()),
            extra: group.extra_fields(),
            recorded,
            timed,
            flow,
            open,
        }
    }

    /// The fields of flow logs in general, where no logs are at hand.
    pub fn general() -> Catalog {
        Catalog {
            logs: None,
            extra: Vec::new(),
            recorded: None,
            timed: true,
            flow: true,
            open: false,
        }
    }

    /// The logs; `None` where none are at hand.
    pub fn logs(&self) -> Option<&LogGroup> {
        self.logs.as_ref()
    }

    /// The fields of some of the log groups.
    #[must_use]
    pub fn of_groups(&self, names: &[String]) -> Catalog {
        match &self.logs {
            Some(logs) => Catalog::of(&logs.of_groups(names)),
            None => Catalog::general(),
        }
    }
}

impl FieldCatalog for Catalog {
    fn resolve(&self, name: &str) -> Option<String> {
        if let Some(field) = fields::find(name).filter(|_| self.flow) {
            return Some(FIELDS[field].name.to_owned());
        }
        let known = SYSTEM_FIELDS.contains(&name) || self.extra.iter().any(|extra| extra == name);
        known.then(|| name.to_owned())
    }

    fn raw(&self, name: &str) -> Option<String> {
        fields::canonical(name).filter(|_| self.flow).map(|field| FIELDS[field].name.to_owned())
    }

    fn is_open(&self) -> bool {
        self.open
    }

    fn absent(&self, field: &str) -> Option<String> {
        if self.open {
            return None;
        }
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
        let flow = FIELDS.iter().filter(|_| self.flow).map(|field| field.name);
        let shapes = SHAPES.iter().filter(|_| self.open).flat_map(|shape| shape.fields).copied();
        let known = SYSTEM_FIELDS.iter().copied().chain(flow).map(str::to_owned);
        known.chain(self.extra.iter().cloned()).chain(shapes.map(str::to_owned)).collect()
    }
}
