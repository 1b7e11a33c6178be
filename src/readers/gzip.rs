//! Gzip: one or several members, one after the other, with zero padding at the end tolerated.

use std::io::{self, BufRead, Read};

use flate2::{Decompress, FlushDecompress, Status};

/// The first bytes of every member.
pub const MAGIC: &[u8] = &[0x1f, 0x8b];

/// Inflates all members of a gzip file.
///
/// Fails with `UnexpectedEof` where the data ends inside a member, and with `InvalidData` where it
/// is damaged or something else follows; all that could be read was delivered before.
pub struct Gunzip<R: BufRead> {
    state: State<R>,
    members: u64,
}

enum State<R: BufRead> {
    Between(R),
    Inside(R, Box<Decompress>),
    /// What came out before the fault was delivered; now it is told.
    Damaged,
    End,
}

/// The largest window that gzip knows, as a power of two.
const WINDOW: u8 = 15;

impl<R: BufRead> Gunzip<R> {
    /// Reads from the start of the first member.
    pub fn new(input: R) -> Gunzip<R> {
        Gunzip { state: State::Between(input), members: 0 }
    }

    /// Goes behind a member.
    fn end_member(&mut self) {
        if let State::Inside(input, _) = std::mem::replace(&mut self.state, State::End) {
            self.state = State::Between(input);
        }
    }

    /// Goes to the next member, or to the end.
    fn open_member(&mut self, mut input: R) -> io::Result<()> {
        loop {
            let ahead = match input.fill_buf() {
                Ok(ahead) => ahead,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let zeros = ahead.iter().take_while(|byte| **byte == 0).count();
            match ahead.get(zeros) {
                _ if self.members > 0 && zeros > 0 => input.consume(zeros),
                None if self.members > 0 => return Ok(()),
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
                Some(first) if self.members > 0 && *first != MAGIC[0] => {
                    let text = "something that is not gzip follows the gzip data";
                    return Err(io::Error::new(io::ErrorKind::InvalidData, text));
                }
                Some(_) => {
                    self.members += 1;
                    self.state = State::Inside(input, Box::new(Decompress::new_gzip(WINDOW)));
                    return Ok(());
                }
            }
        }
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "corrupt deflate stream")
}

/// What follows what was inflated.
enum After {
    More,
    /// The end of the member.
    Member,
    /// Damaged data.
    Fault,
}

/// Inflates into a buffer as much as is at hand; how much, and what follows. What comes out in front
/// of a fault counts, which a decoder that only gives an error would swallow.
fn inflate(
    input: &mut impl BufRead,
    inflater: &mut Decompress,
    buffer: &mut [u8],
) -> io::Result<(usize, After)> {
    let ahead = loop {
        match input.fill_buf() {
            Ok(ahead) => break ahead,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    };
    let at_end = ahead.is_empty();
    let flush = if at_end { FlushDecompress::Finish } else { FlushDecompress::None };
    let before = (inflater.total_in(), inflater.total_out());
    let result = inflater.decompress(ahead, buffer, flush);
    let used = usize::try_from(inflater.total_in() - before.0).unwrap_or(usize::MAX);
    let made = usize::try_from(inflater.total_out() - before.1).unwrap_or(0).min(buffer.len());
    input.consume(used);
    match result {
        Ok(Status::StreamEnd) => Ok((made, After::Member)),
        Ok(_) if at_end && made == 0 => Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(_) => Ok((made, After::More)),
        Err(_) => Ok((made, After::Fault)),
    }
}

impl<R: BufRead> Read for Gunzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match &mut self.state {
                State::End => return Ok(0),
                State::Damaged => return Err(damaged()),
                State::Inside(input, inflater) => {
                    let (made, after) = inflate(input, inflater, buffer)?;
                    match after {
                        After::More => {}
                        After::Member => self.end_member(),
                        After::Fault => self.state = State::Damaged,
                    }
                    if made > 0 {
                        return Ok(made);
                    }
                }
                State::Between(_) => {
                    if let State::Between(input) = std::mem::replace(&mut self.state, State::End) {
                        self.open_member(input)?;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn member(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).expect("writes to memory");
        encoder.finish().expect("writes to memory")
    }

    fn gunzip(bytes: &[u8]) -> (Vec<u8>, Option<io::ErrorKind>) {
        let mut text = Vec::new();
        let result = Gunzip::new(bytes).read_to_end(&mut text);
        (text, result.err().map(|error| error.kind()))
    }

    #[test]
    fn members_follow_one_another() {
        let two = [member(b"one\n"), member(b""), member(b"two\n")].concat();
        assert_eq!(gunzip(&two), (b"one\ntwo\n".to_vec(), None));
        assert_eq!(gunzip(&[two, vec![0; 5000]].concat()), (b"one\ntwo\n".to_vec(), None));
    }

    #[test]
    fn what_can_be_read_is_read_before_a_fault_is_told() {
        let text: Vec<u8> =
            (0..20_000u32).flat_map(|i| (i * 7919).to_string().into_bytes()).collect();
        let whole = member(&text);
        let (part, error) = gunzip(&whole[..whole.len() / 2]);
        assert!(part.len() > 1000 && text.starts_with(&part));
        assert_eq!(error, Some(io::ErrorKind::UnexpectedEof));
        let mut damaged = whole.clone();
        let at = damaged.len() - 6;
        damaged[at] ^= 0xff; // in the checksum
        let (all, error) = gunzip(&damaged);
        assert_eq!(all, text);
        assert!(error.is_some());
        // Damage in the middle: the same is read, whatever the size of the pieces.
        let mut damaged = whole.clone();
        let middle = damaged.len() / 2;
        damaged[middle..middle + 40].fill(0xff);
        let (part, error) = gunzip(&damaged);
        assert!(part.len() > 1000 && error.is_some());
        let (mut pieces, mut piece) = (Vec::new(), [0; 7]);
        let mut reader = Gunzip::new(damaged.as_slice());
        while let Ok(read @ 1..) = reader.read(&mut piece) {
            pieces.extend_from_slice(&piece[..read]);
        }
        assert_eq!(pieces.len(), part.len());
        let (all, error) = gunzip(&[whole, b"rest".to_vec()].concat());
        assert_eq!((all, error), (text, Some(io::ErrorKind::InvalidData)));
        assert_eq!(gunzip(b"").1, Some(io::ErrorKind::UnexpectedEof));
    }
}
