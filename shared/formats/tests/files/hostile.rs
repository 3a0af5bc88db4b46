//! Nothing panics and nothing passes its limits, whatever is sent.

use proptest::prelude::*;
use proptest::sample::Index;
use sluice_csv::Dialect;
use sluice_formats::{
    Converter, Detected, Encoding, FormatError, Limits, WorkbookLimits, detect, locate_header,
};

use super::support::{convert, fixture, gzip, workbook, workbook_csv};

const LIMITS: Limits = Limits {
    output_bytes: 50_000,
    ratio: 20,
    unmeasured_bytes: 10_000,
};

const WORKBOOK_LIMITS: WorkbookLimits = WorkbookLimits {
    file_bytes: 1 << 20,
    strings_bytes: 10_000,
    expansion: LIMITS,
};

/// What a splitter does with a file; gives how much came out.
fn take(file: &[u8], asked: Option<Encoding>) -> Result<usize, FormatError> {
    let size = 1 + file.len() / 3;
    match detect(file, true, asked)? {
        Detected::Text { encoding, .. } => {
            let (csv, _) = convert(Converter::text(encoding, LIMITS), file, &[size])?;
            locate_header(Dialect::default(), &csv, |fields| fields.len());
            Ok(csv.len())
        }
        Detected::Gzip => {
            let (csv, _) = convert(Converter::gzip(asked, LIMITS), file, &[size])?;
            Ok(csv.len())
        }
        Detected::Workbook => Ok(workbook_csv(file, None, WORKBOOK_LIMITS)?.0.len()),
    }
}

/// Whether more came out than is allowed.
fn is_excessive(file: &[u8], written: Result<usize, FormatError>) -> bool {
    let by_ratio = LIMITS.unmeasured_bytes + LIMITS.ratio * file.len() as u64;
    written.is_ok_and(|bytes| bytes as u64 > LIMITS.output_bytes.min(by_ratio))
}

fn files() -> impl Strategy<Value = Vec<u8>> {
    let rows = "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c s=\"1\"><v>4.5</v></c></row>";
    let text = "会员号,姓名\n1,张三\n".repeat(20);
    let (gbk, _, _) = encoding_rs::GBK.encode(&text);
    prop::sample::select(vec![
        fixture("dates_and_numbers.xlsx"),
        fixture("chinese_sheets.xlsx"),
        fixture("inline_strings.xlsx"),
        workbook(rows, "<si><t>text</t></si>"),
        gzip(text.as_bytes()),
        [gzip(&gbk), gzip(b"x")].concat(),
        text.into_bytes(),
    ])
}

/// A change to a file, at a place in it.
#[derive(Clone, Debug)]
enum Change {
    Set(u8),
    Cut,
    Drop(usize),
    Insert(Vec<u8>),
    Repeat(usize),
}

fn changes() -> impl Strategy<Value = (Index, Change)> {
    let change = prop_oneof![
        6 => any::<u8>().prop_map(Change::Set),
        1 => Just(Change::Cut),
        1 => (1_usize..20).prop_map(Change::Drop),
        1 => prop::collection::vec(any::<u8>(), 1..20).prop_map(Change::Insert),
        1 => (1_usize..400).prop_map(Change::Repeat),
    ];
    (any::<Index>(), change)
}

fn apply(change: Change, place: Index, file: &mut Vec<u8>) {
    if file.is_empty() {
        return;
    }
    let at = place.index(file.len());
    let end = |length: usize| (at + length).min(file.len());
    match change {
        Change::Set(byte) => file[at] = byte,
        Change::Cut => file.truncate(at),
        Change::Drop(length) => drop(file.drain(at..end(length))),
        Change::Insert(bytes) => drop(file.splice(at..at, bytes)),
        Change::Repeat(length) => file.extend_from_within(at..end(length)),
    }
}

/// What sheets are made of, and what they are not.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "<row>", "</row>", "<row r=\"3\">", "<row r=\"-1\"/>", "<c>", "</c>", "<c r=\"B2\" s=\"9\" t=\"s\">",
    "<c t=\"d\">", "<c r=\"\"/>", "<v>", "</v>", "<v/>", "1E5", "0", "-", "&amp;", "&#xD800;", "&",
    "<is>", "</is>", "<t>", "</t>", "<rPh>", "</rPh>", "<f>", "</f>", "<si>", "</si>", "é", "]]>",
    "<!--", "-->", "<![CDATA[", "<", ">", "</sheetData>", "<sheetData>", "<?x?>",
    "<!DOCTYPE x [<!ENTITY a \"b\">]>", "_x000D_",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_change_to_a_file_is_survived(
        file in files(),
        changes in prop::collection::vec(changes(), 1..6),
        asked in prop::option::of(prop::sample::select(Encoding::ALL.as_slice())),
    ) {
        let mut file = file;
        for (place, change) in changes {
            apply(change, place, &mut file);
        }
        let written = take(&file, asked);
        prop_assert!(!is_excessive(&file, written));
    }

    #[test]
    fn any_bytes_are_survived(
        start in prop::sample::select(vec![
            b"".as_slice(), b"\x1F\x8B\x08\0", b"PK\x03\x04", b"\xFF\xFE", b"\xEF\xBB\xBF", b"\"",
        ]),
        bytes in prop::collection::vec(any::<u8>(), 0..500),
    ) {
        let file = [start, &bytes].concat();
        let written = take(&file, None);
        prop_assert!(!is_excessive(&file, written));
    }

    #[test]
    fn any_xml_is_survived(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40),
    ) {
        let xml = pieces.concat();
        // Only that it comes back.
        let _ = workbook_csv(&workbook(&xml, ""), None, WORKBOOK_LIMITS);
        let _ = workbook_csv(&workbook("", &xml), None, WORKBOOK_LIMITS);
    }

    #[test]
    fn a_header_lies_within_what_was_looked_at(
        head in prop::collection::vec(
            prop::sample::select(b"ab,\"\n\r \xEF\xBB\xBF".as_slice()),
            0..300,
        ),
    ) {
        if let Some(line) = locate_header(Dialect::default(), &head, |fields| fields.len()) {
            prop_assert!(line.position.offset < head.len() as u64);
            prop_assert!(line.position.record < head.len() as u64);
            prop_assert!(line.score > 0);
        }
    }
}

#[test]
fn a_workbook_cut_off_anywhere_is_an_error() {
    for name in ["dates_and_numbers.xlsx", "chinese_sheets.xlsx"] {
        let file = fixture(name);
        for end in 0..file.len() {
            let cut = workbook_csv(&file[..end], None, WORKBOOK_LIMITS);
            assert!(cut.is_err(), "{name} {end}");
        }
    }
}
