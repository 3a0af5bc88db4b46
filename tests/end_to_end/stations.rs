//! Stations never see each other's tasks, and never change them.

use serde_json::json;

use crate::harness::{ROUTES, Sluice, TASKS, flawed_members, id_of, ids, process};

#[tokio::test(flavor = "multi_thread")]
async fn another_stations_task_is_no_such_task_to_every_verb() {
    let sluice = Sluice::start().await;
    let (mine, other) = (sluice.caller("mine"), sluice.caller("other"));
    // A task in each status, and imports: one that waits for its file, one with failed rows.
    let mut tasks = vec![mine.add(&json!(1)).await];
    for status in [2, 3, 4, 5] {
        let task_id = mine.run(&json!(status)).await;
        if status > 2 {
            let outcome = json!({ "status": status });
            mine.verb_with("finish", task_id, &outcome).await.ok();
        }
        tasks.push(task_id);
    }
    tasks.push(id_of(&mine.begin(200 << 20, &json!({})).await));
    let (file, _) = flawed_members(20, 821, 50.0, 0.0);
    tasks.push(mine.import(&file).await.task_id.get());
    // Whoever asks has tasks, too.
    other.run(&json!(1)).await;
    let before = sluice.items_of(TASKS).await;
    for route in ROUTES.iter().filter(|route| route.names_a_task()) {
        for task_id in &tasks {
            let msg = route.call(&other, *task_id).await.refused(40401);
            assert!(msg.starts_with("no such task"), "{route:?}: {msg}");
            // The same words as for a task that nobody has.
            let nobodys = route.call(&other, 12_345).await.refused(40401);
            assert_eq!(
                nobodys.replace("12345", ""),
                msg.replace(&task_id.to_string(), "")
            );
        }
    }
    assert!(
        sluice.items_of(TASKS).await == before,
        "something has changed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_stations_user_task_id_is_nobodys() {
    let sluice = Sluice::start().await;
    let (mine, other) = (sluice.caller("mine"), sluice.caller("other"));
    let mut request = process(&json!(1));
    request["user_task_id"] = "first".into();
    let task = mine.post("/task/add", &request).await.ok();
    let task_id = id_of(&task);
    for path in ["get", "errors", "explain"] {
        let path = format!("/task/{path}?user_task_id=first");
        mine.get(&path).await.ok();
        assert_eq!(other.get(&path).await.refused(40401), "no such task");
    }
    for query in [
        "",
        "?user_task_ids=first",
        &format!("?task_ids={task_id}"),
        "?status=1",
    ] {
        let list = other.get(&format!("/task/list{query}")).await.ok();
        assert_eq!(ids(&list), [0; 0], "{query}");
        let list = mine.get(&format!("/task/list{query}")).await.ok();
        assert_eq!(ids(&list), [task_id], "{query}");
    }
    // There it is the name of another task, of the same work.
    let theirs = other.post("/task/add", &request).await.ok();
    assert_ne!(theirs["task_id"], task["task_id"]);
    assert_eq!(theirs["station_id"], "other");
    other.verb("cancel", id_of(&theirs)).await.ok();
    assert_eq!(mine.record(task_id).await, task);
}

#[tokio::test(flavor = "multi_thread")]
async fn stations_whose_names_begin_alike_are_apart() {
    let sluice = Sluice::start().await;
    let names = ["a", "a-", "a1", "a_b", "A", "1"];
    let mut tasks = Vec::new();
    for name in names {
        tasks.push(sluice.caller(name).add(&json!(1)).await);
    }
    for (name, task_id) in names.iter().zip(&tasks) {
        let caller = sluice.caller(name);
        for query in ["", "?status=1", "?type=2"] {
            let list = caller.get(&format!("/task/list{query}")).await.ok();
            assert_eq!(ids(&list), [*task_id], "{name}{query}");
        }
    }
}
