//! The sums of a member's month, day by day.

use std::collections::BTreeMap;

use super::Points;

/// What the entries of one day are together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DaySum {
    /// Their points.
    pub points: Points,
    /// How many there are.
    pub entries: u64,
}

/// The days of a month that have entries. The month's total is their sum and stored nowhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MonthSums {
    days: BTreeMap<i8, DaySum>,
}

impl MonthSums {
    /// Adds an entry of a day.
    pub fn add(&mut self, day: i8, points: &Points) {
        let sum = self.days.entry(day).or_default();
        sum.points += points;
        sum.entries += 1;
    }

    /// Sets what the entries of a day are together.
    pub fn set(&mut self, day: i8, sum: DaySum) {
        self.days.insert(day, sum);
    }

    /// Returns the sum of a day, if it has entries.
    pub fn day(&self, day: i8) -> Option<&DaySum> {
        self.days.get(&day)
    }

    /// Returns the days that have entries, in their order.
    pub fn days(&self) -> impl Iterator<Item = (i8, &DaySum)> {
        self.days.iter().map(|(day, sum)| (*day, sum))
    }

    /// Whether no day has an entry.
    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    /// Returns the sum over all days.
    pub fn total(&self) -> DaySum {
        let mut total = DaySum::default();
        for day in self.days.values() {
            total.points += &day.points;
            total.entries += day.entries;
        }
        total
    }
}
