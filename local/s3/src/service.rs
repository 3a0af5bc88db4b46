//! The operations of S3 as the trait of `s3s` names them, each handed to the file that does it.

mod access;
mod complete;
mod list;
mod objects;
mod uploads;
mod writes;

use std::sync::Arc;

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput,
    DeleteObjectInput, DeleteObjectOutput, GetObjectInput, GetObjectOutput, HeadObjectInput,
    HeadObjectOutput, ListObjectsV2Input, ListObjectsV2Output, PutObjectInput, PutObjectOutput,
    UploadPartInput, UploadPartOutput,
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
    delete_object(DeleteObjectInput) -> DeleteObjectOutput = writes::delete;
    get_object(GetObjectInput) -> GetObjectOutput = objects::get;
    head_object(HeadObjectInput) -> HeadObjectOutput = objects::head;
    list_objects_v2(ListObjectsV2Input) -> ListObjectsV2Output = list::list;
    put_object(PutObjectInput) -> PutObjectOutput = writes::put;

    abort_multipart_upload(AbortMultipartUploadInput) -> AbortMultipartUploadOutput = uploads::abort;
    complete_multipart_upload(CompleteMultipartUploadInput) -> CompleteMultipartUploadOutput
        = complete::complete;
    create_multipart_upload(CreateMultipartUploadInput) -> CreateMultipartUploadOutput
        = uploads::create;
    upload_part(UploadPartInput) -> UploadPartOutput = uploads::upload_part;
}
