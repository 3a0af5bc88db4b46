//! A service's task that a schedule adds.

use sluice_api::AddRequest;

use super::{PreparedTask, TaskProblem};

/// Makes it ready.
pub(super) fn prepare(wanted: &AddRequest) -> Result<PreparedTask, TaskProblem> {
    wanted.check()?;
    Ok(PreparedTask {
        name: wanted.name.to_string(),
        business_id: wanted.business_id.to_string(),
        business_name: wanted.business_name.to_string(),
        task_type: wanted.kind,
        input: wanted.input.clone(),
        work: Some(wanted.work()),
    })
}
