//! `GET /task/list`: pages, filters, and which tasks are shown.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::{Caller, Sluice, id_of, ids, members, process};

/// The ids of all pages of a list.
async fn pages(demo: &Caller, query: &str, limit: usize) -> Vec<u64> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/task/list?limit={limit}&cursor={cursor}{query}");
        let page = demo.get(&path).await.ok();
        let found = ids(&page);
        assert!(found.len() <= limit, "{path}: {page}");
        all.extend(found);
        let Some(next) = page["next_cursor"].as_str() else {
            return all;
        };
        assert_ne!(next, cursor, "the cursor moves on");
        next.clone_into(&mut cursor);
    }
}

/// Adds a task of a type and a business. Its id.
async fn add(demo: &Caller, kind: u8, business_id: &str) -> u64 {
    let mut request = process(&json!([]));
    request["type"] = kind.into();
    request["business_id"] = business_id.into();
    request["repeat"] = true.into();
    id_of(&demo.post("/task/add", &request).await.ok())
}

/// Brings a submitted task to a status.
async fn bring(demo: &Caller, task_id: u64, status: u8) {
    if status > 1 {
        demo.verb("start", task_id).await.ok();
    }
    if status > 2 {
        let outcome = json!({ "status": status });
        demo.verb_with("finish", task_id, &outcome).await.ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_are_listed_newest_first_page_by_page() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let mut newest_first = Vec::new();
    for _ in 0..7 {
        newest_first.insert(0, add(&demo, 2, "b").await);
        // Ids grow with the milliseconds in which tasks are made.
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    add(&sluice.caller("other"), 2, "b").await;
    let all = demo.get("/task/list").await.ok();
    assert_eq!(ids(&all), newest_first);
    assert_eq!(
        (&all["finish"], &all["next_cursor"]),
        (&json!(false), &Value::Null)
    );
    for query in ["", "&status=1", "&type=2"] {
        for limit in [1, 2, 3, 6, 7, 100] {
            let found = pages(&demo, query, limit).await;
            assert_eq!(found, newest_first, "pages of {limit}{query}");
        }
    }
    for _ in 0..14 {
        newest_first.insert(0, add(&demo, 2, "b").await);
    }
    newest_first.sort_unstable_by(|a, b| b.cmp(a));
    let usual = demo.get("/task/list").await.ok();
    assert_eq!(ids(&usual), newest_first[..20], "20 if nothing is said");
    assert!(usual["next_cursor"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_filter_alone_and_together_finds_what_matches_page_by_page() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    // What is in the station, by id: type, status, business.
    let mut tasks: BTreeMap<u64, (u8, u8, &str)> = BTreeMap::new();
    for round in 0..2 {
        for (kind, business) in [(0, "a"), (1, "b"), (2, "a"), (2, "b & c")] {
            for status in 1..=5 {
                let task_id = add(&demo, kind, business).await;
                bring(&demo, task_id, status).await;
                tasks.insert(task_id, (kind, status, business));
            }
        }
        let imported = demo.import(&members(5, 310 + round)).await;
        tasks.insert(imported.task_id.get(), (0, 3, "member_import"));
        let upload = id_of(&demo.begin(10, &json!({})).await);
        tasks.insert(upload, (0, 1, "member_import"));
    }
    let hidden = add(&demo, 2, "a").await;
    bring(&demo, hidden, 3).await;
    let body = json!({ "task_ids": [hidden] });
    demo.post("/task/hide", &body).await.ok();

    let types = [None, Some(0), Some(1), Some(2)];
    let statuses = [None, Some(1), Some(2), Some(3), Some(4), Some(5)];
    let businesses = [
        None,
        Some("a"),
        Some("b & c"),
        Some("member_import"),
        Some("x"),
    ];
    for (kind, status) in types
        .iter()
        .flat_map(|kind| statuses.map(|status| (kind, status)))
    {
        for business in businesses {
            let expected: Vec<u64> = tasks
                .iter()
                .rev()
                .filter(|(_, task)| {
                    kind.is_none_or(|kind| task.0 == kind)
                        && status.is_none_or(|status| task.1 == status)
                        && business.is_none_or(|business| task.2 == business)
                })
                .map(|(task_id, _)| *task_id)
                .collect();
            let query = [
                kind.map(|kind| format!("&type={kind}")),
                status.map(|status| format!("&status={status}")),
                business.map(|name| format!("&business_id={}", name.replace(" & ", "%20%26+"))),
            ];
            let query: String = query.into_iter().flatten().collect();
            for limit in [3, 100] {
                let found = pages(&demo, &query, limit).await;
                assert_eq!(found, expected, "pages of {limit}: {query}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_finished_when_all_it_lists_has_ended() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let empty = demo.get("/task/list").await.ok();
    assert_eq!(empty["finish"], json!(true), "nothing is left to wait for");
    let mut tasks = Vec::new();
    for status in 1..=5 {
        let task_id = add(&demo, 2, "b").await;
        bring(&demo, task_id, status).await;
        tasks.push(task_id);
    }
    for (named, finish) in [
        (vec![], false),
        (vec![0], false),
        (vec![1], false),
        (vec![2], true),
        (vec![3], true),
        (vec![4], true),
        (vec![2, 3, 4], true),
        (vec![1, 2], false),
    ] {
        let names: Vec<String> = named
            .iter()
            .map(|index: &usize| tasks[*index].to_string())
            .collect();
        let list = demo
            .get(&format!("/task/list?task_ids={}", names.join(",")))
            .await
            .ok();
        assert_eq!(list["finish"], json!(finish), "{named:?}");
    }
    for task_id in &tasks[..2] {
        demo.verb("cancel", *task_id).await.ok();
    }
    assert_eq!(demo.get("/task/list").await.ok()["finish"], json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_are_named_by_either_id_and_filtered_too() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let good = demo.import(&members(20, 102)).await.task_id.get();
    let bad = demo.import(b"nothing,here\n").await.task_id.get();
    let mut request = process(&json!(1));
    request["user_task_id"] = "open, a b".into();
    let open = id_of(&demo.post("/task/add", &request).await.ok());
    request["user_task_id"] = "open".into();
    request["input"] = json!(2);
    let other = id_of(&demo.post("/task/add", &request).await.ok());
    demo.verb("cancel", other).await.ok();
    demo.post("/task/hide", &json!({ "task_ids": [other, bad] }))
        .await
        .ok();
    for (query, expected) in [
        ("", vec![open, good]),
        ("user_task_ids=open", vec![other]),
        ("user_task_ids=open,nobody", vec![other]),
        (&format!("task_ids={good},{bad},{good},1"), vec![bad, good]),
        (
            &format!("task_ids={good}&user_task_ids=open"),
            vec![other, good],
        ),
        (&format!("task_ids={other}&user_task_ids=open"), vec![other]),
        (
            &format!("task_ids={good},{bad},{open}&status=3"),
            vec![good],
        ),
        (
            &format!("task_ids={good},{bad},{open}&status=1"),
            vec![open],
        ),
        (
            &format!("task_ids={good},{bad},{open}&type=0"),
            vec![bad, good],
        ),
        (
            &format!("task_ids={good},{open}&business_id=member_tiers"),
            vec![open],
        ),
        ("task_ids=1,2,3", vec![]),
        ("user_task_ids=", vec![open, good]),
    ] {
        let list = demo.get(&format!("/task/list?{query}")).await.ok();
        assert_eq!(ids(&list), expected, "{query}");
    }
    let hundred = vec![good.to_string(); 100].join(",");
    let list = demo
        .get(&format!("/task/list?task_ids={hundred}"))
        .await
        .ok();
    assert_eq!(ids(&list), [good]);
    let query = format!("/task/list?task_ids={hundred}&user_task_ids=open");
    assert!(demo.get(&query).await.refused(40001).contains("100"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_parameter_of_a_list_is_named() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    for (query, named) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=many", "limit"),
        ("status=0", "status"),
        ("status=6", "status"),
        ("status=running", "status"),
        ("type=3", "type"),
        ("type=x", "type"),
        ("cursor=x", "cursor"),
        ("cursor=-5", "cursor"),
        ("cursor=9007199254740992", "cursor"),
        ("task_ids=1,x", "task_ids"),
        ("task_ids=0", "task_ids"),
        ("user_task_ids=a,%00", "user_task_ids"),
        ("user_task_ids=,", "user_task_ids"),
        ("task_ids=1,", "task_ids"),
        ("totals=perhaps", "totals"),
    ] {
        let msg = demo
            .get(&format!("/task/list?{query}"))
            .await
            .refused(40001);
        assert!(msg.contains(named), "{query}: {msg}");
        let is_of_the_library = msg.contains("digit found") || msg.contains("provided string");
        assert!(!is_of_the_library, "{query}: {msg}");
    }
}

/// The file name of an upload is what people search for.
async fn upload(demo: &Caller, file_name: &str) -> u64 {
    let body = json!({
        "business": "member_import", "file_name": file_name, "size_bytes": 10,
        "user_task_id": format!("id of {file_name}"),
    });
    id_of(&demo.post("/upload", &body).await.ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_are_searched_for_by_words_of_their_names_and_ids() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let march = upload(&demo, "Members March 2026.csv").await;
    let april = upload(&demo, "Members April 2026.csv").await;
    let chinese = upload(&demo, "会员名单.xlsx").await;
    let other = add(&demo, 2, "tiers").await;
    for (search, expected) in [
        ("2026.csv", vec![april, march]),
        ("members", vec![chinese, april, march]),
        ("2026%20MARCH", vec![march]),
        ("march%20april", vec![]),
        ("%E5%90%8D%E5%8D%95", vec![chinese]),
        // What the business is called in Chinese.
        ("%E4%BC%9A%E5%91%98", vec![chinese, april, march]),
        ("%E4%BC%9A%E5%91%98%20april", vec![april]),
        ("id%20of", vec![chinese, april, march]),
        ("tiers", vec![other]),
        (&other.to_string(), vec![other]),
        ("%20", vec![other, chinese, april, march]),
    ] {
        for limit in [1, 20] {
            let found = pages(&demo, &format!("&search={search}"), limit).await;
            assert_eq!(found, expected, "{search}, pages of {limit}");
        }
    }
    let found = pages(&demo, "&search=2026&status=1,2&type=0", 1).await;
    assert_eq!(found, [april, march]);
    let long = "x".repeat(201);
    let msg = demo.get(&format!("/task/list?search={long}")).await;
    assert!(msg.refused(40001).contains("200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_are_found_by_when_they_were_added_and_by_several_statuses() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let mut tasks = Vec::new();
    for status in 1..=5 {
        let task_id = add(&demo, 2, "b").await;
        bring(&demo, task_id, status).await;
        tasks.push(task_id);
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    let mut times = Vec::new();
    for task_id in &tasks {
        let record = demo.record(*task_id).await;
        times.push(record["create_time"].as_str().expect("a time").to_owned());
    }
    let newest_first =
        |from: usize, to: usize| -> Vec<u64> { tasks[from..to].iter().rev().copied().collect() };
    for (query, expected) in [
        (format!("&created_from={}", times[2]), newest_first(2, 5)),
        (format!("&created_to={}", times[2]), newest_first(0, 2)),
        (
            format!("&created_from={}&created_to={}", times[1], times[4]),
            newest_first(1, 4),
        ),
        (
            format!("&created_from={}&status=1,2", times[1]),
            newest_first(1, 2),
        ),
        ("&created_from=2100-01-01T00:00:00Z".to_owned(), vec![]),
        ("&created_to=2001-01-01T00:00:00%2B02:00".to_owned(), vec![]),
        ("&status=1,2".to_owned(), newest_first(0, 2)),
        ("&status=5,3".to_owned(), vec![tasks[4], tasks[2]]),
        ("&status=1,5".to_owned(), vec![tasks[4], tasks[0]]),
    ] {
        for limit in [1, 100] {
            let found = pages(&demo, &query, limit).await;
            assert_eq!(found, expected, "{query}, pages of {limit}");
        }
    }
    for (query, named) in [
        ("created_from=yesterday", "created_from"),
        ("created_to=2026-01-31", "created_to"),
        ("status=1,9", "9"),
        ("totals=perhaps", "totals"),
    ] {
        let msg = demo
            .get(&format!("/task/list?{query}"))
            .await
            .refused(40001);
        assert!(msg.contains(named), "{query}: {msg}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn totals_count_the_whole_station_by_status_and_not_the_page() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    for (status, business) in [
        (1, "a"),
        (2, "a"),
        (3, "a"),
        (3, "b"),
        (4, "b"),
        (5, "b"),
        (5, "b"),
    ] {
        let task_id = add(&demo, 2, business).await;
        bring(&demo, task_id, status).await;
    }
    add(&sluice.caller("other"), 2, "a").await;
    let totals = async |query: &str| {
        let list = demo.get(&format!("/task/list?limit=1{query}")).await.ok();
        list["totals"].clone()
    };
    let all = json!({
        "submitted": 1, "running": 1, "finished": 2, "partly_succeeded": 1, "failed": 2,
        "complete": true,
    });
    assert_eq!(totals("&totals=true").await, all);
    assert_eq!(totals("&totals=true&status=3").await, all);
    assert_eq!(totals("").await, Value::Null);
    let of_b = totals("&totals=true&business_id=b").await;
    assert_eq!(
        (&of_b["finished"], &of_b["submitted"]),
        (&json!(1), &json!(0))
    );
    let later = totals("&totals=true&created_from=2100-01-01T00:00:00Z").await;
    assert_eq!(later["failed"], 0);
}
