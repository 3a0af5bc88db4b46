//! Writing and deleting objects: `PutObject` and `DeleteObject`.

use std::sync::Arc;
use std::time::SystemTime;

use axum::http::HeaderMap;
use s3s::dto::{
    ChecksumType, DeleteObjectInput, DeleteObjectOutput, ETag, PutObjectInput, PutObjectOutput,
    StreamingBlob,
};
use s3s::stream::ByteStream;
use s3s::{S3Request, S3Result, TrailingHeaders, s3_error};

use crate::attributes::Attributes;
use crate::checksums::{Algorithm, Checksums, checksums_of, set_checksums};
use crate::conditions::must_create;
use crate::error::Error;
use crate::event::Origin;
use crate::index::NewObject;
use crate::receive::{Announced, receive};
use crate::store::{Store, blocking};

/// The most that S3 takes in one request: 5 GiB.
const MAX_SIZE_BYTES: u64 = 5 * 1024 * 1024 * 1024;

pub(super) async fn put(
    store: &Arc<Store>,
    request: S3Request<PutObjectInput>,
) -> S3Result<PutObjectOutput> {
    let mut input = request.input;
    let attributes = Attributes {
        content_type: input.content_type,
    };
    let body = input.body.take();
    let said = Said {
        content_length: input.content_length,
        checksums: checksums_of!(input),
        headers: &request.headers,
        trailers: request.trailing_headers,
    };
    let announced = said.announce(body.as_ref())?;
    let checking = Arc::clone(store);
    let bucket = input.bucket.clone();
    // Before the body is taken in, so that a mistyped bucket does not cost an upload.
    blocking(move || checking.index.require_bucket(&bucket)).await?;
    let (blob, content) = receive(store, body, announced).await?.into_content();

    let mut output = PutObjectOutput {
        e_tag: Some(ETag::Strong(content.etag.clone())),
        checksum_type: checksum_type(&content.checksums),
        ..PutObjectOutput::default()
    };
    set_checksums!(output, content.checksums);
    let object = NewObject {
        bucket: input.bucket,
        key: input.key,
        content,
        attributes,
        must_create: must_create(input.if_none_match.as_ref())?,
        origin: Origin::Put,
        modified: SystemTime::now(),
    };
    let store = Arc::clone(store);
    output.version_id = blocking(move || store.put_object(&object, vec![blob])).await?;
    Ok(output)
}

pub(super) async fn delete(
    store: &Arc<Store>,
    request: S3Request<DeleteObjectInput>,
) -> S3Result<DeleteObjectOutput> {
    let input = request.input;
    let version_id = input.version_id.clone();
    let store = Arc::clone(store);
    blocking(move || {
        let version_id = input.version_id.as_deref();
        let unused = store
            .index
            .delete_object(&input.bucket, &input.key, version_id)?;
        store.blobs.remove(unused);
        Ok::<_, Error>(())
    })
    .await?;
    Ok(DeleteObjectOutput {
        version_id,
        ..DeleteObjectOutput::default()
    })
}

/// What a request with a body says about it, as it stands in the request.
pub(super) struct Said<'a> {
    pub(super) content_length: Option<i64>,
    pub(super) checksums: Checksums,
    pub(super) headers: &'a HeaderMap,
    pub(super) trailers: Option<TrailingHeaders>,
}

impl Said<'_> {
    /// Checks it and puts it in order.
    pub(super) fn announce(self, body: Option<&StreamingBlob>) -> S3Result<Announced> {
        // A body in signed chunks states its own length, without their signatures, elsewhere.
        let decoded = self.headers.get("x-amz-decoded-content-length");
        let decoded = decoded.and_then(|value| value.to_str().ok()?.parse().ok());
        let stated = self
            .content_length
            .and_then(|length| u64::try_from(length).ok());
        let held = body.and_then(|body| body.remaining_length().exact());
        let size_bytes = decoded.or(stated).or(held.map(|held| held as u64));
        let Some(size_bytes) = size_bytes else {
            return Err(s3_error!(
                MissingContentLength,
                "the length of the body is not stated"
            ));
        };
        if size_bytes > MAX_SIZE_BYTES {
            return Err(s3_error!(
                EntityTooLarge,
                "one request can write at most 5 GiB"
            ));
        }
        let trailing = self.headers.get_all("x-amz-trailer").into_iter();
        let trailing = trailing.filter_map(|names| names.to_str().ok());
        let trailing = trailing.flat_map(|names| names.split(','));
        Ok(Announced {
            size_bytes,
            checksums: self.checksums,
            trailing: trailing
                .filter_map(|name| Algorithm::of_header(name.trim()))
                .collect(),
            trailers: self.trailers,
        })
    }
}

/// How the checksums that an answer says, if any, relate to an object: to its bytes or to its parts.
pub(super) fn checksum_type(checksums: &Checksums) -> Option<ChecksumType> {
    let shown = checksums.shown();
    let name = if shown.is_composite() {
        ChecksumType::COMPOSITE
    } else {
        ChecksumType::FULL_OBJECT
    };
    (!shown.is_empty()).then(|| ChecksumType::from_static(name))
}
