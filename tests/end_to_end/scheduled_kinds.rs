//! Schedules of each kind of task: what a run is given that changes from one run to the next.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::{Value, json};
use sluice_api::TaskView;
use sluice_task::TaskStatus;

use crate::harness::{BUCKET, Caller, STATION, Sluice, an_order, id_of, leave_unpolled, members};
use crate::schedules::{PATH, ago, by_hand, daily, make_due, put};

const STAGED: &str = "inbox/demo/.staged/new/members.csv";

/// Has the schedule due now and runs it. What became of the run.
async fn run(sluice: &Sluice, minutes_ago: i64) -> Value {
    make_due(sluice, ago(SignedDuration::from_mins(minutes_ago))).await;
    sluice.sweep().await;
    sluice.demo().get(PATH).await.ok()["last"].clone()
}

async fn finished(caller: &Caller, run: &Value) -> TaskView {
    let task = caller.ended(id_of(run)).await;
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    task
}

fn import(options: &Value) -> Value {
    daily(&json!({ "import": {
        "business": "member_import", "object_key": STAGED, "options": options } }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_imports_the_file_that_waits_in_the_inbox() {
    let sluice = by_hand().await;
    let demo = sluice.demo();
    let overwrite = json!({ "on_duplicate": "overwrite", "undoable": true });
    put(&demo, &import(&overwrite)).await;
    let nothing = run(&sluice, 9).await;
    assert_eq!(
        (&nothing["task_id"], &nothing["problem"]),
        (&Value::Null, &json!(format!("there is no file {STAGED}")))
    );
    // It waits there until the schedule is due.
    sluice.put_object(STAGED, &members(30, 2_501)).await;
    sluice.drained("sluice-uploads").await;
    assert!(sluice.rows_of(STATION).await.is_empty());
    let first = finished(&demo, &run(&sluice, 8).await).await;
    assert_eq!(first.rows.expect("rows").succeeded, 30);
    let input = &demo.record(first.task_id.get()).await["input"];
    assert_eq!(
        (&input["options"], &input["file_name"]),
        (&overwrite, &json!("new/members.csv"))
    );
    // The same file is imported once, and another one that takes its place.
    let same = run(&sluice, 7).await;
    assert_eq!(
        same["problem"],
        "the file is still the one that the run before imported"
    );
    // Unless it is not there any more.
    let undo = json!({ "task_id": first.task_id });
    let undo = id_of(&demo.post("/task/undo", &undo).await.ok());
    demo.ended(undo).await;
    let again = finished(&demo, &run(&sluice, 6).await).await;
    assert_eq!(again.rows.expect("rows").succeeded, 30);
    // Or unless that is wanted: another task has imported nothing yet, and says so itself.
    let skip = json!({ "on_duplicate": "skip" });
    let mut again = import(&skip);
    again["task"]["import"]["repeat"] = true.into();
    put(&demo, &again).await;
    for minutes in [5, 4] {
        let task = finished(&demo, &run(&sluice, minutes).await).await;
        assert_eq!(task.rows.expect("rows").skipped, 30);
    }
    put(&demo, &import(&overwrite)).await;
    sluice.put_object(STAGED, &members(40, 2_502)).await;
    let second = finished(&demo, &run(&sluice, 3).await).await;
    assert_eq!(second.rows.expect("rows").succeeded, 40);
    assert!(sluice.rows_of(STATION).await.len() >= 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_import_is_of_the_version_that_was_there_when_it_was_due() {
    let sluice = Sluice::with(|options| {
        leave_unpolled(options, "sweeper");
        leave_unpolled(options, "splitter");
    })
    .await;
    let demo = sluice.demo();
    put(&demo, &import(&json!({}))).await;
    sluice.put_object(STAGED, &members(30, 2_503)).await;
    let run = run(&sluice, 1).await;
    sluice.put_object(STAGED, &members(10, 2_504)).await;
    for message in sluice.take_all("sluice-uploads").await {
        assert!(sluice.deliver_to("splitter", &message).await);
    }
    let task = finished(&demo, &run).await;
    assert_eq!(task.rows.expect("rows").succeeded, 30, "{task:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_reconciles_the_months_up_to_its_own() {
    let sluice = Sluice::with(|options| {
        leave_unpolled(options, "sweeper");
        let wait = ("RECONCILE_WAIT_SECONDS".to_owned(), "0".to_owned());
        options.environment.extend([wait]);
    })
    .await;
    let demo = sluice.demo();
    put(&demo, &daily(&json!({ "reconcile": { "months": 2 } }))).await;
    let run = run(&sluice, 1).await;
    let task = finished(&demo, &run).await;
    let due: Timestamp = serde_json::from_value(run["due_at"].clone()).expect("a time");
    let month = due.to_zoned(TimeZone::UTC).date().first_of_month();
    let input = &demo.record(task.task_id.get()).await["input"];
    let name = |months: i64| {
        let month = month.checked_sub(months.months()).expect("a month");
        month.strftime("%Y-%m").to_string()
    };
    assert_eq!(
        (&input["from"], &input["to"]),
        (&json!(name(1)), &json!(name(0)))
    );
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_schedule_exports_the_orders_of_the_days_before_in_the_stations_form() {
    let sluice = by_hand().await;
    let demo = sluice.demo();
    let form = "file = \"csv\"\n[[columns]]\nheader = \"No\"\nfield = \"order_id\"\n";
    let objects = sluice.clients().await.s3;
    let stored = objects
        .put_object()
        .bucket(BUCKET)
        .key("formats/demo/mine.toml");
    let stored = stored.body(form.as_bytes().to_vec().into()).send().await;
    stored.expect("a form is stored");
    let yesterday = ago(SignedDuration::from_hours(24)).to_zoned(TimeZone::UTC);
    let orders: Vec<Value> = [("A1", 0), ("A2", 40)]
        .into_iter()
        .map(|(number, days)| {
            let day = yesterday.date().checked_sub(i64::from(days).days());
            let mut order = an_order(number);
            order["order_date"] = format!("{} 08:30:00", day.expect("a day")).into();
            order
        })
        .collect();
    let stored = demo.submit("two", &orders).await;
    demo.ended(stored).await;
    let wanted = json!({ "orders": { "by": "order_date", "days": 7, "format": "mine" } });
    put(&demo, &daily(&wanted)).await;
    // Within the day, so that yesterday is the day before.
    let task = finished(&demo, &run(&sluice, 0).await).await;
    let result = task.result.expect("a result");
    let file = demo
        .download(result["link"].as_str().expect("a link"))
        .await;
    assert_eq!(String::from_utf8_lossy(&file), "\u{feff}No\nA1\nA1\n");
    let msg = demo
        .call(
            "PUT",
            PATH,
            &daily(&json!({ "orders": { "by": "order_date", "days": 7, "format": "none" } })),
        )
        .await
        .refused(40001);
    assert!(msg.contains("there is no format `none`"), "{msg}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_hidden_from_an_administrator_is_not_stored() {
    let sluice = Sluice::start().await;
    let hidden = json!({ "orders": { "by": "order_date", "days": 1, "search_text": "…" } });
    let template = sluice.system.template();
    let token = sluice.system.tokens.sign(&json!({
        "iss": template.jwt_issuer, "aud": template.jwt_audience, "station_id": STATION,
        "scope": "task:write station:admin", "exp": jsonwebtoken::get_current_timestamp() + 600,
    }));
    let admin = sluice.demo().with_token(token.expect("a token"));
    let msg = admin.call("PUT", PATH, &daily(&hidden)).await;
    let msg = msg.refused(40301);
    assert!(msg.contains("takes the scope data:export, too"), "{msg}");
}
