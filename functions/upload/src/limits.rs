//! Whether a station may begin another import, and one of this size.

use sluice_core::api::{Code, Refusal, UploadRequest};
use sluice_core::ids::StationId;
use sluice_lambda::http::internal;

use crate::Upload;

impl Upload {
    /// Refuses a file that is too large, and any file while as many imports of the station as may
    /// have not ended. How many rows a file has is not known before it is read.
    pub(crate) async fn check_limits(
        &self,
        station_id: &StationId,
        wanted: &UploadRequest,
    ) -> Result<(), Refusal> {
        let limits = self.limits.of(station_id).await.map_err(internal)?;
        if let Some(reason) = limits.refuse_bytes(wanted.size_bytes) {
            return Err(Refusal::new(Code::TooLarge, reason));
        }
        let most = limits.max_running_imports;
        let open = self.tasks.open_imports(station_id, None, most).await;
        if open.map_err(internal)? < most {
            return Ok(());
        }
        // Asking again for a task that is there adds none.
        if let Some(user_task_id) = &wanted.user_task_id {
            let task = self.tasks.get_by_user_id(station_id, user_task_id).await;
            if task.map_err(internal)?.is_some() {
                return Ok(());
            }
        }
        Err(Refusal::new(Code::TooMany, limits.no_room()))
    }
}
