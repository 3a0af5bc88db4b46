//! Who did what with a task, by `GET /task/history`; who added it; what came of it; and the id of a request.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use sluice_task::history::MAX_EVENTS;

use crate::harness::{Caller, Sluice, leave_unpolled, members};

/// A caller whose token is about somebody.
fn named(sluice: &Sluice, who: &str) -> Caller {
    let template = sluice.system.template();
    let claims = json!({
        "iss": template.jwt_issuer,
        "aud": template.jwt_audience,
        "station_id": "demo",
        "sub": who,
        "scope": "task:read task:write task:service",
        "exp": jsonwebtoken::get_current_timestamp() + 600,
    });
    let token = sluice.system.tokens.sign(&claims).expect("a token");
    sluice.demo().with_token(token)
}

/// What happened and who did it, in order.
async fn history(caller: &Caller, task_id: u64) -> Vec<(String, Value)> {
    let path = format!("/task/history?task_id={task_id}");
    let history = caller.get(&path).await.ok();
    let events = history["events"].as_array().expect("events");
    let times: Vec<&str> = events
        .iter()
        .map(|event| event["at"].as_str().expect("a time"))
        .collect();
    let mut sorted = times.clone();
    sorted.sort_by_key(|time| time.parse::<jiff::Timestamp>().expect("a time"));
    assert_eq!(times, sorted, "oldest first");
    let event = |event: &Value| {
        let what = event["what"].as_str().expect("what");
        (what.to_owned(), event["by"].clone())
    };
    events.iter().map(event).collect()
}

fn by(who: &str) -> Value {
    who.into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_says_who_did_what_with_an_import() {
    let sluice = Sluice::with(|options| leave_unpolled(options, "worker")).await;
    let (ann, li) = (named(&sluice, "ann@example.com"), named(&sluice, "li"));
    let task_id = ann.send(&members(700, 20), &json!({})).await;
    let messages = sluice.chunk_messages(&ann, task_id).await;
    li.verb("pause", task_id).await.ok();
    ann.verb("resume", task_id).await.ok();
    li.verb("cancel", task_id).await.ok();
    for message in &messages {
        assert!(sluice.deliver(message).await);
    }
    let cancelled = ann.ended(task_id).await;
    let created_by = cancelled.created_by.expect("who added it");
    assert_eq!(created_by.as_str(), "ann@example.com");
    let hidden = json!({ "task_ids": [task_id] });
    li.post("/task/clear_show", &hidden).await.ok();
    ann.post("/task/show", &hidden).await.ok();
    ann.verb("retry", task_id).await.ok();
    let events = history(&li, task_id).await;
    let expected = [
        ("added", by("ann@example.com")),
        ("started", Value::Null),
        ("paused", by("li")),
        ("resumed", by("ann@example.com")),
        ("cancelled", by("li")),
        ("ended", Value::Null),
        ("hidden", by("li")),
        ("shown", by("ann@example.com")),
        ("retried", by("ann@example.com")),
        ("started", Value::Null),
    ];
    assert_eq!(events, expected.map(|(what, by)| (what.to_owned(), by)));
    let other = sluice.caller("other");
    let path = format!("/task/history?task_id={task_id}");
    other.get(&path).await.refused(40401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_says_which_service_ran_a_task() {
    let sluice = Sluice::start().await;
    let (shop, orders) = (named(&sluice, "shop"), named(&sluice, "orders-service"));
    let task_id = shop.run(&json!(1)).await;
    let before = history(&shop, task_id).await;
    assert_eq!(before[0], ("added".to_owned(), by("shop")));
    let ended = json!({ "task_id": task_id, "status": 3 });
    orders.post("/task/finish", &ended).await.ok();
    let events = history(&shop, task_id).await;
    assert_eq!(
        events.last(),
        Some(&("ended".to_owned(), by("orders-service")))
    );
    // The same end again is no other event.
    orders.post("/task/finish", &ended).await.ok();
    assert_eq!(history(&shop, task_id).await, events);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_is_bounded_and_a_full_one_stops_nobody() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let task_id = demo.run(&json!(1)).await;
    let ended = json!({ "task_id": task_id, "status": 5 });
    demo.post("/task/finish", &ended).await.ok();
    let named = json!({ "task_ids": [task_id] });
    for _ in 0..=MAX_EVENTS / 2 {
        demo.post("/task/clear_show", &named).await.ok();
        demo.post("/task/show", &named).await.ok();
    }
    // The record itself does not say that it was added.
    assert_eq!(history(&demo, task_id).await.len(), MAX_EVENTS + 1);
    demo.post("/task/clear_show", &named).await.ok();
    assert!(
        !demo.task(task_id).await.message_show,
        "it was hidden all the same"
    );
    demo.verb("retry", task_id).await.ok();
    let events = history(&demo, task_id).await;
    assert_eq!(events.len(), MAX_EVENTS / 2 + 2);
    assert_eq!(events[0].0, "added");
    assert_eq!(events.last().expect("an event").0, "retried");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_of_the_version_before_has_the_history_that_its_record_shows() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let import = demo.import(&members(700, 5)).await;
    let task_id = import.task_id.get();
    let key = ("STATION#demo", &*format!("TASK#{task_id:016}"));
    let gone = "REMOVE #by SET nudges = :v";
    sluice
        .tamper(key, gone, AttributeValue::N("0".to_owned()))
        .await;
    let events = history(&demo, task_id).await;
    let expected = ["added", "started", "ended"];
    assert_eq!(events, expected.map(|what| (what.to_owned(), Value::Null)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_names_the_corrected_files_that_continue_it() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = b"member_no,name,points\nM1,Ann,1\nM2,Bob,x\nM3,Cy,y\n";
    let import = demo.import(file).await;
    let root = import.task_id.get();
    let mut children = Vec::new();
    for (row, name) in [(3, "M2,Bob"), (4, "M3,Cy")] {
        let corrected = format!(
            "member_no,name,points,error_row,error_column,error_code,error_message,error_task\n\
             {name},7,{row},points,not_a_number,,'{root}\n"
        );
        children.push(demo.import(corrected.as_bytes()).await);
    }
    let import = demo.task(root).await;
    let ids: Vec<_> = children.iter().map(|child| child.task_id).collect();
    assert_eq!(import.children, ids);
    assert_eq!(import.parent, None);
    for child in children {
        assert_eq!(child.parent, Some(import.task_id));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_an_id_and_no_two_have_the_same() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let mut ids = std::collections::BTreeSet::new();
    let nobody = demo.anonymous();
    for (caller, path) in [
        (&demo, "/task/list"),
        (&demo, "/task/list"),
        (&demo, "/task/get?task_id=1"),
        (&nobody, "/task/list"),
    ] {
        let id = caller.get(path).await.request_id;
        assert!(
            ids.insert(id.unwrap_or_else(|| panic!("{path} has no id"))),
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_of_the_api_is_served_to_everybody() {
    let sluice = Sluice::start().await;
    let served = reqwest::get(format!("{}/openapi.json", sluice.system.urls.api))
        .await
        .expect("an answer");
    assert_eq!(served.status(), 200);
    assert_eq!(served.headers()["content-type"], "application/json");
    let served: Value = served.json().await.expect("JSON");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/openapi.json");
    let kept = std::fs::read_to_string(path).expect("the file");
    assert_eq!(served, serde_json::from_str::<Value>(&kept).expect("JSON"));
}
