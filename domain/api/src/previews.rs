//! Looking at a file before it is sent.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use sluice_basics::ids::{BusinessId, TaskId};
use sluice_csv::Delimiter;
use sluice_import::encoding::Encoding;
use sluice_import::{FileFormat, ImportOptions};

/// What base64 looks like, with its padding.
const BASE64: &str =
    "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$";

/// `POST /import/preview`: either `head` or `lines`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["head"] }, { "required": ["lines"] }]))]
pub struct PreviewRequest {
    /// Which definition reads the file.
    pub business: BusinessId,
    /// The first bytes of a text, or of a gzip file, in base64.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    #[schemars(
        with = "String",
        length(max = 1_398_104),
        regex(pattern = BASE64),
        extend("contentEncoding" = "base64")
    )]
    pub head: Option<String>,
    /// Whether `head` is all of the file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub whole: bool,
    /// The first rows of a workbook's sheet that are not blank.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    #[schemars(with = "Vec<PreviewLine>", length(max = 50))]
    pub lines: Option<Vec<PreviewLine>>,
    /// How to read the file.
    #[serde(default)]
    pub options: ImportOptions,
    /// The row that a person takes for the header, where none of its names is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header_row: Option<u64>,
}

/// Reads what is there, if it is: null is none of the two.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewLine {
    /// Its number as a spreadsheet shows it.
    pub row: u64,
    /// Its fields.
    pub fields: Vec<String>,
}

/// The answer to `POST /import/preview`: what an import would make of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FilePreview {
    /// Why the file would be refused whatever its columns are; all else is empty then.
    pub refusal: Option<String>,
    /// Its form.
    pub format: Option<FileFormat>,
    /// How its text is written; null for a workbook.
    pub encoding: Option<Encoding>,
    /// What separates its fields.
    pub delimiter: Option<Delimiter>,
    /// The row of its header; null where it has none.
    pub header_row: Option<u64>,
    /// The rows that may be the header, where no name in the first lines is known.
    pub header_choices: Vec<u64>,
    /// The names of its fields: those of the header, or letters.
    pub names: Vec<String>,
    /// The first rows.
    pub rows: Vec<PreviewLine>,
    /// The columns of the definition, in its order.
    pub columns: Vec<ColumnMatch>,
    /// Required columns that have no field.
    pub missing: Vec<String>,
    /// Why the import would be refused with these columns.
    pub problem: Option<String>,
    /// Whether the line that is taken for the header has the values of a row.
    pub looks_like_row: bool,
    /// The import that the file continues, if it is a corrected one.
    pub continues: Option<TaskId>,
}

/// Which field of a file a column is taken from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnMatch {
    /// The column.
    pub column: String,
    /// The place of its field, from 0; null where there is none.
    pub field: Option<usize>,
    /// The place of the field that may be meant, where there is none. An import takes it only when
    /// the mapping says so.
    pub suggested: Option<usize>,
}
