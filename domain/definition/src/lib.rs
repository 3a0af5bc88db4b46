//! Import definitions: what a business can import, as data. One TOML file each in
//! `definitions/`, compiled into the functions that need them.

#![warn(missing_docs)]

pub mod reported;

mod column;
mod conventions;
mod embedded;
mod error;
mod file;
mod header;
mod key;
mod lines;
mod row;
mod target;
mod types;

use std::collections::{BTreeMap, HashMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use column::Column;
pub use embedded::{Catalog, CatalogError};
pub use error::DefinitionError;
pub use header::{
    FileColumns, HeaderMap, HeaderProblem, Mapping, MissingColumn, Naming, Suggestions,
    UnknownHeader, detect_delimiter, letters, looks_like_row, suggest,
};
pub use key::{escape_part, join_key, split_key};
pub use row::{CheckedRow, FileOfRows, Looked, RowChecker, shard_of};
pub use sluice_basics::problem::{Problem, ProblemCode};
pub use target::{Endpoint, Target};
pub use types::{ColumnType, Value, compare_numbers, email_address};

use error::Mistake;
use file::DefinitionTable;

use sluice_basics::ids::BusinessId;

/// How many partitions a station's rows are spread over. One DynamoDB partition takes 1,000
/// write units a second; 64 take more than the default table quota of 40,000.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html>
pub const SHARDS: u32 = 64;

/// A row and the claims on its values are changed in one transaction, which has at most 100 actions.
const MOST_UNIQUE: usize = 40;

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
    pub fn parse(text: &str) -> Result<Self, DefinitionError> {
        let table: DefinitionTable =
            toml::from_str(text).map_err(|error| DefinitionError::of_toml(&error, text))?;
        Self::of_table(table).map_err(|mistake| DefinitionError::of_mistake(mistake, text))
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

    fn of_table(table: DefinitionTable) -> Result<Self, Mistake> {
        table.check_titles()?;
        let mut columns = Vec::with_capacity(table.columns.len());
        for (index, column) in table.columns.into_iter().enumerate() {
            let column = Column::of_table(column, table.on_blank);
            columns.push(column.map_err(|mistake| mistake.in_column(index))?);
        }
        let definition = Self {
            business: table.business,
            title: table.title,
            titles: table.titles,
            target: Target::of_file(table.table, table.endpoint)?,
            key: table.key,
            shard_by: table.shard_by,
            on_duplicate: table.on_duplicate,
            columns,
        };
        definition.check_columns()?;
        definition.check_unique()?;
        definition.check_key()?;
        definition.check_shard_by()?;
        Ok(definition)
    }

    fn check_columns(&self) -> Result<(), Mistake> {
        if self.columns.is_empty() {
            return Err(Mistake::new("columns", "name at least one column"));
        }
        let mut names = HashSet::new();
        let mut headers: HashMap<String, &str> = HashMap::new();
        for (index, column) in self.columns.iter().enumerate() {
            let mistake =
                |field, problem: String| Err(Mistake::new(field, problem).in_column(index));
            if !names.insert(&column.name) {
                return mistake("name", "another column has this name".to_owned());
            }
            for name in column.normalized_headers() {
                if name.is_empty() {
                    return mistake("headers", "one of them is blank".to_owned());
                }
                let other = *headers.entry(name.clone()).or_insert(&column.name);
                if other != column.name {
                    return mistake("headers", format!("`{name}` already stands for `{other}`"));
                }
            }
            if column.unique && matches!(self.target, Target::Endpoint(_)) {
                let problem = "rows that go to an endpoint are not compared with each other";
                return mistake("unique", problem.to_owned());
            }
            if column.unique && self.key == [column.name.as_str()] {
                return mistake("unique", "the key is so already: leave it out".to_owned());
            }
        }
        Ok(())
    }

    fn check_unique(&self) -> Result<(), Mistake> {
        if self.unique_columns().count() > MOST_UNIQUE {
            let problem = format!("at most {MOST_UNIQUE} columns can be unique");
            return Err(Mistake::new("columns", problem));
        }
        Ok(())
    }

    fn check_key(&self) -> Result<(), Mistake> {
        let mistake = |problem: String| Err(Mistake::new("key", problem));
        if self.key.is_empty() && matches!(self.target, Target::Table(_)) {
            return mistake("name the columns that identify a row".to_owned());
        }
        for (index, name) in self.key.iter().enumerate() {
            match self.columns.iter().find(|column| &column.name == name) {
                None => return mistake(format!("`{name}` is not a column")),
                Some(column) if !column.required && index == 0 => {
                    return mistake(format!(
                        "`{name}` must be required to be the first part of the key"
                    ));
                }
                // Only of a text is it plain what no value is.
                Some(column) if !column.required && !matches!(column.kind, ColumnType::Text(_)) => {
                    return mistake(format!(
                        "`{name}` must be required, or a text, to be part of the key"
                    ));
                }
                Some(column) if !column.kind.can_be_key() => {
                    return mistake(format!(
                        "`{name}` is a decimal, of which 1.5 and 1.50 would be different keys"
                    ));
                }
                Some(_) if self.key[..index].contains(name) => {
                    return mistake(format!("`{name}` is named twice"));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// The partition of a row must follow from its key alone.
    fn check_shard_by(&self) -> Result<(), Mistake> {
        let mistake = |problem: String| Err(Mistake::new("shard_by", problem));
        if self.shard_by.is_empty() {
            return Ok(());
        }
        if matches!(self.target, Target::Endpoint(_)) {
            return mistake("rows that go to an endpoint lie in no partition".to_owned());
        }
        if !self.key.starts_with(&self.shard_by) {
            let key = self.key.join(", ");
            return mistake(format!(
                "name the first columns of the key ({key}), in its order"
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
