//! Turns text in any of the encodings, plain or in gzip, into UTF-8 CSV as its bytes come.

use std::io::Write;

use crate::guess::{Guess, guess};
use crate::gzip::Gunzip;
use crate::text::TextDecoder;
use crate::{CONTEXT_BYTES, Detected, Encoding, FormatError, HEAD_BYTES, Limits, detect};

/// Converts one file. What it holds of it is bounded: a head of 1 MiB and buffers of 64 KiB.
///
/// For each piece of the file [`push`](Self::push), at the end [`finish`](Self::finish); the result
/// does not depend on how the file is cut into pieces. One push writes at most 1,032 times the bytes
/// it is given, the most that gzip packs, so pieces of 16 KiB keep a buffer in memory below 17 MiB.
///
/// Rows keep their numbers: each character stands for itself, so no line break comes or goes.
///
/// ```
/// use sluice_formats::{Converter, Encoding, Limits};
///
/// let mut csv = Vec::new();
/// let mut converter = Converter::text(Encoding::Gbk, Limits::default());
/// converter.push(b"\xD0\xD5\xC3", &mut csv)?;
/// converter.push(b"\xFB,id\n", &mut csv)?;
/// let converted = converter.finish(&mut csv)?;
/// assert_eq!(csv, "姓名,id\n".as_bytes());
/// assert_eq!(converted.replaced, 0);
/// # Ok::<(), sluice_formats::FormatError>(())
/// ```
pub struct Converter {
    gunzip: Option<Gunzip>,
    text: Text,
    output: Output,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Converted {
    /// What its text was written in.
    pub encoding: Encoding,
    /// Sequences that were malformed in that encoding, or that nobody writes in it where they stand;
    /// each became one U+FFFD. UTF-8 is given on as it is, and what is malformed in it is an error of
    /// its row.
    pub replaced: u64,
    /// Bytes written.
    pub output_bytes: u64,
}

impl Converter {
    /// Converts text of an encoding that was detected, or that the caller names. What speaks against
    /// it becomes U+FFFD, on every line of the file: detection has seen its head alone, and allows
    /// for a few rows of another encoding; a caller may not know of them.
    pub fn text(encoding: Encoding, limits: Limits) -> Self {
        Self {
            gunzip: None,
            text: Text::decoding(encoding.into()),
            output: Output::new(limits),
        }
    }

    /// Passes UTF-8 on in which some places are malformed. What is valid by chance becomes U+FFFD.
    pub fn mixed_utf8(limits: Limits) -> Self {
        Self {
            gunzip: None,
            text: Text::decoding(Guess {
                encoding: Encoding::Utf8,
                is_mixed: true,
            }),
            output: Output::new(limits),
        }
    }

    /// Unpacks gzip and converts the text in it: of the encoding `asked`, else of the one that is
    /// detected.
    pub fn gzip(asked: Option<Encoding>, limits: Limits) -> Self {
        Self {
            gunzip: Some(Gunzip::new(limits)),
            text: Text::Undetected {
                head: Vec::new(),
                asked,
            },
            output: Output::new(limits),
        }
    }

    /// Takes the file's next bytes and writes what they are as UTF-8. After an error the file is
    /// given up.
    pub fn push(&mut self, bytes: &[u8], out: &mut impl Write) -> Result<(), FormatError> {
        let Self {
            gunzip,
            text,
            output,
        } = self;
        match gunzip {
            Some(gunzip) => gunzip.push(bytes, &mut |piece| text.push(piece, false, output, out)),
            None => text.push(bytes, false, output, out),
        }
    }

    /// Ends the file. A gzip file that was cut off is an error here.
    pub fn finish(self, out: &mut impl Write) -> Result<Converted, FormatError> {
        let Self {
            gunzip,
            mut text,
            mut output,
        } = self;
        if let Some(mut gunzip) = gunzip {
            gunzip.finish(&mut |piece| text.push(piece, false, &mut output, out))?;
        }
        text.push(b"", true, &mut output, out)?;
        let (encoding, replaced) = text.summary();
        Ok(Converted {
            encoding,
            replaced,
            output_bytes: output.written_bytes,
        })
    }
}

/// The text in a file.
enum Text {
    /// Too little of it was seen to tell its encoding.
    Undetected {
        head: Vec<u8>,
        asked: Option<Encoding>,
    },
    /// All that was seen of it is ASCII, and nobody has named an encoding: the first bytes beyond
    /// ASCII tell it, wherever they are.
    Ascii { last: Vec<u8> },
    /// As many bytes are collected as tell the encoding of what follows ASCII.
    Later { sample: Vec<u8> },
    Decoding {
        encoding: Encoding,
        decoder: TextDecoder,
    },
}

impl Text {
    fn decoding(guess: Guess) -> Self {
        Self::Decoding {
            encoding: guess.encoding,
            decoder: TextDecoder::new(guess),
        }
    }

    fn push(
        &mut self,
        bytes: &[u8],
        is_last: bool,
        output: &mut Output,
        out: &mut impl Write,
    ) -> Result<(), FormatError> {
        match self {
            Self::Decoding { decoder, .. } => {
                decoder.push(bytes, is_last, &mut |piece| output.write(piece, out))
            }
            Self::Undetected { head, asked } => {
                let (first, rest) = bytes.split_at(bytes.len().min(HEAD_BYTES - head.len()));
                head.extend_from_slice(first);
                if head.len() < HEAD_BYTES && !is_last {
                    return Ok(());
                }
                let guess = guess_in_gzip(head, is_last, *asked)?;
                let encoding = guess.encoding;
                let is_open = encoding == Encoding::Utf8 && asked.is_none() && head.is_ascii();
                let head = std::mem::take(head);
                *self = if is_open {
                    Self::Ascii { last: Vec::new() }
                } else {
                    Self::decoding(guess)
                };
                self.push(&head, false, output, out)?;
                self.push(rest, is_last, output, out)
            }
            Self::Ascii { last } => {
                let other = bytes.iter().position(|byte| !byte.is_ascii());
                let (plain, rest) = bytes.split_at(other.unwrap_or(bytes.len()));
                last.extend_from_slice(plain);
                let is_end = is_last && rest.is_empty();
                let kept = if is_end { 0 } else { CONTEXT_BYTES };
                let done = last.len().saturating_sub(kept);
                output.write(&last[..done], out)?;
                last.drain(..done);
                if rest.is_empty() {
                    return Ok(());
                }
                let sample = std::mem::take(last);
                *self = Self::Later { sample };
                self.push(rest, is_last, output, out)
            }
            Self::Later { sample } => {
                let (first, rest) = bytes.split_at(bytes.len().min(HEAD_BYTES - sample.len()));
                sample.extend_from_slice(first);
                if sample.len() < HEAD_BYTES && !is_last {
                    return Ok(());
                }
                let guess = guess(sample, is_last && rest.is_empty(), None)?;
                let sample = std::mem::take(sample);
                *self = Self::decoding(guess);
                self.push(&sample, false, output, out)?;
                self.push(rest, is_last, output, out)
            }
        }
    }

    fn summary(&self) -> (Encoding, u64) {
        match self {
            Self::Decoding { encoding, decoder } => (*encoding, decoder.replaced()),
            Self::Undetected { .. } | Self::Ascii { .. } | Self::Later { .. } => {
                (Encoding::Utf8, 0)
            }
        }
    }
}

fn guess_in_gzip(head: &[u8], at_end: bool, asked: Option<Encoding>) -> Result<Guess, FormatError> {
    match detect(head, at_end, asked)? {
        Detected::Text {
            encoding, is_mixed, ..
        } => Ok(Guess { encoding, is_mixed }),
        Detected::Gzip => Err(FormatError::Nested {
            content: "another gzip file",
        }),
        Detected::Workbook => Err(FormatError::Nested {
            content: "an Excel workbook",
        }),
    }
}

/// Counts what is written.
struct Output {
    limit_bytes: u64,
    written_bytes: u64,
}

impl Output {
    fn new(limits: Limits) -> Self {
        Self {
            limit_bytes: limits.output_bytes,
            written_bytes: 0,
        }
    }

    fn write(&mut self, bytes: &[u8], out: &mut impl Write) -> Result<(), FormatError> {
        self.written_bytes += bytes.len() as u64;
        if self.written_bytes > self.limit_bytes {
            return Err(FormatError::TooMuchOutput {
                limit_bytes: self.limit_bytes,
            });
        }
        Ok(out.write_all(bytes)?)
    }
}
