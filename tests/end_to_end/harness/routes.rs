//! Every route of the API, with a request that is right for a task.

use serde_json::{Value, json};

use super::{Answer, Caller};

/// A route and the scopes of which one opens it.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    pub method: &'static str,
    pub path: &'static str,
    pub scopes: &'static [&'static str],
}

const fn route(method: &'static str, path: &'static str, scopes: &'static [&str]) -> Route {
    Route {
        method,
        path,
        scopes,
    }
}

/// As the contract has them.
pub const ROUTES: [Route; 45] = [
    route("GET", "/task/get", &["task:read"]),
    route("GET", "/task/list", &["task:read"]),
    route("GET", "/task/errors", &["task:read"]),
    route("GET", "/task/explain", &["task:read"]),
    route("GET", "/task/history", &["task:read"]),
    route("GET", "/task/profile", &["task:read"]),
    route("POST", "/task/clear_show", &["task:write"]),
    route("POST", "/task/show", &["task:write"]),
    route("POST", "/task/cancel", &["task:write"]),
    route("POST", "/task/pause", &["task:write"]),
    route("POST", "/task/resume", &["task:write"]),
    route("POST", "/task/retry", &["task:write"]),
    route("POST", "/task/undo", &["task:write"]),
    route("POST", "/upload", &["task:write"]),
    route("POST", "/export", &["task:write"]),
    route("POST", "/upload/complete", &["task:write"]),
    route("GET", "/import/businesses", &["task:read"]),
    route("GET", "/import/estimate", &["task:read"]),
    route("POST", "/import/preview", &["task:read"]),
    route("POST", "/task/add", &["task:service"]),
    route("POST", "/task/start", &["task:service"]),
    route("POST", "/task/update", &["task:service"]),
    route("POST", "/task/finish", &["task:service"]),
    route("GET", "/score/sums", &["task:read"]),
    route("POST", "/score/reconcile", &["score:evaluate"]),
    route("POST", "/score/evaluate", &["score:evaluate"]),
    route("GET", "/score/actions", &["task:read"]),
    route("GET", "/station/config", &["task:read"]),
    route("PUT", "/station/config", &["task:write"]),
    route("GET", "/station/webhooks/deliveries", &["station:admin"]),
    route(
        "POST",
        "/station/webhooks/deliveries/{id}/resend",
        &["station:admin"],
    ),
    route("GET", "/station/schedules", &["station:admin"]),
    route("GET", "/station/schedules/{name}", &["station:admin"]),
    route("PUT", "/station/schedules/{name}", &["station:admin"]),
    route("DELETE", "/station/schedules/{name}", &["station:admin"]),
    route("POST", "/station/order/batch/submit", &["task:write"]),
    route(
        "GET",
        "/station/sales_analysis/orderdetail",
        &["task:write"],
    ),
    route("GET", "/mail/templates", &["task:read"]),
    route("GET", "/mail/template", &["task:read"]),
    route("PUT", "/mail/template", &["station:admin"]),
    route("POST", "/mail/preview", &["task:read"]),
    route("POST", "/mail/send", &["mail:send"]),
    route("GET", "/mail/suppressions", &["mail:send"]),
    route("PUT", "/mail/suppression", &["mail:send"]),
    route("POST", "/task/hide", &["task:service", "task:write"]),
];

/// A delivery that there is not.
const DELIVERY: &str = "evt_1764237600001_0123456789abcdef0123_shop";

impl Route {
    /// Whether its requests name a task by its id.
    pub fn names_a_task(&self) -> bool {
        let others = ["/task/list", "/task/add", "/upload", "/export"];
        let folders = ["/import/", "/station/", "/score/", "/mail/"];
        !others.contains(&self.path) && !folders.iter().any(|folder| self.path.starts_with(folder))
    }

    /// Calls it for a task.
    pub async fn call(&self, caller: &Caller, task_id: u64) -> Answer {
        if self.method == "GET" {
            let query = match self.path {
                "/task/list"
                | "/station/config"
                | "/station/webhooks/deliveries"
                | "/station/schedules"
                | "/station/sales_analysis/orderdetail"
                | "/station/schedules/{name}"
                | "/mail/templates"
                | "/mail/suppressions"
                | "/import/businesses" => String::new(),
                "/score/actions" => "?period=2026-01".to_owned(),
                "/mail/template" => "?name=welcome&language=en".to_owned(),
                "/score/sums" => "?member_no=M1&from=2026-01&to=2026-01".to_owned(),
                "/import/estimate" => {
                    "?business=member_import&file_name=x.csv&size_bytes=10".to_owned()
                }
                _ => format!("?task_id={task_id}"),
            };
            let path = self.path.replace("{name}", "nightly");
            return caller.get(&format!("{path}{query}")).await;
        }
        let body = self.body(task_id);
        let path = self
            .path
            .replace("{id}", DELIVERY)
            .replace("{name}", "nightly");
        caller.call(self.method, &path, &body).await
    }

    fn body(&self, task_id: u64) -> Value {
        match self.path {
            "/upload" => json!({
                "business": "member_import",
                "file_name": "x.csv",
                "size_bytes": 10,
            }),
            "/upload/complete" => json!({
                "task_id": task_id,
                "upload_id": "x",
                "parts": [{ "part_number": 1, "etag": "x" }],
            }),
            "/score/evaluate" => json!({ "period": "2026-01" }),
            "/score/reconcile" => json!({ "from": "2026-01", "to": "2026-01" }),
            "/export" => json!({ "business": "member_import" }),
            "/station/config" => json!({
                "version": 0,
                "time_zone": "Asia/Shanghai",
                "country": "CN",
                "date_order": "day_first",
            }),
            "/mail/template" => json!({
                "name": "welcome",
                "language": "en",
                "version": 0,
                "texts": { "subject": "Welcome", "text": "Hello" },
            }),
            "/mail/send" => json!({
                "template": "none",
                "language": "en",
                "audience": { "addresses": [{ "address": "ann@example.com" }] },
            }),
            "/mail/suppression" => json!({ "address": "ann@example.com", "suppressed": true }),
            "/mail/preview" => json!({ "texts": { "subject": "Welcome", "text": "Hello" } }),
            "/task/add" => super::process(&json!({ "task_id": task_id })),
            "/task/update" => json!({ "task_id": task_id, "progress": 50 }),
            "/import/preview" => json!({
                "business": "member_import",
                "lines": [{ "row": 1, "fields": ["member_no", "name"] }],
            }),
            "/task/clear_show" | "/task/show" | "/task/hide" => json!({ "task_ids": [task_id] }),
            // Among them schedules, whose tasks need another scope, too.
            _ => json!({ "task_id": task_id }),
        }
    }
}
