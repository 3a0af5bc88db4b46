//! Why a transaction was cancelled: what each of its rows found in its way.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::CancellationReason;

use super::{About, Item, Leftovers, Once, Planned, Put, StoredRow, UniqueTable, rows_of, text_of};
use crate::row_writer::row::{CLAIM_KEY, Row};

/// What was found about a row.
#[derive(Clone, Debug)]
pub(super) enum Found {
    Put(Put),
    /// Rows with these keys claim its values, by field.
    Claimed(Vec<(usize, String)>),
    /// The row that it replaces has the value of a field without a claim.
    Unclaimed(usize),
    /// A leftover is in its way, and it is to be tried again.
    Again,
}

impl Found {
    /// What became of the row; none if it is to be tried again.
    pub(super) fn put(self) -> Option<Put> {
        match self {
            Self::Put(put) => Some(put),
            Self::Claimed(_) | Self::Unclaimed(_) | Self::Again => None,
        }
    }

    pub(super) fn held(&self) -> &[(usize, String)] {
        match self {
            Self::Claimed(fields) => fields,
            _ => &[],
        }
    }

    /// Tells the rows that hold values from claims that belong to nobody.
    pub(super) fn look_at(
        &mut self,
        table: &UniqueTable<'_>,
        row: &Row,
        holders: &HashMap<&str, Option<StoredRow>>,
        leftovers: &mut Leftovers,
    ) {
        let number = row.origin.row;
        match self {
            Self::Claimed(fields) => {
                let mut held = Vec::new();
                for (field, key) in fields {
                    let value = row.column(table.columns[*field - 1]).and_then(text_of);
                    let holder = holders.get(key.as_str()).and_then(Option::as_ref);
                    match holder.filter(|holder| holder.value(*field) == value) {
                        Some(holder) => held.push((*field, holder.origin())),
                        None => {
                            leftovers.stale.insert((number, *field), key.clone());
                        }
                    }
                }
                held.sort_unstable_by_key(|(field, _)| *field);
                *self = if held.is_empty() {
                    Self::Again
                } else {
                    Self::Put(Put::Held(held))
                };
            }
            Self::Unclaimed(field) => {
                leftovers.unclaimed.insert((number, *field));
                *self = Self::Again;
            }
            Self::Put(_) | Self::Again => {}
        }
    }
}

/// Why a transaction was cancelled.
pub(super) struct Cancelled<'a> {
    rows: &'a [&'a Planned<'a>],
    found: Vec<Option<Found>>,
    /// Rows that an earlier request has stored.
    journaled: Vec<u64>,
    /// Whether the table throttles.
    pub(super) is_throttled: bool,
    /// A reason that passes.
    why: String,
}

impl<'a> Cancelled<'a> {
    pub(super) fn read(
        table: &UniqueTable<'_>,
        rows: &'a [&'a Planned<'a>],
        about: &[About],
        reasons: &[CancellationReason],
    ) -> Self {
        let mut cancelled = Self {
            rows,
            found: vec![None; rows.len()],
            journaled: Vec::new(),
            is_throttled: false,
            why: String::new(),
        };
        for (about, reason) in about.iter().zip(reasons) {
            match reason.code().unwrap_or_default() {
                "" | "None" => {}
                "ConditionalCheckFailed" => cancelled.add(table, about, reason.item()),
                code @ "ValidationError" => {
                    if let Some(row) = about.row() {
                        cancelled.found[row] = Some(Found::Put(Put::Refused(code.to_owned())));
                    }
                }
                // Others change the same items at this moment, or the table throttles.
                code => {
                    cancelled.is_throttled |= code != "TransactionConflict";
                    code.clone_into(&mut cancelled.why);
                }
            }
        }
        cancelled
    }

    fn add(&mut self, table: &UniqueTable<'_>, about: &About, item: Option<&Item>) {
        let item = item.filter(|item| !item.is_empty());
        match *about {
            About::Journal => self.journaled = item.map(rows_of).unwrap_or_default(),
            About::Row(row) => {
                let exists = item.filter(|_| self.rows[row].stored.is_none());
                let exists = exists.map(|item| Put::Exists(table.stored(item)));
                let put = exists.unwrap_or(Put::Changed);
                self.found[row].get_or_insert(Found::Put(put));
            }
            About::Taken { row, field } => {
                let holder = item.and_then(|item| item.get(CLAIM_KEY)).and_then(text_of);
                let Some(holder) = holder else {
                    self.found[row].get_or_insert(Found::Put(Put::Changed));
                    return;
                };
                // Claims are told before the key: an import's owner can do more about them.
                match &mut self.found[row] {
                    Some(Found::Claimed(fields)) => fields.push((field, holder)),
                    Some(Found::Put(Put::Refused(_))) => {}
                    found => *found = Some(Found::Claimed(vec![(field, holder)])),
                }
            }
            About::Passed { from, to } => {
                for row in [from, to] {
                    self.found[row].get_or_insert(Found::Put(Put::Changed));
                }
            }
            About::GivenUp { row, field } => {
                self.found[row].get_or_insert(Found::Unclaimed(field));
            }
            About::Checked { row } => {
                self.found[row].get_or_insert(Found::Put(Put::Changed));
            }
        }
    }

    /// The same, of the units that have no reason to be tried as they are.
    pub(super) fn of_units(self, units: &[Vec<Planned<'_>>], open: &[usize]) -> Once {
        let mut known = HashMap::new();
        let mut first = 0;
        for &unit in open {
            let these = first..first + units[unit].len();
            first = these.end;
            let is_journaled = |row: usize| self.journaled.contains(&self.rows[row].row.origin.row);
            if these.clone().all(is_journaled) {
                known.insert(unit, vec![Found::Put(Put::Stored); these.len()]);
            } else if these.clone().any(|row| self.found[row].is_some()) {
                let found = |row: usize| self.found[row].clone().unwrap_or(Found::Put(Put::Apart));
                known.insert(unit, these.map(found).collect());
            }
        }
        if known.is_empty() {
            Once::TryAgain(self.why)
        } else {
            Once::Known(known)
        }
    }
}
