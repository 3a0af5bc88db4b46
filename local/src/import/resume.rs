//! Going on with an import that was cut off: the same command again finds the same task.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sluice_basics::fingerprint;
use sluice_basics::ids::UserTaskId;

use crate::cli::Import;
use crate::data_folder::replace_in;
use crate::source_file::SourceFile;

#[derive(Serialize, Deserialize)]
struct Kept {
    command: String,
    user_task_id: UserTaskId,
}

/// Under which id the import runs.
#[derive(Debug)]
pub struct Resume {
    pub(crate) user_task_id: UserTaskId,
    /// Whether an earlier run of the same command was cut off.
    pub(crate) is_known: bool,
    /// What is kept while the import runs; nothing if the caller has named it.
    file: Option<PathBuf>,
}

impl Resume {
    /// Finds the import of the same command to the same system, or begins another. It is kept in
    /// `folder`, if there is one.
    pub(crate) fn find(
        folder: Option<&Path>,
        system: &str,
        arguments: &Import,
        file: &SourceFile,
    ) -> Result<Self> {
        let command = format!(
            "{}\n{system}\n{}\n{}\n{}\n{}",
            file.identity(),
            arguments.place.station()?,
            arguments.business,
            arguments.repeat,
            serde_json::to_string(&arguments.options())?,
        );
        let name = format!("import-{}.json", fingerprint(command.as_bytes()));
        let file = folder.map(|folder| folder.join(&name));
        let kept: Option<Kept> = file
            .as_ref()
            .and_then(|file| fs::read(file).ok())
            .and_then(|kept| serde_json::from_slice(&kept).ok())
            .filter(|kept: &Kept| kept.command == command);
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
                file,
            });
        }
        let now = jiff::Timestamp::now();
        let unique = format!("{command}\n{}", now.as_nanosecond());
        let user_task_id: UserTaskId = format!("cli-{}", fingerprint(unique.as_bytes())).parse()?;
        let kept = Kept {
            command,
            user_task_id: user_task_id.clone(),
        };
        if let Some(folder) = folder {
            fs::create_dir_all(folder)
                .and_then(|()| replace_in(folder, &name, &serde_json::to_vec(&kept)?))
                .with_context(|| format!("{} is read-only", folder.display()))?;
        }
        Ok(Self {
            user_task_id,
            is_known: false,
            file,
        })
    }

    /// The import has ended, or was never begun.
    pub(crate) fn forget(&self) {
        // If the file stays, the same command shows the same ended import once more: harmless.
        let _ = self.file.as_ref().map(fs::remove_file);
    }
}

/// Where imports into deployed systems are kept while they run: where programs of this user keep
/// their state. <https://specifications.freedesktop.org/basedir-spec/latest/>
pub(crate) fn state_folder() -> Option<PathBuf> {
    let named = env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let state = named
        .filter(|folder| folder.is_absolute())
        .or_else(|| env::home_dir().map(|home| home.join(".local").join("state")))?;
    Some(state.join("sluice"))
}
