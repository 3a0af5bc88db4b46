//! An import: what a client may ask for, what was decided, and how far it is.

use std::collections::BTreeMap;
use std::ops::Not;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::{ShortText, Text};
use crate::correction::{Contribution, Corrected, RowsBefore};
use crate::costs::Costs;
use crate::csv::{Delimiter, Position};
use crate::definition::Naming;
use crate::encoding::Encoding;
use crate::ids::{BusinessId, TaskId, TaskRef};
use crate::rows::RowCounts;

/// What to do with a row whose key is already stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnDuplicate {
    /// Report the row; the stored one stays.
    #[default]
    Reject,
    /// Leave the row out; the stored one stays.
    Skip,
    /// Replace the stored row.
    Overwrite,
}

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
    /// What the client asked for.
    #[serde(default)]
    pub options: ImportOptions,
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
    /// The object's size.
    pub file_bytes: u64,
    /// What separates the fields.
    pub delimiter: Delimiter,
    /// The rule for taken keys.
    pub on_duplicate: OnDuplicate,
    /// Whether rows are only checked.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub dry_run: bool,
    /// Which version of the station's configuration reads it.
    #[serde(default)]
    pub config_version: u64,
    /// The names of the file's fields: its header, or names made for them.
    pub header: Vec<String>,
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
}

/// The part of the task record that only imports use. The counters are added to by the
/// transaction that commits a chunk, and by nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportState {
    /// The object's version that is being imported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// What the file turned out to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detected: Option<DetectedFile>,
    /// The size of the object.
    #[serde(default)]
    pub file_bytes: u64,
    /// The size of what stands before the first chunk.
    #[serde(default)]
    pub header_bytes: u64,
    /// The version of the station's configuration, fixed when the task starts.
    #[serde(default)]
    pub config_version: u64,
    /// How large chunks are cut, fixed when the task starts.
    #[serde(default)]
    pub chunk_bytes: u64,
    /// How many chunks there are. Known only when the splitter has seen the whole file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunks_total: Option<u32>,
    /// Chunks committed.
    #[serde(default)]
    pub chunks_done: u32,
    /// Of these, chunks that were given up or not begun because the task was stopping.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub chunks_lost: u32,
    /// Bytes of the chunks whose rows were read.
    #[serde(default)]
    pub bytes_done: u64,
    /// Rows by outcome.
    #[serde(flatten)]
    pub rows: RowCounts,
    /// What keeps the task from finishing well, if anything does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// How often the sweeper has set it going again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub nudges: u32,
    /// What it was expected to take and what it took; only of one that ended by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub costs: Option<Costs>,
    /// Whether chunks that have not begun are to be left out.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub stopping: bool,
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
}

/// Counters that are still zero are left out of records, which are to be small.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl ImportPlan {
    /// How many rows of the file stand before a place in it.
    pub fn rows_before(&self, place: Position) -> u64 {
        let headers = u64::from(!self.naming.headerless);
        place.record.saturating_sub(headers)
    }
}

impl ImportState {
    /// Whether every chunk is committed, so that the books can be closed.
    pub fn is_complete(&self) -> bool {
        self.chunks_total
            .is_some_and(|total| self.chunks_done >= total)
    }

    /// Bytes done of the bytes to do, in whole percent.
    pub fn percent_done(&self) -> u8 {
        let to_do = self.file_bytes.saturating_sub(self.header_bytes);
        if to_do == 0 {
            0
        } else {
            (u128::from(self.bytes_done) * 100 / u128::from(to_do)).min(100) as u8
        }
    }
}
