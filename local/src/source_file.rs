//! The file on disk, checked before anything else is done and again while it is sent.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

/// The file to be imported, as it was when the import began.
#[derive(Clone, Debug)]
pub struct SourceFile {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    pub(crate) size_bytes: u64,
    modified: Option<SystemTime>,
}

impl SourceFile {
    /// Looks at a file; an error says what is wrong with it.
    pub fn open(path: &Path) -> Result<Self> {
        let shown = path.display();
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                bail!("there is no file {shown}: check the name")
            }
            Err(error) => return Err(error).with_context(|| format!("{shown} cannot be read")),
        };
        if metadata.is_dir() {
            bail!("{shown} is a folder: name one file, such as a CSV file or a workbook");
        }
        if !metadata.is_file() {
            bail!("{shown} is not a regular file: its size must be known before it is sent");
        }
        if metadata.len() == 0 {
            bail!("{shown} is empty: there is nothing to import");
        }
        fs::File::open(path).with_context(|| format!("{shown} cannot be read"))?;
        let name = path.file_name().map_or_else(
            || "file.csv".to_owned(),
            |name| name.to_string_lossy().replace('\\', "_"),
        );
        let path = path
            .canonicalize()
            .with_context(|| format!("{shown} cannot be read"))?;
        Ok(Self {
            path,
            name,
            size_bytes: metadata.len(),
            modified: modified(&metadata),
        })
    }

    /// What tells this file from an edited one.
    pub(crate) fn identity(&self) -> String {
        let modified = self
            .modified
            .and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok())
            .unwrap_or_default();
        format!(
            "{}\n{}\n{}",
            self.path.display(),
            self.size_bytes,
            modified.as_nanos()
        )
    }

    /// An error if the file is another one by now.
    pub(crate) fn check_unchanged(&self) -> std::io::Result<()> {
        let metadata = fs::metadata(&self.path)?;
        if metadata.len() == self.size_bytes && modified(&metadata) == self.modified {
            return Ok(());
        }
        Err(std::io::Error::other(format!(
            "{} was changed while it was being sent: nothing was imported; try again when it is \
             not written to any more",
            self.path.display()
        )))
    }
}

fn modified(metadata: &Metadata) -> Option<SystemTime> {
    metadata.modified().ok()
}
