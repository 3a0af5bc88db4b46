//! What a page of a list costs does not depend on how many tasks its station has.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use sluice_aws::Usage;

use crate::harness::{Caller, Item, Sluice, TASKS, ids, leave_unpolled};

const MANY: u64 = 10_000;
const FEW: u64 = 10;
/// Fewer than there are in the smaller station, so that both have a page after the first.
const LIMIT: usize = 5;
/// The older half of the ids of a station that is made here: older than all real tasks.
const FIRST_ID: u64 = 1_000_000;
/// Batches of 25 items on their way at the same time.
const AT_ONCE: usize = 8;

/// A system in which nothing but the test asks for anything.
async fn quiet() -> Sluice {
    Sluice::with(|options| leave_unpolled(options, "sweeper")).await
}

/// The item of a task that has ended, to be copied.
async fn pattern(sluice: &Sluice, station: &str) -> Item {
    let caller = sluice.caller(&format!("like-{station}"));
    let task_id = caller.run(&json!({ "month": "2026-10" })).await;
    caller.verb("finish", task_id).await.ok();
    let key = |value: String| AttributeValue::S(value);
    let dynamodb = sluice.clients().await.dynamodb;
    let found = dynamodb
        .get_item()
        .table_name(TASKS)
        .key("pk", key(format!("STATION#like-{station}")))
        .key("sk", key(format!("TASK#{task_id:016}")));
    let found = found.send().await.expect("an answer").item;
    found.expect("the task's item")
}

/// Writes tasks of a station straight into the table, the first with the lowest id.
async fn fill(sluice: &Sluice, station: &str, tasks: u64, is_hidden: impl Fn(u64) -> bool) {
    let pattern = pattern(sluice, station).await;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let copy = |number: u64| {
        let mut item = pattern.clone();
        let pk = format!("STATION#{station}");
        item.insert("pk".to_owned(), text(&pk));
        item.insert("sk".to_owned(), text(&format!("TASK#{:016}", FIRST_ID + number)));
        item.insert("station_id".to_owned(), text(station));
        let id = AttributeValue::N((FIRST_ID + number).to_string());
        item.insert("task_id".to_owned(), id);
        item.insert("listed".to_owned(), text(&pk));
        if is_hidden(number) {
            item.remove("listed");
            item.insert("message_show".to_owned(), AttributeValue::Bool(false));
        }
        let put = PutRequest::builder().set_item(Some(item)).build();
        WriteRequest::builder().put_request(put.expect("an item")).build()
    };
    let dynamodb = sluice.clients().await.dynamodb;
    let numbers: Vec<u64> = (0..tasks).collect();
    stream::iter(numbers.chunks(25))
        .for_each_concurrent(AT_ONCE, async |numbers| {
            let writes: Vec<WriteRequest> = numbers.iter().map(|number| copy(*number)).collect();
            let written = dynamodb
                .batch_write_item()
                .set_request_items(Some(HashMap::from([(TASKS.to_owned(), writes)])))
                .send()
                .await
                .expect("a batch is written");
            assert!(written.unprocessed_items.is_none_or(|left| left.is_empty()));
        })
        .await;
}

/// A page of a list, and what the functions used for it.
async fn page(sluice: &Sluice, caller: &Caller, query: &str) -> (Value, Usage) {
    let before = sluice.system.clients.meter.usage();
    let page = caller.get(&format!("/task/list?{query}")).await.ok();
    (page, sluice.system.clients.meter.usage() - before)
}

/// The ids of the tasks from the `from`th newest on, of a station with `of` tasks.
fn newest(of: u64, from: u64) -> Vec<u64> {
    (0..LIMIT as u64).map(|n| FIRST_ID + of - 1 - from - n).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_hundred_thousand_tasks_costs_what_a_page_of_ten_costs() {
    let sluice = quiet().await;
    fill(&sluice, "few", FEW, |_| false).await;
    fill(&sluice, "many", MANY, |_| false).await;
    let (few, many) = (sluice.caller("few"), sluice.caller("many"));
    let query = format!("limit={LIMIT}");
    let (list, of_few) = page(&sluice, &few, &query).await;
    assert_eq!(ids(&list), newest(FEW, 0));
    println!("a page of {FEW} tasks: {of_few:?}");
    let (list, of_many) = page(&sluice, &many, &query).await;
    assert_eq!(ids(&list), newest(MANY, 0));
    println!("a page of {MANY} tasks: {of_many:?}");
    assert_eq!(of_many, of_few);
    assert!(of_few.dynamodb_requests > 0 && of_few.read_units > 0.0);

    for depth in [LIMIT as u64, 1_000, MANY / 2, MANY - 2 * LIMIT as u64] {
        let after = FIRST_ID + MANY - depth;
        let query = format!("limit={LIMIT}&cursor={after}");
        let (list, usage) = page(&sluice, &many, &query).await;
        assert_eq!(ids(&list), newest(MANY, depth), "{depth} tasks down");
        assert!(list["next_cursor"].is_string(), "{depth} tasks down");
        println!("a page {depth} tasks down: {usage:?}");
        assert_eq!(usage, of_few, "{depth} tasks down");
    }

    // A filter that nothing matches looks through the list in pieces, and goes on with the
    // cursor.
    let mut pages = 0;
    let mut cursor = String::new();
    loop {
        let query = format!("status=4&limit={LIMIT}&cursor={cursor}");
        let (list, usage) = page(&sluice, &many, &query).await;
        assert_eq!(ids(&list), [0; 0]);
        assert!(usage.dynamodb_requests <= 6, "{usage:?}");
        pages += 1;
        let Some(next) = list["next_cursor"].as_str() else {
            break;
        };
        next.clone_into(&mut cursor);
    }
    println!("a filter that nothing matches: {pages} pages");
    assert!(pages <= 25, "{pages} pages");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_ten_tasks_among_a_hundred_thousand_hidden_ones_costs_no_more() {
    let sluice = quiet().await;
    fill(&sluice, "few", FEW, |_| false).await;
    // Those that are shown are the oldest, behind all that are hidden.
    fill(&sluice, "many", MANY, |number| number >= FEW).await;
    let (few, many) = (sluice.caller("few"), sluice.caller("many"));
    let first = format!("limit={LIMIT}");
    let second = format!("limit={LIMIT}&cursor={}", FIRST_ID + FEW - LIMIT as u64);
    for (query, from) in [(first, 0), (second, LIMIT as u64)] {
        let (list, of_few) = page(&sluice, &few, &query).await;
        assert_eq!(ids(&list), newest(FEW, from));
        let (found, of_many) = page(&sluice, &many, &query).await;
        assert_eq!(ids(&found), newest(FEW, from));
        assert_eq!(found["next_cursor"], list["next_cursor"]);
        println!("a page of {FEW} tasks: {of_few:?}; with {MANY} hidden: {of_many:?}");
        assert_eq!(of_many, of_few);
    }
}
