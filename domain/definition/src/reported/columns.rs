//! The report's columns in a file that comes back: where each row came from.

use sluice_basics::characters::{comparable_name, is_unseen};
use sluice_basics::ids::TaskId;
use sluice_basics::problem::ProblemCode;
use sluice_csv::Fields;
use sluice_csv::cell;

use super::{COLUMNS, EXPORTED_AT, EXPORTED_ON, restore};

/// Where the report's columns are in a header. A person may have moved them, or deleted those
/// that only say what was wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportColumns {
    /// In the order of [`COLUMNS`].
    places: [Option<usize>; COLUMNS.len()],
    task: usize,
}

/// Where a row of a corrected file came from, as its file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whence {
    /// The import in whose file it first was; none if the field is blank.
    pub task: Result<Option<TaskId>, String>,
    /// Its row in that file.
    pub row: Option<u64>,
    /// Whether a person has added it: it says no row.
    pub is_added: bool,
    /// Whether its key was taken, as opposed to all else that can be wrong.
    pub was_duplicate: bool,
}

impl ReportColumns {
    /// Finds them. None if the file is no failed-rows file: it does not say of which import.
    pub fn find(header: &[String]) -> Option<Self> {
        let places = COLUMNS.map(|column| {
            let is_it = |name: &String| column_of(name) == Some(column);
            // The original file may have had a column of this name.
            header.iter().rposition(is_it)
        });
        let [.., task] = places;
        task.map(|task| Self { places, task })
    }

    /// Whether there is a column that says the row, without which nothing is known of a row.
    pub fn say_rows(&self) -> bool {
        self.places[0].is_some()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.places.iter().flatten().count()
    }

    /// Whether a field is one of them.
    pub fn contains(&self, field: usize) -> bool {
        self.places.contains(&Some(field))
    }

    /// Where a row came from; `field` gives its fields by their index.
    pub fn whence<'f>(&self, field: impl Fn(usize) -> Option<&'f [u8]>) -> Whence {
        let text = |place: Option<usize>| {
            let text = cell::shown(place.and_then(&field).unwrap_or_default());
            restore(text.trim()).trim_matches(is_unseen).to_owned()
        };
        let [row, _, code, _, _] = self.places;
        let task = text(Some(self.task));
        let row = text(row);
        let code = text(code);
        let duplicate = ProblemCode::Duplicate.to_string();
        Whence {
            task: match task.as_str() {
                "" => Ok(None),
                id => id.parse().map(Some).map_err(|_| task),
            },
            row: row.parse().ok(),
            is_added: row.is_empty(),
            was_duplicate: code.split("; ").all(|code| code == duplicate),
        }
    }
}

/// Whether a line has names of the report's columns in it: it is the header of a failed-rows file,
/// wherever it stands. One name that says where a row came from is enough, or any two.
pub fn carries_report_names(fields: &Fields<'_>) -> bool {
    let mut found = 0;
    for field in fields.iter().filter(|field| can_be_name(field)) {
        let name = column_of(&cell::shown(field));
        if name.is_some_and(|name| name == COLUMNS[0] || name == COLUMNS[4]) {
            return true;
        }
        found += usize::from(name.is_some());
    }
    found > 1
}

/// Whether a header is that of the column which only exported files have: columns that such a file lacks were
/// not exported, and are not blank.
pub fn is_export_mark(header: &str) -> bool {
    let name = comparable_name(header);
    [EXPORTED_AT, EXPORTED_ON]
        .iter()
        .any(|mark| comparable_name(mark) == name)
}

/// Whether the fields below a header are as a report or an export shows them: a failed-rows file is one also
/// where it does not say any more of which import.
pub fn is_as_reported(header: &[String]) -> bool {
    let mark = comparable_name(EXPORTED_AT);
    if header.iter().any(|name| comparable_name(name) == mark) {
        return true;
    }
    let names = header.iter().filter_map(|name| column_of(name));
    let (mut found, mut is_sure) = (0, false);
    for name in names {
        is_sure |= name == COLUMNS[0] || name == COLUMNS[4];
        found += 1;
    }
    is_sure || found > 1
}

/// The column of a report that a header names.
fn column_of(header: &str) -> Option<&'static str> {
    let name = comparable_name(header);
    let is_it = |column: &&&str| comparable_name(column) == name;
    COLUMNS.iter().find(is_it).copied()
}

/// Cheaper than comparing names: few values are as long and begin so.
fn can_be_name(field: &[u8]) -> bool {
    (9..64).contains(&field.len())
        && field
            .iter()
            .find(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii())
            .is_some_and(|first| !first.is_ascii() || matches!(first, b'e' | b'E'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sluice_csv::{Dialect, FieldReader};

    fn header(line: &str) -> Vec<String> {
        line.split(',').map(str::to_owned).collect()
    }

    fn whence(columns: &ReportColumns, record: &str) -> Whence {
        let mut reader = FieldReader::new(Dialect::default());
        let fields = reader.read(record.as_bytes());
        columns.whence(|place| fields.get(place))
    }

    #[test]
    fn columns_are_found_where_they_were_moved_to_and_the_last_of_a_name_counts() {
        let columns = ReportColumns::find(&header("Error_Task,error_row,a, error_row "));
        let columns = columns.expect("a failed-rows file");
        assert_eq!((columns.say_rows(), columns.count()), (true, 2));
        let fields: Vec<usize> = (0..4).filter(|field| columns.contains(*field)).collect();
        assert_eq!(fields, [0, 3]);
        assert_eq!(ReportColumns::find(&header("a,error_row,error_code")), None);
    }

    #[test]
    fn a_row_says_where_it_came_from() {
        let columns = ReportColumns::find(&header("a,error_row,error_code,error_task"));
        let columns = columns.expect("a failed-rows file");
        let from = whence(&columns, "x,12,duplicate,'890473042418166");
        let task = "890473042418166".parse().ok();
        assert_eq!((from.task, from.row), (Ok(task), Some(12)));
        assert!(from.was_duplicate && !from.is_added);
        let added = whence(&columns, "x,, ,");
        assert_eq!((added.task, added.row), (Ok(None), None));
        assert!(added.is_added && !added.was_duplicate);
        let broken = whence(&columns, "x,many,required,8.90473E+14");
        assert_eq!(broken.task, Err("8.90473E+14".to_owned()));
        assert!(!broken.is_added);
    }
}
