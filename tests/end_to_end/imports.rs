//! Files without flaws: every row is stored, as it stands in the file.

use aws_sdk_dynamodb::types::AttributeValue;
use sluice_task::TaskStatus;

use crate::harness::{
    Items, STATION, Sluice, expected_member, fixture, members, records, set_chunk_bytes,
};

/// Asserts that the table holds the file's rows and nothing else.
fn assert_stored(items: &Items, file: &[u8], task_id: u64) {
    let (header, records) = records(file);
    assert_eq!(items.len(), records.len(), "items stored");
    let by_member: std::collections::HashMap<&str, _> = items
        .iter()
        .map(|(key, item)| (key.1.as_str(), (&key.0, item)))
        .collect();
    for (row, record) in (2..).zip(&records) {
        let member_no = std::str::from_utf8(&record[0]).expect("UTF-8");
        let (pk, item) = by_member[member_no];
        assert!(pk.starts_with(&format!("{STATION}#")), "{pk}");
        let mut columns = (*item).clone();
        columns.remove("pk");
        columns.remove("sk");
        let origin = columns.remove("_origin");
        assert_eq!(origin, Some(AttributeValue::S(format!("{task_id}:{row}"))));
        assert_eq!(columns, expected_member(&header, record), "row {row}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_of_a_good_file_is_stored_as_it_stands_in_the_file() {
    let sluice = Sluice::with(|options| set_chunk_bytes(options, 16 << 10)).await;
    let file = members(4_000, 1);
    let task = sluice.demo().import(&file).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    assert_eq!(task.reason, None);
    let rows = task.rows.expect("rows");
    assert_eq!((rows.read, rows.succeeded), (4_000, 4_000));
    let chunks = task.chunks.expect("chunks");
    let at_least = (file.len() as u64 / (17 << 10)) as u32;
    assert!(chunks.done >= at_least, "{} chunks", chunks.done);
    assert_stored(&sluice.items().await, &file, task.task_id.get());
    assert_eq!(sluice.demo().failed_rows_file(&task).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_says_how_many_rows_it_had_read_at_which_moment() {
    let sluice = Sluice::with(|options| set_chunk_bytes(options, 16 << 10)).await;
    let task = sluice.demo().import(&members(2_000, 2)).await;
    let timeline = task.result.expect("a result")["timeline"].clone();
    let moments: Vec<(u64, u64)> = serde_json::from_value(timeline).expect("pairs");
    assert!((2..=40).contains(&moments.len()), "{moments:?}");
    assert!(moments.is_sorted(), "{moments:?}");
    assert!(moments.is_sorted_by_key(|moment| moment.1), "{moments:?}");
    let (last, rows) = moments[moments.len() - 1];
    assert_eq!(rows, 2_000);
    let (start, end) = (task.start_time.expect("a start"), task.end_time);
    let took = end.expect("an end").duration_since(start);
    assert!(i128::from(last) <= took.as_millis(), "{last} of {took}");
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_quotes_and_line_breaks_arrive_unchanged() {
    let sluice = Sluice::start().await;
    let file = fixture("scripts_and_quotes.csv");
    let task = sluice.demo().import(&file).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    let items = sluice.items().await;
    assert_stored(&items, &file, task.task_id.get());
    let address = |member_no: &str| {
        let item = items.iter().find(|(key, _)| key.1 == member_no);
        item.expect("the member").1["address"]
            .as_s()
            .expect("a text")
            .clone()
    };
    assert_eq!(address("S-2"), "Rua \"Nova\", 7\r\n4000 Porto");
    assert_eq!(address("S-3"), "北京市朝阳区\n建国路 88 号");
    assert_eq!(address("S-5"), "\"\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_are_found_by_their_synonyms_and_the_delimiter_by_the_headers() {
    let sluice = Sluice::start().await;
    let task = sluice
        .demo()
        .import(&fixture("chinese_headers_semicolon.csv"))
        .await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    assert_eq!(task.result.expect("a result")["delimiter"], ";");
    let items = sluice.items().await;
    let (key, item) = items.first_key_value().expect("an item");
    assert_eq!((items.len(), key.1.as_str()), (2, "C-1"));
    assert_eq!(item["name"], AttributeValue::S("王小明".to_owned()));
    assert_eq!(item["points"], AttributeValue::N("120".to_owned()));
    assert!(
        !item.contains_key("remark"),
        "columns of no meaning are left out"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_two_stations_do_not_meet() {
    let sluice = Sluice::with_small_chunks().await;
    let file = members(200, 4);
    let (one, two) = (sluice.caller("one"), sluice.caller("two"));
    let (first, second) = tokio::join!(one.import(&file), two.import(&file));
    assert_eq!(first.rows.expect("rows").succeeded, 200);
    assert_eq!(second.rows.expect("rows").succeeded, 200);
    assert_eq!(sluice.items().await.len(), 400);
}
