//! Where the client of the contract's tests comes from, and what tests do with it.

use std::env;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use axum::Router;
use axum::serve::ListenerExt;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use local_s3::{Config, S3};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The URL of an S3 to test instead of the one of this crate.
pub const ENDPOINT: &str = "SLUICE_S3_ENDPOINT";
/// The key pair that emulators of AWS take by default.
pub const ACCESS_KEY: &str = "test";
pub const SECRET_KEY: &str = "test";

/// An S3 with an empty bucket for one test.
pub struct Service {
    pub client: Client,
    pub endpoint: String,
    pub bucket: String,
    ours: Option<(S3, TempDir)>,
}

impl Service {
    /// Starts the S3 of this crate, unless [`ENDPOINT`] names another one.
    pub async fn start() -> Self {
        if let Ok(endpoint) = env::var(ENDPOINT) {
            let service = Self::at(&endpoint, &format!("imports-{}", uuid::Uuid::new_v4()));
            let create = service.client.create_bucket().bucket(&service.bucket);
            create.send().await.unwrap();
            return service;
        }
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            survive_power_cut: false,
            ..Config::new(folder.path(), ACCESS_KEY, SECRET_KEY)
        };
        let s3 = S3::open(config).unwrap();
        let server = Server::start(s3.router()).await;
        let mut service = Self::at(&server.endpoint, "imports");
        s3.create_bucket(&service.bucket).unwrap();
        service.ours = Some((s3, folder));
        service
    }

    /// A service that runs already.
    pub fn at(endpoint: &str, bucket: &str) -> Self {
        Self {
            client: client_with_secret(endpoint, SECRET_KEY),
            endpoint: endpoint.to_owned(),
            bucket: bucket.to_owned(),
            ours: None,
        }
    }

    /// Keeps the versions of objects from now on.
    pub async fn keep_versions(&self) {
        if let Some((s3, _)) = &self.ours {
            s3.keep_replaced(&self.bucket, Duration::from_hours(24))
                .unwrap();
            return;
        }
        let versioning = VersioningConfiguration::builder();
        let versioning = versioning.status(BucketVersioningStatus::Enabled).build();
        let put = self.client.put_bucket_versioning().bucket(&self.bucket);
        let put = put.versioning_configuration(versioning);
        put.send().await.unwrap();
    }

    /// The URL of a key, and of what follows it.
    pub fn url(&self, key: &str) -> String {
        format!("{}/{}/{key}", self.endpoint, self.bucket)
    }

    pub async fn put(&self, key: &str, bytes: &[u8]) -> String {
        let put = self.client.put_object().bucket(&self.bucket).key(key);
        let put = put.body(bytes.to_vec().into()).send().await.unwrap();
        put.e_tag.unwrap()
    }

    pub async fn get(&self, key: &str) -> Vec<u8> {
        let get = self.client.get_object().bucket(&self.bucket).key(key);
        let body = get.send().await.unwrap().body;
        body.collect().await.unwrap().to_vec()
    }

    pub async fn exists(&self, key: &str) -> bool {
        let head = self.client.head_object().bucket(&self.bucket).key(key);
        match head.send().await {
            Ok(_) => true,
            Err(error) if status(&error) == 404 => false,
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// A client that repeats nothing, so that each test sees the first answer.
pub fn client_with_secret(endpoint: &str, secret_key: &str) -> Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(Credentials::new(ACCESS_KEY, secret_key, None, None, "test"))
        .endpoint_url(endpoint)
        .force_path_style(true)
        .region(Region::new("us-east-1"))
        .retry_config(RetryConfig::disabled());
    Client::from_conf(config.build())
}

pub fn for_a_minute() -> PresigningConfig {
    PresigningConfig::expires_in(Duration::from_mins(1)).unwrap()
}

/// The status of the answer to a failed request.
pub fn status<E>(error: &SdkError<E>) -> u16 {
    error.raw_response().unwrap().status().as_u16()
}

/// The code of S3 in the answer to a failed request.
pub fn code<E: ProvideErrorMetadata>(error: &SdkError<E>) -> &str {
    error
        .as_service_error()
        .and_then(|error| error.code())
        .unwrap_or_default()
}

/// Bytes without a pattern that repeats at the size of a piece.
pub fn bytes(count: usize) -> Vec<u8> {
    (0..count)
        .map(|n| (n * 31 + n / 251 + n / 65_537) as u8)
        .collect()
}

/// Base64 as headers carry it.
pub fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// An S3 of this crate on a loopback port.
pub struct Server {
    pub endpoint: String,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Server {
    pub async fn start(router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let listener = listener.tap_io(|connection| connection.set_nodelay(true).unwrap());
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let serve = axum::serve(listener, router);
            let serve = serve.with_graceful_shutdown(async move {
                // A server that nobody stops serves as long as its test runs.
                if stopped.await.is_err() {
                    std::future::pending::<()>().await;
                }
            });
            serve.await.unwrap();
        });
        Self {
            endpoint,
            stop,
            serving,
        }
    }

    pub async fn stop(self) {
        self.stop.send(()).unwrap();
        self.serving.await.unwrap();
    }
}
