//! Schedules: tasks that are started again and again, at their time and once.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sluice_task::TaskStatus;

use crate::harness::{
    Answer, Caller, Item, STATION, Sluice, TASKS, id_of, leave_unpolled, members, process, text,
};
use crate::limits::limit;

pub(crate) const PATH: &str = "/station/schedules/nightly";

fn export() -> Value {
    json!({ "export": { "business": "member_import" } })
}

pub(crate) fn daily(task: &Value) -> Value {
    json!({ "when": { "time": "02:30" }, "task": task })
}

pub(crate) async fn put(caller: &Caller, schedule: &Value) -> Value {
    caller.call("PUT", PATH, schedule).await.ok()
}

async fn delete(caller: &Caller, path: &str) -> Answer {
    caller.call("DELETE", path, &json!({})).await
}

/// A system whose sweeper runs when the test says so.
pub(crate) async fn by_hand() -> Sluice {
    Sluice::with(|options| leave_unpolled(options, "sweeper")).await
}

pub(crate) fn ago(time: SignedDuration) -> Timestamp {
    Timestamp::now() - time
}

/// The schedule's item, and the marks of all schedules.
async fn stored(sluice: &Sluice) -> (Item, Vec<Item>) {
    let items = sluice.items_of(TASKS).await;
    let schedule = items
        .iter()
        .find(|((_, sk), _)| sk == "SCHEDULE#nightly")
        .expect("a schedule");
    let marks = items.iter().filter(|((pk, _), _)| pk == "SCHEDULES");
    (
        schedule.1.clone(),
        marks.map(|(_, mark)| mark.clone()).collect(),
    )
}

async fn put_items(sluice: &Sluice, items: Vec<Item>) {
    let dynamodb = sluice.clients().await.dynamodb;
    for item in items {
        let put = dynamodb.put_item().table_name(TASKS);
        let put = put.set_item(Some(item)).send().await;
        put.expect("an item is stored");
    }
}

/// Has the schedule been due since a time. Its items as they are then.
pub(crate) async fn make_due(sluice: &Sluice, due: Timestamp) -> Vec<Item> {
    let (mut schedule, marks) = stored(sluice).await;
    let [mark] = &marks[..] else {
        panic!("{marks:?}")
    };
    let dynamodb = sluice.clients().await.dynamodb;
    let delete = dynamodb.delete_item().table_name(TASKS);
    let delete = delete.key("pk", mark["pk"].clone());
    let delete = delete.key("sk", mark["sk"].clone()).send().await;
    delete.expect("an item is deleted");
    let text_of = |text: &str| AttributeValue::S(text.to_owned());
    let mut json: Value = serde_json::from_str(text(&schedule, "schedule")).expect("JSON");
    json["next_at"] = due.to_string().into();
    schedule.insert("schedule".to_owned(), text_of(&json.to_string()));
    let mut mark = mark.clone();
    let sk = format!("{:013}#{STATION}#nightly", due.as_millisecond());
    mark.insert("sk".to_owned(), text_of(&sk));
    mark.insert("due".to_owned(), text_of(&due.to_string()));
    let items = vec![schedule, mark];
    put_items(sluice, items.clone()).await;
    items
}

async fn tasks(caller: &Caller) -> Vec<Value> {
    let list = caller.get("/task/list").await.ok();
    list["tasks"].as_array().expect("tasks").clone()
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_schedule_starts_its_task_once_and_is_set_for_the_next_time() {
    let sluice = by_hand().await;
    let demo = sluice.demo();
    demo.import(&members(20, 2_401)).await;
    let before = tasks(&demo).await.len();
    let set = put(&demo, &daily(&export())).await;
    assert_eq!(
        (&set["last"], &set["enabled"]),
        (&Value::Null, &json!(true))
    );
    assert_eq!(set["time_zone"], "UTC");
    let next: Timestamp = serde_json::from_value(set["next_at"].clone()).expect("a time");
    let ahead = next.duration_since(Timestamp::now());
    assert!((0..=24).contains(&ahead.as_hours()) && next.to_string().contains("T02:30:00"));
    // It is not time yet.
    sluice.sweep().await;
    assert_eq!(tasks(&demo).await.len(), before);
    let due = ago(SignedDuration::from_secs(30));
    make_due(&sluice, due).await;
    futures::future::join_all((0..3).map(|_| sluice.sweep())).await;
    sluice.sweep().await;
    let all = tasks(&demo).await;
    assert_eq!(all.len(), before + 1, "{all:?}");
    let ran = demo.get(PATH).await.ok();
    assert_eq!(
        (&ran["next_at"], &ran["last"]["problem"]),
        (&set["next_at"], &Value::Null)
    );
    let task_id = id_of(&ran["last"]);
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Finished);
    let id = task.user_task_id.expect("an id").to_string();
    let expected = format!("schedule/nightly/{}", due.strftime("%Y%m%dT%H%MZ"));
    assert_eq!(id, expected);
    let result = task.result.expect("a result");
    assert_eq!(result["rows"], 20);
    assert_eq!(json!(task.created_by), ran["created_by"]);
    let (_, marks) = stored(&sluice).await;
    assert_eq!(marks.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_evaluates_the_month_before() {
    let sluice = Sluice::with(|options| {
        leave_unpolled(options, "sweeper");
        let wait = ("RECONCILE_WAIT_SECONDS".to_owned(), "0".to_owned());
        options.environment.extend([wait]);
    })
    .await;
    let demo = sluice.demo();
    demo.import(&members(20, 2_402)).await;
    let monthly = json!({ "when": { "time": "03:00", "days": [1] }, "time_zone": "Asia/Shanghai",
        "task": { "evaluate": {} } });
    let set = put(&demo, &monthly).await;
    assert_eq!(set["task"], json!({ "evaluate": {} }));
    let due = ago(SignedDuration::from_mins(2));
    make_due(&sluice, due).await;
    sluice.sweep().await;
    let ran = demo.get(PATH).await.ok();
    let task = demo.ended(id_of(&ran["last"])).await;
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    let here = due.to_zoned(jiff::tz::TimeZone::get("Asia/Shanghai").expect("a zone"));
    let before = here.date().first_of_month().yesterday().expect("a day");
    let result = task.result.expect("a result");
    assert_eq!(result["period"], before.strftime("%Y-%m").to_string());
    assert_eq!(result["members"], 20);
    // The right to evaluate is needed for it.
    let mut wrong = monthly;
    wrong["task"]["evaluate"]["period"] = json!("2026-01");
    let msg = demo.call("PUT", PATH, &wrong).await.refused(40001);
    assert!(msg.contains("unknown field `period`"), "{msg}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweeper_that_dies_after_it_has_started_the_task_starts_no_other() {
    let sluice = by_hand().await;
    let demo = sluice.demo();
    put(
        &demo,
        &daily(&json!({ "add": process(&json!({ "n": 1 })) })),
    )
    .await;
    let before = make_due(&sluice, ago(SignedDuration::from_secs(30))).await;
    sluice.sweep().await;
    let first = demo.get(PATH).await.ok();
    // As if it had died before it wrote down that it has.
    put_items(&sluice, before).await;
    sluice.sweep().await;
    let second = demo.get(PATH).await.ok();
    assert_eq!(first["last"], second["last"]);
    let all = tasks(&demo).await;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0]["status"], 1);
    // It is a task like any other for the service that runs it, and its work may be done again.
    let task_id = id_of(&second["last"]);
    demo.verb("start", task_id).await.ok();
    demo.verb_with("finish", task_id, &json!({ "status": 3 }))
        .await
        .ok();
    make_due(&sluice, ago(SignedDuration::from_mins(2))).await;
    sluice.sweep().await;
    assert_eq!(tasks(&demo).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_missed_happens_once_or_never_as_it_was_set() {
    let sluice = by_hand().await;
    let demo = sluice.demo();
    for (missed, expected) in [("once", 1), ("never", 1)] {
        let mut schedule = daily(&export());
        schedule["missed"] = missed.into();
        put(&demo, &schedule).await;
        // Three days of it.
        make_due(&sluice, ago(SignedDuration::from_hours(72))).await;
        sluice.sweep().await;
        sluice.sweep().await;
        assert_eq!(tasks(&demo).await.len(), expected, "{missed}");
        let ran = demo.get(PATH).await.ok();
        let has_task = ran["last"]["task_id"].is_u64();
        assert_eq!(has_task, missed == "once", "{ran}");
        let next: Timestamp = serde_json::from_value(ran["next_at"].clone()).expect("a time");
        assert!(next > Timestamp::now());
    }
    let ran = demo.get(PATH).await.ok();
    assert_eq!(ran["last"]["problem"], "it was missed and left out");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_finds_no_room_happens_when_there_is_some() {
    let sluice = Sluice::with(|options| {
        leave_unpolled(options, "sweeper");
        leave_unpolled(options, "splitter");
    })
    .await;
    let demo = sluice.demo();
    limit(&sluice, STATION, &[("max_running_imports", 1)]).await;
    let wanted = json!({ "business": "member_import" });
    let other = id_of(&demo.post("/export", &wanted).await.ok());
    put(&demo, &daily(&export())).await;
    make_due(&sluice, ago(SignedDuration::from_secs(30))).await;
    sluice.sweep().await;
    assert_eq!(tasks(&demo).await.len(), 1);
    assert_eq!(demo.get(PATH).await.ok()["last"], Value::Null);
    demo.verb("cancel", other).await.ok();
    sluice.sweep().await;
    assert!(demo.get(PATH).await.ok()["last"]["task_id"].is_u64());
    assert_eq!(tasks(&demo).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_that_is_disabled_changed_or_deleted_starts_nothing_old() {
    let sluice = by_hand().await;
    let demo = sluice.demo();
    put(&demo, &daily(&export())).await;
    let due = make_due(&sluice, ago(SignedDuration::from_secs(30))).await;
    let mut off = daily(&export());
    off["enabled"] = false.into();
    let disabled = put(&demo, &off).await;
    assert_eq!(disabled["next_at"], Value::Null);
    assert!(stored(&sluice).await.1.is_empty());
    // A mark that was left behind.
    put_items(&sluice, due[1..].to_vec()).await;
    sluice.sweep().await;
    assert!(tasks(&demo).await.is_empty() && stored(&sluice).await.1.is_empty());
    let mut moved = daily(&export());
    moved["when"] = json!({ "time": "05:00", "days": [-1], "weekdays": ["friday"] });
    moved["time_zone"] = "Asia/Shanghai".into();
    let moved = put(&demo, &moved).await;
    assert!(
        moved["next_at"]
            .as_str()
            .expect("a time")
            .contains("T21:00:00")
    );
    delete(&demo, PATH).await.ok();
    assert_eq!(
        demo.get("/station/schedules").await.ok()["schedules"],
        json!([])
    );
    put_items(&sluice, due[1..].to_vec()).await;
    sluice.sweep().await;
    assert!(tasks(&demo).await.is_empty());
    demo.get(PATH).await.refused(40401);
    delete(&demo, PATH).await.refused(40401);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_fires_or_could_not_start_is_refused_when_it_is_set() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let when = |when: Value| json!({ "when": when, "task": export() });
    for (wrong, words) in [
        (
            when(json!({ "time": "02:30", "months": [2], "days": [30] })),
            "never fires",
        ),
        (when(json!({ "time": "25:00" })), "when.time"),
        (when(json!({ "time": "02:30", "days": [] })), "when.days"),
        (
            when(json!({ "time": "02:30", "weekdays": ["caturday"] })),
            "weekdays",
        ),
        (when(json!({ "time": "02:30", "hours": [1] })), "hours"),
        (json!({ "when": { "time": "02:30" }, "task": {} }), "task"),
        (json!({ "when": { "time": "02:30" } }), "task"),
        (
            daily(&json!({ "upload": { "business": "member_import" } })),
            "upload",
        ),
        (
            daily(&json!({ "export": { "business": "nothing" } })),
            "not a known business",
        ),
        (
            daily(&json!({ "export": { "business": "member_import", "user_task_id": "x" } })),
            "user_task_id",
        ),
        (
            json!({ "when": { "time": "02:30" }, "time_zone": "Mars", "task": export() }),
            "time_zone",
        ),
    ] {
        let msg = demo.call("PUT", PATH, &wrong).await.refused(40001);
        assert!(msg.contains(words), "{wrong}: {msg}");
    }
    let path = "/station/schedules/Every%20Night";
    let msg = demo
        .call("PUT", path, &daily(&export()))
        .await
        .refused(40001);
    assert!(msg.contains("name of a schedule"), "{msg}");
    demo.get(PATH).await.refused(40401);
}

#[tokio::test(flavor = "multi_thread")]
async fn schedules_are_for_administrators_of_their_station_and_at_most_twenty() {
    let sluice = Sluice::start().await;
    let (demo, other) = (sluice.demo(), sluice.caller("other"));
    for n in 0..20 {
        let path = format!("/station/schedules/s{n}");
        demo.call("PUT", &path, &daily(&export())).await.ok();
    }
    let msg = demo
        .call("PUT", PATH, &daily(&export()))
        .await
        .refused(40901);
    assert!(msg.contains("20 schedules"), "{msg}");
    // One that is there can be changed all the same.
    demo.call("PUT", "/station/schedules/s7", &daily(&export()))
        .await
        .ok();
    let list = demo.get("/station/schedules").await.ok();
    assert_eq!(list["schedules"].as_array().map(Vec::len), Some(20));
    assert_eq!(
        other.get("/station/schedules").await.ok()["schedules"],
        json!([])
    );
    other.get("/station/schedules/s7").await.refused(40401);
    delete(&other, "/station/schedules/s7").await.refused(40401);
    let template = sluice.system.template();
    let token = |scope: &str| {
        let token = sluice.system.tokens.sign(&json!({
            "iss": template.jwt_issuer, "aud": template.jwt_audience, "station_id": STATION,
            "scope": scope, "exp": jsonwebtoken::get_current_timestamp() + 600,
        }));
        demo.with_token(token.expect("a token"))
    };
    let path = "/station/schedules/s7";
    let clerk = token("task:read task:write");
    clerk.get(path).await.refused(40301);
    let service = daily(&json!({ "add": process(&json!(1)) }));
    let admin = token("task:write station:admin");
    // Whoever sets a schedule needs the right to start its task.
    admin.call("PUT", path, &service).await.refused(40301);
    let secret = json!({ "export": { "business": "member_import", "columns": ["phone"] } });
    admin
        .call("PUT", path, &daily(&secret))
        .await
        .refused(40301);
    admin.call("PUT", path, &daily(&export())).await.ok();
    // Who may not see sensitive data does not see by what a schedule filters.
    let filtered = json!({ "export": { "business": "member_import",
        "filter": { "phone": "+8613800138000", "tier": "gold" } } });
    demo.call("PUT", path, &daily(&filtered)).await.ok();
    let seen = admin.get(path).await.ok();
    let filter = &seen["task"]["export"]["filter"];
    assert_eq!(
        (&filter["phone"], &filter["tier"]),
        (&json!("…"), &json!("gold"))
    );
    let seen = demo.get(path).await.ok();
    assert_eq!(seen["task"]["export"]["filter"]["phone"], "+8613800138000");
}
