//! The other side of an endpoint: where it is, how it is called once, and how a call that failed
//! is made again. Nothing of a request, an answer or an address is logged.

mod tries;

use std::error::Error;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response, Url};
use sluice_aws::{Secret, chain};
use sluice_import::endpoint::{
    AUTH_KEY, EmptyKey, IDEMPOTENCY_KEY, MAX_ANSWER_BYTES, RowOutcome, SIGNATURE, SigningKey,
    StatusMeaning, TIMESTAMP, Unusable, judge, retry_after,
};

pub use sluice_outbound::AddressError;
pub(crate) use tries::Limits;

/// Somebody who takes rows, and the connections to them.
#[derive(Clone)]
pub struct Receiver {
    http: Client,
    url: Url,
    key: Key,
}

/// What requests are signed with.
#[derive(Clone, Debug)]
pub(crate) enum Key {
    /// A text in Secrets Manager.
    Secret(Secret),
    /// The key itself.
    Text(SigningKey),
}

impl Receiver {
    /// A receiver at an address that shares a key with it.
    pub(crate) fn new(url: &str, key: Key) -> Result<Self, AddressError> {
        let (url, http) = sluice_outbound::operators(url)?;
        Ok(Self { http, url, key })
    }
}

impl Key {
    async fn read(&self) -> Result<SigningKey, CallFailure> {
        let unreadable = |error: &(dyn Error + 'static)| {
            let error = chain(error);
            tracing::error!(error, "the key of an endpoint cannot be read");
            CallFailure::passing("its key cannot be read")
        };
        match self {
            Self::Text(key) => Ok(key.clone()),
            Self::Secret(secret) => {
                let text = secret.text().await.map_err(|error| unreadable(&error))?;
                text.parse().map_err(|error: EmptyKey| unreadable(&error))
            }
        }
    }

    /// The other side does not know the key: it may have another one by now.
    async fn was_refused(&self) {
        if let Self::Secret(secret) = self {
            secret.forget().await;
        }
    }
}

/// Why a batch was not settled. The words are for the report: they quote nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CallError {
    /// The same request may succeed later.
    #[error("{0}")]
    Passing(String),
    /// The endpoint refuses the batch for good; the status it answered with.
    #[error("it answered with status {0}")]
    Refused(u16),
}

/// One call that did not settle a batch.
#[derive(Debug)]
struct CallFailure {
    error: CallError,
    /// How long the endpoint asks to be left alone.
    retry_after: Option<Duration>,
}

impl CallFailure {
    fn passing(why: impl Into<String>) -> Self {
        Self {
            error: CallError::Passing(why.into()),
            retry_after: None,
        }
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The rest of the URL may hold a secret.
        f.debug_struct("Receiver")
            .field("host", &self.url.host_str())
            .finish_non_exhaustive()
    }
}

/// A request as it goes over the wire, the same at every try.
struct Call<'a> {
    idempotency_key: &'a str,
    rows: &'a [u64],
    body: Bytes,
}

impl Receiver {
    /// Makes one call that takes at most `timeout`, from connecting to the answer's last byte.
    async fn call(
        &self,
        call: &Call<'_>,
        timeout: Duration,
    ) -> Result<Vec<RowOutcome>, CallFailure> {
        let key = self.key.read().await?;
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        let response = self
            .http
            .post(self.url.clone())
            .timeout(timeout)
            .header(CONTENT_TYPE, "application/json")
            .header(IDEMPOTENCY_KEY, call.idempotency_key)
            .header(TIMESTAMP, now)
            .header(SIGNATURE, key.sign(now, call.idempotency_key, &call.body))
            .header(AUTH_KEY, key.sign_v1(now, &call.body))
            .body(call.body.clone())
            .send()
            .await
            .map_err(|error| silence(error, timeout))?;
        let status = response.status().as_u16();
        if matches!(status, 401 | 403) {
            self.key.was_refused().await;
        }
        match StatusMeaning::of(status) {
            StatusMeaning::Answered => {}
            StatusMeaning::Refused => {
                return Err(CallFailure {
                    error: CallError::Refused(status),
                    retry_after: None,
                });
            }
            StatusMeaning::Passing => return Err(passing(&response)),
        }
        let answer = read(response, timeout).await?;
        judge(call.rows, &answer).map_err(unusable)
    }
}

/// The body of an answer, as far as it may go.
async fn read(mut response: Response, timeout: Duration) -> Result<Vec<u8>, CallFailure> {
    let mut answer = Vec::new();
    while let Some(piece) = response
        .chunk()
        .await
        .map_err(|error| silence(error, timeout))?
    {
        if answer.len() + piece.len() > MAX_ANSWER_BYTES {
            return Err(unusable(Unusable::TooLong));
        }
        answer.extend_from_slice(&piece);
    }
    Ok(answer)
}

fn unusable(why: Unusable) -> CallFailure {
    CallFailure::passing(format!("its answer is not usable: {why}"))
}

fn passing(response: &Response) -> CallFailure {
    let status = response.status();
    let hint = match status.as_u16() {
        401 | 403 => " (do both sides have the same key?)",
        404 => " (is the address right?)",
        _ if status.is_redirection() => " (redirects are not followed)",
        _ => "",
    };
    let header = response.headers().get(RETRY_AFTER);
    let header = header.and_then(|header| header.to_str().ok());
    CallFailure {
        retry_after: header.and_then(|header| retry_after(header, Timestamp::now())),
        ..CallFailure::passing(format!("it answered with status {}{hint}", status.as_u16()))
    }
}

/// A call without a whole answer.
fn silence(error: reqwest::Error, timeout: Duration) -> CallFailure {
    let why = if error.is_connect() {
        "no connection could be made".to_owned()
    } else if error.is_timeout() {
        format!("it did not answer within {:.1} s", timeout.as_secs_f64())
    } else {
        "the connection broke".to_owned()
    };
    let error = error.without_url();
    tracing::warn!(error = chain(&error), "a call to an endpoint failed");
    CallFailure::passing(why)
}

#[cfg(test)]
mod tests;
