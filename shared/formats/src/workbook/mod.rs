//! Excel workbooks (`.xlsx`, Office Open XML, ECMA-376): the sheets that there are, and one of them
//! as CSV. Streams over the sheet's rows; only the texts that cells share are held in memory.

mod cell;
mod csv_rows;
mod damage;
mod dates;
mod decimal;
mod format_code;
mod merges;
mod number_format;
mod package;
mod parts;
mod sheet;
mod strings;
mod styles;
mod xml;

use std::collections::BTreeSet;
use std::io::{Read, Seek, Write};

use sluice_basics::characters::comparable_name;
use sluice_csv::cell::shown;
use sluice_csv::{Dialect, FieldReader, Position, RecordContent, RecordReader};

use crate::{ForeignFile, FormatError, HEADER_LINES, Limits};
use csv_rows::CsvRows;
use merges::Merges;
use package::Package;
use parts::{Parts, Sheet};
use strings::SharedStrings;
use styles::Styles;

/// How many other sheets are compared with the one that is imported.
const COMPARED_SHEETS: usize = 64;

/// What is read of a sheet to compare it: far more than the first rows of a table take.
const TOP_LIMITS: Limits = Limits {
    output_bytes: 4 << 20,
    ratio: u64::MAX,
    unmeasured_bytes: 4 << 20,
};

/// What a workbook may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkbookLimits {
    /// The most bytes of the file.
    pub file_bytes: u64,
    /// The most bytes of memory for the texts that cells share.
    pub strings_bytes: u64,
    /// How far a part of the workbook may unpack, and the CSV grow.
    pub expansion: Limits,
}

impl Default for WorkbookLimits {
    /// 100 MiB of file, 256 MiB of shared texts.
    fn default() -> Self {
        Self {
            file_bytes: 100 << 20,
            strings_bytes: 256 << 20,
            expansion: Limits::default(),
        }
    }
}

/// What was written of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetSummary {
    /// The sheet's name.
    pub sheet: String,
    /// The number of the last row with something in it; 0 for an empty sheet.
    pub last_row: u32,
    /// Rows with something in them.
    pub rows: u64,
    /// Formulas without a value, since the program that wrote the workbook did not calculate:
    /// their cells are marked as such, since Excel shows values when it opens the workbook.
    pub uncalculated_formulas: u64,
    /// Bytes written.
    pub output_bytes: u64,
}

/// A workbook.
///
/// A sheet is written as UTF-8 CSV: commas, `"` where needed, `\n` after each row. Values are as
/// people see them, in one form: no exponents, dates as `2026-03-01`, times as `10:20:30`, both with
/// `T` between, `TRUE` and `FALSE`, the values of formulas, the text of errors. Cells that mean one
/// thing as a number and another as a text, and cells whose value is lost, are fields with a mark:
/// see [`sluice_csv::cell`].
///
/// Row *n* of the sheet is row *n* of the CSV, as [`sluice_csv::Position::row`] counts:
/// rows with nothing in them are blank lines, and line breaks in cells are in quotes.
///
/// Rows are filled up to the width of the widest among the first ten that are not blank, which has
/// the header in it: a sheet does not store the empty cells at a row's end. Cells to the right of
/// that are written, so that their row is seen to be wrong.
pub struct Workbook<R> {
    package: Package<R>,
    parts: Parts,
    strings_bytes: u64,
}

impl<R: Read + Seek> Workbook<R> {
    /// Opens a workbook, all of which is in `file`.
    pub fn open(file: R, limits: WorkbookLimits) -> Result<Self, FormatError> {
        let package = Package::open(file, limits)?;
        let Some(parts) = Parts::read(&package)? else {
            return Err(FormatError::Foreign(ForeignFile::Archive));
        };
        Ok(Self {
            package,
            parts,
            strings_bytes: limits.strings_bytes,
        })
    }

    /// The names of the sheets, hidden ones too, in their order.
    pub fn sheet_names(&self) -> impl Iterator<Item = &str> {
        self.parts.sheets.iter().map(|sheet| sheet.name.as_str())
    }

    /// Writes a sheet as CSV: the one of this name, else the first that is not hidden.
    pub fn write_csv(
        &self,
        sheet: Option<&str>,
        out: impl Write,
    ) -> Result<SheetSummary, FormatError> {
        let is_asked = sheet.is_some();
        let sheet = self.choose(sheet)?;
        let strings = match &self.parts.strings {
            Some(part) => SharedStrings::read(&self.package, part, self.strings_bytes)?,
            None => SharedStrings::default(),
        };
        let styles = match &self.parts.styles {
            Some(part) => Styles::read(&self.package, part)?,
            None => Styles::default(),
        };
        let expansion = self.package.expansion();
        let values = sheet::Values {
            strings: &strings,
            styles: &styles,
            dates: self.parts.dates,
            is_uncalculated: self.parts.is_uncalculated,
        };
        if !is_asked {
            self.check_others(sheet, values)?;
        }
        let mut rows = CsvRows::new(out, expansion, self.package.size_bytes());
        let merges = Merges::read(&self.package, &sheet.part)?;
        let part = self.package.part(&sheet.part, expansion)?;
        let uncalculated_formulas = sheet::write(part, values, merges, &mut rows, u64::MAX)?;
        let written = rows.finish()?;
        if written.rows == 0 && !is_asked && self.parts.sheets.len() > 1 {
            return Err(FormatError::FirstSheetEmpty {
                first: shorten(&sheet.name),
                found: self.describe_sheets(),
            });
        }
        Ok(SheetSummary {
            sheet: sheet.name.clone(),
            last_row: written.last_row,
            rows: written.rows,
            uncalculated_formulas,
            output_bytes: written.bytes,
        })
    }

    /// Refuses the workbook if another sheet goes on with the table of this one, as the second sheet of a
    /// long export does: its rows would be lost.
    fn check_others(&self, sheet: &Sheet, values: sheet::Values<'_>) -> Result<(), FormatError> {
        let others = self.parts.sheets.iter().filter(|other| other.is_visible);
        let mut others = others
            .filter(|other| other.part != sheet.part)
            .take(COMPARED_SHEETS)
            .peekable();
        if others.peek().is_none() {
            return Ok(());
        }
        let Some(top) = self.top(sheet, values)? else {
            return Ok(());
        };
        let mut alike = Vec::new();
        for other in others {
            if self.top(other, values)?.as_ref() == Some(&top) {
                alike.push(other);
            }
        }
        if alike.is_empty() {
            return Ok(());
        }
        Err(FormatError::SheetsAlike {
            first: shorten(&sheet.name),
            others: describe(&alike),
        })
    }

    /// The names in what seems to be a sheet's header: its first row with more than one cell, else its
    /// first. None if no row is below it, or if the sheet cannot be read, which matters only where it is
    /// imported.
    fn top(
        &self,
        sheet: &Sheet,
        values: sheet::Values<'_>,
    ) -> Result<Option<BTreeSet<String>>, FormatError> {
        let rows = match self.first_rows(sheet, values) {
            Err(error) if error.is_retryable() => return Err(error),
            rows => rows.unwrap_or_default(),
        };
        let header = rows.iter().position(|row| row.len() > 1).unwrap_or(0);
        let has_rows = rows.len() > header + 1;
        Ok(rows.into_iter().nth(header).filter(|_| has_rows))
    }

    /// The texts in each of a sheet's first rows that have any, as names are compared.
    fn first_rows(
        &self,
        sheet: &Sheet,
        values: sheet::Values<'_>,
    ) -> Result<Vec<BTreeSet<String>>, FormatError> {
        let part = self.package.part(&sheet.part, TOP_LIMITS)?;
        let mut csv = Vec::new();
        let mut rows = CsvRows::new(&mut csv, TOP_LIMITS, self.package.size_bytes());
        // One more than those that may be the header.
        let most = HEADER_LINES as u64 + 1;
        sheet::write(part, values, Merges::default(), &mut rows, most)?;
        rows.finish()?;
        let mut records = RecordReader::new(Dialect::default(), Position::START, usize::MAX);
        let mut fields = FieldReader::new(Dialect::default());
        records.push(&csv);
        let mut all = Vec::new();
        while let Some(record) = records.next_record() {
            let RecordContent::Bytes(bytes) = record.content else {
                continue;
            };
            let texts = fields.read(bytes);
            let names = texts.iter().map(|text| comparable_name(&shown(text)));
            all.push(names.filter(|name| !name.is_empty()).collect());
        }
        Ok(all)
    }

    /// Excel holds names that differ by case for one name.
    fn choose(&self, asked: Option<&str>) -> Result<&Sheet, FormatError> {
        let sheets = &self.parts.sheets;
        let Some(asked) = asked else {
            let visible = sheets.iter().find(|sheet| sheet.is_visible);
            return visible.or(sheets.first()).ok_or(FormatError::NoSheet);
        };
        let lower = asked.to_lowercase();
        sheets
            .iter()
            .find(|sheet| sheet.name == asked)
            .or_else(|| {
                sheets
                    .iter()
                    .find(|sheet| sheet.name.to_lowercase() == lower)
            })
            .ok_or_else(|| FormatError::SheetNotFound {
                asked: shorten(asked),
                found: self.describe_sheets(),
            })
    }

    fn describe_sheets(&self) -> String {
        describe(&self.parts.sheets.iter().collect::<Vec<_>>())
    }
}

/// The names of sheets for a message: at most 20.
fn describe(sheets: &[&Sheet]) -> String {
    const NAMED: usize = 20;
    let mut names: Vec<String> = sheets
        .iter()
        .take(NAMED)
        .map(|sheet| format!("`{}`", shorten(&sheet.name)))
        .collect();
    if sheets.len() > NAMED {
        names.push(format!("and {} more", sheets.len() - NAMED));
    }
    if names.is_empty() {
        return "none".to_owned();
    }
    names.join(", ")
}

/// Excel's names have at most 31 characters.
fn shorten(name: &str) -> String {
    name.chars().take(40).collect()
}
