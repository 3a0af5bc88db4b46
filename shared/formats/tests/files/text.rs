//! Text in the encodings that exports come in.

use proptest::prelude::*;
use sluice_formats::{Converted, Converter, Detected, Encoding, Limits, detect};

use super::support::{convert, gzip};

fn decode(encoding: Encoding, file: &[u8]) -> (Vec<u8>, Converted) {
    convert(Converter::text(encoding, Limits::default()), file, &[1]).unwrap()
}

/// What a person does: sends the file, and says nothing of it.
fn as_sent(file: &[u8]) -> (String, Encoding) {
    let Detected::Text { encoding, .. } = detect(file, true, None).unwrap() else {
        panic!("no text");
    };
    let (csv, converted) = decode(encoding, file);
    assert_eq!((converted.encoding, converted.replaced), (encoding, 0));
    (String::from_utf8(csv).unwrap(), encoding)
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

/// Texts of characters that the encoding has.
fn text_in(encoding: Encoding) -> BoxedStrategy<String> {
    let one_of = |characters: &str| {
        let characters: Vec<char> = characters.chars().collect();
        prop::sample::select(characters).boxed()
    };
    let character = match encoding {
        // Some characters of private use have no code there, or share one.
        Encoding::Gb18030 => any::<char>()
            .prop_filter("private use", |c| !('\u{E000}'..='\u{F8FF}').contains(c))
            .boxed(),
        Encoding::Gbk => one_of("a,\"\n\r7€中文姓名丂丄￥（"),
        Encoding::Windows1252 => one_of("a,;\"\n\r7€éßÿ“”–™¼\u{A0}"),
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
        Encoding::Gbk => encoding_rs::GBK.encode(text).0.into(),
        Encoding::Windows1252 => encoding_rs::WINDOWS_1252.encode(text).0.into(),
    }
}

/// Any encoding, and a text that does not begin with what its bytes would make a mark.
fn texts() -> impl Strategy<Value = (Encoding, String)> {
    prop::sample::select(Encoding::ALL.as_slice())
        .prop_flat_map(|encoding| (Just(encoding), text_in(encoding)))
        .prop_map(|(encoding, text)| (encoding, format!("id,{text}")))
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
