//! Takes a record apart into its fields: `csv-core` over the bytes of one record, with buffers that
//! are used again.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::dialect::Dialect;
use super::state::State;

/// Reads the fields of records, one record at a time.
#[derive(Debug)]
pub struct FieldReader {
    dialect: Dialect,
    parser: Reader,
    /// The fields' bytes one after the other, quotes resolved.
    bytes: Vec<u8>,
    /// Where in `bytes` each field ends.
    ends: Vec<usize>,
}

impl FieldReader {
    /// A reader for records of this dialect.
    pub fn new(dialect: Dialect) -> Self {
        let mut parser = ReaderBuilder::new()
            .delimiter(dialect.delimiter.as_byte())
            .build();
        // The parser takes off a byte order mark in what it reads first. One at the start of a
        // record is text, so a blank line goes first.
        parser.read_record(b"\n", &mut [0], &mut [0]);
        Self {
            dialect,
            parser,
            bytes: Vec::new(),
            ends: vec![0; 16],
        }
    }

    /// The fields of one record, given without or with the line breaks around it.
    pub fn read(&mut self, record: &[u8]) -> Fields<'_> {
        // Fields are no longer than what they are written as; one more, as the parser asks for room
        // even when it has nothing to write.
        if self.bytes.len() <= record.len() {
            self.bytes.resize(record.len() + 1, 0);
        }
        let misquoted = Spans::of(self.dialect, record).find_map(|span| span.misquoted());
        let (mut rest, mut written, mut fields) = (record, 0, 0);
        loop {
            let (result, consumed, bytes, ends) =
                self.parser
                    .read_record(rest, &mut self.bytes[written..], &mut self.ends[fields..]);
            rest = &rest[consumed..];
            written += bytes;
            fields += ends;
            match result {
                // What is read next is nothing, which tells the parser that the record ends.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::OutputFull => self.bytes.resize(self.bytes.len() * 2, 0),
                ReadRecordResult::Record | ReadRecordResult::End => break,
            }
        }
        Fields {
            dialect: self.dialect,
            bytes: &self.bytes[..written],
            ends: &self.ends[..fields],
            misquoted,
        }
    }

    /// The fields of one record as [`read`](Self::read) gives them, but those that are misquoted
    /// with all their quotes.
    pub fn read_as_written(&mut self, record: &[u8]) -> Fields<'_> {
        let dialect = self.dialect;
        let Some(misquoted) = self.read(record).misquoted else {
            return self.read(record);
        };
        let fields = self.read(record);
        let mut bytes = Vec::with_capacity(record.len());
        let mut ends = Vec::with_capacity(fields.len());
        for (span, field) in Spans::of(dialect, record).zip(fields.iter()) {
            let as_written = span.misquoted().map(|_| &record[span.start..span.end]);
            bytes.extend_from_slice(as_written.unwrap_or(field));
            ends.push(bytes.len());
        }
        (self.bytes, self.ends) = (bytes, ends);
        Fields {
            dialect,
            bytes: &self.bytes,
            ends: &self.ends,
            misquoted: Some(misquoted),
        }
    }
}

/// Where the fields of a record are written, quotes and all. There are none in a record without
/// quotes, which has nothing to be told.
struct Spans<'a> {
    record: &'a [u8],
    delimiter: u8,
    next: Span,
    has_ended: bool,
}

#[derive(Clone, Copy)]
struct Span {
    field: usize,
    start: usize,
    end: usize,
    goes_on_after_quotes: bool,
}

impl Span {
    fn misquoted(&self) -> Option<usize> {
        self.goes_on_after_quotes.then_some(self.field)
    }
}

impl<'a> Spans<'a> {
    fn of(dialect: Dialect, record: &'a [u8]) -> Self {
        let is_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
        let start = record.iter().position(|byte| !is_break(byte));
        Self {
            record,
            delimiter: dialect.delimiter.as_byte(),
            next: Span {
                field: 0,
                start: start.unwrap_or(record.len()),
                end: record.len(),
                goes_on_after_quotes: false,
            },
            has_ended: !record.contains(&b'"'),
        }
    }
}

impl Iterator for Spans<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        if self.has_ended {
            return None;
        }
        let mut span = self.next;
        let mut state = State::FieldStart;
        let mut was_quoted = false;
        for (index, &byte) in self.record.iter().enumerate().skip(span.start) {
            let before = state;
            state = state.next(byte, self.delimiter);
            was_quoted |= before == State::QuoteInQuoted && state == State::Unquoted;
            match state {
                State::FieldStart => {
                    span.end = index;
                    self.next = Span {
                        field: span.field + 1,
                        start: index + 1,
                        ..self.next
                    };
                    return Some(span);
                }
                State::RecordStart | State::AfterCr => {
                    span.end = index;
                    break;
                }
                State::Unquoted if was_quoted && !matches!(byte, b' ' | b'\t') => {
                    span.goes_on_after_quotes = true;
                }
                _ => {}
            }
        }
        self.has_ended = true;
        Some(span)
    }
}

/// The fields of a record.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    dialect: Dialect,
    bytes: &'a [u8],
    ends: &'a [usize],
    misquoted: Option<usize>,
}

impl<'a> Fields<'a> {
    /// How many there are; at least one in any record.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none, which is so only for a blank line.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How the record was written.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whether a field has a line break in it.
    pub fn has_line_break(&self) -> bool {
        self.bytes.iter().any(|byte| matches!(byte, b'\n' | b'\r'))
    }

    /// The index of the first field that goes on after its closing quote, if one does: where fields
    /// end in such a record is not to be relied on.
    pub fn misquoted(&self) -> Option<usize> {
        self.misquoted
    }

    /// The field of this index, from 0.
    pub fn get(&self, index: usize) -> Option<&'a [u8]> {
        let end = *self.ends.get(index)?;
        let start = match index {
            0 => 0,
            _ => self.ends[index - 1],
        };
        Some(&self.bytes[start..end])
    }

    /// All fields in their order.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let fields = *self;
        (0..fields.len()).filter_map(move |index| fields.get(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(record: &[u8]) -> Vec<Vec<u8>> {
        let mut reader = FieldReader::new(Dialect::default());
        reader.read(record).iter().map(<[u8]>::to_vec).collect()
    }

    #[test]
    fn quotes_are_resolved_and_doubled_ones_are_one() {
        assert_eq!(
            read(b"a,\"b,\"\"\n\",\"c\"d\""),
            [b"a".as_slice(), b"b,\"\n", b"cd\""]
        );
    }

    #[test]
    fn fields_that_go_on_after_their_closing_quote_are_told_and_given_as_they_are_written() {
        let mut reader = FieldReader::new(Dialect::default());
        for record in [
            &b"a,\"b\",\"c\" ,\"d, \"\"e\"\"\nf\"\r\n"[..],
            b"5\" a,b\"",
            b"a, \"b\"",
            b"",
        ] {
            assert_eq!(reader.read(record).misquoted(), None);
        }
        let record = b"x,\"a\"b,\"y\",\"say \\\"hi\\\", he\",z\n";
        let fields = reader.read_as_written(record);
        assert_eq!(fields.misquoted(), Some(1));
        let fields: Vec<&[u8]> = fields.iter().collect();
        assert_eq!(
            fields,
            [
                &b"x"[..],
                b"\"a\"b",
                b"y",
                b"\"say \\\"hi\\\"",
                b" he\"",
                b"z"
            ]
        );
    }

    #[test]
    fn a_record_of_delimiters_has_empty_fields_and_a_blank_line_has_none() {
        assert_eq!(read(b",,"), [b"", b"", b""]);
        assert_eq!(read(b"\"\""), [b""]);
        assert!(read(b"").is_empty());
    }

    #[test]
    fn more_fields_and_bytes_than_ever_before_find_room() {
        let record = vec![b','; 10_000];
        let mut reader = FieldReader::new(Dialect::default());
        assert_eq!(reader.read(b"a").len(), 1);
        assert_eq!(reader.read(&record).len(), 10_001);
        let fields = reader.read(b"b,c");
        assert_eq!(
            (fields.get(1), fields.get(2)),
            (Some(b"c".as_slice()), None)
        );
    }

    #[test]
    fn a_byte_order_mark_at_a_record_start_is_text() {
        assert_eq!(
            read(b"\xEF\xBB\xBFa,b"),
            [b"\xEF\xBB\xBFa".as_slice(), b"b"]
        );
    }
}
