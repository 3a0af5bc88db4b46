//! Takes in the body of a write: to a new blob, with its length and checksums verified before
//! anything can refer to it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use md5::{Digest, Md5};
use s3s::dto::StreamingBlob;
use s3s::{S3ErrorCode, StdError, TrailingHeaders};
use tokio::task::spawn_blocking;

use crate::blobs::NewBlob;
use crate::checksums::{Algorithm, Checksums, Hasher};
use crate::error::Error;
use crate::index::{Content, Segment};
use crate::store::{Store, blocking, joined};

/// How many bytes are collected before they are handed to a thread that may block.
const BATCH_BYTES: usize = 1024 * 1024;

/// What the client said about the body before sending it.
pub(crate) struct Announced {
    pub(crate) size_bytes: u64,
    /// The values of `x-amz-checksum-*` headers.
    pub(crate) checksums: Checksums,
    /// The checksums that follow the body.
    pub(crate) trailing: Vec<Algorithm>,
    pub(crate) trailers: Option<TrailingHeaders>,
}

/// A body that arrived whole.
pub(crate) struct Received {
    pub(crate) blob: NewBlob,
    pub(crate) size_bytes: u64,
    pub(crate) md5: [u8; 16],
    /// Those that were announced, and CRC64NVME.
    pub(crate) checksums: Checksums,
}

/// Receives a body into a new blob. If it is cut off or is not what was announced, or if this
/// future is dropped, nothing remains.
pub(crate) async fn receive(
    store: &Arc<Store>,
    body: Option<StreamingBlob>,
    announced: Announced,
) -> Result<Received, Error> {
    let algorithms = announced.checksums.algorithms();
    let algorithms = algorithms.chain(announced.trailing.iter().copied());
    // As S3 does, whatever the client names: it costs a twentieth of the MD5.
    let hasher = Hasher::new(algorithms.chain([Algorithm::Crc64Nvme]));
    let blobs = store.blobs.clone();
    let mut writing = spawn_blocking(move || Ok(Writer::new(blobs.create()?, hasher)));

    // While one batch is written and hashed, the next one arrives.
    let mut batch = Batch::default();
    let mut received_bytes = 0;
    if let Some(mut body) = body {
        while let Some(bytes) = body.next().await {
            let bytes = bytes.map_err(|error| broken_body(&error))?;
            received_bytes += bytes.len() as u64;
            if received_bytes > announced.size_bytes {
                return Err(incomplete("the body is longer than its announced length"));
            }
            batch.push(bytes);
            if batch.size_bytes >= BATCH_BYTES {
                let writer = joined(writing).await?;
                let full = std::mem::take(&mut batch);
                writing = spawn_blocking(move || writer.write(&full));
            }
        }
    }
    let writer = joined(writing).await?;
    if received_bytes < announced.size_bytes {
        return Err(incomplete("the body ended before its announced length"));
    }

    let mut expected = announced.checksums;
    read_trailers(&announced.trailing, announced.trailers, &mut expected)?;
    blocking(move || {
        let mut received = writer.write(&batch)?.finish();
        expected.expect_in(&received.checksums)?;
        received.blob.finish()?;
        Ok(received)
    })
    .await
}

/// Bytes that wait to be written.
#[derive(Default)]
struct Batch {
    chunks: Vec<Bytes>,
    size_bytes: usize,
}

impl Batch {
    fn push(&mut self, chunk: Bytes) {
        self.size_bytes += chunk.len();
        self.chunks.push(chunk);
    }
}

/// Writes a blob and computes its digests.
struct Writer {
    blob: NewBlob,
    size_bytes: u64,
    md5: Md5,
    hasher: Hasher,
}

impl Writer {
    fn new(blob: NewBlob, hasher: Hasher) -> Self {
        Self {
            blob,
            size_bytes: 0,
            md5: Md5::new(),
            hasher,
        }
    }

    fn write(mut self, batch: &Batch) -> Result<Self, Error> {
        let file = self.blob.file()?;
        for chunk in &batch.chunks {
            file.write_all(chunk)?;
            self.md5.update(chunk);
            self.hasher.update(chunk);
            self.size_bytes += chunk.len() as u64;
        }
        Ok(self)
    }

    fn finish(self) -> Received {
        Received {
            blob: self.blob,
            size_bytes: self.size_bytes,
            md5: self.md5.finalize().into(),
            checksums: self.hasher.finish(),
        }
    }
}

/// Adds the checksums that followed the body to the expected ones.
fn read_trailers(
    announced: &[Algorithm],
    trailers: Option<TrailingHeaders>,
    expected: &mut Checksums,
) -> Result<(), Error> {
    if announced.is_empty() {
        return Ok(());
    }
    let trailers = trailers
        .and_then(|trailers| trailers.take())
        .unwrap_or_default();
    for algorithm in announced {
        let value = trailers.get(algorithm.header_name());
        let Some(value) = value.and_then(|value| value.to_str().ok()) else {
            return Err(Error::refused(
                S3ErrorCode::Custom("MalformedTrailerError".into()),
                "an announced trailer is missing from the body",
            ));
        };
        expected.insert(*algorithm, value);
    }
    Ok(())
}

fn incomplete(message: &'static str) -> Error {
    Error::refused(S3ErrorCode::IncompleteBody, message)
}

/// What a failed body means. The error types of `s3s` are private; their names are in the text.
fn broken_body(error: &StdError) -> Error {
    let text = error.to_string();
    if text.contains("Sha256Mismatch") {
        return Error::refused(
            S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into()),
            "the value of x-amz-content-sha256 is not that of the received bytes",
        );
    }
    if text.contains("SignatureMismatch") {
        return Error::refused(
            S3ErrorCode::SignatureDoesNotMatch,
            "the signature of a chunk of the body does not match",
        );
    }
    incomplete("the body could not be read to its end")
}

impl Received {
    /// What the index keeps about these bytes: as an object or a part, their tag is their MD5.
    pub(crate) fn into_content(self) -> (NewBlob, Content) {
        let content = Content {
            segments: vec![Segment {
                blob: self.blob.id(),
                size_bytes: self.size_bytes,
            }],
            size_bytes: self.size_bytes,
            etag: hex(&self.md5),
            checksums: self.checksums,
        };
        (self.blob, content)
    }
}

/// Lower-case hexadecimal digits, as in entity tags.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}
