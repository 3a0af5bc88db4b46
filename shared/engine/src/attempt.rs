//! One receive of a chunk's message.

use std::time::{Duration, Instant};

use aws_lambda_events::sqs::SqsMessage;
use jiff::Timestamp;
use sluice_aws::Tries;
use sluice_lambda::{Deadline, receive_count};

/// The time kept for committing what was done; a quarter of the time if there is no more than this.
const MARGIN: Duration = Duration::from_secs(10);

/// One receive of a chunk's message.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// By when the chunk must be done.
    pub until: Instant,
    /// When Lambda ends the invocation.
    pub ends_at: Timestamp,
    /// How often the message was received, this time included.
    pub receive_count: u32,
    /// Which message it is.
    pub message_id: &'a str,
    /// What is known of the tries at the chunk in this run, this one included.
    pub tries: &'a Tries,
}

/// A message that was received, before anything is known of its chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delivery<'a> {
    pub(crate) message: &'a SqsMessage,
    pub(crate) deadline: Deadline,
}

impl<'a> Delivery<'a> {
    pub(crate) fn receive_count(self) -> u32 {
        receive_count(self.message)
    }

    /// The attempt of which the chunk's record now says this.
    pub(crate) fn attempt(self, tries: &'a Tries) -> Attempt<'a> {
        let left = self.deadline.left();
        let margin = if left > MARGIN { MARGIN } else { left / 4 };
        Attempt {
            until: self.deadline.less(margin),
            ends_at: Timestamp::now() + left,
            receive_count: self.receive_count(),
            message_id: self.message.message_id.as_deref().unwrap_or_default(),
            tries,
        }
    }
}
