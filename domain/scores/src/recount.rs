//! Recounting: the sums of a member's days are made anew from the entries that are stored.
//!
//! The item with the sums has a revision, which every write raises. A recount reads the revision, then the entries,
//! then writes on condition that the revision is still the same, and else begins again. Why the sums are right when
//! everybody who heard of a change has recounted: the last write was made by somebody who read the revision after
//! all earlier writes, so that they read the entries after everybody else did; and each change is followed by a
//! recount that reads the entries after the change.
//!
//! A write is made even where it changes nothing. To leave it out would leave the revision as it is, so that another
//! recount, which read the entries before a change and has not written yet, could still write.

use std::collections::BTreeSet;
use std::future::Future;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Month, MonthSums};

/// A month of a member.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MemberMonth {
    /// The member.
    pub member_no: String,
    /// The month.
    pub month: Month,
}

/// The days that are recounted. The sums of other days stay as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Days {
    /// These days of the month.
    Some(BTreeSet<i8>),
    /// The whole month.
    All,
}

impl Days {
    /// Returns the days in their order.
    pub fn of(&self, month: Month) -> Vec<i8> {
        match self {
            Self::Some(days) => days.iter().copied().collect(),
            Self::All => (1..=month.last_day().day()).collect(),
        }
    }

    /// Returns the first and the last of them.
    pub fn span(&self, month: Month) -> (Date, Date) {
        let (first, last) = (month.first_day(), month.last_day());
        match self {
            Self::All => (first, last),
            Self::Some(days) => {
                let day = |day: Option<&i8>, otherwise: Date| {
                    let day = day.and_then(|day| first.with().day(*day).build().ok());
                    day.unwrap_or(otherwise)
                };
                (day(days.first(), first), day(days.last(), last))
            }
        }
    }

    /// Whether a day is one of them.
    pub fn contains(&self, day: i8) -> bool {
        match self {
            Self::Some(days) => days.contains(&day),
            Self::All => true,
        }
    }
}

/// Where entries and sums are stored.
pub trait SumStore: Sync {
    /// Why a request failed.
    type Error;

    /// Reads the revision of the sums, if there are any: one that no earlier write is missing from.
    fn revision(
        &self,
        of: &MemberMonth,
    ) -> impl Future<Output = Result<Option<u64>, Self::Error>> + Send;

    /// Adds up the entries of the days that are stored now: no earlier change is missing.
    fn count(
        &self,
        of: &MemberMonth,
        days: &Days,
    ) -> impl Future<Output = Result<MonthSums, Self::Error>> + Send;

    /// Stores the sums of the days, and takes away those of days without entries, under the next revision. Stores
    /// nothing and returns false if the revision is not `revision` any more.
    fn store(
        &self,
        of: &MemberMonth,
        days: &Days,
        sums: &MonthSums,
        revision: Option<u64>,
    ) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// Waits after another recount was faster. An error ends this one.
    fn wait(&self) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Makes the sums of a member's days what the entries are that are stored. May be repeated, and done by several at
/// the same time.
///
/// # Errors
///
/// If a request fails, or if others were faster too often. Then it must be done again.
pub async fn recount<S: SumStore>(
    store: &S,
    of: &MemberMonth,
    days: &Days,
) -> Result<(), S::Error> {
    loop {
        // The revision is read before the entries: what is written meanwhile makes the write fail.
        let revision = store.revision(of).await?;
        let sums = store.count(of, days).await?;
        if store.store(of, days, &sums, revision).await? {
            return Ok(());
        }
        store.wait().await?;
    }
}

#[cfg(test)]
mod tests;
