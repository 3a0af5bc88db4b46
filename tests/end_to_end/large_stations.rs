//! What a page of a list costs does not depend on how many tasks its station has.

use serde_json::{Value, from_value, json};
use sluice_aws::Usage;

use crate::harness::{Caller, Sluice, TASKS, ids, leave_unpolled};

const MANY: u64 = 100_000;
const FEW: u64 = 10;
/// Fewer than there are in the smaller station, so that both have a page after the first.
const LIMIT: usize = 5;
/// The ids made here are older than those of all real tasks.
const FIRST_ID: u64 = 1_000_000;
/// Items of one transaction of the embedded database.
const AT_ONCE: usize = 5_000;

/// A system in which nothing but the test asks for anything.
async fn quiet() -> Sluice {
    Sluice::with(|options| leave_unpolled(options, "sweeper")).await
}

/// Puts copies of a task that has ended straight into the embedded database, the first with the
/// lowest id. Over HTTP each write would be shown in the table's stream, and take minutes.
#[expect(
    clippy::default_trait_access,
    reason = "the type is the database's, which the tests do not depend on"
)]
async fn fill(sluice: &Sluice, station: &str, tasks: u64, is_hidden: impl Fn(u64) -> bool) {
    let like = format!("like-{station}");
    let caller = sluice.caller(&like);
    let task_id = caller.run(&json!({ "month": "2026-10" })).await;
    caller.verb("finish", task_id).await.ok();
    let database = &sluice.system.services.dynamodb;
    let key = json!({
        "pk": { "S": format!("STATION#{like}") },
        "sk": { "S": format!("TASK#{task_id:016}") },
    });
    let request = from_value(json!({ "TableName": TASKS, "Key": key })).expect("a request");
    let pattern = database.get_item(request).expect("an answer").item;
    let pattern = pattern.expect("the task's item");
    let copy = |number: u64| {
        let (mut item, id) = (pattern.clone(), FIRST_ID + number);
        let pk = format!("STATION#{station}");
        for (name, value) in [
            ("pk", json!({ "S": pk })),
            ("sk", json!({ "S": format!("TASK#{id:016}") })),
            ("listed", json!({ "S": pk })),
            ("station_id", json!({ "S": station })),
            ("task_id", json!({ "N": id.to_string() })),
            ("message_show", json!({ "BOOL": !is_hidden(number) })),
        ] {
            item.insert(name.to_owned(), from_value(value).expect("a value"));
        }
        if is_hidden(number) {
            item.remove("listed");
        }
        item
    };
    let numbers: Vec<u64> = (0..tasks).collect();
    for numbers in numbers.chunks(AT_ONCE) {
        let items = numbers.iter().map(|number| copy(*number)).collect();
        let imported = database.import_items(TASKS, items, Default::default());
        assert_eq!(imported.expect("items").items_imported, numbers.len());
    }
}

/// A page of a list, and what the functions used for it.
async fn page(sluice: &Sluice, caller: &Caller, query: &str) -> (Value, Usage) {
    let before = sluice.system.clients.meter.usage();
    let page = caller.get(&format!("/task/list?{query}")).await.ok();
    (page, sluice.system.clients.meter.usage() - before)
}

/// The ids of the tasks from the `from`th newest on, of a station with `of` tasks.
fn newest(of: u64, from: u64) -> Vec<u64> {
    (0..LIMIT as u64)
        .map(|n| FIRST_ID + of - 1 - from - n)
        .collect()
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
