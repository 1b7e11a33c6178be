//! The fields visible at one point of the pipe, and the slots they live in.

use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;

use super::inner::Inner;
use crate::data::Slot;
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::registry;

/// What the logs can answer about a field name. Implemented above, where the logs are known.
pub trait FieldCatalog {
    /// The name under which the logs hold the field: itself, or the canonical one of two names.
    fn resolve(&self, name: &str) -> Option<String>;

    /// The field that a raw spelling (`srcaddr`, `pkt-srcaddr`, `interface_id`) means.
    fn raw(&self, name: &str) -> Option<String>;

    /// Whether records may have fields that nobody knows before they are read. If not, every record
    /// is one of a flow log.
    fn is_open(&self) -> bool;

    /// Why no record of these logs has a field that they could have; `None` where some may.
    fn absent(&self, field: &str) -> Option<String>;

    /// Every name, for suggestions.
    fn names(&self) -> Vec<String>;
}

/// The fields visible at one point of the pipe.
pub struct Scope<'c> {
    catalog: &'c dyn FieldCatalog,
    /// Whether raw spellings are missing fields, as on AWS.
    strict: bool,
    /// Fields made by commands, by name.
    defined: IndexMap<String, (Slot, Span)>,
    /// Columns of the last `stats`, by their expressions in lower case; and these as printed.
    expressions: IndexMap<String, (Slot, String)>,
    /// Group keys of the last `stats` that have another name now, by the field they are.
    keys: IndexMap<String, Slot>,
    /// Log fields the query reads, by the name the logs know, in the order of their first mention.
    log_fields: IndexMap<String, Slot>,
    slots: usize,
    /// The place of the last `stats`; behind it log fields do not exist.
    closed: Option<Span>,
    /// What was noticed while names were bound.
    pub warnings: Vec<Diagnostic>,
    /// What is to be said of log fields that no record turns out to have, by name.
    pub unfound: Vec<(String, Diagnostic)>,
    /// Compiles a query inside this one; `None` where this is one.
    pub door: Option<Door<'c>>,
    /// The logs that a `join` in front put beside these.
    joined: Option<Joined>,
}

/// Compiles the query that stands at a place inside the outer one.
pub type Door<'c> = &'c dyn Fn(Span) -> Result<Inner, Diagnostic>;

/// Fields of the right side of a `join` that are read, with their slots.
pub type RightFields = Arc<Mutex<IndexMap<String, Slot>>>;

/// Logs beside those of the query: `a.x` is a field of these, `b.x` one of those.
pub struct Joined {
    /// The name of the logs in front of the `join`.
    pub left: String,
    /// The name of the logs that were put beside them.
    pub right: String,
    /// What these have.
    pub catalog: Rc<dyn FieldCatalog>,
    /// What is read of them.
    pub fields: RightFields,
}

/// What a name means.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// The slot of the field.
    pub slot: Slot,
    /// Keys into the map or list that the field holds, `a` and `0` of `json.a.0`.
    pub keys: Vec<String>,
}

impl<'c> Scope<'c> {
    /// The scope at the beginning of a query.
    pub fn new(catalog: &'c dyn FieldCatalog, strict: bool) -> Scope<'c> {
        Scope {
            catalog,
            strict,
            defined: IndexMap::new(),
            expressions: IndexMap::new(),
            keys: IndexMap::new(),
            log_fields: IndexMap::new(),
            slots: 0,
            closed: None,
            warnings: Vec::new(),
            unfound: Vec::new(),
            door: None,
            joined: None,
        }
    }

    /// A new slot with no name.
    pub fn slot(&mut self) -> Slot {
        self.slots += 1;
        self.slots - 1
    }

    /// The number of slots so far.
    pub fn slots(&self) -> usize {
        self.slots
    }

    /// The log fields read so far, with their slots.
    pub fn log_fields(&self) -> impl Iterator<Item = (&str, Slot)> {
        self.log_fields.iter().map(|(name, slot)| (name.as_str(), *slot))
    }

    /// Whether a `stats` stands in front.
    pub fn is_closed(&self) -> bool {
        self.closed.is_some()
    }

    /// The slot of a log field that is known by exactly this name.
    pub fn log_field(&mut self, name: &str) -> Slot {
        if let Some(slot) = self.log_fields.get(name) {
            return *slot;
        }
        let slot = self.slot();
        self.log_fields.insert(name.to_owned(), slot);
        slot
    }

    /// The slot of the log field that a name means, where log fields are visible.
    pub fn visible_log_field(&mut self, name: &str) -> Option<Slot> {
        let field = if self.is_closed() { None } else { self.catalog.resolve(name) };
        field.map(|field| self.log_field(&field))
    }

    /// Compiles the query at a place inside this one.
    ///
    /// # Errors
    /// What is wrong with it, and that this is a query inside a query itself.
    pub fn inner(&self, span: Span) -> Result<Inner, Diagnostic> {
        match self.door {
            Some(door) => door(span),
            None => Err(Diagnostic::error("a query inside a query holds no other", span)
                .code(codes::SUBQUERY)),
        }
    }

    /// Whether a `join` stands in front.
    pub fn is_joined(&self) -> bool {
        self.joined.is_some()
    }

    /// From here on there are the fields of two sides.
    pub fn join(&mut self, joined: Joined) {
        self.joined = Some(joined);
    }

    /// What a name means here.
    ///
    /// # Errors
    /// Behind a `stats`, a name that the `stats` did not give.
    pub fn resolve(&mut self, name: &str, span: Span) -> Result<Resolved, Diagnostic> {
        match &self.joined {
            Some(joined) => {
                let behind = |side: &str| name.strip_prefix(side)?.strip_prefix('.');
                if let Some(field) = behind(&joined.right) {
                    return Ok(self.resolve_right(field, span));
                }
                let left = behind(&joined.left).unwrap_or(name).to_owned();
                self.resolve_left(&left, span)
            }
            None => self.resolve_left(name, span),
        }
    }

    /// The slot of a field of the right side.
    fn resolve_right(&mut self, name: &str, span: Span) -> Resolved {
        let keys = Vec::new();
        let Some(joined) = &self.joined else { return Resolved { slot: self.slot(), keys } };
        let catalog = Rc::clone(&joined.catalog);
        let fields = Arc::clone(&joined.fields);
        let field = match (catalog.resolve(name), catalog.raw(name)) {
            (Some(field), _) => field,
            (None, Some(field)) if !self.strict => field,
            // Fields of messages are known when they are read.
            _ if catalog.is_open() => name.to_owned(),
            _ => {
                let message =
                    format!("no log field is called `{name}`; it is missing in every record");
                let names = catalog.names();
                let nearest = registry::nearest(name, names.iter().map(String::as_str));
                let warning = Diagnostic::warning(message, span).code(codes::UNKNOWN_FIELD);
                self.warn(warning.suggest(nearest));
                name.to_owned()
            }
        };
        let mut fields = fields.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = fields.get(&field).copied();
        let slot = slot.unwrap_or_else(|| {
            let slot = self.slot();
            fields.insert(field, slot);
            slot
        });
        Resolved { slot, keys }
    }

    fn resolve_left(&mut self, name: &str, span: Span) -> Result<Resolved, Diagnostic> {
        if let Some(found) = self.defined_path(name) {
            return Ok(found);
        }
        if let Some(slot) = self.keys.get(name) {
            return Ok(Resolved { slot: *slot, keys: Vec::new() });
        }
        if let Some(stats) = self.closed {
            return Err(self.unknown_behind_stats(name, span, stats));
        }
        let field = match self.catalog.resolve(name) {
            Some(field) => {
                if let Some(reason) = self.catalog.absent(&field) {
                    let help = "`flowql fields -l LOGS` lists what they record";
                    let warning = Diagnostic::warning(reason, span).code(codes::UNKNOWN_FIELD);
                    self.warn(warning.help(help));
                }
                field
            }
            None => self.unknown_log_field(name, span),
        };
        Ok(Resolved { slot: self.log_field(&field), keys: Vec::new() })
    }

    /// The defined field a name means, whole or by its first segments.
    fn defined_path(&self, name: &str) -> Option<Resolved> {
        if let Some((slot, _)) = self.defined.get(name) {
            return Some(Resolved { slot: *slot, keys: Vec::new() });
        }
        name.rmatch_indices('.').find_map(|(at, _)| {
            let (slot, _) = self.defined.get(&name[..at])?;
            let keys = name[at + 1..].split('.').map(str::to_owned).collect();
            Some(Resolved { slot: *slot, keys })
        })
    }

    /// Whether every record is one of a flow log, so that it is known what its values may be.
    pub fn has_flow_logs_only(&self) -> bool {
        !self.catalog.is_open()
    }

    /// Warns about a name that is no known log field, where no record can have it; returns the name
    /// to read instead.
    fn unknown_log_field(&mut self, name: &str, span: Span) -> String {
        let open = self.catalog.is_open();
        if let (Some(field), false, false) = (self.catalog.raw(name), self.strict, open) {
            let message =
                format!("`{name}` is read as `{field}`, the name Logs Insights gives the field");
            let help = format!("on AWS `{name}` is missing: write `{field}`");
            let warning = Diagnostic::warning(message, span).code(codes::RAW_NAME);
            self.warn(warning.help(help).edit(span, &field));
            return field;
        }
        let names: Vec<String> = self.defined.keys().cloned().chain(self.catalog.names()).collect();
        let raw = self.catalog.raw(name);
        let nearest =
            raw.as_deref().or_else(|| registry::nearest(name, names.iter().map(String::as_str)));
        let message = match open {
            true => format!("no record that was looked at has a field `{name}`"),
            false => format!("no log field is called `{name}`; it is missing in every record"),
        };
        let warning =
            Diagnostic::warning(message, span).code(codes::UNKNOWN_FIELD).suggest(nearest);
        match open {
            true => {
                if self.unfound.iter().all(|(known, _)| known != name) {
                    self.unfound.push((name.to_owned(), warning));
                }
            }
            false => self.warn(warning),
        }
        name.to_owned()
    }

    /// In the words of AWS: "Unknown symbols found in or after stats: x".
    fn unknown_behind_stats(&self, name: &str, span: Span, stats: Span) -> Diagnostic {
        let names = self.defined.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>();
        let message = format!("unknown symbols found in or after stats: `{name}`");
        let note = format!("behind this `stats` there are only {}", names.join(", "));
        Diagnostic::error(message, span)
            .code(codes::UNKNOWN_SYMBOL)
            .note(stats, note)
            .suggest(self.nearest_column(name).as_deref())
    }

    /// The column of the last `stats` that a name may mean: `count` and `bin` without their
    /// brackets, `@timestamp` for the bins of time, or a misspelt one.
    fn nearest_column(&self, name: &str) -> Option<String> {
        let called = |column: &str| {
            let function = column.split_once('(').map_or("", |(function, _)| function);
            let bins = ["bin", "datefloor", "dateceil"].contains(&function);
            function.eq_ignore_ascii_case(name) || name == "@timestamp" && bins
        };
        if let Some((_, (slot, printed))) = self.expressions.iter().find(|(text, _)| called(text)) {
            let named =
                |(name, (of, _)): &(&String, &(Slot, Span))| of == slot && !name.contains('(');
            let column = self.defined.iter().find(named);
            return Some(column.map_or_else(|| printed.clone(), |(name, _)| name.clone()));
        }
        registry::nearest(name, self.defined.keys().map(String::as_str)).map(str::to_owned)
    }

    /// Adds a warning, once for each text of it.
    pub fn warn(&mut self, warning: Diagnostic) {
        if !self.warnings.iter().any(|known| known.message == warning.message) {
            self.warnings.push(warning);
        }
    }

    /// Whether a name means something here: a command gave it, or the logs may have it.
    pub fn is_known(&self, name: &str) -> bool {
        let logs = || self.catalog.resolve(name).is_some() || self.catalog.raw(name).is_some();
        self.defined_path(name).is_some() || !self.is_closed() && logs()
    }

    /// The field that a raw spelling means, where log fields are visible.
    pub fn raw_field(&self, name: &str) -> Option<String> {
        if self.is_closed() { None } else { self.catalog.raw(name) }
    }

    /// Whether a command gave this name.
    pub fn is_defined(&self, name: &str) -> bool {
        self.defined.contains_key(name)
    }

    /// Gives a name to a slot.
    ///
    /// # Errors
    /// The name was given before; AWS refuses that too.
    pub fn define(&mut self, name: &str, slot: Slot, span: Span) -> Result<(), Diagnostic> {
        if let Some((_, first)) = self.defined.get(name) {
            let message = format!("ephemeral field is already defined: `{name}`");
            return Err(Diagnostic::error(message, span)
                .code(codes::DEFINED_TWICE)
                .note(*first, "first defined here")
                .help("give one of the two another name"));
        }
        self.defined.insert(name.to_owned(), (slot, span));
        Ok(())
    }

    /// Gives a name to a slot, in place of what it meant; what addressed the slot `old` by its
    /// expression finds the new one.
    pub fn redefine(&mut self, name: &str, old: Option<Slot>, slot: Slot, span: Span) {
        self.defined.insert(name.to_owned(), (slot, span));
        let expressions = self.expressions.values_mut().map(|(known, _)| known);
        let known = expressions.chain(self.keys.values_mut()).filter(|known| Some(**known) == old);
        known.for_each(|known| *known = slot);
    }

    /// The names of the fields that records of these logs may have, where log fields are visible.
    pub fn recorded_names(&self) -> Vec<String> {
        let mut names = if self.is_closed() { Vec::new() } else { self.catalog.names() };
        names.retain(|name| self.catalog.absent(name).is_none());
        names
    }

    /// Lets later commands address a column of a `stats` by its expression, as in `sort count(*)`.
    pub fn define_expression(&mut self, printed: &str, slot: Slot) {
        let column = || (slot, printed.to_owned());
        self.expressions.entry(printed.to_lowercase()).or_insert_with(column);
    }

    /// Lets later commands address a group key that was given a name by the field it is, as in
    /// `stats count(*) by srcAddr as source | sort srcAddr`.
    pub fn define_key(&mut self, field: &str, slot: Slot) {
        self.keys.entry(field.to_owned()).or_insert(slot);
    }

    /// The column of a `stats` whose expression prints like this.
    pub fn expression(&self, printed: &str) -> Option<Slot> {
        self.expressions.get(&printed.to_lowercase()).map(|(slot, _)| *slot)
    }

    /// Begins the scope behind a `stats`: nothing is visible but what is defined from now on.
    pub fn close(&mut self, stats: Span) {
        self.defined.clear();
        self.expressions.clear();
        self.keys.clear();
        self.closed = Some(stats);
        self.joined = None;
    }
}
