//! The store: what was decoded of a log group, kept as compact columns for the next query.
//!
//! The first query that needs a field decodes it for all records; later ones find it here. Records
//! keep the blocks and positions of the scan that loaded them, so that an answer out of the store
//! is the same, byte for byte, as one out of the files.

mod chunk;
mod codes;
mod dictionary;
mod scan;
mod stored;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use indexmap::IndexMap;

use crate::data::time::{Periods, TimeRange};
use crate::data::{Batch, Column, Slot};
use crate::error::{Error, Result};
use crate::logs::group::LogGroup;
use crate::logs::report::Report;
use crate::logs::scan::{Progress, Scan, ScanOptions};
use crate::parallel::for_each_parallel;

use chunk::Chunk;
use dictionary::{Dictionary, Growing};
pub use scan::StoreScan;
use stored::Stored;

/// The field whose values can be put together from those of the others.
const MESSAGE: &str = "@message";
/// The field that is made of positions, which every chunk has.
const POINTER: &str = "@ptr";
/// The field that time ranges are about.
const TIME: &str = "@timestamp";

/// How a store reads what it does not hold yet.
pub struct LoadOptions<'a> {
    /// The number of workers.
    pub threads: usize,
    /// Bytes of text per chunk, about.
    pub block_size: usize,
    /// Whether the first bad line ends loading.
    pub strict: bool,
    /// Set from outside when loading is to end.
    pub cancelled: &'a AtomicBool,
    /// Counters that can be read from outside while loading.
    pub progress: &'a Arc<Progress>,
}

/// The decoded columns of one log group, within a budget of memory.
///
/// Where the columns of a query do not fit, those that were not used for longest make room; where
/// that is not enough, [`Store::load`] says so and the query reads the files.
pub struct Store {
    budget: usize,
    chunks: Option<Vec<Arc<Chunk>>>,
    fields: IndexMap<String, Field>,
    loads: u64,
    summary: Summary,
}

/// What was read when the records were loaded.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Records of the log group.
    pub records: u64,
    /// Bytes of text, after decompression.
    pub bytes: u64,
    /// What was met besides records.
    pub report: Report,
}

/// One field of all records.
struct Field {
    data: Arc<FieldData>,
    memory: usize,
    /// The number of the load that used it last.
    used: u64,
}

/// The values of one field of all records.
struct FieldData {
    /// Chunk by chunk.
    stored: Vec<Stored>,
    dictionary: Dictionary,
}

impl FieldData {
    /// The values of the records at `rows` (all where `None`) of a chunk of `len`.
    fn decode(&self, chunk: usize, rows: Option<&[u32]>, len: usize) -> Column {
        self.stored[chunk].decode(rows, len, &self.dictionary)
    }
}

/// What a worker made of one batch.
struct Loaded {
    chunk: Chunk,
    stored: Vec<Stored>,
}

/// What a load came to.
enum Outcome {
    Loaded(Vec<Loaded>, Box<Summary>),
    /// It would need more than the budget.
    TooLarge,
}

impl Store {
    /// An empty store that holds at most `budget` bytes.
    pub fn new(budget: usize) -> Store {
        let (fields, summary) = (IndexMap::new(), Summary::default());
        Store { budget, chunks: None, fields, loads: 0, summary }
    }

    /// Forgets everything, as when the files have changed.
    pub fn clear(&mut self) {
        *self = Store::new(self.budget);
    }

    /// The most bytes it may hold.
    pub fn budget(&self) -> usize {
        self.budget
    }

    /// Bytes it holds.
    pub fn memory(&self) -> usize {
        let fields: usize = self.fields.values().map(|field| field.memory).sum();
        fields + self.chunks.iter().flatten().map(|chunk| chunk.memory()).sum::<usize>()
    }

    /// The fields it holds, in the order they were loaded, with the bytes of each.
    pub fn fields(&self) -> impl Iterator<Item = (&str, usize)> {
        self.fields.iter().map(|(name, field)| (name.as_str(), field.memory))
    }

    /// What was read when the records were loaded; empty before.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Makes sure that it holds the fields of these names, by reading the log group where one is
    /// missing; `false` where they do not fit into the budget.
    ///
    /// # Errors
    /// Cancellation, a bad line where `strict` says so, and files that have changed since the
    /// first load.
    pub fn load(
        &mut self,
        names: &[String],
        group: &LogGroup,
        options: &LoadOptions<'_>,
    ) -> Result<bool> {
        self.loads += 1;
        let mut wanted: Vec<String> = names.to_vec();
        if !group.can_be_read_again() {
            wanted.extend(group.field_names());
            wanted.extend(
                [MESSAGE, TIME, "@logStream", "@log", "@aws.account", "@aws.region"]
                    .map(str::to_owned),
            );
        }
        if wanted.iter().any(|name| name == MESSAGE) {
            wanted.extend(group.field_names());
        }
        wanted.retain(|name| !name.is_empty() && name != POINTER);
        wanted.sort();
        wanted.dedup();
        for name in &wanted {
            if let Some(field) = self.fields.get_mut(name) {
                field.used = self.loads;
            }
        }
        let mut missing: Vec<String> = wanted.clone();
        missing.retain(|name| !self.fields.contains_key(name));
        if missing.is_empty() && self.chunks.is_some() {
            return Ok(true);
        }
        // The message is looked at last: by then it is known whether it can be put together.
        missing.sort_by_key(|name| name == MESSAGE);
        loop {
            let growing: Vec<Growing> = missing.iter().map(|_| Growing::default()).collect();
            match self.read(&missing, &growing, group, options)? {
                Outcome::Loaded(loaded, summary) => {
                    self.take(missing, growing, loaded, *summary)?;
                    return Ok(true);
                }
                Outcome::TooLarge => {
                    if !self.make_room() {
                        return Ok(false);
                    }
                }
            }
        }
    }

    /// Drops the field that was not used for longest; `false` where all are in use.
    fn make_room(&mut self) -> bool {
        let idle = self.fields.iter().filter(|(_, field)| field.used < self.loads);
        let oldest = idle.min_by_key(|(_, field)| field.used).map(|(name, _)| name.clone());
        let Some(oldest) = oldest else { return false };
        self.fields.shift_remove(&oldest);
        // The message may be made of it.
        self.fields.shift_remove(MESSAGE);
        true
    }

    /// Reads fields of all records.
    fn read(
        &self,
        names: &[String],
        growing: &[Growing],
        group: &LogGroup,
        options: &LoadOptions<'_>,
    ) -> Result<Outcome> {
        // The message is compared with the values of all fields, held already or not.
        let mut fields = names.to_vec();
        if names.last().is_some_and(|name| name == MESSAGE) {
            let known = group.field_names();
            fields.extend(known.into_iter().filter(|name| !names.contains(name)));
        }
        let slots: HashMap<&str, Slot> =
            fields.iter().enumerate().map(|(slot, name)| (name.as_str(), slot)).collect();
        let room = self.budget.saturating_sub(self.memory());
        loop {
            let scan = Scan::new(
                group,
                ScanOptions {
                    fields: fields.clone(),
                    slots: fields.len(),
                    range: Periods::ALL,
                    times: TimeRange::ALL,
                    block_size: options.block_size,
                    strict: options.strict,
                    leading: None,
                },
                Arc::clone(options.progress),
            );
            let held = AtomicUsize::new(0);
            let work = |_| -> Result<Vec<Loaded>> {
                let mut loaded = Vec::new();
                while let Some(batch) = scan.next()? {
                    if options.cancelled.load(Relaxed) {
                        scan.stop();
                        return Err(Error::Cancelled);
                    }
                    let one = encode(&batch, names, growing, &slots);
                    // The chunks themselves are held already, but for the first time.
                    let chunk = if self.chunks.is_none() { one.chunk.memory() } else { 0 };
                    let memory = chunk + one.stored.iter().map(Stored::memory).sum::<usize>();
                    if held.fetch_add(memory, Relaxed) + memory > room {
                        scan.stop();
                        return Ok(Vec::new());
                    }
                    loaded.push(one);
                }
                Ok(loaded)
            };
            let workers = for_each_parallel(options.threads, options.threads, work);
            let workers = workers.into_iter().collect::<Result<Vec<_>>>()?;
            let report = scan.report();
            if report.restart {
                continue;
            }
            if held.into_inner() > room {
                return Ok(Outcome::TooLarge);
            }
            let mut loaded: Vec<Loaded> = workers.into_iter().flatten().collect();
            loaded.sort_by_key(|one| one.chunk.first());
            let progress = scan.progress();
            let summary = Summary {
                records: progress.records.load(Relaxed),
                bytes: progress.bytes.load(Relaxed),
                report,
            };
            return Ok(Outcome::Loaded(loaded, Box::new(summary)));
        }
    }

    /// Takes in what was read.
    fn take(
        &mut self,
        names: Vec<String>,
        growing: Vec<Growing>,
        loaded: Vec<Loaded>,
        summary: Summary,
    ) -> Result<()> {
        let (chunks, columns): (Vec<Chunk>, Vec<Vec<Stored>>) =
            loaded.into_iter().map(|one| (one.chunk, one.stored)).unzip();
        match &self.chunks {
            Some(known) => {
                let same = |(a, b): (&Arc<Chunk>, &Chunk)| a.is_same(b);
                if known.len() != chunks.len() || !known.iter().zip(&chunks).all(same) {
                    self.clear();
                    let reason = "the files have changed since they were loaded; run the query \
                                  again to read them anew";
                    return Err(Error::Input {
                        path: "logs".into(),
                        line: 0,
                        reason: reason.into(),
                    });
                }
                let (known, new) = (&mut self.summary.report, summary.report);
                known.unfound.extend(new.unfound);
                known.undiscovered = known.undiscovered.max(new.undiscovered);
                known.broken = known.broken.max(new.broken);
                known.unformatted = known.unformatted.max(new.unformatted);
            }
            None => {
                self.chunks = Some(chunks.into_iter().map(Arc::new).collect());
                self.summary = summary;
            }
        }
        let mut by_field: Vec<Vec<Stored>> =
            names.iter().map(|_| Vec::with_capacity(columns.len())).collect();
        for stored in columns {
            for (field, stored) in by_field.iter_mut().zip(stored) {
                field.push(stored);
            }
        }
        for ((name, growing), stored) in names.into_iter().zip(growing).zip(by_field) {
            let dictionary = growing.finish();
            let own: usize = stored.iter().map(Stored::memory).sum();
            let memory = own + dictionary.memory();
            let data = Arc::new(FieldData { stored, dictionary });
            self.fields.insert(name, Field { data, memory, used: self.loads });
        }
        Ok(())
    }
}

/// Packs the fields of a batch, one for each of `names`, by the slots they have in it.
fn encode(
    batch: &Batch,
    names: &[String],
    growing: &[Growing],
    slots: &HashMap<&str, Slot>,
) -> Loaded {
    let line = batch.line_fields();
    let encode = |(slot, name): (usize, &String)| {
        let column = batch.column(slot);
        let spelled = name == MESSAGE
            && line.is_some_and(|line| {
                let parts = line.iter().map(|name| Some(batch.column(*slots.get(&**name)?)));
                parts
                    .collect::<Option<Vec<_>>>()
                    .is_some_and(|parts| stored::spells(&parts, column))
            });
        if spelled { Stored::Line } else { Stored::encode(column, &growing[slot]) }
    };
    Loaded {
        stored: names.iter().enumerate().map(encode).collect(),
        chunk: Chunk::new(batch.positions(), line.map(Arc::from)),
    }
}
