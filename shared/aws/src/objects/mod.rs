//! The files bucket: reading a pinned version of a file in ranges, and writing plans and reports.

mod read;
mod report;
mod upload;

use aws_sdk_s3::operation::head_object::HeadObjectError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumMode;
use futures::{StreamExt, TryStreamExt};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::clients::Clients;
use crate::error::AwsError;
use crate::meter::Meter;

pub use read::{Bytestream, ObjectReader};
pub use report::ReportWriter;
pub use upload::LARGEST_FILE_BYTES;

/// Small objects that are fetched at the same time.
const AT_ONCE: usize = 16;

/// The files bucket.
#[derive(Clone, Debug)]
pub struct Objects {
    s3: aws_sdk_s3::Client,
    meter: Meter,
    bucket: String,
}

/// Why an object could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// It was replaced or deleted since the import began.
    #[error(
        "the file was changed or deleted while it was being imported: upload it again as a new import"
    )]
    Changed,
    /// The call failed.
    #[error(transparent)]
    Aws(#[from] AwsError),
}

/// An object's version and size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Without quotes.
    pub etag: String,
    /// Its size.
    pub size_bytes: u64,
    /// The CRC-64/NVME of its content, in Base64, which S3 keeps of every object by itself.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>
    pub crc64nvme: Option<String>,
}

impl Objects {
    /// The bucket named `bucket`.
    pub fn new(clients: &Clients, bucket: String) -> Self {
        Self {
            s3: clients.s3.clone(),
            meter: clients.meter.clone(),
            bucket,
        }
    }

    /// An object's version and size; none if there is no such object.
    pub async fn head(&self, key: &str) -> Result<Option<ObjectInfo>, AwsError> {
        match self
            .s3
            .head_object()
            .bucket(&self.bucket)
            .key(key)
            .checksum_mode(ChecksumMode::Enabled)
            .send()
            .await
        {
            Ok(head) => Ok(Some(ObjectInfo {
                crc64nvme: head.checksum_crc64_nvme().map(str::to_owned),
                etag: head
                    .e_tag()
                    .unwrap_or_default()
                    .trim_matches('"')
                    .to_owned(),
                size_bytes: head.content_length().unwrap_or_default().max(0) as u64,
            })),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(HeadObjectError::is_not_found) =>
            {
                Ok(None)
            }
            Err(error) => Err(AwsError::of("HeadObject")(error)),
        }
    }

    /// Stores bytes.
    pub async fn put(
        &self,
        key: &str,
        content_type: &str,
        bytes: impl Into<bytes::Bytes>,
    ) -> Result<(), AwsError> {
        self.s3
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .content_type(content_type)
            .body(ByteStream::from(bytes.into()))
            .send()
            .await
            .map_err(AwsError::of("PutObject"))?;
        Ok(())
    }

    /// Stores a value as JSON.
    pub async fn put_json(&self, key: &str, value: &impl Serialize) -> Result<(), AwsError> {
        let json = serde_json::to_vec(value).map_err(|error| AwsError::new("PutObject", error))?;
        self.put(key, "application/json", json).await
    }

    /// Reads all JSON objects under a prefix, in the order of their names.
    pub async fn get_all_json<T: DeserializeOwned>(
        &self,
        prefix: &str,
    ) -> Result<Vec<T>, AwsError> {
        let keys = self.list(prefix).await?;
        let objects: Vec<_> = keys.iter().map(|key| self.get_json(key)).collect();
        futures::stream::iter(objects)
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    /// Reads a JSON object.
    pub async fn get_json<T: DeserializeOwned>(&self, key: &str) -> Result<T, AwsError> {
        let bytes = self.get(key).await?;
        serde_json::from_slice(&bytes).map_err(|error| AwsError::new("GetObject", error))
    }

    /// The names of all objects under a prefix.
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>, AwsError> {
        let mut keys = Vec::new();
        let mut pages = self
            .s3
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(prefix)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(AwsError::of("ListObjectsV2"))?;
            keys.extend(
                page.contents()
                    .iter()
                    .filter_map(|object| object.key())
                    .map(String::from),
            );
        }
        Ok(keys)
    }

    /// Reads a small object whole.
    pub async fn get(&self, key: &str) -> Result<bytes::Bytes, AwsError> {
        let answer = self
            .s3
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .send()
            .await
            .map_err(AwsError::of("GetObject"))?;
        let bytes = answer
            .body
            .collect()
            .await
            .map_err(|error| AwsError::new("GetObject", error))?
            .into_bytes();
        self.meter.add_bytes_read(bytes.len());
        Ok(bytes)
    }
}
