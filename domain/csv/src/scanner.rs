//! Finds record boundaries: the one place that goes through a file's bytes to learn where records
//! begin. It holds no bytes, only a position and a state, so pieces of any size may be fed.

use std::hint::select_unpredictable;

use thiserror::Error;

use super::block::{BLOCK_BYTES, BlockReader, Carry, Marks};
use super::dialect::Dialect;
use super::machine;
use super::position::Position;
use super::state::State;

/// A byte order mark's length in UTF-8.
const BOM_BYTES: u64 = 3;

/// Scans a file, fed in pieces, for record boundaries.
#[derive(Clone, Debug)]
pub struct Scanner {
    dialect: Dialect,
    position: Position,
    state: State,
    /// Where the last quoted field opened.
    last_opening: u64,
}

impl Scanner {
    /// A scan from a file's start. A byte order mark there belongs to no record.
    pub fn new(dialect: Dialect) -> Self {
        Self::resume(dialect, Position::START)
    }

    /// A scan from a place where a record starts, or a row.
    pub fn resume(dialect: Dialect, position: Position) -> Self {
        let state = match position.offset {
            0 => State::FileStart,
            _ => State::RecordStart,
        };
        Self {
            dialect,
            position,
            state,
            last_opening: position.offset,
        }
    }

    /// Scans all of `bytes`.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.walk(bytes, |_, _| None);
    }

    /// Scans until the first record start at or after the offset `target`, and gives how many of
    /// `bytes` lie before it: the record's first byte is the first one that is not consumed. It may
    /// be 0, since a record's start is known only when its first byte is seen.
    ///
    /// `None` when no record starts there within `bytes`, all of which are then consumed.
    ///
    /// The file's start is where the scan begins, not a boundary to find: a target of 0 means 1.
    pub fn feed_until(&mut self, bytes: &[u8], target: u64) -> Option<usize> {
        let target = target.max(1);
        self.walk(bytes, |marks, position| {
            let before_target = target.saturating_sub(position.offset);
            if before_target >= BLOCK_BYTES as u64 {
                return None;
            }
            let starts = marks.record_starts & (u64::MAX << before_target);
            (starts != 0).then(|| starts.trailing_zeros())
        })
    }

    /// Where the scan stands: after the bytes consumed so far. At a record start, `row` and
    /// `record` are that record's; within a record, those of the record.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Ends the scan at the file's end. A last record needs no line break after it.
    pub fn finish(self) -> Result<Position, UnclosedQuote> {
        if self.state == State::Quoted {
            return Err(UnclosedQuote {
                row: self.position.row,
                offset: self.last_opening,
            });
        }
        let unended = u64::from(!self.is_between_records());
        Ok(Position {
            record: self.position.record + unended,
            ..self.position
        })
    }

    /// Whether every record that has begun has also ended.
    pub(super) fn is_between_records(&self) -> bool {
        self.state.is_between_records()
    }

    /// Goes through `bytes`, up to 64 at a time, and shows what they are and the position before
    /// them to `visit`. Where that answers the bit of a record start, the walk stops there and gives
    /// its index in `bytes`.
    #[inline]
    pub(super) fn walk<V>(&mut self, bytes: &[u8], mut visit: V) -> Option<usize>
    where
        V: FnMut(&Marks, Position) -> Option<u32>,
    {
        // Only the machine knows a byte order mark.
        let bom_bytes = BOM_BYTES.saturating_sub(self.position.offset) as usize;
        let (first, rest) = bytes.split_at(bom_bytes.min(bytes.len()));
        let (blocks, last) = rest.as_chunks::<BLOCK_BYTES>();

        if let Some(index) = self.walk_bytes(first, &mut visit) {
            return Some(index);
        }
        if let Some(index) = self.walk_blocks(blocks, &mut visit) {
            return Some(first.len() + index);
        }
        let index = self.walk_bytes(last, &mut visit)?;
        Some(bytes.len() - last.len() + index)
    }

    /// Less than a block, byte by byte.
    fn walk_bytes<V>(&mut self, bytes: &[u8], visit: &mut V) -> Option<usize>
    where
        V: FnMut(&Marks, Position) -> Option<u32>,
    {
        let (marks, state) = machine::read(bytes, self.state, self.dialect.delimiter.as_byte());
        if let Some(bit) = visit(&marks, self.position) {
            self.stop_at(bit, &marks);
            return Some(bit as usize);
        }
        self.pass(bytes.len(), &marks);
        self.state = state;
        None
    }

    #[inline]
    fn walk_blocks<V>(&mut self, blocks: &[[u8; BLOCK_BYTES]], visit: &mut V) -> Option<usize>
    where
        V: FnMut(&Marks, Position) -> Option<u32>,
    {
        if blocks.is_empty() {
            return None;
        }
        let reader = BlockReader::new(self.dialect);
        let delimiter = self.dialect.delimiter.as_byte();
        let mut carry = Carry::from(self.state);
        for (index, block) in blocks.iter().enumerate() {
            // No closure such as `unwrap_or_else` takes: it makes the masks go through memory.
            let (marks, next) = if let Some(read) = reader.read(block, carry) {
                read
            } else {
                let (marks, state) = machine::read(block, carry.into(), delimiter);
                (marks, Carry::from(state))
            };
            if let Some(bit) = visit(&marks, self.position) {
                self.stop_at(bit, &marks);
                return Some(index * BLOCK_BYTES + bit as usize);
            }
            self.pass(BLOCK_BYTES, &marks);
            carry = next;
        }
        self.state = carry.into();
        None
    }

    /// Counts what was passed.
    #[inline]
    fn pass(&mut self, bytes: usize, marks: &Marks) {
        // Half of all blocks have an opening, so that a branch here would be guessed wrong.
        let opening = self.position.offset + u64::from((marks.openings | 1).ilog2());
        self.last_opening = select_unpredictable(marks.openings == 0, self.last_opening, opening);

        let line_breaks = marks.line_breaks.count_ones();
        let blank_lines = marks.line_breaks & !marks.record_ends;
        let mut records = line_breaks;
        // Rare enough for a branch, so that mostly one count does for both.
        if blank_lines != 0 {
            records -= blank_lines.count_ones();
        }
        self.position.offset += bytes as u64;
        self.position.row += u64::from(line_breaks);
        self.position.record += u64::from(records);
    }

    /// Passes a block as far as the record that starts at `bit`.
    fn stop_at(&mut self, bit: u32, marks: &Marks) {
        self.position = marks.position_of(bit, self.position);
        self.state = State::RecordStart;
    }
}

/// A quote that opens a field and that no quote closes, so that it takes in the rest of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "the quote opened in row {row} (byte {offset}) is never closed; close it, or write it twice \
     (\"\") if it is part of the text"
)]
pub struct UnclosedQuote {
    /// The row that the quote stands in, as a spreadsheet numbers it.
    pub row: u64,
    /// The quote's own place in bytes from the file's start.
    pub offset: u64,
}

#[cfg(test)]
mod tests;
