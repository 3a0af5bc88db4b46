//! One leg of splitting: from a cursor to the end of the file, or to the end of the time.

use std::collections::HashSet;
use std::num::NonZeroU64;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::StreamExt;
use sluice_aws::{ObjectError, current_trace, traced, used_so_far};
use sluice_core::csv::{Chunk, ChunkPlanner, Cursor};
use sluice_core::import::ImportPlan;
use sluice_core::limits::Limits;
use sluice_core::manifest::Manifest;
use sluice_core::message::{ChunkMessage, SplitMessage, SplitResume};
use sluice_core::object_key;
use sluice_core::task::{Task, TaskStatus};
use sluice_core::trace::Trace;
use sluice_lambda::{Deadline, Work};

use crate::{FUNCTION, SplitError, Splitter};

/// The time kept for handing the rest over.
const MARGIN: Duration = Duration::from_secs(20);
/// The same, for a leg that has come no further yet.
const LAST_MARGIN: Duration = Duration::from_secs(10);
/// Messages are sent while the file is read, a batch as soon as it is full.
const SEND_AT_ONCE: usize = 10;

/// How often a leg looks whether it is to stop.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The chunks that are shown in the import's trace: the first and the last ones. X-Ray takes about
/// 100 KB of a trace, and a segment has half of one.
const SHOWN: u32 = 100;
const SHOWN_LAST: u32 = 10;

/// A record larger than this is not looked for the end of.
const LARGEST_RECORD_BYTES: u64 = 1 << 30;

/// How a leg ended.
enum LegEnd {
    /// The file has been read to its end.
    EndOfFile,
    /// What comes after the last chunk cannot be read, and why.
    Broken(String),
    /// Time is up; the rest starts here.
    OutOfTime(Cursor),
}

impl Splitter {
    /// Goes on where an earlier leg stopped, if the task still waits for that.
    pub(crate) async fn resume(
        &self,
        resume: SplitResume,
        deadline: Deadline,
    ) -> Result<(), SplitError> {
        let task = self.tasks.get(&resume.plan.task).await?;
        let waits = |task: &Task| {
            task.status == TaskStatus::Running
                && task.run_count == resume.plan.run
                && task.import.chunks_total.is_none()
        };
        if !task.as_ref().is_some_and(waits) {
            return Ok(());
        }
        let reference = resume.plan.task.clone();
        let work = Work::of_task(FUNCTION, reference, task.and_then(|task| task.trace));
        let split = Box::pin(self.split(resume.plan, resume.cursor, Bytes::new(), deadline));
        self.telemetry.watch(work, split, Result::is_err).await
    }

    /// Splits a file from `cursor` on; `read` is what was read of it from there already.
    pub(crate) async fn split(
        &self,
        plan: ImportPlan,
        cursor: Cursor,
        read: Bytes,
        deadline: Deadline,
    ) -> Result<(), SplitError> {
        let mut outlet = self.outlet(&plan, cursor).await?;
        let end = self.leg(&plan, cursor, read, deadline, &mut outlet).await?;
        let (task, run, chunks) = (plan.task.clone(), plan.run, outlet.planned);
        // The plan is kept before anyone can find the task complete.
        let manifest = Manifest {
            plan,
            chunks,
            used: used_so_far(),
        };
        let total = cursor.next_chunk + manifest.chunks.len() as u32;
        let key = object_key::manifest(&task, cursor.next_chunk..total);
        self.objects.put_json(&key, &manifest).await?;
        tracing::info!(%task, chunks = total, "a leg of splitting is done");
        match end {
            LegEnd::EndOfFile => self.tasks.set_chunks_total(&task, run, total, None).await?,
            LegEnd::Broken(reason) => {
                self.tasks
                    .set_chunks_total(&task, run, total, Some(&reason))
                    .await?
            }
            LegEnd::OutOfTime(rest) => {
                let message = SplitMessage::resume(manifest.plan, rest);
                self.uploads.send(&task.station_id, &[message]).await?;
                true
            }
        };
        Ok(())
    }

    async fn leg(
        &self,
        plan: &ImportPlan,
        cursor: Cursor,
        read: Bytes,
        deadline: Deadline,
        outlet: &mut Outlet,
    ) -> Result<LegEnd, SplitError> {
        let chunk_bytes = NonZeroU64::new(plan.chunk_bytes).unwrap_or(NonZeroU64::MIN);
        let mut planner = ChunkPlanner::resume(plan.delimiter.into(), chunk_bytes, cursor);
        let mut chunks = Vec::new();
        let reader = self.objects.reader(&plan.object_key, &plan.etag);
        let mut read_bytes = 0;
        planner.feed(&read, &mut chunks);
        let next = cursor.position.offset + read.len() as u64;
        let mut bytes = reader.read_ahead(next..plan.file_bytes);
        while let Some(piece) = bytes.next().await {
            match piece {
                Ok(piece) => {
                    read_bytes += piece.len() as u64;
                    planner.feed(&piece, &mut chunks);
                }
                Err(ObjectError::Changed) => {
                    self.send(plan, &mut chunks, outlet).await?;
                    self.tasks
                        .stop(&plan.task, &ObjectError::Changed.to_string())
                        .await?;
                    return Ok(LegEnd::Broken(ObjectError::Changed.to_string()));
                }
                Err(error) => return Err(error.into()),
            }
            if let Some(reason) = self.too_many_rows(plan, &chunks, outlet).await? {
                return Ok(LegEnd::Broken(reason));
            }
            if chunks.len() >= SEND_AT_ONCE {
                self.send(plan, &mut chunks, outlet).await?;
                if let Some(reason) = self.told_to_stop(plan, outlet).await? {
                    return Ok(LegEnd::Broken(reason));
                }
            }
            // A leg that has not closed a chunk goes on a little: the next one would begin where
            // this one did.
            let margin = if planner.cursor() == cursor {
                LAST_MARGIN
            } else {
                MARGIN
            };
            if deadline.is_within(margin) {
                self.send(plan, &mut chunks, outlet).await?;
                let rest = planner.cursor();
                // A leg that read this much and found no end of a record would never find one.
                if rest == cursor && read_bytes > LARGEST_RECORD_BYTES {
                    return Ok(LegEnd::Broken(format!(
                        "the record in row {} is so large that it cannot be read: is a quote \
                         left open?",
                        rest.position.row
                    )));
                }
                return Ok(LegEnd::OutOfTime(rest));
            }
        }
        let rest = planner.cursor().position.row;
        let end = match planner.finish() {
            Ok(last) => {
                chunks.extend(last);
                LegEnd::EndOfFile
            }
            Err(unclosed) => LegEnd::Broken(format!(
                "{unclosed}; the rows from row {rest} on were not imported"
            )),
        };
        if let Some(reason) = self.too_many_rows(plan, &chunks, outlet).await? {
            return Ok(LegEnd::Broken(reason));
        }
        outlet.has_ended = true;
        self.send(plan, &mut chunks, outlet).await?;
        Ok(end)
    }

    /// Stops an import whose file has more rows than its station may import at once; says why. As
    /// long as no chunk was sent, nothing was written. `unsent` chunks come after those sent.
    async fn too_many_rows(
        &self,
        plan: &ImportPlan,
        unsent: &[Chunk],
        outlet: &Outlet,
    ) -> Result<Option<String>, SplitError> {
        let rows = outlet.rows + unsent.iter().map(|chunk| chunk.records).sum::<u64>();
        let has_begun = outlet.rows > 0;
        let reason = outlet.limits.refuse_rows(rows, has_begun);
        if let (Some(reason), true) = (&reason, has_begun) {
            self.tasks.stop(&plan.task, reason).await?;
        }
        Ok(reason)
    }

    async fn outlet(&self, plan: &ImportPlan, cursor: Cursor) -> Result<Outlet, SplitError> {
        let mut done = HashSet::new();
        if plan.run > 1 {
            let reports = self.tasks.chunk_reports(&plan.task, plan.run).await?;
            done.extend(reports.iter().map(|report| report.chunk));
        }
        Ok(Outlet {
            planned: Vec::new(),
            rows: plan.rows_before(cursor.position),
            limits: self.limits.of(&plan.task.station_id).await?,
            done,
            looked: Instant::now(),
            has_ended: false,
        })
    }

    async fn send(
        &self,
        plan: &ImportPlan,
        chunks: &mut Vec<Chunk>,
        outlet: &mut Outlet,
    ) -> Result<(), SplitError> {
        let last = chunks.last().map(|chunk| chunk.number);
        let messages: Vec<ChunkMessage> = chunks
            .iter()
            .filter(|chunk| !outlet.done.contains(&chunk.number))
            .map(|chunk| ChunkMessage::new(plan.clone(), *chunk))
            .collect();
        // What the trace has no room for is sent without being shown in it.
        let hidden = current_trace().filter(Trace::is_sampled);
        let hidden = hidden.as_ref().map(Trace::unsampled);
        let is_shown = |message: &ChunkMessage| {
            let number = message.chunk.number;
            let is_last = |last: u32| outlet.has_ended && number + SHOWN_LAST > last;
            hidden.is_none() || number < SHOWN || last.is_some_and(is_last)
        };
        let (shown, others): (Vec<_>, Vec<_>) = messages.into_iter().partition(is_shown);
        let station = &plan.task.station_id;
        self.chunks.send(station, &shown).await?;
        traced(hidden, self.chunks.send(station, &others)).await?;
        outlet.rows += chunks.iter().map(|chunk| chunk.records).sum::<u64>();
        outlet.planned.append(chunks);
        Ok(())
    }

    /// Looks now and then whether the task was told to stop, and why.
    async fn told_to_stop(
        &self,
        plan: &ImportPlan,
        outlet: &mut Outlet,
    ) -> Result<Option<String>, SplitError> {
        if outlet.looked.elapsed() < LOOK_EVERY {
            return Ok(None);
        }
        outlet.looked = Instant::now();
        Ok(self.tasks.stopping(&plan.task).await?)
    }
}

/// Where the chunks of a leg go.
struct Outlet {
    /// All of them.
    planned: Vec<Chunk>,
    /// Rows of these and of the chunks of earlier legs.
    rows: u64,
    limits: Limits,
    /// Chunks that an earlier run has done, and that are not sent again.
    done: HashSet<u32>,
    /// When the task was last looked at.
    looked: Instant,
    /// Whether no more chunks come after those that are sent now.
    has_ended: bool,
}
