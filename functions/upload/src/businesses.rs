//! `GET /import/businesses`: what can be imported.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_api::{Businesses, Refusal};
use sluice_lambda::http::{Scope, caller};

use crate::Upload;

impl Upload {
    /// The businesses, the same for all stations.
    pub(crate) fn businesses(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<Businesses, Refusal> {
        caller(request, Scope::Read)?;
        Ok(Businesses::of_catalog(&self.catalog))
    }
}
