//! Checking a record against a definition: either a row ready to be stored or sent, or all that
//! is wrong with it.

use super::conventions::Conventions;
use super::header::HeaderMap;
use super::problem::{Problem, ProblemCode};
use super::types::Value;
use super::{Definition, OnBlank, SHARDS, Target};
use crate::csv::Fields;
use crate::report::restore;
use crate::station::StationConfig;

/// The longest sort key of DynamoDB.
const KEY_BYTES: usize = 1024;
/// The longest value that can be part of a claim's sort key, beside the column's name.
const UNIQUE_BYTES: usize = 900;

/// Checks the rows of one file.
#[derive(Debug)]
pub struct RowChecker<'a> {
    definition: &'a Definition,
    map: HeaderMap,
    key: Vec<usize>,
    conventions: Conventions,
    is_corrected: bool,
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
            is_corrected: false,
        }
    }

    /// The same for a failed-rows file that was corrected: its fields are as a report shows them,
    /// and a spreadsheet may have made its rows longer with blank fields.
    #[must_use]
    pub fn of_corrected_file(self) -> Self {
        Self {
            is_corrected: true,
            ..self
        }
    }

    /// Checks one record. The error has all problems, in the order of the definition's columns.
    pub fn check(&self, fields: &Fields<'_>) -> Result<CheckedRow, Vec<Problem>> {
        let width = self.width_of(fields);
        if width != self.map.width() {
            let message = format!(
                "the row has {width} fields, the first line has {}: a missing or extra delimiter, or an \
                 unquoted one inside a value?",
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
            let text = if self.is_corrected {
                restore(text)
            } else {
                text
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
        if let Some(column) = self.definition.unique_columns().find(|&index| {
            let bytes = values[index]
                .as_ref()
                .map_or(0, |value| value.to_string().len());
            bytes > UNIQUE_BYTES
        }) {
            let message = format!("at most {UNIQUE_BYTES} bytes can be kept unique");
            let column = &self.definition.columns[column].name;
            return Err(vec![Problem::new(column, ProblemCode::TooLong, message)]);
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

    fn width_of(&self, fields: &Fields<'_>) -> usize {
        let mut width = fields.len();
        let is_blank =
            |field: Option<&[u8]>| field.is_none_or(|field| field.trim_ascii().is_empty());
        while self.is_corrected && width > self.map.width() && is_blank(fields.get(width - 1)) {
            width -= 1;
        }
        width
    }

    /// The key's parts, joined so that different parts never give the same text.
    fn key_text(&self, values: &[Option<Value>]) -> String {
        let part = |index: usize| {
            values[index]
                .as_ref()
                .map(Value::to_string)
                .unwrap_or_default()
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
