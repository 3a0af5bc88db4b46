//! `GET /import/estimate`: what an import will take, before there is one.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_api::{Refusal, UploadRequest};
use sluice_import::ImportOptions;
use sluice_lambda::http::{Scope, caller, number_parameter, parameter, parsed_parameter};
use sluice_task::estimate::Estimate;

use crate::Upload;
use crate::begin::check;

impl Upload {
    /// What `POST /upload` would answer as its estimate. Nothing is made.
    pub(crate) fn estimate_of(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<Estimate, Refusal> {
        caller(request, Scope::Read)?;
        let missing = |name| move || Refusal::bad_input(format!("{name}: is required"));
        let wanted = UploadRequest {
            business: parsed_parameter(request, "business")?.ok_or_else(missing("business"))?,
            file_name: parameter(request, "file_name").ok_or_else(missing("file_name"))?,
            size_bytes: number_parameter(request, "size_bytes")?
                .ok_or_else(missing("size_bytes"))?,
            user_task_id: None,
            repeat: false,
            start_at: None,
            upload_id: None,
            options: ImportOptions::default(),
        };
        check(&wanted)?;
        self.estimate(&wanted)
    }
}
