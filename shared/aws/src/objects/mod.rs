//! The files bucket: reading a pinned version of a file in ranges, and writing plans and reports.

mod read;
mod upload;
mod write;

use std::ops::Range;

use aws_sdk_s3::operation::head_object::HeadObjectError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumMode;
use futures::{StreamExt, TryStreamExt};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::clients::Clients;
use crate::error::AwsError;
use crate::meter::Meter;
use sluice_profile::{Stage, stage};
use sluice_retry::{RetryPolicy, retry};

pub use read::{Bytestream, ObjectReader};
pub use upload::LARGEST_FILE_BYTES;
pub use write::{CSV, ObjectWriter, Written};

/// Small objects that are fetched at the same time.
const AT_ONCE: usize = 16;

/// The files bucket.
#[derive(Clone, Debug)]
pub struct Objects {
    s3: aws_sdk_s3::Client,
    meter: Meter,
    bucket: String,
}

/// A part of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectPart {
    /// The part.
    pub bytes: bytes::Bytes,
    /// The size of the object.
    pub of_bytes: u64,
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

impl ObjectError {
    fn is_broken_body(&self) -> bool {
        matches!(self, Self::Aws(error) if error.is_broken_body())
    }
}

/// An object's version and size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Without quotes.
    pub etag: String,
    /// The id of the version that was asked for, if one was.
    pub version_id: Option<String>,
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
        self.head_version(key, None).await
    }

    /// As [`Self::head`], for one version of the object if it is given.
    pub async fn head_version(
        &self,
        key: &str,
        version_id: Option<&str>,
    ) -> Result<Option<ObjectInfo>, AwsError> {
        let found = self.latest_or_version(key, version_id).await?;
        Ok(found.map(|object| ObjectInfo {
            version_id: version_id.map(str::to_owned),
            ..object
        }))
    }

    /// As [`Self::head`], with the id of the version that is the latest, in a bucket that keeps replaced objects.
    pub async fn head_latest(&self, key: &str) -> Result<Option<ObjectInfo>, AwsError> {
        self.latest_or_version(key, None).await
    }

    async fn latest_or_version(
        &self,
        key: &str,
        version_id: Option<&str>,
    ) -> Result<Option<ObjectInfo>, AwsError> {
        match self
            .s3
            .head_object()
            .bucket(&self.bucket)
            .key(key)
            .set_version_id(version_id.map(str::to_owned))
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
                version_id: head.version_id().map(str::to_owned),
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
        let request = self
            .s3
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .content_type(content_type)
            .body(ByteStream::from(bytes.into()));
        stage(Stage::PutObject, request.send())
            .await
            .map_err(AwsError::of("PutObject"))?;
        Ok(())
    }

    /// Stores bytes if there is no such object yet. Returns whether it did: what is there stays as it is.
    pub async fn put_new(
        &self,
        key: &str,
        content_type: &str,
        bytes: bytes::Bytes,
    ) -> Result<bool, AwsError> {
        let request = self
            .s3
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .content_type(content_type)
            .if_none_match("*")
            .body(ByteStream::from(bytes));
        match stage(Stage::PutObject, request.send())
            .await
            .map_err(AwsError::of("PutObject"))
        {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some("PreconditionFailed") => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Stores a value as JSON.
    pub async fn put_json(&self, key: &str, value: &impl Serialize) -> Result<(), AwsError> {
        let json = serde_json::to_vec(value).map_err(|error| AwsError::new("PutObject", error))?;
        self.put(key, "application/json", json).await
    }

    /// Stores a value as JSON if there is no such object yet: the first one stays.
    pub async fn put_json_once(&self, key: &str, value: &impl Serialize) -> Result<(), AwsError> {
        let json = serde_json::to_vec(value).map_err(|error| AwsError::new("PutObject", error))?;
        let request = self
            .s3
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .content_type("application/json")
            .if_none_match("*")
            .body(ByteStream::from(json));
        match request.send().await.map_err(AwsError::of("PutObject")) {
            Err(error) if error.code() != Some("PreconditionFailed") => Err(error),
            _ => Ok(()),
        }
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

    /// Reads a part of an object that never changes; none if there is no such object, or it has no such part.
    pub async fn get_part(
        &self,
        key: &str,
        range: Range<u64>,
    ) -> Result<Option<ObjectPart>, AwsError> {
        let once = || self.get_part_once(key, &range);
        retry(RetryPolicy::REQUEST, once, AwsError::is_broken_body).await
    }

    async fn get_part_once(
        &self,
        key: &str,
        range: &Range<u64>,
    ) -> Result<Option<ObjectPart>, AwsError> {
        let answer = self
            .s3
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .range(format!("bytes={}-{}", range.start, range.end - 1))
            .send()
            .await
            .map_err(AwsError::of("GetObject"));
        let answer = match answer {
            Err(error) if matches!(error.code(), Some("NoSuchKey" | "InvalidRange")) => {
                return Ok(None);
            }
            answer => answer?,
        };
        let whole = answer.content_range().and_then(|range| {
            let (_, of_bytes) = range.rsplit_once('/')?;
            of_bytes.parse().ok()
        });
        let bytes = answer
            .body
            .collect()
            .await
            .map_err(|error| AwsError::broken_body("GetObject", error))?
            .into_bytes();
        self.meter.add_bytes_read(bytes.len());
        Ok(Some(ObjectPart {
            of_bytes: whole.unwrap_or_default(),
            bytes,
        }))
    }

    /// Reads a small object whole.
    pub async fn get(&self, key: &str) -> Result<bytes::Bytes, AwsError> {
        let once = || self.get_once(key);
        retry(RetryPolicy::REQUEST, once, AwsError::is_broken_body).await
    }

    /// Reads a small object whole; none if there is no such object.
    pub async fn find(&self, key: &str) -> Result<Option<bytes::Bytes>, AwsError> {
        match self.get(key).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.code() == Some("NoSuchKey") => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn get_once(&self, key: &str) -> Result<bytes::Bytes, AwsError> {
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
            .map_err(|error| AwsError::broken_body("GetObject", error))?
            .into_bytes();
        self.meter.add_bytes_read(bytes.len());
        Ok(bytes)
    }
}
