//! What a file is, by its first bytes: a container, and for text its encoding.

use memchr::memmem;

use crate::guess::{Guess, guess};
use crate::{Encoding, ForeignFile, FormatError};

/// How much of a file detection looks at. Fewer bytes are enough only if they are the whole file.
pub const HEAD_BYTES: usize = 1 << 20;
/// How much of the text before a sample of it belongs to the sample: letters are judged by what
/// stands around them.
pub const CONTEXT_BYTES: usize = 64;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detected {
    /// Text.
    Text {
        /// What it is written in; never [`Encoding::Utf16`] without its byte order. UTF-8 needs no
        /// conversion.
        encoding: Encoding,
        /// Whether nothing beyond ASCII was seen, so that what follows may be in any encoding:
        /// [`detect_later`] tells it by the first bytes that are.
        only_ascii: bool,
        /// Whether it is UTF-8 with malformed places, so that rows of another encoding may be valid
        /// UTF-8 by chance: [`Converter::mixed_utf8`](crate::Converter::mixed_utf8) finds them.
        is_mixed: bool,
    },
    /// gzip. The text in it is detected as it is unpacked.
    Gzip,
    /// An Excel workbook (`.xlsx`), or so it seems: [`Workbook::open`](crate::Workbook::open) looks
    /// closer.
    Workbook,
}

impl Detected {
    /// Whether the file is UTF-8 CSV as it stands.
    pub fn is_utf8(self) -> bool {
        matches!(
            self,
            Self::Text {
                encoding: Encoding::Utf8,
                is_mixed: false,
                ..
            }
        )
    }

    fn text(guess: Guess, only_ascii: bool) -> Self {
        Self::Text {
            encoding: guess.encoding,
            only_ascii,
            is_mixed: guess.is_mixed,
        }
    }
}

/// Says what the file is that begins with `head`: [`HEAD_BYTES`] of it, or all of it if `at_end`.
///
/// `asked` is the encoding that the caller names, for text. A byte order mark in the file is
/// believed over it.
pub fn detect(head: &[u8], at_end: bool, asked: Option<Encoding>) -> Result<Detected, FormatError> {
    if head.starts_with(b"\x1F\x8B") {
        return Ok(Detected::Gzip);
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return of_zip(head).map_err(FormatError::Foreign);
    }
    if let Some(foreign) = ForeignFile::of(head) {
        return Err(FormatError::Foreign(foreign));
    }
    let guess = guess(head, at_end, asked)?;
    Ok(Detected::text(guess, head.is_ascii()))
}

/// Returns what a text is in that is ASCII for longer than its head: `sample` is
/// [`HEAD_BYTES`] of it, or all of it if `at_end`, from [`CONTEXT_BYTES`] before the first byte
/// beyond ASCII on.
pub fn detect_later(sample: &[u8], at_end: bool) -> Result<Detected, FormatError> {
    guess(sample, at_end, None).map(|guess| Detected::text(guess, false))
}

/// What a ZIP archive is, by the names of the entries that begin in `head`: the directory stands at
/// the archive's end.
fn of_zip(head: &[u8]) -> Result<Detected, ForeignFile> {
    let mut is_package = false;
    for name in entry_names(head) {
        let name = String::from_utf8_lossy(name)
            .replace('\\', "/")
            .to_lowercase();
        let folder = name.split('/').next().unwrap_or_default();
        match (folder, name.as_str()) {
            (_, "xl/workbook.bin") => return Err(ForeignFile::BinaryExcel),
            ("xl", _) => return Ok(Detected::Workbook),
            ("word" | "ppt" | "visio", _) => return Err(ForeignFile::OfficeDocument),
            ("index", name) if name.starts_with("index/document") => {
                return Err(ForeignFile::Numbers);
            }
            (_, "mimetype") => return Err(ForeignFile::OpenDocument),
            ("_rels" | "docprops" | "[content_types].xml", _) => is_package = true,
            _ => {}
        }
    }
    // A workbook's parts may have any names: its relations say which they are.
    if is_package {
        Ok(Detected::Workbook)
    } else {
        Err(ForeignFile::Archive)
    }
}

/// The beginnings of the names in the local headers of a ZIP archive, and of whatever else looks like
/// one.
/// <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>, 4.3.7.
fn entry_names(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    const NAME_LENGTH: usize = 26;
    const NAME: usize = 30;
    /// What tells a file is shorter. A header that promises more may stand at every fourth byte, and
    /// to read all of each of their names would take minutes.
    const MAX_NAME_BYTES: usize = 64;
    memmem::find_iter(head, b"PK\x03\x04").filter_map(|start| {
        let header = &head[start..];
        let length = header.get(NAME_LENGTH..NAME_LENGTH + 2)?;
        let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
        let name = header.get(NAME..NAME + length)?;
        Some(&name[..length.min(MAX_NAME_BYTES)])
    })
}

#[cfg(test)]
mod short_files;
#[cfg(test)]
mod tests;
