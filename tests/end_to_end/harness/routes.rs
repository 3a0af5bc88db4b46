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
pub const ROUTES: [Route; 18] = [
    route("GET", "/task/get", &["task:read"]),
    route("GET", "/task/list", &["task:read"]),
    route("GET", "/task/errors", &["task:read"]),
    route("GET", "/task/explain", &["task:read"]),
    route("POST", "/task/clear_show", &["task:write"]),
    route("POST", "/task/cancel", &["task:write"]),
    route("POST", "/task/retry", &["task:write"]),
    route("POST", "/upload", &["task:write"]),
    route("POST", "/upload/complete", &["task:write"]),
    route("GET", "/import/businesses", &["task:read"]),
    route("GET", "/import/estimate", &["task:read"]),
    route("POST", "/task/add", &["task:service"]),
    route("POST", "/task/start", &["task:service"]),
    route("POST", "/task/update", &["task:service"]),
    route("POST", "/task/finish", &["task:service"]),
    route("GET", "/station/config", &["task:read"]),
    route("PUT", "/station/config", &["task:write"]),
    route("POST", "/task/hide", &["task:service", "task:write"]),
];

impl Route {
    /// Whether its requests name a task by its id.
    pub fn names_a_task(&self) -> bool {
        let others = ["/task/list", "/task/add", "/upload", "/station/config"];
        !others.contains(&self.path) && !self.path.starts_with("/import/")
    }

    /// Calls it for a task.
    pub async fn call(&self, caller: &Caller, task_id: u64) -> Answer {
        if self.method == "GET" {
            let query = match self.path {
                "/task/list" | "/station/config" | "/import/businesses" => String::new(),
                "/import/estimate" => {
                    "?business=member_import&file_name=x.csv&size_bytes=10".to_owned()
                }
                _ => format!("?task_id={task_id}"),
            };
            return caller.get(&format!("{}{query}", self.path)).await;
        }
        let body = self.body(task_id);
        caller.call(self.method, self.path, &body).await
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
            "/station/config" => json!({
                "version": 0,
                "time_zone": "Asia/Shanghai",
                "country": "CN",
                "date_order": "day_first",
            }),
            "/task/add" => super::process(&json!({ "task_id": task_id })),
            "/task/update" => json!({ "task_id": task_id, "progress": 50 }),
            "/task/clear_show" | "/task/hide" => json!({ "task_ids": [task_id] }),
            _ => json!({ "task_id": task_id }),
        }
    }
}
