//! Zstandard: one or several frames, one after the other.

use std::io::{self, BufRead, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// The first bytes of every frame with data.
pub const MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// Decompresses all frames of a Zstandard file.
///
/// Fails where the data ends inside a frame or is damaged; all that could be read was delivered
/// before.
pub struct Unzstd<R: BufRead> {
    input: R,
    frame: Option<Box<FrameDecoder>>,
    frames: u64,
}

impl<R: BufRead> Unzstd<R> {
    /// Reads from the start of the first frame.
    pub fn new(input: R) -> Unzstd<R> {
        Unzstd { input, frame: None, frames: 0 }
    }

    /// Goes to the next frame with data; false at the end.
    fn open_frame(&mut self) -> io::Result<bool> {
        loop {
            if self.input.fill_buf()?.is_empty() {
                return match self.frames {
                    0 => Err(io::ErrorKind::UnexpectedEof.into()),
                    _ => Ok(false),
                };
            }
            self.frames += 1;
            let mut decoder = FrameDecoder::new();
            match decoder.init(&mut self.input) {
                Ok(()) => {
                    self.frame = Some(Box::new(decoder));
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let mut data = (&mut self.input).take(u64::from(length));
                    io::copy(&mut data, &mut io::sink())?;
                }
                Err(error) => return Err(damaged(error)),
            }
        }
    }
}

fn damaged(error: FrameDecoderError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("damaged zstd: {error}"))
}

impl<R: BufRead> Read for Unzstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if let Some(frame) = &mut self.frame {
                if frame.can_collect() > 0 {
                    return frame.read(buffer);
                }
                if !frame.is_finished() {
                    let one = BlockDecodingStrategy::UptoBlocks(1);
                    frame.decode_blocks(&mut self.input, one).map_err(damaged)?;
                    continue;
                }
                self.frame = None;
            }
            if !self.open_frame()? {
                return Ok(0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `hello, zstd\n` as `zstd --no-check` writes it: a frame of one raw block.
    const FRAME: &[u8] = b"\x28\xb5\x2f\xfd\x20\x0c\x61\x00\x00hello, zstd\n";
    /// A frame that holds nothing for a reader.
    const SKIPPED: &[u8] = b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc";

    fn read(bytes: &[u8]) -> (Vec<u8>, Option<io::ErrorKind>) {
        let mut text = Vec::new();
        let result = Unzstd::new(bytes).read_to_end(&mut text);
        (text, result.err().map(|error| error.kind()))
    }

    #[test]
    fn frames_follow_one_another() {
        let text = b"hello, zstd\nhello, zstd\n".to_vec();
        assert_eq!(read(&[FRAME, SKIPPED, FRAME].concat()), (text, None));
    }

    #[test]
    fn what_is_damaged_is_an_error_behind_what_can_be_read() {
        let (text, error) = read(&[FRAME, &FRAME[..12]].concat());
        assert_eq!((text.as_slice(), error.is_some()), (b"hello, zstd\n".as_slice(), true));
        assert!(read(b"\x28\xb5\x2f\xfd\xff").1.is_some());
        assert_eq!(read(b"").1, Some(io::ErrorKind::UnexpectedEof));
    }
}
