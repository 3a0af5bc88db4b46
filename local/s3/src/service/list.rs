//! `ListObjectsV2`.

use std::fmt::Write;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use s3s::dto::{
    ETag, EncodingType, ListObjectsV2Input, ListObjectsV2Output, Object, ObjectStorageClass,
};
use s3s::{S3Request, S3Result, s3_error};

use crate::index::{ListedObject, Listing, ListingRequest};
use crate::store::{Store, blocking};

const MAX_ENTRIES: i32 = 1000;

pub(super) async fn list(
    store: &Arc<Store>,
    request: S3Request<ListObjectsV2Input>,
) -> S3Result<ListObjectsV2Output> {
    let input = request.input;
    let max_keys = input.max_keys.unwrap_or(MAX_ENTRIES);
    if max_keys < 1 {
        return Err(s3_error!(InvalidArgument, "max-keys is less than 1"));
    }
    let token = input.continuation_token.as_deref().unwrap_or_default();
    let from = BASE64_URL_SAFE_NO_PAD
        .decode(token)
        .map_err(|_| s3_error!(InvalidArgument, "the continuation token is not valid"))?;
    let wanted = ListingRequest {
        bucket: input.bucket.clone(),
        prefix: input.prefix.clone().unwrap_or_default(),
        from,
        max_entries: max_keys.min(MAX_ENTRIES) as usize,
    };
    let store = Arc::clone(store);
    let listing = blocking(move || store.index.list(&wanted)).await?;
    Ok(answer(input, listing, max_keys))
}

fn answer(input: ListObjectsV2Input, listing: Listing, max_keys: i32) -> ListObjectsV2Output {
    let encoding = Encoding {
        url: input
            .encoding_type
            .as_ref()
            .is_some_and(|encoding| encoding.as_str() == EncodingType::URL),
    };
    let key_count = listing.objects.len();
    let contents = listing.objects.into_iter();
    ListObjectsV2Output {
        contents: Some(contents.map(|object| entry(object, &encoding)).collect()),
        is_truncated: Some(listing.next.is_some()),
        next_continuation_token: listing.next.map(|next| BASE64_URL_SAFE_NO_PAD.encode(next)),
        key_count: Some(key_count as i32),
        max_keys: Some(max_keys),
        name: Some(input.bucket),
        // An empty prefix is part of the answer all the same.
        prefix: Some(encoding.apply(input.prefix.unwrap_or_default())),
        continuation_token: input.continuation_token,
        encoding_type: input.encoding_type,
        ..ListObjectsV2Output::default()
    }
}

fn entry(object: ListedObject, encoding: &Encoding) -> Object {
    Object {
        key: Some(encoding.apply(object.key)),
        size: Some(object.size_bytes as i64),
        e_tag: Some(ETag::Strong(object.etag)),
        last_modified: Some(object.modified.into()),
        storage_class: Some(ObjectStorageClass::from_static(
            ObjectStorageClass::STANDARD,
        )),
        ..Object::default()
    }
}

/// How keys are written: as they are, or as in a URL, since XML cannot express all characters.
struct Encoding {
    url: bool,
}

impl Encoding {
    fn apply(&self, text: String) -> String {
        if !self.url {
            return text;
        }
        let mut encoded = String::with_capacity(text.len());
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
                encoded.push(byte.into());
            } else {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
        encoded
    }
}
