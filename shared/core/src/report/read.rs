//! Reading the failed-rows file back, a page at a time, with what is sensitive hidden.

use std::collections::BTreeMap;

use csv::StringRecord;

use super::{COLUMNS, HIDDEN, restore};
use crate::api::RowError;
use crate::definition::{Definition, Naming};

/// The first line of a failed-rows file: what its columns are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportHeader {
    /// The original columns.
    columns: Vec<ReportColumn>,
    /// Where the first row starts.
    pub rows_start: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct ReportColumn {
    name: String,
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

impl ReportHeader {
    /// Reads the header from the beginning of a file. None if it is not one of a report.
    /// `naming` is that of the import. Without a definition everything counts as sensitive.
    pub fn read(definition: Option<&Definition>, naming: &Naming, head: &[u8]) -> Option<Self> {
        let mut reader = reader(head);
        let mut record = StringRecord::new();
        if !reader.read_record(&mut record).ok()? {
            return None;
        }
        let width = record.len().checked_sub(COLUMNS.len())?;
        let names: Vec<String> = record.iter().map(|name| restore(name).to_owned()).collect();
        if names[width..] != COLUMNS {
            return None;
        }
        let header = &names[..width];
        let map = definition.and_then(|definition| {
            let map = naming.map(definition, header).ok()?;
            Some((definition, map))
        });
        let is_sensitive = |field: usize| {
            map.as_ref().is_none_or(|(definition, map)| {
                map.column_of(field)
                    .is_some_and(|column| definition.columns[column].sensitive)
            })
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
                is_sensitive: is_sensitive(field),
            });
        }
        Some(Self {
            columns,
            rows_start: reader.position().byte(),
        })
    }

    /// Reads at most `limit` rows from bytes that begin with one. The last row is only read if
    /// the bytes reach to the end of the file, because it may be cut off otherwise.
    pub fn page(&self, bytes: &[u8], at_end: bool, limit: usize) -> ReportPage {
        let mut reader = reader(bytes);
        let mut record = StringRecord::new();
        let mut page = ReportPage::default();
        while page.errors.len() < limit && reader.read_record(&mut record).unwrap_or(false) {
            let end = reader.position().byte();
            if end == bytes.len() as u64 && !at_end {
                break;
            }
            page.errors.push(self.error(&record));
            page.bytes = end;
        }
        page
    }

    fn error(&self, record: &StringRecord) -> RowError {
        let width = self.columns.len();
        let field = |index: usize| restore(record.get(index).unwrap_or_default()).to_owned();
        let mut values = BTreeMap::new();
        for (index, column) in self.columns.iter().enumerate() {
            let value = field(index);
            let is_hidden = column.is_sensitive && !value.is_empty();
            values.insert(
                column.name.clone(),
                if is_hidden { HIDDEN.to_owned() } else { value },
            );
        }
        RowError {
            row: field(width).parse().unwrap_or_default(),
            column: field(width + 1),
            code: field(width + 2),
            message: field(width + 3),
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
    use crate::definition::Catalog;

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
            let page = header.page(bytes, end == REPORT.len(), limit);
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
    fn values_are_the_files_own_and_sensitive_ones_are_hidden() {
        let all = pages(100, 10_000);
        assert_eq!(all[0].values["name"], "=1+1");
        assert_eq!(all[0].values["phone"], HIDDEN);
        assert_eq!(all[1].values["phone"], "", "nothing is there to be hidden");
        assert_eq!(all[1].values["name"], "Bo, \"B\"");
        assert_eq!(all[1].column, "name; points");
        assert_eq!(all[2].message, "z");
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
        assert_eq!(header.page(rows, true, 1).errors[0].values["name"], HIDDEN);
    }
}
