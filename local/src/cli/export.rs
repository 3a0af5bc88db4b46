//! Exporting.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use sluice_basics::ids::BusinessId;
use sluice_export::Wanted;

use super::Place;

/// Exporting.
#[derive(Debug, Args)]
pub struct Export {
    /// Where to write. A name that ends in `.xlsx` makes a workbook, any other a CSV file.
    pub file: PathBuf,
    /// Whose rows: the name of a definition in definitions/.
    #[arg(long)]
    pub business: BusinessId,
    /// A column of the file (may be repeated, and says their order) [default: all].
    #[arg(long, value_name = "NAME")]
    pub column: Vec<String>,
    /// What rows must be: `tier=gold`, `points=100..` or, for rows without a value, `phone=` (may be repeated).
    #[arg(long = "where", value_name = "COLUMN=VALUE|FROM..TO", value_parser = super::condition::condition)]
    pub filter: Vec<(String, Wanted)>,
    /// Replace the file if it is there.
    #[arg(long)]
    pub force: bool,
    /// The system.
    #[command(flatten)]
    pub place: Place,
    /// Print one JSON object and nothing else on stdout.
    #[arg(long)]
    pub json: bool,
}

impl Export {
    /// Returns what contradicts itself in the options.
    pub fn contradiction(&self) -> Option<String> {
        let mut columns = BTreeSet::new();
        if let Some((twice, _)) = self.filter.iter().find(|one| !columns.insert(&one.0)) {
            return Some(format!(
                "--where names the column `{twice}` twice: say once what it must be"
            ));
        }
        self.place.contradiction()
    }
}
