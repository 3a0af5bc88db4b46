//! How a file's fields are told apart: by its header, by what the client says of them, or both.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{HeaderMap, HeaderProblem, column_index};
use crate::definition::Definition;

/// Where columns are taken from, by their names in the definition: a header, or a field's number
/// from 1 or its letter from A where there is no header.
pub type Mapping = BTreeMap<String, String>;

/// How the fields of a file are named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Naming {
    /// Whether the file begins with its first row, and not with the names of its columns.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub headerless: bool,
    /// What the client says; where it says nothing, a header's own names count.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub mapping: Mapping,
}

impl Naming {
    /// What can be told to be wrong with it before any file is seen.
    pub fn check(&self, definition: &Definition) -> Result<(), HeaderProblem> {
        if self.headerless {
            // No field is beyond a width that is not known yet.
            return HeaderMap::without_header(definition, &self.mapping, usize::MAX).map(drop);
        }
        let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
        for (column, header) in &self.mapping {
            column_index(definition, column)?;
            if let Some(other) = taken.insert(header, column) {
                return Err(HeaderProblem::Shared {
                    field: header.clone(),
                    first: other.to_owned(),
                    second: column.clone(),
                });
            }
        }
        Ok(())
    }

    /// Which field belongs to which column. `header` has the names of the fields: those of the
    /// file, or [those made for it](Self::made_names).
    pub fn map(
        &self,
        definition: &Definition,
        header: &[String],
    ) -> Result<HeaderMap, HeaderProblem> {
        if self.headerless {
            HeaderMap::without_header(definition, &self.mapping, header.len())
        } else {
            HeaderMap::with_mapping(definition, header, &self.mapping)
        }
    }

    /// Names for the fields of a file without a header: those of the columns that they are taken
    /// for, and the letters of the others. No two are the same.
    pub fn made_names(
        &self,
        definition: &Definition,
        width: usize,
    ) -> Result<Vec<String>, HeaderProblem> {
        let map = HeaderMap::without_header(definition, &self.mapping, width)?;
        // Columns have lower-case names.
        let name = |field: usize| match map.column_of(field) {
            Some(column) => definition.columns[column].name.clone(),
            None => letters(field),
        };
        Ok((0..width).map(name).collect())
    }
}

/// The letters that a spreadsheet shows for a field: `A` for 0, `AB` for 27.
fn letters(field: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = field + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(b'A' + (rest % 26) as u8);
        rest /= 26;
    }
    letters
        .iter()
        .rev()
        .map(|&letter| char::from(letter))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::field_index;
    use super::*;

    #[test]
    fn letters_name_the_field_they_are_read_as() {
        for field in (0..1_000).chain([16_383]) {
            assert_eq!(field_index(&letters(field)), Some(field));
        }
    }
}
