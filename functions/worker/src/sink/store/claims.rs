//! Claims on the unique values of rows: taken before the row is stored, given back if it is not.

use std::collections::BTreeSet;

use sluice_aws::{BATCH, Expected, Replaced, Row, WriteError};
use sluice_core::origin::Origin;

use super::put::Put;
use super::{Finding, Store};
use crate::sink::pending::{Claim, Pending, Source};
use crate::sink::writes::{Outcome, Taken};

/// What bars a row.
#[derive(Clone, Debug, Default)]
struct Bars {
    taken: Vec<Taken>,
    refused: Option<String>,
}

impl Bars {
    fn outcome(self) -> Option<Outcome> {
        match self.refused {
            Some(code) => Some(Outcome::Refused(code)),
            None => (!self.taken.is_empty()).then_some(Outcome::Taken(self.taken)),
        }
    }

    fn is_empty(&self) -> bool {
        self.taken.is_empty() && self.refused.is_none()
    }
}

/// What is to become of a claim whose row is not stored.
enum Release {
    /// Another row is stored that has the value.
    To(Option<Origin>),
    /// It is not known yet whether one has.
    Keep,
    Delete,
}

impl Store<'_> {
    /// Claims the unique values of rows. What bars each of them, if anything does. Of its claims a
    /// row keeps those that bear its stamp.
    pub(super) async fn claim(
        &self,
        batch: &mut [Pending],
    ) -> Result<Vec<Option<Outcome>>, WriteError> {
        let mut wanted = Vec::new();
        for (index, pending) in batch.iter_mut().enumerate() {
            let claims = std::mem::take(&mut pending.claims).into_iter();
            wanted.extend(claims.map(|claim| (index, claim)));
        }
        let mut bars = vec![Bars::default(); batch.len()];
        if self.overwrites() {
            self.take(wanted, Some(&self.claims), batch, &mut bars)
                .await?;
        } else {
            let held = self.take(wanted, None, batch, &mut bars).await?;
            let left = self.left(held, batch, &mut bars).await?;
            let are_there = Finding::of(true);
            self.take(left, Some(&are_there), batch, &mut bars).await?;
        }
        Ok(bars.into_iter().map(Bars::outcome).collect())
    }

    /// Takes claims. With a `finding` those that a row with the same key has are taken over, so that
    /// nobody frees them who has seen it give them up before; without one they are returned.
    async fn take(
        &self,
        wanted: Vec<(usize, Claim)>,
        finding: Option<&Finding>,
        batch: &mut [Pending],
        bars: &mut [Bars],
    ) -> Result<Vec<(usize, Claim)>, WriteError> {
        let mut held = Vec::new();
        for wanted in wanted.chunks(BATCH) {
            let items: Vec<&Row> = wanted.iter().map(|(_, claim)| &claim.item).collect();
            let puts = match finding {
                Some(finding) => self.put(&items, Expected::OfSameRow, finding).await?,
                None => self.insert(&items).await?,
            };
            for ((index, claim), put) in wanted.iter().zip(puts) {
                let claim = claim.clone();
                let claims = &mut batch[*index].claims;
                let from = |source| Claim {
                    source,
                    ..claim.clone()
                };
                match put {
                    Put::Stored => claims.push(from(Source::Made)),
                    Put::Replaced => claims.push(from(Source::TakenOver)),
                    Put::Already => claims.push(from(Source::Earlier)),
                    Put::Unexpected => held.push((*index, claim)),
                    Put::Taken(by_row) => bars[*index].taken.push((claim.field, by_row)),
                    Put::Refused(code) => bars[*index].refused = Some(code),
                }
            }
        }
        Ok(held)
    }

    /// Of claims that rows with the same keys have, those whose rows are not stored: whoever made them
    /// may be about to give them back. Rows that are stored stay, and bar the ones that come.
    async fn left(
        &self,
        held: Vec<(usize, Claim)>,
        batch: &[Pending],
        bars: &mut [Bars],
    ) -> Result<Vec<(usize, Claim)>, WriteError> {
        let rows: BTreeSet<usize> = held.iter().map(|(index, _)| *index).collect();
        let rows: Vec<usize> = rows
            .into_iter()
            .filter(|&row| bars[row].is_empty())
            .collect();
        let keys: Vec<&Row> = rows.iter().map(|&row| &batch[row].row).collect();
        let holders = self.writer.holders(self.table, &keys).await?;
        let mut are_left = BTreeSet::new();
        for (row, holder) in rows.into_iter().zip(holders) {
            // An earlier try may have stored the row itself.
            let own = Some(batch[row].row.origin);
            match holder.filter(|holder| holder.origin != own) {
                Some(holder) => bars[row].taken.push((0, self.row_of(&holder))),
                None => {
                    are_left.insert(row);
                }
            }
        }
        let left = held.into_iter().filter(|(row, _)| are_left.contains(row));
        Ok(left.collect())
    }

    /// Gives back what rows claimed that are not stored. What became of the rows, with the rows of the
    /// file that were met so.
    pub(crate) async fn release(
        &self,
        batch: &[Pending],
        mut outcomes: Vec<Outcome>,
    ) -> Result<Vec<Outcome>, WriteError> {
        let out = batch
            .iter()
            .zip(&mut outcomes)
            .filter(|(pending, outcome)| {
                let is_out = matches!(outcome, Outcome::Taken(_) | Outcome::Refused(_));
                is_out && !pending.claims.is_empty()
            });
        let out: Vec<(&Pending, &mut Outcome)> = out.collect();
        if out.is_empty() {
            return Ok(outcomes);
        }
        let rows: Vec<&Row> = out.iter().map(|(pending, _)| &pending.row).collect();
        let stored = self.writer.stored(self.table, self.definition, &rows);
        let (mut back, mut gone) = (Vec::new(), Vec::new());
        for ((pending, outcome), stored) in out.into_iter().zip(stored.await?) {
            let stored = stored.as_ref();
            let mut is_kept = false;
            for claim in &pending.claims {
                match self.released(claim, stored, outcome) {
                    Release::To(origin) => back.push((&claim.item, origin)),
                    Release::Keep => is_kept = true,
                    Release::Delete => gone.push(&claim.item),
                }
            }
            // The finisher sees to what was kept.
            let met = stored.and_then(|stored| self.own_row(stored));
            if let (Outcome::Taken(fields), Some(met), true) = (outcome, met, is_kept)
                && fields.iter().all(|(field, _)| *field != 0)
            {
                fields.push((0, Some(met)));
            }
        }
        for claims in back.chunks(BATCH) {
            self.writer.give_back(self.table, claims).await?;
        }
        for claims in gone.chunks(BATCH) {
            self.writer.delete(self.table, claims).await?;
        }
        Ok(outcomes)
    }

    fn released(&self, claim: &Claim, stored: Option<&Replaced>, outcome: &Outcome) -> Release {
        let is_met = self.overwrites() && stored.is_some_and(|row| self.own_row(row).is_some());
        match stored {
            Some(row) if row.has_value_of(&claim.item) => Release::To(row.origin()),
            // Which of the rows of the file stays is not settled, nor whether the one before them
            // comes back.
            _ if is_met && claim.source != Source::Made && matches!(outcome, Outcome::Taken(_)) => {
                Release::Keep
            }
            // Another import may be about to store it.
            _ if claim.source == Source::TakenOver => Release::To(None),
            _ => Release::Delete,
        }
    }

    /// The row of the same file that is stored, if it is one.
    fn own_row(&self, stored: &Replaced) -> Option<u64> {
        let origin = stored.origin()?;
        (origin.task_id == self.task_id).then_some(origin.row)
    }
}
