//! Room on the disk: an import that cannot fit is refused before anything is written, and one
//! that meets a full disk says so instead of trying for ever.

use std::path::Path;

use anyhow::{Result, bail};
use indicatif::HumanBytes;

/// What an import takes, in sizes of its file: the object, the items, and the failed rows.
const FILES: u64 = 4;
/// What the services need beside that.
const MARGIN_BYTES: u64 = 16 << 20;
/// With less than this nothing can be written reliably.
const FULL_BYTES: u64 = 4 << 20;

/// An error if a file of this size cannot be imported into the folder.
pub(super) fn check_before(folder: &Path, size_bytes: u64) -> Result<()> {
    let needed = size_bytes
        .saturating_mul(FILES)
        .saturating_add(MARGIN_BYTES);
    let free = fs4::available_space(folder)?;
    if free < needed {
        bail!(
            "importing this file takes about {}, the disk of {} has {} left: nothing was \
             imported; make room, or name a folder on another disk with --data-dir",
            HumanBytes(needed),
            folder.display(),
            HumanBytes(free)
        );
    }
    Ok(())
}

/// An error if the folder's disk has become full.
pub(super) fn check_during(folder: &Path) -> Result<()> {
    if fs4::available_space(folder)? < FULL_BYTES {
        bail!(
            "the disk of {} is full: make room, then the same command again goes on with this \
             import",
            folder.display()
        );
    }
    Ok(())
}
