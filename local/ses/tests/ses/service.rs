//! A running SES, and calls of it.

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::config::retry::RetryConfig;
use aws_sdk_sesv2::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sesv2::operation::send_bulk_email::builders::SendBulkEmailFluentBuilder;
use aws_sdk_sesv2::types::{
    BulkEmailContent, BulkEmailEntry, BulkEmailEntryResult, BulkEmailStatus, Destination,
    EmailTemplateContent, MessageHeader, MessageTag, ReplacementEmailContent, ReplacementTemplate,
    Template,
};
use local_ses::{EventDestination, Fate, Ses};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// The configuration set of the tests.
pub const SET: &str = "sluice";
/// The queue of its events.
pub const QUEUE: &str = "http://127.0.0.1/000000000000/mail-events";

/// An SES that a test can look into.
pub struct Service {
    pub ses: Ses,
    pub client: Client,
    pub url: String,
    pub folder: TempDir,
}

impl Service {
    /// Starts an SES whose events all go to [`QUEUE`].
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ses = Ses::open(folder.path()).unwrap();
        Self::serve(ses, folder).await
    }

    pub async fn serve(ses: Ses, folder: TempDir) -> Self {
        let types = [
            "send",
            "delivery",
            "bounce",
            "complaint",
            "renderingFailure",
        ];
        let destination = EventDestination {
            queue_url: QUEUE.to_owned(),
            matching: types.map(str::to_owned).to_vec(),
        };
        ses.put_configuration_set(SET, destination);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = ses.router().merge(ses.mailbox_router("/mailbox"));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let config = aws_sdk_sesv2::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
            .retry_config(RetryConfig::disabled())
            .endpoint_url(&url)
            .build();
        Self {
            ses,
            client: Client::from_conf(config),
            url,
            folder,
        }
    }

    /// A call with a template that has the variable `name`.
    pub fn call(&self) -> SendBulkEmailFluentBuilder {
        self.call_with("Hello {{{name}}}", "<p>Dear {{{name}}}</p>")
    }

    pub fn call_with(&self, subject: &str, html: &str) -> SendBulkEmailFluentBuilder {
        let content = EmailTemplateContent::builder()
            .subject(subject)
            .text("Dear {{{name}}}")
            .html(html);
        let template = Template::builder()
            .template_content(content.build())
            .template_data("{}");
        let content = BulkEmailContent::builder().template(template.build());
        self.client
            .send_bulk_email()
            .from_email_address("Shop <shop@example.com>")
            .configuration_set_name(SET)
            .default_content(content.build())
    }

    /// Sends to some addresses in one call.
    pub async fn send(&self, addresses: &[&str]) -> Vec<BulkEmailEntryResult> {
        let entries = addresses.iter().map(|address| entry(address, address));
        let call = self.call().set_bulk_email_entries(Some(entries.collect()));
        let answer = call.send().await.unwrap();
        answer.bulk_email_entry_results
    }

    /// The events that are to be delivered now.
    pub async fn events(&self) -> Vec<Value> {
        let next = self.ses.next_events(1_000);
        let next = tokio::time::timeout(std::time::Duration::from_millis(200), next).await;
        let events = next.unwrap_or_default();
        assert!(events.iter().all(|event| event.queue_url == QUEUE));
        let bodies = events.iter();
        let bodies = bodies.map(|event| serde_json::from_str(&event.body).unwrap());
        bodies.collect()
    }

    /// The addresses that were sent to, with what became of it.
    pub fn sent(&self) -> Vec<(String, Fate)> {
        let mails = self.ses.mails().unwrap().into_iter();
        mails.map(|mail| (mail.recipient, mail.fate)).collect()
    }
}

/// A recipient with a name, a tag and a header of its own.
pub fn entry(address: &str, name: &str) -> BulkEmailEntry {
    let data = serde_json::json!({ "name": name }).to_string();
    let template = ReplacementTemplate::builder().replacement_template_data(data);
    let content = ReplacementEmailContent::builder().replacement_template(template.build());
    let tag = MessageTag::builder().name("row").value("7");
    let unsubscribe = MessageHeader::builder()
        .name("List-Unsubscribe")
        .value("<https://example.com/unsubscribe/7>");
    BulkEmailEntry::builder()
        .destination(Destination::builder().to_addresses(address).build())
        .replacement_email_content(content.build())
        .replacement_tags(tag.build().unwrap())
        .replacement_headers(unsubscribe.build().unwrap())
        .build()
}

pub fn statuses(results: &[BulkEmailEntryResult]) -> Vec<BulkEmailStatus> {
    results
        .iter()
        .map(|result| result.status().unwrap().clone())
        .collect()
}
