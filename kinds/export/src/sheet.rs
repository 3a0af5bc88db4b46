//! The rows of an export as a workbook. Its memory does not grow with the rows.

use std::io::{Read as _, Seek as _};

use bytes::Bytes;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use sluice_csv::{
    Dialect, FieldReader, Fields, Position, RawRecord, RecordContent, RecordReader, UnclosedQuote,
};
use sluice_definition::reported::EXPORTED_ON;

use crate::layout::{CellKind, Layout};

/// What a sheet holds, its header included.
/// <https://support.microsoft.com/en-us/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3>
const SHEET_ROWS: u32 = 1_048_576;
/// What a cell holds.
const CELL_CHARS: usize = 32_767;
/// What the room for temporary files holds of a workbook that is being written; a function has 4 GB.
const MOST_BYTES: u64 = 3_500_000_000;
/// What a cell takes there beside its text.
const CELL_BYTES: u64 = 64;
/// Digits of a number that a spreadsheet keeps.
const KEPT_DIGITS: usize = 15;
/// A packed workbook is read in pieces of this size.
const PIECE_BYTES: usize = 1 << 20;

/// A workbook being written.
pub(crate) struct Sheet {
    workbook: Workbook,
    columns: Vec<(String, CellKind)>,
    /// When it was exported, if the file says so.
    mark: Option<String>,
    bold: Format,
    day: Format,
    /// The next row of the last sheet; none is there before the first row.
    next: u32,
    sheets: usize,
    rows: u64,
    records: RecordReader,
    fields: FieldReader,
    most_rows: u32,
}

/// Why a workbook cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// A value is too long for a cell.
    #[error(
        "a value of the column `{column}` in row {row} has more than {CELL_CHARS} characters, which no cell holds: export the rows as csv"
    )]
    LongCell {
        /// The column.
        column: String,
        /// The row of the file, from 1.
        row: u64,
    },
    /// The workbook's library fails.
    #[error(transparent)]
    Xlsx(#[from] XlsxError),
    /// A temporary file fails.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The lines are not whole.
    #[error("a segment ends inside a row")]
    Cut(#[from] UnclosedQuote),
}

impl Sheet {
    /// Begins a workbook.
    pub(crate) fn new(layout: &Layout) -> Self {
        Self::with_rows(layout, SHEET_ROWS)
    }

    fn with_rows(layout: &Layout, most_rows: u32) -> Self {
        Self {
            workbook: Workbook::new(),
            columns: layout.columns.clone(),
            mark: layout.mark(),
            bold: Format::new().set_bold(),
            day: Format::new().set_num_format("yyyy-mm-dd"),
            next: 0,
            sheets: 0,
            rows: 0,
            records: RecordReader::new(Dialect::default(), Position::START, usize::MAX),
            fields: FieldReader::new(Dialect::default()),
            most_rows,
        }
    }

    /// Adds lines of a segment, which may end anywhere.
    pub(crate) fn add(&mut self, lines: &[u8]) -> Result<(), SheetError> {
        let next = RecordReader::new(Dialect::default(), Position::START, usize::MAX);
        let mut records = std::mem::replace(&mut self.records, next);
        records.push(lines);
        while let Some(record) = records.next_record() {
            self.record(&record)?;
        }
        self.records = records;
        Ok(())
    }

    /// Ends a segment.
    pub(crate) fn end_segment(&mut self) -> Result<(), SheetError> {
        let next = RecordReader::new(Dialect::default(), Position::START, usize::MAX);
        let mut records = std::mem::replace(&mut self.records, next);
        if let Some(record) = records.finish()? {
            self.record(&record)?;
        }
        Ok(())
    }

    /// Returns how many rows were added.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    fn record(&mut self, record: &RawRecord<'_>) -> Result<(), SheetError> {
        let RecordContent::Bytes(bytes) = record.content else {
            return Ok(());
        };
        if self.sheets == 0 || self.next == self.most_rows {
            self.begin_sheet()?;
        }
        let mut fields = std::mem::replace(&mut self.fields, FieldReader::new(Dialect::default()));
        let written = self.row(&fields.read_as_written(bytes));
        self.fields = fields;
        written?;
        self.next += 1;
        self.rows += 1;
        Ok(())
    }

    /// Begins a sheet with its header. Where rows do not fit in one sheet, they go on in another.
    fn begin_sheet(&mut self) -> Result<(), SheetError> {
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        let names = self.columns.iter().map(|(name, _)| name.as_str());
        let mark = self.mark.as_ref().map(|_| EXPORTED_ON);
        for (place, name) in (0..).zip(names.chain(mark)) {
            sheet.write_string_with_format(0, place, name, &self.bold)?;
        }
        self.sheets += 1;
        self.next = 1;
        Ok(())
    }

    fn row(&mut self, fields: &Fields<'_>) -> Result<(), SheetError> {
        let (row, day) = (self.next, &self.day);
        let sheet = self.workbook.worksheet_from_index(self.sheets - 1)?;
        for (place, (name, kind)) in self.columns.iter().enumerate() {
            let text = String::from_utf8_lossy(fields.get(place).unwrap_or_default());
            if text.is_empty() {
                continue;
            }
            if text.encode_utf16().count() > CELL_CHARS {
                return Err(SheetError::LongCell {
                    column: name.clone(),
                    row: self.rows + 1,
                });
            }
            write(sheet, (row, place as u16), *kind, &text, day)?;
        }
        if let Some(mark) = &self.mark {
            sheet.write_string(row, self.columns.len() as u16, mark)?;
        }
        Ok(())
    }

    /// Packs the workbook.
    pub(crate) fn finish(mut self) -> Result<Packed, SheetError> {
        if self.sheets == 0 {
            self.begin_sheet()?;
        }
        let mut file = tempfile::tempfile()?;
        self.workbook.save_to_writer(&mut file)?;
        file.rewind()?;
        Ok(Packed(file))
    }
}

/// Writes a cell. A value that a cell of its kind would change is written as text.
fn write(
    sheet: &mut Worksheet,
    (row, place): (u32, u16),
    kind: CellKind,
    text: &str,
    day: &Format,
) -> Result<(), XlsxError> {
    let cell = match kind {
        CellKind::Number => exact(text).map(Cell::Number),
        CellKind::Boolean => text.parse().ok().map(Cell::Boolean),
        CellKind::Day => ExcelDateTime::parse_from_str(text).ok().map(Cell::Day),
        CellKind::Text => None,
    };
    match cell {
        Some(Cell::Number(number)) => sheet.write_number(row, place, number)?,
        Some(Cell::Boolean(yes)) => sheet.write_boolean(row, place, yes)?,
        Some(Cell::Day(date)) => sheet.write_datetime_with_format(row, place, date, day)?,
        None => sheet.write_string(row, place, text)?,
    };
    Ok(())
}

enum Cell {
    Number(f64),
    Boolean(bool),
    Day(ExcelDateTime),
}

/// The number that a cell keeps all digits of; none if it does not.
fn exact(text: &str) -> Option<f64> {
    let digits = text.bytes().filter(u8::is_ascii_digit);
    let significant = digits.skip_while(|digit| *digit == b'0').count();
    let is_plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte));
    if significant > KEPT_DIGITS || !is_plain {
        return None;
    }
    text.parse().ok()
}

/// Whether there is room to write so many rows of so many columns, whose texts have so many bytes.
pub(crate) fn fits(rows: u64, columns: usize, bytes: u64) -> bool {
    let cells = rows.saturating_mul(columns as u64 + 1);
    bytes.saturating_add(cells.saturating_mul(CELL_BYTES)) <= MOST_BYTES
}

/// A packed workbook, read piece by piece.
#[derive(Debug)]
pub(crate) struct Packed(std::fs::File);

impl Packed {
    pub(crate) fn next_piece(&mut self) -> Result<Option<Bytes>, SheetError> {
        let mut piece = Vec::with_capacity(PIECE_BYTES);
        let limited = (&mut self.0).take(PIECE_BYTES as u64);
        { limited }.read_to_end(&mut piece)?;
        Ok((!piece.is_empty()).then(|| piece.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sluice_export::ExportFormat;

    const MEMBER: [(&str, CellKind); 4] = [
        ("member_no", CellKind::Text),
        ("name", CellKind::Text),
        ("birthday", CellKind::Day),
        ("points", CellKind::Number),
    ];

    fn layout(columns: &[(&str, CellKind)]) -> Layout {
        let columns = columns
            .iter()
            .map(|(name, kind)| ((*name).to_owned(), *kind));
        Layout {
            format: ExportFormat::Xlsx,
            columns: columns.collect(),
            is_marked: true,
            file_name: "a.xlsx".to_owned(),
            as_of: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    /// The bytes of a workbook of these lines, added in pieces of `size` bytes.
    fn workbook(lines: &str, most_rows: u32, size: usize) -> (u64, Vec<u8>) {
        let mut sheet = Sheet::with_rows(&layout(&MEMBER), most_rows);
        for piece in lines.as_bytes().chunks(size) {
            sheet.add(piece).expect("rows");
        }
        sheet.end_segment().expect("an end");
        let rows = sheet.rows();
        let mut packed = sheet.finish().expect("a workbook");
        let mut bytes = Vec::new();
        while let Some(piece) = packed.next_piece().expect("a piece") {
            bytes.extend(piece);
        }
        (rows, bytes)
    }

    #[test]
    fn rows_go_on_in_another_sheet_wherever_the_lines_are_cut() {
        let lines = "A1,\"a \"\"b\"\",\nc\",2026-01-31,12\nA2,=1+1,,\nA3,x,1899-01-01,7\n";
        for size in [1, 7, 1_000] {
            let (rows, bytes) = workbook(lines, 3, size);
            assert_eq!(rows, 3);
            assert!(bytes.starts_with(b"PK"), "{size}");
        }
    }

    #[test]
    fn numbers_that_a_cell_would_round_stay_text() {
        for (text, number) in [
            ("12.5", Some(12.5)),
            ("-7", Some(-7.0)),
            ("000123456789012345", Some(123_456_789_012_345.0)),
            ("1234567890123456", None),
            ("1e5", None),
        ] {
            assert_eq!(exact(text), number, "{text}");
        }
    }

    #[test]
    fn a_text_that_no_cell_holds_is_an_error_that_names_its_row() {
        let mut sheet = Sheet::new(&layout(&MEMBER[..2]));
        sheet.add(b"A1,x\n").expect("a row");
        let long = format!("A2,{}\n", "x".repeat(CELL_CHARS + 1));
        let error = sheet.add(long.as_bytes()).expect_err("too long");
        assert!(error.to_string().contains("`name` in row 2"), "{error}");
    }
}
