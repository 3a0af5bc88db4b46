//! Reconciliation: what is compared, and what it comes to.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{DaySum, MemberMonth, MonthRange, MonthSums, Points};

/// Months that are reconciled at a time.
pub const MOST_RECONCILED_MONTHS: u32 = 36;

/// Says that so many entries are where no sums count them.
pub fn misplaced_words(entries: u64) -> String {
    format!(
        "{entries} entries lie where an earlier release stored them, so that no sums count them: import them again, \
         and delete these"
    )
}
/// Differences that a segment keeps for people to look at.
const SEGMENT_EXAMPLES: usize = 3;
/// Those that the result shows.
const EXAMPLES: usize = 20;

/// The input of a reconciliation, and what its chunks share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReconcileInput {
    /// The months.
    #[serde(flatten)]
    pub months: MonthRange,
}

/// What a segment has found: kept in its chunk's marker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReconciledSegment {
    /// Entries of the months.
    pub entries_read: u64,
    /// Entries that the sums say they count.
    pub entries_counted: u64,
    /// The points of the entries.
    pub points_of_entries: Points,
    /// The points of the sums.
    pub points_of_sums: Points,
    /// Sums of a member's month that were not what the entries are, and still were not when they were looked at
    /// again. All of them were made anew.
    pub differences: u64,
    /// Rows that no sums count, because an earlier release stored them elsewhere.
    pub misplaced: u64,
    /// Some of the differences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<Difference>,
}

/// Sums that were not what the entries are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Whose.
    #[serde(flatten)]
    pub of: MemberMonth,
    /// How many entries there are.
    pub entries_read: u64,
    /// How many the sums counted.
    pub entries_counted: u64,
    /// The points of the entries.
    pub points_of_entries: Points,
    /// The points of the sums.
    pub points_of_sums: Points,
}

impl ReconciledSegment {
    /// Takes note of a member's month: its entries as they are, and its sums as they were kept.
    pub fn take(&mut self, of: &MemberMonth, entries: &MonthSums, sums: &MonthSums) {
        let (read, counted) = (entries.total(), sums.total());
        self.add(&read, &counted);
        if entries == sums {
            return;
        }
        self.differences += 1;
        if self.examples.len() < SEGMENT_EXAMPLES {
            self.examples.push(Difference {
                of: of.clone(),
                entries_read: read.entries,
                entries_counted: counted.entries,
                points_of_entries: read.points,
                points_of_sums: counted.points,
            });
        }
    }

    /// Adds what another segment has found.
    pub fn add_segment(&mut self, other: &Self) {
        let sum = |points: &Points, entries| DaySum {
            points: points.clone(),
            entries,
        };
        self.add(
            &sum(&other.points_of_entries, other.entries_read),
            &sum(&other.points_of_sums, other.entries_counted),
        );
        self.differences += other.differences;
        self.misplaced += other.misplaced;
        let room = EXAMPLES.saturating_sub(self.examples.len());
        self.examples
            .extend(other.examples.iter().take(room).cloned());
    }

    fn add(&mut self, read: &DaySum, counted: &DaySum) {
        self.entries_read += read.entries;
        self.entries_counted += counted.entries;
        self.points_of_entries += &read.points;
        self.points_of_sums += &counted.points;
    }
}

/// Returns the result of a reconciliation: all segments together, and those in which something differed.
pub fn reconciled(months: MonthRange, segments: &[(u32, ReconciledSegment)]) -> Map<String, Value> {
    let mut whole = ReconciledSegment::default();
    let mut differing = Vec::new();
    for (number, segment) in segments {
        whole.add_segment(segment);
        if segment.differences > 0 || segment.misplaced > 0 {
            differing.push(json!({
                "segment": number,
                "entries_read": segment.entries_read,
                "entries_counted": segment.entries_counted,
                "points_of_entries": segment.points_of_entries,
                "points_of_sums": segment.points_of_sums,
                "differences": segment.differences,
                "misplaced": segment.misplaced,
            }));
        }
    }
    let result = json!({
        "from": months.from,
        "to": months.to,
        "segments": segments.len(),
        "entries_read": whole.entries_read,
        "entries_counted": whole.entries_counted,
        "points_of_entries": whole.points_of_entries,
        "points_of_sums": whole.points_of_sums,
        "differences": whole.differences,
        "misplaced": whole.misplaced,
        "examples": whole.examples,
        "differing_segments": differing,
    });
    match result {
        Value::Object(result) => result,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(entries: &[(i8, i64)]) -> MonthSums {
        let mut sums = MonthSums::default();
        for (day, points) in entries {
            sums.add(*day, &Points::from(*points));
        }
        sums
    }

    fn of(member_no: &str) -> MemberMonth {
        MemberMonth {
            member_no: member_no.to_owned(),
            month: "2026-01".parse().expect("a month"),
        }
    }

    #[test]
    fn equal_totals_on_other_days_are_a_difference() {
        let mut segment = ReconciledSegment::default();
        segment.take(
            &of("M1"),
            &sums(&[(1, 5), (1, 7)]),
            &sums(&[(1, 5), (1, 7)]),
        );
        assert_eq!(segment.differences, 0);
        segment.take(&of("M2"), &sums(&[(1, 5)]), &sums(&[(2, 5)]));
        assert_eq!(segment.differences, 1);
        segment.take(&of("M3"), &sums(&[]), &sums(&[(2, 5)]));
        let example = &segment.examples[1];
        assert_eq!((example.entries_read, example.entries_counted), (0, 1));
        assert_eq!(
            (
                segment.entries_read,
                segment.entries_counted,
                segment.differences
            ),
            (3, 4, 2)
        );
    }

    #[test]
    fn the_result_is_all_segments_together_and_shows_those_that_differ() {
        let months = MonthRange::rolling("2026-01".parse().expect("a month"));
        let mut differs = ReconciledSegment::default();
        for member in 0..30 {
            differs.take(&of(&format!("M{member}")), &sums(&[(1, 1)]), &sums(&[]));
        }
        let mut equal = ReconciledSegment::default();
        equal.take(&of("M99"), &sums(&[(3, 9)]), &sums(&[(3, 9)]));
        let many: Vec<_> = (0..10).map(|n| (n, differs.clone())).collect();
        let segments = [many, vec![(10, equal)]].concat();
        let result = reconciled(months, &segments);
        assert_eq!(result["entries_read"], 301);
        assert_eq!(result["points_of_entries"], "309");
        assert_eq!(result["points_of_sums"], "9");
        assert_eq!(result["differences"], 300);
        assert_eq!(result["examples"].as_array().map(Vec::len), Some(EXAMPLES));
        assert_eq!(
            result["differing_segments"].as_array().map(Vec::len),
            Some(10)
        );
        assert_eq!(
            (&result["from"], &result["segments"]),
            (&json!("2025-11"), &json!(11))
        );
    }
}
