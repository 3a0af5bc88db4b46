//! Rows into a table: which of a chunk's rows are written, and what the others are. Rows that meet
//! others of their file are noted, because only once all chunks are done it is known which wins.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use sluice_aws::{BATCH, Expected, Objects, Replaced, Row, RowWriter};
use sluice_core::contest::Contest;
use sluice_core::definition::{Problem, ProblemCode};
use sluice_core::import::OnDuplicate;
use sluice_core::object_key;

use super::GoodRow;
use super::pending::{Pending, problems};
use super::store::Store;
use super::writes::{Outcome, Taken, Writes, Written};
use crate::chunk::ChunkTry;
use crate::tally::Settled;
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
    /// Rows that want what other rows of the chunk have, with what and with whom.
    later: Vec<(Pending, Vec<Taken>)>,
    /// Rows whose keys belong to rows of others.
    barred: HashSet<u64>,
    contests: Vec<Contest>,
}

impl<'a> TableSink<'a> {
    pub(super) fn new(
        this_try: &'a ChunkTry<'a>,
        writer: &'a RowWriter,
        objects: &'a Objects,
        table: &'a str,
    ) -> Self {
        let store = Arc::new(Store::new(this_try, writer, table));
        Self {
            this_try,
            objects,
            writes: Writes::new(Arc::clone(&store)),
            store,
            seen: HashMap::new(),
            kept_back: BTreeMap::new(),
            replacing: Vec::new(),
            later: Vec::new(),
            barred: HashSet::new(),
            contests: Vec::new(),
        }
    }

    pub(super) async fn add(&mut self, good: GoodRow) -> Result<Vec<Settled>, WorkError> {
        let claims = self.this_try.definition.claims(&good.checked);
        let pending = match Pending::new(self.this_try, good, &claims) {
            Ok(pending) => pending,
            Err(too_large) => return Ok(vec![Settled::Failed(too_large)]),
        };
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
        for (pending, fields) in std::mem::take(&mut self.later) {
            let holder = fields.iter().find(|(field, _)| *field == 0);
            let holder = holder.and_then(|(_, by_row)| *by_row);
            // Whoever bars one row of a key bars all of them. A row with unique values is left to the
            // finisher: others may have these, and then it is told that instead.
            let is_barred =
                pending.claims.is_empty() && holder.is_some_and(|row| self.barred.contains(&row));
            let fields = if is_barred { vec![(0, None)] } else { fields };
            settled.push(self.taken(pending, &fields));
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
            self.later.push((pending, fields));
            return Ok(Vec::new());
        }
        self.seen
            .extend(claims.into_iter().map(|claim| (claim, row)));
        let written = self.writes.add(pending).await?;
        Ok(self.settled(written))
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
        let at = Timestamp::now();
        let stored = store.writer.stored(store.table, definition, &these).await?;
        let task = &self.this_try.message.plan.task;
        let mut note = Vec::new();
        let mut outcomes = Vec::with_capacity(rows.len());
        let mut writes = Vec::new();
        for (row, stored) in these.iter().zip(&stored) {
            let origin = stored.as_ref().and_then(Replaced::origin);
            match origin.filter(|origin| origin.task_id == task.task_id) {
                // An earlier try has stored it.
                Some(own) if own == row.origin => outcomes.push(Some(Outcome::Stored)),
                // Another chunk was faster: which of the two rows wins is not for this one to say.
                Some(own) => outcomes.push(Some(Outcome::Taken(vec![(0, Some(own.row))]))),
                None => {
                    note.extend(stored);
                    let expected = stored.as_ref().map(|_| Expected::Stamped(origin));
                    writes.push((*row, expected));
                    outcomes.push(None);
                }
            }
        }
        if let Some(first) = these.first().filter(|_| !note.is_empty()) {
            let attempt = format!("{}-{}", self.this_try.name, first.origin.row);
            let key = object_key::replaced(task, at, &attempt);
            self.objects.put_json(&key, &note).await?;
        }
        let batches: Vec<_> = writes
            .chunks(BATCH)
            .map(|batch| store.replace(batch))
            .collect();
        let batches = stream::iter(batches).buffered(REQUESTS_AT_MOST);
        let mut written = batches.try_collect::<Vec<_>>().await?.into_iter().flatten();
        let outcomes = outcomes
            .into_iter()
            .filter_map(|known| known.or_else(|| written.next()));
        let outcomes = store.release(&rows, outcomes.collect()).await?;
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
                Settled::Failed(pending.failed(vec![problem]))
            }
        }
    }

    /// A row that wants what others have. Rows of others are there to stay; rows of the same file
    /// may yet turn out to have lost.
    fn taken(&mut self, pending: Pending, fields: &[Taken]) -> Settled {
        let row = pending.row.origin.row;
        if fields.contains(&(0, None)) {
            self.barred.insert(row);
        }
        let met = fields.iter().filter_map(|(_, by_row)| *by_row);
        self.contests.extend(met.map(|with| Contest { row, with }));
        if self.store.on_duplicate == OnDuplicate::Skip {
            return Settled::Skipped;
        }
        let problems = problems(self.this_try.definition, fields);
        Settled::Duplicate(pending.failed(problems))
    }
}
