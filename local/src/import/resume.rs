//! Going on with an import that was cut off: the same command again finds the same task.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sluice_core::fingerprint;
use sluice_core::ids::UserTaskId;

use super::file::SourceFile;
use crate::cli::Import;
use crate::system::DataFolder;

/// What is kept while an import runs.
const FILE: &str = "import.json";

#[derive(Serialize, Deserialize)]
struct Kept {
    command: String,
    user_task_id: UserTaskId,
}

/// Under which id the import runs.
#[derive(Debug)]
pub(super) struct Resume {
    pub(super) user_task_id: UserTaskId,
    /// Whether an earlier run of the same command was cut off.
    pub(super) is_known: bool,
    data: DataFolder,
}

impl Resume {
    pub(super) fn find(data: &DataFolder, arguments: &Import, file: &SourceFile) -> Result<Self> {
        let Import {
            station,
            business,
            on_duplicate,
            ..
        } = arguments;
        let command = format!(
            "{}\n{station}\n{business}\n{on_duplicate:?}",
            file.identity()
        );
        let kept: Option<Kept> = std::fs::read(data.join(FILE))
            .ok()
            .and_then(|kept| serde_json::from_slice(&kept).ok())
            .filter(|kept: &Kept| kept.command == command);
        let data = data.clone();
        if let Some(user_task_id) = arguments.user_task_id.clone() {
            return Ok(Self {
                user_task_id,
                is_known: false,
                data,
            });
        }
        if let Some(kept) = kept {
            return Ok(Self {
                user_task_id: kept.user_task_id,
                is_known: true,
                data,
            });
        }
        let now = jiff::Timestamp::now();
        let name = format!("{command}\n{}", now.as_nanosecond());
        let user_task_id: UserTaskId = format!("cli-{}", fingerprint(name.as_bytes())).parse()?;
        let kept = Kept {
            command,
            user_task_id: user_task_id.clone(),
        };
        data.replace(FILE, &serde_json::to_vec(&kept)?)
            .context("the data folder is read-only")?;
        Ok(Self {
            user_task_id,
            is_known: false,
            data,
        })
    }

    /// The import has ended, or was never begun.
    pub(super) fn forget(&self) {
        // If the file stays, the same command shows the same ended import once more: harmless.
        let _ = std::fs::remove_file(self.data.join(FILE));
    }
}
