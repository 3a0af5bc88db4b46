//! The doors of a running system as a stranger finds them: a web page, or another user of the same
//! machine.

use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use sluice::system::{Keys, Options, System, Urls};
use tempfile::TempDir;

const BUCKET: &str = "sluice-files";

struct Running {
    system: System,
    folder: TempDir,
    http: Client,
}

impl Running {
    async fn start(allowed: &[&str]) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let mut options = Options::new(folder.path().join("data"));
        let origins = allowed.iter().map(|origin| origin.parse());
        options.allowed_origins = origins.collect::<Result<_, _>>().expect("origins");
        Self {
            system: System::start(options).await.expect("a system that starts"),
            folder,
            http: Client::new(),
        }
    }

    fn urls(&self) -> &Urls {
        &self.system.urls
    }

    /// Puts an object and presigns its URL.
    /// Stores an object. A URL of it, by which a browser saves it as `disposition` says.
    async fn presigned(&self, key: &str, kind: &str, disposition: Option<&str>) -> String {
        let s3 = self.system.services.clients(self.urls()).await.s3;
        let put = s3.put_object().bucket(BUCKET).key(key).content_type(kind);
        let put = put.content_disposition("inline");
        let body = b"<script>alert(1)</script>".to_vec();
        put.body(body.into()).send().await.expect("it is stored");
        let get = s3.get_object().bucket(BUCKET).key(key);
        let get = get.set_response_content_disposition(disposition.map(str::to_owned));
        let minute = PresigningConfig::expires_in(Duration::from_mins(1)).expect("a minute");
        get.presigned(minute).await.expect("a URL").uri().to_owned()
    }

    fn preflight(&self, url: &str, origin: &str) -> RequestBuilder {
        let preflight = self.http.request(Method::OPTIONS, url);
        preflight
            .header("origin", origin)
            .header("access-control-request-method", "PUT")
            .header("access-control-request-headers", "authorization")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_port_answers_pages_of_other_origins_or_other_names() {
    let running = Running::start(&[]).await;
    let stored = running.presigned("page.html", "text/html", None).await;
    let Urls {
        api, dynamodb, sqs, ..
    } = running.urls();
    let task = format!("{api}/task/list");
    for url in [&stored, &task, api, dynamodb, sqs] {
        for origin in ["http://attacker.example", "null", "http://localhost:5173"] {
            let get = running.http.get(url).header("origin", origin);
            let answers = [get, running.preflight(url, origin)].map(RequestBuilder::send);
            for answer in futures::future::join_all(answers).await {
                let answer = answer.expect("an answer");
                assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{url} for {origin}");
                let headers = answer.headers();
                assert!(
                    !headers.contains_key("access-control-allow-origin"),
                    "{url}"
                );
            }
        }
        for host in [
            "attacker.example",
            "attacker.example:9300",
            "169.254.169.254",
        ] {
            let get = running.http.get(url).header("host", host);
            let answer = get.send().await.expect("an answer");
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{url} as {host}");
        }
    }
    let own = running.http.get(&stored).header("origin", api);
    assert_eq!(
        own.send().await.expect("an answer").status(),
        StatusCode::OK
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_an_allowed_origin_may_use_the_api_and_s3_alone() {
    let page = "http://localhost:5173";
    let running = Running::start(&[page]).await;
    let stored = running.presigned("file.csv", "text/csv", None).await;
    let Urls {
        api, dynamodb, sqs, ..
    } = running.urls();
    for url in [&stored, &format!("{api}/upload")] {
        let answer = running
            .preflight(url, page)
            .send()
            .await
            .expect("an answer");
        assert!(answer.status().is_success(), "{url}");
        assert_eq!(answer.headers()["access-control-allow-origin"], page);
        assert_eq!(
            answer.headers()["access-control-allow-headers"],
            "authorization"
        );
        let methods = answer.headers()["access-control-allow-methods"].to_str();
        assert!(methods.expect("text").contains("PUT"), "{url}");
    }
    let get = running.http.get(&stored).header("origin", page);
    let answer = get.send().await.expect("an answer");
    assert_eq!(answer.headers()["access-control-allow-origin"], page);
    let shown = answer.headers()["access-control-expose-headers"].to_str();
    assert!(shown.expect("text").contains("etag"));
    for url in [dynamodb, sqs] {
        let answer = running
            .preflight(url, page)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{url}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dynamodb_and_sqs_answer_to_the_keys_of_the_data_folder_alone() {
    let running = Running::start(&[]).await;
    let urls = running.urls();
    let mut others = Vec::new();
    for keys in [
        Keys::new("sluice", "sluice-local"),
        Keys::new(urls.keys.access_key(), "sluice-local"),
        Keys::new("AKIAIOSFODNN7EXAMPLE", urls.keys.secret_key()),
    ] {
        let mut urls = urls.clone();
        urls.keys = keys;
        others.push(urls);
    }
    for (urls, is_ours) in others
        .iter()
        .map(|urls| (urls, false))
        .chain([(urls, true)])
    {
        let clients = running.system.services.clients(urls).await;
        let read = clients.dynamodb.scan().table_name("sluice-tasks").send();
        assert_eq!(read.await.is_ok(), is_ours);
        let read = clients
            .sqs
            .get_queue_url()
            .queue_name("sluice-chunks")
            .send();
        assert_eq!(read.await.is_ok(), is_ours);
        let read = clients.s3.list_objects_v2().bucket(BUCKET).send();
        assert_eq!(read.await.is_ok(), is_ours);
    }
    for (url, target) in [
        (&urls.dynamodb, "DynamoDB_20120810.ListTables"),
        (&urls.sqs, "AmazonSQS.ListQueues"),
    ] {
        let ask = running.http.post(url).body("{}");
        let ask = ask.header("x-amz-target", target);
        let ask = ask.header("content-type", "application/x-amz-json-1.0");
        let answer = ask.send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{target}");
        let said = answer.text().await.expect("a body");
        assert!(said.contains("MissingAuthenticationToken"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_data_folder_has_keys_of_its_own_which_stay() {
    let one = Running::start(&[]).await;
    let other = Running::start(&[]).await;
    assert_ne!(one.urls().keys, other.urls().keys);
    let keys = one.urls().keys.clone();
    let data = one.folder.path().join("data");
    one.system.stop().await;
    let again = System::start(Options::new(&data)).await.expect("it starts");
    assert_eq!(again.urls.keys, keys);
    assert_eq!(Keys::of_folder(&data).expect("keys"), keys);
    again.stop().await;
    let fresh = Options {
        fresh: true,
        ..Options::new(&data)
    };
    let fresh = System::start(fresh).await.expect("it starts");
    assert_ne!(fresh.urls.keys, keys);
    fresh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_cannot_act_as_a_page_of_the_console() {
    let running = Running::start(&[]).await;
    for (kind, disposition, told) in [
        ("text/html", None, "attachment"),
        (
            "text/csv",
            Some("attachment; filename=\"a.csv\""),
            "attachment; filename=\"a.csv\"",
        ),
    ] {
        let url = running.presigned("page.html", kind, disposition).await;
        let answer = running.http.get(&url).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK);
        let headers = answer.headers();
        assert_eq!(headers["content-type"], kind);
        assert_eq!(headers["content-disposition"], told);
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["cross-origin-resource-policy"], "same-origin");
        let policy = headers["content-security-policy"].to_str().expect("text");
        assert!(policy.starts_with("sandbox;"), "{policy}");
        assert!(!policy.contains("allow-"), "{policy}");
    }
    let unknown = format!("{}/{BUCKET}/nothing.html", running.urls().api);
    let answer = running.http.get(unknown).send().await.expect("an answer");
    assert!(answer.headers().contains_key("content-security-policy"));
    let console = running.http.get(&running.urls().api).send().await;
    let console = console.expect("the console");
    let policy = &console.headers()["content-security-policy"];
    assert!(!policy.to_str().expect("text").contains("sandbox"));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_data_folder_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = TempDir::new().expect("a temporary folder");
    let data = folder.path().join("data");
    // As an older release left it.
    std::fs::create_dir(&data).expect("a folder");
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    let system = System::start(Options::new(&data)).await.expect("it starts");
    let mode = |name: &str| {
        let metadata = data.join(name).metadata().expect(name);
        metadata.permissions().mode() & 0o777
    };
    for folder in ["", "s3"] {
        assert_eq!(mode(folder), 0o700, "{folder}");
    }
    for file in [
        "aws-keys.json",
        "signing.key",
        "lock",
        "dynamodb.sqlite",
        "dynamodb.sqlite-wal",
        "sqs.sqlite",
    ] {
        assert_eq!(mode(file), 0o600, "{file}");
    }
    system.stop().await;
}
