//! One leg of splitting: from a cursor to the end of the file, or to the end of the time.

use std::collections::HashSet;
use std::num::NonZeroU64;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::StreamExt;
use sluice_aws::ObjectError;
use sluice_basics::limits::Limits;
use sluice_basics::plan::Plan;
use sluice_csv::{Chunk, ChunkPlanner, Cursor};
use sluice_import::ImportPlan;
use sluice_lambda::{Deadline, Work};
use sluice_task::message::{SplitMessage, SplitResume};
use sluice_task::{Task, TaskStatus};

use crate::plan::search::Search;
use crate::plan::{FUNCTION, PlanImport, SplitError};

/// The time kept for handing the rest over.
const MARGIN: Duration = Duration::from_secs(20);
/// The same, for a leg that has come no further yet.
const LAST_MARGIN: Duration = Duration::from_secs(10);

/// How often a leg looks whether it is to stop.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// A record larger than this is not looked for the end of.
const LARGEST_RECORD_BYTES: u64 = 1 << 30;

/// Why a file is not imported whose plan is gone.
const LOST_PLAN: &str = "the plan of the import was deleted before the whole file was split: upload the \
                         file again";

/// How a leg ended.
enum LegEnd {
    /// The file has been read to its end.
    EndOfFile,
    /// What comes after the last chunk cannot be read, and why.
    Broken(String),
    /// Nothing of the file is imported, and why.
    Refused(String),
    /// Time is up; the rest starts here.
    OutOfTime(Cursor),
}

impl PlanImport {
    /// Goes on where an earlier leg stopped, if the task still waits for that.
    pub(crate) async fn resume(
        &self,
        task: Task,
        resume: SplitResume,
        deadline: Deadline,
    ) -> Result<(), SplitError> {
        if task.status != TaskStatus::Running || task.run_count != resume.plan.run {
            return Ok(());
        }
        let work = Work::of_task(FUNCTION, task.reference(), task.trace);
        let split = Box::pin(self.split(resume, Bytes::new(), deadline));
        self.telemetry.watch(work, split, Result::is_err).await
    }

    /// Splits a file from a cursor on; `read` is what was read of it from there already. Chunks are sent
    /// when the whole file has been read: only then it is known which rows want the same.
    pub(crate) async fn split(
        &self,
        from: SplitResume,
        read: Bytes,
        deadline: Deadline,
    ) -> Result<(), SplitError> {
        let mut outlet = self.outlet(&from.plan, from.cursor).await?;
        let mut search = self.search(&from).await?;
        let leg = self.leg(&from, read, deadline, &mut outlet, search.as_mut());
        let end = Box::pin(leg).await?;
        let (task, run) = (from.plan.task.clone(), from.plan.run);
        let total = from.cursor.next_chunk + outlet.planned.len() as u32;
        let mut plan = from.plan.clone();
        match (&end, search) {
            (LegEnd::OutOfTime(rest), search) => {
                let searched_to = match &search {
                    Some(search) => self.keep_search(&from, search, rest.next_chunk).await?,
                    None => 0,
                };
                self.keep_plan(&plan, from.cursor, &outlet, false).await?;
                let resume = SplitResume {
                    plan,
                    cursor: *rest,
                    searched_to,
                };
                let message = SplitMessage::resume(resume);
                self.uploads.send(&task.station_id, &[message]).await?;
                return Ok(());
            }
            (LegEnd::EndOfFile | LegEnd::Broken(_), Some(search)) => {
                plan.conflicts = self.list_conflicts(&from, search).await?;
            }
            (LegEnd::EndOfFile | LegEnd::Broken(_), None) => {}
            (LegEnd::Refused(reason), _) => {
                let start = Cursor {
                    next_chunk: 0,
                    ..from.cursor
                };
                self.keep_plan(&plan, start, &outlet, false).await?;
                self.tasks
                    .set_chunks_total(&task, run, 0, Some(reason))
                    .await?;
                return Ok(());
            }
        }
        let Some(earlier) = self.earlier(&plan, from.cursor).await? else {
            tracing::warn!(%task, "the plan of a file is lost");
            self.tasks
                .set_chunks_total(&task, run, 0, Some(LOST_PLAN))
                .await?;
            return Ok(());
        };
        // The plan is kept before anyone can find the task complete.
        self.keep_plan(&plan, from.cursor, &outlet, true).await?;
        let any = Plan::of(&plan).map_err(SplitError::Plan)?;
        let all: [&[Chunk]; 2] = [&earlier, &outlet.planned];
        self.dispatch.send(&any, &all, &outlet.done).await?;
        tracing::info!(%task, chunks = total, "a file is split");
        let reason = match end {
            LegEnd::Broken(reason) => Some(reason),
            _ => None,
        };
        self.tasks
            .set_chunks_total(&task, run, total, reason.as_deref())
            .await?;
        Ok(())
    }

    async fn keep_plan(
        &self,
        plan: &ImportPlan,
        cursor: Cursor,
        outlet: &Outlet,
        is_sent: bool,
    ) -> Result<(), SplitError> {
        let any = Plan::of(plan).map_err(SplitError::Plan)?;
        let kept = self
            .dispatch
            .keep(&any, cursor.next_chunk, &outlet.planned, is_sent);
        Ok(kept.await?)
    }

    /// Reads the chunks that the legs before this one have planned. None if they are lost.
    async fn earlier(
        &self,
        plan: &ImportPlan,
        cursor: Cursor,
    ) -> Result<Option<Vec<Chunk>>, SplitError> {
        if cursor.next_chunk == 0 {
            return Ok(Some(Vec::new()));
        }
        let kept = self.dispatch.kept(&plan.task).await?;
        let chunks = kept.map(|manifest| manifest.chunks);
        let mut earlier = chunks.unwrap_or_default();
        earlier.retain(|chunk| chunk.number < cursor.next_chunk);
        Ok((earlier.len() == cursor.next_chunk as usize).then_some(earlier))
    }

    async fn leg(
        &self,
        from: &SplitResume,
        read: Bytes,
        deadline: Deadline,
        outlet: &mut Outlet,
        mut search: Option<&mut Search<'_>>,
    ) -> Result<LegEnd, SplitError> {
        let (plan, cursor) = (&from.plan, from.cursor);
        let chunk_bytes = NonZeroU64::new(plan.chunk_bytes).unwrap_or(NonZeroU64::MIN);
        let mut planner = ChunkPlanner::resume(plan.delimiter.into(), chunk_bytes, cursor);
        let reader = self
            .objects
            .reader(&plan.object_key, &plan.etag, plan.version_id.as_deref());
        let mut read_bytes = 0;
        let next = cursor.position.offset + read.len() as u64;
        let pieces = reader.read_ahead(next..plan.file_bytes);
        let mut bytes = futures::stream::iter([Ok(read)]).chain(pieces);
        while let Some(piece) = bytes.next().await {
            let piece = match piece {
                Ok(piece) => piece,
                Err(ObjectError::Changed) => {
                    let reason = ObjectError::Changed.to_string();
                    self.tasks.stop(&plan.task, &reason).await?;
                    return Ok(outlet.refuse(reason));
                }
                Err(error) => return Err(error.into()),
            };
            read_bytes += piece.len() as u64;
            planner.feed(&piece, &mut outlet.planned);
            if let Some(search) = search.as_deref_mut()
                && let Err(error) = search.feed(&piece)
            {
                return Ok(outlet.refuse(error.to_string()));
            }
            if let Some(reason) = outlet.too_many_rows() {
                return Ok(outlet.refuse(reason));
            }
            if let Some(reason) = self.told_to_stop(plan, outlet).await? {
                return Ok(outlet.refuse(reason));
            }
            // A leg that has not closed a chunk goes on a little: the next one would begin where
            // this one did.
            let margin = if planner.cursor() == cursor {
                LAST_MARGIN
            } else {
                MARGIN
            };
            if read_bytes > 0 && deadline.is_within(margin) {
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
                outlet.planned.extend(last);
                LegEnd::EndOfFile
            }
            Err(unclosed) => LegEnd::Broken(format!(
                "{unclosed}; the rows from row {rest} on were not imported"
            )),
        };
        if let Some(search) = search
            && let Err(error) = search.finish()
        {
            return Ok(outlet.refuse(error.to_string()));
        }
        Ok(match outlet.too_many_rows() {
            Some(reason) => outlet.refuse(reason),
            None => end,
        })
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
        })
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

/// What a leg plans.
struct Outlet {
    planned: Vec<Chunk>,
    /// Rows of the chunks of earlier legs.
    rows: u64,
    limits: Limits,
    /// Chunks that an earlier run has done, and that are not sent again.
    done: HashSet<u32>,
    /// When the task was last looked at.
    looked: Instant,
}

impl Outlet {
    /// Why a file with so many rows is not imported, if it has too many.
    fn too_many_rows(&self) -> Option<String> {
        let planned = self.planned.iter().map(|chunk| chunk.records);
        self.limits.refuse_rows(self.rows + planned.sum::<u64>())
    }

    /// Ends a leg of a file that is not imported.
    fn refuse(&mut self, reason: String) -> LegEnd {
        self.planned.clear();
        LegEnd::Refused(reason)
    }
}
