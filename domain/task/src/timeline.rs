//! How an import went on: how many rows were counted at which moment, from its chunks' reports.

use jiff::Timestamp;
use serde::Serialize;

use crate::books::ChunkReport;

/// A curve of so many points is as good as one of more, and a list of tasks stays small.
const MOST: usize = 40;

/// A moment in which a chunk was counted. In JSON a pair, such as `[1250, 7000]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Moment(
    /// Milliseconds since the task was started.
    pub u64,
    /// Rows read in all chunks counted by then.
    pub u64,
);

/// The moments of a run that was started at `start`, at most 40 of them; the last has all rows.
/// Chunks that a retry kept from the run before were there from the start.
pub fn timeline(start: Timestamp, reports: &[ChunkReport]) -> Vec<Moment> {
    let mut counted: Vec<(u64, u64)> = reports
        .iter()
        .filter_map(|report| Some((report.committed_at?, report.rows.read)))
        .map(|(at, rows)| (at.duration_since(start).as_millis(), rows))
        .map(|(after, rows)| (u64::try_from(after).unwrap_or(0), rows))
        .collect();
    counted.sort_unstable();
    let mut moments: Vec<Moment> = Vec::new();
    let mut sum = 0;
    for (after, rows) in counted {
        sum += rows;
        match moments.last_mut() {
            Some(last) if last.0 == after => last.1 = sum,
            _ => moments.push(Moment(after, sum)),
        }
    }
    if moments.len() <= MOST {
        return moments;
    }
    let last = moments.len() - 1;
    let places = (0..MOST).map(|nth| nth * last / (MOST - 1));
    places.map(|place| moments[place]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sluice_basics::rows::RowCounts;
    use sluice_csv::Chunk;

    fn report(number: u32, at: Option<&str>, read: u64) -> ChunkReport {
        let chunk = Chunk {
            number,
            start: 0,
            end: 0,
            first_row: 2,
            records: read,
        };
        ChunkReport {
            rows: RowCounts {
                read,
                ..RowCounts::default()
            },
            committed_at: at.map(|at| at.parse().expect("a time")),
            ..ChunkReport::lost(1, &chunk, "")
        }
    }

    fn start() -> Timestamp {
        "2026-11-21T05:04:05Z".parse().expect("a time")
    }

    #[test]
    fn rows_add_up_in_the_order_of_their_moments() {
        let reports = [
            report(0, Some("2026-11-21T05:04:06.5Z"), 5),
            report(1, Some("2026-11-21T05:04:05.25Z"), 7),
            report(2, Some("2026-11-21T05:04:06.5Z"), 1),
        ];
        assert_eq!(
            timeline(start(), &reports),
            [Moment(250, 7), Moment(1_500, 13)]
        );
    }

    #[test]
    fn what_was_kept_of_a_run_before_is_there_from_the_start() {
        let reports = [
            report(0, Some("2026-11-20T00:00:00Z"), 5),
            report(1, Some("2026-11-21T05:04:06Z"), 7),
        ];
        assert_eq!(
            timeline(start(), &reports),
            [Moment(0, 5), Moment(1_000, 12)]
        );
    }

    #[test]
    fn reports_of_a_release_that_did_not_note_the_moment_are_left_out() {
        assert_eq!(timeline(start(), &[report(0, None, 5)]), []);
        assert_eq!(timeline(start(), &[]), []);
    }

    #[test]
    fn a_long_import_has_few_moments_and_the_last_has_all_rows() {
        let second = jiff::SignedDuration::from_secs(1);
        let reports: Vec<ChunkReport> = (0..1_000)
            .map(|number| ChunkReport {
                committed_at: Some(start() + second * (number as i32 + 1)),
                ..report(number, None, 10)
            })
            .collect();
        let moments = timeline(start(), &reports);
        assert_eq!(moments.len(), MOST);
        assert_eq!(moments[0], Moment(1_000, 10));
        assert_eq!(moments[MOST - 1], Moment(1_000_000, 10_000));
        assert!(moments.is_sorted_by_key(|moment| (moment.0, moment.1)));
    }
}
