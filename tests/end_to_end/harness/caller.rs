//! A client of the HTTP API that knows nothing of the server's code but the contract's types.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER};
use serde_json::{Value, json};
use sluice_api::TaskView;
use sluice_lambda::REQUEST_ID;
use sluice_task::TaskStatus;

use super::patiently;

/// A client with a station's token.
pub struct Caller {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
    /// Whether uploads say that the file may be imported again.
    repeat: bool,
    business: &'static str,
}

/// An answer of the API: HTTP status and envelope.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub code: u64,
    pub msg: String,
    pub data: Value,
    /// The header `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
    /// The header `X-Request-Id`.
    pub request_id: Option<String>,
    /// The envelope as it came.
    pub text: String,
}

impl Answer {
    /// The data of an answer that is no refusal.
    pub fn ok(self) -> Value {
        assert_eq!((self.status, self.code), (200, 0), "{}", self.msg);
        self.data
    }

    /// The message of a refusal with this code; its HTTP status is the code's first digits.
    pub fn refused(self, code: u64) -> String {
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(u64::from(self.status), code / 100, "{self:?}");
        assert_eq!(self.data, Value::Null, "a refusal carries no data");
        assert!(!self.msg.is_empty(), "a refusal says why");
        self.msg
    }
}

impl Caller {
    pub fn new(url: &str, token: String) -> Self {
        Self {
            http: reqwest::Client::new(),
            url: url.to_owned(),
            token: Some(token),
            repeat: false,
            business: "member_import",
        }
    }

    /// The same without a token.
    pub fn anonymous(&self) -> Self {
        Self {
            token: None,
            ..Self::new(&self.url, String::new())
        }
    }

    /// The same with another token.
    pub fn with_token(&self, token: String) -> Self {
        Self::new(&self.url, token)
    }

    /// The same, sending its files with `repeat: true`.
    pub fn repeating(&self) -> Self {
        Self {
            token: self.token.clone(),
            repeat: true,
            business: self.business,
            ..Self::new(&self.url, String::new())
        }
    }

    /// The same, sending files of another business than members.
    pub fn of_business(&self, business: &'static str) -> Self {
        Self {
            token: self.token.clone(),
            repeat: self.repeat,
            business,
            ..Self::new(&self.url, String::new())
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        answer(self.request("GET", path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call("POST", path, body).await
    }

    /// Sends JSON with a method.
    pub async fn call(&self, method: &str, path: &str, body: &Value) -> Answer {
        answer(self.request(method, path).json(body)).await
    }

    /// Posts bytes of a type.
    pub async fn post_as(&self, path: &str, content_type: &str, body: Vec<u8>) -> Answer {
        let request = self.request("POST", path).body(body);
        answer(request.header(CONTENT_TYPE, content_type)).await
    }

    /// The HTTP status of a request that no route may be there for.
    pub async fn status(&self, method: &str, path: &str) -> u16 {
        let response = self.request(method, path).send().await;
        response.expect("an answer").status().as_u16()
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = method.parse().expect("a method");
        let request = self.http.request(method, format!("{}{path}", self.url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// What `POST /upload` answers for a file of this size.
    pub async fn begin(&self, size_bytes: usize, options: &Value) -> Value {
        let mut body = json!({
            "business": self.business,
            "file_name": "members.csv",
            "size_bytes": size_bytes,
            "options": options,
        });
        if self.repeat {
            body["repeat"] = true.into();
        }
        self.post("/upload", &body).await.ok()
    }

    /// Puts bytes to a presigned URL, with the header that the ticket of a whole file asks for. HTTP
    /// status and `ETag`.
    pub async fn put(&self, url: &str, bytes: impl Into<Vec<u8>>) -> (u16, String) {
        let mut request = self.http.put(url).body(bytes.into());
        if url.contains("%3Bif-none-match") {
            request = request.header(IF_NONE_MATCH, "*");
        }
        let response = request.send().await;
        let response = response.expect("an answer of S3");
        let etag = response.headers().get(ETAG);
        let etag = etag.and_then(|etag| etag.to_str().ok()).unwrap_or_default();
        (response.status().as_u16(), etag.to_owned())
    }

    /// Downloads from a presigned URL.
    pub async fn download(&self, url: &str) -> Vec<u8> {
        let response = self.http.get(url).send().await.expect("an answer of S3");
        assert_eq!(response.status().as_u16(), 200);
        response.bytes().await.expect("a body").to_vec()
    }

    /// Sends a file as the ticket of its upload says. The task's id.
    pub async fn send(&self, file: &[u8], options: &Value) -> u64 {
        let begun = self.begin(file.len(), options).await;
        let upload = &begun["upload"];
        assert_eq!(upload["kind"], "put");
        let url = upload["url"].as_str().expect("a URL");
        let (status, _) = self.put(url, file).await;
        assert_eq!(status, 200);
        begun["task_id"].as_u64().expect("a task id")
    }

    /// Imports a member file and waits for the end.
    pub async fn import(&self, file: &[u8]) -> TaskView {
        self.import_with(file, &json!({})).await
    }

    /// As [`Self::import`], with options.
    pub async fn import_with(&self, file: &[u8], options: &Value) -> TaskView {
        let task_id = self.send(file, options).await;
        self.ended(task_id).await
    }

    pub async fn task(&self, task_id: u64) -> TaskView {
        let data = self.get(&format!("/task/get?task_id={task_id}")).await.ok();
        serde_json::from_value(data).expect("a task")
    }

    /// Waits until a task has ended. Whatever the end is, its books balance, and progress has
    /// never gone back.
    pub async fn ended(&self, task_id: u64) -> TaskView {
        self.ended_within(Duration::from_mins(1), task_id).await
    }

    /// As [`Self::ended`], with another patience than a minute.
    pub async fn ended_within(&self, patience: Duration, task_id: u64) -> TaskView {
        let mut progress = 0;
        let task = patiently(patience, "the end of a task", async || {
            let task = self.task(task_id).await;
            assert!(task.progress >= progress, "progress went back: {task:?}");
            assert_eq!(task.progress == 100, task.status.has_ended(), "{task:?}");
            progress = task.progress;
            task.status.has_ended().then_some(task)
        })
        .await;
        // The kind of task that only tests have gives a reason of its own.
        let has_code = task.reason_code.as_deref() != Some("other");
        assert!(has_code || task.task_name == "counting", "{task:?}");
        let rows = task.rows.expect("an import has rows");
        let accounted = rows.succeeded + rows.failed + rows.duplicate + rows.skipped;
        assert_eq!(rows.read, accounted, "the books do not balance: {task:?}");
        if let (TaskStatus::Finished, Some(chunks)) = (task.status, task.chunks) {
            assert_eq!(chunks.total, Some(chunks.done), "{task:?}");
        }
        task
    }

    /// The failed-rows file of a task, if it has one.
    pub async fn failed_rows_file(&self, task: &TaskView) -> Option<Vec<u8>> {
        let url = task.result.as_ref()?["failed_rows_url"].as_str()?;
        Some(self.download(url).await)
    }

    /// The same as text, without the task's id in it.
    pub async fn failed_rows_text(&self, task: &TaskView) -> Option<String> {
        let file = self.failed_rows_file(task).await?;
        let text = String::from_utf8(file).expect("UTF-8");
        Some(text.replace(&task.task_id.to_string(), "-"))
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer of the API");
    let status = response.status().as_u16();
    let retry_after = response.headers().get(RETRY_AFTER);
    let retry_after = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
    let request_id = response.headers().get(REQUEST_ID);
    let request_id = request_id
        .and_then(|id| id.to_str().ok())
        .map(str::to_owned);
    let text = response.text().await.expect("a body");
    let envelope: Value = serde_json::from_str(&text)
        .unwrap_or_else(|_| panic!("status {status} without an envelope: {text:?}"));
    let keys: Vec<&String> = envelope.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["code", "data", "msg"]);
    Answer {
        status,
        code: envelope["code"].as_u64().expect("a code"),
        msg: envelope["msg"].as_str().expect("a message").to_owned(),
        data: envelope["data"].clone(),
        retry_after,
        request_id,
        text,
    }
}
