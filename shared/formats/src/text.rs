//! Text in any of the encodings into UTF-8 without a byte order mark, as the bytes come.

use encoding_rs::{Decoder, DecoderResult};

use crate::encoding::standard;
use crate::{Encoding, FormatError};

const BUFFER_BYTES: usize = 64 << 10;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
const REPLACEMENT: &[u8] = "\u{FFFD}".as_bytes();

/// Decodes one text.
pub(crate) struct TextDecoder {
    way: Way,
    /// How many bytes of a UTF-8 mark were seen at the very start of what comes out; `None` after.
    mark: Option<usize>,
    replaced: u64,
}

enum Way {
    /// UTF-8 stays as it is: what is malformed is an error of its row, with its number, which is
    /// more than a replacement could tell.
    AsIs,
    Decode {
        decoder: Box<Decoder>,
        buffer: Box<[u8]>,
    },
}

impl TextDecoder {
    pub(crate) fn new(encoding: Encoding) -> Self {
        let way = match encoding {
            Encoding::Utf8 => Way::AsIs,
            _ => Way::Decode {
                // Believes a mark over the encoding that it was told.
                decoder: Box::new(standard(encoding).new_decoder()),
                buffer: vec![0; BUFFER_BYTES].into_boxed_slice(),
            },
        };
        Self {
            way,
            mark: Some(0),
            replaced: 0,
        }
    }

    /// Malformed sequences so far, each of which became U+FFFD.
    pub(crate) fn replaced(&self) -> u64 {
        self.replaced
    }

    /// Decodes `bytes`, the last ones of the text if `is_last`, and gives what comes out to `emit`.
    pub(crate) fn push(
        &mut self,
        bytes: &[u8],
        is_last: bool,
        emit: &mut dyn FnMut(&[u8]) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        let Self {
            way,
            mark,
            replaced,
        } = self;
        match way {
            Way::AsIs => without_mark(mark, bytes, emit)?,
            Way::Decode { decoder, buffer } => {
                let mut rest = bytes;
                loop {
                    let (result, read, written) =
                        decoder.decode_to_utf8_without_replacement(rest, buffer, is_last);
                    rest = &rest[read..];
                    without_mark(mark, &buffer[..written], emit)?;
                    match result {
                        DecoderResult::InputEmpty => break,
                        DecoderResult::OutputFull => {}
                        DecoderResult::Malformed(..) => {
                            *replaced += 1;
                            without_mark(mark, REPLACEMENT, emit)?;
                        }
                    }
                }
            }
        }
        match mark.take_if(|_| is_last) {
            Some(seen) if seen > 0 => emit(&BYTE_ORDER_MARK[..seen]),
            _ => Ok(()),
        }
    }
}

/// Gives `bytes` on, but for a mark that they begin or go on with.
fn without_mark(
    mark: &mut Option<usize>,
    bytes: &[u8],
    emit: &mut dyn FnMut(&[u8]) -> Result<(), FormatError>,
) -> Result<(), FormatError> {
    let mut rest = bytes;
    while let (Some(seen), Some(&byte)) = (*mark, rest.first()) {
        if byte == BYTE_ORDER_MARK[seen] {
            rest = &rest[1..];
            *mark = Some(seen + 1).filter(|seen| *seen < BYTE_ORDER_MARK.len());
        } else {
            *mark = None;
            if seen > 0 {
                emit(&BYTE_ORDER_MARK[..seen])?;
            }
        }
    }
    if rest.is_empty() {
        return Ok(());
    }
    emit(rest)
}
