//! Exports: every row once or no file at all, and a file that comes back as it was.

use std::collections::{BTreeMap, BTreeSet};

use csv::StringRecord;
use serde_json::{Value, json};
use sluice_api::TaskView;
use sluice_definition::reported::restore;
use sluice_kind::TaskAction;
use sluice_task::TaskStatus;

use crate::harness::{Caller, STATION, Sluice, TASKS, id_of, leave_unpolled, members, numbers};

/// Members whose values are hard to carry: what spreadsheets compute, quotes, line breaks, leading zeros.
const AWKWARD: &str = "member_no,name,phone,email,gender,birthday,tier,points,joined_on,address\n\
    007,=1+1,+8613800138000,a@example.com,female,1990-01-31,gold,12,2020-02-29,=2+2\n\
    X-1,\"say \"\"hi\"\", \nthen go\",,,,,,,,\"a;=b\"\n\
    123456789012,张三,,,,,,0,,'9\n\
    Y,@cmd,,z@example.com,male,,bronze,1000000000,,\"''x\"\n";

async fn exported(caller: &Caller, wanted: &Value) -> TaskView {
    let begun = caller.post("/export", wanted).await.ok();
    assert_eq!(begun["async"], 1);
    let task_id = id_of(&begun);
    assert_eq!(begun["task_url"], format!("/task/get?task_id={task_id}"));
    caller.ended(task_id).await
}

/// Exports all members as CSV. The task, and the file.
async fn all_members(caller: &Caller) -> (TaskView, Vec<u8>) {
    let task = exported(caller, &json!({ "business": "member_import" })).await;
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    let file = file_of(caller, &task).await;
    (task, file)
}

async fn file_of(caller: &Caller, task: &TaskView) -> Vec<u8> {
    let result = task.result.as_ref().expect("a result");
    let file = caller
        .download(result["link"].as_str().expect("a link"))
        .await;
    assert_eq!(result["bytes"], file.len());
    file
}

/// The header and the rows of a file, with its texts as they were.
fn read(file: &[u8]) -> (StringRecord, Vec<StringRecord>) {
    let file = file
        .strip_prefix("\u{feff}".as_bytes())
        .expect("a byte order mark");
    let mut reader = csv::Reader::from_reader(file);
    let header = reader.headers().expect("a header").clone();
    let rows = reader.records().map(|row| {
        let row = row.expect("a row");
        row.iter()
            .map(|field| restore(field).into_owned())
            .collect()
    });
    (header, rows.collect())
}

/// Stored members of a station by their number, with their columns as text.
async fn stored(sluice: &Sluice, station: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let items = sluice.items().await.into_iter();
    let of_station = items.filter(|((pk, _), _)| pk.starts_with(&format!("{station}#")));
    let members = of_station.map(|((_, number), item)| {
        let columns = item
            .into_iter()
            .filter(|(name, _)| !matches!(name.as_str(), "pk" | "sk" | "_origin"));
        let columns = columns.map(|(name, value)| {
            let value = value.as_s().or_else(|_| value.as_n());
            (name, value.expect("a text or a number").clone())
        });
        (number, columns.collect())
    });
    members.collect()
}

fn by_number(file: &[u8]) -> BTreeMap<String, BTreeMap<String, String>> {
    let (header, rows) = read(file);
    let mut members = BTreeMap::new();
    for row in rows {
        let values = header.iter().zip(&row);
        let values =
            values.filter(|(name, value)| *name != "sluice_exported_at" && !value.is_empty());
        let values: BTreeMap<_, _> = values.map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        let number = values["member_no"].clone();
        assert!(members.insert(number, values).is_none(), "a row came twice");
    }
    members
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_has_every_row_once_with_the_values_that_are_stored() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    demo.import(&members(700, 1_701)).await;
    demo.import(AWKWARD.as_bytes()).await;
    sluice.caller("other").import(&members(50, 1_702)).await;
    let before = sluice.system.clients.meter.usage();
    let (task, file) = all_members(&demo).await;
    assert!(by_number(&file) == stored(&sluice, STATION).await);
    let result = task.result.expect("a result");
    assert_eq!(
        (result["rows"].as_u64(), &result["format"]),
        (Some(704), &json!("csv"))
    );
    let rows = task.rows.expect("rows");
    assert_eq!((rows.read, rows.succeeded), (704, 704));
    // Each partition has less than what one unit reads, or little more.
    let units = sluice.system.clients.meter.usage().read_units - before.read_units;
    let actual = result["actual"]["read_units"].as_u64().expect("read units");
    assert!(
        (64..100).contains(&actual) && actual as f64 <= units,
        "{actual} of {units}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exported_file_that_is_imported_with_overwrite_changes_nothing() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let awkward = demo.import(AWKWARD.as_bytes()).await;
    assert_eq!(awkward.reason, None, "{:?}", awkward.result);
    demo.import(&members(200, 1_703)).await;
    let before = stored(&sluice, STATION).await;
    assert_eq!(before.len(), 204);
    for format in ["csv", "xlsx"] {
        let wanted = json!({ "business": "member_import", "format": format });
        let task = exported(&demo, &wanted).await;
        assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
        let file = file_of(&demo, &task).await;
        let options = json!({ "on_duplicate": "overwrite" });
        let import = demo.import_with(&file, &options).await;
        assert_eq!(
            (import.status, &import.reason),
            (TaskStatus::Finished, &None),
            "{format}"
        );
        assert_eq!(import.rows.expect("rows").succeeded, 204);
        let columns = import.columns.expect("columns");
        assert!(
            columns.ignored.is_empty(),
            "{format}: {:?}",
            columns.ignored
        );
        assert!(stored(&sluice, STATION).await == before, "{format}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_some_columns_that_is_imported_with_overwrite_keeps_the_others() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    demo.import(&members(40, 1_711)).await;
    let before = stored(&sluice, STATION).await;
    for format in ["csv", "xlsx"] {
        let wanted = json!({
            "business": "member_import", "format": format, "columns": ["member_no", "name"],
        });
        let task = exported(&demo, &wanted).await;
        let file = file_of(&demo, &task).await;
        let options = json!({ "on_duplicate": "overwrite" });
        let import = demo.import_with(&file, &options).await;
        assert_eq!(import.rows.expect("rows").succeeded, 40, "{format}");
        assert!(stored(&sluice, STATION).await == before, "{format}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_and_columns_are_chosen() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    demo.import(&members(300, 1_704)).await;
    let all = stored(&sluice, STATION).await;
    let wanted = json!({
        "business": "member_import",
        "columns": ["name", "member_no"],
        "filter": { "tier": "gold", "points": { "from": 100, "to": 50_000 }, "joined_on": { "from": "2015-01-01" } },
    });
    let task = exported(&demo, &wanted).await;
    let (header, rows) = read(&file_of(&demo, &task).await);
    assert_eq!(header, vec!["name", "member_no", "sluice_exported_at"]);
    let found: BTreeSet<&str> = rows.iter().map(|row| &row[1]).collect();
    let has = |row: &BTreeMap<String, String>, name: &str, takes: &dyn Fn(&str) -> bool| {
        row.get(name).is_some_and(|value| takes(value))
    };
    let expected = all.values().filter(|row| {
        has(row, "tier", &|tier| tier == "gold")
            && has(row, "points", &|n| {
                (100..=50_000).contains(&n.parse::<u64>().unwrap())
            })
            && has(row, "joined_on", &|day| day >= "2015-01-01")
    });
    let expected: BTreeSet<&str> = expected.map(|row| row["member_no"].as_str()).collect();
    assert!(!expected.is_empty() && expected.len() < all.len());
    assert_eq!(found, expected);

    let wanted = json!({ "business": "member_import", "filter": { "member_no": "nobody" } });
    let task = exported(&demo, &wanted).await;
    assert_eq!(task.status, TaskStatus::Finished);
    assert_eq!(task.result.as_ref().expect("a result")["rows"], 0);
    assert!(read(&file_of(&demo, &task).await).1.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn sensitive_columns_are_for_tokens_with_the_scope() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    demo.import(&members(30, 1_705)).await;
    let template = sluice.system.template();
    let token = sluice.system.tokens.sign(&json!({
        "iss": template.jwt_issuer, "aud": template.jwt_audience, "station_id": STATION,
        "scope": "task:read task:write", "exp": jsonwebtoken::get_current_timestamp() + 600,
    }));
    let clerk = demo.with_token(token.expect("a token"));
    let (_, file) = all_members(&clerk).await;
    let (header, rows) = read(&file);
    assert_eq!(rows.len(), 30);
    assert!(header.iter().all(|name| name != "phone" && name != "email"));
    // Who may see less gets neither the file nor the values that it was chosen by.
    let wanted = json!({ "business": "member_import", "filter": { "phone": "+8613800138000" } });
    let task = exported(&demo, &wanted).await;
    let task_id = task.task_id.get();
    assert!(task.result.expect("a result")["link"].is_string());
    let seen = clerk.task(task_id).await;
    let result = seen.result.expect("a result");
    assert_eq!(result["link"], Value::Null);
    let why = result["link_refused"].as_str().expect("a reason");
    assert!(why.contains("data:export"), "{why}");
    for caller in [&clerk, &demo] {
        let list = caller.get("/task/list").await.ok();
        assert!(!list.to_string().contains("13800138000"), "{list}");
        assert_eq!(caller.task(task_id).await.input["filter"]["phone"], "…");
    }
    for refused in [
        json!({ "business": "member_import", "columns": ["member_no", "phone"] }),
        json!({ "business": "member_import", "filter": { "email": "a@example.com" } }),
    ] {
        let msg = clerk.post("/export", &refused).await.refused(40301);
        assert!(msg.contains("data:export"), "{msg}");
    }
    let (header, _) = read(&all_members(&demo).await.1);
    assert!(header.iter().any(|name| name == "phone"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_exported_is_refused_and_says_why() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let members = |more: Value| {
        let mut wanted = json!({ "business": "member_import" });
        for (name, value) in more.as_object().expect("an object") {
            wanted[name] = value.clone();
        }
        wanted
    };
    for (wanted, words) in [
        (json!({ "business": "nobody" }), "not a known business"),
        (
            json!({ "business": "points_adjustment" }),
            "stored in no table",
        ),
        (members(json!({ "format": "pdf" })), "pdf"),
        (members(json!({ "columns": [] })), "at least one"),
        (members(json!({ "columns": ["colour"] })), "`colour`"),
        (
            members(json!({ "filter": { "colour": "red" } })),
            "`colour`",
        ),
        (
            members(json!({ "filter": { "points": "many" } })),
            "`points`",
        ),
        (
            members(json!({ "filter": { "tier": { "from": "gold" } } })),
            "no order",
        ),
        (
            members(json!({ "filter": { "points": { "from": 2, "to": 1 } } })),
            "larger",
        ),
        (members(json!({ "colour": "red" })), "colour"),
    ] {
        let msg = demo.post("/export", &wanted).await.refused(40001);
        assert!(msg.contains(words), "{wanted}: {msg}");
    }
    let anonymous = demo.anonymous();
    assert_eq!(anonymous.status("POST", "/export").await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_again_with_the_same_id_gives_the_same_task() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let mut wanted = json!({ "business": "member_import", "user_task_id": "march" });
    let first = demo.post("/export", &wanted).await.ok();
    assert_eq!(demo.post("/export", &wanted).await.ok(), first);
    wanted["format"] = "xlsx".into();
    demo.post("/export", &wanted).await.refused(40901);
    let other = json!({ "business": "member_import" });
    let ids: BTreeSet<u64> = [
        id_of(&first),
        id_of(&demo.post("/export", &other).await.ok()),
        id_of(&demo.post("/export", &other).await.ok()),
    ]
    .into();
    assert_eq!(ids.len(), 3, "without an id each is another");
}

/// A system whose segments and whose ends wait for the test.
async fn by_hand() -> Sluice {
    Sluice::with(|options| {
        leave_unpolled(options, "worker");
        leave_unpolled(options, "finisher");
    })
    .await
}

/// Imports members by hand.
async fn import(sluice: &Sluice, caller: &Caller, file: &[u8], options: &Value) {
    let task_id = caller.send(file, options).await;
    sluice
        .deliver_all(&sluice.chunk_messages(caller, task_id).await)
        .await;
    sluice.show_to_finisher(task_id).await;
    let task = caller.ended(task_id).await;
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
}

/// Begins an export of members. Its id, and the messages of its segments.
async fn begin(sluice: &Sluice, caller: &Caller) -> (u64, Vec<String>) {
    let begun = caller
        .post("/export", &json!({ "business": "member_import" }))
        .await;
    let task_id = id_of(&begun.ok());
    (task_id, sluice.chunk_messages(caller, task_id).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_that_is_dropped_cut_or_swapped_fails_the_export_and_says_why() {
    let sluice = by_hand().await;
    let demo = sluice.demo();
    import(&sluice, &demo, &members(400, 1_706), &json!({})).await;
    let clients = sluice.clients().await;
    for (how, words) in [
        ("drop", "is gone"),
        ("cut", "bytes"),
        ("change", "is not what was written"),
        ("swap", "bytes"),
        ("marker", "chunks planned against chunks reported"),
        ("plan", "the plan is missing"),
    ] {
        let (task_id, messages) = begin(&sluice, &demo).await;
        sluice.deliver_all(&messages).await;
        let prefix = format!("exports/{STATION}/{task_id}/");
        let objects = sluice_aws::Objects::new(&clients, crate::harness::BUCKET.to_owned());
        let keys = objects.list(&prefix).await.expect("segments");
        assert!(keys.len() > 2);
        let content = sluice.object(&keys[0]).await.expect("a segment");
        match how {
            "drop" => delete(&sluice, &keys[0]).await,
            "cut" => {
                sluice
                    .put_object(&keys[0], &content[..content.len() - 1])
                    .await;
            }
            "change" => {
                let mut other = content.clone();
                other[0] ^= 1;
                sluice.put_object(&keys[0], &other).await;
            }
            "swap" => {
                let mut others = keys.iter().skip(1);
                let (key, other) = loop {
                    let key = others.next().expect("a segment of another size");
                    let other = sluice.object(key).await.expect("a segment");
                    if other.len() != content.len() {
                        break (key, other);
                    }
                };
                sluice.put_object(&keys[0], &other).await;
                sluice.put_object(key, &content).await;
            }
            "marker" => {
                let marker = (
                    format!("TASK#{STATION}#{task_id}"),
                    "CHUNK#00000003".to_owned(),
                );
                forget(&sluice, marker).await;
            }
            _ => {
                for key in objects
                    .list(&format!("manifests/{STATION}/{task_id}/"))
                    .await
                    .expect("a plan")
                {
                    delete(&sluice, &key).await;
                }
            }
        }
        sluice.show_to_finisher(task_id).await;
        let task = demo.ended(task_id).await;
        assert_eq!(task.status, TaskStatus::Failed, "{how}");
        let reason = task.reason.expect("a reason");
        assert!(reason.contains(words), "{how}: {reason}");
        let link = task.result.as_ref().map(|result| &result["link"]);
        assert!(link.is_none_or(Value::is_null), "{how}");
        let file = sluice
            .object(&format!("results/{STATION}/{task_id}/export.csv"))
            .await;
        assert!(file.is_none(), "{how}");
    }
}

async fn delete(sluice: &Sluice, key: &str) {
    let s3 = sluice.clients().await.s3;
    let delete = s3.delete_object().bucket(crate::harness::BUCKET).key(key);
    delete.send().await.expect("it is deleted");
}

async fn forget(sluice: &Sluice, (pk, sk): (String, String)) {
    use aws_sdk_dynamodb::types::AttributeValue::S;
    let dynamodb = sluice.clients().await.dynamodb;
    let delete = dynamodb
        .delete_item()
        .table_name(TASKS)
        .key("pk", S(pk))
        .key("sk", S(sk));
    delete.send().await.expect("it is deleted");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_exist_throughout_are_in_the_file_once_whatever_is_written_meanwhile() {
    let sluice = by_hand().await;
    let demo = sluice.demo();
    let file = members(300, 1_707);
    import(&sluice, &demo, &file, &json!({})).await;
    let before = stored(&sluice, STATION).await;
    let (task_id, messages) = begin(&sluice, &demo).await;
    let (first, last) = messages.split_at(20);
    sluice.deliver_all(first).await;
    // All rows are written again, and others come.
    import(
        &sluice,
        &demo.repeating(),
        &file,
        &json!({ "on_duplicate": "overwrite" }),
    )
    .await;
    import(
        &sluice,
        &demo,
        &members(200, 1_708),
        &json!({ "on_duplicate": "skip" }),
    )
    .await;
    sluice.deliver_all(last).await;
    // A message that comes again changes nothing.
    sluice.deliver_all(&messages).await;
    sluice.show_to_finisher(task_id).await;
    let task = demo.ended(task_id).await;
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    let exported = by_number(&file_of(&demo, &task).await);
    for (number, row) in &before {
        assert_eq!(exported.get(number), Some(row));
    }
    assert!(exported.len() >= before.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_export_has_no_file_and_a_retry_completes_it() {
    let sluice = by_hand().await;
    let demo = sluice.demo();
    import(&sluice, &demo, &members(200, 1_709), &json!({})).await;
    let (task_id, messages) = begin(&sluice, &demo).await;
    sluice.deliver_all(&messages[..0]).await;
    for message in &messages[..10] {
        assert!(sluice.deliver(message).await);
    }
    demo.verb("cancel", task_id).await.ok();
    for message in &messages {
        assert!(sluice.deliver(message).await);
    }
    sluice.show_to_finisher(task_id).await;
    let task = demo.ended(task_id).await;
    assert_eq!(
        (task.status, task.reason.as_deref()),
        (TaskStatus::Failed, Some("cancelled"))
    );
    assert!(task.actions.contains(&TaskAction::Retry));
    demo.verb("retry", task_id).await.ok();
    let again = sluice.chunk_messages(&demo, task_id).await;
    assert_eq!(numbers(&again).len(), 64);
    sluice.take_all(crate::harness::CHUNKS).await;
    sluice.deliver_all(&again).await;
    sluice.show_to_finisher(task_id).await;
    let task = demo.ended(task_id).await;
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    let exported = by_number(&file_of(&demo, &task).await);
    assert!(exported == stored(&sluice, STATION).await);
}

#[tokio::test(flavor = "multi_thread")]
pub async fn rows_of_every_table_can_be_exported() {
    let sluice = Sluice::start().await;
    for (business, file) in [
        (
            "staff_import",
            "staff_no,name,email\nS1,Ann,ann@example.com\nS2,Bo,\n",
        ),
        (
            "score_import",
            "member_no,date,points\nM1,2026-01-31,5\nM2,2026-02-28,7\n",
        ),
    ] {
        let caller = sluice.demo().of_business(business);
        let import = caller.import(file.as_bytes()).await;
        assert_eq!(import.reason, None, "{business}: {:?}", import.result);
        let task = exported(&caller, &json!({ "business": business })).await;
        assert_eq!(
            (task.status, &task.reason),
            (TaskStatus::Finished, &None),
            "{business}"
        );
        let (_, rows) = read(&file_of(&caller, &task).await);
        assert_eq!(rows.len(), 2, "{business}");
    }
}
