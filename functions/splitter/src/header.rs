//! Finding a file's header: which line it is, and what separates its fields.

use sluice_core::csv::{Delimiter, Dialect, Position, read_header};
use sluice_core::definition::{Definition, HeaderMap, detect_delimiter};
use sluice_core::import::{FileFormat, ImportOptions};
use sluice_core::report::ReportColumns;
use sluice_formats::locate_header;

use crate::open::Refused;

/// What stands between fields, unless the client says it.
const DELIMITERS: [Delimiter; 4] = [
    Delimiter::COMMA,
    Delimiter::SEMICOLON,
    Delimiter::TAB,
    Delimiter::PIPE,
];

/// A file's header, where it is, and where the rows begin.
pub(crate) struct FoundHeader {
    pub(crate) dialect: Dialect,
    pub(crate) row: u64,
    pub(crate) names: Vec<String>,
    pub(crate) data: Position,
}

/// Finds the header in the first bytes of a file: among its first ten lines the one with most
/// names of columns, under the delimiter that gives most.
pub(crate) fn find_header(
    definition: &Definition,
    options: &ImportOptions,
    format: FileFormat,
    head: &[u8],
    at_end: bool,
) -> Result<FoundHeader, Refused> {
    let given = match format {
        FileFormat::Xlsx => Some(Delimiter::COMMA),
        FileFormat::Csv | FileFormat::Gzip => options.delimiter,
    };
    let candidates = given.map_or(DELIMITERS.to_vec(), |delimiter| vec![delimiter]);
    let mut best: Option<(usize, Dialect, Position)> = None;
    for dialect in candidates.into_iter().map(Dialect::from) {
        let score = |fields: sluice_core::csv::Fields<'_>| {
            let names: Vec<String> = fields
                .iter()
                .map(|field| String::from_utf8_lossy(field).into_owned())
                .collect();
            let of_report = ReportColumns::find(&names).map_or(0, |columns| columns.count());
            HeaderMap::recognized(definition, &names) + of_report
        };
        let found = locate_header(dialect, head, score);
        if let Some(line) = found.filter(|line| best.is_none_or(|(most, ..)| line.score > most)) {
            best = Some((line.score, dialect, line.position));
        }
    }
    // Where no name is known, the first line is the header, so that the message can quote it.
    let (dialect, start) = if let Some((_, dialect, start)) = best {
        (dialect, start)
    } else {
        let detect = || detect_delimiter(definition, first_line(head));
        (given.unwrap_or_else(detect).into(), Position::START)
    };
    let header = read_header(dialect, &head[start.offset as usize..], at_end)?;
    Ok(FoundHeader {
        dialect,
        row: start.row,
        names: header.fields,
        data: Position {
            offset: start.offset + header.data.offset,
            row: start.row - 1 + header.data.row,
            record: header.data.record,
        },
    })
}

/// The first line that is not blank: enough to tell one delimiter from another.
fn first_line(head: &[u8]) -> &[u8] {
    let is_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let start = head
        .iter()
        .position(|byte| !is_break(byte))
        .unwrap_or(head.len());
    head[start..].split(is_break).next().unwrap_or_default()
}
