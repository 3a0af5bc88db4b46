//! Lets only signed requests pass, and counts them.

use std::sync::Arc;

use s3s::access::{S3Access, S3AccessContext};
use s3s::{S3Result, s3_error};

use crate::stats::Counters;

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
        self.counters.add_request(context.s3_op().name());
        Ok(())
    }
}
