//! Records and their fields against the `csv` crate, and the bound on memory.

use proptest::prelude::*;

use super::super::fields::FieldReader;
use super::super::reference::{Reference, Span, all_fields};
use super::super::samples::{SIZES, files, pieces};
use super::*;

/// What a reader gave: each record's place, and its bytes or its length.
type Given = (Position, Result<Vec<u8>, u64>);

fn owned(record: &RawRecord<'_>) -> Given {
    let content = match record.content {
        RecordContent::Bytes(bytes) => Ok(bytes.to_vec()),
        RecordContent::TooLarge { bytes } => Err(bytes),
    };
    (record.position, content)
}

fn read_all(mut reader: RecordReader, pieces: &[&[u8]]) -> Result<Vec<Given>, UnclosedQuote> {
    let mut records = Vec::new();
    for piece in pieces {
        reader.push(piece);
        while let Some(record) = reader.next_record() {
            records.push(owned(&record));
        }
    }
    while let Some(record) = reader.finish()? {
        records.push(owned(&record));
    }
    Ok(records)
}

fn expected(reference: &Reference, bytes: &[u8], limit: usize) -> Vec<Given> {
    let given = |&Span { position, end }: &Span| {
        let content = &bytes[position.offset as usize..end as usize];
        if content.len() <= limit {
            (position, Ok(content.to_vec()))
        } else {
            (position, Err(content.len() as u64))
        }
    };
    reference.records.iter().map(given).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn records_are_those_of_csv_core_however_the_bytes_come_and_whatever_the_limit(
        (dialect, bytes) in files(),
        sizes in prop::collection::vec(1_usize..150, 1..5),
        limit in 0_usize..100,
    ) {
        let reference = Reference::of(dialect, &bytes);
        let expected = match reference.end {
            Ok(_) => Ok(expected(&reference, &bytes, limit)),
            Err(error) => Err(error),
        };
        for piece_sizes in [sizes.as_slice(), &[1], &[64], &[usize::MAX]] {
            let reader = RecordReader::new(dialect, Position::START, limit);
            prop_assert_eq!(&read_all(reader, &pieces(&bytes, piece_sizes)), &expected);
        }
    }

    #[test]
    fn records_taken_late_are_the_same_records(
        (dialect, bytes) in files(),
        piece_bytes in 1_usize..100,
        limit in 0_usize..100,
    ) {
        let reference = Reference::of(dialect, &bytes);
        let mut reader = RecordReader::new(dialect, Position::START, limit);
        for piece in pieces(&bytes, &[piece_bytes]) {
            reader.push(piece);
        }
        if reference.end.is_ok() {
            let records = read_all(reader, &[]).unwrap();
            prop_assert_eq!(records, expected(&reference, &bytes, limit));
        }
    }

    #[test]
    fn fields_of_records_are_those_that_the_csv_crate_reads_from_the_whole_file(
        (dialect, bytes) in files(),
    ) {
        let whole = all_fields(dialect, &bytes);
        for size in SIZES {
            let mut fields = FieldReader::new(dialect);
            let mut reader = RecordReader::new(dialect, Position::START, usize::MAX);
            let mut records: Vec<Vec<Vec<u8>>> = Vec::new();
            for piece in pieces(&bytes, &[size]) {
                reader.push(piece);
                while let Some(record) = reader.next_record() {
                    let RecordContent::Bytes(record) = record.content else { unreachable!() };
                    records.push(fields.read(record).iter().map(<[u8]>::to_vec).collect());
                }
            }
            match reader.finish() {
                Ok(Some(RawRecord { content: RecordContent::Bytes(last), .. })) => {
                    records.push(fields.read(last).iter().map(<[u8]>::to_vec).collect());
                }
                Ok(_) => {}
                // The csv crate reads what an unclosed quote takes in as a last record.
                Err(_) => records.extend(whole.last().cloned()),
            }
            prop_assert_eq!(&records, &whole);
        }
    }
}

#[test]
fn a_record_of_any_length_takes_no_more_memory_than_the_limit_and_a_piece() {
    const PIECE: [u8; 4096] = [b'x'; 4096];
    let mut reader = RecordReader::new(Dialect::default(), Position::START, 10_000);
    reader.push(b"a\n\"");
    assert_eq!(
        reader.next_record().map(|record| record.position.record),
        Some(0)
    );
    for _ in 0..5_000 {
        reader.push(&PIECE);
        assert_eq!(reader.next_record(), None);
    }
    reader.push(b"\"\r\nnext\n");
    let large = reader.next_record().unwrap();
    assert_eq!(
        large.position,
        Position {
            offset: 2,
            row: 2,
            record: 1
        }
    );
    assert_eq!(
        large.content,
        RecordContent::TooLarge {
            bytes: 5_000 * 4096 + 2
        }
    );
    let next = reader.next_record().unwrap();
    assert_eq!(next.content, RecordContent::Bytes(b"next"));
    assert!(
        reader.buffer.capacity() < 40_000,
        "{}",
        reader.buffer.capacity()
    );
}

#[test]
fn any_number_of_blank_lines_takes_no_memory() {
    let mut reader = RecordReader::new(Dialect::default(), Position::START, 100);
    reader.push(b"a");
    for _ in 0..1_000 {
        reader.push(&[b'\n'; 100]);
        while reader.next_record().is_some() {}
    }
    assert!(reader.buffer.capacity() < 1_000);
    assert_eq!(reader.finish(), Ok(None));
}

#[test]
fn a_chunk_read_from_its_start_numbers_rows_as_the_file_does() {
    let start = Position {
        offset: 100,
        row: 7,
        record: 5,
    };
    let mut reader = RecordReader::new(Dialect::default(), start, 100);
    reader.push(b"a\n\n\"b\nb\"\nc");
    let rows: Vec<_> = std::iter::from_fn(|| {
        let record = reader.next_record()?;
        Some((
            record.position.offset,
            record.position.row,
            record.position.record,
        ))
    })
    .collect();
    assert_eq!(rows, [(100, 7, 5), (103, 9, 6)]);
    let last = reader.finish().unwrap().unwrap();
    assert_eq!(
        last.position,
        Position {
            offset: 109,
            row: 10,
            record: 7
        }
    );
    assert_eq!(last.content, RecordContent::Bytes(b"c"));
    assert_eq!(reader.finish(), Ok(None));
}
