//! `infra/template.yaml`, deployed with SAM. What of the emulator is unlike AWS is in
//! `ministack.py`.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_eventbridge::types::Target;
use aws_sdk_s3::config::Credentials;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::Value;

use super::emulator::Emulator;
use crate::harness::{Item, text};

const NAME: &str = "sluice";
/// Whom e-mails are from, and the identity of SES that this belongs to.
const SENDER: &str = "news@example.com";
const IDENTITY: &str = "example.com";
/// The event bus that stations can have told.
const EVENT_BUS: &str = "default";
/// About a hundred chunks of the file.
const CHUNK_BYTES: u32 = 32 << 10;
/// How many workers there are at a time.
const WORKERS: u32 = 4;
/// After how long the chunk of a killed worker is delivered again.
const VISIBILITY_SECONDS: u32 = 20;

/// The deployed system.
pub struct Stack {
    /// Where the deployed API answers.
    pub api_url: String,
    resources: HashMap<String, String>,
    config: SdkConfig,
}

impl Stack {
    /// Deploys what `sam build` has left.
    pub async fn deploy(emulator: &Emulator, issuer: &str) -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
        let architecture = std::env::var("SLUICE_ARCHITECTURE").unwrap_or("x86_64".to_owned());
        let parameters = [
            format!("JwtIssuer={issuer}"),
            "ConsoleOrigin=https://console.invalid".to_owned(),
            format!("ChunkBytes={CHUNK_BYTES}"),
            format!("WorkerConcurrency={WORKERS}"),
            format!("Architecture={architecture}"),
            format!("MailSender={SENDER}"),
            format!("MailIdentity={IDENTITY}"),
            format!("EventBus={EVENT_BUS}"),
            "Rollout=AllAtOnce".to_owned(),
            "Release=1".to_owned(),
        ];
        let status = emulator
            .command("sam")
            .current_dir(root)
            .args(["deploy", "--stack-name", NAME])
            .args(["--no-confirm-changeset", "--no-progressbar"])
            .arg("--parameter-overrides")
            .args(parameters)
            .status();
        assert!(
            status.expect("sam is on the PATH").success(),
            "sam deploy failed"
        );
        let stack = Self::of(emulator).await;
        stack.hurry().await;
        stack
    }

    async fn of(emulator: &Emulator) -> Self {
        let resources = mend(emulator);
        let credentials = Credentials::new("test", "test", None, None, "test");
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(credentials)
            .endpoint_url(&emulator.url)
            .load()
            .await;
        Self {
            // AWS has a host for each API; the emulator serves all at one address.
            api_url: format!(
                "{}/_aws/execute-api/{}/$default",
                emulator.url, resources["HttpApi"]
            ),
            resources,
            config,
        }
    }

    /// Half an hour, the template's choice for chunks, is more than a test has.
    async fn hurry(&self) {
        aws_sdk_sqs::Client::new(&self.config)
            .set_queue_attributes()
            .queue_url(&self.resources["ChunksQueue"])
            .attributes(
                QueueAttributeName::VisibilityTimeout,
                VISIBILITY_SECONDS.to_string(),
            )
            .send()
            .await
            .expect("a visibility timeout is set");
    }

    /// All member rows, by what they carry as their origin.
    pub async fn members(&self) -> HashMap<String, Item> {
        let mut pages = aws_sdk_dynamodb::Client::new(&self.config)
            .scan()
            .table_name(&self.resources["MembersTable"])
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let mut items = HashMap::new();
        while let Some(item) = pages.next().await {
            let item = item.expect("a page of the table");
            let origin = text(&item, "_origin").to_owned();
            assert_eq!(items.insert(origin, item), None, "a row is stored twice");
        }
        items
    }

    /// Has the identity of the sender verified, as an operator does.
    pub async fn verify_sender(&self) {
        let ses = aws_sdk_sesv2::Client::new(&self.config);
        let created = ses.create_email_identity().email_identity(IDENTITY).send();
        created.await.expect("an identity");
    }

    /// How many e-mails each address has got.
    pub async fn mailbox(&self) -> BTreeMap<String, usize> {
        let url = format!("{}/_ministack/ses/messages", self.emulator_url());
        let answer = reqwest::get(url).await.expect("an answer");
        let answer: Value = answer.json().await.expect("JSON");
        let accounts = answer["messages"].as_object().expect("accounts");
        let mut mailbox = BTreeMap::new();
        for mail in accounts
            .values()
            .flat_map(|mails| mails.as_array().expect("mails"))
        {
            assert!(
                mail["Source"].as_str().expect("a sender").contains(SENDER),
                "{mail}"
            );
            for address in mail["To"].as_array().expect("recipients") {
                let address = address.as_str().expect("an address").to_owned();
                *mailbox.entry(address).or_default() += 1;
            }
        }
        mailbox
    }

    /// A queue that hears what Sluice puts on the event bus.
    pub async fn hear_events(&self) -> String {
        let sqs = aws_sdk_sqs::Client::new(&self.config);
        let queue = sqs.create_queue().queue_name("heard").send().await;
        let queue_url = queue.expect("a queue").queue_url.expect("its address");
        let name = QueueAttributeName::QueueArn;
        let asked = sqs.get_queue_attributes().queue_url(&queue_url);
        let attributes = asked.attribute_names(name.clone()).send().await;
        let attributes = attributes.expect("attributes").attributes.expect("some");
        let events = aws_sdk_eventbridge::Client::new(&self.config);
        let rule = events.put_rule().name("heard").event_bus_name(EVENT_BUS);
        let rule = rule.event_pattern(r#"{"source":["sluice"]}"#).send();
        rule.await.expect("a rule");
        let target = Target::builder().id("queue").arn(&attributes[&name]);
        let targets = events.put_targets().rule("heard").event_bus_name(EVENT_BUS);
        let targets = targets.targets(target.build().expect("a target")).send();
        targets.await.expect("a target");
        queue_url
    }

    /// The next event that a queue has heard, if there is one.
    pub async fn heard(&self, queue_url: &str) -> Option<Value> {
        let sqs = aws_sdk_sqs::Client::new(&self.config);
        let received = sqs.receive_message().queue_url(queue_url).send().await;
        let message = received.ok()?.messages?.pop()?;
        serde_json::from_str(&message.body?).ok()
    }

    fn emulator_url(&self) -> &str {
        let (url, _) = self.api_url.split_once("/_aws").expect("the emulator's");
        url
    }

    /// Puts an object into the bucket.
    pub async fn put(&self, key: &str, bytes: &[u8]) {
        let by_path = aws_sdk_s3::config::Builder::from(&self.config).force_path_style(true);
        aws_sdk_s3::Client::from_conf(by_path.build())
            .put_object()
            .bucket(&self.resources["FilesBucket"])
            .key(key)
            .body(ByteStream::from(bytes.to_vec()))
            .send()
            .await
            .expect("an object is stored");
    }
}

/// Makes up for what the emulator lacks. The names of the resources, by their logical ids.
fn mend(emulator: &Emulator) -> HashMap<String, String> {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/end_to_end/deployed/ministack.py"
    );
    let output = emulator.command("python3").args([script, NAME]).output();
    let output = output.expect("python3 is on the PATH");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {errors}");
    serde_json::from_slice(&output.stdout).expect("names")
}
