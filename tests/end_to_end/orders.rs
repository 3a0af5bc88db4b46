//! Lists of orders: each is stored whole or not at all, once, and every one has a result.

use std::collections::BTreeMap;

use local_generator::OrderFlaw;
use serde_json::{Value, json};
use sluice_kind::TaskAction;
use sluice_orders::OrderOutcome::{self, Duplicate, Failed, NotDone, Stored};
use sluice_orders::{Order, OrderResult};
use sluice_task::TaskStatus;

use crate::harness::{
    CHUNKS, Fault, FaultyRoad, Item, STATION, Sluice, an_order, generated, good_orders, id_of,
    leave_unpolled, list, set_chunk_bytes, text,
};

const PATH: &str = "/station/order/batch/submit";

/// The order that an item is.
fn order_of(item: &Item) -> Order {
    let own = item
        .iter()
        .filter(|(name, _)| Order::ATTRIBUTES.contains(&name.as_str()));
    let own: BTreeMap<&String, Value> = own.map(|(name, value)| (name, plain(value))).collect();
    serde_json::from_value(json!(own)).expect("an order")
}

fn plain(value: &aws_sdk_dynamodb::types::AttributeValue) -> Value {
    use aws_sdk_dynamodb::types::AttributeValue::{L, M, S};
    match value {
        S(text) => text.as_str().into(),
        L(list) => list.iter().map(plain).collect(),
        M(map) => map
            .iter()
            .map(|(name, value)| (name.clone(), plain(value)))
            .collect(),
        other => panic!("{other:?} is in no order"),
    }
}

fn outcomes(results: &[OrderResult]) -> Vec<(OrderOutcome, Option<&str>)> {
    let outcome = |result: &OrderResult| result.outcome;
    let codes = results.iter().map(|result| result.code.as_deref());
    results.iter().map(outcome).zip(codes).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_stored_whole_with_its_digits_and_one_bad_order_refuses_no_other() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let mut bad = an_order("SO-2");
    bad["lines"][1]["price"] = 0.1.into();
    let mut own = an_order("SO-3");
    own["time_config_id"] = "13".into();
    let mut unnumbered = an_order("SO-4");
    unnumbered
        .as_object_mut()
        .expect("an object")
        .remove("order_no");
    let orders = [an_order("SO-1"), bad, own, json!(7), unnumbered.clone()];
    let task_id = demo.submit("first", &orders).await;
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded);
    let reason = task.reason.as_deref().expect("a reason");
    assert_eq!(
        reason,
        "3 of 5 orders were not stored (3 failed, 0 duplicate): see the results"
    );
    let rows = task.rows.expect("rows");
    assert_eq!((rows.read, rows.succeeded, rows.failed), (5, 2, 3));

    let results = demo.results(&task).await;
    assert_eq!(
        outcomes(&results),
        [
            (Stored, None),
            (Failed, Some("invalid")),
            (Failed, Some("other_time_config")),
            (Failed, Some("invalid")),
            (Stored, None),
        ]
    );
    let message = results[1].message.as_deref().expect("words");
    assert!(message.starts_with("lines[1].price: "), "{message}");
    let numbers: Vec<Option<&str>> = results
        .iter()
        .map(|result| result.order_no.as_deref())
        .collect();
    let generated = format!("{task_id}:4");
    assert_eq!(
        numbers,
        [
            Some("SO-1"),
            Some("SO-2"),
            Some("SO-3"),
            None,
            Some(&generated)
        ]
    );

    let stored = sluice.orders(STATION).await;
    let ids: Vec<&String> = stored.keys().collect();
    assert_eq!(ids, [&generated, "SO-1"]);
    let order = serde_json::to_value(order_of(&stored["SO-1"])).expect("JSON");
    assert_eq!(order["time_config_id"], "12");
    assert_eq!(order["lines"][0]["quantity"], "2.50");
    assert_eq!(order["lines"][0]["amount"], "30.000");
    assert_eq!(order["lines"][1]["price"], "0.10");
    assert_eq!(text(&stored["SO-1"], "_origin"), format!("{task_id}:0"));

    let actual = &task.result.as_ref().expect("a result")["actual"];
    // Each order is an item and an entry of three indexes.
    assert!(
        actual["write_units"].as_u64().expect("units") >= 8,
        "{actual}"
    );
    assert_eq!(actual["rows"], 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_task_id_is_the_same_task_and_refused_with_other_content() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let orders = good_orders(30, 1);
    let task_id = demo.submit("march", &orders).await;
    assert_eq!(
        demo.submit("march", &orders).await,
        task_id,
        "while it runs"
    );
    let task = demo.ended(task_id).await;
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    let before = sluice.orders(STATION).await;
    assert_eq!(before.len(), 30);
    assert_eq!(
        demo.submit("march", &orders).await,
        task_id,
        "when it has ended"
    );
    assert!(sluice.orders(STATION).await == before);

    for other in [
        list("march", &orders[1..]),
        json!({ "task_id": "march", "time_config_id": "13", "file_name": "orders.json", "order_data": orders }),
        json!({ "task_id": "march", "time_config_id": "12", "file_name": "orders.json", "size_bytes": 100 }),
    ] {
        let msg = demo.post(PATH, &other).await.refused(40901);
        assert!(
            msg.contains(&task_id.to_string()) && msg.contains("task_id"),
            "{msg}"
        );
    }
    // Another station's ids are its own.
    let other = sluice.caller("other");
    assert_ne!(other.submit("march", &orders[..1]).await, task_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_number_that_is_taken_is_never_replaced() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let first = demo.submit("first", &[an_order("SO-1")]).await;
    demo.ended(first).await;
    let before = sluice.orders(STATION).await;
    let mut changed = an_order("SO-1");
    changed["status"] = "shipped".into();
    let mut later = an_order("SO-2");
    later["status"] = "shipped".into();
    // An order that is bad itself is in the way of no other.
    let mut bad = an_order("SO-2");
    bad["lines"] = json!([]);
    let orders = [an_order("SO-1"), bad, an_order("SO-2"), later];
    let second = demo.submit("second", &orders).await;
    let third = demo.submit("third", &[changed]).await;
    let task = demo.ended(second).await;
    let results = demo.results(&task).await;
    assert_eq!(
        outcomes(&results),
        [
            (Duplicate, Some("submitted_before")),
            (Failed, Some("invalid")),
            (Stored, None),
            (Duplicate, Some("repeated")),
        ]
    );
    let words = |result: &OrderResult| result.message.clone().expect("words");
    assert!(words(&results[0]).contains(&first.to_string()));
    assert!(words(&results[3]).contains("index 2"));
    let task = demo.ended(third).await;
    assert_eq!(task.status, TaskStatus::Failed);
    let results = demo.results(&task).await;
    assert_eq!(outcomes(&results), [(Duplicate, Some("number_taken"))]);
    let stored = sluice.orders(STATION).await;
    assert_eq!(stored.get("SO-1"), before.get("SO-1"));
    assert_eq!(
        text(&stored["SO-2"], "status"),
        "confirmed",
        "the first valid one of the list"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_list_is_refused_and_says_why() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut request = list("a", &[an_order("SO-1")]);
        change(&mut request);
        request
    };
    for (request, words) in [
        (with(&|r| r["order_data"] = json!([])), "at least one order"),
        (with(&|r| r["order_data"] = json!({})), "order_data"),
        (
            with(&|r| drop(r.as_object_mut().map(|r| r.remove("order_data")))),
            "order_data: is missing",
        ),
        (
            with(&|r| drop(r.as_object_mut().map(|r| r.remove("task_id")))),
            "task_id",
        ),
        (
            with(&|r| drop(r.as_object_mut().map(|r| r.remove("time_config_id")))),
            "time_config_id",
        ),
        (
            with(&|r| r["size_bytes"] = 7.into()),
            "size_bytes: is only for a file",
        ),
        (with(&|r| r["file_name"] = "a/b".into()), "file_name"),
        (with(&|r| r["colour"] = "red".into()), "colour"),
    ] {
        let msg = demo.post(PATH, &request).await.refused(40001);
        assert!(msg.contains(words), "{words}: {msg}");
    }
    let large = list("a", &vec![an_order("SO-1"); 10_000]);
    let msg = demo.post(PATH, &large).await.refused(41301);
    assert!(
        msg.contains("NDJSON") && msg.contains("size_bytes"),
        "{msg}"
    );
    let file = json!({ "task_id": "a", "time_config_id": "12", "file_name": "a", "size_bytes": 200_000_000 });
    let msg = demo.post(PATH, &file).await.refused(41301);
    assert!(msg.contains("in parts"), "{msg}");
    assert_eq!(demo.anonymous().status("POST", PATH).await, 401);
    assert!(sluice.orders(STATION).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_list_is_sent_as_a_file_and_every_order_has_the_result_that_it_must_have() {
    let sluice = Sluice::with(|options| set_chunk_bytes(options, 20_000)).await;
    let demo = sluice.demo();
    let (file, flaws) = generated(600, 7, 6.0, 6.0);
    let task_id = demo.submit_file("large", &file).await;
    let task = demo.ended(task_id).await;
    assert!(task.chunks.expect("chunks").total > Some(5));
    let results = demo.results(&task).await;
    assert_eq!(results.len(), 600);
    for result in &results {
        let expected = match flaws.get(&result.index) {
            None => Stored,
            Some(OrderFlaw::Bad(_)) => Failed,
            Some(OrderFlaw::Duplicate { .. }) => Duplicate,
        };
        assert_eq!(result.outcome, expected, "{result:?}");
    }
    let rows = task.rows.expect("rows");
    assert_eq!(
        (rows.read, rows.succeeded, rows.failed, rows.duplicate),
        (600, 528, 36, 36)
    );
    // What is stored is what was sent, to the digit.
    let stored = sluice.orders(STATION).await;
    assert_eq!(stored.len(), 528);
    for (index, line) in (0..).zip(file.split(|byte| *byte == b'\n')) {
        if line.is_empty() || flaws.contains_key(&index) {
            continue;
        }
        let mut sent: Order = serde_json::from_slice(line).expect("an order");
        sent.time_config_id = "12".parse().ok();
        let number = sent.order_no.as_ref().expect("a number").as_str();
        assert_eq!(order_of(&stored[number]), sent);
        assert_eq!(
            text(&stored[number], "_origin"),
            format!("{task_id}:{index}")
        );
    }
    // A file that is not what was announced starts nothing.
    let asked =
        json!({ "task_id": "short", "time_config_id": "12", "file_name": "a", "size_bytes": 5 });
    let answer = demo.post(PATH, &asked).await.ok();
    let key = format!("uploads/{STATION}/{}/orders.ndjson", id_of(&answer));
    sluice.put_object(&key, b"{}\n").await;
    let task = demo.ended(id_of(&answer)).await;
    assert_eq!(task.status, TaskStatus::Failed);
    assert!(task.reason.expect("a reason").contains("5 were announced"));
}

/// A system whose chunks wait for the test.
async fn by_hand() -> Sluice {
    Sluice::with(|options| {
        leave_unpolled(options, "worker");
        set_chunk_bytes(options, 5_000);
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_that_comes_again_stores_and_counts_nothing_twice() {
    let sluice = by_hand().await;
    let demo = sluice.demo();
    let task_id = demo.submit("again", &good_orders(60, 2)).await;
    let messages = sluice.chunk_messages(&demo, task_id).await;
    assert!(messages.len() > 3);
    for message in messages.iter().chain(&messages).rev() {
        assert!(sluice.deliver(message).await);
    }
    let task = demo.ended(task_id).await;
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    assert_eq!(demo.results(&task).await.len(), 60);
    assert_eq!(sluice.orders(STATION).await.len(), 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_list_has_a_result_for_every_order_and_a_retry_stores_the_rest() {
    let sluice = by_hand().await;
    let demo = sluice.demo();
    let task_id = demo.submit("cancelled", &good_orders(60, 3)).await;
    let messages = sluice.chunk_messages(&demo, task_id).await;
    assert!(sluice.deliver(&messages[1]).await);
    let waits = demo
        .get(&format!("/task/explain?task_id={task_id}"))
        .await
        .ok();
    assert_eq!(waits["chunks_open"], messages.len() - 1, "{waits}");
    demo.verb("cancel", task_id).await.ok();
    sluice.deliver_all(&messages).await;
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded);
    assert_eq!(task.reason.as_deref(), Some("cancelled"));
    let results = demo.results(&task).await;
    assert_eq!(results.len(), 60);
    let stored = sluice.orders(STATION).await.len();
    let count = |outcome| {
        results
            .iter()
            .filter(|result| result.outcome == outcome)
            .count()
    };
    assert!(stored > 0 && stored < 60);
    assert_eq!(count(Stored), stored);
    assert_eq!(count(NotDone), 60 - stored);

    assert!(task.actions.contains(&TaskAction::Retry));
    demo.verb("retry", task_id).await.ok();
    let again = sluice.chunk_messages(&demo, task_id).await;
    sluice.take_all(CHUNKS).await;
    sluice.deliver_all(&again).await;
    let task = demo.ended(task_id).await;
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    let results = demo.results(&task).await;
    assert!(results.iter().all(|result| result.outcome == Stored));
    assert_eq!(sluice.orders(STATION).await.len(), 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_can_be_paused_and_resumed() {
    let sluice = by_hand().await;
    let demo = sluice.demo();
    let task_id = demo.submit("paused", &good_orders(40, 4)).await;
    let messages = sluice.chunk_messages(&demo, task_id).await;
    sluice.take_all(CHUNKS).await;
    demo.verb("pause", task_id).await.ok();
    for message in &messages {
        assert!(sluice.deliver(message).await, "it is put aside");
    }
    assert!(sluice.orders(STATION).await.is_empty());
    demo.verb("resume", task_id).await.ok();
    let again = sluice.chunk_messages(&demo, task_id).await;
    sluice.deliver_all(&again).await;
    let task = demo.ended(task_id).await;
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    assert_eq!(sluice.orders(STATION).await.len(), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_stored_once_whatever_becomes_of_the_answers() {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, |options| set_chunk_bytes(options, 5_000)).await;
    let demo = sluice.demo();
    let mut puts = 0;
    road.set_rule(move |operation| {
        if operation != "PutItem" {
            return Fault::None;
        }
        puts += 1;
        // So seldom that hardly any order meets one six times in a row: its chunk would come again after a while.
        match puts % 7 {
            0 => Fault::AnswerLost,
            2 => Fault::Throttled,
            4 => Fault::Internal,
            _ => Fault::None,
        }
    });
    let orders = good_orders(50, 5);
    let task_id = demo.submit("faults", &orders).await;
    let task = demo.ended(task_id).await;
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    assert!(road.count("PutItem", Fault::AnswerLost) > 3);
    let results = demo.results(&task).await;
    assert!(results.iter().all(|result| result.outcome == Stored));
    assert_eq!(sluice.orders(STATION).await.len(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_sees_neither_orders_nor_results_of_another() {
    let sluice = Sluice::start().await;
    let (demo, other) = (sluice.demo(), sluice.caller("other"));
    let mine = demo.submit("list", &[an_order("SO-1")]).await;
    let theirs = other.submit("list", &[an_order("SO-1")]).await;
    for (caller, task_id) in [(&demo, mine), (&other, theirs)] {
        let task = caller.ended(task_id).await;
        assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    }
    demo.get(&format!("/task/get?task_id={theirs}"))
        .await
        .refused(40401);
    assert_eq!(sluice.orders(STATION).await.len(), 1);
    let found = demo
        .order_detail("query_type=1&start_date=2026-01-31&end_date=2026-01-31")
        .await;
    let file = demo.download(found["link"].as_str().expect("a link")).await;
    assert_eq!(
        String::from_utf8_lossy(&file).lines().count(),
        3,
        "two lines and a header"
    );
}
