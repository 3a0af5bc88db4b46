//! What the status of an answer means, and how long the other side asks to be left alone.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// More patience than this is not had inside one invocation: it is paid for while it waits.
pub const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(10);

/// What is to be done about a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusMeaning {
    /// The body says what became of each row.
    Answered,
    /// The same request may succeed later: the other side is overloaded, out of order, being
    /// deployed, or set up wrongly, which people mend.
    Passing,
    /// The batch is refused for good.
    Refused,
}

impl StatusMeaning {
    /// The meaning of an HTTP status.
    pub fn of(status: u16) -> Self {
        match status {
            200..=299 => Self::Answered,
            // With a wrong key or path no batch is ever taken, so 401, 403 and 404 say nothing
            // about this one.
            401 | 403 | 404 | 408 | 409 | 425 | 429 => Self::Passing,
            400..=499 => Self::Refused,
            _ => Self::Passing,
        }
    }
}

/// As [`asked_wait`], at most [`LONGEST_RETRY_AFTER`].
pub fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    Some(asked_wait(header, now)?.min(LONGEST_RETRY_AFTER))
}

/// How long a `Retry-After` header asks to wait, in seconds or until a date. None if it cannot be read.
/// <https://www.rfc-editor.org/rfc/rfc9110#field.retry-after>
pub fn asked_wait(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    Some(if let Ok(seconds) = header.parse() {
        Duration::from_secs(seconds)
    } else {
        let date = DateTimeParser::new().parse_timestamp(header).ok()?;
        Duration::try_from(date.duration_since(now)).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_says_that_the_batch_is_wrong_refuses_it() {
        for status in [200, 201, 204] {
            assert_eq!(
                StatusMeaning::of(status),
                StatusMeaning::Answered,
                "{status}"
            );
        }
        for status in [400, 402, 405, 410, 413, 415, 422, 431] {
            assert_eq!(
                StatusMeaning::of(status),
                StatusMeaning::Refused,
                "{status}"
            );
        }
        let passing = [
            100, 301, 302, 307, 308, 401, 403, 404, 408, 409, 425, 429, 500, 502, 503, 504, 599,
        ];
        for status in passing {
            assert_eq!(
                StatusMeaning::of(status),
                StatusMeaning::Passing,
                "{status}"
            );
        }
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date_and_is_never_long() {
        let now: Timestamp = "1994-11-06T08:49:30Z".parse().expect("a time");
        let seconds = |header: &str| retry_after(header, now).map(|wait| wait.as_secs());
        assert_eq!(seconds("3"), Some(3));
        assert_eq!(seconds(" 0 "), Some(0));
        assert_eq!(seconds("86400"), Some(10));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(7));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:00 GMT"), Some(0));
        assert_eq!(seconds("Sat, 06 Nov 2094 08:49:37 GMT"), Some(10));
        assert_eq!(seconds("soon"), None);
        assert_eq!(seconds("-1"), None);
    }
}
