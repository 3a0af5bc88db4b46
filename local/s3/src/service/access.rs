//! Lets only signed requests pass that mean what this S3 can do, and counts them.

use std::sync::Arc;

use s3s::access::{S3Access, S3AccessContext};
use s3s::{S3Result, s3_error};

use crate::stats::Counters;

/// Headers that say something which this S3 does not do. Ignoring them would be a wrong answer.
const UNSUPPORTED_HEADERS: [&str; 3] =
    ["content-md5", "if-unmodified-since", "x-amz-mp-object-size"];
/// The same of parameters, of the operations that take them.
const UNSUPPORTED_PARAMETERS: [(&str, &str); 4] = [
    ("ListObjectsV2", "delimiter="),
    ("ListObjectsV2", "start-after="),
    ("GetObject", "partNumber="),
    ("HeadObject", "partNumber="),
];

/// Whoever signs with the one key pair may do everything; nobody else may do anything.
pub(crate) struct Access {
    counters: Arc<Counters>,
}

impl Access {
    pub(crate) fn new(counters: Arc<Counters>) -> Self {
        Self { counters }
    }
}

#[async_trait::async_trait]
impl S3Access for Access {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        if context.credentials().is_none() {
            return Err(s3_error!(AccessDenied, "the request is not signed"));
        }
        let operation = context.s3_op().name();
        if let Some(unsupported) = unsupported(context, operation) {
            return Err(s3_error!(
                NotImplemented,
                "{unsupported} is not supported in {operation}"
            ));
        }
        self.counters.add_request(operation);
        Ok(())
    }
}

/// What a request says that this S3 does not do.
fn unsupported(context: &S3AccessContext<'_>, operation: &str) -> Option<&'static str> {
    let headers = context.headers();
    let mut named = UNSUPPORTED_HEADERS.into_iter();
    if let Some(header) = named.find(|header| headers.contains_key(*header)) {
        return Some(header);
    }
    let reads = ["GetObject", "HeadObject"].contains(&operation);
    if !reads && headers.contains_key("if-match") {
        return Some("if-match");
    }
    let query = context.uri().query().unwrap_or_default();
    let has = |parameter: &str| query.split('&').any(|pair| pair.starts_with(parameter));
    let parameter = UNSUPPORTED_PARAMETERS
        .into_iter()
        .find(|(of, parameter)| *of == operation && has(parameter));
    parameter.map(|(_, parameter)| parameter.trim_end_matches('='))
}
