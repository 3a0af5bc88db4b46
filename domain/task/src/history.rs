//! Who did what with a task, and when.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sluice_basics::text::Line;

use crate::Task;

/// The caller as its token names it: the claim `sub`.
pub type Actor = Line<128>;

/// How many events a task keeps. A retry drops the oldest ones beyond half of them; until then, later pauses,
/// resumes, hides and shows are left out.
pub const MAX_EVENTS: usize = 100;

/// One thing that happened to a task. The record's `create_time` and `created_by` say who added it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// What.
    pub what: EventKind,
    /// Who: the claim `sub` of the caller's token. Null where Sluice did it, or the token names nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
}

/// What can happen to a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Somebody added it.
    Added,
    /// A run began.
    Started,
    /// Somebody paused it.
    Paused,
    /// Somebody resumed it.
    Resumed,
    /// Somebody cancelled it.
    Cancelled,
    /// It ended.
    Ended,
    /// Somebody set it going again.
    Retried,
    /// An undo that somebody added has undone it.
    Undone,
    /// Somebody hid it from lists.
    Hidden,
    /// Somebody showed it in lists again.
    Shown,
    /// What a newer version has written.
    #[serde(other)]
    Other,
}

impl Event {
    /// Returns an event of this moment.
    pub fn now(what: EventKind, by: Option<&Actor>) -> Self {
        Self {
            at: Timestamp::now(),
            what,
            by: by.cloned(),
        }
    }
}

/// Returns what is known to have happened to a task since it was added, oldest first. The record keeps the
/// start and the end of its last run as times of its own, so that the events of a task that nobody touches
/// take no room in it.
pub fn of(task: &Task) -> Vec<Event> {
    let mut events = task.history.clone();
    let retried = (task.history.iter()).rposition(|event| event.what == EventKind::Retried);
    let of_run = &task.history[retried.map_or(0, |place| place + 1)..];
    for (what, at) in [
        (EventKind::Started, task.start_time),
        (EventKind::Ended, task.end_time),
    ] {
        let is_kept = of_run.iter().any(|event| event.what == what);
        // A task that waits to be started again has the start of its last run.
        let is_of_run = |at: &Timestamp| retried.is_none_or(|place| task.history[place].at <= *at);
        if let Some(at) = at.filter(is_of_run)
            && !is_kept
        {
            events.push(Event { at, what, by: None });
        }
    }
    events.sort_by_key(|event| event.at);
    events
}

/// Returns the history of a task that is retried now: the newest events, with room for as many again.
pub fn retried(task: &Task, by: Option<&Actor>) -> Vec<Event> {
    let mut events = of(task);
    events.drain(..events.len().saturating_sub(MAX_EVENTS / 2));
    events.push(Event::now(EventKind::Retried, by));
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn event(second: i64, what: EventKind) -> Event {
        let (at, by) = (at(second), None);
        Event { at, what, by }
    }

    fn task(history: Vec<Event>, started: i64, ended: i64) -> Task {
        Task {
            history,
            start_time: Some(at(started)),
            end_time: Some(at(ended)),
            ..crate::example()
        }
    }

    #[test]
    fn the_start_and_the_end_of_the_last_run_are_those_of_the_record() {
        use EventKind::{Ended, Paused, Resumed, Retried, Started};
        let paused = vec![event(3, Paused), event(4, Resumed)];
        let task = task(paused, 2, 5);
        let kinds = |task: &Task| of(task).iter().map(|event| event.what).collect::<Vec<_>>();
        assert_eq!(kinds(&task), [Started, Paused, Resumed, Ended]);
        let mut again = Task {
            history: retried(&task, None),
            end_time: None,
            ..task
        };
        assert_eq!(kinds(&again), [Started, Paused, Resumed, Ended, Retried]);
        again.start_time = Some(Timestamp::now());
        assert_eq!(
            kinds(&again),
            [Started, Paused, Resumed, Ended, Retried, Started]
        );
    }

    #[test]
    fn a_start_that_a_service_made_is_told_once() {
        let history = vec![event(2, EventKind::Started)];
        let events = of(&task(history, 2, 5));
        assert_eq!(
            events,
            [event(2, EventKind::Started), event(5, EventKind::Ended)]
        );
    }

    #[test]
    fn a_retry_keeps_the_newest_events() {
        let events: Vec<Event> = (1..=MAX_EVENTS as i64)
            .map(|second| event(second, EventKind::Paused))
            .collect();
        let kept = retried(&task(events, 0, 1_000), None);
        assert_eq!(kept.len(), MAX_EVENTS / 2 + 1);
        assert_eq!(kept[MAX_EVENTS / 2 - 1], event(1_000, EventKind::Ended));
        assert_eq!(kept[0], event(MAX_EVENTS as i64 / 2 + 2, EventKind::Paused));
    }

    #[test]
    fn an_event_of_a_newer_version_can_be_read() {
        let event = r#"{"at":"2026-01-01T00:00:00Z","what":"audited","by":"ann"}"#;
        let event: Event = serde_json::from_str(event).expect("an event");
        assert_eq!(event.what, EventKind::Other);
    }
}
