//! Rows that wait for the end of their import, because others of the file want the same, or because a row of
//! the file may give up what they want: when all chunks are committed, it is decided which of them are
//! stored. It may begin anew at any point: rows that are stored stay, and are known by the journal.

mod apply;
mod deferred;
mod look_up;
mod tell;
mod tries;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use sluice_aws::{Journal, RowWriter, UniqueTable};
use sluice_definition::OnDuplicate;
use sluice_definition::{Definition, RowChecker, Target};
use sluice_import::conflict::{Contender, Held, Precedence, Rule, Verdict, WantHasher, decide};
use sluice_task::books::ChunkReport;

use crate::finish::{FinishError, FinishImport, ImportManifest};
pub(crate) use tell::Settlement;
use tries::TriedChunk;

/// How often others may be in the way before it is decided anew at a later time.
const ROUNDS: usize = 20;
/// After so many looks at the rows that would win, all rows are looked at.
const LOOKS: usize = 4;

/// The import whose rows are decided on.
struct Settling<'a> {
    finisher: &'a FinishImport,
    manifest: &'a ImportManifest,
    reports: &'a [ChunkReport],
    definition: &'a Definition,
    checker: Arc<RowChecker<'a>>,
    hasher: WantHasher,
    writer: RowWriter,
    table: UniqueTable<'a>,
    journal: Journal,
    /// The deferred rows in the order of the file.
    contenders: Vec<Contender>,
    /// Who holds what they want, as far as they were looked at.
    held: Held,
    /// Which of them that is.
    looked_at: Vec<bool>,
    /// The sequence of objects with what rows replace, in this round.
    sequence: u32,
    /// Rows that are refused whatever the others are, by their places in `contenders`.
    refused: BTreeMap<usize, Vec<usize>>,
}

impl FinishImport {
    /// Decides on the rows that were deferred, and stores those that win. Costs nothing where there are none.
    pub(crate) async fn settle(
        &self,
        manifest: &ImportManifest,
        reports: &[ChunkReport],
        until: Instant,
    ) -> Result<Settlement, FinishError> {
        let plan = &manifest.plan;
        let Some(definition) = self.catalog.get(&plan.business) else {
            return Ok(Settlement::default());
        };
        let Target::Table(name) = &definition.target else {
            return Ok(Settlement::default());
        };
        let is_unique = definition.unique_columns().next().is_some();
        let twice_tried = if is_unique && !plan.dry_run {
            self.tried_several_times(manifest, reports).await?
        } else {
            Vec::new()
        };
        if twice_tried.is_empty() && reports.iter().all(|report| report.deferred.is_none()) {
            return Ok(Settlement::default());
        }
        let table = self.row_tables.get(name);
        let table = table.ok_or_else(|| FinishError::Table(name.clone()))?;
        let station = &plan.task.station_id;
        let config = self.configs.at(station, plan.config_version).await?;
        let checker = plan.checker(definition, &config)?;
        let journal = self.tasks.journal(&plan.task, None);
        let mut settling = Settling {
            finisher: self,
            manifest,
            reports,
            definition,
            checker: Arc::new(checker),
            hasher: WantHasher::new(plan.task.task_id),
            writer: self.writer(until),
            table: UniqueTable::new(table, station, definition, journal.clone()),
            journal,
            contenders: Vec::new(),
            held: Held::new(),
            looked_at: Vec::new(),
            sequence: 0,
            refused: BTreeMap::new(),
        };
        settling.read_contenders().await?;
        settling.looked_at = vec![false; settling.contenders.len()];
        if plan.undoable && !settling.contenders.is_empty() {
            settling.sequence = settling.images().next_sequence().await?;
        }
        if !plan.dry_run && !settling.contenders.is_empty() {
            settling.note_stored(&twice_tried).await?;
        }
        let verdicts = settling.run().await?;
        let mut settlement = settling.tell(verdicts);
        for chunk in &twice_tried {
            settlement.add(chunk, plan.on_duplicate);
        }
        Ok(settlement)
    }
}

impl Settling<'_> {
    fn rule(&self) -> Rule {
        match self.manifest.plan.on_duplicate {
            OnDuplicate::Overwrite => Rule {
                precedence: Precedence::Last,
                overwrites: true,
            },
            OnDuplicate::Reject | OnDuplicate::Skip => Rule {
                precedence: Precedence::First,
                overwrites: false,
            },
        }
    }

    /// Notes which rows are stored, by the journal and by tries at chunks. Whether any was not known to be.
    async fn note_stored(&mut self, tries: &[TriedChunk]) -> Result<bool, FinishError> {
        let mut stored = self.finisher.tasks.journaled(&self.journal).await?;
        stored.extend(tries.iter().flat_map(|chunk| &chunk.stored));
        let mut is_news = false;
        for contender in &mut self.contenders {
            is_news |= !contender.is_stored && stored.contains(&contender.row);
            contender.is_stored |= stored.contains(&contender.row);
        }
        Ok(is_news)
    }

    /// Decides, and stores who wins. Whoever is stored stays; on the others it is decided anew as long as
    /// other imports change what was read.
    async fn run(&mut self) -> Result<Vec<Verdict>, FinishError> {
        if self.reports.iter().any(|report| report.lost.is_some()) {
            // A retry decides, when all chunks are done.
            let verdict = |contender: &Contender| {
                if contender.is_stored {
                    Verdict::Wins
                } else {
                    Verdict::Undecided
                }
            };
            return Ok(self.contenders.iter().map(verdict).collect());
        }
        for _ in 0..ROUNDS {
            let verdicts = self.decide().await?;
            if self.manifest.plan.dry_run {
                return Ok(verdicts);
            }
            // What was read may be what others made of rows that another finisher has stored meanwhile.
            let is_news = self.note_stored(&[]).await?;
            if !is_news && self.apply(&verdicts).await? {
                return Ok(verdicts);
            }
            self.sequence += 1;
            self.held.clear();
            self.looked_at.fill(false);
        }
        Err(FinishError::Contested)
    }

    /// Decides on what is stored now. Only rows that would win are looked up.
    async fn decide(&mut self) -> Result<Vec<Verdict>, FinishError> {
        for look in 0.. {
            let verdicts = decide(&self.contenders, self.rule(), &self.held, &self.refused);
            let wins = |index: usize| verdicts[index] == Verdict::Wins;
            let is_open = |index: usize| {
                !self.contenders[index].is_stored
                    && !self.looked_at[index]
                    && (look >= LOOKS || wins(index))
            };
            let open: Vec<bool> = (0..self.contenders.len()).map(is_open).collect();
            if !(0..open.len()).any(|index| open[index] && wins(index)) {
                return Ok(verdicts);
            }
            self.look_up(open).await?;
        }
        Err(FinishError::Contested)
    }
}
