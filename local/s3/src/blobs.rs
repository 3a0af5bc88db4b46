//! The bytes of objects and parts: files with random names that never change once written.
//!
//! A blob lives when a row of the index names it. One that no row names is left from a process that
//! was killed, and is removed when the S3 is opened.

mod pins;

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use crate::error::Error;
use pins::Pins;

pub(crate) use pins::Pin;

/// The name of a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct BlobId(Uuid);

impl BlobId {
    /// How many bytes [`BlobId::to_bytes`] gives.
    pub(crate) const BYTES: usize = 16;

    pub(crate) fn to_bytes(self) -> [u8; Self::BYTES] {
        self.0.into_bytes()
    }

    pub(crate) fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

impl std::fmt::Display for BlobId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.as_simple().fmt(f)
    }
}

impl FromStr for BlobId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self)
    }
}

/// The folder of blobs. Clones share it.
#[derive(Clone)]
pub(crate) struct Blobs(Arc<Folder>);

struct Folder {
    path: PathBuf,
    sync: bool,
    pins: Mutex<Pins>,
}

impl Blobs {
    /// Opens the folder; with `sync`, finished blobs are forced to the disk.
    pub(crate) fn open(path: PathBuf, sync: bool) -> io::Result<Self> {
        fs::create_dir_all(&path)?;
        let pins = Mutex::default();
        Ok(Self(Arc::new(Folder { path, sync, pins })))
    }

    /// Starts a blob, which vanishes again unless it is kept.
    pub(crate) fn create(&self) -> Result<NewBlob, Error> {
        let mut blob = self.unwritten()?;
        let file = File::options()
            .write(true)
            .create_new(true)
            .open(&blob.path)?;
        blob.file = Some(file);
        Ok(blob)
    }

    /// Opens a blob for reading.
    pub(crate) fn read(&self, id: BlobId) -> io::Result<File> {
        File::open(self.path(id))
    }

    /// Finds blobs, by looking into the index, and keeps them from being removed for as long as
    /// the pin lives.
    pub(crate) fn pin<T, E>(
        &self,
        find: impl FnOnce() -> Result<(Vec<BlobId>, T), E>,
    ) -> Result<(Pin, T), E> {
        // A blob is removed after the row that named it, and under this lock: what `find` sees
        // named cannot be removed before it is pinned.
        let mut pins = self.pins();
        let (ids, found) = find()?;
        pins.add(&ids);
        let blobs = self.clone();
        Ok((Pin { blobs, ids }, found))
    }

    /// Removes blobs that no row names any more, as soon as nobody reads them. A failure costs disk
    /// space until the next start and is only logged, since the operation itself has succeeded.
    pub(crate) fn remove(&self, ids: impl IntoIterator<Item = BlobId>) {
        let mut pins = self.pins();
        let unread: Vec<_> = ids.into_iter().filter(|id| !pins.postpone(*id)).collect();
        drop(pins);
        self.remove_files(unread);
    }

    fn remove_files(&self, ids: Vec<BlobId>) {
        for id in ids {
            if let Err(error) = fs::remove_file(self.path(id)) {
                tracing::warn!(%id, %error, "a blob that is no longer used stays on the disk");
            }
        }
    }

    fn pins(&self) -> MutexGuard<'_, Pins> {
        self.0.pins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes every blob that is not in `live`, and says how many there were.
    pub(crate) fn remove_orphans(&self, live: &HashSet<BlobId>) -> io::Result<usize> {
        let mut removed = 0;
        for folder in fs::read_dir(&self.0.path)? {
            let folder = folder?;
            if !folder.file_type()?.is_dir() {
                // Such as the `.DS_Store` of a Mac.
                continue;
            }
            for file in fs::read_dir(folder.path())? {
                let path = file?.path();
                let id = path.file_name().and_then(|name| name.to_str());
                let id = id.and_then(|name| name.parse().ok());
                // A file with another kind of name is not ours to remove.
                if id.is_some_and(|id| !live.contains(&id)) {
                    fs::remove_file(&path)?;
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }

    fn path(&self, id: BlobId) -> PathBuf {
        let name = id.to_string();
        self.0.path.join(&name[..2]).join(name)
    }

    /// A new name, in a folder that exists.
    fn unwritten(&self) -> io::Result<NewBlob> {
        let id = BlobId(Uuid::new_v4());
        let path = self.path(id);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(NewBlob {
            id,
            path,
            file: None,
            sync: self.0.sync,
            kept: false,
        })
    }
}

/// A blob that no row of the index names yet; its file is removed when this is dropped.
pub(crate) struct NewBlob {
    id: BlobId,
    path: PathBuf,
    file: Option<File>,
    sync: bool,
    kept: bool,
}

impl NewBlob {
    pub(crate) fn id(&self) -> BlobId {
        self.id
    }

    /// The file, for writing at its end.
    pub(crate) fn file(&mut self) -> io::Result<&mut File> {
        self.file
            .as_mut()
            .ok_or_else(|| io::Error::other("the blob is already finished"))
    }

    /// Ends the writing; the bytes are on the disk afterwards if the S3 is to survive a power cut.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        if let Some(file) = self.file.take()
            && self.sync
        {
            file.sync_data()?;
        }
        Ok(())
    }

    /// Leaves the file in place, because a committed row names it now.
    pub(crate) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for NewBlob {
    fn drop(&mut self) {
        if !self.kept {
            // Windows removes no open file.
            self.file = None;
            if let Err(error) = fs::remove_file(&self.path)
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(id = %self.id, %error, "an unfinished blob stays on the disk");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn written(blobs: &Blobs, bytes: &[u8]) -> BlobId {
        let mut blob = blobs.create().unwrap();
        blob.file().unwrap().write_all(bytes).unwrap();
        blob.finish().unwrap();
        let id = blob.id();
        blob.keep();
        id
    }

    #[test]
    fn a_blob_that_is_not_kept_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path().join("blobs"), true).unwrap();
        let mut blob = blobs.create().unwrap();
        blob.file().unwrap().write_all(b"half").unwrap();
        let path = blob.path.clone();
        assert!(path.exists());
        drop(blob);
        assert!(!path.exists());
    }

    #[test]
    fn orphans_are_removed_and_live_blobs_stay() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path().join("blobs"), true).unwrap();
        let live = written(&blobs, b"live");
        let orphan = written(&blobs, b"orphan");

        assert_eq!(blobs.remove_orphans(&HashSet::from([live])).unwrap(), 1);
        assert!(blobs.read(live).is_ok());
        assert!(blobs.read(orphan).is_err());
    }

    #[test]
    fn a_pinned_blob_is_removed_when_the_last_reader_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path().join("blobs"), true).unwrap();
        let id = written(&blobs, b"bytes");
        let pin = || blobs.pin(|| Ok::<_, Error>((vec![id], ()))).unwrap().0;
        let (first, second) = (pin(), pin());
        blobs.remove([id]);
        drop(first);
        assert!(blobs.read(id).is_ok());
        drop(second);
        assert!(blobs.read(id).is_err());
    }
}
