//! Reads the records of a chunk whose bytes come in pieces. Memory holds one piece and one record
//! of at most the limit, however long the records are.

use std::collections::VecDeque;
use std::ops::Range;

use super::dialect::Dialect;
use super::position::Position;
use super::scanner::{Scanner, UnclosedQuote};

/// One record, not yet taken apart into fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawRecord<'a> {
    /// Where it starts.
    pub position: Position,
    /// What is in it.
    pub content: RecordContent<'a>,
}

/// What is in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordContent<'a> {
    /// Its bytes, quotes and all, without the line break at its end, as a
    /// [`FieldReader`](super::FieldReader) takes them.
    Bytes(&'a [u8]),
    /// It is longer than the limit, and its bytes were dropped as they came.
    TooLarge {
        /// Its length, without the line break at its end.
        bytes: u64,
    },
}

/// Gives the records of a chunk. For each piece of it: [`push`](Self::push), then
/// [`next_record`](Self::next_record) until there is none; at the chunk's end [`finish`](Self::finish).
#[derive(Debug)]
pub struct RecordReader {
    scanner: Scanner,
    max_record_bytes: usize,
    buffer: Vec<u8>,
    ready: VecDeque<Record>,
    open: Option<OpenRecord>,
}

/// A record whose end was seen.
#[derive(Debug)]
struct Record {
    position: Position,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// Where in the buffer it is.
    Buffered(Range<usize>),
    TooLarge(u64),
}

/// A record whose end was not seen yet.
#[derive(Clone, Copy, Debug)]
struct OpenRecord {
    position: Position,
    /// Where in the buffer it starts. Past the limit its bytes there are not all of it.
    index: usize,
}

impl RecordReader {
    /// Reads from `start` on: a record's start, such as a chunk's, or the file's. Records of more
    /// than `max_record_bytes` are given by their size only.
    pub fn new(dialect: Dialect, start: Position, max_record_bytes: usize) -> Self {
        Self {
            scanner: Scanner::resume(dialect, start),
            max_record_bytes,
            buffer: Vec::new(),
            ready: VecDeque::new(),
            open: None,
        }
    }

    /// Takes the chunk's next bytes. What earlier calls made ready stays; taking all of it before
    /// the next push is what keeps memory bounded.
    pub fn push(&mut self, bytes: &[u8]) {
        self.drop_taken_bytes();
        let piece = PieceOffsets {
            offset: self.scanner.position().offset,
            index: self.buffer.len(),
        };
        self.buffer.extend_from_slice(bytes);

        let Self {
            scanner,
            ready,
            open,
            max_record_bytes,
            ..
        } = self;
        scanner.walk(bytes, |marks, block| {
            let mut boundaries = marks.record_starts | marks.record_ends;
            while boundaries != 0 {
                let bit = boundaries.trailing_zeros();
                let position = marks.position_of(bit, block);
                let index = piece.index_of(position.offset);
                if marks.record_starts >> bit & 1 == 1 {
                    *open = Some(OpenRecord { position, index });
                } else if let Some(record) = open.take() {
                    ready.push_back(record.end_at(position.offset, *max_record_bytes));
                }
                boundaries &= boundaries - 1;
            }
            None
        });
        if self.scanner.is_between_records() {
            // What seemed to start with the file was a byte order mark.
            self.open = None;
        }
        self.drop_too_large_bytes();
    }

    /// The next record whose end was seen.
    pub fn next_record(&mut self) -> Option<RawRecord<'_>> {
        let Record { position, content } = self.ready.pop_front()?;
        let content = match content {
            Content::Buffered(range) => RecordContent::Bytes(&self.buffer[range]),
            Content::TooLarge(bytes) => RecordContent::TooLarge { bytes },
        };
        Some(RawRecord { position, content })
    }

    /// Ends the chunk: gives the last record if no line break followed it, after any that
    /// [`next_record`](Self::next_record) did not take.
    ///
    /// A quote that is still open is an error in place of that record. A planned chunk has none:
    /// the planner would have refused the file.
    pub fn finish(&mut self) -> Result<Option<RawRecord<'_>>, UnclosedQuote> {
        if let Some(record) = self.open.take() {
            let end = self.scanner.clone().finish()?;
            self.ready
                .push_back(record.end_at(end.offset, self.max_record_bytes));
        }
        Ok(self.next_record())
    }

    /// Makes room: nothing before the open record is needed once all others are taken.
    fn drop_taken_bytes(&mut self) {
        if self.ready.is_empty() {
            match &mut self.open {
                Some(open) => {
                    self.buffer.drain(..open.index);
                    open.index = 0;
                }
                None => self.buffer.clear(),
            }
        }
    }

    /// The end of an open record that is too large already will be noted by its offset.
    fn drop_too_large_bytes(&mut self) {
        if let Some(open) = self.open {
            let so_far = self.scanner.position().offset - open.position.offset;
            if so_far > self.max_record_bytes as u64 {
                self.buffer.truncate(open.index);
            }
        }
    }
}

impl OpenRecord {
    fn end_at(self, offset: u64, max_record_bytes: usize) -> Record {
        let bytes = offset - self.position.offset;
        let content = match usize::try_from(bytes) {
            Ok(length) if length <= max_record_bytes => {
                Content::Buffered(self.index..self.index + length)
            }
            _ => Content::TooLarge(bytes),
        };
        Record {
            position: self.position,
            content,
        }
    }
}

/// Where a piece lies, in the file and in the buffer.
#[derive(Clone, Copy)]
struct PieceOffsets {
    offset: u64,
    index: usize,
}

impl PieceOffsets {
    fn index_of(self, offset: u64) -> usize {
        self.index + (offset - self.offset) as usize
    }
}

#[cfg(test)]
mod tests;
