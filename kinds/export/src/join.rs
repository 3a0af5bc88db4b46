//! Joining the objects of segments in their order. The whole is proved against what each of them said of itself,
//! and against what S3 has stored.

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use crc_fast::{CrcAlgorithm, Digest, checksum_combine};
use futures::StreamExt;
use sluice_aws::{
    AwsError, Bytestream, ObjectError, ObjectInfo, ObjectReader, ObjectWriter, Objects, Written,
};
use sluice_export::Segment;
use sluice_task::books::ChunkReport;

/// Why segments could not be joined.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// A marker cannot be read.
    #[error("a marker of a segment cannot be read")]
    Marker(#[from] serde_json::Error),
    /// A service failed; another try may go well.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// Something is missing, or is not what was written.
    #[error(transparent)]
    Short(#[from] Short),
    /// There is not enough time.
    #[error("the rows take longer to be joined than there is time: choose fewer by a filter")]
    Slow,
}

/// Why segments have no file: it would not be what they are.
#[derive(Debug, thiserror::Error)]
pub enum Short {
    /// The plan is gone.
    #[error("the plan of the export is lost")]
    NoPlan,
    /// A segment was not written.
    #[error("segment {0} has no marker that says what it wrote")]
    NoMarker(u32),
    /// A segment contradicts itself.
    #[error("segment {number} is not what its marker says: {fault}")]
    Marker {
        /// The segment.
        number: u32,
        /// What is wrong.
        fault: &'static str,
    },
    /// An object is gone, or another one is there.
    #[error("the object of segment {0} is gone or was replaced")]
    Gone(u32),
    /// An object has another size.
    #[error("the object of segment {number} has {found} bytes, and {expected} were written")]
    Size {
        /// The segment.
        number: u32,
        /// Its size.
        found: u64,
        /// The size that was written.
        expected: u64,
    },
    /// An object has other bytes.
    #[error("the content of segment {0} is not what was written")]
    Content(u32),
    /// What was joined is not the segments together.
    #[error("the joined file is not what its segments are together")]
    Whole,
}

/// A file that is joined from segments, and from bytes between them.
#[derive(Debug)]
pub struct Joiner<'a> {
    objects: &'a Objects,
    key: String,
    file: ObjectWriter,
    /// What the file must be: it follows from what the segments say, before they are read.
    expected: Written,
    until: Instant,
}

impl<'a> Joiner<'a> {
    /// Begins a file, which must be there by `until`.
    pub fn new(
        objects: &'a Objects,
        key: String,
        content_type: &'static str,
        until: Instant,
    ) -> Self {
        Self {
            file: objects.checked_writer(key.clone(), content_type),
            objects,
            key,
            expected: Written {
                bytes: 0,
                crc64nvme: crc_fast::checksum(CrcAlgorithm::Crc64Nvme, b""),
            },
            until,
        }
    }

    /// Adds bytes that are in no segment.
    pub async fn add(&mut self, bytes: &[u8]) -> Result<(), JoinError> {
        let checksum = crc_fast::checksum(CrcAlgorithm::Crc64Nvme, bytes);
        self.expect(checksum, bytes.len() as u64);
        Ok(self.file.write(bytes).await?)
    }

    /// Adds a segment as it is.
    pub async fn add_segment(&mut self, number: u32, segment: &Segment) -> Result<(), JoinError> {
        let object = object_of(self.objects, number, segment).await?;
        let mut pieces = Pieces::of(number, segment, object.as_ref());
        while let Some(piece) = pieces.next_piece(self.until).await? {
            self.file.write(&piece).await?;
        }
        self.expect(segment.crc64nvme, segment.bytes);
        Ok(())
    }

    fn expect(&mut self, checksum: u64, bytes: u64) {
        let so_far = self.expected.crc64nvme;
        self.expected.bytes += bytes;
        self.expected.crc64nvme =
            checksum_combine(CrcAlgorithm::Crc64Nvme, so_far, checksum, bytes);
    }

    /// Ends the file. It must be what was expected, and what S3 has stored.
    pub async fn finish(self) -> Result<Written, JoinError> {
        if self.file.written() != self.expected {
            tracing::error!(key = self.key, "a file would not be what its segments are");
            return Err(Short::Whole.into());
        }
        let written = self.file.finish().await?;
        prove(self.objects, &self.key, written).await
    }
}

/// Compares a stored file with what was written.
pub(crate) async fn prove(
    objects: &Objects,
    key: &str,
    written: Written,
) -> Result<Written, JoinError> {
    let stored = objects.head(key).await?;
    if stored.is_some_and(|stored| is_it(&stored, written)) {
        Ok(written)
    } else {
        Err(Short::Whole.into())
    }
}

/// The object of a segment, which must have the size that was written; none if no row was.
pub(crate) async fn object_of(
    objects: &Objects,
    number: u32,
    segment: &Segment,
) -> Result<Option<ObjectReader>, JoinError> {
    let Some(key) = &segment.object_key else {
        return Ok(None);
    };
    let object = objects.head(key).await?;
    let object = object.ok_or(Short::Gone(number))?;
    if object.size_bytes != segment.bytes {
        return Err(Short::Size {
            number,
            found: object.size_bytes,
            expected: segment.bytes,
        }
        .into());
    }
    Ok(Some(objects.reader(key, &object.etag, None)))
}

/// The bytes of a segment, compared with its checksum at their end.
pub(crate) struct Pieces<'a> {
    number: u32,
    expected: u64,
    digest: Digest,
    bytes: Bytestream<'a>,
}

impl<'a> Pieces<'a> {
    pub(crate) fn of(number: u32, segment: &Segment, object: Option<&'a ObjectReader>) -> Self {
        Self {
            number,
            expected: segment.crc64nvme,
            digest: Digest::new(CrcAlgorithm::Crc64Nvme),
            bytes: match object {
                Some(object) => object.read_ahead(0..segment.bytes),
                None => Box::pin(futures::stream::empty()),
            },
        }
    }

    pub(crate) async fn next_piece(&mut self, until: Instant) -> Result<Option<Bytes>, JoinError> {
        if Instant::now() >= until {
            return Err(JoinError::Slow);
        }
        match self.bytes.next().await {
            Some(Ok(piece)) => {
                self.digest.update(&piece);
                Ok(Some(piece))
            }
            Some(Err(ObjectError::Changed)) => Err(Short::Gone(self.number).into()),
            Some(Err(ObjectError::Aws(error))) => Err(error.into()),
            None if self.digest.finalize() != self.expected => {
                Err(Short::Content(self.number).into())
            }
            None => Ok(None),
        }
    }
}

/// Reads what the segments say of themselves, by their numbers. Every one of the `count` must be there.
pub fn whole(count: u32, reports: &[ChunkReport]) -> Result<Vec<Segment>, JoinError> {
    (0..count)
        .map(|number| {
            let report = reports.iter().find(|report| report.chunk == number);
            segment_of(number, report)
        })
        .collect()
}

/// Reads what a segment says of itself in its chunk's report.
pub fn segment_of(number: u32, report: Option<&ChunkReport>) -> Result<Segment, JoinError> {
    let said = report.and_then(|report| report.of_kind.clone());
    let said = said.ok_or(Short::NoMarker(number))?;
    let segment: Segment = serde_json::from_value(said)?;
    if let Some(fault) = segment.fault() {
        return Err(Short::Marker { number, fault }.into());
    }
    if report.is_some_and(|report| report.rows.read != segment.rows) {
        let fault = "its rows are not those that were counted";
        return Err(Short::Marker { number, fault }.into());
    }
    Ok(segment)
}

/// Whether S3 has stored what was written: it keeps the checksum of every whole object.
fn is_it(stored: &ObjectInfo, written: Written) -> bool {
    let checksum = STANDARD.encode(written.crc64nvme.to_be_bytes());
    let is_checked = stored.crc64nvme.as_ref() == Some(&checksum);
    stored.size_bytes == written.bytes && is_checked
}
