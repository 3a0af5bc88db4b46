//! The folder in which a system keeps its state.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use rand::RngCore as _;

use crate::keys::{self, Keys};

/// What says that a folder is one of ours, so that `--fresh` never empties another one.
const MARK: &str = "sluice-data";
const MARK_TEXT: &[u8] = b"The state of a local Sluice. It can be deleted when none runs.\n";

/// Held by the process that uses the folder, until it ends.
const LOCK: &str = "lock";

const SIGNING_KEY: &str = "signing.key";

/// The ports of the system that served the folder last.
const PORTS: &str = "ports.json";

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
        create_folder(path)
            .with_context(|| format!("the folder {} cannot be made", path.display()))?;
        keep_private(path).with_context(|| {
            format!(
                "the folder {} cannot be closed to other users: is it yours? name another with \
                 --data-dir",
                path.display()
            )
        })?;
        let unwritable = || format!("the folder {} cannot be written to", path.display());
        let mut options = private();
        let options = options.write(true).create(true).truncate(true);
        options
            .open(&mark)
            .and_then(|mut mark| mark.write_all(MARK_TEXT))
            .with_context(unwritable)?;
        let lock = options.open(path.join(LOCK)).with_context(unwritable)?;
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

    /// Creates an empty file for its owner alone, if it is not there: what is written to it later
    /// stays so.
    pub fn touch(&self, name: &str) -> io::Result<()> {
        let path = self.join(name);
        private().append(true).create(true).open(&path)?;
        keep_file_private(&path)
    }

    /// Creates a folder in this one for its owner alone, if it is not there.
    pub fn folder(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.join(name);
        create_folder(&path)?;
        keep_private(&path)?;
        Ok(path)
    }

    /// The access keys of this system's services: random, made once.
    pub fn keys(&self) -> Result<Keys> {
        if !self.join(keys::FILE).exists() {
            self.replace(keys::FILE, &serde_json::to_vec(&Keys::random())?)?;
        }
        Keys::of_folder(&self.path)
    }

    /// Keeps the ports that this system serves on, for programs that look for it.
    pub fn keep_ports(&self, ports: [u16; 3]) -> Result<()> {
        Ok(self.replace(PORTS, &serde_json::to_vec(&ports)?)?)
    }

    /// Returns the ports of the system that served a folder last, if one has.
    pub fn served_at(folder: &Path) -> Option<[u16; 3]> {
        let kept = fs::read(folder.join(PORTS)).ok()?;
        serde_json::from_slice(&kept).ok()
    }

    /// Returns the key with which the system of a folder signs tokens.
    pub fn kept_signing_key(folder: &Path) -> Result<Vec<u8>> {
        let path = folder.join(SIGNING_KEY);
        let key = fs::read(&path).ok().filter(|key| key.len() == 32);
        key.with_context(|| format!("{} is not there, or is damaged", path.display()))
    }

    /// The key with which this system signs tokens: random, made once.
    pub fn signing_key(&self) -> Result<Vec<u8>> {
        if let Ok(key) = Self::kept_signing_key(&self.path) {
            return Ok(key);
        }
        let mut key = vec![0; 32];
        rand::rng().fill_bytes(&mut key);
        self.replace(SIGNING_KEY, &key)?;
        Ok(key)
    }

    /// Writes a small file, which its owner alone can read, so that it is there whole or not at all.
    pub fn replace(&self, name: &str, content: &[u8]) -> io::Result<()> {
        replace_in(&self.path, name, content)
    }
}

/// As [`DataFolder::replace`], in any folder.
pub(crate) fn replace_in(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let temporary = folder.join(format!("{name}.new"));
    let mut file = private()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&temporary)?;
    keep_file_private(&temporary)?;
    file.write_all(content)?;
    fs::rename(temporary, folder.join(name))
}

/// Opens files so that those it creates are their owner's alone.
pub(crate) fn private() -> fs::OpenOptions {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Creates a folder and those above it; it alone is its owner's.
fn create_folder(path: &Path) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        created => created,
    }
}

/// Closes a folder to other users, which an older release left open. An error if it is another's.
fn keep_private(path: &Path) -> io::Result<()> {
    set_mode(path, 0o700)
}

fn keep_file_private(path: &Path) -> io::Result<()> {
    set_mode(path, 0o600)
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

/// Forgets everything but what makes the folder ours.
fn empty(path: &Path) -> io::Result<()> {
    for entry in path.read_dir()? {
        let entry = entry?;
        if entry.file_name() == MARK || entry.file_name() == LOCK {
            continue;
        }
        let removed = if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())
        } else {
            fs::remove_file(entry.path())
        };
        // A database that a system of this process has just closed takes its own files away.
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
