//! Reading one version of a file: ranges that fail as soon as the file is another one.

use std::ops::Range;
use std::pin::Pin;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use bytes::Bytes;
use futures::stream::{self, Stream, StreamExt, TryStreamExt};

use super::{ObjectError, Objects};
use crate::error::AwsError;
use sluice_retry::{RetryPolicy, retry};

/// How much one request of a sequential read fetches. S3 gives about 85 MB/s a connection and
/// recommends ranges of 8–16 MB.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance-guidelines.html>
const RANGE_BYTES: u64 = 8 << 20;
/// How many of these are fetched at the same time. With the one being used, they are all that
/// a sequential read keeps in memory.
const RANGES_AT_ONCE: usize = 3;

/// A stream of a file's bytes.
pub type Bytestream<'a> = Pin<Box<dyn Stream<Item = Result<Bytes, ObjectError>> + Send + 'a>>;

/// One version of one object.
#[derive(Clone, Debug)]
pub struct ObjectReader {
    objects: Objects,
    key: String,
    etag: String,
    version_id: Option<String>,
}

impl Objects {
    /// Returns a reader of the version `etag` of an object. Every read fails with
    /// [`ObjectError::Changed`] once the object is another one, or, with the id of a version, once that
    /// version is gone.
    pub fn reader(&self, key: &str, etag: &str, version_id: Option<&str>) -> ObjectReader {
        ObjectReader {
            objects: self.clone(),
            key: key.to_owned(),
            etag: etag.to_owned(),
            version_id: version_id.map(str::to_owned),
        }
    }
}

impl ObjectReader {
    /// The bytes of a range, whole. A body that breaks is fetched again: the SDK makes only
    /// requests again that got no answer.
    pub async fn range(&self, range: Range<u64>) -> Result<Bytes, ObjectError> {
        let once = || self.range_once(range.clone());
        retry(RetryPolicy::REQUEST, once, ObjectError::is_broken_body).await
    }

    async fn range_once(&self, range: Range<u64>) -> Result<Bytes, ObjectError> {
        let expected = range.end - range.start;
        let mut stream = self.stream(range).await?;
        let mut bytes = bytes::BytesMut::with_capacity(expected as usize);
        while let Some(piece) = stream.next().await {
            bytes.extend_from_slice(&piece?);
        }
        Ok(bytes.freeze())
    }

    /// The bytes of a range as they come, from one request. Fails if there are fewer.
    pub async fn stream(&self, range: Range<u64>) -> Result<Bytestream<'_>, ObjectError> {
        if range.is_empty() {
            return Ok(Box::pin(stream::empty()));
        }
        // The current object is mostly the version that is wanted. Else it is read by its id. (MiniStack sends
        // the whole object for a range of a version.) The requests are boxed: they are large, and every
        // future that reads an object would be larger by both.
        let current = Box::pin(self.get(&range, None)).await;
        let answer = match (current, &self.version_id) {
            (Err(ObjectError::Changed), Some(version)) => {
                Box::pin(self.get(&range, Some(version))).await?
            }
            (current, _) => current?,
        };
        let meter = self.objects.meter.clone();
        let left = range.end - range.start;
        Ok(Box::pin(stream::try_unfold(
            (answer.body, left),
            move |(mut body, left)| {
                let meter = meter.clone();
                async move {
                    match body.try_next().await {
                        Ok(Some(bytes)) => {
                            meter.add_bytes_read(bytes.len());
                            let longer = || {
                                AwsError::broken_body("GetObject", "more was sent than asked for")
                            };
                            let left = left.checked_sub(bytes.len() as u64).ok_or_else(longer)?;
                            Ok(Some((bytes, (body, left))))
                        }
                        Ok(None) if left == 0 => Ok(None),
                        Ok(None) => {
                            Err(AwsError::broken_body("GetObject", "the body ended early").into())
                        }
                        Err(error) => Err(AwsError::broken_body("GetObject", error).into()),
                    }
                }
            },
        )))
    }

    async fn get(
        &self,
        range: &Range<u64>,
        version_id: Option<&str>,
    ) -> Result<GetObjectOutput, ObjectError> {
        self.objects
            .s3
            .get_object()
            .bucket(&self.objects.bucket)
            .key(&self.key)
            .set_version_id(version_id.map(str::to_owned))
            .if_match(format!("\"{}\"", self.etag))
            .range(format!("bytes={}-{}", range.start, range.end - 1))
            .send()
            .await
            .map_err(read_error)
    }

    /// The bytes of a long range in order, fetched in several ranges at once.
    pub fn read_ahead(&self, range: Range<u64>) -> Bytestream<'_> {
        let starts = (range.start..range.end).step_by(RANGE_BYTES as usize);
        Box::pin(
            stream::iter(starts)
                .map(move |start| self.pieces(start..range.end.min(start + RANGE_BYTES)))
                .buffered(RANGES_AT_ONCE)
                .map_ok(|pieces| stream::iter(pieces.into_iter().map(Ok)))
                .try_flatten(),
        )
    }

    /// The bytes of a range, as they came. They are not joined: one large allocation after the
    /// other would leave holes that the allocator keeps.
    async fn pieces(&self, range: Range<u64>) -> Result<Vec<Bytes>, ObjectError> {
        let once = || self.pieces_once(range.clone());
        retry(RetryPolicy::REQUEST, once, ObjectError::is_broken_body).await
    }

    async fn pieces_once(&self, range: Range<u64>) -> Result<Vec<Bytes>, ObjectError> {
        self.stream(range).await?.try_collect().await
    }
}

fn read_error(error: SdkError<GetObjectError>) -> ObjectError {
    match error.code() {
        Some("PreconditionFailed" | "NoSuchKey" | "NoSuchVersion" | "InvalidRange") => {
            ObjectError::Changed
        }
        _ => AwsError::of("GetObject")(error).into(),
    }
}
