//! Importing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use sluice_api::{ShortText, Text};
use sluice_basics::ids::{BusinessId, StationId, UserTaskId};
use sluice_csv::Delimiter;
use sluice_definition::OnDuplicate;
use sluice_import::ImportOptions;
use sluice_import::encoding::Encoding;

use super::Place;

/// Importing.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub struct Import {
    /// The file.
    pub file: PathBuf,
    /// What the file holds: the name of a definition in definitions/.
    #[arg(long)]
    pub business: BusinessId,
    /// Check every row and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Keep the rows that are overwritten, so that `sluice undo` can restore them.
    #[arg(long)]
    pub undoable: bool,

    /// Send an e-mail to the members that the import has created, as the station's configuration says under
    /// `notify`. Needs the scope `mail:send`.
    #[arg(
        long,
        conflicts_with = "dry_run",
        help_heading = "Options of the import"
    )]
    pub notify: bool,
    /// Take a column from another header than its own, such as `member_no="Karte Nr."` (may be
    /// repeated). Of a file without a header, from a field: its number from 1 or its letter from A.
    #[arg(long, value_name = "COLUMN=HEADER", value_parser = mapped)]
    pub mapping: Vec<(String, Text)>,
    /// How the file's text is written, such as gb18030 [default: detected].
    #[arg(long, value_parser = encoding)]
    pub encoding: Option<Encoding>,
    /// What separates the fields: one character, or tab [default: detected].
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    pub delimiter: Option<Delimiter>,
    /// The sheet of a workbook [default: the first that is not hidden].
    #[arg(long, value_name = "NAME")]
    pub sheet: Option<ShortText>,
    /// Whether the file has a header. Without one, every required column needs a --mapping.
    #[arg(long, value_name = "true|false|auto", default_value = "auto")]
    pub header: Header,
    /// What to do with rows whose key is stored already [default: what the definition says].
    #[arg(long)]
    pub on_duplicate: Option<DuplicateRule>,
    /// Import the file although the same bytes were imported before.
    #[arg(long)]
    pub repeat: bool,
    /// Your own id for this import: the same one again gives the same import.
    #[arg(long)]
    pub user_task_id: Option<UserTaskId>,
    /// The system.
    #[command(flatten)]
    pub place: Place,
    /// Forget the state of earlier runs.
    #[arg(long, help_heading = "The system in this process")]
    pub fresh: bool,
    /// How large a chunk is at least, in bytes.
    #[arg(long, help_heading = "The system in this process")]
    pub chunk_bytes: Option<u64>,
    /// Print one JSON object and nothing else on stdout.
    #[arg(long)]
    pub json: bool,
}

impl Import {
    /// The import of a file with the usual options.
    pub fn new(file: &Path, station: StationId, business: BusinessId, data_dir: &Path) -> Self {
        Self {
            file: file.to_owned(),
            business,
            dry_run: false,
            undoable: false,
            notify: false,
            mapping: Vec::new(),
            encoding: None,
            delimiter: None,
            sheet: None,
            header: Header::Auto,
            on_duplicate: None,
            repeat: false,
            user_task_id: None,
            place: Place::here(station, data_dir),
            fresh: false,
            chunk_bytes: None,
            json: true,
        }
    }

    /// The options of the API's request.
    pub(crate) fn options(&self) -> ImportOptions {
        ImportOptions {
            on_duplicate: self.on_duplicate.map(Into::into),
            dry_run: self.dry_run,
            undoable: self.undoable,
            notify: self.notify,
            delimiter: self.delimiter,
            encoding: self.encoding,
            sheet: self.sheet.clone(),
            header: match self.header {
                Header::Auto => None,
                Header::True => Some(true),
                Header::False => Some(false),
            },
            tolerated_failures: None,
            mapping: self.mapping.iter().cloned().collect(),
        }
    }

    /// Returns what contradicts itself in the options.
    pub fn contradiction(&self) -> Option<String> {
        let mut columns = BTreeSet::new();
        if let Some((twice, _)) = self.mapping.iter().find(|one| !columns.insert(&one.0)) {
            return Some(format!(
                "--mapping names the column `{twice}` twice: name one header for it"
            ));
        }
        let of_this_process = [
            ("--fresh", self.fresh),
            ("--chunk-bytes", self.chunk_bytes.is_some()),
        ];
        self.place.contradiction_with(&of_this_process)
    }
}

/// Whether a file has a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Header {
    /// As the API decides when nothing is said.
    Auto,
    /// It has.
    True,
    /// It has none.
    False,
}

/// Reads `COLUMN=HEADER`.
fn mapped(text: &str) -> Result<(String, Text), String> {
    let (column, header) = text.split_once('=').ok_or(
        "write it as COLUMN=HEADER: a column of the business, and the header in the file that it is \
         taken from",
    )?;
    let column = column.trim();
    if column.is_empty() {
        return Err("there is no column before the `=`".to_owned());
    }
    let header = header
        .parse()
        .map_err(|error| format!("the header of {column}: {error}"))?;
    Ok((column.to_owned(), header))
}

fn encoding(name: &str) -> Result<Encoding, String> {
    let known = || format!("there are: {}", Encoding::names());
    name.parse().map_err(|_| known())
}

fn delimiter(text: &str) -> Result<Delimiter, String> {
    let wrong = || "write one character, such as ';', or tab".to_owned();
    let mut characters = text.chars();
    let character = match (text, characters.next(), characters.next()) {
        ("tab" | "\\t", ..) => '\t',
        (_, Some(one), None) => one,
        _ => return Err(wrong()),
    };
    Delimiter::try_from(character).map_err(|_| wrong())
}

/// As [`OnDuplicate`].
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum DuplicateRule {
    /// Report the row; the stored one stays.
    Reject,
    /// Leave the row out; the stored one stays.
    Skip,
    /// Replace the stored row.
    Overwrite,
}

impl From<DuplicateRule> for OnDuplicate {
    fn from(rule: DuplicateRule) -> Self {
        match rule {
            DuplicateRule::Reject => Self::Reject,
            DuplicateRule::Skip => Self::Skip,
            DuplicateRule::Overwrite => Self::Overwrite,
        }
    }
}
