//! The lines of an exported CSV file. The file can be imported as it is: values come back as they were.

use sluice_definition::Value;
use sluice_definition::reported::neutralize;

pub use sluice_definition::reported::EXPORTED_AT;

/// Tells a spreadsheet that the file is UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Writes lines of an exported file.
#[derive(Debug)]
pub struct Lines<'a> {
    writer: csv::Writer<Vec<u8>>,
    /// Whether texts that a spreadsheet would compute get an apostrophe in front.
    neutralizes: bool,
    /// When the export began, in each line of a file for people: by this column an import knows that texts
    /// which a spreadsheet would compute have an apostrophe in front.
    exported_at: Option<&'a str>,
}

impl<'a> Lines<'a> {
    /// Lines as people and spreadsheets may open them.
    pub fn shown(exported_at: &'a str) -> Self {
        Self {
            exported_at: Some(exported_at),
            ..Self::unmarked()
        }
    }

    /// Lines as people and spreadsheets may open them, of a file that is not imported again.
    pub fn unmarked() -> Self {
        Self {
            neutralizes: true,
            ..Self::raw()
        }
    }

    /// Lines with the values themselves, for what makes another form of them.
    pub fn raw() -> Self {
        Self {
            writer: csv::Writer::from_writer(Vec::new()),
            neutralizes: false,
            exported_at: None,
        }
    }

    /// Returns what a file of these columns begins with.
    pub fn beginning<'c>(mut self, columns: impl IntoIterator<Item = &'c str>) -> Vec<u8> {
        for column in columns {
            self.field(column);
        }
        if self.exported_at.is_some() {
            self.field(EXPORTED_AT);
        }
        self.end();
        let mut bytes = BYTE_ORDER_MARK.as_bytes().to_vec();
        bytes.extend(self.take());
        bytes
    }

    /// Adds a row.
    pub fn row<'v>(&mut self, values: impl Iterator<Item = Option<&'v Value>>) {
        for value in values {
            match value {
                None => self.field(""),
                // Neither numbers nor booleans are computed, and numbers stay numbers.
                Some(Value::Number(digits)) => self.write(digits),
                Some(value) => self.field(&value.to_string()),
            }
        }
        if let Some(exported_at) = self.exported_at {
            self.write(exported_at);
        }
        self.end();
    }

    /// How many bytes the lines since the last [`Self::take`] have, but for some KB at most.
    pub fn bytes(&self) -> usize {
        self.writer.get_ref().len()
    }

    /// Returns the lines since the last call.
    ///
    /// # Panics
    ///
    /// Never: a `Vec` takes every byte.
    pub fn take(&mut self) -> Vec<u8> {
        let next = csv::Writer::from_writer(Vec::new());
        let writer = std::mem::replace(&mut self.writer, next);
        writer.into_inner().expect("a Vec takes every byte")
    }

    fn field(&mut self, text: &str) {
        if self.neutralizes {
            self.write(&neutralize(text));
        } else {
            self.write(text);
        }
    }

    fn write(&mut self, text: &str) {
        let written = self.writer.write_field(text);
        written.expect("a Vec takes every byte");
    }

    fn end(&mut self) {
        let written = self.writer.write_record(None::<&[u8]>);
        written.expect("a Vec takes every byte");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    fn lines(mut lines: Lines<'_>) -> String {
        let values = [
            Some(text("+8613800138000")),
            Some(Value::Number("-12.5".to_owned())),
            Some(Value::Boolean(true)),
            None,
            Some(text("a \"b\", c\nd")),
        ];
        lines.row(values.iter().map(Option::as_ref));
        String::from_utf8(lines.take()).expect("UTF-8")
    }

    #[test]
    fn nothing_in_a_shown_line_is_computed_and_numbers_stay_numbers() {
        let shown = lines(Lines::shown("2026-01-31T08:30:00Z"));
        let expected = "'+8613800138000,-12.5,true,,\"a \"\"b\"\", c\nd\",2026-01-31T08:30:00Z\n";
        assert_eq!(shown, expected);
        let unmarked = lines(Lines::unmarked());
        assert!(unmarked.starts_with("'+86") && !unmarked.contains("2026"));
        let raw = lines(Lines::raw());
        assert_eq!(raw, "+8613800138000,-12.5,true,,\"a \"\"b\"\", c\nd\"\n");
    }

    #[test]
    fn a_file_begins_with_its_columns() {
        let columns = ["member_no", "name"];
        let shown = Lines::shown("x").beginning(columns);
        assert_eq!(
            shown,
            "\u{feff}member_no,name,sluice_exported_at\n".as_bytes()
        );
        let raw = Lines::raw().beginning(columns);
        assert_eq!(raw, "\u{feff}member_no,name\n".as_bytes());
    }
}
