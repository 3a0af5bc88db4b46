//! The SDK's clients, built once per cold start.

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, SdkConfig};

use crate::meter::{Meter, Service};

/// How often the SDK tries a request to DynamoDB. Rows have their own retries (`RowWriter`).
const ATTEMPTS: u32 = 6;

/// The clients of one process, and what they use.
#[derive(Clone, Debug)]
pub struct Clients {
    /// DynamoDB.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// S3.
    pub s3: aws_sdk_s3::Client,
    /// SQS.
    pub sqs: aws_sdk_sqs::Client,
    /// Counts their requests.
    pub meter: Meter,
}

impl Clients {
    /// Clients as the environment says: region, credentials, `AWS_ENDPOINT_URL`.
    pub async fn from_env() -> Self {
        let config = aws_config::defaults(BehaviorVersion::latest()).load().await;
        // Emulators serve buckets by path; on AWS the virtual-host style is kept.
        let by_path = config.endpoint_url().is_some() || has_s3_endpoint();
        Self::build(
            aws_sdk_dynamodb::config::Builder::from(&config),
            aws_sdk_s3::config::Builder::from(&config).force_path_style(by_path),
            aws_sdk_sqs::config::Builder::from(&config),
        )
    }

    /// Clients of services at other places.
    pub fn at(config: &SdkConfig, s3_url: &str, dynamodb_url: &str, sqs_url: &str) -> Self {
        Self::build(
            aws_sdk_dynamodb::config::Builder::from(config).endpoint_url(dynamodb_url),
            aws_sdk_s3::config::Builder::from(config)
                .endpoint_url(s3_url)
                .force_path_style(true),
            aws_sdk_sqs::config::Builder::from(config).endpoint_url(sqs_url),
        )
    }

    fn build(
        dynamodb: aws_sdk_dynamodb::config::Builder,
        s3: aws_sdk_s3::config::Builder,
        sqs: aws_sdk_sqs::config::Builder,
    ) -> Self {
        let meter = Meter::default();
        let dynamodb = dynamodb
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .interceptor(meter.counting(Service::DynamoDb))
            .build();
        let s3 = s3.interceptor(meter.counting(Service::S3)).build();
        let sqs = sqs.interceptor(meter.counting(Service::Sqs)).build();
        Self {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb),
            s3: aws_sdk_s3::Client::from_conf(s3),
            sqs: aws_sdk_sqs::Client::from_conf(sqs),
            meter,
        }
    }
}

fn has_s3_endpoint() -> bool {
    std::env::var_os("AWS_ENDPOINT_URL_S3").is_some()
}
