//! Writing one large object from many small pieces, in bounded memory: a multipart upload that
//! becomes visible only when it is complete.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};

use super::Objects;
use crate::error::AwsError;

/// The size of a part; S3 wants at least 5 MiB of every part but the last.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const PART_BYTES: usize = 8 << 20;

/// An object being written.
#[derive(Debug)]
pub struct ReportWriter {
    objects: Objects,
    key: String,
    buffer: Vec<u8>,
    upload: Option<Upload>,
}

#[derive(Debug)]
struct Upload {
    id: String,
    parts: Vec<CompletedPart>,
}

impl Objects {
    /// Begins to write a CSV object.
    pub fn report(&self, key: String) -> ReportWriter {
        ReportWriter {
            objects: self.clone(),
            key,
            buffer: Vec::new(),
            upload: None,
        }
    }
}

impl ReportWriter {
    /// Adds bytes.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), AwsError> {
        self.buffer.extend_from_slice(bytes);
        while self.buffer.len() >= PART_BYTES {
            let rest = self.buffer.split_off(PART_BYTES);
            let part = std::mem::replace(&mut self.buffer, rest);
            self.send_part(part).await?;
        }
        Ok(())
    }

    /// Ends the object; only now it can be read.
    pub async fn finish(mut self) -> Result<(), AwsError> {
        let last = std::mem::take(&mut self.buffer);
        if self.upload.is_none() {
            return self
                .objects
                .put(&self.key, "text/csv; charset=utf-8", last)
                .await;
        }
        if !last.is_empty() {
            self.send_part(last).await?;
        }
        let Some(upload) = self.upload else {
            return Ok(());
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
            .send()
            .await
            .map_err(AwsError::of("CompleteMultipartUpload"))?;
        Ok(())
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
        let upload = match &mut self.upload {
            Some(upload) => upload,
            none => {
                let created = s3
                    .create_multipart_upload()
                    .bucket(&self.objects.bucket)
                    .key(&self.key)
                    .content_type("text/csv; charset=utf-8")
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
            .body(ByteStream::from(part))
            .send()
            .await
            .map_err(AwsError::of("UploadPart"))?;
        let part = CompletedPart::builder()
            .part_number(number)
            .set_e_tag(sent.e_tag)
            .build();
        upload.parts.push(part);
        Ok(())
    }
}
