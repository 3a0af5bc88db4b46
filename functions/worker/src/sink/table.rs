//! Rows into a table: which of a chunk's rows are written, and what the others are. Rows that meet
//! others of their file are noted, because only once all chunks are done it is known which wins.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use futures::stream::{self, StreamExt, TryStreamExt};
use sluice_aws::{BATCH, Expected, Objects, Replaced, Row, RowWriter};
use sluice_core::contest::Contest;
use sluice_core::definition::{Problem, ProblemCode};
use sluice_core::import::OnDuplicate;
use sluice_core::object_key;
use sluice_core::origin::Origin;
use sluice_core::report::taken;
use sluice_core::rows::MAX_ROW_BYTES;

use super::GoodRow;
use super::store::Store;
use super::writes::{Outcome, Pending, Writes, Written};
use crate::chunk::{ChunkTry, too_large};
use crate::tally::{FailedRow, Settled};
use crate::{REQUESTS_AT_MOST, WorkError};

pub(crate) struct TableSink<'a> {
    this_try: &'a ChunkTry<'a>,
    objects: &'a Objects,
    store: Arc<Store<'a>>,
    writes: Writes<'a>,
    /// What this chunk's rows want, and the row that has it among them: rows of one chunk are
    /// compared here, because their batches are written at the same time.
    seen: HashMap<(usize, String), u64>,
    /// The rows so far, where the last of a file wins. As many as a chunk has.
    kept_back: BTreeMap<u64, (Vec<(usize, String)>, Pending)>,
    /// Rows that are to replace stored ones which must be remembered. As many as a chunk has.
    replacing: Vec<Pending>,
    contests: Vec<Contest>,
}

impl<'a> TableSink<'a> {
    pub(super) fn new(
        this_try: &'a ChunkTry<'a>,
        writer: &'a RowWriter,
        objects: &'a Objects,
        table: &'a str,
    ) -> Self {
        let plan = &this_try.message.plan;
        let store = Arc::new(Store::new(
            writer,
            table,
            plan.task.task_id,
            plan.on_duplicate,
            this_try.definition.remembers_replaced(),
        ));
        Self {
            this_try,
            objects,
            writes: Writes::new(Arc::clone(&store)),
            store,
            seen: HashMap::new(),
            kept_back: BTreeMap::new(),
            replacing: Vec::new(),
            contests: Vec::new(),
        }
    }

    pub(super) async fn add(&mut self, mut good: GoodRow) -> Result<Vec<Settled>, WorkError> {
        let claims = self.this_try.definition.claims(&good.checked);
        if self.store.on_duplicate != OnDuplicate::Overwrite {
            good.checked.kept.clear();
        }
        let pending = self.pending(good, &claims);
        let size_bytes = pending.row.size_bytes();
        if size_bytes > MAX_ROW_BYTES {
            let problem = too_large(size_bytes as u64);
            return Ok(vec![Settled::Failed(failed(pending, vec![problem]))]);
        }
        if self.store.on_duplicate == OnDuplicate::Overwrite {
            let row = pending.row.origin.row;
            self.kept_back.insert(row, (claims, pending));
            return Ok(Vec::new());
        }
        self.write(claims, pending).await
    }

    /// Writes what was kept back, the last row first, and waits for all that is being written.
    pub(super) async fn finish(&mut self) -> Result<Vec<Settled>, WorkError> {
        let mut settled = Vec::new();
        while let Some((_, (claims, pending))) = self.kept_back.pop_last() {
            settled.extend(self.write(claims, pending).await?);
        }
        let written = self.writes.finish().await?;
        settled.extend(self.settled(written));
        while !self.replacing.is_empty() {
            let written = self.replace().await?;
            settled.extend(self.settled(written));
        }
        Ok(settled)
    }

    pub(super) fn contests(&self) -> &[Contest] {
        &self.contests
    }

    /// Writes a row unless one of its chunk goes before it.
    async fn write(
        &mut self,
        claims: Vec<(usize, String)>,
        pending: Pending,
    ) -> Result<Vec<Settled>, WorkError> {
        let row = pending.row.origin.row;
        let has = |claim: &(usize, String)| Some((claim.0, Some(*self.seen.get(claim)?)));
        let fields: Vec<_> = claims.iter().filter_map(has).collect();
        if !fields.is_empty() {
            return Ok(vec![self.taken(pending, &fields)]);
        }
        self.seen
            .extend(claims.into_iter().map(|claim| (claim, row)));
        let written = self.writes.add(pending).await?;
        Ok(self.settled(written))
    }

    fn pending(&self, good: GoodRow, claims: &[(usize, String)]) -> Pending {
        let task = &self.this_try.message.plan.task;
        let definition = self.this_try.definition;
        let origin = Origin {
            task_id: task.task_id,
            row: good.row,
        };
        let claim = |(field, value): &(usize, String)| {
            let (column, key) = (definition.field_name(*field), &good.checked.key);
            let claim = Row::claim(&task.station_id, &column, value, key, origin);
            (*field, claim)
        };
        Pending {
            claims: claims[1..].iter().map(claim).collect(),
            row: Row::new(&task.station_id, definition, good.checked, origin),
            record: good.record,
        }
    }

    fn settled(&mut self, written: Vec<Written>) -> Vec<Settled> {
        let mut settled = Vec::with_capacity(written.len());
        for (pending, outcome) in written {
            match outcome {
                Outcome::Replaces => self.replacing.push(pending),
                outcome => settled.push(self.settle(pending, outcome)),
            }
        }
        settled
    }

    /// Replaces stored rows, after it is written down what they were.
    async fn replace(&mut self) -> Result<Vec<Written>, WorkError> {
        let rows = std::mem::take(&mut self.replacing);
        let (store, definition) = (&self.store, self.this_try.definition);
        let these: Vec<&Row> = rows.iter().map(|pending| &pending.row).collect();
        let stored = store.writer.stored(store.table, definition, &these).await?;
        let plan = &self.this_try.message.plan;
        let of_others = |replaced: &&Replaced| {
            let origin = replaced.origin();
            origin.is_none_or(|origin| origin.task_id != plan.task.task_id)
        };
        let note: Vec<&Replaced> = stored.iter().flatten().filter(of_others).collect();
        if let Some(first) = these.first().filter(|_| !note.is_empty()) {
            let attempt = format!("{}-{}", self.this_try.name, first.origin.row);
            let chunk = self.this_try.message.chunk.number;
            let key = object_key::replaced(&plan.task, chunk, &attempt);
            self.objects.put_json(&key, &note).await?;
        }
        let expected = |replaced: &Option<Replaced>| {
            Some(match replaced.as_ref()?.origin() {
                // Another chunk was faster: which of the two rows wins is not for this one to say.
                Some(origin) if origin.task_id == plan.task.task_id => Expected::OfOthers,
                origin => Expected::Stamped(origin),
            })
        };
        let writes: Vec<_> = these.into_iter().zip(stored.iter().map(expected)).collect();
        let batches: Vec<_> = writes
            .chunks(BATCH)
            .map(|batch| store.replace(batch))
            .collect();
        let batches = stream::iter(batches).buffered(REQUESTS_AT_MOST);
        let outcomes = batches.try_collect::<Vec<_>>().await?.concat();
        store.release(&rows, &outcomes).await?;
        Ok(rows.into_iter().zip(outcomes).collect())
    }

    fn settle(&mut self, pending: Pending, outcome: Outcome) -> Settled {
        match outcome {
            Outcome::Stored | Outcome::Replaces => Settled::Succeeded,
            Outcome::Taken(fields) => self.taken(pending, &fields),
            Outcome::Refused(code) => {
                let row = pending.row.origin.row;
                tracing::warn!(row, code, "the store refused a row");
                let message = "the store did not accept this row";
                let problem = Problem::of_row(ProblemCode::Refused, message);
                Settled::Failed(failed(pending, vec![problem]))
            }
        }
    }

    /// A row that wants what others have. Rows of others are there to stay; rows of the same file
    /// may yet turn out to have lost.
    fn taken(&mut self, pending: Pending, fields: &[(usize, Option<u64>)]) -> Settled {
        let row = pending.row.origin.row;
        let met = fields.iter().filter_map(|(_, by_row)| *by_row);
        self.contests.extend(met.map(|with| Contest { row, with }));
        if self.store.on_duplicate == OnDuplicate::Skip {
            return Settled::Skipped;
        }
        let is_barred = fields.iter().any(|(_, by_row)| by_row.is_none());
        let problem = |&(field, by_row): &(usize, Option<u64>)| {
            taken(self.this_try.definition, field, by_row)
        };
        let problems = fields
            .iter()
            .filter(|(_, by_row)| by_row.is_none() == is_barred)
            .map(problem)
            .collect();
        Settled::Duplicate(failed(pending, problems))
    }
}

fn failed(pending: Pending, problems: Vec<Problem>) -> FailedRow {
    FailedRow {
        row: pending.row.origin.row,
        record: pending.record,
        problems,
    }
}
