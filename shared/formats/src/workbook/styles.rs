//! How cells show their numbers: each cell names a style, each style a number format.

use std::collections::HashMap;
use std::io::{Read, Seek};
use std::rc::Rc;

use super::format_code::FormatCode;
use super::number_format::NumberFormat;
use super::package::Package;
use super::xml::Token;
use crate::{FormatError, Limits};

/// Excel has at most some 65,000 styles and 250 formats.
const LIMITS: Limits = Limits {
    output_bytes: 64 << 20,
    ratio: u64::MAX,
    unmeasured_bytes: 64 << 20,
};

/// How a cell shows its value.
#[derive(Clone, Debug)]
pub(super) enum CellFormat {
    /// As it is.
    General,
    /// As a date or a time.
    Date(NumberFormat),
    /// As its format's code says. Many styles share one.
    Code(Rc<FormatCode>),
}

impl CellFormat {
    fn of_code(code: &str) -> Self {
        if matches!(code, "" | "@") || code.eq_ignore_ascii_case("General") {
            return Self::General;
        }
        let code = FormatCode::read(code);
        match code.only_date() {
            Some(date) => Self::Date(date),
            None => Self::Code(Rc::new(code)),
        }
    }

    /// The format of a number that needs no code.
    fn of_id(id: u32) -> Self {
        // ECMA-376 part 1, 18.8.30. Which currency 5 to 8, 42 and 44 show depends on the country of
        // the computer, as does how 37 to 44 show negative numbers: `t` stands for what is not known.
        let code = match id {
            1 => "0",
            2 => "0.00",
            3 => "#,##0",
            4 => "#,##0.00",
            9 => "0%",
            10 => "0.00%",
            11 => "0.00E+00",
            12 => "# ?/?",
            13 => "# ??/??",
            37 | 38 => "#,##0_);t0",
            39 | 40 => "#,##0.00_);t0",
            41 => r#"_(* #,##0_);t0;_(* "-"_);_(@_)"#,
            42 | 44 => "t0;t0;t0;_(@_)",
            43 => r#"_(* #,##0.00_);t0;_(* "-"??_);_(@_)"#,
            48 => "##0.0E+0",
            // A currency, and Thai digits.
            5..=8 | 59..=62 | 67..=70 => "t0",
            _ => {
                return match NumberFormat::of_id(id) {
                    NumberFormat::Number => Self::General,
                    date => Self::Date(date),
                };
            }
        };
        Self::of_code(code)
    }
}

/// The number format of each style.
#[derive(Default)]
pub(super) struct Styles {
    formats: Vec<CellFormat>,
}

impl Styles {
    pub(super) fn read<R: Read + Seek>(
        package: &Package<R>,
        part: &str,
    ) -> Result<Self, FormatError> {
        let Some(mut part) = package.find_part(part, LIMITS)? else {
            return Ok(Self::default());
        };
        let mut own: HashMap<u32, CellFormat> = HashMap::new();
        let mut ids: Vec<u32> = Vec::new();
        let mut in_styles = false;
        loop {
            match part.next()? {
                Token::Start(element) => {
                    let (mut id, mut format) = (0, None);
                    let is_style = in_styles && element.local() == b"xf";
                    let is_format = element.local() == b"numFmt";
                    in_styles |= element.local() == b"cellXfs";
                    if !is_style && !is_format {
                        continue;
                    }
                    element.attributes(|name, value| {
                        match name {
                            b"numFmtId" => id = value.parse().unwrap_or_default(),
                            b"formatCode" => format = Some(CellFormat::of_code(&value)),
                            _ => {}
                        }
                        Ok(())
                    })?;
                    if is_style {
                        ids.push(id);
                    } else if let Some(format) = format {
                        own.insert(id, format);
                    }
                }
                Token::End(name) if name.local() == b"cellXfs" => in_styles = false,
                Token::Eof => break,
                _ => {}
            }
        }
        for id in &ids {
            own.entry(*id).or_insert_with(|| CellFormat::of_id(*id));
        }
        let format = |id: &u32| own.get(id).cloned();
        Ok(Self {
            formats: ids.iter().filter_map(format).collect(),
        })
    }

    /// The number format of the style of this number, from 0.
    pub(super) fn format(&self, style: usize) -> &CellFormat {
        self.formats.get(style).unwrap_or(&CellFormat::General)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbook::decimal::Stored;

    #[test]
    fn formats_whose_currency_depends_on_the_country_show_nothing_that_can_be_told() {
        for (id, number, shown) in [
            (5, "32963", None),
            (8, "-5", None),
            (42, "5", None),
            (44, "0", None),
            (37, "1234", Some("1,234")),
            (37, "-1234", None),
            (43, "0", Some("-")),
            (43, "-5", None),
        ] {
            let CellFormat::Code(code) = CellFormat::of_id(id) else {
                panic!("{id}");
            };
            let number = Stored::read(number).expect("a number").number;
            assert_eq!(code.show(&number).as_deref(), shown, "{id}");
            assert!(code.show_text("x").is_some(), "{id}");
        }
    }
}
