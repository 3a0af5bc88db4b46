//! Files that are no table, or one of a program that is not read: told by their first bytes, so
//! that the message can name what was sent and what to send instead.

use std::fmt;

use memchr::memmem;

/// A kind of file that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForeignFile {
    /// An Excel workbook of before 2007 (`.xls`).
    OldExcel,
    /// An Excel workbook in the binary format (`.xlsb`).
    BinaryExcel,
    /// An office document with a password.
    Protected,
    /// A spreadsheet in the format of the free office programs (`.ods`).
    OpenDocument,
    /// A spreadsheet of Apple's Numbers.
    Numbers,
    /// Another document of an office program.
    OfficeDocument,
    /// An archive, such as ZIP, 7z, RAR or tar.
    Archive,
    /// A file compressed in another way than gzip.
    Compressed,
    /// A PDF document.
    Pdf,
    /// An image.
    Image,
    /// Data of an analytics system: Parquet, Avro or Arrow.
    Analytics,
    /// A SQLite database.
    Database,
    /// A web page. Some programs name a page with a table in it `.xls`.
    WebPage,
    /// An XML document. Excel can save one too.
    Xml,
    /// JSON.
    Json,
    /// None of these, and no text.
    Binary,
}

const SIGNATURES: &[(&[u8], ForeignFile)] = &[
    (b"%PDF-", ForeignFile::Pdf),
    (b"\x89PNG\r\n\x1A\n", ForeignFile::Image),
    (b"\xFF\xD8\xFF", ForeignFile::Image),
    (b"GIF87a", ForeignFile::Image),
    (b"GIF89a", ForeignFile::Image),
    (b"II*\0", ForeignFile::Image),
    (b"MM\0*", ForeignFile::Image),
    (b"PAR1", ForeignFile::Analytics),
    (b"Obj\x01", ForeignFile::Analytics),
    (b"ARROW1\0\0", ForeignFile::Analytics),
    (b"SQLite format 3\0", ForeignFile::Database),
    (b"Rar!\x1A\x07", ForeignFile::Archive),
    (b"7z\xBC\xAF\x27\x1C", ForeignFile::Archive),
    (b"BZh91AY&SY", ForeignFile::Compressed),
    (b"\xFD7zXZ\0", ForeignFile::Compressed),
    (b"\x28\xB5\x2F\xFD", ForeignFile::Compressed),
    (b"\x04\x22\x4D\x18", ForeignFile::Compressed),
    (b"{\\rtf", ForeignFile::OfficeDocument),
];

/// Of the compound files of older office programs, and of any office document with a password.
const COMPOUND_FILE: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// Where a tar archive has its name.
const TAR_MAGIC: usize = 257;

/// How much of a file is looked at for the first tag or brace.
const MARKUP_BYTES: usize = 512;

impl ForeignFile {
    /// The kind of the file that begins with `head`, if it is one of those told by their first
    /// bytes. ZIP is told elsewhere, since workbooks are of it.
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        if head.starts_with(COMPOUND_FILE) {
            return Some(Self::of_compound_file(head));
        }
        let is_riff_image = head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP");
        if is_riff_image {
            return Some(Self::Image);
        }
        if head.get(TAR_MAGIC..TAR_MAGIC + 5) == Some(b"ustar") {
            return Some(Self::Archive);
        }
        SIGNATURES
            .iter()
            .find(|(signature, _)| head.starts_with(signature))
            .map(|&(_, kind)| kind)
            .or_else(|| Self::of_markup(head))
    }

    /// The directory of a compound file, in UTF-16, names what is in it. It may stand past the
    /// head: most are workbooks.
    fn of_compound_file(head: &[u8]) -> Self {
        let has_stream = |name: &str| {
            let utf16: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
            memmem::find(head, &utf16).is_some()
        };
        if has_stream("EncryptedPackage") {
            Self::Protected
        } else if has_stream("WordDocument") || has_stream("PowerPoint Document") {
            Self::OfficeDocument
        } else {
            Self::OldExcel
        }
    }

    /// Text that is no table.
    fn of_markup(head: &[u8]) -> Option<Self> {
        let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
        let text = text[..text.len().min(MARKUP_BYTES)].trim_ascii_start();
        let begins = |tag: &str| {
            text.get(..tag.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(tag.as_bytes()))
        };
        let opens = |brace: u8, inner: u8| {
            text.first() == Some(&brace) && text[1..].trim_ascii_start().first() == Some(&inner)
        };
        if [
            "<!doctype html",
            "<html",
            "<head",
            "<meta",
            "<table",
            "<style",
        ]
        .into_iter()
        .any(begins)
        {
            Some(Self::WebPage)
        } else if begins("<?xml") || begins("<workbook") {
            Some(Self::Xml)
        } else if opens(b'{', b'"') || opens(b'[', b'{') {
            Some(Self::Json)
        } else {
            None
        }
    }
}

/// A sentence of what the file is and what to do about it.
impl fmt::Display for ForeignFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SAVE: &str = "open it in Excel and save it as .xlsx or as \"CSV UTF-8\"";
        const EXPORT: &str = "export the table as CSV (UTF-8) or .xlsx where it came from";
        let (what, advice) = match self {
            Self::OldExcel => ("an Excel workbook of the old kind (.xls)", SAVE),
            Self::BinaryExcel => ("an Excel workbook of the binary kind (.xlsb)", SAVE),
            Self::Protected => (
                "a document with a password",
                "save it without one, as .xlsx or as \"CSV UTF-8\"",
            ),
            Self::OpenDocument => (
                "an OpenDocument file",
                "save the table as .xlsx or as CSV in UTF-8",
            ),
            Self::Numbers => ("a Numbers document", "export it as .xlsx or as CSV"),
            Self::OfficeDocument => ("a text document or a presentation", EXPORT),
            Self::Archive => (
                "an archive",
                "unpack it and upload the CSV file or the .xlsx workbook in it",
            ),
            Self::Compressed => (
                "a compressed file",
                "unpack it, or compress it with gzip instead",
            ),
            Self::Pdf => ("a PDF document", EXPORT),
            Self::Image => ("an image", "upload the table itself, as CSV or .xlsx"),
            Self::Analytics => ("a Parquet, Avro or Arrow file", EXPORT),
            Self::Database => ("a SQLite database", EXPORT),
            Self::WebPage => ("a web page, even if its name ends with .xls", SAVE),
            Self::Xml => ("an XML document", SAVE),
            Self::Json => ("a JSON document", EXPORT),
            Self::Binary => (
                "not a text file",
                "open it in the program that wrote it and export it as CSV (UTF-8) or .xlsx",
            ),
        };
        write!(f, "this is {what}; {advice}")
    }
}
