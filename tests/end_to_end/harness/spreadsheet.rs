//! What a spreadsheet program does to a file that a person opens in it, changes and saves: numbers
//! lose what is not a number's, formulas are computed, and dates are written in the user's way.

use encoding_rs::{GB18030, UTF_8};

use super::packed::workbook;

/// A sheet that is open.
#[derive(Clone, Debug)]
pub struct Spreadsheet {
    pub rows: Vec<Vec<Cell>>,
}

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    Text(String),
    /// Its digits, as far as a number has them.
    Number(String),
}

/// As many digits as a cell shows of a number without an exponent.
const DIGITS_SHOWN: usize = 11;

impl Spreadsheet {
    /// Opens a CSV file with a double click.
    pub fn open(file: &[u8]) -> Self {
        let text = file.strip_prefix(b"\xEF\xBB\xBF");
        let text = text.expect("a byte order mark, without which the text is garbled");
        let mut reader = csv::ReaderBuilder::new();
        let mut reader = reader.flexible(true).has_headers(false).from_reader(text);
        let records = reader.records().map(|record| record.expect("UTF-8"));
        let rows = records.map(|record| record.iter().map(opened).collect());
        Self {
            rows: rows.collect(),
        }
    }

    /// The column with this name in the first row.
    pub fn column(&self, name: &str) -> usize {
        let place = self.rows[0].iter().position(|cell| cell.shown() == name);
        place.unwrap_or_else(|| panic!("no column {name}"))
    }

    /// What a cell shows.
    pub fn shown(&self, row: usize, column: usize) -> String {
        self.rows[row][column].shown()
    }

    /// Types text into a cell.
    pub fn set(&mut self, row: usize, column: usize, text: &str) {
        let cells = &mut self.rows[row];
        if cells.len() <= column {
            cells.resize(column + 1, Cell::Text(String::new()));
        }
        cells[column] = Cell::Text(text.to_owned());
    }

    /// Saves as CSV UTF-8, as it does where the comma is for decimals.
    pub fn csv_utf8(&self) -> Vec<u8> {
        let text = format!("\u{feff}{}", self.delimited(b';'));
        UTF_8.encode(&text).0.into_owned()
    }

    /// Saves as CSV, as it does in China.
    pub fn csv_gbk(&self) -> Vec<u8> {
        GB18030.encode(&self.delimited(b',')).0.into_owned()
    }

    /// Saves as "Unicode Text": UTF-16 with tabs.
    pub fn unicode_text(&self) -> Vec<u8> {
        let text = format!("\u{feff}{}", self.delimited(b'\t'));
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    /// Saves as a workbook.
    pub fn xlsx(&self) -> Vec<u8> {
        let rows: String = (1..).zip(&self.rows).map(xml_of_row).collect();
        workbook(&[("Sheet1", "visible", &rows)])
    }

    /// All rows are as long as the longest one.
    fn delimited(&self, delimiter: u8) -> String {
        let width = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let mut writer = csv::WriterBuilder::new();
        let writer = writer
            .delimiter(delimiter)
            .terminator(csv::Terminator::CRLF);
        let mut writer = writer.from_writer(Vec::new());
        for row in &self.rows {
            let mut shown: Vec<String> = row.iter().map(Cell::shown).collect();
            shown.resize(width, String::new());
            writer.write_record(&shown).expect("a Vec takes all");
        }
        String::from_utf8(writer.into_inner().expect("a Vec takes all")).expect("UTF-8")
    }
}

impl Cell {
    fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(digits) if digits.len() > DIGITS_SHOWN => {
                let number: f64 = digits.parse().expect("a number");
                format!("{number:.5E}").replace('E', "E+")
            }
            Self::Number(digits) => digits.clone(),
        }
    }
}

/// What becomes of a field of a CSV file.
fn opened(field: &str) -> Cell {
    let text = field.trim_start();
    let is_number =
        |text: &str| text.starts_with(|c: char| c.is_ascii_digit()) && text.parse::<f64>().is_ok();
    let unsigned = text.trim_start_matches(['+', '-']);
    if is_number(unsigned) {
        let minus = if text.starts_with('-') { "-" } else { "" };
        let digits = unsigned.trim_start_matches('0');
        let zero = if digits.starts_with(|c: char| c.is_ascii_digit()) {
            ""
        } else {
            "0"
        };
        return Cell::Number(format!("{minus}{zero}{digits}"));
    }
    if text.starts_with(['=', '+', '-', '@']) {
        return Cell::Text("#NAME?".to_owned());
    }
    let parts: Vec<&str> = field.split('-').collect();
    match parts.as_slice() {
        [year, month, day] if year.len() == 4 && parts.iter().all(|part| is_number(part)) => {
            let short = |part: &str| part.trim_start_matches('0').to_owned();
            Cell::Text(format!("{year}/{}/{}", short(month), short(day)))
        }
        _ => Cell::Text(field.to_owned()),
    }
}

fn xml_of_row((number, row): (usize, &Vec<Cell>)) -> String {
    let cell = |(column, cell): (usize, &Cell)| {
        let place = format!("{}{number}", letters(column));
        match cell {
            Cell::Number(digits) => format!("<c r=\"{place}\"><v>{digits}</v></c>"),
            Cell::Text(text) => format!(
                "<c r=\"{place}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{}</t></is></c>",
                escaped(text)
            ),
        }
    };
    let cells: Vec<String> = row.iter().enumerate().map(cell).collect();
    format!("<row r=\"{number}\">{}</row>", cells.concat())
}

fn letters(column: usize) -> String {
    let letter = |index: usize| char::from(b'A' + (index % 26) as u8);
    match column / 26 {
        0 => letter(column).to_string(),
        more => format!("{}{}", letter(more - 1), letter(column)),
    }
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('\r', "&#13;").replace('\n', "&#10;")
}
