//! Queues as such: created, described and changed.

use std::collections::BTreeMap;

use super::{Engine, Queue};
use crate::error::SqsError;
use crate::name::{self, QueueName};
use crate::settings::Settings;

type Attributes = BTreeMap<String, String>;

impl Engine {
    /// Creates a queue, or finds the one that has this name and these attributes already.
    pub(crate) fn create_queue(
        &mut self,
        name: QueueName,
        attributes: &Attributes,
        now_ms: i64,
    ) -> Result<(), SqsError> {
        if let Some(queue) = self.queues.get(&name) {
            let wanted = queue.settings.with(attributes)?;
            return match queue.settings.first_difference(&wanted) {
                None => Ok(()),
                Some(attribute) => Err(SqsError::QueueNameExists(attribute)),
            };
        }
        let settings = Settings::default().with(attributes)?;
        self.check_redrive_target(&settings)?;
        let created_s = now_ms / 1_000;
        self.store
            .put_queue(&name, &settings, created_s, created_s)?;
        self.queues
            .insert(name, Queue::new(settings, created_s, created_s));
        Ok(())
    }

    /// Changes the settings of a queue.
    pub(crate) fn set_queue_attributes(
        &mut self,
        name: &str,
        attributes: &Attributes,
        now_ms: i64,
    ) -> Result<(), SqsError> {
        let queue = self.queue(name)?;
        let settings = queue.settings.with(attributes)?;
        let created_s = queue.created_s;
        self.check_redrive_target(&settings)?;
        let modified_s = now_ms / 1_000;
        self.store
            .put_queue(&name.parse()?, &settings, created_s, modified_s)?;
        let queue = self.queue_mut(name)?;
        queue.settings = settings;
        queue.modified_s = modified_s;
        Ok(())
    }

    /// All attributes of a queue.
    pub(crate) fn queue_attributes(
        &mut self,
        name: &str,
        now_ms: i64,
    ) -> Result<Attributes, SqsError> {
        self.expire(name, now_ms)?;
        let queue = self.queue_mut(name)?;
        queue.index.wake(now_ms);
        let counts = queue.index.counts();
        let mut attributes = queue.settings.attributes();
        let facts = [
            ("QueueArn", name::arn(name)),
            ("CreatedTimestamp", queue.created_s.to_string()),
            ("LastModifiedTimestamp", queue.modified_s.to_string()),
            ("ApproximateNumberOfMessages", counts.available.to_string()),
            (
                "ApproximateNumberOfMessagesNotVisible",
                counts.in_flight.to_string(),
            ),
            (
                "ApproximateNumberOfMessagesDelayed",
                counts.delayed.to_string(),
            ),
        ];
        attributes.extend(facts.map(|(name, value)| (name.to_owned(), value)));
        Ok(attributes)
    }

    /// Checks that the queue exists.
    pub(crate) fn find_queue(&self, name: &str) -> Result<(), SqsError> {
        self.queue(name).map(|_| ())
    }

    fn check_redrive_target(&self, settings: &Settings) -> Result<(), SqsError> {
        match &settings.redrive {
            Some(redrive) if !self.queues.contains_key(redrive.target()) => {
                let reason = "Dead letter target does not exist.";
                Err(SqsError::invalid(
                    "RedrivePolicy",
                    &redrive.dead_letter_target_arn,
                    reason,
                ))
            }
            _ => Ok(()),
        }
    }
}
