//! `GET /task/profile`: where the time of a task went.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::{
    Caller, Fault, FaultyRoad, SMALL_CHUNKS, Sluice, TASKS, leave_unpolled, members,
    set_chunk_bytes,
};

async fn profile(caller: &Caller, task_id: u64) -> Value {
    let path = format!("/task/profile?task_id={task_id}");
    caller.get(&path).await.ok()
}

/// The stages by their stacks.
fn stages(profile: &Value) -> BTreeMap<String, Value> {
    let stages = profile["stages"].as_array().expect("stages");
    let stacked = |stage: &Value| {
        let stack = stage["stack"].as_array().expect("a stack").iter();
        let stack: Vec<&str> = stack.map(|name| name.as_str().expect("a name")).collect();
        assert_eq!(stage["name"].as_str(), stack.last().copied());
        (stack.join(";"), stage.clone())
    };
    stages.iter().map(stacked).collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_says_where_its_time_went() {
    let sluice = Sluice::with_small_chunks().await;
    let demo = sluice.demo();
    let task = demo.import(&members(700, 300)).await;
    let task_id = task.task_id.get();
    let profile = profile(&demo, task_id).await;
    let stages = stages(&profile);
    let chunks = task.chunks.expect("chunks").done;
    assert!(chunks > 1);
    assert_eq!(
        (&profile["chunks"], &stages["chunk"]["calls"]),
        (&json!(chunks), &json!(chunks))
    );
    for stack in [
        "chunk;check",
        "chunk;gate",
        "chunk;parse",
        "chunk;read",
        "chunk;write_batch",
        "queue_wait",
    ] {
        assert!(
            stages.contains_key(stack),
            "{stack} is not among {:?}",
            stages.keys()
        );
    }
    for stage in ["parse", "check"] {
        assert_eq!(
            stages[&format!("chunk;{stage}")]["calls"],
            700,
            "each row once"
        );
    }
    for (stack, stage) in &stages {
        let (total, own) = (number(&stage["total_ms"]), number(&stage["self_ms"]));
        assert!(0.0 <= own && own <= total, "{stack}: {own} of {total} ms");
    }
    assert_eq!(stages["chunk"]["total_percent"], 100.0);
    let (busy, wall) = (number(&profile["busy_ms"]), number(&profile["wall_ms"]));
    assert!(busy > 0.0 && wall > 0.0);
    assert!((number(&profile["concurrency"]) - busy / wall).abs() < 0.02);
    assert!(number(&profile["finishing_ms"]) <= wall);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_a_graph_or_folded_stacks_where_that_is_asked_for() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let task_id = demo.import(&members(700, 30)).await.task_id.get();
    let text = async |format: &str| {
        let path = format!("/task/profile?task_id={task_id}&format={format}");
        let profile = demo.get(&path).await.ok();
        profile["text"].as_str().expect("a text").to_owned()
    };
    let dot = text("dot").await;
    assert!(
        dot.starts_with("digraph profile {") && dot.contains(r#""chunk" -> "chunk;write_batch""#),
        "{dot}"
    );
    let folded = text("folded").await;
    assert!(
        folded
            .lines()
            .any(|line| line.starts_with("chunk;write_batch ")),
        "{folded}"
    );
    let path = format!("/task/profile?task_id={task_id}&format=svg");
    let msg = demo.get(&path).await.refused(40001);
    assert_eq!(msg, "format: expected json, dot or folded");
    let path = format!("/task/profile?task_id={task_id}");
    sluice.caller("other").get(&path).await.refused(40401);
    let handled = demo.run(&json!(1)).await;
    let path = format!("/task/profile?task_id={handled}");
    demo.get(&path).await.refused(40901);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_runs_has_the_profile_of_what_is_done() {
    let sluice = Sluice::with(|options| {
        set_chunk_bytes(options, SMALL_CHUNKS);
        leave_unpolled(options, "worker");
    })
    .await;
    let demo = sluice.demo();
    let task_id = demo.send(&members(700, 200), &json!({})).await;
    let messages = sluice.chunk_messages(&demo, task_id).await;
    assert_eq!(profile(&demo, task_id).await["stages"], json!([]));
    assert!(sluice.deliver(&messages[0]).await);
    let profile = profile(&demo, task_id).await;
    assert_eq!(profile["chunks"], 1);
    assert_eq!(profile["finishing_ms"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn waits_for_a_throttled_table_are_told_apart() {
    let road = FaultyRoad::start().await;
    let mut nth = 0;
    road.set_rule(move |operation| {
        nth += u32::from(operation == "BatchExecuteStatement");
        if operation == "BatchExecuteStatement" && nth % 2 == 1 {
            Fault::Throttled
        } else {
            Fault::None
        }
    });
    let sluice = Sluice::behind(&road, |_| {}).await;
    let demo = sluice.demo();
    let task_id = demo.import(&members(700, 100)).await.task_id.get();
    let stages = stages(&profile(&demo, task_id).await);
    let waits: f64 = (stages.iter())
        .filter(|(stack, _)| stack.ends_with(";wait"))
        .map(|(_, stage)| number(&stage["total_ms"]))
        .sum();
    assert!(waits > 0.0, "{:?}", stages.keys());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_says_where_its_time_went() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    demo.import(&members(700, 300)).await;
    let asked = json!({ "business": "member_import", "format": "csv" });
    let begun = demo.post("/export", &asked).await.ok();
    let task_id = begun["task_id"].as_u64().expect("a task id");
    demo.ended(task_id).await;
    let stages = stages(&profile(&demo, task_id).await);
    for (stack, calls) in [("chunk", 64), ("chunk;format", 700)] {
        assert_eq!(stages[stack]["calls"], calls, "{stack}");
    }
    for stack in ["chunk;query", "chunk;put_object"] {
        assert!(
            stages.contains_key(stack),
            "{stack} is not among {:?}",
            stages.keys()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_takes_no_write_unit() {
    let sluice = Sluice::with_small_chunks().await;
    let demo = sluice.demo();
    demo.import(&members(700, 300)).await;
    let mut markers = 0;
    for ((_, sk), item) in sluice.items_of(TASKS).await {
        if let Some(profile) = item.get("profile").filter(|_| sk.starts_with("CHUNK#")) {
            let profile = profile.as_s().expect("a text");
            assert!(!profile.is_empty() && profile.len() <= 200, "{profile}");
            // An item of up to 1 KB is one unit.
            let bytes: usize = item
                .iter()
                .map(|(name, value)| name.len() + format!("{value:?}").len())
                .sum();
            assert!(bytes < 1_024, "{bytes}");
            markers += 1;
        }
    }
    assert!(markers > 1);
}
