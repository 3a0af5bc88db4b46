//! Bytes for the property tests: nasty ones, which no grammar would produce, and orderly ones,
//! which stay on the fast way; and the ways in which they may come.

use proptest::prelude::*;
use proptest::sample::select;

use super::{Delimiter, Dialect};

/// Sizes of pieces and chunks around every border there is in blocks.
pub(super) const SIZES: [usize; 10] = [1, 2, 3, 7, 63, 64, 65, 100, 128, 1000];

/// A dialect and a file's bytes.
pub(super) fn files() -> impl Strategy<Value = (Dialect, Vec<u8>)> {
    (dialects(), any::<bool>()).prop_flat_map(|(dialect, orderly)| {
        let bytes = if orderly {
            orderly_bytes(dialect).boxed()
        } else {
            nasty_bytes(dialect).boxed()
        };
        (Just(dialect), bytes)
    })
}

/// Delimiters that people use, and some that could be mistaken for something else.
pub(super) fn dialects() -> impl Strategy<Value = Dialect> {
    select(b",,,;\t|\0 a".as_slice())
        .prop_map(|byte| Dialect::from(Delimiter::try_from(byte).unwrap()))
}

/// The bytes in pieces of these sizes, in turns.
pub(super) fn pieces<'a>(mut bytes: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for &size in sizes.iter().cycle() {
        if bytes.is_empty() {
            break;
        }
        let (piece, rest) = bytes.split_at(size.clamp(1, bytes.len()));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}

/// Anything that means something, in any order.
fn nasty_bytes(dialect: Dialect) -> impl Strategy<Value = Vec<u8>> {
    let delimiter = vec![dialect.delimiter.as_byte()];
    let token = prop_oneof![
        4 => Just(b"\"".to_vec()),
        3 => Just(delimiter),
        2 => Just(b"\n".to_vec()),
        2 => Just(b"\r".to_vec()),
        1 => Just(b"\r\n".to_vec()),
        3 => Just(b"a".to_vec()),
        1 => Just(b" ".to_vec()),
        1 => Just(b"\0".to_vec()),
        1 => Just(b"\xFF".to_vec()),
        1 => select(vec![b"\xEF".to_vec(), b"\xBB".to_vec(), b"\xBF".to_vec()]),
        1 => Just(b"\xEF\xBB\xBF".to_vec()),
        1 => (0_usize..80).prop_map(|length| vec![b'x'; length]),
    ];
    prop::collection::vec(token, 0..200).prop_map(|tokens| tokens.concat())
}

/// Records as a program writes them, with now and then one that a person wrote.
fn orderly_bytes(dialect: Dialect) -> impl Strategy<Value = Vec<u8>> {
    let field = prop_oneof![
        4 => "[b-z]{0,20}",
        2 => r#""([b-z,;\r\n]|""){0,20}""#,
        1 => r#"[b-z]{1,9}"[b-z]{0,3}"#,
    ];
    let line_break = select(vec!["\n", "\n", "\r\n", "\r", "\n\n", "\r\r\n"]);
    let record = (prop::collection::vec(field, 1..6), line_break);
    let bom = select(vec!["", "\u{FEFF}", "\n"]);
    let delimiter = char::from(dialect.delimiter).to_string();
    (bom, prop::collection::vec(record, 0..20)).prop_map(move |(bom, records)| {
        let mut text = bom.to_owned();
        for (fields, line_break) in records {
            text.push_str(&fields.join(&delimiter));
            text.push_str(line_break);
        }
        text.into_bytes()
    })
}
