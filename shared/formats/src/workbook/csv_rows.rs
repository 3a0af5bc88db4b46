//! A sheet's rows as CSV, each on the line of its number.

use std::io::{BufWriter, Write};
use std::ops::Range;

use sluice_csv::cell::Cell as MarkedCell;

use crate::{FormatError, HEADER_LINES, Limits};

/// Past what any table has in a row, and little enough to hold ten.
const MAX_ROW_BYTES: usize = 4 << 20;

const BUFFER_BYTES: usize = 64 << 10;

/// Writes rows, in the order of their numbers.
pub(super) struct CsvRows<W: Write> {
    out: BufWriter<W>,
    limits: Limits,
    file_bytes: u64,
    row: Row,
    written: Written,
    line: Line,
    /// The first rows, until the width of the table is known.
    first: Vec<Line>,
    width: Option<usize>,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Written {
    pub(super) rows: u64,
    pub(super) last_row: u32,
    pub(super) bytes: u64,
}

/// The cells of one row.
#[derive(Default)]
struct Row {
    number: u32,
    /// Its cells as fields: UTF-8, but for those that are marked.
    text: Vec<u8>,
    /// Where in `text` each cell is.
    cells: Vec<Range<usize>>,
}

/// A row as CSV, not yet filled up to the table's width.
#[derive(Default)]
struct Line {
    number: u32,
    csv: Vec<u8>,
    width: usize,
    /// The columns from there on in which cells are covered by merged ones: first and last.
    covered: Vec<(usize, usize)>,
}

impl<W: Write> CsvRows<W> {
    /// The CSV may grow to what the limits allow of a file of this size.
    pub(super) fn new(out: W, limits: Limits, file_bytes: u64) -> Self {
        Self {
            out: BufWriter::with_capacity(BUFFER_BYTES, out),
            limits,
            file_bytes,
            row: Row::default(),
            written: Written::default(),
            line: Line::default(),
            first: Vec::new(),
            width: None,
        }
    }

    /// Begins the row of this number, which is higher than that of the row before.
    pub(super) fn begin(&mut self, number: u32) {
        self.row.number = number;
        self.row.text.clear();
        self.row.cells.clear();
    }

    /// Sets the cell of this column, from 0, to what `write` appends. A blank one counts as none.
    pub(super) fn cell(
        &mut self,
        column: usize,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), FormatError> {
        let row = &mut self.row;
        let start = row.text.len();
        write(&mut row.text);
        let is_blank = |text: &str| text.trim().is_empty();
        if std::str::from_utf8(&row.text[start..]).is_ok_and(is_blank) {
            row.text.truncate(start);
            return Ok(());
        }
        if row.text.len() > MAX_ROW_BYTES {
            return Err(FormatError::RowTooLarge {
                row: row.number,
                limit_bytes: MAX_ROW_BYTES as u64,
            });
        }
        if row.cells.len() <= column {
            row.cells.resize(column + 1, 0..0);
        }
        row.cells[column] = start..row.text.len();
        Ok(())
    }

    /// How many rows with something in them have ended.
    pub(super) fn taken(&self) -> u64 {
        self.written.rows + self.first.len() as u64
    }

    /// Whether the row has a cell in this column.
    pub(super) fn has(&self, column: usize) -> bool {
        let cell = self.row.cells.get(column);
        cell.is_some_and(|cell| !cell.is_empty())
    }

    /// Ends the row, in which the cells of some columns, first and last, are covered by merged ones. One
    /// with nothing else in it is written as a blank line, if another comes after it: it is the lower part
    /// of the row above.
    pub(super) fn end(
        &mut self,
        covered: impl Iterator<Item = (usize, usize)>,
    ) -> Result<(), FormatError> {
        if self.row.cells.is_empty() {
            return Ok(());
        }
        let mut line = std::mem::take(&mut self.line);
        line.covered.clear();
        line.covered.extend(covered);
        self.row.cover(&line.covered);
        self.row.write(&mut line);
        self.row.cells.clear();
        if let Some(width) = self.width {
            self.write_line(&line, width)?;
            self.line = line;
            return Ok(());
        }
        self.first.push(line);
        match self.first.len() {
            HEADER_LINES.. => self.write_first(),
            _ => Ok(()),
        }
    }

    /// Ends the table.
    pub(super) fn finish(mut self) -> Result<Written, FormatError> {
        if self.width.is_none() {
            self.write_first()?;
        }
        self.out.flush()?;
        Ok(self.written)
    }

    /// Writes the first rows, by which the table's width is known.
    fn write_first(&mut self) -> Result<(), FormatError> {
        let first = std::mem::take(&mut self.first);
        let width = first
            .iter()
            .map(|line| line.width)
            .max()
            .unwrap_or_default();
        self.width = Some(width);
        for line in &first {
            self.write_line(line, width)?;
        }
        Ok(())
    }

    fn write_line(&mut self, line: &Line, width: usize) -> Result<(), FormatError> {
        let blank_lines = line.number.saturating_sub(self.written.last_row + 1) as usize;
        let missing = width.saturating_sub(line.width);
        let mut merged = Vec::new();
        MarkedCell::Merged.write(&mut merged);
        let covered = line.covered_beyond(missing);
        let marks = covered.iter().filter(|is_covered| **is_covered).count();
        let bytes = blank_lines + line.csv.len() + missing + marks * merged.len() + 1;
        self.written.bytes += bytes as u64;
        self.limits.check(self.file_bytes, self.written.bytes)?;
        for _ in 0..blank_lines {
            self.out.write_all(b"\n")?;
        }
        self.out.write_all(&line.csv)?;
        for column in 0..missing {
            self.out.write_all(b",")?;
            if covered.get(column) == Some(&true) {
                self.out.write_all(&merged)?;
            }
        }
        self.out.write_all(b"\n")?;
        self.written.last_row = line.number;
        self.written.rows += 1;
        Ok(())
    }
}

impl Line {
    /// Which columns from the line's end on, so many, have covered cells.
    fn covered_beyond(&self, columns: usize) -> Vec<bool> {
        let mut are_covered = vec![false; if self.covered.is_empty() { 0 } else { columns }];
        for &(first, last) in &self.covered {
            let first = first.saturating_sub(self.width);
            let end = (last + 1).saturating_sub(self.width).min(are_covered.len());
            if first < end {
                are_covered[first..end].fill(true);
            }
        }
        are_covered
    }
}

impl Row {
    /// Marks the covered cells as far as the row has cells: a title that is merged does not make a table
    /// wider.
    fn cover(&mut self, covered: &[(usize, usize)]) {
        for &(first, last) in covered {
            for column in first..(last + 1).min(self.cells.len()) {
                let start = self.text.len();
                MarkedCell::Merged.write(&mut self.text);
                self.cells[column] = start..self.text.len();
            }
        }
    }

    fn write(&self, line: &mut Line) {
        line.number = self.number;
        line.width = self.cells.len();
        line.csv.clear();
        for (column, cell) in self.cells.iter().enumerate() {
            if column > 0 {
                line.csv.push(b',');
            }
            write_field(&self.text[cell.clone()], &mut line.csv);
        }
    }
}

fn write_field(text: &[u8], csv: &mut Vec<u8>) {
    let needs_quotes = |byte: &u8| matches!(byte, b',' | b'"' | b'\n' | b'\r');
    if !text.iter().any(needs_quotes) {
        csv.extend_from_slice(text);
        return;
    }
    csv.push(b'"');
    for (index, piece) in text.split(|&byte| byte == b'"').enumerate() {
        if index > 0 {
            csv.extend_from_slice(b"\"\"");
        }
        csv.extend_from_slice(piece);
    }
    csv.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(rows: &[(u32, &[(usize, &str)])]) -> String {
        let mut out = Vec::new();
        let mut csv = CsvRows::new(&mut out, Limits::default(), 1000);
        for (number, cells) in rows {
            csv.begin(*number);
            for (column, text) in *cells {
                csv.cell(*column, |out| out.extend_from_slice(text.as_bytes()))
                    .unwrap();
            }
            csv.end(std::iter::empty()).unwrap();
        }
        let written = csv.finish().unwrap();
        assert_eq!(written.bytes, out.len() as u64);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_row_stands_on_the_line_of_its_number() {
        let text = csv(&[
            (2, &[(0, "a"), (1, "b")]),
            (3, &[]),
            (5, &[(1, "c")]),
            (9, &[(0, " ")]),
        ]);
        assert_eq!(text, "\na,b\n\n\n,c\n");
    }

    #[test]
    fn rows_are_as_wide_as_the_widest_of_the_first_ten() {
        let mut rows: Vec<(u32, &[(usize, &str)])> = vec![(1, &[(0, "title")]); 10];
        rows[3].1 = &[(0, "a"), (2, "c"), (7, "\u{3000}")];
        rows.push((11, &[(0, "x")]));
        rows.push((12, &[(3, "beyond")]));
        for (number, row) in (1..).zip(&mut rows) {
            row.0 = number;
        }
        let text = csv(&rows);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "title,,");
        assert_eq!(lines[3], "a,,c");
        assert_eq!(lines[10], "x,,");
        assert_eq!(lines[11], ",,,beyond");
    }

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        let text = csv(&[(
            1,
            &[
                (0, "a,b"),
                (1, "say \"hi\""),
                (2, "two\nlines"),
                (3, "c\rd"),
                (4, " e"),
            ],
        )]);
        assert_eq!(
            text,
            "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\"c\rd\", e\n"
        );
    }

    #[test]
    fn cells_may_come_in_any_order() {
        assert_eq!(csv(&[(1, &[(1, "b"), (0, "a")])]), "a,b\n");
    }

    #[test]
    fn covered_cells_are_marked_and_make_no_table_wider() {
        let mut out = Vec::new();
        let mut csv = CsvRows::new(&mut out, Limits::default(), 1000);
        let rows: [(usize, &[(usize, usize)]); 4] = [
            (0, &[(1, 30)]),
            (3, &[]),
            (1, &[(0, 0), (2, 2)]),
            (3, &[(1, 2), (4, 9)]),
        ];
        for (number, (column, covered)) in (1..).zip(rows) {
            csv.begin(number);
            csv.cell(column, |out| out.push(b'x')).unwrap();
            csv.end(covered.iter().copied()).unwrap();
        }
        // Nothing but covered cells.
        csv.begin(5);
        csv.end([(0, 3)].into_iter()).unwrap();
        let written = csv.finish().unwrap();
        assert_eq!(written.bytes, out.len() as u64);
        let text: Vec<u8> = out.into_iter().filter(|&byte| byte < 0x80).collect();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "x,M,M,M\n,,,x\nM,x,M,\n,M,M,x\n"
        );
    }

    #[test]
    fn a_row_of_more_text_than_any_is_an_error() {
        let mut csv = CsvRows::new(Vec::new(), Limits::default(), 1000);
        csv.begin(7);
        let error = csv.cell(0, |out| out.resize(out.len() + MAX_ROW_BYTES + 1, b'x'));
        assert!(matches!(
            error,
            Err(FormatError::RowTooLarge { row: 7, .. })
        ));
    }
}
