//! What fields may mean that a file does not name, or names otherwise: for people to confirm. An import
//! never assumes it.

use sluice_basics::station::StationConfig;

use super::nearest::alike;
use super::{HeaderMap, normalize};
use crate::conventions::Conventions;
use crate::types::ColumnType;
use crate::{Column, Definition};

/// For each column of a definition the field that may be meant by it, where none is known.
pub type Suggestions = Vec<Option<usize>>;

/// Suggests fields for the columns that `map` has no field for. With a header, a field may be meant
/// whose name is much like one of the column's, as in "did you mean"; without one, a field all of
/// whose values the column takes. `rows` are the first rows of the file.
pub fn suggest(
    definition: &Definition,
    map: &HeaderMap,
    header: Option<&[String]>,
    rows: &[Vec<String>],
    config: &StationConfig,
) -> Suggestions {
    let samples = Samples {
        rows,
        conventions: config.into(),
    };
    match header {
        Some(header) => by_name(definition, map, header, &samples),
        None => by_values(definition, map, &samples),
    }
}

/// Whether a line that would be the header has the values of a row. It has if one of its fields is an
/// e-mail address, a number or a date, or is written like the field below it: `M1` above `M2`.
pub fn looks_like_row(line: &[String], rows: &[Vec<String>]) -> bool {
    line.iter().enumerate().any(|(field, text)| {
        let text = text.trim();
        let has_digit = text.chars().any(char::is_numeric);
        let below = rows.first().and_then(|row| row.get(field));
        let is_alike = below.is_some_and(|below| form(below.trim()) == form(text));
        let is_bare = has_digit && !text.chars().any(char::is_alphabetic);
        text.contains('@') || is_bare || (has_digit && is_alike)
    })
}

/// A text with each run of digits, and of letters, as one character.
pub(crate) fn form(text: &str) -> String {
    let mut form = String::new();
    for c in text.chars() {
        let kind = match c {
            c if c.is_numeric() => '9',
            c if c.is_alphabetic() => 'a',
            c => c,
        };
        if !form.ends_with(kind) {
            form.push(kind);
        }
    }
    form
}

/// The values of the first rows.
struct Samples<'a> {
    rows: &'a [Vec<String>],
    conventions: Conventions,
}

impl Samples<'_> {
    /// How many values a field has, and how many of them a column takes.
    fn fitting(&self, column: &Column, field: usize) -> (usize, usize) {
        let values = self.rows.iter().filter_map(|row| row.get(field));
        let values = values.filter(|value| !value.trim().is_empty());
        values.fold((0, 0), |(all, fitting), value| {
            let fits = column.read(value, &self.conventions).is_ok();
            (all + 1, fitting + usize::from(fits))
        })
    }
}

fn by_name(
    definition: &Definition,
    map: &HeaderMap,
    header: &[String],
    samples: &Samples<'_>,
) -> Suggestions {
    let mut pairs = Vec::new();
    for (index, column) in definition.columns.iter().enumerate() {
        if map.field(index).is_some() {
            continue;
        }
        let wanted: Vec<String> = std::iter::once(&column.name)
            .chain(&column.headers)
            .flat_map(|name| spellings(name))
            .collect();
        for (field, name) in header.iter().enumerate() {
            let (values, fitting) = samples.fitting(column, field);
            if map.column_of(field).is_some() || fitting * 2 < values {
                continue;
            }
            let spelled = spellings(name);
            let likeness = spelled.iter().filter_map(|name| alike(&wanted, name));
            if let Some(likeness) = likeness.max_by(f64::total_cmp) {
                pairs.push((likeness, index, field));
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut suggestions = vec![None; definition.columns.len()];
    for (_, index, field) in pairs {
        if suggestions[index].is_none() && !suggestions.contains(&Some(field)) {
            suggestions[index] = Some(field);
        }
    }
    suggestions
}

/// A name as headers are compared, and with usual abbreviations written out: `Member No` is more like
/// `MemberNumber` than `Member Name` is.
fn spellings(name: &str) -> [String; 2] {
    let mut full = String::new();
    for word in words(name) {
        full.push_str(match word.as_str() {
            "no" | "nr" | "num" => "number",
            "tel" => "telephone",
            other => other,
        });
    }
    [normalize(name), full]
}

/// The words of a name, in lower case: they begin after blanks and signs, and at capitals.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && was_lower) {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        was_lower = c.is_lowercase();
    }
    words
}

fn by_values(definition: &Definition, map: &HeaderMap, samples: &Samples<'_>) -> Suggestions {
    let mut suggestions = vec![None; definition.columns.len()];
    let is_free = |suggestions: &Suggestions, field: usize| {
        map.column_of(field).is_none() && !suggestions.contains(&Some(field))
    };
    let takes = |column: &Column, field: usize| {
        let (values, fitting) = samples.fitting(column, field);
        values > 0 && fitting == values
    };
    // Types that take few texts go first: what is left may be any text.
    let passes: [fn(&Column) -> bool; 2] = [
        |column| !matches!(column.kind, ColumnType::Text(_)),
        |column| matches!(column.kind, ColumnType::Text(_)) && column.required,
    ];
    for is_of_pass in passes {
        for (index, column) in definition.columns.iter().enumerate() {
            if map.field(index).is_some() || !is_of_pass(column) {
                continue;
            }
            let free = (0..map.width()).filter(|&field| is_free(&suggestions, field));
            let fitting: Vec<usize> = free.filter(|&field| takes(column, field)).collect();
            let is_text = matches!(column.kind, ColumnType::Text(_));
            // Of several dates or numbers nobody knows which is meant, unless one stands in the
            // column's own place.
            suggestions[index] = match fitting.as_slice() {
                [only] => Some(*only),
                several if several.contains(&index) => Some(index),
                [first, ..] if is_text => Some(*first),
                _ => None,
            };
        }
    }
    suggestions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Catalog, Naming};

    fn rows(lines: &[&str]) -> Vec<Vec<String>> {
        let fields = |line: &&str| line.split(',').map(str::to_owned).collect();
        lines.iter().map(fields).collect()
    }

    /// The suggestions of members, by column, for a file with or without a header.
    fn suggested(header: Option<&str>, lines: &[&str]) -> Vec<(String, usize)> {
        let catalog = Catalog::load().expect("definitions");
        let definition = catalog.get(&"member_import".parse().expect("a business"));
        let definition = definition.expect("a definition");
        let rows = rows(lines);
        let naming = Naming {
            headerless: header.is_none(),
            ..Naming::default()
        };
        let names: Vec<String> = match header {
            Some(header) => header.split(',').map(str::to_owned).collect(),
            None => vec![String::new(); rows[0].len()],
        };
        let (map, _) = naming.look(definition, &names);
        let header = header.map(|_| names.as_slice());
        let found = suggest(definition, &map, header, &rows, &StationConfig::default());
        let columns = definition.columns.iter().zip(found);
        columns
            .filter_map(|(column, field)| Some((column.name.clone(), field?)))
            .collect()
    }

    fn named(pairs: &[(&str, usize)]) -> Vec<(String, usize)> {
        let owned = |(name, field): &(&str, usize)| ((*name).to_owned(), *field);
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn a_name_that_is_much_like_a_columns_is_suggested_for_it() {
        let line = ["M1,Ann,13812345678,x"];
        for (header, expected) in [
            (
                "Membr No,Name,Telephone,Remark",
                &[("member_no", 0), ("phone", 2)][..],
            ),
            (
                "MemberNumber,Nmae,Phone Nr,Remark",
                &[("member_no", 0), ("name", 1), ("phone", 2)],
            ),
            (
                "会员编号,姓名,手机号码,备注",
                &[("member_no", 0), ("phone", 2)],
            ),
            ("A,B,C,D", &[]),
        ] {
            assert_eq!(suggested(Some(header), &line), named(expected), "{header}");
        }
    }

    #[test]
    fn a_name_is_not_suggested_for_a_column_that_refuses_its_values() {
        let header = Some("member_no,name,Birth place");
        assert_eq!(suggested(header, &["M1,Ann,Berlin"]), []);
        let dates = suggested(header, &["M1,Ann,1990-01-31"]);
        assert_eq!(dates, named(&[("birthday", 2)]));
    }

    #[test]
    fn one_field_is_suggested_once_and_for_the_column_that_it_is_most_like() {
        let found = suggested(Some("member_no,Member Nam"), &["M1,Ann", "M2,Bo"]);
        assert_eq!(found, named(&[("name", 1)]));
    }

    #[test]
    fn without_a_header_fields_are_told_by_their_values() {
        let lines = [
            "M1,Ann Lee,ann@example.com,13812345678",
            "M2,Bo,bo@example.com,13812345679",
        ];
        let expected = [("member_no", 0), ("name", 1), ("phone", 3), ("email", 2)];
        assert_eq!(suggested(None, &lines), named(&expected));
        // Two dates: neither is assumed.
        let lines = ["M1,Ann,1990-01-31,2020-01-31"];
        assert_eq!(
            suggested(None, &lines),
            named(&[("member_no", 0), ("name", 1)])
        );
    }

    #[test]
    fn a_first_line_with_values_is_told_from_a_header() {
        for (line, below, is_row) in [
            ("M1,Ann", "M2,Bo", true),
            ("Ann,ann@example.com", "Bo,bo@example.com", true),
            ("Ann,13812345678", "Bo,", true),
            ("Ann,2026-01-31", "Bo,2026-02-01", true),
            ("Karte,Kunde", "M1,Ann", false),
            ("Karte Nr.,Kunde", "M1,Ann", false),
            ("Address 1,Name", "Main Street 5,Ann", false),
            ("Ann,Lee", "Bo,Ray", false),
        ] {
            let line: Vec<String> = line.split(',').map(str::to_owned).collect();
            assert_eq!(looks_like_row(&line, &rows(&[below])), is_row, "{line:?}");
        }
    }
}
