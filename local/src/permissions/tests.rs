//! The template's roles as they are written, and the guard on its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::types::{AttributeValue, BatchStatementRequest, Put, TransactWriteItem};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_s3::presigning::PresigningConfig;
use axum::Router;
use serde_json::json;
use sluice_aws::Clients;

use super::policy::{Policy, Statement};
use super::{Guard, lambda, role::Role};
use crate::template::Template;

fn template() -> Template {
    Template::read("http://localhost:1", &BTreeMap::new()).expect("a readable template")
}

#[test]
fn every_function_has_a_role_of_its_own() {
    let template = template();
    let roles: BTreeSet<&str> = template
        .functions
        .values()
        .map(|function| function.role.as_str())
        .collect();
    assert_eq!(roles.len(), template.functions.len());
    assert_eq!(roles.len(), template.roles.len());
}

#[test]
fn every_function_has_a_log_of_its_own() {
    let template = template();
    let logs: BTreeSet<&str> = template
        .functions
        .values()
        .map(|function| function.log_group.as_str())
        .collect();
    assert!(!logs.contains(""));
    assert_eq!(logs.len(), template.functions.len());
}

#[test]
fn every_role_lets_lambda_do_its_part() {
    let template = template();
    for (id, function) in &template.functions {
        let role = Role::new(id, template.roles[&function.role].clone());
        let needs = lambda::needs(function);
        assert!(!needs.is_empty());
        for need in needs {
            assert!(role.allows(&need), "{id} may not {need}");
        }
    }
}

/// The wildcards that docs/adr/0023-a-role-for-each-function.md defends.
#[test]
fn a_wildcard_stands_only_where_the_decision_record_defends_it() {
    let template = template();
    let mut wildcards = 0;
    for (id, function) in &template.functions {
        for statement in &template.roles[&function.role].statements {
            for resource in &statement.resources {
                let Some((before, _)) = resource.split_once(['*', '?']) else {
                    continue;
                };
                wildcards += 1;
                assert_eq!(format!("{before}*"), *resource, "{id}");
                // CloudFormation's name of a log group ends so. It is the function's own.
                let is_log = before.ends_with(&format!(":log-group:{}:", function.log_group));
                let followed = ["sluice-tasks", "sluice-scores"];
                let is_stream = followed
                    .iter()
                    .any(|table| before.ends_with(&format!(":table/{table}/stream/")));
                let key = before.strip_prefix("arn:aws:s3:::sluice-files/");
                let is_folder = key.is_some_and(|key| key.len() > 1 && key.ends_with('/'));
                let is_of_xray = |action: &String| action.starts_with("xray:");
                let is_traces = before.is_empty() && statement.actions.iter().all(is_of_xray);
                let is_of_account = |action: &String| action == "ses:GetAccount";
                let is_account = before.is_empty() && statement.actions.iter().all(is_of_account);
                let is_defended = is_log || is_stream || is_folder || is_traces || is_account;
                assert!(is_defended, "{id}: {resource}");
            }
        }
    }
    assert!(wildcards > template.functions.len());
}

/// Clients of `url`, of a function that may only do what `statement` says.
async fn clients(url: &str, actions: &[&str], resources: &[&str]) -> (Clients, Guard) {
    let credentials = Credentials::new("key", "secret", None, None, "test");
    let config: SdkConfig = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .load()
        .await;
    let statement =
        json!({ "Sid": "Test", "Effect": "Allow", "Action": actions, "Resource": resources });
    let role = json!({ "Policies": [{ "PolicyDocument": { "Statement": [statement] } }] });
    let policy = Policy::of_role(&role).expect("a policy");
    let guard = Guard::of("TestFunction", policy);
    let clients = guard.guarding(&Clients::at(&config, url, url, url));
    (clients, guard)
}

/// A service that answers everything with this status.
async fn answering(status: u16) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let status = axum::http::StatusCode::from_u16(status).expect("a status");
    let router = Router::new().fallback(move || async move { (status, "{}") });
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

const MEMBERS: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/sluice-members";

#[tokio::test]
async fn what_a_role_does_not_allow_is_answered_as_aws_does() {
    let url = answering(200).await;
    let actions = [
        "dynamodb:GetItem",
        "dynamodb:PartiQLInsert",
        "s3:GetObject",
        "sqs:SendMessage",
    ];
    let resources = [MEMBERS, "arn:aws:s3:::files/uploads/*"];
    let (clients, guard) = clients(&url, &actions, &resources).await;
    let key = || AttributeValue::S("a".to_owned());
    let table = clients.dynamodb.get_item().key("pk", key());

    let allowed = table.clone().table_name("sluice-members").send().await;
    allowed.expect("an answer of the service");
    let denied = table.table_name("sluice-tasks").send().await;
    let denied = denied.expect_err("another table");
    assert_eq!(denied.code(), Some("AccessDeniedException"));

    let statement = |text: &str| {
        let statement = BatchStatementRequest::builder().statement(text).build();
        clients
            .dynamodb
            .batch_execute_statement()
            .statements(statement.expect("a statement"))
    };
    let insert = statement("INSERT INTO \"sluice-members\" VALUE {'pk': ?}");
    insert.send().await.expect("an answer of the service");
    let delete = statement("DELETE FROM \"sluice-members\" WHERE pk = ?");
    let denied = delete.send().await.expect_err("another verb");
    assert_eq!(denied.code(), Some("AccessDeniedException"));

    let put = Put::builder()
        .table_name("sluice-members")
        .item("pk", key());
    let put = put.build().expect("a put");
    let part = TransactWriteItem::builder().put(put).build();
    let transaction = clients.dynamodb.transact_write_items().transact_items(part);
    let denied = transaction.send().await.expect_err("another action");
    assert_eq!(denied.code(), Some("AccessDeniedException"));

    let object = clients.s3.get_object().bucket("files");
    let denied = object.clone().key("results/x").send().await;
    let denied = denied.expect_err("another folder");
    assert_eq!(denied.code(), Some("AccessDenied"));
    object
        .key("uploads/x")
        .send()
        .await
        .expect("an answer of the service");

    let message = clients.sqs.send_message().message_body("m");
    let denied = message.queue_url(format!("{url}/000000000000/sluice-chunks"));
    let denied = denied.send().await.expect_err("a queue");
    assert_eq!(denied.code(), Some("AccessDeniedException"));

    let length = clients.sqs.get_queue_attributes();
    let denied = length.queue_url(format!("{url}/000000000000/sluice-chunks"));
    let denied = denied.send().await.expect_err("what a queue is like");
    assert_eq!(denied.code(), Some("AccessDeniedException"));

    assert_eq!(guard.denied().len(), 6, "{:?}", guard.denied());
    assert_eq!(guard.unused(), ["Test: sqs:SendMessage"]);
}

#[tokio::test]
async fn a_request_that_is_not_known_is_denied() {
    let url = answering(200).await;
    let (clients, guard) = clients(&url, &["dynamodb:Scan"], &[MEMBERS]).await;
    let scan = clients.dynamodb.scan().table_name("sluice-members").send();
    let denied = scan.await.expect_err("a scan");
    assert_eq!(denied.code(), Some("AccessDeniedException"));
    let copy = clients.s3.copy_object().bucket("files").key("uploads/x");
    let denied = copy.copy_source("files/other").send().await;
    assert_eq!(denied.expect_err("a copy").code(), Some("AccessDenied"));
    let tags = clients.s3.get_object_tagging().bucket("files").key("x");
    let denied = tags.send().await;
    assert_eq!(denied.expect_err("tags").code(), Some("AccessDenied"));
    assert_eq!(guard.denied().len(), 3, "{:?}", guard.denied());
}

#[tokio::test]
async fn only_who_may_list_a_bucket_hears_that_an_object_is_missing() {
    let url = answering(404).await;
    let objects = "arn:aws:s3:::files/*";
    for (actions, status) in [
        (vec!["s3:GetObject"], 403),
        (vec!["s3:GetObject", "s3:ListBucket"], 404),
    ] {
        let (clients, _) = clients(&url, &actions, &[objects, "arn:aws:s3:::files"]).await;
        let head = clients.s3.head_object().bucket("files").key("x").send();
        let error = head.await.expect_err("no object");
        let answer = error.raw_response().expect("an answer");
        assert_eq!(answer.status().as_u16(), status, "{actions:?}");
    }
}

#[tokio::test]
async fn a_link_is_signed_only_for_what_the_role_allows() {
    let (clients, guard) = clients(
        "http://127.0.0.1:1",
        &["s3:GetObject"],
        &["arn:aws:s3:::files/results/*"],
    )
    .await;
    let hour = || PresigningConfig::expires_in(std::time::Duration::from_hours(1));
    let link = async |key: &str| {
        let get = clients.s3.get_object().bucket("files").key(key);
        get.presigned(hour().expect("an expiry")).await
    };
    link("results/x").await.expect("a link");
    link("uploads/x").await.expect_err("another folder");
    let put = clients.s3.put_object().bucket("files").key("results/x");
    let put = put.presigned(hour().expect("an expiry")).await;
    put.expect_err("another action");
    assert_eq!(guard.denied().len(), 2, "{:?}", guard.denied());
    assert!(guard.unused().is_empty());
}

const HEAD: &str = "| function | for | may | on |\n|---|---|---|---|\n";

/// What every function may.
const OF_ALL: [&str; 2] = ["Log", "Traces"];

/// The rights of each function, as docs/operations.md shows them.
fn table(template: &Template) -> String {
    let mut table = String::new();
    for (id, function) in &template.functions {
        let statements = &template.roles[&function.role].statements;
        let own = |statement: &&Statement| !OF_ALL.contains(&statement.sid.as_str());
        for statement in statements.iter().filter(own) {
            let quoted = |texts: Vec<&str>| {
                let quoted: Vec<String> = texts.iter().map(|text| format!("`{text}`")).collect();
                quoted.join(", ")
            };
            let actions = quoted(statement.actions.iter().map(String::as_str).collect());
            let resources = quoted(statement.resources.iter().map(|arn| short(arn)).collect());
            let sid = &statement.sid;
            let _ = writeln!(table, "| `{id}` | {sid} | {actions} | {resources} |");
        }
    }
    table
}

/// An ARN without what is the same for all of its service.
fn short(arn: &str) -> &str {
    let name = arn.splitn(6, ':').last().unwrap_or(arn);
    name.strip_prefix("table/").unwrap_or(name)
}

/// `docs/operations.md` has the table. `UPDATE_DOCS=1` writes it there.
#[test]
fn the_documentation_says_who_may_do_what() {
    let table = table(&template());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operations.md");
    let document = std::fs::read_to_string(path).expect("a document");
    let (before, rest) = document.split_once(HEAD).expect("a table");
    let (documented, after) = rest.split_once("\n\n").expect("an end of the table");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let document = format!("{before}{HEAD}{table}\n{after}");
        std::fs::write(path, document).expect("a document");
    } else {
        assert_eq!(format!("{documented}\n"), table, "UPDATE_DOCS=1 writes it");
    }
}
