use encoding_rs::{
    BIG5, EUC_KR, GBK, SHIFT_JIS, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1254,
    WINDOWS_1257,
};

use proptest::prelude::*;

use super::*;
use crate::{Converter, Limits};

fn text(encoding: Encoding, only_ascii: bool) -> Detected {
    Detected::Text {
        encoding,
        only_ascii,
        is_mixed: false,
    }
}

fn encoding_of(bytes: &[u8]) -> Encoding {
    match detect(bytes, true, None).expect("text") {
        Detected::Text { encoding, .. } => encoding,
        other => panic!("{other:?}"),
    }
}

fn refusal(head: &[u8]) -> String {
    detect(head, true, None).expect_err("refused").to_string()
}

fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(to_bytes).collect()
}

#[test]
fn ascii_and_valid_utf8_are_utf8() {
    assert_eq!(detect(b"", true, None).unwrap(), text(Encoding::Utf8, true));
    assert_eq!(
        detect(b"a,b\n", true, None).unwrap(),
        text(Encoding::Utf8, true)
    );
    let chinese = "姓名,手机\n".as_bytes();
    assert_eq!(
        detect(chinese, true, None).unwrap(),
        text(Encoding::Utf8, false)
    );
    assert_eq!(encoding_of(b"\xEF\xBB\xBFa,b\n"), Encoding::Utf8);
}

#[test]
fn a_character_cut_off_with_the_head_is_no_mistake() {
    let chinese = "姓名".as_bytes();
    for end in 3..chinese.len() {
        let detected = detect(&chinese[..end], false, None).unwrap();
        assert_eq!(detected, text(Encoding::Utf8, false));
    }
}

#[test]
fn utf8_with_a_broken_character_here_and_there_is_utf8() {
    let mut bytes = "张三,上海市浦东新区世纪大道\n".repeat(3).into_bytes();
    bytes.extend_from_slice(b"\xE4\xB8,cut off by a program\n");
    assert_eq!(encoding_of(&bytes), Encoding::Utf8);
    // A row of another file, in GBK, does not make the others unreadable.
    let mut bytes = "id,name\n1,张三李四王五赵六孙七周八\n".as_bytes().to_vec();
    bytes.extend_from_slice(b"2,\xD5\xC5\xC8\xFD\n");
    assert_eq!(encoding_of(&bytes), Encoding::Utf8);
}

#[test]
fn chinese_exports_are_gb18030() {
    let samples = [
        "会员号,姓名,手机\n",
        "姓名,手机\n张三,13800138000\n",
        "编号,备注\n1,好\n",
        "id,name\n1,李\n",
        "id,name\n1,李四\n2,王五\n3,欧阳娜娜\n",
        "名\n1\n",
        "客户编码,客户名称,地址\n1,上海某某有限公司,浦东新区世纪大道1号\n",
        "id,product\n1,ABC￥12（含税）\n",
    ];
    for sample in samples {
        let (bytes, _, _) = GBK.encode(sample);
        assert_eq!(encoding_of(&bytes), Encoding::Gb18030, "{sample}");
    }
    // A character of four bytes.
    let (bytes, _, _) = encoding_rs::GB18030.encode("姓名,备注\n张三丰,\u{20087}字好\n");
    assert_eq!(encoding_of(&bytes), Encoding::Gb18030);
}

#[test]
fn european_exports_are_windows_1252() {
    let samples = [
        "Name;Straße;Ort\nMüller;Hauptstraße 1;Köln\n",
        "id;name\n1;José\n",
        "id;nom\n1;Éléonore\n2;François\n",
        "id;nimi\n1;Väinämöinen\n2;Pääskynen\n3;Töölö\n",
        "id;price\n1;12,50 €\n",
        "Größe;Stück\n1;2\n",
        "nº;código\n1;España\n",
        "id;t\n1;“quoted” – it’s\n",
        "NAME\nMÜLLER\nGRÖßER\n",
        "id;temp\n1;20°C\n",
    ];
    for sample in samples {
        let (bytes, _, _) = WINDOWS_1252.encode(sample);
        assert_eq!(encoding_of(&bytes), Encoding::Windows1252, "{sample}");
    }
}

#[test]
fn other_encodings_are_refused_by_name() {
    let samples = [
        (SHIFT_JIS, "id,name\n1,山田太郎\n"),
        (BIG5, "id,name\n1,王小明\n電話\n"),
        (EUC_KR, "id,name\n1,김철수\n"),
        (WINDOWS_1250, "id;name\n1;Łukasz Żółć\n"),
        (WINDOWS_1251, "id;name\n1;Сергей\n2;Иванов\n"),
        (WINDOWS_1254, "id;name\n1;Şahin\n2;Yılmaz\n"),
    ];
    for (encoding, sample) in samples {
        let (bytes, _, _) = encoding.encode(sample);
        let message = refusal(&bytes);
        assert!(message.contains(encoding.name()), "{message}");
        // Whoever knows better may say so.
        let asked = detect(&bytes, true, Some(Encoding::Windows1252)).unwrap();
        assert_eq!(asked, text(Encoding::Windows1252, false));
    }
}

/// What becomes of a text: the encoding that is chosen, or words of the refusal.
enum Decision {
    Chosen(Encoding),
    Refused(&'static [&'static str]),
}

#[test]
fn an_encoding_is_chosen_on_evidence_or_the_file_is_refused_with_candidates() {
    use Decision::{Chosen, Refused};
    use encoding_rs::{EUC_JP, ISO_2022_JP};

    let of = |encoding: &'static encoding_rs::Encoding, text: &str| -> Vec<u8> {
        encoding.encode(text).0.into_owned()
    };
    let rows = |row: &[u8]| [b"id,name\n1,".as_slice(), row, b"\n"].concat();
    let utf32 = |order: fn(u32) -> [u8; 4], text: &str| -> Vec<u8> {
        text.chars()
            .flat_map(|character| order(u32::from(character)))
            .collect()
    };
    let with_mark = "\u{FEFF}id,name\n1,José\n";
    #[rustfmt::skip]
    let cases: Vec<(&str, Vec<u8>, Decision)> = vec![
        // UTF-8 and what is left of it.
        ("one Latin-1 byte in UTF-8", b"id,name\n2,Jos\xE9\n3,Z\xC3\xB6e\n4,\xE5\xBC\xA0\n".into(), Chosen(Encoding::Utf8)),
        ("a name cut in its last character", [rows("张三".as_bytes()), b"2,\xE6\x9D\x8E\xE5\x9B,x\n".to_vec()].concat(), Chosen(Encoding::Utf8)),
        ("every name cut", b"1,\xE5\xBC\xA0\xE4\xB8\n2,\xE6\x9D\x8E\xE5\n".into(), Chosen(Encoding::Utf8)),
        ("a name cut at its start", rows(b"\xB8\x89\xE5\xBC\xA0"), Chosen(Encoding::Utf8)),
        ("a file cut in a character", "id,name\n1,张三".as_bytes()[..15].into(), Chosen(Encoding::Utf8)),
        ("one character in GBK that is valid UTF-8", rows(b"\xC2\xAC\xD2\xBB"), Refused(&["UTF-8 or GB18030"])),
        ("symbols in UTF-8", rows("20°C, £5".as_bytes()), Chosen(Encoding::Utf8)),
        ("Cyrillic in UTF-8", rows("Сергей".as_bytes()), Chosen(Encoding::Utf8)),
        // Chinese.
        ("a common name", rows(b"\xC0\xEE"), Chosen(Encoding::Gb18030)),
        ("names in GBK", of(GBK, "id,name\n1,王伟\n2,欧阳娜娜\n3,诸葛亮\n"), Chosen(Encoding::Gb18030)),
        ("GBK cut in a character", of(GBK, "会员号,姓名\n1,王伟\n2,李娜\n")[..22].into(), Chosen(Encoding::Gb18030)),
        // Short names of the neighbours.
        ("Korean", rows(&of(EUC_KR, "이수")), Refused(&["EUC-KR"])),
        ("Korean, three syllables", rows(&of(EUC_KR, "박지영")), Refused(&["EUC-KR"])),
        ("Japanese in EUC", rows(&of(EUC_JP, "山田")), Refused(&["EUC-JP"])),
        ("Japanese in EUC, a longer name", rows(&of(EUC_JP, "鈴木一郎")), Refused(&["EUC-JP"])),
        ("Japanese in Shift_JIS", rows(&of(SHIFT_JIS, "山田")), Refused(&["Shift_JIS"])),
        ("traditional Chinese", rows(&of(BIG5, "陳大文")), Refused(&["Big5"])),
        // Western Europe.
        ("a name in Windows-1252", rows(b"Jos\xE9"), Chosen(Encoding::Windows1252)),
        ("a name in Mac Roman", rows(b"Jos\x8E"), Refused(&["Mac Roman"])),
        ("names in Mac Roman", rows(b"Garc\x92a, M\x9Fller"), Refused(&["Mac Roman"])),
        ("a name in DOS", rows(b"M\x81ller"), Refused(&["IBM850", "IBM437"])),
        ("names in DOS", rows(b"Jos\x82 Pe\xA4a, K\x94ln"), Refused(&["IBM850"])),
        // Western letters where the West does not write them.
        ("Lithuanian", b"M1,Kazlauskien\xEB\nM2,Jonait\xEB\nM3,\xDEemaitis\nM4,\xD0imkus\n".into(), Refused(&["Windows-1252"])),
        ("Lithuanian, two names", b"M1,Kazlauskien\xEB\nM2,Jonait\xEB\n".into(), Refused(&[])),
        ("Hungarian, one name", rows(b"Sz\xFBcs"), Refused(&[])),
        ("Polish in DOS, one name", rows(b"Kaczy\xE4ski"), Refused(&[])),
        ("Czech in DOS, one name", rows(b"V\xD8ra"), Refused(&[])),
        ("Turkish of old Macs, one name", rows(b"Ay\xDFe"), Refused(&[])),
        ("Mac Roman, Lluís", rows(b"Llu\x92s"), Refused(&[])),
        ("Mac Roman, Cœur", rows(b"C\xCFur"), Refused(&[])),
        ("DOS, Mariù", rows(b"Mari\x97"), Refused(&[])),
        ("Cyrillic in KOI8-R, one name", rows(b"\xF3\xC5\xD2\xC7\xC5\xCA \xE9\xD7\xC1\xCE\xCF\xD7"), Refused(&["KOI8-R"])),
        ("Korean in Johab", b"1,\xB8w\x9C\x81\n2,\x91\xA1\xD3\x81\xBA\x81\n3,\xB4\xB7\xD2\x85\xD1\xA1\n".into(), Refused(&[])),
        ("French with ë", rows(b"No\xEBl"), Chosen(Encoding::Windows1252)),
        ("French with û", rows(b"Br\xFBl\xE9"), Chosen(Encoding::Windows1252)),
        // Short names that Western Europe does not write, beside some that it does.
        ("Hungarian, a name with ő", of(WINDOWS_1250, "id,name\n1,László Kőrösi\n"), Refused(&[])),
        ("Lithuanian beside Estonian", of(WINDOWS_1257, "id,name\n1,Mägi Jonaitė\n"), Refused(&[])),
        ("Slovak in -vič", of(WINDOWS_1250, "id,name\n1,Broskevič\n"), Refused(&[])),
        ("Polish in DOS", rows(b"Gda\xE4sk"), Refused(&[])),
        ("Polish in DOS, Śliwa", rows(b"\x97liwa"), Refused(&[])),
        ("Czech in DOS, a woman", rows(b"Henclov\xA0"), Refused(&[])),
        ("German in DOS, Weiß", rows(b"Wei\xE1"), Refused(&[])),
        ("Turkish of old Macs, Akbaş", rows(b"Akba\xDF"), Refused(&[])),
        ("Mac Roman, Joaquín", rows(b"Joaqu\x92n"), Refused(&[])),
        ("a surname in GBK that is valid UTF-8", of(GBK, "id,name\n1,肖\n"), Refused(&["UTF-8 or GB18030"])),
        ("Finnish", rows(b"J\xE4\xE4skel\xE4inen"), Chosen(Encoding::Windows1252)),
        ("Portuguese", rows(b"Jo\xE3o Concei\xE7\xE3o"), Chosen(Encoding::Windows1252)),
        ("a space that does not break, after a name", rows(b"Smith\xA0"), Chosen(Encoding::Windows1252)),
        ("an apostrophe before n", rows(b"Rock\x92n Roll"), Chosen(Encoding::Windows1252)),
        ("a word of elsewhere among many of the West", [b"1,Akba\xDF\n".as_slice(), &b"2,Ren\xE9\n".repeat(20)].concat(), Chosen(Encoding::Windows1252)),
        // Encodings that look like ASCII.
        ("ISO-2022-JP", of(ISO_2022_JP, "id,name\n1,山田\n"), Refused(&["ISO-2022-JP"])),
        ("HZ", b"id,name\n1,~{<:Ky2;~}\n".into(), Refused(&["HZ-GB-2312"])),
        // UTF-32.
        ("UTF-32 LE", utf32(u32::to_le_bytes, with_mark), Refused(&["UTF-32"])),
        ("UTF-32 BE", utf32(u32::to_be_bytes, with_mark), Refused(&["UTF-32"])),
        ("UTF-32 without a mark", utf32(u32::to_le_bytes, "id,name\n1,张三\n"), Refused(&["UTF-32"])),
    ];
    for (name, bytes, decision) in cases {
        match (detect(&bytes, true, None), decision) {
            (Ok(Detected::Text { encoding, .. }), Chosen(wanted)) => {
                assert_eq!(encoding, wanted, "{name}");
            }
            (Err(error), Refused(words)) => {
                let message = error.to_string();
                for word in words {
                    assert!(message.contains(word), "{name}: {message}");
                }
                assert!(message.contains("CSV UTF-8"), "{name}: {message}");
            }
            (found, _) => panic!("{name}: {found:?}"),
        }
    }
}

proptest! {
    /// Whatever is valid UTF-8 is UTF-8, and what is so little that it may be so by chance is refused
    /// with UTF-8 among the candidates: it is never read in another encoding.
    #[test]
    fn valid_utf8_is_never_read_in_another_encoding(cell in "\\PC{0,40}") {
        let text = format!("id,name\n1,{cell}\n");
        match detect(text.as_bytes(), true, None) {
            Ok(Detected::Text { encoding, is_mixed, .. }) => {
                prop_assert_eq!((encoding, is_mixed), (Encoding::Utf8, false));
            }
            Err(error @ FormatError::UnclearEncoding { .. }) => {
                prop_assert!(error.to_string().contains("UTF-8 or"), "{}", error);
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }

    /// Words of any of these scripts are UTF-8, however few.
    #[test]
    fn words_in_utf8_are_utf8(
        words in proptest::collection::vec("[à-öø-ž]{1,6}|[а-я]{2,8}|[α-ω]{2,8}|[א-ת]{2,8}|[一-龥]{1,4}|[가-힣]{1,4}|[あ-ん]{1,4}", 1..6),
    ) {
        let text = format!("id,name\n1,{}\n", words.join("\n2,"));
        prop_assert_eq!(encoding_of(text.as_bytes()), Encoding::Utf8);
    }
}

#[test]
fn what_is_decided_does_not_hang_on_where_the_sample_is_cut() {
    let (gbk, _, _) = GBK.encode("会员号,姓名\n1,王伟\n2,李娜\n3,张三丰\n");
    for end in 12..gbk.len() {
        let found = detect(&gbk[..end], false, None).unwrap();
        assert_eq!(found, text(Encoding::Gb18030, false), "{end}");
    }
}

#[test]
fn utf16_is_known_with_and_without_its_mark() {
    for sample in [
        "id\tname\r\n1\tJosé\r\n",
        "会员号,姓名\r\n1,一二三\r\n2,李四\r\n",
    ] {
        let marked = format!("\u{FEFF}{sample}");
        for written in [sample, &marked] {
            let little = utf16(written, u16::to_le_bytes);
            let big = utf16(written, u16::to_be_bytes);
            assert_eq!(encoding_of(&little), Encoding::Utf16Le, "{written}");
            assert_eq!(encoding_of(&big), Encoding::Utf16Be, "{written}");
            let asked = detect(&big, true, Some(Encoding::Utf16)).unwrap();
            assert_eq!(asked, text(Encoding::Utf16Be, false));
        }
    }
    // Some zeros that a program left in make no UTF-16.
    assert_eq!(encoding_of(b"id,name\n1,abc\0\n2,de\0\n"), Encoding::Utf8);
}

#[test]
fn a_mark_is_believed_over_the_encoding_asked() {
    let bytes = utf16("\u{FEFF}a,b\n", u16::to_le_bytes);
    let detected = detect(&bytes, true, Some(Encoding::Gbk)).unwrap();
    assert_eq!(detected, text(Encoding::Utf16Le, false));
}

#[test]
fn containers_are_known() {
    assert_eq!(
        detect(b"\x1F\x8B\x08", false, None).unwrap(),
        Detected::Gzip
    );
    for name in ["dates_and_numbers", "chinese_sheets", "inline_strings"] {
        let path = format!("{}/tests/data/{name}.xlsx", env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(path).unwrap();
        assert_eq!(detect(&bytes, true, None).unwrap(), Detected::Workbook);
        // Parts of a sheet's size may come before the one that tells.
        assert_eq!(
            detect(&bytes[..200], false, None).unwrap(),
            Detected::Workbook
        );
    }
}

fn zip_of(name: &str, content: &str) -> Vec<u8> {
    let mut header = b"PK\x03\x04".to_vec();
    header.resize(26, 0);
    header.extend_from_slice(&(name.len() as u16).to_le_bytes());
    header.extend_from_slice(&[0, 0]);
    header.extend_from_slice(name.as_bytes());
    header.extend_from_slice(content.as_bytes());
    header
}

/// Work that grows with the square of a line's length would take minutes for each of these.
#[test]
fn a_long_line_is_judged_in_time() {
    const LINE_BYTES: usize = 128 << 10;
    let (kana, ..) = SHIFT_JIS.encode("カタカナひらがな");
    let (cyrillic, ..) = WINDOWS_1251.encode("Иванов");
    let (hanzi, ..) = GBK.encode("张三李四王小明");
    let (korean, ..) = EUC_KR.encode("김민지박지영");
    let patterns: [&[u8]; 12] = [
        b"cl\xE9",
        b"\xE9",
        b"a\xE9\xE8\xE9",
        b"12\xE9\xE0",
        // Quotation marks, and signs that want another one on their line.
        b"\x93",
        b"a\x92",
        b" \xBFa",
        b"\xA0a",
        &hanzi,
        &cyrillic,
        &kana,
        &korean,
    ];
    for pattern in patterns {
        let mut line = b"member_no,name\nM1,Jos\xE9\nM2,".to_vec();
        line.extend(pattern.iter().cycle().take(LINE_BYTES));
        // Which encoding it is does not matter, nor whether that is clear.
        let _ = detect(&line, true, None);
        for encoding in [Encoding::Gb18030, Encoding::Windows1252] {
            let mut converter = Converter::text(encoding, Limits::default());
            let mut csv = Vec::new();
            converter.push(&line, &mut csv).unwrap();
            converter.finish(&mut csv).unwrap();
        }
    }
}

#[test]
fn an_archive_of_headers_alone_is_judged_in_time() {
    let mut head = Vec::new();
    while head.len() < HEAD_BYTES {
        head.extend_from_slice(&zip_of("", "")[..26]);
        head.extend_from_slice(&[0xFF; 4]);
    }
    assert!(refusal(&head).contains("archive"));
}

#[test]
fn other_files_are_refused_with_what_to_send_instead() {
    let mut protected = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    protected.resize(1024, 0);
    let old = protected.clone();
    protected.extend(utf16("EncryptedPackage", u16::to_le_bytes));
    let mut tar = vec![b'a'; 257];
    tar.extend_from_slice(b"ustar\x0000");
    let binary: Vec<u8> = (0..=255).cycle().take(4096).collect();
    let cases: [(&[u8], &str); 19] = [
        (&old, ".xls"),
        (&protected, "password"),
        (&tar, "archive"),
        (&binary, "not a text file"),
        (&zip_of("members.csv", "a,b"), "archive"),
        (&zip_of("xl/workbook.bin", ""), ".xlsb"),
        (&zip_of("word/document.xml", ""), "text document"),
        (&zip_of("mimetype", "application/vnd"), "OpenDocument"),
        (&zip_of("Index/Document.iwa", ""), "Numbers"),
        (b"PK\x05\x06", "archive"),
        (b"%PDF-1.7", "PDF"),
        (b"\x89PNG\r\n\x1A\n\0", "image"),
        (b"PAR1\x15", "Parquet"),
        (b"SQLite format 3\0", "SQLite"),
        (b"7z\xBC\xAF\x27\x1C", "archive"),
        (b" <HTML><table>", "web page"),
        (b"\xEF\xBB\xBF<?xml version=\"1.0\"?>", "XML"),
        (b"[\n  {\"id\": 1}]", "JSON"),
        (b"{ \"id\": 1}", "JSON"),
    ];
    for (head, word) in cases {
        let message = refusal(head);
        assert!(message.contains(word), "{message}");
    }
}

#[test]
fn tables_that_begin_oddly_are_tables() {
    for head in [
        "[id],{name}\n",
        "<id>,b\n",
        "PAR,b\n",
        "PK,b\n",
        "BMI,b\n",
        "%,b\n",
    ] {
        assert_eq!(encoding_of(head.as_bytes()), Encoding::Utf8, "{head}");
    }
}
