//! Who holds what deferred rows want.

use sluice_basics::origin::Origin;
use sluice_import::conflict::Want;

use super::Settling;
use super::deferred::DeferredRow;
use crate::finish::FinishError;

/// Rows that are looked up together.
const ROWS_AT_ONCE: usize = 100;

impl Settling<'_> {
    /// Reads who holds what some of the rows want.
    pub(super) async fn look_up(&mut self, open: Vec<bool>) -> Result<(), FinishError> {
        let (mut held, mut stored) = (Vec::new(), Vec::new());
        for (looked_at, open) in self.looked_at.iter_mut().zip(&open) {
            *looked_at |= open;
        }
        let mut deferred = self.read(open);
        loop {
            let rows = deferred.next().await?;
            if rows.is_empty() {
                break;
            }
            for rows in rows.chunks(ROWS_AT_ONCE) {
                self.look_up_rows(rows, &mut held, &mut stored).await?;
            }
        }
        self.held.extend(held);
        if !self.manifest.plan.dry_run {
            for index in stored {
                self.contenders[index].is_stored = true;
            }
        }
        Ok(())
    }

    async fn look_up_rows(
        &self,
        rows: &[DeferredRow],
        held: &mut Vec<(Want, Want)>,
        stored: &mut Vec<usize>,
    ) -> Result<(), FinishError> {
        let keys: Vec<&str> = rows.iter().map(|row| row.checked.key.as_str()).collect();
        let key_of = |key: &str| self.hasher.want(0, key);
        for (row, found) in rows
            .iter()
            .zip(self.writer.stored(&self.table, &keys).await?)
        {
            let Some(found) = found else { continue };
            let own = Origin {
                task_id: self.manifest.plan.task.task_id,
                row: row.number,
            };
            if found.origin() == Some(own) {
                stored.push(row.index);
            }
            let key = key_of(&row.checked.key);
            held.push((key, key));
        }
        let claims: Vec<_> = rows
            .iter()
            .map(|row| self.definition.claims(&row.checked))
            .collect();
        let values = claims.iter().flat_map(|claims| &claims[1..]);
        let values: Vec<(usize, &str)> = values
            .map(|(field, value)| (*field, value.as_str()))
            .collect();
        let holders = self.writer.holders(&self.table, &values).await?;
        for ((field, value), holder) in values.into_iter().zip(holders) {
            let want = self.hasher.want(field, value);
            held.extend(holder.map(|holder| (want, key_of(&holder))));
        }
        Ok(())
    }
}
