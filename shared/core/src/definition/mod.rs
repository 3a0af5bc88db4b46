//! Import definitions: what a business can import, as data. One TOML file each in
//! `definitions/`, compiled into the functions that need them.

mod column;
mod embedded;
mod header;
mod problem;
mod row;

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

pub use column::{Column, ColumnType, Value};
pub use embedded::{Catalog, CatalogError};
pub use header::{HeaderMap, HeaderProblem, detect_delimiter};
pub use problem::{Problem, ProblemCode};
pub use row::{CheckedRow, RowChecker};

use crate::ids::BusinessId;
use crate::import::OnDuplicate;

/// How many partitions a station's rows are spread over. One DynamoDB partition takes 1,000
/// write units a second; 64 take more than the default table quota of 40,000.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html>
pub const SHARDS: u32 = 64;

/// What a business imports.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Its name in the API.
    pub business: BusinessId,
    /// Its name for people.
    pub title: String,
    /// The logical name of the table its rows live in; the functions' environment says which
    /// table that is.
    pub table: String,
    /// The columns that together identify a row.
    pub key: Vec<String>,
    /// The rule for taken keys, unless the import says otherwise.
    #[serde(default)]
    pub on_duplicate: OnDuplicate,
    /// The columns.
    pub columns: Vec<Column>,
}

/// What is wrong with a definition file.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionError {
    /// Not TOML, an unknown field, a wrong type. The text names line and column.
    #[error("{0}")]
    Syntax(#[from] Box<toml::de::Error>),
    /// The fields do not fit together.
    #[error("{field}: {problem}")]
    Field {
        /// The field.
        field: String,
        /// What is wrong with it and what to do.
        problem: String,
    },
}

impl Definition {
    /// Reads and checks a definition file.
    pub fn parse(text: &str) -> Result<Self, DefinitionError> {
        let definition: Self = toml::from_str(text).map_err(Box::new)?;
        definition.check()?;
        Ok(definition)
    }

    /// The index of a column.
    pub fn column_index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    fn check(&self) -> Result<(), DefinitionError> {
        let error = |field: &str, problem: String| {
            Err(DefinitionError::Field {
                field: field.to_owned(),
                problem,
            })
        };
        if !column::is_name(&self.table) {
            let problem = "a name has lower-case letters, digits and `_`";
            return error("table", problem.to_owned());
        }
        if self.columns.is_empty() {
            return error("columns", "name at least one column".to_owned());
        }
        let mut names = HashSet::new();
        let mut headers: HashMap<String, &str> = HashMap::new();
        for column in &self.columns {
            if let Err(problem) = column.check_definition() {
                return error(&format!("columns.{}", column.name), problem);
            }
            if !names.insert(&column.name) {
                return error(
                    &format!("columns.{}", column.name),
                    "is named twice".to_owned(),
                );
            }
            for name in column.normalized_headers() {
                let other = *headers.entry(name.clone()).or_insert(&column.name);
                if other != column.name {
                    return error(
                        &format!("columns.{}.headers", column.name),
                        format!("`{name}` already stands for `{other}`"),
                    );
                }
            }
        }
        if self.key.is_empty() {
            return error("key", "name the columns that identify a row".to_owned());
        }
        for name in &self.key {
            match self.columns.iter().find(|column| &column.name == name) {
                None => return error("key", format!("`{name}` is not a column")),
                Some(column) if !column.required => {
                    return error(
                        "key",
                        format!("`{name}` must be required to be part of the key"),
                    );
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
