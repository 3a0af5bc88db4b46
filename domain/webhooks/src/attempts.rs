//! When a delivery is tried, and what an answer means.

use std::time::Duration;

/// How often a delivery is tried at most.
pub const ATTEMPTS: u32 = 10;

/// The waits between the tries, as Standard Webhooks suggests: more than three days together.
const WAITS: [Duration; ATTEMPTS as usize - 1] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
    Duration::from_hours(14),
    Duration::from_hours(20),
    Duration::from_hours(24),
];

/// How long to wait after so many tries that failed; none if that was the last one. A receiver that asks to
/// be left alone for longer is, for up to a day.
pub fn wait_after(tries: u32, asked: Option<Duration>) -> Option<Duration> {
    let place = tries.checked_sub(1)? as usize;
    let wait = *WAITS.get(place)?;
    let longest = WAITS[WAITS.len() - 1];
    Some(wait.max(asked.unwrap_or_default().min(longest)))
}

/// What a receiver's status means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// It has taken the message.
    Taken,
    /// It may take it later.
    Later,
    /// It wants no more messages.
    Gone,
}

/// What a status means. Redirects are not followed, and everything but 2xx and 410 may pass: people correct
/// addresses, keys and programs.
pub fn meaning_of(status: u16) -> Meaning {
    match status {
        200..=299 => Meaning::Taken,
        410 => Meaning::Gone,
        _ => Meaning::Later,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_is_tried_ten_times_over_three_days() {
        let waits: Vec<Duration> = (1..=ATTEMPTS + 3)
            .map_while(|tries| wait_after(tries, None))
            .collect();
        assert_eq!(waits.len() as u32 + 1, ATTEMPTS);
        let all: Duration = waits.iter().sum();
        assert!((Duration::from_hours(72)..Duration::from_hours(80)).contains(&all));
        assert!(waits.is_sorted());
        assert_eq!(wait_after(0, None), None, "nothing was tried yet");
    }

    #[test]
    fn a_receiver_may_ask_for_more_time_within_reason() {
        let day = Duration::from_hours(24);
        let asked = |asked| wait_after(1, Some(asked));
        assert_eq!(asked(Duration::from_secs(1)), Some(Duration::from_secs(5)));
        assert_eq!(asked(Duration::from_mins(2)), Some(Duration::from_mins(2)));
        assert_eq!(asked(Duration::from_hours(1_000)), Some(day));
        assert_eq!(wait_after(ATTEMPTS, Some(day)), None);
    }

    #[test]
    fn only_success_and_gone_are_final() {
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(meaning_of(status), Meaning::Taken, "{status}");
        }
        for status in [100, 301, 302, 307, 400, 401, 404, 409, 429, 500, 503] {
            assert_eq!(meaning_of(status), Meaning::Later, "{status}");
        }
        assert_eq!(meaning_of(410), Meaning::Gone);
    }
}
