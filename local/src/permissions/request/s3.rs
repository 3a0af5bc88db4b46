//! Requests to S3: what they do is in the method, the query and the headers.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>

use anyhow::{Context, Result, bail};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use axum::http::Uri;
use percent_encoding::percent_decode_str;

use super::Need;
use crate::template::arn;

/// Headers with which a request does more than its method says.
const MORE: [&str; 4] = [
    "x-amz-copy-source",
    "x-amz-tagging",
    "x-amz-acl",
    "x-amz-bypass-governance-retention",
];

/// The right that a request needs.
pub(super) fn need(request: &HttpRequest) -> Result<Need> {
    for name in MORE {
        if request.headers().contains_key(name) {
            bail!("the rights that {name} needs are not known");
        }
    }
    let uri: Uri = request.uri().parse().context("the URL")?;
    let path = percent_decode_str(uri.path().trim_start_matches('/'));
    let path = path.decode_utf8().context("the key is not UTF-8")?;
    let (bucket, key) = path.split_once('/').unwrap_or((&path, ""));
    let query = Query::read(uri.query().unwrap_or_default())?;
    let action = if key.is_empty() {
        match (request.method(), query.lists) {
            ("GET", true) => "s3:ListBucket",
            (method, _) => bail!("the rights that {method} of a bucket needs are not known"),
        }
    } else {
        match (request.method(), query.of_upload, query.of_version) {
            ("GET" | "HEAD", false, false) => "s3:GetObject",
            ("GET" | "HEAD", false, true) => "s3:GetObjectVersion",
            ("PUT", _, false) | ("POST", true, false) => "s3:PutObject",
            ("DELETE", true, false) => "s3:AbortMultipartUpload",
            (method, ..) => bail!("the rights that this {method} of an object needs are not known"),
        }
    };
    let resource = if key.is_empty() {
        arn::bucket(bucket)
    } else {
        arn::bucket(&path)
    };
    Ok(Need { action, resource })
}

/// What the query says about the action.
#[derive(Default)]
struct Query {
    lists: bool,
    of_upload: bool,
    of_version: bool,
}

impl Query {
    fn read(text: &str) -> Result<Self> {
        let mut query = Self::default();
        let parameters = text.split('&').filter(|parameter| !parameter.is_empty());
        for parameter in parameters {
            match parameter.split('=').next().unwrap_or_default() {
                "list-type" => query.lists = true,
                "uploads" | "uploadId" => query.of_upload = true,
                "versionId" => query.of_version = true,
                // The last is as what a browser saves the object.
                "x-id"
                | "prefix"
                | "continuation-token"
                | "partNumber"
                | "response-content-disposition" => {}
                name if name.to_ascii_lowercase().starts_with("x-amz-") => {}
                name => bail!("the rights that {name} needs are not known"),
            }
        }
        Ok(query)
    }
}
