//! Log groups: the files of a query, looked at just enough to know their kind and log format.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use super::columns;
use super::facts::GroupFacts;
use super::files::{LogFile, STDIN, find_files, name_below};
pub use super::input::{EventKind, FlowKind, Kind, LogInput, Section};
use super::input::{Place, decoded};
use super::key::{self, Key};
use super::tail;
use crate::data::time::{Periods, TimeRange};
use crate::error::{Error, Result};
use crate::parallel::for_each_parallel;
use crate::readers::events;
use crate::readers::kind::{self, Content, FlowLines};
use crate::readers::layout::Origin;
use crate::readers::lines::without_prefix;
use crate::readers::log_format::LogFormat;
use crate::readers::reader::{self, READERS, Reader, Stream};

/// How much of a file is looked at to know its format; the longest header has 800 bytes.
const HEAD: usize = 16 * 1024;

/// How much of a file is looked at first, which is enough for most flow logs.
const SHORT_HEAD: usize = 4 * 1024;

/// How much more is looked at where not one line ends there.
const LONG_HEAD: usize = 1 << 20;

/// How often a file may be compressed.
const MOST_LAYERS: usize = 3;

/// How many files have room in the positions of records.
const MOST_FILES: usize = 1 << 20;

/// The logs of a query, of one log group or several.
#[derive(Clone, Default)]
pub struct LogGroup {
    /// The files, in the order that positions of records follow.
    pub files: Vec<Arc<LogInput>>,
    /// What is known of the log groups besides their files.
    pub facts: Vec<GroupFacts>,
    /// The numbers of the files in positions, where these are parts of logs that were read before; the
    /// place of each otherwise.
    pub(super) numbers: Vec<u64>,
    option: Option<Arc<LogFormat>>,
    known: Vec<Arc<LogFormat>>,
}

impl LogGroup {
    /// The logs that the arguments stand for (see [`super::files::find_files`]). `log_format` is the
    /// format of files without a header line.
    ///
    /// # Errors
    /// `NotFound` as `find_files` has it, `Io` for a file that cannot be read, `Limit` for more
    /// than a million files.
    pub fn open(paths: &[String], log_format: Option<LogFormat>) -> Result<LogGroup> {
        LogGroup::open_for(paths, log_format, TimeRange::ALL)
    }

    /// The same for queries of a time range. What all files of a delivery are, those tell that may
    /// have such records: a flow log has one format as long as it is there.
    ///
    /// # Errors
    /// As [`LogGroup::open`].
    pub fn open_for(
        paths: &[String],
        log_format: Option<LogFormat>,
        range: TimeRange,
    ) -> Result<LogGroup> {
        let files = find_files(paths)?;
        if files.len() > MOST_FILES {
            return Err(Error::Limit(format!("{} log files; {MOST_FILES} at most", files.len())));
        }
        let mut group = LogGroup::new(log_format);
        let looked = group.look_at_all(&files, range);
        group.files.reserve(files.len());
        for (file, looked) in files.into_iter().zip(looked) {
            let LogFile { path, group: name, root, .. } = file;
            let (looked, size) = match looked {
                Ok(Some(looked)) => looked,
                Ok(_) if path.as_os_str() == STDIN => {
                    group.add_stream(STDIN, &name, Box::new(io::stdin()))?;
                    continue;
                }
                // Pipes and devices have no size and can be read only once.
                Ok(_) => {
                    let failed = |source| Error::Io { path: path.clone(), source };
                    let pipe = File::open(&path).map_err(failed)?;
                    group.add_stream(&path.display().to_string(), &name, Box::new(pipe))?;
                    continue;
                }
                Err(error) => (Looked::left_out(error.to_string()), 0),
            };
            let stream = |path: &Path| name_below(&root, path);
            group.push(path, (name, stream), size, Place::File, looked);
        }
        Ok(group)
    }

    /// What each file is and its bytes on disk, for queries of a time range.
    fn look_at_all(&self, files: &[LogFile], range: TimeRange) -> Vec<io::Result<Option<Look>>> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let within = read_within(files.iter().map(|file| file.path.as_path()), range.into());
        let (first, rest): (Vec<usize>, Vec<usize>) =
            (0..files.len()).partition(|number| within[*number]);
        let looked = for_each_parallel(threads, first.len(), |at| self.look_at(&files[first[at]]));
        if rest.is_empty() {
            return looked;
        }
        let mut told: HashMap<Series, &Looked> = HashMap::new();
        for (number, look) in first.iter().zip(&looked) {
            if let Ok(Some((looked, _))) = look
                && looked.is_told()
                && let Some(series) = Series::of(&files[*number].path)
            {
                told.entry(series).or_insert(looked);
            }
        }
        let others = for_each_parallel(threads, rest.len(), |at| {
            let file = &files[rest[at]];
            let told = Series::of(&file.path).and_then(|series| told.get(&series).copied());
            match told.filter(|_| file.regular) {
                Some(told) => Ok(Some((told.clone(), std::fs::metadata(&file.path)?.len()))),
                None => self.look_at(file),
            }
        });
        let (mut looked, mut others) = (looked.into_iter(), others.into_iter());
        let in_turn = |within: &bool| if *within { looked.next() } else { others.next() };
        within.iter().filter_map(in_turn).collect()
    }

    /// What a file is and its bytes on disk; `None` for what is no regular file.
    fn look_at(&self, file: &LogFile) -> io::Result<Option<Look>> {
        if let Some(fault) = &file.fault {
            return Ok(Some((Looked::left_out(fault.clone()), 0)));
        }
        if !file.regular {
            return Ok(None);
        }
        let mut opened = File::open(&file.path)?;
        let size = opened.metadata()?.len();
        let mut head = Vec::with_capacity(SHORT_HEAD);
        read_head(&mut opened, &mut head, SHORT_HEAD);
        let start = self.tell(&file.path, &head, SHORT_HEAD);
        // An option holds only where nothing else does, which all of the head tells.
        if self.option.is_none() && kind::is_settled(&start.content, &start.text) {
            return Ok(Some((self.survey(start), size)));
        }
        read_head(&mut opened, &mut head, HEAD);
        Ok(Some((self.survey(self.tell(&file.path, &head, HEAD)), size)))
    }

    /// For each file whether it may hold records of these times, as far as its name tells.
    pub fn read_within(&self, range: Periods) -> Vec<bool> {
        read_within(self.files.iter().map(|file| file.path.as_path()), range)
    }

    /// Where the records of a file come from, as far as its name and what is known of its log group
    /// tell.
    pub(super) fn origin(&self, file: &LogInput) -> Origin {
        let known = self.facts.iter().find(|facts| *facts.name == *file.group);
        let said = known.and_then(|facts| facts.account.as_deref().map(Arc::from));
        let group = Arc::clone(&file.group);
        match Key::of(&file.path) {
            Some(Key { account, region, .. }) => {
                Origin { group, account: Some(account.into()), region: Some(region.into()) }
            }
            None => Origin { group, account: said, region: None },
        }
    }

    /// The number of a file in positions.
    pub(super) fn number(&self, file: usize) -> u64 {
        self.numbers.get(file).copied().unwrap_or(file as u64)
    }

    /// The names of the log groups, in the order of their first files.
    pub fn names(&self) -> Vec<Arc<str>> {
        let mut names: Vec<Arc<str>> = Vec::new();
        for file in &self.files {
            if !names.contains(&file.group) {
                names.push(Arc::clone(&file.group));
            }
        }
        names
    }

    /// What is known of a log group besides its files; nothing where nobody said anything.
    pub fn facts_of(&self, name: &str) -> GroupFacts {
        self.facts.iter().find(|facts| facts.name == name).cloned().unwrap_or_default()
    }

    /// The files of some of the log groups.
    #[must_use]
    pub fn of_groups(&self, names: &[String]) -> LogGroup {
        let mut chosen = self.clone();
        let wanted = |file: &Arc<LogInput>| names.iter().any(|name| **name == *file.group);
        let mut kept = self.files.iter().map(wanted);
        chosen.numbers.retain(|_| kept.next().unwrap_or(false));
        chosen.files.retain(wanted);
        chosen
    }

    /// Leaves out what stands behind the last line end of every file of lines: somebody may be about
    /// to write the rest of that line. To be called before the group is given away.
    pub fn end_at_lines(&mut self) {
        for file in self.files.iter_mut().filter(|file| file.is_plain()) {
            // What cannot be read is said when it is.
            let end = tail::last_line_end(&file.path, file.size);
            if let (Ok(end), Some(file)) = (end, Arc::get_mut(file)) {
                file.size = end;
            }
        }
    }

    /// Whether every file can be read from its start at any time, which a pipe cannot.
    pub fn can_be_read_again(&self) -> bool {
        !self.files.iter().any(|file| matches!(file.place, Place::Once(_)))
    }

    /// No logs yet; `log_format` is the format of those without a header line.
    pub fn new(log_format: Option<LogFormat>) -> LogGroup {
        let option = log_format.map(Arc::new);
        LogGroup {
            files: Vec::new(),
            facts: Vec::new(),
            numbers: Vec::new(),
            known: option.iter().cloned().collect(),
            option,
        }
    }

    /// Logs in memory.
    pub fn of_bytes(name: &str, bytes: Vec<u8>) -> LogGroup {
        let mut group = LogGroup::new(None);
        group.add_bytes(name, bytes);
        group
    }

    /// Adds logs in memory, plain or compressed, as a file of a name.
    pub fn add_bytes(&mut self, name: &str, bytes: Vec<u8>) {
        let (size, bytes) = (bytes.len() as u64, Arc::new(bytes));
        let mut head = Vec::new();
        read_head(&mut bytes.as_slice(), &mut head, HEAD);
        self.add(name.into(), (name, name), size, Place::Memory(bytes), head);
    }

    /// Adds logs that can be read once, plain or compressed; waits for the first of them.
    ///
    /// # Errors
    /// `Io` where reading fails.
    pub fn add_stream(&mut self, path: &str, group: &str, stream: Stream) -> Result<()> {
        let mut stream = BufReader::with_capacity(HEAD, stream);
        let failed = |source| Error::Io { path: path.into(), source };
        let head = stream.fill_buf().map_err(failed)?.to_vec();
        let name = if path == STDIN { group } else { path };
        // What a file of columns holds, its end tells.
        let (size, place) = if head.starts_with(columns::PARQUET) {
            let mut bytes = Vec::new();
            stream.read_to_end(&mut bytes).map_err(failed)?;
            (bytes.len() as u64, Place::Memory(Arc::new(bytes)))
        } else {
            (0, Place::Once(Mutex::new(Some(Box::new(stream)))))
        };
        self.add(path.into(), (group, name), size, place, head);
        Ok(())
    }

    fn add(&mut self, path: PathBuf, names: (&str, &str), size: u64, place: Place, head: Vec<u8>) {
        let looked = self.survey(self.tell(&path, &head, HEAD));
        let (group, stream) = names;
        self.push(path, (group.into(), |_: &Path| stream.to_owned()), size, place, looked);
    }

    /// What the file of a name is that begins so, by so much of its text.
    fn tell<'h>(&self, path: &Path, head: &'h [u8], len: usize) -> Start<'h> {
        let reader = reader::choose(head, &path.to_string_lossy());
        // The head ends in the middle of the data, so reading it ends with an error by nature.
        let mut layers = usize::from(reader.decode.is_some());
        let text_of = |layers| {
            let mut text = Vec::new();
            let head = Box::new(Cursor::new(head.to_vec()));
            read_head(&mut decoded(head, reader, layers), &mut text, len);
            text
        };
        let mut text = match layers {
            0 => Cow::Borrowed(head),
            _ => Cow::Owned(text_of(layers)),
        };
        while layers > 0 && layers < MOST_LAYERS && text.starts_with(reader.magic) {
            layers += 1;
            text = Cow::Owned(text_of(layers));
        }
        let content = match text.starts_with(columns::PARQUET) {
            true if layers == 0 => Content::Columns,
            true => Content::LeftOut("a compressed Parquet file; decompress it first".to_owned()),
            false => kind::tell(&text, self.option.as_ref()),
        };
        Start { reader, layers, text, content }
    }

    /// What the start of a file tells, the fields of its first messages included.
    fn survey(&self, start: Start<'_>) -> Looked {
        let Start { reader, layers, text, content } = start;
        let (names, shapes) = match content {
            Content::Events { prefixed } => {
                let lines = text.split(|byte| *byte == b'\n');
                let lines = lines.map(|line| if prefixed { without_prefix(line) } else { line });
                events::survey(lines, &self.message_formats())
            }
            Content::Delivery(delivery) => {
                let (first, _) =
                    delivery.read(Box::new(Cursor::new(text.into_owned()))).next(LONG_HEAD);
                events::survey(first.messages(), &self.message_formats())
            }
            Content::Flow(_) | Content::Columns | Content::LeftOut(_) => Default::default(),
        };
        Looked { reader, layers, content, names, shapes }
    }

    fn push(
        &mut self,
        path: PathBuf,
        (group, stream): (Arc<str>, impl FnOnce(&Path) -> String),
        size: u64,
        place: Place,
        looked: Looked,
    ) {
        let Looked { reader, layers, content, names, shapes } = looked;
        let exported = export_stream(&path);
        let events = |prefixed, delivery| {
            let stream = exported.clone().unwrap_or_else(|| stream(&path)).into();
            Kind::Events(EventKind { stream, prefixed, names, shapes, delivery })
        };
        let kind = match content {
            Content::Flow(FlowLines { format, assumed, prefixed, doubt }) => {
                let (format, sections) = (self.shared(format), OnceLock::new());
                let stream = exported.map(Arc::from);
                let columns = None;
                Kind::Flow(FlowKind { format, assumed, prefixed, doubt, stream, columns, sections })
            }
            Content::Columns => self.columns_of(&path, size, &place),
            Content::Events { prefixed } => events(prefixed, None),
            Content::Delivery(delivery) => events(false, Some(delivery)),
            Content::LeftOut(reason) => Kind::LeftOut(reason),
        };
        self.files.push(Arc::new(LogInput {
            path,
            group,
            size,
            kind,
            reader,
            layers,
            place,
            behind: 0,
        }));
    }

    /// The columns of a file that holds its records so.
    fn columns_of(&mut self, path: &Path, size: u64, place: &Place) -> Kind {
        let origin = match place {
            Place::Memory(bytes) => columns::Origin::Memory(Arc::clone(bytes)),
            Place::File | Place::Once(_) => columns::Origin::File(path),
        };
        let columns = match columns::open(origin, size) {
            Ok(columns) => columns,
            Err(reason) => return Kind::LeftOut(reason),
        };
        let format = self.shared(Arc::new(columns.format().clone()));
        let sections = OnceLock::from(vec![(0, Arc::clone(&format))]);
        let (assumed, prefixed, doubt, stream) = (false, false, None, None);
        let columns = Some(columns);
        Kind::Flow(FlowKind { format, assumed, prefixed, doubt, stream, columns, sections })
    }

    /// The formats of flow log records in messages, whose delivery tells none.
    pub fn message_formats(&self) -> Vec<Arc<LogFormat>> {
        self.option.iter().chain(LogFormat::defaults()).cloned().collect()
    }

    /// The one copy of a format that all files share.
    fn shared(&mut self, format: Arc<LogFormat>) -> Arc<LogFormat> {
        let same = |known: &&Arc<LogFormat>| Arc::ptr_eq(known, &format) || **known == format;
        if let Some(known) = self.known.iter().find(same) {
            return Arc::clone(known);
        }
        self.known.push(Arc::clone(&format));
        format
    }

    /// The formats of the files, each once, in file order.
    pub fn formats(&self) -> Vec<Arc<LogFormat>> {
        let mut formats: Vec<Arc<LogFormat>> = Vec::new();
        let flows = self.files.iter().filter_map(|file| file.flow());
        for (_, format) in flows.flat_map(FlowKind::sections) {
            if !formats.contains(&format) {
                formats.push(format);
            }
        }
        formats
    }

    /// The names of all fields that records of these files are known to have: those of their formats,
    /// then those that the first messages have.
    pub fn field_names(&self) -> Vec<String> {
        let formats = self.formats();
        let flow = formats.iter().flat_map(|format| format.names.iter());
        distinct(flow.chain(self.discovered()))
    }

    /// The names of fields that are none of VPC flow logs: columns of header lines, as a query
    /// spells them, and fields of messages.
    pub fn extra_fields(&self) -> Vec<String> {
        let formats = self.formats();
        let columns = formats.iter().flat_map(|format| format.names.iter().zip(&format.fields));
        let extra = columns.filter(|(_, id)| id.is_none()).map(|(name, _)| name);
        distinct(extra.chain(self.discovered()))
    }

    /// The fields of the first messages of every file whose fields are discovered.
    pub fn discovered(&self) -> impl Iterator<Item = &String> {
        self.events().flat_map(|events| events.names.iter())
    }

    /// Whether records of these files have a time, as far as is known.
    pub fn is_timed(&self) -> bool {
        let timed = |file: &Arc<LogInput>| match &file.kind {
            Kind::Flow(flow) => {
                let start = |(_, format): &Section| format.names.iter().any(|name| name == "start");
                flow.prefixed || flow.sections().iter().any(start)
            }
            Kind::Events(_) => true,
            Kind::LeftOut(_) => false,
        };
        self.files.iter().any(timed)
    }

    /// Whether there are files of flow log records.
    pub fn has_flow_logs(&self) -> bool {
        self.files.iter().any(|file| file.flow().is_some())
    }

    /// The files whose fields are discovered.
    pub fn events(&self) -> impl Iterator<Item = &EventKind> {
        self.files.iter().filter_map(|file| match &file.kind {
            Kind::Events(events) => Some(events),
            _ => None,
        })
    }
}

/// For each path whether the file may hold records of these times, as far as its name tells.
fn read_within<'a>(paths: impl Iterator<Item = &'a Path>, range: Periods) -> Vec<bool> {
    let keys: Vec<Option<Key>> = match range.is_all() {
        true => paths.map(|_| None).collect(),
        false => paths.map(Key::of).collect(),
    };
    let may = |covered: Option<TimeRange>| covered.is_none_or(|covered| range.meets(covered));
    key::coverage(&keys).into_iter().map(may).collect()
}

/// Reads on to so many bytes of the start of a text; where that is all of the head, up to its first line
/// end at least, as far as that is near. What cannot be read is said by who reads the text.
fn read_head(text: &mut dyn Read, head: &mut Vec<u8>, len: usize) {
    let left = len.saturating_sub(head.len());
    let _ = text.take(left as u64).read_to_end(head);
    if len == HEAD && !head.contains(&b'\n') {
        let _ = text.take(LONG_HEAD as u64).read_to_end(head);
    }
}

/// The log stream of a file of an export of CloudWatch Logs: `<export>/<stream>/000000.gz`.
fn export_stream(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let number = name.strip_suffix(".gz").unwrap_or(name);
    if number.len() != 6 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(path.parent()?.file_name()?.to_str()?.to_owned())
}

/// The files of one flow log that are called alike: its account, region and ID, and the extension.
#[derive(PartialEq, Eq, Hash)]
struct Series(String, String, String, String);

impl Series {
    fn of(path: &Path) -> Option<Series> {
        let Key { account, region, flow_log, .. } = Key::of(path)?;
        let (_, extension) = path.file_name()?.to_str()?.split_once('.')?;
        Some(Series(account, region, flow_log, extension.to_owned()))
    }
}

/// The start of a file as text, and what it is.
struct Start<'h> {
    reader: &'static Reader,
    layers: usize,
    text: Cow<'h, [u8]>,
    content: Content,
}

/// What a look at the start of a file tells, and its bytes on disk.
type Look = (Looked, u64);

/// What a look at the start of a file tells.
#[derive(Clone)]
struct Looked {
    reader: &'static Reader,
    layers: usize,
    content: Content,
    names: Vec<String>,
    shapes: Vec<&'static str>,
}

impl Looked {
    /// Whether a header line told the format of flow log records.
    fn is_told(&self) -> bool {
        matches!(&self.content, Content::Flow(flow) if !flow.assumed && flow.doubt.is_none())
    }

    /// A file that cannot be read, and why.
    fn left_out(reason: String) -> Looked {
        let reader = &READERS[0];
        let content = Content::LeftOut(reason);
        Looked { reader, layers: 0, content, names: Vec::new(), shapes: Vec::new() }
    }
}

/// Names, each once, in the order they come.
fn distinct<'a>(names: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    names.filter(|name| seen.insert(name.as_str())).cloned().collect()
}
