//! An import: what a client may ask for, what was decided, and how far it is.

#![warn(missing_docs)]

pub mod conflict;
pub mod correction;
pub mod encoding;
pub mod endpoint;
pub mod report;
pub mod search;
pub mod tolerance;

use std::collections::BTreeMap;
use std::ops::Not;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sluice_basics::ids::{BusinessId, TaskId, TaskRef};
use sluice_basics::notify::NotifyPlan;
use sluice_basics::station::StationConfig;
use sluice_basics::text::{ShortText, Text};
use sluice_csv::{Delimiter, Position};
use sluice_definition::reported;
use sluice_definition::{
    Definition, FileColumns, FileOfRows, HeaderProblem, Naming, OnDuplicate, RowChecker,
};

use crate::correction::{Contribution, Corrected, RowsBefore};
use crate::encoding::Encoding;
use crate::tolerance::Tolerance;

/// What a client may say about its file. What is not given is detected or comes from the
/// definition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportOptions {
    /// Instead of the definition's rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_duplicate: Option<OnDuplicate>,
    /// Whether every row is checked and nothing is written. The result and the failed-rows file say
    /// what an import would come to.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub dry_run: bool,
    /// Whether rows that are overwritten are kept, so that `POST /task/undo` can restore them. An import
    /// that overwrites nothing can be undone without it.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub undoable: bool,
    /// Whether the members that the import has created get an e-mail when it has ended, as the station's
    /// configuration says under `notify`. Needs the scope `mail:send`.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub notify: bool,
    /// Instead of the one detected from the header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<Delimiter>,
    /// Instead of the one detected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// Which sheet of a workbook; else the first one that is not hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<ShortText>,
    /// Whether the file has a header; it has one if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// How many failed rows the import goes on with; any number if nothing is said.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "tolerance::from_object"
    )]
    pub tolerated_failures: Option<Tolerance>,
    /// Which field a column of the definition is taken from: by the column's name, a header, or
    /// with `header: false` the field's number from 1 or its letter from A. What is not said is
    /// found by the header's names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub mapping: BTreeMap<String, Text>,
}

impl ImportOptions {
    /// How the fields of the file are named.
    pub fn naming(&self) -> Naming {
        let mapping = self.mapping.iter();
        Naming {
            headerless: self.header == Some(false),
            mapping: mapping
                .map(|(column, field)| (column.clone(), field.to_string()))
                .collect(),
        }
    }
}

/// What a file turned out to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DetectedFile {
    /// Its form.
    pub format: FileFormat,
    /// How its text is written; none for a workbook.
    pub encoding: Option<Encoding>,
    /// What separates its fields; a workbook is read as CSV with commas.
    pub delimiter: Delimiter,
    /// The row that its header is in; null if it has none.
    pub header_row: Option<u64>,
    /// The sheet that was read; only of a workbook.
    pub sheet: Option<String>,
    /// Characters that are malformed in its encoding and were replaced.
    pub replaced: u64,
    /// Cells whose formula had no value in the workbook, and that are read as empty.
    pub uncalculated_formulas: u64,
}

/// The forms of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FileFormat {
    /// Text.
    Csv,
    /// Text in gzip.
    Gzip,
    /// An Excel workbook.
    Xlsx,
}

/// An import task's `input`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportInput {
    /// Which definition reads the file.
    pub business: BusinessId,
    /// The client's name for the file.
    pub file_name: String,
    /// Its size, as the client said it.
    pub size_bytes: u64,
    /// Where the file lies in the bucket.
    pub object_key: String,
    /// The object's version, where it is known from the start: a file in the inbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The id of that version, in a bucket that keeps replaced objects: the file is read by it, so that
    /// it is imported even if another one takes its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// What the client asked for.
    #[serde(default)]
    pub options: ImportOptions,
    /// What the rows that it creates are told, if they are told anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<NotifyPlan>,
}

impl ImportInput {
    /// Whether the file was put into the inbox, so that nobody could be told that there is no
    /// room for it.
    pub fn is_from_inbox(&self) -> bool {
        self.etag.is_some()
    }
}

/// What the splitter decided for one import. It travels in every chunk message, so that a
/// worker needs nothing else, and in the manifest, so that a lost message can be made again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportPlan {
    /// The task.
    #[serde(flatten)]
    pub task: TaskRef,
    /// Which run of the task, from 1: a retry is another one.
    pub run: u32,
    /// The definition.
    pub business: BusinessId,
    /// The file in the bucket.
    pub object_key: String,
    /// The object's version; another one is another file.
    pub etag: String,
    /// The id of that version, if the file is read by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// The object's size.
    pub file_bytes: u64,
    /// What separates the fields.
    pub delimiter: Delimiter,
    /// The rule for taken keys.
    pub on_duplicate: OnDuplicate,
    /// Whether rows are only checked.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub dry_run: bool,
    /// Whether what rows replace is kept, so that they can be restored.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub undoable: bool,
    /// Which version of the station's configuration reads it.
    #[serde(default)]
    pub config_version: u64,
    /// The names of the file's fields: its header, or names made for them.
    pub header: Vec<String>,
    /// How many fields in which nothing is written rows may have beyond those of the header: as many
    /// as the file's rows end in, because its program writes a delimiter after the last field.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub blank_fields: u32,
    /// The names of a header that the definition does not know, as they are compared, if a file that is said
    /// to have none has one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown_header: Vec<String>,
    /// How columns find their fields.
    #[serde(flatten)]
    pub naming: Naming,
    /// Where the first chunk starts: where the header ends, or the file's start.
    pub data_start: u64,
    /// How many bytes a chunk has at least (but the last).
    pub chunk_bytes: u64,
    /// The import that the file continues, if it is a corrected one: its fields are as a report
    /// shows them, and are restored before they are checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continues: Option<TaskId>,
    /// What is known of rows that want the same as others of the file.
    #[serde(default)]
    pub conflicts: ConflictSearch,
}

/// What is known of the rows of a file that want the same key or unique value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConflictSearch {
    /// Nothing: any row may want what another one wants.
    #[default]
    Unknown,
    /// No two rows want the same.
    Nothing,
    /// The values that several rows want are listed in an object of the task.
    Listed,
}

/// The part of a task's record that only imports have. It is written when the import begins and when
/// corrected files continue it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportState {
    /// The object's version that is being imported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// What the file turned out to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detected: Option<DetectedFile>,
    /// Which of its columns are imported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<FileColumns>,
    /// The size of the object.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub file_bytes: u64,
    /// The size of what stands before the first chunk.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub header_bytes: u64,
    /// The version of the station's configuration, fixed when the task starts.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub config_version: u64,
    /// How large chunks are cut, fixed when the task starts.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub chunk_bytes: u64,
    /// Of a corrected file: the import that it continues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continues: Option<TaskId>,
    /// Of a corrected file: what its rows were before.
    #[serde(flatten)]
    pub before: RowsBefore,
    /// Of a corrected file that has ended: what it has changed about the import's counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contributed: Option<Contribution>,
    /// Of an import that corrected files continue: its counts with theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrected: Option<Corrected>,
    /// The task that undoes the import, or has undone it in part: it is neither retried nor corrected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoing: Option<TaskId>,
    /// The task that has undone the import.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undone_by: Option<TaskId>,
}

impl ImportState {
    /// Whether the import is undone, in part or as a whole, or is being undone.
    pub fn is_undone(&self) -> bool {
        self.undoing.is_some() || self.undone_by.is_some()
    }
}

/// Counters that are still zero are left out of records, which are to be small.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_nothing(number: &u64) -> bool {
    *number == 0
}

impl ImportPlan {
    /// Whether the file's fields are as a failed-rows file shows them.
    pub fn is_as_reported(&self) -> bool {
        self.continues.is_some() || reported::is_as_reported(&self.header)
    }

    /// A checker for the rows of the file.
    pub fn checker<'a>(
        &self,
        definition: &'a Definition,
        config: &StationConfig,
    ) -> Result<RowChecker<'a>, HeaderProblem> {
        let file = FileOfRows {
            naming: &self.naming,
            header: &self.header,
            blank_fields: self.blank_fields,
            unknown_header: &self.unknown_header,
            is_as_reported: self.is_as_reported(),
            is_exported: self
                .header
                .iter()
                .any(|name| reported::is_export_mark(name)),
        };
        RowChecker::of_file(definition, &file, config)
    }

    /// How many rows of the file stand before a place in it.
    pub fn rows_before(&self, place: Position) -> u64 {
        let headers = u64::from(!self.naming.headerless);
        place.record.saturating_sub(headers)
    }
}
