//! In which order tasks are looked at: one of each station in turn, so that a station with many delays no other. A
//! sweep whose time is over leaves the rest to the next one, which goes on there.

use std::collections::{BTreeMap, VecDeque};

use sluice_aws::OpenTask;
use sluice_basics::ids::{StationId, TaskId};

/// How far a sweep came that had to leave tasks out. It is kept in the instance: one that knows nothing begins
/// anywhere.
#[derive(Debug, Default)]
pub(crate) struct Place {
    /// The station of the task that was looked at last.
    station: Option<StationId>,
    /// The last task of each station that has tasks left.
    tasks: BTreeMap<StationId, TaskId>,
}

/// The tasks of one sweep.
#[derive(Debug)]
pub(crate) struct Turns {
    waiting: VecDeque<(StationId, VecDeque<OpenTask>)>,
    place: Place,
    begun: usize,
}

impl Turns {
    /// Puts tasks in order. `before` is where the last sweep stopped; `start` says where to begin with what it does
    /// not name: neither always with the same stations nor always with the same tasks of one.
    pub(crate) fn new(open: Vec<OpenTask>, mut before: Place, start: usize) -> Self {
        let mut stations: BTreeMap<StationId, Vec<OpenTask>> = BTreeMap::new();
        for one in open {
            let station = one.task.station_id.clone();
            stations.entry(station).or_default().push(one);
        }
        before
            .tasks
            .retain(|station, _| stations.contains_key(station));
        let after = before.station.take();
        let mut stations: Vec<(StationId, VecDeque<OpenTask>)> = stations
            .into_iter()
            .map(|(station, mut tasks)| {
                tasks.sort_unstable_by_key(|open| open.task.task_id);
                let first = match before.tasks.get(&station) {
                    Some(last) => tasks.partition_point(|open| open.task.task_id <= *last),
                    None => start,
                };
                let first = first % tasks.len();
                tasks.rotate_left(first);
                (station, tasks.into())
            })
            .collect();
        if !stations.is_empty() {
            let first = match after {
                Some(after) => stations.partition_point(|(station, _)| *station <= after),
                None => start,
            };
            let first = first % stations.len();
            stations.rotate_left(first);
        }
        Self {
            waiting: stations.into(),
            place: before,
            begun: 0,
        }
    }

    /// Returns the next task.
    pub(crate) fn next(&mut self) -> Option<OpenTask> {
        let (station, mut tasks) = self.waiting.pop_front()?;
        let open = tasks.pop_front()?;
        self.begun += 1;
        self.place.station = Some(station.clone());
        if tasks.is_empty() {
            self.place.tasks.remove(&station);
        } else {
            let task_id = open.task.task_id;
            self.place.tasks.insert(station.clone(), task_id);
            self.waiting.push_back((station, tasks));
        }
        Some(open)
    }

    /// Returns how many tasks were begun with.
    pub(crate) fn begun(&self) -> usize {
        self.begun
    }

    /// Returns how many tasks are left.
    pub(crate) fn left(&self) -> usize {
        self.waiting.iter().map(|(_, tasks)| tasks.len()).sum()
    }

    /// Returns where the next sweep is to go on. If no task is left, it begins anywhere.
    pub(crate) fn into_place(self) -> Place {
        if self.waiting.is_empty() {
            return Place::default();
        }
        self.place
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use jiff::Timestamp;
    use sluice_basics::ids::TaskRef;

    use super::*;

    fn open(station: &str, number: u64) -> OpenTask {
        OpenTask {
            task: TaskRef {
                station_id: station.parse().expect("a station"),
                task_id: TaskId::try_from(number).expect("an id"),
            },
            create_time: Timestamp::UNIX_EPOCH,
        }
    }

    /// A sweep that has time for so many tasks.
    fn sweep(open: &[OpenTask], place: &mut Place, most: usize) -> Vec<OpenTask> {
        let mut turns = Turns::new(open.to_vec(), std::mem::take(place), 7_919);
        let seen: Vec<_> = std::iter::from_fn(|| turns.next()).take(most).collect();
        assert_eq!(turns.begun(), seen.len());
        assert_eq!(turns.left(), open.len() - seen.len());
        *place = turns.into_place();
        seen
    }

    fn all(open: Vec<OpenTask>, start: usize) -> Vec<OpenTask> {
        let mut turns = Turns::new(open, Place::default(), start);
        std::iter::from_fn(|| turns.next()).collect()
    }

    #[test]
    fn a_station_with_ten_thousand_open_tasks_delays_no_other() {
        let mut tasks: Vec<OpenTask> = (1..=10_000).map(|n| open("large", n)).collect();
        tasks.extend([open("a", 1), open("z", 1), open("z", 2)]);
        for start in [0, 1, 2, 3, 9_999, 1_764_000_000] {
            let turns = all(tasks.clone(), start);
            assert_eq!(turns.len(), tasks.len());
            let others = |task: &&OpenTask| task.task.station_id.as_str() != "large";
            assert_eq!(turns.iter().take(6).filter(others).count(), 3, "{start}");
        }
    }

    #[test]
    fn each_task_and_each_station_comes_first_at_some_time() {
        let tasks = [("a", 1), ("a", 2), ("a", 3), ("b", 1)];
        let tasks = tasks
            .map(|(station, number)| open(station, number))
            .to_vec();
        let firsts: Vec<OpenTask> = (0..6).map(|n| all(tasks.clone(), n)[0].clone()).collect();
        assert!(tasks.iter().all(|one| {
            let station = |first: &&OpenTask| first.task.station_id == one.task.station_id;
            firsts.iter().any(|first| station(&first))
        }));
        assert!(firsts.contains(&open("a", 1)) && firsts.contains(&open("a", 3)));
        assert!(all(Vec::new(), 7).is_empty());
    }

    #[test]
    fn sweeps_that_are_cut_short_look_at_no_task_twice_before_they_have_looked_at_each() {
        let tasks: Vec<OpenTask> = (1..=20_000).map(|n| open("large", n)).collect();
        let mut place = Place::default();
        let mut seen = HashSet::new();
        for _ in 0..4 {
            for one in sweep(&tasks, &mut place, 5_000) {
                assert!(seen.insert(one.task.task_id), "looked at twice");
            }
        }
        assert_eq!(seen.len(), tasks.len());
    }

    #[test]
    fn a_station_with_few_tasks_is_looked_at_in_each_sweep_beside_a_large_one() {
        let mut tasks: Vec<OpenTask> = (1..=20_000).map(|n| open("large", n)).collect();
        tasks.extend([open("a", 1), open("z", 1)]);
        let mut place = Place::default();
        let mut seen = HashSet::new();
        for _ in 0..5 {
            let now = sweep(&tasks, &mut place, 5_000);
            assert!(now.contains(&open("a", 1)) && now.contains(&open("z", 1)));
            seen.extend(now.into_iter().map(|one| one.task));
        }
        assert_eq!(seen.len(), tasks.len());
    }

    #[test]
    fn more_stations_than_a_sweep_can_look_at_come_one_after_the_other() {
        let tasks: Vec<OpenTask> = (0..1_000)
            .flat_map(|n| [open(&format!("s{n:04}"), 1), open(&format!("s{n:04}"), 2)])
            .collect();
        let mut place = Place::default();
        let mut seen = HashSet::new();
        for _ in 0..7 {
            let now = sweep(&tasks, &mut place, 300);
            seen.extend(now.into_iter().map(|one| one.task));
        }
        assert_eq!(seen.len(), tasks.len());
    }

    #[test]
    fn tasks_that_end_and_begin_meanwhile_keep_no_other_from_being_looked_at() {
        // Of each hundred that were looked at ten have ended by the next sweep, and fifty are new.
        let mut tasks: Vec<OpenTask> = (1..=1_000).map(|n| open("one", n)).collect();
        let old: HashSet<_> = tasks.iter().map(|one| one.task.clone()).collect();
        let mut place = Place::default();
        let mut seen = HashSet::new();
        for round in 0..12 {
            let now = sweep(&tasks, &mut place, 100);
            let ended: HashSet<_> = now.iter().step_by(10).map(|one| &one.task).collect();
            tasks.retain(|one| !ended.contains(&one.task));
            seen.extend(now.iter().map(|one| one.task.clone()));
            tasks.extend((0..50).map(|n| open("one", 2_000 + round * 50 + n)));
        }
        let left = old.difference(&seen).count();
        assert_eq!(left, 0, "of those that were there in the beginning");
    }
}
