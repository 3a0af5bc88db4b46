//! Number format codes (ECMA-376 part 1, 18.8.31), as far as a cell's text depends on nothing but
//! the code: sections and conditions, literal text, digits, grouping, scaling, percent, exponents
//! and fractions. Of all others it is said that they are not known, so that no wrong text comes of
//! them: ADR 0031 has why this is not a library.

mod show;

use super::decimal::{Decimal, Stored};
use super::number_format::NumberFormat;

/// Excel's limit is 255 characters.
const MAX_CODE_BYTES: usize = 1024;
/// As many sections as a code may have: for positive and negative numbers, zeros, and texts.
const MAX_SECTIONS: usize = 4;

/// A format code.
#[derive(Clone, Debug)]
pub(super) struct FormatCode {
    numbers: Vec<Section>,
    text: Option<Section>,
}

#[derive(Clone, Debug)]
struct Section {
    condition: Option<Condition>,
    /// `None` if it has something in it that is not known, or shows dates.
    items: Option<Vec<Item>>,
    /// What it shows, if that is a date or a time.
    date: Option<NumberFormat>,
}

#[derive(Clone, Debug)]
struct Condition {
    operator: Operator,
    operand: Decimal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    Literal(char),
    /// `0`, `#` or `?`.
    Digit(char),
    Point,
    Comma,
    Percent,
    Exponent {
        /// Whether a `+` is shown.
        plus: bool,
    },
    Slash,
    General,
    /// `@`.
    Text,
}

impl FormatCode {
    /// Reads a code. What it cannot read is found out when a number needs it.
    pub(super) fn read(code: &str) -> Self {
        let mut numbers: Vec<Section> = if code.len() > MAX_CODE_BYTES {
            vec![Section::unknown()]
        } else {
            split_sections(code)
                .into_iter()
                .map(Section::read)
                .collect()
        };
        if numbers.len() > MAX_SECTIONS {
            numbers = vec![Section::unknown()];
        }
        let is_for_text = numbers.len() == MAX_SECTIONS
            || (numbers.len() > 1 && numbers.last().is_some_and(Section::has_text));
        let text = if is_for_text {
            numbers.pop()
        } else {
            numbers
                .first()
                .filter(|section| section.has_text())
                .cloned()
        };
        Self { numbers, text }
    }

    /// Returns what every number is shown as, if that is a date or a time.
    pub(super) fn only_date(&self) -> Option<NumberFormat> {
        match self.numbers.as_slice() {
            [only] if only.condition.is_none() => only.date,
            _ => None,
        }
    }
}

impl Section {
    fn unknown() -> Self {
        Self {
            condition: None,
            items: None,
            date: None,
        }
    }

    fn has_text(&self) -> bool {
        self.items
            .as_ref()
            .is_some_and(|items| items.contains(&Item::Text))
    }

    fn is_empty(&self) -> bool {
        self.items.as_ref().is_some_and(Vec::is_empty)
    }

    fn read(code: &str) -> Self {
        let mut section = Self::unknown();
        match NumberFormat::of_section(code) {
            NumberFormat::Number => section.items = section.read_items(code),
            date => match conditions_in(code).as_slice() {
                [] => section.date = Some(date),
                [condition] => {
                    section.condition = Condition::read(condition);
                    section.date = section.condition.is_some().then_some(date);
                }
                _ => {}
            },
        }
        section
    }

    fn read_items(&mut self, code: &str) -> Option<Vec<Item>> {
        let mut items = Vec::new();
        let mut rest = code;
        while let Some(character) = rest.chars().next() {
            rest = &rest[character.len_utf8()..];
            match character {
                '"' => {
                    let (literal, after) = rest.split_once('"').unwrap_or((rest, ""));
                    items.extend(literal.chars().map(Item::Literal));
                    rest = after;
                }
                '\\' | '_' | '*' => {
                    let mut after = rest.chars();
                    let next = after.next()?;
                    rest = after.as_str();
                    match character {
                        '\\' => items.push(Item::Literal(next)),
                        '_' => items.push(Item::Literal(' ')),
                        // As many as there is room for.
                        _ if next == ' ' => {}
                        _ => return None,
                    }
                }
                '[' => {
                    let (inner, after) = rest.split_once(']')?;
                    self.read_bracket(inner, &mut items)?;
                    rest = after;
                }
                '0' | '#' | '?' => items.push(Item::Digit(character)),
                '.' => items.push(Item::Point),
                ',' => items.push(Item::Comma),
                '%' => items.push(Item::Percent),
                '/' => items.push(Item::Slash),
                '@' => items.push(Item::Text),
                'E' | 'e' if rest.starts_with(['+', '-']) => {
                    let plus = rest.starts_with('+');
                    items.push(Item::Exponent { plus });
                    rest = &rest[1..];
                }
                'G' | 'g' if starts_with(rest, "eneral") => {
                    items.push(Item::General);
                    rest = &rest["eneral".len()..];
                }
                letter if letter.is_ascii_alphabetic() => return None,
                other => items.push(Item::Literal(other)),
            }
        }
        Some(items)
    }

    /// Reads what stands in brackets: a currency, a condition or a colour.
    fn read_bracket(&mut self, inner: &str, items: &mut Vec<Item>) -> Option<()> {
        const COLOURS: [&str; 8] = [
            "black", "blue", "cyan", "green", "magenta", "red", "white", "yellow",
        ];
        if let Some(currency) = inner.strip_prefix('$') {
            let (symbol, locale) = currency.rsplit_once('-').unwrap_or((currency, ""));
            // The fourth byte is the shape of the digits; the others are a language.
            let locale = match locale {
                "" => 0,
                _ => u32::from_str_radix(locale, 16).ok()?,
            };
            if locale >> 24 > 1 {
                return None;
            }
            items.extend(symbol.chars().map(Item::Literal));
            return Some(());
        }
        let lower = inner.to_ascii_lowercase();
        let is_numbered = lower
            .strip_prefix("color")
            .is_some_and(|number| number.trim().parse::<u8>().is_ok());
        if COLOURS.contains(&lower.as_str()) || is_numbered {
            return Some(());
        }
        self.condition = Some(Condition::read(inner)?);
        Some(())
    }
}

impl Condition {
    fn read(text: &str) -> Option<Self> {
        const OPERATORS: [(&str, Operator); 6] = [
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("<>", Operator::NotEqual),
            ("<", Operator::Less),
            (">", Operator::Greater),
            ("=", Operator::Equal),
        ];
        OPERATORS.into_iter().find_map(|(sign, operator)| {
            let operand = Stored::read(text.strip_prefix(sign)?.trim())?.number;
            Some(Self { operator, operand })
        })
    }
}

/// The conditions in a section of a code: `[>40000]`.
fn conditions_in(code: &str) -> Vec<&str> {
    let mut conditions = Vec::new();
    let (mut start, mut in_quotes, mut is_escaped) = (None, false, false);
    for (index, character) in code.char_indices() {
        if std::mem::take(&mut is_escaped) {
            continue;
        }
        match character {
            '"' => in_quotes = !in_quotes,
            _ if in_quotes => {}
            '\\' | '_' | '*' => is_escaped = true,
            '[' => start = Some(index + 1),
            ']' => {
                let inner = start.take().map_or("", |start| &code[start..index]);
                if inner.starts_with(['<', '>', '=']) {
                    conditions.push(inner);
                }
            }
            _ => {}
        }
    }
    conditions
}

/// Splits a code at each `;` that is not quoted.
fn split_sections(code: &str) -> Vec<&str> {
    let mut sections = Vec::new();
    let (mut start, mut in_quotes, mut in_brackets, mut is_escaped) = (0, false, false, false);
    for (index, character) in code.char_indices() {
        if std::mem::take(&mut is_escaped) {
            continue;
        }
        match character {
            '"' => in_quotes = !in_quotes,
            _ if in_quotes => {}
            '\\' | '_' | '*' => is_escaped = true,
            '[' => in_brackets = true,
            ']' => in_brackets = false,
            ';' if !in_brackets => {
                sections.push(&code[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    sections.push(&code[start..]);
    sections
}

fn starts_with(text: &str, word: &str) -> bool {
    text.get(..word.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(code: &str, number: &str) -> Option<String> {
        let number = Stored::read(number).expect("a number").number;
        FormatCode::read(code).show(&number)
    }

    /// What Excel shows.
    #[rustfmt::skip]
    const CASES: &[(&str, &str, &str)] = &[
        // Literal text.
        (r#""A-"0"#, "7", "A-7"),
        (r"\A0", "5", "A5"),
        (r#""M"00000"#, "123", "M00123"),
        (r#"General" pcs""#, "12", "12 pcs"),
        (r#"#"年""#, "2026", "2026年"),
        (r#""A-"0"#, "-7", "-A-7"),
        (r#"@" x""#, "5", "5 x"),
        (r#""abc"#, "5", "abc"),
        // Digits and what stands between them.
        ("0", "12", "12"),
        ("00000", "42", "00042"),
        ("00", "-3", "-03"),
        ("#", "0", ""),
        ("0.00", "12", "12.00"),
        ("0.00", "1.115", "1.12"),
        ("0.###", "1.5", "1.5"),
        ("0.###", "1", "1."),
        ("0.0#", "1.25", "1.25"),
        (".00", "12.5", "12.50"),
        ("0", "434.99999999999994", "435"),
        ("0", "-0.4", "-0"),
        ("0-0", "12", "1-2"),
        ("00-00-00", "123456", "12-34-56"),
        ("0000-00-00", "20260301", "2026-03-01"),
        (r"00\.00\.00", "10203", "01.02.03"),
        // Phone numbers.
        ("000-0000-0000", "13800138000", "138-0013-8000"),
        ("+86 0", "13800138000", "+86 13800138000"),
        (r#""+86 "000 0000 0000"#, "13800138000", "+86 138 0013 8000"),
        ("[<=9999999]###-####;(###) ###-####", "5551234", "555-1234"),
        ("[<=9999999]###-####;(###) ###-####", "2125551234", "(212) 555-1234"),
        // Grouping, scaling and percent.
        ("#,##0", "1234567", "1,234,567"),
        ("#,##0", "123", "123"),
        ("#,##0.00", "-1234.5", "-1,234.50"),
        ("000,000", "5", "000,005"),
        ("#,##0,", "1234567", "1,235"),
        (r#"#,##0.0,,"M""#, "12345678", "12.3M"),
        ("0%", "0.25", "25%"),
        ("0.00%", "0.12345", "12.35%"),
        // Currencies and accounting.
        ("[$€-407] #,##0.00", "12.5", "€ 12.50"),
        ("#,##0.00 [$€-407]", "12.5", "12.50 €"),
        ("[$-409]0.0", "1", "1.0"),
        ("¥#,##0", "1234", "¥1,234"),
        (r#"_-* #,##0.00_-;-* #,##0.00_-;_-* "-"??_-;_-@_-"#, "1234.5", "1,234.50"),
        (r#"_-* #,##0.00_-;-* #,##0.00_-;_-* "-"??_-;_-@_-"#, "0", "-"),
        (r#"_("$"* #,##0.00_);_("$"* \(#,##0.00\)"#, "-12", "$(12.00)"),
        // Sections and conditions.
        ("0;(0)", "-5", "(5)"),
        ("0;0", "-5", "5"),
        (r#"0;-0;"zero""#, "0", "zero"),
        (r"[Red]0;[Color 5]-0", "-5", "-5"),
        ("General;-General", "-5.5", "-5.5"),
        (";;;", "5", ""),
        ("0;;;@", "-5", ""),
        ("0;-0;;@", "0", ""),
        ("0.0;@", "5", "5.0"),
        (r#"[=1]"Yes";[=0]"No";General"#, "1", "Yes"),
        (r#"[=1]"Yes";[=0]"No";General"#, "0", "No"),
        (r#"[=1]"Yes";[=0]"No";General"#, "7", "7"),
        (r#"[>=1000]#,##0,"K";0"#, "12345", "12K"),
        (r#"[>=1000]#,##0,"K";0"#, "12", "12"),
        ("[<0]0;0.0", "-5", "5"),
        // Exponents and fractions.
        ("0.00E+00", "123456789012", "1.23E+11"),
        ("0.00E+00", "-0.00012", "-1.20E-04"),
        ("0.0E-0", "1500", "1.5E3"),
        ("0.0E+0", "9.99", "1.0E+1"),
        ("##0.0E+0", "123456", "123.5E+3"),
        ("0.00E+00", "0", "0.00E+00"),
        ("# ?/?", "1.5", "1 1/2"),
        ("# ??/??", "0.333", "1/3"),
        ("# ?/?", "2", "2"),
        ("# ?/16", "1.25", "1 4/16"),
        ("?/?", "1.5", "3/2"),
        ("# ?/?", "-0.5", "-1/2"),
        ("# ??/??", "3.14159265358979", "3 1/7"),
    ];

    #[test]
    fn numbers_are_shown_as_excel_shows_them() {
        for (code, number, expected) in CASES {
            assert_eq!(
                shown(code, number).as_deref(),
                Some(*expected),
                "{code} {number}"
            );
        }
    }

    #[test]
    fn nothing_is_said_of_codes_that_are_not_known() {
        for (code, number) in [
            ("[DBNum1]General", "123"),
            ("[$-D000000]0", "5"),
            ("t0", "5"),
            ("No.0", "5"),
            ("0*x", "5"),
            ("[unclosed", "5"),
            ("0.0.0", "5"),
            ("0;", "-5"),
            ("0;0;0;0;0", "5"),
            (r#"[>100]"big""#, "50"),
            ("[>=0]0;0", "-5"),
            (",0", "5"),
            ("0E0", "5"),
        ] {
            assert_eq!(shown(code, number), None, "{code} {number}");
        }
    }

    #[test]
    fn the_section_for_a_number_says_whether_it_is_a_date() {
        let time = NumberFormat::Time { fractions: false };
        for (code, number, date, text) in [
            (
                "[>40000]yyyy-mm-dd;0",
                "46053",
                Some(NumberFormat::Date),
                None,
            ),
            ("[>40000]yyyy-mm-dd;0", "1", None, Some("1")),
            ("[<1]h:mm;yyyy-mm-dd", "0.5", Some(time), None),
            (
                "[<1]h:mm;yyyy-mm-dd",
                "46053",
                Some(NumberFormat::Date),
                None,
            ),
            ("h:mm;;\"-\"", "0", None, Some("-")),
            ("h:mm;;\"-\"", "0.5", Some(time), None),
            ("yyyy-mm-dd;@", "46053", Some(NumberFormat::Date), None),
            ("0;yyyy", "5", None, Some("5")),
            ("[>x]yyyy;0", "5", None, None),
            ("Standard", "7", None, None),
        ] {
            let code = FormatCode::read(code);
            let number = Stored::read(number).expect("a number").number;
            assert_eq!(code.date_for(&number), date, "{code:?}");
            assert_eq!(code.show(&number).as_deref(), text, "{code:?}");
        }
    }

    #[test]
    fn texts_are_shown_with_what_their_section_adds() {
        let text = |code: &str| FormatCode::read(code).show_text("x");
        assert_eq!(text("General").as_deref(), Some("x"));
        assert_eq!(text("@").as_deref(), Some("x"));
        assert_eq!(text(r#""No. "@"#).as_deref(), Some("No. x"));
        assert_eq!(text(r#"0;-0;0;@" pcs""#).as_deref(), Some("x pcs"));
        assert_eq!(text("0;0;0;").as_deref(), Some(""));
        assert_eq!(text("_-@_-").as_deref(), Some(" x "));
    }

    proptest! {
        #[test]
        fn any_code_is_survived(
            code in r#"([0#?.,%/@;E+\-"\\_* \[\]<>=$a-z19年]|General|\[<5\]){0,24}"#,
            number in r"-?[0-9]{1,18}(\.[0-9]{1,4})?(E-?[0-9]{1,2})?",
        ) {
            if let Some(number) = Stored::read(&number) {
                let code = FormatCode::read(&code);
                let _ = (code.show(&number.number), code.show_text("x"));
            }
        }
    }
}
