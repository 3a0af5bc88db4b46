//! Unique values that replaced rows had and the rows in their place do not have. They are free for
//! other rows only once the import has ended: else it would depend on the order of chunks who gets
//! them.

use std::collections::{BTreeMap, HashMap, HashSet};

use sluice_aws::{BATCH, Holder, Replaced, Row};
use sluice_core::ids::TaskId;
use sluice_core::origin::Origin;

use super::Settling;
use crate::FinishError;

/// Tasks that are read together.
const MOST_TASKS: usize = 100;

/// A unique value that the row with a key does not have any more.
struct GivenUp {
    claim: Row,
    /// Which rows had it.
    had_by: Vec<Origin>,
}

impl Settling<'_> {
    /// Whether a row with another key than `key` had a unique value when the import began.
    pub(super) fn is_given_up(&self, field: usize, value: &str, key: &str) -> bool {
        let column = self.definition.field_name(field);
        self.replaced.others_had(column, value, key)
    }

    /// Frees the values that no row has any more. Whoever is about to store one again has put its stamp
    /// on the claim before, so that a claim is freed only while it bears the stamp that was seen.
    pub(super) async fn free_given_up(&self) -> Result<(), FinishError> {
        if !self.is_careful() || self.definition.unique_columns().next().is_none() {
            return Ok(());
        }
        let rows: Vec<&Replaced> = self.replaced.all().iter().collect();
        let given_up = self.given_up(&rows).await?;
        let claims: Vec<&Row> = given_up.values().map(|one| &one.claim).collect();
        let holders = self.writer.holders(self.table, &claims).await?;
        let at_work = self.at_work(holders.iter().flatten()).await?;
        let mut stamps: HashMap<&str, Option<Origin>> = HashMap::new();
        for ((value, one), holder) in given_up.iter().zip(holders) {
            // Another import that is at work may be about to store the value, but hardly one whose row
            // was replaced: that row was stored already.
            let is_idle =
                |origin| one.had_by.contains(&origin) || !at_work.contains(&origin.task_id);
            let is_free = |holder: &Holder| {
                holder.claim_key.as_deref() == one.claim.claim_key()
                    && holder.origin.is_none_or(is_idle)
            };
            if let Some(holder) = holder.filter(is_free) {
                stamps.insert(value, holder.origin);
            }
        }
        // An import that has ended meanwhile may have stored the value again.
        let keys: HashSet<_> = claims.iter().map(|claim| claim.claim_key()).collect();
        let has_given_up = |row: &&Replaced| keys.contains(&Some(row.key.as_str()));
        let rows: Vec<&Replaced> = rows.into_iter().filter(has_given_up).collect();
        let still = self.given_up(&rows).await?;
        let free: Vec<(&Row, Option<Origin>)> = still
            .iter()
            .filter_map(|(value, one)| Some((&one.claim, *stamps.get(value.as_str())?)))
            .collect();
        for batch in free.chunks(BATCH) {
            self.writer.free(self.table, batch).await?;
        }
        Ok(())
    }

    /// The values that replaced rows had and that are not stored under their keys now, by the keys of
    /// their claims.
    async fn given_up(
        &self,
        replaced: &[&Replaced],
    ) -> Result<BTreeMap<String, GivenUp>, FinishError> {
        let task = &self.manifest.plan.task;
        let origin = Origin {
            task_id: task.task_id,
            row: 0,
        };
        let place = |replaced: &&Replaced| Row::at(&replaced.pk, &replaced.key, origin);
        let places: Vec<Row> = replaced.iter().map(place).collect();
        let places: Vec<&Row> = places.iter().collect();
        let stored = self.writer.stored(self.table, self.definition, &places);
        let mut given_up: BTreeMap<String, GivenUp> = BTreeMap::new();
        for (replaced, now) in replaced.iter().zip(stored.await?) {
            for index in self.definition.unique_columns() {
                let column = &self.definition.columns[index].name;
                let Some(value) = replaced.text(column) else {
                    continue;
                };
                let claim = Row::claim(&task.station_id, column, value, &replaced.key, origin);
                if now.as_ref().is_some_and(|now| now.has_value_of(&claim)) {
                    continue;
                }
                let one = given_up.entry(claim.key().to_owned());
                let one = one.or_insert_with(|| GivenUp {
                    claim,
                    had_by: Vec::new(),
                });
                one.had_by.extend(replaced.origin());
            }
        }
        Ok(given_up)
    }

    /// Those of the imports whose stamps are on claims that may be at work, but for this one.
    async fn at_work(
        &self,
        holders: impl Iterator<Item = &Holder>,
    ) -> Result<HashSet<TaskId>, FinishError> {
        let own = &self.manifest.plan.task;
        let task_ids = holders.filter_map(|holder| Some(holder.origin?.task_id));
        let others: HashSet<TaskId> = task_ids.filter(|id| *id != own.task_id).collect();
        let others: Vec<TaskId> = others.into_iter().collect();
        let mut at_work = HashSet::new();
        for task_ids in others.chunks(MOST_TASKS) {
            let tasks = self.finisher.tasks.get_many(&own.station_id, task_ids);
            let running = tasks.await?.into_iter();
            let running = running.filter(|task| !task.status.has_ended());
            at_work.extend(running.map(|task| task.task_id));
        }
        Ok(at_work)
    }
}
