//! Of two rows of one file with the same key the first is stored, also when its chunk runs
//! later: it takes the place of the other one.
//!
//! That the other row lost is written down before its place is taken, so that no try can take a
//! place and leave no note. The finisher acts on the notes of chunks that were committed in the
//! end; what that means for a chunk that was given up is in ADR 0006.

use futures::StreamExt;
use sluice_aws::{Inserted, Objects, RowWriter};
use sluice_core::key_loss::KeyLoss;
use sluice_core::message::ChunkMessage;
use sluice_core::object_key;
use sluice_core::origin::Origin;

use super::writes::{Pending, Verdict, Written, judge};
use crate::{REQUESTS_AT_MOST, WorkError};

pub(crate) struct Displacing<'a> {
    pub(crate) objects: &'a Objects,
    pub(crate) writer: &'a RowWriter,
    pub(crate) table: &'a str,
    pub(crate) message: &'a ChunkMessage,
    pub(crate) attempt: &'a str,
}

impl Displacing<'_> {
    /// Settles rows whose keys are held by later rows.
    pub(crate) async fn run(
        &self,
        mut displacing: Vec<(Pending, Origin)>,
    ) -> Result<Vec<Written>, WorkError> {
        let mut settled = Vec::new();
        let mut known: Vec<KeyLoss> = Vec::new();
        while !displacing.is_empty() {
            known.extend(displacing.iter().map(|(winner, loser)| KeyLoss {
                row: loser.row,
                by_row: winner.row.origin.row,
            }));
            let (task, chunk) = (&self.message.plan.task, self.message.chunk.number);
            let note = object_key::displaced(task, chunk, &self.attempt);
            self.objects.put_json(&note, &known).await?;
            let tries: Vec<_> = displacing
                .into_iter()
                .map(|(pending, loser)| self.take_place(pending, loser))
                .collect();
            let mut tries = futures::stream::iter(tries).buffer_unordered(REQUESTS_AT_MOST);
            let mut again = Vec::new();
            while let Some(verdict) = tries.next().await {
                match verdict? {
                    Verdict::Settled(outcome) => settled.push(outcome),
                    Verdict::Displaces(pending, loser) => again.push((pending, loser)),
                }
            }
            displacing = again;
        }
        Ok(settled)
    }

    async fn take_place(&self, pending: Pending, loser: Origin) -> Result<Verdict, WorkError> {
        if self
            .writer
            .displace(self.table, &pending.row, loser)
            .await?
        {
            return Ok(Verdict::Settled(Written::Stored));
        }
        // Another row holds the key by now: ask again whose it is.
        let outcome = self
            .writer
            .insert(self.table, std::slice::from_ref(&pending.row))
            .await?
            .pop();
        Ok(judge(pending, outcome.unwrap_or(Inserted::Taken(None))))
    }
}
