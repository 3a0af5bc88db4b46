//! Addresses that get no e-mails of a station.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_api::{Refusal, SuppressionList, SuppressionRequest, SuppressionView};
use sluice_definition::email_address;
use sluice_lambda::http::{Scope, caller, internal, json_body, parameter};
use sluice_mail::SuppressionReason;

use crate::Mail;

/// Addresses on a page.
const PAGE: i32 = 100;

impl Mail {
    /// `GET /mail/suppressions`
    pub(crate) async fn list_suppressions(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<SuppressionList, Refusal> {
        let station = caller(request, Scope::Mail)?;
        let after = parameter(request, "cursor");
        let page = self
            .mailings
            .suppressions(&station, after.as_deref(), PAGE)
            .await;
        let page = page.map_err(internal)?;
        let last = page.suppressions.last().filter(|_| page.has_more);
        Ok(SuppressionList {
            next_cursor: last.map(|last| last.address.clone()),
            suppressions: page.suppressions,
        })
    }

    /// `PUT /mail/suppression`
    pub(crate) async fn put_suppression(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<SuppressionView, Refusal> {
        let station = caller(request, Scope::Mail)?;
        let sent: SuppressionRequest = json_body(request)?;
        let address = email_address(&sent.address);
        let address =
            address.map_err(|problem| Refusal::bad_input(format!("address: {problem}")))?;
        let put = if sent.suppressed {
            self.mailings
                .suppress(&station, &address, SuppressionReason::Manual)
                .await
        } else {
            self.mailings.release(&station, &address).await
        };
        put.map_err(internal)?;
        let suppression = self.mailings.suppression(&station, &address).await;
        Ok(SuppressionView {
            suppression: suppression.map_err(internal)?,
            address,
        })
    }
}
