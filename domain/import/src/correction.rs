//! Corrected files: what they change about the counts of the import that they continue. A row that
//! was not imported moves to its new outcome; a row that was not there before is one row more.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use sluice_basics::rows::RowCounts;

/// What the rows of a corrected file were before. All others had failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsBefore {
    /// Rows that no file had before: a person has added them.
    #[serde(rename = "rows_added", default, skip_serializing_if = "is_zero")]
    pub added: u64,
    /// Rows whose key was taken.
    #[serde(
        rename = "rows_were_duplicate",
        default,
        skip_serializing_if = "is_zero"
    )]
    pub were_duplicate: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl AddAssign for RowsBefore {
    fn add_assign(&mut self, other: Self) {
        self.added += other.added;
        self.were_duplicate += other.were_duplicate;
    }
}

/// The counts of an import with its corrected files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corrected {
    /// How often one of its corrected files has ended: of two that end at the same moment the
    /// second one sees that the first was there.
    pub endings: u64,
    /// All rows by outcome; balanced.
    #[serde(flatten)]
    pub rows: RowCounts,
}

/// What a corrected file has changed: so much is taken back when it is tried again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    /// Rows that do not count as failed any more.
    pub from_failed: u64,
    /// Rows that do not count as duplicate any more.
    pub from_duplicate: u64,
    /// What they, and the rows that were not outstanding, count as instead.
    #[serde(flatten)]
    pub rows: RowCounts,
}

impl Corrected {
    /// The counts when no corrected file has ended yet.
    pub fn of(rows: RowCounts) -> Self {
        Self { endings: 0, rows }
    }

    /// The counts after a corrected file has ended with these rows, and what it changed.
    /// `earlier` is what an earlier run of the same file did. Rows beyond those that are
    /// outstanding are rows more: a file was sent twice, or has rows of a person's own.
    pub fn with(
        self,
        file: RowCounts,
        before: RowsBefore,
        earlier: Option<Contribution>,
    ) -> (Self, Contribution) {
        let mut rows = self.rows;
        let earlier = earlier.unwrap_or_default();
        rows.succeeded = rows.succeeded.saturating_sub(earlier.rows.succeeded);
        rows.failed = (rows.failed + earlier.from_failed).saturating_sub(earlier.rows.failed);
        rows.duplicate =
            (rows.duplicate + earlier.from_duplicate).saturating_sub(earlier.rows.duplicate);
        rows.skipped = rows.skipped.saturating_sub(earlier.rows.skipped);

        let sent_again = file.accounted().saturating_sub(before.added);
        let were_duplicate = before.were_duplicate.min(sent_again);
        let mut from_failed = rows.failed.min(sent_again - were_duplicate);
        let mut from_duplicate = rows.duplicate.min(were_duplicate);
        // The code in a file is a person's word: rows of the other kind are outstanding, too.
        let left = sent_again - from_failed - from_duplicate;
        let more = left.min(rows.failed - from_failed);
        from_failed += more;
        from_duplicate += (left - more).min(rows.duplicate - from_duplicate);

        rows.succeeded += file.succeeded;
        rows.failed = rows.failed - from_failed + file.failed;
        rows.duplicate = rows.duplicate - from_duplicate + file.duplicate;
        rows.skipped += file.skipped;
        rows.read = rows.accounted();
        let corrected = Self {
            endings: self.endings + 1,
            rows,
        };
        let contribution = Contribution {
            from_failed,
            from_duplicate,
            rows: file,
        };
        (corrected, contribution)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counts(succeeded: u64, failed: u64, duplicate: u64, skipped: u64) -> RowCounts {
        RowCounts {
            read: succeeded + failed + duplicate + skipped,
            succeeded,
            failed,
            duplicate,
            skipped,
            ignored: 0,
        }
    }

    fn before(added: u64, were_duplicate: u64) -> RowsBefore {
        RowsBefore {
            added,
            were_duplicate,
        }
    }

    fn after(root: RowCounts, files: &[(RowCounts, RowsBefore)]) -> RowCounts {
        let start = Corrected::of(root);
        let whole = files.iter().fold(start, |whole, (rows, before)| {
            whole.with(*rows, *before, None).0
        });
        assert_eq!(whole.endings, files.len() as u64);
        whole.rows
    }

    #[test]
    fn a_corrected_row_moves_from_what_it_was_to_what_it_is() {
        let root = counts(90, 6, 4, 0);
        let file = counts(7, 1, 1, 1);
        assert_eq!(after(root, &[(file, before(0, 4))]), counts(97, 1, 1, 1));
        assert_eq!(
            after(root, &[(counts(2, 0, 0, 0), before(0, 1))]),
            counts(92, 5, 3, 0)
        );
        assert_eq!(
            after(root, &[(counts(2, 1, 0, 0), before(3, 0))]),
            counts(92, 7, 4, 0)
        );
    }

    #[test]
    fn corrections_of_corrections_and_at_the_same_time_add_up() {
        let root = counts(90, 10, 0, 0);
        let half = (counts(3, 2, 0, 0), before(0, 0));
        let rest = (counts(5, 0, 0, 0), before(0, 0));
        assert_eq!(after(root, &[half, rest]), counts(98, 2, 0, 0));
        assert_eq!(after(root, &[rest, half]), counts(98, 2, 0, 0));
        let again = (counts(2, 0, 0, 0), before(0, 0));
        assert_eq!(after(root, &[half, rest, again]), counts(100, 0, 0, 0));
    }

    #[test]
    fn rows_beyond_those_that_are_outstanding_are_rows_more() {
        let root = counts(90, 2, 0, 0);
        let file = (counts(2, 0, 0, 0), before(0, 0));
        let again = (counts(0, 0, 2, 0), before(0, 0));
        assert_eq!(after(root, &[file, again]), counts(92, 0, 2, 0));
    }

    #[test]
    fn a_wrong_word_about_what_a_row_was_changes_no_sum() {
        let root = counts(90, 2, 3, 0);
        let file = counts(5, 0, 0, 0);
        for said in 0..=5 {
            assert_eq!(after(root, &[(file, before(0, said))]), counts(95, 0, 0, 0));
        }
    }

    #[test]
    fn a_file_that_is_tried_again_counts_once() {
        let whole = Corrected::of(counts(90, 6, 4, 0));
        let (first, contribution) = whole.with(counts(1, 2, 0, 0), before(1, 1), None);
        let rows = counts(6, 0, 0, 0);
        let (second, _) = first.with(rows, before(1, 2), Some(contribution));
        assert_eq!(second.rows, whole.with(rows, before(1, 2), None).0.rows);
    }

    fn any_counts() -> impl Strategy<Value = RowCounts> {
        (0u64..9, 0u64..9, 0u64..9, 0u64..9).prop_map(|(s, f, d, k)| counts(s, f, d, k))
    }

    proptest! {
        #[test]
        fn whatever_is_sent_the_books_balance_and_no_row_that_was_read_is_forgotten(
            root in any_counts(),
            files in prop::collection::vec((any_counts(), 0u64..9, 0u64..9), 0..8),
        ) {
            let mut whole = Corrected::of(root);
            let mut sent = 0;
            for (rows, added, were_duplicate) in files {
                let (next, contribution) = whole.with(rows, before(added, were_duplicate), None);
                prop_assert!(next.rows.is_balanced());
                prop_assert!(next.rows.read >= whole.rows.read);
                sent += rows.read;
                prop_assert!(next.rows.read <= root.read + sent);
                // The same file again takes the place of its first run.
                let (again, _) = next.with(rows, before(added, were_duplicate), Some(contribution));
                prop_assert_eq!(again.rows, next.rows);
                whole = next;
            }
        }
    }
}
