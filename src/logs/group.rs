//! Log groups: the files of a query, looked at just enough to know their kind and log format.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::files::{self, STDIN, find_files};
use crate::error::{Error, Result};
use crate::readers::lines::{self, header, is_blank, without_prefix};
use crate::readers::log_format::LogFormat;
use crate::readers::reader::{self, Reader, Stream};
use crate::readers::source::{Bytes, block_at};

/// How much of a file is looked at to know its format; the longest header has 800 bytes.
const HEAD: usize = 16 * 1024;

/// How many files have room in the positions of records.
const MOST_FILES: usize = 1 << 20;

/// Where the bytes of an input are.
enum Place {
    File,
    Memory(Arc<Vec<u8>>),
    /// A stream that can be read once: by the first scan.
    Once(Mutex<Option<Stream>>),
}

/// One file of logs, or another source of bytes.
pub struct LogInput {
    /// Its path, `-` for standard input, a name for logs in memory.
    pub path: PathBuf,
    /// The log group it belongs to.
    pub group: Arc<str>,
    /// Bytes on disk, before decompression; 0 where that is not known.
    pub size: u64,
    /// The format of its first records.
    pub format: Arc<LogFormat>,
    /// Whether the default format was taken because nothing told another one.
    pub assumed: bool,
    /// Whether lines begin with a time, as in an export of CloudWatch.
    pub prefixed: bool,
    /// Why the assumed format may be a wrong one, where its first record looks like another.
    pub doubt: Option<String>,
    reader: &'static Reader,
    place: Place,
    sections: OnceLock<Vec<Section>>,
}

/// Where in a text a format begins to hold.
pub type Section = (u64, Arc<LogFormat>);

impl LogInput {
    /// The bytes, where any part of them can be read at any time; `None` for a stream.
    ///
    /// # Errors
    /// Why the file cannot be opened.
    pub fn bytes(&self) -> io::Result<Option<Bytes>> {
        Ok(match &self.place {
            _ if self.reader.decode.is_some() => None,
            Place::Once(_) => None,
            Place::Memory(bytes) => Some(Bytes::Memory(Arc::clone(bytes))),
            Place::File => Some(Bytes::File(File::open(&self.path)?)),
        })
    }

    /// Whether its text comes in one order only.
    pub fn is_stream(&self) -> bool {
        self.reader.decode.is_some() || matches!(self.place, Place::Once(_))
    }

    /// The text from the start; `count` is told of all bytes that are read from the disk.
    ///
    /// # Errors
    /// Why the file cannot be opened, or that the stream was read before.
    pub fn stream(&self, count: impl Fn(usize) + Send + 'static) -> io::Result<Stream> {
        let raw: Stream = match &self.place {
            Place::File => Box::new(File::open(&self.path)?.take(self.size)),
            Place::Memory(bytes) => Box::new(Cursor::new(Shared(Arc::clone(bytes)))),
            Place::Once(stream) => {
                let stream = stream.lock().unwrap_or_else(PoisonError::into_inner).take();
                stream.ok_or_else(|| io::Error::other("it can be read only once"))?
            }
        };
        let raw = Counted { input: raw, count };
        Ok(match self.reader.decode {
            Some(decode) => decode(Box::new(BufReader::with_capacity(128 * 1024, raw))),
            None => Box::new(raw),
        })
    }

    /// The formats of the text by where they begin to hold, the first at 0; only the first one
    /// until [`LogInput::survey`] has looked for more.
    pub fn sections(&self) -> Vec<Section> {
        self.sections.get().cloned().unwrap_or_else(|| vec![(0, Arc::clone(&self.format))])
    }

    /// Whether [`LogInput::survey`] was done.
    pub fn is_surveyed(&self) -> bool {
        self.sections.get().is_some()
    }

    /// Reads all of a plain file to find every header that changes the format.
    ///
    /// # Errors
    /// What the operating system reports.
    pub fn survey(&self) -> io::Result<()> {
        const BLOCK: usize = 1 << 20;
        if self.is_surveyed() {
            return Ok(());
        }
        let Some(bytes) = self.bytes()? else { return Ok(()) };
        let mut sections = vec![(0, Arc::clone(&self.format))];
        let mut format = Arc::clone(&self.format);
        let mut buffer = Vec::new();
        for block in 0..self.size.div_ceil(BLOCK as u64) {
            let found = block_at(&bytes, self.size, block, BLOCK, buffer)?;
            let (changes, _) =
                lines::changes(&found.text, found.from, found.to, self.prefixed, &format);
            for (at, changed) in changes {
                sections.push((found.offset + at as u64, Arc::clone(&changed)));
                format = changed;
            }
            buffer = found.text;
        }
        let _ = self.sections.set(sections);
        Ok(())
    }
}

/// Bytes in memory that a cursor can read.
struct Shared(Arc<Vec<u8>>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Counts what is read.
struct Counted<F> {
    input: Stream,
    count: F,
}

impl<F: Fn(usize)> Read for Counted<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        (self.count)(read);
        Ok(read)
    }
}

/// The logs of a query.
#[derive(Default)]
pub struct LogGroup {
    /// The files, in the order that positions of records follow.
    pub files: Vec<LogInput>,
    option: Option<Arc<LogFormat>>,
    known: Vec<Arc<LogFormat>>,
}

impl LogGroup {
    /// The logs that the arguments stand for (see [`files::find_files`]). `log_format` is the
    /// format of files without a header line.
    ///
    /// # Errors
    /// `NotFound` as `find_files` has it, `Io` for a file that cannot be read, `Limit` for more
    /// than a million files.
    pub fn open(paths: &[String], log_format: Option<LogFormat>) -> Result<LogGroup> {
        let files = find_files(paths)?;
        if files.len() > MOST_FILES {
            return Err(Error::Limit(format!("{} log files; {MOST_FILES} at most", files.len())));
        }
        let mut group = LogGroup::new(log_format);
        for files::LogFile { path, group: name, size } in files {
            if path == Path::new(STDIN) {
                group.add_stream(STDIN, &name, Box::new(io::stdin()))?;
                continue;
            }
            let failed = |source| Error::Io { path: path.clone(), source };
            let mut head = Vec::new();
            let file = File::open(&path).map_err(failed)?;
            if !file.metadata().map_err(failed)?.is_file() {
                // Pipes and devices have no size and can be read only once.
                group.add_stream(&path.display().to_string(), &name, Box::new(file))?;
                continue;
            }
            (&file).take(HEAD as u64).read_to_end(&mut head).map_err(failed)?;
            group.add(path.clone(), &name, size, Place::File, head);
        }
        Ok(group)
    }

    /// Whether every file can be read from its start at any time, which a pipe cannot.
    pub fn can_be_read_again(&self) -> bool {
        !self.files.iter().any(|file| matches!(file.place, Place::Once(_)))
    }

    /// No logs yet; `log_format` is the format of those without a header line.
    pub fn new(log_format: Option<LogFormat>) -> LogGroup {
        let option = log_format.map(Arc::new);
        LogGroup { files: Vec::new(), known: option.iter().cloned().collect(), option }
    }

    /// Logs in memory.
    pub fn of_bytes(name: &str, bytes: Vec<u8>) -> LogGroup {
        let mut group = LogGroup::new(None);
        group.add_bytes(name, bytes);
        group
    }

    /// Adds logs in memory, plain or compressed, as a file of a name.
    pub fn add_bytes(&mut self, name: &str, bytes: Vec<u8>) {
        let (size, head) = (bytes.len() as u64, bytes.get(..HEAD).unwrap_or(&bytes).to_vec());
        self.add(name.into(), name, size, Place::Memory(Arc::new(bytes)), head);
    }

    /// Adds logs that can be read once, plain or compressed; waits for the first of them.
    ///
    /// # Errors
    /// `Io` where reading fails.
    pub fn add_stream(&mut self, path: &str, group: &str, stream: Stream) -> Result<()> {
        let mut stream = BufReader::with_capacity(HEAD, stream);
        let head =
            stream.fill_buf().map_err(|source| Error::Io { path: path.into(), source })?.to_vec();
        self.add(path.into(), group, 0, Place::Once(Mutex::new(Some(Box::new(stream)))), head);
        Ok(())
    }

    fn add(&mut self, path: PathBuf, group: &str, size: u64, place: Place, head: Vec<u8>) {
        let reader = reader::choose(&head, &path.to_string_lossy());
        let text = match reader.decode {
            None => head,
            Some(decode) => {
                let mut text = Vec::new();
                // The head ends in the middle of the data, so this ends with an error by nature.
                let _ =
                    decode(Box::new(Cursor::new(head))).take(HEAD as u64).read_to_end(&mut text);
                text
            }
        };
        let (format, assumed, prefixed) = sniff(&text, self.option.as_deref());
        let doubt = if assumed { doubt(&text) } else { None };
        let format = self.shared(format);
        let sections = OnceLock::new();
        let group = Arc::from(group);
        self.files.push(LogInput {
            path,
            group,
            size,
            format,
            assumed,
            prefixed,
            doubt,
            reader,
            place,
            sections,
        });
    }

    /// The one copy of a format that all files share.
    fn shared(&mut self, format: LogFormat) -> Arc<LogFormat> {
        if let Some(known) = self.known.iter().find(|known| ***known == format) {
            return Arc::clone(known);
        }
        let format = Arc::new(format);
        self.known.push(Arc::clone(&format));
        format
    }

    /// The formats of the files, each once, in file order.
    pub fn formats(&self) -> Vec<Arc<LogFormat>> {
        let mut formats: Vec<Arc<LogFormat>> = Vec::new();
        for (_, format) in self.files.iter().flat_map(LogInput::sections) {
            if !formats.contains(&format) {
                formats.push(format);
            }
        }
        formats
    }

    /// The names of all fields that records of these files have, in the order of their formats.
    pub fn field_names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for format in self.formats() {
            for name in &format.names {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        names
    }

    /// The names of header columns that are no fields of VPC flow logs, as a query spells them.
    pub fn extra_fields(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for format in self.formats() {
            for (name, _) in format.names.iter().zip(&format.fields).filter(|(_, id)| id.is_none())
            {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        names
    }
}

/// What speaks against the default format in the first record that has as many values: another
/// order of fields goes unnoticed otherwise, since most values are plain texts.
fn doubt(text: &[u8]) -> Option<String> {
    let line = text.split(|byte| *byte == b'\n').find(|line| !is_blank(line))?;
    let line = without_prefix(line);
    let values: Vec<&[u8]> =
        line.strip_suffix(b"\r").unwrap_or(line).split(|byte| *byte == b' ').collect();
    let &[.., action, status] = values.as_slice() else { return None };
    let format = LogFormat::default_v2();
    let fits = matches!(action, b"ACCEPT" | b"REJECT" | b"-")
        && matches!(status, b"OK" | b"NODATA" | b"SKIPDATA");
    let doubtful = values.len() == format.len() && !fits && text.contains(&b'\n');
    doubtful.then(|| {
        let shown = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        format!(
            "its first record ends with `{} {}` where the default format has action and log-status; \
             if the logs have another format, say which with --log-format",
            shown(action),
            shown(status)
        )
    })
}

/// The format of a text by its first line, whether it was merely assumed, and whether lines begin
/// with a time.
fn sniff(text: &[u8], option: Option<&LogFormat>) -> (LogFormat, bool, bool) {
    let line = text.split(|byte| *byte == b'\n').find(|line| !is_blank(line)).unwrap_or_default();
    let body = without_prefix(line);
    let prefixed = body.len() < line.len();
    match (header(body), option) {
        (Some(format), _) => (format, false, prefixed),
        (None, Some(format)) => (format.clone(), false, prefixed),
        (None, None) => (LogFormat::default_v2(), true, prefixed),
    }
}
