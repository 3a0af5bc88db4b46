//! Imports that overwrite the same row at the same time, of which one keeps the phone that the other
//! has given up; and rows that are refused although they have their phone already.

use serde_json::json;
use sluice_core::api::RowsView;

use crate::harness::{Caller, Fault, FaultyRoad, Sluice, eventually, leave_unpolled, staff_file};

const PHONE: &str = "+8613812340001";

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

/// Holds back the writes whose bodies have all these words, until the rule is another.
fn hold(road: &FaultyRoad, words: [&'static str; 2]) {
    road.set_rule_of_bodies(move |operation, body| {
        let body = String::from_utf8_lossy(body);
        let is_held = words.iter().all(|word| body.contains(word));
        if operation == "BatchExecuteStatement" && is_held {
            Fault::Throttled
        } else {
            Fault::None
        }
    });
}

async fn is_held(road: &FaultyRoad) {
    let before = road.count("BatchExecuteStatement", Fault::Throttled);
    eventually("a write that waits", async || {
        let now = road.count("BatchExecuteStatement", Fault::Throttled);
        (now > before).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_one_import_gives_up_and_another_stores_again_stays_claimed() {
    let road = FaultyRoad::start().await;
    let sluice = sluice(&road).await;
    let before = work(&sluice, &["A1,old,13812340001,"], "reject").await;
    finish(&sluice, before).await;
    let first = work(&sluice, &["A1,first,13812340002,"], "overwrite").await;
    hold(&road, ["DELETE", PHONE]);
    let store = async {
        is_held(&road).await;
        let second = work(&sluice, &["A1,second,13812340001,"], "overwrite").await;
        finish(&sluice, second).await;
        road.set_rule(|_| Fault::None);
    };
    futures::join!(finish(&sluice, first), store);
    let staff = sluice.staff("demo").await;
    assert_eq!(staff.value("A1", "name"), Some("second"));
    staff.assert_agrees();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_one_import_gives_up_while_another_is_about_to_store_it_stays_claimed() {
    let road = FaultyRoad::start().await;
    let sluice = sluice(&road).await;
    let before = work(&sluice, &["A1,old,13812340001,"], "reject").await;
    finish(&sluice, before).await;
    let first = work(&sluice, &["A1,first,13812340002,"], "overwrite").await;
    hold(&road, ["UPDATE", "second"]);
    let give_up = async {
        is_held(&road).await;
        finish(&sluice, first).await;
        road.set_rule(|_| Fault::None);
    };
    let store = work(&sluice, &["A1,second,13812340001,"], "overwrite");
    let (second, ()) = futures::join!(store, give_up);
    finish(&sluice, second).await;
    let staff = sluice.staff("demo").await;
    assert_eq!(staff.value("A1", "name"), Some("second"));
    staff.assert_agrees();
}

/// Two imports of one person at the same time, of which the second, whose e-mail another has, is
/// refused while the writes of the first with these words are held back.
async fn one_is_stored_and_one_refused(rule: &str, [stored, refused]: [&str; 2]) {
    let road = FaultyRoad::start().await;
    let sluice = sluice(&road).await;
    let before = work(&sluice, &["A9,other,,bob@example.com"], "reject").await;
    finish(&sluice, before).await;
    if rule == "overwrite" {
        let before = work(&sluice, &["A1,old,13812340009,"], "reject").await;
        finish(&sluice, before).await;
    }
    let words = if rule == "overwrite" {
        ["UPDATE", "first"]
    } else {
        ["DELETE", PHONE]
    };
    hold(&road, words);
    let (first, second) = if rule == "overwrite" {
        (stored, refused)
    } else {
        (refused, stored)
    };
    let then = async {
        is_held(&road).await;
        let lines = [second];
        let task_id = work(&sluice, &lines, rule).await;
        road.set_rule(|_| Fault::None);
        task_id
    };
    let lines = [first];
    let (first, second) = futures::join!(work(&sluice, &lines, rule), then);
    let first = finish(&sluice, first).await.succeeded;
    let second = finish(&sluice, second).await.succeeded;
    assert_eq!(first + second, 1, "{rule}");
    let staff = sluice.staff("demo").await;
    assert_eq!(staff.value("A1", "phone"), Some(PHONE), "{rule}");
    staff.assert_agrees();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_row_frees_no_phone_that_another_import_is_about_to_store() {
    let lines = [
        "A1,first,13812340001,",
        "A1,second,13812340001,bob@example.com",
    ];
    for rule in ["overwrite", "reject", "skip"] {
        Box::pin(one_is_stored_and_one_refused(rule, lines)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_another_import_has_replaced_meanwhile_stays_replaced() {
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
        // Its chunk is worked on twice, so that the finisher looks at all its rows.
        road.set_rule(|operation| match operation {
            "TransactWriteItems" => Fault::Refused,
            _ => Fault::None,
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
async fn a_phone_that_went_from_import_to_import_is_free_when_it_is_given_up() {
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
