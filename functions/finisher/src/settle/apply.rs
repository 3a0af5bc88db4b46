//! Making the table agree with what was decided. Every write is conditional on who holds the item,
//! so that doing it twice, or half of it, does no harm; rows that must go, go first, so that at no
//! moment two rows have the same value.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use sluice_aws::{BATCH, Expected, Inserted, Replaced, Row, Updated};
use sluice_core::contest::Verdict;
use sluice_core::object_key;
use sluice_core::origin::Origin;

use super::Settling;
use super::claimants::Claimant;
use super::holders::Holders;
use crate::FinishError;

/// The writes that are to be made.
#[derive(Default)]
struct Writes<'a> {
    restored: Vec<(&'a Replaced, Origin)>,
    deleted: Vec<Row>,
    inserted: Vec<&'a Row>,
    updated: Vec<(&'a Row, Expected)>,
}

impl Settling<'_> {
    /// Stores who wins and takes away who does not. False if others were in the way: then it is to
    /// be decided anew.
    pub(super) async fn apply(
        &self,
        claimants: &BTreeMap<u64, Claimant>,
        holders: &Holders,
        verdicts: &BTreeMap<u64, Verdict>,
    ) -> Result<bool, FinishError> {
        let wins = |row: u64| verdicts.get(&row) == Some(&Verdict::Wins);
        let mut winners: HashMap<(usize, &str), &Claimant> = HashMap::new();
        for claimant in claimants.values().filter(|one| wins(one.row.origin.row)) {
            let wants = claimant.wants.iter();
            winners.extend(wants.map(|(field, value)| ((*field, value.as_str()), claimant)));
        }
        // First the rows that must go, and the claims, then the rows that come.
        let mut claims = Writes::default();
        let mut rows = Writes::default();
        for (&number, claimant) in claimants {
            if wins(number) && self.is_overtaken(number, holders) {
                continue;
            }
            let key = claimant.row.key();
            let winner = winners.get(&(0, key)).copied();
            let replaced = self.replaced.get(key);
            self.change_row(claimant, winner, holders, &mut claims, &mut rows);
            for ((field, value), (_, claim)) in claimant.wants[1..].iter().zip(&claimant.claims) {
                let winner = winners.get(&(*field, value.as_str()));
                let winner = winner.map(|winner| winner.row.origin.row);
                let holder = holders.get(&(number, *field));
                match (holder, winner) {
                    (None, Some(winner)) if winner == number => claims.inserted.push(claim),
                    (Some(holder), Some(winner))
                        if winner == number && self.row_of(holder) != Some(number) =>
                    {
                        let expected = Expected::Stamped(holder.origin);
                        claims.updated.push((claim, expected));
                    }
                    // What the row had that is put back, it has again, or gives up in the end.
                    (Some(holder), None)
                        if self.row_of(holder) == Some(number)
                            && !replaced.is_some_and(|row| row.has_value_of(claim)) =>
                    {
                        claims.deleted.push(claim.clone());
                    }
                    _ => {}
                }
            }
        }
        Ok(self.write(claims).await? && self.write(rows).await?)
    }

    /// What is to be done at the key of a claimant.
    fn change_row<'a>(
        &'a self,
        claimant: &'a Claimant,
        winner: Option<&Claimant>,
        holders: &Holders,
        before: &mut Writes<'a>,
        rows: &mut Writes<'a>,
    ) {
        let number = claimant.row.origin.row;
        let holder = holders.get(&(number, 0));
        let held_by = holder.and_then(|holder| self.row_of(holder));
        let wins = winner.is_some_and(|winner| winner.row.origin.row == number);
        let replaced = self.replaced.get(claimant.row.key());
        let remembers = self.is_careful();
        if held_by == Some(number) && !wins {
            match replaced {
                Some(replaced) => before.restored.push((replaced, claimant.row.origin)),
                // A winner takes its place below.
                None if winner.is_some() && !remembers => {}
                None => before.deleted.push(claimant.row.clone()),
            }
        }
        if !wins || held_by == Some(number) {
            return;
        }
        let expected = match (holder, held_by) {
            (None, _) => None,
            (Some(holder), Some(_)) if remembers && !self.is_foreign(holder) => {
                replaced.map(|replaced| Expected::Stamped(replaced.origin()))
            }
            (Some(holder), _) => Some(Expected::Stamped(holder.origin)),
        };
        match expected {
            None => rows.inserted.push(&claimant.row),
            Some(expected) => rows.updated.push((&claimant.row, expected)),
        }
    }

    async fn write(&self, writes: Writes<'_>) -> Result<bool, FinishError> {
        let (table, definition) = (self.table, self.definition);
        for batch in writes.restored.chunks(BATCH) {
            self.writer.restore(table, definition, batch).await?;
        }
        for batch in writes.deleted.chunks(BATCH) {
            let batch: Vec<&Row> = batch.iter().collect();
            self.writer.delete(table, &batch).await?;
        }
        let mut is_done = true;
        for batch in writes.updated.chunks(BATCH) {
            self.remember(batch).await?;
            for updated in self.writer.update(table, batch).await? {
                match updated {
                    Updated::Stored | Updated::Already => {}
                    Updated::Absent | Updated::Other(_) => is_done = false,
                    Updated::Refused(code) => return Err(FinishError::Refused(code)),
                }
            }
        }
        for batch in writes.inserted.chunks(BATCH) {
            for inserted in self.writer.insert(table, batch).await? {
                match inserted {
                    Inserted::Stored | Inserted::Already => {}
                    Inserted::Taken(_) => is_done = false,
                    Inserted::Refused(code) => return Err(FinishError::Refused(code)),
                }
            }
        }
        Ok(is_done)
    }

    /// Writes down what rows are about to replace, if it must be remembered and is not yet.
    async fn remember(&self, rows: &[(&Row, Expected)]) -> Result<(), FinishError> {
        let is_new = |(row, expected): &&(&Row, Expected)| {
            let Expected::Stamped(origin) = expected else {
                return false;
            };
            let known = self.replaced.get(row.key());
            row.claim_key().is_none() && known.is_none_or(|known| known.origin() != *origin)
        };
        let rows: Vec<&Row> = rows.iter().filter(is_new).map(|(row, _)| *row).collect();
        let Some(first) = rows.first().filter(|_| self.is_careful()) else {
            return Ok(());
        };
        let stored = self.writer.stored(self.table, self.definition, &rows);
        let note: Vec<Replaced> = stored.await?.into_iter().flatten().collect();
        let task = &self.manifest.plan.task;
        let attempt = format!("settled-{}", first.origin.row);
        let key = object_key::replaced(task, Timestamp::now(), &attempt);
        self.finisher.objects.put_json(&key, &note).await?;
        Ok(())
    }
}
