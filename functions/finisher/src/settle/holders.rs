//! Who holds what claimants want, and which of that bars them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sluice_aws::{Holder, Row};
use sluice_core::import::OnDuplicate;

use super::Settling;
use super::claimants::Claimant;
use crate::FinishError;

/// Who holds a field of a row; rows that want the same have the same holder.
pub(super) type Holders = HashMap<(u64, usize), Holder>;

impl Settling<'_> {
    /// Reads who holds what claimants want. A row of the file that does, and that no worker has
    /// seen meet any of them, becomes a claimant.
    pub(super) async fn holders(
        &self,
        claimants: &mut BTreeMap<u64, Claimant>,
    ) -> Result<Holders, FinishError> {
        let mut holders = Holders::new();
        let mut fresh: BTreeSet<u64> = claimants.keys().copied().collect();
        while !fresh.is_empty() {
            let mut wanted: Vec<((u64, usize), &Row)> = Vec::new();
            for row in &fresh {
                let Some(claimant) = claimants.get(row) else {
                    continue;
                };
                wanted.push(((*row, 0), &claimant.row));
                let claims = claimant.claims.iter();
                wanted.extend(claims.map(|(field, claim)| ((*row, *field), claim)));
            }
            let mut met = BTreeSet::new();
            let rows: Vec<&Row> = wanted.iter().map(|(_, row)| *row).collect();
            let found = self.writer.holders(self.table, &rows).await?;
            for ((place, _), holder) in wanted.into_iter().zip(found) {
                if let Some(holder) = holder {
                    met.extend(self.row_of(&holder));
                    holders.insert(place, holder);
                }
            }
            met.retain(|row| !claimants.contains_key(row));
            let more = self.claimants(&met, &BTreeSet::new()).await?;
            fresh = more.keys().copied().collect();
            claimants.extend(more);
        }
        Ok(holders)
    }

    /// The fields of a claimant that rows of others hold. As a worker sees it: the key counts only
    /// where nothing else bars the row, and where stored rows stay.
    pub(super) fn barred(&self, claimant: &Claimant, holders: &Holders) -> Vec<usize> {
        let row = claimant.row.origin.row;
        let key = claimant.row.key();
        let mut barred: Vec<usize> = Vec::new();
        for (field, value) in &claimant.wants[1..] {
            let holder = holders.get(&(row, *field));
            let is_others = holder.is_some_and(|holder| {
                self.is_foreign(holder) && holder.claim_key.as_deref() != Some(key)
            });
            if is_others || self.is_given_up(*field, value, key) {
                barred.push(*field);
            }
        }
        let holder = holders.get(&(row, 0));
        let is_stored = holder.is_some_and(|holder| self.row_of(holder).is_none());
        let stays = self.manifest.plan.on_duplicate != OnDuplicate::Overwrite
            && !self.is_overtaken(row, holders);
        if barred.is_empty() && is_stored && stays {
            barred.push(0);
        }
        barred
    }

    /// Whether a holder is not settled here: a row of another import, or of a chunk of this one that
    /// was lost, of which nobody knows what it has stored.
    pub(super) fn is_foreign(&self, holder: &Holder) -> bool {
        let row = self.row_of(holder);
        row.is_none_or(|row| self.report_of(row).is_none())
    }

    /// Whether another import has replaced a row since its chunk stored it. Rows that are skipped are
    /// not reported, so that one may never have been stored.
    pub(super) fn is_overtaken(&self, row: u64, holders: &Holders) -> bool {
        let is_others = |holder: &Holder| self.row_of(holder).is_none();
        let plan = &self.manifest.plan;
        !plan.dry_run
            && plan.on_duplicate != OnDuplicate::Skip
            && !self.noted.contains(&row)
            && holders.get(&(row, 0)).is_some_and(is_others)
    }

    /// The row of this file that holds something, if it is one.
    pub(super) fn row_of(&self, holder: &Holder) -> Option<u64> {
        let origin = holder.origin?;
        (origin.task_id == self.manifest.plan.task.task_id).then_some(origin.row)
    }
}
