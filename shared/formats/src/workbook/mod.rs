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

use std::io::{Read, Seek, Write};

use crate::{ForeignFile, FormatError, Limits};
use csv_rows::CsvRows;
use merges::Merges;
use package::Package;
use parts::{Parts, Sheet};
use strings::SharedStrings;
use styles::Styles;

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
        let mut rows = CsvRows::new(out, expansion, self.package.size_bytes());
        let values = sheet::Values {
            strings: &strings,
            styles: &styles,
            dates: self.parts.dates,
            is_uncalculated: self.parts.is_uncalculated,
        };
        let merges = Merges::read(&self.package, &sheet.part)?;
        let part = self.package.part(&sheet.part, expansion)?;
        let uncalculated_formulas = sheet::write(part, values, merges, &mut rows)?;
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

    /// The sheets' names for a message: at most 20.
    fn describe_sheets(&self) -> String {
        const NAMED: usize = 20;
        let sheets = &self.parts.sheets;
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
}

/// Excel's names have at most 31 characters.
fn shorten(name: &str) -> String {
    name.chars().take(40).collect()
}
