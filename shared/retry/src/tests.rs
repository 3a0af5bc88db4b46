use std::future::ready;

use super::*;

const POLICY: RetryPolicy = RetryPolicy {
    attempts: Some(6),
    first_wait: Duration::from_millis(100),
    longest_wait: Duration::from_millis(400),
};

const ALL: [RetryPolicy; 12] = [
    RetryPolicy::REQUEST,
    RetryPolicy::PARTLY_SENT,
    RetryPolicy::CONFLICT,
    RetryPolicy::ROWS,
    RetryPolicy::ENDPOINT,
    RetryPolicy::MESSAGE,
    RetryPolicy::STREAM,
    RetryPolicy::CLIENT,
    RetryPolicy::LOOK_HERE,
    RetryPolicy::LOOK_ELSEWHERE,
    RetryPolicy::RUNNING_TRY,
    RetryPolicy::POLLING,
];

fn milliseconds(backoff: &mut Backoff) -> Option<u64> {
    let wait = backoff.next_wait().ok()?;
    Some(wait.as_micros().div_ceil(1_000) as u64)
}

#[test]
fn waits_double_with_jitter_up_to_the_longest_and_attempts_end() {
    for _ in 0..100 {
        let mut backoff = POLICY.backoff();
        for longest in [100, 200, 400, 400, 400] {
            let wait = milliseconds(&mut backoff).expect("another attempt");
            assert!((longest / 2..=longest).contains(&wait), "{wait} {longest}");
        }
        assert_eq!(backoff.next_wait(), Err(GaveUp::Attempts(6)));
        backoff.reset();
        assert!(milliseconds(&mut backoff).is_some_and(|wait| wait <= 100));
    }
}

#[test]
fn no_two_callers_wait_alike() {
    let waits = |()| Some(POLICY.backoff().next_wait().expect("a wait"));
    let waits: Vec<Duration> = std::iter::repeat_n((), 50).filter_map(waits).collect();
    assert!(waits.iter().any(|wait| *wait != waits[0]), "{waits:?}");
}

#[test]
fn the_wait_after_a_number_of_failures_is_the_wait_of_that_attempt() {
    for (failures, longest) in [
        (0, 10),
        (1, 10),
        (2, 20),
        (5, 160),
        (9, 1_800),
        (4_000, 1_800),
    ] {
        let wait = RetryPolicy::MESSAGE.wait_after(failures).as_secs_f64();
        let longest = f64::from(longest);
        assert!(
            (longest / 2.0..=longest).contains(&wait),
            "{failures}: {wait}"
        );
    }
    assert!(POLICY.wait_after(100) <= POLICY.longest_wait);
}

#[test]
fn a_message_is_a_dead_letter_after_an_hour_of_failures_and_no_sooner() {
    for _ in 0..20 {
        let waits = (1..12).map(|failures| RetryPolicy::MESSAGE.wait_after(failures));
        let all: Duration = waits.sum();
        assert!((3_600..9_000).contains(&all.as_secs()), "{all:?}");
    }
}

#[test]
fn every_policy_is_bounded_in_each_wait_and_in_attempts_or_time() {
    for policy in ALL {
        let deadline = Instant::now() + Duration::from_secs(2);
        let mut backoff = policy.backoff();
        for _ in 0..40 {
            let Ok(wait) = backoff.next_wait() else { break };
            assert!(wait <= policy.longest_wait && wait >= policy.first_wait / 2);
        }
        // Twenty waits that are as short as they can be take longer than this.
        let mut backoff = policy.backoff_until(deadline);
        let late =
            (0..60).find_map(|_| backoff.next_wait_of_at_least(Duration::from_secs(3)).err());
        assert_eq!(late, Some(GaveUp::Deadline));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_is_made_again_until_it_succeeds() {
    let (mut calls, begun) = (0, Instant::now());
    let outcome = retry(
        POLICY,
        || {
            calls += 1;
            ready(if calls < 4 {
                Err("throttled")
            } else {
                Ok(calls)
            })
        },
        |_| true,
    );
    assert_eq!(outcome.await, Ok(4));
    let waited = begun.elapsed().as_millis();
    assert!((350..=710).contains(&waited), "{waited}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_keeps_failing_ends_with_its_last_error_after_all_attempts() {
    let (mut calls, begun) = (0, Instant::now());
    let outcome: Result<(), u32> = retry(
        POLICY,
        || {
            calls += 1;
            ready(Err(calls))
        },
        |_| true,
    )
    .await;
    assert_eq!(outcome, Err(6));
    assert!(begun.elapsed() <= Duration::from_millis(1_510));
}

#[tokio::test(start_paused = true)]
async fn an_error_that_a_retry_does_not_help_against_is_final() {
    let begun = Instant::now();
    let outcome: Result<(), &str> = retry(POLICY, || ready(Err("refused")), |_| false).await;
    assert_eq!(outcome, Err("refused"));
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn nothing_waits_beyond_the_deadline_of_its_work() {
    let begun = Instant::now();
    let calls = within(begun + Duration::from_secs(3), async {
        let mut calls = 0;
        let policy = RetryPolicy::ROWS;
        let outcome: Result<(), ()> = retry(
            policy,
            || {
                calls += 1;
                ready(Err(()))
            },
            |()| true,
        )
        .await;
        assert_eq!(outcome, Err(()));
        // A later deadline of its own changes nothing.
        let mut backoff = policy.backoff_until(begun + Duration::from_hours(1));
        let asked = backoff.wait_at_least(Duration::from_secs(10)).await;
        assert_eq!(asked, Err(GaveUp::Deadline));
        calls
    })
    .await;
    assert!(begun.elapsed() < Duration::from_secs(3));
    // It has used its time: 25 ms double to 3 s in seven to nine attempts.
    assert!((7..=9).contains(&calls), "{calls}");
}

#[tokio::test(start_paused = true)]
async fn a_wait_is_never_shorter_than_the_other_side_asked_for() {
    let begun = Instant::now();
    let mut backoff = POLICY.backoff();
    backoff
        .wait_at_least(Duration::from_secs(7))
        .await
        .expect("time");
    assert!(begun.elapsed() >= Duration::from_secs(7));
    assert!(!backoff.is_over());
}
