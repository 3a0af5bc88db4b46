//! Text in the encodings that exports come in.

use encoding_rs::{GBK, WINDOWS_1252};
use proptest::prelude::*;
use sluice_formats::{Converted, Converter, Detected, Encoding, HEAD_BYTES, Limits, detect};

use super::support::{convert, gzip};

fn decode(encoding: Encoding, file: &[u8]) -> (Vec<u8>, Converted) {
    convert(Converter::text(encoding, Limits::default()), file, &[1]).unwrap()
}

/// What a person does: sends the file, and says nothing of it.
fn as_sent(file: &[u8]) -> (String, Encoding) {
    let Detected::Text { encoding, .. } = detect(file, true, None).unwrap() else {
        panic!("no text");
    };
    let guessed = Converter::text(encoding, Limits::default());
    let (csv, converted) = convert(guessed, file, &[1]).unwrap();
    assert_eq!((converted.encoding, converted.replaced), (encoding, 0));
    (String::from_utf8(csv).unwrap(), encoding)
}

/// What becomes of a text that is sent without a word on its encoding: each line with whether
/// something in it is lost.
fn lost_lines(file: &[u8]) -> Vec<(String, bool)> {
    let Detected::Text {
        encoding, is_mixed, ..
    } = detect(file, true, None).unwrap()
    else {
        panic!("no text");
    };
    let converter = if is_mixed {
        Converter::mixed_utf8(Limits::default())
    } else {
        Converter::text(encoding, Limits::default())
    };
    let (csv, _) = convert(converter, file, &[7]).unwrap();
    let text = String::from_utf8_lossy(&csv);
    let line = |line: &str| (line.to_owned(), line.contains('\u{FFFD}'));
    text.lines().map(line).collect()
}

#[test]
fn rows_of_another_encoding_are_errors_in_a_file_whose_encoding_is_guessed() {
    let names = [
        "张三",
        "李四",
        "王小明",
        "陈志强",
        "刘伟",
        "杨丽",
        "赵敏",
        "黄勇",
        "周静",
        "吴磊",
    ];
    let chinese: Vec<u8> = names
        .iter()
        .flat_map(|name| [GBK.encode(name).0.as_ref(), b"\n"].concat())
        .collect();
    let western = "Jürgen\nMüller\nBjörn\nAndré\nPeña\nJosé\nFrançois\nZoë\nHåkan\nNoël\n";
    let western = WINDOWS_1252.encode(western).0.repeat(6);
    let cases: [(&str, &[u8], &[u8]); 17] = [
        ("Big5", &chinese, b"\xB3\xAF\xA7\xD3\xA9\xFA"),
        ("Big5 with ASCII", &chinese, b"\xAAL\xB2Q\xAA\xE2"),
        ("EUC-KR", &chinese, b"\xB1\xE8\xB9\xCE\xC1\xD8"),
        ("UTF-8, Zöe", &chinese, "Zöe".as_bytes()),
        ("UTF-8, Müller", &chinese, "Müller".as_bytes()),
        ("UTF-8, José", &chinese, "José".as_bytes()),
        ("Windows-1252, Peña", &chinese, b"Pe\xF1a"),
        ("Windows-1252, Örebro", &chinese, b"\xD6rebro"),
        ("Mac Roman, José", &western, b"Jos\x8E"),
        ("Mac Roman, Märta", &western, b"M\x8Arta"),
        ("Mac Roman, Muñoz", &western, b"Mu\x96oz"),
        ("DOS, José", &western, b"Jos\x82"),
        ("DOS, María", &western, b"Mar\xA1a"),
        ("DOS, Cádiz", &western, b"C\xA0diz"),
        ("Windows-1250, Dvořák", &western, b"Dvo\xF8\xE1k"),
        ("ISO-8859-15, Cœur", &western, b"C\xBDur"),
        ("GBK", &western, b"\xD5\xC5\xC8\xFD"),
    ];
    for (name, rows, other) in cases {
        let head = b"name\n".as_slice();
        let file = [head, rows, other, b"\n", rows].concat();
        let lines = lost_lines(&file);
        let lost: Vec<usize> = (0..lines.len()).filter(|&line| lines[line].1).collect();
        let expected = rows.split(|byte| *byte == b'\n').count();
        assert_eq!(lost, [expected], "{name}: {lines:?}");
    }
}

#[test]
fn rows_that_are_utf8_by_chance_are_errors_where_others_are_malformed() {
    let good = "李四,20°C\nZöe,£5\nСергей,½ l\n".repeat(3).into_bytes();
    // In GBK: 魏, 卢一, 陆.
    let chance = b"\xCE\xBA,\n\xC2\xAC\xD2\xBB,\n\xC2\xBD,\n".as_slice();
    let file = [
        b"name,note\n",
        good.as_slice(),
        chance,
        b"\xD5\xC5\xC8\xFD,\n",
    ]
    .concat();
    let lines = lost_lines(&file);
    let lost: Vec<usize> = (0..lines.len()).filter(|&line| lines[line].1).collect();
    assert_eq!(lost, [10, 11, 12, 13], "{lines:?}");
    // In gzip as well.
    let (csv, converted) = convert(
        Converter::gzip(None, Limits::default()),
        &gzip(&file),
        &[16],
    )
    .unwrap();
    assert_eq!(converted.replaced, 3);
    assert!(csv.ends_with(b"\n\xD5\xC5\xC8\xFD,\n"));
    // Nothing is doubted in a text that is UTF-8 throughout.
    let valid = [good.as_slice(), chance].concat();
    assert!(detect(&valid, true, None).unwrap().is_utf8());
}

#[test]
fn every_line_is_judged_however_far_behind_the_head() {
    let plain = "x1,just some more text\n".repeat(60_000);
    let head = b"id,name\n1,Jos\xE9\n2,M\xFCller\n".as_slice();
    let file = [head, plain.as_bytes(), b"3,\xD5\xC5\xC8\xFD\n4,Zo\xEB\n"].concat();
    let Detected::Text { encoding, .. } = detect(&file[..HEAD_BYTES], false, None).unwrap() else {
        panic!("no text");
    };
    let guessed = Converter::text(encoding, Limits::default());
    let (csv, converted) = convert(guessed, &file, &[4096]).unwrap();
    let text = String::from_utf8(csv).unwrap();
    assert!(text.ends_with("3,\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\n4,Zoë\n"));
    assert_eq!(converted.replaced, 4);
}

#[test]
fn private_characters_of_gb18030_are_lost_also_where_it_is_named() {
    let (csv, converted) = decode(Encoding::Gbk, b"\xAA\xA1,\xD5\xC5\n");
    assert_eq!(String::from_utf8(csv).unwrap(), "\u{FFFD},张\n");
    assert_eq!(converted.replaced, 1);
}

#[test]
fn rows_of_another_encoding_are_errors_also_where_the_encoding_is_named() {
    let mixed = b"member_no,name\nM1,\xD5\xC5\xC8\xFD\nM2,\xC0\xEE\xCB\xC4\nM3,Z\xC3\xB6e\n\
        M4,M\xC3\xBCller\nM5,Pe\xF1a\nM6,Jos\xC3\xA9\n";
    let western = b"member_no,name\nM1,Jos\xE9\nM2,Zo\xEB\nM3,M\x96ller\nM4,Gar\xA1a\n";
    let expected = [
        (
            Encoding::Gb18030,
            mixed.as_slice(),
            ["M1,张三", "M2,李四"],
            4,
        ),
        (Encoding::Gbk, mixed, ["M1,张三", "M2,李四"], 4),
        (Encoding::Windows1252, western, ["M1,José", "M2,Zoë"], 2),
    ];
    for (encoding, file, good, bad) in expected {
        let plain = (Converter::text(encoding, Limits::default()), file.to_vec());
        let packed = (
            Converter::gzip(Some(encoding), Limits::default()),
            gzip(file),
        );
        for (converter, file) in [plain, packed] {
            let (csv, _) = convert(converter, &file, &[5]).unwrap();
            let text = String::from_utf8(csv).unwrap();
            let rows = text.lines().skip(1);
            let (lost, kept): (Vec<&str>, Vec<&str>) =
                rows.partition(|row| row.contains('\u{FFFD}'));
            assert_eq!(kept, good, "{encoding}: {text}");
            assert_eq!(lost.len(), bad, "{encoding}: {text}");
        }
    }
}

#[test]
fn excels_unicode_text_is_read() {
    let mut file = b"\xFF\xFE".to_vec();
    let text = "会员号\t姓名\t备注\r\nA001\t张三\t\"two\nlines\"\r\nA002\t😀\t\r\n";
    file.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(as_sent(&file), (text.to_owned(), Encoding::Utf16Le));
}

#[test]
fn a_chinese_export_is_read() {
    let file = b"\xBB\xE1\xD4\xB1\xBA\xC5,\xD0\xD5\xC3\xFB,\xCA\xD6\xBB\xFA\r\n\
        A001,\xD5\xC5\xC8\xFD,13800138000\r\n";
    let text = "会员号,姓名,手机\r\nA001,张三,13800138000\r\n";
    assert_eq!(as_sent(file), (text.to_owned(), Encoding::Gb18030));
}

#[test]
fn a_european_export_is_read() {
    let file = b"Kundennummer;Name;Ort;Umsatz\r\n\
        1;M\xFCller & S\xF6hne;K\xF6ln;1.234,50 \x80\r\n";
    let text = "Kundennummer;Name;Ort;Umsatz\r\n1;Müller & Söhne;Köln;1.234,50 €\r\n";
    assert_eq!(as_sent(file), (text.to_owned(), Encoding::Windows1252));
}

#[test]
fn a_byte_order_mark_is_no_text() {
    for encoding in Encoding::ALL {
        assert_eq!(
            decode(encoding, b"\xEF\xBB\xBFid\n").0,
            b"id\n",
            "{encoding}"
        );
    }
    assert_eq!(as_sent(b"\x84\x31\x95\x33id\n").0, "id\n");
    // Half a mark is what it is.
    assert_eq!(decode(Encoding::Utf8, b"\xEF\xBB").0, b"\xEF\xBB");
    assert_eq!(decode(Encoding::Utf8, b"\xEF\xBBid").0, b"\xEF\xBBid");
}

#[test]
fn malformed_sequences_are_replaced_and_counted_but_in_utf8() {
    let replaced = |encoding, file: &[u8]| {
        let (csv, converted) = decode(encoding, file);
        (String::from_utf8(csv).unwrap(), converted.replaced)
    };
    // A quote or a line break after a broken character stays, and so do the rows.
    let gbk = replaced(Encoding::Gbk, b"\"\xD0\",\xD5\n\xFF,\xD5");
    let expected = "\"\u{FFFD}\",\u{FFFD}\n\u{FFFD},\u{FFFD}";
    assert_eq!(gbk, (expected.to_owned(), 4));
    let utf16 = replaced(Encoding::Utf16Le, b"\x00\xD8a\x00\n");
    assert_eq!(utf16, ("\u{FFFD}a\u{FFFD}".to_owned(), 2));

    let (csv, converted) = decode(Encoding::Utf8, b"a,\xD0\n");
    assert_eq!(
        (csv.as_slice(), converted.replaced),
        (b"a,\xD0\n".as_slice(), 0)
    );
}

#[test]
fn rows_in_utf8_among_others_are_lost_and_not_read_as_other_letters() {
    for (encoding, text, other) in [
        (Encoding::Windows1252, "José,", "Zöe"),
        (Encoding::Windows1252, "José,", "张三"),
        (Encoding::Gb18030, "李四,", "张三"),
        (Encoding::Gb18030, "李四,", "张"),
    ] {
        let mut file = encode(text, encoding);
        file.extend_from_slice(other.as_bytes());
        file.push(b'\n');
        let (csv, converted) = decode(encoding, &file);
        let csv = String::from_utf8(csv).unwrap();
        let other = csv.strip_prefix(text).expect("the other field stays");
        assert!(other.contains('\u{FFFD}'), "{encoding}: {csv}");
        assert!(converted.replaced > 0, "{encoding}: {csv}");
    }
    // Bytes that stand for no character.
    let (csv, converted) = decode(Encoding::Windows1252, b"M\x81ller \x93a\x94\n");
    assert_eq!(String::from_utf8(csv).unwrap(), "M\u{FFFD}ller “a”\n");
    assert_eq!(converted.replaced, 1);
}

#[test]
fn more_text_than_is_allowed_is_an_error() {
    let limits = Limits {
        output_bytes: 100,
        ..Limits::default()
    };
    let error = convert(Converter::text(Encoding::Gbk, limits), &[b'a'; 101], &[10]);
    let message = error.expect_err("too much").to_string();
    assert!(
        message.starts_with("the file unpacks to more than 100 bytes"),
        "{message}"
    );
}

/// Texts of characters that the encoding has, and that stand where somebody may write them.
fn text_in(encoding: Encoding) -> BoxedStrategy<String> {
    let one_of = |characters: &str| {
        let characters: Vec<char> = characters.chars().collect();
        prop::sample::select(characters).boxed()
    };
    let character = match encoding {
        // Some characters of private use have no code there, or share one. Rare characters are
        // lost within Latin words.
        Encoding::Gb18030 => any::<char>()
            .prop_filter("private use", |c| !('\u{E000}'..='\u{F8FF}').contains(c))
            .prop_filter("Latin words", |c| !c.is_ascii_alphabetic())
            .boxed(),
        Encoding::Gbk => one_of("A,\"\n\r7€中文姓名丂丄￥（"),
        Encoding::Windows1252 => {
            const PIECES: [&str; 11] = [
                "a", "7", ",", ";", "\"", "\n", "\r", "José ", "Größe,", "Peña;", " Ö\n",
            ];
            return prop::collection::vec(prop::sample::select(PIECES.as_slice()), 0..200)
                .prop_map(|pieces| pieces.concat())
                .boxed();
        }
        _ => any::<char>().boxed(),
    };
    prop::collection::vec(character, 0..300)
        .prop_map(|characters| characters.into_iter().collect())
        .boxed()
}

fn encode(text: &str, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Utf8 => text.into(),
        Encoding::Utf16 | Encoding::Utf16Le => {
            text.encode_utf16().flat_map(u16::to_le_bytes).collect()
        }
        Encoding::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        Encoding::Gb18030 => encoding_rs::GB18030.encode(text).0.into(),
        Encoding::Gbk => GBK.encode(text).0.into(),
        Encoding::Windows1252 => WINDOWS_1252.encode(text).0.into(),
    }
}

/// Any encoding, and a text that does not begin with what its bytes would make a mark.
fn texts() -> impl Strategy<Value = (Encoding, String)> {
    prop::sample::select(Encoding::ALL.as_slice())
        .prop_flat_map(|encoding| (Just(encoding), text_in(encoding)))
        .prop_map(|(encoding, text)| (encoding, format!("id,{text}")))
        .prop_filter("UTF-8 by chance", |(encoding, text)| {
            let bytes = encode(text, *encoding);
            let mut runs = bytes.split(u8::is_ascii);
            *encoding != Encoding::Gb18030
                || runs.all(|run| run.is_empty() || std::str::from_utf8(run).is_err())
        })
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded_however_it_is_cut(
        (encoding, text) in texts(),
        sizes in prop::collection::vec(1_usize..40, 1..10),
    ) {
        let file = encode(&text, encoding);
        let converter = Converter::text(encoding, Limits::default());
        let (csv, converted) = convert(converter, &file, &sizes).unwrap();
        prop_assert_eq!(String::from_utf8(csv).unwrap(), text.as_str());
        prop_assert_eq!(converted.replaced, 0);
        prop_assert_eq!(converted.output_bytes, text.len() as u64);
    }

    #[test]
    fn gzip_of_any_encoding_is_unpacked_and_decoded(
        (encoding, text) in texts(),
        sizes in prop::collection::vec(1_usize..40, 1..10),
    ) {
        let file = gzip(&encode(&text, encoding));
        let converter = Converter::gzip(Some(encoding), Limits::default());
        let (csv, _) = convert(converter, &file, &sizes).unwrap();
        prop_assert_eq!(String::from_utf8(csv).unwrap(), text);
    }
}
