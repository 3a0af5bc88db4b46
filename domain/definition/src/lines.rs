//! Which lines of a file are rows: a line of blanks is none, nor is a header that stands in the
//! file once more, as in two exports that were joined.

use std::collections::HashSet;

use sluice_basics::characters::{comparable_name, is_unseen};
use sluice_csv::Fields;
use sluice_csv::cell;

use super::Definition;
use super::header::HeaderMap;
use crate::reported::{carries_report_names, restore};

/// Longer fields are no names of columns.
const MAX_NAME_BYTES: usize = 1024;

/// What a line of a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A row.
    Row,
    /// Nothing is written in it.
    Blank,
    /// The header once more, or another one for the same fields.
    Header,
    /// A header of other fields: the rows below it are those of another table. Whether the required
    /// columns are in their places, and others have names that are not known.
    OtherHeader { is_in_place: bool },
    /// It has the name of a column in the place of a value: the column, by its index in the definition.
    Doubtful(usize),
    /// The header that was found in a file which is said to have none.
    UnknownHeader,
}

/// Tells rows from other lines.
#[derive(Debug)]
pub(super) struct Lines {
    /// The header's names as they are compared, without blank ones at the end. Empty if the names
    /// were made for a file without a header.
    header: Vec<String>,
    /// The names of a header that the definition does not know, as they are compared, in a file that is
    /// said to have none.
    unknown_header: Vec<String>,
    /// The columns that the file has.
    columns: Vec<NamedColumn>,
    /// Every name of a column, as names are compared.
    names: HashSet<String>,
}

#[derive(Debug)]
struct NamedColumn {
    /// Its index in the definition.
    index: usize,
    field: usize,
    /// Whether a header has to have it.
    is_decisive: bool,
    names: HashSet<String>,
}

impl Lines {
    /// `header` has the names of the file's fields, none where they were made.
    pub(super) fn new(definition: &Definition, map: &HeaderMap, header: &[String]) -> Self {
        let mut header: Vec<String> = header.iter().map(|name| comparable_name(name)).collect();
        while header.last().is_some_and(String::is_empty) {
            header.pop();
        }
        let mapped = (0..definition.columns.len()).filter(|&index| map.field(index).is_some());
        let has_required = mapped
            .clone()
            .any(|index| definition.columns[index].required);
        let of_column = |index: usize| {
            let column = &definition.columns[index];
            let field = map.field(index)?;
            let own = header.get(field).filter(|name| !name.is_empty()).cloned();
            Some(NamedColumn {
                index,
                field,
                is_decisive: column.required || !has_required,
                names: column.normalized_headers().chain(own).collect(),
            })
        };
        let columns: Vec<NamedColumn> = mapped.filter_map(of_column).collect();
        let all = definition.columns.iter();
        let mut names: HashSet<String> = all.flat_map(super::Column::normalized_headers).collect();
        names.extend(columns.iter().flat_map(|column| column.names.clone()));
        Self {
            header,
            unknown_header: Vec::new(),
            columns,
            names,
        }
    }

    /// The same for a file that has this header, which is [none of its rows](super::header::UnknownHeader).
    pub(super) fn with_unknown_header(self, names: &[String]) -> Self {
        Self {
            unknown_header: names.to_vec(),
            ..self
        }
    }

    /// What a line is. `is_corrected`: its fields are as a report shows them.
    pub(super) fn line(&self, fields: &Fields<'_>, is_corrected: bool) -> Line {
        if fields.iter().all(is_blank) {
            return Line::Blank;
        }
        if carries_report_names(fields) {
            return Line::Header;
        }
        let name = |field: usize| name_in(fields.get(field).unwrap_or_default(), is_corrected);
        match self.named_line(fields.len(), name) {
            Line::Row if self.is_unknown_header(fields.len(), name) => Line::UnknownHeader,
            line => line,
        }
    }

    /// What a line is by the names of columns in it.
    fn named_line(&self, width: usize, name: impl Fn(usize) -> Option<String> + Copy) -> Line {
        let mut named = self.columns.iter().filter(|column| {
            column.is_decisive && name(column.field).is_some_and(|name| self.names.contains(&name))
        });
        let Some(first) = named.next() else {
            return Line::Row;
        };
        if self.is_header(width, name) {
            return Line::Header;
        }
        let known = (0..width).filter_map(name);
        let known = known.filter(|name| self.names.contains(name)).take(2);
        let is_own = |column: &NamedColumn| {
            name(column.field).is_some_and(|name| column.names.contains(&name))
        };
        // One name may be a value, two are none. Where the client says that there is no header, it is
        // a guess that this is one.
        let has_names = known.count() == 2;
        if has_names && self.header.is_empty() {
            return Line::Doubtful(first.index);
        }
        if has_names {
            let mut decisive = self.columns.iter().filter(|column| column.is_decisive);
            let is_in_place = decisive.all(is_own);
            return Line::OtherHeader { is_in_place };
        }
        let own = std::iter::once(first).chain(named).find(|one| is_own(one));
        own.map_or(Line::Row, |column| Line::Doubtful(column.index))
    }

    fn is_unknown_header(&self, width: usize, name: impl Fn(usize) -> Option<String>) -> bool {
        let is_same = |field: usize| {
            let expected = self.unknown_header.get(field).map_or("", String::as_str);
            name(field).as_deref() == Some(expected)
        };
        !self.unknown_header.is_empty() && (0..width.max(self.unknown_header.len())).all(is_same)
    }

    /// Whether a line is the header once more, or has in every field that it fills another name of the
    /// same column. A field that no column is taken from may be called anything that no column is.
    fn is_header(&self, width: usize, name: impl Fn(usize) -> Option<String>) -> bool {
        if self.header.is_empty() {
            return false;
        }
        let is_same = |field: usize| {
            // Rows that have something there are errors anyhow.
            if field >= self.header.len() {
                return true;
            }
            let expected = self.header.get(field).map_or("", String::as_str);
            let Some(name) = name(field) else {
                return false;
            };
            if name == expected {
                return true;
            }
            match self.columns.iter().find(|column| column.field == field) {
                Some(column) if name.is_empty() => !column.is_decisive,
                Some(column) => column.names.contains(&name),
                None => !self.names.contains(&name),
            }
        };
        (0..width.max(self.header.len())).all(is_same)
    }
}

/// Whether nothing can be seen in a field.
pub(super) fn is_blank(field: &[u8]) -> bool {
    // Most fields begin with something that can be seen.
    match field.first() {
        None => true,
        Some(first) if first.is_ascii_graphic() => false,
        Some(_) => cell::shown(field).chars().all(is_unseen),
    }
}

/// A field as a name is compared, if it can be one.
fn name_in(field: &[u8], is_corrected: bool) -> Option<String> {
    if field.len() > MAX_NAME_BYTES {
        return None;
    }
    let text = cell::shown(field);
    Some(if is_corrected {
        comparable_name(&restore(&text))
    } else {
        comparable_name(&text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Catalog, Naming};
    use sluice_csv::{Dialect, FieldReader};

    /// What lines of a file with this header are.
    fn lines(business: &str, naming: &Naming, header: &str, lines: &[&str]) -> Vec<Line> {
        let catalog = Catalog::load().expect("definitions");
        let definition = catalog.get(&business.parse().expect("a business"));
        let definition = definition.expect("a definition");
        let header: Vec<String> = header.split(',').map(str::to_owned).collect();
        let map = naming.map(definition, &header).expect("a header");
        let told = Lines::new(definition, &map, &header);
        let mut reader = FieldReader::new(Dialect::default());
        let line = |line: &&str| told.line(&reader.read(line.as_bytes()), false);
        lines.iter().map(line).collect()
    }

    #[test]
    fn the_header_once_more_is_no_row_however_it_is_written() {
        let header = "member_no,name,phone,Note";
        let repeated = [
            header,
            "\u{feff}member_no,name,phone,Note,",
            "MEMBER NO *,=\"name\", \"Phone\",ＮＯＴＥ",
            "会员号,姓名,手机,备注",
            "Card No,Full Name,,",
            "Card No,Full Name,,,Birthday",
            "x,error_task",
            "error_row,y,z",
            "Error Code,ＥＲＲＯＲ＿ＭＥＳＳＡＧＥ",
        ];
        for (line, is) in repeated.iter().zip(lines(
            "member_import",
            &Naming::default(),
            header,
            &repeated,
        )) {
            assert_eq!(is, Line::Header, "{line}");
        }
        let mapping = [("member_no", "Karte"), ("name", "Kunde")];
        let owned = |(column, name): (&str, &str)| (column.to_owned(), name.to_owned());
        let naming = Naming {
            mapping: mapping.map(owned).into(),
            ..Naming::default()
        };
        let repeated = ["karte,kunde", "member_no,name"];
        assert_eq!(
            lines("member_import", &naming, "Karte,Kunde", &repeated),
            [Line::Header; 2]
        );
    }

    #[test]
    fn a_line_in_which_nothing_can_be_seen_is_no_row() {
        let blank = [
            "",
            ",",
            "\"\",\"\"",
            " ,\t",
            "\u{a0},\u{3000}",
            "\u{200b},\u{feff}",
            "\u{1a}",
            "\0,\u{ad}",
        ];
        let are = lines(
            "member_import",
            &Naming::default(),
            "member_no,name",
            &blank,
        );
        assert_eq!(are, [Line::Blank; 8]);
    }

    #[test]
    fn rows_stay_rows_and_a_name_in_the_place_of_a_value_is_doubtful() {
        let header = "member_no,name,email,address";
        let rows = [
            "M1,Ann,,name",
            "error,Ann,,error_code",
            "member,no,,",
            "M1,,,",
            "M1",
        ];
        assert_eq!(
            lines("member_import", &Naming::default(), header, &rows),
            [Line::Row; 5]
        );
        for (line, column) in [("M1,Name,,", 1), ("Mitglied,姓名,Telefon,", 1)] {
            let are = lines("member_import", &Naming::default(), header, &[line]);
            assert_eq!(are, [Line::Doubtful(column)], "{line}");
        }
    }

    #[test]
    fn a_header_whose_columns_are_others_is_that_of_another_table() {
        let header = "member_no,name,points,birthday,Note";
        for (line, is_in_place) in [
            ("member_no,name,birthday,points,Note", true),
            ("会员号,姓名,year of birth,,", true),
            ("member_no,name,points,birthday,phone", true),
            ("member_no,birthday,points,name,Note", false),
            ("name,member_no,,,", false),
            ("Email,Member No,,,", false),
        ] {
            let are = lines("member_import", &Naming::default(), header, &[line]);
            assert_eq!(are, [Line::OtherHeader { is_in_place }], "{line}");
        }
    }
}
