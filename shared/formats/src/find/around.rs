//! The lines around a header: rows above it, which nobody would import, and the second line of a header that takes two.

use sluice_basics::problem::{Problem, ProblemCode};
use sluice_basics::station::StationConfig;
use sluice_csv::{Dialect, Fields, Position, cell};
use sluice_definition::{Definition, FileOfRows, HeaderMap, Naming, RowChecker};

use super::{FindError, FoundHeader, Head, is_blank, line_at};
use crate::header::HEADER_LINES;

/// A line of which so many fields have something, or all of fewer, is no title with a note beside it.
const FIELDS_OF_A_ROW: usize = 3;

/// Looks at the lines around a header: those above it, and the one below it where a header takes two
/// lines, as where cells of a table were merged and a name stands in either of them.
pub(super) struct Around<'a> {
    pub(super) definition: &'a Definition,
    pub(super) naming: &'a Naming,
    pub(super) dialect: Dialect,
    pub(super) head: &'a Head<'a>,
}

impl Around<'_> {
    fn below(&self, line: &FoundHeader) -> Option<FoundHeader> {
        let start = line.data;
        if start.offset as usize >= self.head.bytes.len() {
            return None;
        }
        line_at(self.dialect, self.head, start).ok()
    }

    /// The first line above a header that reads as a row of its table, and the header's. A title has
    /// fewer fields, or nothing that could be a key; a header in another language has words alone. A line of two fields, such as "Exported by" and a
    /// name, is a row where the first one below the header has values in the same fields, or where there
    /// is none below it.
    pub(super) fn row_above(&self, header: &FoundHeader) -> Option<(u64, u64)> {
        let header_row = header.row?;
        let file = FileOfRows {
            naming: self.naming,
            header: &header.names,
            blank_fields: u32::MAX,
            unknown_header: &[],
            is_as_reported: false,
            is_exported: false,
        };
        let checker =
            RowChecker::of_file(self.definition, &file, &StationConfig::default()).ok()?;
        let mut first_below = None;
        header.each_row(self.head, |fields| {
            let filled = filled(fields);
            first_below = Some(filled).filter(|filled| !filled.is_empty());
            first_below.is_none()
        });
        let mut found = None;
        let above = FoundHeader {
            data: Position::START,
            ..header.clone()
        };
        above.each_record(self.head, |row, fields| {
            if row >= header_row {
                return false;
            }
            let filled = filled(fields);
            let is_full = filled.len() >= FIELDS_OF_A_ROW.min(header.names.len());
            let is_alike = filled.len() > 1
                && first_below
                    .as_ref()
                    .is_none_or(|first_below| *first_below == filled);
            if (is_full || is_alike) && has_telling(fields) && self.reads_as_row(&checker, fields) {
                found = Some((row, header_row));
            }
            found.is_none()
        });
        found
    }

    /// Whether a line has what each row must have. How a station writes phone numbers and dates is not known
    /// here: digits may be either.
    fn reads_as_row(&self, checker: &RowChecker<'_>, fields: &Fields<'_>) -> bool {
        let is_forgiven = |problem: &Problem| {
            let column = self
                .definition
                .columns
                .iter()
                .find(|column| column.name == problem.column);
            column.is_some_and(|column| {
                !(column.required || self.definition.key.contains(&column.name))
                    || matches!(problem.code, ProblemCode::NotAPhone | ProblemCode::NotADate)
            })
        };
        match checker.read(fields) {
            Some(Ok(_)) => true,
            Some(Err(problems)) => problems.iter().all(is_forgiven),
            None => false,
        }
    }

    fn recognized(&self, names: &[String]) -> usize {
        HeaderMap::recognized(self.definition, &self.naming.mapping, names)
    }

    /// A header that is accepted, with the names of the line below it if that one goes on with it:
    /// it has names of columns, and nothing where a row must have a value.
    pub(super) fn with_second(&self, header: FoundHeader) -> FoundHeader {
        let (Some(below), Ok(map)) = (
            self.below(&header),
            self.naming.map(self.definition, &header.names),
        ) else {
            return header;
        };
        let columns = self.definition.columns.iter().enumerate();
        let mut required = columns
            .filter(|(_, column)| column.required)
            .filter_map(|(index, _)| map.field(index));
        let goes_on = self.recognized(&below.names) > 0
            && required.all(|field| below.names.get(field).is_none_or(|name| is_blank(name)));
        if !goes_on {
            return header;
        }
        let names = joined(&header.names, &below.names);
        if self.naming.map(self.definition, &names).is_err() {
            return header;
        }
        FoundHeader { names, ..below }
    }

    /// A header that lacks columns, or the first two lines that have them together.
    pub(super) fn joined(&self, header: FoundHeader) -> Result<FoundHeader, FindError> {
        let mut upper = line_at(self.dialect, self.head, Position::START)?;
        let mut rows = None;
        for _ in 1..HEADER_LINES {
            let Some(lower) = self.below(&upper) else {
                break;
            };
            let names = joined(&upper.names, &lower.names);
            if self.naming.map(self.definition, &names).is_ok() {
                return Ok(FoundHeader { names, ..lower });
            }
            if self.recognized(&upper.names) > 0 && self.recognized(&lower.names) > 0 {
                rows = rows.or(upper.row.zip(lower.row));
            }
            upper = lower;
        }
        match (rows, self.naming.map(self.definition, &header.names)) {
            (Some((first, second)), Err(problem)) => Err(FindError::TwoHeaders {
                problem,
                first,
                second,
                header: Box::new(header),
            }),
            _ => Ok(header),
        }
    }
}

fn joined(upper: &[String], lower: &[String]) -> Vec<String> {
    let width = upper.len().max(lower.len());
    let name = |field: usize| {
        let lower = lower.get(field).filter(|name| !is_blank(name));
        lower.or(upper.get(field)).cloned().unwrap_or_default()
    };
    (0..width).map(name).collect()
}

/// The fields of a line in which people see something: nothing in a cell that is merged with another.
fn filled(fields: &Fields<'_>) -> Vec<usize> {
    let is_filled = |field: &[u8]| !is_blank(&cell::shown(field));
    let filled = fields.iter().enumerate();
    let filled = filled.filter(|(_, field)| is_filled(field));
    filled.map(|(index, _)| index).collect()
}

/// Whether a line has what names of columns have not: a digit or an `@`.
fn has_telling(fields: &Fields<'_>) -> bool {
    let is_telling = |c: char| c.is_numeric() || matches!(c, '@' | '＠');
    fields
        .iter()
        .any(|field| cell::shown(field).chars().any(is_telling))
}
