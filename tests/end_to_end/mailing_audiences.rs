//! Whom a mailing is sent to: stored rows, and lists in the inbox.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::SignedDuration;
use local_ses::Fate;
use serde_json::{Value, json};
use sluice_task::TaskStatus;

use crate::harness::{BUCKET, Sluice, id_of, leave_unpolled, staff_file};
use crate::mailings::{counts, mailbox, mailing, quick, ready, send, ses, start};
use crate::schedules::{PATH, ago, daily, make_due, put};

const LIST: &str = "inbox/demo/.staged/friends.csv";

fn to_list() -> Value {
    mailing(&json!({ "object_key": LIST }))
}

#[tokio::test(flavor = "multi_thread")]
pub async fn stored_rows_that_meet_a_filter_are_mailed_with_their_columns() {
    let sluice = start().await;
    let demo = sluice.demo();
    let file = "member_no,name,email,tier\nM1,Ann,ann@example.com,gold\nM2,Bob,bob@example.com,silver\n\
                M3,Cid,,gold\nM4,Dan,ann@example.com,gold\n";
    let imported = demo.import(file.as_bytes()).await;
    assert_eq!(imported.status, TaskStatus::Finished, "{imported:?}");
    let audience = json!({ "business": "member_import", "filter": { "tier": "gold" } });
    let task = demo.ended(send(&demo, &mailing(&audience)).await).await;
    assert_eq!(
        counts(&task),
        BTreeMap::from([("sent", 1), ("duplicate", 1)])
    );
    let mail = ses(&sluice).mails().expect("a mailbox").remove(0);
    assert_eq!(mail.recipient, "ann@example.com");
    assert!(
        ["Hello Ann", "Hello Dan"].contains(&mail.subject.as_str()),
        "{}",
        mail.subject
    );
    assert_eq!(mail.fate, Fate::Delivered);

    let nobody = json!({ "business": "member_import", "filter": { "tier": "platinum" } });
    let task = demo.ended(send(&demo, &mailing(&nobody)).await).await;
    assert_eq!(task.reason_code.as_deref(), Some("mail_audience_empty"));
    let staff = demo.of_business("staff_import");
    let lines = [1, 2, 3].map(|n| format!("S{n},Staff {n},,staff{n}@example.com"));
    staff.import(&staff_file(&lines)).await;
    let template = json!({ "name": "plain", "language": "en", "version": 0, "texts": { "subject": "Hello", "text": "Hello" } });
    demo.call("PUT", "/mail/template", &template).await.ok();
    let mut request = mailing(&json!({ "business": "staff_import" }));
    request["template"] = json!("plain");
    let task = demo.ended(send(&demo, &request).await).await;
    assert_eq!(counts(&task), BTreeMap::from([("sent", 3)]));
    // Other stations have rows of their own.
    let other = sluice.caller("other");
    other.call("PUT", "/mail/template", &template).await.ok();
    let task = other.ended(send(&other, &request).await).await;
    assert_eq!(task.reason_code.as_deref(), Some("mail_audience_empty"));
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_list_in_the_inbox_is_mailed_with_its_columns() {
    let sluice = start().await;
    let demo = sluice.demo();
    let mut list = "\u{feff}Address,shoe size,name\r\n".to_owned();
    for number in 0..250 {
        write!(list, "Friend{}@Example.com,40,F {number}\r\n", number / 2).expect("a row");
    }
    sluice.put_object(LIST, list.as_bytes()).await;
    let task = demo.ended(send(&demo, &to_list()).await).await;
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    let counted = counts(&task);
    assert_eq!((counted["sent"], counted["duplicate"]), (125, 125));
    let mailbox = mailbox(&sluice);
    assert_eq!(mailbox.len(), 125);
    assert!(mailbox.values().all(|mails| *mails == 1));
    let mails = ses(&sluice).mails().expect("a mailbox");
    assert!(mails.iter().any(|mail| mail.subject == "Hello F 0"));
    // Asking again gives the same task, whatever has become of the list.
    let mut again = to_list();
    again["user_task_id"] = "friends".into();
    let first = send(&demo, &again).await;
    let s3 = sluice.clients().await.s3;
    let delete = s3.delete_object().bucket(BUCKET).key(LIST).send().await;
    delete.expect("the list is deleted");
    assert_eq!(send(&demo, &again).await, first);
    again["on_unknown"] = "resend".into();
    demo.post("/mail/send", &again).await.refused(40901);
    demo.ended(first).await;
    // It is no import of anything.
    let tasks = demo.get("/task/list").await.ok();
    assert_eq!(tasks["tasks"].as_array().map(Vec::len), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_with_one_wrong_row_is_sent_to_nobody() {
    let sluice = start().await;
    let demo = sluice.demo();
    let list = "address,name\nann@example.com,Ann\nbob@,Bob\n";
    sluice.put_object(LIST, list.as_bytes()).await;
    let task = demo.ended(send(&demo, &to_list()).await).await;
    assert_eq!(task.status, TaskStatus::Failed);
    let reason = task.reason.expect("a reason");
    assert!(
        reason.contains("the list cannot be sent to: wrong rows: 1, such as row 2: "),
        "{reason}"
    );
    assert!(mailbox(&sluice).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_nobody_another_stations_or_none_is_refused() {
    let sluice = start().await;
    let demo = sluice.demo();
    let wanted = |key: &str| mailing(&json!({ "object_key": key }));
    for (key, words) in [
        (
            "inbox/other/.staged/friends.csv",
            "inbox/demo/.staged/<name>",
        ),
        ("uploads/demo/1/friends.csv", "inbox/demo/.staged/<name>"),
        (LIST, "there is no such file"),
    ] {
        let msg = demo.post("/mail/send", &wanted(key)).await.refused(40001);
        assert!(msg.contains(words), "{key}: {msg}");
    }
    let both = mailing(&json!({ "object_key": LIST, "business": "member_import" }));
    let msg = demo.post("/mail/send", &both).await.refused(40001);
    assert!(
        msg.contains("send one of addresses, object_key and business"),
        "{msg}"
    );
    sluice.put_object(LIST, b"address,name\n").await;
    let task = demo.ended(send(&demo, &to_list()).await).await;
    assert_eq!(task.status, TaskStatus::Failed);
    let reason = task.reason.expect("a reason");
    assert!(reason.contains("the list has no rows"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_scheduled_mailing_sends_the_version_that_is_the_latest_then() {
    let sluice = Sluice::with(|options| {
        quick(options);
        leave_unpolled(options, "sweeper");
    })
    .await;
    ready(&sluice).await;
    let demo = sluice.demo();
    put(&demo, &daily(&json!({ "mail": to_list() }))).await;
    let later = json!({
        "name": "welcome", "language": "en", "version": 1, "sample": { "name": "Ann" },
        "texts": { "subject": "Again, {{ name }}", "text": "Dear {{ name }}" },
    });
    demo.call("PUT", "/mail/template", &later).await.ok();
    let list = b"address,name\nann@example.com,Ann\n";
    sluice.put_object(LIST, list).await;
    make_due(&sluice, ago(SignedDuration::from_mins(1))).await;
    sluice.sweep().await;
    let ran = demo.get(PATH).await.ok();
    let task = demo.ended(id_of(&ran["last"])).await;
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    assert_eq!(task.result.expect("a result")["version"], 2);
    let mails = ses(&sluice).mails().expect("a mailbox");
    assert_eq!(mails[0].subject, "Again, Ann");
    // What it needs is there when it is set.
    let mut wrong = daily(&json!({ "mail": to_list() }));
    wrong["task"]["mail"]["template"] = "nothing".into();
    let msg = demo.call("PUT", PATH, &wrong).await.refused(40001);
    assert!(msg.contains("there is no template nothing in en"), "{msg}");
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_sensitive_columns_are_filtered_by_are_for_those_who_may_see_them() {
    let sluice = start().await;
    let demo = sluice.demo();
    let rows = json!({ "business": "member_import", "filter": { "phone": "13812345678" } });
    let task_id = send(&demo, &mailing(&rows)).await;
    demo.ended(task_id).await;
    let path = format!("/task/get?task_id={task_id}");
    let input = demo.get(&path).await.ok()["input"].to_string();
    assert!(
        !input.contains("13812345678") && input.contains("phone"),
        "{input}"
    );
}
