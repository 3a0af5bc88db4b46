//! Unique values while the table throttles and workers die: what is stored and told is what an
//! undisturbed import comes to.

use serde_json::json;
use sluice_api::RowsView;

use crate::harness::{
    Caller, Fault, FaultyRoad, Item, Sluice, Staff, leave_unpolled, set_chunk_bytes, staff_file,
    writes_rows,
};

/// What an import came to, without what differs from station to station.
#[derive(Debug, PartialEq)]
struct Outcome {
    rows: RowsView,
    report: Option<String>,
    staff: Staff,
}

/// Who is there before.
fn before() -> Vec<String> {
    let line = |n: u32| format!("A{n},old {n},1381234{n:04},a{n}@example.com");
    (0..40).map(line).collect()
}

/// Rows of which some replace others, some are new, and some want what another has: a stored row, or
/// one of the file.
fn lines() -> Vec<String> {
    let line = |n: u32| {
        let phone = match n % 10 {
            // Stored already, of another.
            3 => 39,
            // That of the row before.
            7 => 1_000 + n - 1,
            // Unchanged, of stored rows.
            1 | 2 => n,
            _ => 1_000 + n,
        };
        format!("A{n},new {n},1381234{phone:04},a{n}@example.com")
    };
    (0..90).map(line).collect()
}

async fn outcome(sluice: &Sluice, caller: &Caller, station: &str, task_id: u64) -> Outcome {
    let task = caller.ended(task_id).await;
    let mut staff = sluice.staff(station).await;
    staff.assert_agrees();
    let strip = |item: &mut Item| {
        item.remove("pk");
        item.remove("_origin");
    };
    staff.people.values_mut().for_each(strip);
    Outcome {
        rows: task.rows.expect("rows"),
        report: caller.failed_rows_text(&task).await,
        staff,
    }
}

/// Imports lines into a station with what is there before. `disturb` is called in between.
async fn import(sluice: &Sluice, station: &str, rule: &str, disturb: impl FnOnce()) -> Outcome {
    let caller = sluice.caller(station).of_business("staff_import");
    let first = caller.import(&staff_file(&before())).await;
    assert_eq!(first.rows.expect("rows").succeeded, 40);
    disturb();
    let options = json!({ "on_duplicate": rule });
    let task_id = caller.send(&staff_file(&lines()), &options).await;
    outcome(sluice, &caller, station, task_id).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_throttles_ends_with_the_same_people() {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, |options| set_chunk_bytes(options, 1 << 10)).await;
    for rule in ["reject", "skip", "overwrite"] {
        let calm = format!("calm-{rule}");
        let expected = import(&sluice, &calm, rule, || {}).await;
        let station = format!("busy-{rule}");
        let found = import(&sluice, &station, rule, || {
            let mut nth = 0;
            road.set_rule_of_bodies(move |operation, body| {
                // Of the requests that a fault can meet, about every third does.
                let is_write = writes_rows(operation, body);
                nth += u32::from(is_write || operation == "BatchGetItem");
                match nth % 9 {
                    1 if is_write => Fault::Conflict,
                    4 if is_write || operation == "BatchGetItem" => Fault::Throttled,
                    7 if is_write => Fault::AnswerLost,
                    _ => Fault::None,
                }
            });
        })
        .await;
        road.set_rule(|_| Fault::None);
        assert_eq!(found, expected, "{rule}");
    }
    for fault in [Fault::Conflict, Fault::Throttled, Fault::AnswerLost] {
        assert!(road.count("TransactWriteItems", fault) > 0, "{fault:?}");
    }
    assert!(road.count("BatchGetItem", Fault::Throttled) > 0);
}

/// Imports by hand; the n-th write of rows or claims is denied, which ends the worker's try, and the
/// message comes again. None if there were not so many writes.
async fn import_dying(
    sluice: &Sluice,
    road: &FaultyRoad,
    station: &str,
    rule: &str,
    dies_at: u32,
) -> Option<Outcome> {
    let caller = sluice.caller(station).of_business("staff_import");
    let natural = async |file: &[u8], rule: &str| {
        let options = json!({ "on_duplicate": rule });
        let task_id = caller.send(file, &options).await;
        (task_id, sluice.chunk_messages(&caller, task_id).await)
    };
    let (task_id, messages) = natural(&staff_file(&before()), "reject").await;
    for message in &messages {
        assert!(sluice.deliver(message).await);
    }
    caller.ended(task_id).await;
    let (task_id, messages) = natural(&staff_file(&lines()), rule).await;
    let mut writes = 0;
    road.set_rule_of_bodies(move |operation, body| {
        let is_write = writes_rows(operation, body);
        writes += u32::from(is_write);
        if is_write && writes == dies_at {
            Fault::Denied
        } else {
            Fault::None
        }
    });
    let mut died = 0;
    for message in &messages {
        if !sluice.deliver(message).await {
            died += 1;
            assert!(sluice.deliver(message).await, "the second time");
        }
    }
    road.set_rule(|_| Fault::None);
    assert!(died <= 1, "one write was denied");
    let outcome = outcome(sluice, &caller, station, task_id).await;
    (dies_at == 0 || died > 0).then_some(outcome)
}

async fn assert_the_same_wherever_it_dies(rule: &str) {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, |options| {
        // Two chunks.
        set_chunk_bytes(options, 2_400);
        leave_unpolled(options, "worker");
    })
    .await;
    let calm = import_dying(&sluice, &road, "calm", rule, 0).await;
    let expected = calm.expect("an outcome");
    let mut moments = 0;
    for dies_at in 1.. {
        let station = format!("s{dies_at}");
        let found = import_dying(&sluice, &road, &station, rule, dies_at).await;
        let Some(found) = found else { break };
        assert_eq!(found, expected, "died at write {dies_at}");
        moments += 1;
    }
    println!("{rule}: died at {moments} moments");
    assert!(moments >= 4, "{moments}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_between_writes_does_no_harm_to_an_insert() {
    assert_the_same_wherever_it_dies("reject").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_between_writes_does_no_harm_to_an_overwrite() {
    assert_the_same_wherever_it_dies("overwrite").await;
}
