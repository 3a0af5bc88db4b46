//! Which blobs are being read, and which of them are to be removed afterwards.

use std::collections::{HashMap, HashSet};

use super::{BlobId, Blobs};

/// The blobs that are being read.
#[derive(Default)]
pub(super) struct Pins {
    readers: HashMap<BlobId, usize>,
    unwanted: HashSet<BlobId>,
}

impl Pins {
    /// Adds a reader to each blob.
    pub(super) fn add(&mut self, ids: &[BlobId]) {
        for id in ids {
            *self.readers.entry(*id).or_default() += 1;
        }
    }

    /// Notes that a blob is to be removed after its last reader; false if nobody reads it.
    pub(super) fn postpone(&mut self, id: BlobId) -> bool {
        let is_read = self.readers.contains_key(&id);
        if is_read {
            self.unwanted.insert(id);
        }
        is_read
    }

    /// Takes a reader from each blob, and gives those that are to be removed now.
    pub(super) fn release(&mut self, ids: &[BlobId]) -> Vec<BlobId> {
        let mut unwanted = Vec::new();
        for id in ids {
            let Some(readers) = self.readers.get_mut(id) else {
                continue;
            };
            *readers -= 1;
            if *readers == 0 {
                self.readers.remove(id);
                unwanted.extend(self.unwanted.take(id));
            }
        }
        unwanted
    }
}

/// Keeps blobs from being removed.
pub(crate) struct Pin {
    pub(super) blobs: Blobs,
    pub(super) ids: Vec<BlobId>,
}

impl Drop for Pin {
    fn drop(&mut self) {
        let unwanted = self.blobs.pins().release(&self.ids);
        self.blobs.remove_files(unwanted);
    }
}
