//! What services and front ends do with tasks.

use serde_json::{Value, json};

use super::{Answer, Caller};

/// A request for a process task with this input.
pub fn process(input: &Value) -> Value {
    json!({
        "name": "tier.recalculation",
        "business_id": "member_tiers",
        "business_name": "Member tiers",
        "type": 2,
        "input": input,
    })
}

/// The id of a task in an answer.
pub fn id_of(task: &Value) -> u64 {
    task["task_id"].as_u64().expect("a task id")
}

/// The ids of the tasks of a list.
pub fn ids(list: &Value) -> Vec<u64> {
    let tasks = list["tasks"].as_array().expect("tasks");
    tasks.iter().map(id_of).collect()
}

impl Caller {
    /// Adds a process task with this input. Its id.
    pub async fn add(&self, input: &Value) -> u64 {
        id_of(&self.post("/task/add", &process(input)).await.ok())
    }

    /// Adds a process task with this input and starts it. Its id.
    pub async fn run(&self, input: &Value) -> u64 {
        let task_id = self.add(input).await;
        self.verb("start", task_id).await.ok();
        task_id
    }

    /// Calls a verb for a task.
    pub async fn verb(&self, verb: &str, task_id: u64) -> Answer {
        self.verb_with(verb, task_id, &json!({})).await
    }

    /// As [`Self::verb`], with more fields.
    pub async fn verb_with(&self, verb: &str, task_id: u64, more: &Value) -> Answer {
        let mut body = more.clone();
        body["task_id"] = task_id.into();
        self.post(&format!("/task/{verb}"), &body).await
    }

    /// A task as `GET /task/get` answers it.
    pub async fn record(&self, task_id: u64) -> Value {
        self.get(&format!("/task/get?task_id={task_id}")).await.ok()
    }
}
