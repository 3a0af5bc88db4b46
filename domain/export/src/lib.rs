//! Exports: which rows and columns of a business are wanted, and how they are written.

#![warn(missing_docs)]

mod filter;
mod lines;
mod request;

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sluice_basics::ids::BusinessId;
use sluice_basics::station::StationConfig;
use sluice_definition::{Catalog, Column, Definition, Target};

pub use filter::{Bound, Bounds, Condition, Filter, FilterError, Scalar, Wanted};
pub use lines::{EXPORTED_AT, Lines};
pub use request::ExportRequest;

/// The form of an exported file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ExportFormat {
    /// Text, for programs and for another import.
    #[default]
    Csv,
    /// An Excel workbook.
    Xlsx,
}

impl ExportFormat {
    /// Returns the ending of its files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    /// Returns its media type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// An export task's `input`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportInput {
    /// Whose rows.
    pub business: BusinessId,
    /// The form of the file.
    pub format: ExportFormat,
    /// The columns of the file, in their order.
    pub columns: Vec<String>,
    /// What the rows must be.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub filter: BTreeMap<String, Condition>,
    /// What a downloaded file is called.
    pub file_name: String,
    /// The sensitive columns among those of the file and of the filter. The file is for callers who may see these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sensitive: Vec<String>,
}

impl ExportInput {
    /// Checks what a caller asks for who may or may not see sensitive data.
    ///
    /// # Errors
    ///
    /// If columns or filter do not fit the definition, or are not for this caller.
    pub fn of(
        definition: &Definition,
        wanted: &ExportRequest,
        config: &StationConfig,
        may_see_sensitive: bool,
        now: Timestamp,
    ) -> Result<Self, ExportError> {
        let columns = columns_of(definition, wanted.columns.as_deref(), may_see_sensitive)?;
        let mut filter = BTreeMap::new();
        for (name, wanted) in &wanted.filter {
            let place = definition.column_index(name);
            let place = place.ok_or_else(|| FilterError::UnknownColumn(name.clone()))?;
            let column = &definition.columns[place];
            if column.sensitive && !may_see_sensitive {
                return Err(ExportError::Sensitive(name.clone()));
            }
            filter.insert(name.clone(), Condition::of(column, wanted, config)?);
        }
        let used = columns.iter().chain(filter.keys());
        let is_sensitive = |name: &&String| {
            let place = definition.column_index(name);
            place.is_none_or(|place| definition.columns[place].sensitive)
        };
        let mut sensitive: Vec<String> = used.filter(is_sensitive).cloned().collect();
        sensitive.sort_unstable();
        sensitive.dedup();
        Ok(Self {
            sensitive,
            business: wanted.business.clone(),
            format: wanted.format,
            columns,
            filter,
            file_name: file_name(&wanted.business, wanted.format, now),
        })
    }
}

/// Returns the definition of a business whose rows can be exported.
///
/// # Errors
///
/// If there is no such business, or its rows are in no table.
pub fn exported<'a>(
    catalog: &'a Catalog,
    business: &BusinessId,
) -> Result<&'a Definition, ExportError> {
    let definition = catalog.get(business);
    let definition = definition.ok_or_else(|| ExportError::UnknownBusiness {
        business: business.clone(),
        known: catalog.names(),
    })?;
    match definition.target {
        Target::Table(_) => Ok(definition),
        Target::Endpoint(_) => Err(ExportError::NoTable(business.clone())),
    }
}

/// Why nothing is exported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// There is no such business.
    #[error("business: `{business}` is not a known business; there are: {known}")]
    UnknownBusiness {
        /// What was named.
        business: BusinessId,
        /// All that can be named.
        known: String,
    },
    /// Its rows are not here.
    #[error(
        "business: the rows of `{0}` are sent to an endpoint and stored in no table, so there is nothing to \
         export"
    )]
    NoTable(BusinessId),
    /// There is no such column.
    #[error("columns: `{column}` is not a column of {business}; there are: {known}")]
    UnknownColumn {
        /// What was named.
        column: String,
        /// The business.
        business: String,
        /// Its columns.
        known: String,
    },
    /// A column is named twice.
    #[error("columns: `{0}` is named twice")]
    Twice(String),
    /// No column is named.
    #[error("columns: name at least one, or leave it out to export all")]
    NoColumns,
    /// The caller may not see a column.
    #[error(
        "`{0}` is sensitive: it is exported, and rows are chosen by it, for callers with the scope data:export"
    )]
    Sensitive(String),
    /// A condition means nothing.
    #[error(transparent)]
    Filter(#[from] FilterError),
}

/// Returns the columns that a caller gets who names some, or none: those of the definition, in its order. A
/// caller without the right to sensitive data gets no sensitive column.
///
/// # Errors
///
/// If a column is unknown, named twice or not for this caller.
pub fn columns_of(
    definition: &Definition,
    named: Option<&[String]>,
    may_see_sensitive: bool,
) -> Result<Vec<String>, ExportError> {
    let Some(named) = named else {
        let all = definition.columns.iter();
        let seen = all.filter(|column| may_see_sensitive || !column.sensitive);
        return Ok(seen.map(|column| column.name.clone()).collect());
    };
    if named.is_empty() {
        return Err(ExportError::NoColumns);
    }
    let mut columns: Vec<String> = Vec::with_capacity(named.len());
    for name in named {
        let column = column_of(definition, name)?;
        if column.sensitive && !may_see_sensitive {
            return Err(ExportError::Sensitive(name.clone()));
        }
        if columns.contains(name) {
            return Err(ExportError::Twice(name.clone()));
        }
        columns.push(name.clone());
    }
    Ok(columns)
}

/// Hides the values of sensitive columns in an export's input, as people see it.
pub fn hide_sensitive(input: &mut serde_json::Value) {
    let sensitive = input["sensitive"].as_array().cloned().unwrap_or_default();
    let Some(filter) = input
        .get_mut("filter")
        .and_then(|filter| filter.as_object_mut())
    else {
        return;
    };
    for column in sensitive.iter().filter_map(|column| column.as_str()) {
        if let Some(condition) = filter.get_mut(column) {
            *condition = "…".into();
        }
    }
}

fn column_of<'a>(definition: &'a Definition, name: &str) -> Result<&'a Column, ExportError> {
    let known = definition.columns.iter();
    let column = known.clone().find(|column| column.name == name);
    column.ok_or_else(|| {
        let names: Vec<&str> = known.map(|column| column.name.as_str()).collect();
        ExportError::UnknownColumn {
            column: name.to_owned(),
            business: definition.business.to_string(),
            known: names.join(", "),
        }
    })
}

/// Returns what a downloaded file is called: `member_import-20260131-083000.csv`.
pub fn file_name(business: &BusinessId, format: ExportFormat, at: Timestamp) -> String {
    let at = at.strftime("%Y%m%d-%H%M%S");
    format!("{business}-{at}.{}", format.extension())
}

/// What one segment of an export has written: kept in its chunk's marker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// The object with its lines; none if no row was wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_key: Option<String>,
    /// The object's size.
    pub bytes: u64,
    /// The CRC-64/NVME of its bytes.
    pub crc64nvme: u64,
    /// Rows that were looked at.
    pub scanned: u64,
    /// Rows that were wanted, and written.
    pub rows: u64,
    /// The key of the first row that was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// The key of the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
}

impl Segment {
    /// Returns why the segment cannot be right in itself, if it cannot.
    pub fn fault(&self) -> Option<&'static str> {
        let is_empty = self.rows == 0;
        if self.rows > self.scanned {
            Some("it has more rows than were read")
        } else if is_empty != self.object_key.is_none() || is_empty != (self.bytes == 0) {
            Some("its rows and its bytes contradict each other")
        } else if is_empty != self.first.is_none() || self.first > self.last {
            Some("its keys are not in order")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sluice_definition::Catalog;

    fn with_members<T>(look: impl FnOnce(&Definition) -> T) -> T {
        let catalog = Catalog::load().expect("the definitions");
        look(
            catalog
                .get(&"member_import".parse().expect("a business"))
                .expect("members"),
        )
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn sensitive_columns_are_for_those_who_may_see_them() {
        with_members(|members| {
            let all = columns_of(members, None, true).expect("columns");
            assert_eq!(all.len(), members.columns.len());
            let some = columns_of(members, None, false).expect("columns");
            assert!(some.contains(&"name".to_owned()) && !some.contains(&"phone".to_owned()));
            let named = names(&["email", "member_no"]);
            assert_eq!(columns_of(members, Some(&named), true), Ok(named.clone()));
            let refused = columns_of(members, Some(&named), false);
            assert_eq!(refused, Err(ExportError::Sensitive("email".to_owned())));
        });
    }

    #[test]
    fn columns_that_mean_nothing_are_named() {
        with_members(|members| {
            let refused = |named: &[&str]| {
                let refused = columns_of(members, Some(&names(named)), true);
                refused.expect_err("a refusal").to_string()
            };
            assert!(refused(&["member_no", "colour"]).contains("`colour` is not a column"));
            assert!(refused(&["name", "name"]).contains("twice"));
            assert!(refused(&[]).contains("at least one"));
        });
    }

    #[test]
    fn a_segment_that_contradicts_itself_is_noticed() {
        let whole = Segment {
            object_key: Some("a".to_owned()),
            bytes: 10,
            crc64nvme: 7,
            scanned: 3,
            rows: 2,
            first: Some("a".to_owned()),
            last: Some("b".to_owned()),
        };
        assert_eq!(whole.fault(), None);
        let broken: [fn(&mut Segment); 5] = [
            |segment| segment.rows = 4,
            |segment| segment.rows = 0,
            |segment| segment.bytes = 0,
            |segment| segment.object_key = None,
            |segment| segment.first = Some("c".to_owned()),
        ];
        for breaks in broken {
            let mut segment = whole.clone();
            breaks(&mut segment);
            assert!(segment.fault().is_some(), "{segment:?}");
        }
    }
}
