//! Where the time of some work goes: named stages, and for each its calls, its total and its self time. The self
//! time of a call is its duration without the *union* of the calls within it, since these may overlap.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! use sluice_profile::{Profiling, Stage, stage};
//!
//! let profiling = Profiling::begin(Stage::Chunk);
//! profiling.of(async { stage(Stage::Read, async { /* … */ }).await }).await;
//! let profile = profiling.end();
//! assert_eq!(profile.stacks().count(), 2);
//! # }
//! ```

#![warn(missing_docs)]

mod profile;
mod stage;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

pub use profile::{Profile, ProfileError, Stack, Times};
pub use stage::Stage;

tokio::task_local! {
    static CALL: Arc<Call>;
}

/// Some work whose time is taken, from [`Profiling::begin`] to [`Profiling::end`].
#[derive(Debug)]
pub struct Profiling {
    times: Arc<Mutex<BTreeMap<Stack, Times>>>,
    root: Arc<Call>,
}

/// A call of a stage that has not ended.
#[derive(Debug)]
struct Call {
    stack: Stack,
    began: Instant,
    times: Arc<Mutex<BTreeMap<Stack, Times>>>,
    within: Mutex<Within>,
}

/// The calls within a call.
#[derive(Clone, Copy, Debug, Default)]
struct Within {
    /// How many go on, and since when there has been one.
    going_on: u32,
    since: Option<Instant>,
    /// How long there was at least one, up to `since`.
    covered: Duration,
}

impl Profiling {
    /// Begins to take the time of work that is a call of `stage`.
    pub fn begin(stage: Stage) -> Self {
        let times: Arc<Mutex<BTreeMap<Stack, Times>>> = Arc::default();
        let root = Arc::new(Call {
            stack: Stack::of(stage),
            began: Instant::now(),
            times: Arc::clone(&times),
            within: Mutex::default(),
        });
        Self { times, root }
    }

    /// Does a part of the work. What it does on tasks of its own is not seen.
    pub async fn of<F: Future>(&self, part: F) -> F::Output {
        CALL.scope(Arc::clone(&self.root), part).await
    }

    /// Adds time beside the work, such as what came before it.
    pub fn add(&self, stage: Stage, took: Duration) {
        let times = Times {
            calls: 1,
            total: took,
            own: took,
        };
        *locked(&self.times).entry(Stack::of(stage)).or_default() += times;
    }

    /// Ends the work and returns where its time went.
    pub fn end(self) -> Profile {
        self.root.record(1);
        let times = std::mem::take(&mut *locked(&self.times));
        times.into_iter().collect()
    }
}

/// Does work that is a call of a stage. Where nobody takes the time, just does the work.
pub async fn stage<F: Future>(stage: Stage, work: F) -> F::Output {
    // In a box, because a request's future has kilobytes, and every future that awaits it would hold them twice.
    let work = Box::pin(work);
    let Some(call) = Open::begin(stage) else {
        return work.await;
    };
    CALL.scope(Arc::clone(&call.0), work).await
}

/// Takes the time of many short pieces of work that await nothing, such as one for each row.
#[derive(Debug)]
pub struct Timer {
    within: Option<(Arc<Call>, Stack)>,
    times: Times,
}

impl Timer {
    /// Returns a timer of a stage of the work that this is part of.
    pub fn new(stage: Stage) -> Self {
        let within = CALL.try_with(|call| (Arc::clone(call), call.stack.with(stage)));
        Self {
            within: within.ok(),
            times: Times::default(),
        }
    }

    /// Does a piece of work.
    pub fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let Some((call, _)) = &self.within else {
            return work();
        };
        let began = Instant::now();
        call.enter(began);
        let output = work();
        let now = Instant::now();
        call.leave(now);
        let took = now - began;
        self.times += Times {
            calls: 1,
            total: took,
            own: took,
        };
        output
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some((call, stack)) = &self.within
            && self.times.calls > 0
        {
            *locked(&call.times).entry(*stack).or_default() += self.times;
        }
    }
}

/// A call within another one; it ends when this is dropped, also where its future is.
struct Open(Arc<Call>, Arc<Call>);

impl Open {
    fn begin(stage: Stage) -> Option<Self> {
        let parent = CALL.try_with(Arc::clone).ok()?;
        let began = Instant::now();
        parent.enter(began);
        let call = Call {
            stack: parent.stack.with(stage),
            began,
            times: Arc::clone(&parent.times),
            within: Mutex::default(),
        };
        Some(Self(Arc::new(call), parent))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let now = self.0.record(1);
        self.1.leave(now);
    }
}

impl Call {
    fn enter(&self, now: Instant) {
        let mut within = locked(&self.within);
        within.going_on += 1;
        within.since.get_or_insert(now);
    }

    fn leave(&self, now: Instant) {
        let mut within = locked(&self.within);
        within.going_on = within.going_on.saturating_sub(1);
        if within.going_on == 0
            && let Some(since) = within.since.take()
        {
            within.covered += now.saturating_duration_since(since);
        }
    }

    /// Writes down that the call has ended now.
    fn record(&self, calls: u64) -> Instant {
        let now = Instant::now();
        let total = now.saturating_duration_since(self.began);
        let within = *locked(&self.within);
        let open = within
            .since
            .map(|since| now.saturating_duration_since(since));
        let covered = within.covered + open.unwrap_or_default();
        let times = Times {
            calls,
            total,
            own: total.saturating_sub(covered),
        };
        *locked(&self.times).entry(self.stack).or_default() += times;
        now
    }
}

/// Nothing that is behind a lock can be half done.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use tokio::time::{advance, pause, sleep};

    use super::*;

    async fn profile(work: impl Future<Output = ()>) -> Vec<(String, u64, u128, u128)> {
        let profiling = Profiling::begin(Stage::Chunk);
        profiling.of(work).await;
        let profile = profiling.end();
        let line = |(stack, times): (Stack, Times)| {
            let (total, own) = (times.total.as_millis(), times.own.as_millis());
            (stack.to_string(), times.calls, total, own)
        };
        profile.stacks().map(line).collect()
    }

    fn lines<const N: usize>(
        lines: [(&str, u64, u128, u128); N],
    ) -> Vec<(String, u64, u128, u128)> {
        let owned =
            |(stack, calls, total, own): (&str, _, _, _)| (stack.to_owned(), calls, total, own);
        lines.map(owned).to_vec()
    }

    fn wait(milliseconds: u64) -> impl Future<Output = ()> {
        sleep(Duration::from_millis(milliseconds))
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_of_a_call_within_is_not_its_callers_own() {
        let seen = profile(async {
            wait(5).await;
            stage(Stage::WriteBatch, async {
                wait(10).await;
                stage(Stage::Wait, wait(7)).await;
            })
            .await;
            stage(Stage::WriteBatch, wait(1)).await;
        });
        let expected = [
            ("chunk", 1, 23, 5),
            ("chunk;write_batch", 2, 18, 11),
            ("chunk;write_batch;wait", 1, 7, 7),
        ];
        assert_eq!(seen.await, lines(expected));
    }

    #[tokio::test(start_paused = true)]
    async fn calls_that_overlap_cover_their_union() {
        let seen = profile(async {
            let early = async {
                wait(2).await;
                stage(Stage::WriteBatch, wait(10)).await;
            };
            let late = async {
                wait(8).await;
                stage(Stage::WriteBatch, wait(10)).await;
            };
            tokio::join!(early, late, wait(20));
        });
        // From 2 to 12 and from 8 to 18: covered for 16.
        let expected = [("chunk", 1, 20, 4), ("chunk;write_batch", 2, 20, 20)];
        assert_eq!(seen.await, lines(expected));
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_dropped_or_goes_on_counts_until_then() {
        let profiling = Profiling::begin(Stage::Chunk);
        let dropped = profiling.of(async {
            let _ = tokio::time::timeout(
                Duration::from_millis(3),
                stage(Stage::CallEndpoint, wait(1_000)),
            )
            .await;
        });
        dropped.await;
        let mut open = Box::pin(profiling.of(stage(Stage::Read, wait(1_000))));
        let _ = tokio::time::timeout(Duration::from_millis(4), &mut open).await;
        drop(open);
        let stacks: Vec<_> = profiling.end().stacks().collect();
        let total = |stack: usize| stacks[stack].1.total.as_millis();
        assert_eq!([total(0), total(1), total(2)], [7, 4, 3]);
        assert!(stacks[0].1.own.is_zero());
    }

    #[tokio::test]
    async fn a_timer_adds_up_pieces_and_does_its_work_where_nobody_looks() {
        assert_eq!(Timer::new(Stage::Check).time(|| 7), 7);
        assert_eq!(stage(Stage::Read, async { 8 }).await, 8);
        pause();
        let profiling = Profiling::begin(Stage::Chunk);
        let timed = profiling.of(async {
            let mut timer = Timer::new(Stage::Check);
            for _ in 0..3 {
                timer.time(|| ());
            }
            advance(Duration::from_millis(2)).await;
        });
        timed.await;
        profiling.add(Stage::QueueWait, Duration::from_millis(9));
        let stacks: Vec<_> = profiling.end().stacks().collect();
        let calls: Vec<_> = (stacks.iter())
            .map(|(stack, times)| (stack.to_string(), times.calls))
            .collect();
        let expected = [("chunk", 1), ("chunk;check", 3), ("queue_wait", 1)];
        assert_eq!(
            calls,
            expected.map(|(stack, calls)| (stack.to_owned(), calls))
        );
    }
}
