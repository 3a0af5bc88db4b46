//! Faults that tests ask for: of requests, and of events.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::event::EventType;

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// The call is throttled: nothing is sent.
    Throttled,
    /// The first, third, fifth… recipient is sent to, and the others are answered with `ACCOUNT_THROTTLED`.
    HalfThrottled,
    /// HTTP 500: nothing is sent.
    Internal,
    /// Everything is sent, and the connection closes before the answer.
    AnswerLost,
    /// Nothing is sent, and there is never an answer.
    Silence,
    /// Everything is sent, and there is never an answer.
    SilenceAfter,
}

/// What happens to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventFault {
    /// Nothing.
    None,
    /// It is never delivered.
    Lost,
    /// It is delivered twice, with the same id.
    Twice,
    /// It is delivered later.
    Late(Duration),
}

type Rule = Box<dyn FnMut(&str, &[u8]) -> Fault + Send>;
type EventRule = Box<dyn FnMut(EventType, &str) -> EventFault + Send>;

/// The rules, and which faults there were.
#[derive(Default)]
pub(crate) struct Faults {
    rule: Mutex<Option<Rule>>,
    event_rule: Mutex<Option<EventRule>>,
    happened: Mutex<Vec<(String, Fault)>>,
}

impl Faults {
    pub(crate) fn set_rule(&self, rule: Rule) {
        *locked(&self.rule) = Some(rule);
    }

    pub(crate) fn set_event_rule(&self, rule: EventRule) {
        *locked(&self.event_rule) = Some(rule);
    }

    /// Decides on a request.
    pub(crate) fn of_request(&self, operation: &str, body: &[u8]) -> Fault {
        let fault = match &mut *locked(&self.rule) {
            None => return Fault::None,
            Some(rule) => rule(operation, body),
        };
        if fault != Fault::None {
            locked(&self.happened).push((operation.to_owned(), fault));
        }
        fault
    }

    /// Decides on an event.
    pub(crate) fn of_event(&self, kind: EventType, address: &str) -> EventFault {
        match &mut *locked(&self.event_rule) {
            None => EventFault::None,
            Some(rule) => rule(kind, address),
        }
    }

    pub(crate) fn count(&self, operation: &str, fault: Fault) -> usize {
        let happened = locked(&self.happened);
        let same = |entry: &&(String, Fault)| entry.0 == operation && entry.1 == fault;
        happened.iter().filter(same).count()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
