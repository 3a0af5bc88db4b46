//! Looking for the rows that keep a chunk from being imported: which rows are to be tried next,
//! and what it means that a try went well, failed, or ended its worker. Pure: who tries and who
//! keeps the state is elsewhere (ADR 0017).

use std::ops::Range;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is said of a row in the middle of which workers ended.
pub const DIED: &str = "the worker ended in the middle of it, twice (it may be stored)";
/// Rows of one chunk that are found one by one. What is then left fails together.
const MOST_FOUND: usize = 100;
/// Workers that a chunk may cost: each takes as long as a worker may run.
const MOST_DEATHS: u32 = 60;
/// How often the whole chunk may fail. Once is usual; more means that rows fail only together.
const MOST_ROUNDS: u32 = 3;

/// The search in one chunk. Rows are numbered as a spreadsheet shows them.
///
/// A step is [`begin`](Self::begin), which is kept before anything else happens, then
/// [`step`](Self::step)'s rows are tried, then one of [`went_well`](Self::went_well),
/// [`failed`](Self::failed) and [`paused`](Self::paused). A search whose step
/// [`is_begun`](Self::is_begun) and not [`under way`](Self::is_under_way) has [`died`](Self::died).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Search {
    /// The rows of the chunk.
    rows: Range<u64>,
    /// Where culprits may be. They do not overlap; the last one is tried next, and it is the one
    /// that comes first in the file.
    suspects: Vec<Suspect>,
    /// The step that was begun; none between steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    begun: Option<Begun>,
    found: Vec<FoundRow>,
    /// Rows that were not told apart, and why they fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rest: Option<Rest>,
    deaths: u32,
    rounds: u32,
}

/// A step on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Begun {
    /// When it has ended, whatever happens.
    until: Timestamp,
    /// Who is at it.
    by: String,
}

/// Rows among which a culprit may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Suspect {
    rows: Range<u64>,
    /// The second half of rows that failed: if the first half is innocent, the culprit is here.
    is_second_half: bool,
    /// A single row that a worker has died in. It is tried once more: workers die of other
    /// things, too.
    has_killed: bool,
}

/// A row that keeps its chunk from being imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundRow {
    /// Its number.
    pub row: u64,
    /// What its import fails of, for people.
    pub cause: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Rest {
    rows: Vec<Range<u64>>,
    cause: String,
}

impl Search {
    /// A search that begins with all the rows of a chunk.
    pub fn of(rows: Range<u64>) -> Self {
        Self {
            rows,
            suspects: Vec::new(),
            begun: None,
            found: Vec::new(),
            rest: None,
            deaths: 0,
            rounds: 0,
        }
    }

    /// The rows to be tried next, without those that are known to fail.
    pub fn step(&self) -> Range<u64> {
        let suspect = self.suspects.last();
        suspect.map_or_else(|| self.rows.clone(), |suspect| suspect.rows.clone())
    }

    /// Whether the next step is the whole chunk, whose success is the chunk's import.
    pub fn is_whole(&self) -> bool {
        self.suspects.is_empty()
    }

    /// Whether anything has failed since the search began.
    pub fn has_narrowed(&self) -> bool {
        self.rounds > 0
    }

    /// The rows found so far, as they were found.
    pub fn found(&self) -> &[FoundRow] {
        &self.found
    }

    /// Why a row is not to be tried, if it is not.
    pub fn cause(&self, row: u64) -> Option<&str> {
        let found = self.found.iter().find(|found| found.row == row);
        let rest = self.rest.as_ref();
        let rest = rest.filter(|rest| rest.rows.iter().any(|rows| rows.contains(&row)));
        found
            .map(|found| found.cause.as_str())
            .or(rest.map(|rest| rest.cause.as_str()))
    }

    /// A try at the next step begins, which has ended by `until` whatever happens. `by` is the
    /// message that it is made for.
    pub fn begin(&mut self, until: Timestamp, by: &str) {
        let by = by.to_owned();
        self.begun = Some(Begun { until, by });
    }

    /// Whether a step was begun and has not come to an end.
    pub fn is_begun(&self) -> bool {
        self.begun.is_some()
    }

    /// Whether the step that was begun may be under way at the moment, for another message than
    /// this one: the same message comes again only when nobody is at it any more.
    pub fn is_under_way(&self, now: Timestamp, by: &str) -> bool {
        let begun = self.begun.as_ref();
        begun.is_some_and(|begun| begun.until > now && begun.by != by)
    }

    /// The step ended for a reason that says nothing of its rows: it comes again.
    pub fn paused(&mut self) {
        self.begun = None;
    }

    /// The step went well: its rows are innocent.
    pub fn went_well(&mut self) {
        self.begun = None;
        self.suspects.pop();
        if let Some(next) = self.suspects.pop() {
            if next.is_second_half && count(&next.rows) > 1 {
                self.halve(&next.rows);
            } else {
                self.suspects.push(next);
            }
        }
    }

    /// The step failed of something that its rows are to blame for.
    pub fn failed(&mut self, cause: &str) {
        self.narrow(cause, false);
    }

    /// The step's worker ended in the middle of it.
    pub fn died(&mut self) {
        self.deaths += 1;
        self.narrow(DIED, true);
        if self.deaths >= MOST_DEATHS {
            self.give_up(DIED);
        }
    }

    fn narrow(&mut self, cause: &str, is_death: bool) {
        self.begun = None;
        let Some(suspect) = self.suspects.pop() else {
            self.rounds += 1;
            if self.rounds > MOST_ROUNDS {
                self.suspects.push(Suspect::of(self.rows.clone()));
                self.give_up(cause);
            } else {
                self.halve(&self.rows.clone());
            }
            return;
        };
        // If it is the first half of something, nothing can be said of the second any more.
        if let Some(below) = self.suspects.last_mut() {
            below.is_second_half = false;
        }
        if count(&suspect.rows) > 1 {
            self.halve(&suspect.rows);
        } else if is_death && !suspect.has_killed {
            self.suspects.push(Suspect {
                has_killed: true,
                ..suspect
            });
        } else {
            self.found.push(FoundRow {
                row: suspect.rows.start,
                cause: cause.to_owned(),
            });
            if self.found.len() >= MOST_FOUND {
                self.give_up(cause);
            }
        }
    }

    fn halve(&mut self, rows: &Range<u64>) {
        let middle = rows.start + count(rows) / 2;
        if middle > rows.start {
            self.suspects.push(Suspect {
                is_second_half: true,
                ..Suspect::of(middle..rows.end)
            });
            self.suspects.push(Suspect::of(rows.start..middle));
        } else {
            self.suspects.push(Suspect::of(rows.clone()));
        }
    }

    /// Ends the search: what is still suspected is to fail together.
    fn give_up(&mut self, cause: &str) {
        if self.suspects.is_empty() {
            return;
        }
        let rows = self.suspects.drain(..).map(|suspect| suspect.rows);
        let rest = self.rest.get_or_insert_with(|| Rest {
            rows: Vec::new(),
            cause: format!(
                "it is among rows that could not be told apart; of the last one, {cause}"
            ),
        });
        rest.rows.extend(rows);
    }
}

impl Suspect {
    fn of(rows: Range<u64>) -> Self {
        Self {
            rows,
            is_second_half: false,
            has_killed: false,
        }
    }
}

fn count(rows: &Range<u64>) -> u64 {
    rows.end.saturating_sub(rows.start)
}

#[cfg(test)]
mod tests;
