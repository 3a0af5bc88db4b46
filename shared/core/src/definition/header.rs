//! Matching a file's header to a definition's columns.

use super::Definition;
use crate::csv::{Delimiter, FieldReader};

/// Which field of a record belongs to which column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderMap {
    /// For each column of the definition, the index of its field.
    fields: Vec<Option<usize>>,
    /// How many fields a record has.
    width: usize,
}

/// Why a header is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderProblem {
    /// Required columns are missing.
    #[error(
        "the header lacks {}: found {found}. Add the column, or rename the header that means it",
        list(.missing, "the required column ", "the required columns ")
    )]
    Missing {
        /// The columns.
        missing: Vec<String>,
        /// The headers that are there.
        found: String,
    },
    /// Two headers mean the same column.
    #[error("the headers `{first}` and `{second}` both mean the column `{column}`: keep one")]
    Twice {
        /// The column.
        column: String,
        /// One header.
        first: String,
        /// The other.
        second: String,
    },
}

fn list(names: &[String], one: &str, many: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!(
        "{}{}",
        if names.len() == 1 { one } else { many },
        quoted.join(", ")
    )
}

/// Headers are compared without case, spaces, `_`, `-` and `*` (which marks required columns in
/// many templates).
pub(super) fn normalize(header: &str) -> String {
    header
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-' | '*' | '\u{feff}'))
        .flat_map(char::to_lowercase)
        .collect()
}

impl HeaderMap {
    /// The index of the column that a field belongs to.
    pub fn column_of(&self, field: usize) -> Option<usize> {
        self.fields.iter().position(|&other| other == Some(field))
    }

    /// Finds each column's field. Headers that mean no column are ignored.
    pub fn new(definition: &Definition, header: &[String]) -> Result<Self, HeaderProblem> {
        let names: Vec<String> = header.iter().map(|name| normalize(name)).collect();
        let mut fields = Vec::with_capacity(definition.columns.len());
        for column in &definition.columns {
            let wanted: Vec<String> = column.normalized_headers().collect();
            let mut matching = (0..names.len()).filter(|&index| wanted.contains(&names[index]));
            let field = matching.next();
            if let (Some(first), Some(second)) = (field, matching.next()) {
                return Err(HeaderProblem::Twice {
                    column: column.name.clone(),
                    first: header[first].clone(),
                    second: header[second].clone(),
                });
            }
            fields.push(field);
        }
        let missing: Vec<String> = definition
            .columns
            .iter()
            .zip(&fields)
            .filter(|(column, field)| column.required && field.is_none())
            .map(|(column, _)| column.name.clone())
            .collect();
        if missing.is_empty() {
            Ok(Self {
                fields,
                width: header.len(),
            })
        } else {
            Err(HeaderProblem::Missing {
                missing,
                found: describe(header),
            })
        }
    }

    /// How many headers mean a column, with this delimiter: the measure by which a delimiter
    /// is detected.
    fn recognized(definition: &Definition, header: &[String]) -> usize {
        let names: Vec<String> = header.iter().map(|name| normalize(name)).collect();
        let is_known = |name: &String| {
            definition
                .columns
                .iter()
                .any(|column| column.normalized_headers().any(|h| &h == name))
        };
        names.into_iter().filter(|name| is_known(name)).count()
    }

    /// The field of the column at `index` in the definition.
    pub fn field(&self, index: usize) -> Option<usize> {
        self.fields[index]
    }

    /// How many fields a record has.
    pub fn width(&self) -> usize {
        self.width
    }
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
        let recognized = HeaderMap::recognized(definition, &header);
        if recognized > best.0 {
            best = (recognized, delimiter);
        }
    }
    best.1
}

/// The headers of a file, for a message: at most 20 of them, each at most 40 characters.
fn describe(header: &[String]) -> String {
    let mut names: Vec<String> = header
        .iter()
        .take(20)
        .map(|name| format!("`{}`", name.chars().take(40).collect::<String>()))
        .collect();
    if header.len() > names.len() {
        names.push(format!("and {} more", header.len() - names.len()));
    }
    names.join(", ")
}
