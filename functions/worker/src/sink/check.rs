//! Rows of a dry run: what stands in their way is read, nothing is written. What they want is noted
//! for the finisher, which finds those of the file that want the same.

use sluice_aws::{Holder, Row, RowWriter};
use sluice_core::contest::Want;
use sluice_core::import::OnDuplicate;

use super::GoodRow;
use super::pending::{Pending, problems};
use super::writes::Taken;
use crate::WorkError;
use crate::chunk::ChunkTry;
use crate::tally::Settled;

/// Rows that are looked at together.
const ROWS_AT_ONCE: usize = 100;

pub(crate) struct CheckSink<'a> {
    this_try: &'a ChunkTry<'a>,
    /// The table that an import would write to; none if an endpoint would take the rows.
    table: Option<(&'a RowWriter, &'a str)>,
    gathered: Vec<(Vec<(usize, String)>, Pending)>,
    wants: Vec<Want>,
}

impl<'a> CheckSink<'a> {
    pub(super) fn new(this_try: &'a ChunkTry<'a>, table: Option<(&'a RowWriter, &'a str)>) -> Self {
        Self {
            this_try,
            table,
            gathered: Vec::new(),
            wants: Vec::new(),
        }
    }

    pub(super) async fn add(&mut self, good: GoodRow) -> Result<Vec<Settled>, WorkError> {
        if self.table.is_none() {
            return Ok(vec![Settled::Succeeded]);
        }
        let claims = self.this_try.definition.claims(&good.checked);
        match Pending::new(self.this_try, good, &claims) {
            Ok(pending) => self.gathered.push((claims, pending)),
            Err(too_large) => return Ok(vec![Settled::Failed(too_large)]),
        }
        if self.gathered.len() < ROWS_AT_ONCE {
            return Ok(Vec::new());
        }
        self.finish().await
    }

    pub(super) async fn finish(&mut self) -> Result<Vec<Settled>, WorkError> {
        let Some((writer, table)) = self.table else {
            return Ok(Vec::new());
        };
        let gathered = std::mem::take(&mut self.gathered);
        let places = |(_, pending): &'_ (_, Pending)| -> Vec<Row> {
            let claims = pending.claims.iter().map(|claim| claim.item.clone());
            std::iter::once(pending.row.clone()).chain(claims).collect()
        };
        let places: Vec<Row> = gathered.iter().flat_map(places).collect();
        let places: Vec<&Row> = places.iter().collect();
        let mut holders = writer.holders(table, &places).await?.into_iter();
        let mut settled = Vec::with_capacity(gathered.len());
        for (claims, pending) in gathered {
            let key_holder = holders.next().flatten();
            let claim_holders: Vec<Option<Holder>> =
                holders.by_ref().take(pending.claims.len()).collect();
            settled.push(self.settle(&claims, pending, key_holder.as_ref(), &claim_holders));
        }
        Ok(settled)
    }

    /// What the rows want that nobody else has.
    pub(super) fn wants(&self) -> &[Want] {
        &self.wants
    }

    fn settle(
        &mut self,
        claims: &[(usize, String)],
        pending: Pending,
        key_holder: Option<&Holder>,
        claim_holders: &[Option<Holder>],
    ) -> Settled {
        let on_duplicate = self.this_try.message.plan.on_duplicate;
        let key = pending.row.key();
        let is_others = |holder: &Option<Holder>| {
            let holder = holder.as_ref();
            holder.is_some_and(|holder| holder.claim_key.as_deref() != Some(key))
        };
        let mut barred: Vec<Taken> = pending
            .claims
            .iter()
            .zip(claim_holders)
            .filter(|(_, holder)| is_others(holder))
            .map(|(claim, _)| (claim.field, None))
            .collect();
        if barred.is_empty() && key_holder.is_some() && on_duplicate != OnDuplicate::Overwrite {
            barred.push((0, None));
        }
        if barred.is_empty() {
            let row = pending.row.origin.row;
            let wants = claims.iter();
            self.wants
                .extend(wants.map(|(field, value)| Want::new(*field, value, row)));
            return Settled::Succeeded;
        }
        if on_duplicate == OnDuplicate::Skip {
            return Settled::Skipped;
        }
        Settled::Duplicate(pending.failed(problems(self.this_try.definition, &barred)))
    }
}
