//! Making the failed-rows file from the parts of its chunks, one after the other.

use std::borrow::Cow;

use sluice_basics::characters::is_unseen;
use sluice_basics::station::ReportLanguage;
use sluice_definition::Problem;
use sluice_definition::reported::{COLUMNS, ReportColumns, neutralize, restore};

use super::findings::Findings;
use super::language::in_language;
use super::message;
use super::part::{PartError, reader, row_of};
use crate::ImportPlan;

/// Tells a spreadsheet that the file is UTF-8.
pub(super) const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A failed-rows file being made.
#[derive(Debug)]
pub struct Report<'a> {
    plan: &'a ImportPlan,
    /// Where the columns of the report are that the file was made from, if it was.
    columns: Option<ReportColumns>,
    /// Whether its fields are as a report shows them.
    is_as_reported: bool,
    findings: Findings,
    language: ReportLanguage,
}

impl<'a> Report<'a> {
    /// The report on an import, whose messages are in this language.
    pub fn new(plan: &'a ImportPlan, language: ReportLanguage) -> Self {
        Self {
            plan,
            columns: ReportColumns::find(&plan.header),
            is_as_reported: plan.is_as_reported(),
            findings: Findings::default(),
            language,
        }
    }

    /// What the file begins with.
    pub fn beginning(&self) -> Vec<u8> {
        let mut lines = Lines::new();
        for (index, name) in self.plan.header.iter().enumerate() {
            if self.is_original(index) {
                lines.field(name);
            }
        }
        for name in COLUMNS {
            lines.field(name);
        }
        lines.end();
        let mut bytes = BYTE_ORDER_MARK.as_bytes().to_vec();
        bytes.extend(lines.into_bytes());
        bytes
    }

    /// The lines of a part's rows. Parts come in the order of their chunks.
    pub fn lines(&mut self, part: &[u8]) -> Result<Vec<u8>, PartError> {
        let mut reader = reader(part);
        let mut record = csv::StringRecord::new();
        let mut lines = Lines::new();
        while reader.read_record(&mut record)? {
            let row = row_of(&record)?;
            let problems = record
                .get(1)
                .and_then(|json| serde_json::from_str(json).ok());
            let problems: Vec<Problem> = problems.ok_or(PartError::Line)?;
            let fields: Vec<&str> = record.iter().skip(2).collect();
            self.line(&mut lines, row, &fields, &problems);
        }
        Ok(lines.into_bytes())
    }

    /// What was found in all rows.
    pub fn into_findings(self) -> Findings {
        self.findings
    }

    /// A row. Fields beyond the header's come at the very end, so that the report's columns stay
    /// in place.
    fn line(&mut self, line: &mut Lines, row: u64, fields: &[&str], problems: &[Problem]) {
        let (in_header, surplus) = fields.split_at(self.plan.header.len().min(fields.len()));
        for (index, field) in in_header.iter().enumerate() {
            if self.is_original(index) {
                line.field(&self.original(field));
            }
        }
        let (task, row) = self.whence(fields, row);
        self.findings.add(row, problems);
        let join = |part: &dyn Fn(&Problem) -> String| {
            let mut parts: Vec<String> = problems.iter().map(part).collect();
            parts.retain(|part| !part.is_empty());
            parts.join("; ")
        };
        line.field(&row.to_string());
        line.field(&join(&|problem| problem.column.clone()));
        line.field(&join(&|problem| problem.code.to_string()));
        line.field(&join(&|problem| {
            message(
                &problem.column,
                &in_language(self.language, &problem.message),
            )
        }));
        line.field(&task);
        for field in surplus.iter().filter(|field| !is_filler(field)) {
            line.field(&self.original(field));
        }
        line.end();
    }

    fn is_original(&self, field: usize) -> bool {
        let columns = self.columns.as_ref();
        columns.is_none_or(|columns| !columns.contains(field))
    }

    /// The text that a person meant: a corrected file has it as a report shows it.
    fn original<'f>(&self, field: &'f str) -> Cow<'f, str> {
        if self.is_as_reported {
            restore(field)
        } else {
            Cow::Borrowed(field)
        }
    }

    /// In which import's file the row first was, and where in it.
    fn whence(&self, fields: &[&str], row: u64) -> (String, u64) {
        let own = (self.plan.task.task_id.to_string(), row);
        let (Some(columns), Some(root)) = (&self.columns, self.plan.continues) else {
            return own;
        };
        let whence = columns.whence(|place| fields.get(place).map(|field| field.as_bytes()));
        match (whence.task, whence.row) {
            (Ok(task), Some(row)) => (task.unwrap_or(root).to_string(), row),
            _ => own,
        }
    }
}

/// Whether a spreadsheet has added the field, to make all rows as long as the longest one.
fn is_filler(field: &str) -> bool {
    field.chars().all(is_unseen)
}

/// Lines of the file.
struct Lines(csv::Writer<Vec<u8>>);

impl Lines {
    fn new() -> Self {
        let mut builder = csv::WriterBuilder::new();
        Self(builder.flexible(true).from_writer(Vec::new()))
    }

    fn field(&mut self, field: &str) {
        let written = self.0.write_field(&*neutralize(field));
        written.expect("a Vec takes every byte");
    }

    fn end(&mut self) {
        let end = self.0.write_record(None::<&[u8]>);
        end.expect("a Vec takes every byte");
    }

    fn into_bytes(self) -> Vec<u8> {
        self.0.into_inner().expect("a Vec takes every byte")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ConflictSearch;
    use crate::report::{PartWriter, ReportHeader};
    use sluice_basics::ids::TaskRef;
    use sluice_csv::{Delimiter, Dialect, FieldReader};
    use sluice_definition::Naming;
    use sluice_definition::OnDuplicate;
    use sluice_definition::ProblemCode;

    const COLUMN_NAMES: &str = "error_row,error_column,error_code,error_message,error_task";

    fn plan(header: &str, continues: Option<u64>) -> ImportPlan {
        let id = |id: u64| id.try_into().expect("a task id");
        ImportPlan {
            task: TaskRef {
                station_id: "demo".parse().expect("a station"),
                task_id: id(12),
            },
            run: 1,
            business: "b".parse().expect("a business"),
            object_key: String::new(),
            etag: String::new(),
            version_id: None,
            file_bytes: 0,
            delimiter: Delimiter::COMMA,
            on_duplicate: OnDuplicate::Reject,
            dry_run: false,
            undoable: false,
            config_version: 0,
            naming: Naming::default(),
            blank_fields: 0,
            unknown_header: Vec::new(),
            header: header.split(',').map(str::to_owned).collect(),
            data_start: 0,
            chunk_bytes: 1,
            continues: continues.map(id),
            conflicts: ConflictSearch::Nothing,
        }
    }

    fn report(plan: &ImportPlan, records: &[&str]) -> String {
        let mut fields = FieldReader::new(Dialect::default());
        let mut part = PartWriter::new(plan.header.len());
        let problem = Problem::new("email", ProblemCode::NotAnEmail, "wrong");
        for (row, record) in (7..).zip(records) {
            let fields = fields.read(record.as_bytes());
            part.row(row, Some(&fields), std::slice::from_ref(&problem));
        }
        let mut report = Report::new(plan, ReportLanguage::En);
        let mut bytes = report.beginning();
        let lines = report.lines(&part.into_bytes()).expect("a readable part");
        bytes.extend(lines);
        let findings = report.into_findings();
        assert_eq!(findings.problems()[0].message, "email: wrong");
        String::from_utf8(bytes).expect("UTF-8")
    }

    #[test]
    fn a_report_has_a_byte_order_mark_the_original_columns_and_what_is_wrong() {
        assert_eq!(
            report(&plan("=a,b", None), &["1,\"a,\"\"b\"", "=1+1,'=2"]),
            format!(
                "\u{feff}'=a,b,{COLUMN_NAMES}\n\
                 1,\"a,\"\"b\",7,email,not_an_email,email: wrong,12\n\
                 '=1+1,''=2,8,email,not_an_email,email: wrong,12\n"
            )
        );
    }

    #[test]
    fn ragged_rows_keep_the_columns_in_place() {
        assert_eq!(
            report(&plan("a,b", None), &["1", "1,2,3"]),
            format!(
                "\u{feff}a,b,{COLUMN_NAMES}\n\
                 1,,7,email,not_an_email,email: wrong,12\n\
                 1,2,8,email,not_an_email,email: wrong,12,3\n"
            )
        );
    }

    #[test]
    fn a_corrected_file_has_the_columns_once_and_rows_stay_those_of_the_first_file() {
        let header = format!("a,{COLUMN_NAMES}");
        let plan = plan(&header, Some(5));
        assert_eq!(
            report(
                &plan,
                &["'=1,3,x,duplicate,z,5", "=1,,,,,", "n,4,x,y,z,9,,"]
            ),
            format!(
                "\u{feff}a,{COLUMN_NAMES}\n\
                 '=1,3,email,not_an_email,email: wrong,5\n\
                 '=1,8,email,not_an_email,email: wrong,12\n\
                 n,4,email,not_an_email,email: wrong,9\n"
            )
        );
    }

    fn csv_line(fields: &[String]) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(fields).expect("a Vec takes every byte");
        let mut line = writer.into_inner().expect("a Vec takes every byte");
        line.pop();
        line
    }

    proptest! {
        #[test]
        fn every_text_of_header_and_rows_is_given_back(
            names in prop::collection::vec(".*", 1..5),
            rows in prop::collection::vec(prop::collection::vec("['=+\\-@0\r\n\t,;\"\u{feff}]{0,3}.*", 4), 1..4),
        ) {
            let width = names.len();
            let mut plan = plan("", None);
            plan.header.clone_from(&names);
            let mut fields = FieldReader::new(Dialect::default());
            let mut part = PartWriter::new(width);
            for (row, texts) in (2..).zip(&rows) {
                let line = csv_line(&texts[..width]);
                part.row(row, Some(&fields.read(&line)), &[]);
            }
            let mut report = Report::new(&plan, ReportLanguage::En);
            let mut file = report.beginning();
            file.extend(report.lines(&part.into_bytes()).expect("a readable part"));

            let header = ReportHeader::read(None, &Naming::default(), &file).expect("a report");
            let page = header.page(&file[header.rows_start as usize..], true, 9, |_| true);
            let numbers: Vec<u64> = page.errors.iter().map(|error| error.row).collect();
            prop_assert_eq!(numbers, (2..).take(rows.len()).collect::<Vec<_>>());
            let mut reader = reader(&file);
            let mut given_back = reader.records().map(|record| {
                let record = record.expect("CSV");
                let texts = record.iter().take(width).map(|text| restore(text).into_owned());
                texts.collect::<Vec<_>>()
            });
            prop_assert_eq!(given_back.next(), Some(names));
            for (row, texts) in given_back.zip(&rows) {
                prop_assert_eq!(&row[..], &texts[..width]);
            }
        }
    }
}
