//! Imports that write the same rows at the same time, and values that go from row to row.

use serde_json::json;
use sluice_api::RowsView;

use crate::harness::{
    Caller, Fault, FaultyRoad, STAFF, Sluice, eventually, is_commit, leave_unpolled, staff_file,
    writes_rows,
};

/// A system in which chunks wait for the test, and so does the end of imports.
async fn sluice(road: &FaultyRoad) -> Sluice {
    Sluice::behind(road, |options| {
        leave_unpolled(options, "worker");
        leave_unpolled(options, "finisher");
    })
    .await
}

/// Sends staff and has their chunks worked on.
async fn work(sluice: &Sluice, lines: &[&str], rule: &str) -> u64 {
    let caller = sluice.caller("demo").of_business("staff_import");
    let task_id = send(&caller, lines, rule).await;
    for message in &sluice.chunk_messages(&caller, task_id).await {
        assert!(sluice.deliver(message).await);
    }
    task_id
}

async fn finish(sluice: &Sluice, task_id: u64) -> RowsView {
    sluice.show_to_finisher(task_id).await;
    let task = sluice.caller("demo").ended(task_id).await;
    task.rows.expect("rows")
}

async fn send(caller: &Caller, lines: &[&str], rule: &str) -> u64 {
    let options = json!({ "on_duplicate": rule });
    caller.send(&staff_file(lines), &options).await
}

async fn import(caller: &Caller, lines: &[&str], rule: &str) -> RowsView {
    let task_id = send(caller, lines, rule).await;
    caller.ended(task_id).await.rows.expect("rows")
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_row_that_another_import_has_replaced_meanwhile_stays_replaced() {
    for rule in ["overwrite", "reject"] {
        let road = FaultyRoad::start().await;
        let sluice = sluice(&road).await;
        if rule == "overwrite" {
            let before = work(&sluice, &["A1,old,13812340001,"], "reject").await;
            finish(&sluice, before).await;
        }
        let caller = sluice.caller("demo").of_business("staff_import");
        let first = send(&caller, &["A1,first,13812340002,"], rule).await;
        let messages = sluice.chunk_messages(&caller, first).await;
        // Its chunk is worked on twice, so that the finisher looks at its journal.
        road.set_rule_of_bodies(|operation, body| {
            if is_commit(operation, body) {
                Fault::Refused
            } else {
                Fault::None
            }
        });
        assert!(!sluice.deliver(&messages[0]).await);
        road.set_rule(|_| Fault::None);
        assert!(sluice.deliver(&messages[0]).await);
        let second = work(&sluice, &["A1,second,13812340003,"], "overwrite").await;
        assert_eq!(finish(&sluice, second).await.succeeded, 1);
        let rows = finish(&sluice, first).await;
        assert_eq!((rows.succeeded, rows.duplicate), (1, 0), "{rule}");
        let staff = sluice.staff("demo").await;
        assert_eq!(staff.value("A1", "name"), Some("second"), "{rule}");
        staff.assert_agrees();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_try_does_not_store_a_row_again_that_a_faster_one_stored_and_another_import_replaced()
 {
    let road = FaultyRoad::start().await;
    let sluice = sluice(&road).await;
    let caller = sluice.caller("demo").of_business("staff_import");
    let lines = ["A1,first,,", "A2,first,,", "A3,first,13812340003,"];
    let first = send(&caller, &lines, "overwrite").await;
    let messages = sluice.chunk_messages(&caller, first).await;
    let mut is_first = true;
    road.set_rule_of_bodies(move |operation, body| {
        let is_late = writes_rows(operation, body) && std::mem::take(&mut is_first);
        if is_late { Fault::Late } else { Fault::None }
    });
    let slow = sluice.deliver(&messages[0]);
    let others = async {
        let is_held = async || (road.count("TransactWriteItems", Fault::Late) == 1).then_some(());
        eventually("a write that is late", is_held).await;
        // The faster try finds this row, so that it does not store all rows together.
        let between = work(&sluice, &["A1,between,,"], "reject").await;
        assert_eq!(finish(&sluice, between).await.succeeded, 1);
        assert!(sluice.deliver_for(2, &messages[0]).await);
        let second = work(&sluice, &["A3,second,,"], "overwrite").await;
        assert_eq!(finish(&sluice, second).await.succeeded, 1);
        road.let_go();
    };
    assert!(tokio::join!(slow, others).0);
    assert_eq!(finish(&sluice, first).await.succeeded, 3);
    let staff = sluice.staff("demo").await;
    assert_eq!(staff.value("A1", "name"), Some("first"));
    assert_eq!(staff.value("A3", "name"), Some("second"));
    staff.assert_agrees();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_refused_leaves_the_stored_one_its_phone() {
    let sluice = Sluice::start().await;
    let caller = sluice.caller("demo").of_business("staff_import");
    let before = ["A1,Ann,13812340001,", "A2,Bob,,bob@example.com"];
    import(&caller, &before, "reject").await;
    // The last row of a number is the one that counts.
    for lines in [
        &["A1,Ann,13812340001,bob@example.com"][..],
        &[
            "A1,Ann,13812340001,ann@example.com",
            "A1,Ann,,bob@example.com",
        ],
    ] {
        let rows = import(&caller, lines, "overwrite").await;
        assert_eq!(rows.duplicate, 1, "{lines:?}");
        sluice.staff("demo").await.assert_agrees();
    }
    let rows = import(&caller, &["A3,Cy,13812340001,"], "overwrite").await;
    assert_eq!(rows.duplicate, 1);
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_phone_that_went_from_import_to_import_is_free_when_it_is_given_up() {
    let sluice = Sluice::start().await;
    let caller = sluice.caller("demo").of_business("staff_import");
    import(&caller, &["A1,Ann,13812340001,"], "reject").await;
    // Kept by a blank, stored again, and wanted in vain by a row that is refused.
    let kept = ["A1,Ann,,", "A2,Bob,,bob@example.com"];
    import(&caller, &kept, "overwrite").await;
    import(&caller, &["A1,Anna,13812340001,"], "overwrite").await;
    import(&caller, &["A1,An,13812340001,bob@example.com"], "overwrite").await;
    sluice.staff("demo").await.assert_agrees();
    import(&caller, &["A1,Ann,13812340003,"], "overwrite").await;
    let rows = import(&caller, &["A3,Cy,13812340001,"], "reject").await;
    assert_eq!(rows.succeeded, 1);
    sluice.staff("demo").await.assert_agrees();
}

#[tokio::test(flavor = "multi_thread")]
async fn overwrites_at_the_same_time_leave_each_phone_claimed_by_who_has_it() {
    const PEOPLE: u64 = 200;
    let sluice = Sluice::with_small_chunks().await;
    // Of each import some people keep their phone, some have a new one, some an old one again.
    let file = |import: u64| {
        let line = |n: u64| {
            let phone = 1_000 * ((n * 7 + import * 5) % 3) + n;
            format!("A{n},{import} {n},138{phone:08},a{n}@example.com")
        };
        let lines: Vec<String> = (1..=PEOPLE).map(line).collect();
        staff_file(&lines)
    };
    for number in 0..4 {
        let station = format!("s{number}");
        let caller = sluice.caller(&station).of_business("staff_import");
        let overwrite = json!({ "on_duplicate": "overwrite" });
        caller.import(&file(0)).await;
        let files = [file(1), file(2), file(3)];
        let imports = files
            .iter()
            .map(|file| caller.import_with(file, &overwrite));
        for task in futures::future::join_all(imports).await {
            let rows = task.rows.expect("rows");
            assert_eq!((rows.succeeded, rows.duplicate), (PEOPLE, 0));
        }
        sluice.staff(&station).await.assert_agrees();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_file_hand_over_their_phones_and_swap_them_in_whatever_order_they_stand() {
    let sluice = Sluice::with_small_chunks().await;
    let filler = |from: u32| (from..from + 120).map(|n| format!("Z{n},other {n},1391234{n:04},"));
    let swap = ["A1,Ann,13812340002,", "A2,Bob,13812340001,"];
    let hand_over = ["A1,Ann,13812340003,", "A2,Bob,13812340001,"];
    let circle = [
        "A1,Ann,13812340002,",
        "A2,Bob,13812340004,",
        "A4,Di,13812340001,",
    ];
    let mut stations = 0;
    for rows in [&swap[..], &hand_over, &circle] {
        let backwards: Vec<&str> = rows.iter().rev().copied().collect();
        for rows in [rows.to_vec(), backwards] {
            stations += 1;
            let station = format!("s{stations}");
            let caller = sluice.caller(&station).of_business("staff_import");
            let before = [
                "A1,Ann,13812340001,",
                "A2,Bob,13812340002,",
                "A4,Di,13812340004,",
            ];
            import(&caller, &before, "reject").await;
            let mut lines: Vec<String> = Vec::new();
            for (row, from) in rows.iter().zip([0, 200, 400]) {
                lines.push((*row).to_owned());
                lines.extend(filler(from));
            }
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let counts = import(&caller, &lines, "overwrite").await;
            assert_eq!(
                (counts.succeeded, counts.duplicate),
                (lines.len() as u64, 0),
                "{rows:?}"
            );
            let staff = sluice.staff(&station).await;
            staff.assert_agrees();
            for row in rows {
                let fields: Vec<&str> = row.split(',').collect();
                let phone = format!("+86{}", fields[2]);
                assert_eq!(staff.value(fields[0], "phone"), Some(phone.as_str()));
            }
        }
    }
}

/// Deletes a row and leaves its claims, as an earlier release could.
async fn forget_row(sluice: &Sluice, key: &str) {
    let row = sluice.staff("demo").await.people[key].clone();
    let key = row
        .into_iter()
        .filter(|(name, _)| name == "pk" || name == "sk")
        .collect();
    let dynamodb = sluice.clients().await.dynamodb;
    let delete = dynamodb.delete_item().table_name(STAFF).set_key(Some(key));
    delete.send().await.expect("the row alone is deleted");
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_claim_that_an_earlier_release_left_for_nobody_is_taken_over() {
    let sluice = Sluice::start().await;
    let caller = sluice.caller("demo").of_business("staff_import");
    import(&caller, &["A1,Ann,13812340001,ann@example.com"], "reject").await;
    forget_row(&sluice, "A1").await;
    // The finisher finds the one claim, and a worker the other.
    let two = ["B1,Bob,13812340001,", "B2,Bea,13812340001,"];
    let rows = import(&caller, &two, "overwrite").await;
    assert_eq!((rows.succeeded, rows.duplicate), (1, 1));
    let rows = import(&caller, &["C1,Cy,,ann@example.com"], "skip").await;
    assert_eq!(rows.succeeded, 1);
    sluice.staff("demo").await.assert_agrees();
}

#[tokio::test(flavor = "multi_thread")]
async fn several_claims_of_one_row_that_does_not_have_the_values_are_taken_over_at_once() {
    let sluice = Sluice::start().await;
    let caller = sluice.caller("demo").of_business("staff_import");
    import(&caller, &["A1,Ann,13812340001,ann@example.com"], "reject").await;
    forget_row(&sluice, "A1").await;
    let rows = import(&caller, &["B1,Bob,13812340001,ann@example.com"], "reject").await;
    assert_eq!(rows.succeeded, 1, "the row takes both");
    sluice.staff("demo").await.assert_agrees();
    // A row without its values comes back in the file that takes them.
    import(&caller, &["B1,Bo,13812340002,bob@example.com"], "overwrite").await;
    import(&caller, &["A1,Anna,13812340001,ann@example.com"], "reject").await;
    forget_row(&sluice, "A1").await;
    let two = [
        "B1,Bob,13812340001,ann@example.com",
        "A1,Ann,13812340002,bob@example.com",
    ];
    let rows = import(&caller, &two, "overwrite").await;
    assert_eq!(rows.succeeded, 2, "the values change places");
    sluice.staff("demo").await.assert_agrees();
}
