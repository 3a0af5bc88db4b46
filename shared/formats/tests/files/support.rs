//! What the tests make files with.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use sluice_formats::{Converted, Converter, FormatError, SheetSummary, Workbook, WorkbookLimits};

pub fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// Converts a file that comes in pieces of these sizes, in turns.
pub fn convert(
    mut converter: Converter,
    mut file: &[u8],
    sizes: &[usize],
) -> Result<(Vec<u8>, Converted), FormatError> {
    let mut csv = Vec::new();
    for &size in sizes.iter().cycle() {
        if file.is_empty() {
            break;
        }
        let (piece, rest) = file.split_at(size.clamp(1, file.len()));
        converter.push(piece, &mut csv)?;
        file = rest;
    }
    let summary = converter.finish(&mut csv)?;
    Ok((csv, summary))
}

pub fn workbook_csv(
    file: &[u8],
    sheet: Option<&str>,
    limits: WorkbookLimits,
) -> Result<(String, SheetSummary), FormatError> {
    let workbook = Workbook::open(Cursor::new(file), limits)?;
    let mut csv = Vec::new();
    let summary = workbook.write_csv(sheet, &mut csv)?;
    Ok((readable(&csv), summary))
}

/// CSV with the marks of cells as characters: `«` begins one, `|` stands within.
fn readable(csv: &[u8]) -> String {
    let mut text = String::new();
    for chunk in csv.utf8_chunks() {
        text.push_str(chunk.valid());
        match chunk.invalid() {
            b"\xFF" => text.push('|'),
            b"\xC0" => {
                assert_eq!(text.pop(), Some('|'));
                text.push('«');
            }
            other => assert_eq!(other, b""),
        }
    }
    text
}

/// The whole of a file in `tests/data`.
pub fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A ZIP archive as programs write it that stream: sizes and checksums behind the data.
pub fn zip(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut archive = rawzip::ZipArchiveWriter::new(&mut file);
    for (name, content) in parts {
        let (mut entry, config) = archive
            .new_file(*name)
            .compression_method(rawzip::CompressionMethod::DEFLATE)
            .start()
            .unwrap();
        let encoder = DeflateEncoder::new(&mut entry, Compression::best());
        let mut writer = config.wrap(encoder);
        writer.write_all(content).unwrap();
        let (encoder, descriptor) = writer.finish().unwrap();
        encoder.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap();
    file
}

const RELATIONS: &str = r#"<Relationships>
<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>
<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="/xl/sharedStrings.xml"/>
</Relationships>"#;
const SHEETS: &str = r#"<workbook><sheets><sheet name="S" r:id="rId1"/></sheets></workbook>"#;

/// A workbook of one sheet, with these rows and shared texts.
pub fn workbook(rows: &str, strings: &str) -> Vec<u8> {
    let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    let strings = format!("<sst>{strings}</sst>");
    zip(&[
        ("xl/workbook.xml", SHEETS.as_bytes()),
        ("xl/_rels/workbook.xml.rels", RELATIONS.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ("xl/sharedStrings.xml", strings.as_bytes()),
    ])
}
