//! Compares what the generator knows with what the system says and has stored. All of it is decided here, without
//! asking anybody.

use std::collections::{BTreeMap, BTreeSet};

use sluice_api::RowsView;
use sluice_definition::OnDuplicate;

use super::model::{Fate, File, Row};

/// The code of duplicates in a report.
const DUPLICATE: &str = "duplicate";

/// What the system says of an import that has ended.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    /// The task.
    pub(super) task: u64,
    /// The counts.
    pub(super) rows: Counts,
    /// The rows of the report, with their codes.
    pub(super) reported: BTreeMap<u64, String>,
}

/// How many rows there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) read: u64,
    pub(super) succeeded: u64,
    pub(super) failed: u64,
    pub(super) duplicate: u64,
    pub(super) skipped: u64,
}

impl From<RowsView> for Counts {
    fn from(rows: RowsView) -> Self {
        Self {
            read: rows.read,
            succeeded: rows.succeeded,
            failed: rows.failed,
            duplicate: rows.duplicate,
            skipped: rows.skipped,
        }
    }
}

/// A stored row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct StoredRow {
    /// The task and the row that it is from.
    pub(super) origin: (u64, u64),
    /// Its columns.
    pub(super) values: BTreeMap<String, String>,
}

/// What a station has stored of a business.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stored {
    /// Rows by their keys.
    pub(super) rows: BTreeMap<String, StoredRow>,
    /// The keys that have claimed values, by column and value.
    pub(super) claims: BTreeMap<String, String>,
}

/// What was compared, and what differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Check {
    /// What holds if nothing differs.
    pub(super) name: String,
    /// How many things were compared.
    pub(super) compared: u64,
    /// What differs.
    pub(super) violations: Vec<String>,
}

impl Check {
    pub(super) fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            compared: 0,
            violations: Vec::new(),
        }
    }

    /// Compares one thing more.
    pub(super) fn expect(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        self.compared += 1;
        if !holds {
            self.violations.push(otherwise());
        }
    }
}

/// An import: its file, and what was told of it.
pub(super) type Import<'a> = (&'a File, &'a Told);

/// Compares imports of a station, all there were of the business, with what is stored.
pub(super) fn imports(imports: &[Import<'_>], stored: &Stored) -> Vec<Check> {
    vec![
        counted(imports),
        reported(imports),
        kept(imports, stored),
        as_sent(imports, stored),
        counted_once(imports, stored),
    ]
}

/// Whether a row was refused for its key or for a unique value, and for nothing else.
fn is_duplicate(codes: &str) -> bool {
    codes.split("; ").all(|code| code == DUPLICATE)
}

/// Every row of a file is counted in one way.
fn counted(imports: &[Import<'_>]) -> Check {
    let mut check = Check::new("every row is counted");
    for (file, Told { task, rows, .. }) in imports {
        let all = file.rows.len() as u64;
        let sum = rows.succeeded + rows.failed + rows.duplicate + rows.skipped;
        let holds = rows.read == all && sum == all;
        check.expect(holds, || format!("task {task}: {all} rows, told {rows:?}"));
        let bad = file.rows.iter().filter(|row| row.fate == Fate::Bad);
        let bad = bad.count() as u64;
        check.expect(rows.failed == bad, || {
            format!("task {task}: {bad} rows are bad, told {}", rows.failed)
        });
    }
    check
}

/// The report has every bad row, every duplicate and nothing else.
fn reported(imports: &[Import<'_>]) -> Check {
    let mut check = Check::new("the report has what was not stored");
    for (file, told) in imports {
        let task = told.task;
        let duplicates = told.reported.values().filter(|code| is_duplicate(code));
        let duplicates = duplicates.count() as u64;
        check.expect(duplicates == told.rows.duplicate, || {
            let counted = told.rows.duplicate;
            format!("task {task}: {counted} duplicates counted, {duplicates} reported")
        });
        for (number, row) in file.numbered() {
            let code = told.reported.get(&number).map(String::as_str);
            let holds = match (row.fate, code) {
                (Fate::Bad, code) => code.is_some_and(|code| !is_duplicate(code)),
                (Fate::Duplicate, code) => {
                    code.is_some_and(is_duplicate) || file.rule != OnDuplicate::Reject
                }
                (Fate::Stored, code) => code.is_none(),
                (Fate::Contested, code) => code.is_none_or(is_duplicate),
            };
            check.expect(holds, || {
                format!(
                    "task {task}, row {number}: {:?}, reported as {code:?}",
                    row.fate
                )
            });
        }
        for number in told.reported.keys() {
            let is_there = file.row(*number).is_some();
            check.expect(is_there, || format!("task {task} reports a row {number}"));
        }
    }
    check
}

/// No row is lost: those that nobody else wants are stored, and of those with the same key one is.
fn kept(imports: &[Import<'_>], stored: &Stored) -> Check {
    let mut check = Check::new("no row is lost");
    for (file, told) in imports {
        for (number, row) in file.numbered() {
            let origin = (told.task, number);
            let found = stored.rows.get(&row.key);
            match row.fate {
                Fate::Stored => {
                    let holds = found.is_some_and(|found| found.origin == origin);
                    check.expect(holds, || {
                        format!("{} of {origin:?} is lost: {found:?}", row.key)
                    });
                }
                // A row is refused for a value, too, if values are unique.
                Fate::Contested if stored.claims.is_empty() => {
                    check.expect(found.is_some(), || {
                        format!("{}, row {number} of task {}, is lost", row.key, told.task)
                    });
                }
                Fate::Contested | Fate::Duplicate | Fate::Bad => {}
            }
        }
    }
    check
}

/// Each stored row is a row of a file, one that was not refused, with its values.
fn as_sent(imports: &[Import<'_>], stored: &Stored) -> Check {
    let mut check = Check::new("stored rows are as they were sent");
    let by_task: BTreeMap<u64, &Import<'_>> = imports
        .iter()
        .map(|import| (import.1.task, import))
        .collect();
    let mut wanted: BTreeMap<&str, BTreeSet<(&str, &str)>> = BTreeMap::new();
    for row in imports.iter().flat_map(|(file, _)| &file.rows) {
        let values = row.values.iter();
        let values = values.map(|(name, value)| (name.as_str(), value.as_str()));
        wanted.entry(&row.key).or_default().extend(values);
    }
    for (key, found) in &stored.rows {
        let (task, number) = found.origin;
        let import = by_task.get(&task);
        let row = import.and_then(|(file, _)| file.row(number));
        let row: Option<&Row> = row.filter(|row| row.key == *key);
        let Some((row, (_, told))) = row.zip(import.copied()) else {
            check.expect(false, || format!("{key} is of no file: {found:?}"));
            continue;
        };
        let is_refused = told.reported.contains_key(&number);
        check.expect(!is_refused, || {
            format!("{key} is row {number} of task {task}, which was refused")
        });
        let mut values = row.values.iter();
        let has_values = values.all(|(name, value)| found.values.get(name) == Some(value));
        check.expect(has_values, || {
            format!("{key} is {:?}, sent as {:?}", found.values, row.values)
        });
        // A blank keeps what was there, which another row with the key has brought.
        let known = wanted.get(key.as_str());
        let is_known = |name: &str, value: &str| {
            let modeled = row.values.contains_key(name) || !UNMODELED.contains(&name);
            !modeled || known.is_some_and(|known| known.contains(&(name, value)))
        };
        for (name, value) in &found.values {
            check.expect(is_known(name, value), || {
                format!("{key} has {name} = {value}, which nobody has sent")
            });
        }
    }
    check
}

/// The columns of generated members that are not compared: they are stored in another form than they are sent in.
const UNMODELED: [&str; 8] = [
    "phone",
    "email",
    "gender",
    "birthday",
    "tier",
    "points",
    "joined_on",
    "address",
];

/// No row is counted twice: where nothing is overwritten, as many rows are counted as are stored.
fn counted_once(imports: &[Import<'_>], stored: &Stored) -> Check {
    let mut check = Check::new("no row is counted twice");
    let succeeded: u64 = imports.iter().map(|(_, told)| told.rows.succeeded).sum();
    let there = stored.rows.len() as u64;
    let overwrites = imports
        .iter()
        .any(|(file, _)| file.rule == OnDuplicate::Overwrite);
    let holds = if overwrites {
        succeeded >= there
    } else {
        succeeded == there
    };
    check.expect(holds, || {
        format!("{succeeded} rows counted, {there} stored")
    });
    check
}

/// Each value of these columns is claimed by the one row that has it, and no other value is.
pub(super) fn claims(stored: &Stored, columns: &[&str]) -> Check {
    let mut check = Check::new("unique values are claimed by who has them");
    let mut had: BTreeMap<String, &str> = BTreeMap::new();
    for (key, row) in &stored.rows {
        for column in columns {
            let Some(value) = row.values.get(*column) else {
                continue;
            };
            let claim = format!("{column}#{value}");
            let claimed = stored.claims.get(&claim);
            check.expect(claimed == Some(key), || {
                format!("{key} has {claim}, which {claimed:?} claims")
            });
            let other = had.insert(claim.clone(), key);
            check.expect(other.is_none(), || {
                format!("{key} and {other:?} have {claim}")
            });
        }
    }
    for (claim, key) in &stored.claims {
        check.expect(had.contains_key(claim), || {
            format!("{key} claims {claim}, which nobody has")
        });
    }
    check
}

/// What is there is what is expected, neither more nor less.
pub(super) fn same<V: PartialEq + std::fmt::Debug>(
    name: &str,
    expected: &BTreeMap<String, V>,
    found: &BTreeMap<String, V>,
) -> Check {
    let mut check = Check::new(name);
    for (key, value) in expected {
        let there = found.get(key);
        check.expect(there == Some(value), || {
            format!("{key}: {value:?} is expected, there is {there:?}")
        });
    }
    for (key, value) in found {
        check.expect(expected.contains_key(key), || {
            format!("{key}: nothing is expected, there is {value:?}")
        });
    }
    check
}

#[cfg(test)]
mod tests;
