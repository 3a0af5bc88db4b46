//! Claims on the unique values of rows: taken before the row is stored, given back if it is not.

use sluice_aws::{BATCH, Expected, Row, WriteError};

use super::Store;
use super::put::Put;
use crate::sink::pending::Pending;
use crate::sink::writes::{Outcome, Taken};

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
            wanted.extend(claims.map(|(field, claim)| (index, field, claim)));
        }
        let mut taken: Vec<Vec<Taken>> = vec![Vec::new(); batch.len()];
        let mut refused: Vec<Option<String>> = vec![None; batch.len()];
        for wanted in wanted.chunks(BATCH) {
            let claims: Vec<&Row> = wanted.iter().map(|(_, _, claim)| claim).collect();
            for ((index, field, claim), put) in wanted.iter().zip(self.take(&claims).await?) {
                match put {
                    Put::Stored => batch[*index].claims.push((*field, claim.clone())),
                    // What the stored row with its key has, the row may have.
                    Put::Unexpected => {}
                    Put::Taken(by_row) => taken[*index].push((*field, by_row)),
                    Put::Refused(code) => refused[*index] = Some(code),
                }
            }
        }
        let refusals = refused.into_iter().zip(taken).map(|bars| match bars {
            (Some(code), _) => Some(Outcome::Refused(code)),
            (None, taken) if taken.is_empty() => None,
            (None, taken) => Some(Outcome::Taken(taken)),
        });
        Ok(refusals.collect())
    }

    /// A row that may replace the stored one takes its claims over, so that nobody frees them who
    /// has seen it give them up before.
    async fn take(&self, claims: &[&Row]) -> Result<Vec<Put>, WriteError> {
        if self.overwrites() {
            self.put(claims, Expected::OfSameRow, &self.claims).await
        } else {
            self.insert(claims).await
        }
    }

    /// Gives back what rows claimed that are not stored: to the rows that are stored under their keys
    /// and have these values, or to nobody.
    pub(crate) async fn release(
        &self,
        batch: &[Pending],
        outcomes: &[Outcome],
    ) -> Result<(), WriteError> {
        let is_out = |outcome: &Outcome| matches!(outcome, Outcome::Taken(_) | Outcome::Refused(_));
        let out: Vec<&Pending> = batch
            .iter()
            .zip(outcomes)
            .filter_map(|(pending, outcome)| is_out(outcome).then_some(pending))
            .filter(|pending| !pending.claims.is_empty())
            .collect();
        if out.is_empty() {
            return Ok(());
        }
        let rows: Vec<&Row> = out.iter().map(|pending| &pending.row).collect();
        let stored = self.writer.stored(self.table, self.definition, &rows);
        let (mut back, mut gone) = (Vec::new(), Vec::new());
        for (pending, stored) in out.into_iter().zip(stored.await?) {
            for (_, claim) in &pending.claims {
                match stored.as_ref().filter(|row| row.has_value_of(claim)) {
                    Some(stored) => back.push((claim, stored.origin())),
                    None => gone.push(claim),
                }
            }
        }
        for claims in back.chunks(BATCH) {
            self.writer.give_back(self.table, claims).await?;
        }
        for claims in gone.chunks(BATCH) {
            self.writer.delete(self.table, claims).await?;
        }
        Ok(())
    }
}
