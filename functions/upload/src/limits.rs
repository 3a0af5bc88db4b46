//! Whether a station may import a file of this size.

use sluice_api::{Code, Refusal, UploadRequest};
use sluice_basics::ids::StationId;
use sluice_basics::limits::Limits;
use sluice_lambda::http::internal;

use crate::Upload;

impl Upload {
    /// Refuses a file that is too large. How many rows a file has is not known before it is read.
    /// The station's limits.
    pub(crate) async fn check_limits(
        &self,
        station_id: &StationId,
        wanted: &UploadRequest,
    ) -> Result<Limits, Refusal> {
        let limits = self.limits.of(station_id).await.map_err(internal)?;
        if let Some(reason) = limits.refuse_bytes(wanted.size_bytes) {
            return Err(Refusal::new(Code::TooLarge, reason));
        }
        Ok(limits)
    }
}
