//! The handle by which the runner and tests hold the S3.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::error_handling::HandleError;
use axum::http::StatusCode;
use axum::middleware::from_fn;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s::{HttpError, S3ErrorCode};
use sluice_retry::RetryPolicy;

use crate::config::Config;
use crate::error::{Error, OpenError};
use crate::event::ObjectCreated;
use crate::service::{Access, Service};
use crate::signed_headers;
use crate::stats::Stats;
use crate::store::{Store, blocking};

/// An open S3. Clones share it; the folder is released when the last one is dropped.
#[derive(Clone)]
pub struct S3 {
    store: Arc<Store>,
    config: Arc<Config>,
}

impl S3 {
    /// Opens the folder of `config`, creating it if necessary, and removes what a killed process
    /// left half done. One process at a time can have a folder open.
    pub fn open(config: Config) -> Result<Self, OpenError> {
        Ok(Self {
            store: Arc::new(Store::open(&config)?),
            config: Arc::new(config),
        })
    }

    /// Creates a bucket; one that exists stays as it is.
    pub fn create_bucket(&self, name: &str) -> Result<(), Error> {
        if !s3s::path::check_bucket_name(name) {
            let message = format!("{name:?} is no valid name of a bucket");
            return Err(Error::refused(S3ErrorCode::InvalidBucketName, message));
        }
        self.store.index.create_bucket(name)
    }

    /// From now on a bucket gives each object a version and keeps those that are replaced or deleted, for
    /// this long: they can be read by the ids of their versions.
    pub fn keep_replaced(&self, bucket: &str, time: Duration) -> Result<(), Error> {
        self.store.index.keep_replaced(bucket, time)
    }

    /// The S3 as an HTTP service, with buckets in the path. It answers every path, so in a server
    /// with routes of its own it is the fallback. Serve it with `TCP_NODELAY`, as by axum's
    /// `ListenerExt::tap_io`; otherwise the end of a body waits for the client's acknowledgement.
    pub fn router(&self) -> Router {
        let config = &self.config;
        let mut builder = S3ServiceBuilder::new(Service::new(Arc::clone(&self.store)));
        builder.set_auth(SimpleAuth::from_single(
            config.access_key.clone(),
            config.secret_key.clone(),
        ));
        builder.set_access(Access::new(Arc::clone(&self.store.counters)));

        let service = HandleError::new(builder.build(), unanswerable);
        Router::new()
            .fallback_service(service)
            .layer(from_fn(signed_headers::require))
    }

    /// Waits until there are events that are not acknowledged and gives the oldest, at most `max`.
    /// The same events come again until they are acknowledged.
    pub async fn next_events(&self, max: usize) -> Vec<ObjectCreated> {
        let mut backoff = RetryPolicy::POLLING.backoff();
        loop {
            // Registered before looking, so that an event queued in between still wakes this.
            let queued = self.store.event_queued.notified();
            let store = Arc::clone(&self.store);
            match blocking(move || store.index.events(max)).await {
                Ok(events) if events.is_empty() => queued.await,
                Ok(events) => return events,
                Err(error) => {
                    tracing::error!(?error, "the outbox could not be read; trying again");
                    if backoff.wait().await.is_err() {
                        backoff.reset();
                    }
                }
            }
        }
    }

    /// Forgets events that have been handled; ids that are unknown are ignored.
    pub fn acknowledge(&self, event_ids: &[i64]) -> Result<(), Error> {
        self.store.index.acknowledge(event_ids)
    }

    /// Counters since the S3 was opened.
    pub fn stats(&self) -> Stats {
        self.store.counters.snapshot()
    }
}

async fn unanswerable(error: HttpError) -> StatusCode {
    tracing::error!(?error, "a request to the local S3 could not be answered");
    StatusCode::INTERNAL_SERVER_ERROR
}
