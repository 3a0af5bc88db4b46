//! What an import would make of a file, from its first bytes: with the code that imports it, so that
//! people are shown before what happens after.

use std::collections::BTreeMap;
use std::io::Read as _;

use flate2::read::MultiGzDecoder;
use sluice_api::{ColumnMatch, FilePreview, PreviewLine};
use sluice_basics::ids::TaskId;
use sluice_basics::station::StationConfig;
use sluice_csv::{Dialect, FieldReader, Position, RawRecord, RecordContent, RecordReader};
use sluice_definition::reported::ReportColumns;
use sluice_definition::{Definition, HeaderMap, letters, looks_like_row, suggest};
use sluice_import::encoding::Encoding;
use sluice_import::{FileFormat, ImportOptions};

use crate::find::{
    FindError, FoundHeader, Head, MAX_COLUMNS, find_header, headerless_dialect, name_fields,
};
use crate::guess::Guess;
use crate::header::HEADER_LINES;
use crate::text::TextDecoder;
use crate::{Detected, FormatError, detect};

/// Rows that are shown.
const ROWS: usize = 6;
/// How much of a packed text is unpacked.
const UNPACKED_BYTES: u64 = 256 << 10;
/// Longer lines are not shown.
const MAX_LINE_BYTES: usize = 64 << 10;
/// Longer values are shown cut off.
const SHOWN_CHARS: usize = 200;
/// As many fields as a file may have, and the report's columns.
const MAX_FIELDS: usize = 261;

/// What there is of a file.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// The first bytes of a text or of a gzip file, and whether they are all.
    Head(&'a [u8], bool),
    /// The first rows of a sheet that are not blank.
    Lines(&'a [PreviewLine]),
}

/// Looks at a file as its import would. `header_row` is the header that a person names, which counts
/// where the file does not tell.
pub fn preview(
    definition: &Definition,
    config: &StationConfig,
    options: &ImportOptions,
    header_row: Option<u64>,
    source: Source<'_>,
) -> FilePreview {
    let looked = match source {
        Source::Head(head, whole) => Text::of_head(head, whole, options),
        Source::Lines(lines) => Ok(Some(Text::of_lines(lines))),
    };
    let text = match looked {
        Ok(Some(text)) => text,
        Ok(None) => return unseen(),
        Err(error) => return refused(error.to_string()),
    };
    let mut found = find_header(definition, options, &text.head());
    if options.naming().headerless
        && let Ok(header) = &found
        && header.row.is_some()
    {
        // A failed-rows file has its header whatever the file that it came from had.
        if text.continued(header).is_some() {
            let own = ImportOptions {
                header: None,
                mapping: BTreeMap::new(),
                ..options.clone()
            };
            return preview(definition, config, &own, header_row, source);
        }
        found = name_fields(definition, options, &text.head());
    }
    let (found, problem) = match found {
        Ok(found) => (found, None),
        Err(FindError::TwoHeaders {
            problem,
            first,
            second,
            header,
        }) => {
            let shown = FindError::TwoHeaders {
                problem,
                first: text.row(first),
                second: text.row(second),
                header: header.clone(),
            };
            (*header, Some(shown.to_string()))
        }
        Err(FindError::RowAbove {
            row,
            header_row,
            header,
        }) => {
            let shown = FindError::RowAbove {
                row: text.row(row),
                header_row: text.row(header_row),
                header: header.clone(),
            };
            (*header, Some(shown.to_string()))
        }
        Err(FindError::Columns(problem)) => match text.without_header(options) {
            Some(found) => (found, Some(problem.to_string())),
            None => return refused(problem.to_string()),
        },
        Err(error) => return refused(error.to_string()),
    };
    let of_report = ReportColumns::find(&found.names).map_or(0, |columns| columns.count());
    let columns = found.names.len() - of_report;
    if columns > MAX_COLUMNS {
        return refused(format!(
            "the file has {columns} columns, at most {MAX_COLUMNS} are allowed: leave out columns that \
             are not imported"
        ));
    }
    let look = Look {
        definition,
        config,
        options,
        text,
    };
    look.at(found, header_row, problem)
}

/// A workbook, of which the first bytes say no more.
fn unseen() -> FilePreview {
    FilePreview {
        format: Some(FileFormat::Xlsx),
        ..FilePreview::default()
    }
}

fn refused(refusal: String) -> FilePreview {
    FilePreview {
        refusal: Some(refusal),
        ..FilePreview::default()
    }
}

/// The beginning of a file as UTF-8 CSV.
pub(crate) struct Text {
    format: FileFormat,
    encoding: Option<Encoding>,
    utf8: Vec<u8>,
    whole: bool,
    /// The rows that lines of a sheet stand in; those of a text are counted.
    rows: Option<Vec<u64>>,
}

impl Text {
    /// The text in a head; none if it is that of a workbook.
    pub(crate) fn of_head(
        head: &[u8],
        whole: bool,
        options: &ImportOptions,
    ) -> Result<Option<Self>, FormatError> {
        match detect(head, whole, options.encoding)? {
            Detected::Text {
                encoding, is_mixed, ..
            } => {
                let decoder = TextDecoder::new(Guess { encoding, is_mixed });
                Self::decoded(head, whole, FileFormat::Csv, encoding, decoder).map(Some)
            }
            Detected::Gzip => {
                let mut unpacked = Vec::new();
                let mut decoder = MultiGzDecoder::new(head).take(UNPACKED_BYTES);
                // The head ends in the middle of the packed text: what came until then is enough.
                let is_end = decoder.read_to_end(&mut unpacked).is_ok();
                let whole = whole && is_end && (unpacked.len() as u64) < UNPACKED_BYTES;
                match detect(&unpacked, whole, options.encoding)? {
                    Detected::Text {
                        encoding, is_mixed, ..
                    } => {
                        let decoder = TextDecoder::new(Guess { encoding, is_mixed });
                        Self::decoded(&unpacked, whole, FileFormat::Gzip, encoding, decoder)
                            .map(Some)
                    }
                    Detected::Gzip => Err(FormatError::Nested {
                        content: "another gzip file",
                    }),
                    Detected::Workbook => Err(FormatError::Nested {
                        content: "a workbook",
                    }),
                }
            }
            Detected::Workbook => Ok(None),
        }
    }

    fn decoded(
        bytes: &[u8],
        whole: bool,
        format: FileFormat,
        encoding: Encoding,
        mut decoder: TextDecoder,
    ) -> Result<Self, FormatError> {
        let mut utf8 = Vec::with_capacity(bytes.len());
        decoder.push(bytes, whole, &mut |text| {
            utf8.extend_from_slice(text);
            Ok(())
        })?;
        Ok(Self {
            format,
            encoding: Some(encoding),
            utf8,
            whole,
            rows: None,
        })
    }

    /// A sheet's lines as the CSV that it is converted to.
    fn of_lines(lines: &[PreviewLine]) -> Self {
        let mut utf8 = Vec::new();
        for line in lines {
            for (place, field) in line.fields.iter().enumerate() {
                if place > 0 {
                    utf8.push(b',');
                }
                utf8.push(b'"');
                utf8.extend(field.replace('"', "\"\"").bytes());
                utf8.push(b'"');
            }
            utf8.push(b'\n');
        }
        Self {
            format: FileFormat::Xlsx,
            encoding: None,
            utf8,
            whole: true,
            rows: Some(lines.iter().map(|line| line.row).collect()),
        }
    }

    pub(crate) fn head(&self) -> Head<'_> {
        Head {
            format: self.format,
            bytes: &self.utf8,
            at_end: self.whole,
        }
    }

    /// The import that a corrected file with this header continues.
    fn continued(&self, header: &FoundHeader) -> Option<TaskId> {
        let first = self.first_row(header.data);
        let lines = self.lines(header.dialect, 3 * HEADER_LINES);
        let rows = lines.into_iter().filter(|line| line.row >= first);
        let rows: Vec<Vec<String>> = rows.map(|line| line.fields).collect();
        continued(&header.names, &rows)
    }

    /// The first lines that are not blank. The last one is left out where more of it may come.
    pub(crate) fn lines(&self, dialect: Dialect, most: usize) -> Vec<PreviewLine> {
        let mut records = RecordReader::new(dialect, Position::START, MAX_LINE_BYTES);
        let mut fields = FieldReader::new(dialect);
        let mut lines = Vec::new();
        records.push(&self.utf8);
        while lines.len() < most
            && let Some(record) = records.next_record()
        {
            lines.extend(self.line(record, &mut fields));
        }
        if self.whole
            && lines.len() < most
            && let Ok(Some(record)) = records.finish()
        {
            lines.extend(self.line(record, &mut fields));
        }
        lines
    }

    fn line(&self, record: RawRecord<'_>, fields: &mut FieldReader) -> Option<PreviewLine> {
        let RecordContent::Bytes(bytes) = record.content else {
            return None;
        };
        let fields: Vec<String> = fields
            .read(bytes)
            .iter()
            .take(MAX_FIELDS)
            .map(|field| String::from_utf8_lossy(field).into_owned())
            .collect();
        let is_blank = fields.iter().all(|field| field.trim().is_empty());
        let row = record.position.row;
        (!is_blank).then(|| PreviewLine {
            row: self.row(row),
            fields,
        })
    }

    /// The row that a spreadsheet shows for a line of the text.
    fn row(&self, line: u64) -> u64 {
        let place = usize::try_from(line).ok().and_then(|n| n.checked_sub(1));
        let rows = self.rows.as_ref();
        rows.zip(place)
            .and_then(|(rows, place)| rows.get(place).copied())
            .unwrap_or(line)
    }

    /// The row in which the rows begin; past all rows where a sheet has none.
    fn first_row(&self, data: Position) -> u64 {
        let Some(rows) = &self.rows else {
            return data.row;
        };
        let place = usize::try_from(data.row - 1).unwrap_or(usize::MAX);
        rows.get(place).copied().unwrap_or(u64::MAX)
    }

    /// A file without a header whose mapping is wrong: its fields, without names.
    fn without_header(&self, options: &ImportOptions) -> Option<FoundHeader> {
        let dialect = headerless_dialect(options, &self.head());
        let first = self.lines(dialect, 1).pop()?;
        Some(FoundHeader {
            dialect,
            row: None,
            blank_names: 0,
            names: first.fields,
            data: Position::START,
        })
    }
}

struct Look<'a> {
    definition: &'a Definition,
    config: &'a StationConfig,
    options: &'a ImportOptions,
    text: Text,
}

impl Look<'_> {
    fn at(
        &self,
        found: FoundHeader,
        header_row: Option<u64>,
        problem: Option<String>,
    ) -> FilePreview {
        let naming = self.options.naming();
        let lines = self.text.lines(found.dialect, 3 * HEADER_LINES);
        let mut preview = FilePreview {
            format: Some(self.text.format),
            encoding: self.text.encoding,
            delimiter: Some(found.dialect.delimiter),
            ..FilePreview::default()
        };
        if naming.headerless {
            let width = lines.first().map_or(0, |line| line.fields.len());
            preview.names = (0..width).map(letters).collect();
            preview.rows = lines;
        } else {
            let is_known = self.is_known(&found.names);
            let first: Vec<u64> = lines
                .iter()
                .take(HEADER_LINES)
                .map(|line| line.row)
                .collect();
            let named = header_row.filter(|row| !is_known && first.contains(row));
            let row = named.or(found.row.map(|row| self.text.row(row)));
            preview.names = match lines.iter().find(|line| named == Some(line.row)) {
                Some(line) => line.fields.clone(),
                None => found.names,
            };
            preview.header_row = row;
            if !is_known {
                preview.header_choices = first;
            }
            // Where the import begins, unless a person says that the header is elsewhere.
            let first = named.map_or(self.text.first_row(found.data), |row| row.saturating_add(1));
            preview.rows = lines;
            preview.rows.retain(|line| line.row >= first);
        }
        let samples: Vec<Vec<String>> = preview
            .rows
            .iter()
            .map(|line| line.fields.clone())
            .collect();
        let (map, wrong) = naming.look(self.definition, &preview.names);
        let header = (!naming.headerless).then_some(preview.names.as_slice());
        let suggestions = suggest(self.definition, &map, header, &samples, self.config);
        let columns = self.definition.columns.iter().enumerate();
        preview.columns = columns
            .zip(suggestions)
            .map(|((index, column), suggested)| ColumnMatch {
                column: column.name.clone(),
                field: map.field(index),
                suggested: suggested.filter(|&field| !is_of_report(&preview.names, field)),
            })
            .collect();
        preview.missing = self.missing(&map);
        preview.problem = problem.or(wrong.map(|problem| problem.to_string()));
        preview.looks_like_row = !naming.headerless
            && !preview.header_choices.is_empty()
            && preview.columns.iter().all(|column| column.field.is_none())
            && looks_like_row(&preview.names, &samples);
        preview.continues = continued(&preview.names, &samples);
        preview.rows.truncate(ROWS);
        for field in preview.rows.iter_mut().flat_map(|line| &mut line.fields) {
            shorten(field);
        }
        preview
    }

    /// Whether some name of a header is known.
    fn is_known(&self, names: &[String]) -> bool {
        let mapping = &self.options.naming().mapping;
        HeaderMap::recognized(self.definition, mapping, names) > 0
            || ReportColumns::find(names).is_some()
    }

    fn missing(&self, map: &HeaderMap) -> Vec<String> {
        let columns = self.definition.columns.iter().enumerate();
        columns
            .filter(|(index, column)| column.required && map.field(*index).is_none())
            .map(|(_, column)| column.name.clone())
            .collect()
    }
}

fn is_of_report(names: &[String], field: usize) -> bool {
    ReportColumns::find(names).is_some_and(|columns| columns.contains(field))
}

/// The import that a corrected file continues, by the first of its rows that says one.
fn continued(names: &[String], rows: &[Vec<String>]) -> Option<TaskId> {
    let columns = ReportColumns::find(names)?;
    rows.iter().find_map(|row| {
        let whence = columns.whence(|place| row.get(place).map(String::as_bytes));
        whence.task.ok().flatten()
    })
}

fn shorten(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(SHOWN_CHARS) {
        text.truncate(end);
        text.push('…');
    }
}
