//! Checking a record against a definition: either a row ready to be stored or sent, or all that
//! is wrong with it.

use std::borrow::Cow;

use sluice_basics::problem::{Problem, ProblemCode};
use sluice_basics::station::StationConfig;
use sluice_csv::Fields;
use sluice_csv::cell::{Cell, CellUse, is_error_value};

use super::conventions::Conventions;
use super::header::{HeaderMap, HeaderProblem, Naming};
use super::key::join_key;
use super::lines::{Line, Lines, is_blank};
use super::swallowed::swallowing_field;
use super::types::{ColumnType, Value, is_rounded};
use super::{Column, Definition, OnBlank, SHARDS, Target};
use crate::reported::{is_neutralized, restore};

/// The longest sort key of DynamoDB.
const KEY_BYTES: usize = 1024;
/// The longest value that can be part of a claim's sort key, beside the column's name.
const UNIQUE_BYTES: usize = 900;

/// What is wrong with a text that has the mark of a report, in a file that does not say that it is one.
const MARKED: &str = "has the apostrophe that failed-rows files and exports put before such a text: \
                      delete the apostrophe, or send that file with all of its columns";

/// What is wrong with a key that a spreadsheet has rounded: other rows may have the same.
const ROUNDED: &str = "was shortened by a spreadsheet, and digits of it are lost: format the column as text, \
                       and export it again from where the numbers are whole";

/// Checks the rows of one file.
#[derive(Debug)]
pub struct RowChecker<'a> {
    definition: &'a Definition,
    map: HeaderMap,
    lines: Lines,
    /// How many blank fields a row may have beyond those of the header.
    blank_fields: u32,
    key: Vec<usize>,
    conventions: Conventions,
    is_corrected: bool,
    /// Whether the file was exported.
    is_exported: bool,
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

/// Returns which of its station's partitions belongs to a text. For rows, [`Definition::shard_of`] says which text
/// that is.
pub fn shard_of(text: &str) -> u32 {
    crc32fast::hash(text.as_bytes()) % SHARDS
}

/// What has to be known of a file to check its rows.
#[derive(Clone, Copy, Debug)]
pub struct FileOfRows<'a> {
    /// How columns find their fields.
    pub naming: &'a Naming,
    /// The names of its fields: its header, or names made for them.
    pub header: &'a [String],
    /// How many fields in which nothing is written rows may have beyond those of the header.
    pub blank_fields: u32,
    /// The names of a header that the definition does not know and that is [none of its
    /// rows](super::header::UnknownHeader), if it has one.
    pub unknown_header: &'a [String],
    /// Whether its fields are as a failed-rows file shows them.
    pub is_as_reported: bool,
    /// Whether it was exported: a row keeps the columns that the file lacks.
    pub is_exported: bool,
}

/// What is seen of a record without checking all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// The values that no other row may have, by field.
    Claims(Vec<(usize, String)>),
    /// It is no row, or no good one.
    NoGoodRow,
    /// A header whose columns are others than those of the file's. `is_in_place`: the required ones are
    /// where they are there, and the others have names that are not known.
    OtherHeader {
        /// See there.
        is_in_place: bool,
    },
}

impl<'a> RowChecker<'a> {
    /// A checker for files whose header was matched as `map`, from a station that writes dates,
    /// times and phone numbers as `config` says.
    pub fn new(definition: &'a Definition, map: HeaderMap, config: &StationConfig) -> Self {
        Self::with_header(definition, map, &[], config)
    }

    /// A checker for the rows of a file.
    pub fn of_file(
        definition: &'a Definition,
        file: &FileOfRows<'_>,
        config: &StationConfig,
    ) -> Result<Self, HeaderProblem> {
        let map = file.naming.map(definition, file.header)?;
        if file.is_exported {
            map.check_key(definition, file.header)?;
        }
        let header = if file.naming.headerless {
            &[][..]
        } else {
            file.header
        };
        let checker = Self::with_header(definition, map, header, config);
        Ok(Self {
            lines: checker.lines.with_unknown_header(file.unknown_header),
            is_corrected: file.is_as_reported,
            is_exported: file.is_exported,
            blank_fields: file.blank_fields,
            ..checker
        })
    }

    fn with_header(
        definition: &'a Definition,
        map: HeaderMap,
        header: &[String],
        config: &StationConfig,
    ) -> Self {
        let key = definition
            .key
            .iter()
            .filter_map(|name| definition.column_index(name))
            .collect();
        Self {
            definition,
            lines: Lines::new(definition, &map, header),
            map,
            key,
            conventions: config.into(),
            is_corrected: false,
            is_exported: false,
            blank_fields: 0,
        }
    }

    /// Checks one record, if it is a row: a line of blanks is none, nor is the header where it
    /// stands in the file once more.
    pub fn read(&self, fields: &Fields<'_>) -> Option<Result<CheckedRow, Vec<Problem>>> {
        match self.lines.line(fields, self.is_corrected) {
            // The splitter has refused the file whose other header was not just below its own.
            Line::Blank | Line::Header | Line::OtherHeader { is_in_place: true } => None,
            Line::Row => Some(self.check(fields)),
            Line::OtherHeader { is_in_place: false } => {
                let message = "the row has names of columns in the place of values: if it is the header \
                               of another table, split the file there";
                let problem = Problem::of_row(ProblemCode::NotAllowed, message.to_owned());
                Some(Err(vec![problem]))
            }
            Line::UnknownHeader => {
                let message = "the row has words like the names of columns, and the file is said to have no \
                               header: delete the row; if it is none of a header, import the file with one";
                let problem = Problem::of_row(ProblemCode::NotAllowed, message.to_owned());
                Some(Err(vec![problem]))
            }
            Line::Doubtful(column) => {
                let message = "is the name of a column in the place of a value: if this line is a \
                               header, delete it";
                let column = &self.definition.columns[column].name;
                let problem = Problem::new(column, ProblemCode::NotAllowed, message);
                Some(Err(vec![problem]))
            }
        }
    }

    /// Checks one row. The error has all problems, in the order of the definition's columns.
    pub fn check(&self, fields: &Fields<'_>) -> Result<CheckedRow, Vec<Problem>> {
        if let Some(field) = fields.misquoted() {
            let message = format!(
                "field {} goes on after its closing quote: write a quote in a value twice (\"\"), \
                 and nothing between the closing quote and the next delimiter",
                field + 1
            );
            return Err(vec![Problem::of_row(ProblemCode::Quotes, message)]);
        }
        if let Some(field) = self.swallowing_field(fields) {
            let message = format!(
                "field {} has whole rows of the table in it: close its quote where the value ends, and send the \
                 rows again",
                field + 1
            );
            return Err(vec![Problem::of_row(ProblemCode::Quotes, message)]);
        }
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
            if self.is_exported && self.map.field(index).is_none() {
                kept.push(index);
                values.push(None);
                continue;
            }
            match self.value_in(index, fields) {
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

    /// Reads only what no two rows may share, as [`Definition::claims`] has it of a checked row: the key and
    /// the unique values, by field.
    pub fn look(&self, fields: &Fields<'_>) -> Looked {
        match self.lines.line(fields, self.is_corrected) {
            Line::Row => self
                .claims(fields)
                .map_or(Looked::NoGoodRow, Looked::Claims),
            Line::OtherHeader { is_in_place } => Looked::OtherHeader { is_in_place },
            Line::Blank | Line::Header | Line::UnknownHeader | Line::Doubtful(_) => {
                Looked::NoGoodRow
            }
        }
    }

    fn claims(&self, fields: &Fields<'_>) -> Option<Vec<(usize, String)>> {
        if fields.misquoted().is_some()
            || self.swallowing_field(fields).is_some()
            || self.width_of(fields) != self.map.width()
        {
            return None;
        }
        let read = |index: usize| self.value_in(index, fields).ok();
        let mut values = vec![None; self.definition.columns.len()];
        for &index in &self.key {
            values[index] = read(index)?;
        }
        let mut claims = vec![(0, self.key_text(&values))];
        for (field, index) in (1..).zip(self.definition.unique_columns()) {
            if let Some(value) = read(index)? {
                claims.push((field, value.to_string()));
            }
        }
        Some(claims)
    }

    /// The value in a column's field, or all that is wrong with it.
    fn value_in(&self, index: usize, fields: &Fields<'_>) -> Result<Option<Value>, Vec<Problem>> {
        let column = &self.definition.columns[index];
        let problem = |code, message| vec![Problem::new(&column.name, code, message)];
        let field = self.map.field(index).and_then(|field| fields.get(field));
        let text = self
            .text_of(index, field.unwrap_or_default())
            .map_err(|(code, message)| problem(code, message))?;
        let text = if self.is_corrected {
            restore(text)
        } else {
            Cow::Borrowed(text)
        };
        let value = column.read(&text, &self.conventions)?;
        match &value {
            // An export shows what is stored.
            Some(Value::Text(text)) if !self.is_exported && self.is_marked(index, text) => {
                Err(problem(ProblemCode::NotAllowed, MARKED.to_owned()))
            }
            Some(Value::Text(text))
                if !self.is_exported && self.is_identity(index) && is_rounded(text) =>
            {
                Err(problem(ProblemCode::Cell, ROUNDED.to_owned()))
            }
            _ => Ok(value),
        }
    }

    /// The field that has taken in rows. What Sluice has written has its quotes, and a sheet has none.
    fn swallowing_field(&self, fields: &Fields<'_>) -> Option<usize> {
        let is_quoted_by_others =
            !self.is_corrected && !self.is_exported && self.blank_fields != u32::MAX;
        let key = self.map.field(*self.key.first()?)?;
        swallowing_field(fields, key).filter(|_| is_quoted_by_others)
    }

    /// Whether a row is told from others by a column.
    fn is_identity(&self, column: usize) -> bool {
        self.definition.columns[column].unique || self.key.contains(&column)
    }

    /// Whether a text has the apostrophe of a failed-rows file or an export, or in a key the one with
    /// which other programs mark digits as text. All other types of columns leave it out.
    fn is_marked(&self, column: usize, text: &str) -> bool {
        let Column { kind, .. } = &self.definition.columns[column];
        if !text.contains('\'') || !matches!(kind, ColumnType::Text(_) | ColumnType::Email(_)) {
            return false;
        }
        let digits = text.trim_start_matches('\'');
        is_neutralized(text)
            || self.is_identity(column)
                && digits.len() < text.len()
                && !digits.is_empty()
                && digits.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// The text in a column's field: what a workbook's cell means there, and nothing that was lost
    /// on the way here.
    fn text_of<'f>(
        &self,
        column: usize,
        field: &'f [u8],
    ) -> Result<&'f str, (ProblemCode, String)> {
        let text = match Cell::read(field) {
            Some(cell) => cell
                .text(self.cell_use(column))
                .map_err(|message| (ProblemCode::Cell, message.to_owned()))?,
            None => std::str::from_utf8(field).map_err(|_| {
                let message = "is not valid UTF-8: save the file as UTF-8";
                (ProblemCode::Encoding, message.to_owned())
            })?,
        };
        if text.contains(char::REPLACEMENT_CHARACTER) {
            let message = "has a character that was lost (\u{FFFD}): type the text again";
            return Err((ProblemCode::Encoding, message.to_owned()));
        }
        if has_escapes(text) {
            let message = "is in ISO-2022, an encoding that is not read: save the file as UTF-8";
            return Err((ProblemCode::Encoding, message.to_owned()));
        }
        if is_error_value(text) {
            let message = format!(
                "is an error value of a spreadsheet ({}): correct the formula, or type the value",
                text.trim()
            );
            return Err((ProblemCode::Cell, message));
        }
        Ok(text)
    }

    fn cell_use(&self, column: usize) -> CellUse {
        let Column { kind, unique, .. } = &self.definition.columns[column];
        CellUse {
            is_number: matches!(kind, ColumnType::Integer(_) | ColumnType::Decimal(_)),
            is_free_text: matches!(kind, ColumnType::Text(_)),
            is_identity: *unique
                || self.key.contains(&column)
                || matches!(kind, ColumnType::Phone(_)),
        }
    }

    /// How many fields a row has: without blank ones beyond the header's, if the file's rows have so
    /// many. Of others the delimiter may belong to a value that should be in quotes. A spreadsheet
    /// makes all rows of a corrected file as long as the longest one.
    fn width_of(&self, fields: &Fields<'_>) -> usize {
        let mut width = fields.len();
        while width > self.map.width() && fields.get(width - 1).is_none_or(is_blank) {
            width -= 1;
        }
        let blank = fields.len() - width;
        let is_usual = blank == self.blank_fields as usize || self.blank_fields == u32::MAX;
        if is_usual || self.is_corrected {
            width
        } else {
            fields.len()
        }
    }

    /// The text of the key. A part without a value is empty.
    fn key_text(&self, values: &[Option<Value>]) -> String {
        let part = |index: &usize| {
            let value = values[*index].as_ref().map(Value::to_string);
            Cow::Owned(value.unwrap_or_default())
        };
        join_key(self.key.iter().map(part))
    }
}

/// Whether a text has the escape sequences by which ISO-2022 changes between character sets: the
/// letters between them are bytes of other ones.
fn has_escapes(text: &str) -> bool {
    text.match_indices('\u{1B}')
        .any(|(index, _)| text[index + 1..].starts_with(['$', '(']))
}
