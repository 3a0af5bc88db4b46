//! What a client asks for.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sluice_basics::ids::{BusinessId, UserTaskId};

use super::{ExportFormat, Wanted};

/// `POST /export`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportRequest {
    /// Whose rows.
    pub business: BusinessId,
    /// The form of the file.
    #[serde(default)]
    pub format: ExportFormat,
    /// What rows must be, by column: a value, null for rows without one, or `{from, to}` with both included.
    /// A row must meet all of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 50))]
    pub filter: BTreeMap<String, Wanted>,
    /// The columns of the file, in their order; all that the caller may see if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub columns: Option<Vec<String>>,
    /// The caller's own id: asking again with the same one gives the same task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_task_id: Option<UserTaskId>,
    /// When it is to begin, if not at once: at most 90 days ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub start_at: Option<Timestamp>,
}
