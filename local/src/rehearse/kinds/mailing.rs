//! A mailing to the members of an import: nobody gets two e-mails, and what the task says of its recipients is what
//! is in the mailbox.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use serde_json::{Value, json};
use sluice_api::TaskView;
use sluice_definition::OnDuplicate;

use super::Scenario;
use crate::rehearse::model::File;
use crate::rehearse::oracle::Check;
use crate::rehearse::stage::{Stage, insist};

const PLACE: (&str, &str) = ("mailing", "member_import");
/// What recipients there are.
const OUTCOMES: [&str; 5] = ["sent", "failed", "suppressed", "duplicate", "unknown"];

pub(super) struct Mailing {
    members: File,
    recipients: u64,
    ended: Option<TaskView>,
}

impl Mailing {
    pub(super) fn new(rows: u64) -> Self {
        let mut text = "member_no,name,email\n".to_owned();
        for number in 0..rows {
            // Writing to a text does not fail.
            let _ = writeln!(text, "M{number},Ann,member{number}@example.com");
        }
        Self {
            members: File {
                rule: OnDuplicate::Reject,
                rows: Vec::new(),
                bytes: text.into_bytes(),
            },
            recipients: rows,
            ended: None,
        }
    }
}

#[async_trait(?Send)]
impl Scenario for Mailing {
    async fn act(&mut self, stage: &Stage) -> Result<()> {
        stage.import(PLACE, "members", &self.members, false).await?;
        let template = json!({
            "name": "news", "language": "en", "version": 0, "sample": { "name": "Ann" },
            "texts": { "subject": "News for {{ name }}", "html": "<p>Dear {{ name }}</p>" },
        });
        let client = stage.client(PLACE.0)?;
        let put = insist(async || client.replace::<Value>("/mail/template", &template).await).await;
        // It is refused as a change of an older version if an answer was lost.
        let mailing = json!({
            "template": "news", "language": "en", "audience": { "business": PLACE.1 }, "user_task_id": "mailing",
        });
        let ended = stage.done(PLACE.0, "/mail/send", &mailing).await;
        self.ended = Some(ended.or_else(|error| put.and(Err(error)))?);
        Ok(())
    }

    async fn check(&self, stage: &Stage) -> Result<Vec<Check>> {
        let task = self.ended.as_ref().context("no mailing")?;
        let result = task.result.as_ref().context("a mailing without a result")?;
        let mut mailbox: BTreeMap<String, u64> = BTreeMap::new();
        for mail in stage.system.services.ses.mails()? {
            *mailbox.entry(mail.recipient).or_default() += 1;
        }
        let mut once = Check::new("nobody gets two e-mails");
        for (address, mails) in &mailbox {
            once.expect(*mails == 1, || format!("{address} has {mails}"));
        }
        let of = |name: &str| result[name].as_u64().unwrap_or_default();
        let all: u64 = OUTCOMES.iter().map(|outcome| of(outcome)).sum();
        let mut counted = Check::new("every recipient is counted");
        counted.expect(
            of("audience") == self.recipients && all == self.recipients,
            || {
                format!(
                    "task {}: {} recipients, told {result}",
                    task.task_id, self.recipients
                )
            },
        );
        let (sent, found) = (of("sent"), mailbox.len() as u64);
        let mut as_told = Check::new(
            "who was sent to has an e-mail, and nobody else but those of whom nobody knows",
        );
        as_told.expect((sent..=sent + of("unknown")).contains(&found), || {
            format!("task {}: {found} e-mails, told {result}", task.task_id)
        });
        Ok(vec![once, counted, as_told])
    }
}
