//! Checking a record against a definition: either a row ready to be stored or sent, or all that
//! is wrong with it.

use super::conventions::Conventions;
use super::header::HeaderMap;
use super::problem::{Problem, ProblemCode};
use super::types::Value;
use super::{Definition, OnBlank, SHARDS, Target};
use crate::csv::Fields;
use crate::station::StationConfig;

/// The longest sort key of DynamoDB.
const KEY_BYTES: usize = 1024;

/// Checks the rows of one file.
#[derive(Debug)]
pub struct RowChecker<'a> {
    definition: &'a Definition,
    map: HeaderMap,
    key: Vec<usize>,
    conventions: Conventions,
}

/// A row that can be stored or sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedRow {
    /// The text that identifies it in its station; empty where the definition has no key.
    pub key: String,
    /// For each column of the definition its value, if it has one.
    pub values: Vec<Option<Value>>,
    /// The columns, by their index in the definition, that are blank and keep the stored value
    /// where the row overwrites another. The other columns without a value lose theirs.
    pub kept: Vec<usize>,
}

impl CheckedRow {
    /// Which of the station's partitions the row lies in: a hash of its key, so that a file
    /// sorted by key does not heat one.
    pub fn shard(&self) -> u32 {
        crc32fast::hash(self.key.as_bytes()) % SHARDS
    }
}

impl<'a> RowChecker<'a> {
    /// A checker for files whose header was matched as `map`, from a station that writes dates,
    /// times and phone numbers as `config` says.
    pub fn new(definition: &'a Definition, map: HeaderMap, config: &StationConfig) -> Self {
        let key = definition
            .key
            .iter()
            .filter_map(|name| definition.column_index(name))
            .collect();
        Self {
            definition,
            map,
            key,
            conventions: config.into(),
        }
    }

    /// Checks one record. The error has all problems, in the order of the definition's columns.
    pub fn check(&self, fields: &Fields<'_>) -> Result<CheckedRow, Vec<Problem>> {
        if fields.len() != self.map.width() {
            let message = format!(
                "the row has {} fields, the first line has {}: a missing or extra delimiter, or an \
                 unquoted one inside a value?",
                fields.len(),
                self.map.width()
            );
            return Err(vec![Problem::of_row(ProblemCode::FieldCount, message)]);
        }
        let mut problems = Vec::new();
        let mut values = Vec::with_capacity(self.definition.columns.len());
        let mut kept = Vec::new();
        for (index, column) in self.definition.columns.iter().enumerate() {
            let field = self.map.field(index).and_then(|field| fields.get(field));
            let Ok(text) = std::str::from_utf8(field.unwrap_or_default()) else {
                problems.push(Problem::new(
                    &column.name,
                    ProblemCode::Encoding,
                    "has bytes that are not UTF-8: save the file as UTF-8",
                ));
                continue;
            };
            match column.read(text, &self.conventions) {
                Ok(value) => {
                    if value.is_none() && column.on_blank == OnBlank::Keep {
                        kept.push(index);
                    }
                    values.push(value);
                }
                Err(found) => problems.extend(found),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let key = self.key_text(&values);
        // An endpoint's rows have no sort key.
        if key.len() > KEY_BYTES && matches!(self.definition.target, Target::Table(_)) {
            let message = format!("the key has {} bytes, {KEY_BYTES} are allowed", key.len());
            let column = &self.definition.key[0];
            return Err(vec![Problem::new(column, ProblemCode::TooLong, message)]);
        }
        Ok(CheckedRow { key, values, kept })
    }

    /// The key's parts, joined so that different parts never give the same text.
    fn key_text(&self, values: &[Option<Value>]) -> String {
        let part = |index: usize| match &values[index] {
            Some(Value::Text(text) | Value::Number(text)) => text.clone(),
            Some(Value::Boolean(yes)) => yes.to_string(),
            None => String::new(),
        };
        match self.key.as_slice() {
            [only] => part(*only),
            _ => self
                .key
                .iter()
                .map(|&index| part(index).replace('\\', "\\\\").replace('#', "\\#"))
                .collect::<Vec<_>>()
                .join("#"),
        }
    }
}
