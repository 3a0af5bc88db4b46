//! Which system a command works with.

use std::path::{Path, PathBuf};

use clap::Args;
use sluice_basics::ids::{IdError, StationId};

use crate::client::{ApiUrl, Token};

/// Where state is kept, unless a command says otherwise.
pub(super) const DATA_DIR: &str = ".sluice";

/// Whose token or rows it is, unless a command says otherwise.
pub(super) const STATION: &str = "demo";

/// Which system is meant.
#[derive(Debug, Args)]
pub struct Place {
    /// The profile of a deployed system in the configuration file, `sluice/config.toml` in `$XDG_CONFIG_HOME` or
    /// `~/.config`.
    #[arg(
        long,
        value_name = "NAME",
        env = "SLUICE_PROFILE",
        help_heading = "A deployed system"
    )]
    pub profile: Option<String>,
    /// The address of a deployed system, such as `https://api.example.com`.
    #[arg(
        long,
        value_name = "URL",
        env = "SLUICE_API",
        help_heading = "A deployed system"
    )]
    pub api: Option<ApiUrl>,
    /// The token for it. Other users of this machine may see a command line: `SLUICE_TOKEN` keeps
    /// it to yourself.
    #[arg(
        long,
        env = "SLUICE_TOKEN",
        hide_env_values = true,
        help_heading = "A deployed system"
    )]
    pub token: Option<Token>,
    /// Whose rows they are [default: demo].
    #[arg(long, help_heading = "The system in this process")]
    pub station: Option<StationId>,
    /// Where state is kept [default: .sluice].
    #[arg(long, help_heading = "The system in this process")]
    pub data_dir: Option<PathBuf>,
}

impl Place {
    /// The system in this process, with a station and a folder.
    pub fn here(station: StationId, data_dir: &Path) -> Self {
        Self {
            profile: None,
            api: None,
            token: None,
            station: Some(station),
            data_dir: Some(data_dir.to_owned()),
        }
    }

    /// Returns what contradicts itself in the options.
    pub(crate) fn contradiction(&self) -> Option<String> {
        self.contradiction_with(&[])
    }

    /// Returns what contradicts itself in the options, given more options for the system in this process and
    /// whether they are there.
    pub(crate) fn contradiction_with(&self, of_this_process: &[(&str, bool)]) -> Option<String> {
        let api = self.api.as_ref()?;
        let always = [
            ("--station", self.station.is_some()),
            ("--data-dir", self.data_dir.is_some()),
        ];
        let mut of_this_process = always.iter().chain(of_this_process);
        if let Some((option, _)) = of_this_process.find(|(_, given)| *given) {
            return Some(format!(
                "{option} is for the system in this process, but {api} is meant, as --api, --profile, \
                 SLUICE_API or SLUICE_PROFILE says: leave out one of them"
            ));
        }
        let wrong = match &self.token {
            None => "asks for a token",
            Some(token) if !token.is_usable() => "asks for another token than what was given",
            Some(_) => return None,
        };
        Some(format!(
            "{api} {wrong}: put it into SLUICE_TOKEN, or give --token"
        ))
    }

    /// Where the system in this process keeps its state.
    pub fn data_dir(&self) -> PathBuf {
        self.data_dir.clone().unwrap_or_else(|| DATA_DIR.into())
    }

    /// Whose rows they are, in the system in this process.
    pub(crate) fn station(&self) -> Result<StationId, IdError> {
        self.station.clone().map_or_else(|| STATION.parse(), Ok)
    }
}
