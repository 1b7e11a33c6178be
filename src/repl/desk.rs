//! What lies on the desk of a session: what completion, colours and hints look at while one types.

use super::known::Known;
use crate::face::library;
use crate::lookup::Tables;
use crate::query_file::QueryFile;

/// What is at hand while somebody types.
pub(super) struct Desk {
    /// What the logs hold.
    pub(super) known: Known,
    /// The last query, which a line that begins with `|` goes on with.
    pub(super) query: Option<String>,
    /// The saved queries by name.
    pub(super) saved: Vec<(String, QueryFile)>,
    /// Values of parameters.
    pub(super) params: Vec<(String, String)>,
    /// The tables of `lookup`.
    pub(super) tables: Tables,
    /// Whether escape codes may be written.
    pub(super) color: bool,
    /// Whether field names are taken as AWS takes them.
    pub(super) strict: bool,
}

impl Desk {
    /// Looks through the folders of saved queries.
    pub(super) fn find_saved(&mut self) {
        let read = |saved: library::Saved| Some((saved.name, library::read(&saved.path).ok()?));
        self.saved = library::saved().into_iter().filter_map(read).collect();
    }
}
