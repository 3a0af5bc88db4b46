//! How a file's fields are told apart: by its header, by what the client says of them, or both.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sluice_basics::characters::comparable_name;

use super::{HeaderMap, HeaderProblem, column_index};
use crate::Definition;

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

    /// How the fields of a corrected file are named: as those of the import that it continues, of
    /// which this is the naming, but for what the client says of this file. `header` has the names
    /// that its failed-rows file has given them.
    #[must_use]
    pub fn of_correction(&self, own: &Self, header: &[String]) -> Self {
        let header: Vec<String> = header.iter().map(|name| comparable_name(name)).collect();
        // Places in the first file say nothing about those in the report.
        let mut mapping = if own.headerless {
            Mapping::new()
        } else {
            own.mapping.clone()
        };
        let taken: Vec<String> = mapping.values().map(|name| comparable_name(name)).collect();
        for (column, named) in &self.mapping {
            // Names were made for a file without a header: those of its columns.
            let named = if self.headerless { column } else { named };
            let name = comparable_name(named);
            if header.contains(&name) && !taken.contains(&name) {
                mapping
                    .entry(column.clone())
                    .or_insert_with(|| named.clone());
            }
        }
        Self {
            headerless: false,
            mapping,
        }
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

    /// As [`map`](Self::map), but a map of what can be found comes also where something is wrong: for
    /// showing a file before it is imported. `header` has a name for each field.
    pub fn look(
        &self,
        definition: &Definition,
        header: &[String],
    ) -> (HeaderMap, Option<HeaderProblem>) {
        let (map, problem) = if self.headerless {
            HeaderMap::place(definition, &self.mapping, header.len())
        } else {
            HeaderMap::find(definition, header, &self.mapping)
        };
        let problem = problem.or_else(|| {
            if self.headerless {
                map.check_placed(definition).err()
            } else {
                map.check_header(definition, header).err()
            }
        });
        (map, problem)
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
pub fn letters(field: usize) -> String {
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

    fn naming(headerless: bool, pairs: &[(&str, &str)]) -> Naming {
        let owned = |(column, name): &(&str, &str)| ((*column).to_owned(), (*name).to_owned());
        Naming {
            headerless,
            mapping: pairs.iter().map(owned).collect(),
        }
    }

    #[test]
    fn a_corrected_file_is_named_as_the_import_it_continues() {
        let header: Vec<String> = ["Karte Nr.", "Kunde", "Mail", "error_row", "error_task"]
            .map(str::to_owned)
            .into();
        let root = naming(
            false,
            &[
                ("member_no", "karte nr."),
                ("name", "Kunde"),
                ("phone", "Tel"),
            ],
        );
        let named = |own: &Naming| root.of_correction(own, &header);
        let expected = naming(false, &[("member_no", "karte nr."), ("name", "Kunde")]);
        assert_eq!(named(&Naming::default()), expected, "what is in the file");
        assert_eq!(named(&naming(true, &[("member_no", "1")])), expected);
        let own = naming(false, &[("address", "Kunde"), ("name", "Mail")]);
        let expected = naming(
            false,
            &[
                ("member_no", "karte nr."),
                ("address", "Kunde"),
                ("name", "Mail"),
            ],
        );
        assert_eq!(named(&own), expected, "the client's word comes first");
        let root = naming(true, &[("member_no", "2"), ("name", "D")]);
        let header: Vec<String> = ["A", "member_no", "C", "name"].map(str::to_owned).into();
        let expected = naming(false, &[("member_no", "member_no"), ("name", "name")]);
        assert_eq!(root.of_correction(&Naming::default(), &header), expected);
    }

    #[test]
    fn letters_name_the_field_they_are_read_as() {
        for field in (0..1_000).chain([16_383]) {
            assert_eq!(field_index(&letters(field)), Some(field));
        }
    }
}
