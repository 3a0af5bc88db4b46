//! Running a chunk of a reconciliation. It only reads, but for sums that are wrong, which it makes anew: that may be
//! done any number of times, so a chunk that comes again finds fewer differences and is right, too.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures::{StreamExt as _, TryStreamExt as _};
use sluice_aws::{RowReader, Settings, SumError, Sums};
use sluice_basics::ids::StationId;
use sluice_basics::rows::RowCounts;
use sluice_definition::Catalog;
use sluice_engine::{Attempt, BoxError, ChunkOutcome, RunChunk, RunError};
use sluice_lambda::Init;
use sluice_scores::{
    Days, MemberMonth, Month, MonthRange, MonthSums, ReconcileInput, ReconciledSegment, ScoreTables,
};
use sluice_task::message::ChunkMessage;

use crate::merge::{Entries, MergeError, SumsOfMonth};

/// Sums of which it is noted at a time that they differ: what is more is looked at again in between.
const MOST_SUSPECTS: usize = 100_000;
/// Sums that are looked at again at the same time.
const AT_ONCE: usize = 16;

/// Runs chunks of reconciliations.
#[derive(Debug)]
pub(crate) struct RunReconciliation(Reconciler);

/// Compares sums with entries, partition by partition, and makes anew what differs.
#[derive(Debug)]
pub struct Reconciler {
    tables: ScoreTables,
    entries: RowReader,
    sums: Sums,
    wait: Duration,
}

/// Why a partition could not be reconciled.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// Its entries or its sums could not be read side by side.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// A sum could not be made anew.
    #[error(transparent)]
    Sums(#[from] SumError),
    /// The time is over.
    #[error("there was no time to compare all entries of the segment")]
    OutOfTime,
}

impl ReconcileError {
    /// Returns it as the error of a chunk.
    pub fn into_run_error(self) -> RunError {
        match self {
            Self::Merge(MergeError::Order) => RunError::Stop(self.to_string()),
            Self::OutOfTime
            | Self::Merge(MergeError::Points)
            | Self::Sums(SumError::TooManyDigits) => RunError::Failed {
                words: self.to_string(),
                source: self.into(),
            },
            error => RunError::ours(error),
        }
    }
}

/// One chunk being run.
struct Segment<'a> {
    of: &'a Reconciler,
    station: &'a StationId,
    until: Instant,
    found: ReconciledSegment,
    /// Sums that are not what the entries are, as far as is known.
    suspects: Vec<MemberMonth>,
}

impl RunReconciliation {
    pub(crate) fn new(init: &Init<'_>) -> Result<Self, BoxError> {
        Ok(Self(Reconciler::new(init)?))
    }
}

impl Reconciler {
    /// A reconciler. Needs `TABLE_SCORES`, `SUMS_TABLE` and `RECONCILE_WAIT_SECONDS`.
    ///
    /// # Errors
    ///
    /// Names the setting that is missing or wrong.
    pub fn new(init: &Init<'_>) -> Result<Self, BoxError> {
        let settings = Settings::new(init.lookup);
        let tables = ScoreTables::of(&Catalog::load()?)?;
        let entries = settings.required("TABLE_SCORES")?;
        let sums = settings.required("SUMS_TABLE")?;
        Ok(Self {
            sums: Sums::new(init.clients, &tables, entries.clone(), sums),
            entries: RowReader::new(init.clients, entries),
            tables,
            wait: Duration::from_secs(settings.parsed("RECONCILE_WAIT_SECONDS")?),
        })
    }

    /// Returns the sums.
    pub fn sums(&self) -> &Sums {
        &self.sums
    }

    /// Returns the definitions that scores are made of.
    pub fn tables(&self) -> &ScoreTables {
        &self.tables
    }

    /// Compares a partition's entries of some months with their sums, and makes anew what differs.
    ///
    /// # Errors
    ///
    /// If a request fails, or the time is over. Then it may be done again.
    pub async fn reconcile(
        &self,
        station: &StationId,
        partition: u32,
        months: MonthRange,
        until: Instant,
    ) -> Result<ReconciledSegment, ReconcileError> {
        let mut segment = Segment {
            of: self,
            station,
            until,
            found: ReconciledSegment::default(),
            suspects: Vec::new(),
        };
        segment.compare(partition, months).await?;
        segment.look_again().await?;
        Ok(segment.found)
    }
}

impl Segment<'_> {
    /// Compares all entries of the months with all sums.
    async fn compare(&mut self, partition: u32, months: MonthRange) -> Result<(), ReconcileError> {
        let Reconciler {
            tables,
            entries,
            sums,
            ..
        } = self.of;
        let rows = entries.partition(self.station, &tables.entries, partition, [tables.points]);
        let mut entries = Entries::new(rows, tables, partition, months);
        let of_month =
            |month| SumsOfMonth::new(month, sums.partition(self.station, partition, month));
        let mut sums: Vec<SumsOfMonth<'_>> = months.months().map(of_month).collect();
        let mut counted = entries.next_member().await?;
        loop {
            self.check_time()?;
            let mut next = counted.as_ref().map(|counted| counted.member_no.clone());
            for of_month in &mut sums {
                if let Some(member_no) = of_month.next_member().await?
                    && next.as_deref().is_none_or(|next| member_no < next)
                {
                    next = Some(member_no.to_owned());
                }
            }
            let Some(member_no) = next else { break };
            let mut theirs = match counted.take_if(|counted| counted.member_no == member_no) {
                Some(theirs) => {
                    counted = entries.next_member().await?;
                    theirs.months
                }
                None => BTreeMap::new(),
            };
            for of_month in &mut sums {
                let kept = of_month.take(&member_no)?.unwrap_or_default();
                let read = theirs.remove(&of_month.month).unwrap_or_default();
                self.note(&member_no, of_month.month, &read, &kept);
            }
            if self.suspects.len() >= MOST_SUSPECTS {
                self.look_again().await?;
            }
        }
        self.found.misplaced = entries.misplaced;
        Ok(())
    }

    fn note(&mut self, member_no: &str, month: Month, read: &MonthSums, kept: &MonthSums) {
        let of = MemberMonth {
            member_no: member_no.to_owned(),
            month,
        };
        if read == kept {
            self.found.take(&of, read, kept);
        } else {
            self.suspects.push(of);
        }
    }

    /// Looks again at sums that differed, after a while. Those that still differ are differences, and made anew.
    async fn look_again(&mut self) -> Result<(), ReconcileError> {
        if self.suspects.is_empty() {
            return Ok(());
        }
        if Instant::now() + self.of.wait >= self.until {
            return Err(ReconcileError::OutOfTime);
        }
        tokio::time::sleep(self.of.wait).await;
        let suspects = std::mem::take(&mut self.suspects);
        let looks = suspects.into_iter().map(|of| self.look(of));
        let looked: Vec<_> = futures::stream::iter(looks)
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        for (of, read, kept) in looked {
            self.found.take(&of, &read, &kept);
        }
        Ok(())
    }

    async fn look(
        &self,
        of: MemberMonth,
    ) -> Result<(MemberMonth, MonthSums, MonthSums), ReconcileError> {
        self.check_time()?;
        let (sums, month) = (&self.of.sums, of.month);
        let one = MonthRange {
            from: month,
            to: month,
        };
        let read = sums.count(self.station, &of).await?;
        let kept = sums.of_member(self.station, &of.member_no, one).await?;
        let kept = { kept }.remove(&month).unwrap_or_default();
        if read != kept {
            sums.recount(self.station, &of, &Days::All).await?;
        }
        Ok((of, read, kept))
    }

    fn check_time(&self) -> Result<(), ReconcileError> {
        if Instant::now() < self.until {
            Ok(())
        } else {
            Err(ReconcileError::OutOfTime)
        }
    }
}

#[async_trait]
impl RunChunk for RunReconciliation {
    async fn run_chunk(
        &self,
        message: &ChunkMessage,
        attempt: Attempt<'_>,
    ) -> Result<ChunkOutcome, RunError> {
        let input: ReconcileInput = message.plan.read().map_err(RunError::ours)?;
        let station = &message.plan.task.station_id;
        let reconciled =
            Box::pin(
                self.0
                    .reconcile(station, message.chunk.number, input.months, attempt.until),
            );
        let found = reconciled.await.map_err(ReconcileError::into_run_error)?;
        let rows = RowCounts {
            read: found.entries_read,
            succeeded: found.entries_read,
            ..RowCounts::default()
        };
        ChunkOutcome::done(message, rows, &found)
    }
}
