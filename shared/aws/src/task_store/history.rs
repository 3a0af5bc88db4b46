//! What an update adds to a task's history: no request and no item of its own.

use aws_sdk_dynamodb::types::AttributeValue;
use sluice_task::Task;
use sluice_task::history::{Actor, Event, EventKind, MAX_EVENTS};

use crate::error::AwsError;

/// The part of an update that appends events to a history, and the values that it names.
#[derive(Clone, Debug, Default)]
pub(super) struct Append {
    /// To be written behind another assignment of the update's `SET`; empty if nothing is appended.
    pub set: &'static str,
    /// The values of `set`.
    pub values: Vec<(&'static str, AttributeValue)>,
}

impl Append {
    /// Appends an event whatever the history has by now.
    pub(super) fn always(event: &Event) -> Result<Self, AwsError> {
        Ok(Self {
            set: ", history = list_append(if_not_exists(history, :no_events), :events)",
            values: vec![
                (":no_events", AttributeValue::L(Vec::new())),
                (":events", list(std::slice::from_ref(event))?),
            ],
        })
    }

    /// Appends what happens once in a run if a caller did it: the record itself has the time of it.
    pub(super) fn of_caller(what: EventKind, by: Option<&Actor>) -> Result<Self, AwsError> {
        match by {
            Some(_) => Self::always(&Event::now(what, by)),
            None => Ok(Self::default()),
        }
    }

    /// Appends an event if the history of the task, as it was read, has room for it: for what callers can do as
    /// often as they like.
    pub(super) fn if_room(task: &Task, event: &Event) -> Result<Self, AwsError> {
        if task.history.len() < MAX_EVENTS {
            Self::always(event)
        } else {
            Ok(Self::default())
        }
    }
}

/// Returns events as the value of the attribute.
pub(super) fn list(events: &[Event]) -> Result<AttributeValue, AwsError> {
    serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value(events)
        .map_err(|error| AwsError::new("writing an item", error))
}
