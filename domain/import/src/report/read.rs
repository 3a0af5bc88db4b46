//! Reading the failed-rows file back, a page at a time, with what is sensitive hidden.

use std::collections::BTreeMap;

use csv::StringRecord;
use sluice_definition::reported::{COLUMNS, restore};
use sluice_definition::{Definition, Naming, ProblemCode};

use super::{FileColumn, HIDDEN, RowError, problems};

/// The first line of a failed-rows file: what its columns are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportHeader {
    /// The original columns.
    columns: Vec<ReportColumn>,
    /// The names of the definition's sensitive columns.
    sensitive: Vec<String>,
    /// Those of its key.
    key: Vec<String>,
    /// Where the first row starts.
    pub rows_start: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct ReportColumn {
    name: String,
    /// The column of the definition that it is.
    column: Option<String>,
    is_sensitive: bool,
}

/// A page of a failed-rows file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportPage {
    /// The rows.
    pub errors: Vec<RowError>,
    /// How many bytes they take.
    pub bytes: u64,
}

/// What is wrong with rows whose fields may stand in each other's places.
const SHIFTED: [ProblemCode; 4] = [
    ProblemCode::FieldCount,
    ProblemCode::Quotes,
    ProblemCode::Encoding,
    ProblemCode::TooLarge,
];
/// How many digits phone numbers have. Fewer may be a date.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 9..=15;

/// The names of the original columns in the header of a failed-rows file, and where its first row
/// starts. None if it is not one of a report.
pub fn original_names(head: &[u8]) -> Option<(Vec<String>, u64)> {
    let mut reader = reader(head);
    let mut record = StringRecord::new();
    if !reader.read_record(&mut record).ok()? {
        return None;
    }
    let width = record.len().checked_sub(COLUMNS.len())?;
    let names = record.iter().map(|name| restore(name).into_owned());
    let mut names: Vec<String> = names.collect();
    if names[width..] != COLUMNS {
        return None;
    }
    names.truncate(width);
    Some((names, reader.position().byte()))
}

fn sensitive_columns(definition: &Definition) -> Vec<String> {
    let columns = definition.columns.iter();
    let sensitive = columns.filter(|column| column.sensitive);
    sensitive.map(|column| column.name.clone()).collect()
}

/// Whether a value may be an e-mail address or a phone number.
fn is_contact(value: &str) -> bool {
    let is_address = value
        .split_once(['@', '＠'])
        .is_some_and(|(local, domain)| !local.is_empty() && domain.contains(['.', '。', '．']));
    let is_between = |c: char| c.is_whitespace() || "+-()./＋－（）·–".contains(c);
    let digits = value.chars().filter(|c| c.is_numeric()).count();
    let is_number = value.chars().all(|c| c.is_numeric() || is_between(c));
    is_address || is_number && PHONE_DIGITS.contains(&digits)
}

/// Whether an e-mail address or a phone number stands in a value, and not only a date or an amount.
fn holds_contact(value: &str) -> bool {
    let digits = |text: &str| text.chars().filter(|c| c.is_numeric()).count();
    let is_sure = |part: &str| part.contains(['@', '＠', '+', '＋']) || digits(part) > 10;
    let mut parts = value.split([',', ';', '|', '\t', '\n', '"']);
    parts.any(|part| is_contact(part) && is_sure(part))
}

impl ReportHeader {
    /// Reads the header from the beginning of a file. None if it is not one of a report.
    /// `naming` is that of the import. Without a definition everything counts as sensitive.
    pub fn read(definition: Option<&Definition>, naming: &Naming, head: &[u8]) -> Option<Self> {
        let (header, rows_start) = original_names(head)?;
        let (header, width) = (&header, header.len());
        let map = definition.and_then(|definition| {
            let map = naming.map(definition, header).ok()?;
            Some((definition, map))
        });
        let column_of = |field: usize| {
            let (definition, map) = map.as_ref()?;
            Some(&definition.columns[map.column_of(field)?])
        };
        let mut columns: Vec<ReportColumn> = Vec::with_capacity(width);
        for (field, name) in header.iter().enumerate() {
            let is_taken = columns.iter().any(|column| &column.name == name);
            columns.push(ReportColumn {
                name: if name.is_empty() || is_taken {
                    format!("column {}", field + 1)
                } else {
                    name.clone()
                },
                column: column_of(field).map(|column| column.name.clone()),
                is_sensitive: map.is_none()
                    || column_of(field).is_some_and(|column| column.sensitive),
            });
        }
        Some(Self {
            columns,
            sensitive: definition.map(sensitive_columns).unwrap_or_default(),
            key: definition.map_or(Vec::new(), |definition| definition.key.clone()),
            rows_start,
        })
    }

    /// The columns of the file that was imported, in its order.
    pub fn columns(&self) -> Vec<FileColumn> {
        let columns = self.columns.iter().map(|column| FileColumn {
            name: column.name.clone(),
            column: column.column.clone(),
        });
        columns.collect()
    }

    /// Reads at most `limit` rows from bytes that begin with one. The last row is only read if
    /// the bytes reach to the end of the file, because it may be cut off otherwise.
    /// The page ends before a row that `takes` does not take, which must take the first.
    pub fn page(
        &self,
        bytes: &[u8],
        at_end: bool,
        limit: usize,
        mut takes: impl FnMut(&RowError) -> bool,
    ) -> ReportPage {
        let mut reader = reader(bytes);
        let mut record = StringRecord::new();
        let mut page = ReportPage::default();
        while page.errors.len() < limit && reader.read_record(&mut record).unwrap_or(false) {
            let end = reader.position().byte();
            if end == bytes.len() as u64 && !at_end {
                break;
            }
            let error = self.error(&record);
            if !takes(&error) {
                break;
            }
            page.errors.push(error);
            page.bytes = end;
        }
        page
    }

    fn error(&self, record: &StringRecord) -> RowError {
        let width = self.columns.len();
        let field = |index: usize| restore(record.get(index).unwrap_or_default()).into_owned();
        let code = field(width + 2);
        let is_shifted = record.len() != width + COLUMNS.len()
            || SHIFTED
                .iter()
                .any(|shifted| code.split("; ").any(|code| code == shifted.to_string()));
        // Where a key is missing, or a sensitive value is wrong, the right one may stand elsewhere.
        let columns_at_fault = field(width + 1);
        let required = ProblemCode::Required.to_string();
        let mut at_fault = columns_at_fault.split("; ").zip(code.split("; "));
        let may_be_shifted = at_fault.any(|(name, code)| {
            let is_in = |names: &[String]| names.iter().any(|other| other == name);
            is_in(&self.sensitive) || code == required && is_in(&self.key)
        });
        let is_hidden = |column: &ReportColumn, value: &str| {
            let is_key = column
                .column
                .as_ref()
                .is_some_and(|name| self.key.contains(name));
            // A quote that is left open makes one value of several, and a value may stand one further.
            let may_be_contact =
                may_be_shifted && is_contact(value) || !is_key && holds_contact(value);
            let is_misplaced = !self.sensitive.is_empty() && may_be_contact;
            !value.is_empty() && (column.is_sensitive || is_shifted || is_misplaced)
        };
        let mut values = BTreeMap::new();
        for (index, column) in self.columns.iter().enumerate() {
            let value = field(index);
            let is_hidden = is_hidden(column, &value);
            values.insert(
                column.name.clone(),
                if is_hidden { HIDDEN.to_owned() } else { value },
            );
        }
        let (problems, message) = problems::apart(&columns_at_fault, &code, &field(width + 3));
        RowError {
            row: field(width).parse().unwrap_or_default(),
            problems,
            column: columns_at_fault,
            code,
            message,
            values,
        }
    }
}

fn reader(bytes: &[u8]) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sluice_definition::Catalog;

    const REPORT: &str = "\
        \u{feff}member_no,name,phone,error_row,error_column,error_code,error_message,error_task\n\
        M1,'=1+1,+49 30 1,2,points,not_a_number,points: wrong,12\n\
        M2,\"Bo, \"\"B\"\"\",,7,name; points,a; b,x; y,12\n\
        M3,Cy,1,9,,c,z,12,surplus\n";

    fn pages(limit: usize, window: usize) -> Vec<RowError> {
        let catalog = Catalog::load().expect("definitions");
        let definition = catalog.get(&"member_import".parse().expect("a business"));
        let header = ReportHeader::read(definition, &Naming::default(), REPORT.as_bytes())
            .expect("a header");
        let mut start = header.rows_start as usize;
        let mut errors = Vec::new();
        while start < REPORT.len() {
            let end = (start + window).min(REPORT.len());
            let bytes = &REPORT.as_bytes()[start..end];
            let page = header.page(bytes, end == REPORT.len(), limit, |_| true);
            assert!(page.bytes > 0, "a page takes something");
            start += page.bytes as usize;
            errors.extend(page.errors);
        }
        errors
    }

    #[test]
    fn pages_of_any_size_give_the_same_rows() {
        let all = pages(100, 10_000);
        assert_eq!(
            all.iter().map(|error| error.row).collect::<Vec<_>>(),
            [2, 7, 9]
        );
        for limit in 1..4 {
            for window in [60, 80, 200] {
                assert_eq!(pages(limit, window), all, "{limit} rows, {window} bytes");
            }
        }
    }

    #[test]
    fn a_page_ends_before_a_row_that_is_not_taken() {
        let header =
            ReportHeader::read(None, &Naming::default(), REPORT.as_bytes()).expect("a header");
        let rows = &REPORT.as_bytes()[header.rows_start as usize..];
        let first = header.page(rows, true, 100, |error| error.row < 7);
        assert_eq!(first.errors.len(), 1);
        let rest = header.page(&rows[first.bytes as usize..], true, 100, |_| true);
        assert_eq!(rest.errors[0].row, 7);
    }

    #[test]
    fn values_are_the_files_own_and_sensitive_ones_are_hidden() {
        let all = pages(100, 10_000);
        assert_eq!(all[0].values["name"], "=1+1");
        assert_eq!(all[0].values["phone"], HIDDEN);
        assert_eq!(all[1].values["phone"], "", "nothing is there to be hidden");
        assert_eq!(all[1].values["name"], "Bo, \"B\"");
        assert_eq!(all[1].column, "name; points");
        assert_eq!(all[2].message, "z");
        assert_eq!(
            all[2].values["name"], HIDDEN,
            "the row has a field too many"
        );
    }

    #[test]
    fn values_that_may_stand_in_the_wrong_columns_are_hidden() {
        let report = "\
            member_no,name,phone,email,address,error_row,error_column,error_code,error_message,error_task\n\
            M1,S2,x,x,ann@x.org,2,,field_count,w,12\n\
            M1,S2,x,x,ann@x.org,2,,quotes,w,12\n\
            M1,S2,x,x,ann@x.org,2,name,encoding,w,12\n\
            ,M1,Bob,13912345678,bob@x.org,2,member_no; phone,required; not_a_phone,w,12\n\
            M1,Ann,Bob,139 1234 5678,High St 5,2,phone,not_a_phone,w,12\n\
            M1,,1,a,b,2,name,required,w\n\
            M1,Ann,1,a,High St 5,2,email,not_an_email,w,12\n";
        let catalog = Catalog::load().expect("definitions");
        let definition = catalog.get(&"member_import".parse().expect("a business"));
        let header = ReportHeader::read(definition, &Naming::default(), report.as_bytes());
        let header = header.expect("a header");
        let page = header.page(
            &report.as_bytes()[header.rows_start as usize..],
            true,
            9,
            |_| true,
        );
        let shown: Vec<String> = page
            .errors
            .iter()
            .map(|error| {
                let shown =
                    ["member_no", "name", "address"].map(|name| error.values[name].as_str());
                shown.join(",")
            })
            .collect();
        let hidden = "***,***,***";
        let expected = [
            hidden,
            hidden,
            hidden,
            ",M1,***",
            "M1,Ann,High St 5",
            "***,,***",
            "M1,Ann,High St 5",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn columns_are_in_the_order_of_the_file_and_say_what_they_were_imported_as() {
        let catalog = Catalog::load().expect("definitions");
        let definition = catalog.get(&"member_import".parse().expect("a business"));
        let report = "\u{feff}手机号,备注,会员号,姓名,error_row,error_column,error_code,error_message,error_task\n";
        let header = ReportHeader::read(definition, &Naming::default(), report.as_bytes());
        let columns = header.expect("a header").columns();
        let named = columns
            .iter()
            .map(|column| (column.name.as_str(), column.column.as_deref()));
        assert_eq!(
            named.collect::<Vec<_>>(),
            [
                ("手机号", Some("phone")),
                ("备注", None),
                ("会员号", Some("member_no")),
                ("姓名", Some("name")),
            ]
        );
    }

    #[test]
    fn what_is_no_report_has_no_header() {
        assert_eq!(ReportHeader::read(None, &Naming::default(), b""), None);
        assert_eq!(
            ReportHeader::read(None, &Naming::default(), b"a,b,c,d,e\n"),
            None
        );
    }

    #[test]
    fn without_a_definition_everything_is_hidden() {
        let header =
            ReportHeader::read(None, &Naming::default(), REPORT.as_bytes()).expect("a header");
        let rows = &REPORT.as_bytes()[header.rows_start as usize..];
        assert_eq!(
            header.page(rows, true, 1, |_| true).errors[0].values["name"],
            HIDDEN
        );
    }
}
