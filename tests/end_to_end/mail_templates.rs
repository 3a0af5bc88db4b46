//! Templates of e-mails: versions, what is refused, and previews that are exact.

use serde_json::{Value, json};

use crate::harness::{Answer, Caller, Fault, FaultyRoad, Sluice};

const WELCOME: &str = "/mail/template?name=welcome&language=en";

/// A template with this subject, which follows a version.
fn welcome(version: u64, subject: &str) -> Value {
    json!({
        "name": "welcome",
        "language": "en",
        "version": version,
        "texts": { "subject": subject, "text": "Dear {{ name }}", "html": "<p>Dear {{ name }}</p>" },
        "sample": { "name": "Ann" },
    })
}

async fn put(caller: &Caller, template: &Value) -> Answer {
    caller.call("PUT", "/mail/template", template).await
}

async fn preview(caller: &Caller, request: &Value) -> Answer {
    caller.call("POST", "/mail/preview", request).await
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_template_changes_version_by_version_and_is_its_stations_alone() {
    let sluice = Sluice::start().await;
    let (demo, other) = (sluice.demo(), sluice.caller("other"));
    let msg = demo.get(WELCOME).await.refused(40401);
    assert_eq!(msg, "there is no template welcome in en");

    let first = put(&demo, &welcome(0, "Hello {{ name }}")).await.ok();
    assert_eq!(first["version"], 1);
    assert_eq!(first["variables"], json!(["name"]));
    assert_eq!(demo.get(WELCOME).await.ok(), first);
    let second = put(&demo, &welcome(1, "Welcome {{ name }}")).await.ok();
    assert_eq!(second["version"], 2);
    assert_eq!(demo.get(WELCOME).await.ok(), second);
    let of_version = |version| format!("{WELCOME}&version={version}");
    assert_eq!(demo.get(&of_version(1)).await.ok(), first, "as it was");
    let msg = demo.get(&of_version(3)).await.refused(40401);
    assert_eq!(msg, "there is no template welcome in en of version 3");

    // Whoever changes what is not the latest any more is told.
    let stale = put(&demo, &welcome(1, "Another")).await.refused(40901);
    assert!(stale.contains("version 1 is not the latest"), "{stale}");
    let stale = put(&demo, &welcome(0, "Another")).await.refused(40901);
    assert!(
        stale.contains("there is a template welcome in en already"),
        "{stale}"
    );
    // Whoever did not hear the answer asks again and is answered as the first time.
    let again = put(&demo, &welcome(1, "Welcome {{ name }}")).await.ok();
    assert_eq!(again, second);

    other.get(WELCOME).await.refused(40401);
    let list = other.get("/mail/templates").await.ok();
    assert_eq!(list, json!({ "templates": [], "next_cursor": null }));
    let list = demo.get("/mail/templates").await.ok();
    assert_eq!(list["templates"].as_array().map(Vec::len), Some(1));
    assert_eq!(list["templates"][0]["version"], 2);
    assert_eq!(list["templates"][0]["subject"], "Welcome {{ name }}");
}

#[tokio::test(flavor = "multi_thread")]
async fn languages_are_templates_of_their_own_and_lists_have_pages() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    for language in ["zh-CN", "en", "de"] {
        let mut template = welcome(0, "Hello");
        template["language"] = json!(language);
        assert_eq!(put(&demo, &template).await.ok()["version"], 1, "{language}");
    }
    for number in 0..100 {
        let mut template = welcome(0, "Hello");
        template["name"] = json!(format!("reminder-{number:03}"));
        put(&demo, &template).await.ok();
    }
    let mut names = Vec::new();
    let mut path = "/mail/templates".to_owned();
    let mut pages = 0;
    loop {
        let list = demo.get(&path).await.ok();
        for template in list["templates"].as_array().expect("a list") {
            names.push(format!("{} {}", template["name"], template["language"]));
        }
        pages += 1;
        let Some(cursor) = list["next_cursor"].as_str() else {
            break;
        };
        path = format!("/mail/templates?cursor={cursor}");
    }
    assert_eq!((names.len(), pages), (103, 2));
    assert!(names.is_sorted(), "{names:?}");
    assert_eq!(names[100], "\"welcome\" \"de\"");
    let msg = demo.get("/mail/templates?cursor=x").await.refused(40001);
    assert!(msg.starts_with("cursor: "), "{msg}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_could_not_be_sent_is_refused_with_the_place() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    for (field, value, told) in [
        ("html", json!("<p>\n{{ name"), "html, line 2: "),
        (
            "html",
            json!("{% for x in range(9) %}x{% endfor %}"),
            "html, line 1: a template has variables",
        ),
        (
            "html",
            json!("{{ name|safe }}"),
            "html, line 1: there is no filter `safe`",
        ),
        (
            "text",
            json!("{{ first_name }}"),
            "sample: has no value for first_name",
        ),
        ("subject", json!(""), "subject: is empty"),
        ("subject", json!("a\nb"), "subject: has a line break"),
    ] {
        let mut template = welcome(0, "Hello");
        template["texts"][field] = value;
        let msg = put(&demo, &template).await.refused(40001);
        assert!(msg.starts_with(told), "{told}: {msg}");
    }
    for (field, value) in [
        ("name", json!("a/b")),
        ("language", json!("english")),
        ("version", json!(-1)),
        ("sample", json!({ "name": ["Ann"] })),
        ("more", json!(1)),
    ] {
        let mut template = welcome(0, "Hello");
        template[field] = value;
        let msg = put(&demo, &template).await.refused(40001);
        assert!(msg.contains(field), "{field}: {msg}");
    }
    let list = demo.get("/mail/templates").await.ok();
    assert_eq!(list["templates"], json!([]), "nothing was stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_is_the_e_mail_with_its_values_escaped_in_html() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    put(&demo, &welcome(0, "Hello {{ name }}")).await.ok();
    let named = json!({ "name": "welcome", "language": "en" });
    let of_sample = preview(&demo, &json!({ "template": named })).await.ok();
    assert_eq!(of_sample["subject"], "Hello Ann");
    let request = json!({ "template": named, "values": { "name": "<b>Bob & Co\r\nBcc: eve</b>" } });
    let shown = preview(&demo, &request).await.ok();
    let wanted = json!({
        "subject": "Hello <b>Bob & Co Bcc: eve</b>",
        "text": "Dear <b>Bob & Co\r\nBcc: eve</b>",
        "html": "<p>Dear &lt;b&gt;Bob &amp; Co\r\nBcc: eve&lt;&#x2f;b&gt;</p>",
        "variables": ["name"],
    });
    assert_eq!(shown, wanted);
    let texts = json!({ "subject": "{{ a }}", "text": "{{ b|default('nothing') }}" });
    let request = json!({ "texts": texts, "values": { "a": 1.5 } });
    let shown = preview(&demo, &request).await.ok();
    assert_eq!(
        (&shown["subject"], &shown["text"]),
        (&json!("1.5"), &json!("nothing"))
    );
    assert_eq!(shown["html"], Value::Null);

    let missing = preview(&demo, &json!({ "texts": texts }))
        .await
        .refused(40001);
    assert_eq!(missing, "subject, line 1: `a` has no value");
    for request in [json!({}), json!({ "template": named, "texts": texts })] {
        let msg = preview(&demo, &request).await.refused(40001);
        assert!(msg.contains("either template or texts"), "{msg}");
    }
    let other = sluice.caller("other");
    preview(&other, &json!({ "template": named }))
        .await
        .refused(40401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_whose_answer_is_lost_is_made_once() {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, |_| {}).await;
    let demo = sluice.demo();
    let mut lost = false;
    road.set_rule(move |operation| {
        if operation == "TransactWriteItems" && !std::mem::replace(&mut lost, true) {
            Fault::AnswerLost
        } else {
            Fault::None
        }
    });
    let stored = put(&demo, &welcome(0, "Hello {{ name }}")).await.ok();
    assert_eq!(road.count("TransactWriteItems", Fault::AnswerLost), 1);
    assert_eq!(stored["version"], 1);
    let latest = demo.get(WELCOME).await.ok();
    assert_eq!(latest["version"], 1);
    assert_eq!(latest["texts"], stored["texts"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_changes_at_the_same_moment_one_is_made() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let requests: Vec<Value> = (0..8).map(|n| welcome(0, &format!("Hello {n}"))).collect();
    let answers =
        futures::future::join_all(requests.iter().map(|request| put(&demo, request))).await;
    let made: Vec<&Answer> = answers.iter().filter(|answer| answer.code == 0).collect();
    assert_eq!(made.len(), 1);
    assert!(
        answers
            .iter()
            .all(|answer| [0, 40901].contains(&answer.code))
    );
    assert_eq!(demo.get(WELCOME).await.ok()["version"], 1);
}
