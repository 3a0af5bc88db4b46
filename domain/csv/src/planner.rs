//! Cuts a file into chunks that can be read apart from each other.
//!
//! A chunk ends at the first record start at or after its start plus the chunk size, so where the
//! cuts lie depends on the file, its start and the chunk size alone: not on how the bytes came, nor
//! on how often planning was interrupted.

use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};

use super::dialect::Dialect;
use super::position::Position;
use super::scanner::{Scanner, UnclosedQuote};

/// A byte range of a file that holds whole records, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Chunk {
    /// The chunk's number in its file, from 0.
    pub number: u32,
    /// The byte where it starts: the first byte of a record, except that the first chunk starts
    /// where planning did and may have blank lines before its first record.
    pub start: u64,
    /// The byte after its last one: where the next chunk starts, or the file's end. Blank lines
    /// after a record belong to its chunk.
    pub end: u64,
    /// The number of the row at `start`, as a spreadsheet numbers it.
    pub first_row: u64,
    /// Records in it.
    pub records: u64,
}

/// How far planning has come: the start of the chunk that is not closed yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cursor {
    /// Where to read on.
    pub position: Position,
    /// The number of the chunk that starts there.
    pub next_chunk: u32,
}

impl Cursor {
    fn chunk_until(self, end: Position) -> Chunk {
        Chunk {
            number: self.next_chunk,
            start: self.position.offset,
            end: end.offset,
            first_row: self.position.row,
            records: end.record - self.position.record,
        }
    }
}

/// Plans chunks while a file goes by, in pieces of any size.
#[derive(Clone, Debug)]
pub struct ChunkPlanner {
    scanner: Scanner,
    chunk_bytes: NonZeroU64,
    cursor: Cursor,
}

impl ChunkPlanner {
    /// A plan of chunks of about `chunk_bytes` from `start` on: the first record after the header
    /// ([`Header::data`](super::Header::data)), or the file's start.
    pub fn new(dialect: Dialect, chunk_bytes: NonZeroU64, start: Position) -> Self {
        let cursor = Cursor {
            position: start,
            next_chunk: 0,
        };
        Self::resume(dialect, chunk_bytes, cursor)
    }

    /// Goes on from where another planner of the same file was. The bytes to feed are those from
    /// the cursor's offset on, and the chunks come out as if nothing had happened.
    pub fn resume(dialect: Dialect, chunk_bytes: NonZeroU64, cursor: Cursor) -> Self {
        Self {
            scanner: Scanner::resume(dialect, cursor.position),
            chunk_bytes,
            cursor,
        }
    }

    /// Scans the next bytes and adds the chunks that they close to `chunks`.
    pub fn feed(&mut self, mut bytes: &[u8], chunks: &mut Vec<Chunk>) {
        let mut target = self.target();
        while let Some(consumed) = self.scanner.feed_until(bytes, target) {
            bytes = &bytes[consumed..];
            let position = self.scanner.position();
            if position.record == self.cursor.position.record {
                // Only blank lines or a byte order mark so far: the cut is the next record's start.
                target = position.offset + 1;
            } else {
                chunks.push(self.cursor.chunk_until(position));
                self.cursor = Cursor {
                    position,
                    next_chunk: self.cursor.next_chunk + 1,
                };
                target = self.target();
            }
        }
    }

    /// The start of the chunk that is not closed yet, to go on from in another process.
    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// Ends the plan at the file's end, with the last chunk. There is none if no record came since
    /// the last cut, that is if there are only blank lines after the header.
    pub fn finish(self) -> Result<Option<Chunk>, UnclosedQuote> {
        let chunk = self.cursor.chunk_until(self.scanner.finish()?);
        Ok((chunk.records > 0).then_some(chunk))
    }

    fn target(&self) -> u64 {
        let start = self.cursor.position.offset;
        start.saturating_add(self.chunk_bytes.get())
    }
}

#[cfg(test)]
mod tests;
