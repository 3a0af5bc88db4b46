//! `CompleteMultipartUpload`: checks the list of parts and makes one object of them.

use std::sync::Arc;
use std::time::SystemTime;

use md5::{Digest, Md5};
use s3s::dto::{CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CompletedPart, ETag};
use s3s::{S3ErrorCode, S3Request, S3Result, s3_error};

use super::uploads::upload_of;
use super::writes::checksum_type;
use crate::checksums::{Algorithm, Checksums, Hasher, checksums_of, set_checksums};
use crate::conditions::must_create;
use crate::error::Error;
use crate::event::Origin;
use crate::index::{Content, NewObject, Part, Upload, UploadState, no_such_upload};
use crate::receive::hex;
use crate::send::Reader;
use crate::store::{Store, blocking};

/// Every part but the last has at least this size.
const MIN_PART_BYTES: u64 = 5 * 1024 * 1024;

pub(super) async fn complete(
    store: &Arc<Store>,
    request: S3Request<CompleteMultipartUploadInput>,
) -> S3Result<CompleteMultipartUploadOutput> {
    let mut input = request.input;
    let listed = input
        .multipart_upload
        .take()
        .and_then(|upload| upload.parts);
    let listed = listed.unwrap_or_default();
    if listed.is_empty() {
        return Err(s3_error!(MalformedXML, "the list of parts is empty"));
    }
    let completion = Completion {
        upload: upload_of!(input),
        listed,
        checksums: checksums_of!(input),
        must_create: must_create(input.if_none_match.as_ref())?,
    };
    let store = Arc::clone(store);
    let completed = blocking(move || completion.run(&store)).await?;
    let mut output = CompleteMultipartUploadOutput {
        location: Some(format!("/{}/{}", input.bucket, input.key)),
        bucket: Some(input.bucket),
        key: Some(input.key),
        e_tag: Some(ETag::Strong(completed.etag)),
        version_id: completed.version_id,
        checksum_type: checksum_type(&completed.checksums),
        ..CompleteMultipartUploadOutput::default()
    };
    set_checksums!(output, completed.checksums);
    Ok(output)
}

/// The request to complete an upload.
struct Completion {
    upload: Upload,
    /// The parts that the client wants in the object.
    listed: Vec<CompletedPart>,
    /// What the client states of the whole object.
    checksums: Checksums,
    /// Whether the key must be free.
    must_create: bool,
}

/// What a completed upload made.
struct Completed {
    etag: String,
    checksums: Checksums,
    version_id: Option<String>,
}

impl Completion {
    fn run(self, store: &Store) -> Result<Completed, Error> {
        let plan = match store.index.upload(&self.upload)? {
            UploadState::InProgress(plan) => plan,
            UploadState::Completed(etag) => return self.repeated(etag),
        };
        // The parts are pinned since another request may replace them while they are verified.
        let (pin, used) = store.blobs.pin(|| {
            let used = self.choose_parts(&store.index.parts(&self.upload)?)?;
            let blobs = used.iter().flat_map(|part| part.content.blobs());
            Ok::<_, Error>((blobs.collect(), used))
        })?;
        let size_bytes = used.iter().map(|part| part.content.size_bytes).sum();
        let etag = etag_of_parts(used.iter().map(|part| part.content.etag.as_str()));
        let segments = used.iter().flat_map(|part| part.content.segments.clone());
        let mut content = Content {
            segments: segments.collect(),
            size_bytes,
            etag,
            checksums: Checksums::default(),
        };
        let whole = content.extents(&(0..size_bytes));
        let open = || Ok(Reader::open(store.blobs.clone(), pin, whole)?);
        content.checksums = verify(&self.checksums, &used, plan.checksum_algorithm, open)?;
        let object = NewObject {
            bucket: self.upload.bucket.clone(),
            key: self.upload.key.clone(),
            content,
            attributes: plan.attributes,
            must_create: self.must_create,
            origin: Origin::CompleteMultipartUpload,
            modified: SystemTime::now(),
        };
        let version_id = store.complete_upload(&self.upload, &used, &object)?;
        Ok(Completed {
            etag: object.content.etag,
            checksums: object.content.checksums,
            version_id,
        })
    }

    /// A client that lost the answer asks again: with the same parts it gets the same answer, but for
    /// checksums and version.
    fn repeated(self, etag: String) -> Result<Completed, Error> {
        let listed = self.listed.iter().filter_map(|part| part.e_tag.as_ref());
        if etag_of_parts(listed.map(ETag::value)) != etag {
            return Err(no_such_upload());
        }
        Ok(Completed {
            etag,
            checksums: Checksums::default(),
            version_id: None,
        })
    }

    /// The parts that are listed, if the list is in order and is of what was uploaded.
    fn choose_parts(&self, uploaded: &[Part]) -> Result<Vec<Part>, Error> {
        let mut chosen: Vec<Part> = Vec::with_capacity(self.listed.len());
        for listed in &self.listed {
            let number = listed.part_number.unwrap_or_default();
            if let Some(previous) = chosen.last() {
                if previous.number >= number {
                    return Err(Error::refused(
                        S3ErrorCode::InvalidPartOrder,
                        "the parts are not listed in ascending order",
                    ));
                }
                if previous.content.size_bytes < MIN_PART_BYTES {
                    let message = format!("part {} has less than 5 MiB", previous.number);
                    return Err(Error::refused(S3ErrorCode::EntityTooSmall, message));
                }
            }
            let found = uploaded.binary_search_by_key(&number, |part| part.number);
            let part = found
                .ok()
                .map(|at| &uploaded[at])
                .filter(|part| is(part, listed));
            let part = part.ok_or_else(|| {
                let message = format!("part {number} was not uploaded with this tag and checksum");
                Error::refused(S3ErrorCode::InvalidPart, message)
            })?;
            chosen.push(part.clone());
        }
        Ok(chosen)
    }
}

fn is(uploaded: &Part, listed: &CompletedPart) -> bool {
    let etag = listed.e_tag.as_ref().map(ETag::value);
    let stated = checksums_of!(listed);
    etag == Some(&uploaded.content.etag) && stated.expect_in(&uploaded.content.checksums).is_ok()
}

/// Compares what the client states, if anything, with what was uploaded, and gives the object's
/// checksums: CRC64NVME, those of all bytes that the client states, and if it states none the
/// composite ones that it named when it created the upload or states now.
fn verify(
    stated: &Checksums,
    parts: &[Part],
    named: Option<Algorithm>,
    open: impl FnOnce() -> Result<Reader, Error>,
) -> Result<Checksums, Error> {
    let of_parts = parts.iter().map(|part| &part.content);
    let of_parts = of_parts.map(|content| (&content.checksums, content.size_bytes));
    let mut known = Checksums::joined(of_parts.clone());

    let of_bytes = stated.clone().of_bytes();
    let unknown = of_bytes.algorithms().chain([Algorithm::Crc64Nvme]);
    let mut unknown = unknown
        .filter(|algorithm| known.get(*algorithm).is_none())
        .peekable();
    // A large object is read only for what its parts do not tell.
    if unknown.peek().is_some() {
        let mut hasher = Hasher::new(unknown);
        open()?.read_all(|piece| hasher.update(piece))?;
        known.extend(hasher.finish());
    }
    if of_bytes.is_empty() {
        let of_parts: Vec<_> = of_parts.map(|(checksums, _)| checksums).collect();
        let named = named.into_iter().chain(stated.algorithms());
        known.extend(Checksums::composite(&of_parts, named));
    }
    stated.expect_in(&known)?;
    Ok(known)
}

/// The tag of an object made of parts: the MD5 of the parts' MD5s, and how many there were.
fn etag_of_parts<'a>(etags: impl Iterator<Item = &'a str>) -> String {
    let mut md5 = Md5::new();
    let mut count = 0;
    for etag in etags {
        md5.update(unhex(etag));
        count += 1;
    }
    format!("{}-{count}", hex(&md5.finalize()))
}

/// The bytes of hexadecimal digits; what is none is left out, so it cannot match.
fn unhex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    let digits = pairs.filter_map(|pair| std::str::from_utf8(pair).ok());
    digits
        .filter_map(|pair| u8::from_str_radix(pair, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_of_parts_is_that_of_s3() {
        // What `md5sum` says of the joined binary MD5s of "a" and "b".
        let parts = [hex(&Md5::digest("a")), hex(&Md5::digest("b"))];
        let joined = [Md5::digest("a"), Md5::digest("b")].concat();
        let expected = format!("{}-2", hex(&Md5::digest(joined)));
        assert_eq!(etag_of_parts(parts.iter().map(String::as_str)), expected);
    }
}
