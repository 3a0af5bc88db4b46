use super::*;
use crate::{ChunkState, TaskStatus};

fn report(chunk: u32, start: u64, end: u64, succeeded: u64) -> ChunkReport {
    let rows = RowCounts {
        read: succeeded,
        succeeded,
        ..RowCounts::default()
    };
    ChunkReport {
        chunk,
        start,
        end,
        rows,
        part: None,
        deferred: None,
        deferred_rows: 0,
        lost: None,
        run: 1,
        passing: 0,
        before: RowsBefore::default(),
        of_kind: None,
        used: Used::default(),
        profile: Profile::default(),
        committed_at: None,
    }
}

/// How many bytes the chunks have together.
const BYTES: u64 = 90;

fn balanced() -> (ChunkState, Vec<ChunkReport>) {
    let state = ChunkState {
        total: Some(2),
        done: 2,
        bytes_done: 90,
        rows: RowCounts {
            read: 9,
            succeeded: 9,
            ..RowCounts::default()
        },
        ..ChunkState::default()
    };
    (state, vec![report(0, 10, 60, 5), report(1, 60, 100, 4)])
}

#[test]
fn balanced_books_show_no_difference() {
    let (state, reports) = balanced();
    assert_eq!(differences(&state, BYTES, &reports), Vec::<String>::new());
}

#[test]
fn a_row_counted_twice_is_noticed() {
    let (mut state, reports) = balanced();
    state.rows.succeeded += 1;
    let found = differences(&state, BYTES, &reports).join("; ");
    assert!(
        found.contains("rows read against rows accounted for: 9 against 10"),
        "{found}"
    );
    assert!(
        found.contains("rows succeeded by the task against its chunks: 10 against 9"),
        "{found}"
    );
}

#[test]
fn a_lost_report_is_noticed() {
    let (state, mut reports) = balanced();
    reports.pop();
    assert!(
        differences(&state, BYTES, &reports)
            .iter()
            .any(|text| text.starts_with("chunks planned"))
    );
}

#[test]
fn bytes_that_no_chunk_covered_are_noticed() {
    let (state, reports) = balanced();
    assert_eq!(
        differences(&state, BYTES + 1, &reports),
        ["bytes of the file against bytes committed: 91 against 90"]
    );
}

#[test]
fn a_task_finishes_only_when_every_row_was_accepted() {
    let rows = |succeeded, failed, duplicate, skipped| RowCounts {
        ignored: 0,
        read: succeeded + failed + duplicate + skipped,
        succeeded,
        failed,
        duplicate,
        skipped,
    };
    assert_eq!(
        ending(&rows(9, 0, 0, 0), None, false).status,
        TaskStatus::Finished
    );
    assert_eq!(
        ending(&rows(0, 0, 0, 9), None, false).status,
        TaskStatus::Finished
    );
    assert_eq!(
        ending(&rows(0, 0, 0, 0), None, false).status,
        TaskStatus::Finished
    );
    assert_eq!(
        ending(&rows(8, 1, 0, 0), None, false).status,
        TaskStatus::PartlySucceeded
    );
    assert_eq!(
        ending(&rows(0, 0, 9, 0), None, false).status,
        TaskStatus::Failed
    );
    assert_eq!(
        ending(&rows(9, 0, 0, 0), Some(Trouble::Missing("x".into())), false).status,
        TaskStatus::PartlySucceeded
    );
    assert_eq!(
        ending(&rows(0, 0, 0, 0), Some(Trouble::Missing("x".into())), false).status,
        TaskStatus::Failed
    );
}

#[test]
fn one_row_that_is_refused_was_not_imported() {
    for (failed, said) in [
        (1, "1 of 4 rows was not imported"),
        (2, "2 of 4 rows were not"),
    ] {
        let rows = RowCounts {
            read: 4,
            succeeded: 4 - failed,
            failed,
            ..RowCounts::default()
        };
        let reason = ending(&rows, None, false).reason.expect("a reason");
        assert!(reason.starts_with(said), "{reason}");
        assert_eq!(crate::reason::Reason::read(&reason).code, "rows_refused");
    }
}

#[test]
fn a_task_whose_books_do_not_balance_fails_whatever_it_has_stored() {
    let (mut state, reports) = balanced();
    state.rows.read += 1;
    let ending = ending(
        &state.rows,
        trouble(&state, BYTES, "imported", None, &reports),
        false,
    );
    assert_eq!(ending.status, TaskStatus::Failed);
    let reason = ending.reason.expect("a reason");
    for words in [
        "rows read against rows accounted for: 10 against 9",
        "the plan is missing",
    ] {
        assert!(reason.contains(words), "{reason}");
    }
}

#[test]
fn a_fault_does_not_hide_a_difference() {
    let (mut state, reports) = balanced();
    state.fault = Some("cancelled".to_owned());
    let told = trouble(&state, BYTES, "imported", None, &reports);
    assert_eq!(told, Some(Trouble::Missing("cancelled".to_owned())));
    state.rows.failed += 1;
    let told = trouble(&state, BYTES, "imported", None, &reports);
    let Some(Trouble::Unbalanced(words)) = told else {
        panic!("{told:?}");
    };
    assert!(
        words.contains("rows failed by the task") && words.ends_with("; cancelled"),
        "{words}"
    );
}
