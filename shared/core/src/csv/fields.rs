//! Takes a record apart into its fields: `csv-core` over the bytes of one record, with buffers that
//! are used again.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::dialect::Dialect;

/// Reads the fields of records, one record at a time.
#[derive(Debug)]
pub struct FieldReader {
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
            bytes: &self.bytes[..written],
            ends: &self.ends[..fields],
        }
    }
}

/// The fields of a record.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    bytes: &'a [u8],
    ends: &'a [usize],
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
