//! Multipart uploads up to their completion: created, filled part by part, aborted.

use std::sync::Arc;
use std::time::SystemTime;

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CreateMultipartUploadInput,
    CreateMultipartUploadOutput, ETag, UploadPartInput, UploadPartOutput,
};
use s3s::{S3Request, S3Result, s3_error};
use uuid::Uuid;

use super::writes::Said;
use crate::attributes::Attributes;
use crate::checksums::{Algorithm, checksums_of, set_checksums};
use crate::error::Error;
use crate::index::{Part, Plan, Upload};
use crate::receive::receive;
use crate::store::{Store, blocking};

const MAX_PARTS: i32 = 10_000;

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
        attributes: Attributes {
            content_type: input.content_type,
        },
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
