//! Turns text in any of the encodings, plain or in gzip, into UTF-8 CSV as its bytes come.

use std::io::Write;

use crate::gzip::Gunzip;
use crate::text::TextDecoder;
use crate::{Detected, Encoding, FormatError, HEAD_BYTES, Limits, detect};

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
    /// Sequences that were malformed in that encoding; each became one U+FFFD. UTF-8 is given on as
    /// it is, and what is malformed in it is an error of its row.
    pub replaced: u64,
    /// Bytes written.
    pub output_bytes: u64,
}

impl Converter {
    /// Converts text of this encoding.
    pub fn text(encoding: Encoding, limits: Limits) -> Self {
        Self {
            gunzip: None,
            text: Text::decoding(encoding),
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
    Decoding {
        encoding: Encoding,
        decoder: TextDecoder,
    },
}

impl Text {
    fn decoding(encoding: Encoding) -> Self {
        Self::Decoding {
            encoding,
            decoder: TextDecoder::new(encoding),
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
                let encoding = encoding_in_gzip(head, is_last, *asked)?;
                let head = std::mem::take(head);
                *self = Self::decoding(encoding);
                self.push(&head, false, output, out)?;
                self.push(rest, is_last, output, out)
            }
        }
    }

    fn summary(&self) -> (Encoding, u64) {
        match self {
            Self::Decoding { encoding, decoder } => (*encoding, decoder.replaced()),
            Self::Undetected { .. } => (Encoding::Utf8, 0),
        }
    }
}

fn encoding_in_gzip(
    head: &[u8],
    at_end: bool,
    asked: Option<Encoding>,
) -> Result<Encoding, FormatError> {
    match detect(head, at_end, asked)? {
        Detected::Text { encoding, .. } => Ok(encoding),
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
