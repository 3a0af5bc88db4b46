//! Letting a client send its file straight to the bucket: presigned requests.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sluice_api::{PartTicket, SentPart, UploadTicket};

use super::Objects;
use crate::clients::patience_to_join;
use crate::error::AwsError;

/// Files above this size are sent in parts.
const ONE_PUT_BYTES: u64 = 100 << 20;
/// The smallest size of a part; larger files have larger parts. S3 takes 10,000 parts of 5 GiB,
/// but a URL has up to 2 KB with a session token, and an answer of Lambda 6 MB.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const PART_BYTES: u64 = 16 << 20;
const MOST_PARTS: u64 = 1_500;
/// How long a client may take. Presigned requests made with a role's credentials end with
/// these, so that longer would promise too much.
const EXPIRY: Duration = Duration::from_hours(1);

/// A write with this header and value is refused where there is an object.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
const IF_NONE_MATCH: &str = "if-none-match";
const NEW: &str = "*";

/// The largest file S3 stores.
pub const LARGEST_FILE_BYTES: u64 = 5 << 40;

impl Objects {
    /// A ticket with which the holder may send one file of this size. A large file goes on with the
    /// upload in parts that is named; whether there is one, the first part shows.
    pub async fn ticket(
        &self,
        key: &str,
        size_bytes: u64,
        upload_id: Option<String>,
    ) -> Result<UploadTicket, AwsError> {
        let expires_at = Timestamp::now()
            .checked_add(EXPIRY)
            .map_err(|error| AwsError::new("presigning", error))?;
        let presigning = PresigningConfig::expires_in(EXPIRY)
            .map_err(|error| AwsError::new("presigning", error))?;
        if size_bytes <= ONE_PUT_BYTES {
            let put = self
                .s3
                .put_object()
                .bucket(&self.bucket)
                .key(key)
                .content_length(size_bytes as i64)
                .if_none_match(NEW)
                .presigned(presigning)
                .await
                .map_err(AwsError::of("presigning PutObject"))?;
            return Ok(UploadTicket::Put {
                url: put.uri().to_owned(),
                headers: BTreeMap::from([(IF_NONE_MATCH.to_owned(), NEW.to_owned())]),
                expires_at,
            });
        }
        let upload_id = match upload_id {
            Some(upload_id) => upload_id,
            None => self.begin_parts(key).await?,
        };
        let part_bytes = PART_BYTES.max(size_bytes.div_ceil(MOST_PARTS));
        let count = size_bytes.div_ceil(part_bytes) as u32;
        let mut parts = Vec::with_capacity(count as usize);
        for part_number in 1..=count {
            let start = u64::from(part_number - 1) * part_bytes;
            let part = self
                .s3
                .upload_part()
                .bucket(&self.bucket)
                .key(key)
                .upload_id(&upload_id)
                .part_number(part_number as i32)
                .content_length(part_bytes.min(size_bytes - start) as i64)
                .presigned(presigning.clone())
                .await
                .map_err(AwsError::of("presigning UploadPart"))?;
            parts.push(PartTicket {
                part_number,
                url: part.uri().to_owned(),
            });
        }
        Ok(UploadTicket::Multipart {
            upload_id,
            part_bytes,
            parts,
            expires_at,
        })
    }

    async fn begin_parts(&self, key: &str) -> Result<String, AwsError> {
        let created = self
            .s3
            .create_multipart_upload()
            .bucket(&self.bucket)
            .key(key)
            .send()
            .await
            .map_err(AwsError::of("CreateMultipartUpload"))?;
        Ok(created.upload_id.unwrap_or_default())
    }

    /// A link from which the holder may download an object for an hour, as a file of this name.
    pub async fn link(&self, key: &str, file_name: &str) -> Result<String, AwsError> {
        let presigning = PresigningConfig::expires_in(EXPIRY)
            .map_err(|error| AwsError::new("presigning", error))?;
        let get = self
            .s3
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .response_content_disposition(as_attachment(file_name))
            .presigned(presigning)
            .await
            .map_err(AwsError::of("presigning GetObject"))?;
        Ok(get.uri().to_owned())
    }

    /// Joins the parts a client has sent. False if S3 does not accept them, or there is an object
    /// already: an upload never replaces one.
    pub async fn complete(
        &self,
        key: &str,
        upload_id: &str,
        parts: &[SentPart],
    ) -> Result<bool, AwsError> {
        let parts = parts.iter().map(|part| {
            CompletedPart::builder()
                .part_number(part.part_number as i32)
                .e_tag(&part.etag)
                .build()
        });
        let list = CompletedMultipartUpload::builder()
            .set_parts(Some(parts.collect()))
            .build();
        let answer = self
            .s3
            .complete_multipart_upload()
            .bucket(&self.bucket)
            .key(key)
            .upload_id(upload_id)
            .multipart_upload(list)
            .if_none_match(NEW)
            .customize()
            .config_override(patience_to_join())
            .send()
            .await
            .map_err(AwsError::of("CompleteMultipartUpload"));
        match answer {
            Ok(_) => Ok(true),
            Err(error) => match error.code() {
                Some(
                    "EntityTooSmall" | "InvalidArgument" | "InvalidPart" | "InvalidPartOrder"
                    | "InvalidRequest" | "MalformedXML" | "NoSuchUpload" | "PreconditionFailed",
                ) => Ok(false),
                _ => Err(error),
            },
        }
    }
}

/// The header with which a browser saves an answer as a file. Programs that read no UTF-8 in headers
/// take the first of the two names. <https://www.rfc-editor.org/rfc/rfc6266#section-4.3>
fn as_attachment(file_name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') || c == ' ';
    let plain: String = file_name
        .chars()
        .map(|c| if is_plain(c) { c } else { '_' })
        .collect();
    let encoded = utf8_percent_encode(file_name, NON_ALPHANUMERIC);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_cannot_end_its_header_early() {
        assert_eq!(
            as_attachment("a\"; x=1\r\n名.csv"),
            "attachment; filename=\"a_; x=1___.csv\"; \
             filename*=UTF-8''a%22%3B%20x%3D1%0D%0A%E5%90%8D%2Ecsv"
        );
    }
}
