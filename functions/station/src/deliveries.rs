//! `GET /station/webhooks/deliveries`, `POST /station/webhooks/deliveries/{id}/resend`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_api::{Code, DeliveryList, DeliveryView, MAX_NAMED, Refusal};
use sluice_lambda::http::{Scope, caller, internal, number_parameter, parameter, parsed_parameter};
use sluice_webhooks::{DeliveryId, DeliveryState};

use crate::Station;

/// How many deliveries a page has if nothing is said.
const USUAL: usize = 20;
/// How often a delivery is read again that has changed meanwhile.
const ATTEMPTS: u32 = 3;

/// The id in the path of a request to resend a delivery.
pub(crate) fn of_resend(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/station/webhooks/deliveries/")?;
    rest.strip_suffix("/resend")
}

impl Station {
    /// A station's deliveries, newest first.
    pub(crate) async fn deliveries(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<DeliveryList, Refusal> {
        let station_id = caller(request, Scope::Admin)?;
        let limit = number_parameter(request, "limit")?.unwrap_or(USUAL);
        if !(1..=MAX_NAMED).contains(&limit) {
            let msg = format!("limit: a number between 1 and {MAX_NAMED}");
            return Err(Refusal::bad_input(msg));
        }
        let after: Option<DeliveryId> = parsed_parameter(request, "cursor")?;
        let state = state(request)?;
        let page = self
            .webhooks
            .deliveries(&station_id, state, limit, after.as_ref())
            .await
            .map_err(internal)?;
        Ok(DeliveryList {
            deliveries: page.deliveries.into_iter().map(Into::into).collect(),
            next_cursor: page.next.map(|next| next.to_string()),
        })
    }

    /// Sends a delivery once more, at once.
    pub(crate) async fn resend(
        &self,
        request: &ApiGatewayV2httpRequest,
        id: Option<&str>,
    ) -> Result<DeliveryView, Refusal> {
        let station_id = caller(request, Scope::Admin)?;
        let none = || Refusal::new(Code::NotFound, "there is no such delivery");
        let id: DeliveryId = id.and_then(|id| id.parse().ok()).ok_or_else(none)?;
        for _ in 0..ATTEMPTS {
            let delivery = self.webhooks.delivery(&station_id, &id).await;
            let delivery = delivery.map_err(internal)?.ok_or_else(none)?;
            let webhooks = self.webhooks.of(&station_id).await.map_err(internal)?;
            let webhook = webhooks.webhooks.get(&id.webhook);
            if !webhook.is_some_and(|webhook| webhook.enabled) {
                let msg = format!(
                    "the webhook `{}` was removed or disabled: set it up again first",
                    id.webhook
                );
                return Err(Refusal::conflict(msg));
            }
            let resent = self.webhooks.resend(&station_id, &delivery).await;
            if let Some(resent) = resent.map_err(internal)? {
                return Ok(resent.into());
            }
        }
        Err(Refusal::busy())
    }
}

fn state(request: &ApiGatewayV2httpRequest) -> Result<Option<DeliveryState>, Refusal> {
    match parameter(request, "state").as_deref() {
        None => Ok(None),
        Some("pending") => Ok(Some(DeliveryState::Pending)),
        Some("delivered") => Ok(Some(DeliveryState::Delivered)),
        Some("failed") => Ok(Some(DeliveryState::Failed)),
        Some(_) => Err(Refusal::bad_input(
            "state: one of pending, delivered and failed",
        )),
    }
}
