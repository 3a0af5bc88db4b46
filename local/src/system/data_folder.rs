//! The folder in which a system keeps its state.

use std::fs::{self, File};
use std::io;
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use rand::RngCore as _;

/// What says that a folder is one of ours, so that `--fresh` never empties another one.
const MARK: &str = "sluice-data";

/// Held by the process that uses the folder, until it ends.
const LOCK: &str = "lock";

/// The state of a system on disk.
#[derive(Clone, Debug)]
pub struct DataFolder {
    path: PathBuf,
    _lock: Arc<File>,
}

impl DataFolder {
    /// Opens the folder, and makes it if it is not there; `fresh` forgets what it holds.
    pub fn open(path: &Path, fresh: bool) -> Result<Self> {
        let mark = path.join(MARK);
        if path.exists() && !path.is_dir() {
            bail!(
                "{} is not a folder: name another with --data-dir",
                path.display()
            );
        }
        let is_empty = path
            .read_dir()
            .map_or(true, |mut entries| entries.next().is_none());
        if !is_empty && !mark.exists() {
            bail!(
                "{} holds other files: name an empty or a new folder with --data-dir",
                path.display()
            );
        }
        fs::create_dir_all(path)
            .with_context(|| format!("the folder {} cannot be made", path.display()))?;
        let unwritable = || format!("the folder {} cannot be written to", path.display());
        fs::write(
            &mark,
            "The state of a local Sluice. It can be deleted when none runs.\n",
        )
        .with_context(unwritable)?;
        let lock = File::create(path.join(LOCK)).with_context(unwritable)?;
        if lock.try_lock().is_err() {
            bail!(
                "another Sluice is running on {}: stop it, or name another folder with --data-dir",
                path.display()
            );
        }
        if fresh {
            empty(path).with_context(|| format!("{} cannot be emptied", path.display()))?;
        }
        Ok(Self {
            path: path.to_owned(),
            _lock: Arc::new(lock),
        })
    }

    /// A file or folder in it.
    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }

    /// The key with which this system signs tokens: random, made once.
    pub fn signing_key(&self) -> Result<Vec<u8>> {
        let path = self.join("signing.key");
        match fs::read(&path) {
            Ok(key) if key.len() == 32 => Ok(key),
            _ => {
                let mut key = vec![0; 32];
                rand::rng().fill_bytes(&mut key);
                self.replace("signing.key", &key)?;
                Ok(key)
            }
        }
    }

    /// Writes a small file so that it is there whole or not at all.
    pub fn replace(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let temporary = self.join(format!("{name}.new"));
        fs::write(&temporary, content)?;
        #[cfg(unix)]
        fs::set_permissions(&temporary, fs::Permissions::from_mode(0o600))?;
        fs::rename(temporary, self.join(name))
    }
}

/// Forgets everything but what makes the folder ours.
fn empty(path: &Path) -> io::Result<()> {
    for entry in path.read_dir()? {
        let entry = entry?;
        if entry.file_name() == MARK || entry.file_name() == LOCK {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
