//! The CSV grammar, 64 bytes at a time: one bit a byte, and arithmetic on the bits in place of a
//! state for every byte.
//!
//! Whether a byte stands between quotes is the parity of the quotes before it: a prefix XOR, as in
//! Langdale and Lemire, "Parsing Gigabytes of JSON per Second" (<https://arxiv.org/abs/1902.08318>).
//! A doubled quote toggles twice. Parity is wrong only after a stray quote, one that opens nothing
//! because it stands within an unquoted field; a block with one is left to `machine`.

use wide::u8x16;

use super::dialect::Dialect;
use super::position::Position;
use super::state::State;

/// How many bytes are read at a time: one for each bit of a `u64`.
pub(super) const BLOCK_BYTES: usize = 64;

/// What the bytes of a block are: bit *n* stands for byte *n*.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// First bytes of records.
    pub(super) record_starts: u64,
    /// First bytes of the line breaks that end records.
    pub(super) record_ends: u64,
    /// First bytes of line breaks outside quotes: those that end records, and blank lines.
    pub(super) line_breaks: u64,
    /// Quotes that open a quoted field.
    pub(super) openings: u64,
}

impl Marks {
    /// The position of the byte of `bit`, given that of the block's first byte.
    pub(super) fn position_of(&self, bit: u32, block: Position) -> Position {
        let before = (1 << bit) - 1;
        Position {
            offset: block.offset + u64::from(bit),
            row: block.row + u64::from((self.line_breaks & before).count_ones()),
            record: block.record + u64::from((self.record_ends & before).count_ones()),
        }
    }
}

/// What a block has to know of the byte before it: the top bit of each mask there, moved to bit 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Carry {
    /// All ones between quotes, else zero.
    inside: u64,
    terminator: u64,
    carriage_return: u64,
    quote: u64,
    /// Whether a quote here would mean something: open a field, or reopen one as its doubled quote.
    boundary: u64,
}

impl From<State> for Carry {
    #[inline]
    fn from(state: State) -> Self {
        let between_records = u64::from(state.is_between_records());
        let quote = u64::from(state == State::QuoteInQuoted);
        let field_start = u64::from(state == State::FieldStart);
        Self {
            inside: u64::from(state == State::Quoted).wrapping_neg(),
            terminator: between_records,
            carriage_return: u64::from(state == State::AfterCr),
            quote,
            boundary: between_records | quote | field_start,
        }
    }
}

impl From<Carry> for State {
    #[inline]
    fn from(carry: Carry) -> Self {
        if carry.inside != 0 {
            Self::Quoted
        } else if carry.carriage_return != 0 {
            Self::AfterCr
        } else if carry.terminator != 0 {
            Self::RecordStart
        } else if carry.quote != 0 {
            Self::QuoteInQuoted
        } else if carry.boundary != 0 {
            Self::FieldStart
        } else {
            Self::Unquoted
        }
    }
}

/// Reads blocks of one dialect.
#[derive(Clone, Copy)]
pub(super) struct BlockReader {
    quote: u8x16,
    carriage_return: u8x16,
    line_feed: u8x16,
    delimiter: u8x16,
}

impl BlockReader {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self {
            quote: u8x16::splat(b'"'),
            carriage_return: u8x16::splat(b'\r'),
            line_feed: u8x16::splat(b'\n'),
            delimiter: u8x16::splat(dialect.delimiter.as_byte()),
        }
    }

    /// What the block's bytes are, and what the next block has to know; `None` if a stray quote
    /// makes parity useless here.
    #[expect(
        clippy::inline_always,
        reason = "half the speed when the masks go through memory"
    )]
    #[inline(always)]
    pub(super) fn read(&self, block: &[u8; BLOCK_BYTES], carry: Carry) -> Option<(Marks, Carry)> {
        let (lanes, _) = block.as_chunks::<16>();
        let lanes = [
            u8x16::new(lanes[0]),
            u8x16::new(lanes[1]),
            u8x16::new(lanes[2]),
            u8x16::new(lanes[3]),
        ];
        let quotes = positions(&lanes, self.quote);
        let carriage_returns = positions(&lanes, self.carriage_return);
        let line_feeds = positions(&lanes, self.line_feed);
        let delimiters = positions(&lanes, self.delimiter);

        // A byte is inside from an opening quote on, and no longer at the closing one.
        let inside = prefix_xor(quotes) ^ carry.inside;
        let boundaries = quotes | delimiters | carriage_returns | line_feeds;
        let after_boundary = boundaries << 1 | carry.boundary;
        let toggles_on = quotes & inside;
        if toggles_on & !after_boundary != 0 {
            return None;
        }

        let carriage_returns = carriage_returns & !inside;
        let line_feeds = line_feeds & !inside;
        let terminators = carriage_returns | line_feeds;
        let after_terminator = terminators << 1 | carry.terminator;
        let after_carriage_return = carriage_returns << 1 | carry.carriage_return;
        let marks = Marks {
            record_starts: !terminators & after_terminator,
            record_ends: terminators & !after_terminator,
            line_breaks: terminators & !(line_feeds & after_carriage_return),
            openings: toggles_on & !(quotes << 1 | carry.quote),
        };
        let carry = Carry {
            inside: ((inside as i64) >> 63) as u64,
            terminator: terminators >> 63,
            carriage_return: carriage_returns >> 63,
            quote: quotes >> 63,
            boundary: boundaries >> 63,
        };
        Some((marks, carry))
    }
}

/// The bits of the bytes that equal `byte`.
#[inline]
fn positions(lanes: &[u8x16; 4], byte: u8x16) -> u64 {
    let mut bits = 0;
    for (lane, bytes) in (0..).zip(lanes) {
        bits |= u64::from(bytes.simd_eq(byte).to_bitmask()) << (16 * lane);
    }
    bits
}

/// Bit *n* of the result is the parity of the bits 0 to *n*.
#[inline]
fn prefix_xor(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::machine;
    use super::super::samples::dialects;
    use super::*;

    const STATES: [State; 6] = [
        State::RecordStart,
        State::AfterCr,
        State::FieldStart,
        State::Unquoted,
        State::Quoted,
        State::QuoteInQuoted,
    ];

    /// Most blocks of these have no stray quote.
    fn blocks() -> impl Strategy<Value = [u8; BLOCK_BYTES]> {
        let byte = prop::sample::select(b"xxxxxxxxxxxxxyyyyyyyyy,,,,,\"\n\n\r".as_slice());
        prop::collection::vec(byte, BLOCK_BYTES).prop_map(|bytes| bytes.try_into().unwrap())
    }

    /// Whether a quote stands where the grammar gives it no meaning.
    fn has_stray_quote(block: &[u8], mut state: State, delimiter: u8) -> bool {
        block.iter().any(|&byte| {
            let stray = state == State::Unquoted && byte == b'"';
            state = state.next(byte, delimiter);
            stray
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn a_block_read_at_once_is_what_the_machine_reads_byte_by_byte(
            dialect in dialects(),
            block in blocks(),
            state in prop::sample::select(STATES.as_slice()),
        ) {
            let delimiter = dialect.delimiter.as_byte();
            let at_once = BlockReader::new(dialect)
                .read(&block, state.into())
                .map(|(marks, carry)| (marks, State::from(carry)));
            let expected = if has_stray_quote(&block, state, delimiter) {
                None
            } else {
                Some(machine::read(&block, state, delimiter))
            };
            prop_assert_eq!(at_once, expected);
        }
    }

    #[test]
    fn a_state_survives_the_way_through_a_carry() {
        for state in STATES {
            assert_eq!(State::from(Carry::from(state)), state);
        }
    }
}
