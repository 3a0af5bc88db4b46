//! Finishing a mailing: its counts are added up and must be those of its audience, and who was not sent to is listed.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use sluice_aws::{AwsError, CSV, Mailings, Objects, Settings};
use sluice_basics::ids::TaskRef;
use sluice_basics::object_key;
use sluice_definition::reported::neutralize;
use sluice_engine::{BoxError, CompleteTask, FinishTask, Finished};
use sluice_lambda::Init;
use sluice_mail::{Counts, Frozen, Line, MailingInput, OnUnknown, Outcome, Standing};
use sluice_task::TaskStatus;
use sluice_task::books::{ChunkReport, Ending, Trouble};

/// Tells a spreadsheet that the file is UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Finishes mailings.
#[derive(Debug)]
pub(crate) struct FinishMailing {
    objects: Objects,
    mailings: Mailings,
}

#[derive(Debug, thiserror::Error)]
enum FinishError {
    #[error("a marker of a mailing cannot be read")]
    Json(#[from] serde_json::Error),
    #[error("the list of those who were not sent to cannot be written")]
    Csv(#[from] csv::Error),
    #[error(transparent)]
    Aws(#[from] AwsError),
}

/// What a chunk says of itself.
#[derive(Deserialize)]
struct OfChunk {
    counts: Counts,
    not_sent: Option<String>,
}

/// A recipient who was not sent to.
#[derive(Deserialize)]
struct NotSent {
    address: String,
    outcome: Outcome,
}

impl FinishMailing {
    pub(crate) fn new(init: &Init<'_>) -> Result<Self, BoxError> {
        let settings = Settings::new(init.lookup);
        Ok(Self {
            objects: Objects::new(init.clients, settings.required("FILES_BUCKET")?),
            mailings: Mailings::new(init.clients, settings.required("MAIL_TABLE")?),
        })
    }

    async fn add_up(
        &self,
        complete: &CompleteTask<'_>,
    ) -> Result<(Counts, Map<String, Json>), FinishError> {
        let task = complete.task.reference();
        let input: MailingInput = serde_json::from_value(complete.task.input.clone())?;
        let mut counts = Counts::default();
        let mut list = self.objects.writer(object_key::not_sent(&task), CSV);
        list.write(BYTE_ORDER_MARK.as_bytes()).await?;
        list.write(b"address,outcome,reason\n").await?;
        let mut listed: u64 = 0;
        for report in complete.reports {
            let not_sent = match &report.of_kind {
                Some(said) => self.told(said, &mut counts).await?,
                None => self.left_out(&task, report, &mut counts).await?,
            };
            let mut rows = csv::Writer::from_writer(Vec::new());
            for NotSent { address, outcome } in not_sent {
                let (word, reason) = words(&outcome);
                rows.write_record([
                    neutralize(&address).as_ref(),
                    word,
                    neutralize(reason).as_ref(),
                ])?;
                listed += 1;
            }
            let rows = rows
                .into_inner()
                .map_err(|error| csv::Error::from(error.into_error()))?;
            list.write(&rows).await?;
        }
        if listed > 0 {
            list.finish().await?;
        } else {
            list.discard().await?;
        }
        let result = json!({
            "template": input.template,
            "language": input.language,
            "version": self.version(&task, &input).await?,
            "audience": counts.audience,
            "sent": counts.sent,
            "failed": counts.failed,
            "suppressed": counts.suppressed,
            "duplicate": counts.duplicate,
            "unknown": counts.unknown,
            "not_sent": listed,
        });
        Ok((counts, serde_json::from_value(result)?))
    }

    /// The version of the template that was sent.
    async fn version(
        &self,
        task: &TaskRef,
        input: &MailingInput,
    ) -> Result<Option<u64>, FinishError> {
        if input.version.is_some() {
            return Ok(input.version);
        }
        let frozen = self.objects.find(&object_key::mailing(task)).await?;
        let frozen: Option<Frozen> = frozen
            .map(|frozen| serde_json::from_slice(&frozen))
            .transpose()?;
        Ok(frozen.map(|frozen| frozen.version))
    }

    /// Who was not sent to of a chunk that was done.
    async fn told(&self, said: &Json, counts: &mut Counts) -> Result<Vec<NotSent>, FinishError> {
        let said: OfChunk = serde_json::from_value(said.clone())?;
        *counts += said.counts;
        let Some(part) = said.not_sent else {
            return Ok(Vec::new());
        };
        let lines = self.objects.get(&part).await?;
        let lines = lines
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        Ok(lines
            .map(serde_json::from_slice)
            .collect::<Result<_, _>>()?)
    }

    /// The same of a chunk that was given up, or left out because the task stopped: its markers say who was sent to
    /// before, or may have been.
    async fn left_out(
        &self,
        task: &TaskRef,
        report: &ChunkReport,
        counts: &mut Counts,
    ) -> Result<Vec<NotSent>, FinishError> {
        let frozen: Frozen = self.objects.get_json(&object_key::mailing(task)).await?;
        let key = object_key::audience(task, &frozen.attempt, report.chunk);
        let lines = self.objects.get(&key).await?;
        let lines = lines
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        let lines: Vec<Line> = lines
            .map(serde_json::from_slice)
            .collect::<Result<_, _>>()?;
        let is_first = |place: &usize| !lines[*place].duplicate;
        let places: Vec<usize> = (0..lines.len()).filter(is_first).collect();
        let markers = self.mailings.markers(task, report.chunk).await?;
        let standing = Standing::look(
            &places,
            &markers,
            OnUnknown::Hold,
            Timestamp::MAX,
            SignedDuration::ZERO,
        );
        let why = report.lost.as_deref().unwrap_or("it was left out");
        let (mut outcomes, _) = standing.stopped(why);
        let duplicate = |place: usize| (place, Outcome::Duplicate);
        outcomes.extend(
            (0..lines.len())
                .filter(|place| !is_first(place))
                .map(duplicate),
        );
        let mut not_sent = Vec::new();
        for (place, outcome) in outcomes {
            counts.add(&outcome);
            if outcome != Outcome::Sent {
                let address = lines[place].address.clone();
                not_sent.push(NotSent { address, outcome });
            }
        }
        Ok(not_sent)
    }

    /// How many recipients there are.
    async fn audience(&self, complete: &CompleteTask<'_>) -> Result<u64, FinishError> {
        let key = object_key::mailing(&complete.task.reference());
        let frozen: Frozen = self.objects.get_json(&key).await?;
        Ok(frozen.recipients)
    }
}

fn words(outcome: &Outcome) -> (&'static str, &str) {
    match outcome {
        Outcome::Sent => ("sent", ""),
        Outcome::Failed(why) => ("failed", why),
        Outcome::Suppressed => (
            "suppressed",
            "the address is on the list of those that get no e-mails",
        ),
        Outcome::Duplicate => ("duplicate", "the address stands in the audience before"),
        Outcome::Unknown => (
            "unknown",
            "SES did not answer, and no event said that it was sent",
        ),
    }
}

/// How a mailing with these counts ends.
fn ending(counts: &Counts, trouble: Option<&Trouble>) -> Ending {
    let reason = match trouble {
        Some(Trouble::Missing(words) | Trouble::Unbalanced(words)) => Some(words.clone()),
        None if counts.failed + counts.unknown > 0 => Some(format!(
            "{} of {} recipients {} not sent to or may not have been ({} failed, {} unknown): see the list",
            counts.failed + counts.unknown,
            counts.audience,
            if counts.failed + counts.unknown == 1 {
                "was"
            } else {
                "were"
            },
            counts.failed,
            counts.unknown
        )),
        None => None,
    };
    let is_unbalanced = matches!(trouble, Some(Trouble::Unbalanced(_)));
    let status = match &reason {
        None => TaskStatus::Finished,
        Some(_) if counts.sent > 0 && !is_unbalanced => TaskStatus::PartlySucceeded,
        Some(_) => TaskStatus::Failed,
    };
    Ending { status, reason }
}

#[async_trait]
impl FinishTask for FinishMailing {
    async fn finish(&self, complete: CompleteTask<'_>) -> Result<Finished, BoxError> {
        let (counts, mut result) = Box::pin(self.add_up(&complete)).await?;
        let mut trouble = complete.trouble.cloned();
        match self.audience(&complete).await {
            Ok(frozen) => {
                result.insert("audience".to_owned(), frozen.into());
                if frozen != counts.audience && trouble.is_none() {
                    let words = format!(
                        "the books do not balance: {} of {frozen} recipients have an outcome",
                        counts.audience
                    );
                    trouble = Some(Trouble::Unbalanced(words));
                }
            }
            Err(error) if complete.is_last_try => {
                tracing::error!(
                    error = sluice_aws::chain(&error),
                    "what a mailing froze cannot be read"
                );
            }
            Err(error) => return Err(error.into()),
        }
        Ok(Finished::new(ending(&counts, trouble.as_ref()), result))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailing_ends_well_if_everybody_was_sent_to_who_can_be() {
        let counts = Counts {
            audience: 4,
            sent: 2,
            suppressed: 1,
            duplicate: 1,
            ..Counts::default()
        };
        assert_eq!(ending(&counts, None).status, TaskStatus::Finished);
        let unknown = Counts {
            sent: 1,
            unknown: 1,
            ..counts
        };
        let ended = ending(&unknown, None);
        assert_eq!(ended.status, TaskStatus::PartlySucceeded);
        let words = "1 of 4 recipients was not sent to or may not have been (0 failed, 1 unknown): see the list";
        assert_eq!(ended.reason.as_deref(), Some(words));
        let none = Counts {
            sent: 0,
            failed: 2,
            ..counts
        };
        assert_eq!(ending(&none, None).status, TaskStatus::Failed);
        let lost = Trouble::Unbalanced("they do not".to_owned());
        assert_eq!(ending(&counts, Some(&lost)).status, TaskStatus::Failed);
    }
}
