//! A chunk that has failed too often to be tried again as it is: the rows that make it fail are
//! looked for by halves, and the others are imported without them. The chunk stays one chunk, with
//! one commit. See ADR 0017.

use std::ops::Range;
use std::time::Instant;

use futures::StreamExt;
use jiff::Timestamp;
use sluice_aws::WriteError;
use sluice_csv::{Dialect, Position, RecordReader};
use sluice_definition::{Problem, ProblemCode};
use sluice_import::search::Search;
use sluice_task::books::ChunkReport;

use crate::run::{ImportChunk, RunImport, WorkError};
use sluice_engine::Attempt;

/// Tries at a chunk as it is.
pub(crate) const ORDINARY_TRIES: u32 = 3;
/// A search that makes progress goes on under a new message when the old one was received this
/// often: the queue gives up on a message after twelve.
const RECEIVES: u32 = 6;

impl RunImport {
    /// Imports a chunk without the rows that make it fail. None if the search for these goes on
    /// under another message.
    pub(crate) async fn import_carefully(
        &self,
        message: &ImportChunk,
        attempt: Attempt<'_>,
    ) -> Result<Option<ChunkReport>, WorkError> {
        let tries = attempt.tries;
        let mut steps = tries.search_steps;
        let mut search = match &tries.search {
            Some(search) => search.clone(),
            None => Search::of(self.rows_of(message).await?),
        };
        if search.is_under_way(Timestamp::now(), attempt.message_id) {
            return Err(WorkError::Busy);
        }
        if search.is_begun() {
            search.died();
            if attempt.receive_count >= RECEIVES {
                self.keep(message, &search, &mut steps).await?;
                return self.hand_on(message).await;
            }
        }
        // An endpoint's patience counts all tries, whatever message they came with.
        let attempt = Attempt {
            receive_count: attempt.receive_count.max(tries.tries),
            ..attempt
        };
        loop {
            search.begin(attempt.ends_at, attempt.message_id);
            self.keep(message, &search, &mut steps).await?;
            match Box::pin(self.import_rows(message, attempt, Some(&search))).await {
                Ok(Some(report)) => {
                    // What fails from here on is no fault of the rows.
                    search.paused();
                    self.keep(message, &search, &mut steps).await?;
                    return Ok(Some(report));
                }
                Ok(None) => search.went_well(),
                Err(error) if error.blames_rows() => {
                    let step = search.step();
                    tracing::warn!(
                        task = %message.plan.task,
                        chunk = message.chunk.number,
                        rows = ?step,
                        error = sluice_aws::chain(&error),
                        "some of these rows make a chunk fail"
                    );
                    search.failed(&error.for_people());
                }
                Err(error) => {
                    search.paused();
                    self.keep(message, &search, &mut steps).await?;
                    return Err(error);
                }
            }
            if Instant::now() >= attempt.until {
                self.keep(message, &search, &mut steps).await?;
                return self.hand_on(message).await;
            }
        }
    }

    async fn keep(
        &self,
        message: &ImportChunk,
        search: &Search,
        steps: &mut u64,
    ) -> Result<(), WorkError> {
        let (plan, chunk) = (&message.plan, message.chunk.number);
        if !self
            .tasks
            .keep_search(&plan.task, plan.run, chunk, search, *steps)
            .await?
        {
            return Err(WorkError::Busy);
        }
        *steps += 1;
        Ok(())
    }

    /// Sends a chunk anew. Each time its search has come further, and a search is finite.
    async fn hand_on(&self, message: &ImportChunk) -> Result<Option<ChunkReport>, WorkError> {
        let station = &message.plan.task.station_id;
        self.queue
            .send(station, std::slice::from_ref(message))
            .await?;
        Ok(None)
    }

    /// The numbers of the rows of a chunk: more than it has records if lines are blank.
    async fn rows_of(&self, message: &ImportChunk) -> Result<Range<u64>, WorkError> {
        let (plan, chunk) = (&message.plan, &message.chunk);
        let start = Position {
            offset: chunk.start,
            row: chunk.first_row,
            record: 0,
        };
        let mut records = RecordReader::new(Dialect::from(plan.delimiter), start, 0);
        let mut last = chunk.first_row;
        let file = self
            .objects
            .reader(&plan.object_key, &plan.etag, plan.version_id.as_deref());
        let mut bytes = file.stream(chunk.start..chunk.end).await?;
        while let Some(piece) = bytes.next().await {
            records.push(&piece?);
            while let Some(record) = records.next_record() {
                last = record.position.row;
            }
        }
        if let Some(record) = records.finish()? {
            last = record.position.row;
        }
        Ok(chunk.first_row..last + 1)
    }
}

impl WorkError {
    /// Whether other rows might not have failed of this, and no wait can mend it.
    fn blames_rows(&self) -> bool {
        match self {
            Self::Write(WriteError::Aws(error)) => error.is_of_the_content(),
            Self::Json(_) => true,
            _ => false,
        }
    }
}

/// What a row is told that makes its chunk fail.
pub(crate) fn unprocessable(cause: &str) -> Problem {
    let message = format!(
        "the import of this part of the file failed again and again because of this row: {cause}; \
         look at its values, correct it and import it again"
    );
    Problem::of_row(ProblemCode::Unprocessable, message)
}
