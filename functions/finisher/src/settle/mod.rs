//! Rows of one file that want the same key or the same unique value, in whatever chunks: once all
//! chunks have run, it is decided which of them are stored, and the table, the counts and the report
//! are made to agree. May run again at any point: what is decided depends on the file and on what
//! others have stored, not on how far an earlier try came.

mod apply;
mod check;
mod claimants;
mod given_up;
mod holders;
mod remembered;
mod tell;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use sluice_aws::{ObjectError, RowWriter, Tries};
use sluice_core::books::ChunkReport;
use sluice_core::contest::{Contender, Contest, Precedence, decide, groups};
use sluice_core::definition::{Definition, Target};
use sluice_core::import::OnDuplicate;
use sluice_core::manifest::Manifest;
use sluice_core::object_key;
use sluice_core::station::StationConfig;

use crate::{FinishError, Finisher};
use claimants::Claimant;
use remembered::Remembered;
pub(crate) use tell::Settlement;

/// Rows that are looked at together where keys alone are to differ.
const ROWS_AT_ONCE: usize = 50_000;
/// How often, and after how long, it is looked again whether a committed chunk is still worked on.
const LOOKS: u32 = 50;
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// How often others may be in the way before the settlement begins anew at a later time.
const ROUNDS: usize = 10;

/// The import that is settled.
struct Settling<'a> {
    finisher: &'a Finisher,
    manifest: &'a Manifest,
    reports: &'a [ChunkReport],
    definition: &'a Definition,
    table: &'a str,
    writer: RowWriter,
    config: Arc<StationConfig>,
    /// What rows have replaced.
    replaced: Remembered,
    /// Chunks that several workers had to do with, maybe at the same time.
    retried: BTreeSet<u32>,
    without_parts: bool,
    /// Rows that their chunks counted as taken.
    noted: BTreeSet<u64>,
}

impl Finisher {
    /// Settles the contests. Costs nothing when there are none, but for imports that must remember
    /// what they replace. `without_parts`: parts that cannot be read are passed over.
    pub(crate) async fn settle(
        &self,
        manifest: &Manifest,
        reports: &[ChunkReport],
        until: Instant,
        without_parts: bool,
    ) -> Result<Settlement, FinishError> {
        let plan = &manifest.plan;
        let Some(definition) = self.catalog.get(&plan.business) else {
            return Ok(Settlement::default());
        };
        let Target::Table(name) = &definition.target else {
            return Ok(Settlement::default());
        };
        let table = self.row_tables.get(name);
        let table = table.ok_or_else(|| FinishError::Table(name.clone()))?;
        let contests = if plan.dry_run {
            self.would_meet(reports).await?
        } else {
            self.met(reports).await?
        };
        let is_careful = remembers_replaced(manifest, definition);
        let retried = if definition.unique_columns().next().is_some() && !plan.dry_run {
            self.retried(manifest).await?
        } else {
            BTreeSet::new()
        };
        if contests.is_empty() && retried.is_empty() && !is_careful {
            return Ok(Settlement::default());
        }
        let mut settling = Settling {
            finisher: self,
            manifest,
            reports,
            definition,
            table,
            writer: self.writer(until),
            config: self
                .configs
                .at(&plan.task.station_id, plan.config_version)
                .await?,
            replaced: if is_careful {
                Remembered::read(self, manifest, definition).await?
            } else {
                Remembered::default()
            },
            retried,
            without_parts,
            noted: if plan.dry_run { &[][..] } else { &contests[..] }
                .iter()
                .map(|contest| contest.row)
                .collect(),
        };
        match settling.run(&contests).await {
            Err(FinishError::Object(ObjectError::Changed)) => Ok(Settlement {
                fault: Some(
                    "the file was replaced or deleted before its duplicate rows were settled"
                        .to_owned(),
                ),
                ..Settlement::default()
            }),
            settled => settled,
        }
    }

    async fn met(&self, reports: &[ChunkReport]) -> Result<Vec<Contest>, FinishError> {
        let mut contests: Vec<Contest> = Vec::new();
        for key in reports.iter().filter_map(|report| report.contests.as_ref()) {
            contests.extend(self.objects.get_json::<Vec<Contest>>(key).await?);
        }
        Ok(contests)
    }

    /// Chunks that several workers had to do with. Two that do so at the same time may take each
    /// other's claims away between claiming and storing, so all their rows are looked at, once
    /// none of them goes on.
    async fn retried(&self, manifest: &Manifest) -> Result<BTreeSet<u32>, FinishError> {
        let plan = &manifest.plan;
        for _ in 0..LOOKS {
            let tries = self.tasks.tries(&plan.task, plan.run).await?;
            let now = Timestamp::now();
            if !tries
                .values()
                .any(|one| one.may_go_on(now, self.worker_time))
            {
                let several = tries.into_values().filter(Tries::are_several);
                return Ok(several.map(|tries| tries.chunk).collect());
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Err(FinishError::Busy)
    }
}

/// Whether an import must remember what it replaces.
fn remembers_replaced(manifest: &Manifest, definition: &Definition) -> bool {
    let plan = &manifest.plan;
    plan.on_duplicate == OnDuplicate::Overwrite && definition.remembers_replaced() && !plan.dry_run
}

impl Settling<'_> {
    fn is_careful(&self) -> bool {
        remembers_replaced(self.manifest, self.definition)
    }

    async fn run(&mut self, contests: &[Contest]) -> Result<Settlement, FinishError> {
        let mut settlement = Settlement::default();
        let only_keys = self.definition.unique_columns().next().is_none();
        let mut groups = groups(contests.iter().copied());
        if only_keys && !self.manifest.plan.dry_run {
            let known: BTreeSet<Contest> = contests.iter().copied().collect();
            groups.retain(|group| !self.is_settled(group, &known));
        }
        let mut rows = self.drawn_in(only_keys).await?;
        for group in groups {
            rows.extend(group);
            // Unique values may link groups in ways that no worker has seen.
            if only_keys && rows.len() >= ROWS_AT_ONCE {
                let rows = std::mem::take(&mut rows);
                self.settle_rows(&rows, &mut settlement).await?;
            }
        }
        self.settle_rows(&rows, &mut settlement).await?;
        self.free_given_up().await?;
        Ok(settlement)
    }

    /// The settlement itself may have replaced rows.
    async fn remember_again(&mut self) -> Result<(), FinishError> {
        if self.is_careful() {
            let (finisher, manifest) = (self.finisher, self.manifest);
            self.replaced = Remembered::read(finisher, manifest, self.definition).await?;
        }
        Ok(())
    }

    /// Whether all rows of a group lost to the one that wins, and their chunks say so.
    fn is_settled(&self, group: &[u64], known: &BTreeSet<Contest>) -> bool {
        let best = match self.precedence() {
            Precedence::First => group.first(),
            Precedence::Last => group.last(),
        };
        let Some(&best) = best else { return true };
        let lost_to_best = |&row: &u64| row == best || known.contains(&Contest { row, with: best });
        !self.noted.contains(&best)
            && self.report_of(best).is_some()
            && group.iter().all(lost_to_best)
    }

    async fn settle_rows(
        &mut self,
        rows: &BTreeSet<u64>,
        settlement: &mut Settlement,
    ) -> Result<(), FinishError> {
        if rows.is_empty() && self.retried.is_empty() {
            return Ok(());
        }
        let mut claimants = self.claimants(rows, &self.retried).await?;
        let known: BTreeSet<u64> = claimants.keys().copied().collect();
        for _ in 0..ROUNDS {
            let holders = self.holders(&mut claimants).await?;
            self.note_drawn_in(&known, &claimants).await?;
            let contender = |claimant: &Claimant| Contender {
                row: claimant.row.origin.row,
                claims: claimant.wants.clone(),
                barred: self.barred(claimant, &holders),
            };
            let contenders: Vec<Contender> = claimants.values().map(contender).collect();
            let verdicts = decide(&contenders, self.precedence());
            let is_done =
                self.manifest.plan.dry_run || self.apply(&claimants, &holders, &verdicts).await?;
            self.remember_again().await?;
            if !is_done {
                continue;
            }
            for (row, verdict) in &verdicts {
                if let Some(claimant) = claimants.get(row) {
                    self.tell(claimant, verdict, settlement);
                }
            }
            return Ok(());
        }
        Err(FinishError::Contested)
    }

    /// Rows that an earlier try at this settlement drew in. It may have taken away by what they
    /// were found.
    async fn drawn_in(&self, only_keys: bool) -> Result<BTreeSet<u64>, FinishError> {
        if only_keys {
            return Ok(BTreeSet::new());
        }
        let prefix = object_key::all_drawn_in(&self.manifest.plan.task);
        let notes: Vec<Vec<u64>> = self.finisher.objects.get_all_json(&prefix).await?;
        Ok(notes.into_iter().flatten().collect())
    }

    async fn note_drawn_in(
        &self,
        known: &BTreeSet<u64>,
        claimants: &BTreeMap<u64, Claimant>,
    ) -> Result<(), FinishError> {
        let drawn_in: Vec<&u64> = claimants
            .keys()
            .filter(|row| !known.contains(row))
            .collect();
        if let Some(first) = drawn_in.first() {
            let key = object_key::drawn_in(&self.manifest.plan.task, **first);
            self.finisher.objects.put_json(&key, &drawn_in).await?;
        }
        Ok(())
    }

    fn precedence(&self) -> Precedence {
        match self.manifest.plan.on_duplicate {
            OnDuplicate::Overwrite => Precedence::Last,
            OnDuplicate::Reject | OnDuplicate::Skip => Precedence::First,
        }
    }

    /// The report of the chunk that a row lies in, if its rows were read.
    fn report_of(&self, row: u64) -> Option<&ChunkReport> {
        let chunks = &self.manifest.chunks;
        // A chunk holds the rows from its first one to that of the next chunk.
        let after = chunks.partition_point(|chunk| chunk.first_row <= row);
        let chunk = chunks.get(after.checked_sub(1)?)?;
        let report = self
            .reports
            .binary_search_by_key(&chunk.number, |report| report.chunk)
            .ok()?;
        Some(&self.reports[report]).filter(|report| report.lost.is_none())
    }
}
