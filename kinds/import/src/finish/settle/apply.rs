//! Storing the rows that win. A row that takes over a value is stored after the row that gives it up, or
//! together with it.

use std::collections::HashMap;

use futures::stream::{self, StreamExt, TryStreamExt};
use petgraph::algo::kosaraju_scc;
use petgraph::graphmap::DiGraphMap;
use sluice_aws::{BATCH, Change, Image, Images, Place, Planned, Put, Row, StoredRow};
use sluice_import::conflict::{Verdict, Want};

use super::Settling;
use super::deferred::DeferredRow;
use crate::finish::{FinishError, REQUESTS};

/// What became of rows, by their places among the contenders.
#[derive(Default)]
struct Applied {
    stored: Vec<usize>,
    refused: Vec<(usize, Vec<usize>)>,
    /// Whether others were in the way of some.
    is_contested: bool,
}

impl Settling<'_> {
    /// Stores the rows that win. False if it is to be decided anew on some.
    pub(super) async fn apply(&mut self, verdicts: &[Verdict]) -> Result<bool, FinishError> {
        let wins = |index: usize| verdicts[index] == Verdict::Wins;
        let relations = self.relations(&wins);
        let open =
            (0..verdicts.len()).map(|index| wins(index) && !self.contenders[index].is_stored);
        let mut applied = Applied::default();
        let mut related: HashMap<usize, Row> = HashMap::new();
        let mut deferred = self.read(open.collect());
        loop {
            let rows = deferred.next().await?;
            if rows.is_empty() {
                break;
            }
            let mut free = Vec::new();
            for DeferredRow {
                index,
                number,
                checked,
            } in rows
            {
                let row = self.row(number, checked);
                if relations.contains_node(index) {
                    related.insert(index, row);
                } else {
                    free.push((index, row));
                }
            }
            let batches: Vec<_> = free
                .chunks(BATCH)
                .map(|rows| self.store_each(rows))
                .collect();
            let batches = stream::iter(batches).buffer_unordered(REQUESTS);
            for batch in batches.try_collect::<Vec<_>>().await? {
                applied.add(batch);
            }
        }
        // Whoever gives a value up comes before those who take it; those who depend on each other come
        // together.
        for unit in kosaraju_scc(&relations) {
            let rows: Vec<(usize, &Row)> = unit
                .iter()
                .filter_map(|index| Some((*index, related.get(index)?)))
                .collect();
            if !rows.is_empty() {
                applied.add(self.store_together(&rows).await?);
            }
        }
        let is_done = applied.refused.is_empty() && !applied.is_contested;
        for index in applied.stored {
            self.contenders[index].is_stored = true;
        }
        self.refused.extend(applied.refused);
        Ok(is_done)
    }

    /// Which rows rely on which: those that take a value on those that give it up.
    fn relations(&self, wins: &impl Fn(usize) -> bool) -> DiGraphMap<usize, ()> {
        let mut relations = DiGraphMap::new();
        if !self.rule().overwrites {
            return relations;
        }
        let winners = || (0..self.contenders.len()).filter(|&index| wins(index));
        let by_key: HashMap<Want, usize> = winners()
            .filter_map(|index| Some((self.contenders[index].key()?, index)))
            .collect();
        for index in winners().filter(|&index| !self.contenders[index].is_stored) {
            let key = self.contenders[index].key();
            for (field, want) in self.contenders[index].wants().skip(1) {
                let holder = self.held.get(&want).filter(|holder| Some(**holder) != key);
                let giver = holder.and_then(|holder| by_key.get(holder)).copied();
                let gives_up = |giver: &usize| self.contenders[*giver].gives_up(field, want);
                if let Some(giver) = giver.filter(gives_up) {
                    relations.add_edge(index, giver, ());
                }
            }
        }
        relations
    }

    /// Stores rows that do not depend on each other.
    async fn store_each(&self, rows: &[(usize, Row)]) -> Result<Applied, FinishError> {
        let rows: Vec<(usize, &Row)> = rows.iter().map(|(index, row)| (*index, row)).collect();
        let planned = self.plan(&rows).await?;
        let mut applied = Applied::default();
        let (mut places, mut units) = (Vec::new(), Vec::new());
        for (index, planned) in planned {
            match planned {
                Some(planned) => {
                    places.push(index);
                    units.push(vec![planned]);
                }
                None => applied.stored.push(index),
            }
        }
        let puts = self.writer.put(&self.table, &units).await?;
        for (index, put) in places.into_iter().zip(puts.into_iter().flatten()) {
            applied.add_put(index, put);
        }
        Ok(applied)
    }

    /// Stores rows that hand values over to each other, all or none.
    async fn store_together(&self, rows: &[(usize, &Row)]) -> Result<Applied, FinishError> {
        let mut applied = Applied::default();
        let (mut places, mut unit) = (Vec::new(), Vec::new());
        for (index, planned) in self.plan(rows).await? {
            match planned {
                Some(planned) => {
                    places.push(index);
                    unit.push(planned);
                }
                None => applied.stored.push(index),
            }
        }
        if !self.table.fits(&unit) {
            // Too many rows hand values over in a circle.
            let fields = |index: usize| {
                let wants = self.contenders[index].wants().skip(1);
                wants
                    .filter(|(_, want)| self.held.contains_key(want))
                    .map(|(field, _)| field)
            };
            let refused = places
                .into_iter()
                .map(|index| (index, fields(index).collect()));
            applied.refused.extend(refused);
            return Ok(applied);
        }
        let puts = self.writer.put(&self.table, &[unit]).await?;
        for (index, put) in places.into_iter().zip(puts.into_iter().flatten()) {
            applied.add_put(index, put);
        }
        Ok(applied)
    }

    /// What rows replace, as it is stored now. None for a row that is stored already.
    async fn plan<'r>(
        &self,
        rows: &[(usize, &'r Row)],
    ) -> Result<Vec<(usize, Option<Planned<'r>>)>, FinishError> {
        let stored: Vec<Option<StoredRow>> = if self.manifest.plan.undoable {
            self.keep_images(rows).await?
        } else if self.rule().overwrites {
            let keys: Vec<&str> = rows.iter().map(|(_, row)| row.key()).collect();
            self.writer.stored(&self.table, &keys).await?
        } else {
            vec![None; rows.len()]
        };
        let planned = rows.iter().zip(stored).map(|((index, row), stored)| {
            let is_own = stored
                .as_ref()
                .is_some_and(|one| one.origin() == Some(row.origin));
            (
                *index,
                (!is_own).then_some(Planned {
                    row,
                    stored,
                    change: Change::Store,
                }),
            )
        });
        Ok(planned.collect())
    }
}

impl Settling<'_> {
    pub(super) fn images(&self) -> Images<'_> {
        Images {
            objects: &self.finisher.objects,
            task: &self.manifest.plan.task,
            chunk: None,
        }
    }

    /// Reads what rows replace and keeps it, so that an undo can restore it. A row is stored only if that is
    /// still what it replaces.
    async fn keep_images(
        &self,
        rows: &[(usize, &Row)],
    ) -> Result<Vec<Option<StoredRow>>, FinishError> {
        let places: Vec<&Place> = rows.iter().map(|(_, row)| &row.place).collect();
        let found = self.writer.found(self.table.name(), &places).await?;
        let own = self.manifest.plan.task.task_id;
        let images = rows.iter().zip(&found).filter_map(|((_, row), found)| {
            let image = match found {
                None => Image::Nothing,
                Some(found) => match found.origin() {
                    Some(origin) if origin == row.origin => return None,
                    // What that row has replaced is not looked for.
                    Some(origin) if origin.task_id == own => Image::Uncertain,
                    _ => Image::Row(found.before(self.definition)),
                },
            };
            Some((row.origin.row, image))
        });
        self.images().keep(self.sequence, images.collect()).await?;
        let stored = found.iter().map(|found| {
            let found = found.as_ref()?;
            Some(self.table.as_found(self.definition, found))
        });
        Ok(stored.collect())
    }
}

impl Applied {
    fn add(&mut self, other: Self) {
        self.stored.extend(other.stored);
        self.refused.extend(other.refused);
        self.is_contested |= other.is_contested;
    }

    fn add_put(&mut self, index: usize, put: Put) {
        match put {
            Put::Stored => self.stored.push(index),
            Put::Refused(code) => {
                tracing::warn!(code, "the store refused a row");
                self.refused.push((index, Vec::new()));
            }
            Put::Exists(_) | Put::Changed | Put::Held(_) | Put::Apart => self.is_contested = true,
        }
    }
}
