//! Requests that are wrong, and JSON that is odd: the first are refused by name, the second comes
//! back as it was sent.

use serde_json::{Value, json};
use sluice_api::{MAX_INPUT_BYTES, MAX_RESULT_BYTES};

use crate::harness::{Answer, Caller, Sluice, id_of, ids, process};

/// Objects in objects.
fn nested(levels: usize) -> String {
    format!("{}0{}", r#"{"k":"#.repeat(levels), "}".repeat(levels))
}

/// JSON texts as `serde_json` writes them, so that they can be compared as text.
fn odd() -> Vec<String> {
    let mut odd: Vec<String> = [
        "null",
        "true",
        "0",
        "-1",
        "\"\"",
        "[]",
        "{}",
        r#"{"":{"":[""]},"a b":2,"a#b":3,"a.b":1}"#,
        r##"{"#会员":1,"NULL":null,"S":{"N":"1"}}"##,
        "[9007199254740991,9007199254740993,18446744073709551615,-9223372036854775808]",
        "[0.1,-0.0,1.5e-7,0.30000000000000004,1e+300,-1e+300]",
        "[1.7976931348623157e+308,2.2250738585072014e-308,5e-324]",
        "[\"会员\",\"\u{e9}\",\"e\u{301}\",\"\u{2028}\u{202e}\u{feff}\",\"👩‍👩‍👧\"]",
        r#"["\u0000\u0001\b\t\n\f\r\"\\/"]"#,
        r#"[1,[2,[3,[]]],{"a":[{"b":{}}]}]"#,
    ]
    .map(str::to_owned)
    .into();
    // Names under which the JSON reader keeps something else than objects.
    for name in ["RawValue", "Number"] {
        let name = format!("$serde_json::private::{name}");
        odd.push(format!(r#"{{"{name}":"[1,2,3]"}}"#));
        odd.push(format!(r#"[{{"{name}":"1"}},{{"!b":1,"{name}":"{{}}"}}]"#));
        let hidden = "[".repeat(90) + &"]".repeat(90);
        odd.push(format!(r#"{{"{name}":"{hidden}"}}"#));
    }
    odd.push(nested(60));
    odd.push(nested(100));
    odd.push(format!("[{}]", vec!["1"; 20_000].join(",")));
    odd
}

/// Posts a body as text, so that no number in it is read before it is sent.
async fn post_text(demo: &Caller, path: &str, body: String) -> Answer {
    let body = body.into_bytes();
    demo.post_as(path, "application/json", body).await
}

/// Asserts that JSON text comes back as it was sent, as input and as result, from each verb.
async fn assert_comes_back(demo: &Caller, text: &str) {
    let body =
        format!(r#"{{"name":"x","business_id":"b","business_name":"B","type":2,"input":{text}}}"#);
    let added = post_text(demo, "/task/add", body).await;
    let is_there = |answer: &str, field: &str| {
        let sent = format!(r#""{field}":{text},"#);
        assert!(answer.contains(&sent), "{field} {text} came as {answer}");
    };
    is_there(&added.text, "input");
    let task_id = id_of(&added.ok());
    let started = demo.verb("start", task_id).await;
    is_there(&started.text, "input");
    let result = format!(r#"{{"task_id":{task_id},"result":{text}}}"#);
    for verb in ["update", "finish"] {
        let told = post_text(demo, &format!("/task/{verb}"), result.clone()).await;
        is_there(&told.text, "result");
        told.ok();
    }
    let read = demo.get(&format!("/task/get?task_id={task_id}")).await;
    is_there(&read.text, "input");
    is_there(&read.text, "result");
    let again = post_text(demo, "/task/finish", result).await;
    assert_eq!(again.ok()["status"], 3, "the same end again: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_json_comes_back_as_it_was_sent() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    for text in odd() {
        assert_comes_back(&demo, &text).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fractions_come_back_digit_for_digit() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    // Doubles that a reader which is not exact gets wrong in the last digit.
    for text in [
        "31.245270191439438",
        "121.48791951161945",
        "[100.78399658203125]",
    ] {
        assert_comes_back(&demo, text).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn json_that_nobody_could_read_back_is_refused() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    for input in [
        nested(200),
        r#""\ud800""#.to_owned(),
        "1e999".to_owned(),
        "NaN".to_owned(),
        "01".to_owned(),
        "[1,]".to_owned(),
    ] {
        let body = format!(
            r#"{{"name":"x","business_id":"b","business_name":"B","type":2,"input":{input}}}"#
        );
        post_text(&demo, "/task/add", body).await.refused(40001);
    }
    let twice = format!("{0} {0}", process(&json!(1)));
    post_text(&demo, "/task/add", twice).await.refused(40001);
    for body in [b"".as_slice(), b"\xff\xfe", b"[]", b"null"] {
        let answer = demo.post_as("/task/add", "application/json", body.to_vec());
        answer.await.refused(40001);
    }
    assert_eq!(ids(&demo.get("/task/list").await.ok()), [0; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_is_unknown_missing_or_wrong_is_named() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let task_id = demo.run(&json!(0)).await;
    let named = json!({ "task_id": task_id });
    for (path, right) in [
        ("/task/add", process(&json!(1))),
        ("/task/start", named.clone()),
        ("/task/update", json!({ "task_id": task_id, "progress": 1 })),
        ("/task/finish", named.clone()),
        ("/task/cancel", named.clone()),
        ("/task/retry", named.clone()),
        ("/task/undo", named.clone()),
        ("/task/hide", json!({ "task_ids": [task_id] })),
        ("/task/clear_show", json!({ "task_ids": [task_id] })),
    ] {
        let mut wrong = right.clone();
        wrong["colour"] = "red".into();
        let msg = demo.post(path, &wrong).await.refused(40001);
        assert!(msg.contains("colour"), "{path}: {msg}");
        let field = right.as_object().expect("an object").keys().next();
        let field = field.expect("a field").clone();
        let mut wrong = right;
        wrong[&field] = json!({ "not": "that" });
        let msg = demo.post(path, &wrong).await.refused(40001);
        assert!(msg.contains(&field), "{path}: {msg}");
    }
    for path in ["start", "update", "finish", "cancel", "retry", "undo"] {
        let msg = demo.post(&format!("/task/{path}"), &json!({})).await;
        let msg = msg.refused(40001);
        assert!(msg.contains("task_id"), "{path}: {msg}");
    }
    for id in [
        json!(0),
        json!(1_u64 << 53),
        json!(-1),
        json!(1.5),
        json!("1"),
    ] {
        let msg = demo.post("/task/start", &json!({ "task_id": id })).await;
        let msg = msg.refused(40001);
        assert!(msg.contains("task_id"), "{id}: {msg}");
    }
    assert_eq!(demo.record(task_id).await["status"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_field_of_a_new_task_is_named_and_leaves_no_task() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    for (field, value) in [
        ("name", json!("")),
        ("name", json!("a b")),
        ("name", json!("x".repeat(65))),
        ("name", Value::Null),
        ("business_id", json!("")),
        ("business_id", json!("x".repeat(65))),
        ("business_id", json!("a\u{7f}b")),
        ("business_name", json!("")),
        ("business_name", json!("x".repeat(1_001))),
        ("type", json!(3)),
        ("type", json!("2")),
        ("type", json!(-1)),
        ("user_task_id", json!("")),
        ("user_task_id", json!("x".repeat(65))),
        ("repeat", json!("yes")),
        ("repeat", json!(1)),
        ("station_id", json!("other")),
        ("status", json!(3)),
    ] {
        let mut wrong = process(&json!(1));
        wrong[field] = value.clone();
        let msg = demo.post("/task/add", &wrong).await.refused(40001);
        assert!(msg.contains(field), "{field} = {value}: {msg}");
    }
    for field in ["name", "business_id", "business_name", "type", "input"] {
        let mut wrong = process(&json!(1));
        wrong.as_object_mut().expect("an object").remove(field);
        let msg = demo.post("/task/add", &wrong).await.refused(40001);
        assert!(msg.contains(field), "{field}: {msg}");
    }
    assert_eq!(ids(&demo.get("/task/list").await.ok()), [0; 0]);
    assert_eq!(sluice.assert_consistent().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_is_refused_and_the_largest_of_all_fits() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    // Quotes take two bytes.
    let text = |bytes: usize| json!("会".repeat((bytes - 2) / 3) + &"x".repeat((bytes - 2) % 3));
    let too_large = process(&text(MAX_INPUT_BYTES + 1));
    let msg = demo.post("/task/add", &too_large).await.refused(41301);
    assert!(msg.contains("input") && msg.contains("object"), "{msg}");
    assert_eq!(ids(&demo.get("/task/list").await.ok()), [0; 0]);

    let input = text(MAX_INPUT_BYTES);
    let task_id = demo.run(&input).await;
    let before = demo.record(task_id).await;
    assert_eq!(before["input"], input);
    for verb in ["update", "finish"] {
        let more = json!({ "result": text(MAX_RESULT_BYTES + 1) });
        let msg = demo.verb_with(verb, task_id, &more).await.refused(41301);
        assert!(msg.contains("result") && msg.contains("object"), "{msg}");
    }
    assert_eq!(demo.record(task_id).await, before);
    let more = json!({ "result": text(MAX_RESULT_BYTES), "reason": "理".repeat(1_000) });
    demo.verb_with("update", task_id, &more).await.ok();
    let finished = demo.verb_with("finish", task_id, &more).await.ok();
    assert_eq!(finished["result"], more["result"]);
    assert_eq!(finished["reason"], more["reason"]);
}
