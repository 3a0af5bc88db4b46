//! What a decision changes about what chunks have told: counts, and lines of the failed-rows file.

use std::collections::BTreeSet;
use std::iter::Peekable;

use sluice_aws::Moved;
use sluice_basics::rows::RowCounts;
use sluice_csv::{Dialect, FieldReader};
use sluice_definition::OnDuplicate;
use sluice_definition::{Definition, Problem, ProblemCode};
use sluice_import::conflict::Verdict;
use sluice_import::report::{PartError, PartWriter, numbered_lines, numbered_records, taken};
use sluice_undo::RowSet;

use super::Settling;
use super::tries::TriedChunk;

/// Lines of the failed-rows file that are made together.
const LINES_AT_ONCE: usize = 1_000;

/// What the deferred rows of a file change about its task.
#[derive(Debug, Default)]
pub(crate) struct Settlement {
    /// How many rows are counted otherwise than their chunks did.
    pub(crate) moved: Moved,
    /// The deferred rows by outcome.
    pub(crate) rows: RowCounts,
    /// What the deferred rows are told that are not stored, where they are reported.
    /// In the order of the file.
    told: Vec<(u64, Verdict)>,
    /// Rows that chunks have reported, and that are stored.
    stored: BTreeSet<u64>,
    /// All rows that are stored, and that chunks have not counted so.
    settled: RowSet,
}

impl Settling<'_> {
    /// What verdicts change. Until now the rows count as duplicate, or as skipped.
    pub(super) fn tell(self, verdicts: Vec<Verdict>) -> Settlement {
        let is_skipped = self.manifest.plan.on_duplicate == OnDuplicate::Skip;
        let mut settlement = Settlement::default();
        let rows = &mut settlement.rows;
        // What the rows want takes more memory than their numbers.
        let numbers: Vec<u64> = self.contenders.iter().map(|one| one.row).collect();
        drop(self);
        let mut winners = Vec::new();
        settlement.told.reserve_exact(numbers.len());
        for (number, verdict) in numbers.into_iter().zip(verdicts) {
            let is_failed = match &verdict {
                Verdict::Barred(fields) => fields.is_empty(),
                verdict => *verdict == Verdict::Undecided,
            };
            let count = match &verdict {
                Verdict::Wins => &mut rows.succeeded,
                _ if is_failed => &mut rows.failed,
                _ if is_skipped => &mut rows.skipped,
                _ => &mut rows.duplicate,
            };
            *count += 1;
            if verdict == Verdict::Wins {
                winners.push(number);
            } else if is_failed || !is_skipped {
                settlement.told.push((number, verdict));
            }
        }
        settlement.settled = winners.into_iter().collect();
        let elsewhere = (rows.succeeded + rows.failed) as i64;
        let moved = &mut settlement.moved;
        moved.to_failed = rows.failed as i64;
        *(if is_skipped {
            &mut moved.to_skipped
        } else {
            &mut moved.to_duplicate
        }) -= elsewhere;
        settlement
    }
}

impl Settlement {
    /// Adds rows of a chunk that are stored although the try that was committed has refused them.
    pub(super) fn add(&mut self, chunk: &TriedChunk, on_duplicate: OnDuplicate) {
        self.stored.extend(&chunk.reported);
        let settled = std::mem::take(&mut self.settled);
        self.settled = settled.with(&chunk.stored.iter().copied().collect());
        self.moved.to_duplicate -= chunk.reported.len() as i64;
        let uncounted = chunk.uncounted as i64;
        if on_duplicate == OnDuplicate::Skip {
            self.moved.to_skipped -= uncounted;
        }
    }

    /// The rows that are stored, and that chunks have not counted so.
    pub(crate) fn settled(&self) -> &RowSet {
        &self.settled
    }

    /// Whether any lines of the failed-rows file are to be added or left out.
    pub(crate) fn changes_report(&self) -> bool {
        !self.told.is_empty() || !self.stored.is_empty()
    }

    /// Returns the lines of a chunk: those of its part, without the rows that are stored, and those of its
    /// deferred rows that are not.
    pub(crate) fn lines<'a>(
        &'a self,
        definition: &'a Definition,
        width: usize,
        part: &'a [u8],
        deferred: &'a [u8],
    ) -> ChunkLines<'a> {
        let stored = |row: &u64| self.stored.contains(row);
        let part = numbered_lines(part);
        let part = part.filter(move |line| !line.as_ref().is_ok_and(|(row, _)| stored(row)));
        let told = numbered_records(deferred).filter_map(|record| match record {
            Ok((row, record)) => {
                let place = self.told.binary_search_by_key(&row, |(row, _)| *row).ok()?;
                Some(Ok((row, record, &self.told[place].1)))
            }
            Err(error) => Some(Err(error)),
        });
        ChunkLines {
            definition,
            width,
            fields: FieldReader::new(Dialect::default()),
            part: (Box::new(part) as Box<dyn Iterator<Item = _> + Send>).peekable(),
            told: (Box::new(told) as Box<dyn Iterator<Item = _> + Send>).peekable(),
        }
    }
}

/// A line of a part: its row, and its bytes.
type PartLine<'a> = Result<(u64, &'a [u8]), PartError>;
/// A deferred row that is not stored: its number, its record, and why.
type ToldRow<'a> = Result<(u64, &'a [u8], &'a Verdict), PartError>;

/// The lines of a chunk in the order of the file. They are made a few at a time: with their problems they
/// may take many times the bytes of their rows.
pub(crate) struct ChunkLines<'a> {
    definition: &'a Definition,
    width: usize,
    fields: FieldReader,
    part: Peekable<Box<dyn Iterator<Item = PartLine<'a>> + Send + 'a>>,
    told: Peekable<Box<dyn Iterator<Item = ToldRow<'a>> + Send + 'a>>,
}

impl ChunkLines<'_> {
    /// Returns the next lines; none at the end.
    pub(crate) fn next_lines(&mut self) -> Result<Option<Vec<u8>>, PartError> {
        let mut lines = PartWriter::new(self.width);
        while lines.len() < LINES_AT_ONCE {
            let is_told = match (self.part.peek(), self.told.peek()) {
                (None, None) => break,
                (Some(Ok((row, _))), Some(Ok((told, ..)))) => told < row,
                (part, _) => part.is_none(),
            };
            if is_told {
                let Some(told) = self.told.next() else { break };
                let (row, record, verdict) = told?;
                let problems = problems(self.definition, verdict);
                lines.row(row, Some(&self.fields.read(record)), &problems);
            } else {
                let Some(line) = self.part.next() else { break };
                let (row, line) = line?;
                lines.line(row, line);
            }
        }
        Ok((!lines.is_empty()).then(|| lines.into_bytes()))
    }
}

fn problems(definition: &Definition, verdict: &Verdict) -> Vec<Problem> {
    match verdict {
        Verdict::Wins => Vec::new(),
        Verdict::Undecided => {
            let message = "another row of this file has the same key or value, and part of the file was \
                           not imported: retry the task, or import this row again";
            vec![Problem::of_row(ProblemCode::Unavailable, message)]
        }
        Verdict::Barred(fields) if fields.is_empty() => {
            let message = "the store did not accept this row";
            vec![Problem::of_row(ProblemCode::Refused, message)]
        }
        Verdict::Barred(fields) => {
            let fields = fields.iter();
            fields
                .map(|&field| taken(definition, field, None))
                .collect()
        }
        Verdict::Loses(lost) => {
            let fields = lost.fields();
            fields
                .map(|(field, row)| taken(definition, field, Some(row)))
                .collect()
        }
    }
}
