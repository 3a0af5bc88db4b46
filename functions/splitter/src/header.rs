//! Finding a file's header: which line it is, and what separates its fields.

use sluice_core::csv::{
    Delimiter, Dialect, Fields, HeaderError, Position, count_fields, read_header,
};
use sluice_core::definition::{Definition, HeaderMap, Naming, detect_delimiter};
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
    /// Its row; none where names were made for a file without one.
    pub(crate) row: Option<u64>,
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
    let naming = options.naming();
    let given = match format {
        FileFormat::Xlsx => Some(Delimiter::COMMA),
        FileFormat::Csv | FileFormat::Gzip => options.delimiter,
    };
    let candidates = given.map_or(DELIMITERS.to_vec(), |delimiter| vec![delimiter]);
    if naming.headerless {
        return name_fields(definition, &naming, &candidates, head, at_end);
    }
    let mut best: Option<(usize, Dialect, Position)> = None;
    for dialect in candidates.into_iter().map(Dialect::from) {
        let score = |fields: Fields<'_>| {
            let names: Vec<String> = fields
                .iter()
                .map(|field| String::from_utf8_lossy(field).into_owned())
                .collect();
            let of_report = ReportColumns::find(&names).map_or(0, |columns| columns.count());
            HeaderMap::recognized(definition, &naming.mapping, &names) + of_report
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
        row: Some(start.row),
        names: header.fields,
        data: Position {
            offset: start.offset + header.data.offset,
            row: start.row - 1 + header.data.row,
            record: header.data.record,
        },
    })
}

/// Makes names for the fields of a file that begins with its first row.
fn name_fields(
    definition: &Definition,
    naming: &Naming,
    candidates: &[Delimiter],
    head: &[u8],
    at_end: bool,
) -> Result<FoundHeader, Refused> {
    let mut best = ((false, 0), Dialect::default());
    for (place, &delimiter) in candidates.iter().enumerate() {
        let dialect = Dialect::from(delimiter);
        let likeness = likeness(dialect, head);
        if place == 0 || likeness > best.0 {
            best = (likeness, dialect);
        }
    }
    let dialect = best.1;
    let width = count_fields(dialect, head, at_end).map_err(|error| match error {
        HeaderError::Empty => Refused::NoRows,
        other => other.into(),
    })?;
    Ok(FoundHeader {
        dialect,
        row: None,
        names: naming.made_names(definition, width)?,
        data: Position::START,
    })
}

/// How much a file's first lines are a table: whether they have the same number of fields, more
/// than one, and how many the shortest has.
fn likeness(dialect: Dialect, head: &[u8]) -> (bool, usize) {
    let (mut fewest, mut most) = (usize::MAX, 0);
    locate_header(dialect, head, |fields| {
        fewest = fewest.min(fields.len());
        most = most.max(fields.len());
        0
    });
    (fewest == most && most > 1, fewest.min(most))
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
