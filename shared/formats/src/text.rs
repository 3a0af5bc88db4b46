//! Text in any of the encodings into UTF-8 without a byte order mark, as the bytes come.

use encoding_rs::{Decoder, DecoderResult};

use crate::encoding::standard;
use crate::guess::{Guess, LineJudge};
use crate::{Encoding, FormatError};

const BUFFER_BYTES: usize = 64 << 10;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
const GB18030_MARK: &[u8] = b"\x84\x31\x95\x33";
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
    /// UTF-8 with malformed places: what is valid by chance is lost.
    Mixed(Lines),
    Decode {
        decoder: Box<Decoder>,
        buffer: Box<[u8]>,
        runs: Option<Runs>,
        lines: Option<Lines>,
        /// Whether private-use characters are lost ones: GB18030 has them for bytes that mean
        /// nothing, so they come of another encoding.
        has_no_private: bool,
    },
}

/// The lines of a text, each of which is judged: what nobody writes in this encoding is lost, and its
/// row is not accepted. An encoding that somebody named is judged as a guessed one: the name tells
/// what most of the file is in, and rows of another file would be stored as other letters.
struct Lines {
    judge: LineJudge,
    /// The line that is not known to have ended.
    open: Vec<u8>,
    has_begun: bool,
    /// Whether a byte order mark says the encoding, so that nothing is judged.
    is_marked: bool,
}

/// Longer lines are judged in pieces. No row as long is accepted.
const MAX_JUDGED_BYTES: usize = 512 << 10;

/// The runs of bytes beyond ASCII, in an encoding in which UTF-8 would become other letters: rows
/// of another file, say. Such a run is lost, and its row is not accepted.
struct Runs {
    /// Windows-1252 has no characters for some bytes.
    undefined: &'static [u8],
    /// Whether a run is UTF-8 beyond doubt, as against letters that are valid by chance.
    is_utf8: fn(&str) -> bool,
    /// The run that is not known to have ended.
    open: Vec<u8>,
    has_begun: bool,
}

/// Longer runs are taken in pieces.
const MAX_RUN_BYTES: usize = 16 << 10;

/// A piece of a text.
enum Piece<'a> {
    Text(&'a [u8]),
    Lost,
}

impl Lines {
    fn of(encoding: Encoding) -> Option<Self> {
        LineJudge::of(encoding).map(Self::with)
    }

    fn with(judge: LineJudge) -> Self {
        Self {
            judge,
            open: Vec::new(),
            has_begun: false,
            is_marked: false,
        }
    }

    /// Gives the pieces of the text to `take`, in their order.
    fn split(
        &mut self,
        bytes: &[u8],
        is_last: bool,
        take: &mut dyn FnMut(Piece<'_>) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let line = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let length = line.map_or(rest.len(), |index| index + 1);
            let room = MAX_JUDGED_BYTES - self.open.len();
            let (piece, after) = rest.split_at(length.min(room));
            self.open.extend_from_slice(piece);
            rest = after;
            if self.open.len() == MAX_JUDGED_BYTES {
                // No character of several bytes has such a byte.
                let blank = self.open.iter().rposition(|byte| *byte < b'0');
                let end = blank.map_or(self.open.len(), |index| index + 1);
                self.end_line(end, take)?;
            } else if line.is_some() {
                self.end_line(self.open.len(), take)?;
            }
        }
        if is_last {
            self.end_line(self.open.len(), take)?;
        }
        Ok(())
    }

    fn end_line(
        &mut self,
        end: usize,
        take: &mut dyn FnMut(Piece<'_>) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        let line = &self.open[..end];
        if !std::mem::replace(&mut self.has_begun, true) {
            self.is_marked = has_mark(line) || line.starts_with(GB18030_MARK);
        }
        let lost = if self.is_marked {
            Vec::new()
        } else {
            self.judge.implausible_places(line)
        };
        let mut start = 0;
        for range in lost {
            if start < range.start {
                take(Piece::Text(&line[start..range.start]))?;
            }
            take(Piece::Lost)?;
            start = range.end;
        }
        if start < line.len() {
            take(Piece::Text(&line[start..]))?;
        }
        self.open.drain(..end);
        Ok(())
    }
}

impl Runs {
    fn of(encoding: Encoding) -> Option<Self> {
        let (undefined, is_utf8): (&[u8], fn(&str) -> bool) = match encoding {
            Encoding::Gb18030 | Encoding::Gbk => (b"", |run| run.chars().any(|c| c >= '\u{800}')),
            Encoding::Windows1252 => (b"\x81\x8D\x8F\x90\x9D", |run| {
                run.chars()
                    .any(|c| c >= '\u{800}' || ('\u{A0}'..='\u{17F}').contains(&c))
            }),
            _ => return None,
        };
        Some(Self {
            undefined,
            is_utf8,
            open: Vec::new(),
            has_begun: false,
        })
    }

    /// Gives the pieces of the text to `take`, in their order.
    fn split(
        &mut self,
        bytes: &[u8],
        is_last: bool,
        take: &mut dyn FnMut(Piece<'_>) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let run = rest.iter().position(u8::is_ascii).unwrap_or(rest.len());
            let room = MAX_RUN_BYTES.saturating_sub(self.open.len());
            let (beyond, after) = rest.split_at(run.min(room));
            self.open.extend_from_slice(beyond);
            rest = after;
            if rest.is_empty() {
                break;
            }
            self.end_run(rest.first().copied(), take)?;
            let plain = rest.iter().position(|byte| !byte.is_ascii());
            let (plain, after) = rest.split_at(plain.unwrap_or(rest.len()));
            if !plain.is_empty() {
                take(Piece::Text(plain))?;
            }
            rest = after;
        }
        if is_last {
            self.end_run(None, take)
        } else {
            Ok(())
        }
    }

    fn end_run(
        &mut self,
        next: Option<u8>,
        take: &mut dyn FnMut(Piece<'_>) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        let mut run = self.open.as_slice();
        if !std::mem::replace(&mut self.has_begun, true) && has_mark(run) {
            // The decoder believes it.
            self.is_utf8 = |_| false;
            self.undefined = b"";
        }
        // Characters of four bytes in GB18030 go on with a digit.
        let is_gb18030 = self.undefined.is_empty();
        let is_open =
            is_gb18030 && run.len() % 2 == 1 && next.is_some_and(|next| next.is_ascii_digit());
        let is_utf8 = |text: &str| !is_open && !text.is_empty() && (self.is_utf8)(text);
        if std::str::from_utf8(run).is_ok_and(is_utf8) {
            take(Piece::Lost)?;
            run = b"";
        }
        while let Some(index) = run.iter().position(|byte| self.undefined.contains(byte)) {
            take(Piece::Text(&run[..index]))?;
            take(Piece::Lost)?;
            run = &run[index + 1..];
        }
        if !run.is_empty() {
            take(Piece::Text(run))?;
        }
        self.open.clear();
        Ok(())
    }
}

/// Whether a text begins with the byte order mark of another encoding.
fn has_mark(start: &[u8]) -> bool {
    let marks = [BYTE_ORDER_MARK, b"\xFF\xFE", b"\xFE\xFF"];
    marks.iter().any(|mark| start.starts_with(mark))
}

impl TextDecoder {
    /// A decoder of text in an encoding that somebody named, or that was guessed by its head.
    pub(crate) fn new(guess: Guess) -> Self {
        let encoding = guess.encoding;
        let way = match encoding {
            Encoding::Utf8 if guess.is_mixed => Way::Mixed(Lines::with(LineJudge::MixedUtf8)),
            Encoding::Utf8 => Way::AsIs,
            _ => Way::Decode {
                // Believes a mark over the encoding that it was told.
                decoder: Box::new(standard(encoding).new_decoder()),
                buffer: vec![0; BUFFER_BYTES].into_boxed_slice(),
                runs: Runs::of(encoding),
                lines: Lines::of(encoding),
                has_no_private: matches!(encoding, Encoding::Gb18030 | Encoding::Gbk),
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
            Way::Mixed(lines) => lines.split(bytes, is_last, &mut |piece| match piece {
                Piece::Text(text) => without_mark(mark, text, emit),
                Piece::Lost => {
                    *replaced += 1;
                    without_mark(mark, REPLACEMENT, emit)
                }
            })?,
            Way::Decode {
                decoder,
                buffer,
                runs,
                lines,
                has_no_private,
            } => {
                let is_unwritten: fn(char) -> bool =
                    if *has_no_private && decoder.encoding() == encoding_rs::GB18030 {
                        |character| ('\u{E000}'..='\u{F8FF}').contains(&character)
                    } else {
                        |_| false
                    };
                let mut take = |piece: Piece<'_>, is_last: bool| match piece {
                    Piece::Text(text) => {
                        let lost =
                            decode(decoder, buffer, text, is_last, is_unwritten, &mut |text| {
                                without_mark(mark, text, emit)
                            })?;
                        *replaced += lost;
                        Ok(())
                    }
                    Piece::Lost => {
                        *replaced += 1;
                        without_mark(mark, REPLACEMENT, emit)
                    }
                };
                match (lines, runs) {
                    // A piece of a line ends with a character, so that no run goes on in the next.
                    (Some(lines), Some(runs)) => {
                        lines.split(bytes, is_last, &mut |piece| match piece {
                            Piece::Text(text) => {
                                runs.split(text, true, &mut |piece| take(piece, false))
                            }
                            Piece::Lost => take(Piece::Lost, false),
                        })?;
                    }
                    (_, Some(runs)) => {
                        runs.split(bytes, is_last, &mut |piece| take(piece, false))?;
                    }
                    (_, None) => take(Piece::Text(bytes), false)?,
                }
                if is_last {
                    take(Piece::Text(b""), true)?;
                }
            }
        }
        match mark.take_if(|_| is_last) {
            Some(seen) if seen > 0 => emit(&BYTE_ORDER_MARK[..seen]),
            _ => Ok(()),
        }
    }
}

/// Decodes a piece of a text; gives how many characters in it were malformed or lost.
fn decode(
    decoder: &mut Decoder,
    buffer: &mut [u8],
    text: &[u8],
    is_last: bool,
    is_unwritten: fn(char) -> bool,
    emit: &mut dyn FnMut(&[u8]) -> Result<(), FormatError>,
) -> Result<u64, FormatError> {
    let mut rest = text;
    let mut count = 0;
    loop {
        let (result, read, written) =
            decoder.decode_to_utf8_without_replacement(rest, buffer, is_last);
        rest = &rest[read..];
        count += emit_kept(&buffer[..written], is_unwritten, emit)?;
        match result {
            DecoderResult::InputEmpty => return Ok(count),
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => {
                count += 1;
                emit(REPLACEMENT)?;
            }
        }
    }
}

/// Gives text on with U+FFFD for each lost character, and how many there were.
fn emit_kept(
    utf8: &[u8],
    is_unwritten: fn(char) -> bool,
    emit: &mut dyn FnMut(&[u8]) -> Result<(), FormatError>,
) -> Result<u64, FormatError> {
    let text = std::str::from_utf8(utf8).unwrap_or_default();
    let mut start = 0;
    let mut count = 0;
    for (index, lost) in text.match_indices(is_unwritten) {
        emit(&utf8[start..index])?;
        emit(REPLACEMENT)?;
        start = index + lost.len();
        count += 1;
    }
    emit(&utf8[start..])?;
    Ok(count)
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
