//! Whatever the order is in which changes are heard of and recounts go on, the sums are in the end what the entries
//! are. The code is the real one; the store is a map, and each of its requests waits until the test lets it happen.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use proptest::prelude::*;

use super::*;
use crate::Points;

const DAYS: i8 = 3;

/// The entries by day and number, and the sums with their revision.
#[derive(Debug, Default)]
struct Stored {
    entries: BTreeMap<(i8, u8), i64>,
    sums: MonthSums,
    revision: Option<u64>,
}

impl Stored {
    /// The sums as a fold over the entries.
    fn fold(&self) -> MonthSums {
        let mut sums = MonthSums::default();
        for ((day, _), points) in &self.entries {
            sums.add(*day, &Points::from(*points));
        }
        sums
    }
}

#[derive(Debug, Default)]
struct Model(Mutex<Stored>);

#[derive(Debug, PartialEq)]
struct Broken;

/// Comes back when it is polled the second time.
async fn pause() {
    let mut is_ready = false;
    poll_fn(|_| {
        let before = std::mem::replace(&mut is_ready, true);
        if before {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

impl Model {
    fn look<T>(&self, look: impl FnOnce(&mut Stored) -> T) -> T {
        look(&mut self.0.lock().expect("nobody panicked"))
    }
}

impl SumStore for Model {
    type Error = Broken;

    async fn revision(&self, _: &MemberMonth) -> Result<Option<u64>, Broken> {
        pause().await;
        Ok(self.look(|stored| stored.revision))
    }

    async fn count(&self, _: &MemberMonth, days: &Days) -> Result<MonthSums, Broken> {
        pause().await;
        let all = self.look(|stored| stored.fold());
        let mut sums = MonthSums::default();
        for (day, sum) in all.days().filter(|(day, _)| days.contains(*day)) {
            sums.set(day, sum.clone());
        }
        Ok(sums)
    }

    async fn store(
        &self,
        of: &MemberMonth,
        days: &Days,
        sums: &MonthSums,
        revision: Option<u64>,
    ) -> Result<bool, Broken> {
        pause().await;
        let is_stored = self.look(|stored| {
            if stored.revision != revision {
                return false;
            }
            let mut next = MonthSums::default();
            for day in 1..=31 {
                let is_recounted = days.of(of.month).contains(&day);
                let from = if is_recounted { sums } else { &stored.sums };
                if let Some(sum) = from.day(day) {
                    next.set(day, sum.clone());
                }
            }
            stored.sums = next;
            stored.revision = Some(revision.unwrap_or_default() + 1);
            true
        });
        // The write is done, and its answer may never come.
        pause().await;
        Ok(is_stored)
    }

    async fn wait(&self) -> Result<(), Broken> {
        Ok(())
    }
}

/// What happens next.
#[derive(Clone, Debug)]
enum Event {
    /// An entry is stored, replaced, or deleted; the stream has a record of it.
    Change {
        day: i8,
        number: u8,
        points: Option<i64>,
    },
    /// Records are shown to somebody who begins to recount: a piece of the stream that begins so far from its
    /// end, whether it was shown before or not, coalesced or one by one, and perhaps backwards.
    Show {
        back: usize,
        length: usize,
        is_reversed: bool,
    },
    /// A recount of the whole month begins.
    Repair,
    /// One of those under way comes a step further.
    Step(usize),
    /// One of those under way is killed.
    Kill(usize),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (1..=DAYS, 0_u8..3, prop::option::weighted(0.8, -5_i64..100))
            .prop_map(|(day, number, points)| Event::Change { day, number, points }),
        3 => (0_usize..8, 1_usize..5, any::<bool>())
            .prop_map(|(back, length, is_reversed)| Event::Show { back, length, is_reversed }),
        1 => Just(Event::Repair),
        16 => any::<usize>().prop_map(Event::Step),
        1 => any::<usize>().prop_map(Event::Kill),
    ]
}

type Recounting<'a> = Pin<Box<dyn Future<Output = Result<(), Broken>> + 'a>>;

/// The test's own world.
struct World<'a> {
    model: &'a Model,
    of: &'a MemberMonth,
    /// The days of changed entries, in their order.
    stream: Vec<i8>,
    under_way: Vec<Recounting<'a>>,
}

impl World<'_> {
    fn begin(&mut self, days: Days) {
        let (model, of) = (self.model, self.of);
        self.under_way
            .push(Box::pin(async move { recount(model, of, &days).await }));
    }

    fn step(&mut self, which: usize) {
        if self.under_way.is_empty() {
            return;
        }
        let which = which % self.under_way.len();
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(done) = self.under_way[which].as_mut().poll(&mut context) {
            assert_eq!(done, Ok(()));
            drop(self.under_way.swap_remove(which));
        }
    }

    fn happen(&mut self, event: &Event) {
        match event {
            Event::Change {
                day,
                number,
                points,
            } => {
                let key = (*day, *number);
                self.model.look(|stored| match points {
                    Some(points) => stored.entries.insert(key, *points),
                    None => stored.entries.remove(&key),
                });
                self.stream.push(*day);
            }
            Event::Show {
                back,
                length,
                is_reversed,
            } => {
                let start = self.stream.len().saturating_sub(*back);
                let end = self.stream.len().min(start + length);
                let mut piece = self.stream[start..end].to_vec();
                if *is_reversed {
                    piece.reverse();
                    for day in piece {
                        self.begin(Days::Some([day].into()));
                    }
                } else if !piece.is_empty() {
                    self.begin(Days::Some(piece.into_iter().collect()));
                }
            }
            Event::Repair => self.begin(Days::All),
            Event::Step(which) => self.step(*which),
            Event::Kill(which) if !self.under_way.is_empty() => {
                let which = which % self.under_way.len();
                drop(self.under_way.swap_remove(which));
            }
            Event::Kill(_) => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Records may be shown any number of times, in pieces of any cut and order; recounts are killed; writers
    /// overwrite and delete meanwhile. In the end every record is shown once more, and what is under way ends in
    /// any order.
    #[test]
    fn sums_are_a_fold_over_the_entries_whatever_happens(
        events in prop::collection::vec(event(), 0..60),
        last in prop::collection::vec(any::<usize>(), 400),
        cut in 1_usize..5,
    ) {
        let of = MemberMonth {
            member_no: "M1".to_owned(),
            month: "2026-01".parse().expect("a month"),
        };
        let model = Model::default();
        let mut world = World { model: &model, of: &of, stream: Vec::new(), under_way: Vec::new() };
        for event in &events {
            world.happen(event);
        }
        // Who was killed has not said that the records are done, so they are shown again: beside what is still
        // under way.
        let stream = world.stream.clone();
        for piece in stream.chunks(cut) {
            world.begin(Days::Some(piece.iter().copied().collect()));
        }
        for which in last {
            world.step(which);
        }
        while !world.under_way.is_empty() {
            world.step(0);
        }
        model.look(|stored| {
            prop_assert_eq!(&stored.sums, &stored.fold());
            Ok(())
        })?;
    }
}

#[test]
fn leaving_out_a_write_that_changes_nothing_would_be_wrong() {
    let of = MemberMonth {
        member_no: "M1".to_owned(),
        month: "2026-01".parse().expect("a month"),
    };
    let days = Days::Some([1].into());
    let model = Model::default();
    let run = |recounting: &mut Recounting<'_>, steps: usize| {
        let mut context = Context::from_waker(Waker::noop());
        (0..steps).any(|_| recounting.as_mut().poll(&mut context).is_ready())
    };
    let recounted = || {
        let mut recounting: Recounting<'_> = Box::pin(recount(&model, &of, &days));
        assert!(run(&mut recounting, 9));
    };
    let is_right = || model.look(|stored| stored.sums == stored.fold());
    // 5, then 7, then 5 again. Who hears of the 7 is slow.
    for leaves_out in [true, false] {
        let set = |points: i64| model.look(|stored| stored.entries.insert((1, 0), points));
        set(5);
        recounted();
        set(7);
        let mut slow: Recounting<'_> = Box::pin(recount(&model, &of, &days));
        assert!(
            !run(&mut slow, 3),
            "it has read the entries, and is about to write"
        );
        set(5);
        assert!(
            is_right(),
            "there is nothing to write for who hears of the 5"
        );
        if !leaves_out {
            recounted();
        }
        assert!(run(&mut slow, 9));
        assert_eq!(is_right(), !leaves_out);
    }
}
