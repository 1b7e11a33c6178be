//! Tables for `lookup` and `cidrlookup`: CSV texts, and those that are built in.

mod ranges;
mod table;

use std::sync::{Arc, LazyLock};

pub use ranges::Ranges;
pub use table::LookupTable;

use crate::data::names;
use crate::error::Result;

/// The tables that are built in: name, text, what it is. The texts are fixed and tested.
///
/// Source: IANA, "Assigned Internet Protocol Numbers", "Service Name and Transport Protocol Port
/// Number Registry" with the usual names of unregistered ports, and the special-purpose address
/// registries.
pub const BUILT_IN: &[(&str, &str, &str)] = &[
    ("protocols", names::PROTOCOLS, "protocol numbers: `number`, `name`"),
    ("services", names::SERVICES, "well-known ports: `port`, `protocol`, `name`"),
    (
        "reserved_ranges",
        include_str!("reserved_ranges.csv"),
        "address ranges with a purpose: `range`, `name`, `reachable`, `source`",
    ),
];

static BUILT_IN_TABLES: LazyLock<Vec<Arc<LookupTable>>> = LazyLock::new(|| {
    let read = |(name, text, _): &(&str, &str, &str)| {
        let table = LookupTable::parse(name, text.as_bytes()).expect("a test reads them all");
        Arc::new(table)
    };
    BUILT_IN.iter().map(read).collect()
});

/// The tables that a query may look values up in.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    own: Vec<Arc<LookupTable>>,
}

impl Tables {
    /// Adds a table, in place of one of the same name.
    ///
    /// # Errors
    /// A name that is none, and a text that is no such table.
    pub fn add(&mut self, name: &str, text: &[u8]) -> Result<()> {
        let table = LookupTable::parse(name, text)?;
        self.own.retain(|known| known.name != table.name);
        self.own.push(Arc::new(table));
        Ok(())
    }

    /// The table of a name.
    pub fn find(&self, name: &str) -> Option<Arc<LookupTable>> {
        let all = self.own.iter().chain(BUILT_IN_TABLES.iter());
        all.into_iter().find(|table| table.name == name).cloned()
    }

    /// The names of all tables.
    pub fn names(&self) -> Vec<&str> {
        let all = self.own.iter().chain(BUILT_IN_TABLES.iter());
        all.map(|table| table.name.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::ip_ranges::is_public;

    #[test]
    fn built_in_tables_can_be_read() {
        let tables = Tables::default();
        assert_eq!(tables.names(), ["protocols", "services", "reserved_ranges"]);
        assert!(tables.find("services").is_some_and(|table| table.len() > 150));
    }

    // The functions on addresses have the ranges in a table of their own, made for speed.
    #[test]
    fn reserved_ranges_are_those_of_the_functions() {
        let table = Tables::default().find("reserved_ranges").expect("it is built in");
        let ranges = table.ranges(0).expect("they are ranges");
        for row in 0..table.len() {
            let text = table.cell(0, row).expect("it has a range");
            let base = text.split('/').next().and_then(|base| base.parse().ok());
            let base = base.expect("it begins with an address");
            // The base of a range may lie in a longer one too.
            let found = ranges.find(base).expect("its own range holds it") as usize;
            let reachable = table.cell(2, found).as_deref() == Some("true");
            assert_eq!(is_public(base), reachable, "{text}");
        }
    }
}
