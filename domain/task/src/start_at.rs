//! Tasks that wait for a time before they begin.

use std::time::Duration;

use jiff::Timestamp;

use crate::{Task, TaskStatus};

/// How far ahead a task may begin at most.
pub const MOST_AHEAD: Duration = Duration::from_hours(90 * 24);
/// The same for the import of a file: files are kept for at least 15 days.
pub const MOST_AHEAD_OF_FILE: Duration = Duration::from_hours(14 * 24);

/// Why a task cannot begin at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartProblem {
    /// It is over.
    #[error("start_at: this time is past: leave it out to begin at once")]
    Past,
    /// It is too late.
    #[error("start_at: at most {0} days ahead")]
    TooFar(u64),
}

/// Checks when a task is to begin that is added now.
pub fn check(start_at: Timestamp, now: Timestamp, most: Duration) -> Result<(), StartProblem> {
    let ahead: Duration = start_at
        .duration_since(now)
        .try_into()
        .map_err(|_| StartProblem::Past)?;
    if ahead > most {
        return Err(StartProblem::TooFar(most.as_secs() / 86_400));
    }
    if ahead.is_zero() {
        return Err(StartProblem::Past);
    }
    Ok(())
}

impl Task {
    /// Until when it waits before it may begin, if it does.
    pub fn waits_until(&self, now: Timestamp) -> Option<Timestamp> {
        let is_ahead = |start_at: &Timestamp| *start_at > now;
        let waits = self.status == TaskStatus::Submitted;
        self.start_at.filter(is_ahead).filter(|_| waits)
    }

    /// Since when it could go on: since it last changed, or since the time that it waited for.
    pub fn still_since(&self) -> Timestamp {
        let modified = self.modify_time;
        self.start_at
            .map_or(modified, |start_at| start_at.max(modified))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_begins_in_the_future_and_not_too_far_in_it() {
        let now: Timestamp = "2026-11-27T10:00:00Z".parse().expect("a time");
        let at = |text: &str| check(text.parse().expect("a time"), now, MOST_AHEAD);
        assert_eq!(at("2026-11-27T10:00:01Z"), Ok(()));
        // The same moment, in another way.
        assert_eq!(at("2026-11-27T18:00:01+08:00"), Ok(()));
        assert_eq!(at("2027-02-25T10:00:00Z"), Ok(()));
        assert_eq!(at("2027-02-25T10:00:01Z"), Err(StartProblem::TooFar(90)));
        for past in [
            "2026-11-27T10:00:00Z",
            "2026-11-27T09:59:59Z",
            "1970-01-01T00:00:00Z",
        ] {
            assert_eq!(at(past), Err(StartProblem::Past), "{past}");
        }
    }
}
