//! Webhooks: whoever is to hear that a task has ended hears it, signed, and nobody else does.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::harness::{
    Caller, HookReceiver, Item, STATION, Sluice, TASKS, Told, eventually, id_of, leave_unpolled,
    members, text,
};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER_SECRET: &str = "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH";
const NOTICES: &str = "sluice-notices";
/// The waits after tries that failed, in seconds.
const WAITS: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// Sets a station's webhooks. The configuration as it is answered.
async fn set(caller: &Caller, webhooks: Value) -> Value {
    let mut config = caller.get("/station/config").await.ok();
    config["webhooks"] = webhooks;
    caller.call("PUT", "/station/config", &config).await.ok()
}

fn hook(url: &str) -> Value {
    json!({ "id": "shop", "url": url, "secret": SECRET })
}

/// Runs a task of a service to its end. Its id.
async fn run(caller: &Caller, status: u8) -> u64 {
    // Equal work would be refused.
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let input = json!({ "run": NEXT.fetch_add(1, Ordering::Relaxed) });
    let task_id = caller.run(&input).await;
    let end = json!({ "status": status, "reason": "as the test says" });
    caller.verb_with("finish", task_id, &end).await.ok();
    task_id
}

/// The one delivery of a station.
async fn delivery(caller: &Caller, state: &str) -> Value {
    let path = format!("/station/webhooks/deliveries?state={state}");
    eventually("a delivery", async || {
        let list = caller.get(&path).await.ok();
        list["deliveries"].get(0).cloned()
    })
    .await
}

/// The notices that wait, in the order in which they are due.
async fn notices(sluice: &Sluice) -> Vec<Item> {
    let items = sluice.items_of(TASKS).await.into_iter();
    let notices = items.filter(|((pk, _), _)| pk == "NOTICES");
    notices.map(|(_, item)| item).collect()
}

/// The message that has a notice looked at.
fn message(notice: &Item) -> String {
    let sk = text(notice, "sk");
    format!(r#"{{"version":1,"station_id":"{STATION}","notice":"{sk}"}}"#)
}

async fn no_notice_is_left(sluice: &Sluice) {
    let none = async || notices(sluice).await.is_empty().then_some(());
    eventually("that everybody was told", none).await;
}

/// A system whose notices wait for the test.
async fn by_hand() -> Sluice {
    Sluice::with(|options| {
        leave_unpolled(options, "notifier");
        leave_unpolled(options, "sweeper");
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
pub async fn every_end_of_a_task_is_told_once_and_the_signature_verifies() {
    let sluice = Sluice::start().await;
    let (demo, receiver) = (sluice.demo(), HookReceiver::start().await);
    set(&demo, json!([hook(&receiver.url)])).await;
    // A task of a service, also when its end is told twice.
    let finished = run(&demo, 3).await;
    let end = json!({ "status": 3, "reason": "as the test says" });
    demo.verb_with("finish", finished, &end).await.ok();
    // A task that is cancelled before it starts, tried again and cancelled again.
    let cancelled = demo.add(&json!({ "n": 2 })).await;
    demo.verb("cancel", cancelled).await.ok();
    demo.verb("retry", cancelled).await.ok();
    demo.verb("cancel", cancelled).await.ok();
    // An import, one whose file is no file of members, and an export.
    let import = demo.import(&members(40, 2_201)).await.task_id.get();
    let refused = demo.import(b"colour\nred\n").await.task_id.get();
    let partly = demo
        .import(b"member_no,name,email\nM1,Ann,\nM2,Bo,not-an-address\n")
        .await
        .task_id
        .get();
    let wanted = json!({ "business": "member_import" });
    let export = id_of(&demo.post("/export", &wanted).await.ok());
    demo.ended(export).await;

    let told = receiver.hears(7).await;
    let ids: BTreeSet<&str> = told.iter().map(Told::id).collect();
    assert_eq!(ids.len(), 7, "each end has its own id");
    let mut heard: Vec<(String, u64, u64)> = Vec::new();
    for message in &told {
        assert!(message.is_signed_with(SECRET) && !message.is_signed_with(OTHER_SECRET));
        assert_eq!(message.header("content-type"), "application/json");
        let event = message.json();
        let data = &event["data"];
        assert_eq!(data["station_id"], STATION);
        assert_eq!(event["timestamp"], data["end_time"]);
        let kind = event["type"].as_str().expect("a type").to_owned();
        let status = data["status"].as_u64().expect("a status");
        heard.push((kind, id_of(data), status));
        let task = demo.record(id_of(data)).await;
        if id_of(data) != cancelled {
            assert_eq!(task["end_time"], data["end_time"]);
        }
    }
    heard.sort_unstable();
    let mut expected = [
        ("task.finished", finished, 3),
        ("task.failed", cancelled, 5),
        ("task.failed", cancelled, 5),
        ("task.finished", import, 3),
        ("task.failed", refused, 5),
        ("task.partly_succeeded", partly, 4),
        ("task.finished", export, 3),
    ]
    .map(|(kind, task, status)| (kind.to_owned(), task, status));
    expected.sort_unstable();
    assert_eq!(heard, expected);
    let of_import = told.iter().map(Told::json);
    let of_import = of_import
        .into_iter()
        .find(|one| id_of(&one["data"]) == import);
    let rows = &of_import.expect("a message")["data"]["rows"];
    assert_eq!(
        (&rows["read"], &rows["succeeded"]),
        (&json!(40), &json!(40))
    );
    no_notice_is_left(&sluice).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_hears_what_it_asks_for_and_of_no_other_station() {
    let sluice = Sluice::start().await;
    let (demo, other) = (sluice.demo(), sluice.caller("other"));
    let (all, failures) = (HookReceiver::start().await, HookReceiver::start().await);
    let config = set(
        &demo,
        json!([
            hook(&all.url),
            { "id": "alarms", "url": failures.url, "secret": OTHER_SECRET, "events": ["task.failed"] },
        ]),
    )
    .await;
    assert_eq!(config["webhooks"][0]["id"], "alarms");
    assert_eq!(config["webhooks"][0]["events"], json!(["task.failed"]));
    assert!(!config.to_string().contains("whsec_"), "{config}");
    run(&other, 5).await;
    run(&demo, 3).await;
    let failed = run(&demo, 5).await;
    all.hears(2).await;
    let heard = failures.hears(1).await;
    assert_eq!(id_of(&heard[0].json()["data"]), failed);
    assert!(heard[0].is_signed_with(OTHER_SECRET) && !heard[0].is_signed_with(SECRET));
    no_notice_is_left(&sluice).await;
    let seen = demo.get("/station/webhooks/deliveries").await.ok();
    assert_eq!(seen["deliveries"].as_array().map(Vec::len), Some(3));
    let id = seen["deliveries"][0]["id"].as_str().expect("an id");
    // The other station sees none of it, and cannot have it sent.
    let nothing = other.get("/station/webhooks/deliveries").await.ok();
    assert_eq!(nothing, json!({ "deliveries": [], "next_cursor": null }));
    let path = format!("/station/webhooks/deliveries/{id}/resend");
    other.post(&path, &json!({})).await.refused(40401);
    assert_eq!(
        other.get("/station/config").await.ok()["webhooks"],
        json!([])
    );
}

#[tokio::test(flavor = "multi_thread")]
pub async fn while_a_secret_is_replaced_both_sign_and_none_is_ever_shown() {
    let sluice = Sluice::start().await;
    let (demo, receiver) = (sluice.demo(), HookReceiver::start().await);
    set(&demo, json!([hook(&receiver.url)])).await;
    let mut rotated = hook(&receiver.url);
    rotated["secret"] = OTHER_SECRET.into();
    set(&demo, json!([rotated])).await;
    // The configuration as it was read, without the secret, and the same secret once more.
    let read = demo.get("/station/config").await.ok();
    set(&demo, read["webhooks"].clone()).await;
    set(&demo, json!([rotated])).await;
    run(&demo, 3).await;
    let told = receiver.hears(1).await;
    assert!(told[0].is_signed_with(SECRET) && told[0].is_signed_with(OTHER_SECRET));
    // A day later the old one signs no more.
    let secrets = "sluice-webhook-secrets";
    let stored = sluice.items_of(secrets).await;
    let (key, item) = stored.first_key_value().expect("a secret");
    assert_eq!((stored.len(), text(item, "secret")), (1, OTHER_SECRET));
    let ended = sluice
        .clients()
        .await
        .dynamodb
        .update_item()
        .table_name(secrets)
        .key("pk", AttributeValue::S(key.0.clone()))
        .key("sk", AttributeValue::S(key.1.clone()))
        .update_expression("SET previous_until = :v")
        .expression_attribute_values(":v", AttributeValue::N("1".to_owned()));
    ended.send().await.expect("an item is changed");
    run(&demo, 3).await;
    let told = receiver.hears(2).await;
    assert!(!told[1].is_signed_with(SECRET) && told[1].is_signed_with(OTHER_SECRET));
    let all = format!("{:?}", sluice.items_of(TASKS).await);
    assert!(!all.contains("whsec_"), "a secret is where tasks are");
    // A webhook that is removed takes its secret along.
    set(&demo, json!([])).await;
    assert!(sluice.items_of(secrets).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_not_taken_comes_again_as_it_was() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let mut nth = 0;
    let receiver = HookReceiver::with(move |_| {
        nth += 1;
        (if nth == 1 { 500 } else { 200 }, None)
    })
    .await;
    set(&demo, json!([hook(&receiver.url)])).await;
    run(&demo, 3).await;
    receiver.hears(1).await;
    let pending = delivery(&demo, "pending").await;
    assert_eq!(
        (&pending["attempts"], &pending["response_status"]),
        (&json!(1), &json!(500))
    );
    assert_eq!(pending["problem"], "it answered with status 500");
    let told = receiver.hears(2).await;
    assert_eq!((told[0].id(), &told[0].body), (told[1].id(), &told[1].body));
    assert!(told.iter().all(|told| told.is_signed_with(SECRET)));
    let delivered = delivery(&demo, "delivered").await;
    assert_eq!(
        (
            &delivered["id"],
            &delivered["attempts"],
            &delivered["problem"]
        ),
        (&pending["id"], &json!(2), &Value::Null)
    );
    assert_eq!(delivered["next_attempt_at"], Value::Null);
    no_notice_is_left(&sluice).await;
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_message_is_tried_ten_times_over_three_days_and_then_given_up() {
    let sluice = by_hand().await;
    let (demo, receiver) = (sluice.demo(), HookReceiver::with(|_| (503, None)).await);
    set(&demo, json!([hook(&receiver.url)])).await;
    run(&demo, 3).await;
    for nth in 0..10 {
        let waiting = notices(&sluice).await;
        assert_eq!(waiting.len(), 1, "after {nth} tries");
        let before = Timestamp::now();
        assert!(sluice.deliver_to("notifier", &message(&waiting[0])).await);
        assert_eq!(receiver.told().len(), nth + 1);
        let Some(wait) = WAITS.get(nth) else { break };
        let next = notices(&sluice).await;
        let due: Timestamp = text(&next[0], "due").parse().expect("a time");
        let late = due.duration_since(before) - SignedDuration::from_secs(*wait);
        assert!((0..5).contains(&late.as_secs()), "{nth}: {late}");
    }
    assert!(notices(&sluice).await.is_empty());
    let failed = delivery(&demo, "failed").await;
    assert_eq!(failed["attempts"], 10);
    let ids: BTreeSet<String> = receiver
        .told()
        .iter()
        .map(|told| told.id().into())
        .collect();
    assert_eq!(ids.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
pub async fn who_says_gone_is_told_nothing_until_it_is_enabled_again() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let mut status = 410;
    let receiver = HookReceiver::with(move |_| (std::mem::replace(&mut status, 200), None)).await;
    set(&demo, json!([hook(&receiver.url)])).await;
    run(&demo, 3).await;
    let failed = delivery(&demo, "failed").await;
    assert_eq!(failed["response_status"], 410);
    let config = demo.get("/station/config").await.ok();
    assert_eq!(config["webhooks"][0]["enabled"], false);
    run(&demo, 3).await;
    assert!(notices(&sluice).await.is_empty());
    let id = failed["id"].as_str().expect("an id");
    let path = format!("/station/webhooks/deliveries/{id}/resend");
    let msg = demo.post(&path, &json!({})).await.refused(40901);
    assert!(msg.contains("disabled"), "{msg}");
    // What was read is disabled still.
    let same = set(&demo, config["webhooks"].clone()).await;
    assert_eq!(same["webhooks"][0]["enabled"], false);
    let mut enabled = config["webhooks"].clone();
    enabled[0]["enabled"] = true.into();
    set(&demo, enabled).await;
    demo.post(&path, &json!({})).await.ok();
    let told = receiver.hears(2).await;
    assert_eq!(told[0].id(), told[1].id());
    delivery(&demo, "delivered").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let elsewhere = HookReceiver::start().await;
    let url = elsewhere.url.clone();
    let receiver = HookReceiver::with(move |_| (307, Some(("location", url.clone())))).await;
    set(&demo, json!([hook(&receiver.url)])).await;
    run(&demo, 3).await;
    let pending = delivery(&demo, "pending").await;
    let problem = pending["problem"].as_str().expect("a problem");
    assert!(problem.contains("redirects are not followed"), "{problem}");
    assert!(elsewhere.told().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_message_that_comes_twice_or_late_is_told_once() {
    let sluice = by_hand().await;
    let (demo, receiver) = (sluice.demo(), HookReceiver::start().await);
    set(&demo, json!([hook(&receiver.url)])).await;
    run(&demo, 3).await;
    let waiting = notices(&sluice).await;
    let message = message(&waiting[0]);
    let twice = futures::future::join_all((0..4).map(|_| sluice.deliver_to("notifier", &message)));
    assert!(twice.await.into_iter().all(|handled| handled));
    assert!(sluice.deliver_to("notifier", &message).await);
    assert_eq!(receiver.told().len(), 1);
    assert!(notices(&sluice).await.is_empty());
    // A message that nobody can read is dropped and does not come again; a notice that nobody can read is tried again.
    assert!(sluice.deliver_to("notifier", "{}").await);
    let text_of = |text: &str| AttributeValue::S(text.to_owned());
    let dynamodb = sluice.clients().await.dynamodb;
    let broken = format!("1764237600001#{STATION}#x#");
    let put = dynamodb.put_item().table_name(TASKS);
    let put = put
        .item("pk", text_of("NOTICES"))
        .item("sk", text_of(&broken));
    put.send().await.expect("an item is stored");
    let message = format!(r#"{{"version":1,"station_id":"{STATION}","notice":"{broken}"}}"#);
    assert!(!sluice.deliver_to("notifier", &message).await);
    sluice.sweep().await;
}

#[tokio::test(flavor = "multi_thread")]
pub async fn an_event_whose_message_was_lost_or_whose_notifier_died_is_told_all_the_same() {
    let sluice = by_hand().await;
    let (demo, receiver) = (sluice.demo(), HookReceiver::start().await);
    set(&demo, json!([hook(&receiver.url)])).await;
    run(&demo, 3).await;
    let notice = notices(&sluice).await.remove(0);
    let first = async || sluice.take_all(NOTICES).await.pop();
    assert_eq!(eventually("a message", first).await, message(&notice));
    // A sweep that comes too early sends nothing; two minutes later it does.
    sluice.sweep().await;
    assert!(sluice.take_all(NOTICES).await.is_empty());
    let late = Timestamp::now() - SignedDuration::from_secs(125);
    let old = replace(&sluice, &notice, late).await;
    // The stream has it sent, too, as it has every notice that is stored.
    assert_eq!(eventually("a message", first).await, message(&old));
    sluice.sweep().await;
    let sent = sluice.take_all(NOTICES).await;
    assert_eq!(sent, [message(&old)]);
    // A notifier has taken it and died: for a minute it is that one's.
    let key = ("NOTICES", text(&old, "sk"));
    let until = |seconds: i64| {
        let until = Timestamp::now() + SignedDuration::from_secs(seconds);
        AttributeValue::S(until.to_string())
    };
    sluice.tamper(key, "SET leased_until = :v", until(50)).await;
    assert!(sluice.deliver_to("notifier", &sent[0]).await);
    assert!(receiver.told().is_empty());
    sluice.tamper(key, "SET leased_until = :v", until(-2)).await;
    assert!(sluice.deliver_to("notifier", &sent[0]).await);
    assert_eq!(receiver.told().len(), 1);
    assert!(notices(&sluice).await.is_empty());
}

/// Puts a notice in the place of one, as if it had been due at another time.
async fn replace(sluice: &Sluice, notice: &Item, due: Timestamp) -> Item {
    let dynamodb = sluice.clients().await.dynamodb;
    let text_of = |text: &str| AttributeValue::S(text.to_owned());
    let deleted = dynamodb
        .delete_item()
        .table_name(TASKS)
        .key("pk", text_of("NOTICES"))
        .key("sk", text_of(text(notice, "sk")));
    deleted.send().await.expect("an item is deleted");
    let (_, rest) = text(notice, "sk").split_once('#').expect("a key");
    let sk = format!("{:013}#{rest}", due.as_millisecond());
    let mut old = notice.clone();
    old.insert("sk".to_owned(), text_of(&sk));
    old.insert("due".to_owned(), text_of(&due.to_string()));
    let put = dynamodb.put_item().table_name(TASKS);
    let put = put.set_item(Some(old.clone())).send().await;
    put.expect("an item is stored");
    old
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_delivery_is_sent_once_more_when_somebody_asks_for_it() {
    let sluice = by_hand().await;
    let demo = sluice.demo();
    let mut nth = 0;
    let receiver = HookReceiver::with(move |_| {
        nth += 1;
        (if nth < 3 { 500 } else { 200 }, None)
    })
    .await;
    set(&demo, json!([hook(&receiver.url)])).await;
    run(&demo, 3).await;
    let first = notices(&sluice).await.remove(0);
    assert!(sluice.deliver_to("notifier", &message(&first)).await);
    let pending = delivery(&demo, "pending").await;
    let path = format!(
        "/station/webhooks/deliveries/{}/resend",
        pending["id"].as_str().expect("an id")
    );
    // One that waits is not sent twice for that.
    let waiting = notices(&sluice).await;
    let resent = demo.post(&path, &json!({})).await.ok();
    assert_eq!(
        (&resent["id"], &resent["state"]),
        (&pending["id"], &json!("pending"))
    );
    let now = notices(&sluice).await;
    assert!(now.len() == 1 && now != waiting);
    assert!(sluice.deliver_to("notifier", &message(&waiting[0])).await);
    assert_eq!(
        receiver.told().len(),
        1,
        "the message of before does nothing"
    );
    assert!(sluice.deliver_to("notifier", &message(&now[0])).await);
    let again = notices(&sluice).await.remove(0);
    assert!(sluice.deliver_to("notifier", &message(&again)).await);
    let delivered = delivery(&demo, "delivered").await;
    assert_eq!(delivered["attempts"], 3);
    // And one that was taken comes again, under the same id.
    demo.post(&path, &json!({})).await.ok();
    let again = notices(&sluice).await.remove(0);
    assert!(sluice.deliver_to("notifier", &message(&again)).await);
    let ids: BTreeSet<String> = receiver
        .told()
        .iter()
        .map(|told| told.id().into())
        .collect();
    assert_eq!((receiver.told().len(), ids.len()), (4, 1));
    for wrong in [
        "x",
        "evt_1764237600001_0123456789abcdef0123_shop",
        "evt_1%2F",
    ] {
        let path = format!("/station/webhooks/deliveries/{wrong}/resend");
        demo.post(&path, &json!({})).await.refused(40401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_listed_page_by_page_newest_first() {
    let sluice = Sluice::start().await;
    let (demo, receiver) = (sluice.demo(), HookReceiver::start().await);
    set(&demo, json!([hook(&receiver.url)])).await;
    let mut tasks = Vec::new();
    for _ in 0..5 {
        tasks.push(run(&demo, 3).await);
    }
    receiver.hears(5).await;
    no_notice_is_left(&sluice).await;
    tasks.reverse();
    for state in ["", "&state=delivered"] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/station/webhooks/deliveries?limit=2{state}{cursor}");
            let page = demo.get(&path).await.ok();
            let deliveries = page["deliveries"].as_array().expect("deliveries");
            assert!(deliveries.len() <= 2);
            seen.extend(deliveries.iter().map(id_of));
            let Some(next) = page["next_cursor"].as_str() else {
                break;
            };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, tasks);
    }
    let none = demo
        .get("/station/webhooks/deliveries?state=failed")
        .await
        .ok();
    assert_eq!(none["deliveries"], json!([]));
    for (query, word) in [
        ("limit=0", "limit"),
        ("state=lost", "state"),
        ("cursor=x", "cursor"),
    ] {
        let path = format!("/station/webhooks/deliveries?{query}");
        let msg = demo.get(&path).await.refused(40001);
        assert!(msg.starts_with(word), "{msg}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_can_have_its_ends_put_on_the_event_bus_of_the_deployment() {
    let mut is_first = true;
    let bus = HookReceiver::with(move |_| {
        let denied = ("x-amzn-errortype", "AccessDeniedException".to_owned());
        if std::mem::take(&mut is_first) {
            (400, Some(denied))
        } else {
            (200, None)
        }
    })
    .await;
    let sluice = Sluice::with(|options| {
        let url = (
            "AWS_ENDPOINT_URL_EVENTBRIDGE".to_owned(),
            bus.bus_url.clone(),
        );
        options.environment.extend([url]);
        let name = ("EventBus".to_owned(), "company".to_owned());
        options.parameters.extend([name]);
    })
    .await;
    let demo = sluice.demo();
    let on_bus = json!({ "id": "bus", "url": "eventbridge:", "events": ["task.finished"] });
    let config = set(&demo, json!([on_bus])).await;
    assert_eq!(config["webhooks"][0]["url"], "eventbridge:");
    run(&demo, 5).await;
    let task_id = run(&demo, 3).await;
    // What the bus did not take comes again, as any message to a webhook.
    let told = bus.hears(2).await;
    assert_eq!(told[1].header("x-amz-target"), "AWSEvents.PutEvents");
    assert_eq!(told[0].json(), told[1].json());
    let entry = &told[1].json()["Entries"][0];
    assert_eq!(
        (&entry["EventBusName"], &entry["Source"]),
        (&json!("company"), &json!("sluice"))
    );
    assert_eq!(entry["DetailType"], "task.finished");
    let detail = entry["Detail"].as_str().expect("a text");
    let detail: Value = serde_json::from_str(detail).expect("JSON");
    assert_eq!(detail["data"]["task_id"], task_id);
    let delivered = delivery(&demo, "delivered").await;
    assert_eq!(
        (&delivered["event_id"], &delivered["attempts"]),
        (&detail["id"], &json!(2))
    );
    no_notice_is_left(&sluice).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_that_lead_into_the_network_of_the_system_are_refused_and_never_called() {
    let sluice = Sluice::with(|options| {
        let name = "WEBHOOKS_ON_THIS_MACHINE".to_owned();
        options.environment.insert(name, "false".to_owned());
    })
    .await;
    let (demo, receiver) = (sluice.demo(), HookReceiver::start().await);
    let config = demo.get("/station/config").await.ok();
    for (url, words) in [
        ("http://shop.example/", "must begin with https://"),
        (receiver.url.as_str(), "must begin with https://"),
        ("https://169.254.169.254/latest/meta-data", "public address"),
        ("https://[::ffff:169.254.169.254]/", "public address"),
        ("https://127.0.0.1/", "public address"),
        ("https://localhost:8443/", "public address"),
        ("https://user:pass@shop.example/", "no user name"),
        ("shop.example", "is not a URL"),
    ] {
        let mut wrong = config.clone();
        wrong["webhooks"] = json!([hook(url)]);
        let refused = demo.call("PUT", "/station/config", &wrong).await;
        let msg = refused.refused(40001);
        assert!(
            msg.contains("`shop`") && msg.contains(words),
            "{url}: {msg}"
        );
        assert!(!msg.contains("user:pass"), "{msg}");
    }
    // Even if it was set up all the same.
    set(&demo, json!([hook("https://shop.example/")])).await;
    let key = format!("STATION#{STATION}");
    let url = AttributeValue::S(receiver.url.clone());
    let place = "SET webhooks.shop.#url = :v";
    sluice.tamper((&key, "WEBHOOKS"), place, url).await;
    run(&demo, 3).await;
    let pending = delivery(&demo, "pending").await;
    let problem = pending["problem"].as_str().expect("a problem");
    assert!(problem.contains("must begin with https://"), "{problem}");
    assert!(receiver.told().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_are_for_administrators_of_the_station() {
    let sluice = Sluice::start().await;
    let (demo, receiver) = (sluice.demo(), HookReceiver::start().await);
    set(&demo, json!([hook(&receiver.url)])).await;
    let template = sluice.system.template();
    let token = sluice.system.tokens.sign(&json!({
        "iss": template.jwt_issuer, "aud": template.jwt_audience, "station_id": STATION,
        "scope": "task:read task:write", "exp": jsonwebtoken::get_current_timestamp() + 600,
    }));
    let clerk = demo.with_token(token.expect("a token"));
    let mut config = clerk.get("/station/config").await.ok();
    assert_eq!(config["webhooks"], Value::Null);
    // What was read can be written, and changes no webhook.
    config["country"] = "DE".into();
    let changed = clerk.call("PUT", "/station/config", &config).await.ok();
    assert_eq!(
        (&changed["country"], &changed["webhooks"]),
        (&json!("DE"), &Value::Null)
    );
    let seen = demo.get("/station/config").await.ok();
    assert_eq!(seen["webhooks"][0]["url"], receiver.url);
    let mut config = changed.clone();
    config["webhooks"] = json!([]);
    let msg = clerk.call("PUT", "/station/config", &config).await;
    assert!(msg.refused(40301).contains("station:admin"));
    for (wrong, words) in [
        (
            json!([{ "id": "shop", "url": "https://shop.example/", "colour": "red" }]),
            "colour",
        ),
        (
            json!([{ "id": "Shop!", "url": "https://shop.example/" }]),
            "id of a webhook",
        ),
        (
            json!([{ "id": "new", "url": "https://shop.example/" }]),
            "needs a secret",
        ),
        (
            json!([{ "id": "shop", "url": "https://shop.example/", "secret": "hush" }]),
            "whsec_",
        ),
        (
            json!([{ "id": "shop", "url": "https://shop.example/", "events": ["task.lost"] }]),
            "task.lost",
        ),
    ] {
        let mut config = seen.clone();
        config["webhooks"] = wrong;
        let msg = demo
            .call("PUT", "/station/config", &config)
            .await
            .refused(40001);
        assert!(msg.contains(words) && !msg.contains("hush"), "{msg}");
    }
}
