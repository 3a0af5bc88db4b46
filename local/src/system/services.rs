//! The embedded services and clients to them.

use anyhow::{Context, Result};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_sqs::types::QueueAttributeName;
use axum::Router;
use axum::middleware::from_fn_with_state;
use dynoxide::Database;
use local_s3::S3;
use local_ses::{EventDestination, Quota, Ses};
use local_sqs::Sqs;
use sluice_aws::Clients;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::{DataFolder, Keys, Urls, dynamodb, dynamodb_protocol};
use crate::door::{self, Callers, Limits, Signed};
use crate::template::{Queue, Template};

/// The embedded services.
#[derive(Clone)]
pub struct Services {
    /// DynamoDB.
    pub dynamodb: Database,
    /// S3.
    pub s3: S3,
    /// SQS.
    pub sqs: Sqs,
    /// SES.
    pub ses: Ses,
}

/// What may be sent: more in a second than a new account of AWS may, so that nobody waits for what goes nowhere.
const QUOTA: Quota = Quota {
    max_24_hours: 50_000,
    max_per_second: 200,
};

impl std::fmt::Debug for Services {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Services").finish_non_exhaustive()
    }
}

impl Services {
    pub(super) fn open(data: &DataFolder) -> Result<Self> {
        // The queues are locked by the process that has them open, and come first for that.
        data.touch("sqs.sqlite")?;
        let sqs = Sqs::open(&data.join("sqs.sqlite")).context(
            "the queues cannot be opened: is another sluice running on this data folder?",
        )?;
        let keys = data.keys()?;
        let folder = data.folder("s3")?;
        let config = local_s3::Config::new(folder, keys.access_key(), keys.secret_key());
        let s3 = S3::open(config).context("the objects cannot be opened")?;
        let ses = Ses::open(data.folder("ses")?).context("the mailbox cannot be opened")?;
        ses.set_quota(QUOTA);
        Ok(Self {
            dynamodb: dynamodb::open(data)?,
            s3,
            sqs,
            ses,
        })
    }

    /// Serves DynamoDB and SQS to programs that sign with the keys.
    pub(super) fn serve(
        &self,
        keys: &Keys,
        dynamodb: TcpListener,
        sqs: TcpListener,
        running: &mut JoinSet<()>,
    ) -> Result<()> {
        let database = dynamodb_protocol::router(self.dynamodb.clone());
        let ports = [
            (
                dynamodb,
                "dynamodb",
                dynamodb_protocol::BODY_BYTES,
                database,
            ),
            (sqs, "sqs", local_sqs::BODY_BYTES, self.sqs.router()),
        ];
        for (listener, service, body_bytes, router) in ports {
            let signed = Signed {
                keys: keys.clone(),
                service,
                body_bytes,
            };
            let router = router.layer(from_fn_with_state(signed, Signed::check));
            let callers = Callers::programs(listener.local_addr()?);
            let router = door::guarded(router, callers, Limits::LOCAL);
            running.spawn(door::serve(listener, router, Limits::LOCAL));
        }
        Ok(())
    }

    /// SES's API, for programs that sign with the keys, and its mailbox for who knows where it is.
    pub(super) fn mail_router(&self, urls: &Urls) -> Router {
        let signed = Signed {
            keys: urls.keys.clone(),
            service: "ses",
            body_bytes: local_ses::BODY_BYTES,
        };
        let api = self
            .ses
            .router()
            .layer(from_fn_with_state(signed, Signed::check));
        api.merge(self.ses.mailbox_router(&urls.mailbox_path()))
    }

    /// Clients that count for themselves.
    pub async fn clients(&self, urls: &Urls) -> Clients {
        clients(urls).await
    }

    /// Makes the tables, queues and buckets that are not there yet.
    pub(super) async fn create(
        &self,
        template: &Template,
        clients: &Clients,
        sqs_url: &str,
    ) -> Result<()> {
        for table in &template.tables {
            dynamodb::create_table(&clients.dynamodb, table).await?;
        }
        for queue in &template.queues {
            create_queue(&clients.sqs, queue).await?;
        }
        if let Some(events) = &template.mail_events {
            let destination = EventDestination {
                queue_url: format!("{sqs_url}/000000000000/{}", events.queue),
                matching: events.matching.clone(),
            };
            self.ses
                .put_configuration_set(&events.configuration_set, destination);
        }
        for bucket in &template.buckets {
            self.s3.create_bucket(&bucket.name)?;
            if let Some(time) = bucket.keeps_replaced {
                self.s3.keep_replaced(&bucket.name, time)?;
            }
        }
        Ok(())
    }
}

/// Clients of a system's services, wherever it runs.
pub(super) async fn clients(urls: &Urls) -> Clients {
    Clients::at(
        &config(&urls.keys).await,
        &urls.api,
        &urls.dynamodb,
        &urls.sqs,
    )
    .with_ses_at(&urls.api)
}

async fn create_queue(sqs: &aws_sdk_sqs::Client, queue: &Queue) -> Result<()> {
    let mut attributes = vec![
        (
            QueueAttributeName::VisibilityTimeout,
            queue.visibility_seconds.to_string(),
        ),
        (
            QueueAttributeName::MessageRetentionPeriod,
            queue.retention_seconds.to_string(),
        ),
    ];
    if let Some(redrive) = &queue.redrive {
        let policy = serde_json::json!({
            "deadLetterTargetArn": Sqs::queue_arn(&redrive.queue),
            "maxReceiveCount": redrive.max_receive_count,
        });
        attributes.push((QueueAttributeName::RedrivePolicy, policy.to_string()));
    }
    let attributes: std::collections::HashMap<_, _> = attributes.into_iter().collect();
    let context = || format!("the queue {} cannot be made", queue.name);
    if let Ok(found) = sqs.get_queue_url().queue_name(&queue.name).send().await {
        // The template may have changed since the queue was made.
        sqs.set_queue_attributes()
            .set_queue_url(found.queue_url)
            .set_attributes(Some(attributes))
            .send()
            .await
            .with_context(context)?;
    } else {
        sqs.create_queue()
            .queue_name(&queue.name)
            .set_attributes(Some(attributes))
            .send()
            .await
            .with_context(context)?;
    }
    Ok(())
}

async fn config(keys: &Keys) -> SdkConfig {
    let credentials = Credentials::from(keys);
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .load()
        .await
}
