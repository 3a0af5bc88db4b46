//! Writing one large object from many small pieces, in bounded memory: a multipart upload that
//! becomes visible only when it is complete.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumType, CompletedMultipartUpload, CompletedPart};

use crc_fast::{CrcAlgorithm, Digest};

use super::Objects;
use crate::clients::patience_to_join;
use crate::error::AwsError;

/// The size of a part; S3 wants at least 5 MiB of every part but the last.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const PART_BYTES: usize = 8 << 20;

/// The media type of CSV files.
pub const CSV: &str = "text/csv; charset=utf-8";

/// An object being written.
pub struct ObjectWriter {
    objects: Objects,
    key: String,
    content_type: &'static str,
    algorithm: Option<ChecksumAlgorithm>,
    buffer: Vec<u8>,
    bytes: u64,
    digest: Digest,
    upload: Option<Upload>,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// How many bytes.
    pub bytes: u64,
    /// The CRC-64/NVME of them.
    pub crc64nvme: u64,
}

#[derive(Debug)]
struct Upload {
    id: String,
    parts: Vec<CompletedPart>,
}

impl Objects {
    /// Begins to write an object of this media type.
    pub fn writer(&self, key: String, content_type: &'static str) -> ObjectWriter {
        ObjectWriter {
            objects: self.clone(),
            key,
            content_type,
            algorithm: None,
            buffer: Vec::new(),
            bytes: 0,
            digest: Digest::new(CrcAlgorithm::Crc64Nvme),
            upload: None,
        }
    }
}

impl Objects {
    /// Begins to write an object that S3 keeps the CRC-64/NVME of, as a whole.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>
    pub fn checked_writer(&self, key: String, content_type: &'static str) -> ObjectWriter {
        ObjectWriter {
            algorithm: Some(ChecksumAlgorithm::Crc64Nvme),
            ..self.writer(key, content_type)
        }
    }
}

impl std::fmt::Debug for ObjectWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ObjectWriter")
            .field("key", &self.key)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

impl ObjectWriter {
    /// Adds bytes.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), AwsError> {
        self.bytes += bytes.len() as u64;
        self.digest.update(bytes);
        self.buffer.extend_from_slice(bytes);
        while self.buffer.len() >= PART_BYTES {
            let rest = self.buffer.split_off(PART_BYTES);
            let part = std::mem::replace(&mut self.buffer, rest);
            self.send_part(part).await?;
        }
        Ok(())
    }

    /// Returns what was written so far.
    pub fn written(&self) -> Written {
        Written {
            bytes: self.bytes,
            crc64nvme: self.digest.finalize(),
        }
    }

    /// Ends the object; only now it can be read.
    pub async fn finish(mut self) -> Result<Written, AwsError> {
        let written = self.written();
        let last = std::mem::take(&mut self.buffer);
        if self.upload.is_none() {
            let put = self.objects.s3.put_object();
            put.bucket(&self.objects.bucket)
                .key(&self.key)
                .content_type(self.content_type)
                .set_checksum_algorithm(self.algorithm)
                .body(ByteStream::from(last))
                .send()
                .await
                .map_err(AwsError::of("PutObject"))?;
            return Ok(written);
        }
        if !last.is_empty() {
            self.send_part(last).await?;
        }
        let Some(upload) = self.upload else {
            return Ok(written);
        };
        let parts = CompletedMultipartUpload::builder()
            .set_parts(Some(upload.parts))
            .build();
        self.objects
            .s3
            .complete_multipart_upload()
            .bucket(&self.objects.bucket)
            .key(&self.key)
            .upload_id(upload.id)
            .multipart_upload(parts)
            .customize()
            .config_override(patience_to_join())
            .send()
            .await
            .map_err(AwsError::of("CompleteMultipartUpload"))?;
        Ok(written)
    }

    /// Gives up the object and frees what was stored of it. Where that fails, the bucket's rule for
    /// uploads that are never completed does it later.
    pub async fn discard(self) -> Result<(), AwsError> {
        let Some(upload) = self.upload else {
            return Ok(());
        };
        self.objects
            .s3
            .abort_multipart_upload()
            .bucket(&self.objects.bucket)
            .key(&self.key)
            .upload_id(upload.id)
            .send()
            .await
            .map_err(AwsError::of("AbortMultipartUpload"))?;
        Ok(())
    }

    async fn send_part(&mut self, part: Vec<u8>) -> Result<(), AwsError> {
        let s3 = &self.objects.s3;
        let whole = self.algorithm.as_ref().map(|_| ChecksumType::FullObject);
        let upload = match &mut self.upload {
            Some(upload) => upload,
            none => {
                let created = s3
                    .create_multipart_upload()
                    .bucket(&self.objects.bucket)
                    .key(&self.key)
                    .content_type(self.content_type)
                    .set_checksum_algorithm(self.algorithm.clone())
                    .set_checksum_type(whole)
                    .send()
                    .await
                    .map_err(AwsError::of("CreateMultipartUpload"))?;
                let id = created.upload_id.unwrap_or_default();
                none.insert(Upload {
                    id,
                    parts: Vec::new(),
                })
            }
        };
        let number = upload.parts.len() as i32 + 1;
        let sent = s3
            .upload_part()
            .bucket(&self.objects.bucket)
            .key(&self.key)
            .upload_id(&upload.id)
            .part_number(number)
            .set_checksum_algorithm(self.algorithm.clone())
            .body(ByteStream::from(part))
            .send()
            .await
            .map_err(AwsError::of("UploadPart"))?;
        let part = CompletedPart::builder()
            .part_number(number)
            .set_e_tag(sent.e_tag)
            .set_checksum_crc64_nvme(sent.checksum_crc64_nvme)
            .build();
        upload.parts.push(part);
        Ok(())
    }
}
