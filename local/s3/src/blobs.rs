//! The bytes of objects and parts: files with random names that never change once written.
//!
//! A blob lives when a row of the index names it. One that no row names is left from a process that
//! was killed, and is removed when the S3 is opened.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use uuid::Uuid;

use crate::error::Error;

const PIECE_BYTES: u64 = 1024 * 1024;

/// The name of a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct BlobId(Uuid);

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

/// The folder of blobs.
#[derive(Clone)]
pub(crate) struct Blobs {
    folder: PathBuf,
    sync: bool,
}

impl Blobs {
    /// Opens the folder; with `sync`, finished blobs are forced to the disk.
    pub(crate) fn open(folder: PathBuf, sync: bool) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, sync })
    }

    /// Starts a blob, which vanishes again unless it is kept.
    pub(crate) fn create(&self) -> Result<NewBlob, Error> {
        let id = BlobId(Uuid::new_v4());
        let path = self.prepare_path(id)?;
        let file = File::options().write(true).create_new(true).open(&path)?;
        Ok(NewBlob {
            id,
            path,
            file: Some(file),
            sync: self.sync,
            kept: false,
        })
    }

    /// Opens a blob for reading. The handle stays valid when the blob is removed.
    pub(crate) fn read(&self, id: BlobId) -> io::Result<File> {
        File::open(self.path(id))
    }

    /// Makes a blob of the bytes of others, in order.
    pub(crate) fn concatenate(&self, sources: &[BlobId]) -> Result<NewBlob, Error> {
        if let [source] = sources {
            return self.duplicate(*source);
        }
        let mut target = self.create()?;
        for source in sources {
            let mut bytes = self.read(*source)?;
            // Between two files this stays inside the kernel on Linux.
            io::copy(&mut bytes, target.file()?)?;
        }
        target.finish()?;
        Ok(target)
    }

    /// A blob with the bytes of another: blobs never change, so a second name for the same file
    /// does where the file system allows it.
    pub(crate) fn duplicate(&self, source: BlobId) -> Result<NewBlob, Error> {
        let id = BlobId(Uuid::new_v4());
        let path = self.prepare_path(id)?;
        let linked = fs::hard_link(self.path(source), &path);
        let copied = linked.or_else(|_| fs::copy(self.path(source), &path).map(drop));
        let mut blob = NewBlob {
            id,
            path,
            file: None,
            sync: self.sync,
            kept: false,
        };
        copied?;
        blob.finish()?;
        Ok(blob)
    }

    /// Removes blobs that no row names any more. A failure costs disk space until the next start
    /// and is only logged, since the operation itself has succeeded.
    pub(crate) fn remove(&self, ids: impl IntoIterator<Item = BlobId>) {
        for id in ids {
            if let Err(error) = fs::remove_file(self.path(id)) {
                tracing::warn!(%id, %error, "a blob that is no longer used stays on the disk");
            }
        }
    }

    /// Removes every blob that is not in `live`, and says how many there were.
    pub(crate) fn remove_orphans(&self, live: &HashSet<BlobId>) -> io::Result<usize> {
        let mut removed = 0;
        for folder in fs::read_dir(&self.folder)? {
            for file in fs::read_dir(folder?.path())? {
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
        self.folder.join(&name[..2]).join(name)
    }

    fn prepare_path(&self, id: BlobId) -> io::Result<PathBuf> {
        let path = self.path(id);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(path)
    }
}

/// Reads a file from where it stands to its end, in pieces that fit in memory.
pub(crate) fn for_each_piece(file: &File, mut each: impl FnMut(&[u8])) -> io::Result<()> {
    let mut piece = Vec::with_capacity(PIECE_BYTES as usize);
    while file.take(PIECE_BYTES).read_to_end(&mut piece)? > 0 {
        each(&piece);
        piece.clear();
    }
    Ok(())
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

    pub(crate) fn path(&self) -> &Path {
        &self.path
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
        let path = blob.path().to_owned();
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
    fn a_copy_of_one_blob_outlives_its_source() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path().join("blobs"), true).unwrap();
        let source = written(&blobs, b"bytes");
        let copy = blobs.concatenate(&[source]).unwrap();
        blobs.remove([source]);
        assert_eq!(fs::read(copy.path()).unwrap(), b"bytes");
    }
}
