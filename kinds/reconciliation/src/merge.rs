//! Reading a partition's entries and sums side by side, member by member.

use std::collections::BTreeMap;
use std::collections::VecDeque;

use sluice_aws::{Partition, ReadError, ReadRow, SumCursor, SumError};
use sluice_definition::Value;
use sluice_scores::{EntryKey, Month, MonthRange, MonthSums, Points, ScoreTables, is_in_its_place};

/// Why a partition cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// Rows could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Sums could not be read.
    #[error(transparent)]
    Sums(#[from] SumError),
    /// An entry has no number of points.
    #[error("the points of an entry cannot be read")]
    Points,
    /// Members come in different orders.
    #[error(
        "the numbers of members are not stored in one order: one of them has a character that comes \
         before `#`"
    )]
    Order,
}

/// The entries of a member by month, added up as they are stored.
#[derive(Debug)]
pub(crate) struct Counted {
    pub(crate) member_no: String,
    pub(crate) months: BTreeMap<Month, MonthSums>,
}

/// A partition's entries, member by member in their order.
#[derive(Debug)]
pub(crate) struct Entries<'a> {
    rows: Partition<'a>,
    tables: &'a ScoreTables,
    partition: u32,
    months: MonthRange,
    page: VecDeque<ReadRow>,
    /// The first entry of the next member.
    next: Option<(EntryKey, Points)>,
    last: Option<String>,
    /// Rows that no sums count.
    pub(crate) misplaced: u64,
}

impl<'a> Entries<'a> {
    pub(crate) fn new(
        rows: Partition<'a>,
        tables: &'a ScoreTables,
        partition: u32,
        months: MonthRange,
    ) -> Self {
        Self {
            rows,
            tables,
            partition,
            months,
            page: VecDeque::new(),
            next: None,
            last: None,
            misplaced: 0,
        }
    }

    /// Returns the next member's entries of the months. None at the end.
    pub(crate) async fn next_member(&mut self) -> Result<Option<Counted>, MergeError> {
        let first = match self.next.take() {
            Some(first) => first,
            None => match self.next_entry().await? {
                Some(first) => first,
                None => return Ok(None),
            },
        };
        let member_no = first.0.member_no.clone();
        check_order(&mut self.last, &member_no)?;
        let mut months: BTreeMap<Month, MonthSums> = BTreeMap::new();
        let mut entry = Some(first);
        while let Some((key, points)) = entry {
            if key.member_no != member_no {
                self.next = Some((key, points));
                break;
            }
            if self.months.contains(key.month()) {
                let sums = months.entry(key.month()).or_default();
                sums.add(key.day.day(), &points);
            }
            entry = self.next_entry().await?;
        }
        Ok(Some(Counted { member_no, months }))
    }

    async fn next_entry(&mut self) -> Result<Option<(EntryKey, Points)>, MergeError> {
        loop {
            let Some(row) = self.page.pop_front() else {
                match self.rows.next_rows().await? {
                    Some(rows) => self.page.extend(rows),
                    None => return Ok(None),
                }
                continue;
            };
            let entry = EntryKey::parse(&row.key)
                .filter(|entry| is_in_its_place(&entry.member_no, self.partition));
            let Some(entry) = entry else {
                self.misplaced += 1;
                continue;
            };
            let points = row.values[self.tables.points].as_ref();
            let points = points.and_then(|points| match points {
                Value::Number(digits) => digits.parse().ok(),
                _ => None,
            });
            return Ok(Some((entry, points.ok_or(MergeError::Points)?)));
        }
    }
}

/// A month's sums in a partition, member by member in their order.
#[derive(Debug)]
pub struct SumsOfMonth<'a> {
    /// The month.
    pub month: Month,
    cursor: SumCursor<'a>,
    page: VecDeque<(String, MonthSums)>,
    last: Option<String>,
}

impl<'a> SumsOfMonth<'a> {
    /// The sums that a cursor reads.
    pub fn new(month: Month, cursor: SumCursor<'a>) -> Self {
        Self {
            month,
            cursor,
            page: VecDeque::new(),
            last: None,
        }
    }

    /// Returns whose sums come next. None at the end.
    pub async fn next_member(&mut self) -> Result<Option<&str>, MergeError> {
        while self.page.is_empty() {
            match self.cursor.next_page().await? {
                Some(page) => self.page.extend(page),
                None => return Ok(None),
            }
        }
        Ok(self.page.front().map(|(member_no, _)| member_no.as_str()))
    }

    /// Takes the next sums if they are those of a member.
    pub fn take(&mut self, member_no: &str) -> Result<Option<MonthSums>, MergeError> {
        let is_theirs = |(next, _): &(String, MonthSums)| next == member_no;
        if !self.page.front().is_some_and(is_theirs) {
            return Ok(None);
        }
        check_order(&mut self.last, member_no)?;
        Ok(self.page.pop_front().map(|(_, sums)| sums))
    }
}

/// Checks that members come in the order of their bytes, each once: otherwise sums would be missed.
fn check_order(last: &mut Option<String>, member_no: &str) -> Result<(), MergeError> {
    if last.as_deref().is_some_and(|last| last >= member_no) {
        return Err(MergeError::Order);
    }
    *last = Some(member_no.to_owned());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_out_of_order_or_twice_are_an_error() {
        let mut last = None;
        check_order(&mut last, "A").expect("the first");
        check_order(&mut last, "A-1").expect("in order");
        check_order(&mut last, "A-1").expect_err("twice");
        check_order(&mut last, "A").expect_err("out of order");
    }
}
