//! The CSV grammar, byte by byte. It defines what the fast way in `block` has to find, and reads
//! what that one leaves over: stray quotes, a file's first bytes, ends of less than a block.
//!
//! The states are those of `csv-core`'s automaton, as far as boundaries depend on them.

use super::block::Marks;

/// What the bytes read so far make of the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// At a file's first byte, where a byte order mark may stand.
    FileStart,
    /// After the mark's first byte: an unquoted field, unless the other two follow.
    Bom1,
    /// After the mark's second byte.
    Bom2,
    /// Between records: after a line break, or after the byte order mark.
    RecordStart,
    /// Between records, after `\r`: a `\n` belongs to the same line break.
    AfterCr,
    /// After a delimiter.
    FieldStart,
    /// In a field where quotes mean nothing: it did not begin with one, or it went on after its
    /// closing one.
    Unquoted,
    /// Between quotes.
    Quoted,
    /// After a quote between quotes: the end of them, or the first half of a doubled quote.
    QuoteInQuoted,
}

impl State {
    #[expect(
        clippy::match_same_arms,
        reason = "one rule a line, in the order they apply"
    )]
    pub(super) fn next(self, byte: u8, delimiter: u8) -> Self {
        match (self, byte) {
            (Self::FileStart, 0xEF) => Self::Bom1,
            (Self::Bom1, 0xBB) => Self::Bom2,
            (Self::Bom2, 0xBF) => Self::RecordStart,
            (Self::Quoted, b'"') => Self::QuoteInQuoted,
            (Self::Quoted, _) => Self::Quoted,
            (Self::Unquoted | Self::Bom1 | Self::Bom2, b'"') => Self::Unquoted,
            (_, b'"') => Self::Quoted,
            (_, b'\r') => Self::AfterCr,
            (_, b'\n') => Self::RecordStart,
            (_, byte) if byte == delimiter => Self::FieldStart,
            _ => Self::Unquoted,
        }
    }

    /// Whether every record that has begun has also ended.
    #[inline]
    pub(super) fn is_between_records(self) -> bool {
        matches!(self, Self::FileStart | Self::RecordStart | Self::AfterCr)
    }
}

/// Reads up to 64 bytes; gives what they are, and the state after them.
pub(super) fn read(bytes: &[u8], mut state: State, delimiter: u8) -> (Marks, State) {
    let mut marks = Marks::default();
    for (index, &byte) in bytes.iter().enumerate() {
        let bit = 1_u64 << index;
        let next = state.next(byte, delimiter);
        if matches!(byte, b'\r' | b'\n') && state != State::Quoted {
            if !state.is_between_records() {
                marks.record_ends |= bit;
            }
            if (state, byte) != (State::AfterCr, b'\n') {
                marks.line_breaks |= bit;
            }
        } else if state.is_between_records() {
            marks.record_starts |= bit;
        }
        if next == State::Quoted && !matches!(state, State::Quoted | State::QuoteInQuoted) {
            marks.openings |= bit;
        }
        state = next;
    }
    (marks, state)
}
