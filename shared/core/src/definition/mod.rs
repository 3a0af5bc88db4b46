//! Import definitions: what a business can import, as data. One TOML file each in
//! `definitions/`, compiled into the functions that need them.

mod column;
mod embedded;
mod header;
mod problem;
mod row;
mod target;

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

pub use column::{Column, ColumnType, Value};
pub use embedded::{Catalog, CatalogError};
pub use header::{HeaderMap, HeaderProblem, detect_delimiter};
pub use problem::{Problem, ProblemCode};
pub use row::{CheckedRow, RowChecker};
pub use target::{Endpoint, Target};

use target::EndpointTable;

use crate::ids::BusinessId;
use crate::import::OnDuplicate;

/// How many partitions a station's rows are spread over. One DynamoDB partition takes 1,000
/// write units a second; 64 take more than the default table quota of 40,000.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html>
pub const SHARDS: u32 = 64;

/// What a business imports.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Its name in the API.
    pub business: BusinessId,
    /// Its name for people.
    pub title: String,
    /// Who takes its rows.
    pub target: Target,
    /// The columns that together identify a row. Never empty where rows go into a table; for an
    /// endpoint they only say which columns a duplicate is reported for.
    pub key: Vec<String>,
    /// The rule for taken keys, unless the import says otherwise.
    pub on_duplicate: OnDuplicate,
    /// The columns.
    pub columns: Vec<Column>,
}

/// A definition as it stands in its file, before its fields are compared with each other.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DefinitionFile {
    business: BusinessId,
    title: String,
    table: Option<String>,
    endpoint: Option<EndpointTable>,
    #[serde(default)]
    key: Vec<String>,
    #[serde(default)]
    on_duplicate: OnDuplicate,
    columns: Vec<Column>,
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

impl DefinitionError {
    fn field(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Field {
            field: field.into(),
            problem: problem.into(),
        }
    }
}

impl Definition {
    /// Reads and checks a definition file.
    pub fn parse(text: &str) -> Result<Self, DefinitionError> {
        let file: DefinitionFile = toml::from_str(text).map_err(Box::new)?;
        let definition = Self {
            business: file.business,
            title: file.title,
            target: Target::of_file(file.table, file.endpoint)?,
            key: file.key,
            on_duplicate: file.on_duplicate,
            columns: file.columns,
        };
        definition.check_columns()?;
        definition.check_key()?;
        Ok(definition)
    }

    /// The index of a column.
    pub fn column_index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    fn check_columns(&self) -> Result<(), DefinitionError> {
        let error = |field: &str, problem: String| Err(DefinitionError::field(field, problem));
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
        Ok(())
    }

    fn check_key(&self) -> Result<(), DefinitionError> {
        let error = |problem: String| Err(DefinitionError::field("key", problem));
        if self.key.is_empty() && matches!(self.target, Target::Table(_)) {
            return error("name the columns that identify a row".to_owned());
        }
        for name in &self.key {
            match self.columns.iter().find(|column| &column.name == name) {
                None => return error(format!("`{name}` is not a column")),
                Some(column) if !column.required => {
                    return error(format!("`{name}` must be required to be part of the key"));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
