//! What the handle and the service share: the index, the blobs and the counters, and the rule in
//! which order they change. First the bytes, then the row, then the bytes that nobody needs.

use std::fs::{self, File};
use std::io;
use std::sync::Arc;

use tokio::sync::Notify;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::blobs::{Blobs, NewBlob};
use crate::config::Config;
use crate::error::{Error, OpenError};
use crate::index::{Index, NewObject, Part, Upload};
use crate::stats::Counters;

/// The state of an open S3.
pub(crate) struct Store {
    pub(crate) index: Index,
    pub(crate) blobs: Blobs,
    pub(crate) counters: Arc<Counters>,
    /// Wakes those who wait for events.
    pub(crate) event_queued: Notify,
    /// Held locked for as long as the store is open.
    _lock: File,
}

impl Store {
    /// Opens the folder and removes what a killed process left half done.
    pub(crate) fn open(config: &Config) -> Result<Self, OpenError> {
        let folder = &config.folder;
        let in_folder = |source| OpenError::Folder {
            folder: folder.clone(),
            source,
        };
        fs::create_dir_all(folder).map_err(in_folder)?;
        let lock = File::create(folder.join("lock")).map_err(in_folder)?;
        lock.try_lock().map_err(|error| match error {
            fs::TryLockError::WouldBlock => OpenError::InUse {
                folder: folder.clone(),
            },
            fs::TryLockError::Error(source) => in_folder(source),
        })?;
        let index = Index::open(&folder.join("index.sqlite"))?;
        let blobs =
            Blobs::open(folder.join("blobs"), config.survive_power_cut).map_err(in_folder)?;
        let live = index.live_blobs().map_err(|error| match error {
            Error::Index(source) => OpenError::Index(source),
            other => in_folder(io::Error::other(other)),
        })?;
        let orphans = blobs.remove_orphans(&live).map_err(in_folder)?;
        if orphans > 0 {
            tracing::info!(orphans, "removed blobs of writes that were cut off");
        }
        Ok(Self {
            index,
            blobs,
            counters: Arc::default(),
            event_queued: Notify::new(),
            _lock: lock,
        })
    }

    /// Makes an object of finished blobs visible, or removes the blobs if that is refused. Gives its
    /// version, if the bucket keeps replaced objects.
    pub(crate) fn put_object(
        &self,
        object: &NewObject,
        blobs: Vec<NewBlob>,
    ) -> Result<Option<String>, Error> {
        let put = self.index.put_object(object)?;
        blobs.into_iter().for_each(NewBlob::keep);
        self.event_queued.notify_waiters();
        self.blobs.remove(put.unused);
        Ok(put.version_id)
    }

    /// Makes a part of a finished blob visible, or removes the blob if that is refused.
    pub(crate) fn put_part(
        &self,
        upload: &Upload,
        part: &Part,
        blob: NewBlob,
    ) -> Result<(), Error> {
        let replaced = self.index.put_part(upload, part)?;
        blob.keep();
        self.blobs.remove(replaced);
        Ok(())
    }

    /// Makes the object of an upload visible, which takes over the blobs of the parts. Gives its
    /// version, if the bucket keeps replaced objects.
    pub(crate) fn complete_upload(
        &self,
        upload: &Upload,
        used: &[Part],
        object: &NewObject,
    ) -> Result<Option<String>, Error> {
        let put = self.index.complete_upload(upload, used, object)?;
        self.event_queued.notify_waiters();
        self.blobs.remove(put.unused);
        Ok(put.version_id)
    }
}

/// Runs work on files or the index where it may block. It goes on to its end even if the request
/// that asked for it is dropped, so a commit is never torn from the cleaning up behind it.
pub(crate) async fn blocking<T, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    joined(spawn_blocking(work)).await
}

/// The result of work that was started earlier.
pub(crate) async fn joined<T, E: From<Error>>(work: JoinHandle<Result<T, E>>) -> Result<T, E> {
    match work.await {
        Ok(result) => result,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => Err(Error::Stopping.into()),
    }
}
