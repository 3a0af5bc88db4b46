//! A workbook's file: a ZIP archive whose entries are its parts. Nothing is held of its directory,
//! however long that is.

use std::cell::RefCell;
use std::io::{self, BufReader, Read, Seek};

use flate2::bufread::DeflateDecoder;
use percent_encoding::percent_decode;
use rawzip::{
    CompressionMethod, ErrorKind, RECOMMENDED_BUFFER_SIZE, ReaderAt, ZipArchive,
    ZipArchiveEntryWayfinder, ZipLocator,
};

use super::WorkbookLimits;
use super::damage::{damaged, read_error};
use super::xml::{PartName, XmlReader};
use crate::{FormatError, Limits};

const BUFFER_BYTES: usize = 64 << 10;

/// Real workbooks have some tens of parts, with pictures some thousands.
const MAX_ENTRIES: usize = 100_000;

/// A workbook's file.
pub(super) struct Package<R> {
    archive: ZipArchive<AtOffsets<R>>,
    size_bytes: u64,
    expansion: Limits,
}

/// A part's XML, its checksum verified at its end.
pub(super) type Part<'a> = XmlReader<Text<'a>>;

/// A part's text, unpacked as it is read.
pub(super) type Text<'a> = BufReader<Box<dyn Read + 'a>>;

impl<R: Read + Seek> Package<R> {
    pub(super) fn open(mut file: R, limits: WorkbookLimits) -> Result<Self, FormatError> {
        let size_bytes = file.seek(io::SeekFrom::End(0))?;
        if size_bytes > limits.file_bytes {
            return Err(FormatError::WorkbookTooLarge {
                size_bytes,
                limit_bytes: limits.file_bytes,
            });
        }
        let file = AtOffsets(RefCell::new(file));
        let archive = ZipLocator::new()
            .locate_in_reader(file, &mut directory_buffer(), size_bytes)
            .map_err(|(_, error)| zip_error(error))?;
        Ok(Self {
            archive,
            size_bytes,
            expansion: limits.expansion,
        })
    }

    pub(super) fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// How far a part may unpack.
    pub(super) fn expansion(&self) -> Limits {
        self.expansion
    }

    /// The part of this name, which has to be there.
    pub(super) fn part(&self, name: &str, limits: Limits) -> Result<Part<'_>, FormatError> {
        self.find_part(name, limits)?
            .ok_or_else(|| damaged(name, "is missing"))
    }

    /// The part of this name, if it is there. Its text is read within the limits.
    pub(super) fn find_part(
        &self,
        name: &str,
        limits: Limits,
    ) -> Result<Option<Part<'_>>, FormatError> {
        let text = self.find_text(name, limits)?;
        Ok(text.map(|text| XmlReader::new(text, PartName::new(name))))
    }

    /// The text of the part of this name, if it is there.
    pub(super) fn find_text(
        &self,
        name: &str,
        limits: Limits,
    ) -> Result<Option<Text<'_>>, FormatError> {
        let Some((place, method)) = self.find(name)? else {
            return Ok(None);
        };
        let entry = self.archive.get_entry(place).map_err(zip_error)?;
        let packed_bytes = place.compressed_size_hint().min(self.size_bytes);
        let packed = entry.reader();
        let text: Box<dyn Read> = if method == CompressionMethod::STORE {
            let text = Limited::new(packed, limits, packed_bytes);
            Box::new(entry.verifying_reader(text))
        } else if method == CompressionMethod::DEFLATE {
            let packed = BufReader::with_capacity(BUFFER_BYTES, packed);
            let text = Limited::new(DeflateDecoder::new(packed), limits, packed_bytes);
            Box::new(entry.verifying_reader(text))
        } else {
            return Err(damaged(name, "is compressed in a way that is not read"));
        };
        Ok(Some(BufReader::with_capacity(BUFFER_BYTES, text)))
    }

    /// Whether there is a part of this name.
    pub(super) fn has(&self, name: &str) -> Result<bool, FormatError> {
        Ok(self.find(name)?.is_some())
    }

    /// Where the entry of this name is. Some programs write `\` for `/`, other capitals, or `%20` in one place and a
    /// space in the other.
    fn find(
        &self,
        name: &str,
    ) -> Result<Option<(ZipArchiveEntryWayfinder, CompressionMethod)>, FormatError> {
        let wanted: Vec<u8> = compared(name.as_bytes()).collect();
        let is_same = |path: &[u8]| {
            let path = path.strip_prefix(b"/").unwrap_or(path);
            compared(path).eq(wanted.iter().copied())
        };
        let mut buffer = directory_buffer();
        let mut entries = self.archive.entries(&mut buffer);
        let mut count = 0;
        while let Some(entry) = entries.next_entry().map_err(zip_error)? {
            if is_same(entry.file_path().as_bytes()) {
                if entry.flags().is_encrypted() {
                    return Err(FormatError::Encrypted);
                }
                return Ok(Some((entry.wayfinder(), entry.compression_method())));
            }
            count += 1;
            if count > MAX_ENTRIES {
                return Err(damaged("its directory", "has too many entries"));
            }
        }
        Ok(None)
    }
}

/// The name of a part as it is compared.
fn compared(name: &[u8]) -> impl Iterator<Item = u8> {
    percent_decode(name).map(|byte| match byte {
        b'\\' => b'/',
        byte => byte.to_ascii_lowercase(),
    })
}

/// Reads a file at offsets.
struct AtOffsets<R>(RefCell<R>);

impl<R: Read + Seek> ReaderAt for AtOffsets<R> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut file = self.0.borrow_mut();
        file.seek(io::SeekFrom::Start(offset))?;
        file.read(buffer)
    }
}

/// Stops reading where more comes out than the limits allow.
struct Limited<R> {
    inner: R,
    limits: Limits,
    packed_bytes: u64,
    output_bytes: u64,
}

impl<R> Limited<R> {
    fn new(inner: R, limits: Limits, packed_bytes: u64) -> Self {
        Self {
            inner,
            limits,
            packed_bytes,
            output_bytes: 0,
        }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.output_bytes += read as u64;
        self.limits
            .check(self.packed_bytes, self.output_bytes)
            .map_err(io::Error::other)?;
        Ok(read)
    }
}

fn zip_error(error: rawzip::Error) -> FormatError {
    const DIRECTORY: &str = "its directory";
    match error.into_kind() {
        ErrorKind::IO(error) => read_error(DIRECTORY, &error),
        ErrorKind::MissingEndOfCentralDirectory => {
            damaged(DIRECTORY, "is missing: the file was cut off")
        }
        kind => damaged(DIRECTORY, &kind.to_string()),
    }
}

fn directory_buffer() -> Box<[u8]> {
    vec![0; RECOMMENDED_BUFFER_SIZE].into_boxed_slice()
}
