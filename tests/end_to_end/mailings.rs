//! Mailings: nobody gets an e-mail twice, whatever happens to SES, its events and the processes, and without
//! faults everybody gets one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use local_ses::{EventFault, EventType, Fault as SesFault, Quota, Ses};
use serde_json::{Value, json};
use sluice::system::Options;
use sluice_api::TaskView;
use sluice_task::TaskStatus;

use crate::harness::{
    Answer, CHUNKS_DEAD_LETTERS, Caller, Fault, FaultyRoad, STATION, Sluice, TASKS, eventually,
    id_of, leave_unpolled, set_chunk_bytes,
};

/// More than a test ever sends.
const ENOUGH: Quota = Quota {
    max_24_hours: 1_000_000,
    max_per_second: 100_000,
};
/// The queue of mailings, and that of what SES says.
const MAILINGS: &str = "sluice-mailings";
const MAIL_EVENTS: &str = "sluice-mail-events";

/// Chunks of 100 recipients, and a short wait for events.
pub(crate) fn quick(options: &mut Options) {
    for (name, value) in [
        ("MAILING_CHUNK", "100"),
        ("UNKNOWN_AFTER_SECONDS", "3"),
        ("LEASE_SECONDS", "3"),
    ] {
        options
            .environment
            .insert(name.to_owned(), value.to_owned());
    }
}

/// A system that sends as fast as it can, with the template `welcome`.
pub(crate) async fn start() -> Sluice {
    let sluice = Sluice::with(quick).await;
    ready(&sluice).await;
    sluice
}

pub(crate) async fn ready(sluice: &Sluice) {
    ses(sluice).set_quota(ENOUGH);
    let template = json!({
        "name": "welcome", "language": "en", "version": 0, "sample": { "name": "Ann" },
        "texts": {
            "subject": "Hello {{ name }}",
            "text": "Dear {{ name }}, {{ address }}: {{ unsubscribe_url }}",
            "html": "<p>Dear {{ name }}</p>",
        },
    });
    sluice
        .demo()
        .call("PUT", "/mail/template", &template)
        .await
        .ok();
}

pub(crate) fn ses(sluice: &Sluice) -> &Ses {
    &sluice.system.services.ses
}

fn address(number: usize) -> String {
    format!("member{number}@example.com")
}

fn named(addresses: impl IntoIterator<Item = String>) -> Value {
    let recipient =
        |address: String| json!({ "address": address, "values": { "name": "Ann & Bob" } });
    json!({ "addresses": addresses.into_iter().map(recipient).collect::<Vec<_>>() })
}

pub(crate) fn mailing(audience: &Value) -> Value {
    json!({ "template": "welcome", "language": "en", "audience": audience })
}

pub(crate) async fn send(caller: &Caller, request: &Value) -> u64 {
    id_of(&caller.post("/mail/send", request).await.ok())
}

/// Sends to this many members and waits for the end.
async fn send_to(sluice: &Sluice, count: usize) -> TaskView {
    let task_id = send(&sluice.demo(), &mailing(&named((0..count).map(address)))).await;
    sluice.demo().ended(task_id).await
}

/// How many e-mails each address has got.
pub(crate) fn mailbox(sluice: &Sluice) -> BTreeMap<String, usize> {
    let mut mailbox = BTreeMap::new();
    for mail in ses(sluice).mails().expect("a mailbox") {
        *mailbox.entry(mail.recipient).or_default() += 1;
    }
    mailbox
}

fn assert_all_have_one(sluice: &Sluice, count: usize) {
    let mailbox = mailbox(sluice);
    assert_eq!(mailbox.len(), count);
    assert!(mailbox.values().all(|mails| *mails == 1), "{mailbox:?}");
}

fn assert_none_has_two(sluice: &Sluice) {
    let mailbox = mailbox(sluice);
    assert!(mailbox.values().all(|mails| *mails == 1), "{mailbox:?}");
}

/// What a mailing counted, which must be its audience.
pub(crate) fn counts(task: &TaskView) -> BTreeMap<&'static str, u64> {
    let result = task.result.as_ref().expect("a result");
    let names = ["sent", "failed", "suppressed", "duplicate", "unknown"];
    let counts = names.map(|name| (name, result[name].as_u64().expect("a count")));
    let sum: u64 = counts.iter().map(|(_, count)| count).sum();
    assert_eq!(
        result["audience"], sum,
        "the books do not balance: {result}"
    );
    counts.into_iter().filter(|(_, count)| *count > 0).collect()
}

/// Whom a mailing was not sent to, as its list has them.
async fn not_sent(sluice: &Sluice, task: &TaskView) -> String {
    let result = task.result.as_ref().expect("a result");
    let url = result["link"].as_str().expect("a list");
    let list = sluice.demo().download(url).await;
    String::from_utf8(list).expect("text")
}

/// The first of so many calls of SES meets a fault.
fn first_meets(sluice: &Sluice, fault: SesFault, times: usize) {
    let mut left = times;
    ses(sluice).set_rule(move |operation, _| {
        if operation == "SendBulkEmail" && left > 0 {
            left -= 1;
            fault
        } else {
            SesFault::None
        }
    });
}

fn lose_events(sluice: &Sluice) {
    ses(sluice).set_event_rule(|_, _| EventFault::Lost);
}

#[tokio::test(flavor = "multi_thread")]
pub async fn without_faults_everybody_gets_one_e_mail_and_the_books_balance() {
    let sluice = start().await;
    let demo = sluice.demo();
    let put = json!({ "address": "Member7@Example.com", "suppressed": true });
    demo.call("PUT", "/mail/suppression", &put).await.ok();
    let twice = ["MEMBER1@example.com".to_owned(), address(2)];
    let request = mailing(&named((0..230).map(address).chain(twice)));
    let task = demo.ended(send(&demo, &request).await).await;
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    let wanted = BTreeMap::from([("sent", 229), ("suppressed", 1), ("duplicate", 2)]);
    assert_eq!(counts(&task), wanted);
    assert_all_have_one(&sluice, 229);
    assert!(!mailbox(&sluice).contains_key(&address(7)));
    let list = not_sent(&sluice, &task).await;
    assert!(list.contains("member7@example.com,suppressed,"), "{list}");
    assert!(list.contains("member1@example.com,duplicate,"), "{list}");

    let mail = ses(&sluice).mails().expect("a mailbox").remove(0);
    assert_eq!(mail.subject, "Hello Ann & Bob");
    assert_eq!(mail.html.as_deref(), Some("<p>Dear Ann &amp; Bob</p>"));
    let file = ses(&sluice).eml(&mail).expect("an answer").expect("a file");
    let file = String::from_utf8(file).expect("text");
    assert!(
        file.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"),
        "{file}"
    );
    let preview = json!({ "template": { "name": "welcome", "language": "en" },
        "values": { "name": "Ann & Bob", "address": mail.recipient, "unsubscribe_url": unsubscribe_url(mail.text.as_ref()) } });
    let preview = demo.post("/mail/preview", &preview).await.ok();
    assert_eq!(
        preview["text"].as_str(),
        mail.text.as_deref(),
        "the preview is exact"
    );
    assert_eq!(preview["html"].as_str(), mail.html.as_deref());
    sluice.assert_consistent().await;
}

#[tokio::test(flavor = "multi_thread")]
pub async fn an_answer_that_is_lost_after_acceptance_is_made_good_by_events() {
    let sluice = start().await;
    first_meets(&sluice, SesFault::AnswerLost, 2);
    let task = send_to(&sluice, 120).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    assert_eq!(counts(&task), BTreeMap::from([("sent", 120)]));
    assert_all_have_one(&sluice, 120);
    assert_eq!(
        ses(&sluice).fault_count("SendBulkEmail", SesFault::AnswerLost),
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_never_come_leave_recipients_unknown_and_nobody_gets_two() {
    let sluice = start().await;
    first_meets(&sluice, SesFault::AnswerLost, 1);
    lose_events(&sluice);
    let task = send_to(&sluice, 100).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded, "{task:?}");
    assert_eq!(task.reason_code.as_deref(), Some("mails_not_sent"));
    assert_eq!(
        counts(&task),
        BTreeMap::from([("sent", 50), ("unknown", 50)])
    );
    assert_all_have_one(&sluice, 100);
    let list = not_sent(&sluice, &task).await;
    assert_eq!(
        list.lines()
            .filter(|line| line.contains(",unknown,"))
            .count(),
        50
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_come_late_count_if_they_come_in_time() {
    let sluice = start().await;
    first_meets(&sluice, SesFault::AnswerLost, 1);
    ses(&sluice).set_event_rule(|_, address| match address {
        "member0@example.com" => EventFault::Late(Duration::from_secs(30)),
        _ => EventFault::Late(Duration::from_secs(1)),
    });
    let task = send_to(&sluice, 60).await;
    assert_eq!(
        counts(&task),
        BTreeMap::from([("sent", 59), ("unknown", 1)])
    );
    assert_all_have_one(&sluice, 60);
    assert!(
        not_sent(&sluice, &task)
            .await
            .contains("member0@example.com,unknown,")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_come_twice_change_nothing() {
    let sluice = start().await;
    first_meets(&sluice, SesFault::AnswerLost, 1);
    ses(&sluice).set_event_rule(|_, _| EventFault::Twice);
    let task = send_to(&sluice, 60).await;
    assert_eq!(counts(&task), BTreeMap::from([("sent", 60)]));
    assert_all_have_one(&sluice, 60);
}

/// Kills the process while SES is asked, and lets it go on. What SES does with the call before is its fault's.
async fn killed_in_a_call(fault: SesFault, on_unknown: &str) -> (Sluice, TaskView) {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, quick).await;
    ready(&sluice).await;
    first_meets(&sluice, fault, 1);
    let mut request = mailing(&named((0..50).map(address)));
    request["on_unknown"] = json!(on_unknown);
    let task_id = send(&sluice.demo(), &request).await;
    eventually("a call of SES", async || {
        (ses(&sluice).fault_count("SendBulkEmail", fault) == 1).then_some(())
    })
    .await;
    let sluice = sluice.crash(&road, quick).await;
    ses(&sluice).set_quota(ENOUGH);
    let task = sluice.demo().ended(task_id).await;
    (sluice, task)
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_claim_and_call_the_batch_is_held() {
    let (sluice, task) = killed_in_a_call(SesFault::Silence, "hold").await;
    assert_eq!(counts(&task), BTreeMap::from([("unknown", 50)]));
    assert_eq!(task.status, TaskStatus::Failed, "{task:?}");
    assert!(mailbox(&sluice).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_call_and_answer_the_events_tell_what_was_sent() {
    let (sluice, task) = killed_in_a_call(SesFault::SilenceAfter, "hold").await;
    assert_eq!(counts(&task), BTreeMap::from([("sent", 50)]));
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    assert_all_have_one(&sluice, 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_claim_and_call_a_batch_that_may_be_resent_is() {
    let (sluice, task) = killed_in_a_call(SesFault::Silence, "resend").await;
    assert_eq!(counts(&task), BTreeMap::from([("sent", 50)]));
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    assert_all_have_one(&sluice, 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ses_refuses_for_the_moment_is_sent_later_once() {
    let sluice = start().await;
    first_meets(&sluice, SesFault::Throttled, 1);
    assert_eq!(
        counts(&send_to(&sluice, 60).await),
        BTreeMap::from([("sent", 60)])
    );
    assert_all_have_one(&sluice, 60);

    let sluice = start().await;
    first_meets(&sluice, SesFault::HalfThrottled, 1);
    assert_eq!(
        counts(&send_to(&sluice, 60).await),
        BTreeMap::from([("sent", 60)])
    );
    assert_all_have_one(&sluice, 60);
    assert_eq!(
        ses(&sluice).fault_count("SendBulkEmail", SesFault::HalfThrottled),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_that_is_delivered_twice_at_the_same_moment_is_sent_once() {
    let sluice = Sluice::with(|options| {
        quick(options);
        leave_unpolled(options, "mailer");
    })
    .await;
    ready(&sluice).await;
    let demo = sluice.demo();
    let task_id = send(&demo, &mailing(&named((0..100).map(address)))).await;
    let messages = eventually("the chunk", async || {
        let messages = sluice.take_all(MAILINGS).await;
        (!messages.is_empty()).then_some(messages)
    })
    .await;
    let [message] = messages.as_slice() else {
        panic!("{} chunks", messages.len())
    };
    let deliveries = (0..3).map(|_| sluice.deliver_to("mailer", message));
    futures::future::join_all(deliveries).await;
    assert_none_has_two(&sluice);
    eventually("the end", async || {
        for message in sluice.take_all(MAILINGS).await {
            sluice.deliver_to("mailer", &message).await;
        }
        demo.task(task_id).await.status.has_ended().then_some(())
    })
    .await;
    let task = demo.ended(task_id).await;
    assert_eq!(counts(&task), BTreeMap::from([("sent", 100)]));
    assert_all_have_one(&sluice, 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_whose_message_is_lost_is_sent_again_by_the_sweeper() {
    let sluice = Sluice::with(|options| {
        quick(options);
        leave_unpolled(options, "mailer");
        leave_unpolled(options, "sweeper");
        let patience = ("STALE_AFTER_SECONDS".to_owned(), "0".to_owned());
        options.environment.extend([patience]);
    })
    .await;
    ready(&sluice).await;
    let demo = sluice.demo();
    let task_id = send(&demo, &mailing(&named((0..20).map(address)))).await;
    eventually("the chunk", async || {
        (!sluice.take_all(MAILINGS).await.is_empty()).then_some(())
    })
    .await;
    eventually("the end", async || {
        sluice.sweep().await;
        for message in sluice.take_all(MAILINGS).await {
            sluice.deliver_to("mailer", &message).await;
        }
        demo.task(task_id).await.status.has_ended().then_some(())
    })
    .await;
    assert_all_have_one(&sluice, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_noted_comes_again() {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, quick).await;
    ready(&sluice).await;
    let mut left = 1;
    road.set_rule_of_bodies(move |operation, body| {
        let is_marker = String::from_utf8_lossy(body).contains("MAILING#");
        if operation == "BatchGetItem" && is_marker && left > 0 {
            left -= 1;
            return Fault::Refused;
        }
        Fault::None
    });
    first_meets(&sluice, SesFault::AnswerLost, 1);
    let task = send_to(&sluice, 3).await;
    assert_eq!(road.count("BatchGetItem", Fault::Refused), 1);
    assert_eq!(counts(&task).values().sum::<u64>(), 3);
    assert_none_has_two(&sluice);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_is_used_up_lets_the_mailing_rest_until_there_is_room() {
    let sluice = start().await;
    let demo = sluice.demo();
    ses(&sluice).set_quota(Quota {
        max_24_hours: 60,
        ..ENOUGH
    });
    let task_id = send(&demo, &mailing(&named((0..100).map(address)))).await;
    let rests = eventually("a mailing that rests", async || {
        let task = demo.task(task_id).await;
        task.paused.then_some(task)
    })
    .await;
    let words = "SES sends no more e-mails for this account today: the mailing goes on by itself";
    assert_eq!(rests.reason.as_deref(), Some(words));
    assert_eq!(mailbox(&sluice).len(), 60);
    ses(&sluice).set_quota(ENOUGH);
    demo.verb("resume", task_id).await.ok();
    let task = demo.ended(task_id).await;
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    assert_eq!(counts(&task), BTreeMap::from([("sent", 100)]));
    assert_all_have_one(&sluice, 100);
}

#[tokio::test(flavor = "multi_thread")]
pub async fn who_bounces_or_complains_gets_no_more() {
    let sluice = start().await;
    let demo = sluice.demo();
    let simulated = ["bounce", "complaint", "success"];
    let simulated = simulated.map(|name| format!("{name}@simulator.amazonses.com"));
    let first = demo
        .ended(send(&demo, &mailing(&named(simulated.clone()))).await)
        .await;
    assert_eq!(counts(&first), BTreeMap::from([("sent", 3)]));
    let list = eventually("two suppressions", async || {
        let list = demo.get("/mail/suppressions").await.ok();
        (list["suppressions"].as_array()?.len() == 2).then_some(list)
    })
    .await;
    let shown: Vec<(&str, &str)> = list["suppressions"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| {
            (
                one["address"].as_str().expect("an address"),
                one["reason"].as_str().expect("a reason"),
            )
        })
        .collect();
    let wanted = [
        ("bounce@simulator.amazonses.com", "bounce"),
        ("complaint@simulator.amazonses.com", "complaint"),
    ];
    assert_eq!(shown, wanted);
    let second = demo
        .ended(send(&demo, &mailing(&named(simulated))).await)
        .await;
    assert_eq!(
        counts(&second),
        BTreeMap::from([("sent", 1), ("suppressed", 2)])
    );
    // It is the station's own list.
    let other = sluice.caller("other");
    assert_eq!(
        other.get("/mail/suppressions").await.ok()["suppressions"],
        json!([])
    );
    let off = json!({ "address": "bounce@simulator.amazonses.com", "suppressed": false });
    let off = demo.call("PUT", "/mail/suppression", &off).await.ok();
    assert_eq!(off["suppression"], Value::Null);
    let list = demo.get("/mail/suppressions").await.ok();
    assert_eq!(list["suppressions"].as_array().map(Vec::len), Some(1));
}

fn unsubscribe_url(text: Option<&String>) -> String {
    let text = text.expect("a text");
    text.rsplit(' ').next().expect("a link").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_of_an_e_mail_unsubscribes_by_a_post_and_not_by_a_look() {
    let sluice = start().await;
    let demo = sluice.demo();
    send_to(&sluice, 2).await;
    let mail = ses(&sluice).mails().expect("a mailbox").remove(0);
    let url = unsubscribe_url(mail.text.as_ref());
    assert!(url.starts_with(&sluice.system.urls.api), "{url}");
    let http = reqwest::Client::new();
    let page = http.get(&url).send().await.expect("a page");
    assert_eq!(page.status().as_u16(), 200);
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .expect("text")
        .to_owned();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let page = page.text().await.expect("a page");
    assert!(page.contains("<form method=post>"), "{page}");
    let list = demo.get("/mail/suppressions").await.ok();
    assert_eq!(list["suppressions"], json!([]), "who only looks stays");

    // As mail programs do it.
    for _ in 0..2 {
        let post = http
            .post(&url)
            .header("content-type", "application/x-www-form-urlencoded");
        let post = post
            .body("List-Unsubscribe=One-Click")
            .send()
            .await
            .expect("an answer");
        assert_eq!(post.status().as_u16(), 200);
    }
    let list = demo.get("/mail/suppressions").await.ok();
    assert_eq!(list["suppressions"][0]["address"], mail.recipient);
    assert_eq!(list["suppressions"][0]["reason"], "unsubscribed");
    let task = send_to(&sluice, 2).await;
    assert_eq!(
        counts(&task),
        BTreeMap::from([("sent", 1), ("suppressed", 1)])
    );

    let (start, token) = url.split_once("token=").expect("a token");
    let of_other = token.replacen("demo.", "other.", 1);
    for wrong in ["", "x", &token[..token.len() - 2], &of_other] {
        let post = http
            .post(format!("{start}token={wrong}"))
            .send()
            .await
            .expect("an answer");
        assert_eq!(post.status().as_u16(), 400, "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_large_mailing_goes_through_a_window_of_its_own_queue() {
    let sluice = Sluice::with(|options| {
        quick(options);
        options
            .environment
            .insert("MAILING_CHUNK".to_owned(), "50".to_owned());
    })
    .await;
    ready(&sluice).await;
    let task = send_to(&sluice, 900).await;
    assert_eq!(counts(&task), BTreeMap::from([("sent", 900)]));
    assert_eq!(task.chunks.and_then(|chunks| chunks.total), Some(18));
    assert_all_have_one(&sluice, 900);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_costs_a_tenth_of_a_write_unit_and_few_requests() {
    let sluice = Sluice::with(|options| {
        quick(options);
        options
            .environment
            .insert("MAILING_CHUNK".to_owned(), "500".to_owned());
    })
    .await;
    ready(&sluice).await;
    let (functions, pollers) = (&sluice.system.clients.meter, &sluice.system.pollers);
    let before = (functions.usage(), pollers.usage());
    let task = send_to(&sluice, 1_000).await;
    assert_eq!(counts(&task), BTreeMap::from([("sent", 1_000)]));
    sluice.drained(MAIL_EVENTS).await;
    let (functions, pollers) = (functions.usage() - before.0, pollers.usage() - before.1);
    let units = task.result.expect("a result")["actual"]["write_units"].as_f64();
    let units = units.expect("units") / 1_000.0;
    println!("{units} write units a recipient");
    assert!(units <= 0.1, "{units}");
    // A batch of fifty: who is suppressed, the claim, the task, and the answer. Events: what is known of their batches.
    let requests = functions.dynamodb_requests as f64 / 1_000.0;
    println!("{requests} requests to DynamoDB a recipient");
    assert!(requests <= 0.3, "{requests}");
    // Ten events are sent, received and deleted together. Other queues are polled meanwhile.
    let requests = pollers.sqs_requests as f64 / 1_000.0;
    println!("{requests} requests for the queues a recipient");
    assert!(requests <= 0.5, "{requests}");
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_mailing_that_is_cancelled_or_refused_by_ses_stops() {
    let sluice = start().await;
    let demo = sluice.demo();
    ses(&sluice).set_quota(Quota {
        max_per_second: 20,
        ..ENOUGH
    });
    let task_id = send(&demo, &mailing(&named((0..400).map(address)))).await;
    eventually("the first e-mails", async || {
        (!mailbox(&sluice).is_empty()).then_some(())
    })
    .await;
    demo.verb("cancel", task_id).await.ok();
    let task = demo.ended(task_id).await;
    assert_eq!(task.reason_code.as_deref(), Some("cancelled"), "{task:?}");
    let counted = counts(&task);
    let sent = counted["sent"];
    assert_eq!(sent, mailbox(&sluice).len() as u64);
    assert!(sent < 400, "{sent}");
    assert_eq!(
        sent + counted["failed"],
        400,
        "also those of chunks that were left out"
    );
    assert_none_has_two(&sluice);
    // A retry sends to the others.
    ses(&sluice).set_quota(ENOUGH);
    demo.verb("retry", task_id).await.ok();
    let task = demo.ended(task_id).await;
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    assert_eq!(counts(&task), BTreeMap::from([("sent", 400)]));
    assert_all_have_one(&sluice, 400);

    let sluice = start().await;
    ses(&sluice).set_sending_enabled(false);
    let task = send_to(&sluice, 3).await;
    assert_eq!(
        task.reason_code.as_deref(),
        Some("mail_account_disabled"),
        "{task:?}"
    );
    assert!(mailbox(&sluice).is_empty());
    ses(&sluice).set_sending_enabled(true);
    sluice.demo().verb("retry", task.task_id.get()).await.ok();
    sluice.demo().ended(task.task_id.get()).await;
    assert_all_have_one(&sluice, 3);
}

/// What a station sets so that members are told.
async fn tells(caller: &Caller, notify: &Value) {
    let version = caller.get("/station/config").await.ok()["version"].clone();
    let config = json!({ "version": version, "time_zone": "UTC", "country": "CN", "date_order": "year_first",
        "notify": notify });
    caller.call("PUT", "/station/config", &config).await.ok();
}

/// The mailing that follows an import, once it has ended.
async fn follower(caller: &Caller, import: u64) -> TaskView {
    let child = eventually("the task that follows", async || {
        caller.task(import).await.children.last().copied()
    })
    .await;
    caller.ended(child.get()).await
}

#[tokio::test(flavor = "multi_thread")]
pub async fn members_that_an_import_has_created_are_told_when_it_has_ended() {
    let sluice = start().await;
    let demo = sluice.demo();
    demo.import(b"member_no,name,email\nA,Ann,ann@example.com\n")
        .await;
    tells(
        &demo,
        &json!({ "template": "welcome", "language": "en", "from_name": "Club" }),
    )
    .await;
    let kept = demo.get("/station/config").await.ok();
    assert_eq!(kept["notify"]["template"], "welcome");
    let file = b"member_no,name,email\nA,Anna,anna@example.com\nB,Bo,bo@example.com\nC,Cy,\nD,Di,no address\n";
    let options = json!({ "notify": true, "on_duplicate": "skip" });
    let import = demo.import_with(file, &options).await;
    let mailing = follower(&demo, import.task_id.get()).await;
    assert_eq!(
        (mailing.status, &mailing.reason),
        (TaskStatus::Finished, &None)
    );
    assert_eq!(mailing.parent, Some(import.task_id));
    assert_eq!(counts(&mailing), BTreeMap::from([("sent", 1)]));
    assert_eq!(
        mailbox(&sluice),
        BTreeMap::from([("bo@example.com".to_owned(), 1)])
    );
    let mail = ses(&sluice).mails().expect("a mailbox").remove(0);
    assert_eq!(mail.subject, "Hello Bo");
    // What else happens to the import tells nobody again.
    for verb in ["hide", "show"] {
        let ids = json!({ "task_ids": [import.task_id] });
        demo.post(&format!("/task/{verb}"), &ids).await.ok();
    }
    let again = demo
        .import(b"member_no,name,email\nE,Ed,ed@example.com\n")
        .await;
    assert!(demo.task(again.task_id.get()).await.children.is_empty());
    let import = demo.task(import.task_id.get()).await;
    assert_eq!(import.children, [mailing.task_id]);
    assert_none_has_two(&sluice);
    // A mailing is no correction: it does not keep the import from being undone.
    demo.verb("undo", import.task_id.get()).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_of_an_import_tells_those_alone_whom_it_has_created() {
    let sluice = Sluice::with(|options| {
        quick(options);
        set_chunk_bytes(options, 1 << 10);
        leave_unpolled(options, "worker");
        leave_unpolled(options, "sweeper");
    })
    .await;
    ready(&sluice).await;
    let demo = sluice.demo();
    tells(&demo, &json!({ "template": "welcome", "language": "en" })).await;
    let mut file = "member_no,name,email\n".to_owned();
    for number in 0..100 {
        writeln!(
            file,
            "M{number:03},Member {number},member{number}@example.com"
        )
        .expect("a line");
    }
    let options = json!({ "notify": true });
    // A chunk is given up.
    let import = demo.send(file.as_bytes(), &options).await;
    let messages = sluice.chunk_messages(&demo, import).await;
    let [lost, done @ ..] = messages.as_slice() else {
        panic!("no chunks")
    };
    for message in done {
        assert!(sluice.deliver(message).await);
    }
    sluice.send_message(CHUNKS_DEAD_LETTERS, lost).await;
    sluice.sweep().await;
    let task = demo.ended(import).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded, "{task:?}");
    let created = task.rows.expect("rows").succeeded;
    assert!(created > 50 && created < 100, "{created}");
    let first = follower(&demo, import).await;
    assert_eq!(counts(&first), BTreeMap::from([("sent", created)]));
    // As if the retry had come before the mailing was noted as its child.
    let key = |text: String| AttributeValue::S(text);
    let dynamodb = sluice.clients().await.dynamodb;
    let forget = dynamodb.update_item().table_name(TASKS);
    let forget = forget.key("pk", key(format!("STATION#{STATION}")));
    let forget = forget.key("sk", key(format!("TASK#{import:016}")));
    let forget = forget.update_expression("REMOVE children").send().await;
    forget.expect("an update");
    demo.verb("retry", import).await.ok();
    let again = sluice.chunk_messages(&demo, import).await;
    sluice.deliver_all(&again).await;
    let task = demo.ended(import).await;
    assert_eq!(task.rows.expect("rows").succeeded, 100);
    eventually("the others are told", async || {
        (mailbox(&sluice).len() == 100).then_some(())
    })
    .await;
    assert_all_have_one(&sluice, 100);
    // Who stops an import does not want its members told.
    let file = file.replace("M0", "N0");
    let stopped = demo.send(file.as_bytes(), &options).await;
    let messages = sluice.chunk_messages(&demo, stopped).await;
    assert!(sluice.deliver(&messages[0]).await);
    demo.verb("cancel", stopped).await.ok();
    sluice.deliver_all(&messages[1..]).await;
    let task = demo.ended(stopped).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded);
    assert!(!task.children.iter().any(|child| *child > task.task_id));
    assert_all_have_one(&sluice, 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_whose_members_cannot_be_told_is_refused() {
    let sluice = start().await;
    let demo = sluice.demo();
    let refused = async |business: &str, options: Value| -> String {
        let request = json!({ "business": business, "file_name": "a.csv", "size_bytes": 5, "options": options });
        demo.post("/upload", &request).await.refused(40001)
    };
    let notify = || json!({ "notify": true });
    let msg = refused("member_import", notify()).await;
    assert!(msg.contains("set `notify` in it"), "{msg}");
    tells(&demo, &json!({ "template": "gone", "language": "en" })).await;
    let msg = refused("member_import", notify()).await;
    assert!(msg.contains("there is no template gone in en"), "{msg}");
    tells(&demo, &json!({ "template": "welcome", "language": "en" })).await;
    let overwrite = json!({ "notify": true, "on_duplicate": "overwrite" });
    let msg = refused("member_import", overwrite).await;
    assert!(
        msg.contains("does not know which rows it has created"),
        "{msg}"
    );
    let msg = refused("score_import", notify()).await;
    assert!(msg.contains("no column with e-mail addresses"), "{msg}");
    let msg = refused("points_adjustment", notify()).await;
    assert!(msg.contains("sent to an endpoint"), "{msg}");
    // A dry run creates nobody.
    let dry = json!({ "notify": true, "dry_run": true });
    let import = demo
        .import_with(b"member_no,name,email\nB,Bo,bo@example.com\n", &dry)
        .await;
    assert_eq!(import.status, TaskStatus::Finished);
    let bad = json!({ "version": 2, "time_zone": "UTC", "country": "CN", "date_order": "year_first",
        "notify": { "template": "welcome", "language": "en", "reply_to": "nobody" } });
    demo.call("PUT", "/station/config", &bad)
        .await
        .refused(40001);
    // What is not said stays, and null takes it away.
    let mut config = bad;
    config.as_object_mut().expect("an object").remove("notify");
    let kept = demo.call("PUT", "/station/config", &config).await.ok();
    assert_eq!(kept["notify"]["template"], "welcome");
    config["version"] = kept["version"].clone();
    config["notify"] = Value::Null;
    let none = demo.call("PUT", "/station/config", &config).await.ok();
    assert_eq!(none["notify"], Value::Null);
    assert!(mailbox(&sluice).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sent_is_refused_before_anything_is_sent() {
    let sluice = start().await;
    let demo = sluice.demo();
    let refused = async |request: &Value, code: u64| -> String {
        let answer: Answer = demo.post("/mail/send", request).await;
        answer.refused(code)
    };
    let good = mailing(&named([address(1)]));
    let with = |field: &str, value: Value| {
        let mut request = good.clone();
        request[field] = value;
        request
    };
    refused(&with("template", json!("none")), 40401).await;
    refused(&with("language", json!("de")), 40401).await;
    for (audience, told) in [
        (json!({}), "send one of addresses, object_key and business"),
        (json!({ "addresses": [] }), "has 0 recipients"),
        (
            json!({ "addresses": [{ "address": "ann" }] }),
            "recipient 1: must be an e-mail address",
        ),
        (
            json!({ "addresses": [{ "address": "a@b.example" }] }),
            "recipient 1: subject, line 1: `name` has no value",
        ),
        (json!({ "business": "none" }), "not a known business"),
        (
            json!({ "business": "score_import" }),
            "no column with e-mail addresses",
        ),
        (
            json!({ "business": "member_import", "filter": { "nothing": 1 } }),
            "`nothing` is not a column",
        ),
        (named((0..1_001).map(address)), "takes 1 to 1000"),
    ] {
        let msg = refused(&with("audience", audience), 40001).await;
        assert!(msg.contains(told), "{told}: {msg}");
    }
    refused(&with("reply_to", json!("nobody")), 40001).await;
    refused(&with("on_unknown", json!("guess")), 40001).await;
    let template = json!({ "name": "other", "language": "en", "version": 0, "sample": { "shoe_size": 1 },
        "texts": { "subject": "{{ shoe_size }}", "text": "x" } });
    demo.call("PUT", "/mail/template", &template).await.ok();
    let mut request = with("template", json!("other"));
    request["audience"] = json!({ "business": "member_import" });
    let msg = refused(&request, 40001).await;
    assert!(msg.contains("has no column shoe_size"), "{msg}");
    assert!(mailbox(&sluice).is_empty());

    let mut again = with("user_task_id", json!("my-mailing"));
    let first = send(&demo, &again).await;
    assert_eq!(send(&demo, &again).await, first, "the same task");
    again["audience"] = named([address(2)]);
    refused(&again, 40901).await;
    demo.ended(first).await;
    assert_all_have_one(&sluice, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_announced_for_the_types_that_the_template_matches() {
    let sluice = start().await;
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let noted = seen.clone();
    ses(&sluice).set_event_rule(move |kind, _| {
        noted.lock().expect("a list").push(kind);
        EventFault::None
    });
    send_to(&sluice, 1).await;
    assert_eq!(*seen.lock().expect("a list"), [EventType::Send]);
}
