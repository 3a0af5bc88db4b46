//! gzip: whole, in members, cut off, damaged, and larger than it seems.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::read::GzEncoder;
use sluice_formats::{Converted, Converter, Encoding, FormatError, HEAD_BYTES, Limits};

use super::support::{convert, gzip, workbook};

fn unpack(file: &[u8], sizes: &[usize]) -> Result<(Vec<u8>, Converted), FormatError> {
    convert(Converter::gzip(None, Limits::default()), file, sizes)
}

#[test]
fn members_are_one_text_and_zeros_after_them_are_padding() {
    let expected = "会员号,姓名\r\nA001,张三\r\n";
    let (text, _, _) = encoding_rs::GBK.encode(expected);
    // Cut within a character.
    let (first, second) = text.split_at(9);
    let mut file = [gzip(first), gzip(b""), gzip(second)].concat();
    for padding in [0, 1, 512] {
        file.resize(file.len() + padding, 0);
        for size in [1, 7, 4096] {
            let (csv, converted) = unpack(&file, &[size]).unwrap();
            assert_eq!(csv, expected.as_bytes());
            assert_eq!(converted.encoding, Encoding::Gb18030);
        }
    }
}

#[test]
fn a_head_with_a_name_a_comment_and_more_is_read() {
    let mut file = flate2::GzBuilder::new()
        .filename("members.csv")
        .comment("monthly")
        .extra(b"xyz".as_slice())
        .write(Vec::new(), Compression::best());
    file.write_all(b"id\n1\n").unwrap();
    let (csv, _) = unpack(&file.finish().unwrap(), &[1]).unwrap();
    assert_eq!(csv, b"id\n1\n");
}

#[test]
fn a_text_longer_than_what_is_detected_by_is_whole() {
    let line = "张三,13800138000\n";
    let text = line.repeat(2 * HEAD_BYTES / line.len());
    let (bytes, _, _) = encoding_rs::GBK.encode(&text);
    let (csv, converted) = unpack(&gzip(&bytes), &[16 << 10]).unwrap();
    assert_eq!(csv, text.as_bytes());
    assert_eq!(converted.output_bytes, text.len() as u64);
}

#[test]
fn letters_that_come_after_a_long_head_of_ascii_tell_the_encoding() {
    let row = "A001,Ann,13800138000\n";
    let ascii = row.repeat(3 * HEAD_BYTES / row.len());
    // The first two rows would be valid UTF-8, with wrong letters.
    let text = format!("{ascii}A1,卢一,1\nA2,魏,2\nA3,张三,3\nA4,李四,4\n");
    let (bytes, _, _) = encoding_rs::GBK.encode(&text);
    for sizes in [[16 << 10, 16 << 10], [64 << 10, 1]] {
        let (csv, converted) = unpack(&gzip(&bytes), &sizes).unwrap();
        assert_eq!(converted.encoding, Encoding::Gb18030);
        assert!(csv == text.as_bytes());
    }
    for end in ["", "A1,张三,1\n", "A1,Zoë,1"] {
        let text = format!("{ascii}{end}");
        let (csv, converted) = unpack(&gzip(text.as_bytes()), &[4096]).unwrap();
        assert_eq!(converted.encoding, Encoding::Utf8);
        assert!(csv == text.as_bytes());
    }
}

#[test]
fn a_file_cut_off_anywhere_is_an_error() {
    let file = gzip(b"id,name\n1,a\n");
    for end in 0..file.len() {
        let error = unpack(&file[..end], &[5]).expect_err("cut off");
        assert!(matches!(error, FormatError::GzipCutOff), "{end}: {error}");
    }
    let two = [file.as_slice(), &file[..file.len() - 1]].concat();
    assert!(matches!(unpack(&two, &[5]), Err(FormatError::GzipCutOff)));
}

#[test]
fn other_data_behind_is_an_error() {
    for other in [b"id,name\n".as_slice(), b"\0\0x", b"\x1F\x8Cxxxxxxxxxx"] {
        let file = [gzip(b"id\n").as_slice(), other].concat();
        let error = unpack(&file, &[4]).expect_err("other data");
        assert!(matches!(error, FormatError::GzipTrailingData), "{error}");
    }
}

#[test]
fn a_wrong_checksum_or_length_is_an_error() {
    let file = gzip(b"id,name\n1,a\n");
    for index in file.len() - 8..file.len() {
        let mut damaged = file.clone();
        damaged[index] ^= 1;
        let error = unpack(&damaged, &[100]).expect_err("damaged");
        assert!(matches!(error, FormatError::GzipDamaged), "{error}");
    }
}

#[test]
fn files_in_files_are_refused() {
    let again = unpack(&gzip(&gzip(b"id\n")), &[100]).expect_err("nested");
    assert!(again.to_string().contains("another gzip file"), "{again}");
    let book = unpack(&gzip(&workbook("", "")), &[100]).expect_err("nested");
    assert!(book.to_string().contains("Excel workbook"), "{book}");
    let pdf = unpack(&gzip(b"%PDF-1.7"), &[100]).expect_err("a PDF");
    assert!(matches!(pdf, FormatError::Foreign(_)), "{pdf}");
}

#[test]
fn a_bomb_is_an_error_before_much_is_written() {
    let mut bomb = Vec::new();
    let zeros = io::repeat(b'0').take(300 << 20);
    GzEncoder::new(zeros, Compression::best())
        .read_to_end(&mut bomb)
        .unwrap();
    let mut written = Counter::default();
    let mut converter = Converter::gzip(None, Limits::default());
    let error = bomb
        .chunks(16 << 10)
        .find_map(|piece| converter.push(piece, &mut written).err())
        .expect("a bomb");
    assert!(matches!(error, FormatError::Bomb { ratio: 200 }), "{error}");
    let allowed = (10 << 20) + 200 * bomb.len();
    assert!(written.0 <= allowed, "{} of {allowed}", written.0);
}

#[test]
fn more_than_is_allowed_is_an_error() {
    let limits = Limits {
        output_bytes: 3 << 20,
        ..Limits::default()
    };
    let file = gzip(&vec![b'0'; 4 << 20]);
    let error = convert(Converter::gzip(None, limits), &file, &[1 << 20]);
    assert!(matches!(error, Err(FormatError::TooMuchOutput { .. })));
}

/// Counts what is written.
#[derive(Default)]
struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
