//! Cells of a workbook that are more than a text, on their way from the splitter to the worker.
//!
//! A workbook becomes CSV before anybody knows which column means what, and what is right depends
//! on the column: `1,234` is the text of a cell, and its number is 1234. Such a cell is a *marked*
//! field. A mark has bytes that no UTF-8 has, so no text of a cell looks like one, and a reader that
//! knows no marks takes the row for a wrong one.

use std::borrow::Cow;

/// Marked fields begin with these bytes, then a letter.
const MARK: &[u8] = b"\xFF\xC0";
/// Stands between a cell's value and what it shows.
const SEPARATOR: u8 = 0xFF;
/// Stands for what is lost, in what people see: a row with it is never accepted.
const LOST: char = char::REPLACEMENT_CHARACTER;

/// The digits that a spreadsheet keeps of a number.
pub const KEPT_DIGITS: usize = 15;

/// A cell that is more than a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// A value that its number format shows as another text.
    Formatted {
        /// The value: a number without exponent, or a text.
        value: &'a str,
        /// What the cell shows.
        shown: &'a str,
        /// Whether `shown` has all digits of the value.
        is_complete: bool,
    },
    /// A number of more than [`KEPT_DIGITS`] digits.
    LongNumber {
        /// The number, rounded to the digits that are kept.
        value: &'a str,
        /// Whether nothing was rounded: the other digits are zeros.
        is_exact: bool,
    },
    /// A number that the cell does not show in a way that can be told.
    NotShown {
        /// The number.
        value: &'a str,
    },
    /// A date, a time, or a boolean. Spreadsheets turn texts such as `1-3` or `true` into these.
    Typed {
        /// What stands for it: `2026-01-03`, `10:20:30`, `TRUE`.
        shown: &'a str,
    },
    /// A cell that is merged with another one, which alone has the value that is shown for both.
    Merged,
    /// A formula whose result is not in the file.
    NotCalculated,
    /// Neither a number nor a text.
    Unreadable {
        /// What is in the file.
        raw: &'a str,
    },
}

/// What a column makes of its cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellUse {
    /// Whether its values are numbers, as opposed to what people read.
    pub is_number: bool,
    /// Whether any text may be its value, so that a date is no less a value than the text that became one.
    pub is_free_text: bool,
    /// Whether its values tell rows apart or reach people: two of them must not become one.
    pub is_identity: bool,
}

impl<'a> Cell<'a> {
    /// Appends the cell as a marked field.
    pub fn write(&self, field: &mut Vec<u8>) {
        field.extend_from_slice(MARK);
        let (letter, text, shown) = match *self {
            Self::Formatted {
                value,
                shown,
                is_complete: true,
            } => (b'F', value, Some(shown)),
            Self::Formatted { value, shown, .. } => (b'f', value, Some(shown)),
            Self::LongNumber {
                value,
                is_exact: true,
            } => (b'L', value, None),
            Self::LongNumber { value, .. } => (b'l', value, None),
            Self::NotShown { value } => (b'N', value, None),
            Self::Typed { shown } => (b'T', shown, None),
            Self::Merged => (b'M', "", None),
            Self::NotCalculated => (b'C', "", None),
            Self::Unreadable { raw } => (b'U', raw, None),
        };
        field.push(letter);
        field.extend_from_slice(text.as_bytes());
        if let Some(shown) = shown {
            field.push(SEPARATOR);
            field.extend_from_slice(shown.as_bytes());
        }
    }

    /// Reads a marked field; `None` if the field is not one.
    pub fn read(field: &'a [u8]) -> Option<Self> {
        let (&letter, content) = field.strip_prefix(MARK)?.split_first()?;
        let mut parts = content.splitn(2, |&byte| byte == SEPARATOR);
        let mut text = || std::str::from_utf8(parts.next()?).ok();
        let value = text()?;
        let mut formatted = |is_complete| {
            text().map(|shown| Self::Formatted {
                value,
                shown,
                is_complete,
            })
        };
        match letter {
            b'F' => formatted(true),
            b'f' => formatted(false),
            b'L' | b'l' => Some(Self::LongNumber {
                value,
                is_exact: letter == b'L',
            }),
            b'N' => Some(Self::NotShown { value }),
            b'T' => Some(Self::Typed { shown: value }),
            b'M' => Some(Self::Merged),
            b'C' => Some(Self::NotCalculated),
            b'U' => Some(Self::Unreadable { raw: value }),
            _ => None,
        }
    }

    /// Returns the cell's text in such a column, or a message that says why it has none.
    pub fn text(&self, column: CellUse) -> Result<&'a str, &'static str> {
        let CellUse {
            is_number,
            is_free_text,
            is_identity,
        } = column;
        match *self {
            Self::Formatted { value, .. } if is_number => Ok(value),
            Self::Formatted {
                is_complete: false, ..
            } if is_identity => Err(
                "the cell's number format hides a part of its value: format the cell as Text and \
                 type the whole value",
            ),
            Self::LongNumber {
                value,
                is_exact: true,
            } if is_number && !is_identity => Ok(value),
            Self::LongNumber { .. } => Err(
                "the cell is a number of more than 15 digits, of which a spreadsheet keeps 15: \
                 format the cell as Text and type all digits again",
            ),
            Self::NotShown { value } if is_number => Ok(value),
            Self::NotShown { .. } => Err(
                "what the cell shows cannot be told from its number format: format the cell as \
                 Text and type what it means",
            ),
            Self::Typed { .. } if is_identity && is_free_text => Err(
                "the cell is a date, a time, or TRUE or FALSE, into which a spreadsheet turns texts \
                 such as 1-3: format the cell as Text and type the value again",
            ),
            Self::Formatted { shown, .. } | Self::Typed { shown } => Ok(shown),
            Self::Merged => Err(
                "the cell is merged with another, which alone has the value: unmerge the cells and \
                 type the value in each",
            ),
            Self::NotCalculated => Err(
                "the result of the cell's formula is not in the file: open the workbook in Excel \
                 and save it, or type the result",
            ),
            Self::Unreadable { .. } => {
                Err("the cell is neither a number nor a text: type its value again")
            }
        }
    }

    /// Returns the cell as people see it in a header or in the report on failed rows. What is lost
    /// is `U+FFFD`, so that the row is not accepted until somebody has corrected it. A merged cell is
    /// blank: titles and headers are often merged, and mean nothing by it.
    fn shown(&self) -> String {
        match *self {
            Self::Formatted {
                value,
                is_complete: false,
                ..
            }
            | Self::NotShown { value } => value.to_owned(),
            Self::Formatted { shown, .. } | Self::Typed { shown } => shown.to_owned(),
            Self::LongNumber { value, .. } => {
                let kept = value
                    .char_indices()
                    .filter(|(_, character)| character.is_ascii_digit())
                    .map(|(index, _)| index + 1)
                    .nth(KEPT_DIGITS - 1)
                    .unwrap_or(value.len());
                let lost = value.len() - kept;
                let lost = std::iter::repeat_n(LOST, lost.clamp(1, KEPT_DIGITS));
                value[..kept].chars().chain(lost).collect()
            }
            Self::Merged => String::new(),
            Self::NotCalculated => LOST.to_string(),
            Self::Unreadable { raw } => format!("{raw}{LOST}"),
        }
    }
}

/// Returns a field as people see it, marked or not. What is not UTF-8 becomes `U+FFFD`.
pub fn shown(field: &[u8]) -> Cow<'_, str> {
    match Cell::read(field) {
        Some(cell) => Cow::Owned(cell.shown()),
        None => String::from_utf8_lossy(field),
    }
}

/// Returns a field of a failed row as the report has it: as people see it, and `U+FFFD` where a merged
/// cell has no value, since a blank field would be accepted, and clear a value that is stored.
pub fn reported(field: &[u8]) -> Cow<'_, str> {
    match Cell::read(field) {
        Some(Cell::Merged) => Cow::Owned(LOST.to_string()),
        _ => shown(field),
    }
}

/// What spreadsheets write where a formula failed, in the languages that they come in, and where a
/// column is too narrow for a number.
const ERROR_VALUES: [&str; 46] = [
    "#N/A",
    "#REF!",
    "#VALUE!",
    "#DIV/0!",
    "#NAME?",
    "#NUM!",
    "#NULL!",
    "#SPILL!",
    "#CALC!",
    "#FIELD!",
    "#BLOCKED!",
    "#CONNECT!",
    "#UNKNOWN!",
    "#BUSY!",
    "#EXTERNAL!",
    "#PYTHON!",
    "#TIMEOUT!",
    "#GETTING_DATA",
    "#ERROR!",
    "#NV",
    "#BEZUG!",
    "#WERT!",
    "#ZAHL!",
    "#ÜBERLAUF!",
    "#KALK!",
    "#VALEUR!",
    "#NOMBRE!",
    "#NOM?",
    "#NUL!",
    "#N/D",
    "#VALOR!",
    "#NOME?",
    "#NÚM!",
    "#NULO!",
    "#VALORE!",
    "#RIF!",
    "#¡VALOR!",
    "#¡NUM!",
    "#¡REF!",
    "#¡DIV/0!",
    "#¡NULO!",
    "#¿NOMBRE?",
    "#ARG!",
    "#ADR!",
    "#ЗНАЧ!",
    "#Н/Д",
];

/// Whether a text is an error value of a spreadsheet, and so nobody's name.
pub fn is_error_value(text: &str) -> bool {
    let text = text.trim();
    let is_code = |text: &str| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.strip_prefix('#') {
        Some(rest) if rest.len() > 2 && rest.bytes().all(|byte| byte == b'#') => true,
        Some(_) => ERROR_VALUES.contains(&text),
        None => text.strip_prefix("Err:").is_some_and(is_code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: CellUse = CellUse {
        is_number: false,
        is_free_text: true,
        is_identity: false,
    };
    const KEY: CellUse = CellUse {
        is_number: false,
        is_free_text: true,
        is_identity: true,
    };
    const NUMBER: CellUse = CellUse {
        is_number: true,
        is_free_text: false,
        is_identity: false,
    };

    fn field(cell: Cell<'_>) -> Vec<u8> {
        let mut field = Vec::new();
        cell.write(&mut field);
        field
    }

    #[test]
    fn a_marked_field_is_read_as_it_was_written_and_is_never_utf8() {
        let cells = [
            Cell::Formatted {
                value: "7",
                shown: "A-7",
                is_complete: true,
            },
            Cell::Formatted {
                value: "0.256",
                shown: "26%",
                is_complete: false,
            },
            Cell::LongNumber {
                value: "1000000000000000",
                is_exact: true,
            },
            Cell::LongNumber {
                value: "110101199003071000",
                is_exact: false,
            },
            Cell::NotShown { value: "-1" },
            Cell::Typed {
                shown: "2026-01-03",
            },
            Cell::Merged,
            Cell::NotCalculated,
            Cell::Unreadable { raw: "1 2" },
        ];
        for cell in cells {
            let field = field(cell);
            assert_eq!(Cell::read(&field), Some(cell));
            assert!(std::str::from_utf8(&field).is_err(), "{cell:?}");
        }
        for field in [
            b"".as_slice(),
            b"a",
            b"\xFF",
            b"\xFF\xC0",
            b"\xFF\xC0x",
            b"\xFF\xC0F1",
        ] {
            assert_eq!(Cell::read(field), None, "{field:?}");
        }
    }

    #[test]
    fn a_number_is_read_from_its_value_and_a_text_from_what_is_shown() {
        let grouped = Cell::Formatted {
            value: "1234",
            shown: "1,234",
            is_complete: true,
        };
        assert_eq!(grouped.text(NUMBER), Ok("1234"));
        assert_eq!(grouped.text(TEXT), Ok("1,234"));
        assert_eq!(grouped.text(KEY), Ok("1,234"));
        let shortened = Cell::Formatted {
            value: "123456789012",
            shown: "1.23E+11",
            is_complete: false,
        };
        assert_eq!(shortened.text(TEXT), Ok("1.23E+11"));
        assert!(shortened.text(KEY).is_err());
    }

    #[test]
    fn a_long_number_is_a_number_only_if_nothing_was_rounded() {
        let rounded = Cell::LongNumber {
            value: "110101199003071000",
            is_exact: false,
        };
        let exact = Cell::LongNumber {
            value: "1000000000000000",
            is_exact: true,
        };
        for column in [TEXT, KEY] {
            assert!(rounded.text(column).is_err());
            assert!(exact.text(column).is_err());
        }
        assert!(rounded.text(NUMBER).is_err());
        assert_eq!(exact.text(NUMBER), Ok("1000000000000000"));
    }

    #[test]
    fn a_date_is_no_text_by_which_rows_are_told_apart() {
        let date = Cell::Typed {
            shown: "2026-01-03",
        };
        let key_of_dates = CellUse {
            is_free_text: false,
            ..KEY
        };
        assert!(date.text(KEY).is_err());
        assert_eq!(date.text(TEXT), Ok("2026-01-03"));
        assert_eq!(date.text(key_of_dates), Ok("2026-01-03"));
    }

    #[test]
    fn a_merged_cell_has_no_value_and_is_no_name() {
        for column in [TEXT, KEY, NUMBER] {
            assert!(Cell::Merged.text(column).is_err());
        }
        let merged = field(Cell::Merged);
        assert_eq!(shown(&merged), "");
        assert_eq!(reported(&merged), "\u{FFFD}");
    }

    #[test]
    fn what_is_lost_shows_in_the_report() {
        let long = field(Cell::LongNumber {
            value: "110101199003071000",
            is_exact: false,
        });
        assert_eq!(shown(&long), "110101199003071\u{FFFD}\u{FFFD}\u{FFFD}");
        let noise = field(Cell::LongNumber {
            value: "3.33333333333333",
            is_exact: false,
        });
        assert_eq!(shown(&noise), "3.33333333333333\u{FFFD}");
        assert_eq!(shown(&field(Cell::NotCalculated)), "\u{FFFD}");
        assert_eq!(shown(b"Jos\xE9"), "Jos\u{FFFD}");
        assert_eq!(shown("张三".as_bytes()), "张三");
    }

    #[test]
    fn error_values_are_told_from_texts() {
        for text in [
            "#N/A", " #REF! ", "#DIV/0!", "#BEZUG!", "########", "Err:502",
        ] {
            assert!(is_error_value(text), "{text}");
        }
        for text in [
            "",
            "#",
            "#1",
            "##",
            "# 12",
            "#hello!",
            "N/A",
            "Err:",
            "Err:ab1",
            "Apt #REF!",
        ] {
            assert!(!is_error_value(text), "{text}");
        }
    }
}
