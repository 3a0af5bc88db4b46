use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// What becomes of a worker that meets a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Culprit {
    Refused,
    Kills,
}

/// Searches until the whole chunk goes well. The search at its end, and how many steps it took.
fn run(
    rows: Range<u64>,
    mut meets: impl FnMut(&Range<u64>, &Search) -> Option<Culprit>,
) -> (Search, u32) {
    let mut search = Search::of(rows);
    for steps in 1..20_000 {
        let (step, is_whole) = (search.step(), search.is_whole());
        search.begin(Timestamp::UNIX_EPOCH, "a");
        // As it comes back from the store.
        let kept = serde_json::to_string(&search).expect("JSON");
        search = serde_json::from_str(&kept).expect("a search");
        match meets(&step, &search) {
            None if is_whole => return (search, steps),
            None => search.went_well(),
            Some(Culprit::Refused) => search.failed("refused"),
            Some(Culprit::Kills) => search.died(),
        }
        assert!(!search.is_begun());
    }
    panic!("the search does not end: {search:?}");
}

fn among(culprits: &BTreeMap<u64, Culprit>, step: &Range<u64>, search: &Search) -> Option<Culprit> {
    let mut met = culprits.range(step.clone());
    met.find_map(|(row, culprit)| search.cause(*row).is_none().then_some(*culprit))
}

fn found(search: &Search) -> BTreeSet<u64> {
    search.found().iter().map(|found| found.row).collect()
}

fn log2(rows: u64) -> u32 {
    rows.next_power_of_two().trailing_zeros()
}

fn culprits(most: usize) -> impl Strategy<Value = (u64, BTreeMap<u64, Culprit>)> {
    let culprit = prop_oneof![Just(Culprit::Refused), Just(Culprit::Kills)];
    (1u64..3_000).prop_flat_map(move |rows| {
        let culprits = prop::collection::btree_map(0..rows, culprit.clone(), 0..=most);
        (Just(rows), culprits)
    })
}

proptest! {
    #[test]
    fn every_culprit_is_found_alone_and_no_innocent_row_is_blamed(
        first in 1u64..1_000_000,
        (rows, culprits) in culprits(4),
    ) {
        let culprits: BTreeMap<u64, Culprit> = culprits
            .into_iter()
            .map(|(row, culprit)| (first + row, culprit))
            .collect();
        let (search, steps) = run(first..first + rows, |step, search| among(&culprits, step, search));
        prop_assert_eq!(found(&search), culprits.keys().copied().collect::<BTreeSet<_>>());
        for row in first..first + rows {
            prop_assert_eq!(search.cause(row).is_some(), culprits.contains_key(&row));
        }
        for found in search.found() {
            let expected = if culprits[&found.row] == Culprit::Kills { DIED } else { "refused" };
            prop_assert_eq!(&found.cause, expected);
        }
        let k = culprits.len() as u32;
        let most = 2 + k * (2 * log2(rows) + 2);
        prop_assert!(steps <= most, "{} steps, at most {}", steps, most);
    }

    #[test]
    fn whatever_happens_a_search_ends_and_accounts_for_each_row_once(
        rows in 1u64..2_000,
        fates in prop::collection::vec(0u8..3, 1..200),
    ) {
        let mut fates = fates.into_iter().cycle();
        let mut failures = 0;
        let (search, _) = run(7..7 + rows, |step, search| {
            // Once everything is known to fail nothing is left that could.
            let is_left = step.clone().any(|row| search.cause(row).is_none());
            match fates.next() {
                Some(1) if is_left => { failures += 1; Some(Culprit::Refused) }
                Some(2) if is_left => { failures += 1; Some(Culprit::Kills) }
                _ => None,
            }
        });
        // The whole chunk can fail again after the search has given up, and be searched anew.
        prop_assert!(search.found().len() <= MOST_FOUND + MOST_ROUNDS as usize);
        prop_assert_eq!(found(&search).len(), search.found().len());
    }
}

#[test]
fn a_worker_that_dies_once_of_something_else_blames_nobody() {
    // Row 50 is alone at the third death, and goes well when it is tried once more.
    let mut deaths = 0;
    let (search, _) = run(2..102, |step, _| {
        let dies = step.contains(&50) && deaths < 3;
        deaths += u32::from(dies);
        dies.then_some(Culprit::Kills)
    });
    assert_eq!(search.found(), []);
    assert!(deaths == 3 && search.has_narrowed());
}

#[test]
fn a_culprit_in_the_last_row_costs_two_workers_more_than_the_first_try() {
    let culprits = BTreeMap::from([(1_025, Culprit::Kills)]);
    let (search, _) = run(2..1_026, |step, search| among(&culprits, step, search));
    assert_eq!(
        (found(&search), search.deaths),
        (BTreeSet::from([1_025]), 3)
    );
}

#[test]
fn rows_that_fail_only_together_fail_together_in_the_end() {
    let (search, steps) = run(2..10, |step, search| {
        let is_all = step.clone().count() == 8 && search.cause(2).is_none();
        is_all.then_some(Culprit::Refused)
    });
    assert_eq!(search.found(), []);
    let cause = search.cause(9).expect("a cause");
    assert!(
        cause.contains("could not be told apart") && cause.ends_with("refused"),
        "{cause}"
    );
    assert!(steps < 40, "{steps}");
}

#[test]
fn a_chunk_in_which_everything_fails_names_a_hundred_rows_and_then_ends() {
    let (search, _) = run(0..5_000, |step, search| {
        let mut step = step.clone();
        step.any(|row| search.cause(row).is_none())
            .then_some(Culprit::Refused)
    });
    assert_eq!(search.found().len(), 100);
    assert!((0..5_000).all(|row| search.cause(row).is_some()));
}

#[test]
fn a_chunk_in_which_every_row_kills_costs_a_bounded_number_of_workers() {
    let (search, _) = run(0..5_000, |step, search| {
        let mut step = step.clone();
        step.any(|row| search.cause(row).is_none())
            .then_some(Culprit::Kills)
    });
    assert_eq!(search.deaths, MOST_DEATHS);
    assert!((0..5_000).all(|row| search.cause(row).is_some()));
}

#[test]
fn a_step_that_was_interrupted_comes_again() {
    let mut search = Search::of(2..10);
    search.begin(Timestamp::UNIX_EPOCH, "a");
    search.failed("refused");
    let step = search.step();
    search.begin(Timestamp::UNIX_EPOCH, "a");
    assert!(search.is_begun());
    search.paused();
    assert_eq!((search.step(), search.is_begun()), (step, false));
}

#[test]
fn a_step_is_under_way_until_its_time_is_over_or_its_own_message_comes_again() {
    let mut search = Search::of(2..10);
    let (before, end) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
    assert!(!search.is_under_way(before, "b"));
    search.begin(end, "a");
    assert!(search.is_under_way(before, "b"));
    assert!(!search.is_under_way(before, "a"));
    assert!(!search.is_under_way(end, "b"));
}
