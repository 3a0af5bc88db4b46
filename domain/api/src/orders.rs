//! Orders: lists that are submitted, and exports.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sluice_basics::ids::{TaskId, UserTaskId};
use sluice_basics::text::Line;
use sluice_orders::{Order, TimeConfigId};

use super::UploadTicket;

/// `POST /station/order/batch/submit`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmitRequest {
    /// The caller's own id: the same content gives the same task, other content is refused.
    pub task_id: UserTaskId,
    /// The operation cycles that the orders belong to.
    pub time_config_id: TimeConfigId,
    /// The orders. One that is wrong keeps no other from being stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<Order>>")]
    pub order_data: Option<Vec<Box<RawValue>>>,
    /// In the place of `order_data`: the size of a file that comes next, with one order a line (NDJSON).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 104_857_600))]
    pub size_bytes: Option<u64>,
    /// What the list is called.
    pub file_name: Line<255>,
    /// When it is to begin, if not at once: at most 14 days ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub start_at: Option<Timestamp>,
}

/// The answer to `POST /station/order/batch/submit`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SubmitAnswer {
    /// Where the task is asked for, on this API.
    pub task_url: String,
    /// The task.
    pub task_id: TaskId,
    /// How the file is sent; null if the orders were in the request, or the file is there.
    pub upload: Option<UploadTicket>,
}

/// The answer to `GET /station/sales_analysis/orderdetail`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderDetailAnswer {
    /// 0: the file is there. 1: a task makes it, and its result has the link.
    #[serde(rename = "async")]
    #[schemars(range(max = 1))]
    pub is_async: u8,
    /// The task; null if there is none.
    pub task_id: Option<TaskId>,
    /// Where the task is asked for, on this API; null if there is none.
    pub task_url: Option<String>,
    /// Where the file is downloaded, for an hour; null if a task makes it.
    pub link: Option<String>,
}
