//! `CopyObject`: a new object with the bytes of another.

use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use md5::{Digest, Md5};
use s3s::dto::{
    CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, ETag, MetadataDirective,
};
use s3s::{S3ErrorCode, S3Request, S3Result, s3_error};

use super::writes::{MAX_SIZE_BYTES, checksum_type};
use crate::attributes::attributes_of;
use crate::blobs::NewBlob;
use crate::checksums::{Algorithm, Checksums, Hasher, set_checksums};
use crate::conditions::{ReadConditions, Verdict, WriteConditions, precondition_failed};
use crate::error::Error;
use crate::event::Origin;
use crate::index::{Content, NewObject, Segment};
use crate::receive::hex;
use crate::send::Reader;
use crate::store::{Store, blocking};

pub(super) async fn copy(
    store: &Arc<Store>,
    request: S3Request<CopyObjectInput>,
) -> S3Result<CopyObjectOutput> {
    let input = request.input;
    let CopySource::Bucket { bucket, key, .. } = &input.copy_source else {
        return Err(s3_error!(NotImplemented, "copying from an access point"));
    };
    let (bucket, key) = (bucket.to_string(), key.to_string());
    let replaces = input
        .metadata_directive
        .as_ref()
        .is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE);
    if bucket == input.bucket && key == input.key && !replaces {
        let message = "copying an object to itself must replace its metadata";
        return Err(s3_error!(InvalidRequest, "{message}"));
    }
    let store = Arc::clone(store);
    let result = blocking(move || duplicate(&store, (&bucket, &key), &input, replaces)).await?;
    Ok(CopyObjectOutput {
        copy_object_result: Some(result),
        ..CopyObjectOutput::default()
    })
}

fn duplicate(
    store: &Store,
    (source_bucket, source_key): (&str, &str),
    input: &CopyObjectInput,
    replaces: bool,
) -> Result<CopyObjectResult, Error> {
    let (pin, source) = store.blobs.pin(|| {
        let source = store.index.object(source_bucket, source_key)?;
        Ok::<_, Error>((source.content.blobs().collect(), source))
    })?;
    let conditions = ReadConditions {
        if_match: input.copy_source_if_match.clone(),
        if_none_match: input.copy_source_if_none_match.clone(),
        if_modified_since: input.copy_source_if_modified_since.clone(),
        if_unmodified_since: input.copy_source_if_unmodified_since.clone(),
    };
    if conditions.judge(&source.content.etag, source.modified) != Verdict::Send {
        return Err(precondition_failed());
    }
    if source.content.size_bytes > MAX_SIZE_BYTES {
        return Err(Error::refused(
            S3ErrorCode::InvalidRequest,
            "an object of more than 5 GiB cannot be copied at once",
        ));
    }
    let (segments, blobs) = duplicates(store, &source.content)?;
    // The copy is written at once, whatever its source was: its tag is the MD5 of its bytes, and a
    // checksum of parts does not apply to it.
    let was_in_parts = source.content.etag.contains('-');
    let everything = source.content.extents(&(0..source.content.size_bytes));
    let mut etag = source.content.etag;
    let mut checksums = source.content.checksums.of_bytes();
    if was_in_parts || checksums.get(Algorithm::Crc64Nvme).is_none() {
        let reader = Reader::open(store.blobs.clone(), pin, everything)?;
        let (md5, crc64nvme) = digests_of(reader)?;
        etag = md5;
        checksums.extend(crc64nvme);
    }
    let object = NewObject {
        bucket: input.bucket.clone(),
        key: input.key.clone(),
        content: Content {
            segments,
            size_bytes: source.content.size_bytes,
            etag,
            checksums,
        },
        attributes: if replaces {
            attributes_of!(input)
        } else {
            source.attributes
        },
        conditions: WriteConditions::default(),
        origin: Origin::Copy,
        modified: SystemTime::now(),
    };
    let mut result = CopyObjectResult {
        e_tag: Some(ETag::Strong(object.content.etag.clone())),
        last_modified: Some(object.modified.into()),
        checksum_type: checksum_type(&object.content.checksums),
        ..CopyObjectResult::default()
    };
    set_checksums!(result, object.content.checksums);
    store.put_object(&object, blobs)?;
    Ok(result)
}

/// New blobs with the bytes of some content.
fn duplicates(store: &Store, content: &Content) -> Result<(Vec<Segment>, Vec<NewBlob>), Error> {
    let mut segments = Vec::with_capacity(content.segments.len());
    let mut blobs = Vec::with_capacity(content.segments.len());
    for segment in &content.segments {
        let blob = store.blobs.duplicate(segment.blob)?;
        segments.push(Segment {
            blob: blob.id(),
            size_bytes: segment.size_bytes,
        });
        blobs.push(blob);
    }
    Ok((segments, blobs))
}

/// The MD5 and the CRC64NVME of all bytes.
fn digests_of(reader: Reader) -> io::Result<(String, Checksums)> {
    let mut md5 = Md5::new();
    let mut hasher = Hasher::new([Algorithm::Crc64Nvme]);
    reader.read_all(|piece| {
        md5.update(piece);
        hasher.update(piece);
    })?;
    Ok((hex(&md5.finalize()), hasher.finish()))
}
