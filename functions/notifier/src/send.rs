//! One try: a signed request, of whose answer only the status counts, or an event on the event bus.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response, Url};
use sluice_aws::chain;
use sluice_import::endpoint::asked_wait;
use sluice_outbound::AddressError;
use sluice_webhooks::{
    Meaning, Notice, WEBHOOK_ID, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP, Webhook, WebhookId,
    WebhookSecret, meaning_of,
};

use crate::{NoticeError, Notifier};

/// How long a try may take, from the first look at the name to the answer's head.
const TIMEOUT: Duration = Duration::from_secs(15);

/// What came of a try.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) meaning: Meaning,
    pub(crate) status: Option<u16>,
    pub(crate) problem: Option<String>,
    /// How long the receiver asks to be left alone.
    pub(crate) retry_after: Option<Duration>,
}

impl Outcome {
    fn later(problem: impl Into<String>) -> Self {
        Self {
            meaning: Meaning::Later,
            status: None,
            problem: Some(problem.into()),
            retry_after: None,
        }
    }

    fn of(response: &Response) -> Self {
        let status = response.status();
        let number = status.as_u16();
        let meaning = meaning_of(number);
        let hint = match number {
            401 | 403 => " (does it have the right secret?)",
            404 => " (is the address right?)",
            410 => " (the webhook is disabled)",
            _ if status.is_redirection() => " (redirects are not followed)",
            _ => "",
        };
        let problem = format!("it answered with status {number}{hint}");
        let header = response.headers().get(RETRY_AFTER);
        let header = header.and_then(|header| header.to_str().ok());
        Self {
            meaning,
            status: Some(number),
            problem: (meaning != Meaning::Taken).then_some(problem),
            retry_after: header.and_then(|header| asked_wait(header, Timestamp::now())),
        }
    }
}

impl Notifier {
    /// Puts an event on the deployment's event bus.
    pub(crate) async fn put(&self, notice: &Notice) -> Outcome {
        let Some(event_bus) = &self.event_bus else {
            return Outcome::later("this deployment has no event bus any more");
        };
        match event_bus.put(notice).await {
            Ok(()) => Outcome {
                meaning: Meaning::Taken,
                status: None,
                problem: None,
                retry_after: None,
            },
            Err(error) => {
                tracing::warn!(error = chain(&error), "an event was not put on the bus");
                Outcome::later("the event bus did not take it")
            }
        }
    }

    /// Sends a message to a webhook once. The answer's body is not read.
    pub(crate) async fn send(
        &self,
        notice: &Notice,
        id: &WebhookId,
        webhook: &Webhook,
    ) -> Result<Outcome, NoticeError> {
        let secrets = self.secrets.read(&notice.station_id, id).await?;
        let Some(secrets) = secrets else {
            return Ok(Outcome::later("it has no secret: set one"));
        };
        let (url, client) = match self.clients.of(&webhook.url) {
            Ok(found) => found,
            Err(AddressError::Refused(problem)) => {
                return Ok(Outcome::later(format!("its url {problem}")));
            }
            Err(error) => {
                tracing::error!(error = chain(&error), "webhooks cannot be called");
                return Ok(Outcome::later("a fault on our side, which is in the log"));
            }
        };
        Ok(call(client, url, notice, &secrets.0).await)
    }
}

async fn call(client: Client, url: Url, notice: &Notice, secrets: &[WebhookSecret]) -> Outcome {
    let now = Timestamp::now().as_second().unsigned_abs();
    let (message, body) = (notice.event_id.as_str(), notice.body.as_bytes());
    let signatures: Vec<String> = secrets
        .iter()
        .map(|secret| secret.sign(message, now, body))
        .collect();
    let sent = client
        .post(url)
        .timeout(TIMEOUT)
        .header(CONTENT_TYPE, "application/json")
        .header(WEBHOOK_ID, message)
        .header(WEBHOOK_TIMESTAMP, now)
        .header(WEBHOOK_SIGNATURE, signatures.join(" "))
        .body(notice.body.clone())
        .send()
        .await;
    match sent {
        Ok(response) => Outcome::of(&response),
        Err(error) => {
            let why = if error.is_timeout() {
                format!("it did not answer within {} s", TIMEOUT.as_secs())
            } else if error.is_connect() {
                "no connection to a public address could be made".to_owned()
            } else {
                "the connection broke".to_owned()
            };
            let error = error.without_url();
            tracing::info!(error = chain(&error), "a call to a webhook failed");
            Outcome::later(why)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, header: Option<&str>) -> Outcome {
        let mut response = http::Response::builder().status(status);
        if let Some(header) = header {
            response = response.header(RETRY_AFTER, header);
        }
        Outcome::of(&response.body("").expect("a response").into())
    }

    #[test]
    fn an_answer_says_what_to_do_and_a_redirect_is_none() {
        let taken = answered(204, None);
        assert_eq!((taken.meaning, taken.problem), (Meaning::Taken, None));
        let moved = answered(302, None);
        assert_eq!(moved.meaning, Meaning::Later);
        let why = moved.problem.expect("a problem");
        assert!(why.contains("redirects are not followed"), "{why}");
        let busy = answered(503, Some("120"));
        assert_eq!(busy.retry_after, Some(Duration::from_mins(2)));
        assert_eq!(answered(410, None).meaning, Meaning::Gone);
    }
}
