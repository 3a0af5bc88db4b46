//! The CSV grammar, byte by byte. It defines what the fast way in `block` has to find, and reads
//! what that one leaves over: stray quotes, a file's first bytes, ends of less than a block.

use super::block::Marks;
use super::state::State;

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
