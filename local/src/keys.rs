//! The access keys of the embedded services.

use std::fmt::{self, Write as _};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use aws_sdk_dynamodb::config::Credentials;
use rand::Rng as _;
use rand::distr::Alphanumeric;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The file in the data folder.
pub(crate) const FILE: &str = "aws-keys.json";

/// The one key pair that the embedded services of a data folder accept: random, made once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    access_key: String,
    secret_key: String,
}

impl Keys {
    /// Keys with these values.
    pub fn new(access_key: impl Into<String>, secret_key: impl Into<String>) -> Self {
        Self {
            access_key: access_key.into(),
            secret_key: secret_key.into(),
        }
    }

    /// Returns the keys of a data folder that a system has been started on.
    pub fn of_folder(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        match fs::read(&path) {
            Ok(kept) => serde_json::from_slice(&kept)
                .with_context(|| format!("{} is damaged", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => bail!(
                "there are no access keys in {}: start `sluice` on this folder first, or name \
                 another with --data-dir",
                folder.display()
            ),
            Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
        }
    }

    pub(crate) fn random() -> Self {
        let letters = |count| {
            let letters = rand::rng().sample_iter(Alphanumeric).take(count);
            letters.map(char::from).collect::<String>()
        };
        // As long as those of AWS.
        Self::new(
            format!("SLUICE{}", letters(14).to_ascii_uppercase()),
            letters(40),
        )
    }

    /// A name that only who knows the keys can tell.
    pub fn name_of(&self, what: &str) -> String {
        let secret = format!("{what}\n{}", self.secret_key);
        let digest = Sha256::digest(secret.as_bytes());
        digest
            .iter()
            .take(12)
            .fold(String::new(), |mut name, byte| {
                let _ = write!(name, "{byte:02x}");
                name
            })
    }

    /// The id of the keys, which is no secret.
    pub fn access_key(&self) -> &str {
        &self.access_key
    }

    /// What requests are signed with.
    pub fn secret_key(&self) -> &str {
        &self.secret_key
    }
}

impl From<&Keys> for Credentials {
    fn from(keys: &Keys) -> Self {
        Self::new(&keys.access_key, &keys.secret_key, None, None, "sluice")
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}
