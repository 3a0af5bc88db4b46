//! Who may call: on every route, tokens as API Gateway's JWT authorizer checks them, scopes, and
//! stations that a key can be made of.

use std::collections::BTreeSet;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use sluice::template::Event;

use crate::harness::{Answer, Caller, ROUTES, Sluice, TASKS, members};

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

/// What every route answers to a caller, for a task of its own.
async fn every_route(caller: &Caller, task_id: u64) -> Vec<(&'static str, Answer)> {
    let mut answers = Vec::new();
    for route in ROUTES {
        answers.push((route.path, route.call(caller, task_id).await));
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn these_are_all_routes_there_are() {
    let sluice = Sluice::start().await;
    let mut found: Vec<String> = Vec::new();
    for function in sluice.system.template().functions.values() {
        for event in &function.events {
            if let Event::Http {
                method,
                path,
                is_open: false,
            } = event
            {
                found.push(format!("{method} {path}"));
            }
        }
    }
    found.sort_unstable();
    let mut known = ROUTES.map(|route| format!("{} {}", route.method, route.path));
    known.sort_unstable();
    assert_eq!(found, known);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_valid_token_opens_a_route() {
    let sluice = Sluice::start().await;
    let good = with(
        &sluice,
        &json!({ "scope": "task:read task:write task:service station:admin score:evaluate mail:send" }),
    );
    let task_id = good.run(&json!(1)).await;
    let before = sluice.items_of(TASKS).await;
    let now = jsonwebtoken::get_current_timestamp();
    for wrong in [
        json!({ "exp": now - 3_600 }),
        json!({ "exp": now - 1 }),
        json!({ "nbf": now + 45 }),
        json!({ "iat": now + 45 }),
        json!({ "exp": null }),
        json!({ "aud": "another" }),
        json!({ "aud": null }),
        json!({ "iss": "https://elsewhere.example.com/" }),
        json!({ "iss": null }),
    ] {
        for (path, answer) in every_route(&with(&sluice, &wrong), task_id).await {
            let msg = answer.refused(40101);
            assert!(
                msg.contains("not valid or has expired"),
                "{path}, {wrong}: {msg}"
            );
        }
    }
    for (path, answer) in every_route(&good.anonymous(), task_id).await {
        let msg = answer.refused(40101);
        assert!(msg.contains("Authorization: Bearer"), "{path}: {msg}");
    }
    for token in ["", "x.y.z", "null"] {
        let nobody = good.with_token(token.to_owned());
        for (_, answer) in every_route(&nobody, task_id).await {
            answer.refused(40101);
        }
    }
    assert!(
        sluice.items_of(TASKS).await == before,
        "something has changed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_signed_by_somebody_else_is_refused() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let task_id = demo.run(&json!(1)).await;
    let before = sluice.items_of(TASKS).await;
    let claims = claims(
        &sluice,
        &json!({ "scope": "task:read task:write task:service station:admin score:evaluate mail:send" }),
    );
    let mut tokens = Vec::new();
    for algorithm in [Algorithm::HS256, Algorithm::HS512] {
        let key = EncodingKey::from_secret(b"a key that is not the system's, of 32 bytes");
        tokens.push(encode(&Header::new(algorithm), &claims, &key).expect("a token"));
    }
    // {"alg":"none","typ":"JWT"}, the claims of a good token, no signature or that of the token.
    let good = sluice.system.tokens.sign(&claims).expect("a token");
    let parts: Vec<&str> = good.split('.').collect();
    for signature in ["", parts[2]] {
        let none = format!(
            "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.{signature}",
            parts[1]
        );
        tokens.push(none);
    }
    tokens.push(format!("{}.{}.", parts[0], parts[1]));
    for token in tokens {
        for (path, answer) in every_route(&demo.with_token(token.clone()), task_id).await {
            assert_eq!(answer.code, 40101, "{path}, {token}");
            answer.refused(40101);
        }
    }
    assert!(
        sluice.items_of(TASKS).await == before,
        "something has changed"
    );
}

#[tokio::test(flavor = "multi_thread")]
pub async fn each_route_needs_its_scope() {
    let sluice = Sluice::start().await;
    let task_id = sluice.demo().run(&json!(1)).await;
    let before = sluice.items_of(TASKS).await;
    let all = [
        "task:read",
        "task:write",
        "task:service",
        "station:admin",
        "score:evaluate",
        "mail:send",
    ];
    // The forms of a claim are the same for every route, and have tests of their own (`sluice-lambda`).
    let mut tried: BTreeSet<&[&str]> = BTreeSet::new();
    for route in ROUTES {
        let others: Vec<&str> = all
            .into_iter()
            .filter(|scope| !route.scopes.contains(scope))
            .collect();
        let mut refused = vec![json!(others.join(" ")), json!(null)];
        if tried.insert(route.scopes) {
            refused.extend([
                json!(""),
                json!("task"),
                json!(format!("{}s", route.scopes[0])),
                json!(route.scopes[0].to_uppercase()),
                json!(route.scopes[0].replace(':', " ")),
                json!(["a", format!("b {} c", route.scopes[0]), "d"]),
                json!([[route.scopes[0]]]),
                json!(format!("[{}]", route.scopes[0])),
                json!({ route.scopes[0]: true }),
            ]);
        }
        for scope in refused {
            let caller = with(&sluice, &json!({ "scope": scope }));
            let msg = route.call(&caller, task_id).await.refused(40301);
            assert!(msg.contains(route.scopes[0]), "{route:?}, {scope}: {msg}");
        }
    }
    assert!(
        sluice.items_of(TASKS).await == before,
        "something has changed"
    );
    let mut tried: BTreeSet<&str> = BTreeSet::new();
    for route in ROUTES {
        for scope in route.scopes {
            let mut granted = vec![json!({ "scope": format!("other {scope}") })];
            if tried.insert(scope) {
                granted.extend([
                    json!({ "scope": [scope, "other"] }),
                    json!({ "scope": ["other", scope] }),
                    json!({ "scope": null, "scp": [scope] }),
                ]);
            }
            for claims in granted {
                let answer = route.call(&with(&sluice, &claims), task_id).await;
                assert_ne!(answer.status, 403, "{route:?}, {claims}: {answer:?}");
                assert_ne!(answer.status, 401, "{route:?}, {claims}: {answer:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_that_no_key_can_be_made_of_is_refused_on_every_route() {
    let sluice = Sluice::start().await;
    let task_id = sluice.demo().run(&json!(1)).await;
    let before = sluice.items_of(TASKS).await;
    for station in [
        json!("a/b"),
        json!("../x"),
        json!("a#b"),
        json!("demo#"),
        json!("ä"),
        json!("a b"),
        json!("demo\n"),
        json!("x".repeat(65)),
        json!(""),
        json!(null),
        json!(7),
        json!(7.5),
        json!(true),
        json!(false),
        json!(["demo"]),
        json!({ "demo": 1 }),
    ] {
        let scope = "task:read task:write task:service station:admin score:evaluate mail:send";
        let nowhere = with(&sluice, &json!({ "station_id": station, "scope": scope }));
        for (path, answer) in every_route(&nowhere, task_id).await {
            let msg = answer.refused(40301);
            assert!(msg.contains("station_id"), "{path}, {station}: {msg}");
        }
    }
    assert!(
        sluice.items_of(TASKS).await == before,
        "something has changed"
    );
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
