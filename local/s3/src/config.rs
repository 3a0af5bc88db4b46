//! What a person decides about the local S3: where it lives, and its one key pair.

use std::path::PathBuf;

/// How to open the local S3. [`Config::new`] gives the usual values.
#[derive(Clone)]
pub struct Config {
    /// The folder that holds the index and the blobs; created if it does not exist.
    pub folder: PathBuf,
    /// The only access key that may sign requests.
    pub access_key: String,
    /// The secret of [`Config::access_key`].
    pub secret_key: String,
    /// Whether a write waits until the disk itself has its bytes, so that it outlives a power cut
    /// and not only a kill of the process.
    pub survive_power_cut: bool,
}

impl Config {
    /// An S3 in `folder` for one key pair, whose writes reach the disk.
    pub fn new(
        folder: impl Into<PathBuf>,
        access_key: impl Into<String>,
        secret_key: impl Into<String>,
    ) -> Self {
        Self {
            folder: folder.into(),
            access_key: access_key.into(),
            secret_key: secret_key.into(),
            survive_power_cut: true,
        }
    }
}
