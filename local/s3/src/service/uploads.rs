//! Multipart uploads up to their completion: created, filled part by part, listed, aborted.

use std::sync::Arc;
use std::time::SystemTime;

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CreateMultipartUploadInput,
    CreateMultipartUploadOutput, ETag, ListPartsInput, ListPartsOutput, Part as ListedPart,
    UploadPartInput, UploadPartOutput,
};
use s3s::{S3Request, S3Result, s3_error};
use uuid::Uuid;

use super::writes::Said;
use crate::attributes::attributes_of;
use crate::checksums::{Algorithm, checksums_of, set_checksums};
use crate::error::Error;
use crate::index::{Part, Plan, Upload};
use crate::receive::receive;
use crate::store::{Store, blocking};

const MAX_PARTS: i32 = 10_000;
const MAX_LISTED_PARTS: i32 = 1000;

/// Collects what names an upload in a request.
macro_rules! upload_of {
    ($input:expr) => {
        $crate::index::Upload {
            id: $input.upload_id.clone(),
            bucket: $input.bucket.clone(),
            key: $input.key.clone(),
        }
    };
}
pub(super) use upload_of;

pub(super) async fn create(
    store: &Arc<Store>,
    request: S3Request<CreateMultipartUploadInput>,
) -> S3Result<CreateMultipartUploadOutput> {
    let input = request.input;
    let named = input.checksum_algorithm.as_ref();
    let plan = Plan {
        attributes: attributes_of!(input),
        checksum_algorithm: named.and_then(|named| Algorithm::of_name(named.as_str())),
    };
    let upload = Upload {
        id: Uuid::new_v4().simple().to_string(),
        bucket: input.bucket,
        key: input.key,
    };
    let output = CreateMultipartUploadOutput {
        bucket: Some(upload.bucket.clone()),
        key: Some(upload.key.clone()),
        upload_id: Some(upload.id.clone()),
        checksum_algorithm: input.checksum_algorithm,
        checksum_type: input.checksum_type,
        ..CreateMultipartUploadOutput::default()
    };
    let store = Arc::clone(store);
    blocking(move || store.index.create_upload(&upload, &plan)).await?;
    Ok(output)
}

pub(super) async fn upload_part(
    store: &Arc<Store>,
    request: S3Request<UploadPartInput>,
) -> S3Result<UploadPartOutput> {
    let mut input = request.input;
    let number = input.part_number;
    if !(1..=MAX_PARTS).contains(&number) {
        return Err(s3_error!(
            InvalidArgument,
            "the number of a part is from 1 to {MAX_PARTS}"
        ));
    }
    let body = input.body.take();
    let said = Said {
        content_length: input.content_length,
        md5: input.content_md5.take(),
        checksums: checksums_of!(input),
        headers: &request.headers,
        trailers: request.trailing_headers,
    };
    let announced = said.announce(body.as_ref())?;
    let upload = upload_of!(input);
    let (checking, checked) = (Arc::clone(store), upload.clone());
    blocking(move || checking.index.require_upload(&checked)).await?;
    let (blob, content) = receive(store, body, announced).await?.into_content();

    let mut output = UploadPartOutput {
        e_tag: Some(ETag::Strong(content.etag.clone())),
        ..UploadPartOutput::default()
    };
    set_checksums!(output, content.checksums);
    let part = Part {
        number,
        content,
        modified: SystemTime::now(),
    };
    let store = Arc::clone(store);
    blocking(move || store.put_part(&upload, &part, blob)).await?;
    Ok(output)
}

pub(super) async fn abort(
    store: &Arc<Store>,
    request: S3Request<AbortMultipartUploadInput>,
) -> S3Result<AbortMultipartUploadOutput> {
    let upload = upload_of!(request.input);
    let store = Arc::clone(store);
    blocking(move || {
        let unused = store.index.abort_upload(&upload)?;
        store.blobs.remove(unused);
        Ok::<_, Error>(())
    })
    .await?;
    Ok(AbortMultipartUploadOutput::default())
}

pub(super) async fn list_parts(
    store: &Arc<Store>,
    request: S3Request<ListPartsInput>,
) -> S3Result<ListPartsOutput> {
    let input = request.input;
    let max_parts = input.max_parts.unwrap_or(MAX_LISTED_PARTS);
    let page_parts = max_parts.clamp(0, MAX_LISTED_PARTS) as usize;
    let after = input.part_number_marker.unwrap_or(0);
    let upload = upload_of!(input);
    let store = Arc::clone(store);
    let mut parts = blocking(move || store.index.parts(&upload, after)).await?;
    let is_truncated = parts.len() > page_parts;
    parts.truncate(page_parts);
    let last_listed = parts.last().map(|part| part.number);
    Ok(ListPartsOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        parts: Some(parts.into_iter().map(listed).collect()),
        is_truncated: Some(is_truncated),
        next_part_number_marker: last_listed.filter(|_| is_truncated),
        part_number_marker: input.part_number_marker,
        max_parts: Some(max_parts),
        ..ListPartsOutput::default()
    })
}

fn listed(part: Part) -> ListedPart {
    let mut listed = ListedPart {
        part_number: Some(part.number),
        size: Some(part.content.size_bytes as i64),
        e_tag: Some(ETag::Strong(part.content.etag)),
        last_modified: Some(part.modified.into()),
        ..ListedPart::default()
    };
    set_checksums!(listed, part.content.checksums);
    listed
}
