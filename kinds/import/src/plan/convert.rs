//! A file in another form than UTF-8 CSV, converted once: into an object beside it, which is then
//! split like any other. Rows keep their numbers.

use std::fs::File;
use std::io::{self, Seek, Write};

use bytes::Bytes;
use futures::StreamExt;
use sluice_aws::{CSV, ObjectInfo, ObjectReader, ObjectWriter, chain};
use sluice_basics::ids::TaskRef;
use sluice_basics::object_key;
use sluice_formats::{
    Converter, Detected, FormatError, Limits, SheetSummary, Workbook, WorkbookLimits,
};
use sluice_import::encoding::Encoding;
use sluice_import::{FileFormat, ImportOptions};
use tokio::sync::mpsc;

use crate::plan::{PlanImport, SplitError};

/// One piece can become a thousand times as much when it is unpacked.
const PIECE_BYTES: usize = 16 << 10;
/// Text is handed on as soon as there is this much.
const HAND_ON_BYTES: usize = 1 << 20;
/// Pieces of a sheet's text that wait to be stored.
const PIECES_AHEAD: usize = 4;

/// A file's object, and what is known of its form.
#[derive(Clone, Debug)]
pub(crate) struct Readable {
    pub(crate) object_key: String,
    pub(crate) object: ObjectInfo,
    /// Its first bytes, if they were read already.
    pub(crate) head: Option<Bytes>,
    pub(crate) format: FileFormat,
    pub(crate) encoding: Option<Encoding>,
    pub(crate) sheet: Option<String>,
    pub(crate) replaced: u64,
    pub(crate) uncalculated_formulas: u64,
}

impl Readable {
    pub(crate) fn new(object_key: String, object: ObjectInfo) -> Self {
        Self {
            object_key,
            object,
            head: None,
            format: FileFormat::Csv,
            encoding: Some(Encoding::Utf8),
            sheet: None,
            replaced: 0,
            uncalculated_formulas: 0,
        }
    }
}

/// A file that is to be converted.
pub(crate) struct Unconverted<'a> {
    pub(crate) task: TaskRef,
    pub(crate) options: &'a ImportOptions,
    pub(crate) size_bytes: u64,
    /// The most bytes that a file of the station may have, packed or not.
    pub(crate) max_bytes: u64,
    pub(crate) reader: ObjectReader,
}

impl Unconverted<'_> {
    /// How far the file may unpack: what is packed is limited as what is not.
    fn limits(&self) -> Limits {
        let limits = Limits::default();
        Limits {
            output_bytes: limits.output_bytes.min(self.max_bytes),
            ..limits
        }
    }
}

impl PlanImport {
    /// Converts a file. The inner error is for the file's owner.
    pub(crate) async fn convert(
        &self,
        original: &Unconverted<'_>,
        detected: Detected,
    ) -> Result<Result<Readable, FormatError>, SplitError> {
        let key = object_key::converted(&original.task);
        let mut out = self.objects.writer(key.clone(), CSV);
        let outcome = match detected {
            Detected::Text {
                encoding, is_mixed, ..
            } => {
                let converter = if is_mixed {
                    Converter::mixed_utf8(Limits::default())
                } else {
                    Converter::text(encoding, Limits::default())
                };
                convert_text(original, converter, FileFormat::Csv, &mut out).await
            }
            Detected::Gzip => {
                let converter = Converter::gzip(original.options.encoding, original.limits());
                convert_text(original, converter, FileFormat::Gzip, &mut out).await
            }
            Detected::Workbook => convert_workbook(original, &mut out).await,
        };
        let mut readable = match outcome {
            Ok(readable) => readable,
            Err(error) => {
                if let Err(error) = out.discard().await {
                    tracing::warn!(error = chain(&error), "a part of a file was not freed");
                }
                return match error {
                    SplitError::Format(error) if !error.is_retryable() => Ok(Err(error)),
                    error => Err(error),
                };
            }
        };
        out.finish().await?;
        readable.object = self.objects.head(&key).await?.unwrap_or_default();
        readable.object_key = key;
        Ok(Ok(readable))
    }
}

async fn convert_text(
    original: &Unconverted<'_>,
    mut converter: Converter,
    format: FileFormat,
    out: &mut ObjectWriter,
) -> Result<Readable, SplitError> {
    let mut text = Vec::new();
    let mut bytes = original.reader.read_ahead(0..original.size_bytes);
    while let Some(piece) = bytes.next().await {
        for piece in piece?.chunks(PIECE_BYTES) {
            converter.push(piece, &mut text)?;
            if text.len() >= HAND_ON_BYTES {
                out.write(&text).await?;
                text.clear();
            }
        }
    }
    let done = converter.finish(&mut text)?;
    out.write(&text).await?;
    Ok(Readable {
        format,
        encoding: Some(done.encoding),
        replaced: done.replaced,
        ..Readable::new(String::new(), ObjectInfo::default())
    })
}

/// A workbook's directory is at its end: it is read from a file, and its sheet is stored as it is
/// read.
async fn convert_workbook(
    original: &Unconverted<'_>,
    out: &mut ObjectWriter,
) -> Result<Readable, SplitError> {
    let limits = WorkbookLimits {
        expansion: original.limits(),
        ..WorkbookLimits::default()
    };
    let mut file = tempfile::tempfile().map_err(FormatError::Io)?;
    let mut bytes = original
        .reader
        .read_ahead(0..original.size_bytes.min(limits.file_bytes + 1));
    while let Some(piece) = bytes.next().await {
        file.write_all(&piece?).map_err(FormatError::Io)?;
    }
    file.rewind().map_err(FormatError::Io)?;
    let sheet = original.options.sheet.as_ref().map(ToString::to_string);
    let (pieces, mut written) = mpsc::channel(PIECES_AHEAD);
    let reading = tokio::task::spawn_blocking(move || {
        read_sheet(file, limits, sheet.as_deref(), Pieces(pieces))
    });
    while let Some(piece) = written.recv().await {
        out.write(&piece).await?;
    }
    let summary = reading.await.map_err(io::Error::other);
    let summary = summary.map_err(FormatError::Io)??;
    Ok(Readable {
        format: FileFormat::Xlsx,
        encoding: None,
        sheet: Some(summary.sheet),
        uncalculated_formulas: summary.uncalculated_formulas,
        ..Readable::new(String::new(), ObjectInfo::default())
    })
}

fn read_sheet(
    file: File,
    limits: WorkbookLimits,
    sheet: Option<&str>,
    pieces: Pieces,
) -> Result<SheetSummary, FormatError> {
    let workbook = Workbook::open(file, limits)?;
    let out = io::BufWriter::with_capacity(HAND_ON_BYTES, pieces);
    workbook.write_csv(sheet, out)
}

/// Hands text over to the side that stores it.
struct Pieces(mpsc::Sender<Vec<u8>>);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .blocking_send(bytes.to_vec())
            .map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
