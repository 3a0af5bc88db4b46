//! Import definitions: what a business can import, as data. One TOML file each in
//! `definitions/`, compiled into the functions that need them.

#![warn(missing_docs)]

pub mod reported;

mod check;
mod column;
mod conventions;
mod embedded;
mod error;
mod file;
mod header;
mod key;
mod lines;
mod row;
mod swallowed;
mod target;
mod types;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use column::Column;
pub use embedded::{Catalog, CatalogError};
pub use error::{DefinitionError, DefinitionErrors};
pub use header::{
    FileColumns, HeaderMap, HeaderProblem, Mapping, MissingColumn, Naming, Suggestions,
    UnknownHeader, detect_delimiter, letters, looks_like_row, suggest,
};
pub use key::{escape_part, join_key, split_key};
pub use row::{CheckedRow, FileOfRows, Looked, RowChecker, shard_of};
pub use sluice_basics::problem::{Problem, ProblemCode};
pub use target::{Endpoint, Target};
pub use types::{ColumnType, Value, compare_numbers, email_address};

use file::DefinitionTable;

use sluice_basics::ids::BusinessId;
use toml::de::DeTable;

/// How many partitions a station's rows are spread over. One DynamoDB partition takes 1,000
/// write units a second; 64 take more than the default table quota of 40,000.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html>
pub const SHARDS: u32 = 64;

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

/// What a business imports.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Its name in the API.
    pub business: BusinessId,
    /// Its name for people, in English.
    pub title: String,
    /// The same in other languages, by their tags (`zh`).
    pub titles: BTreeMap<String, String>,
    /// Who takes its rows.
    pub target: Target,
    /// The columns that together identify a row. Never empty where rows go into a table; for an
    /// endpoint they only say which columns a duplicate is reported for.
    pub key: Vec<String>,
    /// The first columns of the key, if rows that are equal in these lie together: a station's rows are spread
    /// over its partitions by them. Empty where they are spread by the whole key.
    pub shard_by: Vec<String>,
    /// The rule for taken keys, unless the import says otherwise.
    pub on_duplicate: OnDuplicate,
    /// The columns.
    pub columns: Vec<Column>,
}

/// What a blank field, or a column that the file does not have, means where a row overwrites a
/// stored one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnBlank {
    /// The stored value is taken away.
    #[default]
    Clear,
    /// The stored value stays.
    Keep,
}

impl Definition {
    /// Reads and checks a definition file.
    ///
    /// # Errors
    ///
    /// All mistakes in it. What cannot be read hides only what follows from it, and a file that is not TOML has one.
    pub fn parse(text: &str) -> Result<Self, DefinitionErrors> {
        let root = DeTable::parse(text);
        let root = root.map_err(|error| DefinitionErrors::of_syntax(&error, text))?;
        let mut mistakes = Vec::new();
        let table = DefinitionTable::read(root.get_ref(), &mut mistakes);
        match check::definition(table, &mut mistakes) {
            Some(definition) if mistakes.is_empty() => Ok(definition),
            _ => Err(DefinitionErrors::of_mistakes(
                mistakes,
                root.get_ref(),
                text,
            )),
        }
    }

    /// The index of a column.
    pub fn column_index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The indices of the columns in which no two rows of a station may have the same value,
    /// beside the key.
    pub fn unique_columns(&self) -> impl Iterator<Item = usize> {
        let columns = self.columns.iter().enumerate();
        columns.filter_map(|(index, column)| column.unique.then_some(index))
    }

    /// The name of what no two rows share: the key (field 0), or a unique column (fields from 1).
    pub fn field_name(&self, field: usize) -> String {
        let column = field
            .checked_sub(1)
            .and_then(|n| self.unique_columns().nth(n));
        match column {
            Some(index) => self.columns[index].name.clone(),
            None => self.key.join(" + "),
        }
    }

    /// The fields in which a row must differ from all others, with its values: its key (field 0),
    /// and its values of the unique columns (fields from 1). A blank is no value.
    pub fn claims(&self, row: &CheckedRow) -> Vec<(usize, String)> {
        let mut claims = vec![(0, row.key.clone())];
        for (field, column) in (1..).zip(self.unique_columns()) {
            if let Some(value) = &row.values[column] {
                claims.push((field, value.to_string()));
            }
        }
        claims
    }

    /// Returns which of its station's partitions the row with a key lies in: a hash, so that a file sorted by
    /// key does not heat one.
    pub fn shard_of(&self, key: &str) -> u32 {
        match self.shard_by.len() {
            0 => shard_of(key),
            columns if columns == self.key.len() => shard_of(key),
            columns => shard_of(&key::first_parts(key, columns)),
        }
    }

    /// How many bytes a row of a file has as a rule, delimiters included: a guess from the types.
    pub fn typical_row_bytes(&self) -> u64 {
        let columns = self.columns.iter();
        columns.map(|column| column.kind.typical_bytes() + 1).sum()
    }
}

#[cfg(test)]
mod tests;
