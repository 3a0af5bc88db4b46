//! A local S3 that runs on a loopback port for one test.

use std::fs;
use std::path::Path;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::presigning::PresigningConfig;
use axum::Router;
use axum::serve::ListenerExt;
use local_s3::{Config, S3};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub const BUCKET: &str = "imports";
pub const ACCESS_KEY: &str = "local";
pub const SECRET_KEY: &str = "local-secret";
/// The origin that may call.
pub const ORIGIN: &str = "http://localhost:5173";

pub struct Running {
    pub s3: S3,
    pub client: Client,
    pub endpoint: String,
    pub folder: TempDir,
    server: Server,
}

impl Running {
    pub async fn start() -> Self {
        Self::start_behind(|router| router).await
    }

    /// Starts with something between the clients and the S3.
    pub async fn start_behind(wrap: impl FnOnce(Router) -> Router) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let s3 = S3::open(config(folder.path())).unwrap();
        s3.create_bucket(BUCKET).unwrap();
        let server = Server::start(wrap(s3.router())).await;
        Self {
            client: client(&server.endpoint),
            endpoint: server.endpoint.clone(),
            s3,
            folder,
            server,
        }
    }

    /// Stops the server, closes the S3, and opens it again.
    pub async fn reopen(self) -> Self {
        let folder = self.folder;
        self.server.stop().await;
        drop((self.s3, self.client));
        let s3 = S3::open(config(folder.path())).unwrap();
        let server = Server::start(s3.router()).await;
        Self {
            client: client(&server.endpoint),
            endpoint: server.endpoint.clone(),
            s3,
            folder,
            server,
        }
    }

    pub async fn put(&self, key: &str, bytes: &[u8]) -> String {
        let put = self.client.put_object().bucket(BUCKET).key(key);
        let put = put.body(bytes.to_vec().into()).send().await.unwrap();
        put.e_tag.unwrap()
    }

    pub async fn get(&self, key: &str) -> Vec<u8> {
        let get = self.client.get_object().bucket(BUCKET).key(key);
        let body = get.send().await.unwrap().body;
        body.collect().await.unwrap().to_vec()
    }

    pub async fn exists(&self, key: &str) -> bool {
        let head = self.client.head_object().bucket(BUCKET).key(key);
        match head.send().await {
            Ok(_) => true,
            Err(error) if status(&error) == 404 => false,
            Err(error) => panic!("{error:?}"),
        }
    }

    /// How many blobs there are, after those of requests that are being dropped are gone.
    pub async fn settled_blobs(&self, expected: usize) -> usize {
        for _ in 0..200 {
            if blobs(self.folder.path()) == expected {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        blobs(self.folder.path())
    }
}

pub fn config(folder: &Path) -> Config {
    Config {
        allowed_origins: vec![ORIGIN.to_owned()],
        survive_power_cut: false,
        ..Config::new(folder, ACCESS_KEY, SECRET_KEY)
    }
}

pub fn client(endpoint: &str) -> Client {
    client_with_secret(endpoint, SECRET_KEY)
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

/// How many blobs there are in the folder of an S3.
pub fn blobs(folder: &Path) -> usize {
    let folders = fs::read_dir(folder.join("blobs")).unwrap();
    folders
        .map(|folder| fs::read_dir(folder.unwrap().path()).unwrap().count())
        .sum()
}

/// Bytes without a pattern that repeats at the size of a piece.
pub fn bytes(count: usize) -> Vec<u8> {
    (0..count)
        .map(|n| (n * 31 + n / 251 + n / 65_537) as u8)
        .collect()
}

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
                let _ = stopped.await;
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
