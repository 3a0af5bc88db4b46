//! Rows of several chunks that want one phone: what the finisher makes of them.

use serde_json::json;
use sluice_api::RowsView;

use crate::harness::{
    Fault, FaultyRoad, Sluice, is_commit, leave_unpolled, set_chunk_bytes, staff_file,
};

/// A system whose chunks, of some thirty rows, wait for the test.
async fn sluice(road: &FaultyRoad, unpolled: &[&str]) -> Sluice {
    Sluice::behind(road, |options| {
        set_chunk_bytes(options, 1 << 10);
        for function in unpolled {
            leave_unpolled(options, function);
        }
    })
    .await
}

/// Rows that want what no other wants, more than a chunk of them.
fn others(from: u32) -> impl Iterator<Item = String> {
    (from..from + 60).map(|n| format!("Z{n},other {n},1391234{n:04},"))
}

/// Sends staff and delivers its chunks in the order of the file.
async fn import(sluice: &Sluice, station: &str, lines: &[String], rule: &str) -> u64 {
    let caller = sluice.caller(station).of_business("staff_import");
    let options = json!({ "on_duplicate": rule });
    let task_id = caller.send(&staff_file(lines), &options).await;
    for message in &sluice.chunk_messages(&caller, task_id).await {
        assert!(sluice.deliver(message).await);
    }
    task_id
}

async fn rows(sluice: &Sluice, station: &str, task_id: u64) -> RowsView {
    let task = sluice.caller(station).ended(task_id).await;
    task.rows.expect("rows")
}

#[tokio::test(flavor = "multi_thread")]
pub async fn rows_that_win_in_the_end_come_in_and_replace_what_is_stored() {
    let road = FaultyRoad::start().await;
    let sluice = sluice(&road, &["worker"]).await;
    let before = ["A1,old,13812340001,", "A3,old,13812340004,"].map(str::to_owned);
    let task_id = import(&sluice, "demo", &before, "reject").await;
    assert_eq!(rows(&sluice, "demo", task_id).await.succeeded, 2);
    // The first two take the phones that the last two, which win, find taken.
    let mut lines = vec![
        "B1,first,13812340002,".to_owned(),
        "B2,first,13812340003,".to_owned(),
        "A3,met by nobody,,".to_owned(),
    ];
    lines.extend(others(0));
    lines.push("A1,last,13812340002,".to_owned());
    lines.push("A2,last,13812340003,".to_owned());
    let task_id = import(&sluice, "demo", &lines, "overwrite").await;
    let rows = rows(&sluice, "demo", task_id).await;
    assert_eq!((rows.succeeded, rows.duplicate), (63, 2));
    let staff = sluice.staff("demo").await;
    staff.assert_agrees();
    assert_eq!(staff.value("A1", "phone"), Some("+8613812340002"));
    assert_eq!(staff.value("A2", "phone"), Some("+8613812340003"));
    assert_eq!(staff.value("A3", "phone"), Some("+8613812340004"));
    assert_eq!(staff.people.len(), 63);
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_settlement_that_is_cut_off_begins_anew_and_decides_the_same() {
    let road = FaultyRoad::start().await;
    let sluice = sluice(&road, &["worker", "finisher"]).await;
    // The second A1 loses its number to the first. Its phone, which it gave back, the last row has,
    // of which no worker saw that it met anybody.
    let mut lines = vec!["A1,first,13812340001,".to_owned()];
    lines.extend(others(0));
    lines.push("A1,second,13812340002,".to_owned());
    lines.extend(others(60));
    lines.push("A2,third,13812340002,".to_owned());
    for station in ["calm", "torn"] {
        let task_id = import(&sluice, station, &lines, "reject").await;
        if station == "torn" {
            road.set_rule(|operation| match operation {
                "TransactWriteItems" => Fault::Refused,
                _ => Fault::None,
            });
            sluice.show_to_finisher(task_id).await;
            road.set_rule(|_| Fault::None);
            assert!(road.count("TransactWriteItems", Fault::Refused) > 0);
        }
        sluice.show_to_finisher(task_id).await;
        let rows = rows(&sluice, station, task_id).await;
        assert_eq!((rows.succeeded, rows.duplicate), (122, 1), "{station}");
        let staff = sluice.staff(station).await;
        staff.assert_agrees();
        assert_eq!(staff.value("A2", "phone"), Some("+8613812340002"));
    }
}

#[tokio::test(flavor = "multi_thread")]
pub async fn rows_that_want_what_a_lost_chunk_wants_wait_for_a_retry() {
    let road = FaultyRoad::start().await;
    let sluice = sluice(&road, &["worker"]).await;
    for (station, rule, last) in [
        ("phone-reject", "reject", "A2,last,13812340001,"),
        ("phone-overwrite", "overwrite", "A2,last,13812340001,"),
        ("key-overwrite", "overwrite", "A1,last,13812340002,"),
    ] {
        let before = ["A1,old,13812340009,".to_owned()];
        if rule == "overwrite" {
            let task_id = import(&sluice, station, &before, "reject").await;
            assert_eq!(rows(&sluice, station, task_id).await.succeeded, 1);
        }
        let mut lines = vec!["A1,first,13812340001,".to_owned()];
        lines.extend(others(0));
        lines.push(last.to_owned());
        let caller = sluice.caller(station).of_business("staff_import");
        let options = json!({ "on_duplicate": rule });
        let task_id = caller.send(&staff_file(&lines), &options).await;
        let messages = sluice.chunk_messages(&caller, task_id).await;
        // The first chunk stores its rows, and never comes to say so.
        road.set_rule_of_bodies(|operation, body| {
            if is_commit(operation, body) {
                Fault::Refused
            } else {
                Fault::None
            }
        });
        assert!(!sluice.deliver(&messages[0]).await);
        road.set_rule(|_| Fault::None);
        for message in &messages[1..] {
            assert!(sluice.deliver(message).await);
        }
        caller.verb("cancel", task_id).await.ok();
        assert!(sluice.deliver(&messages[0]).await);
        let counts = rows(&sluice, station, task_id).await;
        assert_eq!((counts.failed, counts.duplicate), (1, 0), "{station}");
        let report = caller.failed_rows_text(&caller.task(task_id).await).await;
        assert!(
            report.expect("a report").contains("retry the task"),
            "{station}"
        );
        let staff = sluice.staff(station).await;
        staff.assert_agrees();
        let (number, _) = last.split_once(',').expect("a number");
        assert_ne!(staff.value(number, "name"), Some("last"), "{station}");
        caller.verb("retry", task_id).await.ok();
        for message in &sluice.chunk_messages(&caller, task_id).await {
            assert!(sluice.deliver(message).await);
        }
        let counts = rows(&sluice, station, task_id).await;
        assert_eq!((counts.failed, counts.duplicate), (0, 1), "{station}");
        let staff = sluice.staff(station).await;
        staff.assert_agrees();
        let wins = rule == "overwrite";
        assert_eq!(
            staff.value(number, "name") == Some("last"),
            wins,
            "{station}"
        );
    }
}
