//! Reads a sheet's rows and cells as they come.

use std::io::Write;

use sluice_csv::cell::Cell as MarkedCell;

use super::cell::{self, CellType};
use super::csv_rows::CsvRows;
use super::dates::DateSystem;
use super::merges::Merges;
use super::package::Part;
use super::strings::{SharedStrings, TextCollector, unescape};
use super::styles::Styles;
use super::xml::{Element, PartName, Token};
use crate::FormatError;

/// What a sheet has: <https://support.microsoft.com/en-us/office/1672b34d-7043-467e-8e27-269d656771c3>.
pub(super) const MAX_ROWS: u32 = 1_048_576;
pub(super) const MAX_COLUMNS: usize = 16_384;

/// A cell's text has at most 32,767 characters.
const MAX_VALUE_BYTES: usize = 1 << 20;

/// What cells refer to.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    pub(super) strings: &'a SharedStrings,
    pub(super) styles: &'a Styles,
    pub(super) dates: DateSystem,
    /// Whether the values of formulas are to be calculated when the workbook is opened: programs
    /// that cannot calculate write 0 for each.
    pub(super) is_uncalculated: bool,
}

/// Writes the sheet in `part`, as far as `most` rows with something in them; gives how many formulas have no
/// value.
pub(super) fn write<W: Write>(
    mut part: Part<'_>,
    values: Values<'_>,
    merges: Merges,
    rows: &mut CsvRows<W>,
    most: u64,
) -> Result<u64, FormatError> {
    let name = part.part().clone();
    let mut reader = SheetReader {
        name,
        values,
        merges,
        rows,
        in_data: false,
        in_row: false,
        row: 0,
        next_column: 0,
        cell: Cell::default(),
        text: TextCollector::default(),
        uncalculated: 0,
    };
    loop {
        if reader.rows.taken() >= most {
            return Ok(reader.uncalculated);
        }
        match part.next()? {
            Token::Eof => return Ok(reader.uncalculated),
            token => reader.take(&token)?,
        }
    }
}

struct SheetReader<'a, W: Write> {
    name: PartName,
    values: Values<'a>,
    merges: Merges,
    rows: &'a mut CsvRows<W>,
    in_data: bool,
    in_row: bool,
    /// The number of the row that was begun last.
    row: u32,
    next_column: usize,
    cell: Cell,
    text: TextCollector,
    uncalculated: u64,
}

/// The cell that is being read.
#[derive(Default)]
struct Cell {
    column: usize,
    kind: CellType,
    style: usize,
    /// The content of its value.
    raw: String,
    /// The text that is in the cell itself.
    inline: Option<String>,
    in_value: bool,
    has_value: bool,
    has_formula: bool,
}

impl<W: Write> SheetReader<'_, W> {
    fn take(&mut self, token: &Token<'_>) -> Result<(), FormatError> {
        match token {
            Token::Start(element) if element.local() == b"sheetData" => self.in_data = true,
            Token::Start(element) if self.in_data => self.begin(element)?,
            Token::End(name) if self.in_data => match name.local() {
                b"sheetData" => self.in_data = false,
                b"row" => {
                    self.in_row = false;
                    self.rows.end(self.merges.covered())?;
                }
                b"c" => self.end_cell()?,
                b"v" => self.cell.in_value = false,
                _ => {}
            },
            Token::Text(piece) if self.cell.in_value => self.cell.raw.push_str(piece),
            _ => {}
        }
        let inline = match &mut self.cell.inline {
            Some(inline) => {
                self.text.take(token, inline);
                inline.len()
            }
            None => 0,
        };
        if self.cell.raw.len().max(inline) > MAX_VALUE_BYTES {
            return Err(self.name.damaged("has a cell of too much text"));
        }
        Ok(())
    }

    fn begin(&mut self, element: &Element<'_>) -> Result<(), FormatError> {
        match element.local() {
            b"row" if self.in_row => return Err(self.name.damaged("has a row in a row")),
            b"row" => self.begin_row(element)?,
            b"c" if !self.in_row => return Err(self.name.damaged("has a cell outside of rows")),
            b"c" => self.begin_cell(element)?,
            b"v" if self.cell.has_value => {
                return Err(self.name.damaged("has a cell of two values"));
            }
            b"v" => {
                self.cell.in_value = true;
                self.cell.has_value = true;
            }
            b"is" if self.cell.inline.is_some() => {
                return Err(self.name.damaged("has a cell of two texts"));
            }
            b"is" => self.cell.inline = Some(String::new()),
            b"f" => self.cell.has_formula = true,
            _ => {}
        }
        Ok(())
    }

    fn begin_row(&mut self, element: &Element<'_>) -> Result<(), FormatError> {
        let mut number = Some(self.row + 1);
        element.attributes(|name, value| {
            if name == b"r" {
                number = value.parse().ok();
            }
            Ok(())
        })?;
        match number {
            Some(number) if number > self.row && number <= MAX_ROWS => self.row = number,
            _ => return Err(self.name.damaged("has rows out of order")),
        }
        self.in_row = true;
        self.next_column = 0;
        self.rows.begin(self.row);
        if !self.merges.begin(self.row) {
            return Err(self.name.damaged("has merged cells that overlap"));
        }
        Ok(())
    }

    fn begin_cell(&mut self, element: &Element<'_>) -> Result<(), FormatError> {
        let cell = &mut self.cell;
        cell.column = self.next_column;
        cell.kind = CellType::default();
        cell.style = 0;
        cell.raw.clear();
        cell.inline = None;
        cell.has_value = false;
        cell.has_formula = false;
        let name = &self.name;
        element.attributes(|attribute, value| {
            match attribute {
                b"r" => {
                    let column = column_of(&value);
                    cell.column =
                        column.ok_or_else(|| name.damaged("has a cell without a place"))?;
                }
                b"s" => cell.style = value.parse().unwrap_or_default(),
                b"t" => cell.kind = CellType::of(&value),
                _ => {}
            }
            Ok(())
        })?;
        if cell.column >= MAX_COLUMNS {
            return Err(name.damaged("has too many columns"));
        }
        self.next_column = cell.column + 1;
        Ok(())
    }

    fn end_cell(&mut self) -> Result<(), FormatError> {
        let values = self.values;
        let cell = &mut self.cell;
        // The text in a cell is its value, whatever value stands beside it; of other types it is
        // the value only if there is no other.
        if let Some(inline) = cell.inline.take()
            && (cell.kind == CellType::InlineString || cell.raw.is_empty())
        {
            cell.kind = CellType::InlineString;
            cell.raw = inline;
        }
        // Excel would show one of them.
        if self.rows.has(cell.column) && !cell.raw.trim().is_empty() {
            return Err(self.name.damaged("has two cells in one place"));
        }
        // Excel does not show what is in a covered cell.
        if self.merges.covers(cell.column) {
            if cell.raw.trim().is_empty() && !cell.has_formula {
                return Ok(());
            }
            return self
                .rows
                .cell(cell.column, |field| MarkedCell::Merged.write(field));
        }
        let is_text = cell.kind == CellType::FormulaString && cell.has_value;
        let is_placeholder = values.is_uncalculated
            && cell.kind == CellType::Number
            && matches!(cell.raw.trim(), "0" | "");
        if cell.has_formula && !is_text && (cell.raw.is_empty() || is_placeholder) {
            self.uncalculated += 1;
            self.merges.fill(cell.column);
            return self
                .rows
                .cell(cell.column, |field| MarkedCell::NotCalculated.write(field));
        }
        if cell.raw.is_empty() {
            return Ok(());
        }
        let text: &str = match cell.kind {
            CellType::SharedString if !cell.raw.trim().is_empty() => {
                let index = cell.raw.trim().parse().ok();
                let text = index.and_then(|index| values.strings.get(index));
                let lacking = || self.name.damaged("refers to a text that is not there");
                text.ok_or_else(lacking)?
            }
            CellType::InlineString | CellType::FormulaString => {
                unescape(&mut cell.raw, 0);
                &cell.raw
            }
            _ => &cell.raw,
        };
        if !text.trim().is_empty() {
            self.merges.fill(cell.column);
        }
        let format = values.styles.format(cell.style);
        self.rows.cell(cell.column, |field| match cell.kind {
            CellType::Number => cell::write_number(text, format, values.dates, field),
            CellType::Boolean => cell::write_boolean(text, field),
            CellType::IsoDate => cell::write_iso_date(text, format, field),
            CellType::Error => cell::write_error(text, field),
            CellType::SharedString | CellType::InlineString | CellType::FormulaString => {
                cell::write_text(text, format, field);
            }
        })
    }
}

/// The column, from 0, of a cell's place such as `AB12`.
fn column_of(place: &str) -> Option<usize> {
    let letters = place.bytes().take_while(u8::is_ascii_alphabetic);
    let mut column = 0_usize;
    for letter in letters {
        column = column * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1;
        if column > MAX_COLUMNS {
            return None;
        }
    }
    column.checked_sub(1)
}

/// The column, from 0, and the row, from 1, of a cell's place such as `AB12`, or `$AB$12`.
pub(super) fn place_of(place: &str) -> Option<(usize, u32)> {
    let place = place.strip_prefix('$').unwrap_or(place);
    let is_digit = |character: char| character.is_ascii_digit();
    let (letters, row) = place.split_at(place.find(is_digit)?);
    let letters = letters.strip_suffix('$').unwrap_or(letters);
    if !letters.bytes().all(|letter| letter.is_ascii_alphabetic()) {
        return None;
    }
    Some((column_of(letters)?, row.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_in_letters() {
        assert_eq!(column_of("A1"), Some(0));
        assert_eq!(column_of("Z9"), Some(25));
        assert_eq!(column_of("aa10"), Some(26));
        assert_eq!(column_of("XFD1048576"), Some(MAX_COLUMNS - 1));
        assert_eq!(column_of("XFE1"), None);
        assert_eq!(column_of("12"), None);
        assert_eq!(column_of("ZZZZZZZZZZZZZZZZZZZZZZZZZ1"), None);
    }
}
