//! Who may call: tokens as API Gateway's JWT authorizer checks them, scopes, and stations that
//! never see each other's tasks.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::harness::{Caller, Sluice, members};

/// The claims of a good token, with some of them replaced; null takes a claim away.
fn claims(sluice: &Sluice, other: &Value) -> Value {
    let template = sluice.system.template();
    let mut claims = json!({
        "iss": template.jwt_issuer,
        "aud": template.jwt_audience,
        "station_id": "demo",
        "scope": "task:read task:write",
        "exp": jsonwebtoken::get_current_timestamp() + 600,
    });
    for (name, value) in other.as_object().expect("an object") {
        claims[name] = value.clone();
    }
    let claims = claims.as_object().expect("an object").clone();
    claims
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .collect()
}

fn with(sluice: &Sluice, other: &Value) -> Caller {
    let token = sluice.system.tokens.sign(&claims(sluice, other));
    sluice.demo().with_token(token.expect("a token"))
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_valid_token_opens_the_api() {
    let sluice = Sluice::start().await;
    with(&sluice, &json!({})).get("/task/list").await.ok();

    let past = jsonwebtoken::get_current_timestamp() - 3_600;
    for wrong in [
        json!({ "exp": past }),
        json!({ "exp": null }),
        json!({ "aud": "another" }),
        json!({ "aud": null }),
        json!({ "iss": "https://elsewhere.example.com/" }),
        json!({ "iss": null }),
    ] {
        let msg = with(&sluice, &wrong).get("/task/list").await.refused(40101);
        assert!(msg.contains("not valid or has expired"), "{wrong}: {msg}");
    }
    let demo = sluice.demo();
    let msg = demo.anonymous().get("/task/list").await.refused(40101);
    assert!(msg.contains("Authorization: Bearer"), "{msg}");
    demo.with_token(String::new())
        .get("/task/list")
        .await
        .refused(40101);
    demo.with_token("x.y.z".to_owned())
        .get("/task/list")
        .await
        .refused(40101);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_signed_by_somebody_else_is_refused() {
    let sluice = Sluice::start().await;
    let claims = claims(&sluice, &json!({}));
    for algorithm in [Algorithm::HS256, Algorithm::HS512] {
        let key = EncodingKey::from_secret(b"a key that is not the system's, of 32 bytes");
        let token = encode(&Header::new(algorithm), &claims, &key).expect("a token");
        sluice
            .demo()
            .with_token(token)
            .get("/task/list")
            .await
            .refused(40101);
    }
    // {"alg":"none","typ":"JWT"}, the claims of a good token, no signature.
    let good = sluice.system.tokens.sign(&claims).expect("a token");
    let middle = good.split('.').nth(1).expect("claims");
    let token = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{middle}.");
    sluice
        .demo()
        .with_token(token)
        .get("/task/list")
        .await
        .refused(40101);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_call_needs_its_scope_and_a_station() {
    let sluice = Sluice::start().await;
    let upload = json!({ "business": "member_import", "file_name": "x.csv", "size_bytes": 10 });
    let reader = with(&sluice, &json!({ "scope": "task:read" }));
    reader.get("/task/list").await.ok();
    let msg = reader.post("/upload", &upload).await.refused(40301);
    assert!(msg.contains("task:write"), "{msg}");
    let complete = json!({ "task_id": 1, "upload_id": "x", "parts": [] });
    reader
        .post("/upload/complete", &complete)
        .await
        .refused(40301);

    let writer = with(&sluice, &json!({ "scope": "task:write" }));
    writer.post("/upload", &upload).await.ok();
    let msg = writer.get("/task/list").await.refused(40301);
    assert!(msg.contains("task:read"), "{msg}");
    writer.get("/task/get?task_id=1").await.refused(40301);

    for scope in [json!(""), json!(null), json!("task:readers"), json!("task")] {
        let nobody = with(&sluice, &json!({ "scope": scope }));
        nobody.get("/task/list").await.refused(40301);
    }
    for station in [json!(null), json!(""), json!("a/b"), json!(7.5)] {
        let nowhere = with(&sluice, &json!({ "station_id": station }));
        let msg = nowhere.get("/task/list").await.refused(40301);
        assert!(msg.contains("station_id"), "{msg}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_stations_task_is_no_such_task() {
    let sluice = Sluice::start().await;
    let (mine, other) = (sluice.caller("mine"), sluice.caller("other"));
    let body = json!({
        "business": "member_import",
        "file_name": "x.csv",
        "size_bytes": 200 << 20,
        "user_task_id": "first",
    });
    let begun = mine.post("/upload", &body).await.ok();
    let task_id = begun["task_id"].as_u64().expect("a task id");
    mine.task(task_id).await;
    for path in [
        format!("/task/get?task_id={task_id}"),
        "/task/get?user_task_id=first".to_owned(),
    ] {
        assert_eq!(other.get(&path).await.refused(40401), "no such task");
    }
    for query in ["", "?user_task_ids=first", &format!("?task_ids={task_id}")] {
        let list = other.get(&format!("/task/list{query}")).await.ok();
        assert_eq!(list["tasks"], json!([]), "{query}");
    }
    let parts = json!([{ "part_number": 1, "etag": "x" }]);
    let complete = json!({ "task_id": task_id, "upload_id": "x", "parts": parts });
    other
        .post("/upload/complete", &complete)
        .await
        .refused(40401);
    // The same user id in another station is another task.
    let theirs = other.post("/upload", &body).await.ok();
    assert_ne!(theirs["task_id"], begun["task_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_is_not_open_to_everyone() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let task = demo.import(&members(5, 81)).await;
    let key = task.input["object_key"].as_str().expect("a key");
    let anonymous = demo.anonymous();
    for path in [
        format!("/sluice-files/{key}"),
        "/sluice-files?list-type=2".to_owned(),
    ] {
        let status = anonymous.status("GET", &path).await;
        assert_eq!(status, 403, "{path}");
        assert_eq!(anonymous.status("PUT", &path).await, 403, "{path}");
    }
    for (method, path) in [
        ("GET", "/task/nothing"),
        ("GET", "/"),
        ("DELETE", "/upload"),
    ] {
        let status = demo.status(method, path).await;
        assert!((400..500).contains(&status), "{method} {path}: {status}");
    }
}
