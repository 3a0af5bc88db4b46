//! Chunks tile the file, hold what the file holds, and depend on the file alone.

use proptest::prelude::*;

use super::super::reference::{Reference, all_fields};
use super::super::samples::{SIZES, files, pieces};
use super::*;

fn size(bytes: usize) -> NonZeroU64 {
    NonZeroU64::new(bytes as u64).unwrap()
}

fn plan_pieces(mut planner: ChunkPlanner, pieces: &[&[u8]]) -> Result<Vec<Chunk>, UnclosedQuote> {
    let mut chunks = Vec::new();
    for piece in pieces {
        planner.feed(piece, &mut chunks);
    }
    chunks.extend(planner.finish()?);
    Ok(chunks)
}

fn plan(dialect: Dialect, bytes: &[u8], chunk_bytes: usize) -> Result<Vec<Chunk>, UnclosedQuote> {
    let planner = ChunkPlanner::new(dialect, size(chunk_bytes), Position::START);
    plan_pieces(planner, &[bytes])
}

/// The plan by its definition: from each start to the first record at or after start plus size.
fn plan_by_definition(dialect: Dialect, bytes: &[u8], chunk_bytes: usize) -> Vec<Chunk> {
    let reference = Reference::of(dialect, bytes);
    let end = reference.end.unwrap();
    let mut starts: Vec<_> = reference
        .records
        .iter()
        .map(|record| record.position)
        .collect();
    if let Some(first) = starts.first_mut() {
        *first = Position::START;
    }
    let mut chunks = Vec::new();
    let mut current = starts.first().copied();
    while let Some(start) = current {
        let target = start.offset + chunk_bytes as u64;
        let next = starts
            .iter()
            .find(|next| next.record > start.record && next.offset >= target)
            .copied();
        let stop = next.unwrap_or(end);
        chunks.push(Chunk {
            number: chunks.len() as u32,
            start: start.offset,
            end: stop.offset,
            first_row: start.row,
            records: stop.record - start.record,
        });
        current = next;
    }
    chunks
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_plan_is_what_its_definition_says_however_the_bytes_come(
        (dialect, bytes) in files(),
        sizes in prop::collection::vec(1_usize..150, 1..5),
    ) {
        let unclosed = Reference::of(dialect, &bytes).end.err();
        for chunk_bytes in SIZES {
            let expected = match unclosed {
                Some(error) => Err(error),
                None => Ok(plan_by_definition(dialect, &bytes, chunk_bytes)),
            };
            for piece_sizes in [sizes.as_slice(), &[1], &[64], &[usize::MAX]] {
                let planner = ChunkPlanner::new(dialect, size(chunk_bytes), Position::START);
                let chunks = plan_pieces(planner, &pieces(&bytes, piece_sizes));
                prop_assert_eq!(&chunks, &expected);
            }
        }
    }

    #[test]
    fn chunks_tile_the_file_and_none_is_without_records(
        (dialect, bytes) in files(),
        chunk_bytes in 1_usize..300,
    ) {
        let Ok(chunks) = plan(dialect, &bytes, chunk_bytes) else { return Ok(()) };
        let mut end = 0;
        for chunk in &chunks {
            prop_assert_eq!(chunk.start, end);
            prop_assert!(chunk.records > 0);
            end = chunk.end;
        }
        prop_assert!(chunks.is_empty() || end == bytes.len() as u64);
    }

    #[test]
    fn chunks_read_apart_from_each_other_give_what_the_whole_file_gives(
        (dialect, bytes) in files(),
        chunk_bytes in 1_usize..300,
    ) {
        let Ok(chunks) = plan(dialect, &bytes, chunk_bytes) else { return Ok(()) };
        let mut records = Vec::new();
        for chunk in &chunks {
            let mut part = bytes[chunk.start as usize..chunk.end as usize].to_vec();
            if chunk.start > 0 {
                // The csv crate takes off a byte order mark at any reader's start.
                part.insert(0, b'\n');
            }
            let part = all_fields(dialect, &part);
            prop_assert_eq!(part.len() as u64, chunk.records);
            records.extend(part);
        }
        prop_assert_eq!(records, all_fields(dialect, &bytes));
    }

    #[test]
    fn a_plan_resumed_from_any_cursor_is_the_same_plan(
        (dialect, bytes) in files(),
        chunk_bytes in 1_usize..100,
        piece_bytes in 1_usize..100,
    ) {
        let whole = plan(dialect, &bytes, chunk_bytes);
        let mut planner = ChunkPlanner::new(dialect, size(chunk_bytes), Position::START);
        let mut chunks = Vec::new();
        for piece in pieces(&bytes, &[piece_bytes]) {
            planner.feed(piece, &mut chunks);
            let cursor = planner.cursor();
            let rest = &bytes[cursor.position.offset as usize..];
            let resumed = ChunkPlanner::resume(dialect, size(chunk_bytes), cursor);
            let resumed = plan_pieces(resumed, &[rest])
                .map(|more| [chunks.clone(), more].concat());
            prop_assert_eq!(&resumed, &whole);
        }
    }
}

#[test]
fn a_cut_lies_on_the_first_byte_of_a_record_and_blank_lines_stay_before_it() {
    let text = b"a,1\r\n\r\nb,2\nc,3";
    let chunks = plan(Dialect::default(), text, 1).unwrap();
    let ranges: Vec<_> = chunks
        .iter()
        .map(|chunk| (chunk.start, chunk.end))
        .collect();
    assert_eq!(ranges, [(0, 7), (7, 11), (11, 14)]);
    let rows: Vec<_> = chunks.iter().map(|chunk| chunk.first_row).collect();
    assert_eq!(rows, [1, 3, 4]);
}

#[test]
fn blank_lines_alone_make_no_chunk_and_trailing_ones_belong_to_the_last() {
    assert_eq!(plan(Dialect::default(), b"\n\r\n\n", 1).unwrap(), []);
    assert_eq!(plan(Dialect::default(), b"\xEF\xBB\xBF\n", 1).unwrap(), []);
    let chunks = plan(Dialect::default(), b"a\nb\n\n\n", 2).unwrap();
    assert_eq!(chunks.len(), 2);
    assert_eq!(chunks[1].end, 6);
}

#[test]
fn a_chunk_is_as_long_as_its_last_record_needs() {
    let long = [b"a,\"", "x\n".repeat(500).as_bytes(), b"\"\nb,2\n"].concat();
    let chunks = plan(Dialect::default(), &long, 10).unwrap();
    assert_eq!(chunks[0].end, long.len() as u64 - 4);
    assert_eq!((chunks[1].first_row, chunks[1].records), (2, 1));
}

#[test]
fn a_cursor_survives_json() {
    let position = Position {
        offset: 9,
        row: 3,
        record: 2,
    };
    let cursor = Cursor {
        position,
        next_chunk: 1,
    };
    let json = serde_json::to_string(&cursor).unwrap();
    assert_eq!(serde_json::from_str::<Cursor>(&json).unwrap(), cursor);
}
