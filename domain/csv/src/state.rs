//! The states of the CSV grammar: those of `csv-core`'s automaton, as far as boundaries depend on them.

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
