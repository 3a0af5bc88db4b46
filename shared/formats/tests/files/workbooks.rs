//! Excel workbooks, of different programs.

use std::io::Cursor;

use sluice_csv::{Dialect, FieldReader, Position, RecordContent, RecordReader};
use sluice_formats::{FormatError, Limits, Workbook, WorkbookLimits};

use super::support::{fixture, workbook, workbook_csv, zip};

fn csv_of(file: &[u8], sheet: Option<&str>) -> String {
    let limits = WorkbookLimits::default();
    workbook_csv(file, sheet, limits).unwrap().0
}

fn error_of(file: &[u8]) -> FormatError {
    workbook_csv(file, None, WorkbookLimits::default()).expect_err("an error")
}

#[test]
fn values_are_written_as_people_see_them_and_beside_it_what_they_are() {
    let file = fixture("dates_and_numbers.xlsx");
    let (csv, summary) = workbook_csv(&file, None, WorkbookLimits::default()).unwrap();
    let expected = "\
Members on 1 March,,,,,,,,,,

phone,id_card,born,joined,opens,worked,share,spent,postcode,active,note
13800138000,622202100100123,«T2026-03-01,«T2026-03-01T10:20:30,«T10:20:30,«T36:00:00,«F0.25|25.00%,\
\"«F1234.1|1,234.10 EUR\",«F1234|01234,«TTRUE,\"plain bold, and \"\"quoted\"\"\"

13900139000,«l6222021001001230000,«T1900-02-29,«T2026-03-01,,,#DIV/0!,\
\"«F1234.3|1,234.30 EUR\",007,«TFALSE,\"two
lines\"
last,,,,,,,,,,
";
    assert_eq!(csv, expected);
    // The hidden sheet comes first.
    assert_eq!(summary.sheet, "Members 2026");
    assert_eq!((summary.rows, summary.last_row), (5, 7));
    assert_eq!(summary.uncalculated_formulas, 0);
    assert_eq!(summary.output_bytes, expected.len() as u64);
    assert_eq!(csv_of(&file, Some("OPTIONS")), "gold,silver\n");
}

#[test]
fn what_a_python_program_writes_is_read() {
    let file = fixture("chinese_sheets.xlsx");
    let (csv, summary) = workbook_csv(&file, None, WorkbookLimits::default()).unwrap();
    let expected = "\
会员号,姓名,生日,积分
A001,张三,«T1990-05-17,120
A002,\"欧阳,娜娜\",«T1990-05-17T08:30:00,«C
";
    assert_eq!(csv, expected);
    assert_eq!(summary.uncalculated_formulas, 1);
    let orders = csv_of(&file, Some("订单 & 退款"));
    assert_eq!(orders, "订单号,金额\n202603010000123,19.9\n");
}

#[test]
fn texts_in_their_cells_are_read() {
    let csv = csv_of(&fixture("inline_strings.xlsx"), None);
    assert_eq!(csv.lines().count(), 12);
    assert_eq!(csv.lines().next(), Some("name 0, padded & <escaped> ,0"));
}

#[test]
fn a_sheet_that_is_not_there_is_answered_with_those_that_are() {
    let file = fixture("chinese_sheets.xlsx");
    let error = workbook_csv(&file, Some("客户"), WorkbookLimits::default());
    assert_eq!(
        error.expect_err("none").to_string(),
        "the workbook has no sheet `客户`: it has `会员`, `订单 & 退款`"
    );
    let workbook = Workbook::open(Cursor::new(file), WorkbookLimits::default()).unwrap();
    let names: Vec<&str> = workbook.sheet_names().collect();
    assert_eq!(names, ["会员", "订单 & 退款"]);
}

#[test]
fn a_row_has_the_number_in_reports_that_it_has_in_the_sheet() {
    let cell = |place: &str, text: &str| {
        format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
    };
    let lines = "two\n\nlines\r\nof row3_x000D_";
    let rows = [
        format!("<row r=\"2\">{}</row>", cell("A2", "row2")),
        format!("<row r=\"3\">{}</row>", cell("B3", lines)),
        // Without a number: the one after the last.
        format!("<row><c/>{}</row>", cell("C4", "row4")),
        "<row r=\"5\"><c r=\"A5\"/></row>".to_owned(),
        format!("<row r=\"9\">{}</row>", cell("A9", "&quot;row9")),
    ];
    let csv = csv_of(&workbook(&rows.concat(), ""), None);
    let mut records = RecordReader::new(Dialect::default(), Position::START, 1000);
    let mut fields = FieldReader::new(Dialect::default());
    records.push(csv.as_bytes());
    let mut found = Vec::new();
    while let Some(record) = records.next_record() {
        let RecordContent::Bytes(bytes) = record.content else {
            panic!("too large");
        };
        let text = fields.read(bytes).iter().collect::<Vec<_>>().concat();
        found.push((record.position.row, String::from_utf8(text).unwrap()));
    }
    let expected = [
        (2, "row2"),
        (3, "two\n\nlines\nof row3\r"),
        (4, "row4"),
        (9, "\"row9"),
    ];
    assert_eq!(found, expected.map(|(row, text)| (row, text.to_owned())));
}

#[test]
fn shared_texts_may_be_rich_and_have_their_pronunciation() {
    let strings = "<si><r><rPr><b/></rPr><t>a</t></r><r><t xml:space=\"preserve\"> b</t></r>\
         <rPh sb=\"0\" eb=\"1\"><t>spoken</t></rPh><phoneticPr/></si>\
         <si><t><![CDATA[<c>]]>&#x4E2D;_x005F_x0041_</t></si><x:si><x:t>d</x:t></x:si>";
    let rows = "<x:row><x:c t=\"s\"><x:v>0</x:v></x:c><c t=\"s\"><v> 1 </v></c>\
         <c t=\"s\"><v>2</v></c><c t=\"s\"/><c t=\"e\"><v>#N/A</v></c></x:row>";
    let csv = csv_of(&workbook(rows, strings), None);
    assert_eq!(csv, "a b,<c>中_x0041_,d,,#N/A\n");
}

#[test]
fn an_empty_sheet_is_an_empty_file() {
    assert_eq!(csv_of(&workbook("", ""), None), "");
    let blank = "<row r=\"7\"><c><v> </v></c></row>";
    assert_eq!(csv_of(&workbook(blank, ""), None), "");
}

/// A workbook with sheets of these names, of which those named in `filled` have a row.
fn sheets(names: &[&str], filled: &[&str]) -> Vec<u8> {
    let row = |name| {
        if filled.contains(&name) {
            "<row><c><v>1</v></c></row>"
        } else {
            ""
        }
    };
    let sheets: Vec<(&str, &str)> = names.iter().map(|name| (*name, row(*name))).collect();
    sheets_of(&sheets)
}

/// A workbook with sheets of these names and rows. A name with `hidden` in it is that of a hidden one.
fn sheets_of(sheets: &[(&str, &str)]) -> Vec<u8> {
    let names: Vec<&str> = sheets.iter().map(|(name, _)| *name).collect();
    let of_package =
        "<r><Relationship Id=\"a\" Type=\"x/officeDocument\" Target=\"xl/book.xml\"/></r>";
    let all = |one: &dyn Fn(&str) -> String| -> String {
        names
            .iter()
            .map(|name| one(name))
            .collect::<Vec<_>>()
            .concat()
    };
    let book = all(&|name| {
        let state = if name.contains("hidden") {
            "hidden"
        } else {
            "visible"
        };
        format!("<sheet name=\"{name}\" state=\"{state}\" r:id=\"{name}\"/>")
    });
    let of_book = all(&|name| {
        format!("<Relationship Id=\"{name}\" Type=\"x/worksheet\" Target=\"{name}%201.xml\"/>")
    });
    let book = format!("<workbook><sheets>{book}</sheets></workbook>");
    let of_book = format!("<r>{of_book}</r>");
    let parts: Vec<(String, String)> = sheets
        .iter()
        .map(|(name, rows)| {
            let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
            (format!("xl/{name} 1.xml"), sheet)
        })
        .collect();
    let mut all: Vec<(&str, &[u8])> = vec![
        ("_rels/.rels", of_package.as_bytes()),
        ("xl/book.xml", book.as_bytes()),
        ("xl/_rels/book.xml.rels", of_book.as_bytes()),
    ];
    all.extend(
        parts
            .iter()
            .map(|(name, sheet)| (name.as_str(), sheet.as_bytes())),
    );
    zip(&all)
}

#[test]
fn a_part_is_found_whether_a_blank_in_its_name_is_written_as_such_or_not() {
    assert_eq!(csv_of(&sheets(&["data"], &["data"]), None), "1\n");
}

#[test]
fn of_several_sheets_an_empty_first_one_is_not_taken_for_the_table() {
    let file = sheets(&["cover", "data"], &["data"]);
    let message = error_of(&file).to_string();
    assert!(
        message.contains("`cover`, is empty") && message.contains("`data`"),
        "{message}"
    );
    assert_eq!(csv_of(&file, Some("data")), "1\n");
    assert_eq!(csv_of(&file, Some("cover")), "", "it was asked for");
}

/// Rows of texts, of which blank ones are no cells.
fn rows_of(rows: &[&[&str]]) -> String {
    let cell = |text: &&str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let row = |row: &&[&str]| {
        let cells: Vec<String> = row.iter().map(cell).collect();
        format!("<row>{}</row>", cells.concat())
    };
    rows.iter().map(row).collect::<Vec<_>>().concat()
}

#[test]
fn a_table_that_goes_on_in_another_sheet_is_not_imported_in_part() {
    let first = rows_of(&[&["March"], &["id", "name", ""], &["1", "Ann"]]);
    let second = rows_of(&[&["Name", "ID"], &["Bo", "2"]]);
    let other = rows_of(&[&["id", "price"], &["1", "2"]]);
    let file = sheets_of(&[("A", &first), ("B", &other), ("C", &second), ("D", &first)]);
    assert_eq!(
        error_of(&file).to_string(),
        "the sheet `A` has the same columns as `C`, `D`, and one sheet is imported: name the one to import, \
         or put the rows of all into one"
    );
    assert_eq!(csv_of(&file, Some("C")), "Name,ID\nBo,2\n");
    assert_eq!(csv_of(&file, Some("A")).lines().count(), 3);

    let template = rows_of(&[&["id", "name"]]);
    let title = rows_of(&[&["March"], &["id", "price"], &["1", "2"]]);
    for other in [
        ("other", other.as_str()),
        ("template", &template),
        ("same title", &title),
        ("hidden", &second),
        ("damaged", "<row><row/></row>"),
        ("empty", ""),
    ] {
        let csv = csv_of(&sheets_of(&[("A", &first), other]), None);
        assert_eq!(csv.lines().count(), 3, "{}", other.0);
    }
    let column = rows_of(&[&["id"], &["1"]]);
    let file = sheets_of(&[("A", &column), ("B", &column)]);
    assert!(matches!(error_of(&file), FormatError::SheetsAlike { .. }));
}

#[test]
fn what_is_wrong_with_a_workbook_is_said() {
    let cases = [
        ("<row r=\"2\"/><row r=\"2\"/>", "rows out of order"),
        ("<row r=\"1048577\"/>", "rows out of order"),
        ("<row><row/></row>", "a row in a row"),
        ("<row/><c/>", "a cell outside of rows"),
        ("<row><c r=\"XFE1\"/></row>", "a cell without a place"),
        (
            "<row><c t=\"s\"><v>0</v></c></row>",
            "a text that is not there",
        ),
        (
            "<row><c t=\"str\"><v>&unknown;</v></c></row>",
            "an unknown entity",
        ),
        (
            "<row><c t=\"str\"><v>&#0;</v></c></row>",
            "an unknown entity",
        ),
        (
            "<row><c r=\"B1\"><v>1</v></c><c r=\"A1\"><v>2</v></c><c r=\"B1\"><v>3</v></c></row>",
            "two cells in one place",
        ),
        ("<row><c></row></c>", "no well-formed XML"),
    ];
    for (rows, problem) in cases {
        let message = error_of(&workbook(rows, "")).to_string();
        assert!(message.contains(problem), "{message}");
        assert!(message.contains("xl/worksheets/sheet1.xml"), "{message}");
    }
    let deep = error_of(&workbook(&"<a>".repeat(300), "")).to_string();
    assert!(deep.contains("nested too deep"), "{deep}");
}

#[test]
fn archives_that_are_no_workbooks_are_told() {
    let archive = error_of(&zip(&[("members.csv", b"id\n")]));
    assert!(archive.to_string().contains("archive"), "{archive}");
    let empty = zip(&[("xl/workbook.xml", b"<workbook/>")]);
    assert!(matches!(error_of(&empty), FormatError::NoSheet));
    let file = workbook("", "");
    let cut = error_of(&file[..file.len() - 30]).to_string();
    assert!(cut.contains("cut off"), "{cut}");
}

#[test]
fn the_main_part_may_have_another_name() {
    let relations = |target: &str| {
        let kind = "http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument";
        format!("<a><Relationship Id=\"a\" Type=\"{kind}\" Target=\"{target}\"/></a>")
    };
    let sheet = "<a><Relationship Id=\"b\" Type=\"c/worksheet\" Target=\"s.xml\"/></a>";
    let file = zip(&[
        ("_rels\\.rels", relations("/xl/workbook2.xml").as_bytes()),
        (
            "XL\\workbook2.xml",
            b"<workbook><sheet name=\"S\" r:id=\"b\"/></workbook>",
        ),
        ("xl\\_rels\\workbook2.xml.rels", sheet.as_bytes()),
        (
            "xl\\s.xml",
            b"<sheetData><row><c><v>1</v></c></row></sheetData>",
        ),
    ]);
    assert_eq!(csv_of(&file, Some("s")), "1\n");

    let binary = zip(&[("_rels/.rels", relations("xl/workbook.bin").as_bytes())]);
    let message = error_of(&binary).to_string();
    assert!(message.contains(".xlsb"), "{message}");
}

#[test]
fn a_workbook_is_read_by_its_relations_whatever_its_folders_are() {
    let relation = |id: &str, kind: &str, target: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"x/{kind}\" Target=\"{target}\"/>")
    };
    let of_package = format!("<r>{}</r>", relation("a", "officeDocument", "book.xml"));
    let of_book = format!(
        "<r>{}{}</r>",
        relation("s", "worksheet", "/data/one.xml"),
        relation("t", "sharedStrings", "texts.xml")
    );
    let sheet = "<worksheet><sheetData><row><c t=\"s\"><v>0</v></c></row></sheetData></worksheet>";
    let parts: [(&str, &[u8]); 6] = [
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", of_package.as_bytes()),
        (
            "book.xml",
            b"<workbook><sheets><sheet name=\"S\" r:id=\"s\"/></sheets></workbook>",
        ),
        ("_rels/book.xml.rels", of_book.as_bytes()),
        ("data/one.xml", sheet.as_bytes()),
        ("texts.xml", b"<sst><si><t>Ann</t></si></sst>"),
    ];
    let file = zip(&parts);
    let detected = sluice_formats::detect(&file, true, None).unwrap();
    assert_eq!(detected, sluice_formats::Detected::Workbook);
    assert_eq!(csv_of(&file, None), "Ann\n");

    let document = zip(&[
        ("_rels/.rels", of_package.as_bytes()),
        ("book.xml", b"<w:document/>"),
    ]);
    let message = error_of(&document).to_string();
    assert!(message.contains("a text document"), "{message}");
}

#[test]
fn a_cell_with_a_text_of_its_own_has_that_and_no_value_beside_it() {
    let rows = "<row><c t=\"inlineStr\"><is><t>Ann</t></is><v>5</v></c>\
         <c t=\"inlineStr\"><v>7</v><is><r><t>B</t></r><r><t>o</t></r><rPh><t>x</t></rPh></is></c>\
         <c t=\"inlineStr\"><v>Cy</v></c><c><is><t>9</t></is></c><c><v>5</v><is><t>x</t></is></c></row>";
    assert_eq!(csv_of(&workbook(rows, ""), None), "Ann,Bo,Cy,9,5\n");
    for rows in [
        "<row><c><v>1</v><v>2</v></c></row>",
        "<row><c t=\"inlineStr\"><is><t>a</t></is><is><t>b</t></is></c></row>",
    ] {
        let message = error_of(&workbook(rows, "")).to_string();
        assert!(message.contains("a cell of two"), "{message}");
    }
}

#[test]
fn a_formula_that_was_not_calculated_has_no_value() {
    let rows = "<row><c><f>A2</f></c><c><f>A2</f><v/></c><c t=\"str\"><f>A2</f><v></v></c>\
         <c t=\"str\"><f>A2</f></c><c><f>A2</f><v>0</v></c><c><f>A2</f><v>3</v></c></row>";
    assert_eq!(csv_of(&workbook(rows, ""), None), "«C,«C,,«C,0,3\n");
    // A program that cannot calculate writes zeros, and that Excel has to.
    let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    let relations = "<r><Relationship Id=\"s\" Type=\"x/worksheet\" Target=\"s.xml\"/></r>";
    let book = b"<workbook><sheet name=\"S\" r:id=\"s\"/><calcPr fullCalcOnLoad=\"1\"/></workbook>";
    let file = zip(&[
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", relations.as_bytes()),
        ("xl/s.xml", sheet.as_bytes()),
    ]);
    assert_eq!(csv_of(&file, None), "«C,«C,,«C,«C,3\n");
}

/// A workbook of one sheet with these rows, and these merged ranges.
fn merged(rows: &str, ranges: &[&str]) -> Vec<u8> {
    let ranges: Vec<String> = ranges
        .iter()
        .map(|range| format!("<mergeCell ref=\"{range}\"/>"))
        .collect();
    let ranges = ranges.concat();
    let sheet = format!(
        "<worksheet><sheetData>{rows}</sheetData><mergeCells>{ranges}</mergeCells></worksheet>"
    );
    let relations = "<r><Relationship Id=\"s\" Type=\"x/worksheet\" Target=\"s.xml\"/></r>";
    zip(&[
        (
            "xl/workbook.xml",
            b"<workbook><sheet name=\"S\" r:id=\"s\"/></workbook>",
        ),
        ("xl/_rels/workbook.xml.rels", relations.as_bytes()),
        ("xl/s.xml", sheet.as_bytes()),
    ])
}

#[test]
fn a_cell_that_is_merged_with_one_that_has_a_value_is_marked() {
    let rows = "<row r=\"1\"><c r=\"A1\"><v>0</v></c></row>\
         <row r=\"3\"><c r=\"A3\"><v>1</v></c><c r=\"B3\"><v>2</v></c><c r=\"C3\"><v>3</v></c></row>\
         <row r=\"4\"><c r=\"A4\"><v>4</v></c><c r=\"C4\"/></row>\
         <row r=\"5\"><c r=\"A5\"><v>5</v></c><c r=\"C5\"><v>9</v></c></row>\
         <row r=\"6\"><c r=\"B6\"/></row>\
         <row r=\"7\"><c r=\"A7\"><v>7</v></c></row>\
         <row r=\"8\"><c r=\"A8\"><v>8</v></c></row>";
    let ranges = ["B7:B8", "C3:C5", "A1:Z1", "B3:B4", "A5:A6", "A8:C8", "A3"];
    let csv = csv_of(&merged(rows, &ranges), None);
    // A title makes the table no wider, blank cells stay blank, and a row of covered cells alone is
    // the lower part of the one above.
    assert_eq!(csv, "0,«M,«M\n\n1,2,3\n4,«M,«M\n5,,«M\n\n7,,\n8,«M,«M\n");
    assert_eq!(csv_of(&merged(rows, &[]), None).matches('«').count(), 0);
}

#[test]
fn merged_cells_are_bounded_and_have_places() {
    let row = "<row><c><v>1</v></c></row>";
    let everywhere = ["A1:XFD2"; 2];
    for (ranges, problem) in [
        (&everywhere[..], "merged cells that overlap"),
        (&["A2:A1"], "merged cells without a place"),
        (&["A1:XFE1"], "merged cells without a place"),
    ] {
        let message = error_of(&merged(row, ranges)).to_string();
        assert!(message.contains(problem), "{message}");
    }
    let many = vec!["A3:A4"; (1 << 20) + 1];
    let limits = WorkbookLimits {
        expansion: Limits {
            ratio: u64::MAX,
            ..Limits::default()
        },
        ..WorkbookLimits::default()
    };
    let error = workbook_csv(&merged(row, &many), None, limits).expect_err("a limit");
    let message = error.to_string();
    assert!(message.contains("too many merged cells"), "{message}");
}

/// Where the directory's records begin.
fn directory(file: &[u8]) -> Vec<usize> {
    let signatures = file.windows(4).enumerate();
    let records = signatures.filter(|(_, bytes)| bytes == b"PK\x01\x02");
    records.map(|(index, _)| index).collect()
}

#[test]
fn an_encrypted_part_is_told() {
    let mut file = workbook("", "");
    let flags = directory(&file)[0] + 8;
    file[flags] |= 1;
    assert!(matches!(error_of(&file), FormatError::Encrypted));
}

#[test]
fn a_wrong_checksum_is_an_error() {
    let mut file = workbook("<row><c><v>1</v></c></row>", "");
    let checksum = directory(&file)[2] + 16;
    file[checksum] ^= 1;
    let error = error_of(&file);
    assert!(
        matches!(error, FormatError::WorkbookDamaged { .. }),
        "{error}"
    );
}

#[test]
fn a_bomb_in_a_workbook_is_an_error() {
    let blank = "<row><c/><c/><c/><c/></row>".repeat(1_000_000);
    let strings = "<si><t>0</t></si>".repeat(3_000_000);
    // One text, shown by very many cells.
    let text = format!("<si><t>{}</t></si>", "0".repeat(30_000));
    let cells = "<c t=\"s\"><v>0</v></c>".repeat(100);
    let rows = format!("<row>{cells}</row>").repeat(100);
    for bomb in [
        workbook(&blank, ""),
        workbook("", &strings),
        workbook(&rows, &text),
    ] {
        let error = error_of(&bomb);
        assert!(matches!(error, FormatError::Bomb { .. }), "{error}");
    }
}

#[test]
fn a_workbook_keeps_to_its_limits() {
    let file = workbook("<row><c><v>1</v></c></row>", "<si><t>some text</t></si>");
    let default = WorkbookLimits::default();
    let error = |limits| workbook_csv(&file, None, limits).expect_err("a limit");

    let large = error(WorkbookLimits {
        file_bytes: file.len() as u64 - 1,
        ..default
    });
    assert!(matches!(large, FormatError::WorkbookTooLarge { .. }));
    let text = error(WorkbookLimits {
        strings_bytes: 9,
        ..default
    });
    assert!(matches!(text, FormatError::TooMuchText { limit_bytes: 9 }));
    let output = error(WorkbookLimits {
        expansion: Limits {
            output_bytes: 1,
            ..Limits::default()
        },
        ..default
    });
    assert!(matches!(
        output,
        FormatError::TooMuchOutput { limit_bytes: 1 }
    ));
}
