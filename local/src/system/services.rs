//! The embedded services and clients to them.

use anyhow::{Context, Result};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_sqs::types::QueueAttributeName;
use axum::serve::{Listener, ListenerExt as _};
use dynoxide::Database;
use local_s3::S3;
use local_sqs::Sqs;
use sluice_aws::Clients;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::{DataFolder, Urls, dynamodb};
use crate::template::{Queue, Template};

/// The key pair of the embedded services: everything runs on loopback for one person.
pub const ACCESS_KEY: &str = "sluice";
/// See [`ACCESS_KEY`].
pub const SECRET_KEY: &str = "sluice-local";

/// The embedded services.
#[derive(Clone)]
pub struct Services {
    /// DynamoDB.
    pub dynamodb: Database,
    /// S3.
    pub s3: S3,
    /// SQS.
    pub sqs: Sqs,
}

impl std::fmt::Debug for Services {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Services").finish_non_exhaustive()
    }
}

impl Services {
    pub(super) fn open(data: &DataFolder) -> Result<Self> {
        // The queues are locked by the process that has them open, and come first for that.
        let sqs = Sqs::open(&data.join("sqs.sqlite")).context(
            "the queues cannot be opened: is another sluice running on this data folder?",
        )?;
        let config = local_s3::Config::new(data.join("s3"), ACCESS_KEY, SECRET_KEY);
        let s3 = S3::open(config).context("the objects cannot be opened")?;
        Ok(Self {
            dynamodb: dynamodb::open(data)?,
            s3,
            sqs,
        })
    }

    pub(super) fn serve(&self, dynamodb: TcpListener, sqs: TcpListener, running: &mut JoinSet<()>) {
        let database = self.dynamodb.clone();
        running.spawn(async move {
            let forever = std::future::pending();
            if let Err(error) =
                dynoxide::server::serve_with_shutdown(dynamodb, database, forever).await
            {
                tracing::error!(%error, "DynamoDB stopped");
            }
        });
        let router = self.sqs.router();
        running.spawn(async move {
            if let Err(error) = axum::serve(quick(sqs), router).await {
                tracing::error!(%error, "SQS stopped");
            }
        });
    }

    /// Clients that count for themselves.
    pub async fn clients(&self, urls: &Urls) -> Clients {
        clients(urls).await
    }

    /// Makes the tables, queues and buckets that are not there yet.
    pub(super) async fn create(&self, template: &Template, clients: &Clients) -> Result<()> {
        for table in &template.tables {
            dynamodb::create_table(&clients.dynamodb, table).await?;
        }
        for queue in &template.queues {
            create_queue(&clients.sqs, queue).await?;
        }
        for bucket in &template.buckets {
            self.s3.create_bucket(&bucket.name)?;
        }
        Ok(())
    }
}

/// Clients of a system's services, wherever it runs.
pub(super) async fn clients(urls: &Urls) -> Clients {
    Clients::at(&config().await, &urls.api, &urls.dynamodb, &urls.sqs)
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

async fn config() -> SdkConfig {
    let credentials = Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "local");
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .load()
        .await
}

/// Answers leave at once: without this each small one waits for the other side's delayed
/// acknowledgement.
pub(super) fn quick(listener: TcpListener) -> impl Listener<Addr = std::net::SocketAddr> {
    listener.tap_io(|connection: &mut TcpStream| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was not set");
        }
    })
}
