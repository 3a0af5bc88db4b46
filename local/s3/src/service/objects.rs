//! Reading objects: `GetObject` and `HeadObject`, whole or a range, as long as it is the object that the client names.

use std::ops::Range as Bytes;
use std::sync::Arc;

use super::writes::checksum_type;
use crate::checksums::{Checksums, set_checksums};
use crate::conditions::must_match;
use crate::error::Error;
use crate::index::StoredObject;
use crate::send::{self, Reader};
use crate::store::{Store, blocking};
use axum::http::{HeaderMap, HeaderValue, header};
use s3s::dto::{
    ChecksumMode, ETag, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, Range,
};
use s3s::{S3Error, S3Request, S3Result, s3_error};

/// Copies what `GetObject` and `HeadObject` say alike into the answer.
macro_rules! describe {
    ($output:expr, $object:expr, $span:expr) => {{
        let object: StoredObject = $object;
        let span: Span = $span;
        set_checksums!($output, span.checksums);
        $output.checksum_type = checksum_type(&span.checksums);
        $output.accept_ranges = Some("bytes".to_owned());
        $output.content_length = Some((span.bytes.end - span.bytes.start) as i64);
        $output.content_range = span.content_range;
        $output.e_tag = Some(ETag::Strong(object.content.etag));
        $output.version_id = object.version_id;
        $output.last_modified = Some(object.modified.into());
        $output.content_type = Some(object.attributes.shown_type());
    }};
}

pub(super) async fn get(
    store: &Arc<Store>,
    request: S3Request<GetObjectInput>,
) -> S3Result<GetObjectOutput> {
    let input = request.input;
    let reading = Arc::clone(store);
    let (object, span, first, reader) = blocking(move || {
        let (pin, (object, span, extents)) = reading.blobs.pin(|| {
            let version = input.version_id.as_deref();
            let object = reading.index.object(&input.bucket, &input.key, version)?;
            must_match(input.if_match.as_ref(), &object.content.etag)?;
            let span = Span::of(&object, input.range, input.checksum_mode.as_ref())?;
            let extents = object.content.extents(&span.bytes);
            let blobs = extents.iter().map(|extent| extent.blob).collect();
            Ok::<_, S3Error>((blobs, (object, span, extents)))
        })?;
        let reader = Reader::open(reading.blobs.clone(), pin, extents);
        let mut reader = reader.map_err(Error::from)?;
        let first = reader.read().map_err(Error::from)?;
        Ok::<_, S3Error>((object, span, first, reader))
    })
    .await?;

    let counters = Arc::clone(&store.counters);
    let mut output = GetObjectOutput {
        body: Some(send::body(first, reader, counters)),
        ..GetObjectOutput::default()
    };
    describe!(output, object, span);
    Ok(output)
}

pub(super) async fn head(
    store: &Arc<Store>,
    request: S3Request<HeadObjectInput>,
) -> S3Result<HeadObjectOutput> {
    let input = request.input;
    let reading = Arc::clone(store);
    let object = blocking(move || {
        let version = input.version_id.as_deref();
        reading.index.object(&input.bucket, &input.key, version)
    })
    .await?;
    must_match(input.if_match.as_ref(), &object.content.etag)?;
    let span = Span::of(&object, input.range, input.checksum_mode.as_ref())?;

    let mut output = HeadObjectOutput::default();
    describe!(output, object, span);
    Ok(output)
}

/// The part of an object that is sent.
struct Span {
    bytes: Bytes<u64>,
    /// Present if a range was asked for.
    content_range: Option<String>,
    /// Those of the whole object, if it is sent whole to a client that verifies them.
    checksums: Checksums,
}

impl Span {
    fn of(
        object: &StoredObject,
        range: Option<Range>,
        checksum_mode: Option<&ChecksumMode>,
    ) -> S3Result<Self> {
        let size_bytes = object.content.size_bytes;
        let Some(range) = range else {
            let verifies = checksum_mode.is_some_and(|m| m.as_str() == ChecksumMode::ENABLED);
            let checksums = verifies.then(|| object.content.checksums.clone());
            return Ok(Self {
                bytes: 0..size_bytes,
                content_range: None,
                checksums: checksums.unwrap_or_default(),
            });
        };
        let bytes = range
            .check(size_bytes)
            .ok()
            .filter(|bytes| !bytes.is_empty());
        let bytes = bytes.ok_or_else(|| outside(size_bytes))?;
        let last = bytes.end - 1;
        Ok(Self {
            content_range: Some(format!("bytes {}-{last}/{size_bytes}", bytes.start)),
            bytes,
            checksums: Checksums::default(),
        })
    }
}

fn outside(size_bytes: u64) -> S3Error {
    let mut refusal = s3_error!(InvalidRange, "the range lies behind the object's end");
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::try_from(format!("bytes */{size_bytes}")) {
        headers.insert(header::CONTENT_RANGE, value);
    }
    refusal.set_headers(headers);
    refusal
}
