//! Claims on the unique values of rows: taken before the row is stored, given back if it is not.

use sluice_aws::{BATCH, Expected, Replaced, Row, WriteError};

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
    /// and have these values, or to nobody. What became of the rows, with the rows of the file that
    /// were met so.
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
        let mut out: Vec<(&Pending, &mut Outcome)> = out.collect();
        if out.is_empty() {
            return Ok(outcomes);
        }
        let rows: Vec<&Row> = out.iter().map(|(pending, _)| &pending.row).collect();
        let stored = self.writer.stored(self.table, self.definition, &rows);
        let (mut back, mut gone) = (Vec::new(), Vec::new());
        for ((pending, outcome), stored) in out.iter_mut().zip(stored.await?) {
            let origin = stored.as_ref().and_then(Replaced::origin);
            let met = origin.filter(|origin| origin.task_id == self.task_id);
            let is_kept = match (outcome, met) {
                // What is stored is not settled, and the values may be of the row before it.
                (Outcome::Taken(fields), Some(met)) if self.overwrites() => {
                    if !fields.iter().any(|(field, _)| *field == 0) {
                        fields.push((0, Some(met.row)));
                    }
                    true
                }
                _ => false,
            };
            for (_, claim) in &pending.claims {
                if stored.as_ref().is_some_and(|row| row.has_value_of(claim)) {
                    back.push((claim, origin));
                } else if !is_kept {
                    gone.push(claim);
                }
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
}
