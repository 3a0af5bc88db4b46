//! Tells files that are no CSV by their first bytes, so that the message can name what was sent.

use std::fmt;

/// A kind of file that people send in place of CSV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A ZIP archive, as which modern Excel workbooks (`.xlsx`) come too.
    Zip,
    /// An Excel workbook of before 2007 (`.xls`).
    OldExcel,
    /// gzip.
    Gzip,
    /// PDF.
    Pdf,
    /// A PNG image.
    Png,
    /// A JPEG image.
    Jpeg,
    /// Text in UTF-16, such as Excel's "Unicode Text".
    Utf16,
    /// None of these, but with bytes that text does not have.
    Unknown,
}

const SIGNATURES: &[(&[u8], FileKind)] = &[
    (b"PK\x03\x04", FileKind::Zip),
    (b"PK\x05\x06", FileKind::Zip),
    (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", FileKind::OldExcel),
    (b"\x1F\x8B", FileKind::Gzip),
    (b"%PDF-", FileKind::Pdf),
    (b"\x89PNG\r\n\x1A\n", FileKind::Png),
    (b"\xFF\xD8\xFF", FileKind::Jpeg),
    (b"\xFF\xFE", FileKind::Utf16),
    (b"\xFE\xFF", FileKind::Utf16),
];

impl FileKind {
    /// The kind of the file that begins with `head`, if it is a known one that is not CSV.
    pub fn of(head: &[u8]) -> Option<Self> {
        SIGNATURES
            .iter()
            .find(|(signature, _)| head.starts_with(signature))
            .map(|&(_, kind)| kind)
    }
}

/// A sentence of what the file is and what to do about it.
impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zip => {
                "this is an Excel workbook or a ZIP archive; in Excel, save it as \"CSV UTF-8\", \
                 or unpack the archive and upload the CSV file in it"
            }
            Self::OldExcel => {
                "this is an Excel workbook; open it in Excel and save it as \"CSV UTF-8\""
            }
            Self::Gzip => "this is a gzip archive; unpack it and upload the CSV file in it",
            Self::Pdf => "this is a PDF document; export the table as CSV where it came from",
            Self::Png | Self::Jpeg => "this is an image; upload the table itself, as CSV",
            Self::Utf16 => {
                "this file is UTF-16 text; save it as \"CSV UTF-8\" (not \"Unicode Text\")"
            }
            Self::Unknown => {
                "this is not a text file; open it in the program that wrote it and export it as CSV"
            }
        })
    }
}
