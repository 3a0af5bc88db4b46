//! The operations of S3 as the trait of `s3s` names them, each handed to the file that does it.

mod access;
mod buckets;
mod complete;
mod copy;
mod list;
mod objects;
mod uploads;
mod writes;

use std::sync::Arc;

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CopyObjectInput, CopyObjectOutput, CreateBucketInput,
    CreateBucketOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput, DeleteBucketInput,
    DeleteBucketOutput, DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput,
    DeleteObjectsOutput, GetBucketLocationInput, GetBucketLocationOutput, GetObjectInput,
    GetObjectOutput, HeadBucketInput, HeadBucketOutput, HeadObjectInput, HeadObjectOutput,
    ListBucketsInput, ListBucketsOutput, ListObjectsV2Input, ListObjectsV2Output, ListPartsInput,
    ListPartsOutput, PutObjectInput, PutObjectOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result};

use crate::store::Store;

pub(crate) use access::Access;

/// The S3 behind the protocol.
pub(crate) struct Service {
    store: Arc<Store>,
}

impl Service {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self { store }
    }
}

/// Writes a method of the trait that passes the request on.
macro_rules! operations {
    ($($operation:ident($input:ty) -> $output:ty = $file:ident::$function:ident;)*) => {
        #[async_trait::async_trait]
        impl S3 for Service {
            $(
                async fn $operation(
                    &self,
                    request: S3Request<$input>,
                ) -> S3Result<S3Response<$output>> {
                    $file::$function(&self.store, request).await.map(S3Response::new)
                }
            )*
        }
    };
}

operations! {
    create_bucket(CreateBucketInput) -> CreateBucketOutput = buckets::create;
    delete_bucket(DeleteBucketInput) -> DeleteBucketOutput = buckets::delete;
    get_bucket_location(GetBucketLocationInput) -> GetBucketLocationOutput = buckets::location;
    head_bucket(HeadBucketInput) -> HeadBucketOutput = buckets::head;
    list_buckets(ListBucketsInput) -> ListBucketsOutput = buckets::list;

    copy_object(CopyObjectInput) -> CopyObjectOutput = copy::copy;
    delete_object(DeleteObjectInput) -> DeleteObjectOutput = writes::delete;
    delete_objects(DeleteObjectsInput) -> DeleteObjectsOutput = writes::delete_many;
    get_object(GetObjectInput) -> GetObjectOutput = objects::get;
    head_object(HeadObjectInput) -> HeadObjectOutput = objects::head;
    list_objects_v2(ListObjectsV2Input) -> ListObjectsV2Output = list::list;
    put_object(PutObjectInput) -> PutObjectOutput = writes::put;

    abort_multipart_upload(AbortMultipartUploadInput) -> AbortMultipartUploadOutput = uploads::abort;
    complete_multipart_upload(CompleteMultipartUploadInput) -> CompleteMultipartUploadOutput
        = complete::complete;
    create_multipart_upload(CreateMultipartUploadInput) -> CreateMultipartUploadOutput
        = uploads::create;
    list_parts(ListPartsInput) -> ListPartsOutput = uploads::list_parts;
    upload_part(UploadPartInput) -> UploadPartOutput = uploads::upload_part;
}
