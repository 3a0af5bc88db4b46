//! Matching a file's header to a definition's columns.

mod naming;
mod nearest;
mod problem;
mod suggest;
mod unknown;

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sluice_basics::characters::{comparable_name as normalize, is_unseen};
use sluice_csv::{Delimiter, FieldReader};

use super::Definition;
use crate::reported::{ReportColumns, is_export_mark};
use nearest::nearest;
use problem::{describe, short};

pub use naming::{Mapping, Naming, letters};
pub use problem::{HeaderProblem, MissingColumn};
pub(crate) use suggest::form;
pub use suggest::{Suggestions, looks_like_row, suggest};
pub use unknown::UnknownHeader;

/// Which of a file's columns are imported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileColumns {
    /// The headers of columns that are not imported, as they are written; `column 3` for one
    /// without a header.
    #[serde(default)]
    pub ignored: Vec<String>,
    /// The optional columns of the definition that the file does not have, by their names there.
    #[serde(default)]
    pub missing: Vec<String>,
}

/// Which field of a record belongs to which column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderMap {
    /// For each column of the definition, the index of its field.
    fields: Vec<Option<usize>>,
    /// How many fields a record has.
    width: usize,
}

impl HeaderMap {
    /// Finds each column's field. Headers that mean no column are ignored.
    pub fn new(definition: &Definition, header: &[String]) -> Result<Self, HeaderProblem> {
        Self::with_mapping(definition, header, &Mapping::new())
    }

    /// Finds each column's field. `mapping` has headers by column; where it says nothing, names
    /// and synonyms count.
    pub fn with_mapping(
        definition: &Definition,
        header: &[String],
        mapping: &Mapping,
    ) -> Result<Self, HeaderProblem> {
        match Self::find(definition, header, mapping) {
            (_, Some(problem)) => Err(problem),
            (map, None) => map.check_header(definition, header).map(|()| map),
        }
    }

    /// Finds the fields that can be found, and says the first thing that is wrong. Required columns
    /// may be missing.
    pub(super) fn find(
        definition: &Definition,
        header: &[String],
        mapping: &Mapping,
    ) -> (Self, Option<HeaderProblem>) {
        let mut map = Self::empty(definition, header.len());
        let mut problem = None;
        let names: Vec<String> = header.iter().map(|name| normalize(name)).collect();
        for (column, wanted) in mapping {
            let assigned = column_index(definition, column).and_then(|index| {
                let field = find_header(column, wanted, header, &names)?;
                map.assign(definition, index, field, wanted)
            });
            problem = problem.or(assigned.err());
        }
        let mapped = map.fields.clone();
        for (index, column) in definition.columns.iter().enumerate() {
            if mapped[index].is_some() {
                continue;
            }
            let wanted: Vec<String> = column.normalized_headers().collect();
            let mut matching = (0..names.len())
                .filter(|&field| wanted.contains(&names[field]) && !mapped.contains(&Some(field)));
            map.fields[index] = matching.next();
            if let (Some(first), Some(second)) = (map.fields[index], matching.next()) {
                problem = problem.or(Some(HeaderProblem::Twice {
                    column: column.name.clone(),
                    first: header[first].clone(),
                    second: header[second].clone(),
                }));
            }
        }
        (map, problem)
    }

    fn check_header(
        &self,
        definition: &Definition,
        header: &[String],
    ) -> Result<(), HeaderProblem> {
        self.check_required(definition, |missing| {
            let names: Vec<String> = header.iter().map(|name| normalize(name)).collect();
            let unknown = (0..names.len()).filter(|field| self.column_of(*field).is_none());
            let unknown: Vec<usize> = unknown.collect();
            let candidates = || unknown.iter().map(|&field| names[field].as_str());
            let with_nearest = |index: usize| {
                let column = &definition.columns[index];
                let near = nearest(column.normalized_headers(), candidates());
                MissingColumn {
                    column: column.name.clone(),
                    nearest: near.map(|place| header[unknown[place]].clone()),
                }
            };
            HeaderProblem::Missing {
                missing: missing.into_iter().map(with_nearest).collect(),
                found: describe(header),
            }
        })
    }

    /// The map of a file without a header whose records have `width` fields. `mapping` has for
    /// each column its field: a number from 1, or a letter as a spreadsheet has them.
    pub fn without_header(
        definition: &Definition,
        mapping: &Mapping,
        width: usize,
    ) -> Result<Self, HeaderProblem> {
        match Self::place(definition, mapping, width) {
            (_, Some(problem)) => Err(problem),
            (map, None) => map.check_placed(definition).map(|()| map),
        }
    }

    /// As [`find`](Self::find), for a file without a header.
    pub(super) fn place(
        definition: &Definition,
        mapping: &Mapping,
        width: usize,
    ) -> (Self, Option<HeaderProblem>) {
        let mut map = Self::empty(definition, width);
        let mut problem = None;
        for (column, place) in mapping {
            let assigned = column_index(definition, column).and_then(|index| {
                let field = field_index(place).ok_or_else(|| HeaderProblem::NoField {
                    column: column.clone(),
                    field: place.clone(),
                })?;
                if field >= width {
                    return Err(HeaderProblem::UnknownField {
                        column: column.clone(),
                        field: place.clone(),
                        width,
                    });
                }
                map.assign(definition, index, field, place)
            });
            problem = problem.or(assigned.err());
        }
        (map, problem)
    }

    fn check_placed(&self, definition: &Definition) -> Result<(), HeaderProblem> {
        self.check_required(definition, |missing| {
            let name = |index: usize| definition.columns[index].name.clone();
            HeaderProblem::Unmapped(missing.into_iter().map(name).collect())
        })
    }

    /// The index of the column that a field belongs to.
    pub fn column_of(&self, field: usize) -> Option<usize> {
        self.fields.iter().position(|&other| other == Some(field))
    }

    /// The field of the column at `index` in the definition.
    pub fn field(&self, index: usize) -> Option<usize> {
        self.fields[index]
    }

    /// What is imported of a file with this header, and what is not. The columns of a report and the mark of an
    /// export say where rows came from, and are not counted.
    pub fn columns_of(&self, definition: &Definition, header: &[String]) -> FileColumns {
        let report = ReportColumns::find(header);
        let is_ignored = |field: &usize| {
            let is_of_report = report.as_ref().is_some_and(|found| found.contains(*field));
            let is_mark = is_export_mark(&header[*field]);
            self.column_of(*field).is_none() && !is_of_report && !is_mark
        };
        let name = |field: usize| match header[field].trim_matches(is_unseen) {
            "" => format!("column {}", field + 1),
            name => short(name),
        };
        let columns = definition.columns.iter().enumerate();
        let missing = columns.filter(|(index, _)| self.fields[*index].is_none());
        FileColumns {
            ignored: (0..header.len()).filter(is_ignored).map(name).collect(),
            missing: missing.map(|(_, column)| column.name.clone()).collect(),
        }
    }

    /// How many fields a record has.
    pub fn width(&self) -> usize {
        self.width
    }

    /// How many columns of the definition the fields of a line are headers of, also by a mapping:
    /// which of a file's first lines is its header, and with which delimiter.
    pub fn recognized(definition: &Definition, mapping: &Mapping, line: &[String]) -> usize {
        let mut columns: HashMap<String, usize> = HashMap::new();
        for (index, column) in definition.columns.iter().enumerate() {
            let mapped = mapping.get(&column.name).map(|header| normalize(header));
            let headers = column.normalized_headers().chain(mapped);
            columns.extend(headers.map(|header| (header, index)));
        }
        let mut known: Vec<usize> = line
            .iter()
            .filter_map(|field| columns.get(&normalize(field)).copied())
            .collect();
        known.sort_unstable();
        known.dedup();
        known.len()
    }

    fn empty(definition: &Definition, width: usize) -> Self {
        let fields = vec![None; definition.columns.len()];
        Self { fields, width }
    }

    fn assign(
        &mut self,
        definition: &Definition,
        index: usize,
        field: usize,
        called: &str,
    ) -> Result<(), HeaderProblem> {
        if let Some(other) = self.column_of(field) {
            return Err(HeaderProblem::Shared {
                field: called.to_owned(),
                first: definition.columns[other].name.clone(),
                second: definition.columns[index].name.clone(),
            });
        }
        self.fields[index] = Some(field);
        Ok(())
    }

    /// Checks that every column of the key has a field. A row of an exported file keeps the values of columns
    /// that the file lacks, and without its whole key it would be another row.
    pub(super) fn check_key(
        &self,
        definition: &Definition,
        header: &[String],
    ) -> Result<(), HeaderProblem> {
        let places = definition
            .key
            .iter()
            .filter_map(|name| definition.column_index(name));
        let missing = places.filter(|index| self.fields[*index].is_none());
        let missing: Vec<MissingColumn> = missing
            .map(|index| MissingColumn {
                column: definition.columns[index].name.clone(),
                nearest: None,
            })
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(HeaderProblem::Missing {
            missing,
            found: describe(header),
        })
    }

    /// The problem of the required columns that have no field, if there are any.
    fn check_required(
        &self,
        definition: &Definition,
        problem: impl FnOnce(Vec<usize>) -> HeaderProblem,
    ) -> Result<(), HeaderProblem> {
        let is_missing =
            |index: &usize| definition.columns[*index].required && self.fields[*index].is_none();
        let missing: Vec<usize> = (0..self.fields.len()).filter(is_missing).collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(problem(missing))
        }
    }
}

fn column_index(definition: &Definition, name: &str) -> Result<usize, HeaderProblem> {
    definition.column_index(name).ok_or_else(|| {
        let columns: Vec<&str> = definition.columns.iter().map(|c| c.name.as_str()).collect();
        let names = columns
            .iter()
            .map(|column| normalize(column))
            .collect::<Vec<_>>();
        let near = nearest(
            [normalize(name)].into_iter(),
            names.iter().map(String::as_str),
        );
        HeaderProblem::UnknownColumn {
            column: name.to_owned(),
            nearest: near.map(|place| columns[place].to_owned()),
            known: columns.join(", "),
        }
    })
}

/// The field with this header: the one that is written just so, or else the only one that is so
/// but for case, spaces, `_` and `-`.
fn find_header(
    column: &str,
    wanted: &str,
    header: &[String],
    names: &[String],
) -> Result<usize, HeaderProblem> {
    let normalized = normalize(wanted);
    let exact: Vec<usize> = (0..header.len()).filter(|&i| header[i] == wanted).collect();
    let alike: Vec<usize> = (0..names.len())
        .filter(|&i| names[i] == normalized)
        .collect();
    let found = if exact.is_empty() { alike } else { exact };
    match found.as_slice() {
        [field] => Ok(*field),
        [] => {
            let near = nearest([normalized].into_iter(), names.iter().map(String::as_str));
            Err(HeaderProblem::UnknownHeader {
                column: column.to_owned(),
                header: wanted.to_owned(),
                nearest: near.map(|place| header[place].clone()),
                found: describe(header),
            })
        }
        _ => Err(HeaderProblem::Repeated {
            column: column.to_owned(),
            header: wanted.to_owned(),
        }),
    }
}

/// The index of a field by its number from 1 or its letters: `3` and `C` are 2.
fn field_index(text: &str) -> Option<usize> {
    let text = text.trim();
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse::<usize>().ok()?.checked_sub(1);
    }
    if text.len() > 3 || !text.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let letters = text
        .bytes()
        .map(|b| usize::from(b.to_ascii_uppercase() - b'A') + 1);
    letters
        .fold(0, |number, letter| number * 26 + letter)
        .checked_sub(1)
}

/// The delimiter under which most of the first line's fields are headers of the definition;
/// the comma when there is no difference.
pub fn detect_delimiter(definition: &Definition, first_line: &[u8]) -> Delimiter {
    let mut best = (0, Delimiter::default());
    let candidates = [
        Delimiter::COMMA,
        Delimiter::SEMICOLON,
        Delimiter::TAB,
        Delimiter::PIPE,
    ];
    for delimiter in candidates {
        let mut reader = FieldReader::new(delimiter.into());
        let fields = reader.read(first_line);
        let header: Vec<String> = fields
            .iter()
            .map(|field| String::from_utf8_lossy(field).into_owned())
            .collect();
        let known = HeaderMap::recognized(definition, &Mapping::new(), &header);
        if known > best.0 {
            best = (known, delimiter);
        }
    }
    best.1
}

#[cfg(test)]
mod tests;
