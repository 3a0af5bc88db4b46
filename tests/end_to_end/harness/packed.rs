//! Packed files, as programs write them: gzip, ZIP archives, and workbooks in these.

use std::fmt::Write as _;
use std::io::{Read as _, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::{DeflateEncoder, GzEncoder};
use rawzip::{CompressionMethod, ZipArchive, ZipArchiveWriter};

/// Packs bytes into a gzip file.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("a Vec takes all");
    encoder.finish().expect("a Vec takes all")
}

/// Packs files, by name, into a ZIP archive.
pub fn zip(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut file);
    for (name, content) in parts {
        let entry = archive.new_file(*name);
        let entry = entry.compression_method(CompressionMethod::DEFLATE);
        let (mut entry, config) = entry.start().expect("an entry");
        let encoder = DeflateEncoder::new(&mut entry, Compression::best());
        let mut writer = config.wrap(encoder);
        writer.write_all(content).expect("a Vec takes all");
        let (encoder, descriptor) = writer.finish().expect("a Vec takes all");
        encoder.finish().expect("a Vec takes all");
        entry.finish(descriptor).expect("a Vec takes all");
    }
    archive.finish().expect("a Vec takes all");
    file
}

/// A workbook of sheets: the name of each, whether it is `visible` or `hidden`, and its rows in
/// XML. Cells of style 1 are dates.
pub fn workbook(sheets: &[(&str, &str, &str)]) -> Vec<u8> {
    const KIND: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let (mut names, mut relations, mut parts) = (String::new(), String::new(), Vec::new());
    for (number, (name, state, rows)) in (1..).zip(sheets) {
        let id = format!("rId{number}");
        let target = format!("worksheets/sheet{number}.xml");
        let sheet = format!("<sheet name=\"{name}\" state=\"{state}\" r:id=\"{id}\"/>");
        names.push_str(&sheet);
        write!(
            relations,
            "<Relationship Id=\"{id}\" Type=\"{KIND}/worksheet\" Target=\"{target}\"/>"
        )
        .expect("a String takes all");
        let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
        parts.push((format!("xl/{target}"), sheet));
    }
    write!(
        relations,
        "<Relationship Id=\"styles\" Type=\"{KIND}/styles\" Target=\"styles.xml\"/>"
    )
    .expect("a String takes all");
    let names = format!("<workbook><sheets>{names}</sheets></workbook>");
    let relations = format!("<Relationships>{relations}</Relationships>");
    let styles =
        "<styleSheet><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>";
    let mut all: Vec<(&str, &[u8])> = vec![
        ("xl/workbook.xml", names.as_bytes()),
        ("xl/_rels/workbook.xml.rels", relations.as_bytes()),
        ("xl/styles.xml", styles.as_bytes()),
    ];
    all.extend(
        parts
            .iter()
            .map(|(name, xml)| (name.as_str(), xml.as_bytes())),
    );
    zip(&all)
}

/// A file of a ZIP archive.
pub fn unzipped(archive: &[u8], name: &str) -> Vec<u8> {
    let archive = ZipArchive::from_slice(archive).expect("an archive");
    let mut entries = archive.entries();
    while let Some(entry) = entries.next_entry().expect("an entry") {
        if entry.file_path().as_bytes() == name.as_bytes() {
            let content = archive.get_entry(entry.wayfinder()).expect("its content");
            let mut bytes = Vec::new();
            let mut decoder = DeflateDecoder::new(content.data());
            decoder.read_to_end(&mut bytes).expect("deflated bytes");
            return bytes;
        }
    }
    panic!("there is no {name}")
}
