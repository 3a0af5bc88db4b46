//! Operations on buckets.

use std::sync::Arc;

use s3s::dto::{
    Bucket, CreateBucketInput, CreateBucketOutput, DeleteBucketInput, DeleteBucketOutput,
    GetBucketLocationInput, GetBucketLocationOutput, HeadBucketInput, HeadBucketOutput,
    ListBucketsInput, ListBucketsOutput,
};
use s3s::{S3Request, S3Result};

use crate::store::{Store, blocking};

/// Like `us-east-1`: creating a bucket that one has already succeeds.
pub(super) async fn create(
    store: &Arc<Store>,
    request: S3Request<CreateBucketInput>,
) -> S3Result<CreateBucketOutput> {
    let location = format!("/{}", request.input.bucket);
    let store = Arc::clone(store);
    blocking(move || store.index.create_bucket(&request.input.bucket)).await?;
    Ok(CreateBucketOutput {
        location: Some(location),
    })
}

pub(super) async fn delete(
    store: &Arc<Store>,
    request: S3Request<DeleteBucketInput>,
) -> S3Result<DeleteBucketOutput> {
    let store = Arc::clone(store);
    blocking(move || store.index.delete_bucket(&request.input.bucket)).await?;
    Ok(DeleteBucketOutput::default())
}

pub(super) async fn head(
    store: &Arc<Store>,
    request: S3Request<HeadBucketInput>,
) -> S3Result<HeadBucketOutput> {
    require(store, request.input.bucket).await?;
    Ok(HeadBucketOutput::default())
}

/// The empty location stands for `us-east-1`.
pub(super) async fn location(
    store: &Arc<Store>,
    request: S3Request<GetBucketLocationInput>,
) -> S3Result<GetBucketLocationOutput> {
    require(store, request.input.bucket).await?;
    Ok(GetBucketLocationOutput::default())
}

pub(super) async fn list(
    store: &Arc<Store>,
    _request: S3Request<ListBucketsInput>,
) -> S3Result<ListBucketsOutput> {
    let store = Arc::clone(store);
    let buckets = blocking(move || store.index.buckets()).await?;
    let buckets = buckets.into_iter().map(|(name, created)| Bucket {
        name: Some(name),
        creation_date: Some(created.into()),
        ..Bucket::default()
    });
    Ok(ListBucketsOutput {
        buckets: Some(buckets.collect()),
        ..ListBucketsOutput::default()
    })
}

async fn require(store: &Arc<Store>, bucket: String) -> S3Result<()> {
    let store = Arc::clone(store);
    blocking(move || store.index.require_bucket(&bucket)).await?;
    Ok(())
}
