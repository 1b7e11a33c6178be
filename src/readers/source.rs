//! Sources: logs as blocks of whole lines, from any place of a plain file or in turn from a stream.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

use memchr::{memchr, memrchr};

use super::lines::{self, Change};
use super::reader::Stream;
use crate::data::text::LONGEST_SLICE;
use crate::readers::log_format::LogFormat;

/// The longest line that can be a record, in bytes without its end; an event of CloudWatch is 1 MB
/// at most.
pub const LONGEST_LINE: usize = LONGEST_SLICE;

/// How many bytes are read at once to find the end of a line that leaves its block.
const AHEAD: usize = 512;

/// Whole lines of a text.
#[derive(Debug, Default)]
pub struct TextBlock {
    /// The lines and what was read around them.
    pub text: Vec<u8>,
    /// Where the first line begins.
    pub from: usize,
    /// Where the last line ends, its line end included; `from` where there is no line.
    pub to: usize,
    /// Where in the whole text the first byte of `text` is.
    pub offset: u64,
    /// The number of lines before `from`, where it is known.
    pub line: Option<u64>,
    /// The header lines that change the format, where they were looked for.
    pub changes: Vec<Change>,
    /// The format at `from`, where the block knows it.
    pub format: Option<Arc<LogFormat>>,
    /// A line longer than [`LONGEST_LINE`] after `to`: where it begins, and its number if known.
    pub too_long: Option<(u64, Option<u64>)>,
    /// Bytes of the whole text that no other block counts.
    pub bytes: u64,
}

/// Bytes that can be read at any place by several workers at once.
#[derive(Debug)]
pub enum Bytes {
    /// A file.
    File(File),
    /// Memory.
    Memory(Arc<Vec<u8>>),
}

impl Bytes {
    /// Fills `buffer` from `offset` on; returns how many bytes there were, fewer only at the end.
    ///
    /// # Errors
    /// What the operating system reports.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        match self {
            Bytes::Memory(bytes) => {
                let rest = usize::try_from(offset).ok().and_then(|at| bytes.get(at..));
                let rest = rest.unwrap_or_default();
                let len = rest.len().min(buffer.len());
                buffer[..len].copy_from_slice(&rest[..len]);
                Ok(len)
            }
            Bytes::File(file) => {
                let mut read = 0;
                while read < buffer.len() {
                    match file_read_at(file, &mut buffer[read..], offset + read as u64) {
                        Ok(0) => break,
                        Ok(count) => read += count,
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        Err(error) => return Err(error),
                    }
                }
                Ok(read)
            }
        }
    }
}

#[cfg(unix)]
fn file_read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn file_read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

/// The lines that begin in the `block`-th part of `block_size` bytes, the last of them whole.
///
/// Nothing after `size` is read, so that a file which is being written has one length throughout.
///
/// # Errors
/// What the operating system reports.
pub fn block_at(
    bytes: &Bytes,
    size: u64,
    block: u64,
    block_size: usize,
    mut text: Vec<u8>,
) -> io::Result<TextBlock> {
    let begin = block * block_size as u64;
    let end = (begin + block_size as u64).min(size);
    // One byte more in front: if it ends a line, a line begins exactly where the block does.
    let offset = begin.saturating_sub(1);
    let own = (end - offset) as usize;
    read_more(bytes, size, offset, &mut text, 0, own + AHEAD)?;
    let own = own.min(text.len());
    let mut found = TextBlock { offset, bytes: end - begin, ..TextBlock::default() };
    let before = text.get(..own.saturating_sub(1)).unwrap_or_default();
    let first = if block == 0 { Some(0) } else { memchr(b'\n', before).map(|at| at + 1) };
    if let Some(from) = first.filter(|from| *from < own) {
        let start = memrchr(b'\n', &text[from..own]).map_or(from, |at| from + at + 1);
        let end = if start == own {
            Some(own)
        } else {
            line_end(bytes, size, offset, &mut text, start, own)?
        };
        found.from = from;
        found.to = end.unwrap_or(start);
        found.too_long = end.is_none().then_some((offset + start as u64, None));
    }
    found.text = text;
    Ok(found)
}

/// Where the line ends that begins at `start` and is not ended before `searched`, its line end
/// included; reads on as far as it must, adds a line end at the end of the file. `None` where the
/// line is too long.
fn line_end(
    bytes: &Bytes,
    size: u64,
    offset: u64,
    text: &mut Vec<u8>,
    start: usize,
    mut searched: usize,
) -> io::Result<Option<usize>> {
    loop {
        if let Some(at) = memchr(b'\n', &text[searched..]) {
            let end = searched + at;
            return Ok((end - start <= LONGEST_LINE).then_some(end + 1));
        }
        searched = text.len();
        if searched - start > LONGEST_LINE {
            return Ok(None);
        }
        let more = (searched - start).max(AHEAD);
        if read_more(bytes, size, offset, text, searched, more)? == 0 {
            text.push(b'\n');
            return Ok(Some(text.len()));
        }
    }
}

/// Reads up to `more` bytes behind the first `len` of `text`, which starts at `offset`.
fn read_more(
    bytes: &Bytes,
    size: u64,
    offset: u64,
    text: &mut Vec<u8>,
    len: usize,
    more: usize,
) -> io::Result<usize> {
    let left = size.saturating_sub(offset + len as u64);
    let more = usize::try_from(left).map_or(more, |left| left.min(more));
    text.resize(len + more, 0);
    let read = bytes.read_at(&mut text[len..], offset + len as u64)?;
    text.truncate(len + read);
    Ok(read)
}

/// Text that comes in one order only: inflated, or from standard input.
pub struct TextStream {
    input: Stream,
    /// What was read behind the last whole line.
    carry: Vec<u8>,
    /// Where in the whole text `carry` begins.
    offset: u64,
    line: u64,
    /// The format at `carry` and whether lines may begin with a time, where they are flow log
    /// records.
    format: Option<(Arc<LogFormat>, bool)>,
    ended: bool,
}

impl TextStream {
    /// Reads from the start of `input`. `format`: where lines are flow log records, the format that
    /// holds until a header tells another one, and whether lines may begin with a time.
    pub fn new(input: Stream, format: Option<(Arc<LogFormat>, bool)>) -> TextStream {
        TextStream { input, carry: Vec::new(), offset: 0, line: 0, format, ended: false }
    }

    /// Where in the whole text the next block begins.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether every line was delivered.
    pub fn is_done(&self) -> bool {
        self.ended && self.carry.is_empty()
    }

    /// The next whole lines, about `block_size` bytes. With an error come the whole lines in front
    /// of it, nothing comes after it, and a line that it cuts is dropped.
    pub fn next_block(
        &mut self,
        block_size: usize,
        mut text: Vec<u8>,
    ) -> (TextBlock, Option<io::Error>) {
        text.clear();
        text.append(&mut self.carry);
        let mut fault = None;
        let mut to = memrchr(b'\n', &text).map_or(0, |at| at + 1);
        while to == 0 && !self.ended {
            if text.len() > LONGEST_LINE {
                return self.skip_line(block_size, text);
            }
            let before = text.len();
            fault = self.read(block_size, &mut text);
            to = memrchr(b'\n', &text[before..]).map_or(0, |at| before + at + 1);
        }
        if fault.is_some() {
            text.truncate(to);
        }
        // A last line without its end gets one, which is no byte of the input.
        let completed = fault.is_none() && to == 0 && !text.is_empty();
        if completed {
            text.push(b'\n');
            to = text.len();
        }
        self.carry.extend_from_slice(&text[to..]);
        let bytes = (to - usize::from(completed)) as u64;
        let mut block = TextBlock { to, offset: self.offset, bytes, ..TextBlock::default() };
        if let Some(at) = memchr(b'\n', &text[..to]).filter(|at| *at > LONGEST_LINE) {
            block.too_long = Some((self.offset, Some(self.line)));
            block.from = at + 1;
            self.line += 1;
        }
        block.line = Some(self.line);
        if let Some((format, prefixed)) = &mut self.format {
            block.format = Some(Arc::clone(format));
            let (changes, lines) = lines::changes(&text, block.from, to, *prefixed, format);
            if let Some((_, changed)) = changes.last() {
                *format = Arc::clone(changed);
            }
            self.line += lines;
            block.changes = changes;
        } else {
            self.line += memchr::memchr_iter(b'\n', &text[block.from..to]).count() as u64;
        }
        self.offset += to as u64;
        block.text = text;
        (block, fault)
    }

    /// Reads up to `more` bytes to the end of `text`.
    fn read(&mut self, more: usize, text: &mut Vec<u8>) -> Option<io::Error> {
        match (&mut self.input).take(more as u64).read_to_end(text) {
            Ok(count) => {
                self.ended = count < more;
                None
            }
            Err(error) => {
                self.ended = true;
                Some(error)
            }
        }
    }

    /// Goes to the end of a line that is too long, of which `text` has the first part.
    fn skip_line(
        &mut self,
        block_size: usize,
        mut text: Vec<u8>,
    ) -> (TextBlock, Option<io::Error>) {
        let (begin, mut bytes, mut fault) = (self.offset, text.len() as u64, None);
        while !self.ended {
            text.clear();
            fault = self.read(block_size, &mut text);
            if let Some(at) = memchr(b'\n', &text) {
                bytes += at as u64 + 1;
                self.carry.extend_from_slice(&text[at + 1..]);
                break;
            }
            bytes += text.len() as u64;
        }
        text.clear();
        let too_long = Some((begin, Some(self.line)));
        self.line += 1;
        self.offset += bytes;
        let format = self.format.as_ref().map(|(format, _)| Arc::clone(format));
        let line = Some(self.line);
        (
            TextBlock {
                text,
                offset: begin,
                line,
                format,
                too_long,
                bytes,
                ..TextBlock::default()
            },
            fault,
        )
    }
}
