//! Going on with an import that was cut off: the same command again finds the same task.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sluice_core::fingerprint;
use sluice_core::ids::UserTaskId;

use super::file::SourceFile;
use crate::cli::Import;
use crate::system::DataFolder;

#[derive(Serialize, Deserialize)]
struct Kept {
    command: String,
    user_task_id: UserTaskId,
}

/// Under which id the import runs.
#[derive(Debug)]
pub struct Resume {
    pub(super) user_task_id: UserTaskId,
    /// Whether an earlier run of the same command was cut off.
    pub(super) is_known: bool,
    /// What is kept while the import runs; nothing if the caller has named it.
    file: Option<PathBuf>,
}

impl Resume {
    pub(super) fn find(data: &DataFolder, arguments: &Import, file: &SourceFile) -> Result<Self> {
        let Import {
            station,
            business,
            on_duplicate,
            repeat,
            ..
        } = arguments;
        let command = format!(
            "{}\n{station}\n{business}\n{on_duplicate:?}\n{repeat}",
            file.identity()
        );
        let name = format!("import-{}.json", fingerprint(command.as_bytes()));
        let kept: Option<Kept> = std::fs::read(data.join(&name))
            .ok()
            .and_then(|kept| serde_json::from_slice(&kept).ok())
            .filter(|kept: &Kept| kept.command == command);
        let file = data.join(&name);
        if let Some(user_task_id) = arguments.user_task_id.clone() {
            return Ok(Self {
                user_task_id,
                is_known: false,
                file: None,
            });
        }
        if let Some(kept) = kept {
            return Ok(Self {
                user_task_id: kept.user_task_id,
                is_known: true,
                file: Some(file),
            });
        }
        let now = jiff::Timestamp::now();
        let unique = format!("{command}\n{}", now.as_nanosecond());
        let user_task_id: UserTaskId = format!("cli-{}", fingerprint(unique.as_bytes())).parse()?;
        let kept = Kept {
            command,
            user_task_id: user_task_id.clone(),
        };
        data.replace(&name, &serde_json::to_vec(&kept)?)
            .context("the data folder is read-only")?;
        Ok(Self {
            user_task_id,
            is_known: false,
            file: Some(file),
        })
    }

    /// The import has ended, or was never begun.
    pub(super) fn forget(&self) {
        // If the file stays, the same command shows the same ended import once more: harmless.
        let _ = self.file.as_ref().map(std::fs::remove_file);
    }
}
