//! An S3 of this crate that a test can look into, stop and open again.

use std::fs;
use std::ops::Deref;
use std::path::Path;
use std::time::Duration;

use axum::Router;
use local_s3::{Config, S3};
use tempfile::TempDir;

use crate::service::{ACCESS_KEY, SECRET_KEY, Server, Service};

pub const BUCKET: &str = "imports";

pub struct Running {
    pub s3: S3,
    pub folder: TempDir,
    service: Service,
    server: Server,
}

impl Deref for Running {
    type Target = Service;

    fn deref(&self) -> &Service {
        &self.service
    }
}

impl Running {
    pub async fn start() -> Self {
        Self::start_behind(|router| router).await
    }

    /// Starts with something between the clients and the S3.
    pub async fn start_behind(wrap: impl FnOnce(Router) -> Router) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let running = Self::open(folder, wrap).await;
        running.s3.create_bucket(BUCKET).unwrap();
        running
    }

    async fn open(folder: TempDir, wrap: impl FnOnce(Router) -> Router) -> Self {
        let s3 = S3::open(config(folder.path())).unwrap();
        let server = Server::start(wrap(s3.router())).await;
        Self {
            service: Service::at(&server.endpoint, BUCKET),
            s3,
            folder,
            server,
        }
    }

    /// Stops the server, closes the S3, and opens it again.
    pub async fn reopen(self) -> Self {
        self.server.stop().await;
        drop((self.s3, self.service));
        Self::open(self.folder, |router| router).await
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
        survive_power_cut: false,
        ..Config::new(folder, ACCESS_KEY, SECRET_KEY)
    }
}

/// How many blobs there are in the folder of an S3.
pub fn blobs(folder: &Path) -> usize {
    let folders = fs::read_dir(folder.join("blobs")).unwrap();
    folders
        .map(|folder| fs::read_dir(folder.unwrap().path()).unwrap().count())
        .sum()
}
