//! The SDK's clients, built once per cold start.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use sluice_retry::RetryPolicy;

use crate::meter::{Meter, Service};

/// How long an answer is waited for before the request is made again: a connection that says nothing more would
/// hold its function until the function's own time is over. The SDK has no such limit by itself.
/// <https://docs.aws.amazon.com/sdk-for-rust/latest/dg/timeouts.html>
const DYNAMODB_TIMEOUT: Duration = Duration::from_secs(15);
/// Longer than SQS waits for a message.
const SQS_TIMEOUT: Duration = Duration::from_secs(30);
/// A part is sent in it, too; what is read has the SDK's own limit, which is on the time without a byte.
const S3_TIMEOUT: Duration = Duration::from_mins(1);
/// All attempts together take less time than a notice belongs to its function.
const EVENTS_TIMEOUT: Duration = Duration::from_secs(5);
/// Longer than any function that waits for it.
const JOIN_TIMEOUT: Duration = Duration::from_mins(15);
/// SES is asked once only.
const SES_TIMEOUT: Duration = Duration::from_mins(1);
/// As the SDK has it.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3_100);

/// The clients of one process, and what they use.
#[derive(Clone, Debug)]
pub struct Clients {
    /// DynamoDB.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// S3.
    pub s3: aws_sdk_s3::Client,
    /// SQS.
    pub sqs: aws_sdk_sqs::Client,
    /// SES, which has no way to send once what is asked twice: this client never asks twice by itself.
    pub ses: aws_sdk_sesv2::Client,
    /// Counts their requests.
    pub meter: Meter,
    /// What clients of other services are made from.
    pub config: SdkConfig,
}

impl Clients {
    /// Clients as the environment says: region, credentials, `AWS_ENDPOINT_URL`.
    pub async fn from_env() -> Self {
        let config = aws_config::defaults(BehaviorVersion::latest()).load().await;
        // Emulators serve buckets by path; on AWS the virtual-host style is kept.
        let by_path = config.endpoint_url().is_some() || has_s3_endpoint();
        Self::build(
            &config,
            aws_sdk_dynamodb::config::Builder::from(&config),
            aws_sdk_s3::config::Builder::from(&config).force_path_style(by_path),
            aws_sdk_sqs::config::Builder::from(&config),
        )
    }

    /// Clients of services at other places.
    pub fn at(config: &SdkConfig, s3_url: &str, dynamodb_url: &str, sqs_url: &str) -> Self {
        Self::build(
            config,
            aws_sdk_dynamodb::config::Builder::from(config).endpoint_url(dynamodb_url),
            aws_sdk_s3::config::Builder::from(config)
                .endpoint_url(s3_url)
                .force_path_style(true),
            aws_sdk_sqs::config::Builder::from(config).endpoint_url(sqs_url),
        )
    }

    fn build(
        config: &SdkConfig,
        dynamodb: aws_sdk_dynamodb::config::Builder,
        s3: aws_sdk_s3::config::Builder,
        sqs: aws_sdk_sqs::config::Builder,
    ) -> Self {
        let meter = Meter::default();
        // Rows have a policy of their own (`RowWriter`).
        let retries = retries(RetryPolicy::REQUEST);
        let dynamodb = dynamodb
            .retry_config(retries.clone())
            .timeout_config(attempts_of(DYNAMODB_TIMEOUT))
            .interceptor(meter.counting(Service::DynamoDb))
            .build();
        let s3 = s3
            .retry_config(retries.clone())
            .timeout_config(attempts_of(S3_TIMEOUT))
            .interceptor(meter.counting(Service::S3))
            .build();
        let sqs = sqs
            .retry_config(retries)
            .timeout_config(attempts_of(SQS_TIMEOUT))
            .interceptor(meter.counting(Service::Sqs))
            .build();
        Self {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb),
            s3: aws_sdk_s3::Client::from_conf(s3),
            sqs: aws_sdk_sqs::Client::from_conf(sqs),
            ses: aws_sdk_sesv2::Client::from_conf(ses(config).build()),
            meter,
            config: config.clone(),
        }
    }

    /// The same clients, with SES at another place.
    #[must_use]
    pub fn with_ses_at(self, url: &str) -> Self {
        let ses = ses(&self.config).endpoint_url(url).build();
        Self {
            ses: aws_sdk_sesv2::Client::from_conf(ses),
            ..self
        }
    }

    /// A client of EventBridge, which one function needs; with `url`, of one at another place.
    pub(crate) fn event_bridge(&self, url: Option<String>) -> aws_sdk_eventbridge::Client {
        let mut config = aws_sdk_eventbridge::config::Builder::from(&self.config)
            .retry_config(retries(RetryPolicy::REQUEST))
            .timeout_config(attempts_of(EVENTS_TIMEOUT));
        if let Some(url) = url {
            config = config.endpoint_url(url);
        }
        aws_sdk_eventbridge::Client::from_conf(config.build())
    }

    /// A client of Secrets Manager, which few functions need.
    pub(crate) fn secrets(&self) -> aws_sdk_secretsmanager::Client {
        let config = aws_sdk_secretsmanager::config::Builder::from(&self.config);
        let config = config.retry_config(retries(RetryPolicy::REQUEST));
        aws_sdk_secretsmanager::Client::from_conf(config.build())
    }
}

/// SES as it is asked: once, and not for longer than a minute.
fn ses(config: &SdkConfig) -> aws_sdk_sesv2::config::Builder {
    let timeouts = TimeoutConfig::builder().operation_timeout(SES_TIMEOUT);
    aws_sdk_sesv2::config::Builder::from(config)
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts.build())
}

/// How long S3 may take to join the parts of an object: minutes where they are many, and to ask again finds no upload.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>
pub(crate) fn patience_to_join() -> aws_sdk_s3::config::Builder {
    aws_sdk_s3::Config::builder().timeout_config(attempts_of(JOIN_TIMEOUT))
}

/// Limits the time of each attempt.
fn attempts_of(limit: Duration) -> TimeoutConfig {
    let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT);
    timeouts.operation_attempt_timeout(limit).build()
}

/// The policy in the words of the SDK, which adds jitter, too.
fn retries(policy: RetryPolicy) -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(policy.attempts.unwrap_or(u32::MAX))
        .with_initial_backoff(policy.first_wait)
        .with_max_backoff(policy.longest_wait)
}

fn has_s3_endpoint() -> bool {
    std::env::var_os("AWS_ENDPOINT_URL_S3").is_some()
}
